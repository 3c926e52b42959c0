"""What went wrong, in the user's language: a sentence for each kind of error, then the exact message as it came.

The messages themselves are English, for they also stand on command lines and in reports.
"""

from __future__ import annotations

from collections.abc import Callable

from edge_app.runtime.errors import BundleError, PassphraseError, PhotoError, StoreError, TrustError, one_line
from edge_app.ui.words import mark

# The first that fits is taken.
SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (PhotoError, mark("This photo cannot be used.")),
    (PassphraseError, mark("This passphrase cannot be used.")),
    (StoreError, mark("The history could not be read or written. Nothing was changed.")),
    (TrustError, mark("This bundle is not trusted and was not read.")),
    (BundleError, mark("This bundle cannot be used.")),
    (MemoryError, mark("There is not enough memory.")),
    (OSError, mark("A file could not be read or written.")),
    (Exception, mark("That did not work.")),
)


def told(error: Exception, tr: Callable[[str], str]) -> str:
    """The message alone in English, else a translated sentence above it."""
    message = one_line(error) or type(error).__name__
    english = next(sentence for kind, sentence in SENTENCES if isinstance(error, kind))
    sentence = tr(english)
    return message if sentence == english else f"{sentence}\n{message}"
