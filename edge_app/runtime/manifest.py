"""manifest.json: the name, size and SHA-256 of every file of a bundle, in the bytes that are signed.

{"schema_version": 1, "signer": "<public key, 64 hex digits>", "files": [{"name", "sha256", "size_bytes"}, ...]}

`signer` may be left out. It gives no trust: it lets a phone that does not know the key name it, and tell a good
signature by a stranger from a broken one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge_app.runtime.errors import TrustError

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
MANIFEST_SCHEMA_VERSION = 1
MANIFEST_BYTES_MAX = 1_000_000
FILE_BYTES_MAX = 200_000_000
TOTAL_BYTES_MAX = 400_000_000
FILES_MAX = 200
PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+@ -]{0,99}")
HEX_64 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Entry:
    """What the manifest says of one file."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Manifest:
    """The files by name, and the public key that the signer states as its own."""

    files: dict[str, Entry]
    signer: bytes | None


def write(files: Mapping[str, bytes], signer: bytes | None) -> bytes:
    """The bytes of manifest.json for the contents in `files`; `signer` is the public key, None when unsigned."""
    rows = [
        {"name": name, "sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
        for name, content in sorted(files.items())
    ]
    stated = {} if signer is None else {"signer": signer.hex()}
    return (json.dumps({"schema_version": MANIFEST_SCHEMA_VERSION, **stated, "files": rows}, indent=1) + "\n").encode()


def read(content: bytes) -> Manifest:
    """The manifest in `content`; TrustError names what is wrong with it."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise TrustError(f"{MANIFEST} is not JSON ({error}); get the bundle again") from error
    if not isinstance(data, dict) or data.get("schema_version") != MANIFEST_SCHEMA_VERSION:
        raise TrustError(f"{MANIFEST} is not of schema_version {MANIFEST_SCHEMA_VERSION}; update the app or the bundle")
    if set(data) - {"schema_version", "signer", "files"}:
        raise TrustError(f"{MANIFEST} has unknown parts {sorted(set(data) - {'schema_version', 'signer', 'files'})}")
    return Manifest(read_files(data.get("files")), read_signer(data.get("signer")))


def read_signer(value: object) -> bytes | None:
    """The stated public key."""
    if value is None:
        return None
    if not isinstance(value, str) or not HEX_64.fullmatch(value):
        raise TrustError(f"{MANIFEST} signer is {str(value)[:80]!r}; allowed: 64 hexadecimal digits")
    return bytes.fromhex(value)


def read_files(rows: object) -> dict[str, Entry]:
    """The file table; every name once, whatever its case (some file systems know no case)."""
    if not isinstance(rows, list) or not 1 <= len(rows) <= FILES_MAX:
        raise TrustError(f"{MANIFEST} files is no list of 1 to {FILES_MAX} files")
    files: dict[str, Entry] = {}
    for row in rows:
        name, entry = read_row(row)
        if name.casefold() in {known.casefold() for known in files}:
            raise TrustError(f"{MANIFEST} names {name} twice")
        files[name] = entry
    if sum(entry.size_bytes for entry in files.values()) > TOTAL_BYTES_MAX:
        raise TrustError(f"{MANIFEST} sums up to more than {TOTAL_BYTES_MAX // 1_000_000} MB, the most allowed")
    return files


def read_row(row: Any) -> tuple[str, Entry]:
    """One file of the table."""
    if not isinstance(row, dict) or set(row) != {"name", "sha256", "size_bytes"}:
        raise TrustError(f"{MANIFEST} has an entry that is not name, sha256 and size_bytes: {str(row)[:80]}")
    name, digest, size = row["name"], row["sha256"], row["size_bytes"]
    if not isinstance(name, str) or not is_safe(name) or name.casefold() in (MANIFEST, SIGNATURE):
        raise TrustError(f"{MANIFEST} names the file {str(name)[:80]!r}, which is not allowed in a bundle")
    if not isinstance(digest, str) or not HEX_64.fullmatch(digest):
        raise TrustError(f"{MANIFEST} sha256 of {name} is {str(digest)[:80]!r}; allowed: 64 hexadecimal digits")
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= FILE_BYTES_MAX:
        raise TrustError(f"{MANIFEST} size of {name} is {str(size)[:40]}; at most {FILE_BYTES_MAX} bytes are allowed")
    return name, Entry(digest, size)


def is_safe(name: str) -> bool:
    """Whether `name` is a relative path that stays inside the folder on every system: plain parts joined by `/`."""
    parts = name.split("/")
    return len(name) <= 200 and all(PART.fullmatch(part) and not part.endswith((".", " ")) for part in parts)
