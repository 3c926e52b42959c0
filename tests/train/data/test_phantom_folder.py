from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.runtime import photo
from edge_app.runtime.errors import ConfigError
from edge_app.runtime.labels import LABELS_14
from train import cli
from train.data.phantom import PhantomSource, phantom_jpeg
from train.data.phantom_folder import write_phantoms


def test_write_phantoms_makes_a_folder_a_class(tmp_path: Path) -> None:
    out = tmp_path / "photos"
    assert write_phantoms(out, count=2, seed=7, side_px=64) == 28
    assert sorted(folder.name for folder in out.iterdir()) == sorted(label.code for label in LABELS_14)
    assert sorted(path.name for path in (out / "mel").iterdir()) == ["mel-0000.jpg", "mel-0001.jpg"]
    assert (out / "mel" / "mel-0001.jpg").read_bytes() == phantom_jpeg(PhantomSource("mel", 1, 7, 64))
    assert photo.load(out / "nv" / "nv-0000.jpg", 64).shape == (64, 64, 3)


@pytest.mark.parametrize(
    ("count", "side_px", "said"), [(0, 64, "--count is 0; allowed: 1 to"), (1, 8, "--side is 8; allowed: 32 to")]
)
def test_write_phantoms_refuses_numbers_out_of_range(tmp_path: Path, count: int, side_px: int, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        write_phantoms(tmp_path / "photos", count=count, seed=7, side_px=side_px)
    assert list(tmp_path.iterdir()) == []


def test_write_phantoms_leaves_a_folder_with_files_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="not an empty folder"):
        write_phantoms(tmp_path, count=1, seed=7, side_px=64)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_write_phantoms_leaves_nothing_when_it_cannot_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from train.data import phantom_folder

    def fail(source: PhantomSource) -> bytes:
        raise OSError("no space left")

    monkeypatch.setattr(phantom_folder, "phantom_jpeg", fail)
    with pytest.raises(OSError, match="no space left"):
        write_phantoms(tmp_path / "photos", count=1, seed=7, side_px=64)
    assert list(tmp_path.iterdir()) == []


def test_phantoms_command_says_how_many_and_refuses_to_overwrite(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["phantoms", "--out", str(tmp_path / "photos"), "--count", "1", "--side", "64"]
    assert cli.main(words) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'photos'}: 14 phantoms\n"
    assert cli.main(words) == 2
    assert capsys.readouterr().err.startswith("error: output ")
