from __future__ import annotations

import numpy as np
import pytest

from benchmarks import floor
from benchmarks.peers import Network
from benchmarks.peers.timm_network import macs


@pytest.fixture(autouse=True)
def small_products(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floor, "SIDE", 64)


def test_macs_are_those_of_the_published_network() -> None:
    # MobileNetV2 at 224 px with 1000 classes has 300 M multiply-accumulates (Sandler et al. 2018, table 4).
    assert macs("mobilenetv2_100", 1000, 224) == pytest.approx(300e6, rel=0.01)


def test_a_floor_scales_its_product_to_the_network() -> None:
    found = floor.floors([Network(arch="mobilenetv2_050", side_px=64, classes=2)], threads=1)
    assert [one.made_by for one in found] == [floor.SGEMM, floor.FAST_GEMM, floor.INT8_GEMM]
    assert all(one.scale == one.facts["macs"] / 64**3 for one in found)


def test_products_are_products() -> None:
    left, right = np.asarray(floor.torch_product(1)()), floor.onnx_product(1, integer=True)()[0]  # type: ignore[index]
    assert left.shape == right.shape == (64, 64)
    assert right.dtype == np.int32
