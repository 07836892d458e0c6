"""What the tests of this folder read: the source files and the house's plan in pyproject.toml."""

from __future__ import annotations

import ast
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "gongdan"


@cache
def contract(name: str) -> dict[str, Any]:
    """The import contract of that id."""
    plan = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {entry["id"]: entry for entry in plan["tool"]["importlinter"]["contracts"]}
    found: dict[str, Any] = contracts[name]
    return found


@cache
def floors() -> dict[str, int]:
    """The floor of each app, counted from the top."""
    return {
        app.strip(" ()"): number
        for number, floor in enumerate(contract("floors")["layers"])
        for app in floor.split("|")
    }


def tracked() -> list[Path]:
    """The files that git keeps."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("an unpacked archive: only git knows which files belong to the project")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def source(*, outside: tuple[str, ...] = ()) -> Iterator[tuple[str, ast.Module]]:
    """Each Python file of the package with its tree, but for folders and files named so under `gongdan`."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if not {*outside, "migrations"} & set(parts):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))
