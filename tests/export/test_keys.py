"""Signing keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edge_app.runtime import trust
from edge_app.runtime.errors import ConfigError
from export.keys import generate, load_private, public_bytes


def test_generated_pair_signs_and_verifies(tmp_path: Path) -> None:
    public = generate(tmp_path / "release")
    assert public == tmp_path / "release.pub"
    key = load_private(tmp_path / "release")
    trusted = trust.load_public_key(public)
    assert trusted == public_bytes(key)
    assert trust.is_signed_by(trusted, b"content", key.sign(b"content"))
    assert not trust.is_signed_by(trusted, b"other", key.sign(b"content"))


def test_private_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    generate(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0


def test_key_is_refused_when_its_folder_is_not_there_or_takes_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"folder .*keys for the key release does not exist; make it first"):
        generate(tmp_path / "keys" / "release")
    with pytest.raises(ConfigError, match="cannot be written: file name too long; name another file"):
        generate(tmp_path / ("k" * 300))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("out", ["", ".", "..", "/"])
def test_key_is_refused_when_its_path_names_no_file(out: str) -> None:
    with pytest.raises(ConfigError, match="names no file"):
        generate(Path(out))


@pytest.mark.parametrize("taken", ["key", "key.pub"])
def test_keys_are_not_overwritten(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("precious")
    with pytest.raises(ConfigError, match="exists and is not overwritten"):
        generate(tmp_path / "key")
    assert [path.name for path in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_text() == "precious"


def test_key_is_refused_when_it_is_missing_public_or_of_another_kind(tmp_path: Path) -> None:
    public = generate(tmp_path / "key")
    other = tmp_path / "other"
    curve = ec.generate_private_key(ec.SECP256R1())
    other.write_bytes(curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for path, said in ((tmp_path / "none", "cannot be read"), (public, "no unencrypted PEM"), (other, "Ed25519")):
        with pytest.raises(ConfigError, match=said) as error:
            load_private(path)
        assert "\n" not in str(error.value)
