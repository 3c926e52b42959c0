"""One user's history: an SQLite file in which every record and photo is sealed with a key that a vault keeps."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from edge_app.runtime.errors import StoreError
from edge_app.store import audit, layout, records, sealing
from edge_app.store.records import Case
from edge_app.store.vaults import Vault

CASE = "case"
SIDE_FILES = ("-wal", "-shm", "-journal")
OVERWRITE_BYTES = 1 << 20


def now_utc() -> str:
    """The time as 2026-11-30T12:34:56Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """An open history; safe to call from several threads, one at a time. `close` forgets the key.

    All cases are decrypted once and held in memory, photos are read when they are asked for.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, key: bytes, now: Callable[[], str]) -> None:
        self.path, self._now = path, now
        self._connection, self._key = connection, key
        self._lock = threading.RLock()
        self._cases = {case.id: case for case in self._read_cases()}

    @classmethod
    def create(cls, path: Path, user: str, vault: Vault, *, now: Callable[[], str] = now_utc) -> Store:
        """A new, empty history at `path`, which appears there whole or not at all; StoreError where one exists."""
        if path.exists():
            raise StoreError(f"there is a history {path.name} already; choose another name")
        key = os.urandom(sealing.KEY_BYTES)
        partial = path.with_name(f".{path.name}.new")
        erase(partial)
        with failures("be created"):
            connection = layout.connect(partial)
            layout.create(connection)
            values = {"user": user, "key": json.dumps(vault.wrap(key)), "created": now()}
            connection.executemany("INSERT INTO meta VALUES (?, ?)", values.items())
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            os.chmod(partial, 0o600)
            os.replace(partial, path)
        store = cls(path, layout.connect(path), key, now)
        store.log("created", "")
        return store

    @classmethod
    def open(cls, path: Path, vault: Vault, *, now: Callable[[], str] = now_utc) -> Store:
        """The history at `path`, brought up to date; PassphraseError for a wrong one, StoreError when damaged."""
        if not path.is_file():
            raise StoreError(f"there is no history at {path.name}; create one or restore a backup")
        with failures("be opened"):
            connection = layout.connect(path)
            try:
                layout.check(connection, path)
                key = vault.unwrap(wrapped_key(connection))
                before, after = layout.migrate(connection)
                store = cls(path, connection, key, now)
            except BaseException:
                connection.close()
                raise
        store.log("opened", "" if before == after else f"migrated {before} to {after}")
        return store

    @property
    def user(self) -> str:
        """The name that the lock screen shows."""
        with self._reading():
            return str(self._connection.execute("SELECT value FROM meta WHERE name = 'user'").fetchone()[0])

    @property
    def key(self) -> bytes:
        """The key, for backups."""
        return self._key

    def cases(self) -> tuple[Case, ...]:
        """Every case, the newest first."""
        with self._reading():
            return tuple(sorted(self._cases.values(), key=last_seen, reverse=True))

    def case(self, case_id: str) -> Case:
        """One case; StoreError where there is none."""
        if case_id not in self._cases:
            raise StoreError(f"there is no case {case_id[:40]!r}; it may have been deleted")
        return self._cases[case_id]

    def photo(self, photo_id: str) -> bytes:
        """The JPEG file of one photo."""
        with self._reading():
            row = self._connection.execute("SELECT sealed FROM photos WHERE id = ?", (photo_id,)).fetchone()
        if row is None:
            raise StoreError(f"there is no photo {photo_id[:40]!r}; it may have been deleted")
        return sealing.unseal(self._key, row[0], sealing.associated("photos", "jpeg", 1, photo_id))

    def save(self, case: Case, photos: Mapping[str, bytes] | None = None, *, event: str = "saved") -> None:
        """Write `case` and the new `photos` (id to JPEG) in one transaction: all of it is on the disk, or none."""
        new = dict(photos or {})
        place = sealing.associated("records", CASE, records.RECORD_SCHEMA, case.id)
        sealed = sealing.seal(self._key, records.to_bytes(case), place)
        rows = [(i, case.id, self._sealed_photo(i, jpeg)) for i, jpeg in new.items()]
        with self._writing():
            self._connection.execute(
                "INSERT OR REPLACE INTO records (id, kind, schema, sealed) VALUES (?, ?, ?, ?)",
                (case.id, CASE, records.RECORD_SCHEMA, sealed),
            )
            self._connection.executemany("INSERT INTO photos (id, case_id, sealed) VALUES (?, ?, ?)", rows)
            self._append(event, case.id)
        self._cases[case.id] = case

    def delete(self, case_id: str) -> None:
        """Remove a case with its photos and overwrite where they stood, in the file and in its write-ahead log."""
        self.case(case_id)
        with self._writing():
            self._connection.execute("DELETE FROM photos WHERE case_id = ?", (case_id,))
            self._connection.execute("DELETE FROM records WHERE id = ?", (case_id,))
            self._append("deleted", case_id)
        del self._cases[case_id]
        with self._reading():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def log(self, event: str, detail: str) -> None:
        """Add a line to the audit log."""
        with self._writing():
            self._append(event, detail)

    def audit(self) -> tuple[audit.Entry, ...]:
        """The audit log, oldest first; StoreError where a line was removed or changed."""
        with self._reading():
            rows = self._connection.execute("SELECT number, sealed FROM audit ORDER BY number").fetchall()
        return audit.read(rows, self._key)

    def check_vault(self, vault: Vault) -> None:
        """PassphraseError unless `vault` is what keeps the key now."""
        with self._reading():
            wrapped = wrapped_key(self._connection)
        vault.unwrap(wrapped)

    def change_vault(self, vault: Vault) -> None:
        """Keep the key in another vault from now on: another passphrase."""
        with self._writing():
            wrapped = json.dumps(vault.wrap(self._key))
            self._connection.execute("UPDATE meta SET value = ? WHERE name = 'key'", (wrapped,))
            self._append("passphrase changed", "")
        with self._reading():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy_to(self, target: sqlite3.Connection) -> None:
        """Copy all tables, sealed as they are, into another file's connection."""
        with self._reading():
            self._connection.backup(target)

    def close(self) -> None:
        """Forget the key and every decrypted record."""
        with self._lock:
            self._key = b""
            self._cases.clear()
            self._connection.close()

    def _read_cases(self) -> Iterator[Case]:
        """Every case, unsealed under the schema that it states."""
        rows = self._connection.execute("SELECT id, schema, sealed FROM records WHERE kind = ?", (CASE,)).fetchall()
        for record_id, schema, sealed in rows:
            place = sealing.associated("records", CASE, schema, record_id)
            yield records.from_bytes(sealing.unseal(self._key, sealed, place))

    def _sealed_photo(self, photo_id: str, jpeg: bytes) -> bytes:
        """One photo as the table holds it."""
        return sealing.seal(self._key, jpeg, sealing.associated("photos", "jpeg", 1, photo_id))

    def _append(self, event: str, detail: str) -> None:
        """Add to the audit log inside the running transaction."""
        last = self._connection.execute("SELECT number, sealed FROM audit ORDER BY number DESC LIMIT 1").fetchone()
        row = audit.following(last, audit.Entry(self._now(), event, detail), self._key)
        self._connection.execute("INSERT INTO audit (number, sealed) VALUES (?, ?)", row)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """The connection for this thread."""
        with self._lock, failures("be read"):
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """The connection for this thread, in a transaction."""
        with self._lock, failures("be written"), layout.transaction(self._connection):
            yield


def last_seen(case: Case) -> str:
    """When a case was last answered."""
    return case.visits[-1].taken_at if case.visits else case.created_at


def wrapped_key(connection: sqlite3.Connection) -> dict[str, str]:
    """The wrapped key of a store."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'key'").fetchone()
    try:
        wrapped = json.loads(row[0]) if row else None
    except ValueError:
        wrapped = None
    if not isinstance(wrapped, dict):
        raise StoreError("this history has no key; restore a backup")
    return wrapped


def erase(path: Path) -> None:
    """Overwrite and remove a store's file and what SQLite keeps beside it; without its key the rest is noise."""
    for name in (path.name, *(path.name + suffix for suffix in SIDE_FILES)):
        file = path.with_name(name)
        if file.is_file():
            overwrite(file)
        file.unlink(missing_ok=True)


def overwrite(path: Path) -> None:
    """Zeros over the whole file, on the disk before this returns."""
    with path.open("r+b") as file:
        left = path.stat().st_size
        while left > 0:
            left -= file.write(bytes(min(left, OVERWRITE_BYTES)))
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def failures(what: str) -> Iterator[None]:
    """StoreError for what SQLite or the disk refuses."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        advice = "free some space and try again" if is_full(error) else "restart the app, else restore a backup"
        raise StoreError(f"the history could not {what} ({error}); nothing was changed: {advice}") from error


def is_full(error: Exception) -> bool:
    """Whether the disk is full."""
    return "full" in str(error) or getattr(error, "errno", None) == 28
