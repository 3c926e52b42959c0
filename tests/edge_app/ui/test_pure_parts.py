from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import TrustError
from edge_app.ui import bidi_lines, palette, preferences
from edge_app.ui.preferences import Preferences
from edge_app.ui.shelf import BUILT_IN, Shelf
from tests.edge_app import bundles

PAIRS = [
    ("ink", "ground"), ("ink", "surface"), ("muted", "surface"), ("muted", "ground"), ("primary_ink", "primary"),
    ("primary_soft_ink", "primary_soft"), ("primary", "surface"), ("urgent", "urgent_soft"), ("soon", "soon_soft"),
    ("routine", "routine_soft"), ("unknown", "unknown_soft"), ("info", "info_soft"), ("ink", "urgent_soft"),
    ("ink", "soon_soft"), ("ink", "info_soft"), ("ink", "unknown_soft"), ("ink", "routine_soft"),
    ("notifiable", "notifiable_soft"), ("ink", "notifiable_soft"),
]  # fmt: skip


@pytest.mark.parametrize("look", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_text_has_a_contrast_of_four_and_a_half(look: dict[str, str]) -> None:
    low = {pair: round(palette.contrast(look[pair[0]], look[pair[1]]), 2) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}


def test_contrast_is_that_of_the_standard() -> None:
    assert palette.contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert palette.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)
    assert set(palette.LIGHT) == set(palette.DARK)


def test_arabic_lines_are_wrapped_before_they_are_ordered() -> None:
    text = "واحد اثنان ثلاثة"
    lines = bidi_lines.visual(text, 11, lambda line: float(len(line))).split("\n")
    assert len(lines) == 2
    # The first line holds the first two words, the second the last, each from right to left.
    assert lines[0] == bidi_lines.ordered("واحد اثنان")
    assert lines[1] == bidi_lines.ordered("ثلاثة")


def test_figures_keep_their_order_inside_arabic() -> None:
    assert "2026-11-21" in bidi_lines.ordered("في 2026-11-21 كان")
    assert bidi_lines.ordered("ب 42").startswith("42")


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Melanoma 63 %", "latin"),
        ("ورم Melanoma", "arabic"),
        ("त्वचा", "devanagari"),
        ("", "latin"),
        ("\ufe91\ufea4\ufe9a", "arabic"),
    ],
)
def test_script_is_told_by_its_letters(text: str, script: str) -> None:
    assert bidi_lines.script_of(text) == script


@given(st.text(st.sampled_from("ابتث abc 123\n"), max_size=40), st.integers(1, 30))
def test_wrapping_loses_no_word(text: str, width: int) -> None:
    lines = [line for p in text.split("\n") for line in bidi_lines.wrapped(p, width, lambda line: float(len(line)))]
    assert " ".join(lines).split() == text.split()


def test_preferences_come_back(tmp_path: Path) -> None:
    chosen = Preferences(language="hi", look="dark", text_scale=1.6, lock_after_s=300, consented_at="now", toured=True)
    preferences.save(tmp_path, chosen)
    assert preferences.load(tmp_path) == chosen


@given(st.binary(max_size=40) | st.dictionaries(
    st.sampled_from(["language", "look", "text_scale", "lock_after_s", "toured", "other"]),
    st.none() | st.text(max_size=4) | st.floats() | st.integers() | st.booleans() | st.lists(st.integers(), max_size=2),
).map(lambda data: json.dumps(data).encode()))  # fmt: skip
def test_damaged_preferences_are_the_defaults_where_they_are_damaged(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / preferences.FILE).write_bytes(content)
        loaded = preferences.load(Path(folder))
    assert loaded.language in ("en", "es", "fr", "pt", "ar", "hi")
    assert (loaded.look in ("light", "dark"), loaded.text_scale in preferences.SCALES) == (True, True)


def opened(shelf: Shelf) -> Path | None:
    """Where the bundle in use lies."""
    bundle = shelf.open_current().bundle
    return bundle.path if bundle else None


def test_shelf_opens_the_built_in_bundle_with_its_own_key_alone(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert [bundle.path for bundle in shelf.listed()] == [BUILT_IN]
    assert opened(shelf) == BUILT_IN
    assert shelf.accepted_keys() == ()
    with pytest.raises(TrustError, match="unknown key"):
        shelf.add(BUILT_IN)


def signed_zip(folder: Path, name: str = "tiny.zip") -> Path:
    return bundles.write_zip(bundles.signed(bundles.contents()), folder / name)


def trusting(folder: Path) -> Shelf:
    key = folder / "key.pub"
    key.write_text(bundles.public(bundles.KEY).hex())
    shelf = Shelf(folder / "models")
    shelf.accept_key(key)
    return shelf


def test_imported_bundle_is_kept_verified_and_used(tmp_path: Path) -> None:
    shelf, source = trusting(tmp_path), signed_zip(tmp_path)
    bundle = shelf.add(source)
    source.unlink()
    assert shelf.state() == {"current": bundle.sha256, "previous": ""}
    assert shelf.open_current().card.name == "tiny"
    assert max(shelf.self_test(shelf.open_current())) <= bundle.golden.tolerance
    assert shelf.roll_back() == ""
    assert opened(shelf) == BUILT_IN


def test_bundle_that_was_changed_on_the_disk_falls_back_to_the_built_in_one(tmp_path: Path) -> None:
    shelf = trusting(tmp_path)
    bundle = shelf.add(signed_zip(tmp_path))
    (tmp_path / "models" / bundle.sha256 / "model.tflite").write_bytes(b"another program")
    assert opened(shelf) == BUILT_IN
    assert shelf.state()["current"] == ""
    assert [found.path for found in shelf.listed()] == [BUILT_IN]


def test_spoiled_bundle_leaves_nothing_on_the_shelf(tmp_path: Path) -> None:
    shelf = trusting(tmp_path)
    files = bundles.signed(bundles.contents())
    source = bundles.write_zip(files | {"model.tflite": b"another program"}, tmp_path / "bad.zip")
    with pytest.raises(TrustError):
        shelf.add(source)
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["trusted.keys"]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"current": "../.."}', b'{"current": 3}', b"\xff"])
def test_damaged_state_means_the_built_in_bundle(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "models.json").write_bytes(content)
    assert Shelf(tmp_path).state() == {"current": "", "previous": ""}
