"""Static checks: each verdict from the text or numbers that it is drawn from."""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from export.checks import gpu_delegate, neural_engine, normalisation, ort_mobile
from export.checks.check import Check, Outcome

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def test_gpu_delegate_is_ok_when_the_analyzer_finds_it_compatible():
    found = gpu_delegate.verdict("Your model looks compatible with GPU delegate on TFLite runtime version 2.21.0.\n")
    assert found.outcome is Outcome.OK


def test_gpu_delegate_gives_each_reason_once_when_nodes_are_refused():
    text = (
        "  Op#0 GATHER(T#0)\nGPU COMPATIBILITY WARNING: Not supported op GATHER\n"
        "GPU COMPATIBILITY WARNING: Not supported op GATHER\nGPU COMPATIBILITY WARNING: OP SUM: 5 axes\n"
    )
    found = gpu_delegate.verdict(text)
    assert found.outcome is Outcome.WARNING
    assert found.reasons == ("Not supported op GATHER", "OP SUM: 5 axes")
    assert "2 kinds" in found.summary


def test_gpu_delegate_is_unknown_when_the_analyzer_is_silent():
    assert gpu_delegate.verdict("Could not open 'x.tflite'").outcome is Outcome.UNKNOWN


def test_ort_mobile_keeps_the_checkers_lines_when_it_speaks():
    found = ort_mobile.verdict(False, ["Checking NNAPI\n 3 partitions", "  "])
    assert found.outcome is Outcome.WARNING
    assert found.reasons == ("Checking NNAPI", "3 partitions")
    assert ort_mobile.verdict(True, []).outcome is Outcome.OK


class ColourModel(nn.Module):
    """Logits that follow the mean colour, so that a wrong normalisation shows."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(3, 4)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.head(pixels.mean(dim=(2, 3)))


def colour_model() -> SimpleNamespace:
    torch.manual_seed(0)
    return SimpleNamespace(module=ColourModel().eval(), fit=SimpleNamespace(side_px=8), mean=MEAN, std=STD)


def file_like(trained: SimpleNamespace, times: int, noise: float = 0.0):
    """What an exported file would answer that normalises `times` times."""

    def logits(photo: np.ndarray) -> np.ndarray:
        pixels = photo.astype(np.float64).reshape(-1, 3).mean(axis=0)
        for _ in range(times):
            pixels = (pixels / 255 - MEAN) / STD
        with torch.inference_mode():
            answer = trained.module.head(torch.tensor(pixels, dtype=torch.float32)).numpy()
        return answer + noise

    return logits


def test_normalisation_is_ok_when_done_once_even_with_quantization_noise():
    trained = colour_model()
    assert normalisation.check(file_like(trained, 1, noise=0.05), trained, 1.0).outcome is Outcome.OK


def test_normalisation_fails_when_forgotten():
    trained = colour_model()
    found = normalisation.check(file_like(trained, 0), trained, 1.0)
    assert found.outcome is Outcome.FAIL
    assert "not at all (0..255)" in found.summary


def test_normalisation_fails_when_done_twice():
    trained = colour_model()
    found = normalisation.check(file_like(trained, 2), trained, 1.0)
    assert found.outcome is Outcome.FAIL
    assert "twice" in found.summary


def test_normalisation_is_not_called_wrong_when_one_photo_is_cut_off():
    """8-bit ranges from photos may lose white, say; the rest still tells."""
    trained = colour_model()
    right = file_like(trained, 1)
    found = normalisation.check(lambda photo: right(photo) + 50.0 * (photo.min() == 255), trained, 1.0)
    assert found.outcome is Outcome.OK
    assert "once: logits are" in found.reasons[0]


def test_normalisation_photos_are_flat_ones_and_phantoms():
    photos = normalisation.photos_of(8)
    assert photos.shape == (7, 8, 8, 3) and photos.dtype == np.uint8
    assert [np.ptp(photo) for photo in photos[:3]] == [0, 0, 0] and min(np.ptp(photo) for photo in photos[3:]) > 20


def test_normalisation_divides_by_the_temperature_when_the_file_does():
    trained = colour_model()
    cooler = file_like(trained, 1)
    assert normalisation.check(lambda photo: cooler(photo) / 2.0, trained, 2.0).outcome is Outcome.OK


def test_neural_engine_is_clean_when_every_op_is_fp16_and_four_axes():
    nodes = [neural_engine.Node("conv", (1, 64, 32, 32), "fp16"), neural_engine.Node("softmax", (1, 1, 4, 64), "fp16")]
    assert neural_engine.check(nodes) == Check(neural_engine.NAME, Outcome.OK, "no rule broken", (), True)


def test_neural_engine_names_the_op_and_counts_when_a_rule_is_broken():
    bad = neural_engine.Node("reshape", (1, 4, 8, 8, 64), "fp16")
    found = neural_engine.check([bad, bad, neural_engine.Node("gather", (1, 4), "fp16")])
    assert found.outcome is Outcome.WARNING and found.heuristic
    assert found.reasons == (
        "gather is no op of the engine (1 op)",
        "reshape has 5 axes; the engine works on 4 (2 ops)",
    )


def test_neural_engine_complains_when_an_op_computes_in_fp32_or_is_too_long():
    assert neural_engine.complaints(neural_engine.Node("add", (1, 20000), "fp32")) == [
        "add has an axis longer than 16384",
        "add computes in fp32; the engine computes in fp16",
    ]


def test_check_is_plain_data_when_written_to_json():
    assert Check("a", Outcome.OK, "fine", ("x",)).to_dict() == {
        "name": "a",
        "outcome": "ok",
        "summary": "fine",
        "reasons": ["x"],
        "heuristic": False,
    }
