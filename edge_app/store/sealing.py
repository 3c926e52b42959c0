"""AES-256-GCM (NIST SP 800-38D) over one record or photo at a time, bound to its place in the store."""

from __future__ import annotations

import os

from edge_app.runtime.errors import StoreError

KEY_BYTES = 32
NONCE_BYTES = 12


def associated(table: str, kind: str, schema: int, record_id: str) -> bytes:
    """What a sealed record is bound to, so that no row can be passed off as another or as one of another schema."""
    return f"dermedge/{table}/{kind}/{schema}/{record_id}".encode()


def seal(key: bytes, plain: bytes, place: bytes) -> bytes:
    """A random nonce of 12 bytes, then the ciphertext of `plain` and its tag; `place` is authenticated with it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, place)


def unseal(key: bytes, sealed: bytes, place: bytes) -> bytes:
    """What `seal` was given; StoreError when key, bytes or place are not those."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
    except (InvalidTag, ValueError) as error:
        raise StoreError(
            f"the record {place.decode('utf-8', 'replace')} was changed or damaged; restore the last backup"
        ) from error
