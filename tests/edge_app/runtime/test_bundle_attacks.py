"""Whatever is done to a signed bundle, folder or zip: no parser sees it, and every way in refuses it."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge_app.runtime import bundle as bundles
from edge_app.runtime import classifier as classifiers
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import TrustError
from edge_app.runtime.manifest import MANIFEST, SIGNATURE
from tests.edge_app.bundles import KEY, contents, public, signed, write_folder, write_zip

TRUSTED = (public(KEY),)
FILES = signed(contents())
MEMBERS = sorted(set(FILES) - {MANIFEST, SIGNATURE})
NAMES = st.text("abcdefghij.-_", min_size=1, max_size=12).filter(lambda name: name[0] not in ".-" and name[-1] != ".")
PARTS = st.sampled_from(["..", ".", "", "a", "/", "\\", "C:", "\0", "~", "..\\..", "a/..", " "])
Attack = dict[str, bytes]


@st.composite
def attacks(draw: st.DrawFn) -> Attack:
    """A bundle's files after one attack."""
    kind = draw(st.sampled_from(["flip", "swap", "drop", "add", "grow", "shrink"]))
    name = draw(st.sampled_from(sorted(FILES) if kind == "flip" else MEMBERS))
    content = FILES[name]
    if kind == "flip":
        place, change = draw(st.integers(0, len(content) - 1)), draw(st.integers(1, 255))
        return {**FILES, name: content[:place] + bytes([content[place] ^ change]) + content[place + 1 :]}
    if kind == "swap":
        other = draw(st.sampled_from([member for member in MEMBERS if member != name]))
        return {**FILES, name: FILES[other], other: content}
    if kind == "drop":
        return {member: FILES[member] for member in FILES if member != name}
    if kind == "add":
        return {**FILES, draw(NAMES.filter(lambda new: new not in FILES)): draw(st.binary(max_size=20))}
    if kind == "grow":
        return {**FILES, name: content + draw(st.binary(min_size=1, max_size=50))}
    return {**FILES, name: content[: draw(st.integers(0, len(content) - 1))]}


@contextmanager
def no_parser() -> Iterator[None]:
    """Parsers that must not be reached."""

    def reached(*args: object, **kwargs: object) -> None:
        raise AssertionError("a parser has seen a bundle that was not proved")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundles, "parsed", reached)
        patch.setattr(classifiers, "open_backend", reached)
        yield


def refused(path: Path) -> None:
    """Neither way in takes the bundle at `path`, with or without a demand for a signature."""
    with no_parser():
        for allow_unsigned in (False, True):
            for open_it in (Bundle.open, Classifier.open):
                with pytest.raises(TrustError) as error:
                    open_it(path, trusted_keys=TRUSTED, allow_unsigned=allow_unsigned)
                assert "\n" not in str(error.value)


@pytest.mark.parametrize("write", [write_folder, write_zip], ids=["folder", "zip"])
@given(files=attacks())
@settings(max_examples=60, deadline=None)
def test_attacked_bundle_is_refused_before_any_parser_sees_it(
    write: Callable[[dict[str, bytes], Path], Path], files: Attack
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        refused(write(files, Path(folder) / "bundle"))


@given(parts=st.lists(PARTS, min_size=1, max_size=4), content=st.binary(max_size=10))
@example(parts=["a", "\x00"], content=b"")
@settings(max_examples=60, deadline=None)
def test_zip_path_that_could_leave_the_folder_is_refused(parts: list[str], content: bytes) -> None:
    """Whatever its spelling, a name that the manifest does not list is refused; nothing is ever written."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_zip(FILES, Path(folder) / "b.zip")
        with zipfile.ZipFile(path, "a") as archive:
            info = zipfile.ZipInfo("x")
            info.filename = "/".join([*parts, "evil"])
            archive.writestr(info, content)
        refused(path)
        assert [found.name for found in Path(folder).iterdir()] == ["b.zip"]


@pytest.mark.parametrize("name", ["model.tflite", "card.json"])
def test_member_far_beyond_its_size_is_refused_without_being_unpacked(name: str, tmp_path: Path) -> None:
    """A zip bomb: 50 MB of zeros in 50 kB, of which no more than the manifest's size is read."""
    path = write_zip({**FILES, name: bytes(50_000_000)}, tmp_path / "b.zip")
    assert path.stat().st_size < 100_000
    refused(path)


def test_zip_name_that_begins_with_a_nul_is_refused(tmp_path: Path) -> None:
    """zipfile reads it as an empty name, on which its own `is_dir` fails."""
    path = write_zip(FILES, tmp_path / "b.zip")
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = "\0evil"
        archive.writestr(info, b"")
    refused(path)


def test_the_good_bundle_reaches_the_parsers(tmp_path: Path) -> None:
    path = write_folder(FILES, tmp_path / "bundle")
    with no_parser(), pytest.raises(AssertionError, match="a parser has seen"):
        Bundle.open(path, trusted_keys=TRUSTED)
