"""Checks that read only the facts of a file."""

from dataclasses import replace

from export.checks.check import Outcome
from export.checks.file_facts import checks, int8, ranks, types
from export.targets.facts import FileFacts

FACTS = FileFacts(
    max_rank=4,
    ops={"ADD": 1, "CONV_2D": 3},
    dtypes={"float32": 5, "int8": 2},
    inputs=(),
    outputs=(),
    linear_ops=3,
    int8_ops=2,
    int8_activation_ops=0,
    size_bytes=10,
)


def test_ranks_warn_when_a_tensor_has_five_axes():
    assert ranks(FACTS).outcome is Outcome.OK
    found = ranks(replace(FACTS, max_rank=5))
    assert found.outcome is Outcome.WARNING and "5 axes" in found.summary


def test_types_count_ops_most_frequent_first():
    found = types(FACTS)
    assert found.summary == "4 ops of 2 kinds"
    assert found.reasons == ("3 CONV_2D, 1 ADD", "5 float32, 2 int8")


def test_int8_fails_when_a_static_file_computes_in_float():
    assert int8(FACTS, "static8").outcome is Outcome.FAIL
    assert int8(FACTS, "dynamic8").outcome is Outcome.OK
    assert int8(FACTS, "dynamic8").summary.startswith("2 of 3 ")


def test_checks_ask_for_int8_only_when_the_scheme_promises_it():
    assert [check.name for check in checks(FACTS, "fp32")] == ["ranks", "ops and types"]
    assert [check.name for check in checks(FACTS, "static8")] == ["ranks", "ops and types", "int8 ops"]
