"""`phantom:N[:SEED]`: N generated lesions of each of the 14 classes, no file needed.

Body sites and symptoms are drawn too, by class, so that networks with several tasks have something to learn; one in ten
is not recorded. They do not show in the picture.
"""

from __future__ import annotations

import numpy as np

from edge_app.runtime.errors import ConfigError
from edge_app.runtime.labels import LABELS_14
from train.data.metadata import Metadata
from train.data.phantom import PhantomSource, tone_of
from train.data.sample import Dataset, Sample

PER_CLASS_MAX = 100_000
SEED_MAX = 2**31 - 1
SITES = ("arm", "back", "chest", "face", "leg")
SYMPTOMS = ("itch", "bleed", "elevation")
NOT_RECORDED = 0.1


def parse_path(path: str) -> tuple[int, int]:
    """(photos per class, seed) of the part after `phantom:`."""
    parts = path.split(":")
    if len(parts) > 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ConfigError(f"phantom:{path} is not understood; write phantom:N or phantom:N:SEED, as in phantom:200:7")
    per_class, seed = int(parts[0]), int(parts[1]) if len(parts) > 1 else 0
    if not 1 <= per_class <= PER_CLASS_MAX or seed > SEED_MAX:
        raise ConfigError(f"phantom:{path}: N may be 1 to {PER_CLASS_MAX} photos a class, SEED 0 to {SEED_MAX}")
    return per_class, seed


def open_phantoms(path: str, spec: str, side_px: int) -> Dataset:
    """The data set of `phantom:<path>`; every phantom is a group of its own."""
    per_class, seed = parse_path(path)
    samples = []
    for k, label in enumerate(LABELS_14):
        for index in range(per_class):
            name = f"phantom-{seed}-{label.code}-{index:06d}"
            source, tone = PhantomSource(label.code, index, seed, side_px), tone_of(label.code, index, seed)
            site, symptoms = history_of(k, index, seed)
            metadata = Metadata(fitzpatrick=tone, acquisition="generated", lesion=name, site=site)
            samples.append(Sample(name, k, name, source, {"fitzpatrick": str(tone), **symptoms}, metadata))
    return Dataset(spec, "phantoms", "MIT (generated)", LABELS_14, sorted(samples, key=lambda s: s.id))


def history_of(label: int, index: int, seed: int) -> tuple[str | None, dict[str, str]]:
    """Body site and symptoms ("true", "false" or "") of a phantom; each class has a site and a symptom of its own."""
    rng = np.random.default_rng([seed, label, index, 1])
    site = SITES[label % len(SITES)] if rng.random() < 0.5 else SITES[rng.integers(len(SITES))]
    told = {
        name: str(bool(rng.random() < (0.8 if label % len(SYMPTOMS) == k else 0.2))).lower()
        for k, name in enumerate(SYMPTOMS)
    }
    gaps = rng.random(1 + len(SYMPTOMS)) < NOT_RECORDED
    symptoms = {name: "" if gap else told[name] for name, gap in zip(SYMPTOMS, gaps[1:], strict=True)}
    return None if gaps[0] else site, symptoms
