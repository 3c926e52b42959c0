"""Files appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from train.files import is_leftover, replacing, sweep


def test_replacing_keeps_the_old_content_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(ValueError, match="half"), replacing(path) as temporary:
        temporary.write_text("ne", encoding="utf-8")
        raise ValueError("half")
    assert path.read_text(encoding="utf-8") == "old"
    with replacing(path) as temporary:
        temporary.write_text("new", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "old"
    assert path.read_text(encoding="utf-8") == "new"
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_sweep_removes_leftovers_only(tmp_path: Path) -> None:
    for name in (".last.ckpt.tmp-77", "last.ckpt", ".hidden", "b.tmp-1"):
        (tmp_path / name).write_text("", encoding="utf-8")
    assert [name for name in (".last.ckpt.tmp-77", "last.ckpt", ".hidden") if is_leftover(Path(name))] == [
        ".last.ckpt.tmp-77"
    ]
    sweep(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [".hidden", "b.tmp-1", "last.ckpt"]
