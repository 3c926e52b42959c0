"""A network as timm has it, with random weights: time does not depend on what they are, but on what they are not.

timm begins with factors of 1, shifts of 0 and, at the end of residual branches, factors of 0. Converters leave out what
multiplies by 1 or adds 0, and a branch times 0 with all that is in it: none of that is in a trained network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_app.runtime.errors import ConfigError

if TYPE_CHECKING:
    from torch import nn

SEED = 0
SPREAD = 0.1


def network(arch: str, classes: int) -> nn.Module:
    """`arch` with `classes` outputs, in eval mode; ConfigError where timm has none of that name."""
    import timm
    import torch

    refuse_unknown(arch)
    torch.manual_seed(SEED)
    module: nn.Module = timm.create_model(arch, num_classes=classes)
    disturb(module)
    return module.eval()


def disturb(module: nn.Module) -> None:
    """Move all factors, shifts and running statistics off the numbers that they begin with, in place."""
    import torch

    vectors = [one for one in (*module.parameters(), *module.buffers()) if one.ndim == 1 and one.is_floating_point()]
    with torch.no_grad():
        for one in vectors:
            one.add_(SPREAD * (0.5 + torch.rand(one.shape)))


def refuse_unknown(arch: str) -> None:
    """ConfigError where timm has no network of that name."""
    import timm

    if not timm.is_model(arch):
        raise ConfigError(f"timm has no network {arch!r}; peers are made of networks that it has")


def refuse_other_side(arch: str, side_px: int) -> None:
    """ConfigError where the network takes another side alone."""
    from train.models.architectures import fixed_side

    only = fixed_side(arch)
    if only not in (None, side_px):
        raise ConfigError(f"--peers is {arch}:{side_px}; {arch} takes {only} px alone: ask for {arch}:{only}")


def macs(arch: str, classes: int, side_px: int) -> float:
    """Multiply-accumulates of one photo in convolutions and matrix products, as torch counts them."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    counter = FlopCounterMode(display=False)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter:
        network(arch, classes)(torch.zeros(1, 3, side_px, side_px))
    return counter.get_total_flops() / 2
