"""How much may be lost: overall, by class and by risk tier, as the command line says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from edge_app.runtime.errors import ConfigError
from edge_app.runtime.labels import Label, RiskTier

TIER_PREFIX = "tier:"


@dataclass(frozen=True, kw_only=True)
class Tolerances:
    """Largest acceptable drops, as fractions (0.02 is two photos in a hundred). Exceptions by class code and tier."""

    accuracy: float = 0.01
    recall: float = 0.02
    classes: Mapping[str, float] = field(default_factory=dict)
    tiers: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = {"max accuracy drop": self.accuracy, "max recall drop": self.recall}
        for name, value in {**named, **self.classes, **self.tiers}.items():
            check_tolerance(name, value)

    def of_class(self, code: str) -> float:
        """Tolerance of the class `code`."""
        return self.classes.get(code, self.recall)

    def of_tier(self, tier: str) -> float:
        """Tolerance of the risk tier `tier`."""
        return self.tiers.get(tier, self.recall)


def check_tolerance(name: str, value: float) -> None:
    """ConfigError unless `value` is above 0 and below 1; no number of photos can prove a drop of exactly 0."""
    if not 0.0 < value < 1.0:
        raise ConfigError(f"tolerance {name} is {value:g}; allowed: above 0 and below 1, as in 0.02 for two percent")


def parse_tolerances(accuracy: float, recall: float, exceptions: Sequence[str], labels: Sequence[Label]) -> Tolerances:
    """Tolerances of `CLASS=VALUE` and `tier:TIER=VALUE` texts; ConfigError for a class or tier the model has not."""
    codes = [label.code for label in labels]
    present = sorted({label.tier.value for label in labels})
    classes: dict[str, float] = {}
    tiers: dict[str, float] = {}
    named: set[str] = set()
    for text in exceptions:
        name, value = parse_exception(text)
        if name in named:
            raise ConfigError(f"recall tolerance {text!r} is the second for {name}; give one")
        named.add(name)
        if name.startswith(TIER_PREFIX):
            tiers[known(text, name.removeprefix(TIER_PREFIX), present, "tier")] = value
        else:
            classes[known(text, name, codes, "class")] = value
    return Tolerances(accuracy=accuracy, recall=recall, classes=classes, tiers=tiers)


def parse_exception(text: str) -> tuple[str, float]:
    """(name, value) of `NAME=VALUE`."""
    name, equals, value = text.partition("=")
    try:
        return name.strip(), float(value if equals else "")
    except ValueError:
        raise ConfigError(
            f"recall tolerance {text!r} is not understood; write CLASS=VALUE or tier:TIER=VALUE, as in mel=0.01"
        ) from None


def known(text: str, name: str, allowed: Sequence[str], what: str) -> str:
    """`name` if the model has it."""
    if name not in allowed:
        raise ConfigError(f"recall tolerance {text!r} names an unknown {what} {name!r}; allowed: {', '.join(allowed)}")
    return name


def tiers_of(labels: Sequence[Label]) -> list[RiskTier]:
    """The tiers that the model's classes have, most urgent first."""
    present = {label.tier for label in labels}
    return [tier for tier in RiskTier if tier in present]
