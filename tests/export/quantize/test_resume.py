"""A search's memory survives an interruption, belongs to one export, and vanishes at the end."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from edge_app.runtime.errors import BundleError, ConversionError
from export.bundle import writing
from export.quantize.resume import ANSWERS, key_of, remembered

FOUND = {"logits": np.ones((2, 3), np.float32), "p50": np.array(5.0)}


def interrupted(folder: Path, key: str) -> None:
    with pytest.raises(KeyboardInterrupt), remembered(folder, key) as memory:
        memory.place("static8").joinpath("model.tflite").write_bytes(b"model")
        memory.keep("static8", FOUND)
        raise KeyboardInterrupt


def test_memory_is_there_again_after_an_interruption(tmp_path: Path) -> None:
    interrupted(tmp_path / "search", "key")
    with remembered(tmp_path / "search", "key") as memory:
        known = memory.answers("static8")
        assert known is not None and float(known["p50"]) == 5.0
        assert np.array_equal(known["logits"], FOUND["logits"])
        assert memory.place("static8").joinpath("model.tflite").read_bytes() == b"model"
        assert memory.answers("dynamic8") is None


def test_memory_of_another_export_is_emptied(tmp_path: Path) -> None:
    interrupted(tmp_path / "search", "key")
    with remembered(tmp_path / "search", "another") as memory:
        assert memory.answers("static8") is None
        assert not (tmp_path / "search" / "static8").exists()


def test_memory_vanishes_at_the_end_good_or_bad(tmp_path: Path) -> None:
    with remembered(tmp_path / "search", "key") as memory:
        memory.keep("static8", FOUND)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConversionError), remembered(tmp_path / "search", "key"):
        raise ConversionError("no")
    assert list(tmp_path.iterdir()) == []


def full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_memory_is_kept_when_the_disk_is_full(tmp_path: Path) -> None:
    with pytest.raises(OSError), remembered(tmp_path / "search", "key") as memory:
        memory.keep("static8", FOUND)
        full()
    with pytest.raises(BundleError), remembered(tmp_path / "search", "key") as memory:
        assert memory.answers("static8") is not None
        with writing(tmp_path / "bundle"):
            full()
    with remembered(tmp_path / "search", "key") as memory:
        assert memory.answers("static8") is not None


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04" + bytes(40)])
def test_answers_that_are_damaged_are_asked_for_again(tmp_path: Path, content: bytes) -> None:
    interrupted(tmp_path / "search", "key")
    (tmp_path / "search" / "static8" / ANSWERS).write_bytes(content)
    with remembered(tmp_path / "search", "key") as memory:
        assert memory.answers("static8") is None


def test_key_changes_with_every_fact() -> None:
    assert key_of(a=1, b=[2, 3]) == key_of(b=[2, 3], a=1)
    assert len({key_of(a=1), key_of(a=2), key_of(b=1)}) == 3
