"""Writes tests/contracts/models/*.tflite, by TensorFlow: `python -m tests.contracts.make_tflite_models`.

tiny.tflite       fp32
tiny_int8.tflite  static int8 with integer outputs: the backend has to dequantize
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from tests.contracts.tiny_model import BIAS, CELL_PX, MODELS, SIDE_PX, WEIGHTS, images


class Tiny(tf.Module):
    """The model of tiny_model.py."""

    @tf.function(input_signature=[tf.TensorSpec([1, SIDE_PX, SIDE_PX, 3], tf.uint8, name="image")])
    def from_bytes(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        return self.from_floats(tf.cast(image, tf.float32))

    @tf.function(input_signature=[tf.TensorSpec([1, SIDE_PX, SIDE_PX, 3], tf.float32, name="image")])
    def from_floats(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        cells = tf.nn.avg_pool2d(image / 127.5 - 1.0, CELL_PX, CELL_PX, "VALID")
        cam = tf.nn.bias_add(tf.nn.conv2d(cells, WEIGHTS[None, None], 1, "VALID"), BIAS, name="cam")
        return {"logits": tf.reduce_mean(cam, axis=[1, 2], name="logits"), "cam": cam}


def calibration() -> Iterator[list[np.ndarray]]:
    for image in images(64, seed=1):
        yield [image[None].astype(np.float32)]


def converter(tiny: Tiny, function: tf.types.experimental.GenericFunction) -> tf.lite.TFLiteConverter:
    return tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()], tiny)


def main() -> None:
    tiny = Tiny()
    MODELS.mkdir(exist_ok=True)
    (MODELS / "tiny.tflite").write_bytes(converter(tiny, tiny.from_bytes).convert())

    static = converter(tiny, tiny.from_floats)
    static.optimizations = [tf.lite.Optimize.DEFAULT]
    static.representative_dataset = calibration
    static.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    static.inference_input_type = tf.uint8
    static.inference_output_type = tf.int8
    (MODELS / "tiny_int8.tflite").write_bytes(static.convert())


if __name__ == "__main__":
    main()
