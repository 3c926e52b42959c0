"""`python -m train evaluate` and `compare`: what a model is worth, for whom, how sure that is; which one is better."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edge_app.command_line import OneLineParser

DESCRIPTION = "Evaluate a checkpoint or a bundle: figures with intervals, subgroups, calibration, robustness, a page."
COMPARISON = "Paired differences of two runs or evaluations of the same photos, with intervals and p."


def parser() -> OneLineParser:
    """The options of an evaluation."""
    p = OneLineParser(prog="python -m train evaluate", description=DESCRIPTION)
    p.add_argument("--checkpoint", type=Path, metavar="FILE|RUN", help="a .ckpt or .safetensors, or a run folder")
    p.add_argument("--bundle", type=Path, help="a bundle's file as the phone runs it; --checkpoint lends it its lists")
    p.add_argument("--data", required=True, help="photos to evaluate on, as run@test or pad-ufes-20:PATH@test")
    p.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder to make")
    p.add_argument("--validation", metavar="DATA", help="photos for temperature and thresholds (the run's run@val)")
    p.add_argument("--run-data", metavar="DATA", help="where the run's own data are, should they have moved")
    p.add_argument("--label-map", metavar="NAME|FILE", help="merge the classes of model and data, as derm8")
    p.add_argument("--tta", action="store_true", help="average eight turned and mirrored views of each photo")
    p.add_argument("--malignant", metavar="CODES", help="classes of the malignant group (mel,bcc,scc,akiec)")
    p.add_argument("--outliers", type=Path, metavar="FOLDER", help="pictures without a lesion, beside generated ones")
    p.add_argument("--outlier-pictures", type=int, default=60, metavar="N", help="generated of each kind (60)")
    p.add_argument("--robust-photos", type=int, default=140, metavar="N", help="photos to spoil (140)")
    p.add_argument("--mistakes", type=int, default=12, metavar="N", help="worst mistakes of each kind to show (12)")
    p.add_argument("--replicates", type=int, default=2000, metavar="N", help="of the bootstrap (2000)")
    p.add_argument("--seed", type=int, default=0, help="of bootstrap, generated pictures and spoilt photos (0)")
    p.add_argument("--threads", type=int, default=1, metavar="N", help="for the model (1)")
    p.add_argument("--trusted-key", action="append", default=[], type=Path, metavar="FILE", help="of the bundle")
    p.add_argument("--allow-unsigned", action="store_true", help="accept a bundle that no trusted key has signed")
    return p


def evaluate(argv: list[str]) -> int:
    """One evaluation; the folder is written whole or not at all."""
    given = parser().parse_args(argv[1:])
    from train.evaluate.options import Options

    codes = None if given.malignant is None else [c.strip() for c in given.malignant.split(",") if c.strip()]
    options = Options(
        data=given.data, out=given.out, checkpoint=given.checkpoint, bundle=given.bundle, validation=given.validation,
        run_data=given.run_data, label_map=given.label_map, tta=given.tta, malignant=codes, outliers=given.outliers,
        outlier_pictures=given.outlier_pictures, robust_photos=given.robust_photos, mistakes=given.mistakes,
        replicates=given.replicates, seed=given.seed, threads=given.threads, trusted_keys=given.trusted_key,
        allow_unsigned=given.allow_unsigned, command=["python", "-m", "train", *argv],
    )  # fmt: skip
    # After the cheap checks: torch takes seconds to import.
    import torch

    from train.evaluate.cautions import cautions
    from train.evaluate.evaluation import evaluate as run
    from train.evaluate.writing import REPORT, write_evaluation
    from train.progress import say

    torch.set_num_threads(options.threads)
    evaluation = run(options)
    write_evaluation(evaluation, options.out)
    for line in cautions(evaluation.result):
        say(f"warning: {line}")
    print(f"{options.out / REPORT}: {', '.join(headline(evaluation.result['overall']))}")
    return 0


def headline(overall: dict[str, Any]) -> list[str]:
    """The first figures with their intervals, for the last line on screen."""
    named = [(name.replace("_", " "), overall[name]) for name in ("accuracy", "balanced_accuracy", "macro_auc")]
    return [f"{name} {one['value']:.4f} {limits(one)}".rstrip() for name, one in named if one["value"] is not None]


def limits(one: dict[str, Any]) -> str:
    """The interval in brackets, or why there is none."""
    if one["low"] is None:
        return f"({one['method']})" if one["method"] else ""
    return f"[{one['low']:.4f}, {one['high']:.4f}]"


def compare_parser() -> OneLineParser:
    """The options of a comparison."""
    p = OneLineParser(prog="python -m train compare", description=COMPARISON)
    p.add_argument("first", type=Path, metavar="RUN_A", help="run folder or evaluation folder")
    p.add_argument("second", type=Path, metavar="RUN_B", help="another one, of the same photos")
    p.add_argument("--out", type=Path, metavar="FILE.json", help="also write the table as JSON")
    p.add_argument("--run-data", metavar="DATA", help="where the runs' own data are, should they have moved")
    p.add_argument("--replicates", type=int, default=2000, metavar="N", help="of the bootstrap (2000)")
    p.add_argument("--seed", type=int, default=0, help="of the bootstrap (0)")
    return p


def compare(argv: list[str]) -> int:
    """Print how much the second is better, figure by figure, and whether that could be chance."""
    given = compare_parser().parse_args(argv[1:])
    from train.evaluate.comparison import compare_folders, table_lines, write_comparison
    from train.evaluate.options import check_replicates, check_seed, check_table

    check_replicates(given.replicates)
    check_seed(given.seed)
    check_table(given.out)
    result = compare_folders(
        given.first, given.second, run_data=given.run_data, replicates=given.replicates, seed=given.seed,
        command=["python", "-m", "train", *argv],
    )  # fmt: skip
    print("\n".join(table_lines(result)))
    if given.out is not None:
        write_comparison(result, given.out)
        print(f"wrote {given.out}")
    return 0
