"""What python-for-android and kivy-ios start."""

from __future__ import annotations

from edge_app.ui.start import run

if __name__ == "__main__":
    raise SystemExit(run())
