"""CoreML packages of a tiny network: what each scheme writes, and what the executor makes of it."""

from __future__ import annotations

import dataclasses
import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from edge_app.runtime.card import FitRule, ModelCard, to_json
from edge_app.runtime.errors import ConversionError
from edge_app.runtime.labels import label
from export.mil.backend import MilBackend, open_mil_backend
from export.mil.coremltools_import import coremltools
from export.mil.executor import Executor
from export.mil.load import load_spec
from export.targets import coreml
from export.targets.coreml_activations import Range, steps_over

SIDE_PX = 32
CLASSES = ("mel", "nv", "bcc")


class Tiny(nn.Module):
    """Lowered modules' contract for CoreML, with four convolutions, one wide enough to be worth compressing."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 32, 3, stride=2, padding=1), nn.SiLU(), nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(64, 64, 1), nn.SiLU(),
        )  # fmt: skip
        self.head = nn.Conv2d(64, len(CLASSES), 1)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        cam = self.head(self.features(image / 255.0 - 0.5))
        return {"logits": cam.mean(dim=(2, 3)), "cam": cam.permute(0, 2, 3, 1)}


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    coremltools()
    gc.collect()
    gc.freeze()  # coremltools collects garbage at each conversion; what is there already need not be searched
    yield
    gc.unfreeze()
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def module() -> nn.Module:
    torch.manual_seed(0)
    tiny = Tiny().eval()
    tiny.head.weight.data *= 20
    return tiny


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    """Smooth colour ramps, so that neighbouring pixels agree as in photos."""
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 1, SIDE_PX)
    corners = rng.uniform(0, 255, size=(8, 2, 2, 3))
    rows = corners[:, 0, None] * (1 - ramp)[:, None, None] + corners[:, 1, None] * ramp[:, None, None]
    images = rows[:, :, 0, None] * (1 - ramp)[:, None] + rows[:, :, 1, None] * ramp[:, None]
    return list(images.astype(np.uint8))


@pytest.fixture(scope="module")
def files(module: nn.Module, photos: list[np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of every scheme."""
    folder = tmp_path_factory.mktemp("coreml")
    return {
        scheme: coreml.convert(
            module, side_px=SIDE_PX, scheme=scheme, calibration=photos[:4], out=folder / f"{scheme}.mlpackage"
        )
        for scheme in coreml.SCHEMES
    }


@pytest.fixture
def file(files: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of the fp16 file."""
    return Path(shutil.copytree(files["fp16"], tmp_path / "model.mlpackage"))


def card(**changes: Any) -> ModelCard:
    base = ModelCard(
        name="tiny", version="1.2", arch="tiny", labels=tuple(label(code) for code in CLASSES), scheme="fp16",
        fit=FitRule(side_px=SIDE_PX, resize_px=36), target="coreml", licence="MIT", intended_use="Tests.",
    )  # fmt: skip
    return dataclasses.replace(base, **changes)


def reference(module: nn.Module, photo: np.ndarray) -> dict[str, np.ndarray]:
    with torch.no_grad():
        outputs = module(torch.from_numpy(photo.transpose(2, 0, 1)[None].astype(np.float32)))
    return {name: value[0].numpy() for name, value in outputs.items()}


# Largest difference of the logits, as a share of their range over the photos.
TOLERANCES = {"fp32": 1e-5, "fp16": 2e-3, "w8": 0.02, "w8a8": 0.05, "palettized6": 0.06, "palettized4": 0.25}


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("scheme", coreml.SCHEMES)
def test_convert_keeps_the_answers_of_the_module(
    scheme: str, precision: Any, files: dict[str, Path], module: nn.Module, photos: list[np.ndarray]
) -> None:
    backend = open_mil_backend(files[scheme], precision)
    wanted = [reference(module, photo) for photo in photos]
    found = [backend.run(photo) for photo in photos]
    spread = np.ptp([one["logits"] for one in wanted])
    difference = np.abs(np.array([f.logits - w["logits"] for f, w in zip(found, wanted, strict=True)])).max()
    assert difference <= TOLERANCES[scheme] * spread
    assert found[0].cam is not None and found[0].cam.shape == wanted[0]["cam"].shape == (8, 8, len(CLASSES))
    np.testing.assert_allclose(found[0].cam.mean(axis=(0, 1)), found[0].logits, atol=1e-2 * spread)


def test_convert_orders_channels_as_the_photo_has_them(files: dict[str, Path], module: nn.Module) -> None:
    red = np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)
    red[..., 0] = 255
    found = open_mil_backend(files["fp32"]).run(red).logits
    np.testing.assert_allclose(found, reference(module, red)["logits"], atol=1e-4)


def test_inspect_reads_what_each_scheme_promises(files: dict[str, Path]) -> None:
    facts = {scheme: coreml.inspect(path) for scheme, path in files.items()}
    assert {scheme: (f.linear_ops, f.int8_ops, f.int8_activation_ops) for scheme, f in facts.items()} == {
        "fp32": (4, 0, 0), "fp16": (4, 0, 0), "w8": (4, 2, 0), "w8a8": (4, 2, 2), "palettized6": (4, 0, 0),
        "palettized4": (4, 0, 0),
    }  # fmt: skip
    assert facts["fp32"].max_rank == 4
    assert facts["w8a8"].ops["quantize"] == facts["w8a8"].ops["dequantize"] == 2
    assert facts["fp16"].inputs[0].dtype == "IMAGE RGB"
    assert facts["fp16"].inputs[0].shape == (1, 3, SIDE_PX, SIDE_PX)
    named = {one.name: (one.dtype, one.shape) for one in facts["fp16"].outputs}
    assert named["logits"] == ("FLOAT32", (1, 3))
    assert named["cam"] == ("FLOAT32", (1, 8, 8, 3))


def test_weights_shrink_scheme_by_scheme(files: dict[str, Path]) -> None:
    weights = {s: sum(f.stat().st_size for f in path.rglob("weight.bin")) for s, path in files.items()}
    assert weights["fp32"] > 1.9 * weights["fp16"] > 1.9 * 1.7 * weights["w8"]
    assert weights["w8"] > weights["palettized6"] > weights["palettized4"]


# Specification versions of iOS 16, 17 and 18 in coremltools' documentation.
VERSIONS = {"fp32": 7, "fp16": 7, "w8": 7, "w8a8": 8, "palettized6": 7, "palettized4": 9}


@pytest.mark.parametrize("scheme", coreml.SCHEMES)
def test_convert_asks_for_no_newer_system_than_the_scheme_needs(scheme: str, files: dict[str, Path]) -> None:
    assert load_spec(files[scheme]).specificationVersion == VERSIONS[scheme]


def test_convert_writes_the_same_bytes_again(files: dict[str, Path], module: nn.Module, tmp_path: Path) -> None:
    again = coreml.convert(module, side_px=SIDE_PX, scheme="w8", calibration=None, out=tmp_path / "again.mlpackage")
    for file in sorted(p for p in again.rglob("*") if p.is_file()):
        assert file.read_bytes() == (files["w8"] / file.relative_to(again)).read_bytes(), file.name


def test_convert_refuses_an_unknown_scheme(module: nn.Module, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="no scheme 'int3'; allowed are fp32, fp16, w8"):
        coreml.convert(module, side_px=SIDE_PX, scheme="int3", calibration=None, out=tmp_path / "x.mlpackage")


def test_convert_refuses_w8a8_without_calibration(module: nn.Module, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="'w8a8' needs calibration photos"):
        coreml.convert(module, side_px=SIDE_PX, scheme="w8a8", calibration=None, out=tmp_path / "x.mlpackage")


def test_convert_leaves_no_file_when_the_model_cannot_be_converted(tmp_path: Path) -> None:
    class Strange(nn.Module):
        def forward(self, image: Tensor) -> dict[str, Tensor]:
            return {"logits": torch.linalg.matrix_exp(image)[:, 0, 0, :3]}

    with pytest.raises(ConversionError, match="coremltools cannot convert the model"):
        coreml.convert(Strange(), side_px=8, scheme="fp32", calibration=None, out=tmp_path / "x.mlpackage")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("low", "high", "scale", "zero_point"),
    [(0.0, 255.0, 1.0, -128), (-128.0, 127.0, 1.0, 0), (5.0, 510.0, 2.0, -128), (0.0, 0.0, 2.0**-14, -128)],
)
def test_steps_cover_the_range_and_hold_zero(low: float, high: float, scale: float, zero_point: int) -> None:
    assert steps_over(Range(low, high)) == (scale, zero_point)


def test_embed_card_reads_back_and_keeps_the_answers(file: Path, photos: list[np.ndarray]) -> None:
    assert coreml.read_card(file) is None
    before = open_mil_backend(file).run(photos[0])
    coreml.embed_card(file, to_json(card()))
    assert coreml.read_card(file) == to_json(card())
    after = open_mil_backend(file).run(photos[0])
    np.testing.assert_array_equal(after.logits, before.logits)
    np.testing.assert_array_equal(after.cam, before.cam)


def test_embed_card_fills_the_fields_that_xcode_shows(file: Path) -> None:
    coreml.embed_card(file, to_json(card()))
    description = load_spec(file).description
    assert description.metadata.author == "dermedge"
    assert description.metadata.license == "MIT"
    assert description.metadata.versionString == "1.2"
    assert description.metadata.shortDescription.endswith("Research use only. Not a medical device.")
    assert description.predictedFeatureName == "classLabel"
    assert description.predictedProbabilitiesName == "probabilities"
    outputs = {one.name: one for one in description.output}
    assert set(outputs) == {"classLabel", "probabilities", "logits", "cam"}
    assert all(one.shortDescription for one in (*description.input, *description.output))


def test_embed_card_makes_a_classifier_that_agrees_with_the_logits(file: Path, photos: list[np.ndarray]) -> None:
    coreml.embed_card(file, to_json(card()))
    pixels = torch.from_numpy(photos[0].transpose(2, 0, 1)[None].astype(np.float32))
    outputs = Executor.open(file).run({"image": pixels})
    names = [label(code).name for code in CLASSES]
    wanted = torch.softmax(outputs["logits"][0], dim=0).tolist()
    assert list(outputs["probabilities"]) == names
    np.testing.assert_allclose(list(outputs["probabilities"].values()), wanted, rtol=1e-2)
    assert outputs["classLabel"] == names[int(np.argmax(wanted))]


def test_embed_card_replaces_card_and_labels(file: Path) -> None:
    coreml.embed_card(file, to_json(card()))
    second = card(labels=tuple(label(code) for code in ("akiec", "df", "vasc")), version="2")
    coreml.embed_card(file, to_json(second))
    assert coreml.read_card(file) == to_json(second)
    assert coreml.inspect(file).ops["classify"] == 1
    pixels = torch.zeros(1, 3, SIDE_PX, SIDE_PX)
    found = Executor.open(file).run({"image": pixels})["probabilities"]
    assert list(found) == [label(code).name for code in ("akiec", "df", "vasc")]


def test_embed_card_refuses_another_number_of_labels(file: Path) -> None:
    with pytest.raises(ConversionError, match="the card has 2 labels, .* has 3 classes"):
        coreml.embed_card(file, to_json(card(labels=(label("mel"), label("nv")))))
    assert coreml.read_card(file) is None


def test_embed_card_leaves_the_file_whole_when_writing_fails(
    file: Path, photos: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise OSError("no space left")

    monkeypatch.setattr("export.targets.coreml_package.manifest", fail)
    with pytest.raises(OSError, match="no space left"):
        coreml.embed_card(file, to_json(card()))
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    assert isinstance(open_mil_backend(file), MilBackend)


def test_inspect_refuses_what_is_no_package(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=r"is no \.mlpackage"):
        coreml.inspect(tmp_path / "absent.mlpackage")


def test_inspect_refuses_a_package_without_its_weights(files: dict[str, Path], tmp_path: Path) -> None:
    package = shutil.copytree(files["fp16"], tmp_path / "model.mlpackage")
    shutil.rmtree(package / "Data" / "com.apple.CoreML" / "weights")
    with pytest.raises(ConversionError, match="missing or cut short"):
        coreml.inspect(package)


def test_coremltools_leaves_a_package_that_it_opens_as_it_was(files: dict[str, Path], tmp_path: Path) -> None:
    """It rewrites the list of parts of every package that it opens; a bundle would be refused for it afterwards."""
    package = shutil.copytree(files["fp16"], tmp_path / "model.mlpackage")
    before = {path: path.read_bytes() for path in package.rglob("*") if path.is_file()}
    coremltools().models.MLModel(str(package), skip_model_load=True)
    assert {path: path.read_bytes() for path in package.rglob("*") if path.is_file()} == before
