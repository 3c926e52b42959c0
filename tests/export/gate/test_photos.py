"""Decoding for the gate, and the data that it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge_app.runtime import photo
from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import DataError, GateError
from edge_app.runtime.labels import KNOWN
from export.gate import photos as gate_photos
from export.gate.clusters import clusters_of, repeats
from export.gate.photos import decode, pixel_store, public_name, refuse_missing_classes
from train.data.spec import open_data

RULE = FitRule(side_px=32, resize_px=36)
LABELS = [KNOWN[code] for code in ("bcc", "nv", "mel")]


def folder(root: Path, classes: dict[str, int]) -> str:
    rng = np.random.default_rng(0)
    for code, count in classes.items():
        (root / code).mkdir(parents=True)
        for i in range(count):
            pixels = rng.integers(0, 255, (48, 60, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / code / f"{i}.jpg", quality=95)
    return f"folder:{root}"


def test_decode_gives_the_phones_pixels_and_the_models_indices(tmp_path: Path) -> None:
    found = decode(open_data(folder(tmp_path, {"nv": 2, "mel": 1, "bcc": 1})), LABELS, RULE, "gate")
    truth = {photo_id: LABELS[k].code for photo_id, k in zip(found.ids, found.truth, strict=True)}
    assert truth == {"nv/0.jpg": "nv", "nv/1.jpg": "nv", "mel/0.jpg": "mel", "bcc/0.jpg": "bcc"}
    k = found.ids.index("mel/0.jpg")
    expected = photo.fit(photo.load(tmp_path / "mel" / "0.jpg", RULE.resize_px), RULE)
    assert np.array_equal(found.images[k], expected)
    assert len(set(found.hashes)) == len(found) == 4
    assert len(np.unique(found.clusters)) == 4


def test_copies_and_photos_of_one_lesion_are_one_cluster(tmp_path: Path) -> None:
    """Neither another name nor another form of the file makes a photo a second one."""
    spec = folder(tmp_path, {"nv": 2, "mel": 1})
    (tmp_path / "nv" / "linked.jpg").hardlink_to(tmp_path / "nv" / "0.jpg")
    with Image.open(tmp_path / "nv" / "0.jpg") as image:
        image.save(tmp_path / "nv" / "again.png")
    found = decode(open_data(spec), LABELS, RULE, "gate")
    numbers = dict(zip(found.ids, found.clusters, strict=True))
    assert numbers["nv/0.jpg"] == numbers["nv/linked.jpg"] == numbers["nv/again.png"]
    assert len(set(numbers.values())) == 3 and repeats(found.pixels) == 2


def test_lesions_that_share_a_copy_are_one_cluster() -> None:
    """c and d share a photo; in the second set e has it too."""
    assert clusters_of("abccdde", "1234456").tolist() == [0, 1, 2, 2, 2, 2, 3]
    assert clusters_of("abccdde", "1234454").tolist() == [0, 1, 2, 2, 2, 2, 2]


def test_decode_refuses_photos_of_other_classes(tmp_path: Path) -> None:
    data = open_data(folder(tmp_path, {"nv": 1, "mpox": 1}))
    with pytest.raises(DataError, match="'mpox', which the model does not know; its classes are bcc, nv, mel"):
        decode(data, LABELS, RULE, "gate")


def test_decode_refuses_a_single_class(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="photos of nv only; at least two classes are needed"):
        decode(open_data(folder(tmp_path, {"nv": 3})), LABELS, RULE, "selection")


def test_decode_names_a_photo_that_cannot_be_read(tmp_path: Path) -> None:
    data = open_data(folder(tmp_path, {"nv": 2, "mel": 2}))
    whole = (tmp_path / "nv" / "1.jpg").read_bytes()
    (tmp_path / "nv" / "1.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"nv/1\.jpg"):
        decode(data, LABELS, RULE, "gate")


def test_gate_is_refused_when_a_class_has_no_photo(tmp_path: Path) -> None:
    found = decode(open_data(folder(tmp_path, {"nv": 1, "mel": 1})), LABELS, RULE, "gate")
    with pytest.raises(GateError, match="have no photo of bcc; every class of the model needs some"):
        refuse_missing_classes(found, LABELS)


def test_pixels_live_in_a_file_when_they_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_photos, "IN_MEMORY_BYTES_MAX", 10)
    store = pixel_store((3, 4, 4, 3))
    assert isinstance(store, np.memmap)
    store[1] = 7
    assert int(store.sum()) == 7 * 48


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("ham10000:" + "/ho" + "me/somebody/ham10000@test", "ham10000:ham10000@test"),
        ("phantom:150:9", "phantom:150:9"),
        ("run@test", "run@test"),
        ("folder:photos/", "folder:photos"),
    ],
)
def test_public_name_keeps_no_folders(spec: str, name: str) -> None:
    assert public_name(spec) == name
