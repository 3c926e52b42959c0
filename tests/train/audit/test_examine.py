"""An audit of folders whose faults are known, because the test has made them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageEnhance

from edge_app.runtime.labels import label
from train.audit.examine import audit
from train.audit.findings import group_leaks
from train.audit.page import page
from train.cli import main
from train.data.phantom import PhantomSource, phantom_jpeg
from train.data.sample import Dataset, Sample
from train.data.spec import parse_whole

Write = Callable[[Path, str, int], Path]
CODES = ("nv", "mel", "bcc")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three classes of six photos, split by folders; every photo is of its own."""
    for code in CODES:
        for index in range(6):
            split = ("train", "train", "train", "train", "val", "test")[index]
            path = tmp_path / "data" / split / code / f"{code}{index}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(phantom_jpeg(PhantomSource(code, index, 3, 96)))
    return tmp_path / "data"


def audited(folder: Path, **more: Any) -> dict[str, Any]:
    """The audit of a folder."""
    command = ["audit", f"folder:{folder}"]
    return audit(parse_whole(f"folder:{folder}"), seed=0, copies_count=more.get("copies", 0), command=command)


def names(result: dict[str, Any]) -> set[tuple[str, str]]:
    """(severity, name) of every finding but those about skin types and sizes, which no folder records."""
    return {(f["severity"], f["name"]) for f in result["findings"]} - {
        ("note", "skin types"), ("note", "small photos")
    }  # fmt: skip


def test_audit_is_content_when_nothing_is_wrong(folder: Path) -> None:
    result = audited(folder)
    assert (result["verdict"], names(result), result["splits_from"]) == ("ok", set(), "the data's own")
    assert [row["splits"] for row in result["classes"]] == [{"train": 4, "val": 1, "test": 1}] * 3
    assert result["sizes"]["commonest"] == [{"width_px": 96, "height_px": 96, "photos": 18}]
    assert result["duplicates"]["pairs_compared"] == 153


def test_audit_finds_the_same_file_in_two_splits(folder: Path) -> None:
    (folder / "test/mel/again.jpg").write_bytes((folder / "train/mel/mel0.jpg").read_bytes())
    result = audited(folder)
    assert result["verdict"] == "leak"
    assert names(result) == {("leak", "same file across splits")}
    assert result["findings"][0]["examples"] == ["test/mel/again.jpg (mel, test) = train/mel/mel0.jpg (mel, train)"]


@pytest.mark.parametrize("change", ["resized", "recompressed", "brighter", "mirrored"])
def test_audit_finds_a_changed_copy_in_two_splits(folder: Path, change: str) -> None:
    with Image.open(folder / "train/mel/mel0.jpg") as image:
        changed = {
            "resized": lambda: image.resize((61, 61)), "recompressed": lambda: image,
            "brighter": lambda: ImageEnhance.Brightness(image).enhance(1.2),
            "mirrored": lambda: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        }[change]()  # fmt: skip
        changed.save(folder / "val/mel/copy.jpg", "JPEG", quality=40)
    result = audited(folder)
    assert (result["verdict"], names(result)) == ("leak", {("leak", "near copy across splits")})
    pair = result["duplicates"]["pairs"][0]
    assert (pair["ids"], pair["exact"]) == (["train/mel/mel0.jpg", "val/mel/copy.jpg"], False)


def test_audit_warns_of_copies_that_contradict_each_other_within_a_split(folder: Path) -> None:
    (folder / "train/bcc/again.jpg").write_bytes((folder / "train/mel/mel0.jpg").read_bytes())
    result = audited(folder)
    assert result["verdict"] == "warnings"
    assert names(result) == {("warning", "same file across groups"), ("warning", "copies with different classes")}


def test_audit_goes_on_when_photos_cannot_be_read(folder: Path) -> None:
    (folder / "train/bcc/bad.jpg").write_bytes(b"no photo")
    result = audited(folder)
    assert (result["verdict"], names(result)) == ("refused", {("refusal", "unreadable")})
    assert "train/bcc/bad.jpg: " in result["findings"][0]["examples"][0]
    assert result["duplicates"]["photos_compared"] == 18


def test_audit_finds_a_group_in_two_splits(tmp_path: Path, photo_file: Write) -> None:
    rows = ["image,label,who,part"]
    for index, (part, who) in enumerate([("train", "p1"), ("val", "p2"), ("test", "p1"), ("train", "p3")] * 2):
        photo_file(tmp_path / f"{index}.jpg", "nv", index)
        rows.append(f"{index}.jpg,{('nv', 'mel')[index // 4]},{who}{index // 4},{part}")
    (tmp_path / "t.csv").write_text("\n".join(rows))
    spec = parse_whole(f"csv:{tmp_path}/t.csv,patient=who,split=part")
    result = audit(spec, seed=0, copies_count=0, command=["x"])
    assert result["verdict"] == "leak"
    assert names(result) == {("leak", "groups across splits"), ("refusal", "training refuses")}
    assert result["findings"][0]["examples"] == ["p10 (test, train)", "p11 (test, train)"]


def test_audit_says_why_data_cannot_be_split(tmp_path: Path, photo_file: Write) -> None:
    for code, count in (("nv", 4), ("mel", 2)):
        for index in range(count):
            photo_file(tmp_path / code / f"{index}.jpg", code, index)
    result = audited(tmp_path)
    assert (result["verdict"], result["splits_from"]) == ("refused", "none")
    assert "class mel has 2 groups" in result["findings"][0]["what"]


def test_audit_refuses_what_training_refuses_in_splits_that_the_data_bring(tmp_path: Path, photo_file: Write) -> None:
    rows = ["image,label,part"]
    for index, (code, part) in enumerate([("nv", "train"), ("nv", "val"), ("nv", "test"), ("bcc", "test")]):
        photo_file(tmp_path / f"{index}.jpg", "nv", index)
        rows.append(f"{index}.jpg,{code},{part}")
    (tmp_path / "t.csv").write_text("\n".join(rows))
    result = audit(parse_whole(f"csv:{tmp_path}/t.csv,split=part"), seed=0, copies_count=0, command=["x"])
    assert (result["verdict"], result["splits_from"]) == ("refused", "the data's own")
    assert ("refusal", "training refuses") in names(result)
    assert "no training photo of bcc" in result["findings"][0]["what"]
    assert page(result).splitlines()[4].startswith("**Refused: training does not take these data as they are.**")


def test_audit_finds_a_patient_in_two_splits_when_groups_are_of_another_column() -> None:
    samples = [
        Sample(f"{i}", 0, f"lesion {i}", Path(f"{i}.jpg"), metadata={"patient": f"p{i // 2}", "lesion": f"lesion {i}"})
        for i in range(4)
    ]
    dataset = Dataset("x", "x", "", (label("nv"),), samples)
    found = group_leaks(dataset, {"0": "train", "1": "test", "2": "val", "3": "val"})
    assert [(one.severity, one.name, one.examples) for one in found] == [
        ("leak", "patients across splits", ("p0 (test, train)",))
    ]


def test_audit_says_how_many_copies_it_would_find(folder: Path) -> None:
    rows = {row["name"]: row for row in audited(folder, copies=4)["copies"]}
    assert all(rows[name]["found"] == 4 for name in ("grey", "mirrored", "turned by 90 degrees"))
    assert rows["grey"]["largest_bits"] <= 26 < rows["border of 20 % cut off"]["largest_bits"]


def test_page_tells_verdict_and_counts_and_no_place(folder: Path) -> None:
    (folder / "test/mel/again.jpg").write_bytes((folder / "train/mel/mel0.jpg").read_bytes())
    result = audited(folder, copies=2)
    text = page(result)
    assert "**Leak: figures on these splits would be too good.** 19 photos" in text
    assert "| mel | Melanoma | 7 | 7 | 4 | 1 | 2 |" in text
    assert "    audit folder:data\n" in text
    assert str(folder.parent) not in text + json.dumps(result)
    assert "| grey | 2 of 2 |" in text


def test_command_writes_both_files_and_ends_with_the_verdict(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["audit", "--data", f"folder:{folder}", "--out", str(out)]) == 0
    assert (out / "audit.md").read_text().startswith("# Audit of folder:")
    assert json.loads((out / "audit.json").read_text())["verdict"] == "ok"
    (folder / "train/bcc/again.jpg").write_bytes((folder / "train/mel/mel0.jpg").read_bytes())
    assert main(["audit", "--data", f"folder:{folder}", "--strict"]) == 4
    (folder / "test/mel/again.jpg").write_bytes((folder / "train/mel/mel0.jpg").read_bytes())
    assert main(["audit", "--data", f"folder:{folder}"]) == 3
    assert "verdict: leak" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--copies", "-1"], "--copies is -1; allowed: 0 to 1000 photos"),
        (["--seed", "-1"], "--seed is -1; allowed: 0 or more"),
        (["--out", "FILE"], "is a file; name a folder"),
        (["--label-map", "derm9"], "label map 'derm9' is unknown"),
    ],
)
def test_command_refuses_options_that_cannot_work(
    folder: Path, more: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(folder / "train/nv/nv0.jpg")
    words = [file if word == "FILE" else word for word in more]
    assert main(["audit", "--data", f"folder:{folder}", *words]) == 2
    assert message in capsys.readouterr().err


def test_phantoms_have_no_copies_among_them() -> None:
    result = audit(parse_whole("phantom:6:2"), seed=0, copies_count=0, command=["x"])
    assert result["duplicates"]["pairs_found"] == 0
    assert result["verdict"] == "ok"
    assert page(result).startswith("# Audit of phantoms\n")
