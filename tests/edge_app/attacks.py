"""What an attacker does to a signed bundle, and spies on everything that could parse what he made of it."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from PIL import Image

from edge_app.runtime import backends, bundle, manifest
from edge_app.runtime.manifest import MANIFEST, SIGNATURE
from tests.edge_app.bundles import KEY, OTHER_KEY, contents, public, signed

FILES = signed(contents())
MEMBERS = sorted(set(FILES) - {MANIFEST, SIGNATURE})
NAMES = st.text("abcdefghij.-_", min_size=1, max_size=12).filter(lambda name: name[0] not in ".-" and name[-1] != ".")
Files = dict[str, bytes]


@st.composite
def damages(draw: st.DrawFn) -> Files:
    """A bundle's files after one change that leaves the manifest as it was signed, or breaks it."""
    kind = draw(st.sampled_from(["flip", "swap", "drop", "add", "grow", "shrink"]))
    name = draw(st.sampled_from(sorted(FILES) if kind == "flip" else MEMBERS))
    content = FILES[name]
    if kind == "flip":
        place, change = draw(st.integers(0, len(content) - 1)), draw(st.integers(1, 255))
        return {**FILES, name: content[:place] + bytes([content[place] ^ change]) + content[place + 1 :]}
    if kind == "swap":
        other = draw(st.sampled_from([member for member in MEMBERS if member != name]))
        return {**FILES, name: FILES[other], other: content}
    if kind == "drop":
        return {member: FILES[member] for member in FILES if member != name}
    if kind == "add":
        return {**FILES, draw(NAMES.filter(lambda new: new not in FILES)): draw(st.binary(max_size=20))}
    if kind == "grow":
        return {**FILES, name: content + draw(st.binary(min_size=1, max_size=50))}
    return {**FILES, name: content[: draw(st.integers(0, len(content) - 1))]}


@st.composite
def forgeries(draw: st.DrawFn) -> Files:
    """Members of the attacker's own under a manifest that lists them, and whatever signature he can come by."""
    name = draw(st.sampled_from(MEMBERS))
    files = {**{member: FILES[member] for member in MEMBERS}, name: draw(st.binary(max_size=50))}
    stated = draw(st.sampled_from([None, public(KEY), public(OTHER_KEY)]))
    listed = manifest.write(files, stated)
    signature = draw(st.sampled_from([None, FILES[SIGNATURE], OTHER_KEY.sign(listed), bytes(64), b""]))
    return {**files, MANIFEST: listed} | ({} if signature is None else {SIGNATURE: signature})


def entries(content: bytes) -> dict[str, int]:
    """Where the entry of each member begins in the directory of the zip `content`."""
    place, found = content.index(b"PK\1\2"), dict[str, int]()
    while content[place : place + 4] == b"PK\1\2":
        lengths = struct.unpack_from("<HHH", content, place + 28)
        found[content[place + 46 : place + 46 + lengths[0]].decode()] = place
        place += 46 + sum(lengths)
    return found


def packed_as(method: int, name: str, content: bytes, path: Path) -> Path:
    """The good bundle's zip, but for the member `name`, which holds `content` packed by another method."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, good in FILES.items():
            archive.writestr(member, content if member == name else good, method if member == name else None)
    return path


@contextmanager
def spied() -> Iterator[list[str]]:
    """The parsers that are called meanwhile: JSON of anything but the manifest, arrays, pictures, models."""
    seen: list[str] = []
    in_manifest: list[bool] = []

    def watch(patch: pytest.MonkeyPatch, place: object, attribute: str, name: str) -> None:
        function = getattr(place, attribute)

        def called(*args: object, **kwargs: object) -> object:
            if not in_manifest:
                seen.append(name)
            return function(*args, **kwargs)

        patch.setattr(place, attribute, called)

    def read_manifest(content: bytes) -> manifest.Manifest:
        in_manifest.append(True)
        try:
            return manifest.read(content)
        finally:
            in_manifest.pop()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "read_manifest", read_manifest)
        watch(patch, json, "loads", "json")
        watch(patch, np, "load", "arrays")
        watch(patch, Image, "open", "picture")
        watch(patch, backends, "backend_class", "model")
        yield seen
