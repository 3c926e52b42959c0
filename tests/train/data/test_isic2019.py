"""ISIC 2019's two tables, in miniature and the real ones."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.runtime.errors import DataError
from train.data.isic2019 import open_isic2019, records_in

REAL = Path(os.environ.get("DERMEDGE_DATA", "nowhere")) / "metadata_csvs"
HEADER = "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK"
TRUTH = ["ISIC_1,0.0,1.0,0,0,0,0,0,0,0", "ISIC_2_downsampled,1.0,0,0,0,0,0,0,0,0", "ISIC_3,0,0,0,1.0,0,0,0,0,0"]
ABOUT = ["ISIC_1,55,anterior torso,HAM_1,female", "ISIC_2_downsampled,,,,", "ISIC_3,30,,HAM_1,male"]


def folder_of(tmp_path: Path, truth: list[str], about: list[str], header: str = "sex") -> Path:
    """Both tables."""
    (tmp_path / "ISIC_2019_Training_GroundTruth.csv").write_text("\n".join([HEADER, *truth]))
    columns = f"image,age_approx,anatom_site_general,lesion_id,{header}"
    (tmp_path / "ISIC_2019_Training_Metadata.csv").write_text("\n".join([columns, *about]))
    return tmp_path


@pytest.mark.parametrize("header", ["sex", "gender"])
def test_open_joins_both_tables_whatever_the_header(
    tmp_path: Path, photo_file: Callable[[Path, str, int], Path], header: str
) -> None:
    folder = folder_of(tmp_path, TRUTH, ABOUT, header)
    for name in ("ISIC_1", "ISIC_2", "ISIC_3"):
        photo_file(folder / "input" / f"{name}.jpg", "nv", 0)
    data = open_isic2019(folder, "isic2019:x")
    assert [(s.id, data.labels[s.label].code, s.group) for s in data.samples] == [
        ("ISIC_1", "nv", "HAM_1"), ("ISIC_2_downsampled", "mel", "ISIC_2_downsampled"), ("ISIC_3", "ak", "HAM_1"),
    ]  # fmt: skip
    assert data.samples[0].metadata == {
        "sex": "female", "age_years": 55.0, "site": "anterior torso", "acquisition": "dermoscopy", "lesion": "HAM_1"
    }  # fmt: skip
    assert data.samples[1].metadata["age_years"] is None
    assert [one.code for one in data.labels] == ["mel", "nv", "bcc", "ak", "bkl", "df", "vasc", "scc"]


@pytest.mark.parametrize(
    ("truth", "about", "message"),
    [
        (["ISIC_1,1,1,0,0,0,0,0,0,0"], ABOUT, "line 2: 2 classes are 1; allowed: exactly one 1"),
        (["ISIC_1,0,0,0,0,0,0,0,0,0"], ABOUT, "line 2: 0 classes are 1"),
        (["ISIC_1,x,0,0,0,0,0,0,0,0"], ABOUT, "line 2: 'x' is no number"),
        ([",1,0,0,0,0,0,0,0,0"], ABOUT, "line 2: image is empty"),
        ([TRUTH[0], TRUTH[0]], ABOUT, "line 3: image 'ISIC_1' stands there twice"),
        (TRUTH, ABOUT[:2], "line 4: image 'ISIC_3' is not in ISIC_2019_Training_Metadata.csv"),
        (TRUTH[:1], ["ISIC_1,old,,,"], "line 2: age is 'old'"),
        (TRUTH[:1], ABOUT[:1], "line 2: no photo ISIC_1.jpg"),
    ],
)  # fmt: skip
def test_open_names_the_line_when_a_row_is_wrong(
    tmp_path: Path, truth: list[str], about: list[str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        open_isic2019(folder_of(tmp_path, truth, about), "isic2019:x")


@pytest.mark.skipif(not REAL.is_dir(), reason="DERMEDGE_DATA has no metadata_csvs")
def test_records_of_the_complete_tables_are_what_was_published() -> None:
    records = records_in(REAL)
    assert Counter(record.code for record in records) == {
        "nv": 12875, "mel": 4522, "bcc": 3323, "bkl": 2624, "ak": 867, "scc": 628, "vasc": 253, "df": 239
    }  # fmt: skip
    assert (len(records), len({record.group for record in records})) == (25331, 13931)
    assert sum(len(record.stems) == 2 for record in records) == 2074
    assert Counter(record.metadata["sex"] for record in records) == {"male": 13286, "female": 11661, None: 384}
