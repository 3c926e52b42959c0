from __future__ import annotations

import dataclasses
import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.runtime import card as cards
from edge_app.runtime.card import FitRule, ModelCard, Thresholds
from edge_app.runtime.errors import CardError
from edge_app.runtime.labels import Label, RiskTier
from edge_app.runtime.schema import schema

LABELS = (Label("mel", "Melanoma", RiskTier.URGENT), Label("mpox", "Mpox", RiskTier.URGENT, notifiable=True))
CARD = ModelCard(
    name="ham7-dev",
    version="0.1.0",
    arch="mobilevitv2_050",
    labels=LABELS,
    fit=FitRule(side_px=128, resize_px=146, filter="bicubic"),
    scheme="static8",
    target="tflite",
    temperature=1.25,
    checkpoint_sha256="ab" * 32,
    calibration={"count": 300, "sha256": "cd" * 32, "source": "run@train"},
    gate={"verdict": "pass", "classes": []},
    thresholds=Thresholds(energy_max=-1.5, confidence_min=0.4),
    tools={"litert-torch": "0.10"},
    provenance={"commit": "abc", "seed": 7},
)


def changed(**values: object) -> str:
    """The card's JSON with some fields replaced; `fit__side_px` stands for fit.side_px."""
    data = json.loads(cards.to_json(CARD))
    for name, value in values.items():
        place, _, inner = name.partition("__")
        if inner:
            data[place][inner] = value
        else:
            data[place] = value
    return json.dumps(data)


def test_from_json_gives_the_card_that_to_json_wrote() -> None:
    assert cards.from_json(cards.to_json(CARD)) == CARD
    plain = dataclasses.replace(CARD, thresholds=None, gate=None, calibration=None, outputs=("logits",))
    assert cards.from_json(cards.to_json(plain).encode()) == plain


def test_from_json_fills_in_what_may_be_left_out() -> None:
    needed = {"schema_version", "name", "version", "arch", "labels", "fit", "scheme", "target"}
    data = {name: value for name, value in json.loads(cards.to_json(CARD)).items() if name in needed}
    card = cards.from_json(json.dumps(data))
    assert (card.outputs, card.temperature, card.thresholds) == (("logits", "cam"), 1.0, None)
    assert card.disclaimer == "Research use only. Not a medical device."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "card text is"),
        ("{}", "schema_version is None; this version reads 1"),
        (changed(schema_version=2), "schema_version is 2; this version reads 1"),
        (changed(extra=1), "card extra is unknown; allowed: name"),
        (changed(name=""), "card name is ''; allowed: 1 to 100 letters"),
        (changed(name="a/b"), "card name is 'a/b'"),
        (changed(arch=None), "card arch is None"),
        (changed(labels={}), "card labels is {}; allowed: an array"),
        (changed(labels=[]), "card labels has 0 entries; allowed: 2 to 1000"),
        (changed(labels=[{"code": "a", "name": "A", "tier": "soon"}] * 2), r"labels\[1\].code is 'a' a second time"),
        (changed(labels=[{"code": "file", "name": "A", "tier": "soon"}] * 2), r"labels\[0\].code is 'file'; reserved"),
        (
            changed(labels=[{"code": "a", "name": "A", "tier": "later"}] * 2),
            r"labels\[0\].tier is 'later'; allowed: urg",
        ),
        (changed(labels=[{"code": "a", "name": "A"}] * 2), r"labels\[0\].tier is missing"),
        (changed(labels=["mel", "nv"]), r"labels\[0\] is 'mel'; allowed: a JSON object"),
        (changed(fit__side_px=8), "fit.side_px is 8; allowed: an integer from 16 to 4096"),
        (changed(fit__side_px=True), "fit.side_px is True"),
        (changed(fit__side_px=128.0), "fit.side_px is 128.0"),
        (changed(fit__resize_px=100), "fit.resize_px is 100; it must be at least side_px 128"),
        (changed(fit__filter="nearest"), "fit.filter is 'nearest'; allowed: bilinear, bicubic"),
        (changed(fit__crop="five"), "fit.crop is 'five'; allowed: center"),
        (changed(fit=None), "card fit is None; allowed: a JSON object"),
        (changed(outputs=["cam"]), "card outputs is"),
        (changed(temperature=0), "temperature is 0; allowed: a number from 0.001 to 1000"),
        (changed(temperature=10**400), "temperature is 1000"),
        (changed(checkpoint_sha256="xyz"), "checkpoint_sha256 is 'xyz'; allowed: 64 hexadecimal digits"),
        (changed(thresholds__confidence_min=1.5), "thresholds.confidence_min is 1.5; allowed: a number from 0 to 1"),
        (changed(thresholds={}), "thresholds.energy_max is missing"),
        (changed(calibration=[]), r"calibration is \[\]; allowed: an object or null"),
        (changed(tools={"x": 1}), "tools.x is 1"),
        (changed(licence="\ud800"), "licence is"),
        (changed(intended_use="x" * 20_001), "intended_use is"),
        (cards.to_json(CARD).replace("1.25", "NaN"), "NaN is no JSON number"),
    ],
)
def test_from_json_names_field_value_and_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(CardError, match=said) as caught:
        cards.from_json(text)
    assert "\n" not in str(caught.value) and len(str(caught.value)) <= 600


@pytest.mark.parametrize("name", ["name", "version", "arch", "labels", "fit", "scheme", "target"])
def test_from_json_names_what_is_missing(name: str) -> None:
    data = json.loads(cards.to_json(CARD))
    del data[name]
    with pytest.raises(CardError, match=f"card {name} is missing"):
        cards.from_json(json.dumps(data))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(st.binary(max_size=200))
def test_from_json_raises_nothing_but_card_error_when_given_any_bytes(content: bytes) -> None:
    with pytest.raises(CardError):
        cards.from_json(content)


@given(st.sampled_from([field.name for field in dataclasses.fields(ModelCard)]), VALUES)
@settings(max_examples=300, deadline=None)
def test_from_json_reads_only_what_the_schema_allows_when_a_field_is_anything(name: str, value: object) -> None:
    text = changed(**{name: value})
    try:
        card = cards.from_json(text)
    except CardError:
        return
    jsonschema.validate(json.loads(cards.to_json(card)), schema("card"))
    assert cards.from_json(cards.to_json(card)) == card


def test_the_card_follows_its_schema() -> None:
    jsonschema.validate(json.loads(cards.to_json(CARD)), schema("card"))


def test_model_card_refuses_nonsense_when_made_by_code() -> None:
    with pytest.raises(CardError, match="temperature"):
        dataclasses.replace(CARD, temperature=float("nan"))
    with pytest.raises(CardError, match="resize_px is 100"):
        FitRule(side_px=128, resize_px=100)
