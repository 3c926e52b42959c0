"""Several people on one device: one folder, one history file each, none of which the others can open."""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import dataclass
from pathlib import Path

from edge_app.runtime.errors import StoreError
from edge_app.store import backup, layout
from edge_app.store.store import Store, erase
from edge_app.store.vaults import Vault

SUFFIX = ".history"
NAME_CHARACTERS = 60


@dataclass(frozen=True)
class User:
    """A user as the lock screen lists them."""

    name: str
    path: Path


def listed(folder: Path) -> tuple[User, ...]:
    """The users whose histories lie in `folder`, by name; a file that cannot be read is listed by its file name."""
    users = [User(name_in(path), path) for path in folder.glob(f"[!.]*{SUFFIX}")]
    return tuple(sorted(users, key=lambda user: user.name.casefold()))


def name_in(path: Path) -> str:
    """The user's name in a history; it is not secret."""
    try:
        connection = layout.connect(path)
        try:
            row = connection.execute("SELECT value FROM meta WHERE name = 'user'").fetchone()
        finally:
            connection.close()
    except sqlite3.Error:
        return path.stem
    return str(row[0]) if row else path.stem


def add(folder: Path, name: str, vault: Vault) -> Store:
    """A new history for `name`; StoreError for an empty, long or taken name."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= NAME_CHARACTERS:
        raise StoreError(f"the name has {len(name)} characters; allowed: 1 to {NAME_CHARACTERS}")
    if name.casefold() in {user.name.casefold() for user in listed(folder)}:
        raise StoreError(f"there is a user {name!r} already; choose another name")
    folder.mkdir(parents=True, exist_ok=True)
    return Store.create(new_path(folder), name, vault)


def new_path(folder: Path) -> Path:
    """A file name that says nothing of its user."""
    return folder / f"{uuid.uuid4().hex[:12]}{SUFFIX}"


def restore(folder: Path, source: Path, vault: Vault, own: Vault) -> Store:
    """The history in the backup `source`, which `vault` opens, as that user's here, kept by `own`.

    StoreError where a user has that name already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = new_path(folder)
    taken = {user.name.casefold() for user in listed(folder)}
    store = backup.restore(source, path, vault, own)
    if store.user.casefold() in taken:
        name = store.user
        store.close()
        erase(path)
        raise StoreError(f"there is a user {name!r} already; a backup never replaces a history")
    return store


def remove(user: User) -> None:
    """Delete a user's whole history, as a forgotten passphrase asks."""
    erase(user.path)


def remove_all(folder: Path) -> None:
    """Delete every history in `folder`, as withdrawing consent asks, and what a killed restore left of one."""
    for path in sorted(folder.glob(f"*{SUFFIX}*")):
        erase(path)
