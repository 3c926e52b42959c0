"""A section of the report: a title, a sentence that says how to read it, a plot, a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Section:
    """`plot` is SVG or empty; the table has a header and lines of text, and `after` it come sentences."""

    title: str
    note: str
    plot: str = ""
    key: tuple[tuple[str, str], ...] = ()
    header: tuple[str, ...] = ()
    lines: tuple[tuple[str, ...], ...] = ()
    after: tuple[str, ...] = ()
