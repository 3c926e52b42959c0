"""Reads .onnx files, and answers questions about their constants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edge_app.runtime.errors import ConversionError


def load_onnx(path: Path) -> Any:
    """The `ModelProto` in `path`. Raises ConversionError where it is none."""
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(str(path))
    except (OSError, DecodeError, ValueError) as error:
        raise ConversionError(f"{path} is no ONNX model, or is cut short ({error}); give a .onnx file") from error
    if not model.graph.node:
        raise ConversionError(f"{path} holds no ONNX graph; give a .onnx file that an export wrote")
    return model


def constants(model: Any) -> dict[str, Any]:
    """Initializers by name."""
    return {tensor.name: tensor for tensor in model.graph.initializer}


def producers(model: Any) -> dict[str, Any]:
    """The node that makes each tensor."""
    return {name: node for node in model.graph.node for name in node.output}


def attribute(node: Any, name: str, default: int) -> int:
    """An integer attribute of `node`."""
    return next((int(a.i) for a in node.attribute if a.name == name), default)
