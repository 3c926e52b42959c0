"""The tiny run, made once for all tests of the export."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from tests.export.tiny_run import TinyRun, write_tiny_run


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> TinyRun:
    """A checkpoint of mobilevitv2_050 at 64 px with its photos."""
    return write_tiny_run(tmp_path_factory.mktemp("tiny-run"))


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Tests share few cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
