"""The sections of the report, and those of them that are about time: each a title, a sentence, a plot, a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks import goals
from benchmarks.floor import SGEMM
from benchmarks.latency import STAGES
from benchmarks.latency_rows import rounds_of, title_of
from benchmarks.latency_tables import spread
from benchmarks.ratios import LEAST_ROUNDS, paired_ratio
from benchmarks.report import plots
from benchmarks.report.cells import number, short_title
from benchmarks.report.collect import Collected
from benchmarks.report.once import once, place
from benchmarks.report.origin import origin_section
from benchmarks.report.places import failure_section, golden_section, matrix_sections, phone_section, refused_section
from benchmarks.report.section import Section
from edge_app.runtime.timing import BenchmarkRow

MEGABYTE = 1e6
FLOAT = ("fp32", "fp16")
KINDS = {"own": "own", "peer": "peer", "floor": "floor", "file": "file"}


def sections(found: Collected) -> list[Section]:
    """Those that the rows have something to say of."""
    made = [
        goal_section(found),
        *(latency_section(found.of(group), group.title) for group in found.groups),
        accuracy_section(found),
        refused_section(found),
        stage_section(found),
        sustained_section(found),
        thread_section(found),
        again_section(found),
        phone_section(found),
        golden_section(found),
        *matrix_sections(found),
        failure_section(found),
        origin_section(found.everything),
    ]
    return [one for one in made if one is not None]


def goal_section(found: Collected) -> Section | None:
    """The goals, where anything was measured in turn with something else."""
    if not any(row.provenance.get("role") == "peer" for row in found.latency):
        return None
    results = goals.measured(found.latency)
    lines = tuple((one.goal.name, f"{one.goal.most:g}", *goals.cells(one)) for one in results)
    met = sum(one.met for one in results)
    return Section(
        title=f"Goals: {met} of {len(results)} met",
        note="Ratios of rounds of one run, two threads, with 95 % intervals; fewer than"
        f" {LEAST_ROUNDS} rounds have none and meet nothing. Files of ours count where a gate did not fail them. The"
        " sgemm floor is torch's; what files take of a faster product's stands below each network.",
        header=("figure", "at most", "measured", "of", ""),
        lines=lines,
    )


def latency_section(measured: Sequence[BenchmarkRow], title: str) -> Section:
    """One network at one number of threads: every file and the floors, each once, the fastest first."""
    rows = once(measured)
    bars = [
        plots.Bar(
            label=short_title(row), kind=KINDS.get(row.provenance.get("role", ""), "peer"),
            ms=row.metrics["model_p50_ms"], upper_ms=row.metrics.get("model_p95_ms", row.metrics["model_p50_ms"]),
        )
        for row in rows
    ]  # fmt: skip
    return Section(
        title=title,
        note="The model alone: bars to the median, lines on to the 95th percentile. Floors are the time that the"
        " network's multiply-accumulates take at the rate of one large matrix product. A file without a ratio was"
        " measured in a run without the stock file.",
        plot=plots.bars(bars),
        key=(("own", "ours"), ("peer", "other tools"), ("file", "not judged"), ("floor", "floor")),
        header=(
            "file", "runtime", "p50 ms", "p90", "p95", "std", "ratio to stock fp32", "MB", "rank",
            "nodes (XNNPACK takes)", "partitions", "load ms", "first ms", "peak MB",
        ),
        lines=tuple(latency_cells(row, measured) for row in rows),
        after=tuple(line for row in rows if (line := in_floors(row, measured))),
    )  # fmt: skip


def latency_cells(row: BenchmarkRow, rows: Sequence[BenchmarkRow]) -> tuple[str, ...]:
    """One file."""
    taken = f"{row.metrics['nodes']:.0f} ({row.metrics['nodes_taken']:.0f})" if "nodes" in row.metrics else ""
    return (
        short_title(row),
        row.backend,
        *spread(row, "model", ("p50", "p90", "p95", "std"), "{:.2f}"),
        ratio_to_stock(row, rows),
        number(row, "size_bytes", "{:.2f}", MEGABYTE),
        number(row, "max_rank", "{:.0f}"),
        taken,
        number(row, "partitions", "{:.0f}"),
        number(row, "load_ms", "{:.1f}"),
        number(row, "first_inference_ms", "{:.1f}"),
        number(row, "model_peak_memory_bytes", "{:.0f}", MEGABYTE),
    )


def ratio_to_stock(row: BenchmarkRow, rows: Sequence[BenchmarkRow]) -> str:
    """Over the stock float file of the same target (of TFLite for floors) and run; empty where there is none."""
    target = row.target if row.target in {"tflite", "onnx"} else "tflite"
    stock = [other for other in rows if goals.is_stock(other, target) and goals.same_run(row, other)]
    if not stock or row is stock[0]:
        return "1" if stock else ""
    return str(paired_ratio(rounds_of(row), rounds_of(stock[0])))


def in_floors(row: BenchmarkRow, rows: Sequence[BenchmarkRow]) -> str:
    """What a float file of ours takes of the goals' floor, and of that by the fastest float product of its run."""
    if row.provenance.get("role") != "own" or row.scheme not in FLOAT:
        return ""
    floors = [one for one in rows if one.target == "floor" and one.scheme == "fp32" and place(one) == place(row)]
    fastest = min(floors, key=lambda one: float(np.median(rounds_of(one))), default=None)
    sgemm = next((one for one in floors if one.provenance["made_by"] == SGEMM), None)
    said = [
        f"{paired_ratio(rounds_of(row), rounds_of(one))} of {what}"
        for one, what in ((sgemm, "the sgemm floor"), (fastest, "the fastest float product's"))
        if one is not None
    ]
    return f"{row.target} {row.scheme} takes {' and '.join(said)}." if said else ""


def again_section(found: Collected) -> Section | None:
    """Rows of files that stand above with those of another run: measured again without peers, or earlier."""
    shown = {id(row) for row in once(found.latency)}
    again = [row for row in found.latency if id(row) not in shown]
    if not again:
        return None
    lines = tuple(
        (
            labelled(found, row), *spread(row, "model", ("p50", "p90", "p95", "std"), "{:.2f}"),
            f"{len(rounds_of(row))}", row.created, str(row.provenance["run"]),
        )
        for row in sorted(again, key=lambda row: (title_of(row), row.threads))
    )  # fmt: skip
    return Section(
        title="The same files in other runs",
        note="The model alone. Above stands the run with peers, then that of most rounds, then the newest.",
        header=("file", "p50 ms", "p90", "p95", "std", "rounds", "date", "run"),
        lines=lines,
    )


def labelled(found: Collected, row: BenchmarkRow) -> str:
    """A row among those of other networks, threads and machines."""
    name = title_of(row) if row.provenance.get("role") in {"peer", "floor"} else title_of(row).split(",")[0]
    return ", ".join(part for part in (name, f"{row.threads} thr.", found.where(row)) if part)


def accuracy_section(found: Collected) -> Section | None:
    """What the gate measured of bundles, against their time: at the goals' number of threads, else at the fastest."""
    judged = [row for row in once(found.latency) if isinstance(row.provenance.get("accuracy"), int | float)]
    if not judged:
        return None
    best: dict[str, BenchmarkRow] = {}
    for row in sorted(judged, key=lambda one: (one.threads != goals.THREADS, one.metrics["model_p50_ms"])):
        best.setdefault(str(row.provenance["bundle_sha256"]), row)
    points = [
        plots.Point(
            label=title_of(row).split(",")[0], kind="own", ms=row.metrics["model_p50_ms"],
            accuracy=row.provenance["accuracy"],
        )
        for row in best.values()
    ]  # fmt: skip
    lines = tuple(
        (
            title_of(row).split(",")[0], f"{row.provenance['accuracy']:.2%}", f"{row.provenance['accuracy_float']:.2%}",
            str(row.provenance["gate"]), f"{row.provenance['gate_photos']} of {row.provenance['gate_data']}",
            number(row, "model_p50_ms", "{:.2f}"), str(row.threads),
        )
        for row in best.values()
    )  # fmt: skip
    return Section(
        title="Accuracy against latency",
        note="Accuracy is the gate's, of the shipped file on the gate's photos; the gate says whether classes lost.",
        plot=plots.scatter(points),
        header=("file", "accuracy", "float model", "gate", "photos", "p50 ms", "threads"),
        lines=lines,
    )


def stage_section(found: Collected) -> Section | None:
    """The whole way of a 12-megapixel photo."""
    rows = once([row for row in found.latency if "end_to_end_p50_ms" in row.metrics])
    if not rows:
        return None
    stages = [{stage: row.metrics[f"stage_{stage}_p50_ms"] for stage in STAGES} for row in rows]
    labels = [labelled(found, row) for row in rows]
    lines = tuple(
        (
            label, *(f"{mine[stage]:.2f}" for stage in STAGES),
            *spread(row, "end_to_end", ("p50", "p90", "p95"), "{:.1f}"),
            number(row, "full_decode_p50_ms", "{:.1f}"),
            str(paired_ratio(row.provenance["photo_in_ms"], row.provenance["full_decode_ms"])),
        )
        for label, mine, row in zip(labels, stages, rows, strict=True)
    )  # fmt: skip
    return Section(
        title="From a 12-megapixel JPEG to the answer",
        note="Medians of each stage. Decoding shrinks while it reads; the last column holds that and the fit against a"
        " full decode of the same photo in the same round.",
        plot=plots.stacked(labels, stages),
        key=tuple((f"stage-{stage}", stage) for stage in STAGES),
        header=("file", *STAGES, "all p50 ms", "p90", "p95", "full decode", "(decode + fit) / full decode"),
        lines=lines,
    )


def sustained_section(found: Collected) -> Section | None:
    """Runs without a pause."""
    rows = once([row for row in found.sustained if row.provenance.get("windows_ms")])
    if not rows:
        return None
    labels = [labelled(found, row) for row in rows]
    return Section(
        title="Without a pause",
        note="The median of each second over that of the first: a line that rises is a machine that throttles.",
        plot=plots.lines(labels, [row.provenance["windows_ms"] for row in rows]),
        header=("file", "seconds", "first ms", "last ms", "last / first"),
        lines=tuple(
            (label, *(number(row, *form) for form in SUSTAINED_FORMS)) for label, row in zip(labels, rows, strict=True)
        ),
    )


SUSTAINED_FORMS = (
    ("sustained_s", "{:.0f}"),
    ("sustained_first_ms", "{:.2f}"),
    ("sustained_last_ms", "{:.2f}"),
    ("slowdown", "{:.2f}"),
)


def thread_section(found: Collected) -> Section | None:
    """Bundles at several numbers of threads."""
    own = [row for row in once(found.latency) if row.provenance.get("role") == "own"]
    counts = sorted({row.threads for row in own})
    titles = [(title_of(row), found.where(row)) for row in own]
    by_key = {(title_of(row), found.where(row), row.threads): row for row in own}
    lines = tuple(
        (", ".join(part for part in (title.split(",")[0], where) if part),
         *(number(by_key.get((title, where, count)), "model_p50_ms", "{:.2f}") for count in counts))
        for title, where in dict.fromkeys(titles)
        if titles.count((title, where)) > 1
    )  # fmt: skip
    if not lines:
        return None
    return Section(
        title="Threads",
        note="p50 of the model alone in ms.",
        header=("file", *(f"{count} thread{'' if count == 1 else 's'}" for count in counts)),
        lines=lines,
    )
