"""Draw the app's pictures in this folder: `python docs/pictures/draw_app.py` (needs a display, or `xvfb-run -a`).

Every photo in them is a phantom. The app runs on a folder that is deleted afterwards.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
GAP_PX, GROUND = 24, (214, 221, 226)
HEIGHT_PX = 720
SHEETS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "app-flow": [("home", {}), ("new_case", {}), ("capture", {}), ("check", {}), ("result", {})],
    "app-results": [("result", {"end": True}), ("unsure", {}), ("unknown", {}), ("blurred", {}), ("case", {})],
    "app-looks": [
        ("result", {"look": "dark"}), ("case", {"look": "dark"}), ("result", {"language": "ar"}),
        ("home", {"language": "hi"}), ("result", {"text_scale": 1.6}),
    ],
    "app-models": [("models", {}), ("card", {"end": True}), ("settings", {}), ("history", {}), ("consent", {})],
}  # fmt: skip


def prepared(driver: Any) -> dict[str, Any]:
    """Cases in the history, and the drafts that the result screen is shown with."""
    from PIL import ImageFilter

    samples = ROOT / "assets" / "samples"
    blurred = Path(tempfile.mkdtemp()) / "blurred.jpg"
    Image.open(samples / "phantom-0.jpg").filter(ImageFilter.GaussianBlur(6)).save(blurred)
    driver.begin()
    drafts: dict[str, Any] = {}
    for name, file in (("result", "phantom-3.jpg"), ("unsure", "phantom-0.jpg"), ("unknown", "phantom-2.jpg")):
        draft = driver.session.begin()
        draft.reference, draft.site, draft.skin_type, draft.age_band = (
            f"W-{17 + len(drafts)}",
            "left_forearm",
            "V",
            "40-59",
        )
        driver.answer(samples / file)
        draft.pending = draft.photos[0]
        drafts[name] = draft
        driver.session.save_draft()
        draft.saved = None
    driver.session.begin(driver.session.history().cases()[0])
    driver.answer(samples / "phantom-0.jpg")
    driver.session.save_draft()
    driver.session.begin()
    driver.photo(blurred)
    drafts["blurred"] = driver.session.draft
    return drafts


def shot(driver: Any, drafts: dict[str, Any], name: str, looks: dict[str, Any]) -> Image.Image:
    """One screen in one look."""
    page = {"unsure": "result", "unknown": "result", "blurred": "check"}.get(name, name)
    driver.session.draft = drafts.get(name, drafts["result"])
    chosen = {key: value for key, value in looks.items() if key != "end"}
    driver.session.prefer(**{"language": "en", "look": "light", "text_scale": 1.0} | chosen)
    driver.app.follow_preferences()
    for screen in ("case", "outcome", "export"):
        driver.app.screen(screen).case_id = driver.session.history().cases()[0].id
    driver.app.go(page)
    driver.app.root.ids.toast.opacity = 0
    driver.page.ids.scroll.scroll_y = 0 if looks.get("end") else 1
    driver.settle(10)
    with tempfile.TemporaryDirectory() as folder:
        driver.app.root.export_to_png(f"{folder}/shot.png")
        return Image.open(f"{folder}/shot.png").convert("RGB")


def sheet(shots: list[Image.Image]) -> Image.Image:
    """Screens side by side, made smaller."""
    small = [s.resize((round(s.width * HEIGHT_PX / s.height), HEIGHT_PX), Image.Resampling.LANCZOS) for s in shots]
    width = sum(s.width for s in small) + GAP_PX * (len(small) + 1)
    whole = Image.new("RGB", (width, HEIGHT_PX + 2 * GAP_PX), GROUND)
    left = GAP_PX
    for one in small:
        whole.paste(one, (left, GAP_PX))
        left += one.width + GAP_PX
    return whole


def main() -> None:
    """Write every sheet."""
    sys.path.insert(0, str(ROOT))
    from edge_app.ui.start import prepare

    folder = Path(tempfile.mkdtemp())
    prepare(folder)
    from tests.edge_app.ui.driver import running

    with running(folder / "data", clock=lambda: 0.0) as driver:
        drafts = prepared(driver)
        for name, screens in SHEETS.items():
            picture = sheet([shot(driver, drafts, screen, looks) for screen, looks in screens])
            picture.save(HERE / f"{name}.jpg", quality=86, subsampling=0, optimize=True)
            print(f"{name}.jpg: {(HERE / f'{name}.jpg').stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
