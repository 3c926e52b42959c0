"""What a student answers is what the file of each target answers, with calibrated ranges and with others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from export.gate.runner import backend_for
from export.lowering import LAYOUTS
from export.lowering.frame import Frame, LogitsOnly, images_of
from export.lowering.layers_nchw import SpatialNchw
from export.lowering.layers_nhwc import Spatial
from export.lowering.maps import Convolution
from export.qat.sites import parameters_of
from export.qat.student import Student
from export.qat.targets import TARGETS, qat_target
from export.quantize.ranges import Range
from export.targets import target as target_module

SIDE_PX = 32
WIDTHS = ((3, 16), (16, 24), (24, 24), (24, 5))


class Features(nn.Module):
    """Four convolutions of stride 2, a SiLU after each but the last; logits are the mean of the last map."""

    def __init__(self, layout: str) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(3)
        kind = SpatialNchw if layout == "nchw" else Spatial
        self.axes = (2, 3) if layout == "nchw" else (1, 2)
        self.layers = nn.ModuleList()
        for place, (before, after) in enumerate(WIDTHS):
            weight = torch.randn(after, before, 3, 3, generator=generator) / (9 * before) ** 0.5
            scale = 1.0 / 60.0 if place == 0 else 1.5
            bias = 0.3 * torch.randn(after, generator=generator)
            self.layers.append(kind(Convolution(weight * scale, bias, stride=2, groups=1)))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = functional.silu(layer(x))
        return self.layers[-1](x).mean(dim=self.axes)


def network(layout: str) -> Frame:
    pixels = LAYOUTS[layout].pixels((0.5, 0.5, 0.5), SIDE_PX, torch.float32)
    return Frame(pixels, Features(layout), LogitsOnly(1.0)).eval()


PHOTOS = [np.random.default_rng(seed).integers(0, 256, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8) for seed in range(12)]


def quiet(line: str) -> None:
    """Nobody reads it."""


def student_logits(student: Student, network: Frame) -> np.ndarray:
    planes = torch.from_numpy(np.stack(PHOTOS)).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        return student(images_of(network, planes)).numpy()


def float_logits(network: Frame) -> np.ndarray:
    planes = torch.from_numpy(np.stack(PHOTOS)).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        return np.stack([network(image)["logits"][0].numpy() for image in images_of(network, planes)])


def narrowed(ranges: dict[str, Range]) -> dict[str, Range]:
    """So narrow that it shows in every answer."""
    return {name: Range(0.4 * one.low, 0.4 * one.high) for name, one in ranges.items()}


@pytest.mark.parametrize("name", TARGETS)
def test_file_answers_as_the_student_does_and_takes_its_ranges(name: str, tmp_path: Path) -> None:
    module, tools, target = network(target_module(name).LAYOUT), qat_target(name), target_module(name)
    sites = tools.sites_of(module, SIDE_PX, quiet)
    assert len({id(one) for one in parameters_of(module, sites)}) == len(WIDTHS)
    calibrated = tools.ranges_of(module, SIDE_PX, PHOTOS, quiet)
    exact = float_logits(module)
    for ranges, what in ((calibrated, "calibrated"), (narrowed(calibrated), "narrowed")):
        student = Student(module, sites, ranges)
        out = tmp_path / f"{what}{target.SUFFIX}"
        tools.write(student.learnt(), SIDE_PX, PHOTOS, student.ranges(), out, quiet)
        backend = backend_for(out, "qat8", 1)
        found = np.stack([backend.run(photo).logits for photo in PHOTOS])
        expected = student_logits(student, module)
        apart, lost = (float(np.sqrt(np.mean((one - found) ** 2))) for one in (expected, exact))
        # Nearer to the student than to the float network even where ranges cost no more than rounding does.
        assert apart < (1.0 if what == "calibrated" else 0.1) * lost, (what, apart, lost)
