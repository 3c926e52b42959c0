from __future__ import annotations

import re
from pathlib import Path

from benchmarks import machine


def test_processor_reads_name_and_flags_when_linux_lists_them(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor : 0\nmodel name\t: Fast One\nflags : sse avx2\n\nprocessor : 1\nmodel name : Other\n")
    assert machine.processor(cpuinfo) == ("Fast One", ["sse", "avx2"])


def test_processor_has_a_name_when_there_is_no_list(tmp_path: Path) -> None:
    name, flags = machine.processor(tmp_path / "missing")
    assert name
    assert flags == []


def test_machine_says_what_a_reader_needs() -> None:
    found = machine.machine()
    assert set(found) == {"processor", "instructions", "cores", "memory_gb", "system", "python"}
    assert found["cores"] >= 1
    assert set(found["instructions"]) <= set(machine.FAST_INSTRUCTIONS)


def test_commit_is_a_hash_or_unknown() -> None:
    assert re.fullmatch(r"[0-9a-f]{12}(\+changes)?|unknown", machine.commit())


def test_git_gives_nothing_when_it_fails() -> None:
    assert machine.git("no-such-command") == ""


def test_versions_holds_installed_packages_only() -> None:
    found = machine.versions()
    assert "numpy" in found
    assert set(found) <= set(machine.PACKAGES)
