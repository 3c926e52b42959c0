"""Mixed precision where the source has it, float32 on CPU."""

from __future__ import annotations

import pytest
import torch

from edge_app.runtime.errors import ConfigError
from train.precision import device_of, precision_for


@pytest.mark.parametrize(
    ("device", "wanted", "lightning", "autocast"),
    [
        ("cuda", "auto", "16-mixed", None),
        ("mps", "auto", "32-true", torch.float16),
        ("cpu", "auto", "32-true", None),
        ("cpu", "bf16", "bf16-mixed", None),
        ("cuda", "fp32", "32-true", None),
        ("mps", "bf16", "32-true", torch.bfloat16),
    ],
)
def test_precision_is_mixed_on_cuda_and_mps_only_when_automatic(
    device: str, wanted: str, lightning: str, autocast: torch.dtype | None
) -> None:
    found = precision_for(device, wanted)
    assert (found.lightning, found.autocast, found.device) == (lightning, autocast, device)


def test_float16_on_a_cpu_is_refused() -> None:
    with pytest.raises(ConfigError, match="allowed there: fp32 or bf16"):
        precision_for("cpu", "fp16")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_device_is_refused_when_it_is_not_there() -> None:
    with pytest.raises(ConfigError, match="'cuda' is not available here; allowed: .*cpu"):
        device_of("cuda")
