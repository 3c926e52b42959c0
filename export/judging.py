"""Judge a model file that is there already, of any target, against the float model that it came from."""

from __future__ import annotations

from pathlib import Path

from edge_app.runtime.card import FitRule, ModelCard, from_json
from edge_app.runtime.errors import ConfigError
from export import compute_units
from export.gate.answers import float_logits
from export.gate.control import negative_control
from export.gate.examine import Findings, Reference, examine
from export.gate.overlap import Seen, refuse_overlap, seen_in_training
from export.gate.photos import refuse_missing_classes
from export.gate.runner import open_model
from export.gate.tolerances import parse_tolerances
from export.inspection import module_of
from export.materials import load_source, photos_of
from export.model_place import located
from export.options import GateOptions
from export.preflight import check_gate
from export.progress import say, step
from train.checkpoint import TrainedModel


def judge_file(path: Path, options: GateOptions) -> Findings:
    """The findings of the model file or bundle `path` on `options.gate_data`, beside the float model's answers.

    Photos that the checkpoint's lists name as seen are refused; what chose or calibrated the file is not known here.
    On a Mac a CoreML file runs on each compute unit, and the worst is returned. Raises GateError unless the same gate
    fails two ruined copies of the file, and another DermedgeError for a file, a checkpoint or data that cannot be used,
    or that do not belong together.
    """
    check_gate(path, options)
    trained = load_source(options)
    tolerances = parse_tolerances(
        options.max_accuracy_drop, options.max_recall_drop, options.recall_tolerance, trained.labels
    )
    with located(path) as place:
        module = module_of(place.model)
        card = card_of(module.read_card(place.model), trained, module.NAME, path)
        photos = photos_of(options.gate_data, trained, "gate")
        refuse_missing_classes(photos, trained.labels)
        refuse_overlap(photos, seen_by_training(trained))
        logits = float_logits(trained, photos.images, "gate") / card.temperature
        reference = Reference(photos=photos, logits=logits, labels=trained.labels)
        classifier = open_model(place.model, card, options.threads)
        findings = examine(classifier, place.model, reference, tolerances, "gate")
        with step("negative control"):
            negative_control(
                findings, place.model, tolerances, lambda ruined: open_model(ruined, card, options.threads)
            )
        if not compute_units.apply(module.NAME):
            return findings
        return compute_units.worst(findings, compute_units.examined(place.model, card, findings, reference, tolerances))


def seen_by_training(trained: TrainedModel) -> list[Seen]:
    """What the checkpoint's lists say; a warning where it has none."""
    seen = seen_in_training(trained.splits)
    if not seen:
        say("warning: the checkpoint has no split lists; that the gate's photos were not trained on cannot be checked")
    return seen


def card_of(text: str | None, trained: TrainedModel, target: str, path: Path) -> ModelCard:
    """The card in the file; for a file without one the checkpoint's labels and preprocessing, logits as they come.

    Without a card the temperature is taken for 1: answers do not depend on it, differences of logits do.
    """
    if text is None:
        say(f"warning: {path} carries no card; labels and preprocessing are taken from the checkpoint")
        return ModelCard(
            name="unnamed", version="0", arch=trained.arch, labels=trained.labels, fit=trained.fit, scheme="unknown",
            target=target, outputs=("logits",), checkpoint_sha256=trained.sha256,
        )  # fmt: skip
    card = from_json(text)
    theirs, ours = [one.code for one in card.labels], [one.code for one in trained.labels]
    if theirs != ours:
        raise ConfigError(
            f"{path} knows {', '.join(theirs)}, the checkpoint {', '.join(ours)}; name the"
            " checkpoint (and --labels) of the file"
        )
    if card.fit != trained.fit:
        raise ConfigError(
            f"{path} takes {shown(card.fit)}, the checkpoint {shown(trained.fit)}; name the"
            " checkpoint (and --arch, --side) of the file"
        )
    if card.checkpoint_sha256 != trained.sha256:
        say(f"warning: {path} was made from another checkpoint ({card.checkpoint_sha256[:16]}...) than the one named")
    return card


def shown(rule: FitRule) -> str:
    """A fit rule in words."""
    return f"{rule.side_px} px of a photo resized to {rule.resize_px} ({rule.filter})"
