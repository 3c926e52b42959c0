from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import StoreError
from edge_app.store import records
from edge_app.store.records import Case, Outcome, Shot, Visit

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SHOTS = st.builds(
    Shot, photo_id=TEXT, logits=st.lists(st.floats(-9, 9), max_size=3).map(tuple), quality=st.tuples(TEXT),
    used_anyway=st.booleans(),
)  # fmt: skip
VISITS = st.builds(
    Visit, id=TEXT, taken_at=TEXT, shots=st.lists(SHOTS, max_size=2).map(tuple),
    verdict=st.sampled_from(records.VERDICTS),
    probabilities=st.dictionaries(TEXT, st.floats(0, 1), max_size=3), disagreement=st.booleans(), reason=TEXT,
)  # fmt: skip
OUTCOMES = st.none() | st.builds(Outcome, on=TEXT, kind=TEXT, finding=TEXT, note=TEXT)
CASES = st.builds(
    Case, id=TEXT, created_at=TEXT, note=TEXT, symptoms=st.lists(TEXT, max_size=3).map(tuple),
    visits=st.lists(VISITS, max_size=2).map(tuple), outcome=OUTCOMES, remind_on=TEXT,
)  # fmt: skip


@given(CASES)
def test_case_comes_back_equal(case: Case) -> None:
    assert records.from_bytes(records.to_bytes(case)) == case


def test_fields_of_a_newer_app_are_left_out() -> None:
    data = json.loads(records.to_bytes(Case(id="c", created_at="t"))) | {"brand_new": 1}
    assert records.from_bytes(json.dumps(data).encode()) == Case(id="c", created_at="t")


@given(st.binary(max_size=30) | st.sampled_from([b"[]", b"{}", b"null", b'{"id": 1}', b'{"visits": 3}', b"[" * 9999]))
def test_anything_else_is_a_store_error(content: bytes) -> None:
    with pytest.raises(StoreError):
        records.from_bytes(content)
