"""How data are spelled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import ConfigError, DataError
from train.data.spec import DataSpec, open_data, parse, parse_whole


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("phantom:20", DataSpec("phantom", "20", "all")),
        ("phantom:20:7@val", DataSpec("phantom", "20:7", "val")),
        ("folder:a/b@all", DataSpec("folder", "a/b", "all")),
        ("ham10000:C:/x@y@test", DataSpec("ham10000", "C:/x@y", "test")),
    ],
)
def test_parse_takes_kind_path_and_split_apart(text: str, spec: DataSpec) -> None:
    assert parse(text) == spec


@pytest.mark.parametrize("text", ["", "phantom", "phantom:", "phantom:x", "phantom:0", "phantom:1:2:3", "zip:a", ":a"])
def test_parse_refuses_in_one_line_when_the_spelling_is_wrong(text: str) -> None:
    with pytest.raises(ConfigError, match="allowed|write|may be") as caught:
        parse(text)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=40))
def test_parse_gives_a_spec_or_a_config_error_for_any_text(text: str) -> None:
    try:
        assert parse(text).split in ("train", "val", "test", "all")
    except ConfigError as error:
        assert "\n" not in str(error)


def test_parse_whole_refuses_when_a_split_is_named() -> None:
    with pytest.raises(ConfigError, match="write phantom:3"):
        parse_whole("phantom:3@test")


def test_open_data_refuses_when_the_folder_is_missing() -> None:
    with pytest.raises(DataError, match="does not exist"):
        open_data("folder:nowhere/at/all")


def test_phantoms_have_all_classes_and_tones_when_opened() -> None:
    dataset = open_data("phantom:40:1")
    assert dataset.counts().tolist() == [40] * 14
    assert {s.metadata["fitzpatrick"] for s in dataset.samples} == set(range(1, 7))
