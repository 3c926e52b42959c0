"""What goes wrong in the field: wrong passphrases, full disks, lost photos, second thoughts, a phone put away."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest

from edge_app.store import backup, users
from edge_app.store.vaults import PassphraseVault
from edge_app.ui import choices
from edge_app.ui.draft import analyse
from tests.edge_app import bundles
from tests.edge_app.ui.driver import PASSPHRASE, SAMPLES, running

pytestmark = pytest.mark.usefixtures("display")


def test_wrong_passphrase_is_told_and_the_right_one_opens(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.app.lock()
        driver.settle()
        driver.page.ids.passphrase.text = "wrong horse"
        driver.press("Unlock")
        driver.wait(lambda: "does not open" in driver.app.root.message)
        assert (driver.app.page, driver.session.is_locked) == ("lock", True)
        driver.page.ids.passphrase.text = PASSPHRASE
        driver.press("Unlock")
        driver.wait_for("home")


def test_changed_passphrase_opens_and_the_old_one_does_not(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.press("Settings")
        driver.press("Change the passphrase")
        ids = driver.page.ids
        ids.present.text, ids.passphrase.text, ids.again.text = "wrong horse", "new battery", "new battery"
        driver.press("Change the passphrase")
        driver.wait(lambda: "does not open" in driver.app.root.message)
        ids.present.text, ids.again.text = PASSPHRASE, "new batery"
        driver.press("Change the passphrase")
        assert "differ" in driver.app.root.message
        ids.again.text = "new battery"
        driver.press("Change the passphrase")
        driver.wait_for("settings")
        assert ids.present.text == ""
        driver.app.lock()
        driver.settle()
        for passphrase, page in ((PASSPHRASE, "lock"), ("new battery", "home")):
            driver.page.ids.passphrase.text = passphrase
            driver.press("Unlock")
            driver.wait(lambda: not driver.app.is_busy)
            assert driver.app.page == page
        assert "passphrase changed" in {entry.event for entry in driver.session.history().audit()}


def test_message_of_an_error_begins_in_the_users_language(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.session.prefer(language="es")
        driver.app.follow_preferences()
        driver.app.dropped(None, b"/no/such/photo.jpg")
        driver.wait(lambda: "does not exist" in driver.app.root.message)
        assert driver.app.root.message.startswith("Esta foto no se puede usar.\n")


def test_app_locks_itself_after_two_minutes_and_forgets_what_it_showed(data: Path) -> None:
    time_s = [0.0]
    with running(data, clock=lambda: time_s[0]) as driver:
        driver.begin()
        driver.session.begin()
        driver.answer(SAMPLES / "phantom-1.jpg")
        time_s[0] += 119
        driver.app.lock_when_due(0)
        assert driver.app.page == "result"
        time_s[0] += 2
        driver.app.on_pause()
        assert driver.app.platform.is_hidden
        driver.app.on_resume()
        assert not driver.app.platform.is_hidden
        assert (driver.app.page, driver.session.draft.answer) == ("lock", None)


def test_lock_gives_up_what_is_worked_on_and_drops_what_was_shown(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(photos: Any, classifier: Any, task: Any) -> Any:
        begun.set()
        go_on.wait(30)
        return analyse(photos, classifier, task)

    with running(data) as driver:
        driver.begin()
        driver.session.begin()
        driver.photo(SAMPLES / "phantom-1.jpg")
        monkeypatch.setattr("edge_app.ui.screens.check.analyse", slow)
        driver.press("Analyse")
        driver.wait(begun.is_set)
        shown = weakref.ref(driver.page)
        driver.app.lock()
        go_on.set()
        driver.wait(lambda: set(driver.app.root.ids.manager.screen_names) == {"consent", "lock"})
        driver.settle(30)
        assert (driver.app.page, driver.session.draft.answer, driver.app.is_busy) == ("lock", None, False)
        gc.collect()
        assert shown() is None


def test_a_touch_puts_off_the_lock(data: Path) -> None:
    time_s = [0.0]
    with running(data, clock=lambda: time_s[0]) as driver:
        driver.begin()
        time_s[0] += 100
        driver.press("History")
        time_s[0] += 100
        driver.app.lock_when_due(0)
        assert driver.app.page == "history"


def test_second_tap_cancels_the_analysis_and_its_result_is_dropped(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(photos: Any, classifier: Any, task: Any) -> Any:
        begun.set()
        go_on.wait(30)
        return analyse(photos, classifier, task)

    with running(data) as driver:
        driver.begin()
        driver.session.begin()
        driver.photo(SAMPLES / "phantom-1.jpg")
        monkeypatch.setattr("edge_app.ui.screens.check.analyse", slow)
        driver.press("Analyse")
        driver.wait(begun.is_set)
        assert driver.app.is_busy
        veil = driver.app.root.children[1]
        driver.touch(next(w for w in veil.walk() if getattr(w, "string", "") == "Cancel" and hasattr(w, "icon")))
        go_on.set()
        driver.settle(30)
        assert (driver.app.page, driver.session.draft.answer, driver.app.is_busy) == ("check", None, False)


def test_photo_deleted_before_it_is_read_is_told(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.app.go("capture")
        driver.app.dropped(None, b"/no/such/photo.jpg")
        driver.wait(lambda: "does not exist" in driver.app.root.message)
        assert driver.app.page == "capture"


def test_photo_deleted_after_import_is_still_answered(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "gone.jpg"
    path.write_bytes((SAMPLES / "phantom-1.jpg").read_bytes())
    with running(data) as driver:
        driver.begin()
        driver.session.begin()
        driver.photo(path)
        path.unlink()
        driver.press("Analyse")
        driver.wait_for("result")
        driver.press("Save")
        assert len(driver.session.history().cases()) == 1


def test_damaged_photo_is_told_in_words(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.jpg"
    path.write_bytes((SAMPLES / "phantom-1.jpg").read_bytes()[:5000])
    with running(data) as driver:
        driver.begin()
        driver.app.dropped(None, str(path).encode())
        driver.wait(lambda: "cut short" in driver.app.root.message)


def test_full_disk_is_told_and_saving_works_again_later(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.session.begin()
        driver.answer(SAMPLES / "phantom-1.jpg")
        connection = driver.session.history()._connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        driver.press("Save")
        assert "free some space" in driver.app.root.message
        assert (driver.page.is_saved, driver.session.history().cases()) == (False, ())
        connection.execute("PRAGMA max_page_count = 1000000")
        driver.press("Save")
        assert (driver.page.is_saved, len(driver.session.history().cases())) == (True, 1)


def test_withdrawn_consent_deletes_every_history(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.app.go("settings")
        driver.press("Intended use and consent")
        driver.press("Withdraw consent and delete all data")
        assert len(users.listed(driver.session.histories)) == 1
        driver.press("Press again: delete everything")
        assert list(driver.session.histories.iterdir()) == []
        assert {screen.name for screen in driver.app.root.ids.manager.screens} <= {"consent", "lock"}
        assert (driver.app.page, driver.session.preferences.consented_at) == ("consent", "")


def test_two_users_have_a_history_each(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.session.begin()
        driver.answer(SAMPLES / "phantom-1.jpg")
        driver.press("Save")
        driver.app.lock()
        driver.press("New user")
        driver.sign_up("Bo")
        driver.wait_for("home")
        assert driver.session.history().cases() == ()
        driver.app.lock()
        driver.press("Amina")
        driver.page.ids.passphrase.text = PASSPHRASE
        driver.press("Unlock")
        driver.wait_for("home")
        assert len(driver.session.history().cases()) == 1


def test_bundle_of_a_stranger_is_refused_until_their_key_is_trusted(data: Path, tmp_path: Path) -> None:
    source = bundles.write_zip(bundles.signed(bundles.contents()), tmp_path / "tiny.zip")
    key = tmp_path / "stranger.pub"
    key.write_text(bundles.public(bundles.KEY).hex())
    with running(data) as driver:
        driver.begin()
        built_in = driver.session.model().bundle.sha256
        driver.app.go("models")
        driver.page.import_bundle(source)
        driver.wait(lambda: "unknown key" in driver.app.root.message)
        assert driver.session.model().bundle.sha256 == built_in
        driver.app.screen("keys").accept(key)
        driver.page.import_bundle(source)
        driver.wait(lambda: driver.session.model().bundle.sha256 != built_in)
        source.unlink()
        driver.app.load_model()
        driver.wait(lambda: driver.session.model().card.name == "tiny")
        driver.press("Back to the model before")
        driver.wait(lambda: driver.session.model().bundle.sha256 == built_in)
        assert "model" in {entry.event for entry in driver.session.history().audit()}


def test_backup_is_restored_on_a_device_without_users(data: Path, tmp_path: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.session.begin()
        driver.answer(SAMPLES / "phantom-1.jpg")
        driver.press("Save")
        kept = backup.write(
            driver.session.history(), tmp_path / "kept.dermedge-backup", PassphraseVault("backup words")
        )
    with running(tmp_path / "elsewhere" / "data") as driver:
        driver.page.understands = True
        driver.press("Agree and continue")
        driver.press("Restore a backup")
        driver.page.hand_over(kept)
        driver.settle()
        driver.page.ids.passphrase.text = "wrong words"
        driver.press("Restore a backup")
        driver.wait(lambda: "does not open" in driver.app.root.message)
        driver.page.ids.passphrase.text = "backup words"
        driver.press("Restore a backup")
        driver.wait_for("tour")
        assert (driver.session.history().user, len(driver.session.history().cases())) == ("Amina", 1)


def test_photo_of_the_systems_picker_is_checked(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.session.begin()
        driver.app.platform.picked = (SAMPLES / "phantom-1.jpg").read_bytes()
        driver.app.go("capture")
        driver.press("Import a photo")
        driver.wait_for("check")
        assert driver.page.is_good


def test_history_stays_readable_when_its_model_is_gone(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.session.begin()
        driver.answer(SAMPLES / "phantom-1.jpg")
        driver.press("Save")
        named = choices.LABELS[driver.session.draft.answer.label.code]
        driver.session.classifier = None
        driver.app.go("history")
        driver.settle()
        driver.touch(driver.page.ids.rows.children[0])
        assert named in driver.texts()
