"""doctor: names what is missing, what that costs, and the extra that brings it."""

import io

from rich.console import Console

from export.doctor import core_ml_note, findings, installed_version, missing, table


def test_findings_name_the_extra_when_a_package_is_missing():
    rows = findings(lambda name: None if name == "onnxruntime" else "1.0")
    (absent,) = [row for row in rows if row.version is None]
    assert absent.need.distribution == "onnxruntime"
    assert absent.advice == (
        'no .onnx can be run or quantized, so the gate cannot; install it with `uv pip install -e ".[onnx]"`'
    )


def test_findings_advise_nothing_when_everything_is_there():
    rows = findings(lambda name: "1.0")
    assert {row.advice for row in rows} == {""}


def test_missing_names_what_a_target_cannot_do_without():
    assert missing("tflite", lambda name: None if name == "tensorflow" else "1.0") == []
    absent = missing("onnx", lambda name: None if name.startswith("onnx") else "1.0")
    assert [need.distribution for need in absent] == ["onnx", "onnxscript", "onnxruntime"]


def test_installed_version_is_none_when_not_installed():
    assert installed_version("dermedge-no-such-thing") is None
    assert installed_version("numpy")


def test_table_shows_the_missing_package_when_printed():
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(table(findings(lambda name: None if name == "kivy" else "9.9")))
    text = console.export_text()
    assert "missing" in text and ".[app]" in text and "9.9" in text


def test_core_ml_note_says_who_answers_when_not_on_a_mac():
    assert "MIL executor" in core_ml_note("Linux")
    assert "compute unit" in core_ml_note("Darwin")
