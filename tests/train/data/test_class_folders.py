"""MSLD v2.0, skin-ds and SD-198 in generated miniatures of their documented layouts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.runtime.errors import ConfigError, DataError
from edge_app.runtime.labels import RiskTier
from train.data.spec import open_data
from train.data.splits import split

Write = Callable[[Path, str, int], Path]


@pytest.fixture
def msld(tmp_path: Path, photo_file: Write) -> Path:
    """Six classes of four patients with two photos each, in two folds and once augmented."""
    for code in ("MKP", "CHP", "CWP", "MSL", "HFMD", "HEALTHY"):
        for patient in range(1, 5):
            for number in (1, 2):
                name = f"{code}_{patient:02}_{number:02}.jpg"
                for fold, part in (("fold1", "Train"), ("fold2", "Test")):
                    photo_file(tmp_path / "Original Images" / "FOLDS" / fold / part / code / name, "mpox", patient)
            augmented = tmp_path / "Augmented Images" / "FOLDS_AUG" / "fold1_AUG" / "Train" / code
            photo_file(augmented / f"{code}_{patient:02}_01_7.jpg", "mpox", patient)
    return tmp_path


def test_msld_counts_each_photo_once_and_keeps_patients_whole(msld: Path) -> None:
    data = open_data(f"msld-v2:{msld}")
    assert [one.code for one in data.labels] == ["mpox", "chickenpox", "cowpox", "measles", "hfmd", "healthy"]
    assert data.counts().tolist() == [8] * 6
    assert {s.group for s in data.samples if s.id.startswith("MKP_02")} == {"mkp_2"}
    assert data.notes == (f"msld-v2:{msld}: 24 augmented copies are left out",)
    fold = split(data, 0, "fold1of3")
    assert {s.group for s in fold.val}.isdisjoint(s.group for s in fold.train)


def test_msld_refuses_a_name_that_says_no_class(msld: Path, photo_file: Write) -> None:
    photo_file(msld / "Original Images" / "IMG_7.jpg", "nv", 0)
    with pytest.raises(DataError, match="IMG_7.jpg is not named CODE_PATIENT_NUMBER; codes: MKP, CHP"):
        open_data(f"msld-v2:{msld}")


@pytest.fixture
def skin_ds(tmp_path: Path, photo_file: Write) -> Path:
    """Melanoma and mpox in three split folders; a copy of the mpox test photo is among the training ones."""
    for index, part in enumerate(("train", "val", "test")):
        photo_file(tmp_path / part / "Melanoma" / f"ISIC_000000{index}.jpg", "mel", index)
        photo_file(tmp_path / part / "Monkeypox" / f"MKP_{index}_01.jpg", "mpox", index)
    photo_file(tmp_path / "train" / "Monkeypox" / "MKP_2_01_copy5.jpg", "mpox", 9)
    return tmp_path


def test_skin_ds_refuses_its_own_splits_when_names_show_a_leak(skin_ds: Path) -> None:
    data = open_data(f"skin-ds:{skin_ds}")
    assert data.labels[data.samples[-1].label].code == "mpox"
    assert {s.metadata["acquisition"] for s in data.samples} == {"dermoscopy", "clinical"}
    with pytest.raises(DataError, match="group 'mkp_2' is in train and in test; keep each group in one split"):
        split(data, 0)


def test_skin_ds_repeats_the_published_splits_or_cuts_anew_when_asked(skin_ds: Path) -> None:
    alone = open_data(f"skin-ds:{skin_ds},groups=files")
    assert len({s.group for s in alone.samples}) == len(alone.samples) == 7
    anew = open_data(f"skin-ds:{skin_ds},splits=own")
    assert anew.fixed_splits is None
    assert len({s.group for s in anew.samples}) == 6
    with pytest.raises(ConfigError, match="allowed: groups=names or files, splits=theirs or own"):
        open_data(f"skin-ds:{skin_ds},groups=some")


def test_skin_ds_refuses_a_class_it_does_not_know(skin_ds: Path, photo_file: Write) -> None:
    photo_file(skin_ds / "train" / "Warts" / "a.jpg", "nv", 0)
    with pytest.raises(DataError, match="Warts is none of the 14"):
        open_data(f"skin-ds:{skin_ds}")


def test_sd198_names_classes_by_folder_and_knows_some(tmp_path: Path, photo_file: Write) -> None:
    for name in ("Basal_Cell_Carcinoma", "Acne_Vulgaris", "Pityriasis_Rosea"):
        photo_file(tmp_path / "images" / name / f"{name}_1.jpg", "nv", 0)
    data = open_data(f"sd-198:{tmp_path}")
    assert [(one.code, one.name) for one in data.labels] == [
        ("acne-vulgaris", "Acne Vulgaris"), ("bcc", "Basal Cell Carcinoma"), ("pityriasis-rosea", "Pityriasis Rosea"),
    ]  # fmt: skip
    assert data.labels[1].tier is RiskTier.URGENT
    assert [s.id for s in data.samples] == [
        "Acne_Vulgaris/Acne_Vulgaris_1.jpg", "Basal_Cell_Carcinoma/Basal_Cell_Carcinoma_1.jpg",
        "Pityriasis_Rosea/Pityriasis_Rosea_1.jpg",
    ]  # fmt: skip
    with pytest.raises(DataError, match="has no folder images"):
        open_data(f"sd-198:{tmp_path / 'images'}")
