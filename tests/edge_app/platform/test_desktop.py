from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.platform.desktop import DesktopPlatform


def test_data_folder_is_the_one_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DERMEDGE_APP_DATA", str(tmp_path))
    assert DesktopPlatform().data_folder() == tmp_path


def test_data_folder_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DERMEDGE_APP_DATA", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert DesktopPlatform().data_folder() == tmp_path / "dermedge"


@pytest.mark.parametrize("has_documents", [True, False])
def test_export_folder_is_documents_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, has_documents: bool
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    if has_documents:
        (tmp_path / "Documents").mkdir()
    assert DesktopPlatform().export_folder() == (tmp_path / "Documents" if has_documents else tmp_path)


def test_vault_is_the_passphrases() -> None:
    vault = DesktopPlatform().vault("correct horse")
    assert vault.unwrap(vault.wrap(bytes(32))) == bytes(32)


def test_desktop_asks_and_shares_nothing(tmp_path: Path) -> None:
    answers: list[bool] = []
    DesktopPlatform().ask_camera(answers.append)
    assert (answers, DesktopPlatform().share(tmp_path, "text/csv"), DesktopPlatform().insets()) == (
        [True],
        False,
        (0, 0),
    )
