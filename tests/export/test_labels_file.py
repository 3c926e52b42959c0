"""Lists of classes are read or refused in one line."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_app.runtime.errors import DermedgeError, LabelError
from edge_app.runtime.labels import Label, RiskTier, label
from export.labels_file import read_labels


def test_labels_from_text_take_one_code_a_line(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("mel\n\n  wart \n")
    assert read_labels(path) == (label("mel"), Label("wart", "wart", RiskTier.SOON))


def test_labels_from_json_take_names_and_tiers_and_fill_in_what_is_known(tmp_path):
    path = tmp_path / "labels.json"
    path.write_text(
        json.dumps([{"code": "mel"}, {"code": "wart", "name": "Wart", "tier": "routine", "notifiable": True}])
    )
    assert read_labels(path) == (label("mel"), Label("wart", "Wart", RiskTier.ROUTINE, True))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "hold 0 classes"),
        ("mel\nnv\nmel\n", "'mel' twice"),
        ("[1, 2]", "entry 0 is '1'"),
        ("[", "no JSON list"),
        ('{"codes": ["mel"]}', "hold a JSON object; give a JSON list"),
        ("mel\n../../x\n", "code '../../x'; allowed: at most 64 letters"),
        ('[{"code": "a", "name": "A"}, {"code": "b", "name": "A"}]', "'A' twice"),
        ('[{"code": "a", "colour": 1}, {"code": "b"}]', "has 'colour'"),
        ('[{"code": "a", "tier": "deadly"}, {"code": "b"}]', "tier 'deadly'; allowed: urgent, soon, routine"),
        ('[{"code": "a", "notifiable": 1}, {"code": "b"}]', "notifiable true or false"),
    ],
)
def test_labels_refuse_in_one_line(tmp_path, text, complaint):
    path = tmp_path / "labels.txt"
    path.write_text(text)
    with pytest.raises(LabelError, match=complaint) as refusal:
        read_labels(path)
    assert "\n" not in str(refusal.value)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda t: ("[" + t).encode())))
def test_labels_are_read_or_refused_whatever_the_bytes(tmp_path, content):
    path = tmp_path / "labels.txt"
    path.write_bytes(content)
    try:
        labels = read_labels(path)
    except DermedgeError as refusal:
        assert "\n" not in str(refusal)
    else:
        assert len({one.code for one in labels}) == len(labels) >= 2
