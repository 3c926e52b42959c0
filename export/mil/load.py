"""Opens a saved `.mlpackage` on any system: its specification, its weights, its program.

coremltools' own loader builds the program again op by op, which checks types and shapes and fills in defaults.
It is given only ops that the executor knows, so that an unknown one is named with the file rather than met midway.
"""

from __future__ import annotations

import importlib
import struct
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_app.runtime.errors import BackendError
from export.mil.coremltools_import import coremltools

MODEL = Path("Data", "com.apple.CoreML", "model.mlmodel")
WEIGHTS = Path("Data", "com.apple.CoreML", "weights")
# MIL's blob storage, version 2: at a value's offset stand sentinel, type, size and start of its bytes.
BLOB_HEADER = struct.Struct("<IIQQ")
BLOB_SENTINEL = 0xDEADBEEF
# What protobuf and coremltools' loader raise on a file that is damaged or foreign.
LOADER_ERRORS = (ValueError, TypeError, KeyError, AttributeError, AssertionError, RuntimeError, NotImplementedError)


@dataclass(frozen=True)
class SavedProgram:
    """One opened file. `spec` is its Model message, `function` coremltools' Function of its `main`."""

    path: Path
    spec: Any
    function: Any


def load_program(path: Path, known_ops: Container[str]) -> SavedProgram:
    """The program in `path`. Raises BackendError for a damaged file, another model type or an op not in `known_ops`."""
    spec = load_spec(path)
    refuse_unknown_ops(spec, path, known_ops)
    weights = path / WEIGHTS
    refuse_missing_weights(spec, path)
    coremltools()
    loader = importlib.import_module("coremltools.converters.mil.frontend.milproto.load")
    try:
        program = loader.load(spec, specification_version=spec.specificationVersion, file_weights_dir=str(weights))
    except LOADER_ERRORS as error:
        raise BackendError(f"{path} does not load as an ML Program ({error}); export it again") from error
    return SavedProgram(path, spec, program.functions["main"])


def load_spec(path: Path) -> Any:
    """The Model message of an ML Program. Raises BackendError when there is none."""
    file = Path(path) / MODEL
    proto = coremltools().proto.Model_pb2
    message_error = importlib.import_module("google.protobuf.message").DecodeError
    try:
        spec = proto.Model.FromString(file.read_bytes())
    except OSError as error:
        raise BackendError(
            f"{path} is no .mlpackage ({MODEL} {error.strerror}); give a folder that Xcode opens"
        ) from error
    except message_error as error:
        raise BackendError(f"{path} holds no readable {MODEL.name} ({error}); export it again") from error
    kind = spec.WhichOneof("Type")
    if kind != "mlProgram" or "main" not in spec.mlProgram.functions:
        raise BackendError(f"{path} holds a model of type {kind}; only an mlProgram with a function main can run here")
    return spec


def operations(spec: Any) -> Iterator[Any]:
    """Every operation message of the function `main`, blocks inside operations included."""

    def of_block(block: Any) -> Iterator[Any]:
        for operation in block.operations:
            yield operation
            for inner in operation.blocks:
                yield from of_block(inner)

    function = spec.mlProgram.functions["main"]
    return of_block(function.block_specializations[function.opset])


def refuse_unknown_ops(spec: Any, path: Path, known_ops: Container[str]) -> None:
    """Raise BackendError for the first op that is neither a constant nor in `known_ops`."""
    for operation in operations(spec):
        if operation.type != "const" and operation.type not in known_ops:
            output = operation.outputs[0].name if operation.outputs else "(none)"
            raise BackendError(
                f"op {operation.type} (output {output}) of {path} is unknown to the executor; "
                f"add it to export/mil/ops_*.py or convert without it"
            )


def refuse_missing_weights(spec: Any, path: Path) -> None:
    """Raise BackendError when the program refers to weights that are absent or cut short: the reader does not look."""
    for operation in operations(spec):
        for value in (*operation.attributes.values(), *bound_values(operation)):
            if value.WhichOneof("value") == "blobFileValue":
                file = path / WEIGHTS / value.blobFileValue.fileName.split("/")[-1]
                if not has_blob(file, value.blobFileValue.offset):
                    raise BackendError(f"{path}: {file.name} is missing or cut short; copy the whole folder again")


def has_blob(file: Path, offset: int) -> bool:
    """Whether `file` has a blob's header at `offset` and all the bytes that it promises."""
    try:
        with file.open("rb") as stream:
            stream.seek(offset)
            header = stream.read(BLOB_HEADER.size)
            if len(header) < BLOB_HEADER.size:
                return False
            sentinel, _, size, start = BLOB_HEADER.unpack(header)
            return sentinel == BLOB_SENTINEL and start + size <= stream.seek(0, 2)
    except OSError:
        return False


def bound_values(operation: Any) -> Iterator[Any]:
    """Values written straight into an operation's inputs."""
    for argument in operation.inputs.values():
        yield from (binding.value for binding in argument.arguments if binding.WhichOneof("binding") == "value")
