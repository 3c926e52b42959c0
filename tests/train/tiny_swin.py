"""A Swin transformer small enough for tests, and a run of it: `python -m tests.train.tiny_swin DATA OUT [by-itself]`.

Swin has no batch norm, so a batch shared by processes must give what one process makes of it. With `by-itself` each
process divides its weighted loss by its own weights, as a careless loop would: what the comparison must notice.
"""

from __future__ import annotations

import sys
from typing import Any

from timm.models import is_model, register_model
from timm.models.swin_transformer import SwinTransformer

SETTINGS = (
    "model.arch=tiny_swin", "model.side_px=32", "fit.epochs=2", "fit.batch_size=8", "fit.threads=1",
    "fit.accelerator=cpu", "optimizer.lr=1e-3", "sampler.epoch_multiplier=1.0", "schedule.warmup_epochs=0",
    "loss.beta=0.9", "fit.clip_norm=1.0", "ema.decay=0.9",
)  # fmt: skip


def tiny_swin(pretrained: bool = False, num_classes: int = 7, drop_rate: float = 0.0, **_: Any) -> SwinTransformer:
    """Two stages of one block, 32 px."""
    return SwinTransformer(
        img_size=32, patch_size=4, window_size=4, embed_dim=16, depths=(1, 1), num_heads=(1, 2),
        num_classes=num_classes, drop_rate=drop_rate, drop_path_rate=0.0,
    )  # fmt: skip


def register() -> None:
    """Make timm know it."""
    if not is_model("tiny_swin"):
        register_model(tiny_swin)


def words(data: str, out: str) -> list[str]:
    """The command line of a run."""
    sets = [word for setting in SETTINGS for word in ("--set", setting)]
    return ["--recipe", "swin_tiny_dual_weighted", "--init", "none", "--data", data, "--out", out, *sets]


if __name__ == "__main__":
    register()
    from train.cli import main
    from train.losses import criterion

    if sys.argv[3:] == ["by-itself"]:
        criterion.ratio = lambda total, divisor: total / divisor
    raise SystemExit(main(words(*sys.argv[1:3])))
