from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.runtime import trust
from edge_app.runtime.errors import TrustError
from tests.edge_app.bundles import KEY, OTHER_KEY, public

# RFC 8032, section 7.1, test 2.
RFC_KEY = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
RFC_SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_is_signed_by_accepts_the_rfcs_signature_and_refuses_it_for_another_text() -> None:
    assert trust.is_signed_by(RFC_KEY, b"\x72", RFC_SIGNATURE)
    assert not trust.is_signed_by(RFC_KEY, b"\x73", RFC_SIGNATURE)
    assert not trust.is_signed_by(public(KEY), b"\x72", RFC_SIGNATURE)


def test_is_signed_by_is_false_when_the_key_or_signature_has_another_length() -> None:
    assert not trust.is_signed_by(RFC_KEY[:31], b"\x72", RFC_SIGNATURE)
    assert not trust.is_signed_by(RFC_KEY, b"\x72", RFC_SIGNATURE[:63])


@pytest.mark.parametrize("content", [RFC_KEY, RFC_KEY.hex().encode(), RFC_KEY.hex().upper().encode() + b"\n"])
def test_load_public_key_takes_raw_bytes_and_hexadecimal(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_bytes(content)
    assert trust.load_public_key(tmp_path / "key.pub") == RFC_KEY


@pytest.mark.parametrize("content", [b"", b"abc", RFC_KEY[:31], RFC_KEY.hex().encode()[:62], b"z" * 64])
def test_load_public_key_refuses_what_is_no_key(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_bytes(content)
    with pytest.raises(TrustError, match="64 hexadecimal digits"):
        trust.load_public_key(tmp_path / "key.pub")


def test_load_public_key_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="cannot be read"):
        trust.load_public_key(tmp_path / "absent.pub")


def test_load_key_list_names_the_line_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text(f"{RFC_KEY.hex()}\nnonsense\n")
    with pytest.raises(TrustError, match=r"line 2 of .*keys\.txt"):
        trust.load_key_list(tmp_path / "keys.txt")


def test_trusted_keys_joins_the_users_list_and_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keys.txt").write_text(f"# none\n\n{public(KEY).hex()}\n")
    (tmp_path / "other.pub").write_bytes(public(OTHER_KEY))
    monkeypatch.setenv("DERMEDGE_TRUSTED_KEYS", str(tmp_path / "keys.txt"))
    assert trust.trusted_keys([tmp_path / "other.pub"]) == (*trust.PINNED_KEYS, public(KEY), public(OTHER_KEY))


def test_fingerprint_is_the_start_of_the_keys_sha256() -> None:
    assert trust.fingerprint(b"abc") == "ba7816bf8f01cfea"  # FIPS 180-2's example
