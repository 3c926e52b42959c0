from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import PassphraseError, StoreError
from edge_app.store.vaults import PassphraseVault

KEY = bytes(range(32))


def test_key_comes_back_for_the_passphrase_alone() -> None:
    wrapped = PassphraseVault("eight ch").wrap(KEY)
    assert PassphraseVault("eight ch").unwrap(wrapped) == KEY
    with pytest.raises(PassphraseError):
        PassphraseVault("eight cH").unwrap(wrapped)


def test_wrapping_is_scrypt_of_the_stated_cost_with_a_fresh_salt() -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    first, second = (PassphraseVault("eight ch").wrap(KEY) for _ in range(2))
    assert first["salt"] != second["salt"]
    derived = Scrypt(salt=bytes.fromhex(first["salt"]), length=32, n=32768, r=8, p=1).derive(b"eight ch")
    sealed = bytes.fromhex(first["sealed"])
    assert AESGCM(derived).decrypt(sealed[:12], sealed[12:], b"dermedge/data key/1") == KEY


@pytest.mark.parametrize("passphrase", ["", "seven c", "x" * 1001])
def test_short_and_absurd_passphrases_are_refused(passphrase: str) -> None:
    with pytest.raises(PassphraseError, match="8 to 1000"):
        PassphraseVault(passphrase)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "kind": st.sampled_from(["scrypt", "keystore", 3]),
            "n": st.sampled_from([1, 2**14, 2**15 + 1, 2**21, -4, "x", None, 1e300]),
            "salt": st.sampled_from(["00" * 16, "0", "", None, "00" * 4]),
            "sealed": st.sampled_from(["", "zz", "00" * 60, 7]),
        },
    )
)
def test_foreign_parameters_are_refused_before_any_work(wrapped: dict[str, object]) -> None:
    with pytest.raises(StoreError):
        PassphraseVault("eight ch").unwrap(wrapped)
