"""Lay out exactly what a phone's package carries of ours: code, one bundle, fonts, words, drawings; and say its size.

`python -m edge_app.stage OUT` writes OUT/main.py, OUT/edge_app and OUT/assets, where buildozer or kivy-ios finds them.
Python itself, Kivy, LiteRT and OpenSSL come on top.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from edge_app.runtime.errors import ConfigError, DermedgeError
from edge_app.ui.shelf import BUILT_IN, BUILT_IN_KEY

ROOT = Path(__file__).resolve().parents[1]
BYTES_MAX = 25_000_000
# What a phone never runs: the command line's table, other runtimes, this file.
LEFT_OUT = ("edge_app/__main__.py", "edge_app/predict.py", "edge_app/stage.py", "edge_app/runtime/backends/onnx.py",
            "edge_app/runtime/backends/coreml.py", "edge_app/platform/desktop.py")  # fmt: skip
CODE_SUFFIXES = (".py", ".kv", ".po", ".json")
ASSETS = ("assets/fonts", "assets/samples", "assets/icons", BUILT_IN.relative_to(ROOT).as_posix())


def files() -> Iterator[tuple[Path, str]]:
    """(file, its name in the package) of everything that is carried."""
    for path in sorted((ROOT / "edge_app").rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        if path.is_file() and path.suffix in CODE_SUFFIXES and name not in LEFT_OUT:
            yield path, "main.py" if name == "edge_app/main.py" else name
    for folder in ASSETS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix != ".md":
                yield path, path.relative_to(ROOT).as_posix()
    yield BUILT_IN_KEY, BUILT_IN_KEY.relative_to(ROOT).as_posix()
    yield ROOT / "edge_app" / "buildozer.spec", "buildozer.spec"


def stage(out: Path) -> dict[str, int]:
    """Copy everything below `out`, which must be new or empty; bytes by top folder."""
    if out.exists() and any(out.iterdir()):
        raise ConfigError(f"{out} is not empty; name a new folder")
    sizes: dict[str, int] = {}
    for path, name in files():
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        top = "/".join(name.split("/")[:2])
        sizes[top] = sizes.get(top, 0) + path.stat().st_size
    total = sum(sizes.values())
    if total > BYTES_MAX:
        raise ConfigError(f"{out} holds {total} bytes; at most {BYTES_MAX} are allowed: take a smaller bundle")
    return sizes


def main(argv: list[str] | None = None) -> int:
    """Stage and print the sizes."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        if len(arguments) != 1:
            raise ConfigError("name one folder: python -m edge_app.stage OUT")
        sizes = stage(Path(arguments[0]))
    except DermedgeError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    lines = [f"{size / 1e6:7.2f} MB  {name}" for name, size in sorted(sizes.items())]
    sys.stdout.write("\n".join([*lines, f"{sum(sizes.values()) / 1e6:7.2f} MB  in all\n"]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
