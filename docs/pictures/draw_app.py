"""Draw the app's pictures in this folder: `python docs/pictures/draw_app.py` (needs a display, or `xvfb-run -a`).

Every photo in them is a phantom. The app runs on a folder that is deleted afterwards. With the name of a folder, every
screen is written there at its full size as well.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
GAP_PX, GROUND = 24, (214, 221, 226)
HEIGHT_PX, COLUMNS = 720, 7
ANSWERS = ("result", "unsure", "unknown")
SEED, PHANTOMS_MAX = 11, 80
# States of a screen that are pictures of their own: the screen, and what is shown on it.
STATES = {"unsure": "result", "unknown": "result", "result_end": "result", "blurred": "check", "empty": "history"}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"look": "dark"},
    "arabic": {"language": "ar"},
    "large": {"text_scale": 1.6},
}
SHEETS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "app-flow": [("home", {}), ("new_case", {}), ("capture", {}), ("check", {}), ("result", {})],
    "app-results": [("result_end", {}), ("unsure", {}), ("unknown", {}), ("blurred", {}), ("case", {})],
    "app-looks": [
        ("result", {"look": "dark"}), ("case", {"look": "dark"}), ("result", {"language": "ar"}),
        ("home", {"language": "hi"}), ("result", {"text_scale": 1.6}),
    ],
}  # fmt: skip


def found(driver: Any) -> dict[str, Path]:
    """For each kind of answer a good photo of a phantom that gets it from the model in use.

    Drawings are not what it learned from, and of a few hundred one or two make it unsure: SystemExit where none does.
    """
    from edge_app.runtime import photo, quality
    from edge_app.ui.answer import combine

    folder, classifier = Path(tempfile.mkdtemp()), driver.session.model()
    kinds: dict[str, Path] = {}
    for path in candidates(folder):
        answer = combine([classifier.outputs_of(path.read_bytes())], classifier.card, backend="")
        kind = {"prediction": "result"}.get(answer.verdict, answer.verdict)
        if kind not in kinds and quality.assess(photo.load(path, 512)).is_good:
            kinds[kind] = path
        if set(kinds) == set(ANSWERS):
            return {name: kinds[name] for name in ANSWERS}
    raise SystemExit(f"no phantom gets {', '.join(sorted(set(ANSWERS) - set(kinds)))} from {classifier.card.name}")


def candidates(folder: Path) -> Iterator[Path]:
    """The app's own phantoms, then one of every class after another, drawn into `folder` when it is asked for."""
    from train.data.phantom import phantom_image
    from train.data.phantom_lesions import PAINTERS

    yield from (ROOT / "assets" / "samples" / f"phantom-{index}.jpg" for index in (3, 0, 2, 1))
    for index, code in itertools.product(range(PHANTOMS_MAX), PAINTERS):
        path = folder / f"{code}-{index}.jpg"
        Image.fromarray(phantom_image(code, index, SEED, 512)).save(path, quality=92)
        yield path


def prepared(driver: Any) -> dict[str, Any]:
    """Cases in the history, a key to trust, and the drafts that the result screen is shown with."""
    from PIL import ImageFilter

    from edge_app.ui.shelf import BUILT_IN_KEY

    samples = ROOT / "assets" / "samples"
    blurred = Path(tempfile.mkdtemp()) / "blurred.jpg"
    Image.open(samples / "phantom-0.jpg").filter(ImageFilter.GaussianBlur(6)).save(blurred)
    driver.begin()
    driver.session.shelf.accept_key(BUILT_IN_KEY)
    drafts: dict[str, Any] = {}
    for number, (name, file) in enumerate(found(driver).items()):
        draft = driver.session.begin()
        draft.reference, draft.site, draft.skin_type, draft.age_band = f"W-{17 + number}", "left_forearm", "V", "40-59"
        driver.answer(file)
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
    driver.session.draft = drafts.get(name, drafts["result"])
    driver.session.prefer(**{"language": "en", "look": "light", "text_scale": 1.0} | looks)
    driver.app.follow_preferences()
    for screen in ("case", "outcome", "export"):
        driver.app.screen(screen).case_id = driver.session.history().cases()[0].id
    driver.app.screen("history").ids.query.text = "nothing like it" if name == "empty" else ""
    driver.app.go(STATES.get(name, name))
    driver.app.root.ids.toast.opacity = 0
    driver.settle(6)
    driver.page.ids.scroll.scroll_y = 0 if name == "result_end" else 1
    driver.settle(10)
    with tempfile.TemporaryDirectory() as folder:
        driver.app.root.export_to_png(f"{folder}/shot.png")
        return Image.open(f"{folder}/shot.png").convert("RGB")


def sheet(shots: list[Image.Image], columns: int, height_px: int) -> Image.Image:
    """Screens in rows of `columns`, each made `height_px` high."""
    small = [
        one.resize((round(one.width * height_px / one.height), height_px), Image.Resampling.LANCZOS) for one in shots
    ]
    wide, rows = small[0].width + GAP_PX, -(-len(small) // columns)
    whole = Image.new("RGB", (wide * columns + GAP_PX, (height_px + GAP_PX) * rows + GAP_PX), GROUND)
    for place, one in enumerate(small):
        whole.paste(one, (GAP_PX + place % columns * wide, GAP_PX + place // columns * (height_px + GAP_PX)))
    return whole


def keep(picture: Image.Image, name: str) -> None:
    """As a JPEG file beside this one."""
    path = HERE / f"{name}.jpg"
    picture.save(path, quality=84, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1000} kB")


def main() -> None:
    """Write every sheet: some screens large, then all of them in each look."""
    singles = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    sys.path.insert(0, str(ROOT))
    from edge_app.ui.start import prepare

    folder = Path(tempfile.mkdtemp())
    prepare(folder)
    from edge_app.ui.screens import SCREENS
    from tests.edge_app.ui.driver import running

    with running(folder / "data", clock=lambda: 0.0) as driver:
        drafts = prepared(driver)
        for name, screens in SHEETS.items():
            keep(sheet([shot(driver, drafts, screen, looks) for screen, looks in screens], 5, HEIGHT_PX), name)
        for name, looks in LOOKS.items():
            shots = [shot(driver, drafts, screen, looks) for screen in (*SCREENS, *STATES)]
            keep(sheet(shots, COLUMNS, HEIGHT_PX * 3 // 4), f"app-all-{name}")
            for screen, one in zip((*SCREENS, *STATES), shots, strict=True) if singles else ():
                one.save(singles / f"{name}-{screen}.png")


if __name__ == "__main__":
    main()
