"""Two runs on two folds of the tiny run's photos, made without training: its network, the second one's head stretched.

A longer head gives other logits and the same answers, so that both float models are right on every photo.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from tests.export.tiny_run import SEED, TinyRun, lists_of
from train.checkpoint import KEY

RECIPE = {"name": "tiny", "fit": {"seed": SEED}}
HEAD = "model.head.fc."
STRETCHED = 1.25


def write_folds(run: TinyRun, root: Path, count: int = 2) -> list[Path]:
    """`root`/fold1/best.ckpt and so on, each in a run folder."""
    return [write_fold(run, root / f"fold{n}", scheme=f"fold{n}of{count}", number=n) for n in range(1, count + 1)]


def write_fold(
    run: TinyRun, folder: Path, *, scheme: str, number: int = 1, recipe: dict[str, Any] | None = None, **other: Any
) -> Path:
    """One run's checkpoint on the fold `scheme`; `other` replaces parts of its description, or of its lists."""
    content = torch.load(run.checkpoint, weights_only=True)
    described = json.loads(content[KEY])
    described["provenance"] = {"recipe": RECIPE if recipe is None else recipe}
    described["splits"] = {**lists_of(run.data, scheme), "scheme": scheme}
    for name, value in other.items():
        (described if name in described else described["splits"])[name] = value
    stretch = STRETCHED ** (number - 1)
    state = {name: value * stretch if HEAD in name else value for name, value in content["state_dict"].items()}
    folder.mkdir(parents=True)
    (folder / "recipe.json").write_text("{}")
    torch.save({KEY: json.dumps(described), "state_dict": state}, folder / "best.ckpt")
    return folder / "best.ckpt"
