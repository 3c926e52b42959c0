"""Core ML's compute units, played by a fake: each is judged, and the worst decides."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import pytest

from edge_app.runtime.backends import Outputs
from edge_app.runtime.backends.coreml import COMPUTE_UNITS
from edge_app.runtime.card import FitRule, ModelCard
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.labels import label
from export import compute_units
from export.checks.check import Outcome
from export.gate.examine import Findings, Reference, examine
from export.gate.photos import PhotoSet
from export.gate.tolerances import Tolerances
from export.gate.verdict import Verdict

PHOTOS, SIDE_PX = 80, 16
LABELS = (label("mel"), label("nv"))
CARD = ModelCard(
    name="fake", version="1", arch="fake", labels=LABELS, fit=FitRule(side_px=SIDE_PX, resize_px=SIDE_PX),
    scheme="fp16", target="coreml", outputs=("logits",),
)  # fmt: skip


class FakeCoreml:
    """Says `nv` of bright photos; on the unit `broken` of all."""

    broken = ""
    asked: list[str] = []  # noqa: RUF012  # cleared by the fixture

    def __init__(self, model: Path | bytes, *, threads: int, compute_unit: str = "ALL") -> None:
        self.asked.append(compute_unit)
        self.unit, self.name = compute_unit, f"Core ML on {compute_unit}"

    def run(self, image: np.ndarray) -> Outputs:
        bright = float(image.mean() > 128) if self.unit != self.broken else 1.0
        return Outputs(np.array([1.0 - bright, bright], np.float32) * 4)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeCoreml]:
    monkeypatch.setattr(compute_units, "CoremlBackend", FakeCoreml)
    monkeypatch.setattr(FakeCoreml, "asked", [])
    monkeypatch.setattr(FakeCoreml, "broken", "")
    return FakeCoreml


def judged(tmp_path: Path) -> tuple[Findings, list[compute_units.Unit]]:
    """The gate proper on all units, and every unit."""
    truth = np.arange(PHOTOS) % 2
    images = np.broadcast_to((truth * 255).astype(np.uint8)[:, None, None, None], (PHOTOS, SIDE_PX, SIDE_PX, 3))
    ids = tuple(map(str, range(PHOTOS)))
    photos = PhotoSet(
        name="invented", ids=ids, images=images, truth=truth, groups=ids, clusters=np.arange(PHOTOS), hashes=ids,
        pixels=ids,
    )  # fmt: skip
    reference = Reference(photos=photos, logits=np.eye(2, dtype=np.float32)[truth] * 4, labels=LABELS)
    model = tmp_path / "model.mlpackage"
    model.mkdir()
    default = examine(Classifier(FakeCoreml(model, threads=1), CARD), model, reference, Tolerances(), "gate")
    return default, compute_units.examined(model, CARD, default, reference, Tolerances())


def test_every_unit_is_run_and_agreement_changes_nothing(fake: type[FakeCoreml], tmp_path: Path) -> None:
    default, units = judged(tmp_path)
    assert fake.asked == [unit.name for unit in units] == list(COMPUTE_UNITS)
    assert compute_units.worst(default, units) is default
    (check,) = compute_units.checks("coreml", units)
    assert (check.outcome, len(check.reasons)) == (Outcome.OK, 4)
    assert check.reasons[1].startswith("CPU_ONLY: inconclusive, same answer for 100.00%, largest logit difference 0,")


def test_one_wrong_unit_fails_the_file_and_is_named(fake: type[FakeCoreml], tmp_path: Path) -> None:
    fake.broken = "CPU_AND_NE"
    default, units = judged(tmp_path)
    found = compute_units.worst(default, units)
    assert default.judgement.verdict is Verdict.INCONCLUSIVE
    assert (found.judgement.verdict, found.backend) == (Verdict.FAIL, "Core ML on CPU_AND_NE")
    (check,) = compute_units.checks("coreml", units)
    assert check.outcome is Outcome.FAIL
    assert next(line for line in check.reasons if "fail" in line).startswith("CPU_AND_NE: fail, same answer for 50.00%")


def test_units_are_for_coreml_on_a_mac_and_elsewhere_a_check_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    assert compute_units.apply("coreml") and not compute_units.apply("onnx")
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    assert not compute_units.apply("coreml")
    (check,) = compute_units.checks("coreml", [])
    assert check.outcome is Outcome.UNKNOWN and "not the kernels of the Neural Engine" in check.summary
    assert compute_units.checks("onnx", []) == []
