"""Words that refer to something refer to something that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
# Commands in the README and the guide: options that they show must exist.
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text(encoding="utf-8")))
    assert {path.name for path in folder.glob("0*.md")} - listed == set()


def test_every_option_that_the_guide_shows_exists() -> None:
    shown = set(OPTION.findall((ROOT / "docs" / "guide.md").read_text(encoding="utf-8")))
    packages = [ROOT / package for package in ("edge_app", "train", "export", "benchmarks")]
    sources = "\n".join(path.read_text(encoding="utf-8") for package in packages for path in package.rglob("*.py"))
    assert {option for option in shown if f'"{option}"' not in sources} == set()


@pytest.mark.parametrize("name", ["ham7-dev-evaluation", "ham7-dev-on-pad-ufes-20"])
def test_words_about_an_evaluation_hold_no_figure(name: str) -> None:
    page = (ROOT / "docs" / "results" / f"{name}.md").read_text(encoding="utf-8")
    words = re.sub(r"`[^`]*`", "", page.partition("## What it says\n")[2].partition("## Figures\n")[0])
    assert words and re.findall(r"(?<![\w-])[+-]?\d[\d.,]*(?: %)?", words) == []
