"""The hierarchical model of "How Important Is Each Dermoscopy Image?" (section 4.1): VGG-16, CBAM, LSTM.

An LSTM takes one step a level of the hierarchy. What it has in mind shifts the channel and the place weights of the
CBAM, so that attention changes with the level, and what is then seen goes into the LSTM. Each level's linear layer
tells the nodes of that level apart; a softmax goes over those under one parent, so that the products along the paths
are probabilities of the classes that sum to one. Their logarithms are the network's logits.

How the state enters the attention is not in the source (it extends its reference 3): chosen here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import timm
import torch
from torch import Tensor, nn

from train.models.cbam import Cbam
from train.models.hierarchy import decisions_of

CHANNELS = 512
STATE = 512


class Vgg16CbamLstm(nn.Module):
    """Logarithms of class probabilities [B, K] of normalised images [B, 3, S, S].

    `structure` gives the `paths` of the classes (train/models/hierarchy.py); without, there is one level.
    """

    pretrained_cfg: dict[str, Any] = {"classifier": "levels"}  # noqa: RUF012 (as timm's networks say it)

    def __init__(self, classes: int, drop: float, structure: Mapping[str, Any]) -> None:
        super().__init__()
        paths = structure.get("paths") or [[str(k)] for k in range(classes)]
        nodes = decisions_of(paths)
        self.names = [f"level {level + 1}" for level in range(len(nodes))]
        self.features = timm.create_model("vgg16", pretrained=False, num_classes=0).features
        self.attention = Cbam(CHANNELS)
        self.channel_shift = nn.Linear(STATE, CHANNELS)
        self.place_query = nn.Linear(STATE, CHANNELS)
        self.gates = nn.Linear(CHANNELS + STATE, 4 * STATE)
        self.drop = nn.Dropout(drop)
        self.levels = nn.ModuleList(nn.Linear(STATE, len(level)) for level in nodes)
        # Of each level: which nodes have one parent [n, n], and each class's node [K], -1 where its path has ended.
        for level, names in enumerate(nodes):
            siblings = torch.tensor([[a[:-1] == b[:-1] for b in names] for a in names])
            place = {name: k for k, name in enumerate(names)}
            own = torch.tensor([place[tuple(p[: level + 1])] if len(p) > level else -1 for p in paths])
            self.register_buffer(f"siblings_{level}", siblings, persistent=False)
            self.register_buffer(f"node_{level}", own, persistent=False)

    def forward_features(self, images: Tensor) -> Tensor:
        """The map of VGG-16 [B, 512, S/32, S/32]."""
        return self.features(images)

    def forward_head(self, cells: Tensor) -> Tensor:
        """Logarithms of class probabilities [B, K] of a map."""
        return torch.stack(self.decisions(cells)).sum(0)

    def forward(self, images: Tensor) -> Tensor:
        """Logarithms of class probabilities [B, K]."""
        return self.forward_head(self.forward_features(images))

    def decisions(self, cells: Tensor) -> list[Tensor]:
        """For each level the logarithm of the probability of each class's node under its parent [B, K]; 0 where a path
        has ended.
        """
        found = []
        for level, (state, _, _) in enumerate(self.steps(cells)):
            logits = self.levels[level](self.drop(state))
            siblings, own = getattr(self, f"siblings_{level}"), getattr(self, f"node_{level}")
            # Row n: the logits of the siblings of node n, the others out of the softmax.
            among = torch.where(siblings, logits[:, None, :], torch.full_like(logits, -torch.inf)[:, None, :])
            nodes = logits - among.logsumexp(2)
            found.append(torch.where(own < 0, 0.0, nodes[:, own.clamp_min(0)]))
        return found

    def steps(self, cells: Tensor) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Of each level the LSTM's state [B, 512], channel weights [B, 512] and place weights [B, 1, h, w]."""
        state = memory = cells.new_zeros(len(cells), STATE)
        found = []
        for _ in self.levels:
            channels = self.attention.channel_weights(cells, self.channel_shift(state))
            refined = cells * channels[:, :, None, None]
            query = (refined * self.place_query(state)[:, :, None, None]).sum(1, keepdim=True) * CHANNELS**-0.5
            places = self.attention.place_weights(refined, query)
            state, memory = self.remembered(self.drop((refined * places).mean((2, 3))), state, memory)
            found.append((state, channels, places))
        return found

    def remembered(self, seen: Tensor, state: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """State and memory of an LSTM after `seen`, all [B, 512]; written out, since exporters lack torch's cell."""
        gates = self.gates(torch.cat([seen, state], dim=1))
        take, keep, give = (gates[:, k * STATE : (k + 1) * STATE].sigmoid() for k in range(3))
        memory = keep * memory + take * gates[:, 3 * STATE :].tanh()
        return give * memory.tanh(), memory

    def looks(self, images: Tensor) -> list[tuple[str, Tensor]]:
        """For each level the place weights and the map of the channel of highest weight: [B, h, w] each."""
        cells = self.forward_features(images)
        found = []
        for name, (_, channels, places) in zip(self.names, self.steps(cells), strict=True):
            best = channels.argmax(1)
            found += [
                (f"{name}: places", places[:, 0]),
                (f"{name}: best channel", cells[torch.arange(len(cells)), best]),
            ]
        return found

    def get_classifier(self) -> nn.Module:
        """The linear layers."""
        return self.levels


def vgg16_cbam_lstm(classes: int, drop: float, structure: Mapping[str, Any]) -> nn.Module:
    """The network for `classes`, untrained."""
    return Vgg16CbamLstm(classes, drop, structure)
