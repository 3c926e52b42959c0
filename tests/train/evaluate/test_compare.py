"""Paired differences by hand; tables of answers are read or refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.runtime.errors import DataError, DermedgeError
from train.cli import main
from train.evaluate.bootstrap import Resampling
from train.evaluate.compare import difference_table, mcnemar, scored
from train.evaluate.predictions import read_predictions

HEADER = "id,sha256,group,truth,answer,right,probability,energy,model_knows,p_nv,p_mel"


def write_table(folder: Path, answers: str, *, truth: str = "nnnnnnmmmm", header: str = HEADER, start: int = 0) -> Path:
    """An evaluation folder of ten photos, one letter each for the true and the answered class; two a lesion."""
    names = {"n": "nv", "m": "mel"}
    lines = [header]
    for i, (true, answer) in enumerate(zip(truth, answers, strict=True), start=start):
        sure = "0.9,0.1" if answer == "n" else "0.1,0.9"
        right = int(true == answer)
        lines.append(f"P{i},{i:016x},L{i // 2},{names[true]},{names[answer]},{right},0.9,-1,1,{sure}")
    folder.mkdir()
    (folder / "predictions.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_differences_are_worked_out_by_hand() -> None:
    truth = np.array([0] * 6 + [1] * 4)
    first, second = np.eye(2)[[0, 0, 0, 0, 1, 1, 1, 1, 0, 0]], np.eye(2)[[0, 0, 0, 0, 0, 1, 1, 1, 1, 0]]
    rows = {row["figure"]: row for row in
            difference_table(truth, first, second, ["nv", "mel"], Resampling(np.arange(10), 400, 0))}  # fmt: skip
    assert (rows["accuracy"]["first"], rows["accuracy"]["second"]) == (0.6, 0.8)
    assert rows["recall mel"]["difference"]["value"] == pytest.approx(0.25)
    assert rows["recall nv"]["difference"]["value"] == pytest.approx(1 / 6, abs=1e-6)
    assert rows["accuracy"]["mcnemar"] == {"only_first_right": 0, "only_second_right": 2, "p": 0.5}
    assert rows["accuracy"]["difference"]["method"] == "tango"
    assert rows["macro_auc"]["difference"] == {"value": 0.208333, "low": None, "high": None, "method": "too few"}
    assert rows["macro_auc"]["p"] is None


def test_shares_with_many_discordant_photos_are_resampled() -> None:
    truth = np.zeros(40, int)
    first, second = np.eye(2)[[1] * 20 + [0] * 20], np.eye(2)[[0] * 20 + [0] * 20]
    rows = {row["figure"]: row for row in
            difference_table(truth, first, second, ["nv", "mel"], Resampling(np.arange(40), 4000, 0))}  # fmt: skip
    # B(40, 1/2): the 2.5 and 97.5 percentiles of the mean are 14/40 and 26/40.
    change = rows["accuracy"]["difference"]
    assert (change["low"], change["high"], change["method"]) == (0.35, 0.65, "bootstrap")
    assert rows["brier"]["difference"]["method"] == "bootstrap" and rows["brier"]["p"] < 0.01


def test_share_that_nobody_changed_keeps_an_interval() -> None:
    right = np.array([True] * 9)
    found = scored(right, right, np.arange(9))
    # z^2 / (n + z^2) on either side, z = 1.96.
    assert (found.low, found.high) == (pytest.approx(-0.2992, abs=1e-4), pytest.approx(0.2992, abs=1e-4))
    # Nine photos of three lesions say what three say: 3.8415 / 6.8415.
    assert scored(right, right, np.arange(9) // 3).high == pytest.approx(0.5615, abs=1e-4)
    # 9 gained, 3 lost of 32 pairs: Tango 1998.
    first = np.array([True] * 3 + [False] * 9 + [True] * 20)
    second = np.array([False] * 3 + [True] * 9 + [True] * 20)
    published = scored(first, second, np.arange(32))
    assert (published.low, published.high) == (pytest.approx(-0.027, abs=5e-4), pytest.approx(0.390, abs=5e-4))


def test_mcnemar_is_the_exact_binomial_tail() -> None:
    first, second = np.array([True] * 7 + [False] + [True] * 3), np.array([False] * 7 + [True] + [True] * 3)
    assert mcnemar(first, second)["p"] == pytest.approx(2 * (1 + 8) / 256)  # 0.0703, Fagerland et al. 2014
    assert mcnemar(first, first) == {"only_first_right": 0, "only_second_right": 0, "p": 1.0}


def test_difference_of_equals_is_nothing_and_p_is_one() -> None:
    truth, answers = np.array([0, 1, 0, 1]), np.eye(2)[[0, 1, 1, 1]]
    rows = difference_table(truth, answers, answers, ["nv", "mel"], Resampling(np.arange(4), 100, 0))
    assert {row["difference"]["value"] for row in rows} == {0.0}
    assert {row["figure"]: row["p"] for row in rows if row["p"] is not None} == {
        "accuracy": 1.0, "recall nv": 1.0, "recall mel": 1.0
    }  # fmt: skip
    many = difference_table(truth, answers, answers, ["nv", "mel"], Resampling(np.arange(4), 100, 0))
    assert {row["difference"]["low"] for row in many if "mcnemar" not in row} == {None}


def test_compare_prints_the_table_and_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = write_table(tmp_path / "a", "nnnnmmmmnn"), write_table(tmp_path / "b", "nnnnnmmmmn")
    assert main(["compare", str(first), str(second), "--replicates", "200", "--out", str(tmp_path / "c.json")]) == 0
    said = capsys.readouterr().out
    assert "10 photos of 5 lesions or patients" in said
    assert "accuracy                      0.6000   0.8000  +0.2000" in said
    assert "0 photos right in A alone, 2 in B alone, p 0.5000 (as if photos of one lesion were independent)" in said
    assert (tmp_path / "c.json").read_text().count('"figure": "recall mel"') == 1


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ({"start": 3}, "are of different photos (7 in both, 3 and 3 in one alone)"),
        ({"truth": "nnnnnmmmmm"}, "different true classes for 1 photos"),
        ({"header": HEADER.replace("p_mel", "p_bcc")}, "truth is 'mel'; allowed: nv, bcc"),
        ({"header": HEADER.replace("sha256", "hash")}, "it lacks sha256"),
        ({"header": HEADER.replace("p_mel", "p_nv")}, "one column for each of two classes"),
    ],
)
def test_compare_refuses_in_one_line_when_answers_cannot_be_paired(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: dict[str, str], message: str
) -> None:
    first = write_table(tmp_path / "a", "nnnnmmmmnn")
    second = write_table(tmp_path / "b", "nnnnnmmmmn", **spoil)  # type: ignore[arg-type]
    assert main(["compare", str(first), str(second), "--out", str(tmp_path / "c.json")]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1
    assert not (tmp_path / "c.json").exists()


@pytest.mark.parametrize("out", ["a", "a/predictions.csv/c.json", "/proc/none/c.json"])
def test_compare_refuses_a_place_that_it_cannot_write_to_before_the_work(
    tmp_path: Path, out: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = write_table(tmp_path / "a", "nnnnmmmmnn"), write_table(tmp_path / "b", "nnnnnmmmmn")
    monkeypatch.setattr("train.evaluate.comparison.compare_folders", None)
    assert main(["compare", str(first), str(second), "--out", str(tmp_path / out)]) == 2
    said = capsys.readouterr().err
    assert "--out" in said and said.count("\n") == 1


def test_compare_refuses_a_folder_that_is_neither_run_nor_evaluation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(tmp_path), str(tmp_path)]) == 2
    assert "is neither an evaluation (predictions.csv) nor a run (best.ckpt)" in capsys.readouterr().err


@settings(max_examples=150)
@given(st.one_of(st.binary(max_size=300), st.builds(
    lambda header, rows: "\n".join([header, *(",".join(row) for row in rows)]).encode(),
    st.sampled_from([HEADER, HEADER.replace("id,", ""), "sha256,group,truth,model_knows,p_a,p_b"]),
    st.lists(st.lists(st.sampled_from(["nv", "mel", "0.5", "1", "nan", "-1", "inf", "", '"', "a"]), max_size=12),
             max_size=4),
)))  # fmt: skip
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "predictions.csv"
    path.write_bytes(content)
    try:
        found = read_predictions(path, "fuzz")
    except DermedgeError as error:
        assert isinstance(error, DataError) and "\n" not in str(error)
    else:
        assert ((found.probabilities >= 0) & (found.probabilities <= 1.0 + 1e-6)).all()
        assert len(found.photos) == len(found.truth) == len(found.groups) > 0
