"""Open a model bundle: nothing in it is parsed before its manifest, signature, sizes and hashes have been checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_app.runtime import card as cards
from edge_app.runtime import golden, members, trust
from edge_app.runtime.backends import BACKENDS
from edge_app.runtime.errors import BundleError, CardError, TrustError
from edge_app.runtime.manifest import MANIFEST, MANIFEST_BYTES_MAX, SIGNATURE, Manifest
from edge_app.runtime.manifest import read as read_manifest

CARD, GATE, GOLDEN, REPORT = "card.json", "gate.json", "golden.npz", "report.html"
REQUIRED = (CARD, GATE, GOLDEN)
USABLE_VERDICTS = ("pass", "inconclusive")


@dataclass(frozen=True)
class Bundle:
    """A verified bundle, held in memory: what was hashed is what gets used.

    `files` are all members by name but the manifest and its signature. `model_name` is the model file's name
    (`model.tflite`), or for a model that is a folder the folder's (`model.mlpackage`). `signer` is the fingerprint of
    the trusted key, None where the caller allowed an unsigned bundle. `sha256` is that of manifest.json, and so pins
    every byte, of the folder and of its zip alike.
    """

    path: Path
    card: cards.ModelCard
    gate: dict[str, Any]
    model_name: str
    files: dict[str, bytes]
    golden: golden.Golden
    signer: str | None
    sha256: str

    @classmethod
    def open(cls, path: Path, *, trusted_keys: Sequence[bytes] = (), allow_unsigned: bool = False) -> Bundle:
        """Verify and read the folder or zip at `path`.

        Trusted are the pinned keys, those of $DERMEDGE_TRUSTED_KEYS, and `trusted_keys`. `allow_unsigned` lets
        through a bundle without a signature or with a good one by an unknown key, never one with a broken signature.
        TrustError when a check fails, BundleError when the bundle is missing, incomplete or contradicts itself.
        """
        path = Path(path)
        with members.opened(path) as source:
            content, signer = checked_manifest(source, path, trusted_keys, allow_unsigned)
            files = checked_files(source, read_manifest(content), path)
        return parsed(path, files, signer, hashlib.sha256(content).hexdigest())

    @property
    def model_content(self) -> bytes | None:
        """The model file's bytes; None where the model is a folder."""
        return self.files.get(self.model_name)

    @property
    def model_files(self) -> dict[str, bytes]:
        """The model's file, or its folder's files, by name."""
        return {name: c for name, c in self.files.items() if name.split("/")[0] == self.model_name}

    @property
    def model_bytes(self) -> int:
        """Size of the model on disk, in bytes."""
        return sum(map(len, self.model_files.values()))

    def extract_model(self, folder: Path) -> Path:
        """Write the model below `folder` (which should be private) for runtimes that only take paths."""
        for name, content in self.model_files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return folder / self.model_name


def checked_manifest(
    source: members.Members, path: Path, keys: Sequence[bytes], allow_unsigned: bool
) -> tuple[bytes, str | None]:
    """The manifest's bytes once their signature is acceptable, and the trusted signer's fingerprint."""
    if MANIFEST not in source.names:
        raise TrustError(f"bundle {path} has no {MANIFEST}; name a folder or zip that the export wrote")
    content = source.read(MANIFEST, MANIFEST_BYTES_MAX)
    if len(content) > MANIFEST_BYTES_MAX:
        raise TrustError(f"{MANIFEST} of {path} is larger than {MANIFEST_BYTES_MAX} bytes, the most allowed")
    if SIGNATURE not in source.names:
        if allow_unsigned:
            return content, None
        raise TrustError(f"bundle {path} is not signed; get a signed one, or accept it by --allow-unsigned")
    signature = source.read(SIGNATURE, trust.SIGNATURE_BYTES)
    return content, checked_signer(content, signature, path, (*trust.trusted_keys(), *keys), allow_unsigned)


def checked_signer(
    content: bytes, signature: bytes, path: Path, keys: Sequence[bytes], allow_unsigned: bool
) -> str | None:
    """Fingerprint of the trusted key that signed `content`; None for a stranger where that is allowed."""
    for key in keys:
        if trust.is_signed_by(key, content, signature):
            return trust.fingerprint(key)
    stated = read_manifest(content).signer
    if stated is None or not trust.is_signed_by(stated, content, signature):
        raise TrustError(
            f"{SIGNATURE} of {path} fits none of the {len(keys)} trusted keys and states no key that it does fit;"
            " the bundle was changed, or its key is not trusted yet (--trusted-key FILE)"
        )
    if allow_unsigned:
        return None
    raise TrustError(
        f"bundle {path} is signed by the unknown key {trust.fingerprint(stated)}; if its maker confirms that"
        f" fingerprint, save the key {stated.hex()} to a file and pass --trusted-key FILE"
    )


def checked_files(source: members.Members, manifest: Manifest, path: Path) -> dict[str, bytes]:
    """Every file that the manifest lists, its size and SHA-256 proved; no file more, none less."""
    found = set(source.names) - {MANIFEST, SIGNATURE}
    for name in sorted(found - set(manifest.files)):
        raise TrustError(f"bundle {path} holds {name}, which its manifest does not list; remove it")
    for name in sorted(set(manifest.files) - found):
        raise TrustError(f"bundle {path} lacks {name}, which its manifest lists; get the bundle again")
    files = {}
    for name, entry in manifest.files.items():
        content = source.read(name, entry.size_bytes)
        if len(content) != entry.size_bytes:
            size = "more" if len(content) > entry.size_bytes else "fewer"
            raise TrustError(f"{name} of {path} has {size} than the {entry.size_bytes} bytes of its manifest")
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise TrustError(f"{name} of {path} is not the file that its manifest lists (SHA-256 differs)")
        files[name] = content
    return files


def parsed(path: Path, files: dict[str, bytes], signer: str | None, sha256: str) -> Bundle:
    """The bundle of verified `files`."""
    for name in REQUIRED:
        if name not in files:
            raise BundleError(f"bundle {path} has no {name}; a bundle needs {', '.join(REQUIRED)} and a model file")
    try:
        card = cards.from_json(files[CARD])
    except CardError as error:
        raise BundleError(f"bundle {path}: {error}") from error
    gate = read_gate(files[GATE], path)
    expected = golden.read(files[GOLDEN], card.fit.side_px, len(card.labels))
    return Bundle(path, card, gate, model_name(files, path), files, expected, signer, sha256)


def model_name(files: dict[str, bytes], path: Path) -> str:
    """The one member (or top folder) with a suffix that a backend takes."""
    tops = {name.split("/")[0] for name in files}
    models = sorted(top for top in tops if Path(top).suffix in BACKENDS)
    if len(models) != 1:
        raise BundleError(f"bundle {path} has {len(models)} model files; allowed: one of {', '.join(BACKENDS)}")
    return models[0]


def read_gate(content: bytes, path: Path) -> dict[str, Any]:
    """gate.json, its verdict being one that a bundle may have."""
    try:
        gate = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{GATE} of {path} is not JSON ({error})") from error
    verdict = gate.get("verdict") if isinstance(gate, dict) else None
    if verdict not in USABLE_VERDICTS:
        raise BundleError(f"{GATE} of {path} has the verdict {str(verdict)[:40]!r}; allowed: {USABLE_VERDICTS}")
    return dict(gate)
