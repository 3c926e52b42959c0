"""A model is found by its own name, in a bundle or its zip, and in a folder set aside."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edge_app.runtime import backends
from edge_app.runtime.errors import ConfigError, TrustError
from export.model_place import located
from tests.export import test_bundle

stand_in_runtime = test_bundle.stand_in_runtime


def test_model_of_a_bundle_is_unpacked_and_gone_afterwards(tmp_path: Path) -> None:
    test_bundle.write(tmp_path / "bundle", test_bundle.members(b"weights"))
    shutil.make_archive(str(tmp_path / "bundle"), "zip", tmp_path / "bundle")
    for name in ("bundle", "bundle.zip"):
        with located(tmp_path / name) as place:
            assert place.model.read_bytes() == b"weights" and place.model.name == "model.tflite"
            assert place.bundle is not None and place.bundle.gate["verdict"] == "pass"
        assert not place.model.exists()


def test_changed_bundle_is_refused(tmp_path: Path) -> None:
    test_bundle.write(tmp_path / "bundle", test_bundle.members())
    (tmp_path / "bundle" / "model.tflite").write_bytes(b"other")
    with pytest.raises(TrustError, match="model.tflite"), located(tmp_path / "bundle"):
        pass


def test_model_set_aside_is_found_and_a_folder_without_one_refused(tmp_path: Path) -> None:
    (tmp_path / "rejected").mkdir()
    with pytest.raises(ConfigError, match="is no bundle and holds 0 model files"), located(tmp_path / "rejected"):
        pass
    for suffix in backends.BACKENDS:
        model = tmp_path / "rejected" / f"model{suffix}"
        model.mkdir() if suffix == ".mlpackage" else model.write_bytes(b"x")
        with located(tmp_path / "rejected") as place, located(model) as same:
            assert place.model == same.model == model and place.bundle is None
        shutil.rmtree(model) if model.is_dir() else model.unlink()
    with pytest.raises(ConfigError, match="does not exist"), located(tmp_path / "none"):
        pass
