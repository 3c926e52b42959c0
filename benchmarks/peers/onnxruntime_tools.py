"""torch's ONNX exporter and onnxruntime's quantizers as they come: no lowering, their default settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.peers import Network, needed
from benchmarks.peers.photos import normalised
from benchmarks.peers.timm_network import network as timm_network
from benchmarks.peers.tool import called
from edge_app.runtime.backends.onnx import load_runtime
from edge_app.runtime.errors import ConversionError

STOCK = "onnxruntime_tools-stock.onnx"


class Photos:
    """What onnxruntime's calibration reads photos from."""

    def __init__(self, name: str, images: list[np.ndarray]) -> None:
        self._feeds: Iterator[dict[str, np.ndarray]] = iter([{name: image} for image in images])

    def get_next(self) -> dict[str, np.ndarray] | None:
        """One photo; None at the end."""
        return next(self._feeds, None)


def stock(network: Network, folder: Path, out: Path) -> None:
    """`torch.onnx.export` of the network."""
    called("torch.onnx", lambda: export(network, out))


def static8(network: Network, folder: Path, out: Path) -> None:
    """`quantize_static` after `quant_pre_process`, calibrated on phantoms."""
    load_runtime()
    from onnxruntime.quantization import quantize_static

    source, name = prepared(needed(folder, STOCK), folder), "image"
    photos = Photos(name, normalised(network.side_px))
    called("onnxruntime quantize_static", lambda: quantize_static(source, out, photos))


def dynamic8(network: Network, folder: Path, out: Path) -> None:
    """`quantize_dynamic` after `quant_pre_process`."""
    load_runtime()
    from onnxruntime.quantization import quantize_dynamic

    source = prepared(needed(folder, STOCK), folder)
    called("onnxruntime quantize_dynamic", lambda: quantize_dynamic(source, out))


def export(network: Network, out: Path) -> None:
    """Write the float .onnx."""
    import torch

    image = torch.zeros(1, 3, network.side_px, network.side_px)
    module = timm_network(network.arch, network.classes)
    program = torch.onnx.export(
        module, (image,), input_names=["image"], dynamo=True, external_data=False, verbose=False
    )
    if program is None:
        raise ConversionError("torch.onnx returned nothing")
    program.save(str(out))


def prepared(source: Path, folder: Path) -> Path:
    """`source` after onnxruntime's `quant_pre_process`; without its symbolic shapes where those fail, as for Swin."""
    from onnxruntime.quantization.shape_inference import quant_pre_process

    out = folder / "prepared.onnx"
    if not out.exists():
        try:
            called("quant_pre_process", lambda: quant_pre_process(source, out))
        except ConversionError:
            called("quant_pre_process", lambda: quant_pre_process(source, out, skip_symbolic_shape=True))
    return out
