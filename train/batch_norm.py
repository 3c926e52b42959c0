"""Batch norm over all processes of a run, where torch has that: on GPUs."""

from __future__ import annotations

from lightning.pytorch.plugins.layer_sync import LayerSync
from timm.layers import convert_sync_batchnorm
from torch.nn import Module


class SyncBatchNorm(LayerSync):
    """Every batch norm counts the photos of all processes.

    Lightning's own plug-in puts torch's layer in the place of timm's, which holds an activation as well, and loses it.
    """

    def apply(self, model: Module) -> Module:
        """`model` with its layers replaced, parameters and statistics the same."""
        return convert_sync_batchnorm(model)  # type: ignore[no-any-return]

    def revert(self, model: Module) -> Module:
        """`model` as it is: evaluation and export build a network of their own from the checkpoint."""
        return model


def is_shared(device: str, processes: int) -> bool:
    """Whether batch norm counts the photos of all processes of a run: on GPUs, where there are several."""
    return device == "cuda" and processes > 1
