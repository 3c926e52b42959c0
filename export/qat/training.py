"""The loop that teaches a student; what it has come to is on disk every `KEEP_EVERY` steps, and it goes on from there.

Everything random depends on seed, epoch and the number of a batch alone, so a resumed run is the run itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from edge_app.runtime.errors import ConversionError
from export.lowering.frame import images_of
from export.qat.lessons import Lessons
from export.qat.student import Student
from train.schedule import cosine_factor
from train.torch_files import READ_ERRORS, torch_content

Report = Callable[[str], None]

# Of the weights, as a share of how large those of a layer are: a stem that takes 0..255 has weights a hundred times
# smaller than others, which one rate for all would destroy (docs/decisions/0088).
LEARNING_RATE = 2e-4
SMALLEST = 1e-4
# Of the logarithm of the ranges' ends.
RANGE_RATE = 1e-3
WARMUP = 0.05
# The share of all steps after which ranges stay as they are, so that weights settle on steps that no longer move.
RANGES_LEARN = 0.5
KEEP_EVERY = 50
REPORT_EVERY = 25


def taught(student: Student, lessons: Lessons, epochs: int, kept: Path, report: Report) -> Student:
    """`student` after `epochs` of `lessons`; `kept` is where its state goes.

    Raises ConversionError where the loss is no number.
    """
    optimizer = optimizer_of(student)
    step = resumed(student, optimizer, kept)
    per_epoch = len(lessons.epoch(0))
    steps = epochs * per_epoch
    while step < steps:
        batches = lessons.epoch(step // per_epoch)
        for number in range(step % per_epoch, per_epoch):
            loss = taught_once(student, optimizer, lessons.lesson(batches.batch(number)), step / steps)
            step += 1
            if step % REPORT_EVERY == 0 or step == steps:
                report(f"training for 8 bits: step {step} of {steps}, loss {loss:.4f}")
            if step % KEEP_EVERY == 0 or step == steps:
                keep(student, optimizer, step, kept)
    return student


def optimizer_of(student: Student) -> torch.optim.Optimizer:
    """Adam, each layer at a rate of its own."""
    rates = [(student.factors, RANGE_RATE)]
    for parameter in student.network.parameters():
        if parameter.requires_grad:
            size = float(parameter.detach().square().mean().sqrt())
            rates.append((parameter, LEARNING_RATE * max(size, SMALLEST)))
    return torch.optim.Adam([{"params": [one], "lr": rate, "peak": rate} for one, rate in rates])


def taught_once(
    student: Student, optimizer: torch.optim.Optimizer, lesson: tuple[Tensor, Tensor], progress: float
) -> float:
    """One step towards the teacher's answers, at `progress` (0..1) of the run; the loss before it."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * cosine_factor(progress, warmup=WARMUP, floor=0.0)
    student.factors.requires_grad_(progress < RANGES_LEARN)
    planes, wanted = lesson
    loss = divergence(student(images_of(student.network, planes)), wanted)
    if not bool(torch.isfinite(loss)):
        raise ConversionError("the loss of training for 8 bits is no finite number; use another scheme")
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return float(loss.detach())


def divergence(logits: Tensor, wanted: Tensor) -> Tensor:
    """Kullback-Leibler divergence of the student's probabilities from the teacher's, mean over the batch, nats."""
    teacher = functional.log_softmax(wanted, dim=1)
    return functional.kl_div(functional.log_softmax(logits, dim=1), teacher, log_target=True, reduction="batchmean")


def keep(student: Student, optimizer: torch.optim.Optimizer, step: int, kept: Path) -> None:
    """Write what is needed to go on, whole or not at all."""
    partial = kept.with_suffix(".part")
    torch.save({"student": student.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, partial)
    os.replace(partial, kept)


def resumed(student: Student, optimizer: torch.optim.Optimizer, kept: Path) -> int:
    """Bring student and optimizer to where they were; the steps done, 0 where nothing whole is kept."""
    try:
        state: dict[str, Any] = torch_content(kept)
        student.load_state_dict(state["student"])
        optimizer.load_state_dict(state["optimizer"])
        return int(state["step"])
    except READ_ERRORS:
        return 0
