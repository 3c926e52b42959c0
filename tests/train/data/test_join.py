"""Two data sets as one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.runtime.errors import DataError
from edge_app.runtime.labels import Label, label
from train.data import ham10000, isic2019
from train.data.join import joined
from train.data.label_map import load_map
from train.data.sample import Dataset, Sample
from train.data.spec import open_data
from train.data.splits import split
from train.data.table import Record

REAL = Path(os.environ.get("DERMEDGE_DATA", "nowhere")) / "metadata_csvs"


def dataset(spec: str, rows: list[tuple[str, str, str]], archive: str = "") -> Dataset:
    """A data set of (id, code, group) rows."""
    codes = list(dict.fromkeys(code for _, code, _ in rows))
    samples = [Sample(name, codes.index(code), group, Path(f"{spec}/{name}")) for name, code, group in rows]
    return Dataset(spec, spec, f"licence {spec}", tuple(label(c) for c in codes), samples, archives=(archive,))


def rows_of(data: Dataset) -> list[tuple[str, str, str]]:
    """(id, code, group) of every sample."""
    return [(s.id, data.labels[s.label].code, s.group) for s in data.samples]


def test_joined_merges_classes_by_code() -> None:
    data = joined([dataset("a", [("1", "nv", "p"), ("2", "mel", "q")]), dataset("b", [("3", "mel", "r")])], "a+b")
    assert [one.code for one in data.labels] == ["nv", "mel"]
    assert rows_of(data) == [("1", "nv", "p"), ("2", "mel", "q"), ("3", "mel", "r")]
    assert (data.name, data.licence, data.notes) == ("a + b", "licence a; licence b", ())


def test_joined_takes_one_photo_once_when_sets_are_of_one_archive() -> None:
    first = dataset("a", [("1", "nv", "L1"), ("2", "akiec", "L2")], "isic")
    second = dataset("b", [("2", "scc", "L2"), ("3", "scc", "L2")], "isic")
    data = joined([first, second], "a+b")
    assert rows_of(data) == [("1", "nv", "L1"), ("2", "akiec", "L2"), ("3", "scc", "L2")]
    assert data.notes == (
        "b: 1 photos stand in a set named before it and count once; 1 of them have another class there, which is kept",
    )


def test_joined_tells_ids_and_groups_apart_when_archives_differ() -> None:
    data = joined([dataset("a", [("1", "nv", "P1")]), dataset("b", [("1", "nv", "P1"), ("2", "nv", "P2")])], "a+b")
    assert rows_of(data) == [("1", "nv", "P1"), ("2", "nv", "P2"), ("2/1", "nv", "2/P1")]


def test_joined_refuses_when_only_one_set_comes_split() -> None:
    first = dataset("a", [("1", "nv", "1")])
    fixed = Dataset("b", "b", "", (label("nv"),), [Sample("2", 0, "2", Path("2"))], {"2": "test"})
    with pytest.raises(DataError, match="a come without splits, others with"):
        joined([first, fixed], "a+b")


def test_open_data_joins_and_merges_when_the_spelling_says_so(
    tmp_path: Path, ham_folder: Path, photo_file: Callable[[Path, str, int], Path]
) -> None:
    for code in ("nv", "scc"):
        for index in range(4):
            photo_file(tmp_path / "mine" / code / f"{index}.jpg", code, index)
    data = open_data(f"ham10000:{ham_folder}+folder:{tmp_path / 'mine'}", label_map="derm8")
    counts = {one.code: int(count) for one, count in zip(data.labels, data.counts(), strict=True)}
    assert counts == {"nv": 10, "mel": 6, "bcc": 6, "akiec": 6, "bkl": 6, "scc": 4, "df": 6, "vasc": 6}
    assert list(counts) == ["nv", "mel", "bcc", "akiec", "bkl", "scc", "df", "vasc"]
    parts = split(data, 0, "fold1of3").named()
    assert sum(len(part) for part in parts.values()) == 50


def without_photos(name: str, records: list[Record], labels: tuple[Label, ...]) -> Dataset:
    """A data set of rows whose photos are elsewhere."""
    codes = [one.code for one in labels]
    samples = [Sample(r.id, codes.index(r.code), r.group, Path(r.id), r.attributes, r.metadata) for r in records]
    return Dataset(name, name, "", labels, samples, archives=("isic",))


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason="DERMEDGE_DATA has no metadata_csvs")
def test_isic_2019_holds_ham10000_and_calls_197_of_its_akiec_squamous_cell_carcinoma() -> None:
    derm8 = load_map("derm8")
    ham = without_photos("ham", ham10000.records_in(REAL), tuple(label(code) for code in ham10000.CODES))
    isic = without_photos("isic", isic2019.records_in(REAL), isic2019.LABELS)
    data = derm8.applied(joined([derm8.applied(isic), derm8.applied(ham)], "isic+ham"))
    assert len(data.samples) == 25331
    assert data.notes == (
        "ham: 10015 photos stand in a set named before it and count once; 197 of them have another class there,"
        " which is kept",
    )
    parts = split(data, 0, "fold3of5").named()
    lesions = [{s.group for s in part} for part in parts.values()]
    assert sum(len(part) for part in lesions) == len(set().union(*lesions)) == 13931
    shares = [len(part) / 25331 for part in parts.values()]
    assert [round(share, 2) for share in shares] == [0.68, 0.17, 0.15]
