"""Which runs share batch norm, and that sharing it leaves a network what it computes. No GPU is needed for either."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from lightning.pytorch.plugins.layer_sync import TorchSyncBatchNorm

from train import loop, ranks
from train.batch_norm import SyncBatchNorm, is_shared
from train.config import Recipe


@pytest.mark.parametrize(
    ("device", "processes", "shared"),
    [("cuda", 2, True), ("cuda", 8, True), ("cuda", 1, False), ("cpu", 2, False), ("mps", 1, False)],
)
def test_batch_norm_is_shared_on_several_gpus_only(device: str, processes: int, shared: bool) -> None:
    assert is_shared(device, processes) is shared


@pytest.mark.parametrize(("device", "processes"), [("cuda", 2), ("cuda", 1), ("cpu", 2)])
def test_trainer_gets_the_plug_in_where_batch_norm_is_shared(
    device: str, processes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(loop.lightning, "Trainer", lambda **settings: given.update(settings))
    monkeypatch.setattr(ranks, "size", lambda: processes)
    monkeypatch.setattr(ranks, "on_this_machine", lambda: processes)
    loop.trainer_of(Recipe(), tmp_path, device, "32-true")
    assert any(isinstance(plugin, SyncBatchNorm) for plugin in given["plugins"]) is (device == "cuda" and processes > 1)
    assert not given.get("sync_batchnorm")


@pytest.mark.parametrize("arch", ["mobilevitv2_050", "resnet18"])
def test_shared_batch_norm_computes_what_the_network_did(arch: str) -> None:
    torch.manual_seed(0)
    network = timm.create_model(arch, num_classes=7).eval()
    photos = torch.rand(2, 3, 64, 64)
    shared = SyncBatchNorm().apply(copy.deepcopy(network))
    kinds = {type(layer) for layer in shared.modules()}
    assert not any(kind.__name__.startswith("BatchNorm") for kind in kinds)
    assert any(issubclass(kind, torch.nn.SyncBatchNorm) for kind in kinds)
    assert shared.state_dict().keys() == network.state_dict().keys()
    with torch.inference_mode():
        assert torch.equal(shared(photos), network(photos))


def test_lightnings_own_plug_in_loses_activations() -> None:
    # Why there is another one; should this ever fail, it can go.
    torch.manual_seed(0)
    network = timm.create_model("mobilevitv2_050", num_classes=7).eval()
    photos = torch.rand(2, 3, 64, 64)
    theirs = TorchSyncBatchNorm().apply(copy.deepcopy(network))
    with torch.inference_mode():
        assert (theirs(photos) - network(photos)).abs().max() > 0.01
