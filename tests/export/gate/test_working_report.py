"""The working report shows what changed, photos only when asked for; Markdown says what gate.json says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from export.gate.examine import Findings
from export.gate.gate_json import gate_json
from export.gate.report import report_html
from export.gate.report_markdown import report_markdown
from export.gate.working_report import changed_photos, write_working_report
from export.quantize.candidate import Candidate
from tests.export.gate.invented import card, findings


def changed() -> Findings:
    found = findings([60, 60, 60], noise=0.6)
    photos = replace(found.reference.photos, images=np.zeros((180, 16, 16, 3), np.uint8))
    return replace(found, reference=replace(found.reference, photos=photos))


def gate_of(found: Findings) -> dict[str, Any]:
    candidates = [Candidate(scheme="static8", findings=found, why="a | b"), Candidate(scheme="fp32", why="not tried")]
    gate = gate_json(found, candidates, target="tflite", scheme="static8", chosen="static8", checked=())
    control = {"name": "permuted head", "verdict": "fail", "photos": 180, "accuracy_drop": 0.9,
               "accuracy_verdict": "fail", "failed_classes": ["nv", "mel"], "failed_tiers": ["urgent"]}  # fmt: skip
    halves = {"tensors": 9, "median_step_ratio": 1.02, "worst_step_ratio": 1.5, "within_10_percent": 0.9}
    return {**gate, "negative_control": [{**control, "worst_class": "mel", "worst_recall_drop": 1.0}],
            "calibration": halves}  # fmt: skip


def test_every_changed_photo_is_shown_lost_ones_first() -> None:
    found = changed()
    text = changed_photos(found)
    before, after, truth = found.reference.answers, found.answers, found.reference.photos.truth
    assert text.count("<img") == int(np.sum(before != after)) > 5
    lost = int(np.sum((before == truth) & (after != truth)))
    kinds = [part.split('"')[0] for part in text.split('figcaption class="')[1:]]
    assert kinds[:lost] == ["lost"] * lost and "lost" not in kinds[lost:]


def test_photos_are_shown_only_when_asked_for(tmp_path: Path) -> None:
    found = changed()
    for with_photos in (False, True):
        folder = tmp_path / str(with_photos)
        write_working_report(folder, gate_of(found), card(), found, with_photos=with_photos)
        assert sorted(path.name for path in folder.iterdir()) == ["gate.json", "report.html", "report.md"]
        assert ("data:image" in (folder / "report.html").read_text()) == with_photos
        assert json.loads((folder / "gate.json").read_text())["verdict"] == "fail"


def test_photos_are_said_to_set_ranges_only_where_they_do() -> None:
    gate = gate_of(changed())
    corrected = {key: value for key, value in gate.items() if key != "calibration"}
    pages = [report_html(one, card()) for one in (gate, corrected)]
    assert ["set the ranges" in page for page in pages] == [True, False]
    assert "corrected or trained with" in pages[1]


def test_markdown_has_a_row_for_every_class_candidate_and_control() -> None:
    text = report_markdown(gate_of(changed()), card())
    lines = text.splitlines()
    assert lines[0] == "# invented-3 1: static8 for tflite"
    assert [line.split("|")[1].strip() for line in lines if line.startswith("| `")] == ["`nv`", "`mel`", "`bcc`"]
    assert any(line.startswith("| **static8** |") and line.endswith("| a \\| b |") for line in lines)
    assert "| permuted head | 180 | 90.00 % | fail | accuracy, nv, mel, tier urgent |" in lines
    assert "differ by a factor of 1.020 in the median tensor, of 1.50 in the worst." in text
    tables = [line for line in lines if line.startswith("|")]
    assert all(line.replace("\\|", "").count("|") in (10, 6) for line in tables)


def test_markdown_shows_what_comes_from_outside_as_it_is() -> None:
    """The name of a folder, a licence, a reason: neither HTML nor the end of a code span or a column."""
    gate, evil = gate_of(changed()), "<script>x</script> `a` | [b](c)\n# d"
    gate["photos"]["data"] = gate["candidates"][0]["why"] = evil
    shown = replace(card(), training_data=evil, licence=evil, calibration={"count": 9, "sha256": "0", "source": evil})
    text = report_markdown(gate, shown)
    assert text.count(r"&lt;script&gt;x&lt;/script&gt; \`a\` \| \[b\](c) \# d") == 5
    assert "<" not in text and "\n# d" not in text
