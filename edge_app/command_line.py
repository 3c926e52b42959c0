"""Command lines whose complaints are one line like everybody's."""

from __future__ import annotations

import argparse
from typing import Any

from edge_app.runtime.errors import ConfigError


class OneLineParser(argparse.ArgumentParser):
    """argparse that raises ConfigError where it would print the usage and exit."""

    def error(self, message: str) -> Any:
        """Raise ConfigError with argparse's message and where to find help."""
        raise ConfigError(f"{message}; see {self.prog} --help")
