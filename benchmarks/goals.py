"""The goals for speed, as a table of what to divide by what, and what rows say of them.

Every ratio is taken within one run, of rounds in which both had their turn. Bundles are the only files of ours that
count, and a bundle exists only where the gate did not fail the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table

from benchmarks.floor import SGEMM
from benchmarks.latency_rows import BENCHMARK, rounds_of
from benchmarks.ratios import TOO_FEW, Ratio, paired_ratio
from benchmarks.subjects import FLOOR, OWN, PEER
from benchmarks.tables import new_table
from edge_app.runtime.timing import BenchmarkRow
from export.checks.file_facts import EIGHT_BIT, EIGHT_BIT_ACTIVATIONS
from export.targets.schemes import base_of

MOBILEVIT, SWIN = ("mobilevitv2_100", 256), ("swin_tiny_patch4_window7_224", 224)
THREADS = 2
FP32 = ("fp32",)


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A figure and the most that it may be."""

    name: str
    most: float
    find: Callable[[Sequence[BenchmarkRow]], Measured | None]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was found for a goal: the figure, the ratio with its interval where it is one, and what it is of."""

    value: float
    of: str
    ratio: Ratio | None = None

    @property
    def is_settled(self) -> bool:
        """Not a ratio of fewer rounds than an interval takes."""
        return self.ratio is None or self.ratio.interval is not None


@dataclass(frozen=True, kw_only=True)
class Result:
    """A goal with what was measured; None where the rows hold nothing to measure it by."""

    goal: Goal
    measured: Measured | None

    @property
    def met(self) -> bool:
        """Measured in rounds enough, and no more than it may be."""
        return self.measured is not None and self.measured.is_settled and self.measured.value <= self.goal.most


def measured(rows: Sequence[BenchmarkRow]) -> list[Result]:
    """Every goal against latency rows, at two threads."""
    timed = [row for row in rows if row.benchmark == BENCHMARK and row.threads == THREADS and row.metrics]
    return [Result(goal=goal, measured=goal.find(timed)) for goal in GOALS]


def ratio_to_stock(network: tuple[str, int], target: str, schemes: Sequence[str]) -> Callable[..., Measured | None]:
    """The fastest of our files in one of `schemes` over the float file that stock tools make of the network."""
    return lambda rows: fastest(rows, network, target, schemes, lambda row: is_stock(row, target))


def ratio_to_floor(network: tuple[str, int]) -> Callable[..., Measured | None]:
    """Our float TFLite file over the floor by sgemm."""
    return lambda rows: fastest(rows, network, "tflite", FP32, lambda row: row.provenance["made_by"] == SGEMM)


def is_stock(row: BenchmarkRow, target: str) -> bool:
    """Whether a row is of a peer's float file for `target`."""
    return row.provenance["role"] == PEER and row.target == target and row.scheme == "fp32"


def fastest(
    rows: Sequence[BenchmarkRow],
    network: tuple[str, int],
    target: str,
    schemes: Sequence[str],
    is_other: Callable[[BenchmarkRow], bool],
) -> Measured | None:
    """The smallest ratio of a bundle's rounds to those of the other row of its run and network; one of too few rounds
    where there is no other.
    """
    mine = [row for row in rows if is_of(row, network)]
    bundles = [r for r in mine if r.provenance["role"] == OWN and r.target == target and base_of(r.scheme) in schemes]
    others = [row for row in mine if row.provenance["role"] in {PEER, FLOOR} and is_other(row)]
    pairs = [(own, other) for own in bundles for other in others if same_run(own, other)]
    found = [
        Measured(value=ratio.value, ratio=ratio, of=f"{own.scheme} / {other.provenance['made_by']}")
        for own, other in pairs
        for ratio in [paired_ratio(rounds_of(own), rounds_of(other))]
    ]
    return min(found, key=lambda one: (not one.is_settled, one.value), default=None)


def photo_in(rows: Sequence[BenchmarkRow]) -> Measured | None:
    """Load and fit over a full decode, the larger of both networks' (of the medians of their bundles)."""
    found = [
        Measured(value=ratio.value, ratio=ratio, of=f"{row.provenance['arch']}, side {row.provenance['side_px']} px")
        for row in rows
        if any(is_of(row, network) for network in (MOBILEVIT, SWIN)) and row.provenance.get("photo_in_ms")
        for ratio in [paired_ratio(row.provenance["photo_in_ms"], row.provenance["full_decode_ms"])]
    ]
    return max(found, key=lambda one: (one.is_settled, one.value), default=None)


def largest_figure(name: str) -> Callable[[Sequence[BenchmarkRow]], Measured | None]:
    """The largest figure `name` of our float TFLite files; None unless both networks have one."""

    def find(rows: Sequence[BenchmarkRow]) -> Measured | None:
        own = [r for r in rows if r.provenance["role"] == OWN and r.target == "tflite" and r.scheme == "fp32"]
        by_network = [[r for r in own if is_of(r, network) and name in r.metrics] for network in (MOBILEVIT, SWIN)]
        if not all(by_network):
            return None
        value = max(row.metrics[name] for mine in by_network for row in mine)
        return Measured(value=value, of="both networks")

    return find


def is_of(row: BenchmarkRow, network: tuple[str, int]) -> bool:
    """Whether a row is of that architecture at that side."""
    return (row.provenance.get("arch"), row.provenance.get("side_px")) == network


def same_run(row: BenchmarkRow, other: BenchmarkRow) -> bool:
    """Whether two rows were measured in the same rounds."""
    return bool(row.provenance["run"] == other.provenance["run"])


def table(results: Iterable[Result]) -> Table:
    """Each goal, measured."""
    found = new_table("Goals (ratios within one run, 2 threads, 95 % intervals)", "at most", "measured", "of", "")
    found.columns[0].header = "figure"
    for one in results:
        found.add_row(one.goal.name, f"{one.goal.most:g}", *cells(one))
    return found


def cells(result: Result) -> tuple[str, str, str]:
    """What was measured, of what, and whether it is enough."""
    if result.measured is None:
        return "", "", "not measured"
    shown = str(result.measured.ratio or f"{result.measured.value:g}")
    if not result.measured.is_settled:
        return shown, result.measured.of, TOO_FEW
    return shown, result.measured.of, "met" if result.met else "MISSED"


GOALS = (
    Goal(name="MobileViTv2-100 TFLite fp32 / stock fp32", most=0.75, find=ratio_to_stock(MOBILEVIT, "tflite", FP32)),
    Goal(
        name="MobileViTv2-100 TFLite static 8-bit / stock fp32", most=0.33,
        find=ratio_to_stock(MOBILEVIT, "tflite", EIGHT_BIT_ACTIVATIONS),
    ),
    Goal(name="Swin-T TFLite fp32 / sgemm floor", most=1.5, find=ratio_to_floor(SWIN)),
    Goal(name="MobileViTv2-100 TFLite fp32 / sgemm floor", most=1.35, find=ratio_to_floor(MOBILEVIT)),
    Goal(name="Swin-T TFLite 8-bit / stock fp32", most=0.40, find=ratio_to_stock(SWIN, "tflite", EIGHT_BIT)),
    Goal(name="MobileViTv2-100 ONNX 8-bit / stock fp32", most=0.50, find=ratio_to_stock(MOBILEVIT, "onnx", EIGHT_BIT)),
    Goal(name="Swin-T ONNX 8-bit / stock fp32", most=0.45, find=ratio_to_stock(SWIN, "onnx", EIGHT_BIT)),
    Goal(name="12-megapixel JPEG: load + fit / full decode", most=0.35, find=photo_in),
    Goal(name="XNNPACK partitions of fp32", most=1, find=largest_figure("partitions")),
    Goal(name="highest rank of fp32", most=4, find=largest_figure("max_rank")),
)  # fmt: skip
