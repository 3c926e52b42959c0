"""report.html: the whole evaluation on one page."""

from __future__ import annotations

from html import escape

from train.evaluate.cautions import cautions
from train.evaluate.malignant import POINT
from train.evaluate.mistakes import Pictures
from train.evaluate.page import more_sections as more
from train.evaluate.page import sections
from train.evaluate.page.parts import limits, number, percent
from train.evaluate.page.sections import Result
from train.evaluate.page.style import STYLE

DISCLAIMER = "Research use only. Not a medical device."
CONTENTS = (
    ("figures", "Figures"), ("classes", "Classes"), ("confusion", "Confusion"), ("curves", "Curves"),
    ("calibration", "Calibration"), ("malignant", "Malignant group"), ("abstention", "Abstention"),
    ("subgroups", "Subgroups"), ("unseen", "Unseen classes"), ("outliers", "No lesion"),
    ("robustness", "Spoilt photos"), ("mistakes", "Mistakes"), ("origin", "Model and data"),
)  # fmt: skip


def report_html(result: Result, pictures: Pictures) -> str:
    """The page for `result` (the content of evaluation.json) with its `pictures`."""
    title = f"{result['subject']['title']} on {result['data']['name']}"
    body = (
        sections.overall_section(result)
        + sections.class_section(result)
        + sections.confusion_section(result)
        + sections.curve_section(result)
        + sections.calibration_section(result)
        + sections.malignant_section(result)
        + sections.abstention_section(result)
        + more.subgroup_section(result)
        + more.unseen_section(result)
        + more.outlier_section(result, pictures)
        + more.robustness_section(result, pictures)
        + more.mistake_section(result, pictures)
        + more.origin_section(result)
    )
    links = "".join(f'<a href="#{name}">{words}</a>' for name, words in CONTENTS if f'id="{name}"' in body)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>"
        f"<header><h1>{escape(title)}</h1><p>{escape(subtitle(result))}</p><nav>{links}</nav></header>"
        + warnings(result) + tiles(result) + body
        + f"<footer>{DISCLAIMER}</footer></main></body></html>\n"
    )  # fmt: skip


def subtitle(result: Result) -> str:
    """Which photos, when."""
    data = result["data"]
    merged = f", classes of {result['label_map']}" if result["label_map"] else ""
    tta = ", with test-time augmentation" if result["tta"] else ""
    groups = f" of {data['groups']} lesions or patients" if data["groups"] < data["photos"] else ""
    return f"Evaluation of {data['photos']} photos{groups} ({data['spec']}{merged}{tta}), {result['made'][:10]}"


def warnings(result: Result) -> str:
    """What a reader must know before any figure."""
    said = "".join(f"<li>{escape(line)}</li>" for line in cautions(result))
    return f'<ul class="warnings">{said}</ul>' if said else ""


def tiles(result: Result) -> str:
    """The figures that people ask for first."""
    overall, calibration = result["overall"], result["calibration"]
    items = [
        ("Accuracy", percent(overall["accuracy"]["value"]), limits(overall["accuracy"], shares=True)),
        ("Balanced accuracy", percent(overall["balanced_accuracy"]["value"]),
         limits(overall["balanced_accuracy"], shares=True)),
        ("Macro AUC", number(overall["macro_auc"]["value"]), limits(overall["macro_auc"], shares=False)),
        ("MCC", number(overall["mcc"]["value"]), limits(overall["mcc"], shares=False)),
    ]  # fmt: skip
    points = {row["rule"]: row for row in (result["malignant"] or {}).get("operating_points", [])}
    point = points.get(POINT)
    if point:
        items.append(("Malignant found", percent(point["sensitivity"]["value"]),
                      f"{percent(point['specificity']['value'], 0)} specificity"))  # fmt: skip
    before, after = calibration["before"]["ece"]["value"], calibration["after"]["ece"]["value"]
    items.append(("Calibration error", number(after), f"before: {number(before)}" if result["validation"] else ""))
    if result["outliers"]:
        every = result["outliers"]["rows"][-1]["auroc_energy"]
        items.append(("No-lesion AUROC", number(every["value"]), limits(every, shares=False)))
    boxes = "".join(f'<div class="tile"><i>{k}</i><b>{v}</b><small>{more}</small></div>' for k, v, more in items)
    return f'<div class="tiles">{boxes}</div>'
