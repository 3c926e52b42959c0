"""What a step may be told: accumulation, clipping, the order of pixels in memory, compilation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.train.small_run import train
from train import fit
from train.checkpoint import PREFIX
from train.objectives.plain import Plain, StepOutput
from train.torch_files import torch_content

# Layer norms, so that a photo's answer does not depend on its batch; steps of SGD follow the gradient's size.
SETTINGS = (
    "model.arch=test_convnext", "model.side_px=32", "sampler.kind=plain", "sampler.epoch_multiplier=1.0",
    "loss.normalise=batch", "optimizer.kind=sgd", "optimizer.lr=0.01", "optimizer.weight_decay=0.0",
    "schedule.kind=constant", "fit.epochs=1",
)  # fmt: skip
State = dict[str, torch.Tensor]


@pytest.fixture(autouse=True)
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights are looked at here, not figures."""
    monkeypatch.setattr(fit, "report", lambda *arguments: {})


def trained(out: Path, *settings: str) -> State:
    """The weights after an epoch of one phantom a class: 14."""
    assert train("phantom:3", out, settings=(*SETTINGS, *settings)) == 0
    state = torch_content(out / "last.ckpt")["state_dict"]
    return {name.removeprefix(PREFIX): value for name, value in state.items() if name.startswith(PREFIX)}


def distance(one: State, other: State) -> float:
    return sum(float((value - other[name]).square().sum()) for name, value in one.items()) ** 0.5


def initial(out: Path, *settings: str) -> State:
    return trained(out, *settings, "optimizer.lr=1e-30")


def test_accumulated_batches_step_as_one_big_batch_does(tmp_path: Path) -> None:
    big = trained(tmp_path / "big", "fit.batch_size=14")
    accumulated = trained(tmp_path / "accumulated", "fit.batch_size=7", "fit.accumulate=2")
    small = trained(tmp_path / "small", "fit.batch_size=7")
    assert distance(big, accumulated) < 1e-3 * distance(big, small)


def test_clipped_gradients_have_the_norm_that_is_allowed(tmp_path: Path) -> None:
    whole = ("fit.batch_size=64",)
    start = initial(tmp_path / "start", *whole)
    clipped = trained(tmp_path / "clipped", *whole, "fit.clip_norm=0.01")
    free = trained(tmp_path / "free", *whole)
    # The first step with Nesterov's momentum of 0.9 is lr * (1 + 0.9) * gradient.
    assert distance(clipped, start) == pytest.approx(0.01 * 1.9 * 0.01, rel=0.02)
    assert distance(free, start) > 2 * distance(clipped, start)


def test_pixels_and_weights_are_channels_last_if_told_and_the_answer_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward, seen = Plain.forward, []

    def looking(self: Plain, images: torch.Tensor, labels: torch.Tensor) -> StepOutput:
        weight: Any = next(part for part in self.model.modules() if isinstance(part, nn.Conv2d)).weight
        seen.append([tensor.is_contiguous(memory_format=torch.channels_last) for tensor in (images, weight)])
        return forward(self, images, labels)

    monkeypatch.setattr(Plain, "forward", looking)
    last = trained(tmp_path / "last", "fit.memory=channels_last")
    assert all(both == [True, True] for both in seen)
    seen.clear()
    first = trained(tmp_path / "first", "fit.memory=contiguous")
    assert all(both == [False, False] for both in seen)
    assert distance(last, first) < 1e-3


def test_network_is_compiled_when_told_and_keeps_the_names_of_its_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str] = []
    # What torch makes of it takes a minute; that it is asked for the network, and only then, is ours.
    monkeypatch.setattr(nn.Module, "compile", lambda self: compiled.append(type(self).__name__))
    plain = trained(tmp_path / "plain")
    assert compiled == []
    found = trained(tmp_path / "compiled", "fit.compile=true")
    assert compiled == ["ConvNeXt"]
    assert found.keys() == plain.keys()
