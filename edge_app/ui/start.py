"""Start the app: Kivy's settings first (it reads them when it is imported), then the session, then the window."""

from __future__ import annotations

import os
from pathlib import Path

from edge_app.runtime.errors import ConfigError

WINDOW = (412, 892)
QUIET = {"KIVY_NO_ARGS": "1", "KIVY_NO_CONFIG": "1", "KIVY_NO_FILELOG": "1", "KIVY_NO_CONSOLELOG": "1"}


def prepare(data: Path, window: tuple[int, int] = WINDOW) -> None:
    """Keep Kivy off the command line and out of the home folder, and give the window the shape of a phone."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("KIVY_HOME", str(data / "kivy"))
    Path(os.environ["KIVY_HOME"]).mkdir(parents=True, exist_ok=True)
    try:
        from kivy.config import Config
    except ImportError as error:
        raise ConfigError("the app needs Kivy, which is not installed; pip install 'dermedge[app,tflite]'") from error
    Config.set("graphics", "width", str(window[0]))
    Config.set("graphics", "height", str(window[1]))
    # Shapes are drawn smooth; software renderers have no multisampling.
    Config.set("graphics", "multisamples", "0")
    Config.set("input", "mouse", "mouse,disable_multitouch")
    Config.set("kivy", "exit_on_escape", "0")


def run(photo: Path | None = None) -> int:
    """Open the app; returns when it is closed."""
    from edge_app.platform.desktop import DesktopPlatform

    platform = DesktopPlatform()
    if photo is not None and not photo.is_file():
        raise ConfigError(f"--photo {photo} is no file; name a JPEG, PNG or WebP photo")
    prepare(platform.data_folder())
    from edge_app.ui.app import DermedgeApp
    from edge_app.ui.session import Session

    DermedgeApp(Session(platform.data_folder()), platform, photo=photo).run()
    return 0
