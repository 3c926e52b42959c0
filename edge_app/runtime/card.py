"""ModelCard: the one JSON block that every model file carries and that tells the phone how to use it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from edge_app.runtime.errors import CardError
from edge_app.runtime.labels import Label, RiskTier

CARD_SCHEMA_VERSION = 1
DISCLAIMER = "Research use only. Not a medical device."
FILTERS = ("bilinear", "bicubic")
CROPS = ("center",)
SIDE_PX = (16, 4096)
LABELS_MAX = 1000
TEXT_CHARACTERS_MAX = 20_000
OUTPUTS = (("logits", "cam"), ("logits",))
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,99}")
# The columns of a table of answers; a label's probability stands in a column named by its code.
RESERVED_CODES = ("file", "verdict", "label", "probability", "reason", "best_label")
SHA256 = re.compile(r"[0-9a-f]{64}|")


@dataclass(frozen=True, kw_only=True)
class FitRule:
    """How a photo becomes the model's square: resize the short side to `resize_px`, crop `side_px`."""

    side_px: int
    resize_px: int
    crop: str = "center"
    filter: str = "bilinear"

    def __post_init__(self) -> None:
        check_integer("fit.side_px", self.side_px, *SIDE_PX)
        check_integer("fit.resize_px", self.resize_px, *SIDE_PX)
        check_choice("fit.crop", self.crop, CROPS)
        check_choice("fit.filter", self.filter, FILTERS)
        if self.resize_px < self.side_px:
            raise CardError(f"card fit.resize_px is {self.resize_px}; it must be at least side_px {self.side_px}")


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Abstain when energy = -logsumexp(logits) is above `energy_max`, or the best probability below the floor."""

    energy_max: float
    confidence_min: float

    def __post_init__(self) -> None:
        check_number("thresholds.energy_max", self.energy_max, -1e6, 1e6)
        check_number("thresholds.confidence_min", self.confidence_min, 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """Everything that a phone, a reader or an auditor needs to know of one model file.

    `outputs` is ("logits", "cam") where the head is linear, else ("logits",). `calibration` is
    {"count", "sha256", "source"} for schemes that need calibration. `gate` is the gate's verdict and class table.
    """

    name: str
    version: str
    arch: str
    labels: tuple[Label, ...]
    fit: FitRule
    scheme: str
    target: str
    outputs: tuple[str, ...] = ("logits", "cam")
    temperature: float = 1.0
    checkpoint_sha256: str = ""
    calibration: dict[str, Any] | None = None
    training_data: str = ""
    licence: str = ""
    gate: dict[str, Any] | None = None
    thresholds: Thresholds | None = None
    tools: dict[str, str] = field(default_factory=dict)
    intended_use: str = ""
    disclaimer: str = DISCLAIMER
    created: str = ""
    provenance: dict[str, Any] = field(default_factory=dict)
    schema_version: int = CARD_SCHEMA_VERSION

    def __post_init__(self) -> None:
        check_version(self.schema_version)
        for name in ("name", "version", "arch", "scheme", "target"):
            check_name(name, getattr(self, name))
        for name in ("training_data", "licence", "intended_use", "disclaimer", "created"):
            check_text(name, getattr(self, name))
        check_labels(self.labels)
        check_choice("outputs", self.outputs, OUTPUTS)
        check_number("temperature", self.temperature, 1e-3, 1e3)
        if not isinstance(self.checkpoint_sha256, str) or not SHA256.fullmatch(self.checkpoint_sha256):
            raise CardError(f"card checkpoint_sha256 is {self.checkpoint_sha256!r}; allowed: 64 hexadecimal digits")


def to_json(card: ModelCard) -> str:
    """`card` as indented JSON; `from_json` gives an equal card back."""
    return json.dumps(asdict(card), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def from_json(text: str | bytes) -> ModelCard:
    """The card in JSON `text`; CardError names the field, its value and what is allowed."""
    try:
        data = json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise CardError(f"card is not JSON: {error}") from error
    values = fields_of(data, ModelCard, "")
    values["labels"] = tuple(label_of(item, index) for index, item in enumerate(as_list("labels", values["labels"])))
    values["fit"] = FitRule(**fields_of(values["fit"], FitRule, "fit."))
    values["outputs"] = tuple(as_list("outputs", values.get("outputs", ["logits", "cam"])))
    if values.get("thresholds") is not None:
        values["thresholds"] = Thresholds(**fields_of(values["thresholds"], Thresholds, "thresholds."))
    for name in ("calibration", "gate"):
        if values.get(name) is not None:
            check_type(name, values[name], dict, "an object or null")
    for name in ("tools", "provenance"):
        check_type(name, values.get(name, {}), dict, "an object")
    for tool, version in values.get("tools", {}).items():
        check_text(f"tools.{tool}", version)
    return ModelCard(**values)


def label_of(item: object, index: int) -> Label:
    """One entry of the card's label list."""
    place = f"labels[{index}]."
    values = fields_of(item, Label, place)
    check_choice(place + "tier", values["tier"], tuple(tier.value for tier in RiskTier))
    check_type(place + "notifiable", values.get("notifiable", False), bool, "true or false")
    return Label(**{**values, "tier": RiskTier(values["tier"])})


def fields_of(data: object, kind: type, place: str) -> dict[str, Any]:
    """`data` as the keyword arguments of dataclass `kind`; refuses unknown and missing names."""
    if not isinstance(data, dict):
        raise CardError(f"card {place.rstrip('.') or 'text'} is {shown(data)}; allowed: a JSON object")
    if not place:
        check_version(data.get("schema_version"))
    known = {f.name: f for f in fields(kind)}
    for name in data:
        if name not in known:
            raise CardError(f"card {place}{name} is unknown; allowed: {', '.join(known)}")
    required = [name for name, f in known.items() if not has_default(f)]
    for name in required:
        if name not in data:
            raise CardError(f"card {place}{name} is missing; the card needs {', '.join(required)}")
    return dict(data)


def has_default(item: Any) -> bool:
    """Whether a dataclass field may be left out."""
    missing = type(field().default)
    return not (isinstance(item.default, missing) and isinstance(item.default_factory, missing))


def check_version(value: object) -> None:
    """Cards of other schema versions are refused before anything else is read from them."""
    if isinstance(value, bool) or value != CARD_SCHEMA_VERSION:
        raise CardError(
            f"card schema_version is {shown(value)}; this version reads {CARD_SCHEMA_VERSION}: export the model again"
        )


def check_labels(labels: tuple[Label, ...]) -> None:
    """At least two labels, no code twice, codes that can be column names."""
    if not 2 <= len(labels) <= LABELS_MAX:
        raise CardError(f"card labels has {len(labels)} entries; allowed: 2 to {LABELS_MAX}")
    seen: set[str] = set()
    for index, label in enumerate(labels):
        check_name(f"labels[{index}].code", label.code)
        check_text(f"labels[{index}].name", label.name)
        if label.code in RESERVED_CODES:
            raise CardError(f"card labels[{index}].code is {label.code!r}; reserved: {', '.join(RESERVED_CODES)}")
        if label.code in seen:
            raise CardError(f"card labels[{index}].code is {label.code!r} a second time; every code stands once")
        seen.add(label.code)


def check_name(place: str, value: object) -> None:
    """A short word: letters, digits and . _ + @ - only, so that it can stand in file names and tables."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise CardError(f"card {place} is {shown(value)}; allowed: 1 to 100 letters, digits and . _ + @ -")


def check_text(place: str, value: object) -> None:
    """Text of a bearable length, without halves of surrogate pairs (they cannot be written as UTF-8)."""
    if not isinstance(value, str) or len(value) > TEXT_CHARACTERS_MAX or any("\ud800" <= c <= "\udfff" for c in value):
        raise CardError(f"card {place} is {shown(value)}; allowed: text up to {TEXT_CHARACTERS_MAX} characters")


def check_integer(place: str, value: object, low: int, high: int) -> None:
    """An integer from `low` to `high`; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise CardError(f"card {place} is {shown(value)}; allowed: an integer from {low} to {high}")


def check_number(place: str, value: object, low: float, high: float) -> None:
    """A finite number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not within(value, low, high):
        raise CardError(f"card {place} is {shown(value)}; allowed: a number from {low:g} to {high:g}")


def within(value: float, low: float, high: float) -> bool:
    """Whether `value` is finite and from `low` to `high` (an integer too large for a float is not)."""
    return low <= value <= high and math.isfinite(value)


def check_choice(place: str, value: object, allowed: tuple[Any, ...]) -> None:
    """One of `allowed`."""
    if value not in allowed:
        raise CardError(f"card {place} is {shown(value)}; allowed: {', '.join(map(str, allowed))}")


def check_type(place: str, value: object, kind: type, wanted: str) -> None:
    """An instance of `kind`."""
    if not isinstance(value, kind):
        raise CardError(f"card {place} is {shown(value)}; allowed: {wanted}")


def as_list(place: str, value: object) -> list[Any]:
    """`value`, which must be a JSON array."""
    check_type(place, value, list, "an array")
    return list(value)  # type: ignore[call-overload]


def shown(value: object) -> str:
    """A value as an error shows it: short."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def refuse_constant(name: str) -> Callable[..., Any]:
    """JSON has no NaN or Infinity; Python's reader would take them."""
    raise ValueError(f"{name} is no JSON number")
