"""Who may import whom beyond what import-linter sees: the phone's needs, silence at import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("edge_app", "train", "export", "benchmarks")
BLOCKED = ("torch", "tensorflow", "kivy", "pydantic", "pandas")
# pillow_heif is taken when it is there: iPhones store HEIC.
PHONE = {"numpy", "PIL", "cryptography", "pillow_heif", "edge_app"}
# The user interface's modules that hold no Kivy.
PLAIN_UI = {"answer", "bidi_lines", "choices", "draft", "figures", "icons", "note", "palette", "preferences", "session",
            "shelf", "start", "words"}  # fmt: skip
RUNTIMES = {"ai_edge_litert", "tflite_runtime", "tensorflow", "onnxruntime", "coremltools", "jnius", "pyobjus"}

# Run with -c in a fresh interpreter: refuses the blocked packages, swallows no output.
BLOCKING_IMPORT = """
import importlib, importlib.abc, sys

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ImportError(name + " is blocked")

sys.meta_path.insert(0, Refuse())
for name in {modules!r}:
    importlib.import_module(name)
"""

# Python-level output only: what native libraries say on the file descriptors is theirs.
SILENT_IMPORT = """
import contextlib, importlib, io, sys, warnings
warnings.simplefilter("ignore")
sys.argv = ["program", "--no-such-option"]
out = io.StringIO()
with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
    for name in {modules!r}:
        importlib.import_module(name)
sys.exit(out.getvalue() or 0)
"""


def modules_of(folder: str) -> list[str]:
    """Dotted names of every module under a package's folder, found by name; `__main__` is meant to run and left out."""
    files = [path for path in sorted((ROOT / folder).rglob("*.py")) if path.name != "__main__.py"]
    return [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in files]


def without_kivy(modules: list[str]) -> list[str]:
    """`modules` but those of the screens: Kivy itself logs, reads arguments and opens its window when imported."""
    return [name for name in modules if not name.startswith("edge_app.ui.") or name.split(".")[-1] in PLAIN_UI]


def run_python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=240)


def imported_names(path: Path) -> set[str]:
    """Top-level names of the packages that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names)


def test_runtime_imports_when_torch_tensorflow_and_kivy_are_blocked() -> None:
    done = run_python(BLOCKING_IMPORT.format(blocked=BLOCKED, modules=modules_of("edge_app/runtime")))
    assert (done.returncode, done.stderr) == (0, "")


def test_blocking_import_refuses_when_a_module_needs_torch() -> None:
    done = run_python(BLOCKING_IMPORT.format(blocked=BLOCKED, modules=["torch"]))
    assert done.returncode == 1
    assert "torch is blocked" in done.stderr


def test_runtime_files_need_only_what_a_phone_has() -> None:
    found = {
        path.name: imported_names(path) - PHONE - (RUNTIMES if path.parent.name == "backends" else set())
        for path in sorted((ROOT / "edge_app" / "runtime").rglob("*.py"))
    }
    assert {name: extra for name, extra in found.items() if extra} == {}


def test_kivy_is_imported_only_by_the_user_interface() -> None:
    allowed = (ROOT / "edge_app" / "main.py", ROOT / "edge_app" / "ui")
    users = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "kivy" in imported_names(path)]
    assert [path for path in users if not any(place in (path, *path.parents) for place in allowed)] == []


@pytest.mark.slow
@pytest.mark.parametrize("package", PACKAGES)
def test_importing_a_package_prints_nothing_and_reads_no_arguments(package: str) -> None:
    done = run_python(SILENT_IMPORT.format(modules=without_kivy(modules_of(package))))
    assert (done.returncode, done.stderr[-2000:]) == (0, "")
