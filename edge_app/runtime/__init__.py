"""The device contract: what a photo becomes, what a model file carries, what an answer is.

`from edge_app.runtime import Classifier, photo` works; nothing is loaded before it is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edge_app.runtime.bundle import Bundle as Bundle
    from edge_app.runtime.card import FitRule as FitRule
    from edge_app.runtime.card import ModelCard as ModelCard
    from edge_app.runtime.classifier import Abstention as Abstention
    from edge_app.runtime.classifier import Classifier as Classifier
    from edge_app.runtime.classifier import Prediction as Prediction
    from edge_app.runtime.labels import Label as Label
    from edge_app.runtime.labels import RiskTier as RiskTier

PUBLIC = {
    "Abstention": "classifier",
    "Bundle": "bundle",
    "Classifier": "classifier",
    "FitRule": "card",
    "Label": "labels",
    "ModelCard": "card",
    "Prediction": "classifier",
    "RiskTier": "labels",
}


def __getattr__(name: str) -> Any:
    """Load a public name's module on its first use, so that `import edge_app.runtime` stays light."""
    if name not in PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{PUBLIC[name]}"), name)
