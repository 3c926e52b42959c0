"""Text as a picture, for a referral note on a device without a shaping library: Kivy's own text shapes Devanagari."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

SCRIPTS = {"devanagari": "Deva", "arabic": "Arab", "latin": "Latn"}


def text_image(text: str, script: str, font: str, size_px: int, width_px: int, colour: tuple[int, int, int]) -> Image:
    """`text` wrapped to `width_px` on white, in the font file `font`. UI thread only: it draws by OpenGL."""
    from kivy.core.text import Label
    from PIL import Image as Images

    label = Label(
        text=text, font_name=font, font_size=size_px, text_size=(width_px, None), color=[c / 255 for c in colour] + [1],
        font_script_name=SCRIPTS[script], padding=(2, 0),
    )  # fmt: skip
    label.refresh()
    width, height = label.texture.size
    pixels = np.frombuffer(label.texture.pixels, np.uint8).reshape(height, width, 4)
    drawn = Images.fromarray(np.ascontiguousarray(pixels), "RGBA")
    ground = Images.new("RGBA", drawn.size, (255, 255, 255, 255))
    return Images.alpha_composite(ground, drawn).convert("RGB")
