"""The vault of an Android phone: the passphrase's vault, its content sealed once more by a key that never leaves the
phone's keystore. Both are needed; a copied file is useless elsewhere.

Written by the book (android.security.keystore) and tested against stand-ins of the Java classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge_app.runtime.errors import StoreError
from edge_app.store.vaults import Vault

STORE, ALIAS, CIPHER = "AndroidKeyStore", "dermedge.history", "AES/GCM/NoPadding"
ENCRYPT, DECRYPT, TAG_BITS, KEY_BITS, NONCE_BYTES = 1, 2, 128, 256, 12


class KeystoreVault:
    """Seals what `inner` wraps."""

    def __init__(self, inner: Vault, autoclass: Any) -> None:
        self._inner, self._java = inner, autoclass

    def wrap(self, key: bytes) -> dict[str, Any]:
        """See `Vault`."""
        cipher = self._java("javax.crypto.Cipher").getInstance(CIPHER)
        cipher.init(ENCRYPT, self._key())
        sealed = as_bytes(cipher.getIV()) + as_bytes(cipher.doFinal(key))
        return {"kind": "keystore", "inner": self._inner.wrap(sealed)}

    def unwrap(self, wrapped: Mapping[str, Any]) -> bytes:
        """See `Vault`."""
        if wrapped.get("kind") != "keystore" or not isinstance(wrapped.get("inner"), dict):
            raise StoreError("this history was not made on this phone; restore a backup")
        sealed = self._inner.unwrap(wrapped["inner"])
        parameters = self._java("javax.crypto.spec.GCMParameterSpec")(TAG_BITS, sealed[:NONCE_BYTES])
        cipher = self._java("javax.crypto.Cipher").getInstance(CIPHER)
        cipher.init(DECRYPT, self._key(), parameters)
        return as_bytes(cipher.doFinal(sealed[NONCE_BYTES:]))

    def _key(self) -> Any:
        """The phone's key, made on first use."""
        store = self._java("java.security.KeyStore").getInstance(STORE)
        store.load(None)
        if not store.containsAlias(ALIAS):
            self._make()
        return store.getKey(ALIAS, None)

    def _make(self) -> None:
        """A new AES key inside the keystore."""
        builder = self._java("android.security.keystore.KeyGenParameterSpec$Builder")(ALIAS, ENCRYPT | DECRYPT)
        builder.setBlockModes(["GCM"])
        builder.setEncryptionPaddings(["NoPadding"])
        builder.setKeySize(KEY_BITS)
        generator = self._java("javax.crypto.KeyGenerator").getInstance("AES", STORE)
        generator.init(builder.build())
        generator.generateKey()


def as_bytes(array: Any) -> bytes:
    """Java's signed bytes as Python's; pyjnius' own arrays know a quick way."""
    quick = getattr(array, "tostring", None)
    return bytes(quick()) if quick else bytes(value & 0xFF for value in array)
