"""A lowered network that rounds what the target's static 8-bit file will round, and learns to live with it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from export.lowering.frame import Frame
from export.qat.rounding import RoundToRange, rounded_weight
from export.qat.sites import Site, parameters_of
from export.quantize.ranges import Range


class Student(nn.Module):
    """A copy of `module` (from `lower`), its weights and the ends of `ranges` to be learnt.

    Ends are learnt as factors of what calibration found, so that one learning rate does for all.
    """

    def __init__(self, module: nn.Module, sites: Sequence[Site], ranges: Mapping[str, Range]) -> None:
        super().__init__()
        self.network = copy.deepcopy(module).requires_grad_(True)
        if isinstance(self.network, Frame):
            # The mean colour of photos is none of the network's weights.
            self.network.pixels.requires_grad_(False)
        found = parameters_of(self.network, sites)
        self.sites = {id(parameter): site for parameter, site in zip(found, sites, strict=True)}
        named = {name for site in sites for name in (site.reads, site.makes) if name is not None}
        self.place = {name: number for number, name in enumerate(sorted(named))}
        ends = [[ranges[name].low, ranges[name].high] for name in self.place]
        self.register_buffer("calibrated", torch.tensor(ends, dtype=torch.float32))
        self.factors = nn.Parameter(torch.zeros(len(ends), 2))

    def forward(self, images: Tensor) -> Tensor:
        """Images `[B, 1, ...]`, each as the network takes it -> logits [B, K]."""
        ends = self.ends()

        def answer(image: Tensor) -> Tensor:
            with Rounding(self.sites, self.place, ends):
                logits: Tensor = self.network(image)["logits"]
            return logits[0]

        answers: Tensor = torch.vmap(answer)(images)
        return answers

    def ends(self) -> Tensor:
        """Low and high end of each range [n, 2]."""
        calibrated: Tensor = self.calibrated
        return calibrated * self.factors.exp()

    def ranges(self) -> dict[str, Range]:
        """What was learnt of the range of each value that the file rounds."""
        ends = self.ends().tolist()
        return {name: Range(*ends[place]) for name, place in self.place.items()}

    def learnt(self) -> nn.Module:
        """The network as learnt, as a converter takes it."""
        return copy.deepcopy(self.network).requires_grad_(False).eval()


class Rounding(TorchFunctionMode):
    """While it is entered, products with the weights of a site round as the site says."""

    def __init__(self, sites: Mapping[int, Site], place: Mapping[str, int], ends: Tensor) -> None:
        super().__init__()
        self.sites, self.place, self.ends = sites, place, ends

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        site = self.sites.get(id(args[1])) if len(args) > 1 else None
        if site is None:
            return func(*args, **(kwargs or {}))
        given, weight, *rest = args
        weight = rounded_weight(weight) if site.rounds else weight
        return self.rounded(func(self.rounded(given, site.reads), weight, *rest, **(kwargs or {})), site.makes)

    def rounded(self, value: Tensor, name: str | None) -> Tensor:
        """`value` in the steps of `name`; as it is where it has none."""
        if name is None:
            return value
        low, high = self.ends[self.place[name]]
        made: Tensor = RoundToRange.apply(value, low, high)  # type: ignore[no-untyped-call]
        return made
