"""Shares of a batch, and sums of one process."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import ConfigError
from train import ranks, together


@given(st.integers(0, 200), st.integers(1, 9))
def test_shares_cover_everything_once_and_differ_by_one_at_most(count: int, parts: int) -> None:
    shares = [list(range(count))[ranks.share(count, part, parts)] for part in range(parts)]
    assert [k for share in shares for k in share] == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_one_process_is_rank_0_of_1_whatever_a_cluster_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "8")
    monkeypatch.setenv("RANK", "3")
    assert (ranks.rank(), ranks.size(), ranks.on_this_machine()) == (0, 1, 1)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    assert (ranks.rank(), ranks.size(), ranks.on_this_machine()) == (3, 8, 4)


def test_ratio_of_one_process_is_the_quotient() -> None:
    assert together.ratio(torch.tensor(6.0), torch.tensor(4.0)).item() == 1.5
    assert together.gathered("a") == ["a"]
    assert together.from_first(2.5) == 2.5


def test_parts_average_to_the_quotient_of_all_and_not_to_the_mean_of_quotients(monkeypatch: pytest.MonkeyPatch) -> None:
    totals, divisors = torch.tensor([6.0, 1.0]), torch.tensor([3.0, 0.5])
    monkeypatch.setattr(together, "together", lambda: True)
    monkeypatch.setattr(together, "size", lambda: 2)
    monkeypatch.setattr(together, "summed", lambda value: divisors.sum())
    parts = [together.ratio(total, divisor).item() for total, divisor in zip(totals, divisors, strict=True)]
    assert parts == pytest.approx([12 / 3.5, 2 / 3.5])
    assert sum(parts) / 2 == pytest.approx(7 / 3.5)


def test_join_refuses_a_batch_that_is_too_small_to_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "size", lambda: 4)
    with pytest.raises(ConfigError, match="batch_size 7 is shared by 4 processes; allowed: 8 or more"):
        together.join("cpu", 7)
    with pytest.raises(ConfigError, match="'mps' trains in one process"):
        together.join("mps", 8)
