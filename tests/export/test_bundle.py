"""A bundle is written whole or not at all, and the one that stood there survives whatever goes wrong."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_app.runtime import backends
from edge_app.runtime.backends import Outputs
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.card import to_json
from edge_app.runtime.errors import BundleError, ConfigError, TrustError
from export import bundle
from export.bundle import workplace
from export.keys import generate, load_private
from tests.export.gate.invented import card

SIDE = 16


class MeanBackend:
    """A stand-in runtime: logits are the mean colour."""

    name = "stand-in 1.0"

    def __init__(self, model: Path | bytes, *, threads: int) -> None:
        self.model = model

    def run(self, image: np.ndarray) -> Outputs:
        return Outputs(image.reshape(-1, 3).mean(axis=0).astype(np.float32))


@pytest.fixture(autouse=True)
def stand_in_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(backends.BACKENDS, ".tflite", f"{__name__}:MeanBackend")
    monkeypatch.setattr(backends, "backend_class", lambda suffix: MeanBackend)


def members(model: bytes = b"model") -> dict[str, bytes]:
    """Contents of a small bundle."""
    images = np.random.default_rng(0).integers(0, 255, (2, SIDE, SIDE, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    logits = images.reshape(2, -1, 3).mean(axis=1).astype(np.float32)
    np.savez(buffer, images=images, logits=logits, tolerance=np.float32(1e-3))
    small = replace(card(), fit=replace(card().fit, side_px=SIDE, resize_px=SIDE), outputs=("logits",))
    return {
        "model.tflite": model,
        "card.json": to_json(small).encode(),
        "gate.json": json.dumps({"verdict": "pass"}).encode(),
        "report.html": b"<!doctype html>",
        "golden.npz": buffer.getvalue(),
    }


def write(out: Path, files: dict[str, bytes], key: Path | None = None) -> None:
    with bundle.workplace(out) as place:
        bundle.write_bundle(out, files, None if key is None else load_private(key), place)


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_bundle_opens_when_it_was_signed_by_a_trusted_key(tmp_path: Path) -> None:
    public = generate(tmp_path / "key")
    write(tmp_path / "out" / "bundle", members(), tmp_path / "key")
    key = bytes.fromhex(public.read_text().strip())
    opened = Bundle.open(tmp_path / "out" / "bundle", trusted_keys=[key])
    assert opened.model_content == b"model"
    assert opened.signer is not None
    with pytest.raises(TrustError, match="unknown key"):
        Bundle.open(tmp_path / "out" / "bundle")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["bundle"]


def test_bundle_without_key_opens_only_when_unsigned_ones_are_allowed(tmp_path: Path) -> None:
    write(tmp_path / "bundle", members())
    with pytest.raises(TrustError, match="not signed"):
        Bundle.open(tmp_path / "bundle")
    assert Bundle.open(tmp_path / "bundle", allow_unsigned=True).signer is None


def test_older_bundle_is_replaced_whole(tmp_path: Path) -> None:
    write(tmp_path / "bundle", {**members(b"old"), "notes.txt": b"of the old one"})
    write(tmp_path / "bundle", members(b"new"))
    assert Bundle.open(tmp_path / "bundle", allow_unsigned=True).model_content == b"new"
    assert "notes.txt" not in everything_in(tmp_path / "bundle")
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


@pytest.mark.parametrize("at", [1, 3, 6])
def test_older_bundle_stays_when_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    out = tmp_path / "bundle"
    write(out, members(b"old"))
    before = everything_in(out)
    synced = iter(range(1, 100))

    def full(descriptor: int) -> None:
        if next(synced) >= at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BundleError, match="No space left on device") as error:
        write(out, members(b"new"))
    assert "\n" not in str(error.value)
    assert everything_in(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_older_bundle_comes_back_when_the_new_one_cannot_be_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "bundle"
    write(out, members(b"old"))
    rename, calls = os.rename, iter(range(10))

    def second_fails(source: Path, target: Path) -> None:
        if next(calls) == 1:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        rename(source, target)

    monkeypatch.setattr(os, "rename", second_fails)
    with pytest.raises(BundleError, match="Input/output error"):
        write(out, members(b"new"))
    assert Bundle.open(out, allow_unsigned=True).model_content == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_older_bundle_stays_when_the_new_one_does_not_prove_itself(tmp_path: Path) -> None:
    out = tmp_path / "bundle"
    write(out, members(b"old"))
    wrong = members(b"new")
    wrong["gate.json"] = json.dumps({"verdict": "fail"}).encode()
    with pytest.raises(BundleError, match="verdict 'fail'"):
        write(out, wrong)
    assert Bundle.open(out, allow_unsigned=True).model_content == b"old"


def test_rejected_candidate_stands_beside_and_opens_as_no_bundle(tmp_path: Path) -> None:
    out = tmp_path / "bundle"
    with bundle.workplace(out) as place:
        aside = bundle.write_aside(out, bundle.REJECTED, members(), place)
    assert aside == tmp_path / "rejected" / "bundle"
    assert not out.exists()
    assert "report.html" in everything_in(aside)
    with pytest.raises(TrustError, match="no manifest"):
        Bundle.open(aside, allow_unsigned=True)


@pytest.mark.parametrize("kind", [bundle.REJECTED, bundle.UNVERIFIED])
def test_older_candidate_is_replaced_and_nothing_else(tmp_path: Path, kind: str) -> None:
    out, place = tmp_path / "bundle", tmp_path / kind / "bundle"

    def put_aside(model: bytes) -> None:
        with bundle.workplace(out) as work:
            bundle.write_aside(out, kind, members(model), work)

    put_aside(b"old")
    put_aside(b"new")
    assert everything_in(place) == members(b"new")
    (place / "card.json").rename(place / "precious.txt")
    before = everything_in(place)
    with pytest.raises(ConfigError, match=f"{kind}, is no older one; move it away or name another output"):
        put_aside(b"newest")
    assert everything_in(place) == before


@pytest.mark.parametrize("kind", [bundle.REJECTED, bundle.UNVERIFIED])
def test_file_or_link_where_a_candidate_goes_is_refused(tmp_path: Path, kind: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    bundle.refuse_strange_aside(tmp_path / "elsewhere", kind)
    (tmp_path / "a" / kind).mkdir(parents=True)
    (tmp_path / "a" / kind / "file").write_text("precious")
    (tmp_path / "a" / kind / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "a" / kind / "gone").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link", "gone"):
        with pytest.raises(ConfigError, match="is no older one"):
            bundle.refuse_strange_aside(tmp_path / "a" / name, kind)
    (tmp_path / kind).write_text("precious")
    with pytest.raises(ConfigError, match=f"{kind}, which is a file"):
        bundle.refuse_strange_aside(tmp_path / "bundle", kind)


def test_place_is_refused_when_it_holds_something_else(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    bundle.refuse_strange_place(tmp_path / "thesis")
    (tmp_path / "thesis" / "chapter.tex").write_text("precious")
    (tmp_path / "file").write_text("precious")
    (tmp_path / "link").symlink_to(tmp_path / "thesis")
    for name in ("thesis", "file", "link"):
        with pytest.raises(ConfigError, match="name a new folder or an older bundle"):
            bundle.refuse_strange_place(tmp_path / name)


@pytest.mark.parametrize("place", [".", "..", "/"])
def test_place_is_refused_when_it_has_no_name_of_its_own(place: str) -> None:
    with pytest.raises(ConfigError, match="names no folder to make"):
        bundle.refuse_strange_place(Path(place))


@pytest.mark.parametrize("place", ["older/tflite", "older/deep/down"])
def test_place_is_refused_when_it_would_lie_in_a_bundle(tmp_path: Path, place: str) -> None:
    """A manifest alone makes no bundle: web projects have one, too."""
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "older").mkdir()
    for name in ("manifest.json", "card.json"):
        (tmp_path / "older" / name).write_text("{}")
    bundle.refuse_strange_place(tmp_path / "older")
    with pytest.raises(ConfigError, match="older and spoil it; name a place outside"):
        bundle.refuse_strange_place(tmp_path / place)


def test_place_is_refused_when_it_would_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(ConfigError, match="file, which is a file; name another folder"):
        bundle.refuse_strange_place(tmp_path / "file" / "sub" / "bundle")


def test_folder_models_keep_their_files_below_their_name(tmp_path: Path) -> None:
    (tmp_path / "m" / "Data").mkdir(parents=True)
    (tmp_path / "m" / "Manifest.json").write_bytes(b"a")
    (tmp_path / "m" / "Data" / "weights.bin").write_bytes(b"b")
    assert bundle.files_of(tmp_path / "m", "model.mlpackage") == {
        "model.mlpackage/Manifest.json": b"a",
        "model.mlpackage/Data/weights.bin": b"b",
    }


def test_refused_export_leaves_no_new_folder(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b" / "bundle"
    with pytest.raises(ZeroDivisionError), bundle.workplace(deep):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def dead() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    return process.pid


def test_next_export_removes_what_a_killed_one_left_and_nothing_else(tmp_path: Path, dead: int) -> None:
    kept = [f".other.tmp-{dead}", f".b.tmp-{os.getppid()}", ".b.tmp-mine", f".b.tmp-{10**20}", ".b.search"]
    for name in (f".b.tmp-{dead}", f".b.tmp-{os.getpid()}", *kept):
        (tmp_path / name / "bundle").mkdir(parents=True)
    with workplace(tmp_path / "b") as folder:
        assert not any(folder.iterdir())
    assert sorted(found.name for found in tmp_path.iterdir()) == sorted(kept)


@pytest.mark.parametrize("moved", [False, True])
def test_older_bundle_comes_back_when_an_export_was_killed_between_its_two_moves(
    moved: bool, tmp_path: Path, dead: int
) -> None:
    (tmp_path / f".b.tmp-{dead}" / "old").mkdir(parents=True)
    (tmp_path / f".b.tmp-{dead}" / "old" / "card.json").write_text("older")
    if moved:
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / "card.json").write_text("newer")
    with workplace(tmp_path / "b"):
        assert (tmp_path / "b" / "card.json").read_text() == ("newer" if moved else "older")
