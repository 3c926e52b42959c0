"""The tables of report.html."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from edge_app.runtime.labels import Label
from export.gate.report_plots import bound_axis, bound_plot, drop_scale


def class_table(gate: Mapping[str, Any], labels: Sequence[Label]) -> str:
    """Every class: recall before and after, drop, bound against tolerance, verdict."""
    names = {label.code: label for label in labels}
    first = {row["label"]: class_name(names[row["label"]]) for row in gate["classes"]}
    return rows_table([(first[row["label"]], row) for row in gate["classes"]])


def tier_table(gate: Mapping[str, Any]) -> str:
    """The risk tiers and, last, all photos together."""
    overall = gate["accuracy"]
    everything = {**overall, "recall_float": overall["float"], "recall_exported": overall["exported"]}
    tiers = [(f"<b>{escape(row['tier'])}</b>", row) for row in gate["tiers"]]
    return rows_table([*tiers, ('<b>accuracy</b><small class="below">all photos</small>', everything)])


def class_name(label: Label) -> str:
    """Code, name and tier of a class."""
    return f'<b>{escape(label.code)}</b><small class="below">{escape(label.name)}, {escape(label.tier.value)}</small>'


def rows_table(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """Rows of a class or tier table, on one common scale."""
    scale = drop_scale([dict(row) for _, row in rows])
    heads = ["", "photos", "before", "after", "lost / gained", "drop"]
    head = "".join(f"<th{'' if k else ' class=l'}>{text}</th>" for k, text in enumerate(heads))
    body = "".join(body_row(name, row, scale) for name, row in rows)
    return (
        f'<table class="stack"><thead><tr>{head}<th class="plot">{bound_axis(scale)}</th><th>bound</th>'
        f"<th></th></tr></thead><tbody>{body}</tbody></table>"
    )


def body_row(name: str, row: Mapping[str, Any], scale: tuple[float, float]) -> str:
    """One row."""
    apart = "" if row["clusters"] == row["support"] else f"<br><small>{row['clusters']}&nbsp;lesions</small>"
    cells = [
        ("photos", f"{row['support']}{apart}"),
        ("before", percent(row["recall_float"])),
        ("after", percent(row["recall_exported"])),
        ("lost / gained", f"{row['lost']} / {row['gained']}"),
        ("drop", percent(row["drop"])),
    ]
    more = f"<br><small>+{row['photos_needed']}&nbsp;photos</small>" if row["photos_needed"] else ""
    verdict = f'<span class="chip {row["verdict"]}">{row["verdict"]}</span>{more}'
    return (
        f'<tr><td class="l">{name}</td>'
        + "".join(f'<td data-k="{key}"><span>{value}</span></td>' for key, value in cells)
        + f'<td class="plot">{bound_plot(dict(row), scale)}</td>'
        + f'<td data-k="upper bound, of tolerance"><span>{percent(row["drop_upper_95"])}'
        + f"&nbsp;<small>of&nbsp;{percent(row['tolerance'])}</small></span></td>"
        + f'<td data-k="verdict"><span>{verdict}</span></td></tr>'
    )


def candidate_table(candidates: Sequence[Mapping[str, Any]]) -> str:
    """Every scheme with its figures on the selection photos and why it was taken or not."""
    heads = ["size", "p50", "&times;&nbsp;float", "agreement", "accuracy", "worst recall drop", "risk", "on selection"]
    head = "<th class=l>scheme</th>" + "".join(f"<th>{text}</th>" for text in heads)
    return (
        f'<table class="stack"><thead><tr>{head}</tr></thead><tbody>'
        + "".join(candidate_rows(number, row) for number, row in enumerate(candidates, 1))
        + "</tbody></table>"
    )


def candidate_rows(number: int, row: Mapping[str, Any]) -> str:
    """One scheme: its figures, and below them why it was taken or not."""
    verdict = row["verdict"]
    worst = (
        "" if row["worst_class"] is None else f"{percent(row['worst_recall_drop'])}&nbsp;{escape(row['worst_class'])}"
    )
    cells = [
        ("size", "" if row["size_bytes"] is None else megabytes(row["size_bytes"])),
        ("time (p50)", "" if row["p50_ms"] is None else f"{row['p50_ms']:.2f}&nbsp;ms"),
        ("times float's time", "" if row["times_float"] is None else f"{row['times_float']:.2f}"),
        ("agreement", percent(row["agreement"], "")),
        ("accuracy", percent(row["accuracy"], "")),
        ("worst recall drop", worst),
        ("risk", "" if row.get("risk") is None else f"{row['risk']:.0%}".replace("%", "&nbsp;%")),
        ("on selection", f'<span class="chip {verdict}">{verdict}</span>' if verdict else ""),
    ]
    name = f'<small class="number">{number}</small><b>{escape(row["scheme"])}</b>'
    notes = [("taken", row["chosen"]), ("slower than float", row.get("slower_than_float"))]
    chips = "".join(f' <span class="chip plain">{note}</span>' for note, holds in notes if holds)
    return (
        f'<tr class="figures"><td class="l">{name}{chips}</td>'
        + "".join(
            f'<td data-k="{key}"{"" if value else " class=empty"}><span>{value}</span></td>' for key, value in cells
        )
        + f'</tr><tr><td class="l quiet why" colspan="{len(cells) + 1}">{escape(row["why"])}</td></tr>'
    )


def check_table(checks: Sequence[Mapping[str, Any]]) -> str:
    """Static checks: name, outcome, what it rests on."""
    chips = {"ok": "pass", "warning": "inconclusive", "fail": "fail"}
    rows = []
    for check in checks:
        mark = f'<span class="chip {chips.get(check["outcome"], "plain")}">{escape(check["outcome"])}</span>'
        name = escape(check["name"]) + (" <small>rule of thumb</small>" if check["heuristic"] else "")
        reasons = "".join(f'<small class="below">{escape(reason)}</small>' for reason in check["reasons"])
        rows.append(
            f'<tr><td class="l"><b>{name}</b></td><td data-k="outcome"><span>{mark}</span></td>'
            f'<td class="l wide"><span>{escape(check["summary"])}{reasons}</span></td></tr>'
        )
    return f'<table class="stack"><tbody>{"".join(rows)}</tbody></table>'


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """A list of names and values; pairs without a value are left out."""
    return "<dl>" + "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in pairs if v) + "</dl>"


def percent(share: float | None, none: str = "&ndash;") -> str:
    """A share with one decimal, or `none`; a hundredth of a percent where that is all there is."""
    if share is None:
        return none
    shown = f"{share * 100:.1f}"
    return ("0.0" if shown == "-0.0" else shown) + "&nbsp;%"


def megabytes(size_bytes: int) -> str:
    """A size for people."""
    return f"{size_bytes / 1e6:.2f}&nbsp;MB"
