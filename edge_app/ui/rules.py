"""Which .kv files the app has, and in what order they are read."""

from __future__ import annotations

import importlib
from pathlib import Path

from kivy.lang import Builder

from edge_app.ui.screens import SCREENS

HERE = Path(__file__).resolve().parent
# Each has a .py and (but for those that are drawn by hand) a .kv; a rule needs the classes that it names.
WIDGETS = ("layout", "text", "buttons", "inputs", "signs", "facts", "case_row", "visit_card", "class_row")
DRAWN = ("body_map", "aim")


def load_rules() -> None:
    """Every .kv file once, after the classes that it names."""
    for name in (*WIDGETS, *DRAWN):
        importlib.import_module(f"edge_app.ui.widgets.{name}")
    names = [f"widgets/{name}.kv" for name in WIDGETS]
    for name in (*names, "page.kv", "frame.kv", *(f"screens/{name}.kv" for name in SCREENS)):
        if str(HERE / name) not in Builder.files:
            Builder.load_file(str(HERE / name))
