"""Parts of a pooled gate put together, on a Mac for each choice of compute units."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from export.compute_units import Unit, worst
from export.gate.tolerances import Tolerances
from export.gating import over_folds
from tests.export.gate.invented import findings


def run(number: int) -> Any:
    """What of an export tells its fold."""
    trained = SimpleNamespace(splits={"scheme": f"fold{number}of2"}, sha256=str(number) * 64)
    return SimpleNamespace(materials=SimpleNamespace(trained=trained, tolerances=Tolerances()))


def test_each_unit_is_pooled_by_itself_and_the_worst_counts() -> None:
    good, bad = findings([40, 40, 40]), findings([40, 40, 40], noise=3.0)
    parts = [
        (run(1), good, [Unit("ALL", good), Unit("CPU_ONLY", good)]),
        (run(2), good, [Unit("ALL", good), Unit("CPU_ONLY", bad)]),
    ]
    found, units = over_folds(parts[0][0], parts)
    assert [(unit.name, unit.findings.judgement.accuracy.support) for unit in units] == [
        ("ALL", 240),
        ("CPU_ONLY", 240),
    ]
    assert units[1].findings.judgement.accuracy.lost == bad.judgement.accuracy.lost > 0
    assert [fold.number for fold in found.folds] == [1, 2]
    assert worst(found, units) is units[1].findings
