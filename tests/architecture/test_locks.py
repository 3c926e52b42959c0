"""The locks: a version and hashes for every package, the same versions everywhere, no addresses."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
REQUIREMENT = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+?))?(?P<rest> \\)?"
)
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


def packages_of(lock: Path) -> dict[tuple[str, str], int]:
    """{(name, version): number of hashes} of one lock; AssertionError for a line that is neither."""
    packages: dict[tuple[str, str], int] = {}
    last = ("", "")
    for line in lock.read_text(encoding="utf-8").splitlines():
        if last in packages and HASH.fullmatch(line):
            packages[last] += 1
            continue
        found = REQUIREMENT.fullmatch(line)
        assert found, f"{lock.name}: {line!r}"
        last = (found["name"], found["version"])
        packages[last] = 0
    return packages


def names_of(lock: str) -> set[str]:
    return {name for name, _ in packages_of(ROOT / "requirements" / lock)}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_locked_package_has_hashes(lock: Path) -> None:
    packages = packages_of(lock)
    assert packages
    assert [name for name, hashes in packages.items() if hashes == 0] == []


@pytest.mark.parametrize("lock", ["app.lock", "demo.lock", "runtime.lock"])
def test_smaller_locks_take_the_versions_of_the_largest(lock: str) -> None:
    largest = packages_of(ROOT / "requirements" / "dev.lock")
    assert set(packages_of(ROOT / "requirements" / lock)) - set(largest) == set()


@pytest.mark.parametrize("lock", ["app.lock", "dev.lock", "demo.lock", "runtime.lock"])
def test_locks_hold_what_an_editable_install_without_isolation_needs(lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    build = {re.split(r"[<>=]", requirement)[0] for requirement in project["build-system"]["requires"]}
    assert build <= names_of(lock)


def test_runtime_lock_holds_no_training_package() -> None:
    assert names_of("runtime.lock") & {"torch", "tensorflow", "kivy", "pydantic", "pandas"} == set()


def test_demo_lock_holds_only_the_extras_that_the_demo_uses() -> None:
    assert names_of("demo.lock") & {"coremltools", "kivy", "onnxruntime", "pytest", "tensorflow"} == set()
