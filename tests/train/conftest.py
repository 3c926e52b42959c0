"""Photo files and tables that training tests are fed with."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from train.data.phantom import PhantomSource, phantom_jpeg

SIDE_PX = 64
HAM_CODES = ("akiec", "bcc", "bkl", "df", "nv", "mel", "vasc")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Tests share two cores."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Decoded photos go to a folder of the test session, not to the one of real runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DERMEDGE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def photo_file() -> Callable[[Path, str, int], Path]:
    """Writes a small phantom of a class to a path."""

    def write(path: Path, code: str = "nv", index: int = 0) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(phantom_jpeg(PhantomSource(code, index, 3, SIDE_PX)))
        return path

    return write


@pytest.fixture
def ham_folder(tmp_path: Path, photo_file: Callable[[Path, str, int], Path]) -> Path:
    """HAM10000 in miniature: seven classes of five lesions, the first lesion of each photographed twice."""
    folder, rows = tmp_path / "ham", []
    for code in HAM_CODES:
        for photo in range(6):
            lesion, name = f"HAM_{code}_{max(photo - 1, 0)}", f"ISIC_{code}_{photo}"
            photo_file(folder / "images" / f"{name}.jpg", code, photo)
            rows.append([lesion, name, code, "histo", "55.0", "male", "back"])
    write_rows(folder / "HAM10000_metadata.csv", rows)
    return folder


def write_rows(path: Path, rows: list[list[str]], header: str = "") -> None:
    """A metadata table in HAM10000's format."""
    columns = header or "lesion_id,image_id,dx,dx_type,age,sex,localization"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns.split(","), *rows])


def read_rows(path: Path) -> list[list[str]]:
    """The rows below the header."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))[1:]
