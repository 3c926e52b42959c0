"""The model card inside a .onnx: one entry of the model's `metadata_props`, which every runtime hands out."""

from __future__ import annotations

from pathlib import Path

from export.targets.onnx_read import load_onnx
from export.targets.whole_file import whole_file

KEY = "card"


def embed_card(path: Path, card_json: str) -> None:
    """Put `card_json` in, in place of a card that is there already."""
    model = load_onnx(path)
    kept = [entry for entry in model.metadata_props if entry.key != KEY]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    model.metadata_props.add(key=KEY, value=card_json)
    with whole_file(path) as temporary:
        temporary.write_bytes(model.SerializeToString(deterministic=True))


def read_card(path: Path) -> str | None:
    """The card of `path`, or None where there is none."""
    return next((entry.value for entry in load_onnx(path).metadata_props if entry.key == KEY), None)
