from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import machine


def test_instructions_are_those_that_linux_lists(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor : 0\nflags\t: sse avx2 avx512_vnni\n\nprocessor : 1\nflags : sse\n")
    assert machine.instructions(cpuinfo) == ["avx2", "avx512_vnni"]


def test_instructions_are_none_when_there_is_no_list(tmp_path: Path) -> None:
    assert machine.instructions(tmp_path / "missing") == []


def test_machine_says_what_a_reader_needs() -> None:
    found = machine.machine()
    assert set(found) == {"processor", "instructions", "cores", "memory_gb", "system", "python"}
    assert found["cores"] >= 1
    assert set(found["instructions"]) <= set(machine.FAST_INSTRUCTIONS)


def test_provenance_names_commit_versions_and_command() -> None:
    found = machine.provenance()
    assert set(found) == {"commit", "versions", "command"}
    assert found["commit"] is None or re.fullmatch(r"[0-9a-f]{40}\+?", found["commit"])


def test_versions_holds_installed_packages_only() -> None:
    found = machine.versions()
    assert "numpy" in found
    assert set(found) <= set(machine.PACKAGES)


def test_the_command_does_not_say_where_the_folder_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["bench", "parity", "--data", f"folder:{tmp_path}/photos", "--out", "build"])
    assert machine.provenance()["command"] == "python -m benchmarks parity --data folder:photos --out build"
