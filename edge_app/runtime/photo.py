"""A photo file becomes an upright sRGB array, and then the square that the model takes.

The same two functions serve training, the gate and the phone, so their pixels agree to the bit.
"""

from __future__ import annotations

import io
import math
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge_app.runtime.errors import PhotoError

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage
    from PIL.Image import Transpose

    from edge_app.runtime.card import FitRule

BYTES_MAX = 25_000_000
PIXELS_MAX = 50_000_000
SIDE_MIN_PX = 16
ASPECT_MAX = 20
ORIENTATION_TAG = 0x0112
FORMATS = ("JPEG", "PNG", "WEBP")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif")
WANTED = "use a JPEG, PNG or WebP photo"
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1")
HEIC_ADVICE = (
    "install pillow-heif, or save it as JPEG (iPhone: Settings, Camera, Formats, Most Compatible; or share as JPEG)"
)
# What Pillow's decoders raise on files that lie about themselves.
DECODE_ERRORS = (OSError, ValueError, TypeError, SyntaxError, LookupError, ArithmeticError, MemoryError, EOFError,
                 AttributeError, RuntimeError, Warning, struct.error, zlib.error)  # fmt: skip


def load(source: str | Path | bytes, min_side_px: int) -> np.ndarray:
    """The photo in `source` as upright sRGB uint8 [H, W, 3].

    `source` is a path or the bytes of a JPEG, PNG or WebP file (HEIC with pillow-heif). libjpeg may shrink a JPEG
    while decoding (by 2, 4 or 8) as long as the short side stays >= `min_side_px`. Transparency is laid over white;
    nothing of the EXIF data is kept. PhotoError, in one line, for everything else.
    """
    content, name = read(source)
    image = opened(content, name)
    check_size(image.size, name)
    try:
        with pillow_warnings():
            return pixels(image, min_side_px)
    except DECODE_ERRORS as error:
        raise PhotoError(f"{name} is damaged or cut short ({error or type(error).__name__}); take it again") from error


def fit(image: np.ndarray, rule: FitRule) -> np.ndarray:
    """`image` uint8 [H, W, 3] as uint8 [S, S, 3]: short side to `resize_px`, antialiased, then the central square.

    The long side is int(resize_px * long / short) and the crop starts at round((side - S) / 2), both as torchvision
    has them (Resize, CenterCrop).
    """
    from PIL import Image

    height, width = image.shape[:2]
    scaled_px = resized(width, height, rule.resize_px)
    resample = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}[rule.filter]
    side = rule.side_px
    left, top = round((scaled_px[0] - side) / 2.0), round((scaled_px[1] - side) / 2.0)
    scaled = Image.fromarray(image)
    if scaled.size != scaled_px:
        scaled = scaled.resize(scaled_px, resample)
    return np.array(scaled.crop((left, top, left + side, top + side)), dtype=np.uint8)


def resized(width_px: int, height_px: int, short_px: int) -> tuple[int, int]:
    """(width, height) once the short side is `short_px`."""
    if width_px <= height_px:
        return short_px, int(short_px * height_px / width_px)
    return int(short_px * width_px / height_px), short_px


def read(source: str | Path | bytes) -> tuple[bytes, str]:
    """The bytes of `source` and the name that errors give it."""
    if isinstance(source, bytes | bytearray | memoryview):
        content, name = bytes(source), "photo"
    else:
        path = Path(source)
        content, name = read_file(path), f"photo {path.name or path}"
    if not content:
        raise PhotoError(f"{name} is empty (0 bytes); {WANTED}")
    if len(content) > BYTES_MAX:
        raise PhotoError(f"{name} is larger than {BYTES_MAX // 1_000_000} MB, the most allowed; save it smaller")
    return content, name


def read_file(path: Path) -> bytes:
    """Up to one byte more than is allowed of the file at `path`."""
    try:
        if path.is_dir():
            raise PhotoError(f"photo {path} is a folder; name a file in it")
        if path.exists() and not path.is_file():
            raise PhotoError(f"photo {path} is not a regular file; {WANTED}")
        with path.open("rb") as file:
            return file.read(BYTES_MAX + 1)
    except FileNotFoundError as error:
        raise PhotoError(f"photo {path} does not exist; check the path") from error
    except (OSError, ValueError) as error:
        raise PhotoError(f"photo {path} cannot be read ({error}); check the path and its permissions") from error


def opened(content: bytes, name: str) -> PillowImage:
    """The still undecoded image in `content`."""
    from PIL import Image, UnidentifiedImageError

    formats: tuple[str, ...] = FORMATS
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        enable_heic(name)
        formats = ("HEIF",)
    try:
        with pillow_warnings():
            return Image.open(io.BytesIO(content), formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoError(f"{name} has more pixels than the {PIXELS_MAX // 1_000_000} million allowed") from error
    except UnidentifiedImageError as error:
        raise PhotoError(f"{name} is not an image that can be read; {WANTED}") from error
    except DECODE_ERRORS as error:
        raise PhotoError(f"{name} is damaged ({error or type(error).__name__}); {WANTED}") from error


@contextmanager
def pillow_warnings() -> Iterator[None]:
    """Decompression bombs are errors; damaged EXIF is ignored, and not worth a line on the screen."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def enable_heic(name: str) -> None:
    """Teach Pillow HEIC where pillow-heif is installed."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError as error:
        raise PhotoError(f"{name} is a HEIC file, which is not read here; {HEIC_ADVICE}") from error
    register_heif_opener()


def check_size(size: tuple[int, int], name: str) -> None:
    """PhotoError for more than 50 million pixels, a side under 16, or a strip (which resizing would blow up)."""
    width, height = size
    if width * height > PIXELS_MAX:
        raise PhotoError(
            f"{name} is {width} x {height} px; at most {PIXELS_MAX // 1_000_000} million pixels are allowed: shrink it"
        )
    if min(width, height) < SIDE_MIN_PX:
        raise PhotoError(
            f"{name} is {width} x {height} px; each side needs {SIDE_MIN_PX} px or more: take a larger photo"
        )
    if max(width, height) > ASPECT_MAX * min(width, height):
        raise PhotoError(f"{name} is {width} x {height} px; at most {ASPECT_MAX}:1 is allowed: crop it")


def check_array(image: np.ndarray) -> np.ndarray:
    """`image` itself; PhotoError unless it is uint8 [H, W, 3] with sides that `load` would let through."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise PhotoError(f"photo array is {image.dtype} {list(image.shape)}; allowed: uint8 [H, W, 3] in sRGB")
    check_size((image.shape[1], image.shape[0]), "photo array")
    return image


def pixels(image: PillowImage, min_side_px: int) -> np.ndarray:
    """Decode, convert to sRGB, turn upright: uint8 [H, W, 3]."""
    from edge_app.runtime import colour

    if image.format in ("JPEG", "MPO"):
        shrink_while_decoding(image, min_side_px)
    image.load()
    turn = orientation(image)
    converted = colour.to_srgb(image, image.info.get("icc_profile"))
    upright = converted if turn is None else converted.transpose(turn)
    return np.array(upright, dtype=np.uint8)


def shrink_while_decoding(image: PillowImage, min_side_px: int) -> None:
    """Let libjpeg decode at 1/8, 1/4 or 1/2 of the size while the short side stays >= `min_side_px`."""
    width, height = image.size
    for divisor in (8, 4, 2):
        # libjpeg rounds up; Pillow is asked by rounding down, so that it takes this very divisor.
        if math.ceil(min(width, height) / divisor) >= min_side_px:
            image.draft(None, (width // divisor, height // divisor))
            return


def orientation(image: PillowImage) -> Transpose | None:
    """The turn that makes `image` upright by its EXIF orientation; none where EXIF is absent or damaged."""
    from PIL.Image import Transpose

    try:
        value = image.getexif().get(ORIENTATION_TAG, 1)
    except DECODE_ERRORS:
        return None
    turns = (
        Transpose.FLIP_LEFT_RIGHT,
        Transpose.ROTATE_180,
        Transpose.FLIP_TOP_BOTTOM,
        Transpose.TRANSPOSE,
        Transpose.ROTATE_270,
        Transpose.TRANSVERSE,
        Transpose.ROTATE_90,
    )
    return turns[value - 2] if isinstance(value, int) and 2 <= value <= 8 else None
