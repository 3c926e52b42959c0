from __future__ import annotations

import re
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from edge_app.store.records import Case
from edge_app.ui.note import note_pdf, write_answer, write_model
from edge_app.ui.words import LANGUAGES, translator
from tests.edge_app.store.histories import case, visit
from tests.edge_app.ui.driver import SAMPLES

PHOTO = (SAMPLES / "phantom-0.jpg").read_bytes()
TO_UNICODE = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)


def streams(pdf: bytes) -> list[bytes]:
    """Every stream of a PDF file, inflated where it is deflated."""
    found = []
    for raw in TO_UNICODE.findall(pdf):
        try:
            found.append(zlib.decompress(raw))
        except zlib.error:
            found.append(raw)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_note_is_one_page_in_every_language(language: str) -> None:
    pdf = note_pdf(case(1, note="نمت منذ مايو · बढ़ रहा है"), [PHOTO], language, user="Amina")
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") == 1
    assert len(pdf) < 1_500_000
    # Shaped text draws glyphs, of which the conjuncts and joined forms have no code point of their own.
    assert any(b"beginbfchar" in stream or b"beginbfrange" in stream for stream in streams(pdf))


def test_note_shows_the_last_three_photos() -> None:
    one, five = (note_pdf(case(1), [PHOTO] * count, "en", user="A") for count in (1, 5))
    assert [pdf.count(b"/Subtype /Image") for pdf in (one, five)] == [1, 1]
    assert [sum(s.count(b" Do") for s in streams(pdf)) for pdf in (one, five)] == [1, 3]


def test_note_of_an_empty_case_has_no_answer() -> None:
    assert note_pdf(Case(id="c", created_at="t"), [], "en", user="A").startswith(b"%PDF")


def drawn(text: str, script: str, font: str, size_px: int, width_px: int, colour: tuple[int, int, int]) -> Image.Image:
    assert (script, Path(font).stem[:20]) == ("devanagari", "NotoSansDevanagari-R") or font.endswith("Bold.ttf")
    return Image.new("RGB", (width_px, size_px * 2), colour)


@pytest.mark.parametrize("language", LANGUAGES)
def test_note_is_written_without_a_shaping_library(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_app.ui.note.has_shaper", lambda: False)
    pdf = note_pdf(case(1), [], language, user="Amina", picture_of=drawn)
    assert pdf.startswith(b"%PDF")
    pictures = sum(stream.count(b" Do") for stream in streams(pdf))
    # Every line of a Hindi note is a picture, but those that hold no Devanagari.
    assert (pictures > 10) == (language == "hi")
    assert (pictures == 0) == (language != "hi")


class Lines:
    """Stands in for the page of the note: what is written on it."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def line(self, text: str, *_: object, **__: object) -> None:
        self.written.append(text)

    heading = line


def test_note_without_an_answer_says_how_soon_and_that_the_disease_is_notifiable() -> None:
    lines = Lines()
    write_answer(lines, replace(visit(), verdict="unsure", code="mpox", tier="urgent"), str)
    assert "Not sure: refer. Refer urgently." in lines.written
    assert "Mpox and measles are notifiable in many places: ask who must be told." in lines.written
    lines = Lines()
    write_answer(lines, replace(visit(), tier="", verdict="unknown"), str)
    assert "Not like anything this model knows. Refer soon." in lines.written
    assert not any("notifiable" in line for line in lines.written)


def test_note_names_the_gates_verdict_in_the_users_language() -> None:
    lines = Lines()
    write_model(lines, replace(visit(), gate="inconclusive"), translator("es"))
    assert any("Veredicto de la prueba: no concluyente." in line for line in lines.written)
