"""Memory that a CPU step gives back is kept for the next step or photo, instead of being fetched from the system again.

glibc maps every large block on its own and unmaps it when it is freed. A training step frees gigabytes of activations,
and the next one gets them back page by page, zeroed: a third of a MobileViTv2-100 step (docs/decisions/0063).
"""

from __future__ import annotations

import ctypes
import sys

# malloc.h of glibc.
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4


def keep_freed() -> bool:
    """Tell glibc to keep freed memory in this process; False where the C library is another one."""
    if sys.platform != "linux":
        return False
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(M_MMAP_MAX, 0)) and bool(mallopt(M_TRIM_THRESHOLD, -1))
