"""The report as one HTML page that needs nothing beside it, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from benchmarks.latency_rows import title_of
from benchmarks.ratios import TOO_FEW
from benchmarks.report import plots
from benchmarks.report.collect import Collected
from benchmarks.report.section import Section
from benchmarks.report.sections import sections
from edge_app.runtime.timing import BenchmarkRow
from export.gate.report_markdown import table
from export.gate.report_style import STYLE
from train.places import placeless

TITLE = "Benchmarks"
# Tables of many columns are read sideways, on any screen.
OWN_STYLE = (
    "main{max-width:1320px}.scroll{overflow-x:auto}td,th{font-size:13px}td{white-space:nowrap}"
    "td.wrap{white-space:normal}"
)
CHIPS = {
    **dict.fromkeys(("met", "agrees", "pass"), "pass"),
    **dict.fromkeys(("inconclusive", "not measured", TOO_FEW), "inconclusive"),
    **dict.fromkeys(("MISSED", "DIFFERS", "FAILED"), "fail"),
}
WRAPPED = 60


def html(found: Collected) -> str:
    """The page."""
    made = sections(found)
    body = "".join(section_html(section) for section in made)
    head = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}{plots.STYLE}{OWN_STYLE}</style></head><body><main>"
    )
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in origin(found))
    return (
        f"{head}<header><h1>{TITLE}</h1><p>{escape(', '.join(subjects(found)))}</p></header>{body}"
        f"<section><h2>Where it comes from</h2><dl>{facts}</dl></section></main></body></html>\n"
    )


def section_html(section: Section) -> str:
    """One section."""
    swatches = (f'<span><i style="{swatch(kind)}"></i>{escape(text)}</span>' for kind, text in section.key)
    parts = [
        f'<section><h2>{escape(section.title)}</h2><p class="note">{escape(section.note)}</p>',
        f'<p class="key">{"".join(swatches)}</p>' if section.key else "",
        f'<div class="scroll">{section.plot}</div>' if section.plot else "",
        f'<div class="scroll">{table_html(section)}</div>' if section.lines else "",
        "</section>",
    ]
    return "".join(parts)


def table_html(section: Section) -> str:
    """The section's table."""
    head = "".join(f"<th{'' if k else ' class=l'}>{escape(text)}</th>" for k, text in enumerate(section.header))
    lines = "".join(f"<tr>{''.join(cell(text, not k) for k, text in enumerate(line))}</tr>" for line in section.lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def swatch(kind: str) -> str:
    """The colour of a key, as the plots have it."""
    colours = {"own": "var(--accent)", "peer": "#9aa7b5", "file": "#c9a24b", "stage-decode": "#2f5d8a",
               "stage-fit": "#5d9bc9", "stage-model": "#d2843f", "stage-post": "#8a8f98"}  # fmt: skip
    return f"background:{colours[kind]}" if kind in colours else "border:1px dashed var(--soft)"


def cell(text: str, is_first: bool) -> str:
    """A cell; verdicts as chips, long text wrapped."""
    if text in CHIPS:
        return f'<td><span class="chip {CHIPS[text]}">{escape(text)}</span></td>'
    kinds = [*(["l"] if is_first else []), *(["l", "wrap"] if len(text) > WRAPPED else [])]
    return f'<td class="{" ".join(kinds)}">{escape(text)}</td>' if kinds else f"<td>{escape(text)}</td>"


def markdown(found: Collected, command: str) -> str:
    """The same in tables, with the `command` that wrote it."""
    blocks = [f"# {TITLE}", f"    {command}", ", ".join(subjects(found))]
    for section in sections(found):
        blocks += [f"## {section.title}", section.note]
        if section.lines:
            blocks.append("\n".join(table(section.header, [tuple(map(in_table, line)) for line in section.lines])))
    blocks += ["## Where it comes from", "\n".join(f"- {name}: {value}" for name, value in origin(found))]
    return "\n\n".join(blocks) + "\n"


def in_table(text: str) -> str:
    """A cell that does not end its column."""
    return text.replace("|", "\\|").replace("\n", " ")


def subjects(found: Collected) -> list[str]:
    """The networks, and how many rows there are of what else."""
    networks = dict.fromkeys(f"{arch} at {side_px} px" for arch, side_px, _ in found.networks)
    return [*networks, *(["phones"] if found.phones else [])] or [title_of(row) for row in everything(found)[:1]]


def origin(found: Collected) -> list[tuple[str, str]]:
    """Machines, commits, versions, commands and times of all rows, each said once."""
    rows = everything(found)
    facts = {
        "machine": distinct(machine_of(row) for row in rows),
        "commit": distinct(row.provenance.get("commit") for row in rows),
        "versions": distinct(versions_of(row) for row in rows),
        "command": distinct(placeless(row.provenance.get("command")) for row in rows),
        "measured": distinct([min(row.created for row in rows), max(row.created for row in rows)]),
    }
    return [(name, value) for name, values in facts.items() for value in values]


def distinct(values: Iterable[object]) -> list[str]:
    """Each said value once, in their order."""
    return list(dict.fromkeys(str(value) for value in values if value))


def machine_of(row: BenchmarkRow) -> str:
    """The machine in words."""
    return ", ".join(f"{name} {value}" for name, value in row.machine.items() if value and name != "instructions")


def versions_of(row: BenchmarkRow) -> str:
    """The versions in words."""
    versions = row.provenance.get("versions")
    return ", ".join(f"{name} {value}" for name, value in versions.items()) if isinstance(versions, dict) else ""


def everything(found: Collected) -> Sequence[BenchmarkRow]:
    """All rows that the page is made of."""
    return [
        *found.latency,
        *found.failed,
        *found.sustained,
        *found.parity,
        *found.answers,
        *found.phones,
        *found.others,
    ]
