from __future__ import annotations

import dataclasses
import io
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge_app.runtime import classifier as classifiers
from edge_app.runtime import photo
from edge_app.runtime.backends import Outputs
from edge_app.runtime.classifier import Abstention, Classifier, Prediction, decide
from edge_app.runtime.errors import BackendError, BundleError, PhotoError
from edge_app.runtime.labels import label
from tests.contracts.tiny_model import CODES, MODELS, card, expected, golden_bytes
from tests.edge_app.bundles import KEY, abstaining, contents, public, signed, write_folder, write_zip

TRUSTED = (public(KEY),)
# exp: 8, 4, 2, 2 of 16 in all
LOGITS = np.log(np.array([4.0, 8.0, 2.0, 2.0], dtype=np.float32))


@pytest.fixture
def opened(tmp_path: Path) -> Classifier:
    folder = write_folder(signed(contents()), tmp_path / "bundle")
    return Classifier.open(folder, trusted_keys=TRUSTED, threads=1)


def jpeg(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (180, 120, 90)).save(buffer, "JPEG")
    return buffer.getvalue()


def test_softmax_and_energy_give_the_numbers_worked_out_by_hand() -> None:
    np.testing.assert_allclose(classifiers.softmax(LOGITS), [0.25, 0.5, 0.125, 0.125], rtol=1e-6)
    assert classifiers.energy(LOGITS) == pytest.approx(-math.log(16), rel=1e-6)


def test_softmax_and_energy_do_not_overflow_when_logits_are_large() -> None:
    logits = np.array([1000.0, 0.0], dtype=np.float32)
    np.testing.assert_array_equal(classifiers.softmax(logits), [1.0, 0.0])
    assert classifiers.energy(logits) == -1000.0


def test_decide_predicts_the_most_probable_label_when_there_are_no_thresholds() -> None:
    answer = decide(Outputs(LOGITS), card(), backend="numpy 1")
    assert isinstance(answer, Prediction)
    assert answer.label == label("nv") and answer.probability == pytest.approx(0.5)
    assert answer.probabilities == pytest.approx({"mel": 0.25, "nv": 0.5, "bkl": 0.125, "vasc": 0.125})
    assert (answer.backend, answer.model, answer.cam) == ("numpy 1", "tiny 1.0", None)
    assert answer.energy == pytest.approx(-math.log(16), rel=1e-6)


@pytest.mark.parametrize(
    ("energy_max", "confidence_min", "reason"),
    [
        (-2.70, 0.5, ""),  # at the floor is enough
        (-2.78, 0.4, "unlike those that the model knows (energy -2.77, at most -2.78)"),
        (-2.70, 0.51, "unsure (best probability 0.50, at least 0.51)"),
        (-2.78, 0.51, "energy"),  # the stranger of the two reasons is the one given
    ],
)
def test_decide_abstains_when_a_threshold_is_crossed(energy_max: float, confidence_min: float, reason: str) -> None:
    answer = decide(Outputs(LOGITS), abstaining(energy_max, confidence_min), backend="numpy 1")
    if not reason:
        assert isinstance(answer, Prediction)
        return
    assert isinstance(answer, Abstention)
    assert reason in answer.reason
    assert answer.best_label == label("nv") and answer.probability == pytest.approx(0.5)


def test_predict_gives_one_answer_for_a_path_its_bytes_and_its_array(opened: Classifier, tmp_path: Path) -> None:
    path = tmp_path / "lesion.jpg"
    path.write_bytes(jpeg(90, 70))
    sources = (path, str(path), path.read_bytes(), photo.load(path, opened.card.fit.resize_px))
    answers = [opened.predict(source) for source in sources]
    assert len({answer.energy for answer in answers}) == 1
    wanted = expected(photo.fit(photo.load(path, 36), opened.card.fit))
    assert isinstance(answers[0], Prediction)
    assert answers[0].label.code == CODES[int(np.argmax(wanted.logits))]
    assert answers[0].cam is not None and answers[0].cam.shape == (4, 4, 4)
    assert answers[0].backend == opened.backend_name


@pytest.mark.parametrize("array", [np.zeros((40, 40), np.uint8), np.zeros((3, 2, 3), np.uint8)])
def test_predict_raises_photo_error_when_the_array_is_no_photo(opened: Classifier, array: np.ndarray) -> None:
    with pytest.raises(PhotoError, match="photo array"):
        opened.predict(array)


def test_open_takes_a_zip(tmp_path: Path) -> None:
    path = write_zip(signed(contents()), tmp_path / "b.zip")
    opened = Classifier.open(path, trusted_keys=TRUSTED, threads=1)
    assert opened.bundle is not None and opened.bundle.path == path
    assert isinstance(opened.predict(jpeg(50, 50)), Prediction)


def test_open_runs_the_golden_photos_and_refuses_when_they_disagree(tmp_path: Path) -> None:
    int8 = (MODELS / "tiny_int8.tflite").read_bytes()
    right = write_folder(signed(contents(model_tflite=int8, golden_npz=golden_bytes(0.1))), tmp_path / "right")
    assert Classifier.open(right, trusted_keys=TRUSTED, threads=1).card.name == "tiny"
    wrong = write_folder(signed(contents(model_tflite=int8)), tmp_path / "wrong")
    with pytest.raises(BundleError, match="golden photo 1 of 2 differs"):
        Classifier.open(wrong, trusted_keys=TRUSTED, threads=1)


def test_open_raises_backend_error_when_the_signed_model_is_no_model(tmp_path: Path) -> None:
    folder = write_folder(signed(contents(model_tflite=b"no model")), tmp_path)
    with pytest.raises(BackendError, match="refuses the model"):
        Classifier.open(folder, trusted_keys=TRUSTED)


def test_open_never_reads_the_model_again_after_its_hash_was_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_folder(signed(contents()), tmp_path)
    read = classifiers.Bundle.open

    def swapped_afterwards(*args: object, **options: object) -> classifiers.Bundle:
        bundle = read(*args, **options)
        (folder / "model.tflite").write_bytes(b"swapped")
        return bundle

    monkeypatch.setattr(classifiers.Bundle, "open", swapped_afterwards)
    assert Classifier.open(folder, trusted_keys=TRUSTED, threads=1).card.name == "tiny"


def test_from_bundle_unpacks_a_folder_model_and_removes_it_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []

    class Folder:
        name = "folder 1"

        def __init__(self, model: Path | bytes, *, threads: int) -> None:
            assert isinstance(model, Path) and (model / "Data" / "w.bin").read_bytes() == b"w"
            seen.append(model)

        def run(self, image: np.ndarray) -> Outputs:
            return expected(image)

    monkeypatch.setattr("edge_app.runtime.backends.backend_class", lambda suffix: Folder)
    files = contents(model_tflite=None) | {"model.mlpackage/Data/w.bin": b"w"}
    opened = Classifier.open(write_folder(signed(files), tmp_path), trusted_keys=TRUSTED)
    assert isinstance(opened.predict(jpeg(50, 50)), Prediction)
    assert seen[0].exists()
    del opened
    assert not seen[0].exists()


def test_from_file_needs_no_bundle() -> None:
    bare = Classifier.from_file(MODELS / "tiny.tflite", card(), threads=1)
    assert bare.bundle is None
    assert isinstance(bare.predict(jpeg(50, 50)), Prediction)


def test_outputs_raises_backend_error_when_card_and_model_have_other_numbers_of_classes() -> None:
    three = dataclasses.replace(card(), labels=card().labels[:3])
    with pytest.raises(BackendError, match="its card has 3 labels"):
        Classifier.from_file(MODELS / "tiny.tflite", three, threads=1).predict(jpeg(50, 50))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_check_outputs_raises_backend_error_when_a_logit_is_not_finite(value: float) -> None:
    with pytest.raises(BackendError, match="not finite"):
        classifiers.check_outputs(Outputs(np.array([0, 1, 2, value], np.float32)), card(), "numpy 1")
