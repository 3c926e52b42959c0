"""litert-torch and ai-edge-quantizer as they come: timm's network in, no lowering, their default recipes."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

from benchmarks.peers import Network, NotNeeded, needed
from benchmarks.peers.photos import normalised
from benchmarks.peers.timm_network import network as timm_network
from benchmarks.peers.tool import called

STOCK, MENDED = "litert-stock.tflite", "litert-mended.tflite"


def stock(network: Network, folder: Path, out: Path) -> None:
    """`litert_torch.convert` of the network."""
    called("litert-torch", lambda: convert(network, out))


def mended(network: Network, folder: Path, out: Path) -> None:
    """The same with `Tensor.expand_as` doing nothing: the product after it broadcasts by itself.

    It is the one line that timm's separable self-attention fails at; NotNeeded where nothing failed.
    """
    import torch

    if (folder / STOCK).exists():
        raise NotNeeded
    with mock.patch.object(torch.Tensor, "expand_as", lambda tensor, other: tensor):
        called("litert-torch", lambda: convert(network, out))


def static8(network: Network, folder: Path, out: Path) -> None:
    """ai-edge-quantizer's recipe static_wi8_ai8, calibrated on phantoms."""
    images = normalised(network.side_px)
    called("ai-edge-quantizer", lambda: quantize(needed(folder, STOCK, MENDED), out, "static_wi8_ai8", images))


def dynamic8(network: Network, folder: Path, out: Path) -> None:
    """ai-edge-quantizer's recipe dynamic_wi8_afp32."""
    called("ai-edge-quantizer", lambda: quantize(needed(folder, STOCK, MENDED), out, "dynamic_wi8_afp32", None))


def convert(network: Network, out: Path) -> None:
    """Write the float .tflite."""
    import litert_torch
    import torch

    image = torch.zeros(1, 3, network.side_px, network.side_px)
    litert_torch.convert(timm_network(network.arch, network.classes), (image,)).export(str(out))


def quantize(source: Path, out: Path, recipe_name: str, images: list | None) -> None:
    """`source` by one of the tool's own recipes, with ranges from `images` where there are any."""
    from ai_edge_quantizer import quantizer, recipe

    tool = quantizer.Quantizer(str(source), getattr(recipe, recipe_name)())
    seen = tool.calibrate({"serving_default": [{"args_0": image} for image in images]}) if images else None
    out.write_bytes(bytes(tool.quantize(seen).quantized_model))
