"""Start the app: Kivy's settings first (it reads them when it is imported), then the session, then the window."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from edge_app.platform import Platform
from edge_app.runtime.backends import device
from edge_app.runtime.errors import ConfigError

WINDOW = (412, 892)
ICON = Path(__file__).resolve().parents[2] / "assets" / "icons" / "dermedge.png"
QUIET = {
    "KIVY_NO_ARGS": "1",
    "KIVY_NO_CONFIG": "1",
    "KIVY_NO_FILELOG": "1",
    "KIVY_NO_CONSOLELOG": "1",
    # The other provider for X11 leaves the process where there is no display.
    "KIVY_WINDOW": "sdl2",
}


def prepare(data: Path, window: tuple[int, int] = WINDOW) -> None:
    """Keep Kivy off the command line and out of the home folder, and give the window the shape of a phone."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("KIVY_HOME", str(data / "kivy"))
    Path(os.environ["KIVY_HOME"]).mkdir(parents=True, exist_ok=True)
    stderr = sys.stderr
    try:
        from kivy.config import Config
    except ImportError as error:
        raise ConfigError("the app needs Kivy, which is not installed; pip install 'dermedge[app,tflite]'") from error
    # Kivy takes it for its log, which is off: our own last words would be lost.
    sys.stderr = stderr
    Config.set("graphics", "width", str(window[0]))
    Config.set("graphics", "height", str(window[1]))
    # Shapes are drawn smooth; software renderers have no multisampling.
    Config.set("graphics", "multisamples", "0")
    Config.set("kivy", "window_icon", str(ICON))
    Config.set("input", "mouse", "mouse,disable_multitouch")
    Config.set("kivy", "exit_on_escape", "0")


def platform_here() -> Platform:
    """The platform that this runs on; phones bring their own bridge to Java or Objective-C."""
    here = device()
    if here == "android":
        from android import activity, permissions
        from android.runnable import run_on_ui_thread
        from jnius import autoclass, cast

        from edge_app.platform.android import AndroidPlatform

        return AndroidPlatform(autoclass, cast, activity.bind, lambda call: run_on_ui_thread(call)(), permissions)
    if here == "ios":
        from pyobjus import autoclass

        from edge_app.platform.ios import IosPlatform

        return IosPlatform(autoclass)
    from edge_app.platform.desktop import DesktopPlatform

    return DesktopPlatform()


def check_window() -> None:
    """ConfigError where no window can be opened; Kivy itself would leave without a word."""
    from kivy.core.window import Window

    if Window is None:
        raise ConfigError(
            "no window can be opened here; the app needs a display and OpenGL (Debian: libgl1 libmtdev1), without them"
            " photos are answered by python -m edge_app predict"
        )


def run(photo: Path | None = None) -> int:
    """Open the app; returns when it is closed."""
    platform = platform_here()
    if photo is not None and not photo.is_file():
        raise ConfigError(f"--photo {photo} is no file; name a JPEG, PNG or WebP photo")
    prepare(platform.data_folder())
    check_window()
    from kivy.base import ExceptionManager

    from edge_app.ui.app import DermedgeApp
    from edge_app.ui.last_resort import LastResort
    from edge_app.ui.session import Session

    app = DermedgeApp(Session(platform.data_folder()), platform, photo=photo)
    ExceptionManager.add_handler(LastResort(app))
    app.run()
    return 0
