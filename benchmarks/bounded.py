"""Other programs, given up on after a while."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge_app.runtime.errors import BackendError


def bounded(
    what: str,
    words: Sequence[str],
    *,
    timeout_s: float,
    next_step: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stderr: int = subprocess.PIPE,
) -> subprocess.CompletedProcess[str]:
    """Run `words` to their end, however they end, and keep what they write.

    BackendError after `timeout_s` seconds, when the program is killed: what was run, and `next_step`, what to do.
    """
    try:
        return subprocess.run(
            words, stdout=subprocess.PIPE, stderr=stderr, text=True, errors="replace", timeout=timeout_s, check=False,
            env=env, cwd=cwd,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise BackendError(f"{what} was given up after {timeout_s:g} s without an end; {next_step}") from error
