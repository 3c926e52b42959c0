from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

SEQUENCE = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
# case: (op, parameters, what numpy or torch says of SEQUENCE)
CASES: dict[str, tuple[str, dict[str, Any], Callable[[np.ndarray], np.ndarray]]] = {
    "reshape": ("reshape", {"shape": [4, 6]}, lambda x: x.reshape(4, 6)),
    "reshape infers": ("reshape", {"shape": [-1, 8]}, lambda x: x.reshape(3, 8)),
    "reshape keeps": ("reshape", {"shape": [0, -1, 2]}, lambda x: x.reshape(2, 6, 2)),
    "transpose": ("transpose", {"perm": [2, 0, 1]}, lambda x: x.transpose(2, 0, 1)),
    "expand_dims": ("expand_dims", {"axes": [0, -1]}, lambda x: x[None, ..., None]),
    "tile": ("tile", {"reps": [2, 1, 3]}, lambda x: np.tile(x, (2, 1, 3))),
    "reverse": ("reverse", {"axes": [0, 2]}, lambda x: x[::-1, :, ::-1]),
    "reverse all": ("reverse", {}, lambda x: x[::-1, ::-1, ::-1]),
    "flatten2d": ("flatten2d", {"axis": 2}, lambda x: x.reshape(6, 4)),
    "slice_by_size": ("slice_by_size", {"begin": [0, 1, 2], "size": [1, -1, 2]}, lambda x: x[:1, 1:, 2:4]),
    "slice": (
        "slice_by_index",
        {"begin": [0, 1, 0], "end": [2, 3, 4], "stride": [1, 1, 2]},
        lambda x: x[:, 1:3, ::2],
    ),
    "slice from the end": ("slice_by_index", {"begin": [0, -2, 1], "end": [1, -1, -1]}, lambda x: x[:1, -2:-1, 1:-1]),
    "slice masked": (
        "slice_by_index",
        {"begin": [1, 1, 1], "end": [1, 1, 1], "begin_mask": [True, False, True], "end_mask": [True, True, False]},
        lambda x: x[:, 1:, :1],
    ),
    "slice backwards": (
        "slice_by_index",
        {"begin": [0, 0, 3], "end": [2, 3, 0], "stride": [1, 1, -1]},
        lambda x: x[:, :, 3:0:-1],
    ),
    "slice one index": (
        "slice_by_index",
        {"begin": [0, -1, 0], "end": [2, 0, 4], "squeeze_mask": [False, True, False]},
        lambda x: x[:, -1, :],
    ),
    "pad": (
        "pad",
        {"pad": [1, 0, 2, 1], "constant_val": 5.0},
        lambda x: np.pad(x, [(0, 0), (1, 0), (2, 1)], constant_values=5.0),
    ),
    "pad reflected": (
        "pad",
        {"pad": [1, 2, 3, 2], "mode": "reflect"},
        lambda x: np.pad(x, [(0, 0), (1, 2), (3, 2)], "reflect"),
    ),
    "pad replicated": (
        "pad",
        {"pad": [1, 2, 3, 2], "mode": "replicate"},
        lambda x: np.pad(x, [(0, 0), (1, 2), (3, 2)], "edge"),
    ),
    "gather": (
        "gather",
        {"indices": np.array([[2, 0], [1, -1]], np.int32), "axis": 1},
        lambda x: x[:, [[2, 0], [1, 2]]],
    ),
    "gather by batch": (
        "gather",
        {"indices": np.array([[3, 0], [1, 1]], np.int32), "axis": 2, "batch_dims": 1},
        lambda x: np.stack([x[0][:, [3, 0]], x[1][:, [1, 1]]]),
    ),
    "gather_along_axis": (
        "gather_along_axis",
        {"indices": np.array([[[1, 0, 1, 2]], [[2, 2, 0, 1]]], np.int32), "axis": 1},
        lambda x: np.take_along_axis(x, np.array([[[1, 0, 1, 2]], [[2, 2, 0, 1]]]), axis=1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_op_moves_numbers_as_numpy_does(case: str, run_op: Any) -> None:
    op, parameters, reference = CASES[case]
    result = run_op(op, lambda mb, x: getattr(mb, op)(x=x, **parameters), SEQUENCE)
    np.testing.assert_array_equal(result, reference(SEQUENCE))


def test_squeeze_removes_named_axes_or_all(run_op: Any) -> None:
    x = SEQUENCE.reshape(1, 6, 1, 4)
    assert run_op("squeeze", lambda mb, x: mb.squeeze(x=x, axes=[2]), x).shape == (1, 6, 4)
    assert run_op("squeeze", lambda mb, x: mb.squeeze(x=x), x).shape == (6, 4)


@pytest.mark.parametrize("interleave", [False, True])
def test_concat_joins_one_after_the_other_or_by_turns(interleave: bool, run_op: Any) -> None:
    x, y = SEQUENCE, SEQUENCE + 100
    result = run_op("concat", lambda mb, x, y: mb.concat(values=(x, y), axis=1, interleave=interleave), x, y)
    wanted = np.concatenate([x, y], axis=1)
    np.testing.assert_array_equal(result, wanted[:, [0, 3, 1, 4, 2, 5]] if interleave else wanted)


def test_concat_takes_a_constant_among_its_values(run_op: Any) -> None:
    constant = np.full((2, 1, 4), 7, np.float32)
    result = run_op("concat", lambda mb, x: mb.concat(values=(x, constant, x), axis=1), SEQUENCE)
    np.testing.assert_array_equal(result, np.concatenate([SEQUENCE, constant, SEQUENCE], axis=1))


def test_stack_makes_a_new_axis(run_op: Any) -> None:
    result = run_op("stack", lambda mb, x: mb.stack(values=(x, x), axis=1), SEQUENCE)
    np.testing.assert_array_equal(result, np.stack([SEQUENCE, SEQUENCE], axis=1))


@pytest.mark.parametrize(("parameters", "sizes"), [({"num_splits": 2}, [2, 2]), ({"split_sizes": [1, 3]}, [1, 3])])
def test_split_gives_every_part(parameters: dict[str, Any], sizes: list[int], run_op: Any) -> None:
    first, second = run_op("split", lambda mb, x: tuple(mb.split(x=x, axis=2, **parameters)), SEQUENCE)
    np.testing.assert_array_equal(first, SEQUENCE[:, :, : sizes[0]])
    np.testing.assert_array_equal(second, SEQUENCE[:, :, sizes[0] :])


def test_pixel_shuffle_and_its_inverse_agree_with_torch(run_op: Any) -> None:
    x = np.arange(64, dtype=np.float32).reshape(1, 8, 2, 4)
    shuffled = run_op("pixel_shuffle", lambda mb, x: mb.pixel_shuffle(x=x, upscale_factor=2), x)
    np.testing.assert_array_equal(shuffled, torch.nn.functional.pixel_shuffle(torch.from_numpy(x), 2).numpy())
    back = run_op("pixel_unshuffle", lambda mb, x: mb.pixel_unshuffle(x=x, downscale_factor=np.uint32(2)), shuffled)
    np.testing.assert_array_equal(back, x)


def test_depth_to_space_spreads_the_slow_part_of_the_channel(run_op: Any) -> None:
    x = np.arange(8, dtype=np.float32).reshape(1, 8, 1, 1)
    spread = run_op("depth_to_space", lambda mb, x: mb.depth_to_space(x=x, block_size=2), x)
    assert spread.tolist() == [[[[0, 2], [4, 6]], [[1, 3], [5, 7]]]]
    back = run_op("space_to_depth", lambda mb, x: mb.space_to_depth(x=x, block_size=2), spread)
    np.testing.assert_array_equal(back, x)
