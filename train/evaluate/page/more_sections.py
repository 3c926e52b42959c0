"""The other boxes: people, unseen classes, pictures without a lesion, spoilt photos, mistakes, where it comes from."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from train.evaluate.corruptions import CORRUPTIONS, STRENGTHS
from train.evaluate.enough import CLASS_MIN, GROUPS_MIN, POSITIVES_MIN
from train.evaluate.mistakes import Mistake, Pictures
from train.evaluate.page import plots
from train.evaluate.page.parts import (
    MISSING,
    facts,
    heat_cell,
    limits,
    number,
    percent,
    picture,
    section,
    share_cell,
    table,
    whisker,
)  # fmt: skip
from train.evaluate.page.sections import Result

# Strength that the examples are shown in.
SHOWN_STRENGTH = 2


def subgroup_section(result: Result) -> str:
    """One table for each division of people and photos."""
    columns = ["", "photos", "lesions or patients", "malignant", "accuracy", "", "balanced accuracy", "sensitivity",
               "specificity"]  # fmt: skip
    rows: list[list[str]] = []
    called = bool(result["malignant"] and result["malignant"]["operating_points"])
    silent = [in_a_sentence(division["title"]) for division in result["subgroups"] if not division["rows"]]
    for division in result["subgroups"]:
        if division["rows"]:
            rows.append([f'<td class="group" colspan="{len(columns)}">{escape(division["title"])}</td>'])
            rows += [subgroup_cells(row, called) for row in division["rows"]]
    note = (
        f"Too few: fewer than {GROUPS_MIN} lesions or patients, where a figure would say more about chance than about"
        f" people. Sensitivity and specificity are of the malignant call at the operating point of 90 % specificity,"
        f" where {POSITIVES_MIN} lesions or patients or more count; balanced accuracy needs {CLASS_MIN} of every class"
        " that occurs. Groups differ in their mix of classes as well; a gap is a question, not a verdict."
    )
    said = f'<p class="note">The data do not record: {escape(", ".join(silent))}.</p>' if silent else ""
    return section("subgroups", "Subgroups", note, (table(columns, rows) if rows else "") + said)


def in_a_sentence(title: str) -> str:
    """A title within a sentence; Fitzpatrick is a name."""
    return title if title.startswith("Fitzpatrick") else title[:1].lower() + title[1:]


def subgroup_cells(row: dict[str, Any], called: bool) -> list[str]:
    """One subgroup; without an operating point nothing was `called` malignant."""
    counts = [escape(row["value"]), str(row["photos"]), str(row["groups"]), str(row["malignant"])]
    if row["too_few"]:
        return [*counts, '<span class="chip">too few</span>', "", MISSING, MISSING, MISSING]
    lacking = '<span class="chip">too few</span>'
    calls = [share_cell(row[name]) if row[name] else lacking if called else MISSING
             for name in ("sensitivity", "specificity")]  # fmt: skip
    balanced = share_cell(row["balanced_accuracy"]) if row["balanced_accuracy"] else lacking
    return [*counts, share_cell(row["accuracy"]), whisker(row["accuracy"], 120), balanced, *calls]


def unseen_section(result: Result) -> str:
    """Classes that the model has no output for."""
    part = result["unseen_classes"]
    if part is None:
        return ""
    rows = [
        [f"<b>{escape(row['label'])}</b><small class='below'>{escape(row['name'])}</small>", str(row["photos"]),
         "malignant" if row["malignant"] else "benign", percent(row["answered_as_malignant"]),
         number(row["mean_probability_of_malignant"]), number(row["mean_best_probability"]),
         ", ".join(f"{escape(code)} {count}" for code, count in row["answers"].items())]
        for row in part["rows"]
    ]  # fmt: skip
    columns = ["", "photos", "is", "answered as malignant", "mean malignant score", "mean best probability", "answers"]
    note = (
        "The model has no output for these classes and so cannot be right; the figures above leave them out. Counted as"
        f" wrong, accuracy is {100 * part['accuracy_of_all']:.1f} %."
    )
    if part["auroc_energy"] is not None:
        note += f" Its energy tells them from classes that it knows with an AUROC of {part['auroc_energy']:.3f}."
    return section("unseen", "Classes that the model has never seen", note, table(columns, rows))


def outlier_section(result: Result, pictures: Pictures) -> str:
    """Pictures that show no lesion."""
    part = result["outliers"]
    if part is None:
        return ""
    rows = [
        [escape(row["kind"]), str(row["pictures"]), number(row["auroc_energy"]["value"]),
         limits(row["auroc_energy"], shares=False), whisker(row["auroc_energy"], 130),
         number(row["auroc_probability"]["value"]), percent(row["taken_for_lesions"])]
        for row in part["rows"]
    ]  # fmt: skip
    columns = ["", "pictures", "AUROC of energy", "95 % interval", "0 to 1", "of best probability", "let through"]
    note = (
        "Generated textures, documents and bare skin (and a folder, where one was named) against the evaluated photos."
        " 0.5 is guessing; below it the model finds them more familiar than lesions. Let through: pictures under the"
        f" limit that keeps {100 * part['kept']:.0f} % of the photos."
    )
    if result["shift"]:
        note += f" The evaluated photos themselves against the validation photos: {result['shift']['value']:.3f}."
    shots = "".join(
        f"<figure>{picture(image, kind)}{escape(kind)}</figure>"
        for kind, images in pictures.outliers.items() for image in images[:3]
    )  # fmt: skip
    strip = f'<div class="strip">{shots}</div>' if shots else ""
    return section("outliers", "Pictures without a lesion", note, strip + plots.energy_plot(part["energies"]) +
                   table(columns, rows))  # fmt: skip


def robustness_section(result: Result, pictures: Pictures) -> str:
    """How answers and maps move."""
    part = result["robustness"]
    if part is None:
        return ""
    rows = [corruption_cells(name, [r for r in part["rows"] if r["corruption"] == name], part) for name in CORRUPTIONS]
    columns = ["", *(f"accuracy {s}" for s in STRENGTHS), *(f"changed {s}" for s in STRENGTHS),
               *(f"map {s}" for s in STRENGTHS), "map on it: before, after"]  # fmt: skip
    note = (
        f"{part['photos']} photos, every class in turn (accuracy as they are: {100 * part['accuracy']:.1f} %), spoilt"
        " in three strengths. Changed: share of photos with another answer. Map: cosine between the maps before and"
        " after, 1 where nothing moved. Map on it: share of the map on the pixels that were drawn over, at strength 3;"
        " well above 'before' means that the model looks at the ruler or the writing."
    )
    return section("robustness", "Spoilt photos", note, spoilt_strip(pictures) + table(columns, rows))


def corruption_cells(name: str, rows: list[dict[str, Any]], part: dict[str, Any]) -> list[str]:
    """One corruption, its strengths side by side."""
    accuracies = [heat_cell(r["accuracy"], (part["accuracy"] - r["accuracy"]) / max(part["accuracy"], 1e-6),
                            percent(r["accuracy"])) for r in rows]  # fmt: skip
    changed = [heat_cell(r["changed"], r["changed"], percent(r["changed"])) for r in rows]
    maps = [
        heat_cell(r["map_similarity"], 1 - (r["map_similarity"] or 0), number(r["map_similarity"], 2)) for r in rows
    ]
    last = rows[-1]
    on = MISSING
    if last["map_on_drawn"] is not None:
        on = f"{percent(last['map_there_before'])} &rarr; {percent(last['map_on_drawn'])}"
    return [escape(name), *accuracies, *changed, *maps, on]


def spoilt_strip(pictures: Pictures) -> str:
    """One photo under every corruption."""
    if not pictures.spoilt:
        return ""
    image = pictures.spoilt[0]
    shots = [("as it is", image)]
    for which, (name, spoil) in enumerate(CORRUPTIONS.items()):
        shots.append((name, spoil(image, SHOWN_STRENGTH, np.random.default_rng([which])).image))
    figures = "".join(f"<figure>{picture(shot, name)}{escape(name)}</figure>" for name, shot in shots)
    return f'<div class="strip">{figures}</div>'


def mistake_section(result: Result, pictures: Pictures) -> str:
    """The worst mistakes beside their maps."""
    if not pictures.confident and not pictures.overlooked:
        return ""
    kind = result["subject"]["maps"]
    note = (
        f"Beside each photo, what the answer rests on ({kind}). These are photos of the evaluated data: keep this page"
        " where they may be."
    )
    parts = [
        f"<h3>{title}</h3>" + '<div class="shots">' + "".join(map(mistake_shot, shots)) + "</div>"
        for title, shots in (("Wrong and sure of it", pictures.confident),
                             ("Malignant, answered as benign, lowest scores first", pictures.overlooked)) if shots
    ]  # fmt: skip
    return section("mistakes", "Worst mistakes", note, "".join(parts))


def mistake_shot(shot: Mistake) -> str:
    """One photo and its map."""
    over = picture(shot.over, "map") if shot.over is not None else ""
    return (
        f'<figure class="shot"><div>{picture(shot.image, shot.truth)}{over}</div><figcaption>is'
        f" <b>{escape(shot.truth)}</b> ({percent(shot.of_truth)}), answered <b>{escape(shot.answer)}</b>"
        f" ({percent(shot.probability)})<small>{escape(shot.id)}</small></figcaption></figure>"
    )


def origin_section(result: Result) -> str:
    """What was evaluated, on what, by which code."""
    subject, data, validation, made_by = (result[k] for k in ("subject", "data", "validation", "provenance"))
    merged = ", ".join(f"{a} as {b}" for a, b in result["model_classes"].items() if a != b)
    pairs = [
        ("Model", f"{subject['title']}; {subject['name']}"),
        ("SHA-256", subject["sha256"]),
        ("Trained on", f"{subject['training_data']} ({subject['licence']})"),
        ("Photo", f"short side to {subject['resize_px']} px, central {subject['side_px']} px"),
        ("Evaluated on", f"{data['photos']} photos of {data['name']} ({data['spec']}; {data['licence']}),"
                         f" {data['groups']} lesions or patients, SHA-256 {data['sha256'][:16]}..."),
        ("Validation", f"{validation['photos']} photos ({validation['spec']}), SHA-256 {validation['sha256'][:16]}..."
                       if validation else "none"),
        ("Label map", f"{result['label_map']}: {merged}" if result["label_map"] else ""),
        ("Runtime", subject.get("backend", "")),
        ("Test-time augmentation", "mean probability of eight turned and mirrored views" if result["tta"] else "none"),
        ("Made", f"{result['made']}, commit {made_by['commit']}"),
        ("Command", " ".join(made_by["command"])),
        ("Versions", ", ".join(f"{name} {version}" for name, version in made_by["versions"].items())),
        ("Machine", ", ".join(f"{name} {fact}" for name, fact in made_by["machine"].items())),
    ]  # fmt: skip
    return section("origin", "Model, data and method", "What these figures are of.", facts(pairs))
