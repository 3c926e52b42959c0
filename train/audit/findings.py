"""What the audit holds against a data set, and the verdict that follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from train.audit.duplicates import Pair
from train.audit.look import Look
from train.data.sample import Dataset, Sample
from train.data.splits import NAMES
from train.evaluate.enough import GROUPS_MIN
from train.evaluate.subgroups import ROMAN

EXAMPLES = 8
LEAK, REFUSAL, WARNING, NOTE = "leak", "refusal", "warning", "note"
VERDICTS = {LEAK: "leak", REFUSAL: "refused", WARNING: "warnings", NOTE: "ok"}
# Who must not stand in two splits: the finding's name, what it is about, and where a sample says it.
NAMED: tuple[tuple[str, str, Callable[[Sample], str | None]], ...] = (
    ("groups", "lesions or patients", lambda sample: sample.group),
    ("patients", "patients", lambda sample: sample.metadata.get("patient")),
    ("lesions", "lesions", lambda sample: sample.metadata.get("lesion")),
)
# Below this short side a photo is enlarged for every model that the project has.
SHORT_SIDE_PX = 224


@dataclass(frozen=True)
class Finding:
    """`severity` is "leak" (figures on these splits would be too good), "refusal" (training stops), "warning" or
    "note"; `what` a sentence.
    """

    severity: str
    name: str
    count: int
    what: str
    examples: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For audit.json."""
        return asdict(self)


def verdict_of(findings: Iterable[Finding]) -> str:
    """ "leak", "refused", "warnings" or "ok"."""
    severities = {finding.severity for finding in findings}
    return next((VERDICTS[one] for one in (LEAK, REFUSAL, WARNING) if one in severities), VERDICTS[NOTE])


def all_findings(
    dataset: Dataset, looks: list[Look], pairs: list[Pair], assigned: dict[str, str], refused: str
) -> list[Finding]:
    """Everything, leaks first; `refused` says why training would not take these splits, "" where it would."""
    found = [
        *pair_findings(pairs), *group_leaks(dataset, assigned), *unreadable(dataset, looks),
        *refusals(refused), *thin_classes(dataset, assigned), *thin_skin_types(dataset), *small_photos(looks),
        *(noted(note) for note in dataset.notes),
    ]  # fmt: skip
    return sorted(found, key=lambda finding: list(VERDICTS).index(finding.severity))


def pair_findings(pairs: list[Pair]) -> list[Finding]:
    """What copies do: leak between splits, contradict each other, or lie in wait for another split."""
    found = []
    for exact, name in ((True, "same file"), (False, "near copy")):
        own = [pair for pair in pairs if pair.exact is exact]
        parted = [pair for pair in own if pair.parted]
        strangers = [pair for pair in own if pair.strangers and not pair.parted]
        kin = [pair for pair in own if not pair.strangers and not pair.parted]
        if parted:
            what = f"{pairs_word(parted)} of one picture ({name}) with its halves in different splits"
            found.append(of_pairs(LEAK, f"{name} across splits", parted, what))
        if strangers:
            what = (
                f"{pairs_word(strangers)} of one picture ({name}) that the data take for different lesions or patients;"
                " another seed or fold can part them: give them one group, or drop one"
            )
            found.append(of_pairs(WARNING, f"{name} across groups", strangers, what))
        if kin:
            what = f"{pairs_word(kin)} of one picture ({name}) within one lesion or patient; no split parts them"
            found.append(of_pairs(NOTE, f"{name} within a group", kin, what))
    torn = [pair for pair in pairs if pair.contradict]
    if torn:
        what = f"{pairs_word(torn)} of one picture with different classes; at most one can be right"
        found.append(of_pairs(WARNING, "copies with different classes", torn, what))
    return found


def pairs_word(pairs: list[Pair]) -> str:
    """ "1 pair" or "7 pairs"."""
    return f"{len(pairs)} pair" + ("s" if len(pairs) != 1 else "")


def of_pairs(severity: str, name: str, pairs: list[Pair], what: str) -> Finding:
    """A finding about `pairs`, with the first of them."""
    return Finding(severity, name, len(pairs), what, tuple(told(pair) for pair in pairs[:EXAMPLES]))


def told(pair: Pair) -> str:
    """A pair in words: ids, classes, splits, distance."""
    sides = [
        f"{sample.id} ({', '.join(part for part in (code, split) if part)})"
        for sample, code, split in zip((pair.first, pair.second), pair.codes, pair.split, strict=True)
    ]
    return " = ".join(sides) + ("" if pair.exact else f", {pair.distance_bits} bits apart")


def group_leaks(dataset: Dataset, assigned: dict[str, str]) -> list[Finding]:
    """Groups that stand in more than one split, and lesions and patients that do although their groups do not.

    A set may group by another column than the one that says who the patient is.
    """
    found, told_of = [], set[frozenset[str]]()
    for name, what, key in NAMED:
        members: dict[str, list[Sample]] = {}
        for sample in dataset.samples:
            if sample.id in assigned and key(sample):
                members.setdefault(str(key(sample)), []).append(sample)
        splits = {one: {assigned[sample.id] for sample in samples} for one, samples in members.items()}
        ids = {one: frozenset(sample.id for sample in samples) for one, samples in members.items()}
        torn = sorted(one for one, names in splits.items() if len(names) > 1 and ids[one] not in told_of)
        told_of |= {ids[one] for one in torn}
        if torn:
            examples = tuple(f"{one} ({', '.join(sorted(splits[one]))})" for one in torn[:EXAMPLES])
            told = f"{len(torn)} {what} have photos in more than one split; keep each in one"
            found.append(Finding(LEAK, f"{name} across splits", len(torn), told, examples))
    return found


def unreadable(dataset: Dataset, looks: list[Look]) -> list[Finding]:
    """Photos that neither training nor the phone would take."""
    bad = [(sample.id, one.problem) for sample, one in zip(dataset.samples, looks, strict=True) if one.problem]
    if not bad:
        return []
    what = f"{len(bad)} photos cannot be read; training stops at the first: repair or drop them"
    return [Finding(REFUSAL, "unreadable", len(bad), what, tuple(f"{i}: {problem}" for i, problem in bad[:EXAMPLES]))]


def refusals(refused: str) -> list[Finding]:
    """Why training would stop before it began."""
    return [Finding(REFUSAL, "training refuses", 1, refused)] if refused else []


def thin_classes(dataset: Dataset, assigned: dict[str, str]) -> list[Finding]:
    """Classes that a split lacks."""
    if not assigned:
        return []
    lacking = []
    for k, label in enumerate(dataset.labels):
        present = {assigned.get(sample.id) for sample in dataset.samples if sample.label == k}
        lacking += [f"{label.code} in {name}" for name in NAMES if name not in present]
    if not lacking:
        return []
    what = f"{len(lacking)} times a split has no photo of a class; its figures leave that class out"
    return [Finding(WARNING, "class missing in a split", len(lacking), what, tuple(lacking[:EXAMPLES]))]


def thin_skin_types(dataset: Dataset) -> list[Finding]:
    """Fitzpatrick types of whom too few are there for a figure to mean anything."""
    people: dict[int, set[str]] = {tone: set() for tone in range(1, 7)}
    for sample in dataset.samples:
        tone = sample.metadata.get("fitzpatrick")
        if tone is not None:
            people[tone].add(sample.group)
    if not any(people.values()):
        return [Finding(NOTE, "skin types", 1, "Fitzpatrick types are not recorded; fairness cannot be examined")]
    thin = [f"type {ROMAN[tone - 1]}: {len(groups)}" for tone, groups in people.items() if len(groups) < GROUPS_MIN]
    if not thin:
        return []
    what = f"{len(thin)} of 6 Fitzpatrick types have fewer than {GROUPS_MIN} lesions or patients; figures for them say"
    return [Finding(NOTE, "skin types", len(thin), f"{what} more about chance than about people", tuple(thin))]


def small_photos(looks: list[Look]) -> list[Finding]:
    """Photos that every model would enlarge."""
    small = sum(one.values is not None and min(one.width_px, one.height_px) < SHORT_SIDE_PX for one in looks)
    if not small:
        return []
    what = f"{small} photos have a short side below {SHORT_SIDE_PX} px and are enlarged for every model"
    return [Finding(NOTE, "small photos", small, what)]


def noted(note: str) -> Finding:
    """What the loader or label map has left out."""
    return Finding(NOTE, "left out", 1, note)
