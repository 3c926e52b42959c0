"""House rules that a linter has no rule for: names of files, lengths, module level code that does nothing."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    path for package in ("edge_app", "train", "export", "benchmarks") for path in sorted((ROOT / package).rglob("*.py"))
]
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 300
DECLARATIONS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def does_nothing(node: ast.stmt) -> bool:
    """A declaration, a docstring, a main guard, or a choice of imports that depends on what is installed."""
    if isinstance(node, DECLARATIONS):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.If):
        return ast.unparse(node.test) in {"TYPE_CHECKING", "__name__ == '__main__'"}
    if isinstance(node, ast.Try):
        return all(does_nothing(inner) for inner in node.body)
    return False


def functions_of(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def test_files_have_telling_names() -> None:
    assert [name_of(path) for path in SOURCES if path.stem in VAGUE_NAMES] == []


def test_files_are_short() -> None:
    lines = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: count for name, count in lines.items() if count > FILE_LINES_MAX} == {}


def test_functions_are_short() -> None:
    lines = {
        f"{name_of(path)}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in SOURCES
        for node in functions_of(path)
    }
    assert {name: count for name, count in lines.items() if count > FUNCTION_LINES_MAX} == {}


def test_module_level_code_declares_and_does_nothing() -> None:
    found = [
        f"{name_of(path)}:{node.lineno} {ast.unparse(node)[:60]}"
        for path in SOURCES
        if path.name != "__main__.py"
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if not does_nothing(node)
    ]
    assert found == []
