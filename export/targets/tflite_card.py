"""The model card inside a .tflite: `metadata.json` in a zip behind the flatbuffer, which every runtime tolerates."""

from __future__ import annotations

import zipfile
from pathlib import Path

from export.targets.whole_file import whole_file

MEMBER = "metadata.json"
# A fixed date keeps two exports of one model equal to the byte.
DATE = (1980, 1, 1, 0, 0, 0)


def embed_card(path: Path, card_json: str) -> None:
    """Append `card_json`, in place of a card that is there already."""
    model = model_bytes(path)
    with whole_file(path) as temporary:
        temporary.write_bytes(model)
        with zipfile.ZipFile(temporary, "a", zipfile.ZIP_STORED) as archive:
            archive.writestr(zipfile.ZipInfo(MEMBER, DATE), card_json)


def read_card(path: Path) -> str | None:
    """The card of `path`, or None where there is none."""
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        return archive.read(MEMBER).decode() if MEMBER in archive.namelist() else None


def model_bytes(path: Path) -> bytes:
    """The flatbuffer alone."""
    content = path.read_bytes()
    if not zipfile.is_zipfile(path):
        return content
    with zipfile.ZipFile(path) as archive:
        return content[: min(member.header_offset for member in archive.infolist())]
