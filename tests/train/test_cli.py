"""Bad input ends with one line, exit code 2, and no run folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.train.conftest import read_rows, write_rows
from tests.train.small_run import train
from train.cli import main
from train.config import names

TABLE = "HAM10000_metadata.csv"


def refusal(data: str, out: Path, capfd: pytest.CaptureFixture[str], *more: str) -> str:
    """The one line that refuses a run; nothing was written."""
    assert train(data, out, *more) == 2
    lines = capfd.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert not out.exists()
    return lines[0]


def drop_column(path: Path) -> None:
    rows = [row[1:] for row in read_rows(path)]
    write_rows(path, rows, header="image_id,dx,dx_type,age,sex,localization")


def add_row(path: Path, row: list[str]) -> None:
    write_rows(path, [*read_rows(path), row])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (drop_column, "has no column lesion_id"),
        (lambda path: add_row(path, ["L", "ISIC_nv_0", "wart", "", "", "", ""]), "label dx is 'wart'"),
        (lambda path: add_row(path, ["L", "ISIC_nv_0", "nv", "", "", "", ""]), "stands there twice"),
        (lambda path: add_row(path, ["L", "gone", "nv", "", "", "", ""]), "no photo gone.jpg"),
        (lambda path: write_rows(path, [r for r in read_rows(path) if r[2] == "nv"]), "photos of nv only"),
        (lambda path: (path.parent / "images" / "ISIC_df_3.jpg").write_bytes(b"\xff\xd8 torn"), "ISIC_df_3"),
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "cannot be read as a UTF-8 CSV file"),
    ],
)
def test_train_refuses_bad_tables_and_photos_when_they_are_read(
    ham_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], spoil: Callable[[Path], None], message: str
) -> None:
    spoil(ham_folder / TABLE)
    assert message in refusal(f"ham10000:{ham_folder}", tmp_path / "run", capfd)


def test_train_refuses_bad_settings_data_and_weights(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    assert "does not exist" in refusal(f"folder:{tmp_path / 'none'}", out, capfd)
    assert "allowed: phantom:N" in refusal("what", out, capfd)
    assert "training makes its own" in refusal("phantom:3@val", out, capfd)
    assert "model.width" in refusal("phantom:3", out, capfd, "--set", "model.width=2")
    assert "is no timm model" in refusal("phantom:3", out, capfd, "--set", "model.arch=unheard_of")
    assert "--init none" in refusal("phantom:3", out, capfd, "--init", str(tmp_path / "none.pth"))
    assert "needs 3 or more" in refusal("phantom:2", out, capfd)


def test_recipes_are_listed_with_what_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes"]) == 0
    said = capsys.readouterr().out
    assert "mobilevitv2_100_dual_weighted\n  Skin lesion classification" in said
    for name in names():
        assert f"{name}\n" in said
    assert said.count("  paper    ") == said.count("  model    ") == said.count("  method   ") == len(names())
