"""The report as one HTML page that needs nothing beside it, and as Markdown."""

from __future__ import annotations

from html import escape

from benchmarks.latency_rows import title_of
from benchmarks.ratios import TOO_FEW
from benchmarks.report import plots
from benchmarks.report.collect import Collected
from benchmarks.report.section import Section
from benchmarks.report.sections import sections
from export.gate.report_markdown import table
from export.gate.report_style import STYLE

TITLE = "Benchmarks"
# Tables of many columns are read sideways, on any screen.
OWN_STYLE = (
    "main{max-width:1320px}.scroll{overflow-x:auto}td,th{font-size:13px;padding:6px 5px}td{white-space:nowrap}"
    "td.wrap{white-space:normal;min-width:280px;overflow-wrap:anywhere}"
    "td+td.l,th+th.l{padding-left:18px}.after{margin:8px 0 0;font-size:13.5px}"
)
CHIPS = {
    **dict.fromkeys(("met", "agrees", "pass"), "pass"),
    **dict.fromkeys(("inconclusive", "not measured", TOO_FEW), "inconclusive"),
    **dict.fromkeys(("MISSED", "DIFFERS", "FAILED"), "fail"),
}
WRAPPED = 60
# Columns of words, beside the first.
WORDS = {"of", "runtime", "why", "in", "date", "commit", "machine", "command", "run", "device", "model", "file"}


def html(found: Collected) -> str:
    """The page."""
    made = sections(found)
    body = "".join(section_html(section) for section in made)
    head = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}{plots.STYLE}{OWN_STYLE}</style></head><body><main>"
    )
    top = f"<header><h1>{TITLE}</h1><p>{escape(', '.join(subjects(found)))}</p></header>"
    return f"{head}{top}{body}</main></body></html>\n"


def section_html(section: Section) -> str:
    """One section."""
    swatches = (f'<span><i style="{swatch(kind)}"></i>{escape(text)}</span>' for kind, text in section.key)
    parts = [
        f'<section><h2>{escape(section.title)}</h2><p class="note">{escape(section.note)}</p>',
        f'<p class="key">{"".join(swatches)}</p>' if section.key else "",
        f'<div class="scroll">{section.plot}</div>' if section.plot else "",
        f'<div class="scroll">{table_html(section)}</div>' if section.lines else "",
        *(f'<p class="after">{escape(line)}</p>' for line in section.after),
        "</section>",
    ]
    return "".join(parts)


def table_html(section: Section) -> str:
    """The section's table."""
    left = [not k or name in WORDS for k, name in enumerate(section.header)]
    head = "".join(
        f"<th{' class=l' if is_left else ''}>{escape(text)}</th>"
        for text, is_left in zip(section.header, left, strict=True)
    )
    lines = "".join(f"<tr>{''.join(map(cell, line, left))}</tr>" for line in section.lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def swatch(kind: str) -> str:
    """The colour of a key, as the plots have it."""
    colours = {"own": "var(--accent)", "peer": "#9aa7b5", "file": "#c9a24b", "stage-decode": "#2f5d8a",
               "stage-fit": "#5d9bc9", "stage-model": "#d2843f", "stage-post": "#8a8f98"}  # fmt: skip
    return f"background:{colours[kind]}" if kind in colours else "border:1px dashed var(--soft)"


def cell(text: str, is_left: bool) -> str:
    """A cell; verdicts as chips, long text wrapped."""
    if text in CHIPS:
        return f'<td><span class="chip {CHIPS[text]}">{escape(text)}</span></td>'
    kinds = [*(["l"] if is_left else []), *(["wrap"] if len(text) > WRAPPED else [])]
    return f'<td class="{" ".join(kinds)}">{escape(text)}</td>' if kinds else f"<td>{escape(text)}</td>"


def markdown(found: Collected, command: str) -> str:
    """The same in tables, with the `command` that wrote it."""
    blocks = [f"# {TITLE}", f"    {command}", ", ".join(subjects(found))]
    for section in sections(found):
        blocks += [f"## {section.title}", section.note]
        if section.lines:
            blocks.append("\n".join(table(section.header, [tuple(map(in_table, line)) for line in section.lines])))
        blocks += section.after
    return "\n\n".join(blocks) + "\n"


def in_table(text: str) -> str:
    """A cell that does not end its column."""
    return text.replace("|", "\\|").replace("\n", " ")


def subjects(found: Collected) -> list[str]:
    """The networks, and how many rows there are of what else."""
    networks = dict.fromkeys(group.network for group in found.groups)
    return [*networks, *(["phones"] if found.phones else [])] or [title_of(row) for row in found.everything[:1]]
