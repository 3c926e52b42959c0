"""The JSON Schemas (draft 2020-12) of what dermedge writes: card, gate, manifest, benchmark_row."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from edge_app.runtime.errors import ConfigError

SCHEMAS = ("card", "gate", "manifest", "benchmark_row")


def schema(name: str) -> dict[str, Any]:
    """The schema called `name`; ConfigError for another name than those in `SCHEMAS`."""
    if name not in SCHEMAS:
        raise ConfigError(f"schema {name!r} is unknown; use one of {', '.join(SCHEMAS)}")
    text = resources.files("edge_app.runtime").joinpath("schemas", f"{name}.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))
