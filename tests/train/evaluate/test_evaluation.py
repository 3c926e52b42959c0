"""A whole evaluation of a subject whose every answer is known beforehand."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from edge_app.runtime.card import Thresholds
from edge_app.runtime.errors import ConfigError, DataError
from tests.train.evaluate.grey_photos import GreySubject, Photo, write_ham
from train.checkpoint import TrainedModel
from train.cli import main
from train.data.identity import group_digest
from train.evaluate.cautions import cautions
from train.evaluate.cli import headline
from train.evaluate.evaluation import Evaluation, evaluation_of
from train.evaluate.options import Options
from train.evaluate.page.report import report_html
from train.evaluate.writing import write_evaluation

CODES = ("nv", "mel", "bcc")
# 30 nv of which 24 are right, 6 called mel; 20 mel of which 15 are right, 5 called nv; 10 bcc, all right.
PHOTOS = [
    *[Photo("nv", 0, sex="male") for _ in range(24)], *[Photo("nv", 1, sex="female") for _ in range(6)],
    *[Photo("mel", 1, sex="male", age="80") for _ in range(15)], *[Photo("mel", 0, age="") for _ in range(5)],
    *[Photo("bcc", 2, sex="female", age="20") for _ in range(10)],
]  # fmt: skip
# 112 photos, 96 right; 72 of mel and bcc, 40 of nv.
FIT = 8 * ([Photo(code, k) for k, code in enumerate(CODES) for _ in range(4)] + [Photo("nv", 1), Photo("mel", 0)])
SMALL = {"replicates": 200, "outlier_pictures": 4, "robust_photos": 9, "mistakes": 3}


def options(out: Path, data: str, **more: object) -> Options:
    """A small evaluation."""
    return Options(data=data, out=out, **{**SMALL, **more})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    """The evaluation of PHOTOS, temperature and thresholds from FIT."""
    folder = tmp_path_factory.mktemp("grey")
    data, fit = write_ham(folder / "data", PHOTOS), write_ham(folder / "fit", FIT, first=900)
    subject = GreySubject(CODES, thresholds=Thresholds(energy_max=0.0, confidence_min=0.5))
    return evaluation_of(subject, options(folder / "out", data, validation=fit))


def test_figures_are_those_of_the_known_answers(whole: Evaluation) -> None:
    result = whole.result
    assert result["confusion"] == [[24, 6, 0], [5, 15, 0], [0, 0, 10]]
    assert result["overall"]["accuracy"]["value"] == pytest.approx(49 / 60, abs=1e-6)
    assert result["overall"]["balanced_accuracy"]["value"] == pytest.approx((0.8 + 0.75 + 1) / 3, abs=1e-6)
    nv, mel, bcc = result["classes"]
    assert (nv["support"], mel["recall"]["value"]) == (30, 0.75)
    assert mel["precision"]["value"] == pytest.approx(15 / 21, abs=1e-6)
    assert bcc["recall"]["method"] == "wilson" and bcc["recall"]["low"] == pytest.approx(0.7225, abs=1e-4)
    assert result["data"]["photos"] == result["data"]["groups"] == 60


def test_temperature_is_that_of_the_validation_photos(whole: Evaluation) -> None:
    # 12 in 14 are right: the best T makes exp(4/T) / (exp(4/T) + 2) equal 12/14, so T = 4 / log(12).
    calibration = whole.result["calibration"]
    assert calibration["temperature"] == pytest.approx(4 / np.log(12), rel=1e-3)
    sure = np.exp(4) / (np.exp(4) + 2)
    assert calibration["before"]["ece"]["value"] == pytest.approx(sure - 49 / 60, abs=1e-5)
    assert calibration["after"]["ece"]["value"] == pytest.approx(abs(12 / 14 - 49 / 60), abs=1e-3)


def test_malignant_calls_and_abstention_are_those_of_the_known_answers(whole: Evaluation) -> None:
    malignant = whole.result["malignant"]
    assert (malignant["classes"], malignant["positives"], malignant["others"]) == (["mel", "bcc"], 30, 30)
    points = {row["rule"]: row for row in malignant["operating_points"]}
    # Four of five benign validation photos score low, so 80 % specificity is had at the high score; 90 % is not.
    at = points["specificity at least 80 %"]
    assert at["validation"] == {"sensitivity": pytest.approx(8 / 9, abs=1e-6), "specificity": 0.8}
    assert (at["sensitivity"]["value"], at["sensitivity"]["of"]) == (pytest.approx(25 / 30, abs=1e-6), 30)
    assert at["specificity"]["value"] == pytest.approx(0.8)
    assert points["specificity at least 90 %"]["threshold"] is None
    assert points["specificity at least 90 %"]["sensitivity"]["value"] == 0.0
    shipped = whole.result["abstention"]["shipped"]
    assert (shipped["coverage"]["value"], shipped["accuracy"]["value"]) == (1.0, pytest.approx(49 / 60, abs=1e-6))


def test_subgroups_have_figures_or_say_too_few(whole: Evaluation) -> None:
    divisions = {division["name"]: division["rows"] for division in whole.result["subgroups"]}
    sexes = {row["value"]: row for row in divisions["sex"]}
    assert sexes["male"]["accuracy"]["value"] == pytest.approx(39 / 44, abs=1e-6)
    assert (sexes["female"]["photos"], sexes["female"]["too_few"], sexes["female"]["accuracy"]) == (16, True, None)
    ages = [(row["value"], row["photos"], row["too_few"]) for row in divisions["age_years"]]
    assert ages[:2] == [("under 30", 10, True), ("45 to 59", 30, False)]
    assert ages[2:] == [("75 and over", 15, True), ("not recorded", 5, True)]
    assert divisions["fitzpatrick"] == []


def test_map_that_never_moves_is_said_to_stay(whole: Evaluation) -> None:
    part = whole.result["robustness"]
    assert {row["map_similarity"] for row in part["rows"]} == {1.0}
    jpegs = [row for row in part["rows"] if row["corruption"] == "jpeg"]
    assert [row["changed"] for row in jpegs] == [0.0, 0.0, 0.0]
    assert part["photos"] == 9


def test_folder_holds_a_page_that_stands_alone_and_every_answer(whole: Evaluation, tmp_path: Path) -> None:
    write_evaluation(whole, tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", page) and "http" not in page
    assert "81.7&nbsp;%" in page and page.count('class="shot"') == 3 + 3
    assert json.loads((tmp_path / "out" / "evaluation.json").read_text())["confusion"][2] == [0, 0, 10]
    with (tmp_path / "out" / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sum(int(row["right"]) for row in rows) == 49
    assert sum(float(rows[0][f"p_{code}"]) for code in CODES) == pytest.approx(1, abs=1e-5)
    shown = [rows[30][name] for name in ("truth", "answer", "sex", "age_years")]
    assert shown == ["mel", "mel", "male", "80.0"]
    summary = (tmp_path / "out" / "summary.md").read_text(encoding="utf-8")
    assert "| Accuracy | 81.7 % |" in summary
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_two_evaluations_with_one_seed_agree(whole: Evaluation, tmp_path: Path) -> None:
    data, fit = write_ham(tmp_path / "data", PHOTOS), write_ham(tmp_path / "fit", FIT, first=900)
    subject = GreySubject(CODES, thresholds=Thresholds(energy_max=0.0, confidence_min=0.5))
    again = evaluation_of(subject, options(tmp_path / "out", data, validation=fit)).result
    assert {k: v for k, v in again.items() if k != "made"} == {k: v for k, v in whole.result.items() if k != "made"}


def test_validation_photos_that_are_evaluated_are_refused(tmp_path: Path) -> None:
    data = write_ham(tmp_path / "data", PHOTOS)
    with pytest.raises(DataError, match="60 photos of validation data .* are evaluated as well"):
        evaluation_of(GreySubject(CODES), options(tmp_path / "out", data, validation=data))


def test_classes_that_the_model_does_not_know_are_refused_without_a_map(tmp_path: Path) -> None:
    data = write_ham(tmp_path / "data", [*PHOTOS[:3], Photo("df", 0)])
    with pytest.raises(DataError, match="photos of df, which the model does not know.*--label-map"):
        evaluation_of(GreySubject(CODES), options(tmp_path / "out", data))


def test_merged_classes_are_summed_and_unseen_ones_counted_apart(tmp_path: Path) -> None:
    merged = tmp_path / "two.toml"
    merged.write_text(
        '[[classes]]\ncode = "nv"\nfrom = ["nv"]\n[[classes]]\ncode = "mel"\nfrom = ["mel", "bcc"]\n'
        '[[classes]]\ncode = "vasc"\nfrom = ["vasc"]\n'
    )
    data = write_ham(tmp_path / "data", [*PHOTOS, Photo("vasc", 0), Photo("vasc", 0), Photo("vasc", 2), Photo("df", 0)])
    result = evaluation_of(GreySubject(CODES), options(tmp_path / "out", data, label_map=str(merged))).result
    assert result["model_classes"] == {"nv": "nv", "mel": "mel", "bcc": "mel"}
    assert result["confusion"] == [[24, 6, 0], [5, 25, 0], [0, 0, 0]]
    assert [row["known"] for row in result["classes"]] == [True, True, False]
    unseen = result["unseen_classes"]
    assert (unseen["rows"][0]["label"], unseen["rows"][0]["photos"]) == ("vasc", 3)
    assert unseen["rows"][0]["answers"] == {"nv": 2, "mel": 1}
    assert unseen["accuracy_of_all"] == pytest.approx(49 / 63, abs=1e-6)
    assert "leaves out 1 of 64 photos: df 1" in result["data"]["notes"][0]


def test_test_time_augmentation_changes_nothing_for_a_subject_that_sees_grey(tmp_path: Path) -> None:
    data = write_ham(tmp_path / "data", PHOTOS)
    result = evaluation_of(GreySubject(CODES), options(tmp_path / "out", data, tta=True, robust_photos=0)).result
    assert result["confusion"] == [[24, 6, 0], [5, 15, 0], [0, 0, 10]]
    rows = {row["figure"]: row for row in result["test_time_augmentation"]}
    assert rows["accuracy"]["difference"]["value"] == 0.0 and rows["accuracy"]["p"] == 1.0
    assert result["robustness"] is None


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"replicates": 10}, "--replicates is 10"), ({"threads": 0}, "--threads is 0"),
        ({"robust_photos": -1}, "--robust-photos is -1"), ({"malignant": ["wart"]}, "--malignant names wart"),
        ({"outliers": Path("nowhere")}, "--outliers nowhere holds no pictures"),
        ({"label_map": "derm99"}, "label map 'derm99' is unknown"),
        ({"out": Path("/proc/none/out")}, "--out /proc/none/out cannot be made .*: /proc"),
    ],
)  # fmt: skip
def test_evaluation_refuses_in_one_line_when_asked_for_what_cannot_be(
    tmp_path: Path, more: dict[str, object], message: str
) -> None:
    data = write_ham(tmp_path / "data", PHOTOS[20:40])
    with pytest.raises(ConfigError, match=message):
        evaluation_of(GreySubject(CODES), options(**{"out": tmp_path / "out", "data": data, **more}))  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="is in use"):
        options(tmp_path / "out", "phantom:3")


def test_photos_like_the_validation_photos_are_told_apart_by_chance_alone(whole: Evaluation) -> None:
    # Every answer of the subject has the same energy, so nothing tells any two photos apart.
    assert whole.result["shift"]["value"] == 0.5


def test_two_photos_of_one_class_make_a_page_that_says_what_is_undefined(tmp_path: Path) -> None:
    data = write_ham(tmp_path / "data", [Photo("nv", 0), Photo("nv", 1)])
    evaluation = evaluation_of(GreySubject(CODES), options(tmp_path / "out", data))
    assert evaluation.result["overall"]["macro_auc"] == {"value": None, "low": None, "high": None, "method": ""}
    assert evaluation.result["malignant"] is None
    write_evaluation(evaluation, tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "The data lack either malignant or benign photos." in page and "name some with --validation" in page


def test_figures_without_enough_lesions_say_so_and_those_at_their_limit_have_no_width(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = write_ham(tmp_path / "few", [*PHOTOS[22:32], *PHOTOS[50:54]])
    overall = evaluation_of(GreySubject(CODES), options(tmp_path / "o", few, robust_photos=0)).result["overall"]
    assert overall["accuracy"]["method"] == "wilson"
    assert {overall[name]["method"] for name in ("macro_auc", "mcc", "ece")} == {"too few"}
    assert overall["mcc"]["value"] is not None and overall["mcc"]["low"] is None
    right = write_ham(tmp_path / "right", [*PHOTOS[:24], *PHOTOS[30:45], *PHOTOS[50:]])
    evaluation = evaluation_of(GreySubject(CODES), options(tmp_path / "o", right, robust_photos=0))
    overall = evaluation.result["overall"]
    assert overall["accuracy"]["value"] == 1.0 and overall["accuracy"]["low"] == pytest.approx(49 / 52.8415, abs=1e-4)
    # No wrong answer: nothing to resample. A perfect ranking: every replicate is 1.
    assert overall["balanced_accuracy"]["method"] == overall["mcc"]["method"] == "too few"
    assert overall["macro_auc"] == {"value": 1.0, "low": None, "high": None, "method": "at its limit"}
    page = report_html(evaluation.result, evaluation.pictures)
    assert '<span class="chip">too few</span>' in page and '<span class="chip">at its limit</span>' in page
    assert headline(overall) == [
        "accuracy 1.0000 [0.9273, 1.0000]", "balanced accuracy 1.0000 (too few)", "macro auc 1.0000 (at its limit)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fit", "said"),
    [
        (FIT[:40], "are of 40 lesions or patients of classes that the model knows; 100 are needed"),
        ([Photo("nv", 0), Photo("mel", 0, lesion="one")] * 30, "are of 31 lesions or patients"),
    ],
)
def test_too_few_validation_photos_choose_nothing_and_say_so(fit: list[Photo], said: str, tmp_path: Path) -> None:
    data, other = write_ham(tmp_path / "data", PHOTOS), write_ham(tmp_path / "fit", fit, first=900)
    evaluation = evaluation_of(GreySubject(CODES), options(tmp_path / "o", data, validation=other, robust_photos=0))
    result = evaluation.result
    assert result["validation"] is None and result["calibration"]["temperature"] == 1.0
    assert result["malignant"]["operating_points"] == [] and result["abstention"]["points"] == []
    assert said in result["not_chosen_since"] and str(tmp_path) not in json.dumps(result)
    assert said in report_html(evaluation.result, evaluation.pictures)


def test_operating_points_need_twenty_of_either_side(tmp_path: Path) -> None:
    data = write_ham(tmp_path / "data", PHOTOS)
    fit = write_ham(tmp_path / "fit", [Photo("nv", 0)] * 90 + [Photo("mel", 1)] * 19, first=900)
    evaluation = evaluation_of(GreySubject(CODES), options(tmp_path / "o", data, validation=fit, robust_photos=0))
    assert evaluation.result["calibration"]["temperature"] != 1.0
    assert evaluation.result["malignant"]["operating_points"] == []
    said = "the validation photos are of 19 malignant and 90 other lesions or patients; a threshold needs 20 of each"
    assert said in report_html(evaluation.result, evaluation.pictures)
    assert cautions(evaluation.result)[-1] == f"No operating point is chosen: {said}."


def test_results_hold_no_folder_of_the_machine(whole: Evaluation, tmp_path: Path) -> None:
    data = write_ham(tmp_path / "data", [*PHOTOS[:3], *PHOTOS[30:33]])
    command = ["python", "-m", "train", "evaluate", "--data", data, "--out", str(tmp_path / "o")]
    result = evaluation_of(GreySubject(CODES), options(tmp_path / "o", data, robust_photos=0, command=command)).result
    assert str(tmp_path) not in json.dumps(result)
    assert result["provenance"]["command"][5:] == ["ham10000:data", "--out", "o"]
    assert (result["data"]["spec"], whole.result["validation"]["spec"]) == ("ham10000:data", "ham10000:fit")


def test_pictures_that_cannot_be_read_are_refused_before_any_photo_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.jpg").write_bytes(b"no picture")
    monkeypatch.setattr("train.evaluate.evaluation.answer_all", None)
    data = write_ham(tmp_path / "data", PHOTOS)
    with pytest.raises(ConfigError, match="--outliers .*pictures: "):
        evaluation_of(GreySubject(CODES), options(tmp_path / "o", data, outliers=tmp_path / "pictures"))


def test_what_the_data_say_is_shown_as_text(tmp_path: Path) -> None:
    data = write_ham(tmp_path / "data", [*PHOTOS[28:32], Photo("nv", 1, site="<script>alert(1)</script>")])
    evaluation = evaluation_of(GreySubject(CODES), options(tmp_path / "out", data))
    page = report_html(evaluation.result, evaluation.pictures)
    assert "<script" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def trained_on(data: str, lists: dict[str, Any], **more: Any) -> TrainedModel:
    """The grey subject's run with these lists of photos and lesions."""
    grey = GreySubject(CODES)
    return TrainedModel(
        module=torch.nn.Identity(), arch="grey", labels=grey.labels, fit=grey.fit, mean=(0.5,) * 3, std=(0.5,) * 3,
        sha256="", run_dir=None, training_data="", licence="",
        splits={"data": data, "seed": 0, "splits": lists, **more},
    )  # fmt: skip


@pytest.mark.parametrize(("archives", "seen"), [(["isic"], 1), (["pad-ufes-20"], 0), ([""], 1)])
def test_a_lesion_of_the_same_name_counts_as_seen_within_its_archive_only(
    archives: list[str], seen: int, tmp_path: Path
) -> None:
    data = write_ham(tmp_path / "data", [*PHOTOS[25:35], Photo("mel", 1, lesion="HAM_7")])
    lists = {"train": {"photos": [], "groups": [group_digest("HAM_7"), group_digest("P0000")]}}
    subject = GreySubject(CODES, run=trained_on(data, lists, archives=archives))
    fit = write_ham(tmp_path / "fit", FIT, 900)
    result = evaluation_of(subject, options(tmp_path / "o", data, validation=fit, robust_photos=0)).result
    assert result["seen_in_run"] == {"train": seen}


def test_a_file_of_the_same_name_is_not_seen(tmp_path: Path) -> None:
    # A photo without a lesion is a group of its own by its path, which another folder may have as well.
    for code, grey in (("nv", 15), ("mel", 45)):
        (tmp_path / "data" / code).mkdir(parents=True)
        Image.fromarray(np.full((16, 16, 3), grey, np.uint8)).save(tmp_path / "data" / code / "1.png")
    lists = {"train": {"photos": [], "groups": [group_digest("nv/1.png")]}}
    data = f"folder:{tmp_path / 'data'}"
    subject = GreySubject(CODES, run=trained_on(data, lists))
    fit = write_ham(tmp_path / "fit", FIT, 900)
    result = evaluation_of(subject, options(tmp_path / "o", data, validation=fit, robust_photos=0)).result
    assert result["data"]["photos"] == 2 and result["seen_in_run"] == {"train": 0}


def test_photos_that_the_model_was_trained_on_are_counted_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_ham(tmp_path / "data", [*PHOTOS[25:35], Photo("mel", 1, lesion="HAM_7")])
    lesion = group_digest("HAM_7")
    hashes = evaluation_of(GreySubject(CODES), options(tmp_path / "o", data)).evaluated.answered.hashes
    lists = {
        "train": {"photos": [*hashes[:3], "0" * 16]},
        "val": {"photos": hashes[3:4], "groups": [lesion]},
        "test": {"photos": []},
    }
    subject = GreySubject(CODES, run=trained_on(data, lists))
    evaluation = evaluation_of(subject, options(tmp_path / "o", data, validation=write_ham(tmp_path / "fit", FIT, 900)))
    assert evaluation.result["seen_in_run"] == {"train": 3, "val": 2}
    page = report_html(evaluation.result, evaluation.pictures)
    assert "3 of these photos, or others of their lesions, are what the model was trained on" in page
    monkeypatch.setattr("train.evaluate.evaluation.evaluate", lambda options: evaluation)
    assert main(["evaluate", "--checkpoint", "any.ckpt", "--data", data, "--out", str(tmp_path / "o")]) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    others = "of these photos, or others of their lesions, are what the model was"
    assert said[:2] == [
        f"warning: 3 {others} trained on: the figures flatter.",
        f"warning: 2 {others} chosen by: the figures flatter.",
    ]
