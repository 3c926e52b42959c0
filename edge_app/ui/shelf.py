"""The models on this device: the built-in one, those that were imported, which is in use, and the one before it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from edge_app.runtime import golden, trust
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import BundleError, DermedgeError, TrustError
from edge_app.store.whole import write_whole

BUILT_IN = Path(__file__).resolve().parents[2] / "assets" / "bundles" / "derm8-dev"
BUILT_IN_KEY = BUILT_IN.with_suffix(".pub")
STATE, KEYS = "models.json", "trusted.keys"
THREADS = 2


class Shelf:
    """Bundles below `folder`, one folder each, named by their hash."""

    def __init__(self, folder: Path, *, built_in: Path = BUILT_IN, built_in_key: Path = BUILT_IN_KEY) -> None:
        self.folder, self.built_in, self._key_file = folder, built_in, built_in_key

    def open_current(self, threads: int = THREADS) -> Classifier:
        """The model in use, verified and proved on its golden photos; the built-in one where it no longer opens."""
        path = self.path_of(self.state()["current"])
        try:
            return self.open(path, threads)
        except DermedgeError:
            if path == self.built_in:
                raise
            self.set_state("", "")
            return self.open(self.built_in, threads)

    def open(self, path: Path, threads: int = THREADS) -> Classifier:
        """A bundle of the shelf, verified again: files on a disk can change."""
        return Classifier.open(path, trusted_keys=self.keys_for(path), threads=threads)

    def listed(self) -> tuple[Bundle, ...]:
        """Every bundle that still verifies, the built-in one first."""
        found = []
        for path in [self.built_in, *sorted(self.folder.glob("[0-9a-f]*"))]:
            try:
                found.append(Bundle.open(path, trusted_keys=self.keys_for(path)))
            except DermedgeError:
                continue
        return tuple(found)

    def add(self, source: Path, threads: int = THREADS) -> Bundle:
        """Verify the bundle at `source`, prove it, keep a copy, and use it; the present one becomes the previous.

        TrustError when no trusted key signed it, BundleError when it is damaged or answers differently here.
        """
        classifier = Classifier.open(source, trusted_keys=self.accepted_keys(), threads=threads)
        bundle = classifier.bundle
        if bundle is None:
            raise BundleError(f"{source.name} holds no bundle")
        self.keep(bundle, source)
        self.use(bundle.sha256)
        return bundle

    def keep(self, bundle: Bundle, source: Path) -> None:
        """Copy what was verified, not what lies at `source` by now, plus its manifest and signature."""
        from edge_app.runtime import members
        from edge_app.runtime.manifest import MANIFEST, MANIFEST_BYTES_MAX, SIGNATURE

        target = self.folder / bundle.sha256
        if target.exists() or bundle.path == self.built_in:
            return
        partial = self.folder / f".{bundle.sha256}.new"
        shutil.rmtree(partial, ignore_errors=True)
        with members.opened(source) as listed:
            signed = {name: listed.read(name, MANIFEST_BYTES_MAX) for name in (MANIFEST, SIGNATURE)}
        for name, content in {**bundle.files, **signed}.items():
            (partial / name).parent.mkdir(parents=True, exist_ok=True)
            (partial / name).write_bytes(content)
        if Bundle.open(partial, trusted_keys=self.accepted_keys()).sha256 != bundle.sha256:
            raise TrustError(f"{source.name} changed while it was read; import it again")
        partial.rename(target)

    def use(self, sha256: str) -> None:
        """Use another bundle from now on."""
        current = self.state()["current"]
        self.set_state(sha256, current if current != sha256 else self.state()["previous"])

    def roll_back(self) -> str:
        """Use the previous bundle again; its hash, "" for the built-in one."""
        state = self.state()
        self.set_state(state["previous"], state["current"])
        return state["previous"]

    def self_test(self, classifier: Classifier) -> list[float]:
        """The largest difference of each golden photo on this device."""
        if classifier.bundle is None:
            return []
        return golden.differences(classifier.bundle.golden, classifier.backend)

    def accepted_keys(self) -> tuple[bytes, ...]:
        """The keys that the user has accepted; none where the list is damaged."""
        path = self.folder / KEYS
        try:
            return trust.load_key_list(path) if path.exists() else ()
        except TrustError:
            return ()

    def accept_key(self, file: Path) -> str:
        """Trust the key in `file` from now on; its fingerprint."""
        key = trust.load_public_key(file)
        if key not in self.accepted_keys():
            self.folder.mkdir(parents=True, exist_ok=True)
            lines = [known.hex() for known in (*self.accepted_keys(), key)]
            write_whole(self.folder / KEYS, ("\n".join(lines) + "\n").encode())
        return trust.fingerprint(key)

    def remove_key(self, key: bytes) -> None:
        """Trust `key` no more: bundles that it signed stay where they are and no longer open."""
        left = [known.hex() for known in self.accepted_keys() if known != key]
        write_whole(self.folder / KEYS, "".join(f"{line}\n" for line in left).encode())

    def keys_for(self, path: Path) -> Sequence[bytes]:
        """The built-in bundle's own key serves that bundle alone."""
        return trust.keys_of([self._key_file]) if path == self.built_in else self.accepted_keys()

    def path_of(self, sha256: str) -> Path:
        """Where a bundle lies; "" is the built-in one."""
        return self.folder / sha256 if sha256 else self.built_in

    def state(self) -> dict[str, str]:
        """{"current", "previous"}: hashes, "" for the built-in bundle."""
        try:
            data = json.loads((self.folder / STATE).read_bytes())
        except (OSError, ValueError, RecursionError):
            data = {}
        values = data if isinstance(data, dict) else {}
        return {name: hash_or_empty(values.get(name)) for name in ("current", "previous")}

    def set_state(self, current: str, previous: str) -> None:
        """Write the choice whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / STATE, json.dumps({"current": current, "previous": previous}).encode())


def hash_or_empty(value: object) -> str:
    """`value` where it is a SHA-256 in hexadecimal, else ""."""
    is_hash = isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")
    return str(value) if is_hash else ""
