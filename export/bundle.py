"""Write a bundle whole or not at all: built beside its place, proved there, then moved in.

Whatever goes wrong on the way (a full disk, an interruption), the bundle that stood there before stands there still.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from glob import escape
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_app.runtime import golden, manifest
from edge_app.runtime.bundle import CARD, Bundle
from edge_app.runtime.errors import BundleError, ConfigError
from export.gate.runner import backend_for
from export.keys import public_bytes

REJECTED, UNVERIFIED = "rejected", "unverified"
# The folder of an export that is running, of the older bundle in it.
MARK, OLD = ".tmp-", "old"


def refuse_strange_place(out: Path) -> None:
    """ConfigError when `out` holds something else than a bundle: it would be replaced."""
    if not out.name or out.name == "..":
        raise ConfigError(f"output {str(out)!r} names no folder to make; name a new one, as in build/bundle")
    refuse_inside_file(out)
    refuse_inside_bundle(out)
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise ConfigError(f"output {out} is a file or a link; name a new folder or an older bundle")
    if out.is_dir() and any(out.iterdir()) and not (out / manifest.MANIFEST).is_file():
        raise ConfigError(f"output {out} holds files but is no bundle; name a new folder or an older bundle")


def refuse_strange_aside(out: Path, kind: str) -> None:
    """ConfigError when something else than an older candidate stands at `aside(out, kind)`: it would be replaced."""
    place = aside(out, kind)
    refuse_inside_file(place)
    is_ours = (place / CARD).is_file() or (place.is_dir() and not any(place.iterdir()))
    if place.is_symlink() or (place.exists() and not is_ours):
        raise ConfigError(
            f"{place}, where a candidate for {out} goes that is {kind}, is no older one; move it away or name another"
            " output"
        )


def refuse_inside_file(out: Path) -> None:
    """ConfigError when `out` would lie in a file."""
    file = next((parent for parent in out.parents if parent.exists() and not parent.is_dir()), None)
    if file is not None:
        raise ConfigError(f"output {out} would lie in {file}, which is a file; name another folder")


def refuse_inside_bundle(out: Path) -> None:
    """ConfigError when `out` lies in a bundle, which would no longer open: its manifest does not list what is new."""
    for parent in out.absolute().parents:
        if is_bundle(parent):
            raise ConfigError(f"output {out} would lie in the bundle {parent} and spoil it; name a place outside")


def is_bundle(folder: Path) -> bool:
    """Whether `folder` holds a bundle; a manifest alone makes none: web projects have one, too."""
    return all(os.path.isfile(folder / name) for name in (manifest.MANIFEST, CARD))


@contextmanager
def workplace(out: Path) -> Iterator[Path]:
    """A hidden folder beside `out` for files in the making; gone afterwards, whatever happens."""
    folder = out.with_name(f".{out.name}{MARK}{os.getpid()}")
    made = [parent for parent in out.parents if not parent.exists()]
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        clear_leftovers(out)
        folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        remove_empty(made)


def clear_leftovers(out: Path) -> None:
    """Remove what exports to `out` left that were killed; the older bundle that one had just moved away comes back."""
    for folder in sorted(out.parent.glob(f".{escape(out.name)}{MARK}*")):
        if is_running(folder.name.rpartition("-")[2]):
            continue
        if (folder / OLD).is_dir() and not out.exists():
            os.rename(folder / OLD, out)
        shutil.rmtree(folder, ignore_errors=True)


def is_running(pid: str) -> bool:
    """Whether another process has the number `pid`, or may have: Windows cannot be asked without a signal."""
    if pid == str(os.getpid()):
        return False
    if not pid.isdecimal() or os.name == "nt":
        return True
    try:
        os.kill(int(pid), 0)
    except (OSError, OverflowError) as error:
        return not isinstance(error, ProcessLookupError)
    return True


def remove_empty(folders: Sequence[Path]) -> None:
    """Remove `folders`, innermost first, as far as nothing was put into them."""
    for folder in folders:
        if not folder.is_dir() or any(folder.iterdir()):
            return
        folder.rmdir()


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Turn the system's refusals (no space, no permission) into one line."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise BundleError(
            f"cannot write {out} ({reason}); free or change the place, nothing there was changed"
        ) from error


def write_bundle(
    out: Path, files: Mapping[str, bytes], key: Ed25519PrivateKey | None, workplace: Path, *, threads: int = 2
) -> None:
    """Put `files` with their manifest, signed if there is a `key`, at `out`, in place of an older bundle.

    The new bundle is opened and proved on its golden photos before it moves. `workplace` is a folder on the same disk.
    """
    built = workplace / "bundle"
    with writing(out):
        write_files(built, with_manifest(files, key))
    prove(built, () if key is None else (public_bytes(key),), allow_unsigned=key is None, threads=threads)
    with writing(out):
        move_into_place(built, out, workplace / OLD)


def prove(path: Path, trusted: Sequence[bytes], *, allow_unsigned: bool, threads: int = 2) -> tuple[Bundle, str]:
    """Open a bundle folder or zip as a phone does: signature, hashes, golden photos; raises what a phone would.

    Returns it with the name of the runtime that ran the golden photos.
    """
    opened = Bundle.open(path, trusted_keys=trusted, allow_unsigned=allow_unsigned)
    with tempfile.TemporaryDirectory(prefix="dermedge-model-") as folder:
        backend = backend_for(opened.extract_model(Path(folder)), opened.card.scheme, threads)
        golden.check(opened.golden, backend)
    return opened, backend.name


def write_aside(out: Path, kind: str, files: Mapping[str, bytes], workplace: Path) -> Path:
    """Put `files` at `aside(out, kind)`, without a manifest, so that nothing opens them as a bundle.

    An older candidate there is replaced; ConfigError for anything else.
    """
    refuse_strange_aside(out, kind)
    place = aside(out, kind)
    built = workplace / kind
    with writing(place):
        write_files(built, files)
        place.parent.mkdir(parents=True, exist_ok=True)
        move_into_place(built, place, workplace / f"old-{kind}")
    return place


def aside(out: Path, kind: str) -> Path:
    """Where a candidate for `out` that was `rejected` or stayed `unverified` goes."""
    return out.parent / kind / out.name


def with_manifest(files: Mapping[str, bytes], key: Ed25519PrivateKey | None) -> dict[str, bytes]:
    """`files` with manifest.json and, when there is a key, manifest.sig."""
    content = manifest.write(files, None if key is None else public_bytes(key))
    signature = {} if key is None else {manifest.SIGNATURE: key.sign(content)}
    return {**files, manifest.MANIFEST: content, **signature}


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` below the new `folder`, down to the disk."""
    folder.mkdir()
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def move_into_place(built: Path, out: Path, old: Path) -> None:
    """Rename `built` to `out`; what stood there goes to `old` first and comes back if the second step fails."""
    if not out.exists():
        os.rename(built, out)
        return
    os.rename(out, old)
    try:
        os.rename(built, out)
    except OSError:
        os.rename(old, out)
        raise


def files_of(model: Path, name: str) -> dict[str, bytes]:
    """The model's bytes by their names in the bundle: one file called `name`, or those of a folder below it."""
    if not model.is_dir():
        return {name: model.read_bytes()}
    found = sorted(path for path in model.rglob("*") if path.is_file())
    return {f"{name}/{path.relative_to(model).as_posix()}": path.read_bytes() for path in found}
