"""No absolute path stays in a result."""

from __future__ import annotations

import pytest

from train.places import command, folders_of, placeless


@pytest.mark.parametrize(
    ("word", "left"),
    [
        ("/data/ann/runs/a", "a"),
        ("/data/ann/runs/a/", "a/"),
        ("ham10000:/data/ann/ham@test", "ham10000:ham@test"),
        ("csv:/data/ann b/t.csv,label=dx+folder:~/c", "csv:t.csv,label=dx+folder:c"),
        ("--out=/tmp/out", "--out=out"),
        ("build/out", "build/out"),
        ("run@test", "run@test"),
        ("mel,bcc", "mel,bcc"),
    ],
)
def test_command_keeps_last_names_of_absolute_paths(word: str, left: str) -> None:
    assert command(["python", word]) == ["python", left]


def test_placeless_cleans_every_text_and_leaves_numbers() -> None:
    found = placeless(
        {"a": ["csv:/data/ann lee/t.csv: 3 left out", 4], "b": {"command": ["/x/y"], "c": None},
         "d": "photo /data/x/1.jpg cannot be read (sex/age and/or 1/2)"},
        folders_of("csv:/data/ann lee/t.csv@test", "run@val", None),
    )  # fmt: skip
    assert found == {"a": ["csv:t.csv: 3 left out", 4], "b": {"command": ["y"], "c": None},
                     "d": "photo 1.jpg cannot be read (sex/age and/or 1/2)"}  # fmt: skip
