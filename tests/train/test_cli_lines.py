"""Wrong command lines of training: one line, exit 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from train.cli import main


@pytest.mark.parametrize("argv", [[], ["--recipe", "demo_phantom"], ["recipes", "x"], ["phantoms", "--count", "many"]])
def test_main_returns_2_with_one_line_when_the_command_line_is_wrong(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1


def test_resume_is_refused_when_there_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "mistyped"
    argv = ["--recipe", "demo_phantom", "--data", "phantom:2", "--out", str(run), "--resume", "--init", "none"]
    assert main(argv) == 2
    assert "there is no run in" in capsys.readouterr().err
    assert not run.exists()
