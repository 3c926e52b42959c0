"""Classes merged by a map, the project's and a user's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import ConfigError, DataError
from edge_app.runtime.labels import RiskTier, label
from train.data.label_map import load_map, map_of
from train.data.sample import Dataset, Sample
from train.data.spec import open_data


def dataset(codes: list[str]) -> Dataset:
    """One photo of each code."""
    samples = [Sample(f"{k}", k, f"{k}", Path(f"{k}.jpg")) for k in range(len(codes))]
    return Dataset("folder:x", "x", "", tuple(label(code) for code in codes), samples)


def test_derm8_merges_the_three_sets_into_eight_classes() -> None:
    derm8 = load_map("derm8")
    assert [one.code for one in derm8.labels] == ["nv", "mel", "bcc", "akiec", "bkl", "scc", "df", "vasc"]
    merged = derm8.applied(dataset(["sek", "nev", "ack", "ak", "akiec", "scc"]))
    assert [one.code for one in merged.labels] == ["nv", "akiec", "bkl", "scc"]
    assert [merged.labels[s.label].code for s in merged.samples] == ["bkl", "nv", "akiec", "akiec", "akiec", "scc"]
    assert {one.code: one.tier for one in derm8.labels}["scc"] is RiskTier.URGENT
    assert merged.notes == ()


def test_applied_counts_what_it_leaves_out() -> None:
    data = open_data("phantom:3", label_map="derm8")
    assert data.notes == (
        "label map derm8 leaves out 18 of 42 photos: chickenpox 3, cowpox 3, healthy 3, hfmd 3, measles 3, mpox 3",
    )
    assert data.counts().tolist() == [3] * 8
    with pytest.raises(DataError, match="leaves no photo of folder:x; it takes nv, nev, mel"):
        load_map("derm8").applied(dataset(["wart", "mole"]))


def test_a_map_comes_back_from_what_a_run_records() -> None:
    derm8 = load_map("derm8")
    recorded = derm8.to_json()
    again = map_of("derm8", recorded["classes"], "of the run")
    assert (again, again.sha256) == (derm8, recorded["sha256"])


def test_a_map_of_the_users_own_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "two.toml"
    file.write_text("[[classes]]\ncode='bad'\nname='To see'\ntier='urgent'\nfrom=['mel', 'bcc']\n"
                    "[[classes]]\ncode='good'\nfrom=['nv']\n")  # fmt: skip
    merging = load_map(str(file))
    assert merging.name == "two"
    assert merging.into == {"mel": "bad", "bcc": "bad", "nv": "good", "bad": "bad", "good": "good"}
    assert (merging.labels[0].name, merging.labels[0].tier, merging.labels[1].name) == ("To see", "urgent", "good")
    once = open_data("phantom:2", label_map=str(file))
    assert once.counts().tolist() == [4, 2]
    assert merging.applied(once) == once


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "has no list of two or more"),
        ("[[classes]]\ncode='a'\nfrom=['x']\n[[classes]]\ncode='a'\nfrom=['y']", "class 'a' stands there twice"),
        ("[[classes]]\ncode='a'\nfrom=['x']\n[[classes]]\ncode='b'\nfrom=['x']", "'x' goes into a and b; choose one"),
        ("[[classes]]\ncode='a'\n[[classes]]\ncode='b'\nfrom=['x']", "class 'a' lists no codes"),
        ("[[classes]]\nfrom=['x']\n[[classes]]\ncode='b'\nfrom=['y']", "a class has no code"),
        ("[[classes]]\ncode='a'\nfrom=['x']\ncolour=1\n[[classes]]\ncode='b'", "key 'colour' is unknown; allowed"),
        ("[[classes]]\ncode='a'\nfrom=['x']\ntier='high'\n[[classes]]\ncode='b'", "tier 'high'; allowed: urgent"),
        ("[[classes", "cannot be read"),
    ],
)  # fmt: skip
def test_a_map_that_contradicts_itself_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "m.toml").write_text(content)
    with pytest.raises(ConfigError, match=message):
        load_map(str(tmp_path / "m.toml"))


def test_an_unknown_map_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="'derm9' is unknown; allowed: derm8, or a .toml file"):
        load_map("derm9")


KEYS = st.sampled_from(["code", "from", "tier", "name"])
ENTRIES = st.lists(st.dictionaries(KEYS, st.none() | st.text(max_size=3) | st.lists(st.text(max_size=3)), max_size=4))


@given(st.none() | st.text(max_size=3) | ENTRIES)
def test_any_content_gives_a_map_or_a_config_error(content: object) -> None:
    try:
        assert len(map_of("m", content, "m").labels) > 1
    except ConfigError as error:
        assert "\n" not in str(error)


def test_a_map_that_exchanges_two_classes_is_applied_once_when_sets_are_joined(tmp_path: Path) -> None:
    swap = tmp_path / "swap.toml"
    swap.write_text('[[classes]]\ncode = "mel"\nfrom = ["nv"]\n\n[[classes]]\ncode = "nv"\nfrom = ["mel"]\n')
    joined = open_data("phantom:1:1+phantom:1:2", label_map=str(swap))
    assert [one.code for one in joined.labels] == ["mel", "nv"]
    assert {(s.id.split("-")[2], joined.labels[s.label].code) for s in joined.samples} == {("nv", "mel"), ("mel", "nv")}
