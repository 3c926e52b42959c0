"""The classes that the project knows, with the urgency each one means for whoever holds the phone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RiskTier(StrEnum):
    """How soon a clinician should see it."""

    URGENT = "urgent"
    SOON = "soon"
    ROUTINE = "routine"


@dataclass(frozen=True)
class Label:
    """One class: short code, name to show, risk tier, and whether health authorities commonly ask for a notice."""

    code: str
    name: str
    tier: RiskTier
    notifiable: bool = False


# The order of the class table in the MobileViTv2 dual-weighting paper (alphabetical by the full names used there).
LABELS_14 = (
    Label("akiec", "Actinic keratosis", RiskTier.SOON),
    Label("bcc", "Basal cell carcinoma", RiskTier.SOON),
    Label("bkl", "Benign keratosis-like lesion", RiskTier.ROUTINE),
    Label("chickenpox", "Chickenpox", RiskTier.SOON),
    Label("cowpox", "Cowpox", RiskTier.SOON),
    Label("df", "Dermatofibroma", RiskTier.ROUTINE),
    Label("healthy", "Healthy skin", RiskTier.ROUTINE),
    Label("hfmd", "Hand, foot and mouth disease", RiskTier.SOON),
    Label("measles", "Measles", RiskTier.URGENT, notifiable=True),
    Label("nv", "Melanocytic nevus", RiskTier.ROUTINE),
    Label("mel", "Melanoma", RiskTier.URGENT),
    Label("mpox", "Mpox", RiskTier.URGENT, notifiable=True),
    Label("scc", "Squamous cell carcinoma", RiskTier.URGENT),
    Label("vasc", "Vascular lesion", RiskTier.ROUTINE),
)

KNOWN: dict[str, Label] = {label.code: label for label in LABELS_14}


def label(code: str) -> Label:
    """The known label of `code`; an unknown code gets its own name and the cautious middle tier."""
    return KNOWN.get(code, Label(code, code, RiskTier.SOON))
