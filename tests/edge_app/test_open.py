"""`dermedge-app` without a command opens the app, or says in one line why it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge_app.__main__ import with_command

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ([], ["show"]),
        (["--photo", "a.jpg"], ["show", "--photo", "a.jpg"]),
        (["--photo=a.jpg"], ["show", "--photo=a.jpg"]),
        (["predict", "a.jpg"], ["predict", "a.jpg"]),
        (["--help"], ["--help"]),
    ],
)
def test_no_command_means_show(given: list[str], meant: list[str]) -> None:
    assert with_command(given) == meant


def run(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment |= {"DERMEDGE_APP_DATA": str(data), "SDL_VIDEODRIVER": "x11"}
    command = [sys.executable, "-m", "edge_app", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_missing_photo_is_one_line(tmp_path: Path) -> None:
    done = run("--photo", "/no/such.jpg", data=tmp_path)
    assert (done.returncode, done.stderr) == (
        2, "error: --photo /no/such.jpg is no file; name a JPEG, PNG or WebP photo\n",
    )  # fmt: skip


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_no_display_is_one_line(tmp_path: Path) -> None:
    done = run(data=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: no window can be opened here")
    assert done.stderr.count("\n") == 1
