from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from edge_app.__main__ import main
from tests.edge_app.bundles import KEY, OTHER_KEY, abstaining, contents, public, signed, write_folder

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_folder(signed(contents()), tmp_path / "bundle")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.pub"
    path.write_text(public(KEY).hex())
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "b" / ".thumbnails").mkdir(parents=True)
    image = Image.new("RGB", (60, 50), (180, 120, 90))
    for name in ("z.png", "a.JPG", "b/c.webp", ".hidden.jpg", "b/.thumbnails/t.jpg"):
        image.save(folder / name, "JPEG" if name.lower().endswith("jpg") else None)
    (folder / "notes.txt").write_text("no photo")
    (folder / "m.jpg").write_bytes(b"no photo")
    return folder


def test_predict_writes_a_row_for_every_photo_when_given_a_folder(
    bundle: Path, key: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "preds.csv"
    code = main(["predict", "--bundle", str(bundle), "--trusted-key", str(key), "--out", str(out), str(photos)])
    assert code == 0
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["file"]).relative_to(photos).as_posix() for row in rows] == ["a.JPG", "m.jpg", "z.png", "b/c.webp"]
    assert [row["verdict"] for row in rows] == ["prediction", "unreadable", "prediction", "prediction"]
    assert ",".join(rows[0]) == "file,verdict,label,probability,reason,best_label,mel,nv,bkl,vasc"
    total = sum(float(rows[0][code]) for code in ("mel", "nv", "bkl", "vasc"))
    assert total == pytest.approx(1.0) and float(rows[0]["probability"]) == float(rows[0][rows[0]["label"]])
    assert "is not an image" in rows[1]["reason"] and rows[1]["mel"] == ""

    said = capsys.readouterr().out
    assert "model tiny 1.0 (tflite, fp32; gate: pass; signed by" in said
    assert "answered by ai_edge_litert" in said
    assert "Research use only. Not a medical device." in said


def test_predict_names_the_best_label_when_the_model_abstains(
    key: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = write_folder(signed(contents(abstaining(100.0, 1.0))), tmp_path / "cautious")
    out = tmp_path / "preds.jsonl"
    arguments = ["predict", "--bundle", str(bundle), "--trusted-key", str(key), "--out", str(out)]
    assert main([*arguments, str(photos / "z.png"), str(photos / "absent.jpg")]) == 0
    first, second = (json.loads(line) for line in out.read_text().splitlines())
    assert first["verdict"] == "abstention" and first["label"] is None
    assert first["best_label"] in ("mel", "nv", "bkl", "vasc") and "unsure" in first["reason"]
    assert second["verdict"] == "unreadable" and "does not exist" in second["reason"]


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one error line of a run that has to return 2."""
    assert main(["predict", *map(str, arguments)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("error: ") and said.err.count("\n") == 1
    return said.err


def test_predict_returns_2_when_the_bundle_is_missing(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "absent does not exist" in refusal(capsys, "--bundle", tmp_path / "absent", photos)


def test_predict_returns_2_when_there_is_no_photo(
    bundle: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "none").mkdir()
    assert "no photos in" in refusal(capsys, "--bundle", bundle, "--trusted-key", key, tmp_path / "none")


def test_predict_returns_2_before_any_work_when_out_has_another_suffix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(capsys, "--bundle", tmp_path / "absent", "--out", tmp_path / "p.xlsx", "a.jpg")
    assert "suffix '.xlsx'; allowed: .csv, .jsonl" in said


def test_predict_returns_2_when_the_key_is_unknown_missing_or_not_a_number_of_threads(
    bundle: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other.pub").write_text(public(OTHER_KEY).hex())
    assert "unknown key" in refusal(capsys, "--bundle", bundle, "--trusted-key", tmp_path / "other.pub", photos)
    assert "cannot be read" in refusal(capsys, "--bundle", bundle, "--trusted-key", tmp_path / "absent.pub", photos)
    assert "--threads is 0" in refusal(capsys, "--bundle", bundle, "--threads", 0, photos)


def test_predict_takes_an_unsigned_bundle_when_allowed(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = write_folder(signed(contents(), key=None), tmp_path / "unsigned")
    assert "not signed" in refusal(capsys, "--bundle", bundle, photos)
    assert main(["predict", "--bundle", str(bundle), "--allow-unsigned", str(photos / "z.png")]) == 0
    assert "NOT signed by a trusted key" in capsys.readouterr().out


def test_the_module_runs_as_a_program(bundle: Path, key: Path, photos: Path) -> None:
    command = [sys.executable, "-m", "edge_app", "predict", "--bundle", bundle, "--trusted-key", key, photos / "z.png"]
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0
    assert "prediction" in done.stdout


@pytest.mark.parametrize("argv", [["nope"], ["predict", "--bundle", "b"], ["predict", "--threads", "many", "p"]])
def test_the_program_returns_2_with_one_line_when_the_command_line_is_wrong(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1


def test_a_folder_without_photos_is_refused_before_the_model_is_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", "--bundle", str(tmp_path / "none"), str(tmp_path)]) == 2
    assert "no photos in" in capsys.readouterr().err
