"""Ed25519 keys that sign bundles: a private PEM file that stays here, a public one that phones trust."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from edge_app.runtime.errors import ConfigError

PUBLIC_SUFFIX = ".pub"


def generate(path: Path) -> Path:
    """Write a new private key to `path` (PEM, readable by its owner alone) and the public key to `path`.pub.

    Returns the public file's path. ConfigError when either file exists (a key that signed bundles must not be lost),
    when their folder does not, or when it takes no file.
    """
    public = public_path(path)
    with writing_key(path):
        taken = next((file for file in (path, public) if file.exists()), None)
    if taken is not None:
        raise ConfigError(f"key file {taken} exists and is not overwritten; name another file or move it away")
    if not path.parent.is_dir():
        raise ConfigError(
            f"folder {path.parent} for the key {path.name} does not exist; make it first, or name another"
        )
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with writing_key(path):
        write_private(path, pem)
    with writing_key(public):
        public.write_text(public_bytes(key).hex() + "\n", encoding="ascii")
    return public


@contextmanager
def writing_key(path: Path) -> Iterator[None]:
    """Turn the system's refusals into one line."""
    try:
        yield
    except OSError as error:
        raise ConfigError(f"key file {path} cannot be written: {reason(error)}; name another file or folder") from error


def reason(error: OSError) -> str:
    """Why the system refused, in its words without its number."""
    return (error.strerror or type(error).__name__).lower()


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, from its first moment on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def load_private(path: Path) -> Ed25519PrivateKey:
    """The private key in the PEM file `path`; ConfigError for anything else."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ConfigError(f"signing key {path} cannot be read: {reason(error)}; make one with keygen") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"signing key {path} is no unencrypted PEM private key; make one with keygen") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"signing key {path} is a {type(key).__name__}; allowed: Ed25519, as keygen makes it")
    return key


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public key."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_path(private: Path) -> Path:
    """Where the public key of `private` stands; ConfigError for a path without a file name."""
    if not private.name or private.name == "..":
        raise ConfigError(f"key {str(private)!r} names no file; give one that is not there yet, as in keys/mine")
    return private.with_name(private.name + PUBLIC_SUFFIX)
