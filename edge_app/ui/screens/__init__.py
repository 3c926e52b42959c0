"""The screens by name, one .py and one .kv each; a class is loaded when its screen is first shown."""

from __future__ import annotations

import importlib
from typing import Any

SCREENS = {
    "consent": "ConsentPage",
    "lock": "LockPage",
    "tour": "TourPage",
    "home": "HomePage",
    "new_case": "NewCasePage",
    "capture": "CapturePage",
    "files": "FilesPage",
    "check": "CheckPage",
    "result": "ResultPage",
    "history": "HistoryPage",
    "case": "CasePage",
    "outcome": "OutcomePage",
    "models": "ModelsPage",
    "keys": "KeysPage",
    "card": "CardPage",
    "benchmark": "BenchmarkPage",
    "settings": "SettingsPage",
    "passphrase": "PassphrasePage",
    "export": "ExportPage",
    "audit": "AuditPage",
}


def screen_class(name: str) -> Any:
    """The class of a screen."""
    return getattr(importlib.import_module(f"edge_app.ui.screens.{name}"), SCREENS[name])
