"""Whatever is done to a signed bundle, folder or zip: no parser sees it, and every way in refuses it."""

from __future__ import annotations

import os
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge_app.runtime import members
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import BundleError, TrustError
from tests.edge_app.attacks import FILES, MEMBERS, Files, damages, entries, forgeries, packed_as, spied
from tests.edge_app.bundles import KEY, public, write_folder, write_zip

TRUSTED = (public(KEY),)
PARTS = st.sampled_from(["..", ".", "", "a", "/", "\\", "C:", "\0", "~", "..\\..", "a/..", " "])
FORMS = pytest.mark.parametrize("write", [write_folder, write_zip], ids=["folder", "zip"])
# Where an entry of a zip's directory keeps method, sizes and the place of its content.
FIELDS = {"method": (10, "<H"), "packed": (20, "<L"), "size": (24, "<L"), "place": (42, "<L")}


def refused(path: Path, *, unsigned: tuple[bool, ...] = (False, True), error: type[BundleError] = TrustError) -> str:
    """The last refusal: neither way in takes the bundle at `path`, and none of its members is parsed."""
    said = ""
    with spied() as seen:
        for allow_unsigned in unsigned:
            for open_it in (Bundle.open, Classifier.open):
                with pytest.raises(error) as caught:
                    open_it(path, trusted_keys=TRUSTED, allow_unsigned=allow_unsigned)
                said = str(caught.value)
                assert "\n" not in said
    assert seen == []
    return said


def refused_or_as_signed(path: Path) -> None:
    """What a zip whose own bytes were changed may come to: a refusal in one line, or the files that were signed."""
    try:
        opened = Bundle.open(path, trusted_keys=TRUSTED)
    except BundleError as error:
        assert "\n" not in str(error)
    else:
        assert opened.files == {name: FILES[name] for name in MEMBERS}


@FORMS
@given(files=damages())
@settings(max_examples=60, deadline=None)
def test_damaged_bundle_is_refused_before_any_parser_sees_it(
    write: Callable[[Files, Path], Path], files: Files
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        refused(write(files, Path(folder) / "bundle"))


@FORMS
@given(files=forgeries())
@settings(max_examples=40, deadline=None)
def test_forged_bundle_is_refused_before_any_parser_sees_it(write: Callable[[Files, Path], Path], files: Files) -> None:
    """A manifest that fits the attacker's members, with no signature, the old one, a stranger's or a broken one."""
    with tempfile.TemporaryDirectory() as folder:
        refused(write(files, Path(folder) / "bundle"), unsigned=(False,))


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


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("name", ["manifest.json", "model.tflite"])
def test_member_packed_by_a_method_without_bounds_is_refused(method: int, name: str, tmp_path: Path) -> None:
    """zipfile unpacks all of what it has read of bzip2 or LZMA: a kilobyte may become gigabytes."""
    assert "other than deflate" in refused(packed_as(method, name, FILES[name], tmp_path / "b.zip"))


@given(name=st.sampled_from(sorted(FILES)), field=st.sampled_from(sorted(FIELDS)), value=st.integers(0, 2**32 - 1))
@example(name="model.tflite", field="size", value=2**32 - 1)
@example(name="manifest.json", field="method", value=99)
@settings(max_examples=60, deadline=None)
def test_zip_that_lies_about_a_member_is_refused_or_gives_what_was_signed(name: str, field: str, value: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_zip(FILES, Path(folder) / "b.zip")
        content = bytearray(path.read_bytes())
        offset, kind = FIELDS[field]
        struct.pack_into(kind, content, entries(bytes(content))[name] + offset, value % 256 ** struct.calcsize(kind))
        path.write_bytes(content)
        refused_or_as_signed(path)


@given(data=st.data(), tail=st.binary(max_size=40))
@settings(max_examples=60, deadline=None)
def test_zip_cut_anywhere_or_with_more_around_it_is_refused_or_gives_what_was_signed(
    data: st.DataObject, tail: bytes
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_zip(FILES, Path(folder) / "b.zip")
        content = path.read_bytes()
        cut = data.draw(st.integers(0, len(content)))
        path.write_bytes(content[:cut])
        if cut < len(content):
            refused(path, error=BundleError)
        for more in (content + tail, tail + content, content[:cut] + tail + content[cut:]):
            path.write_bytes(more)
            refused_or_as_signed(path)


def test_zip_with_a_large_directory_is_refused_before_it_becomes_objects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_zip(FILES, tmp_path / "b.zip")
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(9000):
            archive.writestr(f"{number:0100d}", b"")
    made: list[object] = []
    monkeypatch.setattr(zipfile, "ZipInfo", lambda *args, **kwargs: made.append(args))
    assert "its directory has" in refused(path, error=BundleError)
    assert made == []


def test_only_so_many_files_of_a_folder_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may name a whole disk."""
    looked = []
    monkeypatch.setattr(members, "walk", lambda path: (looked.append(k) or f"f{k}" for k in range(10**6)))
    assert "more than the 202 files" in refused(write_folder(FILES, tmp_path / "bundle"), unsigned=(False,))
    assert len(looked) < 1000


@pytest.mark.parametrize("name", ["card.json/x", "CARD.JSON/x"])
def test_name_that_is_a_file_and_a_folder_is_refused(name: str, tmp_path: Path) -> None:
    assert "as a file and as a folder" in refused(write_zip({**FILES, name: b""}, tmp_path / "b.zip"))


def test_zip_name_that_begins_with_a_nul_is_refused(tmp_path: Path) -> None:
    """zipfile reads it as an empty name, on which its own `is_dir` fails."""
    path = write_zip(FILES, tmp_path / "b.zip")
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = "\0evil"
        archive.writestr(info, b"")
    refused(path)


def test_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "b.zip")
    assert "neither a folder nor a file" in refused(tmp_path / "b.zip", error=BundleError)


@FORMS
def test_the_good_bundle_reaches_every_parser(write: Callable[[Files, Path], Path], tmp_path: Path) -> None:
    """Else the spies would prove nothing."""
    pytest.importorskip("ai_edge_litert")
    path = write(FILES, tmp_path / "bundle")
    with spied() as seen:
        Classifier.open(path, trusted_keys=TRUSTED)
    assert set(seen) == {"json", "arrays", "model"}
