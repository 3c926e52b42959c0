from __future__ import annotations

import base64
import csv
import io
import json
import os
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import PassphraseError, StoreError
from edge_app.store import backup, search, users, whole
from edge_app.store.csv_export import COLUMNS, to_csv
from edge_app.store.fhir import conclusion, to_fhir
from edge_app.store.records import Case
from edge_app.store.store import Store
from edge_app.store.vaults import PassphraseVault
from tests.edge_app.store.histories import PlainVault, case, photos_of, visit


def test_csv_has_one_row_a_visit_under_its_heading() -> None:
    heading, row, empty = csv.reader(io.StringIO(to_csv([case(1), Case(id="c2", created_at="t")])))
    assert tuple(heading) == COLUMNS
    cells = dict(zip(heading, row, strict=True))
    assert (cells["reference"], cells["best_label"], cells["probability"], cells["outcome_finding"]) == (
        "ward-1", "nv", "0.8125", "nevus",
    )  # fmt: skip
    assert (cells["quality"], cells["used_anyway"], cells["photos"]) == ("blur", "no", "1")
    assert (empty[0], len(empty)) == ("c2", len(COLUMNS))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), st.sampled_from("=+-@\t\r\n"))
def test_csv_cells_never_begin_like_a_formula(text: str, start: str) -> None:
    _, row = csv.reader(io.StringIO(to_csv([case(1, note=start + text, reference="=cmd|' /C calc'!A0")]), newline=""))
    assert row[COLUMNS.index("note")] == "'" + start + text
    assert row[COLUMNS.index("reference")].startswith("'=")


def test_fhir_says_preliminary_and_keeps_references_inside() -> None:
    one = case(1)
    bundle = json.loads(to_fhir(one, photos_of(one)))
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert sorted(kinds) == ["Device", "DiagnosticReport", "Media", "Observation", "Patient"]
    by_kind = {entry["resource"]["resourceType"]: entry["resource"] for entry in bundle["entry"]}
    assert (by_kind["DiagnosticReport"]["status"], by_kind["Observation"]["status"]) == ("preliminary", "preliminary")
    assert "Not a diagnosis" in by_kind["DiagnosticReport"]["conclusion"]
    assert base64.b64decode(by_kind["Media"]["content"]["data"]) == photos_of(one)["p1-0"]
    urls = {entry["fullUrl"] for entry in bundle["entry"]}
    assert all(str(uuid.UUID(url)) in url for url in urls)
    assert set(references(bundle)) <= urls


def references(node: object) -> list[str]:
    """Every reference in a decoded resource."""
    if isinstance(node, dict):
        own = [node["reference"]] if isinstance(node.get("reference"), str) else []
        return own + [found for value in node.values() for found in references(value)]
    return [found for item in node for found in references(item)] if isinstance(node, list) else []


def test_fhir_of_a_visit_without_an_answer_keeps_how_urgent_the_referral_is() -> None:
    unsure = replace(visit(1), verdict="unsure", tier="urgent", reason="below the floor")
    report = next(
        entry["resource"]
        for entry in json.loads(to_fhir(case(1, visits=(unsure,))))["entry"]
        if entry["resource"]["resourceType"] == "DiagnosticReport"
    )
    assert report["conclusion"].startswith("No answer: below the floor. Refer to a clinician: urgent. ")


@pytest.mark.parametrize(("probability", "said"), [(0.999, "(> 99%)"), (0.62, "(62%)"), (0.004, "(< 1%)")])
def test_fhir_never_calls_a_model_certain(probability: float, said: str) -> None:
    assert said in conclusion(replace(visit(1), verdict="prediction", probability=probability))


def test_removing_all_histories_takes_what_a_killed_restore_left_too(tmp_path: Path) -> None:
    users.add(tmp_path, "Amina", PlainVault()).close()
    (tmp_path / ".0123456789ab.history.restored").write_bytes(b"sealed")
    (tmp_path / ".0123456789ab.history.restored-wal").write_bytes(b"sealed")
    users.remove_all(tmp_path)
    users.remove_all(tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []


def test_fhir_of_an_empty_case_is_a_patient_alone() -> None:
    bundle = json.loads(to_fhir(Case(id="c", created_at="t")))
    assert [entry["resource"] for entry in bundle["entry"]] == [{"resourceType": "Patient"}]


def filled(folder: Path) -> Store:
    store = Store.create(folder / "a.history", "Amina", PlainVault())
    for number in (1, 2):
        store.save(case(number), photos_of(case(number)))
    return store


def test_backup_restores_everything_under_its_own_passphrase(tmp_path: Path) -> None:
    store = filled(tmp_path)
    kept = backup.write(store, tmp_path / "kept.backup", PassphraseVault("for the backup"))
    store.delete("c2")
    restored = backup.restore(kept, tmp_path / "b.history", PassphraseVault("for the backup"), PlainVault("other"))
    assert {c.id for c in restored.cases()} == {"c1", "c2"}
    assert restored.photo("p2-0") == photos_of(case(2))["p2-0"]
    assert [e.event for e in restored.audit()][-2:] == ["restored", "opened"]
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix not in (".history-wal", ".history-shm")) == [
        "a.history", "b.history", "kept.backup",
    ]  # fmt: skip
    assert b"ward" not in kept.read_bytes()


def test_restore_refuses_and_leaves_nothing_when_it_cannot(tmp_path: Path) -> None:
    store = filled(tmp_path)
    kept = backup.write(store, tmp_path / "kept.backup", PassphraseVault("for the backup"))
    target = tmp_path / "b.history"
    with pytest.raises(PassphraseError):
        backup.restore(kept, target, PassphraseVault("something else"), PlainVault())
    with pytest.raises(StoreError, match="never replaces"):
        backup.restore(kept, store.path, PassphraseVault("for the backup"), PlainVault())
    spoiled = bytearray(kept.read_bytes())
    middle = bytes(spoiled).find(
        store._connection.execute("SELECT sealed FROM photos WHERE id='p1-0'").fetchone()[0][:40]
    )
    spoiled[middle + 50] ^= 1
    kept.write_bytes(spoiled)
    with pytest.raises(StoreError, match="changed or damaged"):
        backup.restore(kept, target, PassphraseVault("for the backup"), PlainVault())
    assert [p.name for p in tmp_path.iterdir() if "b.history" in p.name] == []


def test_users_have_histories_that_the_others_cannot_open(tmp_path: Path) -> None:
    amina = users.add(tmp_path, " Amina  K ", PlainVault("a"))
    users.add(tmp_path, "Bo", PlainVault("b")).close()
    assert [user.name for user in users.listed(tmp_path)] == ["Amina K", "Bo"]
    with pytest.raises(PassphraseError):
        Store.open(amina.path, PlainVault("b"))
    with pytest.raises(StoreError, match="already"):
        users.add(tmp_path, "amina k", PlainVault())
    with pytest.raises(StoreError, match="1 to 60"):
        users.add(tmp_path, "  ", PlainVault())
    amina.close()
    users.remove(users.listed(tmp_path)[0])
    assert [user.name for user in users.listed(tmp_path)] == ["Bo"]


def test_search_finds_every_word_in_any_field() -> None:
    cases = [case(1), case(2, note="bleeds", site="scalp")]
    assert [c.id for c in search.found(cases, "FOREARM nevus")] == ["c1"]
    assert [c.id for c in search.found(cases, "bleed")] == ["c2"]
    assert search.found(cases, " ") == cases
    assert search.found(cases, "forearm bleeds") == []


def test_reminders_are_due_by_date_most_overdue_first() -> None:
    cases = [case(1, remind_on="2026-11-21"), case(2, remind_on="2026-11-22"), case(3), case(4, remind_on="2026-10-01")]
    assert [c.id for c in search.due(cases, "2026-11-21")] == ["c4", "c1"]


def test_write_whole_leaves_the_old_file_when_the_disk_is_full(tmp_path: Path) -> None:
    path = whole.write_whole(tmp_path / "a.csv", b"old")
    child = os.fork()
    if child == 0:
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            whole.write_whole(path, bytes(5000))
        except StoreError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert (path.read_bytes(), [p.name for p in tmp_path.iterdir()]) == (b"old", ["a.csv"])
