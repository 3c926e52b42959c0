"""Any Pillow mode with any embedded profile becomes 8-bit sRGB: what phones, scanners and editors hand over."""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_app.runtime import icc

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

# The Pillow mode that each ICC colour space is stored in.
MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def to_srgb(image: PillowImage, profile: bytes | None) -> PillowImage:
    """`image` as mode RGB in sRGB; transparency is laid over white, a profile that cannot be read counts as sRGB."""
    from PIL import Image

    if image.has_transparency_data:
        layers = image.convert("RGBA")
        colour = profiled(layers.convert("RGB"), profile)
        white = Image.new("RGB", image.size, "white")
        white.paste(colour, mask=layers.getchannel("A"))
        return white
    return profiled(eight_bit(image), profile)


def eight_bit(image: PillowImage) -> PillowImage:
    """`image` in one of the modes RGB, L and CMYK: palettes are looked up, 16-bit greys divided by 257."""
    from PIL import Image

    if image.mode in ("RGB", "L", "CMYK"):
        return image
    if image.mode == "I" or image.mode.startswith("I;16"):
        grey = np.asarray(image.convert("I"), dtype=np.float64)
        return Image.fromarray(np.clip(np.rint(grey / 257.0), 0, 255).astype(np.uint8))
    return image.convert("L" if image.mode == "1" else "RGB")


def profiled(image: PillowImage, profile: bytes | None) -> PillowImage:
    """`image` (RGB, L or CMYK) as RGB in sRGB, by its `profile` where that has the image's own colour space."""
    mode = MODES.get(icc.colour_space(profile)) if profile else None
    if profile is None or mode is None:
        return image.convert("RGB")
    if mode == "RGB" and image.mode == "L":
        image = image.convert("RGB")
    if mode != image.mode:
        return image.convert("RGB")
    return by_lcms(image, profile) if has_lcms() else by_matrix(image, profile)


def has_lcms() -> bool:
    """Whether this Pillow was built with LittleCMS (the iOS recipe is not)."""
    from PIL import features

    return bool(features.check_module("littlecms2"))


def by_lcms(image: PillowImage, profile: bytes) -> PillowImage:
    """Convert with LittleCMS."""
    from PIL import ImageCms

    try:
        converted = ImageCms.applyTransform(image, transform(profile, image.mode))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image.convert("RGB")
    return image.convert("RGB") if converted is None else converted


@functools.lru_cache(maxsize=8)
def transform(profile: bytes, mode: str) -> Any:
    """The LittleCMS transform from `profile` to sRGB, kept because photos of one phone share it."""
    from PIL import ImageCms

    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")


def by_matrix(image: PillowImage, profile: bytes) -> PillowImage:
    """Convert without LittleCMS: tone curves and a 3x3 matrix, which is what camera profiles consist of."""
    from PIL import Image

    conversion = icc.to_linear_srgb(profile)
    if conversion is None or image.mode != "RGB":
        return image.convert("RGB")
    curves, matrix = conversion
    channels = np.asarray(image)
    linear = np.stack([curves[i][channels[..., i]] for i in range(3)], axis=-1) @ matrix.T
    return Image.fromarray(icc.encode_srgb(linear))
