"""`verify` refuses whatever is done to a signed bundle before any parser sees it, with one line and exit code 2."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.bundle_zip import pack
from export.cli import main
from tests.edge_app.attacks import FILES, Files, damages, forgeries, spied
from tests.edge_app.bundles import KEY, public, write_folder, write_zip

FORMS = pytest.mark.parametrize("write", [write_folder, write_zip], ids=["folder", "zip"])
Write = Callable[[Files, Path], Path]


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    key = tmp_path_factory.mktemp("keys") / "key.pub"
    key.write_text(public(KEY).hex())
    return ["--trusted-key", str(key)]


def refused(path: Path, *more: str) -> None:
    """`verify` says one line, ends with 2 and parses nothing."""
    said: list[str] = []
    with spied() as seen, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stderr.write", said.append)
        assert main(["verify", str(path), *more]) == 2
    lines = "".join(said).splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: ")
    assert seen == []


@FORMS
@given(files=damages())
@settings(max_examples=30, deadline=None)
def test_damaged_bundle_is_refused(write: Write, trusted: list[str], files: Files) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(files, Path(folder) / "bundle")
        refused(path, *trusted)
        refused(path, *trusted, "--allow-unsigned")


@FORMS
@given(files=forgeries())
@settings(max_examples=30, deadline=None)
def test_forged_bundle_is_refused(write: Write, trusted: list[str], files: Files) -> None:
    with tempfile.TemporaryDirectory() as folder:
        refused(write(files, Path(folder) / "bundle"), *trusted)


@given(place=st.integers(0, 10**9), change=st.integers(1, 255), tail=st.binary(max_size=9))
@settings(max_examples=30, deadline=None)
def test_zip_with_any_byte_changed_or_added_is_refused_by_its_own_hash(
    trusted: list[str], place: int, change: int, tail: bytes
) -> None:
    """Also where the zip's members are whole: a date, a comment, bytes around it."""
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder) / "b.zip"
        pack(write_folder(FILES, Path(folder) / "bundle"), packed)
        content = bytearray(packed.read_bytes())
        content[place % len(content)] ^= change
        packed.write_bytes(bytes(content) + tail)
        refused(packed, *trusted)


@FORMS
def test_the_good_bundle_passes_and_reaches_every_parser(write: Write, trusted: list[str], tmp_path: Path) -> None:
    path = write(FILES, tmp_path / "bundle")
    with spied() as seen:
        assert main(["verify", str(path), *trusted]) == 0
    assert set(seen) == {"json", "arrays", "model"}
