"""Answer for photos with a verified model bundle. Research use only: no answer is a diagnosis."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edge_app import answers
from edge_app.answers import Row
from edge_app.runtime import photo, trust
from edge_app.runtime.errors import ConfigError, DataError, PhotoError, one_line

if TYPE_CHECKING:
    from edge_app.runtime.classifier import Classifier

PROGRESS_STEP_S = 2.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `predict`."""
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO_OR_FOLDER")
    parser.add_argument("--bundle", required=True, type=Path, help="model bundle: a folder or its zip")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the table: .csv or .jsonl")
    parser.add_argument(
        "--trusted-key", action="append", default=[], type=Path, metavar="FILE",
        help="public key (64 hexadecimal digits) whose bundles are accepted; may be repeated",
    )  # fmt: skip
    parser.add_argument("--allow-unsigned", action="store_true", help="accept a bundle that no trusted key has signed")
    parser.add_argument("--threads", type=int, default=2, help="threads for the model (default: 2)")


def run(arguments: argparse.Namespace) -> int:
    """Answer, print the table, write `--out`; always 0, since an unreadable photo is a row and no failure."""
    from edge_app.runtime.classifier import Classifier

    write = answers.writer(arguments.out) if arguments.out else None
    if arguments.threads < 1:
        raise ConfigError(f"--threads is {arguments.threads}; allowed: 1 or more")
    paths = find_photos(arguments.photos)
    classifier = Classifier.open(
        arguments.bundle,
        trusted_keys=trust.keys_of(arguments.trusted_key),
        allow_unsigned=arguments.allow_unsigned,
        threads=arguments.threads,
    )
    rows = list(predicted(classifier, paths, progress(len(paths))))
    print("\n".join(answers.table(rows)))
    print(closing(classifier))
    if write:
        write(rows, [label.code for label in classifier.card.labels])
        print(f"wrote {arguments.out}")
    return 0


def find_photos(sources: Sequence[Path]) -> list[Path]:
    """The files of `sources`, folders walked for images in sorted order; DataError when there is none at all.

    A file that was named outright is kept whatever its suffix, so that it gets its row and its reason.
    """
    found: list[Path] = []
    for source in sources:
        found.extend(walk(source) if source.is_dir() else [source])
    if not found:
        names = ", ".join(map(str, sources))
        raise DataError(f"no photos in {names}; looked for {' '.join(photo.SUFFIXES)} in all its folders")
    return found


def walk(folder: Path) -> Iterator[Path]:
    """Images below `folder`, sorted; hidden files and folders (thumbnails, sidecars) left out."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in photo.SUFFIXES:
                yield Path(place) / name


def predicted(classifier: Classifier, paths: Sequence[Path], tell: Callable[[int], None]) -> Iterator[Row]:
    """One row for each path; a photo that cannot be read becomes one, too."""
    for done, path in enumerate(paths, 1):
        try:
            yield answers.row_of(str(path), classifier.predict(path))
        except PhotoError as error:
            yield answers.unreadable(str(path), str(error))
        tell(done)


def progress(total: int) -> Callable[[int], None]:
    """A callback that says on stderr how many photos are done: in place on a terminal, else every 2 seconds."""
    last = time.monotonic()

    def tell(done: int) -> None:
        nonlocal last
        if sys.stderr.isatty():
            print(f"\r{done}/{total} photos", end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif time.monotonic() - last >= PROGRESS_STEP_S:
            last = time.monotonic()
            print(f"{done}/{total} photos", file=sys.stderr, flush=True)

    return tell


def closing(classifier: Classifier) -> str:
    """Which model and runtime answered, under whose signature and gate verdict, and what it is not."""
    card, bundle = classifier.card, classifier.bundle
    signed = f"signed by {bundle.signer}" if bundle and bundle.signer else "NOT signed by a trusted key"
    verdict = bundle.gate["verdict"] if bundle else "none"
    described = f"{card.name} {card.version} ({card.target}, {card.scheme}; gate: {verdict}; {signed})"
    return f"model {one_line(described)}, answered by {classifier.backend_name}\n{one_line(card.disclaimer)}"
