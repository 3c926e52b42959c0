"""Freed memory is used again without asking the system for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Pages of 4 KiB that a block of 64 MB takes when it is fetched anew: 16384.
FAULTS_OF_A_BLOCK = """
import resource, sys
import numpy as np
from train.memory import keep_freed

if sys.argv[1] == "keep" and not keep_freed():
    print("other")
    raise SystemExit
for _ in range(3):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    block = np.ones(64 << 20, np.uint8)
    del block
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(way: str) -> str:
    command = [sys.executable, "-c", FAULTS_OF_A_BLOCK, way]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc")
def test_freed_block_costs_no_page_faults_the_next_time() -> None:
    found = faults("keep")
    if found == "other":
        pytest.skip("the C library is not glibc")
    assert int(found) < 100
