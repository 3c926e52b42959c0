"""Tables of the user's own, columns named in the spelling."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.runtime.errors import ConfigError, DataError
from train.data.spec import DataPart, DataSpec, open_data, parse

HEADER = "file,dx,who,tone,years,part"
ROWS = ["a.jpg,NV,p1,II,44,train", "sub/b.jpg,Big wart,p1,,,val", "c,mel,p2,-1,9,test"]
COLUMNS = "image=file,label=dx,patient=who,fitzpatrick=tone,age=years"


@pytest.fixture
def table(tmp_path: Path, photo_file: Callable[[Path, str, int], Path]) -> Path:
    """Three photos: beside the table, below it by path, and below it by name alone."""
    for name in ("a.jpg", "sub/b.jpg", "deep/er/c.png"):
        photo_file(tmp_path / name, "nv", 0)
    (tmp_path / "t.csv").write_text("\n".join([HEADER, *ROWS]))
    return tmp_path / "t.csv"


def test_parse_takes_columns_from_behind_the_path() -> None:
    part = DataPart("csv", "a,b.csv", (("image", "file"), ("label", "my dx")))
    assert parse("csv:a,b.csv,image=file,label=my dx@val") == DataSpec((part,), "val")
    assert parse("csv:a,x=y.csv") == DataSpec((DataPart("csv", "a,x=y.csv"),))
    with pytest.raises(ConfigError, match="gives an option twice"):
        parse("csv:t.csv,image=a,image=b")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("imge=file,label=dx", r"option 'imge' is unknown .did you mean image\?.; allowed: image, label, group"),
        ("image=file,label=dx,ptient=who", r"option 'ptient' is unknown .did you mean patient"),
        ("image=file,label=dx,who", "option 'who' is unknown; allowed"),
        ("image=file,label=", "option 'label=' is not understood; write label=VALUE"),
        ("image=file, label=dx", "option ' label=dx' is not understood; write label=VALUE"),
    ],
)
def test_open_refuses_options_that_are_misspelt(table: Path, options: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        open_data(f"csv:{table},{options}")
    with pytest.raises(ConfigError, match="option 'labels' is unknown; folder takes none"):
        open_data(f"folder:{table.parent},labels=dx")


def test_tables_of_one_archive_are_known_by_its_name(table: Path) -> None:
    assert open_data(f"csv:{table},{COLUMNS},archive=clinic").archives == ("clinic",)
    assert open_data(f"csv:{table},{COLUMNS}").archives == ("",)


def test_open_reads_the_columns_that_are_named(table: Path) -> None:
    data = open_data(f"csv:{table},{COLUMNS}")
    assert [(s.id, data.labels[s.label].code, s.group) for s in data.samples] == [
        ("a.jpg", "nv", "p1"), ("c", "mel", "p2"), ("sub/b.jpg", "big-wart", "p1"),
    ]  # fmt: skip
    assert [s.metadata["fitzpatrick"] for s in data.samples] == [2, None, None]
    assert [s.metadata["age_years"] for s in data.samples] == [44.0, 9.0, None]
    assert data.samples[1].source == table.parent / "deep/er/c.png"
    assert data.fixed_splits is None


def test_open_keeps_the_splits_when_a_column_says_them(table: Path) -> None:
    data = open_data(f"csv:{table},image=file,label=dx,split=part")
    assert data.fixed_splits == {"a.jpg": "train", "sub/b.jpg": "val", "c": "test"}
    assert [s.group for s in data.samples] == ["a.jpg", "c", "sub/b.jpg"]


@pytest.mark.parametrize(
    ("options", "row", "message"),
    [
        ("", ROWS[0], "has no column image, label; it needs image, label"),
        ("image=file,label=dx,split=part", "a.jpg,nv,p1,,,middle", "line 2: split part is 'middle'; allowed: train"),
        ("image=file,label=dx", "none.jpg,nv,p1,,,", "line 2: no photo 'none.jpg' in"),
        ("image=file,label=dx,patient=who", "a.jpg,nv,,,,", "line 2: who is empty"),
        ("image=file,label=dx", "a.jpg,nv,,,,\na,nv,,,,", "'a' and 'a.jpg' are one photo"),
    ],
)
def test_open_says_what_is_wrong(table: Path, options: str, row: str, message: str) -> None:
    table.write_text("\n".join([HEADER, row]))
    with pytest.raises(DataError, match=message):
        open_data(f"csv:{table},{options}".rstrip(","))


def test_rows_that_share_any_grouping_value_are_one_group_also_by_way_of_others(table: Path) -> None:
    """a and b share a patient, b and c a lesion; d shares nothing."""
    table.write_text("file,dx,who,spot\na.jpg,nv,p1,l1\nsub/b.jpg,nv,p1,l2\nc,mel,p2,l2\n")
    data = open_data(f"csv:{table},image=file,label=dx,lesion=spot,patient=who")
    assert len({sample.group for sample in data.samples}) == 1
    table.write_text("file,dx,who,spot\na.jpg,nv,p1,l1\nsub/b.jpg,nv,p1,l2\nc,mel,p2,l3\n")
    groups = [sample.group for sample in open_data(f"csv:{table},image=file,label=dx,lesion=spot,patient=who").samples]
    assert groups[0] == groups[2] != groups[1]


def test_a_path_means_its_own_photo_and_no_namesake_elsewhere(table: Path) -> None:
    table.write_text("file,dx\nelsewhere/c.png,nv\na.jpg,mel\n")
    with pytest.raises(DataError, match="no photo 'elsewhere/c.png'"):
        open_data(f"csv:{table},image=file,label=dx")


def test_a_name_that_two_photos_have_is_refused(table: Path, photo_file: Callable[[Path, str, int], Path]) -> None:
    photo_file(table.parent / "sub/c.jpg", "nv", 1)
    table.write_text("file,dx\nc,nv\na.jpg,mel\n")
    with pytest.raises(DataError, match=r"'c' is .*deep/er/c.png or .*sub/c.jpg; write the path"):
        open_data(f"csv:{table},image=file,label=dx")
