"""The whole flow by touch, with sockets blocked and every attempt at one recorded."""

from __future__ import annotations

import dataclasses
import io
import json
import socket
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from PIL import Image, ImageFilter

from edge_app.runtime.classifier import Classifier
from edge_app.runtime.labels import label
from edge_app.store.store import Store
from edge_app.store.vaults import PassphraseVault
from edge_app.ui import choices
from edge_app.ui.answer import combine
from edge_app.ui.figures import percent, probable, recall_of
from edge_app.ui.shelf import Shelf
from tests.contracts.tiny_model import card as tiny_card
from tests.edge_app import bundles
from tests.edge_app.ui.driver import PASSPHRASE, SAMPLES, Driver, running

pytestmark = pytest.mark.usefixtures("display")
NETWORK = ((socket, ("create_connection", "getaddrinfo")), (socket.socket, ("connect", "connect_ex", "bind", "sendto")))


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every attempt at a network, each refused."""
    tried: list[str] = []

    def refuse(name: str) -> Callable[..., NoReturn]:
        def refused(*_: object, **__: object) -> NoReturn:
            tried.append(name)
            raise OSError(f"{name} is blocked by this test")

        return refused

    for owner, names in NETWORK:
        for name in names:
            monkeypatch.setattr(owner, name, refuse(name))
    return tried


def test_blocked_sockets_fail_and_are_recorded(network: list[str]) -> None:
    with pytest.raises(OSError, match="blocked"):
        urllib.request.urlopen("http://localhost:9", timeout=1)
    with pytest.raises(OSError, match="blocked"), socket.socket() as opened:
        opened.connect(("127.0.0.1", 9))
    assert network == ["create_connection", "connect"]


def test_first_start_to_saved_case_by_touch(data: Path, network: list[str]) -> None:
    with running(data) as driver:
        assert driver.app.page == "consent"
        driver.begin()
        assert driver.app.page == "home"
        driver.press("New case")
        driver.page.ids.body_map.site = "left_forearm"
        for chip in ("40-59", "Female", "IV", "growing"):
            driver.press(chip)
        driver.page.ids.reference.text = "W-17"
        driver.press("On to the photo")
        driver.press("Try with a drawing")
        driver.wait_for("check")
        driver.press("Analyse")
        driver.wait_for("result")
        shown = driver.texts()
        driver.press("Save")
        path = driver.session.history().path
    store = Store.open(path, PassphraseVault(PASSPHRASE))
    (case,) = store.cases()
    assert (case.site, case.age_band, case.sex, case.skin_type, case.symptoms, case.reference) == (
        "left_forearm", "40-59", "female", "IV", ("growing",), "W-17",
    )  # fmt: skip
    assert_says_what_the_model_says(case.visits[0], shown)
    stored = Image.open(io.BytesIO(store.photo(case.photo_ids[0])))
    assert (stored.size, dict(stored.getexif())) == ((512, 512), {})
    assert network == []


def assert_says_what_the_model_says(visit: object, shown: str) -> None:
    """The same as the runtime would say for that file, and every sentence that belongs to it."""
    from edge_app.ui.screens.result import recall_text

    classifier = Shelf(Path("nowhere")).open_current()
    gate = classifier.bundle.gate
    outputs = classifier.outputs_of((SAMPLES / "phantom-0.jpg").read_bytes())
    answer = combine([outputs], classifier.card, backend=classifier.backend_name)
    assert visit.probabilities == pytest.approx(answer.probabilities, abs=1e-6)
    assert (visit.verdict, visit.code, visit.gate) == (answer.verdict, answer.label.code, gate["verdict"])
    tier = choices.TIERS[answer.tier.value]
    titles = tier if answer.verdict == "prediction" else (*choices.VERDICTS[answer.verdict], f"{tier[0]}.")
    for sentence in (
        *titles,
        choices.LABELS[answer.label.code],
        probable(answer.probability),
        recall_text(recall_of(gate, answer.label.code), str, choices.LABELS[answer.label.code]),
        "Skin type IV: ",
        "Bleeding, change or growth was noted: refer in any case.",
        "Not a diagnosis. Research software, not a medical device.",
        "A low-risk result does not rule out cancer. Refer changing or bleeding lesions whatever the app says.",
        "Photo quality: good",
    ):
        assert sentence in shown
    assert ("Gate inconclusive: too few" in shown) == (gate["verdict"] == "inconclusive")
    assert visit.model_sha256[:12] in shown
    assert visit.model in shown


def test_photo_of_the_command_line_is_answered_first(data: Path) -> None:
    with running(data, photo=SAMPLES / "phantom-1.jpg") as driver:
        driver.page.understands = True
        driver.settle()
        driver.press("Agree and continue")
        driver.sign_up("Amina")
        driver.wait_for("check")
        assert driver.page.is_good


def blurred(folder: Path) -> Path:
    path = folder / "blurred.jpg"
    Image.open(SAMPLES / "phantom-0.jpg").filter(ImageFilter.GaussianBlur(6)).save(path)
    return path


def test_bad_photo_says_what_to_do_and_its_use_is_recorded(data: Path, tmp_path: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.session.begin()
        driver.photo(blurred(tmp_path))
        assert "Hold still" in driver.texts()
        driver.press("Use it anyway")
        driver.wait_for("result")
        assert "used in spite of a warning" in driver.texts()
        driver.press("Save")
        (shot,) = driver.session.history().cases()[0].visits[0].shots
        assert (shot.quality, shot.used_anyway) == (("blur",), True)


def test_several_photos_of_a_lesion_are_combined_by_their_mean_logits(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.session.begin()
        driver.answer(SAMPLES / "phantom-1.jpg")
        driver.press("Another photo of the same lesion")
        driver.answer(SAMPLES / "phantom-3.jpg")
        driver.press("Next photo")
        assert driver.page.number == 0
        driver.press("Save")
        (visit,) = driver.session.history().cases()[0].visits
        logits = np.mean([shot.logits for shot in visit.shots], axis=0)
        mean = np.exp(logits) / np.exp(logits).sum()
        assert list(visit.probabilities.values()) == pytest.approx(list(mean), abs=1e-5)
        differ = len({int(np.argmax(shot.logits)) for shot in visit.shots}) > 1
        assert visit.disagreement == differ
        assert ("The photos of this lesion got different answers" in driver.texts()) == differ
        assert not differ or visit.verdict != "prediction"


def test_follow_up_outcome_and_reminder(data: Path) -> None:
    today = ["2026-11-21T10:00:00Z"]
    with running(data, now=lambda: today[0]) as driver:
        driver.begin()
        driver.session.begin()
        driver.answer(SAMPLES / "phantom-1.jpg")
        driver.press("Save")
        case_id = driver.session.history().cases()[0].id
        driver.press("Next case")
        driver.press("History")
        driver.touch(driver.page.ids.rows.children[0])
        assert driver.app.page == "case"
        driver.press("in two weeks")
        assert driver.session.history().case(case_id).remind_on == "2026-12-05"
        driver.press("Follow-up photo")
        driver.answer(SAMPLES / "phantom-0.jpg")
        driver.press("Save")
        assert len(driver.session.history().case(case_id).visits) == 2
        driver.app.screen("case").case_id = case_id
        driver.app.go("case")
        driver.settle()
        assert len(driver.page.ids.pair.children) == 2
        today[0] = "2026-12-06T10:00:00Z"
        driver.app.go("home")
        assert "Due for follow-up" in driver.texts()
        driver.app.go("case")
        driver.press("Outcome or histology")
        driver.press("Histology")
        driver.page.ids.finding.text = "naevus"
        driver.press("Save")
        outcome = driver.session.history().case(case_id).outcome
        assert (outcome.kind, outcome.finding, outcome.on) == ("histology", "naevus", "2026-12-06")
        driver.press("Delete this case")
        driver.press("Press again: delete this case")
        assert driver.session.history().cases() == ()


def test_exports_are_written_and_logged(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.session.begin()
        driver.answer(SAMPLES / "phantom-1.jpg")
        driver.press("Referral note")
        driver.press("Referral note (PDF)")
        driver.press("CSV table")
        driver.press("FHIR R4")
        driver.page.ids.passphrase.text = "for the backup"
        driver.press("Write the backup")
        driver.wait(lambda: not driver.app.is_busy)
        written = {path.suffix: path for path in driver.app.platform.folder.iterdir()}
        assert sorted(written) == [".csv", ".dermedge-backup", ".json", ".pdf"]
        assert written[".pdf"].read_bytes().startswith(b"%PDF")
        assert json.loads(written[".json"].read_text())["resourceType"] == "Bundle"
        assert driver.session.draft.answer.label.code in written[".csv"].read_text("utf-8-sig")
        backed_up = Store.open(written[".dermedge-backup"], PassphraseVault("for the backup"))
        assert len(backed_up.cases()) == 1
        events = [entry.event for entry in driver.session.history().audit()]
        assert events == ["created", "saved", "exported", "exported", "exported", "backed up"]


def test_what_is_exported_goes_to_the_share_sheet_where_there_is_one(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        driver.session.begin()
        driver.answer(SAMPLES / "phantom-1.jpg")
        driver.app.platform.shared = shared = []
        driver.press("Referral note")
        driver.press("Referral note (PDF)")
        driver.press("FHIR R4")
        stem = driver.session.history().cases()[0].id[:8]
        assert [kind for _, kind in shared] == ["application/pdf", "application/fhir+json"]
        assert shared[1][0] == f"dermedge-{stem}.fhir.json"
        driver.app.screen("export").for_all()
        driver.press("FHIR R4")
        assert len(shared) == 2
        assert "Files written to" in driver.app.root.message


def test_any_visit_can_be_compared_with_the_last_and_the_audit_log_tells_all(data: Path) -> None:
    times = [f"2026-11-2{day}T10:00:00Z" for day in (1, 2, 3)]
    with running(data, now=lambda: times[0]) as driver:
        driver.begin()
        for name in ("phantom-1.jpg", "phantom-0.jpg", "phantom-3.jpg"):
            driver.session.begin(next(iter(driver.session.history().cases()), None))
            driver.answer(SAMPLES / name)
            driver.press("Save")
            times.append(times.pop(0))
        driver.app.go("history")
        driver.touch(driver.page.ids.rows.children[0])
        assert [one.title for one in driver.page.ids.pair.children] == ["2026-11-23", "2026-11-21"]
        driver.touch(driver.page.ids.visits.children[1])
        assert [one.title for one in driver.page.ids.pair.children] == ["2026-11-23", "2026-11-22"]
        assert [one.is_shown for one in driver.page.ids.visits.children] == [False, True, True]
        driver.session.prefer(language="fr")
        driver.app.follow_preferences()
        driver.app.go("audit")
        assert [one.title for one in reversed(driver.page.ids.lines.children)] == [
            "Suivi enregistré", "Suivi enregistré", "Cas enregistré", "Historique créé",
        ]  # fmt: skip


def test_search_narrows_the_history(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        for reference, name in (("W-1", "phantom-1.jpg"), ("W-2", "phantom-3.jpg")):
            driver.session.begin().reference = reference
            driver.answer(SAMPLES / name)
            driver.press("Save")
        driver.app.go("history")
        driver.settle()
        assert len(driver.page.ids.rows.children) == 2
        driver.page.ids.query.text = "w-2"
        driver.wait(lambda: len(driver.page.ids.rows.children) == 1)
        assert "Cases: 1 of 2" in driver.texts()


def test_model_answers_are_those_of_the_runtime(data: Path) -> None:
    with running(data) as driver:
        driver.begin()
        classifier: Classifier = driver.session.model()
        assert classifier.bundle is not None
        driver.app.go("models")
        driver.press("Self-test")
        driver.wait(lambda: "Passed" in driver.app.root.message)
        driver.press("Model card")
        measured = recall_of(classifier.bundle.gate, classifier.card.labels[0].code)
        assert (
            f"{percent(measured.share)} ({percent(measured.low)} \u2013 {percent(measured.high)}), n ="
            in driver.texts()
        )
        check_benchmark(driver)


def check_benchmark(driver: Driver) -> None:
    """The benchmark screen measures and writes a row that `benchmarks` reads."""
    from edge_app.runtime.timing import BenchmarkRow

    driver.app.go("benchmark")
    driver.press("Measure")
    driver.wait(lambda: driver.page.is_done)
    driver.press("Save as JSON")
    row = BenchmarkRow.from_json((driver.app.platform.folder / "dermedge-benchmark.jsonl").read_text())
    assert 0 < row.metrics["p50_ms"] <= row.metrics["p90_ms"]
    assert row.metrics["golden_largest_difference"] < 0.01


def test_notifiable_disease_and_a_passed_gate_are_said_and_nothing_is_made_up(data: Path, tmp_path: Path) -> None:
    labels = tuple(label(code) for code in ("mpox", "measles", "chickenpox", "nv", "mel")[: len(tiny_card().labels)])
    files = bundles.signed(bundles.contents(dataclasses.replace(tiny_card(), labels=labels)))
    key = tmp_path / "key.pub"
    key.write_text(bundles.public(bundles.KEY).hex())
    with running(data) as driver:
        driver.begin()
        driver.session.shelf.accept_key(key)
        driver.app.go("models")
        driver.page.import_bundle(bundles.write_zip(files, tmp_path / "tiny.zip"))
        driver.wait(lambda: driver.session.model().card.name == "tiny")
        driver.session.begin()
        driver.answer(SAMPLES / "phantom-2.jpg")
        answer = driver.session.draft.answer
        shown = driver.texts()
        assert answer.label in labels
        assert ("notifiable in many places" in shown) == answer.label.notifiable
        assert "Gate inconclusive" not in shown
        assert "not evaluated for this model." in shown
        for code in ("mpox", "nv"):
            driver.session.draft.answer = dataclasses.replace(answer, label=label(code))
            driver.app.go("result")
            driver.settle()
            told = "Mpox and measles are notifiable in many places: ask who must be told." in driver.texts()
            assert (told, "Notifiable" in driver.texts()) == (code == "mpox", code == "mpox")
