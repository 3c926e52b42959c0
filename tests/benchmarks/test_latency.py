from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from benchmarks.latency import STAGES, Plan, Times, interleaved, stages_of
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
    classifiers = [Classifier(FakeBackend(name, calls), card()) for name in ("a", "b")]
    times = interleaved(classifiers, jpeg, Plan(rounds=2, burst=2, warmup=1))
    warm_up, one_round = ["a", "b"], ["a", "a", "a", "b", "b", "b"]
    assert calls == warm_up + one_round + one_round
    assert [len(found.model_ms) for found in times] == [4, 4]
    assert [len(found.stages_ms) for found in times] == [2, 2]


def test_interleaved_tells_after_every_round(jpeg: bytes) -> None:
    told: list[int] = []
    plan = Plan(rounds=3, burst=1, warmup=0)
    interleaved([Classifier(FakeBackend("a", []), card())], jpeg, plan, each_round=lambda: told.append(1))
    assert told == [1, 1, 1]


def test_metrics_are_percentiles_of_runs_and_of_sums_of_stages() -> None:
    stages = [
        {"decode": 10.0, "fit": 2.0, "model": 5.0, "post": 1.0},
        {"decode": 14.0, "fit": 2.0, "model": 5.0, "post": 1.0},
    ]
    found = Times([1.0, 2.0, 3.0, 4.0, 5.0], stages).metrics()
    assert found["model_p50_ms"] == 3.0
    assert found["model_p90_ms"] == pytest.approx(4.6)
    assert found["model_runs"] == 5
    assert found["stage_decode_p50_ms"] == 12.0
    assert found["end_to_end_p50_ms"] == 20.0
    assert found["end_to_end_runs"] == 2
