"""A file gets its name after its check, whether it is a plain scheme's or treated."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from torch import nn

from edge_app.runtime.errors import ConversionError
from export.making import Maker
from export.quantize.candidate import Candidate
from export.quantize.treatment import Treatment
from tests.export.stand_in import StandIn

TREATMENT = Treatment(base="static8", ranges="percentile", smooth=0.5, bias=True, floats=(3, 7))


class Recorder:
    """Cures that note how they were asked to treat, and write a file, or a folder like Core ML's."""

    bases = ("static8",)

    def __init__(self) -> None:
        self.asked: list[Treatment] = []

    def write(self, treatment: Treatment, out: Path) -> Path:
        self.asked.append(treatment)
        if out.suffix == ".mlpackage":
            out.mkdir()
            out /= "model"
        out.write_bytes(b"static8")
        return out


class Folders(StandIn):
    """Looks at what is in a folder, too."""

    def inspect(self, path: Path) -> Any:
        return super().inspect(path / "model" if path.is_dir() else path)


@pytest.fixture
def target() -> Folders:
    return Folders()


def maker_with(cures: Recorder, target: Folders) -> Maker:
    export = SimpleNamespace(target=target)
    return Maker(export=cast(Any, export), module=nn.Identity(), photos=[], cures=cast(Any, cures))


def test_treatment_of_the_winner_is_applied_unchanged_and_once(target: Folders, tmp_path: Path) -> None:
    cures, wanted = Recorder(), Candidate(scheme=TREATMENT.scheme, treatment=TREATMENT)
    for _ in range(2):
        assert maker_with(cures, target).file(wanted, tmp_path / "model.tflite") == tmp_path / "model.tflite"
    assert cures.asked == [TREATMENT]
    assert [path.name for path in tmp_path.iterdir()] == ["model.tflite"]


@pytest.mark.parametrize("name", ["model.tflite", "model.mlpackage"])
@pytest.mark.parametrize("treatment", [None, TREATMENT])
def test_file_that_breaks_its_promise_is_gone(
    name: str, treatment: Treatment | None, target: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target.lies = True
    maker = maker_with(Recorder(), target)
    monkeypatch.setattr(Maker, "write_plain", lambda maker, scheme, out: Recorder().write(Treatment(base=scheme), out))
    wanted = Candidate(scheme="static8" if treatment is None else treatment.scheme, treatment=treatment)
    with pytest.raises(ConversionError, match="breaks its promise"):
        maker.file(wanted, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_file_that_a_killed_export_left_unchecked_is_made_again(target: Folders, tmp_path: Path) -> None:
    (tmp_path / "unchecked.tflite").write_bytes(b"killed before the check")
    wanted = Candidate(scheme=TREATMENT.scheme, treatment=TREATMENT)
    made = maker_with(Recorder(), target).file(wanted, tmp_path / "model.tflite")
    assert made.read_bytes() == b"static8"
    assert [path.name for path in tmp_path.iterdir()] == ["model.tflite"]
