"""TFLite files on Android: LiteRT's Java interpreter through pyjnius, the image and the outputs in byte buffers.

Written by the book (LiteRT 1.4, `org.tensorflow.lite.Interpreter`) and tested against stand-ins of the Java classes; it
has not run on a phone yet (docs/building-for-phones.md).
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.runtime.backends import Outputs, check_image
from edge_app.runtime.backends.tflite import short_name
from edge_app.runtime.errors import BackendError, MissingRuntimeError

RANKS = {"logits": 2, "cam": 4}
# DataType of org.tensorflow.lite, by its name, as numpy has it.
TYPES = {"FLOAT32": np.float32, "UINT8": np.uint8, "INT8": np.int8}


class AndroidBackend:
    """One loaded .tflite file; safe to call from several threads, one at a time.

    Make it on the main thread: a thread of Python's own finds no classes of the app. Running it elsewhere is fine.
    """

    def __init__(self, model: Path | bytes, *, threads: int, autoclass: Any = None) -> None:
        self._java = autoclass or java_classes()
        self._lock = threading.Lock()
        self.name = "litert " + str(self._java("org.tensorflow.lite.TensorFlowLite").runtimeVersion())
        content = model if isinstance(model, bytes) else Path(model).read_bytes()
        options = self._java("org.tensorflow.lite.Interpreter$Options")()
        options.setNumThreads(threads)
        self._interpreter = self._java("org.tensorflow.lite.Interpreter")(self._direct(content), options)
        self.side_px = input_side(self._interpreter)
        self._outputs = named_outputs(self._interpreter)

    def run(self, image: np.ndarray) -> Outputs:
        """Outputs for `image`, uint8 [S, S, 3] RGB; BackendError when the shape or type is another."""
        check_image(image, self.side_px)
        with self._lock:
            buffers = {name: self._empty(tensor.numBytes()) for name, (_, tensor) in self._outputs.items()}
            by_index = self._java("java.util.HashMap")()
            for name, (index, _) in self._outputs.items():
                by_index.put(self._java("java.lang.Integer")(index), buffers[name])
            pixels = self._java("java.nio.ByteBuffer").wrap(np.ascontiguousarray(image).tobytes())
            self._interpreter.runForMultipleInputsOutputs([pixels], by_index)
            found = {name: self._values(name, buffers[name]) for name in self._outputs}
        return Outputs(found["logits"], found.get("cam"))

    def _direct(self, content: bytes) -> Any:
        """A model must lie in a direct buffer in the processor's own byte order."""
        buffer = self._java("java.nio.ByteBuffer").allocateDirect(len(content))
        buffer.order(self._java("java.nio.ByteOrder").nativeOrder())
        buffer.put(content)
        buffer.rewind()
        return buffer

    def _empty(self, size_bytes: int) -> Any:
        """A buffer on Java's heap, whose array can be read back."""
        buffer = self._java("java.nio.ByteBuffer").allocate(size_bytes)
        buffer.order(self._java("java.nio.ByteOrder").nativeOrder())
        return buffer

    def _values(self, name: str, buffer: Any) -> np.ndarray:
        """One output without its batch dimension, as float32."""
        tensor = self._outputs[name][1]
        kind = TYPES[str(tensor.dataType().toString())]
        array = buffer.array()
        # pyjnius' own arrays give their bytes at once; else they are Java's, which are signed.
        content = bytes(array.tostring() if hasattr(array, "tostring") else (v & 0xFF for v in array))
        values = np.frombuffer(content, dtype=kind).reshape([int(n) for n in tensor.shape()])[0]
        if kind is np.float32:
            return values.copy()
        quantization = tensor.quantizationParams()
        return ((values.astype(np.float32) - quantization.getZeroPoint()) * quantization.getScale()).astype(np.float32)


def java_classes() -> Any:
    """pyjnius' `autoclass`."""
    try:
        from jnius import autoclass
    except ImportError as error:
        raise MissingRuntimeError("LiteRT's Java runtime needs pyjnius, which exists on Android only") from error
    return autoclass


def input_side(interpreter: Any) -> int:
    """The side of the one input, uint8 [1, S, S, 3]; BackendError for another."""
    tensor = interpreter.getInputTensor(0)
    shape, kind = [int(n) for n in tensor.shape()], str(tensor.dataType().toString())
    if interpreter.getInputTensorCount() != 1 or shape != [1, shape[1], shape[1], 3] or kind != "UINT8":
        raise BackendError(f"model's input is {kind} {shape}, not one UINT8 [1, S, S, 3]; export it again")
    return shape[1]


def named_outputs(interpreter: Any) -> dict[str, tuple[int, Any]]:
    """(index, tensor) of `logits` and, where there is one, `cam`: by the signature, else by the tensor's name."""
    tensors = {index: interpreter.getOutputTensor(index) for index in range(interpreter.getOutputTensorCount())}
    named = {short_name(str(tensor.name())): (index, tensor) for index, tensor in tensors.items()}
    for key in interpreter.getSignatureKeys():
        for output in interpreter.getSignatureOutputs(key):
            wanted = interpreter.getOutputTensorFromSignature(output, key).index()
            named |= {str(output): (i, t) for i, t in tensors.items() if t.index() == wanted}
    found = {name: named[name] for name in RANKS if name in named}
    if "logits" not in found:
        raise BackendError(f"model has the outputs {sorted(named)}, and none is named logits; export it again")
    for name, (_, tensor) in found.items():
        if len(tensor.shape()) != RANKS[name] or str(tensor.dataType().toString()) not in TYPES:
            raise BackendError(f"model's output {name} is {list(tensor.shape())} {tensor.dataType().toString()}")
    return found
