"""Networks of our own that are more than a backbone and a head: several tasks, one decision after another, evened
colours, a hidden layer in the head.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from edge_app.runtime.backends import open_backend
from edge_app.runtime.card import FitRule
from edge_app.runtime.labels import label
from export.lowering import lower
from export.targets import target
from tests.export.lowering.random_models import MEAN, STD, planes_of, random_image, reference_logits
from train.models.create import build
from train.models.hierarchy import load_paths

SIDE_PX = 64
CODES = ("akiec", "bcc", "bkl", "df", "nv", "mel", "vasc")
TASKS = {"body_parts": ["arm", "back"], "attributes": ["itch", "grew", "hurt"], "kept": 4, "interaction": True}
STEPS = {"paths": load_paths("isic2018", CODES, "ham10000:X")}
COLOURS = {"colour": "shades_of_gray", "mean": list(MEAN), "std": list(STD)}


def trained(arch: str, structure: dict[str, Any]) -> SimpleNamespace:
    torch.manual_seed(0)
    module = build(arch, len(CODES), structure=structure).eval().requires_grad_(False)
    return SimpleNamespace(module=module, arch=arch, labels=tuple(label(code) for code in CODES), mean=MEAN, std=STD,
                           fit=FitRule(side_px=SIDE_PX, resize_px=SIDE_PX), structure=structure)  # fmt: skip


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
@pytest.mark.parametrize(
    ("arch", "structure", "outputs"),
    [
        ("vit_mini_patch16_128+dermimit", TASKS, {"logits", "body_part", "attributes"}),
        ("vgg16_cbam_lstm", STEPS, {"logits"}),
        ("mobilevitv2_050", COLOURS, {"logits", "cam"}),
        ("mobilenetv2_100_same+fc16", {}, {"logits"}),
    ],
)
def test_lower_equals_the_network_in_double_precision(arch, structure, outputs, layout) -> None:
    model = trained(arch, structure)
    model.module.double()
    image = random_image(SIDE_PX)
    with torch.no_grad():
        found = lower(model, temperature=2.0, layout=layout)(image if layout == "nhwc" else planes_of(image))
    expected = reference_logits(model, image)
    assert set(found) == outputs
    assert (2.0 * found["logits"] - expected).abs().max() < 1e-9 * expected.abs().max()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["onnx", "tflite"])
def test_file_of_several_tasks_has_their_outputs_and_the_phone_reads_the_disease(name: str, tmp_path: Path) -> None:
    model = trained("vit_mini_patch16_128+dermimit", TASKS)
    image = random_image(SIDE_PX)
    expected, to = reference_logits(model, image)[0].numpy(), target(name)
    out = tmp_path / f"model{to.SUFFIX}"
    to.convert(lower(model, temperature=1.0), side_px=SIDE_PX, scheme="fp32", calibration=None, out=out)
    assert {one.name: one.shape for one in to.inspect(out).outputs} == {
        "logits": (1, 7), "body_part": (1, 2), "attributes": (1, 3)
    }  # fmt: skip
    answer = open_backend(out, threads=1).run(image[0].numpy())
    assert answer.logits == pytest.approx(expected, abs=1e-4)
    assert answer.cam is None
    assert np.argmax(answer.logits) == np.argmax(expected)
