"""What is timed in one run: bundles of ours, bare files, peers, and the floor that arithmetic alone would take."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers import Made, Network
from benchmarks.runners import Call, open_runner
from edge_app.runtime import golden, photo
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import BackendError
from export.gate.runner import backend_for

OWN, BARE, PEER, FLOOR = "own", "file", "peer", "floor"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One thing that is timed.

    `run` answers once for one fitted photo (None where there is nothing to run, and `failed` says why). `macs` turns
    the time of a floor's product into that of the network: milliseconds times `scale`. `facts` go into the row's
    provenance. `classifier` is there for bundles, whose whole way of a photo is timed, too.
    """

    role: str
    made_by: str
    arch: str
    side_px: int
    target: str
    scheme: str
    backend: str
    threads: int
    name: str = ""
    run: Call | None = None
    scale: float = 1.0
    file: Path | None = None
    classifier: Classifier | None = None
    failed: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What tells it from the others in a table."""
        maker = self.made_by if self.role in {PEER, FLOOR} else self.name
        return f"{self.arch} {self.side_px} {self.target} {self.scheme}, {maker}"


def of_bundle(path: Path, keys: Sequence[bytes], *, allow_unsigned: bool, threads: int, workplace: Path) -> Subject:
    """A verified bundle, proved on its golden photos; its model lies below `workplace` for those who want a file."""
    bundle = Bundle.open(path, trusted_keys=keys, allow_unsigned=allow_unsigned)
    model = bundle.extract_model(Path(tempfile.mkdtemp(dir=workplace)))
    classifier = Classifier(backend_for(model, bundle.card.scheme, threads), bundle.card, bundle)
    golden.check(bundle.golden, classifier.backend)
    card = bundle.card
    image = bundle.golden.images[0]
    return Subject(
        role=OWN, made_by="dermedge", arch=card.arch, side_px=card.fit.side_px, target=card.target, scheme=card.scheme,
        backend=classifier.backend_name, threads=threads, name=f"{card.name} {card.version}",
        run=lambda: classifier.outputs(image), file=model, classifier=classifier,
        facts={"bundle": str(path), "bundle_sha256": bundle.sha256, **judged(bundle.gate)},
    )  # fmt: skip


def judged(gate: dict[str, Any]) -> dict[str, Any]:
    """The gate's verdict, and the accuracies that it measured."""
    found, photos = gate.get("accuracy") or {}, gate.get("photos") or {}
    return {
        "gate": gate["verdict"],
        "accuracy_float": found.get("float"),
        "accuracy": found.get("exported"),
        "gate_data": photos.get("data"),
        "gate_photos": photos.get("count"),
    }


def of_file(path: Path, threads: int) -> Subject:
    """A bare model file, which nothing has judged."""
    runner = open_runner(path, threads)
    return Subject(
        role=BARE, made_by="bare file", arch=path.stem, side_px=0, target=path.suffix.lstrip("."), scheme="unknown",
        backend=runner.name, threads=threads, name=str(path), run=runner.run, file=path, facts={"gate": "not judged"},
    )  # fmt: skip


def of_peer(made: Made, threads: int) -> Subject:
    """What another tool made, or the reason why there is nothing to time."""
    network, model, failed, runner = made.network, made.model, made.failed, None
    try:
        runner = open_runner(model, threads) if model is not None else None
    except BackendError as error:
        failed = str(error)
    return Subject(
        role=PEER, made_by=made.peer.made_by, arch=network.arch, side_px=network.side_px, target=made.peer.target,
        scheme=made.peer.scheme, backend=runner.name if runner else "none", threads=threads, name="random weights",
        run=runner.run if runner else None, file=model, failed=failed,
    )  # fmt: skip


def networks_of(subjects: Sequence[Subject]) -> list[Network]:
    """The networks of the bundles, each once."""
    own = [one for one in subjects if one.classifier is not None]
    found = [
        Network(arch=one.arch, side_px=one.side_px, classes=len(one.classifier.card.labels))
        for one in own
        if one.classifier is not None
    ]
    return list(dict.fromkeys(found))


def fitted(classifier: Classifier, jpeg: bytes) -> Any:
    """The photo as the model takes it, uint8 [S, S, 3]."""
    rule = classifier.card.fit
    return photo.fit(photo.load(jpeg, rule.resize_px), rule)
