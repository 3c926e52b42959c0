"""Where initial weights come from."""

from __future__ import annotations

from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

from edge_app.runtime.errors import CheckpointError, ConfigError
from train.models.create import build, create

ARCH = "mobilevitv2_050"


@pytest.fixture(scope="module")
def donor() -> torch.nn.Module:
    torch.manual_seed(1)
    return build(ARCH, 5)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_create_takes_a_state_dict_and_drops_a_head_of_another_class_count(
    tmp_path: Path, donor: torch.nn.Module, suffix: str
) -> None:
    path = tmp_path / f"weights{suffix}"
    save_file(donor.state_dict(), path) if suffix == ".safetensors" else torch.save(donor.state_dict(), path)
    model, origin = create(ARCH, 3, pretrained=True, init=str(path))
    assert torch.equal(model.state_dict()["stem.conv.weight"], donor.state_dict()["stem.conv.weight"])
    assert origin == f"weights of {path.name}, without its head of 5 classes"
    assert create(ARCH, 5, pretrained=True, init=str(path))[1] == f"weights of {path.name}"


def test_create_takes_the_network_of_a_runs_checkpoint_and_nothing_beside_it(
    tmp_path: Path, donor: torch.nn.Module
) -> None:
    state = {f"objective.model.{name}": tensor for name, tensor in donor.state_dict().items()}
    torch.save({"state_dict": {**state, "objective.encoder.weight": torch.ones(2)}}, tmp_path / "best.ckpt")
    model, origin = create(ARCH, 5, pretrained=True, init=str(tmp_path / "best.ckpt"))
    assert torch.equal(model.state_dict()["head.fc.weight"], donor.state_dict()["head.fc.weight"])
    assert origin == "weights of best.ckpt"


def test_create_starts_at_random_when_told_none() -> None:
    assert create(ARCH, 3, pretrained=True, init="none")[1] == "random weights"
    assert create(ARCH, 3, pretrained=False, init=None)[1] == "random weights"


def test_create_refuses_when_the_weights_are_of_another_architecture(tmp_path: Path, donor: torch.nn.Module) -> None:
    torch.save(donor.state_dict(), tmp_path / "weights.pth")
    with pytest.raises(CheckpointError, match="is not mobilevitv2_075: .* tensors do not fit"):
        create("mobilevitv2_075", 3, pretrained=True, init=str(tmp_path / "weights.pth"))


@pytest.mark.parametrize("name", ["torn.pth", "torn.safetensors", "none.pth"])
def test_create_refuses_when_the_file_is_missing_or_no_state_dict(tmp_path: Path, name: str) -> None:
    (tmp_path / "torn.pth").write_bytes(b"PK\x03\x04 nothing")
    (tmp_path / "torn.safetensors").write_bytes(b"\xff" * 40)
    with pytest.raises(CheckpointError, match="--init FILE, or start from random weights with --init none"):
        create(ARCH, 3, pretrained=True, init=str(tmp_path / name))


def test_create_refuses_a_pickle_that_would_run_code(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (print, ("harm",))

    torch.save({"weights": Harm()}, tmp_path / "harm.pth")
    with pytest.raises(CheckpointError, match="cannot be read"):
        create(ARCH, 3, pretrained=True, init=str(tmp_path / "harm.pth"))


def test_create_names_the_way_out_when_imagenet_weights_cannot_be_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    fetch = timm.create_model

    def offline(arch: str, pretrained: bool = False, **options: object) -> torch.nn.Module:
        if pretrained:
            raise ConnectionError("no route\nto host")
        return fetch(arch, pretrained=False, **options)

    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(ConfigError, match="could not be fetched .*offline.*--init FILE.*--init none"):
        create(ARCH, 3, pretrained=True, init=None)


def test_build_refuses_a_name_that_timm_does_not_know() -> None:
    with pytest.raises(ConfigError, match="'mobilevit_v9' is no timm model"):
        build("mobilevit_v9", 3)
