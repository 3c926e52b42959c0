"""The spelling of data on every command line: KIND:PATH[,KEY=VALUE...][+KIND:PATH...][@SPLIT]."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from edge_app.runtime.errors import ConfigError, DataError
from train.data import join, phantom_set
from train.data.kinds import KINDS
from train.data.label_map import LabelMap, load_map
from train.data.masked import with_masks
from train.data.sample import Dataset
from train.data.splits import NAMES, scheme_of

PHANTOM = "phantom"
SPLITS = "@train, @val, @test, @all, @fold2of5:val or @repeat1of2:val"
SPELLING = f"{PHANTOM}:N[:SEED], {', '.join(f'{kind}:PATH' for kind in KINDS)}; several joined by +; then {SPLITS}"
# Of every kind: a folder of lesion masks.
MASKS = "masks"
START = rf"(?:{PHANTOM}|{'|'.join(KINDS)}):"


@dataclass(frozen=True)
class DataPart:
    """One data set of a spelling; `options` are the (key, value) pairs behind its path."""

    kind: str
    path: str
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}:{self.path}" + "".join(f",{key}={value}" for key, value in self.options)


@dataclass(frozen=True)
class DataSpec:
    """One data spelling, taken apart. `scheme` is how it is cut ("" for 70/15/15, else "fold2of5", "repeat1of2"),
    `split` which part is meant ("all" where none was given), `label_map` what merges its classes.
    """

    parts: tuple[DataPart, ...]
    split: str = "all"
    scheme: str = ""
    label_map: LabelMap | None = None

    def __str__(self) -> str:
        cut = self.scheme + (":" if self.scheme and self.split != "all" else "")
        named = cut + ("" if self.split == "all" else self.split)
        return self.whole + (f"@{named}" if named else "")

    @property
    def whole(self) -> str:
        """The spelling without its split."""
        return "+".join(str(part) for part in self.parts)


def parse(text: str, label_map: str | LabelMap | None = None) -> DataSpec:
    """`text` as a DataSpec; `label_map` names a map of the project, or is a .toml file. ConfigError says what is
    allowed.
    """
    body, scheme, split = cut_split(text)
    parts = tuple(part_of(part, text) for part in re.split(rf"\+(?={START})", body))
    merging = load_map(label_map) if isinstance(label_map, str) else label_map
    return DataSpec(parts, split, scheme, merging)


def cut_split(text: str) -> tuple[str, str, str]:
    """(spelling without its split, scheme, split)."""
    body, at, name = text.rpartition("@")
    if not at or "/" in name:
        return text, "", "all"
    if name in (*NAMES, "all"):
        return body, "", name
    scheme, colon, part = name.partition(":")
    if not re.match(r"(fold|repeat)\w*$", scheme):
        return text, "", "all"  # an @ of the path, unless no such path is there: see `refuse_missing`
    scheme_of(scheme)
    if colon and part not in (*NAMES, "all"):
        raise ConfigError(f"data {text!r}: @{name} names no part; allowed: {scheme}:train, {scheme}:val, {scheme}:test")
    return body, scheme, part or "all"


def part_of(text: str, whole: str) -> DataPart:
    """One data set of the spelling `whole`."""
    kind, colon, path = text.partition(":")
    if not colon or not path or not re.fullmatch(r"[a-z0-9-]+", kind):
        raise ConfigError(f"data {whole!r} is not understood; allowed: {SPELLING}")
    if kind == PHANTOM:
        refuse_split(path, whole)
        phantom_set.parse_path(path)
        return DataPart(kind, path)
    if kind not in KINDS:
        close = get_close_matches(kind, (PHANTOM, *KINDS), 1)
        meant = f" (did you mean {close[0]}?)" if close else ""
        raise ConfigError(f"data kind {kind!r} is unknown{meant}; allowed: {SPELLING}")
    keys = "|".join((*KINDS[kind].options, MASKS))
    pairs: list[tuple[str, str]] = []
    while match := re.fullmatch(rf"(.+),({keys})=([^,]+)", path, re.DOTALL):
        path, pairs = match[1], [(match[2], match[3]), *pairs]
    if len({key for key, _ in pairs}) < len(pairs):
        raise ConfigError(f"data {whole!r} gives an option twice; give each of {keys.replace('|', ', ')} once")
    return DataPart(kind, path, tuple(pairs))


def recorded_parts(text: str) -> list[DataPart]:
    """The parts of a spelling that a run has recorded; their paths may be empty, where it was kept without them."""
    halves = [part.partition(":") for part in re.split(rf"\+(?={START})", text)]
    return [part_of(f"{kind}:{path}", text) if path else DataPart(kind, "") for kind, _, path in halves]


def without_places(text: str) -> str:
    """A recorded spelling without any path of a machine; a phantom's is none."""
    return "+".join(str(part) if part.kind == PHANTOM else f"{part.kind}:" for part in recorded_parts(text))


def without_folders(text: str) -> str:
    """A recorded spelling with the last name of each path only, for pages that others read."""
    parts = recorded_parts(text)
    return "+".join(str(part if part.kind == PHANTOM else without_folder(part)) for part in parts)


def without_folder(part: DataPart) -> DataPart:
    """`part` with the last name of its path and of its options' paths."""
    options = tuple((key, Path(value).name) for key, value in part.options)
    return replace(part, path=Path(part.path).name, options=options)


def without_masks(spec: DataSpec) -> DataSpec:
    """The same data, photos whole."""
    parts = [replace(p, options=tuple((key, value) for key, value in p.options if key != MASKS)) for p in spec.parts]
    return replace(spec, parts=tuple(parts))


def has_masks(spec: DataSpec) -> bool:
    """Whether all of the data come with lesion masks."""
    return all(MASKS in dict(part.options) for part in spec.parts)


def parse_whole(text: str, label_map: str | LabelMap | None = None) -> DataSpec:
    """`text` as training wants it: no split, since it makes its own, but perhaps a scheme, as in D@fold2of5."""
    spec = parse(text, label_map)
    if spec.split != "all":
        meant = DataSpec(spec.parts, scheme=spec.scheme)
        raise ConfigError(f"data {text!r} names a split; training makes its own: write {meant}")
    return spec


def refuse_missing(spec: DataSpec) -> None:
    """ConfigError for a split that does not exist, DataError for a path that does not."""
    for part in spec.parts:
        if part.kind == PHANTOM or KINDS[part.kind].is_there(Path(part.path).expanduser()):
            continue
        refuse_split(part.path, str(spec))
        refuse_option(part, str(spec))
        what = "table" if KINDS[part.kind].is_file else "folder"
        raise DataError(f"data {what} {part.path} does not exist; check the path in {spec}")


def refuse_option(part: DataPart, whole: str) -> None:
    """ConfigError where what stands behind a comma of the path is no option, or has no value, but the rest is there."""
    kind, allowed = KINDS[part.kind], KINDS[part.kind].options
    heads = (part.path[: comma.start()] for comma in re.finditer(",", part.path))
    there = next((head for head in heads if kind.is_there(Path(head).expanduser())), None)
    for word in [] if there is None else part.path[len(there) + 1 :].split(","):
        name, _, value = word.partition("=")
        if name in allowed and value:
            continue
        if name.strip() in allowed:
            raise ConfigError(f"data {whole!r}: option {word!r} is not understood; write {name.strip()}=VALUE")
        close = get_close_matches(name, allowed, 1)
        meant = f" (did you mean {close[0]}?)" if close else ""
        rule = f"allowed: {', '.join(allowed)}" if allowed else f"{part.kind} takes none"
        raise ConfigError(f"data {whole!r}: option {name!r} is unknown{meant}; {rule}")


def refuse_split(path: str, whole: str) -> None:
    """ConfigError where `path`, which is not there, ends like a split."""
    _, at, name = path.rpartition("@")
    if at and "/" not in name:
        raise ConfigError(f"data {whole!r}: split {name!r} is unknown; allowed, at the very end: {SPLITS}")


def open_data(spec: DataSpec | str, *, label_map: str | LabelMap | None = None, phantom_side_px: int = 192) -> Dataset:
    """Every sample of the data that `spec` names, whatever its split; DataError where they break their format.

    Classes are merged by `label_map`, or the one that `spec` carries, and several sets joined. What that leaves out
    stands in the data set's notes.
    """
    spec = parse(spec, label_map) if isinstance(spec, str) else spec
    merging = load_map(label_map) if isinstance(label_map, str) else label_map or spec.label_map
    refuse_missing(spec)
    opened = [open_part(part, phantom_side_px) for part in spec.parts]
    if merging is not None:
        # Before joining, so that a photo that two sets hold contradicts itself only where the merged classes do.
        opened = [merging.applied(dataset) for dataset in opened]
    if len(opened) == 1:
        return opened[0]
    dataset = join.joined(opened, spec.whole)
    return dataset if merging is None else merging.ordered(dataset)


def open_part(part: DataPart, phantom_side_px: int) -> Dataset:
    """One data set of the spelling."""
    if part.kind == PHANTOM:
        return phantom_set.open_phantoms(part.path, str(part), phantom_side_px)
    options = dict(part.options)
    masks = options.pop(MASKS, None)
    dataset = KINDS[part.kind].open(Path(part.path).expanduser(), str(part), **options)
    return dataset if masks is None else with_masks(dataset, Path(masks).expanduser())
