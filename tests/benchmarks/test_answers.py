from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks import parity
from benchmarks.answers import Photos, Runtime, bundle_rows, runtime_rows
from benchmarks.elsewhere import Environment
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import BackendError
from edge_app.runtime.timing import BenchmarkRow
from tests.contracts.tiny_model import expected, images
from tests.edge_app.bundles import contents, signed, write_folder

PHOTOS = Photos(images=images(3, seed=2), name="photos")
Ask = Callable[[np.ndarray], tuple[str, np.ndarray]]


def rows(tmp_path: Path, ask: Ask, photos: Photos | None, most: int = 9) -> tuple[list[BenchmarkRow], list[str]]:
    """(the rows of a runtime that answers by `ask`, what was announced)."""
    bundle = Bundle.open(write_folder(signed(contents(), key=None), tmp_path / "b"), allow_unsigned=True)
    told: list[str] = []
    runtime = Runtime(name="a runtime, there", threads=1, most=most, ask=ask)
    return list(runtime_rows(bundle, photos, runtime, told.append)), told


def exact(asked: np.ndarray) -> tuple[str, np.ndarray]:
    return "a runtime 1.0, there", np.stack([expected(image).logits for image in asked])


def test_golden_and_other_photos_are_asked_at_once_and_told_apart(tmp_path: Path) -> None:
    asked: list[int] = []

    def ask(photos: np.ndarray) -> tuple[str, np.ndarray]:
        asked.append(len(photos))
        return exact(photos)

    (golden, others), told = rows(tmp_path, ask, PHOTOS)
    assert asked == [2 + 3]
    assert told == ["b: 2 golden photos and 3 others in a runtime, there"]
    assert (golden.benchmark, golden.metrics["within_tolerance"], golden.metrics["photos"]) == ("parity", 1.0, 2.0)
    assert others.benchmark == "answers"
    answers = np.array(others.provenance["logits"])
    assert answers == pytest.approx(np.stack([expected(photo).logits for photo in PHOTOS.images]), abs=1e-5)


def test_a_slow_runtime_is_asked_for_the_first_photos_of_both_kinds(tmp_path: Path) -> None:
    (golden, others), told = rows(tmp_path, exact, PHOTOS, most=1)
    assert told == ["b: 1 golden photos and 1 others in a runtime, there"]
    assert (golden.metrics["photos"], golden.metrics["golden_photos"]) == (1.0, 2.0)
    assert len(others.provenance["logits"]) == 1


def test_environments_elsewhere_come_after_this_one_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = Bundle.open(write_folder(signed(contents(), key=None), tmp_path / "b"), allow_unsigned=True)
    places = [
        Environment(
            runtime=f"runtime {number}", place="there", command=("sh", "-c", f"sleep {1 - number}; exit 1"), path=(),
            suffixes=(suffix,), most_photos=1,
        )
        for number, suffix in enumerate((".tflite", ".tflite", ".onnx"))
    ]  # fmt: skip
    monkeypatch.setattr(parity, "RUNTIMES", parity.RUNTIMES[:1])
    here, *elsewhere = bundle_rows(bundle, None, places, 1, lambda _: None)
    assert here.metrics["within_tolerance"] == 1.0
    assert [row.backend for row in elsewhere] == ["runtime 0, there", "runtime 1, there"]


def test_without_other_photos_there_is_the_golden_row_alone(tmp_path: Path) -> None:
    (golden,), _ = rows(tmp_path, exact, None)
    assert golden.backend == "a runtime 1.0, there"


def test_a_runtime_that_fails_is_a_row_that_says_why(tmp_path: Path) -> None:
    def ask(_: np.ndarray) -> tuple[str, np.ndarray]:
        raise BackendError("ended by SIGSEGV")

    (failed,), _ = rows(tmp_path, ask, PHOTOS)
    assert (failed.benchmark, failed.metrics, failed.backend) == ("parity", {}, "a runtime, there")
    assert failed.provenance["failed"] == "ended by SIGSEGV"
    assert failed.provenance["title"] == "tiny 1.0 tflite fp32, a runtime, there"


@pytest.mark.parametrize(
    ("logits", "says"), [([np.nan, 0, 0, 0], "not finite in a runtime"), ([0, 0, 0], "gives [3] logits")]
)
def test_answers_that_are_none_are_a_failure(tmp_path: Path, logits: list[float], says: str) -> None:
    (failed,), _ = rows(tmp_path, lambda asked: ("a runtime", np.array([logits] * len(asked), np.float32)), None)
    assert says in failed.provenance["failed"]
