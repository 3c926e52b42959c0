"""Settings of the export tests."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def one_torch_thread() -> None:
    """Small products on many threads are slower than on one, and far slower on a busy machine."""
    torch.set_num_threads(1)
