"""The division by 255 and by the standard deviation, folded into the first convolution.

Before: W ((x / 255 - m) / d). After: (W / (255 d)) (x - 255 m). The subtraction stays a step of its own in front of the
zero padding, because a padded pixel is the mean colour, not black; where the mean is zero it vanishes (`frame`).
"""

from __future__ import annotations

from torch import Tensor

from export.lowering.maps import Convolution


def fold_input_scale(conv: Convolution, scale: Tensor) -> Convolution:
    """`conv` over an image in 0..255 less its mean; `scale` `[in]` is 1 / (255 std)."""
    weight = conv.weight * scale.to(conv.weight).reshape(1, -1, 1, 1)
    return Convolution(weight, conv.bias, stride=conv.stride, groups=conv.groups)
