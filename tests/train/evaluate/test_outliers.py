"""Pictures without a lesion, and an energy that tells them apart or does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge_app.runtime.errors import ConfigError
from tests.train.evaluate.grey_photos import SIDE_PX, GreySubject
from train.data.sample import Sample
from train.evaluate.bootstrap import Resampling
from train.evaluate.classes import own_classes
from train.evaluate.outliers import KINDS, from_folder, generated, outlier_table, row_of
from train.evaluate.photos import Answered, Evaluated, PhotoSet


@pytest.mark.parametrize("kind", KINDS)
def test_generated_pictures_differ_and_follow_the_seed(kind: str) -> None:
    first, second = generated(kind, 2, 5)
    assert first.shape == (256, 256, 3) and first.dtype == np.uint8
    assert (first != second).any() and (generated(kind, 1, 5)[0] == first).all()


def test_auroc_is_worked_out_by_hand() -> None:
    # Pictures at energies -1 and -4, photos at -5, -3, -2, -6: 4 + 2 of 8 pairs in order.
    inside, outside = np.array([-5.0, -3.0, -2.0, -6.0]), np.array([-1.0, -4.0])
    sure_in, sure_out = np.array([0.9, 0.8, 0.7, 0.99]), np.array([0.5, 0.6])
    row = row_of("k", inside, outside, sure_in, sure_out, Resampling(np.arange(4), 100, 0))
    assert (row["auroc_energy"]["value"], row["auroc_probability"]["value"]) == (0.75, 1.0)
    # All four photos are kept below -2; the picture at -4 is, too.
    assert row["taken_for_lesions"] == 0.5


def test_table_has_a_row_for_each_kind_and_one_for_all() -> None:
    subject = GreySubject(("nv", "mel"))
    samples = [Sample(str(i), 0, str(i), Path(str(i))) for i in range(3)]
    logits = np.zeros((3, 2), np.float32)
    # The photos answer with even odds (energy -log 2), the subject is sure of every picture: lower energy.
    answered = Answered(logits, np.full(3, -np.log(2)), ["a", "b", "c"], logits)
    evaluated = Evaluated(PhotoSet("s", "s", "", samples), answered, own_classes(subject.labels), 1.0)
    pictures = {
        "one": np.zeros((2, SIDE_PX, SIDE_PX, 3), np.uint8),
        "two": np.zeros((1, SIDE_PX, SIDE_PX, 3), np.uint8),
    }
    table = outlier_table(subject, evaluated, pictures, Resampling(np.arange(3), 100, 0))
    assert [(row["kind"], row["pictures"]) for row in table["rows"]] == [("one", 2), ("two", 1), ("all", 3)]
    assert {row["auroc_energy"]["value"] for row in table["rows"]} == {0.0}
    assert table["energies"]["photos"] == pytest.approx([-0.6931] * 5)


def test_a_folder_of_pictures_is_read_or_refused(tmp_path: Path) -> None:
    rule = GreySubject(("nv", "mel")).fit
    Image.new("RGB", (40, 30), (9, 9, 9)).save(tmp_path / "cat.png")
    assert from_folder(tmp_path, rule).tolist() == [[[[9, 9, 9]] * SIDE_PX] * SIDE_PX]
    (tmp_path / "torn.jpg").write_bytes(b"\xff\xd8 torn")
    with pytest.raises(ConfigError, match=r"--outliers .*torn.jpg"):
        from_folder(tmp_path, rule)
