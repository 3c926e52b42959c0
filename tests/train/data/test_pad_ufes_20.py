"""PAD-UFES-20's table, in miniature and the real one."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.runtime.errors import DataError
from train.data.pad_ufes_20 import open_pad_ufes_20, records_in
from train.data.splits import split

REAL = Path(os.environ.get("DERMEDGE_DATA", "nowhere"))
HEADER = "patient_id,lesion_id,age,gender,fitspatrick,region,diagnostic,itch,grew,hurt,img_id,biopsed"
ROWS = [
    "PAT_1,7,55,FEMALE,3.0,NECK,BCC,True,UNK,False,PAT_1_7_1.png,True",
    "PAT_1,8,55,FEMALE,3.0,FACE,NEV,,False,False,PAT_1_8_2.png,False",
    "PAT_2,7,8,,,ARM,SEK,False,False,False,PAT_2_7_3.png,False",
]


def folder_of(tmp_path: Path, rows: list[str]) -> Path:
    """The table."""
    (tmp_path / "metadata.csv").write_text("\n".join([HEADER, *rows]))
    return tmp_path


def test_open_finds_photos_by_stem_and_groups_by_patient(
    tmp_path: Path, photo_file: Callable[[Path, str, int], Path]
) -> None:
    for name in ("PAT_1_7_1.jpg", "PAT_1_8_2.png", "PAT_2_7_3.jpg"):
        photo_file(folder_of(tmp_path, ROWS) / "images" / name, "nv", 0)
    data = open_pad_ufes_20(tmp_path, "pad-ufes-20:x")
    assert [(s.id, data.labels[s.label].code, s.group) for s in data.samples] == [
        ("PAT_1_7_1", "bcc", "PAT_1"), ("PAT_1_8_2", "nev", "PAT_1"), ("PAT_2_7_3", "sek", "PAT_2"),
    ]  # fmt: skip
    first, _, last = data.samples
    assert first.metadata == {
        "fitzpatrick": 3, "sex": "female", "age_years": 55.0, "site": "neck", "acquisition": "phone",
        "patient": "PAT_1", "lesion": "PAT_1_7",
    }  # fmt: skip
    assert [first.attributes[name] for name in ("itch", "grew", "hurt")] == ["true", "", "false"]
    assert (last.metadata["fitzpatrick"], last.metadata["sex"]) == (None, None)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("BCC", "XYZ", "line 2: diagnostic is 'xyz'; allowed: bcc, mel, scc"),
        ("3.0", "9", "line 2: Fitzpatrick type is '9'"),
        ("UNK", "maybe", "line 2, grew: 'maybe' is neither true nor false"),
        ("PAT_1,7", ",7", "line 2: patient_id is empty"),
        ("PAT_1_7_1.png", "PAT_1_8_2.png", "line 3: img_id 'PAT_1_8_2' stands there twice"),
    ],
)
def test_open_names_the_line_when_a_row_is_wrong(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        open_pad_ufes_20(folder_of(tmp_path, [ROWS[0].replace(old, new), ROWS[1]]), "pad-ufes-20:x")


@pytest.mark.skipif(not (REAL / "metadata_csvs").is_dir(), reason="DERMEDGE_DATA has no metadata_csvs")
def test_records_of_the_complete_table_are_what_was_published() -> None:
    records = records_in(REAL / "metadata_csvs")
    assert Counter(record.code for record in records) == {
        "bcc": 845, "ack": 730, "nev": 244, "sek": 235, "scc": 192, "mel": 52
    }  # fmt: skip
    assert (len(records), len({record.group for record in records})) == (2298, 1373)
    tones = Counter(record.metadata["fitzpatrick"] for record in records)
    assert tones == {2: 876, None: 804, 3: 392, 1: 153, 4: 62, 5: 10, 6: 1}
    assert Counter(record.attributes["grew"] for record in records) == {"false": 971, "true": 925, "": 402}


@pytest.mark.skipif(not (REAL / "pad_ufes_20").is_dir(), reason="DERMEDGE_DATA has no pad_ufes_20")
def test_open_reads_the_real_photos_and_parts_no_patient() -> None:
    data = open_pad_ufes_20(REAL / "pad_ufes_20", "pad-ufes-20:real")
    counts = {one.code: int(count) for one, count in zip(data.labels, data.counts(), strict=True)}
    assert counts == {"bcc": 159, "nev": 135, "sek": 103, "ack": 99, "mel": 36, "scc": 20}
    for scheme in ("", "fold1of5", "fold5of5", "repeat2of2"):
        parts = split(data, 0, scheme).named()
        assert all(len({s.label for s in part}) == 6 for part in parts.values())
