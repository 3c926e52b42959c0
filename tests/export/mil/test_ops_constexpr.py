from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from export.mil.ops_constexpr import unpacked
from export.mil.plan import as_tensor

ZERO = np.zeros((1,), np.float32)


def restored(run_op: Any, op: str, opset: str, **parameters: Any) -> np.ndarray:
    """The constant that `op` restores, added to a zero so that the program has an input."""
    return run_op(op, lambda mb, x: mb.add(x=x, y=getattr(mb, op)(**parameters)), ZERO, opset=opset)


def test_affine_dequantize_subtracts_the_zero_point_and_scales_each_channel(run_op: Any) -> None:
    result = restored(
        run_op,
        "constexpr_affine_dequantize",
        "iOS16",
        quantized_data=np.array([[-128, 127, 0], [1, 2, 3]], np.int8),
        zero_point=np.array([127, -1], np.int8),
        scale=np.array([0.5, 2.0], np.float32),
        axis=np.int32(0),
    )
    assert result.tolist() == [[-127.5, 0.0, -63.5], [4.0, 6.0, 8.0]]


def test_affine_dequantize_takes_scalars(run_op: Any) -> None:
    result = restored(
        run_op,
        "constexpr_affine_dequantize",
        "iOS16",
        quantized_data=np.array([0, 255], np.uint8),
        zero_point=np.uint8(255),
        scale=np.float32(0.1),
        axis=np.int32(0),
    )
    np.testing.assert_allclose(result, [-25.5, 0.0])


@pytest.mark.parametrize("bits", [1, 2, 4, 6, 8])
def test_packed_palette_is_looked_up_at_every_width(bits: int, run_op: Any) -> None:
    rng = np.random.default_rng(0)
    lut = rng.normal(size=2**bits).astype(np.float32)
    wanted = rng.integers(0, 2**bits, size=(3, 5))
    # One long row of bits, each number's least significant bit first.
    row = (wanted.reshape(-1, 1) >> np.arange(bits)) & 1
    packed = np.packbits(row.reshape(-1).astype(np.uint8), bitorder="little")
    result = restored(
        run_op, "constexpr_lut_to_dense", "iOS16", indices=packed, lut=lut, shape=np.array([3, 5], np.uint32)
    )
    np.testing.assert_array_equal(result, lut[wanted])


def test_unpacked_reads_the_documented_example() -> None:
    # i3 i2 i1 i0 = 01 10 11 00 in byte 0, i4 = 11 in byte 1.
    packed = as_tensor(np.array([0b01101100, 0b00000011], np.uint8))
    assert unpacked(packed, 2, 5).tolist() == [0, 3, 2, 1, 3]


def test_packed_mask_places_the_numbers_that_are_not_zero(run_op: Any) -> None:
    result = restored(
        run_op,
        "constexpr_sparse_to_dense",
        "iOS16",
        nonzero_data=np.array([5.0, 6.0], np.float32),
        mask=np.array([0b00001100], np.uint8),
        shape=np.array([5], np.uint32),
    )
    assert result.tolist() == [0.0, 0.0, 5.0, 6.0, 0.0]


def test_cast_restores_float32(run_op: Any) -> None:
    values = np.array([0.1, 3.0], np.float16)
    result = restored(run_op, "constexpr_cast", "iOS16", source_val=values, output_dtype="fp32")
    np.testing.assert_array_equal(result, values.astype(np.float32))


def test_blockwise_scale_holds_for_its_block(run_op: Any, sub_byte: Any) -> None:
    result = restored(
        run_op,
        "constexpr_blockwise_shift_scale",
        "iOS18",
        data=sub_byte([[-8, 7, 1, 2], [3, 4, 5, 6]], "int4"),
        scale=np.array([[1.0, 10.0], [0.5, 2.0]], np.float32),
        offset=sub_byte([[0, 1], [1, 0]], "int4"),
    )
    assert result.tolist() == [[-8.0, 7.0, 0.0, 10.0], [1.0, 1.5, 10.0, 12.0]]


def test_grouped_palette_is_looked_up_by_group(run_op: Any, sub_byte: Any) -> None:
    # Case 1 of the op's documentation.
    result = restored(
        run_op,
        "constexpr_lut_to_dense",
        "iOS18",
        indices=sub_byte([[2, 3], [3, 0], [1, 0], [3, 0], [2, 1], [0, 3]], "uint2"),
        lut=np.array([1, 5, 9, 13, 2, 10, 18, 26], np.float32).reshape(2, 1, 4, 1),
    )
    assert result.tolist() == [[9, 13], [13, 1], [5, 1], [26, 2], [18, 10], [2, 26]]


@pytest.mark.parametrize("axis", [0, 1])
def test_vector_palette_fills_along_its_axis(axis: int, run_op: Any, sub_byte: Any) -> None:
    result = restored(
        run_op,
        "constexpr_lut_to_dense",
        "iOS18",
        indices=sub_byte([[0, 1], [1, 0]], "uint1"),
        lut=np.array([[1, 2, 3], [4, 5, 6]], np.float32).reshape(1, 1, 2, 3),
        vector_axis=np.int32(axis),
    )
    along_columns = [[1, 2, 3, 4, 5, 6], [4, 5, 6, 1, 2, 3]]
    along_rows = [[1, 4], [2, 5], [3, 6], [4, 1], [5, 2], [6, 3]]
    assert result.tolist() == (along_columns if axis else along_rows)


def test_sparse_data_is_dequantized_by_its_place(run_op: Any, sub_byte: Any) -> None:
    # The op's documented example.
    mask = sub_byte([[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1], [1, 1, 0, 0]], "uint1")

    def build(mb: Any, x: Any) -> Any:
        kept, data = mb.constexpr_sparse_blockwise_shift_scale(
            data_mask=mask,
            nonzero_data=np.array([10, 11, 3, 4, 5, 6, 7, 8, 9], np.int8),
            scale=np.array([[0.1, 0.2, 0.3, 0.4]], np.float32),
            offset=np.array([[1, 2, 3, 4]], np.int8),
        )
        return mb.add(x=x, y=mb.constexpr_sparse_to_dense(nonzero_data=data, mask=kept))

    result = run_op("constexpr_sparse_blockwise_shift_scale", build, ZERO, opset="iOS18")
    wanted = [[0.9, 1.8, 0, 0], [0.2, 0.4, 0.6, 0], [0, 0, 0.9, 1.2], [0.7, 1.4, 0, 0]]
    np.testing.assert_allclose(result, wanted, rtol=1e-6)


def test_sparse_palette_is_looked_up_where_the_mask_is_set(run_op: Any, sub_byte: Any) -> None:
    mask = sub_byte([[1, 1, 0], [0, 1, 1]], "uint1")

    def build(mb: Any, x: Any) -> Any:
        kept, data = mb.constexpr_lut_to_sparse(
            indices_mask=mask,
            indices_nonzero_data=sub_byte([0, 1, 1, 0], "uint1"),
            lut=np.array([2.0, 3.0], np.float32).reshape(1, 1, 2, 1),
        )
        return mb.add(x=x, y=mb.constexpr_sparse_to_dense(nonzero_data=data, mask=kept))

    result = run_op("constexpr_lut_to_sparse", build, ZERO, opset="iOS18")
    assert result.tolist() == [[2, 3, 0], [0, 3, 2]]


def test_restored_weights_leave_nothing_to_do_for_each_photo(save_program: Any) -> None:
    from export.mil.executor import Executor

    def build(mb: Any, x: Any) -> Any:
        weight = mb.constexpr_affine_dequantize(
            quantized_data=np.ones((1, 1), np.int8), zero_point=np.int8(0), scale=np.float32(1.0), axis=np.int32(0)
        )
        return mb.add(x=x, y=mb.mul(x=weight, y=2.0))

    assert Executor.open(save_program(build, ZERO, opset="iOS16")).step_count == 1
