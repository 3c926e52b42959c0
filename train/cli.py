"""Command line of training: `python -m train --recipe R --data D --out RUN`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge_app.runtime.errors import DermedgeError


def parser() -> argparse.ArgumentParser:
    """The options of a training run."""
    p = argparse.ArgumentParser(prog="python -m train", description="Train a classifier from a recipe and a data set.")
    p.add_argument("--recipe", required=True, help="a name that `python -m train recipes` lists, or a .toml file")
    p.add_argument("--data", required=True, help="phantom:N[:SEED], folder:PATH or ham10000:PATH")
    p.add_argument("--out", required=True, type=Path, metavar="RUN", help="run folder to make")
    p.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting, as fit.epochs=5")
    p.add_argument("--init", metavar="FILE|none", help="initial weights: a timm state dict, or none for random ones")
    p.add_argument("--resume", action="store_true", help="continue the run in RUN from its last whole epoch")
    return p


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 when done, 2 with one line on standard error when it cannot be done."""
    argv = sys.argv[1:] if argv is None else argv
    try:
        return train(argv)
    except DermedgeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; continue with --resume", file=sys.stderr)
        return 130


def train(argv: list[str]) -> int:
    """A training run."""
    options = parser().parse_args(argv)
    from train import config, fit
    from train.data import spec

    recipe = config.load_recipe(options.recipe, options.set)
    metrics = fit.run(recipe, spec.parse(options.data), options.out, init=options.init, resume=options.resume,
                      command=["python", "-m", "train", *argv])  # fmt: skip
    test = metrics["test"]
    print(f"{options.out / 'best.ckpt'}: test accuracy {test['accuracy']:.4f}, balanced accuracy "
          f"{test['balanced_accuracy']:.4f}, weighted F1 {test['weighted_f1']:.4f}, MCC {test['mcc']:.4f}")  # fmt: skip
    return 0
