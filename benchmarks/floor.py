"""The time that a network's multiply-accumulates alone would take at the rate of one large matrix product.

The product is timed in the same rounds as everything else, so that the floor is as hot and as disturbed as the files.
`sgemm` is torch's, the BLAS routine of that name; the fastest float product here may be another library's, so that of
ONNX Runtime stands beside it. 8-bit products (uint8 by int8 into int32) are ONNX Runtime's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.peers import Network
from benchmarks.peers.timm_network import macs
from benchmarks.runners import SEED, Call
from benchmarks.subjects import FLOOR, Subject
from edge_app.runtime.backends.onnx import load_runtime

# Large enough that handing work to threads does not count, small enough to be done in tens of milliseconds.
SIDE = 1536
SGEMM, FAST_GEMM, INT8_GEMM = "sgemm (torch)", "float product (onnxruntime)", "8-bit product (onnxruntime)"


def floors(networks: list[Network], threads: int) -> list[Subject]:
    """For each network the floor by each kind of product."""
    products = ((SGEMM, "fp32", torch_product(threads)), (FAST_GEMM, "fp32", onnx_product(threads, integer=False)),
                (INT8_GEMM, "int8", onnx_product(threads, integer=True)))  # fmt: skip
    return [
        floor(network, made_by, scheme, call, macs(network.arch, network.classes, network.side_px), threads)
        for network in networks
        for made_by, scheme, call in products
    ]


def floor(network: Network, made_by: str, scheme: str, call: Call, count: float, threads: int) -> Subject:
    """`count` multiply-accumulates at the rate of `call`, a product of two SIDE x SIDE matrices."""
    return Subject(
        role=FLOOR, made_by=made_by, arch=network.arch, side_px=network.side_px, target="floor", scheme=scheme,
        backend=made_by, threads=threads, name=made_by, run=call, scale=count / SIDE**3,
        facts={"macs": count, "product_side": SIDE},
    )  # fmt: skip


def torch_product(threads: int) -> Call:
    """torch's float32 product."""
    import torch

    generator = torch.Generator().manual_seed(SEED)
    left, right = (torch.randn(SIDE, SIDE, generator=generator) for _ in range(2))

    def run() -> object:
        torch.set_num_threads(threads)
        return left @ right

    return run


def onnx_product(threads: int, *, integer: bool) -> Call:
    """A MatMul, or MatMulInteger, with a constant right side, as weights are."""
    from onnx import TensorProto, helper, numpy_helper

    runtime, rng = load_runtime(), np.random.default_rng(SEED)
    kind, result = ("MatMulInteger", TensorProto.INT32) if integer else ("MatMul", TensorProto.FLOAT)
    left = rng.integers(0, 256, (SIDE, SIDE), dtype=np.uint8) if integer else normal(rng)
    right = rng.integers(-127, 128, (SIDE, SIDE), dtype=np.int8) if integer else normal(rng)
    graph = helper.make_graph(
        [helper.make_node(kind, ["left", "right"], ["product"])], "product",
        [helper.make_tensor_value_info("left", helper.np_dtype_to_tensor_dtype(left.dtype), [SIDE, SIDE])],
        [helper.make_tensor_value_info("product", result, [SIDE, SIDE])],
        [numpy_helper.from_array(right, "right")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session: Any = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"left": left})


def normal(rng: np.random.Generator) -> np.ndarray:
    """float32 [SIDE, SIDE]."""
    return rng.standard_normal((SIDE, SIDE), dtype=np.float32)
