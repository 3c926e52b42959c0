"""The model card inside a `.mlpackage`, and what Xcode shows of it: author, licence, descriptions, class labels.

coremltools cannot name outputs and make a classifier in one conversion (9.0: `list index out of range`), and the
labels come with the card; so the `classify` op is written into the specification here, as coremltools would.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge_app.runtime.card import ModelCard, from_json
from edge_app.runtime.errors import ConversionError
from export.mil.coremltools_import import coremltools
from export.mil.load import WEIGHTS, load_spec
from export.targets.coreml_float import IMAGE, PROBABILITIES
from export.targets.coreml_package import write_package

CARD_KEY = "dermedge.card"
AUTHOR = "dermedge"
CLASS_LABEL, CLASS_PROBABILITIES = "classLabel", "probabilities"
DESCRIPTIONS = {
    IMAGE: "Square photo, RGB, sRGB, 0..255, resized and cropped as the card says; normalisation is in the model.",
    "logits": "Logits [1, K], already divided by the temperature, in the order of the card's labels.",
    "cam": "Class activation map [1, h, w, K]; its mean over h and w is the logits.",
    CLASS_LABEL: "The most probable class. Abstention by the card's thresholds is up to the caller.",
    CLASS_PROBABILITIES: "Calibrated probability of each class.",
}


def embed_card(path: Path, card_json: str) -> None:
    """Write the card and the fields that Xcode shows, in place of those that are there already."""
    card, spec = from_json(card_json), load_spec(path)
    make_classifier(spec, [label.name for label in card.labels], path)
    metadata = spec.description.metadata
    metadata.author, metadata.license, metadata.versionString = AUTHOR, card.licence, card.version
    metadata.shortDescription = short_description(card)
    metadata.userDefined[CARD_KEY] = card_json
    for feature in (*spec.description.input, *spec.description.output):
        feature.shortDescription = DESCRIPTIONS.get(feature.name, "")
    write_package(spec, path / WEIGHTS, path)


def read_card(path: Path) -> str | None:
    """The card of `path`, or None where there is none."""
    return load_spec(path).description.metadata.userDefined.get(CARD_KEY)


def short_description(card: ModelCard) -> str:
    """Two lines for Xcode's preview."""
    use = card.intended_use or "Skin-lesion classification."
    return f"{card.name} ({card.arch}, {card.scheme}). {use}\n{card.disclaimer}"


def make_classifier(spec: Any, labels: Sequence[str], path: Path) -> None:
    """Add the op `classify` over `class_probabilities`, or give an existing one these labels."""
    if len(set(labels)) < len(labels):
        raise ConversionError(f"the labels {sorted(labels)} are not all different; CoreML's dictionary needs that")
    function = spec.mlProgram.functions["main"]
    block = function.block_specializations[function.opset]
    if block.operations[-1].type == "classify":
        del block.operations[-1]
    else:
        replace_output(spec, block, path)
    refuse_other_count(block, labels, path)
    block.operations.append(classify_operation(labels))


def replace_output(spec: Any, block: Any, path: Path) -> None:
    """The tensor `class_probabilities` is no output any more; label and dictionary are, before the others."""
    if PROBABILITIES not in block.outputs:
        raise ConversionError(f"{path} has no output {PROBABILITIES}; only files of this exporter take a card")
    others = [name for name in block.outputs if name != PROBABILITIES]
    block.outputs[:] = [CLASS_LABEL, CLASS_PROBABILITIES, *others]
    described = [feature for feature in spec.description.output if feature.name != PROBABILITIES]
    feature = coremltools().proto.Model_pb2.FeatureDescription
    label, probabilities = feature(name=CLASS_LABEL), feature(name=CLASS_PROBABILITIES)
    label.type.stringType.SetInParent()
    probabilities.type.dictionaryType.stringKeyType.SetInParent()
    del spec.description.output[:]
    spec.description.output.extend([label, probabilities, *described])
    spec.description.predictedFeatureName = CLASS_LABEL
    spec.description.predictedProbabilitiesName = CLASS_PROBABILITIES


def refuse_other_count(block: Any, labels: Sequence[str], path: Path) -> None:
    """Raise ConversionError unless there is one label for each logit."""
    found = [o for operation in block.operations for o in operation.outputs if o.name == PROBABILITIES]
    classes = found[0].type.tensorType.dimensions[-1].constant.size
    if classes != len(labels):
        raise ConversionError(f"the card has {len(labels)} labels, {path} has {classes} classes; give the right card")


def classify_operation(labels: Sequence[str]) -> Any:
    """The message that coremltools writes for a classifier with string labels."""
    mil = coremltools().proto.MIL_pb2
    string, double = mil.DataType.Value("STRING"), mil.DataType.Value("FLOAT64")
    operation = mil.Operation(type="classify")
    operation.inputs["probabilities"].arguments.add().name = PROBABILITIES
    classes = operation.inputs["classes"].arguments.add().value
    classes.type.listType.type.tensorType.dataType = string
    classes.type.listType.length.constant.size = len(labels)
    for label in labels:
        set_string(classes.immediateValue.list.values.add(), label, string)
    operation.outputs.add(name=CLASS_LABEL).type.tensorType.dataType = string
    dictionary = operation.outputs.add(name=CLASS_PROBABILITIES).type.dictionaryType
    dictionary.keyType.tensorType.dataType = string
    dictionary.valueType.tensorType.dataType = double
    set_string(operation.attributes["name"], "classify", string)
    return operation


def set_string(value: Any, text: str, string_type: int) -> None:
    """Make a MIL value one string."""
    value.type.tensorType.dataType = string_type
    value.immediateValue.tensor.strings.values.append(text)
