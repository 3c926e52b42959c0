"""The files of a bundle, a folder or a zip alike, read with the caution that unchecked input needs."""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Protocol

from edge_app.runtime.errors import BundleError, TrustError
from edge_app.runtime.manifest import FILES_MAX, is_safe

# Any other method unpacks as much as it likes at a time, however little is asked for.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DIRECTORY_BYTES_MAX = 1_000_000
READ_ERRORS = (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error)


class Members(Protocol):
    """Read-only files by name."""

    names: tuple[str, ...]

    def read(self, name: str, bytes_max: int) -> bytes:
        """The file's content, cut after `bytes_max` + 1 bytes, so that a longer file shows and costs no more."""
        ...


@contextmanager
def opened(path: Path) -> Iterator[Members]:
    """The members of the bundle at `path`; BundleError when there is none."""
    if path.is_dir():
        yield FolderMembers(path)
        return
    if not path.exists():
        raise BundleError(f"bundle {path} does not exist; name a bundle folder or its .zip")
    if not path.is_file():
        raise BundleError(f"bundle {path} is neither a folder nor a file; name a bundle folder or its .zip")
    with ExitStack() as stack:
        try:
            file = stack.enter_context(ModestFile(path))
            archive = stack.enter_context(zipfile.ZipFile(file))
        except READ_ERRORS as error:
            raise BundleError(
                f"bundle {path} is neither a folder nor a zip of ours ({error}); name the bundle, not a file in it"
            ) from error
        file.gulp_max = None
        yield ZipMembers(archive, path)


class ModestFile(io.BufferedReader):
    """A zip whose directory is not large: zipfile takes it in one gulp, and makes an object of each entry."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self.gulp_max: int | None = DIRECTORY_BYTES_MAX

    def read(self, size: int | None = -1) -> bytes:
        """See `BufferedReader.read`; ValueError for more than `gulp_max` bytes at once."""
        if self.gulp_max is not None and size is not None and size > self.gulp_max:
            raise ValueError(f"its directory has {size} bytes, at most {self.gulp_max} are allowed")
        return super().read(size)


class FolderMembers:
    """The files below a folder; links are refused, for they lead out of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Somebody may name a whole disk.
        self.names = checked(tuple(islice(walk(path), FILES_MAX + 3)), path)

    def read(self, name: str, bytes_max: int) -> bytes:
        """See `Members`."""
        try:
            with (self.path / name).open("rb") as file:
                return file.read(bytes_max + 1)
        except OSError as error:
            raise BundleError(f"bundle file {self.path / name} cannot be read ({error})") from error


class ZipMembers:
    """The files in a zip."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self.archive, self.path = archive, path
        # zipfile cuts a name at its first NUL; what stands behind it must not make a file look like a folder.
        cut = next((info.orig_filename for info in archive.infolist() if "\0" in info.orig_filename), None)
        if cut is not None:
            raise TrustError(f"bundle {path} holds {cut[:80]!r}, a name that is not allowed: it was not made by us")
        infos = [info for info in archive.infolist() if not is_folder(info)]
        for info in infos:
            if stat.S_ISLNK(info.external_attr >> 16):
                raise TrustError(f"bundle {path} holds the link {info.filename}; links are not allowed")
            if info.compress_type not in METHODS:
                raise TrustError(f"bundle {path} packs {info.filename} by a method other than deflate: not made by us")
        self.names = checked(tuple(info.filename for info in infos), path)

    def read(self, name: str, bytes_max: int) -> bytes:
        """See `Members`."""
        try:
            with self.archive.open(name) as file:
                return file.read(bytes_max + 1)
        except READ_ERRORS as error:
            raise TrustError(f"bundle file {name} in {self.path} is damaged ({error}); get the bundle again") from error


def is_folder(info: zipfile.ZipInfo) -> bool:
    """Whether a zip entry only announces a folder of the bundle (with nothing in it, and staying inside)."""
    # ZipInfo.is_dir fails on an empty name, which is what zipfile makes of a name that begins with a NUL.
    return info.filename.endswith("/") and info.file_size == 0 and is_safe(info.filename.rstrip("/"))


def walk(folder: Path) -> Iterator[str]:
    """Names of the files below `folder`, relative to it, with `/` between the parts."""
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            if (Path(place) / name).is_symlink():
                raise TrustError(f"bundle {folder} holds the link {name}; links are not allowed")
        for name in files:
            if not (Path(place) / name).is_file():
                raise TrustError(f"bundle {folder} holds {name}, which is no regular file")
            yield (Path(place) / name).relative_to(folder).as_posix()


def checked(names: tuple[str, ...], path: Path) -> tuple[str, ...]:
    """`names`; TrustError for one that leaves the bundle, stands twice, is also a folder's, or one too many."""
    if len(names) > FILES_MAX + 2:
        raise TrustError(f"bundle {path} holds more than the {FILES_MAX + 2} files that are allowed")
    seen: set[str] = set()
    for name in names:
        if not is_safe(name):
            raise TrustError(f"bundle {path} holds {name[:80]!r}, a name that is not allowed: it was not made by us")
        if name.casefold() in seen:
            raise TrustError(f"bundle {path} holds {name} twice")
        seen.add(name.casefold())
    folders = {name.casefold()[:end] for name in names for end in range(len(name)) if name[end] == "/"}
    for name in sorted(seen & folders):
        raise TrustError(f"bundle {path} holds {name} as a file and as a folder")
    return names
