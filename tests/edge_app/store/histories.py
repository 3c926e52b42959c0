"""Small cases and cheap vaults for the tests of the history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge_app.runtime.errors import PassphraseError
from edge_app.store.records import Case, Outcome, Shot, Visit


class PlainVault:
    """Stands in for a phone's keystore: no scrypt, and hardly a secret."""

    def __init__(self, secret: str = "s") -> None:
        self.secret = secret

    def wrap(self, key: bytes) -> dict[str, Any]:
        """See `Vault`."""
        return {"kind": "plain", "key": key.hex(), "secret": self.secret}

    def unwrap(self, wrapped: Mapping[str, Any]) -> bytes:
        """See `Vault`."""
        if wrapped.get("secret") != self.secret:
            raise PassphraseError("wrong")
        return bytes.fromhex(wrapped["key"])


def visit(number: int = 1, *, photos: int = 1) -> Visit:
    """An answer with `photos` photos called p<number>-<i>."""
    shots = tuple(Shot(photo_id=f"p{number}-{i}", logits=(0.5, -1.0), quality=("blur",)) for i in range(photos))
    return Visit(
        id=f"v{number}", taken_at=f"2026-11-{number % 28 + 1:02d}T10:00:00Z", shots=shots, verdict="prediction",
        code="nv", name="Melanocytic nevus", tier="routine", probability=0.8125,
        probabilities={"nv": 0.8125, "mel": 0.1875},
        model="tiny 1", model_sha256="ab" * 32, gate="pass",
    )  # fmt: skip


def case(number: int = 1, *, photos: int = 1, **changed: Any) -> Case:
    """A case with one visit."""
    values = {
        "id": f"c{number}", "created_at": "2026-11-01T09:00:00Z", "reference": f"ward-{number}", "site": "left_forearm",
        "age_band": "40-49", "sex": "female", "skin_type": "V", "symptoms": ("itching",), "note": "grew since May",
        "visits": (visit(number, photos=photos),),
        "outcome": Outcome(on="2026-11-20", kind="histology", finding="nevus"),
    }  # fmt: skip
    return Case(**values | changed)


def photos_of(of: Case, size: int = 2000) -> dict[str, bytes]:
    """Bytes for each photo that tell which they are."""
    return {photo_id: photo_id.encode() * (size // len(photo_id)) for photo_id in of.photo_ids}
