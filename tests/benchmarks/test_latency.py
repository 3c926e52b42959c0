from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from benchmarks.latency import STAGES, Plan, Times, interleaved, stages_of
from benchmarks.subjects import OWN, PEER, Subject
from edge_app.runtime.backends import Outputs
from edge_app.runtime.classifier import Classifier
from tests.contracts.tiny_model import card, expected


class FakeBackend:
    """Answers like the tiny model and notes each call under its name."""

    def __init__(self, name: str, calls: list[str]) -> None:
        self.name, self.calls = name, calls

    def run(self, image: np.ndarray) -> Outputs:
        self.calls.append(self.name)
        return expected(image)


def subject(name: str, calls: list[str], *, is_bundle: bool = False, scale: float = 1.0) -> Subject:
    """Notes each run under its name."""
    return Subject(
        role=OWN if is_bundle else PEER, made_by="test", arch="tiny", side_px=32, target="tflite", scheme="fp32",
        backend="fake", threads=1, name=name, run=lambda: calls.append(name), scale=scale,
        classifier=Classifier(FakeBackend(f"{name} photo", calls), card()) if is_bundle else None,
    )  # fmt: skip


@pytest.fixture
def jpeg() -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG")
    return buffer.getvalue()


def test_stages_cover_the_whole_way_of_a_photo(jpeg: bytes) -> None:
    calls: list[str] = []
    stages = stages_of(Classifier(FakeBackend("a", calls), card()), jpeg)
    assert tuple(stages) == STAGES
    assert all(ms >= 0 for ms in stages.values())
    assert calls == ["a"]


def test_interleaved_takes_turns_after_warming_up_each(jpeg: bytes) -> None:
    calls: list[str] = []
    subjects = [subject("a", calls, is_bundle=True), subject("b", calls)]
    times = interleaved(subjects, jpeg, Plan(rounds=2, burst=2, warmup=1, photo_rounds=1))
    # One run of a turn is not counted; whole photos are for bundles, in the first round only.
    first, second = ["a", "a", "a", "a photo", "b", "b", "b"], ["a", "a", "a", "b", "b", "b"]
    assert calls == ["a", "b", *first, *second]
    assert [[len(burst) for burst in found.rounds_ms] for found in times] == [[2, 2], [2, 2]]
    assert [len(found.stages_ms) for found in times] == [1, 0]
    assert [len(found.full_decode_ms) for found in times] == [1, 0]


def test_interleaved_leaves_out_what_cannot_be_run(jpeg: bytes) -> None:
    broken = Subject(
        role=PEER, made_by="t", arch="a", side_px=1, target="onnx", scheme="fp32", backend="", threads=1, failed="why"
    )
    assert interleaved([broken], jpeg, Plan(rounds=3)) == [Times()]


def test_interleaved_multiplies_by_the_scale_of_a_floor(jpeg: bytes) -> None:
    plan = Plan(rounds=3, burst=1, warmup=0, photo_rounds=0)
    plain, scaled = interleaved([subject("a", []), subject("b", [], scale=1e9)], jpeg, plan)
    assert min(scaled.medians_ms()) > 1e3 * max(plain.medians_ms())


def test_interleaved_tells_after_every_round(jpeg: bytes) -> None:
    told: list[int] = []
    interleaved([subject("a", [])], jpeg, Plan(rounds=3, burst=1, warmup=0), each_round=lambda: told.append(1))
    assert told == [1, 1, 1]


def test_metrics_are_percentiles_of_runs_and_of_sums_of_stages() -> None:
    stages = [
        {"decode": 10.0, "fit": 2.0, "model": 5.0, "post": 1.0},
        {"decode": 14.0, "fit": 2.0, "model": 5.0, "post": 1.0},
    ]
    times = Times([[1.0, 2.0, 3.0], [4.0, 5.0]], stages, [60.0, 80.0])
    found = times.metrics()
    assert found["model_p50_ms"] == 3.0
    assert found["model_p90_ms"] == pytest.approx(4.6)
    assert found["model_runs"] == 5
    assert found["stage_decode_p50_ms"] == 12.0
    assert found["end_to_end_p50_ms"] == 20.0
    assert found["end_to_end_runs"] == 2
    assert found["full_decode_p50_ms"] == 70.0
    assert times.medians_ms() == [2.0, 4.5]
    assert times.photo_in_ms() == [12.0, 16.0]


def test_metrics_have_no_stages_where_no_photo_was_answered() -> None:
    assert not any(name.startswith(("stage", "end_to_end")) for name in Times([[1.0]]).metrics())
