from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema

from benchmarks.refused import note, refused_row, worst_loss
from benchmarks.rows import read_rows
from edge_app.runtime.card import FitRule
from edge_app.runtime.schema import schema
from export.finishing import Outcome
from export.gate.verdict import Verdict
from tests.contracts.tiny_model import card


def loss(verdict: str, drop: float | None, **more: Any) -> dict[str, Any]:
    return {"verdict": verdict, "drop": drop, "lost": 5, "gained": 1, "support": 20, "tolerance": 0.02, **more}


def outcome(verdict: Verdict = Verdict.FAIL, scheme: str = "static8") -> Outcome:
    """A file that lost most, beyond what is allowed, in one class; a class of one photo lost more."""
    gate = {
        "verdict": verdict.value, "backend": "fake 1.0", "photos": {"count": 90, "data": "run@test"},
        "accuracy": {"float": 0.51, "exported": 0.48, **loss("pass", 0.03)},
        "classes": [loss("fail", 0.2, label="mel"), loss("pass", 1.0, label="df"), loss("pass", None, label="vasc")],
        "tiers": [loss("fail", 0.1, tier="urgent")],
    }  # fmt: skip
    mine = replace(card(), arch="mobilevitv2_100", scheme=scheme, fit=FitRule(side_px=256, resize_px=292))
    return Outcome(target="tflite", verdict=verdict, place=Path("p"), gate=gate, card=mine, candidates=(), signed=False)


def test_a_refused_file_is_a_row_of_the_schema_with_its_worst_loss() -> None:
    row = refused_row(outcome())
    jsonschema.validate(json.loads(row.to_json()), schema("benchmark_row"))
    assert (row.target, row.scheme) == ("tflite", "static8")
    assert row.metrics == {"accuracy": 0.48, "accuracy_float": 0.51, "gate_photos": 90.0, "worst_drop": 0.2}
    assert row.provenance["why"] == "recall of mel drops by 20.0% (5 lost, 1 gained of 20 photos); 2.0% is allowed"


def test_the_largest_drop_counts_where_no_class_failed() -> None:
    gate = {"accuracy": loss("fail", 0.05), "classes": [loss("pass", 0.3, label="df")], "tiers": []}
    assert worst_loss(gate)["name"] == "accuracy"
    gate["accuracy"]["verdict"] = "pass"
    assert worst_loss(gate)["name"] == "recall of df"


def test_a_row_stands_until_the_gate_lets_the_file_through(tmp_path: Path) -> None:
    out = tmp_path / "refused.jsonl"
    note(out, outcome(Verdict.PASS))
    assert read_rows(out) == []
    for one in (outcome(), outcome(scheme="dynamic8"), outcome()):
        note(out, one)
    assert [row.scheme for row in read_rows(out)] == ["dynamic8", "static8"]
    note(out, outcome(Verdict.INCONCLUSIVE, scheme="dynamic8"))
    assert [row.scheme for row in read_rows(out)] == ["static8"]
