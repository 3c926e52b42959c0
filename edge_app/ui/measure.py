"""Times the app itself, as its user feels it: `python -m edge_app.ui.measure PHOTO ROUNDS STARTED_AT [BUNDLE KEY]`.

For `benchmarks`, which knows no Kivy. A fresh process: `STARTED_AT` is the time (seconds since 1970) at which the
caller started it. The screens are driven through the same methods that touches call. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PASSPHRASE = "only for measuring"


def main(argv: list[str]) -> int:
    """Measure and print."""
    photo, rounds, started_at = Path(argv[0]), int(argv[1]), float(argv[2])
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        app = opened(data, argv[3:])
        usable_s = time.time() - started_at
        sign_in(app)
        measured = [one_answer(app, photo) for _ in range(rounds + 1)][1:]
        result = {
            "usable_s": usable_s,
            "import_ms": [one["import_ms"] for one in measured],
            "tap_to_result_ms": [one["tap_to_result_ms"] for one in measured],
            "longest_frame_ms": max(one["longest_frame_ms"] for one in measured),
            "longest_frame_cpu_ms": max(one["longest_frame_cpu_ms"] for one in measured),
            "peak_memory_mb": peak_memory_mb(),
        }
        app.dispatch("on_stop")
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def opened(data: Path, bundle: list[str]) -> Any:
    """The app with its first screen drawn."""
    from edge_app.ui.start import platform_here, prepare

    prepare(data)
    from kivy.base import EventLoop

    from edge_app.ui.app import DermedgeApp
    from edge_app.ui.session import Session
    from edge_app.ui.shelf import Shelf

    shelf = Shelf(data / "models", built_in=Path(bundle[0]), built_in_key=Path(bundle[1])) if bundle else None
    app = DermedgeApp(Session(data, shelf=shelf, clock=lambda: 0.0), platform_here())
    app._run_prepare()
    for _ in range(3):
        EventLoop.idle()
    return app


def sign_in(app: Any) -> None:
    """Past consent and passphrase, to where the app has made the screens that come next."""
    app.screen("consent").understands = True
    app.screen("consent").agree()
    lock = app.screen("lock")
    lock.ids.name.text, lock.ids.passphrase.text, lock.ids.again.text = "Measurer", PASSPHRASE, PASSPHRASE
    lock.create()
    wait(lambda: app.page == "tour" and app.session.classifier is not None)
    wait(lambda: not app.warm(0))


def one_answer(app: Any, photo: Path) -> dict[str, float]:
    """Milliseconds from choosing a photo to its check, from the tap on Analyse to the result drawn, and a frame's."""
    app.session.begin()
    started = time.perf_counter()
    app.screen("capture").import_file(photo)
    frames = wait(lambda: app.page == "check" and not app.is_busy)
    imported = time.perf_counter()
    app.screen("check").on_use()
    frames += wait(lambda: app.page == "result" and not app.is_busy)
    done = time.perf_counter()
    app.session.save_draft()
    return {
        "import_ms": (imported - started) * 1e3,
        "tap_to_result_ms": (done - imported) * 1e3,
        "longest_frame_ms": max(frame for frame, _ in frames) * 1e3,
        "longest_frame_cpu_ms": max(cpu for _, cpu in frames) * 1e3,
    }


def wait(until: Callable[[], bool]) -> list[tuple[float, float]]:
    """Run frames until something is so, and the frame that shows it; seconds that each took, and of this thread's."""
    from kivy.base import EventLoop

    seconds = []
    while True:
        is_last = until()
        start, busy = time.perf_counter(), time.thread_time()
        EventLoop.idle()
        seconds.append((time.perf_counter() - start, time.thread_time() - busy))
        if is_last:
            return seconds


def peak_memory_mb() -> float:
    """This process' high-water mark (VmHWM) in megabytes; 0 where the system does not say."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM")), 0.0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
