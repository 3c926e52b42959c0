"""An Android phone through `adb`: files there and back, commands, what it is called."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bounded import bounded
from edge_app.runtime.errors import BackendError, MissingRuntimeError, one_line

TIMEOUT_S = 900.0
PROPERTIES = {
    "device": "ro.product.model",
    "processor": "ro.soc.model",
    "system": "ro.build.version.release",
    "abi": "ro.product.cpu.abi",
}


@dataclass(frozen=True)
class Phone:
    """One phone; `words` begin every command to it."""

    words: tuple[str, ...]

    def shell(self, *command: str) -> str:
        """What a command on the phone writes, both streams; BackendError where it fails."""
        return self._run("shell", *command)

    def push(self, file: Path, to: str) -> None:
        """Copy `file` to the phone."""
        self._run("push", str(file), to)

    def pull(self, path: str, to: Path) -> None:
        """Copy a file from the phone."""
        self._run("pull", path, str(to))

    def facts(self) -> dict[str, str]:
        """Name, processor, Android version and instruction set."""
        return {name: self.shell("getprop", key).strip() for name, key in PROPERTIES.items()}

    def _run(self, *words: str) -> str:
        done = bounded(
            f"adb {' '.join(words)}", [*self.words, *words], timeout_s=TIMEOUT_S, stderr=subprocess.STDOUT,
            next_step="check the cable and `adb devices`, or ask for fewer runs",
        )  # fmt: skip
        if done.returncode != 0:
            said = one_line((done.stdout.strip().splitlines() or ["no message"])[-1])
            raise BackendError(f"adb {words[0]} failed: {said}; check the cable and `adb devices`")
        return done.stdout


def phone(adb: str, serial: str | None) -> Phone:
    """The one phone that is attached, or that with `serial`; one line where adb, or the choice, is missing."""
    program = shutil.which(adb)
    if program is None:
        raise MissingRuntimeError(f"{adb} is not installed; it is in Android's platform tools, or name it by --adb")
    listed = Phone((program,))._run("devices").splitlines()[1:]
    attached = [line.split()[0] for line in listed if line.split()[1:2] == ["device"]]
    if serial is None and len(attached) == 1:
        serial = attached[0]
    if serial not in attached:
        raise BackendError(f"--serial is {serial}; attached and allowed: {', '.join(attached) or 'none'}")
    return Phone((program, "-s", str(serial)))
