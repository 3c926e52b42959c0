"""What users do that nobody foresaw: odd photos, endless notes, damaged histories, clocks that run backwards."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kivy.base import ExceptionManager
from PIL import Image

from edge_app.runtime.errors import StoreError
from edge_app.store import backup, users
from edge_app.store.vaults import PassphraseVault
from edge_app.ui.last_resort import LastResort
from edge_app.ui.session import seconds_since_boot
from tests.edge_app.store.histories import case as some_case
from tests.edge_app.ui.driver import PASSPHRASE, SAMPLES, Driver, running

pytestmark = pytest.mark.usefixtures("display")
PHANTOM = (SAMPLES / "phantom-1.jpg").read_bytes()
ARABIC_NOTE = "كبرت منذ شهر (3 mm) وتنزف أحيانًا "


def encoded(kind: str, mode: str = "RGB", **values: Any) -> bytes:
    """A phantom in another file format."""
    out = io.BytesIO()
    Image.open(io.BytesIO(PHANTOM)).convert(mode).save(out, kind, **values)
    return out.getvalue()


def sixteen_bit() -> bytes:
    """A grey phantom of 16 bits."""
    grey = np.asarray(Image.open(io.BytesIO(PHANTOM)).convert("L"), np.uint16) * 257
    out = io.BytesIO()
    Image.fromarray(grey).save(out, "PNG")
    return out.getvalue()


def turned() -> bytes:
    """A phantom that lies on its side, with an EXIF note of that."""
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.open(io.BytesIO(PHANTOM)).crop((0, 0, 512, 400)).rotate(90, expand=True)
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def animated() -> bytes:
    """Two frames."""
    frames = [Image.open(SAMPLES / f"phantom-{index}.jpg") for index in (1, 3)]
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    return out.getvalue()


READ: dict[str, Callable[[], bytes]] = {
    "cmyk.jpg": lambda: encoded("JPEG", "CMYK"),
    "clear.png": lambda: encoded("PNG", "RGBA"),
    "sixteen.png": sixteen_bit,
    "moving.webp": animated,
    "turned.jpg": turned,
    "no-heic.heic": lambda: PHANTOM,
    "صورة ✓ 'x'.jpg": lambda: PHANTOM,
}
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.jpg": (lambda: b"", "is empty"),
    "text.jpg": (lambda: b"no picture", "is not an image"),
    "iphone.heic": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
    "huge.png": (lambda: huge(10_000, 10_000), "million"),
    "strip.png": (lambda: huge(20, 2000), "crop it"),
    "moving.gif": (lambda: encoded("GIF"), "is not an image"),
}


def huge(width: int, height: int) -> bytes:
    """A PNG file of one colour."""
    out = io.BytesIO()
    Image.new("1", (width, height)).save(out, "PNG")
    return out.getvalue()


def test_photos_of_every_kind_are_shown_upright_or_refused_in_words(data: Path, tmp_path: Path) -> None:
    with running(data) as driver:
        driver.begin()
        for name, make in READ.items():
            driver.session.begin()
            (tmp_path / name).write_bytes(make())
            driver.photo(tmp_path / name)
            shape = driver.session.draft.pending.shown.shape
            assert shape == ((400, 512, 3) if name == "turned.jpg" else (512, 512, 3)), name
            driver.app.go("home")
        for name, (make, said) in REFUSED.items():
            driver.session.begin()
            (tmp_path / name).write_bytes(make())
            driver.app.root.message = ""
            driver.app.dropped(None, str(tmp_path / name).encode())
            driver.wait(lambda: driver.app.root.message)
            assert said in driver.app.root.message, name
            assert (driver.app.page, driver.session.draft.pending) == ("home", None)


def test_endless_note_is_cut_and_an_arabic_one_is_kept_shown_and_printed(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.press("New case")
        driver.page.ids.note.ids.entry.insert_text(ARABIC_NOTE * 200)
        driver.press("On to the photo")
        note = driver.session.draft.note
        assert len(note) == 1000
        driver.answer(SAMPLES / "phantom-1.jpg")
        driver.press("Save")
        assert driver.session.history().cases()[0].note == note.strip()
        driver.app.go("history")
        driver.settle()
        driver.touch(driver.page.ids.rows.children[0])
        assert note.strip() in driver.texts()
        for language in ("en", "ar"):
            driver.session.prefer(language=language)
            driver.app.follow_preferences()
            driver.app.screen("export").case_id = driver.session.history().cases()[0].id
            driver.app.go("export")
            driver.press("Referral note (PDF)")
            assert next(driver.app.platform.folder.glob("*.pdf")).read_bytes().startswith(b"%PDF")


def test_history_of_five_hundred_cases_shows_the_newest_and_finds_the_rest(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        store = driver.session.history()
        store._connection.execute("PRAGMA synchronous = OFF")
        for number in range(500):
            case = some_case(number)
            store.save(case, dict.fromkeys(case.photo_ids, PHANTOM))
        driver.app.go("history")
        assert len(driver.page.ids.rows.children) <= 12
        driver.wait(lambda: len(driver.page.ids.rows.children) == 40)
        assert "Cases: 500 of 500; the first 40 are shown" in driver.texts()
        driver.page.ids.query.text = "ward-7"
        driver.wait(lambda: "Cases: 11 of 500" in driver.texts())
        assert len(driver.page.ids.rows.children) == 11


def test_clock_set_back_loses_nothing_and_delays_no_lock(data: Path) -> None:
    now, time_s = ["2026-11-24T10:00:00Z"], [0.0]
    with running(data, now=lambda: now[0], clock=lambda: time_s[0]) as driver:
        driver.begin()
        driver.session.begin()
        driver.answer(SAMPLES / "phantom-1.jpg")
        driver.press("Save")
        case_id = driver.session.history().cases()[0].id
        driver.app.screen("case").case_id = case_id
        driver.app.go("case")
        driver.press("in two weeks")
        now[0] = "2020-01-01T00:00:00Z"
        driver.app.go("home")
        assert "Due for follow-up" not in driver.texts()
        driver.session.begin(driver.session.history().case(case_id))
        driver.answer(SAMPLES / "phantom-3.jpg")
        driver.press("Save")
        assert len(driver.session.history().case(case_id).visits) == 2
        driver.app.go("case")
        assert driver.session.history().case(case_id).remind_on == "2026-12-08"
        time_s[0] += 121
        driver.app.lock_when_due(0)
        assert driver.app.page == "lock"


def test_lock_counts_the_time_asleep() -> None:
    if hasattr(time, "CLOCK_BOOTTIME"):
        assert seconds_since_boot() == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=1)
    first = seconds_since_boot()
    assert 0 <= seconds_since_boot() - first < 1


def saved(driver: Driver) -> str:
    """A case in the history; its identifier."""
    driver.begin()
    driver.session.begin()
    driver.answer(SAMPLES / "phantom-1.jpg")
    driver.press("Save")
    return str(driver.session.history().cases()[0].id)


def test_damaged_photo_and_log_are_shown_as_such_and_the_rest_opens(data: Path) -> None:
    with running(data) as driver:
        case_id = saved(driver)
        connection = driver.session.history()._connection
        connection.execute("UPDATE photos SET sealed = zeroblob(100)")
        connection.execute("UPDATE audit SET sealed = zeroblob(100) WHERE number = 1")
        driver.app.go("history")
        driver.settle()
        assert driver.page.ids.rows.children[0].texture is None
        driver.touch(driver.page.ids.rows.children[0])
        assert driver.app.page == "case"
        driver.press("Export")
        for button in ("Referral note (PDF)", "FHIR R4"):
            driver.app.root.message = ""
            driver.press(button)
            assert driver.app.root.message
        assert not list(driver.app.platform.folder.glob("*.pdf"))
        driver.press("CSV table")
        assert case_id in next(driver.app.platform.folder.glob("*.csv")).read_text("utf-8-sig")
        driver.app.go("audit")
        assert "An entry was removed or changed." in driver.texts()
        assert "unbroken" not in driver.texts()


def test_damaged_backup_is_refused_and_leaves_no_history(data: Path, tmp_path: Path) -> None:
    with running(data) as driver:
        saved(driver)
        kept = backup.write(driver.session.history(), tmp_path / "kept.dermedge-backup", PassphraseVault(PASSPHRASE))
    whole = kept.read_bytes()
    spoiled = bytearray(whole)
    spoiled[len(whole) // 2 : len(whole) // 2 + 64] = bytes(64)
    for content in (b"", b"no backup at all" * 100, whole[: len(whole) // 2], bytes(spoiled)):
        kept.write_bytes(content)
        with running(tmp_path / "elsewhere" / "data") as driver:
            driver.session.prefer(consented_at="2026-11-24T10:00:00Z")
            driver.app.go("lock")
            driver.page.restore(kept)
            driver.page.ids.passphrase.text = PASSPHRASE
            driver.press("Restore a backup")
            driver.wait(lambda: driver.app.root.message and not driver.app.is_busy)
            assert (driver.app.page, users.listed(driver.session.histories)) == ("lock", ())


def test_photo_dropped_outside_of_a_case_begins_another_one(data: Path) -> None:
    with running(data) as driver:
        case_id = saved(driver)
        driver.app.go("home")
        driver.answer(SAMPLES / "phantom-3.jpg")
        assert len(driver.session.draft.photos) == 1
        driver.press("Save")
        assert len(driver.session.history().cases()) == 2
        assert len(driver.session.history().case(case_id).photo_ids) == 1


def test_another_photo_after_saving_is_one_more_visit_of_that_case(data: Path) -> None:
    with running(data) as driver:
        case_id = saved(driver)
        driver.press("Another photo of the same lesion")
        driver.answer(SAMPLES / "phantom-3.jpg")
        driver.press("Save")
        (case,) = driver.session.history().cases()
        assert (case.id, [len(visit.shots) for visit in case.visits]) == (case_id, [1, 2])


def test_unsaved_answer_is_left_on_the_second_press_only(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.session.begin()
        driver.answer(SAMPLES / "phantom-1.jpg")
        driver.press("Back")
        assert (driver.app.page, "Not saved" in driver.app.root.message) == ("result", True)
        driver.press("Next case")
        assert (driver.app.page, driver.session.draft.answer) == ("home", None)


def test_picked_photo_that_comes_after_the_lock_is_dropped(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.app.go("capture")
        page = driver.page
        driver.app.lock()
        page.use(PHANTOM)
        driver.settle(10)
        assert (driver.app.page, driver.session.draft.pending, driver.app.is_busy) == ("lock", None, False)


def test_intended_use_can_be_read_while_locked_and_nothing_deleted(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.app.lock()
        driver.settle()
        driver.press("Intended use and consent")
        assert "Not for self-diagnosis" in driver.texts()
        assert "Withdraw consent and delete all data" not in [getattr(w, "string", "") for w in driver.pressables()]
        driver.press("Back")
        assert driver.app.page == "lock"


def test_error_that_no_screen_caught_is_told_and_faults_of_ours_are_not_hidden(data: Path) -> None:
    with running(data) as driver:
        last = LastResort(driver.app)
        assert last.handle_exception(StoreError("the history is locked")) == ExceptionManager.PASS
        assert "the history is locked" in driver.app.root.message
        assert last.handle_exception(KeyError("x")) == ExceptionManager.RAISE
