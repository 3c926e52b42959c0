"""Bundles of the tiny model, whole or spoiled, for the tests of what opens them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zipfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge_app.runtime import card as cards
from edge_app.runtime import manifest
from edge_app.runtime.card import ModelCard
from tests.contracts.tiny_model import MODELS, card, golden_bytes

GATE = {
    "schema_version": 1,
    "verdict": "pass",
    "target": "tflite",
    "scheme": "fp32",
    "accuracy": {"float": 0.9, "exported": 0.9, "drop": 0.0, "tolerance": 0.01},
    "classes": [],
    "tiers": [],
}
KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a key for tests").digest())
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a stranger's key").digest())


def public(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public key."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def contents(model_card: ModelCard | None = None, **changed: bytes | None) -> dict[str, bytes]:
    """The files of a good bundle; `golden_npz=b"..."` replaces golden.npz, None leaves it out."""
    files = {
        "model.tflite": (MODELS / "tiny.tflite").read_bytes(),
        "card.json": cards.to_json(model_card or card()).encode(),
        "gate.json": json.dumps(GATE).encode(),
        "golden.npz": golden_bytes(),
        "report.html": b"<p>report</p>",
    }
    replaced = {name.replace("_", "."): content for name, content in changed.items()}
    return {name: content for name, content in (files | replaced).items() if content is not None}


def signed(
    files: dict[str, bytes], key: Ed25519PrivateKey | None = KEY, *, states_signer: bool = True
) -> dict[str, bytes]:
    """`files` with their manifest, signed by `key` where there is one."""
    listed = manifest.write(files, public(key) if key and states_signer else None)
    whole = files | {manifest.MANIFEST: listed}
    return whole | {manifest.SIGNATURE: key.sign(listed)} if key else whole


def write_folder(files: dict[str, bytes], folder: Path) -> Path:
    """Write `files` below `folder`."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def write_zip(files: dict[str, bytes], path: Path) -> Path:
    """Write `files` as a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def abstaining(energy_max: float, confidence_min: float) -> ModelCard:
    """The tiny card with thresholds."""
    return dataclasses.replace(
        card(), thresholds=cards.Thresholds(energy_max=energy_max, confidence_min=confidence_min)
    )
