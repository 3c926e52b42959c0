"""A hierarchy of classes: a TOML file of nested tables, each with tables below it or a list of classes.

    [melanocytic]
    classes = ["mel", "nv"]
    [non_melanocytic.benign]
    classes = ["bkl", "df", "vasc"]

A class's path names every decision from the top to the class itself: ["non_melanocytic", "benign", "df"].
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edge_app.runtime.errors import ConfigError

HIERARCHIES = Path(__file__).parent / "hierarchies"
CLASSES = "classes"


def load_paths(name: str, codes: Sequence[str], spec: str) -> list[list[str]]:
    """The path of each class of `codes`, from the hierarchy of that name or the .toml file at that path.

    ConfigError, in one line, for a file that is none, a class twice, or other classes than those of the data `spec`.
    """
    path = Path(name) if name.endswith(".toml") else HIERARCHIES / f"{name}.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        known = ", ".join(sorted(p.stem for p in HIERARCHIES.glob("*.toml")))
        raise ConfigError(f"hierarchy {name!r} does not exist; allowed: {known}, or a .toml file") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"hierarchy {path} cannot be read: {error}") from error
    found = paths_of(content, (), str(path))
    by_code = {one[-1]: one for one in found}
    if len(by_code) < len(found):
        twice = sorted({one[-1] for one in found if [other[-1] for other in found].count(one[-1]) > 1})
        raise ConfigError(f"hierarchy {path}: {', '.join(twice)} stands there twice; each class has one place")
    if set(by_code) != set(codes):
        raise ConfigError(
            f"hierarchy {path} has the classes {', '.join(sorted(by_code))}; {spec} has {', '.join(sorted(codes))}: "
            "they must be the same"
        )
    return [list(by_code[code]) for code in codes]


def paths_of(table: Mapping[str, Any], above: tuple[str, ...], place: str) -> list[tuple[str, ...]]:
    """The paths of all classes below a table."""
    where = ".".join(above) or "the top"
    if CLASSES in table:
        classes = table[CLASSES]
        if len(table) > 1 or not isinstance(classes, list) or not all(isinstance(one, str) for one in classes):
            raise ConfigError(f'hierarchy {place}: {where} must hold classes = ["a", "b"] alone, or tables')
        below = [(*above, code) for code in classes]
    else:
        wrong = [key for key, value in table.items() if not isinstance(value, dict)]
        if wrong:
            raise ConfigError(f'hierarchy {place}: {where} has {wrong[0]!r}; allowed: classes = ["a", "b"], or tables')
        below = [path for key, value in table.items() for path in paths_of(value, (*above, key), place)]
    if len({path[len(above)] for path in below}) < 2:
        raise ConfigError(f"hierarchy {place}: {where} leaves nothing to decide; give it two or more below")
    return below


def decisions_of(paths: Sequence[Sequence[str]]) -> list[list[tuple[str, ...]]]:
    """The nodes of each level, level 0 first: what can be decided there, in the order met, as paths from the top."""
    depth = max(len(path) for path in paths)
    return [
        list(dict.fromkeys(tuple(path[: level + 1]) for path in paths if len(path) > level)) for level in range(depth)
    ]
