"""The classes of an evaluation: the model's own, or those that a label map merges model and data into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from edge_app.runtime.errors import ConfigError
from edge_app.runtime.labels import Label, RiskTier
from train.evaluate.metrics import softmax

OTHER = Label("other", "Another class of the model", RiskTier.SOON)


@dataclass(frozen=True)
class ClassPlan:
    """`labels` are the C classes of the evaluation; `place` int [K] is the one that each output of the model is of."""

    labels: tuple[Label, ...]
    place: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Which classes the model can answer, bool [C]."""
        return np.isin(np.arange(len(self.labels)), self.place)

    @property
    def codes(self) -> list[str]:
        """The codes of `labels`."""
        return [label.code for label in self.labels]

    def probabilities(self, logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
        """Probabilities float64 [N, C] of the model's `logits` [N, K]: those of merged classes are summed."""
        merging = np.eye(len(self.labels))[self.place]
        return np.asarray(softmax(logits / temperature) @ merging)


def own_classes(labels: tuple[Label, ...]) -> ClassPlan:
    """The model's classes as they are."""
    return ClassPlan(labels, np.arange(len(labels)))


def merged_classes(
    labels: tuple[Label, ...], merged: tuple[Label, ...], into: Mapping[str, str], name: str
) -> ClassPlan:
    """The model's `labels` merged by map `name`, which says `into` which code of `merged` each code goes.

    Outputs that the map leaves out are one class more, "other": such an answer is never right. ConfigError where the
    map leaves out all of them.
    """
    codes = [label.code for label in merged]
    targets = [into.get(label.code) for label in labels]
    if not any(targets):
        known = ", ".join(label.code for label in labels)
        raise ConfigError(f"label map {name} has none of the model's classes ({known}); name another --label-map")
    if all(targets):
        return ClassPlan(merged, np.array([codes.index(str(target)) for target in targets]))
    place = [len(merged) if target is None else codes.index(target) for target in targets]
    return ClassPlan((*merged, OTHER), np.array(place))
