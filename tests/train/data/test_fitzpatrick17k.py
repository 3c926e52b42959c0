"""Fitzpatrick17k's table, in miniature and the real one's first rows."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.runtime.errors import ConfigError, DataError
from edge_app.runtime.labels import RiskTier
from train.data.fitzpatrick17k import records_in
from train.data.spec import open_data

REAL = Path(os.environ.get("DERMEDGE_DATA", "nowhere")) / "metadata_csvs"
HEADER = "md5hash,fitzpatrick_scale,fitzpatrick_centaur,label,nine_partition_label,three_partition_label,url_alphanum"
ROWS = [
    "aa,3,3,kaposi sarcoma,malignant dermal,malignant,httpsomewhereajpg.jpg",
    "bb,-1,2,lichen (simplex),inflammatory,non-neoplastic,httpsomewherebjpg.jpg",
    "cc,6,6,dermatofibroma,benign dermal,benign,httpsomewherecjpg.jpg",
]


@pytest.fixture
def folder(tmp_path: Path, photo_file: Callable[[Path, str, int], Path]) -> Path:
    """Three rows, of which the last has no photo; the second is named like its address."""
    (tmp_path / "fitzpatrick17k.csv").write_text("\n".join([HEADER, *ROWS]))
    photo_file(tmp_path / "images" / "aa.jpg", "nv", 0)
    photo_file(tmp_path / "images" / "httpsomewherebjpg.jpg", "nv", 1)
    return tmp_path


def test_open_leaves_out_and_counts_what_is_not_there(folder: Path) -> None:
    data = open_data(f"fitzpatrick17k:{folder}")
    assert [(s.id, data.labels[s.label].code, s.metadata.get("fitzpatrick")) for s in data.samples] == [
        ("aa", "kaposi-sarcoma", 3), ("bb", "lichen-simplex", None),
    ]  # fmt: skip
    assert data.notes == (f"fitzpatrick17k:{folder}: 1 of 3 photos of the table are not there and left out",)
    assert {one.code: one.tier for one in data.labels}["kaposi-sarcoma"] is RiskTier.URGENT


def test_open_takes_the_partition_that_is_named(folder: Path) -> None:
    data = open_data(f"fitzpatrick17k:{folder},labels=three")
    assert [one.code for one in data.labels] == ["benign", "malignant", "non-neoplastic"]
    assert [s.label for s in data.samples] == [1, 2]
    with pytest.raises(ConfigError, match="labels='four' is unknown to fitzpatrick17k; allowed: label, nine, three"):
        open_data(f"fitzpatrick17k:{folder},labels=four")


def test_open_names_the_line_when_a_row_is_wrong(folder: Path) -> None:
    (folder / "fitzpatrick17k.csv").write_text("\n".join([HEADER, ROWS[0].replace(",3,3", ",7,3")]))
    with pytest.raises(DataError, match="line 2: Fitzpatrick type is '7'"):
        open_data(f"fitzpatrick17k:{folder}")


@pytest.mark.skipif(not REAL.is_dir(), reason="DERMEDGE_DATA has no metadata_csvs")
def test_records_of_the_real_rows_have_three_sets_of_classes() -> None:
    names = {level: len(records_in(REAL, level)[1]) for level in ("label", "nine", "three")}
    assert names == {"label": 107, "nine": 9, "three": 3}
    tones = Counter(record.metadata["fitzpatrick"] for record in records_in(REAL, "three")[0])
    assert tones == {2: 125, 1: 93, 3: 76, 4: 49, 5: 29, None: 14, 6: 13}
