"""Where a store's key is kept: under a passphrase on a desktop, in the platform's keystore on a phone.

The key that seals records is random. A vault only wraps it, so that a passphrase can change without sealing every
record again, and a backup can be wrapped by a passphrase of its own.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from typing import Any, Protocol

from edge_app.runtime.errors import PassphraseError, StoreError
from edge_app.store import sealing

PASSPHRASE_CHARACTERS = (8, 1000)
SALT_BYTES = 16
# RFC 7914: memory is 128 * N * r bytes, 32 MiB here.
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**15, 8, 1
SCRYPT_N_MAX = 2**20
PLACE = b"dermedge/data key/1"


class Vault(Protocol):
    """Wraps and unwraps a store's key; what `wrap` returns is JSON and no secret."""

    def wrap(self, key: bytes) -> dict[str, Any]:
        """What must be stored to get `key` back."""
        ...

    def unwrap(self, wrapped: Mapping[str, Any]) -> bytes:
        """The key; PassphraseError when this vault does not open it."""
        ...


class PassphraseVault:
    """scrypt (RFC 7914) makes the wrapping key of a passphrase. A forgotten passphrase means that the data is gone."""

    kind = "scrypt"

    def __init__(self, passphrase: str) -> None:
        low, high = PASSPHRASE_CHARACTERS
        if not low <= len(passphrase) <= high:
            raise PassphraseError(f"the passphrase has {len(passphrase)} characters; allowed: {low} to {high}")
        # Keyboards spell one accented letter in more than one way.
        self._secret = unicodedata.normalize("NFKC", passphrase).encode()

    def wrap(self, key: bytes) -> dict[str, Any]:
        """See `Vault`."""
        salt = os.urandom(SALT_BYTES)
        sealed = sealing.seal(self._derived(salt, SCRYPT_N), key, PLACE)
        return {"kind": self.kind, "n": SCRYPT_N, "salt": salt.hex(), "sealed": sealed.hex()}

    def unwrap(self, wrapped: Mapping[str, Any]) -> bytes:
        """See `Vault`; weaker or absurd parameters are refused, since the file is not to be trusted yet."""
        n, salt, sealed = parameters(wrapped, self.kind)
        try:
            return sealing.unseal(self._derived(salt, n), sealed, PLACE)
        except StoreError as error:
            raise PassphraseError("the passphrase does not open this history; try again") from error

    def _derived(self, salt: bytes, n: int) -> bytes:
        """32 bytes of scrypt."""
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

        return Scrypt(salt=salt, length=sealing.KEY_BYTES, n=n, r=SCRYPT_R, p=SCRYPT_P).derive(self._secret)


def parameters(wrapped: Mapping[str, Any], kind: str) -> tuple[int, bytes, bytes]:
    """(n, salt, sealed key) of a wrapped key; StoreError when it is of another kind or damaged."""
    if wrapped.get("kind") != kind:
        raise StoreError(f"this history is kept by {str(wrapped.get('kind'))[:40]!r}, not by {kind!r}")
    try:
        n, salt, sealed = int(wrapped["n"]), bytes.fromhex(wrapped["salt"]), bytes.fromhex(wrapped["sealed"])
    except (KeyError, ValueError, TypeError) as error:
        raise StoreError(f"this history's key is damaged ({error}); restore a backup") from error
    if n & (n - 1) or not SCRYPT_N <= n <= SCRYPT_N_MAX or len(salt) < SALT_BYTES:
        raise StoreError(f"this history's key has scrypt n {n}, {len(salt)} bytes of salt; it was not made by this app")
    return n, salt, sealed
