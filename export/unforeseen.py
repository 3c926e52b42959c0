"""What converters and runtimes raise that nobody foresaw: it costs a candidate or a target, not the whole export."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from edge_app.runtime.errors import DermedgeError, one_line


@contextmanager
def unforeseen_as(kind: type[DermedgeError]) -> Iterator[None]:
    """Raise an exception that is none of ours as one of `kind` that names its type; the first is its `__cause__`.

    What the system refuses (a full disk) passes, for it would hit whatever is tried next.
    """
    try:
        yield
    except (DermedgeError, OSError):
        raise
    except Exception as error:
        raise kind(told(error)) from error


def ours(error: Exception) -> DermedgeError:
    """`error`, or where it is none of ours one that tells of it and has it as `__cause__`."""
    if isinstance(error, DermedgeError):
        return error
    found = DermedgeError(told(error))
    found.__cause__ = error
    return found


def told(error: Exception) -> str:
    """An error in one line: what the system refused without its number, any other with its type."""
    if not isinstance(error, OSError):
        return one_line(": ".join(filter(None, (type(error).__name__, str(error)))))
    if error.strerror is None:
        return one_line(error)
    return one_line(f"{error.filename}: {error.strerror.lower()}" if error.filename else error.strerror.lower())
