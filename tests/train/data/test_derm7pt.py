"""derm7pt in a generated miniature of its documented layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.runtime.errors import ConfigError, DataError
from train.data.spec import open_data

HEADER = "case_num,diagnosis,pigment_network,location,sex,clinic,derm,notes"
CASES = [
    ("1", "clark nevus", "typical"), ("2", "melanoma (in situ)", "atypical"), ("3", "lentigo", "absent"),
    ("4", "reed or spitz nevus", "absent"),
]  # fmt: skip


@pytest.fixture
def release(tmp_path: Path, photo_file: Callable[[Path, str, int], Path]) -> Path:
    """Four cases, both photos of each, and the lists of splits."""
    root, rows = tmp_path / "release_v0", [HEADER]
    for number, diagnosis, network in CASES:
        rows.append(f"{number},{diagnosis},{network},Lower Limbs,female,NEL/N{number}.jpg,NEL/D{number}.jpg,x")
        for kind in "ND":
            photo_file(root / "images" / "NEL" / f"{kind}{number}.jpg", "nv", int(number))
    (root / "meta").mkdir()
    (root / "meta" / "meta.csv").write_text("\n".join(rows))
    for name, indexes in (("train", "0\n3"), ("valid", "1"), ("test", "2")):
        (root / "meta" / f"{name}_indexes.csv").write_text(f"indexes\n{indexes}")
    return tmp_path


def test_open_takes_dermoscopy_and_the_splits_of_the_release(release: Path) -> None:
    data = open_data(f"derm7pt:{release}")
    assert [(s.id, data.labels[s.label].code) for s in data.samples] == [
        ("NEL/D1.jpg", "nv"), ("NEL/D2.jpg", "mel"), ("NEL/D3.jpg", "misc"), ("NEL/D4.jpg", "nv"),
    ]  # fmt: skip
    assert data.fixed_splits == {
        "NEL/D1.jpg": "train", "NEL/D2.jpg": "val", "NEL/D3.jpg": "test", "NEL/D4.jpg": "train"
    }  # fmt: skip
    first = data.samples[0]
    assert (first.group, first.attributes["pigment_network"]) == ("case 1", "typical")
    assert first.metadata == {
        "sex": "female", "site": "lower limbs", "acquisition": "dermoscopy", "lesion": "case 1"
    }  # fmt: skip


def test_open_groups_both_photos_of_a_case(release: Path) -> None:
    data = open_data(f"derm7pt:{release},images=both")
    assert len(data.samples) == 8
    assert {s.id for s in data.samples if s.group == "case 2"} == {"NEL/D2.jpg", "NEL/N2.jpg"}
    assert {s.metadata["acquisition"] for s in data.samples} == {"dermoscopy", "clinical"}
    with pytest.raises(ConfigError, match="images='xray' is unknown to derm7pt"):
        open_data(f"derm7pt:{release},images=xray")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("test_indexes.csv", "indexes\n9", "case '9' does not exist; allowed: 0 to 3"),
        ("test_indexes.csv", "indexes\n0", "case 0 is in train and in test"),
        ("train_indexes.csv", "indexes\n0", "case 3 is in none of the lists"),
        ("meta.csv", HEADER + "\n1,mole,,,,a.jpg,b.jpg,", "diagnosis is 'mole'; allowed: basal cell"),
        ("meta.csv", HEADER + "\n" + "1,nevus,,,,a.jpg,b.jpg,\n" * 4, "no photo b.jpg in"),
    ],
)
def test_open_says_what_is_wrong(release: Path, name: str, content: str, message: str) -> None:
    (release / "release_v0" / "meta" / name).write_text(content)
    if name == "meta.csv" and "mole" in content:
        for other in ("train", "valid", "test"):
            (release / "release_v0" / "meta" / f"{other}_indexes.csv").unlink()
    with pytest.raises(DataError, match=message):
        open_data(f"derm7pt:{release}")
