"""gate.json: the form that others read."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import numpy as np
import pytest

from edge_app.runtime.schema import schema
from export.gate.examine import Findings
from export.gate.gate_json import card_summary, gate_json
from export.quantize.candidate import Candidate
from tests.export.gate.invented import findings


def written(found: Findings) -> dict[str, Any]:
    candidates = [Candidate(scheme="static8", findings=found, why="taken"), Candidate(scheme="fp32", why="not tried")]
    content = gate_json(
        found, candidates, target="tflite", scheme="static8", chosen="static8", checked=("training", "selection")
    )
    return dict(json.loads(json.dumps(content, allow_nan=False)))


@pytest.mark.parametrize(("counts", "noise"), [([200, 200, 200], 0.0), ([200, 50, 20], 0.5), ([9, 1, 0], 0.0)])
def test_gate_json_follows_its_schema(counts: list[int], noise: float) -> None:
    jsonschema.validate(written(findings(counts, noise=noise)), schema("gate"))


def test_gate_json_holds_what_the_issue_asks_for() -> None:
    gate = written(findings([200, 200, 200], noise=0.5))
    assert {
        "schema_version", "verdict", "target", "scheme", "accuracy", "classes", "tiers", "agreement",
        "max_logit_difference", "latency_ms", "size_bytes", "candidates",
    } <= set(gate)  # fmt: skip
    assert {"float", "exported", "drop", "tolerance"} <= set(gate["accuracy"])
    row = gate["classes"][1]
    assert (row["label"], row["support"], row["tolerance"]) == ("mel", 200, 0.02)
    assert row["drop"] == pytest.approx(row["recall_float"] - row["recall_exported"], abs=1e-6)
    assert row["drop"] == pytest.approx((row["lost"] - row["gained"]) / 200, abs=1e-6)
    assert [row["tier"] for row in gate["tiers"]] == ["urgent", "soon", "routine"]
    assert gate["verdict"] == "fail"


def test_changed_photos_are_named_by_hash_only() -> None:
    found = findings([50, 50, 50], noise=0.5)
    gate = written(found)
    changed = int(np.sum(found.answers != found.reference.answers))
    assert gate["changed"]["count"] == len(gate["changed"]["photos"]) == changed > 0
    assert all(set(row) == {"photo", "label", "float", "exported"} for row in gate["changed"]["photos"])
    assert "photo-" not in json.dumps(gate)


def test_confusion_sums_to_support_before_and_after() -> None:
    gate = written(findings([30, 20, 10], noise=0.3))
    for table in gate["confusion"].values():
        assert [sum(row) for row in table] == [30, 20, 10]


def test_rates_are_null_when_a_class_has_no_photo() -> None:
    row = written(findings([9, 1, 0]))["classes"][2]
    assert (row["support"], row["recall_float"], row["drop"], row["drop_upper_95"]) == (0, None, None, 1.0)


def test_drift_is_zero_when_the_file_answers_like_the_float_model() -> None:
    for pair in written(findings([60, 60, 60]))["drift"].values():
        assert pair["float"] == pair["exported"]


def test_drift_follows_the_file_when_it_answers_otherwise() -> None:
    gate = written(findings([60, 30, 9], noise=1.5))
    drift = gate["drift"]
    for name, column in (("float", "recall_float"), ("exported", "recall_exported")):
        recalls = [row[column] for row in gate["classes"]]
        assert drift["balanced_accuracy"][name] == pytest.approx(sum(recalls) / 3, abs=1e-5)
    assert drift["macro_auc"]["exported"] < drift["macro_auc"]["float"] - 0.02
    assert drift["ece"]["exported"] != drift["ece"]["float"]


def test_card_summary_keeps_verdict_and_class_table() -> None:
    summary = card_summary(written(findings([200, 200, 200])))
    assert (summary["verdict"], len(summary["classes"]), summary["photos"]) == ("pass", 3, 600)
