"""timm's MobileNetV2 with TensorFlow's padding: of an odd number of pixels to add, the larger half at bottom and right.

At stride 2 timm's own network pads the top and the left, so weights from TensorFlow see every map a pixel off.
"""

from __future__ import annotations

import timm
from torch import nn


def mobilenetv2_100_same(classes: int, drop: float) -> nn.Module:
    """MobileNetV2 1.0 (Sandler et al. 2018) for `classes`, untrained."""
    return timm.create_model("mobilenetv2_100", pretrained=False, num_classes=classes, drop_rate=drop, pad_type="same")
