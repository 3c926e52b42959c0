"""A target and a runtime without converter: the file names its scheme, the runtime is the float model with noise."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from edge_app.runtime.backends import Outputs
from edge_app.runtime.errors import BackendError
from export.targets.facts import FileFacts
from export.targets.tflite_card import embed_card, read_card

RUINED = "ruined"
SIZES = {"fp32": 9000, "dynamic8": 4000, "static8": 2000}
# How far each scheme's logits are off, as a share of their own spread.
NOISE = {"fp32": 0.0, "dynamic8": 0.001, "static8": 3.0, RUINED: 0.0}


class StandIn:
    """A target's module; `broken` schemes cannot be run, `lies` has integer schemes compute in float.

    Converted modules are kept to be run by `Runtime`.
    """

    NAME = "tflite"
    SUFFIX = ".tflite"
    LAYOUT = "nhwc"
    SCHEMES = ("fp32", "dynamic8", "static8")

    def __init__(self, broken: Sequence[str] = ()) -> None:
        self.broken, self.lies = broken, False
        self.calibrations: dict[str, int | None] = {}
        self.embed_card, self.read_card = embed_card, read_card
        Runtime.target = self

    def convert(
        self,
        module: nn.Module,
        *,
        side_px: int,
        scheme: str,
        calibration: Sequence[np.ndarray] | None,
        out: Path,
        report: Callable[[str], None],
    ) -> Path:
        report(f"converting to {scheme}")
        self.module = module
        Runtime.target = self
        self.calibrations[scheme] = None if calibration is None else len(calibration)
        out.write_bytes(scheme.encode().ljust(SIZES[scheme], b"."))
        return out

    def inspect(self, path: Path) -> FileFacts:
        integer = 0 if path.read_bytes().startswith(b"fp32") else 7 - 7 * self.lies
        return FileFacts(
            max_rank=4, ops={"CONV_2D": 7}, dtypes={"FLOAT32": 9}, inputs=(), outputs=(), linear_ops=7,
            int8_ops=integer, int8_activation_ops=integer, size_bytes=path.stat().st_size,
        )  # fmt: skip


class Runtime:
    """Stands for the TFLite interpreter."""

    name = "stand-in 1.0"
    target: StandIn

    def __init__(self, model: Path | bytes, *, threads: int) -> None:
        content = model if isinstance(model, bytes) else Path(model).read_bytes()
        self.scheme = content.split(b".")[0].decode()
        if self.scheme in self.target.broken:
            raise BackendError(f"{self.name} refuses the model; export it again")

    def run(self, image: np.ndarray) -> Outputs:
        with torch.inference_mode():
            found = self.target.module(torch.from_numpy(image[None]))
        rng = np.random.default_rng(int(image.sum()))
        logits = found["logits"][0].numpy() * (self.scheme != RUINED)
        noise = rng.normal(0.0, NOISE[self.scheme] * np.ptp(logits), len(logits)).astype(np.float32)
        return Outputs(logits + noise, found["cam"][0].numpy())


def ruin(model: Path, out: Path) -> bool:
    """A file that answers every photo alike."""
    out.write_bytes(RUINED.encode() + b".")
    return True


def is_zip(path: Path) -> bool:
    """Whether a card was appended."""
    return zipfile.is_zipfile(path)
