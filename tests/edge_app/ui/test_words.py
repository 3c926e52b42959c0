from __future__ import annotations

import ast
import contextlib
import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import ConfigError
from edge_app.ui import words

ROOT = Path(__file__).resolve().parents[3]
UI = ROOT / "edge_app" / "ui"
MARKS = {"tr", "mark"}
TRANSLATED = [code for code in words.LANGUAGES if code != "en"]


def strings_of(source: str) -> set[str]:
    """The texts in calls of `tr` and `mark`; a call with something else than one text is left to the reader."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {
        node.args[0].value
        for node in calls
        if name_of(node.func) in MARKS and node.args
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def used_strings() -> set[str]:
    """Every English text of the app that is translated."""
    found: set[str] = set()
    for path in UI.rglob("*.py"):
        found |= strings_of(path.read_text(encoding="utf-8"))
    for path in UI.rglob("*.kv"):
        for call in re.findall(r'app\.tr\("(?:[^"\\]|\\.)*"\)', path.read_text(encoding="utf-8")):
            found |= strings_of(call)
    return found - {""}


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogue_has_every_string_and_no_other(language: str) -> None:
    catalogue = words.catalogue(language)
    assert {text for text in used_strings() if not catalogue.get(text)} == set()
    assert set(catalogue) - used_strings() == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_the_places_of_figures(language: str) -> None:
    wrong = {text for text, said in words.catalogue(language).items() if fields_of(text) != fields_of(said)}
    assert wrong == set()


@pytest.mark.parametrize("language", ["ar", "hi"])
def test_translations_are_in_their_script(language: str) -> None:
    first, last = {"ar": (0x600, 0x6FF), "hi": (0x900, 0x97F)}[language]
    same = {"CSV table", "FHIR R4"}
    wrong = [
        said for text, said in words.catalogue(language).items()
        if text not in same and not any(first <= ord(c) <= last for c in said)
    ]  # fmt: skip
    assert wrong == []


def test_strings_are_found_in_python_and_kv() -> None:
    found = used_strings()
    assert {"New case", "Melanoma", "Saved, encrypted, on this device.", "Refer urgently"} <= found
    assert 200 < len(found) < 400


def test_translator_falls_back_to_english() -> None:
    assert words.translator("en")("Anything") == "Anything"
    assert words.translator("es")("no such text") == "no such text"
    with pytest.raises(ConfigError, match="unknown"):
        words.translator("tlh")


def test_parse_joins_lines_and_skips_header_and_comments() -> None:
    text = 'msgid ""\nmsgstr "Language: es\\n"\n\n# a note\nmsgid "a "\n"b"\nmsgstr "c\\"d"\n'
    assert words.parse(text) == {"a b": 'c"d'}


@pytest.mark.parametrize("text", ['msgstr "first"', 'msgid "a', "msgid a", 'msgid "a" + "b"', "msgid b'a'"])
def test_parse_refuses_a_broken_catalogue(text: str) -> None:
    with pytest.raises(ConfigError):
        words.parse(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_parse_reads_or_refuses_anything(text: str) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(words.parse(text), dict)
