"""What stands in each box of the page: figures, classes, curves, calibration, the malignant group, abstention."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from train.evaluate.enough import CLASS_MIN, GROUPS_MIN, SIDE_MIN
from train.evaluate.page import plots
from train.evaluate.page.parts import (
    facts,
    key,
    limits,
    number,
    number_cell,
    percent,
    section,
    share_cell,
    table,
    whisker,
)  # fmt: skip

Result = Mapping[str, Any]

NAMES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy (mean recall)",
    "weighted_f1": "Weighted F1",
    "macro_f1": "Macro F1",
    "mcc": "Matthews correlation (MCC)",
    "macro_auc": "Macro AUC, one against the rest",
    "macro_average_precision": "Macro average precision",
    "ece": "Calibration error (ECE)",
    "brier": "Brier score",
    "negative_log_likelihood": "Negative log likelihood",
}
AS_SHARES = ("accuracy", "balanced_accuracy", "weighted_f1", "macro_f1")
PAIRS_SHOWN = 9
INTERVALS = (
    "95 % intervals: whole lesions or patients are drawn with replacement ({replicates} times, seed {seed}), so photos"
    " of one of them count as one piece of evidence. w: too few for resampling, Wilson's score interval on the number"
    " of lesions or patients instead. Too few: fewer than {all} lesions or patients, for means over classes fewer than"
    " {each} of one that occurs, for figures of answers fewer than {side} rightly or wrongly answered ones. At its"
    " limit: resampling gives the same again and again, and so knows nothing."
)


def overall_section(result: Result) -> str:
    """Every figure of the whole set."""
    rows = []
    for name, title in NAMES.items():
        one = result["overall"][name]
        shares = name in AS_SHARES
        value = percent(one["value"]) if shares else number(one["value"])
        plotted = whisker(one) if name != "negative_log_likelihood" else ""
        rows.append([title, f"<b>{value}</b>", limits(one, shares=shares), plotted])
    note = INTERVALS.format(**result, all=GROUPS_MIN, each=CLASS_MIN, side=SIDE_MIN)
    if result["unseen_classes"]:
        note += " Photos of classes that the model has never seen are counted apart, below."
    content = table(["", "figure", "95 % interval", "0 to 1"], rows)
    return section("figures", "Figures", note, content + turned_table(result))


def turned_table(result: Result) -> str:
    """What test-time augmentation changes."""
    rows = result["test_time_augmentation"]
    if not rows:
        return ""
    cells = [
        [escape(NAMES.get(row["figure"], row["figure"])), number(row["first"]), number(row["second"]),
         f"{row['difference']['value']:+.3f}", limits(row["difference"], shares=False), number(row["p"])]
        for row in rows
    ]  # fmt: skip
    columns = ["", "photo as it is", "eight views", "difference", "95 % interval", "p"]
    return "<h3>What averaging eight turned and mirrored views changes (temperature 1 on both sides)</h3>" + table(
        columns, cells
    )


def class_section(result: Result) -> str:
    """Every figure of each class."""
    rows = []
    for row in result["classes"]:
        known = "" if row["known"] else ' <span class="chip">never seen by the model</span>'
        name = f"<b>{escape(row['label'])}</b>{known}<small class='below'>{escape(row['name'])}</small>"
        support = f"{row['support']}<small class='below'>{row['groups']} groups</small>"
        shares = [share_cell(row[n]) for n in ("precision", "specificity")]
        rest = [number_cell(row[n]) for n in ("f1", "auc", "average_precision")]
        rows.append([name, support, share_cell(row["recall"]), whisker(row["recall"], 130), *shares, *rest])
    columns = ["", "photos", "recall", "", "precision", "specificity", "F1", "AUC", "average precision"]
    note = "Recall is the sensitivity for the class, precision the share of such answers that are right."
    return section("classes", "Classes", note, table(columns, rows))


def confusion_section(result: Result) -> str:
    """Counts of truth against answers."""
    codes = [row["label"] for row in result["classes"]]
    note = "Rows are the true classes, columns the answers; the shade is the share of the row."
    plot = f'<div class="scroll">{plots.confusion_plot(result["confusion"], codes)}</div>'
    return section("confusion", "Confusion", note, f'<div class="pair">{plot}{confused_pairs(result, codes)}</div>')


def confused_pairs(result: Result, codes: list[str]) -> str:
    """The commonest wrong answers."""
    matrix = result["confusion"]
    wrong = [(count, i, j) for i, row in enumerate(matrix) for j, count in enumerate(row) if count and i != j]
    rows = [
        [
            f"<b>{escape(codes[i])}</b> answered as <b>{escape(codes[j])}</b>",
            str(count),
            percent(count / sum(matrix[i])),
        ]
        for count, i, j in sorted(wrong, key=lambda one: (-one[0], one[1], one[2]))[:PAIRS_SHOWN]
    ]
    return "<div><h3>Commonest wrong answers</h3>" + table(["", "photos", "of the class"], rows) + "</div>"


def curve_section(result: Result) -> str:
    """ROC and precision-recall of every class."""
    rows, total = {row["label"]: row for row in result["classes"]}, result["data"]["photos"]
    frames = "".join(
        plots.class_curves(code, curves, rows[code], rows[code]["support"] / max(total, 1))
        for code, curves in result["curves"].items()
    )
    colours = key([("one", "ROC: sensitivity over 1 - specificity"), ("two", "precision over recall")])
    note = (
        "Each class against the rest, with its AUC and average precision. Dashed: what guessing gives, the"
        " diagonal for ROC and the share of the class for precision. Rare classes can have a good ROC and a poor"
        " precision at once."
    )
    return section("curves", "Curves of each class", note, colours + f'<div class="grid">{frames}</div>')


def calibration_section(result: Result) -> str:
    """Reliability before and after the temperature."""
    part, fitted = result["calibration"], result["validation"]
    told = (
        f"Temperature {part['temperature']:.3f}, fitted on {fitted['photos']} photos of {fitted['spec']}, never on"
        " those evaluated. Above the diagonal the model is too modest, below it too sure. Grey: how many photos."
        if fitted
        else f"No temperature is fitted: {result['not_chosen_since']}. Grey: how many photos."
    )
    frames = [plots.reliability_plot(part["before"], "before" if fitted else "as it is", part["bins"])]
    if fitted:
        frames.append(plots.reliability_plot(part["after"], "after temperature", part["bins"]))
    rows = [
        [NAMES[name], *(number_cell(part[side][name]) for side in ("before", "after"))]
        for name in ("ece", "negative_log_likelihood", "brier")
    ]
    figures = table(["", "before", "after"], rows) if fitted else ""
    return section("calibration", "Calibration", told, f'<div class="pair">{"".join(frames)}</div>{figures}')


def malignant_section(result: Result) -> str:
    """ROC, operating points, decision curve of the malignant group."""
    part = result["malignant"]
    if part is None:
        return section("malignant", "Malignant group", "The data lack either malignant or benign photos.", "")
    note = (
        f"Score: the summed probability of {', '.join(part['classes'])}; {part['positives']} of"
        f" {part['positives'] + part['others']} photos. Thresholds are chosen on validation photos and applied here, as"
        " a deployment would; dots show how they turned out. Net benefit (Vickers and Elkin 2006): worth acting on"
        " where the model's line is above both others."
    )
    colours = key([("one", "model, with 95 % band"), ("three", "act on every photo"), ("two", "operating points")])
    frames = f'<div class="pair">{plots.malignant_plot(part)}{plots.decision_plot(part["decision_curve"])}</div>'
    return section("malignant", "Malignant group", note, colours + frames + point_tables(part))


def point_tables(part: Mapping[str, Any]) -> str:
    """Operating points, and sensitivity on the photos' own curve."""
    rows = [
        [escape(row["rule"]), number(row["threshold"]),
         f"{percent(row['validation']['sensitivity'])}<small class='below'>{percent(row['validation']['specificity'])}"
         "</small>",
         *(share_cell(row[name]) for name in ("sensitivity", "specificity", "positive_predictive_value",
                                              "negative_predictive_value"))]
        for row in part["operating_points"]
    ]  # fmt: skip
    columns = ["rule on validation photos", "threshold", "there: sensitivity, specificity", "sensitivity",
               "specificity", "positive predictive value", "negative predictive value"]  # fmt: skip
    own = ", ".join(
        f"{percent(row['sensitivity'])} at {percent(row['specificity'], 0)}"
        for row in part["sensitivity_at_specificity"]
    )
    said = f'<p class="note">On the evaluated photos\' own curve, sensitivity at fixed specificity: {own}.</p>'
    if not rows:
        return said + f'<p class="note">No operating point is chosen: {escape(part["no_points_since"])}.</p>'
    return "<h3>Operating points</h3>" + table(columns, rows) + said


def abstention_section(result: Result) -> str:
    """Coverage against accuracy."""
    part = result["abstention"]
    names = {"probability": "best probability", "energy": "energy"}
    rows = [
        [names[row["signal"]], percent(row["asked"], 0), share_cell(row["coverage"]), share_cell(row["accuracy"])]
        for row in part["points"]
    ]
    if part["shipped"]:
        shipped = part["shipped"]
        rows.append(["<b>as shipped</b> (both limits of the card)", "", share_cell(shipped["coverage"]),
                     share_cell(shipped["accuracy"])])  # fmt: skip
    risks = [(f"Area under risk, {names[n]}", number(s["area_under_risk"])) for n, s in part["signals"].items()]
    note = (
        "The model answers the photos that it is surest of and withholds the rest. Thresholds are chosen on validation"
        " photos. A good signal rises to the left."
    )
    colours = key([("one", "by best probability"), ("two", "by energy")])
    columns = ["answers withheld by", "asked for", "answered here", "accuracy of those"]
    content = f'<div class="pair"><div>{colours}{plots.coverage_plot(part)}{facts(risks)}</div>'
    return section("abstention", "Abstention", note, content + f"{table(columns, rows) if rows else ''}</div>")
