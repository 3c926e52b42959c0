"""Command line of training: a run, the list of recipes, small weight files for keeping, phantoms as photos.

python -m train --recipe R --data D [--label-map M] --out RUN [--set KEY=VALUE ...] [--init FILE|none] [--resume]
python -m train recipes
python -m train export-weights --run RUN --out FILE.safetensors [--data D] [--note TEXT]
python -m train audit --data D [--label-map M] [--out DIR]
python -m train phantoms --out FOLDER [--count N] [--seed SEED] [--side PX]
python -m train evaluate --checkpoint C|--bundle B --data D --out DIR
python -m train compare RUN_A RUN_B
python -m train sweep --grid G --data D --out DIR [--init FILE|none]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from edge_app.command_line import OneLineParser
from edge_app.runtime.errors import ConfigError, DermedgeError, one_line


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 when done, 2 with one line on standard error when it cannot be done."""
    argv = sys.argv[1:] if argv is None else argv
    command = COMMANDS.get(argv[0], train) if argv else train
    try:
        if command is train and argv and not argv[0].startswith("-"):
            raise ConfigError(f"the command {argv[0]!r} is unknown; allowed: {', '.join(COMMANDS)}, or --recipe ...")
        return command(argv)
    except DermedgeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {one_line(error)}; check the disk and the permissions", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; continue with --resume", file=sys.stderr)
        return 130


def train_parser() -> OneLineParser:
    """The options of a training run."""
    p = OneLineParser(
        prog="python -m train", description="Train a classifier from a recipe and a data set.",
        epilog=f"Also: python -m train {' | '.join(COMMANDS)}, each with --help.",
    )  # fmt: skip
    p.add_argument("--recipe", required=True, help="a name that `python -m train recipes` lists, or a .toml file")
    p.add_argument("--data", required=True, help="KIND:PATH, as in ham10000:PATH; several joined by +; @fold2of5")
    p.add_argument("--label-map", metavar="MAP", help="merge the data's classes: derm8, or a .toml file")
    p.add_argument("--out", required=True, type=Path, metavar="RUN", help="run folder to make")
    p.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting, as fit.epochs=5")
    p.add_argument("--init", metavar="FILE|none", help="initial weights: a timm state dict, or none for random ones")
    p.add_argument("--resume", action="store_true", help="continue the run in RUN from its last whole epoch")
    return p


def train(argv: list[str]) -> int:
    """A training run."""
    options = train_parser().parse_args(argv)
    from train import config
    from train.data import spec

    recipe, data = config.load_recipe(options.recipe, options.set), spec.parse_whole(options.data, options.label_map)
    # After the cheap checks: Lightning takes seconds to import.
    from train import fit

    metrics = fit.run(
        recipe, data, options.out,
        init=options.init, resume=options.resume, command=["python", "-m", "train", *argv],
    )  # fmt: skip
    if not metrics:  # one of several processes, not the first
        return 0
    test = metrics["test"]
    print(
        f"{options.out / 'best.ckpt'}: test accuracy {test['accuracy']:.4f}, balanced accuracy "
        f"{test['balanced_accuracy']:.4f}, weighted F1 {test['weighted_f1']:.4f}, MCC {test['mcc']:.4f}"
    )
    return 0


def recipes(argv: list[str]) -> int:
    """Print every recipe with the first line of its header, its paper, model and method."""
    OneLineParser(prog="python -m train recipes", description="List the recipes.").parse_args(argv[1:])
    from train import config

    for name in config.names():
        header = config.header_of(name)
        print(f"{name}\n  {header['']}")
        for key in ("paper", "model", "method"):
            print(f"  {key:8} {header.get(key, '')}")
    return 0


def export_weights(argv: list[str]) -> int:
    """Write a run's best weights as float16 safetensors with a card and hashed split lists beside them."""
    p = OneLineParser(prog="python -m train export-weights", description="Keep a run as a small file.")
    p.add_argument("--run", required=True, type=Path, help="run folder, or its .ckpt")
    p.add_argument("--out", required=True, type=Path, metavar="FILE.safetensors")
    p.add_argument("--data", help="the run's data, where they have moved since")
    p.add_argument("--note", default="", help="a sentence for the card")
    options = p.parse_args(argv[1:])
    from train.export_weights import export_run

    card = export_run(options.run, options.out, data=options.data, note=options.note)
    test = card["figures"]["test"]
    print(
        f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB, test accuracy {test['accuracy']:.4f}, "
        f"balanced accuracy {test['balanced_accuracy']:.4f}"
    )
    return 0


def phantoms(argv: list[str]) -> int:
    """Write generated lesions as JPEG files, one folder a class."""
    p = OneLineParser(prog="python -m train phantoms", description="Generated lesions as photos to try.")
    p.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="new folder; readable as folder:FOLDER")
    p.add_argument("--count", type=int, default=2, metavar="N", help="of each class (2)")
    p.add_argument("--seed", type=int, default=0, help="which ones (0)")
    p.add_argument("--side", type=int, default=512, metavar="PX", help="of the photos (512)")
    options = p.parse_args(argv[1:])
    from train.data.phantom_folder import write_phantoms

    written = write_phantoms(options.out, count=options.count, seed=options.seed, side_px=options.side)
    print(f"{options.out}: {written} phantoms")
    return 0


def evaluate(argv: list[str]) -> int:
    """Figures with intervals, subgroups, calibration, robustness and a page for a checkpoint or a bundle."""
    from train.evaluate import cli
    from train.memory import keep_freed

    keep_freed()  # docs/decisions/0151
    return cli.evaluate(argv)


def compare(argv: list[str]) -> int:
    """Paired differences of two runs or evaluations."""
    from train.evaluate import cli

    return cli.compare(argv)


def audit(argv: list[str]) -> int:
    """Copies, leaks, unreadable photos and counts of a data set."""
    from train.audit import cli

    return cli.run(argv)


def sweep(argv: list[str]) -> int:
    """Every cell of a grid, and the table that compares them."""
    from train.sweep import cli

    return cli.sweep(argv)


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "recipes": recipes,
    "export-weights": export_weights,
    "phantoms": phantoms,
    "audit": audit,
    "evaluate": evaluate,
    "compare": compare,
    "sweep": sweep,
}
