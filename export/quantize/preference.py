"""Of the files that hold: the fastest or the smallest?"""

from __future__ import annotations

from typing import Literal

Preference = Literal["latency", "size"]
LATENCY: Preference = "latency"
SIZE: Preference = "size"
PREFERENCES: tuple[Preference, ...] = (LATENCY, SIZE)
