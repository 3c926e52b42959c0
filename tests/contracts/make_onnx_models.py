"""Writes tests/contracts/models/tiny.onnx: `python -m tests.contracts.make_onnx_models`."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.contracts.tiny_model import BIAS, CELL_PX, CODES, MODELS, SIDE_PX, WEIGHTS

OPSET, IR_VERSION = 18, 8


def tiny_graph() -> onnx.GraphProto:
    """The model of tiny_model.py."""
    cells, classes = SIDE_PX // CELL_PX, len(CODES)
    constants = {
        "scale": np.float32(127.5),
        "one": np.float32(1.0),
        "weights": WEIGHTS,
        "bias": BIAS,
        "axes": np.array([1, 2], dtype=np.int64),
    }
    nodes = [
        helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["pixels", "scale"], ["doubled"]),
        helper.make_node("Sub", ["doubled", "one"], ["x"]),
        helper.make_node("Transpose", ["x"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["planes"], ["means"], kernel_shape=[CELL_PX] * 2, strides=[CELL_PX] * 2),
        helper.make_node("Transpose", ["means"], ["cells"], perm=[0, 2, 3, 1]),
        helper.make_node("MatMul", ["cells", "weights"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["cam"]),
        helper.make_node("ReduceMean", ["cam", "axes"], ["logits"], keepdims=0),
    ]
    return helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, SIDE_PX, SIDE_PX, 3])],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, classes]),
            helper.make_tensor_value_info("cam", TensorProto.FLOAT, [1, cells, cells, classes]),
        ],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )


def main() -> None:
    model = helper.make_model(tiny_graph(), opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    MODELS.mkdir(exist_ok=True)
    onnx.save(model, MODELS / "tiny.onnx")


if __name__ == "__main__":
    main()
