"""Stand-ins for the Java classes that the app uses, as strict as Android's documentation says they are.

Bytes that come back from Java are signed. A model's buffer must be direct and in native order
(`Interpreter(ByteBuffer, Options)`); inputs and outputs may be any buffers. A keystore's key never shows its bytes.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NATIVE = "LITTLE_ENDIAN"


class JavaError(Exception):
    """What pyjnius raises for an exception in Java."""


def signed(content: bytes) -> list[int]:
    """Bytes as Java has them."""
    return [value - 256 if value > 127 else value for value in content]


class ByteOrder:
    @staticmethod
    def nativeOrder() -> str:
        return NATIVE


class ByteBuffer:
    def __init__(self, size: int, is_direct: bool) -> None:
        self.content, self.position, self.is_direct, self.byte_order = bytearray(size), 0, is_direct, "BIG_ENDIAN"

    @staticmethod
    def allocateDirect(size: int) -> ByteBuffer:
        return ByteBuffer(size, True)

    @staticmethod
    def allocate(size: int) -> ByteBuffer:
        return ByteBuffer(size, False)

    @staticmethod
    def wrap(content: bytes) -> ByteBuffer:
        buffer = ByteBuffer(len(content), False)
        buffer.content[:] = content
        return buffer

    def order(self, byte_order: str) -> ByteBuffer:
        self.byte_order = byte_order
        return self

    def put(self, content: bytes) -> ByteBuffer:
        if self.position + len(content) > len(self.content):
            raise JavaError("java.nio.BufferOverflowException")
        self.content[self.position : self.position + len(content)] = content
        self.position += len(content)
        return self

    def clear(self) -> ByteBuffer:
        return self.rewind()

    def rewind(self) -> ByteBuffer:
        self.position = 0
        return self

    def array(self) -> list[int]:
        if self.is_direct:
            raise JavaError("java.lang.UnsupportedOperationException")
        return signed(bytes(self.content))


class Named:
    def __init__(self, name: str) -> None:
        self._name = name

    def toString(self) -> str:
        return self._name


class Quantization:
    def __init__(self, scale: float, zero_point: int) -> None:
        self._scale, self._zero_point = scale, zero_point

    def getScale(self) -> float:
        return self._scale

    def getZeroPoint(self) -> int:
        return self._zero_point


class Tensor:
    """org.tensorflow.lite.Tensor over an array."""

    def __init__(self, name: str, index: int, values: np.ndarray, scale: float = 0.0, zero_point: int = 0) -> None:
        self._name, self._index, self.values = name, index, values
        self._quantization = Quantization(scale, zero_point)

    def name(self) -> str:
        return self._name

    def index(self) -> int:
        return self._index

    def shape(self) -> list[int]:
        return list(self.values.shape)

    def numBytes(self) -> int:
        return self.values.nbytes

    def dataType(self) -> Named:
        return Named(str(self.values.dtype).upper())

    def quantizationParams(self) -> Quantization:
        return self._quantization


class Options:
    def __init__(self) -> None:
        self.threads = -1

    def setNumThreads(self, threads: int) -> Options:
        self.threads = threads
        return self


class Interpreter:
    """Answers with `outputs`; `signatures` is {key: {output name: tensor index}}."""

    outputs: tuple[Tensor, ...] = ()
    signatures: dict[str, dict[str, int]] = {}  # noqa: RUF012
    image = np.zeros((1, 8, 8, 3), np.uint8)
    seen: list[bytes] = []  # noqa: RUF012

    def __init__(self, model: ByteBuffer, options: Options) -> None:
        if not isinstance(model, ByteBuffer) or not model.is_direct or model.byte_order != NATIVE:
            raise JavaError("java.lang.IllegalArgumentException: Model ByteBuffer should be ... a direct ByteBuffer")
        if model.position != 0 or not bytes(model.content).startswith(b"model"):
            raise JavaError("java.lang.IllegalArgumentException: ByteBuffer is not a valid TensorFlow Lite model")
        self.options = options

    def getInputTensorCount(self) -> int:
        return 1

    def getInputTensor(self, index: int) -> Tensor:
        return Tensor("serving_default_image:0", 0, self.image)

    def getOutputTensorCount(self) -> int:
        return len(self.outputs)

    def getOutputTensor(self, index: int) -> Tensor:
        return self.outputs[index]

    def getSignatureKeys(self) -> list[str]:
        return list(self.signatures)

    def getSignatureOutputs(self, key: str) -> list[str]:
        return list(self.signatures[key])

    def getOutputTensorFromSignature(self, name: str, key: str) -> Tensor:
        return next(t for t in self.outputs if t.index() == self.signatures[key][name])

    def runForMultipleInputsOutputs(self, inputs: list[ByteBuffer], outputs: HashMap) -> None:
        if len(bytes(inputs[0].content)) != self.image.nbytes:
            raise JavaError("java.lang.IllegalArgumentException: Cannot copy to a TensorFlowLite tensor")
        self.seen.append(bytes(inputs[0].content))
        for index, buffer in outputs.values.items():
            buffer.put(self.outputs[index].values.tobytes())


class HashMap:
    def __init__(self) -> None:
        self.values: dict[int, ByteBuffer] = {}

    def put(self, key: int, value: ByteBuffer) -> None:
        self.values[key] = value


class TensorFlowLite:
    @staticmethod
    def runtimeVersion() -> str:
        return "1.4.2"


class SecretKey:
    def __init__(self) -> None:
        self.cipher = AESGCM(os.urandom(32))


class KeyStore:
    keys: dict[str, SecretKey] = {}  # noqa: RUF012

    def __init__(self) -> None:
        self.is_loaded = False

    @staticmethod
    def getInstance(name: str) -> KeyStore:
        if name != "AndroidKeyStore":
            raise JavaError("java.security.KeyStoreException")
        return KeyStore()

    def load(self, _: None) -> None:
        self.is_loaded = True

    def containsAlias(self, alias: str) -> bool:
        if not self.is_loaded:
            raise JavaError("java.security.KeyStoreException: Uninitialized keystore")
        return alias in self.keys

    def getKey(self, alias: str, _: None) -> SecretKey:
        return self.keys[alias]


class SpecBuilder:
    def __init__(self, alias: str, purposes: int) -> None:
        self.spec = {"alias": alias, "purposes": purposes}

    def setBlockModes(self, modes: list[str]) -> None:
        self.spec["modes"] = modes

    def setEncryptionPaddings(self, paddings: list[str]) -> None:
        self.spec["paddings"] = paddings

    def setKeySize(self, bits: int) -> None:
        self.spec["bits"] = bits

    def build(self) -> dict[str, Any]:
        return self.spec


class KeyGenerator:
    @staticmethod
    def getInstance(algorithm: str, store: str) -> KeyGenerator:
        assert (algorithm, store) == ("AES", "AndroidKeyStore")
        return KeyGenerator()

    def init(self, spec: dict[str, Any]) -> None:
        wanted = {"alias", "purposes", "modes", "paddings", "bits"}
        assert set(spec) == wanted and (spec["modes"], spec["paddings"], spec["bits"]) == (["GCM"], ["NoPadding"], 256)
        self.alias = spec["alias"]

    def generateKey(self) -> None:
        KeyStore.keys[self.alias] = SecretKey()


class Cipher:
    """AES/GCM/NoPadding; a keystore's key insists on choosing the nonce itself."""

    @staticmethod
    def getInstance(name: str) -> Cipher:
        assert name == "AES/GCM/NoPadding"
        return Cipher()

    def init(self, mode: int, key: SecretKey, parameters: bytes | None = None) -> None:
        if mode == 1 and parameters is not None:
            raise JavaError("java.security.InvalidAlgorithmParameterException: Caller-provided IV not permitted")
        self.mode, self.key = mode, key
        self.nonce = os.urandom(12) if parameters is None else parameters

    def getIV(self) -> list[int]:
        return signed(self.nonce)

    def doFinal(self, content: bytes) -> list[int]:
        if self.mode == 1:
            return signed(self.key.cipher.encrypt(self.nonce, bytes(content), None))
        return signed(self.key.cipher.decrypt(self.nonce, bytes(content), None))


def parameter_spec(tag_bits: int, nonce: bytes) -> bytes:
    """javax.crypto.spec.GCMParameterSpec."""
    assert tag_bits == 128
    return bytes(nonce)


CLASSES: dict[str, Any] = {
    "java.nio.ByteBuffer": ByteBuffer,
    "java.nio.ByteOrder": ByteOrder,
    "java.util.HashMap": HashMap,
    "java.lang.Integer": int,
    "org.tensorflow.lite.TensorFlowLite": TensorFlowLite,
    "org.tensorflow.lite.Interpreter": Interpreter,
    "org.tensorflow.lite.Interpreter$Options": Options,
    "java.security.KeyStore": KeyStore,
    "android.security.keystore.KeyGenParameterSpec$Builder": SpecBuilder,
    "javax.crypto.KeyGenerator": KeyGenerator,
    "javax.crypto.Cipher": Cipher,
    "javax.crypto.spec.GCMParameterSpec": parameter_spec,
}


def autoclass(name: str) -> Any:
    """pyjnius' `autoclass`: JavaError for a class that is not there."""
    if name not in CLASSES:
        raise JavaError(f"java.lang.ClassNotFoundException: {name}")
    return CLASSES[name]
