"""Runs of a cross-validation that may be gated together: every fold of one cut once, trained alike."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge_app.runtime.errors import CheckpointError, ConfigError
from export.options import FOLDS, Options
from train.checkpoint import TrainedModel, load_checkpoint
from train.data.scheme import Scheme, scheme_of


def runs_of(options: Options, first: TrainedModel) -> list[TrainedModel]:
    """`first`, and where folds are pooled the runs of the other folds.

    ConfigError unless they are all folds of one cut, each once, of the same data, classes, architecture and recipe;
    CheckpointError for one that is no run's.
    """
    if options.gate_data != FOLDS:
        return [first]
    runs = [first, *map(load_checkpoint, options.fold_checkpoints)]
    paths = [options.checkpoint, *options.fold_checkpoints]
    for run, path in zip(runs, paths, strict=True):
        refuse_unknown_origin(run, path)
    refuse_incomplete([fold_of(run) for run in runs], paths)
    for run, path in zip(runs, paths, strict=True):
        refuse_unlike(run, first, path)
    return runs


def fold_of(run: TrainedModel) -> Scheme:
    """How the data of the run were cut."""
    return scheme_of(str((run.splits or {}).get("scheme") or ""))


def refuse_unknown_origin(run: TrainedModel, path: Path) -> None:
    """CheckpointError for a run without folder, lists or recipe."""
    if run.run_dir is None or run.splits is None or run.provenance.get("recipe") is None:
        raise CheckpointError(
            f"checkpoint {path} lacks its run folder, lists of photos or recipe; {FOLDS} needs each"
            " fold's RUN/best.ckpt"
        )


def refuse_incomplete(folds: Sequence[Scheme], paths: Sequence[Path]) -> None:
    """ConfigError unless `folds` are all of one cut, each once."""
    for fold, path in zip(folds, paths, strict=True):
        if fold.kind != "fold":
            raise ConfigError(
                f"checkpoint {path} was trained on {f'@{fold}' if fold.kind else 'a cut without folds'}; {FOLDS} needs"
                " runs on DATA@fold1ofK to DATA@foldKofK"
            )
    if len({fold.count for fold in folds}) > 1:
        raise ConfigError(f"the runs are of different cuts: {named(folds)}; {FOLDS} needs every fold of one")
    numbers = [fold.number for fold in folds]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        again = [str(path) for path, number in zip(paths, numbers, strict=True) if number == twice[0]]
        raise ConfigError(
            f"fold {twice[0]} of {folds[0].count} is given twice: {', '.join(again)}; give each fold once"
        )
    missing = [str(number) for number in range(1, folds[0].count + 1) if number not in numbers]
    if missing:
        raise ConfigError(
            f"fold {', '.join(missing)} of {folds[0].count} is not given; {FOLDS} needs a run for each: name it with"
            " --fold-checkpoints"
        )


def named(folds: Sequence[Scheme]) -> str:
    """The folds as data spell them."""
    return ", ".join(map(str, folds))


def refuse_unlike(run: TrainedModel, first: TrainedModel, path: Path) -> None:
    """ConfigError where `run` differs from `first` in more than its fold."""
    theirs, ours = facts_of(run), facts_of(first)
    other = [name for name in ours if theirs[name] != ours[name]]
    if other:
        raise ConfigError(
            f"checkpoint {path} has other {' and '.join(other)} than --checkpoint; folds that are pooled differ in"
            " nothing but the fold: train them with one recipe on one DATA"
        )


def facts_of(run: TrainedModel) -> dict[str, Any]:
    """What all folds have to share. Data are known by their hashes, not by where they lie."""
    lists = run.splits or {}
    return {
        "data": (
            lists.get("data_sha256"), lists.get("seed"), lists.get("label_map"),
            sorted(lists["splits"]["test"]["photos"]),
        ),
        "classes": run.labels,
        "architecture": (run.arch, run.structure),
        "recipe": (run.provenance["recipe"], run.fit),
    }  # fmt: skip
