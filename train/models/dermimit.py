"""DermImitFormer (arXiv 2307.08308): one vision transformer, a branch for each task, tasks that attend to one another.

The transformer is shared up to its last block, which each task has for itself. A task's class token says which patches
it looks at (lesion selection). What the source leaves open is chosen here: a task's features are its class token, the
mean of its selected patches, and its class token's attention to class tokens and selected patches of all other tasks
(cross-interaction), concatenated before one linear layer. With one task alone there is nothing to interact with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from timm.models.vision_transformer import Attention as TimmAttention
from timm.models.vision_transformer import Block, VisionTransformer
from torch import Tensor, nn

from edge_app.runtime.errors import ConfigError
from train.models.lesion_selection import LEFT_OUT, Attention, Branch, mean_of, selected

DISEASE, BODY_PART, ATTRIBUTES = "disease", "body_part", "attributes"


class DermImitFormer(nn.Module):
    """Logits of the disease [B, K] by `forward`, of all tasks by `answers`, for normalised images [B, 3, S, S].

    `structure` names body parts and attributes (either may be missing), how many patches are `kept`, and whether there
    is `interaction`.
    """

    num_prefix_tokens = 1
    pretrained_cfg: dict[str, Any] = {"classifier": f"heads.{DISEASE}"}  # noqa: RUF012 (as timm's networks say it)

    def __init__(self, backbone: nn.Module, classes: int, drop: float, structure: Mapping[str, Any]) -> None:
        super().__init__()
        self.backbone, block, norm = parted(backbone)
        width, heads = block.attn.qkv.in_features, block.attn.num_heads
        outputs = {DISEASE: classes, BODY_PART: len(structure.get("body_parts", ())),
                   ATTRIBUTES: len(structure.get("attributes", ()))}  # fmt: skip
        outputs = {name: count for name, count in outputs.items() if count}
        self.kept = int(structure.get("kept", 0))
        self.branches = nn.ModuleDict({name: Branch(block, norm) for name in outputs})
        joined = structure.get("interaction", False) and len(outputs) > 1
        self.crossing = nn.ModuleDict({name: Attention(width, heads) for name in outputs} if joined else {})
        self.drop = nn.Dropout(drop)
        features = width * (3 if joined else 2)
        self.heads = nn.ModuleDict({name: nn.Linear(features, count) for name, count in outputs.items()})

    def take_backbone(self, backbone: nn.Module) -> None:
        """The weights of a whole transformer, its last block for every task."""
        trunk, block, norm = parted(backbone)
        self.backbone.load_state_dict(trunk.state_dict())
        for branch in self.branches.values():
            branch.load_state_dict(Branch(block, norm).state_dict())

    def forward_features(self, images: Tensor) -> Tensor:
        """Shared tokens [B, 1 + N, D]."""
        return self.backbone.forward_features(images)

    def forward_head(self, tokens: Tensor) -> Tensor:
        """Logits [B, K] of the disease."""
        return self.heads_of(tokens)["logits"]

    def forward(self, images: Tensor) -> Tensor:
        """Logits [B, K] of the disease."""
        return self.forward_head(self.forward_features(images))

    def answers(self, images: Tensor) -> dict[str, Tensor]:
        """`logits` [B, K] of the disease, and of `body_part` [B, P] and `attributes` [B, A] where there are such."""
        return self.heads_of(self.forward_features(images))

    def looks(self, images: Tensor) -> list[tuple[str, Tensor]]:
        """Of each task, how much it attends to each patch [B, h, w]; patches that it leaves out are 0."""
        tokens = self.forward_features(images)
        found = []
        for name, branch in self.branches.items():
            _, scores = branch(tokens)
            side = round(scores.shape[1] ** 0.5)
            kept = scores * selected(scores, self.kept)
            found.append((name.replace("_", " "), kept.reshape(len(kept), side, side)))
        return found

    def heads_of(self, tokens: Tensor) -> dict[str, Tensor]:
        """The answers for shared tokens."""
        seen = {name: branch(tokens) for name, branch in self.branches.items()}
        chosen = {name: selected(scores, self.kept) for name, (_, scores) in seen.items()}
        found = {}
        for name, (own, _) in seen.items():
            features = [own[:, 0], mean_of(own[:, 1:], chosen[name])]
            if name in self.crossing:
                others = [other for other in seen if other != name]
                features.append(self.crossed(name, own, [seen[other][0] for other in others],
                                             [chosen[other] for other in others]))  # fmt: skip
            found["logits" if name == DISEASE else name] = self.heads[name](self.drop(torch.cat(features, 1)))
        return found

    def crossed(self, name: str, own: Tensor, others: list[Tensor], chosen: list[Tensor]) -> Tensor:
        """What the class token of task `name` sees of the other tasks: [B, D]."""
        kept = torch.cat([part for mask in chosen for part in (torch.ones_like(mask[:, :1]), mask)], dim=1)
        mixed, _ = self.crossing[name](own[:, :1], torch.cat(others, dim=1), (1.0 - kept) * LEFT_OUT)
        return mixed[:, 0]

    def get_classifier(self) -> nn.Module:
        """The linear layer of the disease."""
        return self.heads[DISEASE]


def parted(backbone: nn.Module) -> tuple[VisionTransformer, Block, nn.Module]:
    """A plain vision transformer without its last block and norm, and these; ConfigError for another network."""
    blocks = list(backbone.blocks) if isinstance(backbone, VisionTransformer) else []
    if not isinstance(backbone, VisionTransformer) or not plain(blocks[-1]) or backbone.num_prefix_tokens != 1:
        raise ConfigError(
            f"{type(backbone).__name__} is no plain vision transformer with one class token; +dermimit goes with one, "
            "as vit_base_patch16_224 or vit_mini_patch16_128"
        )
    norm = backbone.norm
    backbone.blocks, backbone.norm = nn.Sequential(*blocks[:-1]), nn.Identity()
    backbone.fc_norm, backbone.head = nn.Identity(), nn.Identity()
    return backbone, blocks[-1], norm


def plain(block: nn.Module) -> bool:
    """Whether a block is attention and two linear layers, with nothing that scales or normalises in between."""
    return (
        type(block) is Block and type(block.attn) is TimmAttention and block.attn.qkv.bias is not None
        and all(isinstance(part, nn.Identity) for part in (block.ls1, block.ls2, block.attn.q_norm, block.attn.norm))
    )  # fmt: skip
