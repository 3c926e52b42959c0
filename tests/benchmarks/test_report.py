from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cli import main
from benchmarks.floor import SGEMM
from benchmarks.latency import STAGES
from benchmarks.report import plots
from benchmarks.rows import write_rows
from edge_app.runtime.timing import BenchmarkRow
from tests.benchmarks.latency_rows import ROUNDS_MS, row
from tests.benchmarks.test_parity_matrix import answers

STAGE_METRICS = {f"stage_{stage}_p50_ms": 5.0 for stage in STAGES}
WHOLE = {**{f"end_to_end_{name}_ms": 20.0 for name in ("p50", "p90", "p95")}, "end_to_end_runs": 6.0}


def all_kinds() -> list[BenchmarkRow]:
    """One row of every origin that the report shows."""
    photos = {"photo_in_ms": [5.0, 6.0] * 3, "full_decode_ms": [20.0] * 6}
    judged = {"accuracy": 0.81, "accuracy_float": 0.82, "bundle_sha256": "ab", "gate": "pass", "gate_photos": 90,
              "gate_data": "run@test"}  # fmt: skip
    own = row(metrics={**STAGE_METRICS, **WHOLE, "full_decode_p50_ms": 20.0}, **photos, **judged)
    stock = row("peer", made_by="litert-torch", rounds_ms=tuple(2 * ms for ms in ROUNDS_MS))
    failed = BenchmarkRow(
        benchmark="latency", model="m", backend="none", target="tflite", scheme="fp32", threads=2, metrics={},
        provenance={"title": "onnx2tf", "failed": "a <b> it cannot"},
    )  # fmt: skip
    hot = BenchmarkRow(
        benchmark="sustained", model="m", backend="b", target="tflite", scheme="fp32", threads=2,
        metrics={"sustained_s": 3.0, "slowdown": 1.5}, provenance={"windows_ms": [1.0, 1.2, 1.5], "title": "hot"},
    )  # fmt: skip
    app = BenchmarkRow(
        benchmark="app", model="m", backend="android", target="tflite", scheme="fp16", threads=4,
        metrics={"p50_ms": 7.5}, machine={"device": "a phone"},
        provenance={"command": "benchmarks parity --data folder:/of/mine/photos@test"},
    )  # fmt: skip
    pair = [answers("one", [[1.0, 0.0]]), answers("two", [[1.0, 0.5]])]
    golden = BenchmarkRow(
        benchmark="parity", model="m 1", backend="a, arm64 (qemu)", target="tflite", scheme="static8", threads=1,
        metrics={"photos": 3.0, "golden_photos": 4.0, "max_logit_difference": 0.5, "tolerance": 0.1, "agreement": 0.75,
                 "within_tolerance": 0.0},
    )  # fmt: skip
    crashed = replace(golden, metrics={}, provenance={"failed": "ended by SIGSEGV", "title": "m 1, a, arm64 (qemu)"})
    here = [own, row(threads=1), stock, row("floor", made_by=SGEMM, target="floor"), failed, hot]
    return [*here, app, *pair, golden, crashed]


def test_the_report_has_a_section_for_every_origin(tmp_path: Path) -> None:
    write_rows(all_kinds(), tmp_path / "rows.jsonl")
    assert main(["report", str(tmp_path)]) == 0
    page, text = (tmp_path / "report.html").read_text(), (tmp_path / "report.md").read_text()
    titles = (
        "Goals: 3 of 10 met",
        "mobilevitv2_100 at 256 px, 2 threads",
        "Accuracy against latency",
        "Threads",
        "From a 12-megapixel JPEG",
        "Without a pause",
        "Phones and Macs",
        "Golden photos",
        "All against all",
        "Failed",
    )
    assert [title for title in titles if title not in page or title not in text] == []
    assert "a &lt;b&gt; it cannot" in page
    assert "| 0.500 (0.500 to 0.500) |" in text
    assert "a phone" in text
    assert "| m 1 tflite static8 | a, arm64 (qemu) | 3 of 4 | 5.00e-01 | 1.00e-01 | 75.0% | DIFFERS |" in text
    assert "| m 1 tflite static8 | a, arm64 (qemu) |  |  |  |  | FAILED |" in text
    assert "| m 1, a, arm64 (qemu) | parity | ended by SIGSEGV |" in text


def test_one_round_has_neither_interval_nor_percentiles(tmp_path: Path) -> None:
    whole = {**STAGE_METRICS, **WHOLE, "full_decode_p50_ms": 20.0, "end_to_end_runs": 1.0, "model_runs": 3.0}
    once = row(rounds_ms=(10.0,), metrics=whole, photo_in_ms=[4.2], full_decode_ms=[20.0])
    write_rows([once, row("peer", made_by="litert-torch", rounds_ms=(20.0,))], tmp_path / "rows.jsonl")
    assert main(["report", str(tmp_path)]) == 0
    page, text = (tmp_path / "report.html").read_text(), (tmp_path / "report.md").read_text()
    assert "| 20.0 |  |  | 20.0 | 0.210 (one round) |" in text
    assert "| 10.00 |  |  |  | 0.500 (one round) |" in text
    assert '<span class="chip inconclusive">too few rounds</span>' in page
    assert not re.search(r"\(\d\.\d{3} to", text)


def test_the_page_needs_nothing_beside_it(tmp_path: Path) -> None:
    write_rows(all_kinds(), tmp_path / "rows.jsonl")
    main(["report", str(tmp_path), "--out", str(tmp_path / "out")])
    page = (tmp_path / "out" / "report.html").read_text()
    assert not re.search(r"(src|href)=|https?:|url\(", page)


def test_the_page_does_not_say_where_the_photos_lay(tmp_path: Path) -> None:
    write_rows(all_kinds(), tmp_path / "rows.jsonl")
    main(["report", str(tmp_path)])
    text = (tmp_path / "report.md").read_text()
    assert "--data folder:photos@test" in text
    assert "/of/mine" not in text


def test_goals_reads_rows_and_exits_1_while_one_is_missed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(all_kinds(), tmp_path / "rows.jsonl")
    assert main(["goals", str(tmp_path)]) == 1
    assert "not measured" in capsys.readouterr().out


def test_a_bar_beyond_the_others_is_cut_and_says_so() -> None:
    lines = [plots.Bar(label=str(ms), kind="own", ms=ms, upper_ms=ms) for ms in (1.0, 2.0, 2.0, 100.0)]
    drawn = plots.bars(lines)
    assert drawn.count("(bar cut)") == 1
    assert "100.0 ms (bar cut)" in drawn


def test_the_matrix_shows_differences_below_and_agreement_above_the_diagonal() -> None:
    assert plots.cell(3e-4, 0.9, 1, 0)[0] == "3e-4"
    assert plots.cell(3e-4, 0.9, 0, 1)[0] == "90%"
    assert plots.cell(0.0, 1.0, 1, 1)[0] == ""
    shades = [plots.cell(difference, 1.0, 1, 0)[1] for difference in (0.0, 1e-5, 1e-2, 50.0)]
    assert shades == sorted(shades) and np.ptp(shades) > 0.5


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no rows"),
        (b"\xff\xfe", "UTF-8"),
        (b"\n{", "rows.jsonl, line 2"),
        (row().to_json().replace('"role"', '"rule"').encode(), "lacks role or run"),
    ],
)
def test_what_holds_no_rows_is_refused_in_one_line(
    content: bytes, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rows.jsonl").write_bytes(content)
    assert main(["report", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1
    assert not (tmp_path / "report.html").exists()
