"""onnx2tf in an environment of its own (`make peers`): from an opset-17 ONNX file, as it asks for."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.bounded import bounded
from benchmarks.peers import Network
from benchmarks.peers.timm_network import network as timm_network
from benchmarks.peers.tool import INSTALLED, called
from edge_app.runtime.errors import ConversionError, MissingRuntimeError

PYTHON = Path(".venv-peers/bin/python")
CALL = "import sys; from onnx2tf import main; sys.exit(main())"
# The file that it would otherwise fetch, to compare its answers on.
SAMPLES = "calibration_image_sample_data_20x128x128x3_float32.npy"
OPSET = 17
TIMEOUT_S = 1800.0


def float32(network: Network, folder: Path, out: Path) -> None:
    """Its float32 .tflite; ConversionError with its last line, MissingRuntimeError where it is not set up."""
    if not PYTHON.is_file():
        raise MissingRuntimeError(f"onnx2tf is not set up ({PYTHON} is missing); run: make peers")
    with tempfile.TemporaryDirectory(dir=folder) as work:
        called("torch.onnx", lambda: export(network, Path(work) / "model.onnx"))
        np.save(Path(work) / SAMPLES, np.random.default_rng(0).random((20, 128, 128, 3), dtype=np.float32))
        words = [str(PYTHON.absolute()), "-c", CALL, "-i", "model.onnx", "-o", "made", "-n"]
        done = bounded(
            "onnx2tf", words, cwd=Path(work), timeout_s=TIMEOUT_S, next_step="leave its files out of --peers"
        )
        made = sorted((Path(work) / "made").glob("*_float32.tflite"))
        if done.returncode != 0 or not made:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines() or ["no message"]
            raise ConversionError(f"onnx2tf fails: {INSTALLED.sub('', said[-1])}")
        shutil.copyfile(made[0], out)


def export(network: Network, out: Path) -> None:
    """The float .onnx by torch's older exporter, which writes that opset."""
    import torch

    image = torch.zeros(1, 3, network.side_px, network.side_px)
    module = timm_network(network.arch, network.classes)
    torch.onnx.export(module, (image,), str(out), input_names=["image"], opset_version=OPSET, dynamo=False)
