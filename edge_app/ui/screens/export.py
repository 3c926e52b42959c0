"""Take data out: a referral note (PDF), CSV, FHIR R4, an encrypted backup. All but the last are readable by anyone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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

    def write(self, name: str, content: Callable[[], bytes]) -> None:
        """Write a file whole, and log that."""
        path = Path(self.folder) / name

        def both() -> None:
            write_whole(path, content())
            self.session.history().log("exported", name)

        if self.app.attempt(both):
            self.app.say(self.app.tr("Wrote {file}").format(file=path))

    def stem(self) -> str:
        """What files are called."""
        return f"dermedge-{self.session.today()}" + (f"-{self.case_id[:8]}" if self.case_id else "")

    def write_csv(self) -> None:
        """A table."""
        self.write(f"{self.stem()}.csv", lambda: to_csv(self.cases()).encode("utf-8-sig"))

    def write_fhir(self) -> None:
        """One collection a case."""
        store = self.session.history()
        for case in self.cases():
            photos = {photo_id: store.photo(photo_id) for photo_id in case.photo_ids}
            content = to_fhir(case, photos).encode()
            self.write(f"dermedge-{case.id[:8]}.fhir.json", partial(bytes, content))

    def write_note(self) -> None:
        """The referral note."""
        from edge_app.ui.note import note_pdf

        store, case = self.session.history(), self.cases()[0]
        photos = [store.photo(photo_id) for photo_id in case.photo_ids]
        language = self.session.preferences.language
        self.write(f"{self.stem()}.pdf", lambda: note_pdf(case, photos, language, user=store.user))

    def write_backup(self) -> None:
        """Needs a passphrase of its own."""
        target, passphrase = Path(self.folder) / f"{self.stem()}.dermedge-backup", self.ids.passphrase.text
        store = self.session.history()
        self.app.work(lambda task: backup.write(store, target, PassphraseVault(passphrase)), self.told)

    def told(self, path: Path) -> None:
        """Say where it is."""
        self.app.say(self.app.tr("Wrote {file}").format(file=path))
