from __future__ import annotations

import builtins
import subprocess
import sys
from typing import Any

import pytest

from edge_app.runtime.errors import MissingRuntimeError
from export.mil import coremltools_import

PROGRAM = """
import sys
from export.mil.coremltools_import import UNUSED, coremltools
print(coremltools().__name__, [name for name in UNUSED if name in sys.modules])
"""


@pytest.mark.slow
def test_import_is_quiet_and_loads_none_of_what_it_does_not_need() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=1200)
    assert (done.returncode, done.stdout, done.stderr) == (0, "coremltools []\n", "")


def test_import_names_the_extra_when_coremltools_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> Any:
        if name == "coremltools":
            raise ModuleNotFoundError("No module named 'coremltools'", name="coremltools")
        return builtins.__import__(name)

    monkeypatch.setattr(coremltools_import.importlib, "import_module", refuse)
    with pytest.raises(MissingRuntimeError, match=r"pip install 'dermedge\[coreml\]'"):
        coremltools_import.coremltools()
