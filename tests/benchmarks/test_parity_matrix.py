from __future__ import annotations

from io import StringIO

import numpy as np
from rich.console import Console

from benchmarks.parity_matrix import compared, matrices
from benchmarks.screen import PIPED_COLUMNS
from benchmarks.tables import matrix_tables
from edge_app.runtime.timing import BenchmarkRow


def answers(backend: str, logits: list[list[float]], photos: str = "a") -> BenchmarkRow:
    return BenchmarkRow(
        benchmark="answers", model="tiny 1.0", backend=backend, target="tflite", scheme="fp32", threads=1, metrics={},
        provenance={"logits": logits, "photos_sha256": photos, "data": "phantom:1", "title": backend},
    )  # fmt: skip


def test_pairs_are_compared_on_the_photos_that_both_answered() -> None:
    mine, other = np.array([[1.0, 0.0], [0.0, 1.0], [9.0, 0.0]]), np.array([[1.0, 0.25], [2.0, 1.0]])
    assert compared(mine, other) == (2.0, 0.5)


def test_a_matrix_has_every_pair_and_a_diagonal_of_nothing() -> None:
    rows = [answers("a", [[1.0, 0.0], [0.0, 1.0]]), answers("b", [[1.0, 0.5], [0.0, 1.0]]), answers("c", [[0.0, 1.0]])]
    (found,) = matrices(rows)
    assert found.titles == ("a", "b", "c")
    assert found.difference.tolist() == [[0.0, 0.5, 1.0], [0.5, 0.0, 1.0], [1.0, 1.0, 0.0]]
    assert found.agreement.tolist() == [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    assert found.photos.tolist() == [2, 2, 1]


def test_bundles_of_other_classes_make_another_matrix() -> None:
    rows = [answers("a", [[1.0, 2.0]]), answers("b", [[1.0, 2.0, 3.0]]), answers("c", [[1.0, 2.5]])]
    assert [one.titles for one in matrices(rows)] == [("a", "c"), ("b",)]


def test_other_photos_make_another_matrix_and_failures_none() -> None:
    rows = [answers("a", [[1.0]]), answers("b", [[1.0]], photos="other"), answers("c", [])]
    assert [one.titles for one in matrices(rows)] == [("a",), ("b",)]


def test_a_matrix_of_many_is_printed_whole_in_tables_that_fit_a_line() -> None:
    (found,) = matrices([answers(f"runtime {number}", [[1.0, 0.0], [0.0, number]]) for number in range(1, 15)])
    names, first, second = matrix_tables(found)
    assert list(names.columns[1].cells)[13] == "runtime 14"
    assert [len(table.columns) for table in (first, second)] == [1 + 12, 1 + 2]
    assert list(second.columns[2].cells)[:2] == ["1.3e+01\n100%", "1.2e+01\n100%"]
    printed = StringIO()
    console = Console(width=PIPED_COLUMNS, file=printed)
    for table in (names, first, second):
        console.print(table)
    assert "…" not in printed.getvalue()
