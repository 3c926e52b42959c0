from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cli import main
from benchmarks.floor import FAST_GEMM, INT8_GEMM, SGEMM
from benchmarks.latency import STAGES
from benchmarks.refused import refused_row
from benchmarks.report import plots
from benchmarks.report.collect import Group
from benchmarks.rows import write_rows
from edge_app.runtime.timing import BenchmarkRow
from tests.benchmarks.latency_rows import ROUNDS_MS, row
from tests.benchmarks.test_parity_matrix import answers
from tests.benchmarks.test_refused import outcome

STAGE_METRICS = {f"stage_{stage}_p50_ms": 5.0 for stage in STAGES}
WHOLE = {**{f"end_to_end_{name}_ms": 20.0 for name in ("p50", "p90", "p95")}, "end_to_end_runs": 6.0}


def scaled(by: float) -> tuple[float, ...]:
    return tuple(by * ms for ms in ROUNDS_MS)


def all_kinds() -> list[BenchmarkRow]:
    """One row of every origin that the report shows."""
    photos = {"photo_in_ms": [5.0, 6.0] * 3, "full_decode_ms": [20.0] * 6}
    judged = {"accuracy": 0.81, "accuracy_float": 0.82, "bundle_sha256": "ab", "gate": "pass", "gate_photos": 90,
              "gate_data": "run@test"}  # fmt: skip
    own = row(metrics={**STAGE_METRICS, **WHOLE, "full_decode_p50_ms": 20.0}, **photos, **judged)
    stock = row("peer", made_by="litert-torch", rounds_ms=scaled(2))
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


def text_of(rows: list[BenchmarkRow], folder: Path) -> str:
    """The report of these rows, in Markdown."""
    write_rows(rows, folder / "rows.jsonl")
    assert main(["report", str(folder)]) == 0
    return (folder / "report.md").read_text()


def section_of(text: str, title: str) -> list[str]:
    """The lines of the table below a heading, without its head."""
    (found,) = [part for part in text.split("\n## ") if part.startswith(title)]
    return [line for line in found.splitlines() if line.startswith("| ")][1:]


def two_runs() -> list[BenchmarkRow]:
    """A file measured with peers, then alone twice, in more rounds and later, and once at one thread."""
    photos = {"photo_in_ms": [5.0] * 6, "full_decode_ms": [20.0] * 6}
    whole = {**STAGE_METRICS, **WHOLE, "full_decode_p50_ms": 20.0}
    beside = row(rounds_ms=scaled(1.1), metrics=whole, **photos)
    alone = row(rounds_ms=ROUNDS_MS * 2, run="two", metrics=whole, **photos)
    once_more = replace(alone, created="2027-01-01T00:00:00Z", provenance={**alone.provenance, "run": "three"})
    single = row(rounds_ms=scaled(2), run="four", threads=1, metrics=whole, **photos)
    stock = row("peer", made_by="litert-torch", rounds_ms=scaled(2.2))
    return [once_more, alone, beside, stock, single]


def test_each_file_is_once_in_a_table_and_that_beside_its_peers(tmp_path: Path) -> None:
    text = text_of(two_runs(), tmp_path)
    ours, stock = section_of(text, "mobilevitv2_100 at 256 px, 2 threads")
    assert ours.startswith("| tflite fp32, ours (mobilevitv2_100) | fake 1.0 | 11.00 |")
    assert "| 0.500 (0.500 to 0.500) |" in ours and "| 1 |" in stock
    assert len(section_of(text, "mobilevitv2_100 at 256 px, 1 thread")) == 1


def test_rows_of_other_runs_stand_in_a_section_of_their_own(tmp_path: Path) -> None:
    lines = section_of(text_of(two_runs(), tmp_path), "The same files in other runs")
    assert sorted(line.split(" | ")[-1].rstrip(" |") for line in lines) == ["three", "two"]
    assert all(line.startswith("| mobilevitv2_100 256 tflite fp32, 2 thr. | 10.00 |") for line in lines)


def test_stages_and_threads_have_each_file_once(tmp_path: Path) -> None:
    text = text_of(two_runs(), tmp_path)
    titles = [line.split(" | ")[0] for line in section_of(text, "From a 12-megapixel JPEG")]
    assert titles == ["| mobilevitv2_100 256 tflite fp32, 2 thr.", "| mobilevitv2_100 256 tflite fp32, 1 thr."]
    assert section_of(text, "Threads") == ["| mobilevitv2_100 256 tflite fp32 | 20.00 | 11.00 |"]


def test_machines_are_not_mixed_in_one_table(tmp_path: Path) -> None:
    elsewhere = replace(row(rounds_ms=scaled(3)), machine={"processor": "q", "cores": 8, "system": "s"})
    text = text_of([row(), elsewhere], tmp_path)
    for where, ms in (("p, 2 cores, s", "10.00"), ("q, 8 cores, s", "30.00")):
        (line,) = section_of(text, f"mobilevitv2_100 at 256 px, 2 threads, {where}")
        assert f"| {ms} |" in line


def test_float_files_stand_beside_the_fastest_float_product_too(tmp_path: Path) -> None:
    floors = [row("floor", made_by=SGEMM, target="floor", rounds_ms=scaled(2)),
              row("floor", made_by=FAST_GEMM, target="floor", rounds_ms=scaled(0.8)),
              row("floor", made_by=INT8_GEMM, target="floor", scheme="int8", rounds_ms=scaled(0.1)),
              row("floor", made_by="of another run", target="floor", rounds_ms=scaled(0.2), run="two")]  # fmt: skip
    text = text_of([row(), row(scheme="static8"), *floors], tmp_path)
    said = [line for line in text.splitlines() if " takes " in line and line.startswith("tflite")]
    assert said == [
        "tflite fp32 takes 0.500 (0.500 to 0.500) of the sgemm floor"
        " and 1.250 (1.250 to 1.250) of the fastest float product's."
    ]
    assert said[0] in (tmp_path / "report.html").read_text().replace("&#x27;", "'")


def test_every_command_is_once_with_its_dates_commit_and_machine(tmp_path: Path) -> None:
    later = replace(row(scheme="static8"), created="2026-01-02T00:00:00Z")
    other = row(scheme="dynamic8", commit="decafbad+", command="python -m benchmarks latency --append")
    text = text_of([row(), later, replace(other, created="2026-02-01T00:00:00Z")], tmp_path)
    assert section_of(text, "Where it comes from") == [
        "| 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z | c0ffee | p, 2 cores, s | python -m benchmarks latency | 2 |",
        "| 2026-02-01T00:00:00Z | decafbad+ | p, 2 cores, s | python -m benchmarks latency --append | 1 |",
    ]
    assert "Rows come from 2 commits. All rows come from one machine. At a commit with + files differed" in text


def test_a_refused_file_is_shown_with_its_reason(tmp_path: Path) -> None:
    write_rows([row()], tmp_path / "bench" / "latency.jsonl")
    write_rows([refused_row(outcome())], tmp_path / "goals" / "refused.jsonl")
    assert main(["report", str(tmp_path / "bench"), str(tmp_path / "goals" / "refused.jsonl")]) == 0
    text = (tmp_path / "bench" / "report.md").read_text()
    (line,) = section_of(text, "Refused by the gate")
    assert line == (
        "| mobilevitv2_100 256 tflite static8 | 48.00% | 51.00% | 90 of run@test | 20.0% |"
        " recall of mel drops by 20.0% (5 lost, 1 gained of 20 photos); 2.0% is allowed |"
    )
    assert "Refused by the gate" in (tmp_path / "bench" / "report.html").read_text()


def test_a_place_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows([row()], tmp_path / "rows.jsonl")
    assert main(["report", str(tmp_path), str(tmp_path / "refused.jsonl")]) == 2
    assert "refused.jsonl holds no rows" in capsys.readouterr().err
    assert not (tmp_path / "report.html").exists()


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


def test_bare_files_have_no_network_in_their_heading() -> None:
    assert Group(arch="model", side_px=0, threads=2, where="").title == "bare files, 2 threads"
    assert Group(arch="net", side_px=64, threads=1, where="here").title == "net at 64 px, 1 thread, here"
