"""Two processes train what one does on the same batches: Swin, weighted losses of uneven classes, gloo."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.train.two_processes import differences, fall, photos, train_alone, train_in_two

TOLERANCE = 2e-6


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """One run in this process, one in two processes that torchrun starts, and what those said."""
    folder = tmp_path_factory.mktemp("two")
    data = photos(folder)
    train_alone(data, folder / "one")
    return folder / "one", folder / "two", train_in_two(data, folder / "two")


@pytest.mark.slow
def test_losses_scores_and_weights_agree(runs: tuple[Path, Path, str]) -> None:
    found = differences(runs[0], runs[1])
    assert found.pop("same_scores")
    assert found.pop("epochs") == 2
    assert max(found.values()) < TOLERANCE, found
    assert fall(runs[0]) > 0.05  # there was something to agree on


@pytest.mark.slow
def test_first_process_alone_writes_speaks_and_says_how_many_there_were(runs: tuple[Path, Path, str]) -> None:
    listed = [
        sorted(str(path.relative_to(run)) for path in run.rglob("*") if path.is_file() and "tfevents" not in path.name)
        for run in runs[:2]
    ]
    assert listed[0] == listed[1]
    counts = [json.loads((run / "metrics.json").read_text("utf-8"))["provenance"]["processes"] for run in runs[:2]]
    assert counts == [1, 2]
    assert runs[2].count("epoch 2/2") == 1
