"""A packed bundle opens like its folder, is the same to the byte, and its hash is checked."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import ConfigError, TrustError
from export.bundle_zip import checked_zip, pack
from export.cli import main
from tests.edge_app.bundles import KEY, contents, public, signed, write_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(signed(contents()), tmp_path / "bundle")


def test_packed_bundle_is_the_folder(folder: Path, tmp_path: Path) -> None:
    digest = pack(folder, tmp_path / "b.zip")
    both = [Bundle.open(path, trusted_keys=(public(KEY),)) for path in (folder, tmp_path / "b.zip")]
    assert both[0].files == both[1].files and both[0].sha256 == both[1].sha256
    assert digest == hashlib.sha256((tmp_path / "b.zip").read_bytes()).hexdigest()
    assert (tmp_path / "b.zip.sha256").read_text() == f"{digest}  b.zip\n"


def test_two_packings_are_equal_to_the_byte(folder: Path, tmp_path: Path) -> None:
    assert pack(folder, tmp_path / "a.zip") == pack(folder, tmp_path / "b.zip")


def test_zip_that_is_not_the_one_beside_its_hash_is_refused(folder: Path, tmp_path: Path) -> None:
    pack(folder, tmp_path / "b.zip")
    assert checked_zip(tmp_path / "b.zip") is not None
    with (tmp_path / "b.zip").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(TrustError, match=r"is not the file that b\.zip\.sha256 names"):
        checked_zip(tmp_path / "b.zip")


@pytest.mark.parametrize("content", ["", "nonsense", "\xff"])
def test_hash_that_is_none_is_refused(folder: Path, tmp_path: Path, content: str) -> None:
    pack(folder, tmp_path / "b.zip")
    (tmp_path / "b.zip.sha256").write_text(content, encoding="latin-1")
    with pytest.raises(TrustError, match="SHA-256 differs"):
        checked_zip(tmp_path / "b.zip")


def test_folder_has_no_hash_of_its_own(folder: Path) -> None:
    assert checked_zip(folder) is None


@pytest.mark.parametrize("name", ["b", "b.tar"])
def test_other_endings_are_refused(folder: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"has to end in \.zip"):
        pack(folder, tmp_path / name)
    assert not (tmp_path / name).exists()


def test_zip_is_not_put_into_the_bundle(folder: Path) -> None:
    with pytest.raises(ConfigError, match="and spoil it"):
        pack(folder, folder / "b.zip")
    assert not (folder / "b.zip").exists()


def test_commands_pack_and_verify(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "key.pub").write_text(public(KEY).hex())
    trusted = ["--trusted-key", str(tmp_path / "key.pub")]
    assert main(["pack", str(folder), str(tmp_path / "b.zip"), *trusted]) == 0
    digest = (tmp_path / "b.zip.sha256").read_text().split()[0]
    assert capsys.readouterr().out == f"{tmp_path / 'b.zip'}: SHA-256 {digest}\n"
    assert main(["verify", str(tmp_path / "b.zip"), *trusted]) == 0
    assert f"SHA-256 of the zip: {digest}" in capsys.readouterr().out
    assert main(["pack", str(folder), str(tmp_path / "c.zip")]) == 2
    assert not (tmp_path / "c.zip").exists()
