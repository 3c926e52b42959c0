"""Walk through the whole app on real phone photos and write what happened as a page of docs/results.

    DERMEDGE_DATA=DATA xvfb-run -a python docs/results/walk_app.py docs/results/app-on-phone-photos.md

The photos are those of PAD-UFES-20 among the test photos of the built-in model's checkpoint: none of their patients was
seen in training. Every step is a touch, as in `tests/edge_app/ui`; sockets are blocked. The app's folder, exports and
backup are deleted afterwards, and no photo, name or identifier is in the page.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[2]
CHECKPOINT = ROOT / "assets" / "checkpoints" / "derm8-dev.safetensors"
BACKUP_WORDS = "words for the backup"
VERDICTS = ("prediction", "unsure", "unknown")
TIERS = ("urgent", "soon", "routine")
BLOCKED: list[str] = []


@dataclass(frozen=True)
class Answered:
    """One photo of the walk: its true class, what the check and the model said."""

    truth: str
    warnings: tuple[str, ...]
    verdict: str
    label: str
    tier: str


def main() -> None:
    """Walk and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--photos", type=int, default=24, help="how many at most (24)")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    folder = Path(tempfile.mkdtemp())
    try:
        truths = copy_photos(folder / "photos", options.photos)
        block_sockets()
        answered, steps, provenance = walk(folder, truths)
    finally:
        shutil.rmtree(folder)
    command = f"python docs/results/walk_app.py {options.out} --photos {options.photos}"
    options.out.write_text("\n".join(page(answered, steps, provenance, command)) + "\n", encoding="utf-8")
    print(options.out)


def copy_photos(folder: Path, most: int) -> dict[str, str]:
    """Phone photos of the checkpoint's own test list, evenly drawn, under names that say nothing: name to class."""
    from train.checkpoint import load_checkpoint
    from train.data.run_spec import open_split

    tested = open_split("run@test", load_checkpoint(CHECKPOINT))
    phone = [one for one in tested.samples if "pad" in str(one.source).lower()]
    chosen = phone[:: max(1, len(phone) // most)][:most]
    folder.mkdir(parents=True)
    truths = {}
    for number, one in enumerate(chosen):
        name = f"photo-{number:03d}{Path(str(one.source)).suffix}"
        shutil.copyfile(str(one.source), folder / name)
        truths[name] = tested.labels[one.label].code
    return truths


def block_sockets() -> None:
    """Every attempt is refused and counted; the window's connection to its display is made by C code, not by Python."""

    def refused(*_: object, **__: object) -> NoReturn:
        BLOCKED.append("an attempt")
        raise OSError("blocked for this walk")

    for owner, names in (
        (socket, ("create_connection", "getaddrinfo")), (socket.socket, ("connect", "connect_ex", "bind", "sendto")),
    ):  # fmt: skip
        for name in names:
            setattr(owner, name, refused)


def walk(folder: Path, truths: dict[str, str]) -> tuple[list[Answered], list[str], dict[str, str]]:
    """The first start, a case for every photo, then everything that can be done with a history."""
    from edge_app.ui.start import prepare

    prepare(folder)
    from benchmarks import machine
    from tests.edge_app.ui.driver import running

    with running(folder / "here" / "data", clock=lambda: 0.0) as driver:
        driver.begin()
        bundle = driver.session.model().bundle
        answered = [one_case(driver, folder / "photos" / name, truth) for name, truth in truths.items()]
        steps = [measured(driver), *after(driver, len(truths), folder / "here"), *elsewhere(folder, len(truths))]
        made = machine.provenance()
    versions = " ".join(f"{name} {version}" for name, version in made["versions"].items())
    where = {"commit": made["commit"], "measured": machine.now(), "versions": versions}
    return answered, steps, {**where, "bundle_sha256": bundle.sha256, "gate": bundle.gate["verdict"]}


def one_case(driver: Any, photo: Path, truth: str) -> Answered:
    """New case, import by the app's own chooser, check, answer, save."""
    driver.press("New case")
    for chip in ("40-59", "Itching"):
        driver.press(chip)
    driver.page.ids.reference.text = photo.stem
    driver.press("On to the photo")
    driver.app.screen("files").folder = str(photo.parent)
    driver.press("Import a photo")
    driver.wait(lambda: photo.name in driver.texts())
    driver.press(photo.name)
    driver.wait_for("check")
    warnings = tuple(driver.session.draft.pending.report.codes)
    driver.press("Use it anyway" if warnings else "Analyse")
    driver.wait_for("result")
    answer = driver.session.draft.answer
    driver.settle(10)
    must_stand(driver.texts(), "Not a diagnosis.", "does not rule out cancer", "How reliable is that?")
    driver.press("Save")
    driver.press("Next case")
    return Answered(truth, warnings, answer.verdict, answer.label.code, answer.tier.value)


def measured(driver: Any) -> str:
    """The benchmark screen with its minute, and its row as `python -m benchmarks report` reads it."""
    from benchmarks.report.collect import collected

    driver.app.go("benchmark")
    driver.press("Also one minute without a pause")
    driver.press("Measure")
    while driver.app.is_busy or not driver.page.is_done:
        driver.settle(1)
        time.sleep(0.01)
    driver.press("Save as JSON")
    (row,) = collected(driver.app.platform.folder).phones
    figures = ", ".join(f"{name} {value:.3g}" for name, value in sorted(row.metrics.items()))
    driver.app.go("home")
    return f"the benchmark screen, whose row `benchmarks report` takes: {figures}"


def after(driver: Any, count: int, here: Path) -> list[str]:
    """History, follow-up, outcome, reminder, every export, lock and unlock."""
    from tests.edge_app.ui.driver import PASSPHRASE

    driver.press("History")
    must_stand(driver.texts(), f"Cases: {count} of {count}")
    driver.page.ids.query.text = "photo-000"
    driver.wait(lambda: f"Cases: 1 of {count}" in driver.texts())
    driver.touch(driver.page.ids.rows.children[0])
    driver.press("Follow-up photo")
    driver.answer(next(iter(sorted((here.parent / "photos").iterdir()))))
    driver.press("Save")
    driver.press("Next case")
    driver.app.go("case")
    must_stand(driver.texts(), "Not known yet", "Visits")
    driver.press("in two weeks")
    driver.press("Outcome or histology")
    driver.press("Clinical diagnosis")
    driver.press("Save")
    driver.press("Export")
    for words in ("Referral note (PDF)", "CSV table", "FHIR R4"):
        driver.press(words)
    driver.page.ids.passphrase.text = BACKUP_WORDS
    driver.press("Write the backup")
    driver.wait(lambda: not driver.app.is_busy and any(here.glob("exports/*.dermedge-backup")))
    written = sorted(path.suffix for path in (here / "exports").iterdir())
    driver.app.lock()
    driver.settle()
    driver.page.ids.passphrase.text = "not the passphrase"
    driver.press("Unlock")
    driver.wait(lambda: "does not open" in driver.app.root.message)
    driver.page.ids.passphrase.text = PASSPHRASE
    driver.press("Unlock")
    driver.wait_for("home")
    kept = driver.session.history().cases()
    events = Counter(entry.event for entry in driver.session.history().audit())
    return [
        f"a follow-up photo of the first case: it has {len(driver.session.history().case(last_followed(kept)).visits)}"
        " visits, shown side by side, a reminder and an outcome",
        f"exported: {', '.join(written)}",
        f"locked; a wrong passphrase refused, the right one opened {len(kept)} cases",
        "the audit log, its chain unbroken: " + ", ".join(f"{name} {n}" for name, n in sorted(events.items())),
    ]


def last_followed(cases: Any) -> str:
    """The case with most visits."""
    return str(max(cases, key=lambda case: len(case.visits)).id)


def elsewhere(folder: Path, count: int) -> list[str]:
    """The backup restored on another device, then consent withdrawn there."""
    from edge_app.store import users
    from edge_app.store.vaults import PassphraseVault

    backup = next((folder / "here" / "exports").glob("*.dermedge-backup"))
    vault = PassphraseVault(BACKUP_WORDS)
    store = users.restore(folder / "there", backup, vault, vault)
    photos = [store.photo(photo_id) for case in store.cases() for photo_id in case.photo_ids]
    found = len(store.cases())
    store.close()
    for user in users.listed(folder / "there"):
        users.remove(user)
    left = len(list((folder / "there").iterdir()))
    assert_equal(found, count)
    return [
        f"the backup restored into another folder: {found} cases, {len(photos)} photos; deleted, {left} files left",
        f"attempts at a network: {len(BLOCKED)}",
    ]


def must_stand(shown: str, *sentences: str) -> None:
    """SystemExit unless every sentence is on the screen."""
    for sentence in sentences:
        if sentence not in shown:
            raise SystemExit(f"{sentence!r} is not on the screen")


def assert_equal(found: int, wanted: int) -> None:
    """SystemExit where a case was lost."""
    if found != wanted:
        raise SystemExit(f"{found} cases instead of {wanted}")


def page(answered: list[Answered], steps: list[str], provenance: dict[str, str], command: str) -> list[str]:
    """The page's lines."""
    warned = Counter(code for one in answered for code in one.warnings)
    right = sum(one.label == one.truth for one in answered if one.verdict == "prediction")
    given = sum(one.verdict == "prediction" for one in answered)
    return [
        "# The app on real phone photos",
        "",
        f"`{command}`: the app with its built-in model, driven by touches from the first start to a restored backup, on"
        f" {len(answered)} phone photos of PAD-UFES-20 that are among the test photos of the model's checkpoint. Not a"
        " measure of the model (its gate's table is); what happened in the app, by count.",
        "",
        *table("true class", VERDICTS, Counter((one.truth, one.verdict) for one in answered)),
        "",
        *table("true class", TIERS, Counter((one.truth, one.tier) for one in answered)),
        "",
        f"- answers given: {given}, of the true class {right}; the second table is the referral that each photo got",
        f"- the check let {sum(not one.warnings for one in answered)} photos pass; warnings, used anyway and recorded: "
        + (", ".join(f"{code} {n}" for code, n in sorted(warned.items())) or "none"),
        *[f"- {step}" for step in steps],
        *[f"- {name}: {value}" for name, value in sorted(provenance.items())],
    ]


def table(first: str, columns: tuple[str, ...], counts: Counter[tuple[str, str]]) -> list[str]:
    """Counts by class and column."""
    rows = sorted({row for row, _ in counts})
    lines = [f"| {first} | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    return lines + [f"| {row} | {' | '.join(str(counts[row, column]) for column in columns)} |" for row in rows]


if __name__ == "__main__":
    main()
