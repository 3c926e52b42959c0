from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime import errors
from edge_app.runtime.errors import DermedgeError, one_line


@given(st.text())
def test_one_line_is_printable_and_short_when_given_any_text(text: str) -> None:
    line = one_line(text)
    assert line.isprintable() and len(line) <= 600
    assert str(DermedgeError(text)) == line


def test_one_line_joins_lines_and_drops_escape_codes() -> None:
    assert one_line("a\nb\t\x1b[31mc  d") == "a b [31mc d"


def test_every_error_belongs_to_the_one_tree_drawn_in_its_docstring() -> None:
    tree = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert all(issubclass(kind, DermedgeError) for kind in tree)
    assert errors.__doc__ is not None
    drawn = {line.split()[0]: len(line) - len(line.lstrip()) for line in errors.__doc__.splitlines() if "Error" in line}
    depths = {kind.__name__: 2 * (len(kind.__mro__) - 4) for kind in tree}
    assert drawn == depths
