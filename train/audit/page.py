"""An audit as Markdown: counts and ids, no photo and no folder of the machine it ran on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from train.data.splits import NAMES

VERDICTS = {
    "leak": "Leak: figures on these splits would be too good.",
    "refused": "Refused: training does not take these data as they are.",
    "warnings": "Warnings: usable, once somebody has read them.",
    "ok": "Nothing found.",
}


def page(result: dict[str, Any]) -> str:
    """The page of `result`, the content of audit.json."""
    merged = f" through label map {result['label_map']}" if result["label_map"] else ""
    groups = result["groups"]
    head = [
        f"# Audit of {result['name']}{merged}", "", f"    {' '.join(result['provenance']['command'])}", "",
        f"**{VERDICTS[result['verdict']]}** {result['photos']} photos, {groups['groups']} lesions or patients (the "
        f"largest with {groups['largest']} photos); splits: {result['splits_from']}.", "",
    ]  # fmt: skip
    sections = (findings, classes, subgroups, sizes, distances, copies, origin)
    return "\n".join([*head, *(line for section in sections for line in section(result))]).rstrip() + "\n"


def findings(result: dict[str, Any]) -> list[str]:
    """What was found, worst first, with examples."""
    if not result["findings"]:
        return []
    lines = ["## Findings", ""]
    for finding in result["findings"]:
        lines.append(f"- **{finding['severity']}**, {finding['name']}: {finding['what']}.")
        lines += [f"  - {example}" for example in finding["examples"]]
    return [*lines, ""]


def classes(result: dict[str, Any]) -> list[str]:
    """Photos and groups of each class, and photos in each split."""
    rows = [
        [row["code"], row["name"], row["photos"], row["groups"], *(row["splits"][name] for name in NAMES)]
        for row in result["classes"]
    ]
    return ["## Classes", "", *table(["code", "name", "photos", "lesions or patients", *NAMES], rows), ""]


def subgroups(result: dict[str, Any]) -> list[str]:
    """Photos of each skin type, sex, age band, site and way of taking the photo."""
    lines = ["## People and photos", ""]
    for part in result["subgroups"]:
        if not part["recorded"]:
            lines += [f"{part['title']}: not recorded.", ""]
            continue
        rows = [[row["value"], row["photos"], row["groups"]] for row in part["rows"]]
        lines += [*table([part["title"], "photos", "lesions or patients"], rows), ""]
    return lines


def sizes(result: dict[str, Any]) -> list[str]:
    """How large the photos are."""
    found = result["sizes"]
    if not found["photos"]:
        return []
    names = ("least", "p5", "median", "p95", "largest")
    rows = [[side.replace("_", " ").replace(" px", ""), *(found[side][name] for name in names)]
            for side in ("short_side_px", "long_side_px")]  # fmt: skip
    common = ", ".join(f"{one['width_px']} x {one['height_px']} ({one['photos']})" for one in found["commonest"])
    lines = ["## Sizes in pixels", "", *table(["", "least", "5 %", "median", "95 %", "largest"], rows), ""]
    return [*lines, f"{found['different']} different sizes; commonest: {common}.", ""]


def distances(result: dict[str, Any]) -> list[str]:
    """How close photos come to each other."""
    found = result["duplicates"]
    rows = [[f"{row['from'] + (row['from'] > 0)} to {row['to']}", row["pairs"]] for row in found["pairs_at_distance"]]
    return [
        "## How close the photos come", "",
        f"{found['pairs_compared']} pairs of {found['photos_compared']} readable photos, each in eight orientations and"
        f" trimmed, by the {found['bits']} signs of their lowest cosine coefficients. Pairs up to"
        f" {found['threshold_bits']} bits"
        f" apart are called copies: {found['pairs_found']} here, in {found['clusters']} clusters. The emptier the next"
        " row, the less the verdict hangs on that number.", "",
        *table(["bits apart", "pairs"], rows), "",
    ]  # fmt: skip


def copies(result: dict[str, Any]) -> list[str]:
    """How many spoilt copies would be found."""
    if not result["copies"]:
        return []
    rows = [
        [row["name"], f"{row['found']} of {row['photos']}", row["median_bits"], row["p95_bits"], row["largest_bits"]]
        for row in result["copies"]
    ]
    return [
        "## What would be found", "", f"Copies of {result['copies'][0]['photos']} photos, spoilt and saved again:", "",
        *table(["copy", "found", "median bits", "95 % below", "largest"], rows), "",
    ]  # fmt: skip


def origin(result: dict[str, Any]) -> list[str]:
    """Where the page comes from."""
    facts = result["provenance"]
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    return [
        "## Origin", "", f"Data SHA-256 `{result['data_sha256'][:16]}`; commit `{facts['commit']}`; {versions}; "
        f"{facts['machine']['processor']}, {result['provenance'].get('seconds', '?')} s.",
    ]  # fmt: skip


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """A Markdown table; numbers stand on the right."""
    listed = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    right = [all(row[k].replace(".", "").isdigit() for row in listed) for k in range(len(head))]
    rule = "|".join("---:" if number else "---" for number in right)
    return [f"| {' | '.join(head)} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in listed)]
