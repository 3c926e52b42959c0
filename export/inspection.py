"""`dermedge-export inspect FILE`: what a model file or a bundle says of itself."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from edge_app.runtime.bundle import Bundle
from edge_app.runtime.card import ModelCard, from_json
from edge_app.runtime.errors import ConfigError
from export.model_place import located
from export.targets import target
from export.targets.schemes import SUFFIXES


def describe(path: Path) -> str:
    """Card, inputs, outputs, ops and element types of the model file or bundle `path`, as lines of text."""
    with located(path) as place:
        shown = path if place.bundle is None else Path(place.bundle.model_name)
        lines = [] if place.bundle is None else [bundle_line(place.bundle)]
        return "\n".join([*lines, *file_lines(place.model, shown)])


def bundle_line(bundle: Bundle) -> str:
    """What a bundle says of itself; whose signature it bears is for `verify`."""
    signer = f"signed by the trusted key {bundle.signer}" if bundle.signer else "no trusted signature"
    return f"{bundle.path}: a bundle, whole; {signer}; gate: {bundle.gate['verdict']}; its model:"


def file_lines(file: Path, shown: Path) -> list[str]:
    """Everything about the model `file`, called `shown`."""
    module = module_of(file)
    facts = module.inspect(file)
    lines = [f"{shown}: {facts.size_bytes / 1e6:.2f} MB, largest rank {facts.max_rank}"]
    for what, ends in (("input", facts.inputs), ("output", facts.outputs)):
        lines += [f"{what:8}{end.name}: {end.dtype} {list(end.shape)}" for end in ends]
    lines.append(f"ops     {counts(facts.ops)}")
    lines.append(f"dtypes  {counts(facts.dtypes)}")
    lines.append(f"8-bit   {facts.int8_ops} of {facts.linear_ops} linear ops")
    card = module.read_card(file)
    return [*lines, *card_lines(from_json(card))] if card else [*lines, "card    none"]


def module_of(file: Path) -> ModuleType:
    """The target whose files end like `file`."""
    for name, suffix in SUFFIXES.items():
        if file.suffix == suffix:
            return target(name)
    raise ConfigError(f"{file} ends in {file.suffix!r}; allowed: {', '.join(SUFFIXES.values())}")


def counts(found: dict[str, int]) -> str:
    """Counts, most frequent first."""
    return ", ".join(f"{name} {count}" for name, count in sorted(found.items(), key=lambda item: (-item[1], item[0])))


def card_lines(card: ModelCard) -> list[str]:
    """The card in short."""
    gate = card.gate or {}
    return [
        f"card    {card.name} {card.version}, {card.scheme} for {card.target}, {card.created}",
        f"labels  {', '.join(label.code for label in card.labels)}",
        f"photo   {card.fit.resize_px} px, central {card.fit.side_px} px, {card.fit.filter}",
        f"gate    {gate.get('verdict', 'not run')}",
        f"        {card.disclaimer}",
    ]
