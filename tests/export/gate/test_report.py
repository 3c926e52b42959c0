"""report.html stands alone and says what gate.json says."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from edge_app.runtime.labels import Label, RiskTier
from export.gate.gate_json import gate_json
from export.gate.report import report_html
from export.gate.tolerances import Tolerances
from export.quantize.candidate import Candidate
from tests.export.gate.invented import LABELS, card, findings

VOID = {"meta", "br", "path", "circle", "rect"}


class Balance(HTMLParser):
    """Refuses tags that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def page(
    noise: float,
    counts: tuple[int, ...] = (200, 150, 40),
    labels: tuple[Label, ...] = LABELS,
    tolerances: Tolerances | None = None,
) -> str:
    found = findings(counts, noise=noise, labels=labels, tolerances=tolerances)
    candidates = [
        Candidate(scheme="static8", findings=found, why="taken: the smallest"),
        Candidate(scheme="dynamic8", findings=findings(counts, labels=labels), why="does as well"),
        Candidate(scheme="fp32", why="not tried: <static8> is smaller"),
    ]
    gate = gate_json(found, candidates, target="tflite", scheme="static8", chosen="static8", checked=("training",))
    for row in gate["candidates"]:
        row["size_bytes"] = 1_000_000
    gate["negative_control"] = []
    gate["checks"] = [
        {"name": "ranks", "outcome": "ok", "summary": "<4 axes>", "reasons": ["a"], "heuristic": True},
    ]
    return report_html(gate, card(labels))


@pytest.mark.parametrize(("noise", "verdict"), [(0.0, "Inconclusive"), (0.8, "Fail")])
def test_report_is_balanced_html_that_names_its_verdict(noise: float, verdict: str) -> None:
    text = page(noise)
    parser = Balance()
    parser.feed(text)
    assert parser.open == []
    assert f"<b>{verdict}</b>" in text


def test_report_passes_when_photos_suffice() -> None:
    assert "<b>Pass</b>" in page(0.0, (200, 200, 200))


def test_report_needs_nothing_beside_it_and_shows_no_photo() -> None:
    text = page(0.3)
    assert not re.search(r"(?:src|href)\s*=|@import|url\(|https?://|<img|<script|<link|data:image", text)


def test_report_escapes_what_comes_from_outside() -> None:
    label = Label("x<b>", "<script>alert(1)</script>", RiskTier.SOON)
    # The card refuses such a code; the report must not rely on it.
    object.__setattr__(label, "code", "evil")
    text = page(0.0, labels=(LABELS[0], LABELS[1], label))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "&lt;static8&gt;" in text


def test_report_says_how_many_photos_are_missing() -> None:
    text = page(0.0, (200, 160, 55))
    assert "100 more of bcc" in text


def test_report_marks_what_is_allowed_where_all_classes_are_allowed_the_same() -> None:
    same, apart = page(0.3), page(0.3, tolerances=Tolerances(classes={"mel": 0.005, "nv": 0.5}))
    assert ">allowed</text>" in same and "tolerances of their own" not in same
    assert ">allowed</text>" not in apart and "tolerances of their own, so no line marks what is allowed" in apart


def test_report_draws_every_class_and_both_confusions() -> None:
    text = page(0.0)
    assert text.count('<td class="plot">') == 3 + 3 + 1
    assert "Before: float model" in text and "After: shipped file" in text
