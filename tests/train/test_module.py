"""Parts of the training module that need no run."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from train.module import Training
from train.sections import Fit


def test_last_group_of_accumulated_batches_weighs_as_much_as_the_others() -> None:
    module = SimpleNamespace(recipe=SimpleNamespace(fit=Fit(accumulate=3)), batches=8)
    shares = [Training.share_of_step(module, index) for index in range(8)]  # type: ignore[arg-type]
    # Lightning divides every batch by 3: 3 * (1/3), 3 * (1/3), then 2 * (1.5/3).
    assert shares == pytest.approx([1.0] * 6 + [1.5] * 2)
