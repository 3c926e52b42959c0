"""The outline of a body, front and back, a polygon for each site; what lies under a point. No Kivy.

Hundredths of the figure's height: x from its middle, y from its feet. In front it faces us, so that its left is on our
right.
"""

from __future__ import annotations

import math

Point = tuple[float, float]
Outline = tuple[Point, ...]
# Limbs from joint to joint, on our right: (x, y, radius) at either end.
LIMBS = {
    "upper_arm": ((12.4, 77.4, 3.7), (15.6, 62.6, 2.8)),
    "forearm": ((16.2, 59.8, 2.7), (19.2, 47.2, 1.9)),
    "hand": ((20.0, 43.8, 2.3), (20.9, 39.0, 1.5)),
    "thigh": ((6.3, 43.2, 5.3), (5.7, 28.4, 3.7)),
    "lower_leg": ((5.6, 21.6, 3.5), (5.0, 7.6, 2.0)),
    "foot": ((5.2, 3.4, 2.0), (7.0, 1.7, 1.7)),
}
# The right half of the trunk's parts from top to bottom; the left half is its mirror.
CHEST: Outline = ((2.6, 83.4), (6.6, 82.0), (9.6, 80.4), (9.9, 74.0), (10.2, 69.6), (9.8, 66.6))
TRUNK: dict[str, dict[str, Outline]] = {
    "front": {
        "neck": ((2.5, 88.4), (2.6, 84.4)),
        "chest": CHEST,
        "abdomen": ((9.7, 65.6), (9.1, 60.6), (9.7, 56.4), (10.6, 53.6)),
        "pelvis": ((10.9, 52.6), (11.6, 49.4), (11.5, 47.6), (5.0, 46.2), (0.6, 43.6)),
    },
    "back": {
        "nape": ((2.5, 88.4), (2.6, 84.4)),
        "upper_back": CHEST,
        "lower_back": ((9.7, 65.6), (9.1, 60.6), (9.7, 57.4), (10.4, 55.6)),
        "buttocks": ((10.7, 54.6), (11.7, 50.0), (11.3, 46.0), (7.0, 43.0), (1.6, 42.8), (0.4, 44.6)),
    },
}
HEAD = {"front": "head", "back": "back_of_head"}
HEAD_X, HEAD_Y, HEAD_CENTRE_Y = 4.9, 6.1, 93.6
ROUND_STEPS = 12


def shapes(side: str) -> dict[str, Outline]:
    """Every site of the front or back with its outline, later ones lying over earlier ones."""
    found: dict[str, Outline] = {}
    right, left = ("left", "right") if side == "front" else ("right", "left")
    for name, (start, end) in LIMBS.items():
        outline = capsule(start, end)
        found[f"{right}_{name}"] = outline
        found[f"{left}_{name}"] = mirrored(outline)
    for name, half in TRUNK[side].items():
        found[name] = (*half, *mirrored(half)[::-1])
    found[HEAD[side]] = ellipse(0.0, HEAD_CENTRE_Y, HEAD_X, HEAD_Y)
    return found


def capsule(start: tuple[float, float, float], end: tuple[float, float, float]) -> Outline:
    """Two circles (x, y, radius) and what lies between them."""
    along = math.atan2(end[1] - start[1], end[0] - start[0])
    points: list[Point] = []
    for (x, y, radius), turn in ((start, math.pi / 2), (end, -math.pi / 2)):
        for step in range(ROUND_STEPS + 1):
            angle = along + turn + math.pi * step / ROUND_STEPS
            points.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    return tuple(points)


def ellipse(x: float, y: float, half_width: float, half_height: float) -> Outline:
    """Around (x, y)."""
    angles = [2 * math.pi * step / (3 * ROUND_STEPS) for step in range(3 * ROUND_STEPS)]
    return tuple((x + half_width * math.cos(a), y + half_height * math.sin(a)) for a in angles)


def mirrored(outline: Outline) -> Outline:
    """On the other side of the middle."""
    return tuple((-x, y) for x, y in outline)


def site_at(side: str, x: float, y: float, slack: float = 4.0) -> str:
    """The site at a point or the nearest one at most `slack` away; "" further off."""
    distances = {name: distance(outline, x, y) for name, outline in shapes(side).items()}
    nearest = min(distances, key=lambda name: distances[name])
    return nearest if distances[nearest] <= slack else ""


def distance(outline: Outline, x: float, y: float) -> float:
    """From a point to a polygon: negative inside."""
    edges = list(zip(outline, (*outline[1:], outline[0]), strict=True))
    inside = sum((y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1) for (x1, y1), (x2, y2) in edges)
    nearest = min(to_edge(one, other, x, y) for one, other in edges)
    return -nearest if inside % 2 else nearest


def to_edge(one: Point, other: Point, x: float, y: float) -> float:
    """From a point to a line from `one` to `other`."""
    dx, dy = other[0] - one[0], other[1] - one[1]
    length2 = dx * dx + dy * dy
    part = 0.0 if length2 == 0 else max(0.0, min(1.0, ((x - one[0]) * dx + (y - one[1]) * dy) / length2))
    return math.hypot(x - one[0] - part * dx, y - one[1] - part * dy)
