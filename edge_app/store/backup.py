"""Encrypted backups: the history's own format, its key wrapped by the backup's passphrase."""

from __future__ import annotations

import json
import os
from pathlib import Path

from edge_app.runtime.errors import StoreError
from edge_app.store import layout
from edge_app.store.store import Store, erase, failures
from edge_app.store.vaults import Vault


def write(store: Store, target: Path, vault: Vault) -> Path:
    """A backup of `store` at `target` that opens with `vault` on any device; replaces a file there."""
    partial = target.with_name(f".{target.name}.tmp")
    erase(partial)
    try:
        with failures("be backed up"):
            connection = layout.connect(partial)
            store.copy_to(connection)
            wrapped = json.dumps(vault.wrap(store.key))
            connection.execute("UPDATE meta SET value = ? WHERE name = 'key'", (wrapped,))
            # One plain file: a write-ahead log beside a backup would be left behind.
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("VACUUM")
            connection.close()
            os.replace(partial, target)
    finally:
        erase(partial)
    store.log("backed up", target.name)
    return target


def restore(source: Path, target: Path, vault: Vault, own: Vault) -> Store:
    """The history in the backup `source` as a new one at `target`, kept by `own`; every record and photo is tried.

    StoreError when the backup is damaged or `target` exists, PassphraseError when `vault` does not open it.
    """
    if target.exists():
        raise StoreError(f"there is a history {target.name} already; a backup never replaces one")
    partial = target.with_name(f".{target.name}.restored")
    erase(partial)
    try:
        with failures("be restored"):
            partial.write_bytes(source.read_bytes())
            store = Store.open(partial, vault)
            prove(store)
            store.change_vault(own)
            store.log("restored", source.name)
            store.close()
            os.replace(partial, target)
    finally:
        erase(partial)
    return Store.open(target, own)


def prove(store: Store) -> None:
    """Unseal everything; StoreError at the first thing that does not open."""
    for case in store.cases():
        for photo_id in case.photo_ids:
            store.photo(photo_id)
    store.audit()
