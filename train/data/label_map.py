"""Label maps: which classes of which data sets are one class, so that sets can be trained on and compared together."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections import Counter
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from edge_app.runtime.errors import ConfigError, DataError
from edge_app.runtime.labels import KNOWN, Label, RiskTier
from train.data.sample import Dataset

MAPS = Path(str(resources.files("train.data"))) / "label_maps"
KEYS = ("code", "from", "name", "tier", "notifiable")


@dataclass(frozen=True)
class LabelMap:
    """`into` says which code of `labels` each code of a data set becomes; codes that it lacks are left out."""

    name: str
    labels: tuple[Label, ...]
    into: dict[str, str]

    def applied(self, dataset: Dataset) -> Dataset:
        """`dataset` in the map's classes, in their order, as far as it has photos of them; the notes say what is lost.

        DataError where nothing is left.
        """
        code = [self.into.get(label.code) for label in dataset.labels]
        kept = [sample for sample in dataset.samples if code[sample.label] is not None]
        if not kept:
            raise DataError(f"label map {self.name} leaves no photo of {dataset.spec}; {self.allowed()}")
        present = {code[sample.label] for sample in kept}
        labels = tuple(label for label in self.labels if label.code in present)
        place = {label.code: k for k, label in enumerate(labels)}
        samples = [replace(sample, label=place[str(code[sample.label])]) for sample in kept]
        notes = (*dataset.notes, *self.losses(dataset, len(kept)))
        return replace(dataset, labels=labels, samples=samples, notes=notes)

    def ordered(self, dataset: Dataset) -> Dataset:
        """`dataset`, already in the map's classes, with these in the map's order."""
        labels = tuple(label for label in self.labels if label in dataset.labels)
        place = {label.code: k for k, label in enumerate(labels)}
        samples = [replace(one, label=place[dataset.labels[one.label].code]) for one in dataset.samples]
        return replace(dataset, labels=labels, samples=samples)

    def losses(self, dataset: Dataset, kept: int) -> list[str]:
        """What the map leaves out of `dataset`, a sentence or none."""
        if kept == len(dataset.samples):
            return []
        counts = Counter(dataset.labels[sample.label].code for sample in dataset.samples)
        lost = [f"{code} {count}" for code, count in sorted(counts.items()) if code not in self.into]
        listed = ", ".join(lost[:12]) + (f" and {len(lost) - 12} classes more" if len(lost) > 12 else "")
        dropped = len(dataset.samples) - kept
        return [f"label map {self.name} leaves out {dropped} of {len(dataset.samples)} photos: {listed}"]

    def allowed(self) -> str:
        """The codes that it takes, for messages."""
        return f"it takes {', '.join(self.into)}"

    def to_json(self) -> dict[str, Any]:
        """The map as splits.json records it."""
        classes = [
            {"code": label.code, "name": label.name, "tier": label.tier.value, "notifiable": label.notifiable,
             "from": [code for code, target in self.into.items() if target == label.code]}
            for label in self.labels
        ]  # fmt: skip
        return {"name": self.name, "sha256": self.sha256, "classes": classes}

    @property
    def sha256(self) -> str:
        """Hash of what the map does, whatever its file looks like."""
        content = [[label.code, label.name, label.tier.value, label.notifiable] for label in self.labels]
        return hashlib.sha256(json.dumps([content, sorted(self.into.items())]).encode()).hexdigest()


def names() -> list[str]:
    """The project's own maps."""
    return sorted(file.stem for file in MAPS.glob("*.toml"))


def load_map(name: str) -> LabelMap:
    """One of the project's maps by name, or a .toml file; ConfigError says what is wrong with it."""
    path = Path(name).expanduser() if name.endswith(".toml") else MAPS / f"{name}.toml"
    if not name.endswith(".toml") and name not in names():
        raise ConfigError(f"label map {name!r} is unknown; allowed: {', '.join(names())}, or a .toml file")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"label map {path} cannot be read ({error}); check the file") from error
    return map_of(path.stem, content.get("classes"), str(name))


def map_of(name: str, classes: Any, place: str) -> LabelMap:
    """The map that `classes` describe, a list of tables with `code`, `from` and perhaps `name`, `tier`,
    `notifiable`.
    """
    if not isinstance(classes, list) or len(classes) < 2 or not all(isinstance(entry, dict) for entry in classes):
        raise ConfigError(f"label map {place} has no list of two or more [[classes]], each with code and from")
    labels: list[Label] = []
    into: dict[str, str] = {}
    for entry in classes:
        label = label_of(entry, place)
        if label.code in {other.code for other in labels}:
            raise ConfigError(f"label map {place}: class {label.code!r} stands there twice; write it once")
        labels.append(label)
        for code in entry["from"]:
            if code in into:
                raise ConfigError(f"label map {place}: {code!r} goes into {into[code]} and {label.code}; choose one")
            into[code] = label.code
    # Data that have been through the map may go through it again.
    for label in labels:
        into.setdefault(label.code, label.code)
    return LabelMap(name, tuple(labels), into)


def label_of(entry: dict[str, Any], place: str) -> Label:
    """One class of a map; what it does not say comes from the classes that the project knows."""
    unknown = sorted(set(entry) - set(KEYS))
    if unknown:
        raise ConfigError(f"label map {place}: key {unknown[0]!r} is unknown; allowed: {', '.join(KEYS)}")
    code, sources = entry.get("code"), entry.get("from")
    if not isinstance(code, str) or not code:
        raise ConfigError(f"label map {place}: a class has no code; give each a short name, as in code = 'nv'")
    if not isinstance(sources, list) or not sources or not all(isinstance(one, str) for one in sources):
        raise ConfigError(f"label map {place}: class {code!r} lists no codes in `from`; name those that become it")
    known = KNOWN.get(code, Label(code, code, RiskTier.SOON))
    tier, tiers = entry.get("tier", known.tier.value), [one.value for one in RiskTier]
    if tier not in tiers:
        raise ConfigError(f"label map {place}: class {code!r} has tier {tier!r}; allowed: {', '.join(tiers)}")
    notifiable = entry.get("notifiable", known.notifiable)
    return Label(code, str(entry.get("name", known.name)), RiskTier(tier), bool(notifiable))
