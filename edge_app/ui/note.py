"""The referral note: one A4 page with the photo, the answer and what it does not mean, as a PDF with shaped text."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edge_app.runtime.errors import ConfigError
from edge_app.runtime.labels import KNOWN
from edge_app.store.records import Case, Visit
from edge_app.ui import choices, words
from edge_app.ui.bidi_lines import marked, script_of, visual
from edge_app.ui.figures import probable

if TYPE_CHECKING:
    from fpdf import FPDF
    from PIL import Image

FONTS = Path(__file__).resolve().parents[2] / "assets" / "fonts"
FACES = {"latin": "NotoSans", "arabic": "NotoSansArabic", "devanagari": "NotoSansDevanagari"}
MARGIN_MM, WIDTH_MM, PHOTO_MM = 18.0, 174.0, 58.0
INK, MUTED, RED, TEAL = (20, 32, 42), (82, 97, 109), (176, 31, 26), (10, 106, 108)
PHOTOS_MAX = 3
PX_PER_PT, MM_PER_PT = 4, 0.3528
# Our own wrapping leaves a little room, so that fpdf2 does not wrap again.
SAFE = 0.98
# (text, script, font file, size in px, width in px, colour) -> the text as a picture.
PictureOf = Callable[[str, str, str, int, int, tuple[int, int, int]], "Image.Image"]


def note_pdf(
    case: Case, photos: Sequence[bytes], language: str, *, user: str, picture_of: PictureOf | None = None
) -> bytes:
    """The note on the last visit of `case` in `language`; `photos` are JPEG files, the last three of which are shown.

    Without uharfbuzz (on phones) nothing shapes text in a PDF: Arabic is then shaped by us, and Devanagari drawn as a
    picture by `picture_of`. ConfigError where fpdf2 is missing.
    """
    tr, is_rtl = words.translator(language), words.LANGUAGES[language][1]
    page = Page(is_rtl, picture_of)
    page.line("dermedge", 9, TEAL, strong=True)
    page.line(tr("Referral note"), 20, INK, strong=True)
    page.line(tr("Not a diagnosis. Research software, not a medical device."), 11, RED, strong=True)
    page.photos(photos[-PHOTOS_MAX:])
    if case.visits:
        write_answer(page, case.visits[-1], tr)
    write_patient(page, case, tr)
    page.heading(tr("What this does not mean"))
    page.line(tr(choices.LOW_RISK), 10.5, INK)
    if case.visits:
        write_model(page, case.visits[-1], tr)
    page.gap(8)
    page.line(f"{tr('Written by')}: {user}", 10.5, INK)
    page.line(f"{tr('Signature')}: ______________________", 10.5, INK)
    return page.content()


def write_answer(page: Page, visit: Visit, tr: Callable[[str], str]) -> None:
    """Referral advice and probabilities."""
    tier = visit.tier if visit.verdict == "prediction" else "unknown"
    title, advice = choices.TIERS[tier]
    page.heading(tr(title))
    page.line(tr(advice), 10.5, INK)
    if visit.verdict != "prediction":
        soon = choices.TIERS.get(visit.tier, choices.TIERS["soon"])[0]
        said = f"{tr(choices.VERDICTS[visit.verdict][0])}. {tr(soon)}."
        page.line(said, 10.5, INK, strong=True)
    if visit.code in KNOWN and KNOWN[visit.code].notifiable:
        page.line(tr(choices.NOTIFIABLE[1]), 10.5, RED, strong=True)
    ranked = sorted(visit.probabilities.items(), key=lambda item: item[1], reverse=True)[:3]
    for code, probability in ranked:
        page.line(f"{tr(choices.LABELS.get(code, code))}: {probable(probability)}", 10.5, INK)


def write_patient(page: Page, case: Case, tr: Callable[[str], str]) -> None:
    """What was entered."""
    page.heading(tr("Case"))
    known = (
        (tr("Code"), case.reference),
        (tr("Site"), tr(choices.SITES.get(case.site, case.site))),
        (tr("Age"), case.age_band),
        (tr("Sex"), tr(choices.SEXES.get(case.sex, case.sex))),
        (tr("Skin type (Fitzpatrick)"), case.skin_type),
        (tr("Signs"), ", ".join(tr(choices.SYMPTOMS.get(code, code)) for code in case.symptoms)),
        (tr("Note"), case.note),
    )
    for name, value in known:
        if value:
            page.line(f"{name}: {value}", 10.5, INK)


def write_model(page: Page, visit: Visit, tr: Callable[[str], str]) -> None:
    """Which file answered, on which photos, when."""
    page.heading(tr("Model card"))
    quality = sorted({code for shot in visit.shots for code in shot.quality})
    page.line(f"{visit.model}, {visit.model_sha256[:16]}, {visit.taken_at}", 9.5, MUTED)
    named = ", ".join(tr(choices.QUALITY_NAMES.get(code, code)) for code in quality) or tr("good")
    gate = tr(choices.GATES.get(visit.gate, visit.gate))
    line = f"{tr('Verdict of the gate')}: {gate}. {tr('Photo quality')}: {named}"
    page.line(line, 9.5, MUTED)


class Page:
    """A page written from top to bottom, each line in the font of its script and from its own side."""

    def __init__(self, is_rtl: bool, picture_of: PictureOf | None) -> None:
        self._pdf = new_pdf()
        self._is_rtl, self._picture_of, self._shapes = is_rtl, picture_of, has_shaper()

    def line(self, text: str, size_pt: float, colour: tuple[int, int, int], *, strong: bool = False) -> None:
        """A paragraph."""
        script = script_of(text)
        if script == "devanagari" and not self._shapes and self._picture_of is not None:
            self.picture(self._picture_of, text, size_pt, colour, strong=strong)
            return
        self._pdf.set_font(FACES[script], "B" if strong else "", size_pt)
        self._pdf.set_text_color(*colour)
        self._pdf.set_text_shaping(use_shaping_engine=self._shapes)
        align = "R" if self._is_rtl else "L"
        said = self.written(text) if script == "arabic" else text
        self._pdf.multi_cell(WIDTH_MM, size_pt * 0.52, said, align=align, new_x="LMARGIN", new_y="NEXT")

    def written(self, text: str) -> str:
        """Arabic for the shaping library, or shaped and ordered where there is none."""
        return marked(text) if self._shapes else visual(text, WIDTH_MM * SAFE, self._pdf.get_string_width)

    def picture(
        self, picture_of: PictureOf, text: str, size_pt: float, colour: tuple[int, int, int], *, strong: bool
    ) -> None:
        """A paragraph of Devanagari as a picture."""
        font = str(FONTS / f"{FACES['devanagari']}-{'Bold' if strong else 'Regular'}.ttf")
        # A point is 0.353 mm: text of `size_pt` keeps its size when its pixels are laid this closely.
        px_per_mm = PX_PER_PT / MM_PER_PT
        drawn = picture_of(text, "devanagari", font, round(size_pt * PX_PER_PT), round(WIDTH_MM * px_per_mm), colour)
        self._pdf.image(drawn, MARGIN_MM, self._pdf.get_y(), w=drawn.width / px_per_mm)
        self._pdf.set_y(self._pdf.get_y() + drawn.height / px_per_mm)

    def heading(self, text: str) -> None:
        """A line above a part."""
        self.gap(3.5)
        self.line(text, 13, TEAL, strong=True)

    def gap(self, height_mm: float) -> None:
        """Empty space."""
        self._pdf.ln(height_mm)

    def photos(self, photos: Sequence[bytes]) -> None:
        """Photos beside each other, square from their middle."""
        import io

        from PIL import Image, ImageOps

        if not photos:
            return
        self.gap(3)
        top = self._pdf.get_y()
        for place, content in enumerate(photos):
            square = ImageOps.fit(Image.open(io.BytesIO(content)).convert("RGB"), (600, 600))
            left = MARGIN_MM + place * PHOTO_MM
            self._pdf.image(square, left, top, PHOTO_MM - 3, PHOTO_MM - 3)
        self._pdf.set_y(top + PHOTO_MM)

    def content(self) -> bytes:
        """The finished file."""
        return bytes(self._pdf.output())


def has_shaper() -> bool:
    """Whether fpdf2 finds the library that shapes text."""
    return importlib.util.find_spec("uharfbuzz") is not None


def new_pdf() -> FPDF:
    """An empty A4 page that knows the fonts."""
    try:
        from fpdf import FPDF
    except ImportError as error:
        raise ConfigError(
            "the referral note needs fpdf2, which is not installed; pip install 'dermedge[app]'"
        ) from error
    pdf = FPDF(format="A4")
    pdf.set_margin(MARGIN_MM)
    pdf.set_title("dermedge")
    for face in FACES.values():
        pdf.add_font(face, "", FONTS / f"{face}-Regular.ttf")
        pdf.add_font(face, "B", FONTS / f"{face}-Bold.ttf")
    # A note may mix scripts.
    pdf.set_fallback_fonts(list(FACES.values()), exact_match=False)
    pdf.add_page()
    return pdf
