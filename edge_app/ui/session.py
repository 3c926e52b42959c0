"""What the screens share: settings, the open history, the model, the case being made. No Kivy in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from edge_app.runtime import photo
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import BundleError, PhotoError, StoreError
from edge_app.store import users
from edge_app.store.auto_lock import AutoLock
from edge_app.store.records import Case
from edge_app.store.store import Store, now_utc
from edge_app.ui import preferences
from edge_app.ui.draft import Draft, to_case
from edge_app.ui.preferences import Preferences
from edge_app.ui.shelf import Shelf

# Linux and Android stop the monotonic clock while they sleep, and a phone that was put away must lock all the same.
CLOCK = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def seconds_since_boot() -> float:
    """On a clock that nobody can set, time asleep included."""
    return time.monotonic() if CLOCK is None else time.clock_gettime(CLOCK)


class Session:
    """One run of the app, its data below `folder`."""

    def __init__(
        self,
        folder: Path,
        *,
        shelf: Shelf | None = None,
        clock: Callable[[], float] = seconds_since_boot,
        now: Callable[[], str] = now_utc,
    ) -> None:
        self.folder, self.now = folder, now
        self.preferences = preferences.load(folder)
        self.shelf = shelf or Shelf(folder / "models")
        self.auto_lock = AutoLock(clock, self.preferences.lock_after_s)
        self.store: Store | None = None
        self.classifier: Classifier | None = None
        self.draft = Draft()

    @property
    def histories(self) -> Path:
        """Where the users' histories lie."""
        return self.folder / "histories"

    @property
    def is_locked(self) -> bool:
        """Whether no history is open."""
        return self.store is None

    def prefer(self, **values: object) -> Preferences:
        """Change settings and keep them."""
        self.preferences = self.preferences.changed(**values)
        preferences.save(self.folder, self.preferences)
        self.auto_lock.after_s = self.preferences.lock_after_s
        return self.preferences

    def unlock(self, store: Store) -> None:
        """Use this history until it is locked."""
        self.lock()
        self.store = store
        self.auto_lock.touch()

    def lock(self) -> None:
        """Close the history: its key and everything decrypted are forgotten, and so is the unsaved case."""
        if self.store is not None:
            self.store.close()
        self.store = None
        self.draft = Draft()

    def history(self) -> Store:
        """The open history; StoreError while locked."""
        if self.store is None:
            raise StoreError("the history is locked; unlock it with the passphrase")
        return self.store

    def model(self) -> Classifier:
        """The loaded model; BundleError before it is."""
        if self.classifier is None:
            raise BundleError("no model is loaded yet; wait, or choose one under Models")
        return self.classifier

    def begin(self, follows: Case | None = None) -> Draft:
        """A new case, or another visit of `follows`."""
        self.draft = Draft(follows=follows, skin_type=follows.skin_type if follows else "")
        return self.draft

    def another(self) -> None:
        """One more photo of the same lesion; where the case was saved already, saving again adds a visit to it."""
        self.draft.follows, self.draft.saved = self.draft.saved or self.draft.follows, None

    def save_draft(self) -> Case:
        """Write the draft into the history, once."""
        if self.draft.saved is not None:
            return self.draft.saved
        case, photos = to_case(self.draft, self.model(), self.now())
        self.history().save(case, photos, event="follow-up saved" if self.draft.follows else "saved")
        self.draft.saved = case
        return case

    def stored_photo(self, photo_id: str, short_px: int) -> np.ndarray | None:
        """A photo of the history, uint8 [H, W, 3]; None where it is damaged, so that the rest can be shown."""
        try:
            return photo.load(self.history().photo(photo_id), short_px)
        except (StoreError, PhotoError):
            return None

    def withdraw_consent(self) -> None:
        """Delete every history on this device and forget that consent was given."""
        self.lock()
        users.remove_all(self.histories)
        self.prefer(consented_at="", toured=False)

    def today(self) -> str:
        """The date as 2026-11-30, in the device's own time zone."""
        return self.shown_time(self.now())[:10]

    def shown_time(self, at: str) -> str:
        """A stored time as the screens show it, in the device's own time zone."""
        moment = datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return moment.astimezone().strftime("%Y-%m-%d %H:%M")
