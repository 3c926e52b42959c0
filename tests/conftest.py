"""Settings that hold for every test."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no failure: no test depends on how long it takes.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
