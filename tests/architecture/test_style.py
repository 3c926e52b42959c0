"""House rules that a linter has no rule for: names of files, lengths, module level code that does nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_file_has_a_telling_name_and_one_screenful_of_ideas(path: Path) -> None:
    assert path.stem not in VAGUE_NAMES
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES_MAX


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_functions_are_short(path: Path) -> None:
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    long = [
        f"{f.name}: {f.end_lineno - f.lineno + 1} lines"
        for f in functions
        if f.end_lineno is not None and f.end_lineno - f.lineno >= FUNCTION_LINES_MAX
    ]
    assert long == []


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name != "__main__.py"], ids=name_of)
def test_module_level_code_declares_and_does_nothing(path: Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert [ast.unparse(node)[:80] for node in body if not does_nothing(node)] == []
