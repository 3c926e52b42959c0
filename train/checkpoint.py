"""Trained models as files: Lightning checkpoints of a run, and float16 safetensors with a card beside them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import nn

from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import CardError, CheckpointError, ConfigError
from edge_app.runtime.labels import Label, RiskTier
from train.data.spec import without_places
from train.files import replacing
from train.models.create import PREFIX, build
from train.torch_files import READ_ERRORS, torch_content

SCHEMA_VERSION = 1
KEY = "dermedge"


@dataclass(frozen=True, kw_only=True)
class Description:
    """What a checkpoint says of its model: enough to build it, feed it and name its answers.

    `structure` is what the network is beyond its architecture and classes (train/structure.py).
    """

    arch: str
    labels: tuple[Label, ...]
    fit: FitRule
    mean: tuple[float, ...]
    std: tuple[float, ...]
    training_data: str
    licence: str
    provenance: dict[str, Any] = field(default_factory=dict)
    splits: dict[str, Any] | None = None
    structure: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """As JSON text."""
        return json.dumps({"schema_version": SCHEMA_VERSION, **asdict(self)}, indent=2, ensure_ascii=False)


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """A timm model in eval mode and float32; `module(x)` takes normalised [B, 3, S, S] and gives logits [B, K].

    Pixels 0..255 are normalised as (x / 255 - mean) / std. `splits` is the content of splits.json, `sha256` that of
    the checkpoint file.
    """

    module: nn.Module
    arch: str
    labels: tuple[Label, ...]
    fit: FitRule
    mean: tuple[float, ...]
    std: tuple[float, ...]
    sha256: str
    run_dir: Path | None
    splits: dict[str, Any] | None
    training_data: str
    licence: str
    provenance: dict[str, Any] = field(default_factory=dict)
    structure: dict[str, Any] = field(default_factory=dict)


def load_checkpoint(path: str | Path) -> TrainedModel:
    """The model in a Lightning `.ckpt`, or in a `.safetensors` with `<stem>.json` beside it.

    CheckpointError, in one line, for a file that is missing, cut short, of another architecture or no checkpoint.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"checkpoint {path} does not exist; train one or check the path")
    described, state = read_safetensors(path) if path.suffix == ".safetensors" else read_lightning(path)
    module = filled(described, state, path)
    return TrainedModel(
        module=module, arch=described.arch, labels=described.labels, fit=described.fit, mean=described.mean,
        std=described.std, sha256=file_sha256(path), splits=described.splits, training_data=described.training_data,
        licence=described.licence, provenance=described.provenance, structure=described.structure,
        run_dir=path.parent if (path.parent / "recipe.json").is_file() else None,
    )  # fmt: skip


def read_lightning(path: Path) -> tuple[Description, dict[str, torch.Tensor]]:
    """Description and state dict of a run's checkpoint."""
    try:
        content = torch_content(path)
    except READ_ERRORS as error:
        raise CheckpointError(f"checkpoint {path} cannot be read: damaged, cut short, or no checkpoint") from error
    if not isinstance(content, dict) or not isinstance(content.get(KEY), str) or "state_dict" not in content:
        raise CheckpointError(f"checkpoint {path} is not one of dermedge's (no {KEY!r} block); train it with `train`")
    state = {k.removeprefix(PREFIX): v for k, v in content["state_dict"].items() if k.startswith(PREFIX)}
    return description_of(content[KEY], path), state


def read_safetensors(path: Path) -> tuple[Description, dict[str, torch.Tensor]]:
    """Description and state dict of exported weights, as float32."""
    card = path.with_suffix(".json")
    try:
        state = {name: tensor.float() if tensor.is_floating_point() else tensor
                 for name, tensor in load_file(path).items()}  # fmt: skip
    except READ_ERRORS as error:
        raise CheckpointError(f"checkpoint {path} cannot be read: damaged, cut short, or no checkpoint") from error
    lists = path.with_name(path.stem + ".splits.json")
    try:
        text = card.read_text(encoding="utf-8")
        splits = json.loads(lists.read_text(encoding="utf-8")) if lists.is_file() else None
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"checkpoint {path} needs its description {card.name} and whole lists {lists.name} beside it ({error})"
        ) from error
    described = description_of(text, card)
    return Description(**{**fields_of(described), "splits": splits or described.splits}), state


def fields_of(described: Description) -> dict[str, Any]:
    """Field values without copying what is in them."""
    return {name: getattr(described, name) for name in Description.__dataclass_fields__}


def description_of(text: str, path: Path) -> Description:
    """A Description from JSON; CheckpointError names what is wrong."""
    try:
        values = json.loads(text)
        if values.pop("schema_version") != SCHEMA_VERSION:
            raise CheckpointError(f"{path} is of another schema_version than {SCHEMA_VERSION}; train it again")
        labels = tuple(
            Label(item["code"], item["name"], RiskTier(item["tier"]), bool(item["notifiable"]))
            for item in values["labels"]
        )
        known = {k: v for k, v in values.items() if k in Description.__dataclass_fields__}
        known.update(labels=labels, fit=FitRule(**values["fit"]), mean=tuple(values["mean"]), std=tuple(values["std"]))
        return Description(**known)
    except (ValueError, KeyError, TypeError, AttributeError, CardError) as error:
        raise CheckpointError(f"{path} does not describe a model ({type(error).__name__}: {error})") from error


def filled(described: Description, state: dict[str, torch.Tensor], path: Path) -> nn.Module:
    """The network of the description with `state` in it."""
    try:
        module = build(described.arch, len(described.labels), structure=described.structure)
    except ConfigError as error:
        raise CheckpointError(f"checkpoint {path}: {error}") from error
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        reason = str(error).split("\n")[1].strip() if "\n" in str(error) else str(error)
        raise CheckpointError(f"checkpoint {path} is no {described.arch} as it says: {reason}") from error
    return module.float().eval().requires_grad_(False)


def rounded(trained: TrainedModel, dtype: torch.dtype) -> TrainedModel:
    """The same model with its weights rounded to `dtype` and back to float32, as a file of that type gives them."""
    state = {
        name: tensor.to(dtype).to(tensor.dtype) if tensor.is_floating_point() else tensor
        for name, tensor in trained.module.state_dict().items()
    }
    module = build(trained.arch, len(trained.labels), structure=trained.structure)
    module.load_state_dict(state)
    return replace(trained, module=module.eval().requires_grad_(False))


def save_safetensors(trained: TrainedModel, out: Path, *, extra: dict[str, Any], dtype: torch.dtype) -> None:
    """Write `out` (weights as `dtype`), `<stem>.json` (description and `extra`) and `<stem>.splits.json`.

    The lists keep hashes only, no ids: photos of licensed data can be recognised by them but not named.
    """
    state = {name: (tensor.to(dtype) if tensor.is_floating_point() else tensor).contiguous()
             for name, tensor in trained.module.state_dict().items()}  # fmt: skip
    described = Description(**{name: getattr(trained, name) for name in Description.__dataclass_fields__
                               if name != "splits"})  # fmt: skip
    card = json.dumps({**json.loads(described.to_json()), **extra}, indent=2, ensure_ascii=False)
    with replacing(out) as temporary:
        temporary.write_bytes(save(state))
    write_text(out.with_suffix(".json"), card + "\n")
    if trained.splits is not None:
        write_text(out.with_name(out.stem + ".splits.json"), json.dumps(without_ids(trained.splits)) + "\n")


def without_ids(splits: dict[str, Any]) -> dict[str, Any]:
    """splits.json with every `ids` null and no path of a machine."""
    lists = {name: {**part, "ids": None} for name, part in splits["splits"].items()}
    return {**splits, "data": without_places(str(splits["data"])), "splits": lists}


def write_text(path: Path, text: str) -> None:
    """Write `text` whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
