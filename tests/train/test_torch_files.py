from __future__ import annotations

from pathlib import Path

import pytest
import torch

from train.torch_files import torch_content


def test_content_comes_back_as_it_was_written(tmp_path: Path) -> None:
    torch.save({"weight": torch.arange(1000.0)}, tmp_path / "a.pt")
    assert torch.equal(torch_content(tmp_path / "a.pt")["weight"], torch.arange(1000.0))


def test_one_bit_in_a_weight_is_noticed(tmp_path: Path) -> None:
    """torch.load takes such a file, and the weight is another."""
    path = tmp_path / "a.pt"
    torch.save({"weight": torch.ones(1000)}, path)
    content = bytearray(path.read_bytes())
    content[content.index(torch.ones(8).numpy().tobytes()) + 3] ^= 0x40
    path.write_bytes(content)
    assert torch.load(path, weights_only=True)["weight"].min() != 1.0 or torch.load(path)["weight"].max() != 1.0
    with pytest.raises(ValueError, match="another check sum"):
        torch_content(path)
