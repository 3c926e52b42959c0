"""Decoded photos on disk: equal to the decoder's, found again, never out of date, never half."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import ConfigError, DataError
from train.data import pixel_cache, pixels
from train.data.phantom import PhantomSource
from train.data.pixels import decode_for_model, decode_for_training
from train.data.sample import Sample

RULE = FitRule(side_px=32, resize_px=36)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(pixel_cache.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def samples(tmp_path: Path, photo_file: Callable[..., Path]) -> list[Sample]:
    files = [photo_file(tmp_path / f"{index}.jpg", "mel", index) for index in range(3)]
    return [Sample(path.stem, 0, path.stem, path) for path in files]


def refuse(*_: object, **__: object) -> Iterator[tuple[np.ndarray, ...]]:
    raise AssertionError("decoded again")


def test_second_run_maps_what_the_first_has_decoded(
    cache: Path, samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = decode_for_training(samples, RULE, 36), decode_for_model(samples, RULE, "test")
    monkeypatch.setattr(pixels, "rows_of", refuse)
    second = decode_for_training(samples, RULE, 36), decode_for_model(samples, RULE, "test")
    assert isinstance(second[0].photos, np.memmap)
    monkeypatch.undo()
    monkeypatch.setenv(pixel_cache.VARIABLE, "off")
    plain = decode_for_training(samples, RULE, 36), decode_for_model(samples, RULE, "test")
    for found in (first, second):
        assert np.array_equal(found[0].photos, plain[0].photos)
        assert np.array_equal(found[0].aspects, plain[0].aspects)
        assert np.array_equal(found[1], plain[1])
    assert not isinstance(plain[1], np.memmap)


def test_key_changes_with_photos_order_rule_and_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [
        pixel_cache.key_of(["a", "b"], side_px=1),
        pixel_cache.key_of(["b", "a"], side_px=1),
        pixel_cache.key_of(["a"], side_px=1),
        pixel_cache.key_of(["a", "b"], side_px=2),
    ]
    monkeypatch.setattr(pixel_cache, "sources_sha256", lambda: "changed")
    keys.append(pixel_cache.key_of(["a", "b"], side_px=1))
    assert len(set(keys)) == 5


def test_changed_photo_is_decoded_anew(cache: Path, samples: list[Sample], photo_file: Callable[..., Path]) -> None:
    before = decode_for_model(samples, RULE, "test")
    photo_file(Path(str(samples[1].source)), "nv", 5)
    after = decode_for_model(samples, RULE, "test")
    assert [bool(np.array_equal(a, b)) for a, b in zip(before, after, strict=True)] == [True, False, True]


def test_damaged_entry_is_decoded_anew(cache: Path, samples: list[Sample]) -> None:
    whole = np.array(decode_for_model(samples, RULE, "test"))
    file = next(cache.glob("*/photos.npy"))
    file.write_bytes(file.read_bytes()[:-10])
    assert np.array_equal(decode_for_model(samples, RULE, "test"), whole)


def test_nothing_half_stays_when_a_photo_cannot_be_read(cache: Path, samples: list[Sample], tmp_path: Path) -> None:
    (tmp_path / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing more")
    with pytest.raises(DataError, match="torn"):
        decode_for_model([*samples, Sample("ISIC_7", 0, "a", tmp_path / "torn.jpg")], RULE, "test")
    assert list(cache.iterdir()) == []


def test_cache_that_cannot_be_written_is_one_line(
    samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv(pixel_cache.VARIABLE, str(tmp_path / "file"))
    with pytest.raises(ConfigError, match="DERMEDGE_CACHE"):
        decode_for_model(samples, RULE, "test")


def test_many_photos_are_shared_among_cores_and_stay_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [Sample(str(index), 0, "a", PhantomSource("nv", index, 3, 48)) for index in range(3)]
    alone = decode_for_model(listed, RULE, "test")
    monkeypatch.setattr(pixels, "FEW", 2)
    monkeypatch.setattr(pixels, "cores", lambda: 2)
    monkeypatch.setenv(pixel_cache.VARIABLE, "off")
    assert np.array_equal(decode_for_model(listed, RULE, "test"), alone)


def test_rest_is_decoded_here_when_the_workers_end(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dying:
        """A pool whose processes end after one photo."""

        def map(self, work: Callable[[Sample], object], samples: list[Sample], chunksize: int) -> Iterator[object]:
            yield work(samples[0])
            raise BrokenProcessPool

    listed = [Sample(str(index), 0, "a", PhantomSource("nv", index, 3, 48)) for index in range(3)]
    pending, work = iter(listed), partial(pixels.fitted, rule=RULE)
    first = list(pixels.shared(Dying(), listed, work, pending))  # type: ignore[arg-type]
    rest = [work(sample) for sample in pending]
    assert [len(first), len(rest)] == [1, 2]
    found = np.stack([row[0] for row in [*first, *rest]])
    assert np.array_equal(found, decode_for_model(listed, RULE, "test"))
