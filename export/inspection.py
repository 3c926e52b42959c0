"""`dermedge-export inspect FILE`: what a model file says of itself."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

from edge_app.runtime.errors import ConfigError
from export.targets import TARGETS, target


def describe(file: Path) -> str:
    """Card, inputs, outputs, ops and element types of `file`, as lines of text."""
    if not file.exists():
        raise ConfigError(f"model file {file} does not exist; name a model file that an export wrote")
    module = module_of(file)
    facts = module.inspect(file)
    lines = [f"{file}: {facts.size_bytes / 1e6:.2f} MB, largest rank {facts.max_rank}"]
    for what, ends in (("input", facts.inputs), ("output", facts.outputs)):
        lines += [f"{what:8}{end.name}: {end.dtype} {list(end.shape)}" for end in ends]
    lines.append(f"ops     {counts(facts.ops)}")
    lines.append(f"dtypes  {counts(facts.dtypes)}")
    lines.append(f"8-bit   {facts.int8_ops} of {facts.linear_ops} linear ops")
    card = module.read_card(file)
    return "\n".join([*lines, *card_lines(json.loads(card))] if card else [*lines, "card    none"])


def module_of(file: Path) -> ModuleType:
    """The target whose files end like `file`."""
    modules = [target(name) for name in TARGETS]
    for module in modules:
        if file.suffix == module.SUFFIX:
            return module
    raise ConfigError(f"{file} ends in {file.suffix!r}; allowed: {', '.join(m.SUFFIX for m in modules)}")


def counts(found: dict[str, int]) -> str:
    """Counts, most frequent first."""
    return ", ".join(f"{name} {count}" for name, count in sorted(found.items(), key=lambda item: (-item[1], item[0])))


def card_lines(card: dict[str, Any]) -> list[str]:
    """The card in short."""
    gate = card.get("gate") or {}
    return [
        f"card    {card['name']} {card['version']}, {card['scheme']} for {card['target']}, {card['created']}",
        f"labels  {', '.join(label['code'] for label in card['labels'])}",
        f"photo   {card['fit']['resize_px']} px, central {card['fit']['side_px']} px, {card['fit']['filter']}",
        f"gate    {gate.get('verdict', 'not run')}",
        f"        {card['disclaimer']}",
    ]
