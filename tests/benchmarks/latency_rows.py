"""Latency rows without a run behind them."""

from __future__ import annotations

from typing import Any

from edge_app.runtime.timing import BenchmarkRow

# As many rounds as an interval takes.
ROUNDS_MS = (10.0, 11.0, 12.0, 10.0, 11.0, 12.0)
NETWORK = ("mobilevitv2_100", 256)


def row(
    role: str = "own",
    *,
    made_by: str = "dermedge",
    network: tuple[str, int] = NETWORK,
    target: str = "tflite",
    scheme: str = "fp32",
    rounds_ms: tuple[float, ...] = ROUNDS_MS,
    run: str = "one",
    threads: int = 2,
    metrics: dict[str, float] | None = None,
    **more: Any,
) -> BenchmarkRow:
    """A row of `benchmarks latency`."""
    arch, side_px = network
    title = f"{arch} {side_px} {target} {scheme}, {made_by}"
    figures = {name: rounds_ms[0] for name in ("model_p50_ms", "model_p90_ms", "model_p95_ms", "model_std_ms")}
    return BenchmarkRow(
        benchmark="latency", model=arch, backend="fake 1.0", target=target, scheme=scheme, threads=threads,
        metrics={**figures, "model_runs": 18.0, **(metrics or {})}, created="2026-01-01T00:00:00Z",
        machine={"processor": "p", "cores": 2, "system": "s"},
        provenance={
            "role": role, "made_by": made_by, "arch": arch, "side_px": side_px, "title": title,
            "rounds_ms": list(rounds_ms), "run": run, "commit": "c0ffee", "versions": {"torch": "2"},
            "command": "python -m benchmarks latency", **more,
        },
    )  # fmt: skip
