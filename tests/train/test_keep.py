"""What a run keeps after an epoch, and when it stops."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from train.keep import Keep, WholeFiles
from train.module import MONITOR


def epochs(keep: Keep, scores: list[float], first: int = 0) -> tuple[list[list[str]], Any]:
    """What is written after each epoch with these scores, and the trainer."""
    written: list[list[str]] = []
    trainer = SimpleNamespace(should_stop=False, save_checkpoint=lambda path: written[-1].append(path.name))
    for number, score in enumerate(scores, start=first):
        written.append([])
        keep.on_train_epoch_end(trainer, SimpleNamespace(history=[{"epoch": number, MONITOR: score}]))  # type: ignore[arg-type]
    return written, trainer


def test_best_is_written_before_last_and_only_when_it_beats_all() -> None:
    written, trainer = epochs(Keep(Path("run"), patience=9), [0.5, 0.4, 0.5, 0.6])
    assert written == [["best.ckpt", "last.ckpt"], ["last.ckpt"], ["last.ckpt"], ["best.ckpt", "last.ckpt"]]
    assert not trainer.should_stop


def test_run_stops_after_patience_epochs_without_a_better_one() -> None:
    keep = Keep(Path("run"), patience=2)
    assert not epochs(keep, [0.5, 0.4])[1].should_stop
    assert epochs(keep, [0.3], first=2)[1].should_stop


def test_resumed_run_knows_the_best_and_that_it_was_over() -> None:
    keep, again = Keep(Path("run"), patience=2), Keep(Path("run"), patience=2)
    epochs(keep, [0.5, 0.4, 0.3])
    again.load_state_dict(keep.state_dict())
    trainer = SimpleNamespace(should_stop=False)
    again.on_train_start(trainer, SimpleNamespace())  # type: ignore[arg-type]
    assert trainer.should_stop
    assert (again.best_score, again.best_epoch) == (0.5, 0)


def test_checkpoint_is_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    WholeFiles().save_checkpoint({"a": torch.ones(2)}, tmp_path / "last.ckpt")
    assert [path.name for path in tmp_path.iterdir()] == ["last.ckpt"]
    assert torch.load(tmp_path / "last.ckpt", weights_only=True)["a"].tolist() == [1.0, 1.0]
