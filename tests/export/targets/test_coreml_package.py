from __future__ import annotations

import json
from pathlib import Path

import pytest

from export.targets.coreml_package import manifest
from export.targets.whole_folder import whole_folder


def test_whole_folder_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    out = tmp_path / "package"
    out.mkdir()
    (out / "old").write_text("old")
    with whole_folder(out) as temporary:
        temporary.mkdir()
        (temporary / "new").write_text("new")
        assert (out / "old").read_text() == "old"
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["package", "package/new"]


def test_whole_folder_leaves_the_old_one_when_something_fails(tmp_path: Path) -> None:
    out = tmp_path / "package"
    out.mkdir()
    (out / "old").write_text("old")
    with pytest.raises(OSError, match="full"), whole_folder(out) as temporary:
        temporary.mkdir()
        raise OSError("full")
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["package", "package/old"]


def test_manifest_lists_model_and_weights_with_the_model_as_root() -> None:
    content = json.loads(manifest())
    paths = {key: entry["path"] for key, entry in content["itemInfoEntries"].items()}
    assert sorted(paths.values()) == ["com.apple.CoreML/model.mlmodel", "com.apple.CoreML/weights"]
    assert paths[content["rootModelIdentifier"]] == "com.apple.CoreML/model.mlmodel"
