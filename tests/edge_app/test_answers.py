from __future__ import annotations

import csv
import errno
import json
import os
from pathlib import Path

import pytest

from edge_app import answers
from edge_app.answers import Row
from edge_app.runtime.errors import ConfigError

CODES = ["mel", "nv"]
ROWS = [
    Row("a.jpg", "prediction", "mel", 0.75, "", "mel", {"mel": 0.75, "nv": 0.25}),
    Row("b,\n.jpg", "abstention", "", 0.5, "unsure", "nv", {"mel": 0.5, "nv": 0.5}),
    Row("c.jpg", "unreadable", reason="photo c.jpg is empty"),
]


def test_writer_writes_csv_with_one_probability_for_each_label(tmp_path: Path) -> None:
    answers.writer(tmp_path / "p.csv")(ROWS, CODES)
    with (tmp_path / "p.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["file", "verdict", "label", "probability", "reason", "best_label", "mel", "nv"],
            ["a.jpg", "prediction", "mel", "0.75", "", "mel", "0.75", "0.25"],
            ["b,\n.jpg", "abstention", "", "0.5", "unsure", "nv", "0.5", "0.5"],
            ["c.jpg", "unreadable", "", "", "photo c.jpg is empty", "", "", ""],
        ]


def test_writer_writes_json_lines_with_null_for_what_is_absent(tmp_path: Path) -> None:
    answers.writer(tmp_path / "p.JSONL")(ROWS, CODES)
    found = [json.loads(line) for line in (tmp_path / "p.JSONL").read_text().splitlines()]
    assert list(found[0]) == ["file", "verdict", "label", "probability", "reason", "best_label", "mel", "nv"]
    assert found[1]["label"] is None and found[1]["best_label"] == "nv" and found[1]["mel"] == 0.5
    assert found[2] == {**dict.fromkeys(found[0]), "file": "c.jpg", "verdict": "unreadable",
                        "reason": "photo c.jpg is empty"}  # fmt: skip


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0.jpg", "+1.jpg", "-1.jpg", "@SUM(A1).jpg", "\t=1.jpg", "\r=1.jpg"])
def test_write_csv_puts_an_apostrophe_before_what_a_spreadsheet_would_run(name: str, tmp_path: Path) -> None:
    answers.writer(tmp_path / "p.csv")([Row(name, "unreadable", reason="=1+1")], [])
    with (tmp_path / "p.csv").open(newline="", encoding="utf-8") as file:
        _, row = csv.reader(file)
    assert row[0] == "'" + name and row[4] == "'=1+1"


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_writer_escapes_a_file_name_that_is_not_unicode(suffix: str, tmp_path: Path) -> None:
    answers.writer(tmp_path / f"p{suffix}")([Row(os.fsdecode(b"\xff.jpg"), "unreadable")], [])
    assert "\\udcff.jpg" in (tmp_path / f"p{suffix}").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["p.txt", "p", "absent/p.csv"])
def test_writer_refuses_before_any_work_when_the_place_cannot_be_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--out"):
        answers.writer(tmp_path / name)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ConfigError, match="cannot be a file there"):
        answers.writer(tmp_path / "folder.csv")


def test_writer_keeps_the_old_file_when_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "p.csv"
    out.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(answers.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        answers.writer(out)(ROWS, CODES)
    assert [path.name for path in tmp_path.iterdir()] == ["p.csv"] and out.read_text() == "old"


def test_table_aligns_columns_and_brackets_the_best_label_of_an_abstention() -> None:
    assert answers.table(ROWS) == [
        "file     verdict     label  probability  reason",
        "a.jpg    prediction  mel    0.750",
        "b, .jpg  abstention  (nv)   0.500        unsure",
        "c.jpg    unreadable                      photo c.jpg is empty",
    ]


def test_table_keeps_the_end_of_a_long_path_and_no_escape_codes() -> None:
    line = answers.table([Row("x" * 60 + "\x1b[31m/lesion.jpg", "unreadable", reason="r" * 100)])[1]
    assert line.startswith("...x") and "[31m/lesion.jpg  unreadable" in line and "\x1b" not in line
    assert line.endswith("r" * 69 + "...")
