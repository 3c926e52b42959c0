"""Photos a second of the real training loop, beside the bare step of the same network and beside timm's own loader.

Three ways to feed one network take turns in one process, a few steps each, so that a machine that gets busy slows all
of them alike: `real` is Lightning's loop as `python -m train` runs it; `bare` takes the same optimizer step on the same
tensor again and again, so nothing is ever fed; `timm` is the bare step fed by timm.data.create_loader.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from PIL import Image
from timm.data import create_loader
from torch import nn

from benchmarks.train_turns import Plan, Stopwatch, Turns
from train.checkpoint import Description
from train.config import Recipe, load_recipe
from train.data.batches import EpochBatches, TrainBatch
from train.data.sample import Sample, bytes_of
from train.data.spec import parse_whole
from train.fit import description_of, objective_of
from train.loop import Feed, quiet, trainer_of
from train.memory import keep_freed
from train.models.create import create
from train.module import Training
from train.objectives.plain import Plain
from train.precision import Precision, device_of, precision_for
from train.run_data import RunData, prepare

# Long enough an epoch that no validation falls into a measurement.
LONG_EPOCH = ("sampler.epoch_multiplier=100", "fit.epochs=100", "schedule.warmup_epochs=1", "fit.max_minutes=0")


class TimedBatches:
    """An epoch whose batches are waited for against a stopwatch."""

    def __init__(self, batches: EpochBatches, watch: Stopwatch) -> None:
        self.batches, self.watch = batches, watch

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[TrainBatch]:
        return self.watch.waits(iter(self.batches))


class TimedFeed(Feed):
    """The real feed, timed."""

    def __init__(self, data: RunData, recipe: Recipe, device: str, watch: Stopwatch) -> None:
        super().__init__(data, recipe, device)
        self.watch = watch

    def train_dataloader(self) -> TimedBatches:  # type: ignore[override]
        """This epoch's batches."""
        return TimedBatches(super().train_dataloader(), self.watch)


class Bare:
    """The optimizer step of a run without the run: the same network, loss, optimizer, precision and memory layout."""

    def __init__(self, module: Training, precision: Precision) -> None:
        self.objective: Plain = deepcopy(module.objective).to(precision.device)
        config = module.recipe.optimizer
        weights = self.objective.parameters()
        self.optimizer = torch.optim.AdamW(weights, lr=config.lr, weight_decay=config.weight_decay)
        self.precision = precision
        self.scaler = torch.amp.GradScaler(precision.device, enabled=precision.lightning == "16-mixed")

    def step(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        """Forward, loss, backward, update."""
        self.optimizer.zero_grad()
        with self.context():
            loss = self.objective(images, labels).loss
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def context(self) -> Any:
        """The autocast that Lightning would open, or our own."""
        kinds = {"16-mixed": torch.float16, "bf16-mixed": torch.bfloat16}
        if self.precision.lightning in kinds:
            return torch.autocast(self.precision.device, dtype=kinds[self.precision.lightning])
        return self.precision.context()


class Done(Exception):
    """All rounds are measured."""


class Rounds(Callback):
    """Times the real loop from its hooks, and lets the other ways have their turns in between."""

    def __init__(
        self, plan: Plan, others: Callable[[], None], turns: Turns, wait: Stopwatch, augment: Stopwatch
    ) -> None:
        self.plan, self.others, self.turns = plan, others, turns
        self.wait, self.augment = wait, augment
        self.step, self.marks = 0, (0.0, 0.0, 0.0, 0.0)

    def on_train_batch_end(
        self, trainer: lightning.Trainer, module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self.step += 1
        if self.step < self.plan.lead:
            return
        settle(module.device.type)
        now = (time.perf_counter(), self.wait.seconds, time.process_time(), self.augment.seconds)
        if self.step == self.plan.lead:
            self.marks = now
        elif self.step == self.plan.lead + self.plan.steps:
            spent = [value - mark for value, mark in zip(now, self.marks, strict=True)]
            self.turns.add("real", *spent[:3])
            self.turns.augmented.append(spent[3])
            self.others()
            self.step = 0
            if len(self.turns.seconds["real"]) == self.plan.rounds:
                raise Done


def settle(device: str) -> None:
    """Wait until a GPU has done what it was told."""
    if device == "cuda":
        torch.cuda.synchronize()


def measured(plan: Plan, each_round: Callable[[], None] = lambda: None) -> tuple[Turns, Recipe, Precision]:
    """All rounds of the plan; ConfigError or DataError for a recipe or data that cannot be had."""
    recipe = load_recipe(plan.recipe, [*plan.settings, *LONG_EPOCH])
    if plan.threads:
        torch.set_num_threads(plan.threads)
    device = device_of(recipe.fit.accelerator)
    precision = precision_for(device, recipe.fit.precision)
    if device == "cpu":
        keep_freed()
    data = prepare(recipe, parse_whole(plan.data))
    module, turns, wait, augment = module_of(recipe, data, precision), Turns(), Stopwatch(), Stopwatch()
    feed = TimedFeed(data, recipe, device, wait)
    bare, fed = Bare(module, precision), Bare(module, precision)
    batch = next(iter(feed.train_dataloader()))
    images, labels = module.augmented(batch).to(device), batch.labels.to(device)
    loader = timm_loader(recipe, data.splits.train, device, plan.workers)
    module.augmented = augment.timed(module.augmented)  # type: ignore[method-assign]

    def others() -> None:
        bare_turn(bare, images, labels, plan, turns)
        timm_turn(fed, loader, plan, turns, recipe.fit.memory)
        each_round()

    with tempfile.TemporaryDirectory(prefix="dermedge-bench-") as folder, quiet():
        trainer = trainer_of(recipe, Path(folder), device, precision.lightning)
        trainer.callbacks.append(Rounds(plan, others, turns, wait, augment))  # type: ignore[attr-defined]
        with suppress(Done):
            trainer.fit(module, feed)
    return turns, recipe, precision


def module_of(recipe: Recipe, data: RunData, precision: Precision) -> Training:
    """What a run of the recipe trains, from random weights: speed does not depend on them."""
    model, origin = create(recipe.model.arch, len(data.dataset.labels), pretrained=False, init="none")
    described: Description = description_of(recipe, data, {"initial_weights": origin})
    objective = objective_of(model, recipe, data)
    batches = len(Feed(data, recipe, precision.device).train_dataloader())
    ids = [sample.id for sample in data.splits.train]
    module = Training(objective, recipe, described, precision, batches=batches, ids=ids)
    layout = torch.channels_last if recipe.fit.memory == "channels_last" else torch.contiguous_format
    nn.Module.to(module, memory_format=layout)
    if recipe.fit.compile:
        model.compile()
    return module


def bare_turn(bare: Bare, images: torch.Tensor, labels: torch.Tensor, plan: Plan, turns: Turns) -> None:
    """One turn of the bare step; it never waits."""
    for _ in range(plan.lead):
        bare.step(images, labels)
    settle(images.device.type)
    start, cpu = time.perf_counter(), time.process_time()
    for _ in range(plan.steps):
        bare.step(images, labels)
    settle(images.device.type)
    turns.add("bare", time.perf_counter() - start, 0.0, time.process_time() - cpu)


def timm_turn(fed: Bare, loader: Any, plan: Plan, turns: Turns, memory: str) -> None:
    """One turn of the step fed by timm; its workers start anew, so that they do not work during the others' turns."""
    watch, start, cpu = Stopwatch(), 0.0, 0.0
    layout = torch.channels_last if memory == "channels_last" else torch.contiguous_format
    for number, (images, labels) in enumerate(watch.waits(iter(loader)), start=1):
        fed.step(images.contiguous(memory_format=layout), labels)
        if number == plan.lead:
            settle(images.device.type)
            start, cpu, watch.seconds = time.perf_counter(), time.process_time(), 0.0
        if number == plan.lead + plan.steps:
            settle(images.device.type)
            break
    turns.add("timm", time.perf_counter() - start, watch.seconds, time.process_time() - cpu)


class Photos(torch.utils.data.Dataset):  # type: ignore[type-arg]
    """The training photos as timm's loader opens them, their files already in memory; drawn `length` times over."""

    def __init__(self, samples: list[Sample], length: int) -> None:
        self.files = [(bytes_of(sample), sample.label) for sample in samples]
        self.length = length
        self.transform: Any = None

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple[Any, int]:
        content, label = self.files[index % len(self.files)]
        return self.transform(Image.open(io.BytesIO(content)).convert("RGB")), label


def timm_loader(recipe: Recipe, samples: list[Sample], device: str, workers: int) -> Any:
    """timm's training loader with the recipe's crops, flips and colours; it has no rotation."""
    model, augment, fit = recipe.model, recipe.augment, recipe.fit
    jitter = (augment.brightness, augment.contrast, augment.saturation, augment.hue)
    return create_loader(
        Photos(samples, 1000 * fit.batch_size), (3, model.side_px, model.side_px), fit.batch_size, is_training=True,
        scale=augment.scale, ratio=augment.ratio, hflip=augment.flip_horizontal, vflip=augment.flip_vertical,
        color_jitter=jitter, interpolation=model.filter, mean=model.mean, std=model.std, num_workers=workers,
        pin_memory=device == "cuda", device=torch.device(device), use_prefetcher=device == "cuda",
        persistent_workers=False,
    )  # fmt: skip
