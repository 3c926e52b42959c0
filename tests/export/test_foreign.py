"""Checkpoints from elsewhere: what is taken, and the one line that says why another is not."""

from __future__ import annotations

import pytest
import timm
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from edge_app.runtime.errors import CheckpointError, ConfigError
from export.foreign import load_foreign

ARCH = "mobilenetv2_035"


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return timm.create_model(ARCH, num_classes=3).state_dict()


@pytest.fixture
def labels_file(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("mel\nnv\n\n  wart \n")
    return path


def test_load_takes_side_crop_and_colours_from_timm(state, labels_file, tmp_path):
    save_file(state, tmp_path / "weights.safetensors")
    trained = load_foreign(tmp_path / "weights.safetensors", ARCH, labels_file)
    assert (trained.fit.side_px, trained.fit.resize_px, trained.fit.filter) == (224, 256, "bicubic")
    assert trained.mean == (0.485, 0.456, 0.406)
    assert [one.code for one in trained.labels] == ["mel", "nv", "wart"]
    assert torch.equal(trained.module.state_dict()["classifier.weight"], state["classifier.weight"])
    assert trained.splits is None and len(trained.sha256) == 64


@pytest.mark.parametrize("key", ["state_dict", "model", None])
def test_load_finds_the_state_dict_below_wrappers_and_prefixes(state, labels_file, tmp_path, key):
    wrapped = {f"module.{name}": value.half() if value.is_floating_point() else value for name, value in state.items()}
    torch.save({key: wrapped, "epoch": 3} if key else wrapped, tmp_path / "weights.pth")
    trained = load_foreign(tmp_path / "weights.pth", ARCH, labels_file)
    torch.testing.assert_close(
        trained.module.state_dict()["conv_stem.weight"], state["conv_stem.weight"].half().float()
    )


def test_load_names_both_counts_when_the_labels_are_too_few(state, tmp_path):
    torch.save(state, tmp_path / "weights.pth")
    (tmp_path / "two.txt").write_text("mel\nnv\n")
    with pytest.raises(CheckpointError, match="has 3 classes, the labels file 2"):
        load_foreign(tmp_path / "weights.pth", ARCH, tmp_path / "two.txt")


def test_load_refuses_when_the_architecture_is_another(state, labels_file, tmp_path):
    torch.save(state, tmp_path / "weights.pth")
    with pytest.raises(CheckpointError, match=r"is not resnet10t: \d+ tensors do not .*check --arch"):
        load_foreign(tmp_path / "weights.pth", "resnet10t", labels_file)
    with pytest.raises(ConfigError, match="no timm model"):
        load_foreign(tmp_path / "weights.pth", "no_such_net", labels_file)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200), suffix=st.sampled_from([".pth", ".safetensors"]))
def test_load_refuses_in_one_line_whatever_the_bytes(labels_file, tmp_path, content, suffix):
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(content)
    with pytest.raises(CheckpointError) as refusal:
        load_foreign(path, ARCH, labels_file)
    assert "\n" not in str(refusal.value)
