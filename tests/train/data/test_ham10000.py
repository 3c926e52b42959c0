"""HAM10000's table and photos, good and bad, in miniature and, where they are, the real ones."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from edge_app.runtime.errors import DataError
from edge_app.runtime.labels import label
from tests.train.conftest import read_rows, write_rows
from train.data.ham10000 import CODES, open_ham10000, records_in
from train.data.sample import Dataset, Sample
from train.data.splits import split

TABLE = "HAM10000_metadata.csv"
REAL = Path(os.environ.get("DERMEDGE_DATA", "")) if os.environ.get("DERMEDGE_DATA") else None


def test_open_groups_by_lesion_and_sorts_by_id_whatever_the_order_of_rows(ham_folder: Path) -> None:
    first = open_ham10000(ham_folder, "ham10000:x")
    write_rows(ham_folder / TABLE, read_rows(ham_folder / TABLE)[::-1])
    assert open_ham10000(ham_folder, "ham10000:x") == first
    assert [label.code for label in first.labels] == ["akiec", "bcc", "bkl", "df", "nv", "mel", "vasc"]
    assert first.counts().tolist() == [6] * 7
    assert first.samples[0].id == "ISIC_akiec_0"
    assert first.samples[0].group == first.samples[1].group == "HAM_akiec_0"
    assert first.samples[0].attributes == {"dx_type": "histo", "age": "55.0", "sex": "male", "localization": "back"}
    assert first.samples[0].metadata == {
        "sex": "male", "age_years": 55.0, "site": "back", "acquisition": "dermoscopy", "lesion": "HAM_akiec_0"
    }  # fmt: skip


def test_open_finds_photos_when_they_lie_in_two_parts(ham_folder: Path) -> None:
    (ham_folder / "part_2").mkdir()
    shutil.move(ham_folder / "images" / "ISIC_nv_0.jpg", ham_folder / "part_2" / "ISIC_nv_0.jpg")
    assert len(open_ham10000(ham_folder, "ham10000:x").samples) == 42


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["L", "ISIC_nv_1", "nv", "", "", "", ""], "line 44: image_id 'ISIC_nv_1' stands there twice"),
        (["L", "ISIC_none", "nv", "", "", "", ""], "line 44: no photo ISIC_none.jpg"),
        (["L", "ISIC_nv_1", "wart", "", "", "", ""], "line 44: label dx is 'wart'; allowed: akiec, bcc"),
        (["", "ISIC_nv_1", "nv", "", "", "", ""], "line 44: lesion_id is empty"),
    ],
)  # fmt: skip
def test_open_names_the_line_when_a_row_is_wrong(ham_folder: Path, row: list[str], message: str) -> None:
    write_rows(ham_folder / TABLE, [*read_rows(ham_folder / TABLE), row])
    with pytest.raises(DataError, match=message):
        open_ham10000(ham_folder, "ham10000:x")


def test_open_refuses_when_a_column_or_the_table_is_missing(ham_folder: Path) -> None:
    write_rows(ham_folder / TABLE, [["a", "nv"]], header="image_id,dx")
    with pytest.raises(DataError, match="has no column lesion_id; it needs lesion_id, image_id, dx"):
        open_ham10000(ham_folder, "ham10000:x")
    (ham_folder / TABLE).unlink()
    with pytest.raises(DataError, match="has no HAM10000_metadata.csv"):
        open_ham10000(ham_folder, "ham10000:x")


@pytest.mark.skipif(REAL is None or not (REAL / "ham10000").is_dir(), reason="DERMEDGE_DATA names no HAM10000 folder")
def test_open_reads_the_real_photos() -> None:
    assert REAL is not None
    dataset = open_ham10000(REAL / "ham10000", "ham10000:real")
    counts = {label.code: int(count) for label, count in zip(dataset.labels, dataset.counts(), strict=True)}
    assert counts == {"nv": 4323, "bkl": 583, "mel": 491, "bcc": 264, "akiec": 183, "vasc": 80, "df": 60}
    parts = split(dataset, 0).named()
    assert [len(part) for part in parts.values()] == [4189, 898, 897]


@pytest.mark.skipif(REAL is None or not (REAL / "metadata_csvs").is_dir(), reason="DERMEDGE_DATA has no metadata_csvs")
def test_records_of_the_complete_table_are_grouped_by_lesion() -> None:
    assert REAL is not None
    records = records_in(REAL / "metadata_csvs")
    assert (len(records), len({r.group for r in records})) == (10015, 7470)
    counts = Counter(r.metadata["sex"] for r in records)
    assert counts == {"male": 5406, "female": 4552, None: 57}
    assert sum(r.metadata["site"] is None for r in records) == 234
    samples = [Sample(r.id, CODES.index(r.code), r.group, Path(r.id)) for r in records]
    whole = Dataset("ham10000:complete", "HAM10000", "", tuple(label(code) for code in CODES), samples)
    parts = split(whole, 0).named()
    assert [round(len(part) / 10015, 2) for part in parts.values()] == [0.70, 0.15, 0.15]
