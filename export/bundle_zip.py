"""A bundle as one file to send: a zip with its own SHA-256 beside it, the same bytes for the same bundle."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from edge_app.runtime import members
from edge_app.runtime.errors import ConfigError, TrustError
from edge_app.runtime.manifest import FILE_BYTES_MAX
from export.bundle import refuse_inside_bundle
from export.targets.whole_file import whole_file

SUFFIX, HASH_SUFFIX = ".zip", ".sha256"
# Zip files begin in 1980; a date of their own would make two packings of one bundle differ.
DATE = (1980, 1, 1, 0, 0, 0)
CHUNK_BYTES = 1 << 20
MODE = 0o644


def pack(bundle: Path, out: Path) -> str:
    """Write the folder `bundle`, which has been verified, as the zip `out` with `out`.sha256; the zip's SHA-256."""
    if out.suffix != SUFFIX:
        raise ConfigError(f"the packed bundle is to be {out.name!r}; its name has to end in {SUFFIX}")
    refuse_inside_bundle(out)
    if not bundle.is_dir():
        raise ConfigError(f"{bundle} is no bundle folder; name the folder that an export wrote")
    with members.opened(bundle) as source, whole_file(out) as temporary:
        write_zip(source, temporary)
    digest = sha256_of(out)
    with whole_file(hash_file(out)) as temporary:
        temporary.write_text(f"{digest}  {out.name}\n", encoding="ascii")
    return digest


def write_zip(source: members.Members, out: Path) -> None:
    """The members in the order of their names."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(source.names):
            info = zipfile.ZipInfo(name, DATE)
            info.external_attr, info.compress_type = MODE << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, source.read(name, FILE_BYTES_MAX))


def checked_zip(path: Path) -> str | None:
    """SHA-256 of the zip at `path`; None for a folder. TrustError when it is not the one in the file beside it."""
    if path.is_dir() or not path.exists():
        return None
    digest, beside = sha256_of(path), hash_file(path)
    if beside.is_file():
        words = beside.read_text(encoding="ascii", errors="replace").split()
        if not words or words[0].lower() != digest:
            raise TrustError(f"{path} is not the file that {beside.name} names (SHA-256 differs); get both again")
    return digest


def hash_file(path: Path) -> Path:
    """Where the SHA-256 of a zip stands, in the form of sha256sum."""
    return path.with_name(path.name + HASH_SUFFIX)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
