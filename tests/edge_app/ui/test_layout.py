"""Every screen in every look: nothing too small to touch, nothing wider than the window, the keyboard gets there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from edge_app.ui.screens import SCREENS
from edge_app.ui.words import LANGUAGES
from tests.edge_app.ui.driver import SAMPLES, Driver, names, running

pytestmark = pytest.mark.usefixtures("display")
TARGET_DP = 48


@pytest.fixture(scope="module")
def driver(display: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """An app with a case that has two visits, and one more just answered."""
    # The clock stands still: these tests take longer than the lock waits.
    with running(tmp_path_factory.mktemp("layout") / "data", clock=lambda: 0.0) as driver:
        driver.begin()
        driver.session.begin().symptoms = ("growing",)
        driver.answer(SAMPLES / "phantom-1.jpg")
        driver.press("Save")
        driver.session.begin(driver.session.history().cases()[0])
        driver.answer(SAMPLES / "phantom-3.jpg")
        driver.press("Save")
        case_id = driver.session.history().cases()[0].id
        for name in ("case", "outcome", "export"):
            driver.app.screen(name).case_id = case_id
        driver.session.draft.pending = driver.session.draft.photos[0]
        key = tmp_path_factory.mktemp("key") / "some.pub"
        key.write_text("ab" * 32)
        driver.session.shelf.accept_key(key)
        yield driver


def show(driver: Driver, name: str, **looks: Any) -> None:
    """One screen in one look."""
    driver.session.prefer(**{"language": "en", "look": "light", "text_scale": 1.0} | looks)
    driver.app.follow_preferences()
    driver.app.go(name)
    driver.settle(8)


LOOKS: list[dict[str, Any]] = [{}, *({"language": language, "text_scale": 1.6} for language in LANGUAGES)]


@pytest.mark.parametrize("looks", LOOKS, ids=str)
@pytest.mark.parametrize("name", SCREENS)
def test_everything_can_be_touched_and_nothing_is_cut_off(driver: Driver, name: str, looks: dict[str, Any]) -> None:
    from kivy.metrics import dp

    show(driver, name, **looks)
    small = [
        f"{names(w)} {w.width:.0f} x {w.height:.0f}"
        for w in driver.pressables()
        if w.height < dp(TARGET_DP) - 0.5 or w.width < dp(TARGET_DP) - 0.5
    ]
    assert small == []
    assert cut_off(driver) == []


def cut_off(driver: Driver) -> list[str]:
    """Texts and hints that are wider than what they stand in, or reach out of the window."""
    from kivy.core.window import Window

    from edge_app.ui.widgets.inputs import Entry
    from edge_app.ui.widgets.text import Text

    found = []
    for widget in driver.page.walk(restrict=True):
        if isinstance(widget, Entry) and widget.hint_text:
            room, wide = widget.width - widget.padding[0] - widget.padding[2], widget._hint_text_labels[0].width
            found += [f"hint {widget.hint_text!r}: {wide} in {room:.0f}"] if wide > room else []
        if isinstance(widget, Text) and widget.string and widget.opacity and widget.width > 1:
            left = widget.to_window(widget.x, widget.y)[0]
            right = left + widget.width
            if widget.texture_size[0] > widget.width + 1 or left < -1 or right > Window.width + 1:
                found.append(f"{widget.string[:40]!r}: {widget.texture_size[0]} in {left:.0f} to {right:.0f}")
            if widget.texture_size[1] > widget.height + 1:
                found.append(f"{widget.string[:40]!r}: {widget.texture_size[1]} high in {widget.height:.0f}")
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_home_speaks_every_language(driver: Driver, language: str) -> None:
    show(driver, "home", language=language)
    assert ("New case" in driver.texts()) == (language == "en")
    assert cut_off(driver) == []


def test_arabic_runs_from_right_to_left(driver: Driver) -> None:
    show(driver, "models")
    left_to_right = [w.x for w in bar(driver)]
    show(driver, "models", language="ar")
    rows = [w for w in driver.pressables() if hasattr(w, "trailing") and w.title]
    icons = [(row.children[-1].x, row.children[0].x) for row in rows]
    assert all(disc > chevron for disc, chevron in icons)
    assert left_to_right == sorted(left_to_right)


def bar(driver: Driver) -> list[Any]:
    """The destinations, in the order of reading."""
    return list(reversed(driver.app.root.ids.bar.children))


def test_look_of_the_theme_reaches_what_is_on_screen(driver: Driver) -> None:
    show(driver, "home")
    light = tuple(driver.app.theme.surface)
    show(driver, "home", look="dark")
    assert tuple(driver.app.theme.surface) != light
    assert bar(driver)[0].is_on
    show(driver, "result", look="dark")
    assert {tuple(w.fill) for w in driver.page.ids.notices.children if w.tone == "info"} == {
        tuple(driver.app.theme.info_soft)
    }


def test_tab_reaches_everything_and_enter_presses(driver: Driver) -> None:
    show(driver, "home")
    wanted = {id(w) for w in driver.pressables()}
    first = driver.pressables()[0]
    seen, widget = set(), first
    for _ in range(60):
        seen.add(id(widget))
        widget = widget.get_focus_next()
        if widget is None or widget is first:
            break
    assert wanted - seen == set()
    draft = driver.session.draft
    button = next(w for w in driver.pressables() if names(w) == "New case")
    button.keyboard_on_key_down(None, (13, "enter"), "", [])
    driver.settle()
    assert driver.app.page == "new_case"
    driver.session.draft = draft


@pytest.mark.parametrize("size", [(892, 412), (360, 640)])
def test_rotation_and_small_phones_keep_everything_in_the_window(driver: Driver, size: tuple[int, int]) -> None:
    from kivy.core.window import Window

    before = Window.size
    try:
        Window.size = size
        driver.settle(8)
        for name in ("result", "new_case", "case"):
            show(driver, name, text_scale=1.6)
            assert cut_off(driver) == []
            assert driver.session.draft.answer is not None
    finally:
        Window.size = before
        driver.settle(8)


def test_photos_side_by_side_begin_at_one_height(driver: Driver) -> None:
    show(driver, "case", text_scale=1.6)
    pair = driver.page.ids.pair.children
    pair[0].second = "a name that takes more than one line below its photo"
    driver.settle(8)
    assert pair[0].height != pair[1].height
    assert pair[0].top == pair[1].top


def test_visit_without_an_answer_names_no_disease_below_its_photo(driver: Driver) -> None:
    show(driver, "case")
    visit = driver.page.case().visits[-1]
    assert driver.page.visit_photo(visit).second.startswith(visit.name)
    shown = driver.page.visit_photo(replace(visit, verdict="unsure"))
    assert shown.second == "Not sure: refer"
