from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from edge_app.runtime.errors import PassphraseError, StoreError
from edge_app.store import layout
from edge_app.store.store import Store, erase
from edge_app.store.vaults import PassphraseVault
from tests.edge_app.store.histories import PlainVault, case, photos_of


def created(folder: Path) -> Store:
    return Store.create(folder / "a.history", "Amina", PlainVault(), now=lambda: "2026-11-21T10:00:00Z")


def reopened(store: Store) -> Store:
    store.close()
    return Store.open(store.path, PlainVault())


def test_saved_case_and_photos_come_back_when_reopened(tmp_path: Path) -> None:
    store, saved = created(tmp_path), case(1, photos=2)
    store.save(saved, photos_of(saved))
    store = reopened(store)
    assert store.cases() == (saved,)
    assert {i: store.photo(i) for i in saved.photo_ids} == photos_of(saved)
    assert store.user == "Amina"


def test_cases_are_sorted_by_their_last_visit(tmp_path: Path) -> None:
    store = created(tmp_path)
    for number in (3, 9, 5):
        store.save(case(number), photos_of(case(number)))
    assert [c.id for c in store.cases()] == ["c9", "c5", "c3"]


def test_file_holds_nothing_readable(tmp_path: Path) -> None:
    store, saved = created(tmp_path), case(1)
    store.save(saved, photos_of(saved))
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert [word for word in (b"forearm", b"ward-1", b"grew", b"Melanocytic", b"p1-0p1-0") if word in written] == []


def test_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    assert created(tmp_path).path.stat().st_mode & 0o777 == 0o600


def test_open_refuses_a_wrong_passphrase_and_leaves_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.history"
    Store.create(path, "Amina", PassphraseVault("correct horse")).close()
    before = path.read_bytes()
    with pytest.raises(PassphraseError, match="does not open"):
        Store.open(path, PassphraseVault("correct house"))
    assert path.read_bytes() == before
    # NFKC: a composed and a decomposed letter are one.
    Store.open(path, PassphraseVault("correct horse")).change_vault(PassphraseVault("caf\u00e9 au lait"))
    assert Store.open(path, PassphraseVault("cafe\u0301 au lait")).user == "Amina"


def test_a_record_moved_to_another_row_is_refused(tmp_path: Path) -> None:
    store = created(tmp_path)
    for number in (1, 2):
        store.save(case(number), photos_of(case(number)))
    store.close()
    connection = sqlite3.connect(store.path)
    connection.execute("UPDATE records SET sealed = (SELECT sealed FROM records WHERE id = 'c1') WHERE id = 'c2'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="changed or damaged"):
        Store.open(store.path, PlainVault())


def test_deleted_case_leaves_no_byte_of_its_photo(tmp_path: Path) -> None:
    store, kept, gone = created(tmp_path), case(1), case(2)
    for one in (kept, gone):
        store.save(one, photos_of(one, 60_000))
    sealed = {
        photo_id: sqlite3.connect(store.path)
        .execute("SELECT sealed FROM photos WHERE id = ?", (photo_id,))
        .fetchone()[0]
        for photo_id in ("p1-0", "p2-0")
    }
    store.delete("c2")
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    pieces = {i: [s[at : at + 64] in written for at in range(8000, 40000, 8000)] for i, s in sealed.items()}
    assert (any(pieces["p2-0"]), all(pieces["p1-0"])) == (False, True)
    assert [c.id for c in reopened(store).cases()] == ["c1"]
    with pytest.raises(StoreError, match="no photo"):
        Store.open(store.path, PlainVault()).photo("p2-0")


def test_full_disk_changes_nothing_and_says_so(tmp_path: Path) -> None:
    store, first, second = created(tmp_path), case(1), case(2)
    store.save(first, photos_of(first))
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(StoreError, match="full.*nothing was changed: free some space"):
        store.save(second, photos_of(second, 500_000))
    assert [c.id for c in store.cases()] == ["c1"]
    store._connection.execute("PRAGMA max_page_count = 100000")
    store.save(second, photos_of(second, 500_000))
    assert {c.id for c in reopened(store).cases()} == {"c1", "c2"}


def test_older_store_is_migrated_with_its_data(tmp_path: Path) -> None:
    path = version_1(tmp_path)
    store = Store.open(path, PlainVault())
    assert [c.id for c in store.cases()] == ["c1"]
    assert store.photo("p1-0") == photos_of(case(1))["p1-0"]
    assert [(e.event, e.detail) for e in store.audit()] == [("opened", "migrated 1 to 2")]
    store.save(case(1, note="later"))
    assert reopened(store).case("c1").note == "later"


def version_1(folder: Path) -> Path:
    """A store as version 1 wrote it: no audit log, and a record's schema not stated beside it."""
    import json

    from edge_app.store import records, sealing

    path, key = folder / "old.history", bytes(range(32))
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
        "CREATE TABLE records (id TEXT PRIMARY KEY, kind TEXT NOT NULL, sealed BLOB NOT NULL);"
        "CREATE TABLE photos (id TEXT PRIMARY KEY, case_id TEXT NOT NULL, sealed BLOB NOT NULL);"
        f"PRAGMA application_id = {layout.APPLICATION_ID}; PRAGMA user_version = 1;"
    )
    old = json.loads(records.to_bytes(case(1)))
    del old["remind_on"], old["outcome"]
    sealed = sealing.seal(key, json.dumps(old).encode(), sealing.associated("records", "case", 1, "c1"))
    photo = sealing.seal(key, photos_of(case(1))["p1-0"], sealing.associated("photos", "jpeg", 1, "p1-0"))
    wrapped = json.dumps(PlainVault().wrap(key))
    connection.executemany("INSERT INTO meta VALUES (?, ?)", [("user", "Old"), ("key", wrapped)])
    connection.execute("INSERT INTO records VALUES ('c1', 'case', ?)", (sealed,))
    connection.execute("INSERT INTO photos VALUES ('p1-0', 'c1', ?)", (photo,))
    connection.commit()
    connection.close()
    return path


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ("PRAGMA application_id = 1", "no case history"),
        ("PRAGMA user_version = 99", "update the app"),
        ("CREATE TRIGGER t AFTER INSERT ON audit BEGIN DELETE FROM records; END", "never writes"),
        ("DELETE FROM meta", "has no key"),
        ("DELETE FROM audit WHERE number = 1", "removed or replaced"),
    ],
)
def test_open_refuses_a_file_that_the_app_did_not_write(tmp_path: Path, spoil: str, message: str) -> None:
    store = created(tmp_path)
    store.log("something", "")
    store.close()
    connection = sqlite3.connect(store.path)
    connection.execute(spoil)
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match=message):
        Store.open(store.path, PlainVault()).audit()


@pytest.mark.parametrize("content", [b"", b"not a database" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_open_refuses_bytes_that_are_no_store(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.history"
    path.write_bytes(content)
    with pytest.raises(StoreError):
        Store.open(path, PlainVault())


def test_erased_history_is_overwritten_before_it_goes(tmp_path: Path) -> None:
    store = created(tmp_path)
    store.save(case(1), photos_of(case(1), 60_000))
    store.close()
    link = tmp_path / "kept"
    os.link(store.path, link)
    erase(store.path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert set(link.read_bytes()) == {0}


def test_audit_log_tells_what_was_done_in_order(tmp_path: Path) -> None:
    store = created(tmp_path)
    store.save(case(1), photos_of(case(1)))
    store.delete("c1")
    assert [(e.event, e.detail) for e in store.audit()] == [("created", ""), ("saved", "c1"), ("deleted", "c1")]
    assert {e.at for e in store.audit()} == {"2026-11-21T10:00:00Z"}


def test_close_forgets_key_and_cases(tmp_path: Path) -> None:
    store = created(tmp_path)
    store.save(case(1), photos_of(case(1)))
    store.close()
    assert (store.key, store._cases) == (b"", {})
    with pytest.raises(StoreError):
        store.log("more", "")
