"""Take data out: a referral note (PDF), CSV, FHIR R4, an encrypted backup. All but the last are readable by anyone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kivy.properties import StringProperty

from edge_app.store import backup
from edge_app.store.csv_export import to_csv
from edge_app.store.fhir import to_fhir
from edge_app.store.records import Case
from edge_app.store.vaults import PassphraseVault
from edge_app.store.whole import write_whole
from edge_app.ui.page import Page


class ExportPage(Page):
    """Of the case called `case_id`, or of all cases where it is empty."""

    case_id = StringProperty("")
    folder = StringProperty("")

    def fill(self) -> None:
        """Where files go."""
        self.folder = str(self.app.platform.export_folder())
        self.ids.passphrase.text = ""

    def for_all(self) -> None:
        """Export everything."""
        self.case_id = ""
        self.app.go("export")

    def cases(self) -> tuple[Case, ...]:
        """What is exported."""
        store = self.session.history()
        return (store.case(self.case_id),) if self.case_id else store.cases()

    def write(self, name: str, content: Callable[[], bytes]) -> Path | None:
        """Write a file whole, and log that; None, and a message, where it failed."""
        path = Path(self.folder) / name

        def both() -> None:
            write_whole(path, content())
            self.session.history().log("exported", name)

        return path if self.app.attempt(both) else None

    def offer(self, path: Path | None, kind: str) -> None:
        """To other apps, or say where it is."""
        if path is not None:
            self.app.attempt(lambda: self.app.wrote(path, kind))

    def stem(self) -> str:
        """What files are called."""
        return f"dermedge-{self.session.today()}" + (f"-{self.case_id[:8]}" if self.case_id else "")

    def write_csv(self) -> None:
        """A table."""
        self.offer(self.write(f"{self.stem()}.csv", lambda: to_csv(self.cases()).encode("utf-8-sig")), "text/csv")

    def write_fhir(self) -> None:
        """One collection a case."""
        written = [self.write_collection(case) for case in self.cases()]
        if self.case_id:
            self.offer(written[0], "application/fhir+json")
        elif None not in written:
            self.app.say(self.app.tr("Files written to {folder}: {n}").format(n=len(written), folder=self.folder))

    def write_collection(self, case: Case) -> Path | None:
        """One case with its photos."""
        photo_of = self.session.history().photo

        def content() -> bytes:
            return to_fhir(case, {photo_id: photo_of(photo_id) for photo_id in case.photo_ids}).encode()

        return self.write(f"dermedge-{case.id[:8]}.fhir.json", content)

    def write_note(self) -> None:
        """The referral note."""
        from edge_app.ui.note import note_pdf
        from edge_app.ui.text_image import text_image

        store, case = self.session.history(), self.cases()[0]
        language = self.session.preferences.language

        def content() -> bytes:
            photos = [store.photo(photo_id) for photo_id in case.photo_ids]
            return note_pdf(case, photos, language, user=store.user, picture_of=text_image)

        self.offer(self.write(f"{self.stem()}.pdf", content), "application/pdf")

    def write_backup(self) -> None:
        """Needs a passphrase of its own."""
        target, passphrase = Path(self.folder) / f"{self.stem()}.dermedge-backup", self.ids.passphrase.text
        store = self.session.history()
        self.app.work(lambda task: backup.write(store, target, PassphraseVault(passphrase)), self.told)

    def told(self, path: Path) -> None:
        """Offer it, or say where it is."""
        self.ids.passphrase.text = ""
        self.offer(path, "application/octet-stream")
