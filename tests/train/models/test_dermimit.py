"""DermImitFormer's parts by hand: which patches are kept, what is averaged, what each ablation has."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from timm.models.vision_transformer import VisionTransformer

from edge_app.runtime.errors import ConfigError
from train.models.create import build, create
from train.models.dermimit import DermImitFormer, parted
from train.models.lesion_selection import LEFT_OUT, Attention, Branch, mean_of, selected

ALL = {"body_parts": ["arm", "back"], "attributes": ["itch", "grew", "hurt"], "kept": 16, "interaction": True}
ARCH = "vit_mini_patch16_128+dermimit"


def model_of(**structure: Any) -> DermImitFormer:
    torch.manual_seed(0)
    model = build(ARCH, 4, structure={**ALL, **structure}).eval()
    assert isinstance(model, DermImitFormer)
    return model


def images() -> torch.Tensor:
    return torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def test_selected_patches_are_those_of_highest_score_the_first_of_equal_ones() -> None:
    scores = torch.tensor([[0.1, 0.4, 0.4, 0.2], [0.3, 0.3, 0.3, 0.1]])
    assert selected(scores, 2).tolist() == [[0, 1, 1, 0], [1, 1, 0, 0]]
    assert selected(scores, 0).tolist() == selected(scores, 4).tolist() == [[1, 1, 1, 1]] * 2


def test_mean_is_that_of_selected_patches_alone() -> None:
    tokens = torch.tensor([[[1.0, 2.0], [3.0, 6.0], [50.0, 50.0]]])
    assert mean_of(tokens, torch.tensor([[1.0, 1.0, 0.0]])).tolist() == [[2.0, 4.0]]


def test_patches_left_out_do_not_reach_the_attention_of_another_task() -> None:
    torch.manual_seed(0)
    attention = Attention(8, 2)
    queries, tokens = torch.randn(1, 1, 8), torch.randn(1, 5, 8)
    bias = torch.tensor([[0.0, 0.0, LEFT_OUT, LEFT_OUT, 0.0]])
    found, weights = attention(queries, tokens, bias)
    expected, _ = attention(queries, tokens[:, [0, 1, 4]])
    assert torch.allclose(found, expected, atol=1e-6)
    assert weights[0, :, 0, 2:4].abs().max() == 0


def test_branch_is_the_block_and_the_norm_that_it_was_made_of() -> None:
    torch.manual_seed(0)
    _, block, norm = parted(build("vit_mini_patch16_128", 0).eval())
    tokens = torch.randn(2, 17, 96)
    with torch.no_grad():
        found, scores = Branch(block, norm).eval()(tokens)
        assert torch.allclose(found, norm(block(tokens)), atol=1e-5)
    assert scores.shape == (2, 16)
    assert bool((scores.sum(1) < 1).all())  # the class token attends to itself, too


def test_answers_are_one_row_a_task_and_the_disease_is_what_the_network_says() -> None:
    model = model_of()
    with torch.no_grad():
        answers = model.answers(images())
        assert {name: tuple(values.shape) for name, values in answers.items()} == {
            "logits": (2, 4), "body_part": (2, 2), "attributes": (2, 3)
        }  # fmt: skip
        assert torch.equal(model(images()), answers["logits"])


def test_tasks_that_are_not_named_have_no_head_and_one_alone_does_not_interact() -> None:
    alone = model_of(body_parts=[], attributes=[])
    assert set(alone.heads) == {"disease"}
    assert len(alone.crossing) == 0
    assert alone.get_classifier().in_features == 2 * 96
    assert model_of().get_classifier().in_features == 3 * 96
    assert model_of(interaction=False).get_classifier().in_features == 2 * 96


def test_disease_depends_on_another_tasks_branch_only_with_interaction() -> None:
    for joined in (True, False):
        model = model_of(interaction=joined)
        with torch.no_grad():
            before = model(images())
            model.branches["body_part"].norm.bias.add_(1.0)
            assert torch.equal(model(images()), before) is not joined


def test_looks_leave_out_all_but_the_kept_patches() -> None:
    looks = dict(model_of(kept=3).looks(images()))
    assert list(looks) == ["disease", "body part", "attributes"]
    assert looks["disease"].shape == (2, 4, 4)
    assert (looks["disease"] > 0).sum((1, 2)).tolist() == [3, 3]


def test_weights_of_a_plain_transformer_fill_trunk_and_every_branch(tmp_path: Any) -> None:
    torch.manual_seed(3)
    donor = build("vit_mini_patch16_128", 9)
    torch.save(donor.state_dict(), tmp_path / "vit.pth")
    model, origin = create(ARCH, 4, pretrained=True, init=str(tmp_path / "vit.pth"), structure=ALL)
    assert origin == "weights of vit.pth in the transformer, the rest random"
    assert isinstance(donor, VisionTransformer)
    assert torch.equal(model.backbone.blocks[0].attn.qkv.weight, donor.blocks[0].attn.qkv.weight)
    for branch in model.branches.values():
        assert torch.equal(branch.attention.k.weight, donor.blocks[-1].attn.qkv.weight[96:192])
        assert torch.equal(branch.norm.weight, donor.norm.weight)


@pytest.mark.parametrize("arch", ["resnet10t", "deit3_small_patch16_224", "vit_small_patch16_dinov3"])
def test_networks_without_plain_blocks_are_refused(arch: str) -> None:
    with torch.device("meta"), pytest.raises(ConfigError, match="no plain vision transformer"):
        build(f"{arch}+dermimit", 4, structure=ALL)
