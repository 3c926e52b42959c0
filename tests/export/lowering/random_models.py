"""timm models with random weights in which every number matters: statistics and affines of norms are random, too."""

from __future__ import annotations

from types import SimpleNamespace

import timm
import torch
from torch import nn

from edge_app.runtime.card import FitRule
from edge_app.runtime.labels import label

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def random_model(arch: str, seed: int = 0, **options: object) -> nn.Module:
    """An eval-mode model with 7 classes whose batch and group norms are far from the identity."""
    torch.manual_seed(seed)
    model = timm.create_model(arch, num_classes=7, **options)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.3)
                module.running_var.uniform_(0.5, 2.0)
            if isinstance(module, nn.BatchNorm2d | nn.GroupNorm | nn.LayerNorm):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.3)
    return model.eval()


def trained_model(arch: str, side_px: int, *, mean=MEAN, std=STD, seed: int = 0, **options: object) -> SimpleNamespace:
    """What `load_checkpoint` returns, as far as lowering looks at it."""
    return SimpleNamespace(
        module=random_model(arch, seed, **options),
        arch=arch,
        labels=tuple(label(code) for code in ("akiec", "bcc", "bkl", "df", "nv", "mel", "vasc")),
        fit=FitRule(side_px=side_px, resize_px=side_px),
        mean=mean,
        std=std,
        structure={},
    )


def random_image(side_px: int, seed: int = 0) -> torch.Tensor:
    """`[1, S, S, 3]` uint8 of noise."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (1, side_px, side_px, 3), dtype=torch.uint8, generator=generator)


def planes_of(image: torch.Tensor) -> torch.Tensor:
    """The same photo as Core ML hands it over: float `[1, 3, S, S]` in 0..255."""
    return image.permute(0, 3, 1, 2).float()


def random_planes(side_px: int) -> torch.Tensor:
    """`random_image` as planes."""
    return planes_of(random_image(side_px))


def reference_logits(trained: SimpleNamespace, image: torch.Tensor) -> torch.Tensor:
    """timm's own answer `[1, K]` in the model's precision, normalised outside it."""
    dtype = next(trained.module.parameters()).dtype
    pixels = image.to(dtype).permute(0, 3, 1, 2) / 255
    mean = torch.tensor(trained.mean, dtype=dtype).reshape(1, 3, 1, 1)
    std = torch.tensor(trained.std, dtype=dtype).reshape(1, 3, 1, 1)
    with torch.no_grad():
        return trained.module((pixels - mean) / std)
