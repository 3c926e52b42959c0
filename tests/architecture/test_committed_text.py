"""What committed text must not hold: package-index addresses and paths of somebody's computer."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Spelled apart, so that this file passes its own test.
INDEX_ADDRESSES = re.compile(
    "|".join(["py" + r"pi\.org", "python" + "hosted", "index" + r"-url\s*=?\s*\S*/", "find" + r"-links\s*=?\s*\S*/"])
)
OUTSIDE = re.compile(r"(?<![\w.$}/])/(?:" + "|".join(["work", "home", "root", "Users", "opt"]) + r")/\w")
TEXT_SUFFIXES = {".py", ".toml", ".lock", ".md", ".json", ".txt", ".sh", ".yml", ".yaml", ".cfg", ".kv", ".html", ""}


def committed_files() -> list[Path]:
    """Files under version control or about to be; a folder without git's records has no such list."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    files = [ROOT / name for name in names if name]
    return [path for path in files if path.is_file() and path.suffix in TEXT_SUFFIXES]


@pytest.mark.parametrize("pattern", [INDEX_ADDRESSES, OUTSIDE], ids=["index addresses", "places outside"])
def test_committed_files_hold_none_when_searched(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in committed_files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


def test_patterns_find_what_they_are_for() -> None:
    assert INDEX_ADDRESSES.search("--index" + "-url https://example.org/simple")
    assert OUTSIDE.search("see /ho" + "me/somebody/file")
    assert not OUTSIDE.search("build/home/x and ../work/y")


def test_only_continuous_integration_names_the_data_folder_beside_this_one() -> None:
    named = "../sha" + "red"
    users = [
        path.relative_to(ROOT).as_posix() for path in committed_files() if named in path.read_text("utf-8", "replace")
    ]
    assert users == [".ci/run"]
