from __future__ import annotations

import json

import jsonschema
import pytest

from edge_app.runtime.errors import ConfigError
from edge_app.runtime.schema import SCHEMAS, schema
from tests.edge_app.bundles import contents, signed


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_a_valid_json_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


def test_schema_names_those_there_are_when_the_name_is_unknown() -> None:
    with pytest.raises(ConfigError, match="use one of card, gate, manifest, benchmark_row"):
        schema("cards")


def test_the_manifest_follows_its_schema() -> None:
    jsonschema.validate(json.loads(signed(contents())["manifest.json"]), schema("manifest"))
    jsonschema.validate(json.loads(signed(contents(), key=None)["manifest.json"]), schema("manifest"))
