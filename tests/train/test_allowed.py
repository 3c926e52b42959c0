"""Schemas in words."""

from __future__ import annotations

import pytest

from train.allowed import in_words, schema_at
from train.config import Recipe


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 100}, "a whole number from 1 to 100"),
        ({"type": "number", "exclusiveMinimum": 0}, "a number above 0"),
        ({"type": "number", "minimum": 0, "exclusiveMaximum": 1}, "a number from 0 to below 1"),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 100}, "a number above 0 to 100"),
        ({"type": "number", "maximum": 2}, "a number up to 2"),
        ({"type": "number", "minimum": 0.5}, "a number of at least 0.5"),
        ({"type": "boolean"}, "true or false"),
        ({"const": "adamw", "type": "string"}, "adamw"),
        ({"enum": ["sqrt", "plain"]}, "sqrt or plain"),
        ({"type": "object"}, "another value"),
    ],
)
def test_in_words_says_what_is_allowed(schema: dict[str, object], words: str) -> None:
    assert in_words(schema) == words


def test_schema_at_follows_sections_lists_and_says_nothing_of_what_is_not_there() -> None:
    whole = Recipe.model_json_schema()
    assert in_words(schema_at(whole, ("augment", "ratio", 1))) == "a number above 0"
    assert in_words(schema_at(whole, ("ema",))) == "a section with decay"
    assert schema_at(whole, ("fit", "no_such")) == {}
    assert schema_at(whole, ("augment", "ratio", 7)) == {}
