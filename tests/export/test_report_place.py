"""A working report goes where it spoils no bundle and can be written, or the export does not begin."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from edge_app.runtime.errors import ConfigError
from export.options import Options
from export.report_place import refuse_strange_reports

ONE, SEVERAL = ("tflite",), ("tflite", "onnx")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An older bundle, a link to it, a file; everything else is new."""
    (tmp_path / "old").mkdir()
    for name in ("manifest.json", "card.json", "report.html"):
        (tmp_path / "old" / name).write_text("{}")
    (tmp_path / "link").symlink_to(tmp_path / "old")
    (tmp_path / "file").write_text("precious")
    return tmp_path


def options(place: Path, targets: tuple[str, ...], report: str) -> Options:
    return Options(targets=targets, checkpoint=place / "c.ckpt", out=place / "x" / "out", report=place / report)


@pytest.mark.parametrize("targets", [ONE, SEVERAL])
@pytest.mark.parametrize("report", ["report", "deep/down/report", "x/report", "x/out-report"])
def test_new_folder_is_allowed_and_not_made_yet(place: Path, targets: tuple[str, ...], report: str) -> None:
    refuse_strange_reports(options(place, targets, report))
    assert sorted(path.name for path in place.iterdir()) == ["file", "link", "old"]


def test_older_report_is_allowed_and_left_alone(place: Path) -> None:
    (place / "report").mkdir()
    (place / "report" / "gate.json").write_text("{}")
    refuse_strange_reports(options(place, ONE, "report"))
    assert [path.name for path in (place / "report").iterdir()] == ["gate.json"]


def test_no_report_is_no_place() -> None:
    refuse_strange_reports(Options(targets=ONE, checkpoint=Path("c.ckpt"), out=Path("out")))


@pytest.mark.parametrize(
    ("targets", "report", "said"),
    [
        (ONE, "old", "would spoil the bundle"),
        (ONE, "old/report", "would spoil the bundle"),
        (ONE, "link/report", "would spoil the bundle"),
        (SEVERAL, "old", "would spoil the bundle"),
        (ONE, "x/out", "where the export puts its files"),
        (ONE, "x/out/report", "where the export puts its files"),
        (ONE, "x/../x/out", "where the export puts its files"),
        (ONE, "x", "where the export puts its files"),
        (ONE, "x/rejected", "where the export puts its files"),
        (ONE, "x/unverified/out/report", "where the export puts its files"),
        (SEVERAL, "x/out", "where the export puts its files"),
        (SEVERAL, "x/out/onnx", "where the export puts its files"),
        (SEVERAL, "x/out/rejected", "where the export puts its files"),
        (ONE, "file", r"cannot be written \(file exists\)"),
        (ONE, "file/report", r"cannot be written \(not a directory\)"),
        (SEVERAL, "file", r"cannot be written \(not a directory\)"),
        (ONE, "n" * 300, r"cannot be written \(file name too long\)"),
    ],
)
def test_strange_place_is_refused_and_untouched(place: Path, targets: tuple[str, ...], report: str, said: str) -> None:
    before = sorted(place.rglob("*"))
    with pytest.raises(ConfigError, match=said):
        refuse_strange_reports(options(place, targets, report))
    assert sorted(place.rglob("*")) == before


def test_folder_that_takes_no_file_is_refused_before_anything_is_done(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**options: object) -> SimpleNamespace:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(ConfigError, match=r"cannot be written \(read-only file system\); name a new folder"):
        refuse_strange_reports(options(place, ONE, "a/b"))
    assert sorted(path.name for path in place.iterdir()) == ["file", "link", "old"]
