"""Decoded photos kept on disk and mapped into memory: a second run starts at once, and a set may exceed the memory.

An entry is a folder `<key>/` of .npy files, whole or not there; the key covers the photos' hashes, what is done with
them, and what decodes them, so an entry is never out of date. Nothing is removed: delete the folder when it is too big.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, features

from edge_app.runtime import colour, photo
from edge_app.runtime.errors import ConfigError

VARIABLE = "DERMEDGE_CACHE"
DEFAULT = Path("build/cache/pixels")
OFF = "off"
VERSION = 1


def folder() -> Path | None:
    """Where entries are: `DERMEDGE_CACHE`, else build/cache/pixels in the working folder; None where it says "off"."""
    named = os.environ.get(VARIABLE, "")
    return None if named == OFF else Path(named or DEFAULT)


def key_of(photos: list[str], **rule: Any) -> str:
    """Name of the entry for photos of these hashes, in this order, under `rule` (JSON values)."""
    decoders = {"pillow": Image.__version__, "libjpeg": features.version("jpg"), "ours": sources_sha256()}
    whole = {"version": VERSION, "photos": photos, "rule": rule, "decoders": decoders}
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:32]


def sources_sha256() -> str:
    """Hash of the code that turns a file into pixels."""
    sources = [Path(str(module.__file__)).read_bytes() for module in (photo, colour)]
    return hashlib.sha256(b"".join(sources)).hexdigest()


def opened(key: str, shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray] | None:
    """The arrays of an entry, mapped read-only; None where there is no entry of these shapes, or a damaged one."""
    place = folder()
    if place is None:
        return None
    try:
        arrays = {name: np.load(place / key / f"{name}.npy", mmap_mode="r") for name in shapes}
    except (OSError, ValueError, EOFError):
        return None
    return arrays if all(arrays[name].shape == shape for name, shape in shapes.items()) else None


def kept(key: str, rows: Iterable[tuple[np.ndarray, ...]], names: tuple[str, ...], count: int) -> dict[str, np.ndarray]:
    """Write `count` rows, each one array for every name, as the entry `key`, and map it.

    ConfigError where the disk does not take it: rows are written, not mapped, since a full disk kills a process that
    writes to a map.
    """
    place = folder()
    if place is None:
        raise ConfigError(f"{VARIABLE} is {OFF!r}; nothing can be kept")
    temporary = place / f".{key}.tmp-{os.getpid()}"
    try:
        temporary.mkdir(parents=True, exist_ok=True)
        write(temporary, rows, names, count)
        put(temporary, place / key)
    except OSError as error:
        raise ConfigError(
            f"decoded photos cannot be kept in {place} ({error}); free space, or name another folder or {OFF!r} in "
            f"{VARIABLE}"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return {name: np.load(place / key / f"{name}.npy", mmap_mode="r") for name in names}


def write(place: Path, rows: Iterable[tuple[np.ndarray, ...]], names: tuple[str, ...], count: int) -> None:
    """One .npy file for each name, a row after the other."""
    files = [(place / f"{name}.npy").open("wb") for name in names]
    try:
        for number, row in enumerate(rows):
            for file, value in zip(files, row, strict=True):
                if number == 0:
                    header = {"descr": value.dtype.str, "fortran_order": False, "shape": (count, *value.shape)}
                    np.lib.format.write_array_header_1_0(file, header)
                file.write(np.ascontiguousarray(value).tobytes())
    finally:
        for file in files:
            file.close()


def put(temporary: Path, entry: Path) -> None:
    """Move a finished entry to its place; another process may have been quicker, or an old one may be damaged."""
    try:
        temporary.rename(entry)
    except OSError:
        shutil.rmtree(entry, ignore_errors=True)
        temporary.rename(entry)


def gigabytes(arrays: dict[str, np.ndarray]) -> float:
    """Size of an entry in GB (1e9 bytes)."""
    return sum(array.nbytes for array in arrays.values()) / 1e9


def in_memory(rows: Iterable[tuple[np.ndarray, ...]], names: tuple[str, ...], count: int) -> dict[str, np.ndarray]:
    """The same arrays without a disk."""
    arrays: dict[str, np.ndarray] = {}
    for number, row in enumerate(rows):
        for name, value in zip(names, row, strict=True):
            if number == 0:
                arrays[name] = np.empty((count, *value.shape), value.dtype)
            arrays[name][number] = value
    return arrays
