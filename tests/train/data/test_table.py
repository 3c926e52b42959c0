"""Tables of photos: what holds for every loader that reads one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import DataError
from edge_app.runtime.labels import label
from train.data.kinds import KINDS
from train.data.table import Record, found, photos_below, read_rows, with_every_photo, with_photos_there

# Where each kind's first table lies below its folder.
TABLES = {
    "ham10000": "HAM10000_metadata.csv", "isic2019": "ISIC_2019_Training_GroundTruth.csv",
    "pad-ufes-20": "metadata.csv", "fitzpatrick17k": "fitzpatrick17k.csv", "derm7pt": "meta/meta.csv",
}  # fmt: skip
CELLS = st.sampled_from(["", "1", "x", "True", "nv", "BCC", "-1", '"', ","])


@pytest.mark.parametrize("kind", [*TABLES, "csv"])
@given(content=st.binary(max_size=200) | st.lists(CELLS, max_size=20).map(lambda cells: ",".join(cells).encode()))
def test_any_table_gives_data_or_one_line_of_data_error(
    tmp_path_factory: pytest.TempPathFactory, kind: str, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    table = folder / TABLES.get(kind, "t.csv")
    table.parent.mkdir(exist_ok=True)
    table.write_bytes(content)
    with pytest.raises(DataError) as caught:
        KINDS[kind].open(table if kind == "csv" else folder, f"{kind}:x")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [("a,b\n1,2\n", "has no column c; it needs a, c"), ("a,c\n", "lists no photo"), ("a,c\n1\xff,2", "cannot be read")],
)
def test_read_rows_says_what_is_wrong_with_a_table(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "t.csv").write_bytes(content.encode("latin-1"))
    with pytest.raises(DataError, match=message):
        read_rows(tmp_path / "t.csv", ("a", "c"))


def test_read_rows_cuts_blanks_and_tells_the_place(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\ufeffa,c\n 1 ,2\n3\n", encoding="utf-8")
    assert read_rows(tmp_path / "t.csv", ("a", "c")) == [
        ("t.csv line 2", {"a": "1", "c": "2"}), ("t.csv line 3", {"a": "3", "c": ""}),
    ]  # fmt: skip


def test_photos_are_found_by_name_whatever_their_ending(tmp_path: Path) -> None:
    for name in ("b/x.jpg", "a/x.png", "._y.jpg", "z.txt", "w.JPEG"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    photos = photos_below(tmp_path)
    assert {stem: file.relative_to(tmp_path).as_posix() for stem, file in photos.items()} == {
        "x": "a/x.png", "w": "w.JPEG",
    }  # fmt: skip
    assert found(Record("x", "nv", "x", ("no", "x"), ""), photos) == tmp_path / "a/x.png"


def test_missing_photos_are_refused_or_counted(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").touch()
    records = [Record(f"{i}", "nv", f"{i}", (f"{i}",), f"line {i}") for i in range(1, 4)]
    with pytest.raises(DataError, match=r"line 2: no photo 2.jpg below the data folder \(2 of 3 are missing\)"):
        with_every_photo(records, [label("nv")], tmp_path)
    samples, missing = with_photos_there(records, [label("nv")], tmp_path)
    assert ([s.id for s in samples], missing) == (["1"], 2)
    with pytest.raises(DataError, match="none of the 2 photos"):
        with_photos_there(records[1:], [label("nv")], tmp_path)
