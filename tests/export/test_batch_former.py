"""A network trained with BatchFormer leaves the very file that the plain network with its weights leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from export.lowering import lower
from export.targets import target
from tests.train.small_run import train
from train.checkpoint import PREFIX, TrainedModel, load_checkpoint
from train.models.create import build
from train.torch_files import torch_content


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("batch_former") / "run"
    small = ("model.arch=resnet10t", "model.side_px=32", "fit.epochs=1")
    assert train("phantom:3", out, settings=("objective.kind=batch_former", *small)) == 0
    return out / "best.ckpt"


def written(trained: TrainedModel, out: Path) -> bytes:
    onnx = target("onnx")
    onnx.convert(lower(trained, temperature=1.0), side_px=trained.fit.side_px, scheme="fp32", calibration=None, out=out)
    return out.read_bytes()


@pytest.mark.slow
def test_file_is_that_of_the_plain_network_to_the_byte(run: Path, tmp_path: Path) -> None:
    state = torch_content(run)["state_dict"]
    assert any(key.startswith("objective.encoder.") for key in state)
    trained = load_checkpoint(run)
    plain = build(trained.arch, len(trained.labels))
    plain.load_state_dict({key.removeprefix(PREFIX): value for key, value in state.items() if key.startswith(PREFIX)})
    first = written(trained, tmp_path / "batch_former.onnx")
    assert first == written(replace(trained, module=plain.eval().requires_grad_(False)), tmp_path / "plain.onnx")
