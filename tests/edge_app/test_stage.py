from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from edge_app import stage
from edge_app.ui.shelf import BUILT_IN, Shelf

BLOCKED_OPENING = """
import importlib.abc, sys
class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "kivy", "pydantic", "pandas", "train", "export"):
            raise ImportError(name + " is blocked")
sys.meta_path.insert(0, Refuse())
from pathlib import Path
from edge_app.ui.shelf import Shelf
from edge_app.ui import words
answer = Shelf(Path("none")).open_current().predict(Path("assets/samples/phantom-1.jpg"))
best = max(answer.probabilities, key=answer.probabilities.get)
print(best, words.translator("fr")("New case"), Path(words.__file__).is_relative_to(Path.cwd()))
"""


def spec() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(stage.ROOT / "edge_app" / "buildozer.spec", encoding="utf-8")
    return parser["app"]


def test_staged_folder_answers_by_itself_without_training_packages(tmp_path: Path) -> None:
    sizes = stage.stage(tmp_path / "out")
    assert sum(sizes.values()) < 25_000_000
    done = subprocess.run(
        [sys.executable, "-P", "-c", "import sys; sys.path.insert(0, '')\n" + BLOCKED_OPENING],
        cwd=tmp_path / "out", capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    answer = Shelf(tmp_path / "none").open_current().predict(stage.ROOT / "assets" / "samples" / "phantom-1.jpg")
    assert (
        done.stdout.split("\n")[0]
        == f"{max(answer.probabilities, key=answer.probabilities.__getitem__)} Nouveau cas True"
    ), done.stderr[-500:]


def test_package_carries_what_is_staged_and_no_network(tmp_path: Path) -> None:
    app = spec()
    carried = {path.suffix.removeprefix(".") for path, name in stage.files() if "." in name}
    assert carried - {"spec"} <= set(app["source.include_exts"].split(","))
    assert app["android.permissions"] == "CAMERA"
    assert app["android.allow_backup"] == "False"
    assert app["orientation"] == "portrait"
    assert {"torch", "tensorflow", "pandas"} & set(app["requirements"].replace("==", ",").split(",")) == set()


def test_staged_code_imports_nothing_that_talks_to_a_network() -> None:
    talkers = (
        "import socket",
        "import http",
        "import urllib",
        "from urllib",
        "from http",
        "import requests",
        "asyncio",
    )
    found = [
        (name, word)
        for path, name in stage.files()
        if path.suffix == ".py"
        for word in talkers
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_kotlin_of_the_docs_reads_what_the_built_in_card_has() -> None:
    text = (stage.ROOT / "docs" / "building-for-phones.md").read_text(encoding="utf-8")
    kotlin = re.findall(r"```kotlin\n(.*?)```", text, re.DOTALL)[0]
    card = json.loads((BUILT_IN / "card.json").read_bytes())
    known = {*card, *(name for value in card.values() if isinstance(value, dict) for name in value)}
    assert set(re.findall(r'get\w+\("(\w+)"\)', kotlin)) <= known
    assert all((BUILT_IN / name).is_file() for name in re.findall(r'assets\.open\("([\w.]+)"\)', kotlin))
    assert set(re.findall(r'mapOf\("(\w+)" to logits\)', kotlin)) <= set(card["outputs"])


def test_stage_refuses_a_folder_in_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("x")
    assert stage.main([str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert stage.main([]) == 2
