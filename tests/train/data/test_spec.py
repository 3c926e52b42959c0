"""How data are spelled."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import ConfigError, DataError
from train.data.spec import DataPart, DataSpec, open_data, parse, parse_whole, without_places


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("phantom:20", DataSpec((DataPart("phantom", "20"),))),
        ("phantom:20:7@val", DataSpec((DataPart("phantom", "20:7"),), "val")),
        ("folder:a/b@all", DataSpec((DataPart("folder", "a/b"),))),
        ("ham10000:C:/x@y@test", DataSpec((DataPart("ham10000", "C:/x@y"),), "test")),
        ("folder:a@fold2of5:val", DataSpec((DataPart("folder", "a"),), "val", "fold2of5")),
        ("folder:a@repeat1of2", DataSpec((DataPart("folder", "a"),), "all", "repeat1of2")),
        ("folder:a+b+phantom:2@val", DataSpec((DataPart("folder", "a+b"), DataPart("phantom", "2")), "val")),
    ],
)
def test_parse_takes_kind_path_and_split_apart(text: str, spec: DataSpec) -> None:
    assert parse(text) == spec
    assert parse(str(spec)) == spec


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ham1000:a", "'ham1000' is unknown [(]did you mean ham10000[?][)]; allowed: phantom:N"),
        ("phantom:20@tset", "split 'tset' is unknown; allowed, at the very end: @train, @val"),
        ("folder:a@fold6of5:val", "split 'fold6of5' does not exist; allowed: fold2of5"),
        ("folder:a@fold2:val", "split 'fold2' is not understood; allowed: fold2of5"),
        ("folder:a@fold2of5:tset", "@fold2of5:tset names no part; allowed: fold2of5:train, fold2of5:val"),
        ("phantom:2@train+phantom:3", "split 'train' is unknown; allowed, at the very end"),
    ],
)
def test_parse_says_what_is_wrong_and_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse(text)


@pytest.mark.parametrize("text", ["", "phantom", "phantom:", "phantom:x", "phantom:0", "phantom:1:2:3", "zip:a", ":a"])
def test_parse_refuses_in_one_line_when_the_spelling_is_wrong(text: str) -> None:
    with pytest.raises(ConfigError, match="allowed|write|may be") as caught:
        parse(text)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=40) | st.from_regex(r"(phantom:[0-9]|folder:\w+)(\+folder:[a-z,=@]+)?@?\w*:?(val)?"))
def test_parse_gives_a_spec_or_a_config_error_for_any_text(text: str) -> None:
    try:
        spec = parse(text)
        assert spec.split in ("train", "val", "test", "all")
        assert parse(str(spec)) == spec
    except ConfigError as error:
        assert "\n" not in str(error)


def test_parse_whole_refuses_when_a_split_is_named() -> None:
    with pytest.raises(ConfigError, match="write phantom:3"):
        parse_whole("phantom:3@test")


def test_parse_whole_keeps_the_scheme_when_one_is_named() -> None:
    assert parse_whole("phantom:3@fold2of5").scheme == "fold2of5"
    with pytest.raises(ConfigError, match="write phantom:3@fold2of5"):
        parse_whole("phantom:3@fold2of5:val")


def test_open_data_refuses_when_the_folder_is_missing() -> None:
    with pytest.raises(DataError, match="does not exist"):
        open_data("folder:nowhere/at/all")


def test_open_data_names_the_split_when_it_is_misspelt(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="split 'tset' is unknown"):
        open_data(f"folder:{tmp_path}@tset")
    (tmp_path / "a@b").mkdir()
    with pytest.raises(DataError, match="has no class folders"):
        open_data(f"folder:{tmp_path / 'a@b'}")


def test_recorded_spellings_lose_their_places() -> None:
    assert without_places("ham10000:some/where+phantom:3:1") == "ham10000:+phantom:3:1"
    assert without_places("ham10000:") == "ham10000:"


def test_phantoms_have_all_classes_and_tones_when_opened() -> None:
    dataset = open_data("phantom:40:1")
    assert dataset.counts().tolist() == [40] * 14
    assert {s.metadata["fitzpatrick"] for s in dataset.samples} == set(range(1, 7))
