"""summary.md: the figures of an evaluation as Markdown tables, for a pull request or a page of results. No photo."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from train.evaluate.cautions import cautions
from train.evaluate.page.sections import AS_SHARES, NAMES, Result

SUBGROUP_FIGURES = ("accuracy", "balanced_accuracy", "sensitivity", "specificity")


def summary_markdown(result: Result) -> str:
    """The page for `result`, the content of evaluation.json."""
    data, subject = result["data"], result["subject"]
    merged = f", classes of `{result['label_map']}`" if result["label_map"] else ""
    head = [
        f"# {subject['title']} on {data['name']}", "",
        f"    {' '.join(result['provenance']['command'])}", "",
        f"{data['photos']} photos of {data['groups']} lesions or patients (`{data['spec']}`{merged}). Square brackets"
        " hold 95 % intervals; `w` marks Wilson's, where there are too few lesions to resample.", "",
        *(f"- {line}" for line in cautions(result)), *([""] if cautions(result) else []),
    ]  # fmt: skip
    parts = (
        figures,
        classes,
        confusion,
        malignant,
        calibration,
        abstention,
        subgroups,
        unseen,
        outliers,
        spoilt,
        origin,
    )
    return "\n".join([*head, *(line for part in parts for line in part(result))]) + "\n"


def figures(result: Result) -> list[str]:
    """Every figure of the whole set."""
    rows = []
    for name, title in NAMES.items():
        one = result["overall"][name]
        rows.append((title, *((share if name in AS_SHARES else plain)(one))))
    lines = table(("", "figure", "95 % interval"), rows)
    turned = result["test_time_augmentation"]
    if turned:
        lines += ["Averaging eight turned and mirrored views (temperature 1 on both sides):", ""]
        lines += table(("", "as it is", "eight views", "difference", "95 % interval", "p"), map(turned_row, turned))
    return lines


def turned_row(row: dict[str, Any]) -> tuple[str, ...]:
    """One figure with and without test-time augmentation."""
    title = NAMES.get(row["figure"], row["figure"])
    change = f"{row['difference']['value']:+.3f}"
    p = "" if row["p"] is None else f"{row['p']:.3f}"
    return title, f"{row['first']:.3f}", f"{row['second']:.3f}", change, plain(row["difference"])[1], p


def classes(result: Result) -> list[str]:
    """Every figure of each class."""
    rows = [
        (f"`{row['label']}`" + ("" if row["known"] else " (never seen)"), str(row["support"]),
         joined(share(row["recall"])), joined(share(row["precision"])), joined(share(row["specificity"])),
         plain(row["auc"])[0], plain(row["average_precision"])[0])
        for row in result["classes"]
    ]  # fmt: skip
    return table(("class", "photos", "recall", "precision", "specificity", "AUC", "average precision"), rows)


def confusion(result: Result) -> list[str]:
    """Counts of truth against answers."""
    codes = [row["label"] for row in result["classes"]]
    rows = [(f"`{code}`", *map(str, row)) for code, row in zip(codes, result["confusion"], strict=True)]
    return ["Rows are the truth, columns the answers:", "", *table(("", *(f"`{code}`" for code in codes)), rows)]


def malignant(result: Result) -> list[str]:
    """Operating points of the malignant group."""
    part = result["malignant"]
    if part is None:
        return []
    said = (
        f"Malignant group ({', '.join(part['classes'])}): {part['positives']} of {part['positives'] + part['others']}"
        f" photos, AUC {joined(plain(part['auc']))}. Thresholds chosen on validation photos, applied here:"
    )
    rows = [
        (row["rule"], "" if row["threshold"] is None else f"{row['threshold']:.3f}", joined(share(row["sensitivity"])),
         joined(share(row["specificity"])), joined(share(row["positive_predictive_value"])),
         joined(share(row["negative_predictive_value"])))
        for row in part["operating_points"]
    ]  # fmt: skip
    columns = ("rule", "threshold", "sensitivity", "specificity", "positive predictive value",
               "negative predictive value")  # fmt: skip
    if not rows:
        return [f"No operating points: {part['no_points_since']}.", ""]
    return [said, "", *table(columns, rows)]


def calibration(result: Result) -> list[str]:
    """Before and after the temperature."""
    part = result["calibration"]
    if result["validation"] is None:
        return []
    rows = [(NAMES[name], joined(plain(part["before"][name])), joined(plain(part["after"][name])))
            for name in ("ece", "negative_log_likelihood", "brier")]  # fmt: skip
    said = f"Temperature {part['temperature']:.3f}, fitted on `{result['validation']['spec']}`:"
    return [said, "", *table(("", "before", "after"), rows)]


def abstention(result: Result) -> list[str]:
    """What withholding answers buys."""
    rows = [
        (row["signal"], f"{100 * row['asked']:.0f} %", joined(share(row["coverage"])), joined(share(row["accuracy"])))
        for row in result["abstention"]["points"]
    ]
    columns = ("withheld by", "asked for", "answered here", "accuracy of those")
    return ["Abstention, thresholds chosen on validation photos:", "", *table(columns, rows)] if rows else []


def subgroups(result: Result) -> list[str]:
    """Every subgroup that the data record."""
    rows: list[Sequence[str]] = []
    called = bool(result["malignant"] and result["malignant"]["operating_points"])
    for division in result["subgroups"]:
        for row in division["rows"]:
            figures = [
                joined(share(row[name])) if row[name] else lacking(row, name, called) for name in SUBGROUP_FIGURES
            ]
            rows.append((f"{division['title']}: {row['value']}", str(row["photos"]), str(row["malignant"]), *figures))
    columns = ("subgroup", "photos", "malignant", "accuracy", "balanced accuracy", "sensitivity", "specificity")
    said = "Subgroups; sensitivity and specificity of the malignant call at the operating point of 90 % specificity:"
    return [said, "", *table(columns, rows)] if rows else []


def lacking(row: dict[str, Any], name: str, called: bool) -> str:
    """Why a subgroup has no such figure."""
    return "too few" if called or row["too_few"] or name == "balanced_accuracy" else ""


def unseen(result: Result) -> list[str]:
    """Classes that the model has no output for."""
    part = result["unseen_classes"]
    if part is None:
        return []
    rows = [
        (f"`{row['label']}`", str(row["photos"]), f"{100 * row['answered_as_malignant']:.1f} %",
         ", ".join(f"{code} {count}" for code, count in row["answers"].items()))
        for row in part["rows"]
    ]  # fmt: skip
    accuracy = f"{100 * part['accuracy_of_all']:.1f} %"
    said = f"Classes that the model has never seen, left out above; counted as wrong, accuracy is {accuracy}:"
    return [said, "", *table(("class", "photos", "answered as malignant", "answers"), rows)]


def outliers(result: Result) -> list[str]:
    """Pictures without a lesion."""
    part = result["outliers"]
    if part is None:
        return []
    rows = [(row["kind"], str(row["pictures"]), joined(plain(row["auroc_energy"])),
             joined(plain(row["auroc_probability"])), f"{100 * row['taken_for_lesions']:.1f} %")
            for row in part["rows"]]  # fmt: skip
    columns = ("pictures without a lesion", "count", "AUROC of energy", "of best probability", "let through at 95 %")
    shift = result["shift"]
    said = (
        f"The evaluated photos against the validation photos, AUROC of energy: {joined(plain(shift))}." if shift else ""
    )
    return [*table(columns, rows), said, ""]


def spoilt(result: Result) -> list[str]:
    """How answers and maps move."""
    part = result["robustness"]
    if part is None:
        return []
    rows = [
        (row["corruption"], str(row["strength"]), f"{100 * row['accuracy']:.1f} %", f"{100 * row['changed']:.1f} %",
         f"{row['probability_moved']:.3f}", "" if row["map_similarity"] is None else f"{row['map_similarity']:.2f}",
         on_drawn(row))
        for row in part["rows"]
    ]  # fmt: skip
    said = (
        f"{part['photos']} photos, every class in turn, spoilt; accuracy as they are {100 * part['accuracy']:.1f} %."
        " Map: cosine between the maps; on it: share of the map on what was drawn, before and after."
    )
    columns = ("spoilt by", "strength", "accuracy", "answer changed", "probability moved", "map", "map on it")
    return [said, "", *table(columns, rows)]


def on_drawn(row: dict[str, Any]) -> str:
    """Share of the map on what was drawn over, before and after."""
    before, after = row["map_there_before"], row["map_on_drawn"]
    return "" if after is None or before is None else f"{100 * before:.1f} -> {100 * after:.1f} %"


def origin(result: Result) -> list[str]:
    """Where the figures come from."""
    subject, data, made_by = result["subject"], result["data"], result["provenance"]
    lines = {
        "model": f"{subject['name']}, SHA-256 {subject['sha256']}",
        "trained on": f"{subject['training_data']} ({subject['licence']})",
        "data": f"{data['name']} ({data['licence']}), SHA-256 of photos and classes {data['sha256']}",
        "made": result["made"],
        "commit": made_by["commit"],
        "seed": f"{result['seed']}, {result['replicates']} replicates",
        "machine": " ".join(f"{name} {fact}" for name, fact in made_by["machine"].items()),
        "versions": " ".join(f"{name} {version}" for name, version in made_by["versions"].items()),
    }
    return [f"- {name}: {fact}" for name, fact in lines.items()]


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table, figures to the right, and the blank line after it."""
    head = [f"| {' | '.join(columns)} |", "|---|" + "---:|" * (len(columns) - 1)]
    return [*head, *(f"| {' | '.join(row)} |" for row in rows), ""]


def share(one: dict[str, Any]) -> tuple[str, str]:
    """A share and its limits."""
    if one["value"] is None:
        return "", ""
    if one["low"] is None:
        return f"{100 * one['value']:.1f} %", one["method"]
    mark = " w" if one["method"] == "wilson" else ""
    return f"{100 * one['value']:.1f} %", f"[{100 * one['low']:.1f}, {100 * one['high']:.1f}]{mark}"


def plain(one: dict[str, Any]) -> tuple[str, str]:
    """A figure that is no share and its limits."""
    if one["value"] is None:
        return "", ""
    limits = one["method"] if one["low"] is None else f"[{one['low']:.3f}, {one['high']:.3f}]"
    return f"{one['value']:.3f}", limits


def joined(pair: tuple[str, str]) -> str:
    """A figure and its limits in one cell."""
    return " ".join(part for part in pair if part)
