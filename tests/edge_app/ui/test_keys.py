"""Whose bundles are taken: a key is accepted, its bundle used, the key taken back on the second press."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.runtime import trust
from edge_app.ui.shelf import BUILT_IN, KEYS, Shelf
from tests.edge_app import bundles
from tests.edge_app.ui.driver import running

pytestmark = pytest.mark.usefixtures("display")
FINGERPRINT = trust.fingerprint(bundles.public(bundles.KEY))


def test_removed_key_makes_its_bundles_unusable_and_says_so(data: Path, tmp_path: Path) -> None:
    source = bundles.write_zip(bundles.signed(bundles.contents()), tmp_path / "tiny.zip")
    key = tmp_path / "stranger.pub"
    key.write_text(bundles.public(bundles.KEY).hex())
    with running(data) as driver:
        driver.begin()
        built_in = driver.session.model().bundle.sha256
        driver.app.go("models")
        driver.press("Trusted keys")
        assert "No key yet" in driver.texts()
        driver.press("Accept a key")
        driver.page.hand_over(key)
        assert FINGERPRINT in driver.texts()
        driver.app.screen("models").import_bundle(source)
        driver.wait(lambda: driver.session.model().card.name == "tiny")
        driver.app.go("keys")
        assert "Bundles of it: tiny" in driver.texts()
        driver.press("Remove this key")
        assert "the built-in model takes its place" in driver.texts()
        assert driver.session.model().card.name == "tiny"
        driver.press("Press again: remove this key")
        driver.wait(lambda: driver.session.model().bundle.sha256 == built_in)
        assert f"Key removed: {FINGERPRINT}" in driver.app.root.message
        assert "No key yet" in driver.texts()
        assert [bundle.sha256 for bundle in driver.session.shelf.listed()] == [built_in]
        logged = [(one.event, one.detail) for one in driver.session.history().audit() if one.event.startswith("key")]
        assert logged == [("key accepted", FINGERPRINT), ("key removed", FINGERPRINT)]
        driver.app.screen("models").import_bundle(source)
        driver.wait(lambda: "unknown key" in driver.app.root.message)


def test_other_keys_stay_when_one_is_removed(tmp_path: Path) -> None:
    shelf, files = Shelf(tmp_path / "models"), []
    for number, key in enumerate((bundles.KEY, bundles.OTHER_KEY)):
        files.append(tmp_path / f"{number}.pub")
        files[-1].write_text(bundles.public(key).hex())
        shelf.accept_key(files[-1])
    shelf.remove_key(bundles.public(bundles.KEY))
    assert shelf.accepted_keys() == (bundles.public(bundles.OTHER_KEY),)


def test_damaged_list_of_keys_trusts_nobody_and_the_built_in_model_opens(data: Path) -> None:
    (data / "models").mkdir(parents=True)
    (data / "models" / KEYS).write_text("no key\n")
    with running(data) as driver:
        driver.begin()
        driver.press("Models")
        driver.press("Trusted keys")
        assert "No key yet" in driver.texts()
        assert driver.session.model().bundle.path == BUILT_IN
