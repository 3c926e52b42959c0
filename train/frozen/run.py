"""One run of a frozen network: features once, the head trained on them, a run folder like any other."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

from edge_app.runtime.errors import ConfigError
from train import ranks
from train.checkpoint import KEY, PREFIX, Description, file_sha256
from train.config import Recipe
from train.data.spec import DataSpec
from train.evaluate.run_report import report
from train.files import replacing
from train.fit import Start, begin, check_out, check_same_data, description_of
from train.frozen.head import HeadFit, State, fit_head
from train.frozen.prepare import Frozen, few_photos, prepare
from train.losses.criterion import Criterion
from train.precision import device_of
from train.progress import say
from train.provenance import provenance
from train.run_data import RunData, weights_of


def run(
    recipe: Recipe, spec: DataSpec, out: Path, *, init: str | None, resume: bool, command: list[str]
) -> dict[str, Any]:
    """Train the head, evaluate the best one in its network, leave the run folder `out`; returns metrics.json.

    A run that was cut begins anew on the features that it has kept.
    """
    if ranks.size() > 1:
        raise ConfigError(f"model.frozen trains a head in one process, not in {ranks.size()}; start without torchrun")
    check_out(out, recipe, resume)
    device = device_of(recipe.fit.accelerator)
    if recipe.fit.threads:
        torch.set_num_threads(recipe.fit.threads)
    frozen, data = prepare(recipe, spec, init, device)
    check_same_data(out, data, resume)
    facts = {**provenance(command, device), "seed": recipe.fit.seed, "initial_weights": frozen.origin, "processes": 1,
             "data": data.dataset.spec, "data_sha256": data.lists["data_sha256"],
             "few_photos": few_photos(data.dataset)}  # fmt: skip
    sha256 = file_sha256(Path(init)) if init not in (None, "none") else None
    begin(out, recipe, data.lists, Start(frozen.model, frozen.origin, sha256, None))
    head = frozen.head(recipe.model.drop)
    fitted = fitted_head(recipe, head, frozen, data)
    write_checkpoints(out, frozen.model, head, fitted, description_of(recipe, data, facts))
    return report(out, data.dataset, data.splits, fitted.history, weights_of(recipe, data.counts()), facts)


def fitted_head(recipe: Recipe, head: nn.Module, frozen: Frozen, data: RunData) -> HeadFit:
    """The head after training."""
    counts, started = data.counts(), time.monotonic()
    criterion = Criterion(recipe, weights_of(recipe, counts), counts)
    train, val = frozen.rows(data.splits.train, recipe.sampler.strata), frozen.rows(data.splits.val)
    say(f"head of {recipe.model.arch} from {frozen.origin}; {len(train.labels)} training photos")
    fitted = fit_head(head, criterion, train, val, recipe)
    last = fitted.history[-1]
    say(f"{len(fitted.history)} epochs in {time.monotonic() - started:.0f} s; validation weighted F1 "
        f"{last['val/weighted_f1']:.4f}, balanced accuracy {last['val/balanced_accuracy']:.4f}")  # fmt: skip
    return fitted


def write_checkpoints(out: Path, model: nn.Module, head: nn.Module, fitted: HeadFit, described: Description) -> None:
    """best.ckpt and last.ckpt as every run has them: the whole network with that head."""
    for name, state in (("best.ckpt", fitted.best), ("last.ckpt", fitted.last)):
        head.load_state_dict(state)
        whole: State = {PREFIX + key: value for key, value in model.state_dict().items()}
        with replacing(out / name) as temporary:
            torch.save({"state_dict": whole, KEY: described.to_json()}, temporary)
