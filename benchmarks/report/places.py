"""The sections about other places than this machine: phones, runtimes side by side, and what could not be run."""

from __future__ import annotations

from benchmarks.latency_rows import title_of
from benchmarks.parity_matrix import matrices
from benchmarks.report import plots
from benchmarks.report.cells import number
from benchmarks.report.collect import Collected
from benchmarks.report.once import once
from benchmarks.report.section import Section
from benchmarks.tables import golden_cells
from edge_app.runtime.timing import BenchmarkRow
from train.places import placeless


def phone_section(found: Collected) -> Section | None:
    """Rows of phones: the app's own, adb's, a Mac's."""
    if not found.phones:
        return None
    names = sorted({name for row in found.phones for name in row.metrics})
    lines = tuple(
        (row.benchmark, device_of(row), row.model, f"{row.target} {row.scheme}", row.backend,
         *(number(row, name, "{:.4g}") for name in names))
        for row in found.phones
    )  # fmt: skip
    return Section(
        title="Phones and Macs",
        note="Rows that the app's benchmark screen, `benchmarks android` and `benchmarks coreml` wrote.",
        header=("by", "device", "model", "file", "runtime", *names),
        lines=lines,
    )


def device_of(row: BenchmarkRow) -> str:
    """The device's name; empty where the row does not say."""
    return str(row.machine.get("device") or row.machine.get("processor") or "")


def golden_section(found: Collected) -> Section | None:
    """The golden photos of each bundle."""
    if not found.parity:
        return None
    lines = tuple((f"{row.model} {row.target} {row.scheme}", row.backend, *golden_cells(row)) for row in found.parity)
    return Section(
        title="Golden photos",
        note="What each runtime answers, here and elsewhere, against what the export wrote down.",
        header=("file", "runtime", "photos", "largest difference", "allowed", "same label", ""),
        lines=lines,
    )


def matrix_sections(found: Collected) -> list[Section]:
    """Every set of photos that several runtimes answered."""
    made: list[Section] = []
    for one in matrices(found.answers):
        numbered = [f"{title} ({number})" for number, title in enumerate(one.titles, 1)]
        lines = tuple(
            (title, str(photos), *(f"{d:.0e} / {a:.0%}" for d, a in zip(differences, agreements, strict=True)))
            for title, photos, differences, agreements in zip(
                numbered, one.photos, one.difference, one.agreement, strict=True
            )
        )
        made.append(
            Section(
                title=f"All against all: {one.model}",
                note=f"Photos of {one.data}. Below the diagonal the largest difference of a logit, before any"
                " temperature; above it the share of photos with the same label.",
                plot=plots.heat(one.titles, one.difference, one.agreement),
                header=("", "photos", *(str(number) for number in range(1, len(lines) + 1))),
                lines=lines,
            )
        )
    return made


def refused_section(found: Collected) -> Section | None:
    """Files that no table above holds, since the gate let no bundle be made of them."""
    lines = tuple(
        (
            f"{row.provenance['arch']} {row.provenance['side_px']} {row.target} {row.scheme}",
            number(row, "accuracy", "{:.2%}"), number(row, "accuracy_float", "{:.2%}"),
            f"{row.metrics['gate_photos']:.0f} of {placeless(row.provenance['gate_data'])}",
            number(row, "worst_drop", "{:.1%}"), str(row.provenance["why"]),
        )
        for row in once(found.refused)
    )  # fmt: skip
    if not lines:
        return None
    return Section(
        title="Refused by the gate",
        note="Made, judged and set aside: no bundle is made of these, so they meet no goal.",
        header=("file", "accuracy", "float model", "photos", "worst drop", "why"),
        lines=lines,
    )


def failure_section(found: Collected) -> Section | None:
    """What could not be made or run."""
    lines = tuple((title_of(row), row.benchmark, str(row.provenance["failed"])) for row in found.failed)
    if not lines:
        return None
    return Section(title="Failed", note="In the words of the tool.", header=("what", "in", "why"), lines=lines)
