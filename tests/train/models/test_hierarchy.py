"""Hierarchies of classes: paths, levels, and files that make no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.runtime.errors import ConfigError
from train.models.hierarchy import decisions_of, load_paths

CODES = ["akiec", "bcc", "bkl", "df", "nv", "mel", "vasc"]


def test_paths_of_the_paper_have_two_levels_for_melanocytic_classes_and_three_for_others() -> None:
    paths = dict(zip(CODES, load_paths("isic2018", CODES, "ham10000:X"), strict=True))
    assert paths["mel"] == ["melanocytic", "mel"]
    assert paths["akiec"] == ["non_melanocytic", "malignant", "akiec"]
    levels = decisions_of(list(paths.values()))
    assert [len(level) for level in levels] == [2, 4, 5]
    assert set(levels[1]) == {("melanocytic", "mel"), ("melanocytic", "nv"), ("non_melanocytic", "benign"),
                              ("non_melanocytic", "malignant")}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[a]\nclasses = ["x", "y"]\n[b]\nclasses = ["z", "x"]', "x stands there twice"),
        ('[a]\nclasses = ["x", "y"]\n[b]\nclasses = ["z", "w"]', "has the classes w, x, y, z; folder:X has x, y, z"),
        ('[a]\nclasses = ["x", "y", "z"]', "the top leaves nothing to decide"),
        ('[a]\nclasses = ["x"]\n[b]\nclasses = ["y", "z"]', "a leaves nothing to decide"),
        ('[a]\nclasses = "x"\n[b]\nclasses = ["y", "z"]', "a must hold classes"),
        ('[a]\nmembers = ["x"]', "a has 'members'; allowed: classes"),
        ("[a", "cannot be read"),
    ],
)
def test_hierarchy_that_makes_no_sense_is_refused_in_one_line(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "h.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_paths(str(tmp_path / "h.toml"), ["x", "y", "z"], "folder:X")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_name_that_is_no_hierarchy_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="hierarchy 'derm7' does not exist; allowed: isic2018"):
        load_paths("derm7", ["x"], "folder:X")
