"""Calling another tool: its noise kept aside, its failure as one line."""

from __future__ import annotations

import re
from collections.abc import Callable

from edge_app.runtime.errors import ConversionError
from export.targets.quiet import noise_kept_aside

# What converters raise on a network that they cannot take.
TOOL_ERRORS = (
    RuntimeError, ValueError, TypeError, NotImplementedError, AttributeError, KeyError, IndexError, AssertionError,
    ImportError,
)  # fmt: skip
# Where a package is installed says nothing about why it fails.
INSTALLED = re.compile(r"/\S*/site-packages/")


def called(name: str, work: Callable[[], None]) -> None:
    """`work()`; ConversionError with the words of the tool `name` where it fails."""
    failure = ""
    with noise_kept_aside():
        try:
            work()
        except TOOL_ERRORS as error:
            failure = f"{name} fails: {type(error).__name__}: {error}"
    if failure:
        raise ConversionError(INSTALLED.sub("", failure))
