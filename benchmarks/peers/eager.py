"""torch in eager mode: no file but a line that says which network."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers import Network


def eager(network: Network, folder: Path, out: Path) -> None:
    """What `benchmarks.runners.torch_runner` reads."""
    out.write_text(f"{network.arch} {network.side_px} {network.classes}\n", encoding="utf-8")
