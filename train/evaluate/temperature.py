"""One temperature for all logits, so that the largest probability is right as often as it says (Guo et al. 2017)."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from edge_app.runtime.errors import DataError

# Beyond these a temperature says that the logits are useless or the labels too few.
BOUNDS = (0.05, 20.0)
# Of fewer, a fitted temperature makes probabilities worse too often (docs/decisions, 0054).
PHOTOS_MIN = 100


def fit_temperature(logits: np.ndarray, labels: np.ndarray, place: np.ndarray | None = None) -> float:
    """The T in `BOUNDS` that minimises the negative log likelihood of `labels` int `[N]` under softmax(logits / T).

    `logits` float `[N, K]`; `place` int `[K]` says which class each of them counts for where labels are merged classes,
    whose probabilities are sums. 1.0 where T cannot be told: fewer than PHOTOS_MIN photos, one class, or logits all
    alike.
    Raises DataError for logits that are not finite or shapes that do not match.
    """
    logits, labels = np.asarray(logits, dtype=np.float64), np.asarray(labels)
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise DataError(f"logits {logits.shape} and labels {labels.shape} do not match; give [N, K] and [N]")
    if not np.isfinite(logits).all():
        raise DataError("the logits hold values that are not finite; the checkpoint is broken, train it again")
    if len(logits) < PHOTOS_MIN or logits.shape[1] < 2 or np.ptp(logits, axis=1).max() == 0:
        return 1.0
    low, high = np.log(BOUNDS)
    found = minimize_scalar(
        lambda log_t: negative_log_likelihood(logits / np.exp(log_t), labels, place),
        bounds=(low, high), method="bounded",
    )  # fmt: skip
    return float(np.exp(found.x))


def negative_log_likelihood(logits: np.ndarray, labels: np.ndarray, place: np.ndarray | None = None) -> float:
    """Mean over photos of logsumexp(z) - logsumexp(z of the label's members); without `place`, of z[label] alone."""
    if place is None:
        return float(np.mean(logsumexp(logits, axis=1) - logits[np.arange(len(labels)), labels]))
    members = np.where(place[None, :] == labels[:, None], logits, -np.inf)
    return float(np.mean(logsumexp(logits, axis=1) - logsumexp(members, axis=1)))
