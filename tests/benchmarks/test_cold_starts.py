from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import cold_starts
from benchmarks.cold_starts import ColdStart, goals, metrics
from benchmarks.first_answer import peak_memory_bytes
from benchmarks.large_photo import large_photo
from edge_app.runtime.errors import BackendError
from tests.edge_app.bundles import KEY, contents, public, signed, write_folder


def start(import_s: float, open_s: float, first_answer_s: float, memory: float = 1.0) -> ColdStart:
    return ColdStart(import_s=import_s, open_s=open_s, first_answer_s=first_answer_s, peak_memory_bytes=memory)


def test_metrics_are_medians_and_the_largest_memory() -> None:
    found = metrics([start(0.1, 0.5, 0.2, 7.0), start(0.3, 0.7, 0.1, 9.0), start(0.2, 0.6, 0.9, 8.0)])
    assert found["import_s"] == 0.2
    assert found["open_s"] == 0.6
    assert found["open_and_answer_s"] == pytest.approx(0.8)
    assert found["peak_memory_bytes"] == 9.0
    assert found["cold_starts"] == 3.0


@pytest.mark.parametrize(("import_s", "open_s", "met"), [(0.29, 1.2, [True, True]), (0.3, 1.4, [False, False])])
def test_goals_are_met_only_below_their_limits(import_s: float, open_s: float, met: list[bool]) -> None:
    assert [goal.met for goal in goals(metrics([start(import_s, open_s, 0.2)]))] == met


def test_cold_start_opens_the_bundle_and_answers_in_a_fresh_process(tmp_path: Path) -> None:
    bundle = write_folder(signed(contents()), tmp_path / "bundle")
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(large_photo(width_px=400, height_px=300))
    found = cold_starts.cold_start(bundle, photo, 1, [public(KEY)])
    assert 0 < found.import_s < found.import_s + found.open_and_answer_s < cold_starts.TIMEOUT_S
    assert 20e6 < found.peak_memory_bytes < 4e9


def test_cold_start_gives_the_last_line_when_the_process_fails(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="cold start of .*nothing failed: .*BundleError"):
        cold_starts.cold_start(tmp_path / "nothing", tmp_path / "photo.jpg", 1, [public(KEY)])


def test_peak_memory_reads_the_high_water_mark_of_this_process(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmPeak:\t  999 kB\nVmHWM:\t  123 kB\n")
    assert peak_memory_bytes(status) == 123 * 1024
