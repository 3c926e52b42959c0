"""Whose signature makes a model bundle acceptable: keys pinned here, keys the user accepted, keys named by hand."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from edge_app.runtime.errors import TrustError

KEY_BYTES = 32
SIGNATURE_BYTES = 64
KEY_FILE_BYTES_MAX = 100_000
USER_LIST = "DERMEDGE_TRUSTED_KEYS"
# Ed25519 public keys of the project's own bundles; none is published yet.
PINNED_KEYS: tuple[bytes, ...] = ()


def trusted_keys(extra_files: Iterable[Path] = ()) -> tuple[bytes, ...]:
    """Pinned keys, then those of the list that $DERMEDGE_TRUSTED_KEYS names, then one of each of `extra_files`."""
    named = os.environ.get(USER_LIST, "")
    listed = load_key_list(Path(named)) if named else ()
    return (*PINNED_KEYS, *listed, *keys_of(extra_files))


def keys_of(files: Iterable[Path]) -> tuple[bytes, ...]:
    """The public key in each of `files`."""
    return tuple(load_public_key(Path(path)) for path in files)


def load_public_key(path: Path) -> bytes:
    """The Ed25519 public key in `path`: 64 hexadecimal digits, or the 32 bytes themselves."""
    content = read_key_file(path)
    if len(content) == KEY_BYTES:
        return content
    return parse_key(content.decode("latin-1"), f"key file {path}")


def load_key_list(path: Path) -> tuple[bytes, ...]:
    """The keys in `path`, one of 64 hexadecimal digits a line; `#` begins a comment."""
    lines = [line.split("#")[0].strip() for line in read_key_file(path).decode("latin-1").splitlines()]
    return tuple(parse_key(line, f"line {number} of {path}") for number, line in enumerate(lines, 1) if line)


def fingerprint(key: bytes) -> str:
    """What people compare: the first 16 hexadecimal digits of the key's SHA-256."""
    return hashlib.sha256(key).hexdigest()[:16]


def is_signed_by(key: bytes, content: bytes, signature: bytes) -> bool:
    """Whether `signature` is the Ed25519 signature (RFC 8032) of `content` by the public `key`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def parse_key(text: str, place: str) -> bytes:
    """32 bytes from 64 hexadecimal digits."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise TrustError(f"{place} holds no Ed25519 public key; allowed: 64 hexadecimal digits")
    return key


def read_key_file(path: Path) -> bytes:
    """The bytes of a key file."""
    try:
        with path.open("rb") as file:
            return file.read(KEY_FILE_BYTES_MAX)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise TrustError(f"key file {path} cannot be read ({reason}); check --trusted-key and ${USER_LIST}") from error
