"""Which names may mean the same lesion, and digests that lists of runs keep."""

from __future__ import annotations

import hashlib

import pytest

from train.data.identity import archives_of_run, group_digest, names_may_agree, shared_group_digest


@pytest.mark.parametrize(
    ("some", "others", "agree"),
    [
        (("isic",), ("isic",), True),
        (("isic",), ("pad-ufes-20",), False),
        (("isic", "pad-ufes-20"), ("pad-ufes-20",), True),
        (("",), ("isic",), True),
        (("isic",), ("clinic", ""), True),
    ],
)
def test_names_may_agree_within_an_archive_or_where_none_is_named(
    some: tuple[str, ...], others: tuple[str, ...], agree: bool
) -> None:
    assert names_may_agree(some, others) is agree
    assert names_may_agree(others, some) is agree


def test_group_digest_is_the_beginning_of_sha256() -> None:
    assert group_digest("HAM_7") == hashlib.sha256(b"HAM_7").hexdigest()[:16]
    assert shared_group_digest("photo", "HAM_7") == group_digest("HAM_7")
    assert shared_group_digest("a/1.jpg", "a/1.jpg") == ""


def test_archives_of_run_are_unknown_in_lists_of_before_they_were_kept() -> None:
    assert archives_of_run({"archives": ["isic", ""]}) == ("isic", "")
    assert archives_of_run({}) == ("",)
