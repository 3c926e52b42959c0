"""Which arithmetic a device trains in: mixed precision on CUDA and MPS, float32 on CPU (as the source paper)."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from edge_app.runtime.errors import ConfigError


@dataclass(frozen=True)
class Precision:
    """`lightning` is the Trainer's precision; `autocast` the type of our own autocast, None where Lightning has it.

    Lightning's mixed precision always opens an autocast for CUDA or CPU, so on MPS it would do nothing.
    """

    lightning: str
    autocast: torch.dtype | None
    device: str

    def context(self) -> AbstractContextManager[None]:
        """Around the forward pass and the loss."""
        if self.autocast is None:
            return nullcontext()
        return torch.autocast(self.device, dtype=self.autocast)  # type: ignore[return-value]


def device_of(accelerator: str) -> str:
    """ "cuda", "mps" or "cpu": as asked for, or the best there is; ConfigError where it is not there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if accelerator == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if there[name])
    if not there[accelerator]:
        here = ", ".join(name for name, present in there.items() if present)
        raise ConfigError(f"fit.accelerator {accelerator!r} is not available here; allowed: {here}")
    return accelerator


def precision_for(device: str, wanted: str) -> Precision:
    """What `fit.precision` means on `device`: CUDA float16 with gradient scaling, MPS float16 without, CPU float32."""
    if wanted == "auto":
        wanted = "fp32" if device == "cpu" else "fp16"
    if wanted == "fp32":
        return Precision("32-true", None, device)
    if device == "mps":
        return Precision("32-true", torch.float16 if wanted == "fp16" else torch.bfloat16, device)
    if device == "cpu" and wanted == "fp16":
        raise ConfigError("fit.precision 'fp16' cannot train on a CPU; allowed there: fp32 or bf16")
    return Precision("16-mixed" if wanted == "fp16" else "bf16-mixed", None, device)
