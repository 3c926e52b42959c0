"""The tables of a store, and the steps that bring an older one up to date.

Version 1 held records and photos. Version 2 adds the audit log and states, beside each record, the schema that its
seal is bound to.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from edge_app.runtime.errors import StoreError

VERSION = 2
# "dmed": lets us tell our files from other SQLite files.
APPLICATION_ID = 0x646D6564

TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE records (id TEXT PRIMARY KEY, kind TEXT NOT NULL, schema INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE TABLE photos (id TEXT PRIMARY KEY, case_id TEXT NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE TABLE audit (number INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection that overwrites what it deletes and has each commit on the disk before it returns."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    for pragma in (
        "trusted_schema = OFF",
        "journal_mode = WAL",
        "synchronous = FULL",
        "secure_delete = ON",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def create(connection: sqlite3.Connection) -> None:
    """All tables of a new store."""
    connection.executescript(
        f"BEGIN; {TABLES} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; COMMIT;"
    )


def check(connection: sqlite3.Connection, path: Path) -> None:
    """StoreError unless the file is a store that this version can read."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise StoreError(f"{path.name} is no case history of this app; choose a file that it wrote")
    if not 1 <= version <= VERSION:
        raise StoreError(f"{path.name} is of version {version}; this app reads 1 to {VERSION}: update the app")
    programs = connection.execute("SELECT name FROM sqlite_master WHERE type NOT IN ('table', 'index')").fetchall()
    if programs:
        raise StoreError(f"{path.name} holds {programs[0][0][:40]!r}, which this app never writes; do not use it")


def migrate(connection: sqlite3.Connection) -> tuple[int, int]:
    """Run every step that is due, each in a transaction of its own; (version before, version after)."""
    (before,) = connection.execute("PRAGMA user_version").fetchone()
    for version in range(before, VERSION):
        with transaction(connection):
            STEPS[version](connection)
            connection.execute(f"PRAGMA user_version = {version + 1}")
    return before, VERSION


def add_audit_and_schema(connection: sqlite3.Connection) -> None:
    """1 -> 2: records of version 1 were sealed under schema 1, and keep that until they are saved again."""
    connection.execute("ALTER TABLE records ADD COLUMN schema INTEGER NOT NULL DEFAULT 1")
    connection.execute("CREATE TABLE audit (number INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT")


STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {1: add_audit_and_schema}


class transaction:
    """`with transaction(connection):` commits at the end, or leaves everything as it was."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._connection.execute("COMMIT")
        elif self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
