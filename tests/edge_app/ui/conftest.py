"""A display for the screens: the one that is there, else an Xvfb of our own. Software rendering is enough."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_app.ui.start import prepare


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Kivy set up, its window openable."""
    started = None
    if not os.environ.get("DISPLAY") and os.name == "posix" and shutil.which("Xvfb"):
        reader, writer = os.pipe()
        program = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x1600x24", "-nolisten", "tcp"]
        started = subprocess.Popen(program, pass_fds=[writer], stderr=subprocess.DEVNULL)
        os.close(writer)
        os.environ["DISPLAY"] = ":" + os.read(reader, 20).decode().strip()
        os.close(reader)
    prepare(tmp_path_factory.mktemp("kivy"))
    try:
        from kivy.core.window import Window

        if Window is None:
            reason = "no window can be opened: install a display as `.ci/install-display` does"
            pytest.fail(reason) if os.environ.get("DERMEDGE_DISPLAY") == "required" else pytest.skip(reason)
        yield
    finally:
        if started is not None:
            started.terminate()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The app's data folder."""
    return tmp_path / "data"
