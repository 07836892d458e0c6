"""Documents that name things of the code keep up with it."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.db.models import Model

from tests.architecture.house import ROOT

GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
DECISIONS = ROOT / "docs/adr"
ROOMS = ("", ".models", ".states")


def test_every_identifier_of_the_glossary_exists() -> None:
    named = [name for row in rows() for name in re.findall(r"`([a-z_]+(?:\.\w+)*)`", row[2]) if "." in name]

    assert [name for name in named if not exists(name)] == []
    assert len(named) > 100


def test_the_glossary_gives_each_chinese_term_once() -> None:
    terms = [row[0] for row in rows()]

    assert sorted({term for term in terms if terms.count(term) > 1}) == []


def test_the_index_of_decisions_lists_each_of_them_under_its_own_title() -> None:
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(\d+)\]\((\S+)\) \| (.+) \|$", index, re.MULTILINE)

    found = [
        (str(int(path.name[:4])), path.name, path.read_text(encoding="utf-8").splitlines()[0].partition(". ")[2])
        for path in sorted(DECISIONS.glob("[0-9]*.md"))
    ]
    assert listed == found


def rows() -> list[tuple[str, str, str]]:
    """Chinese, English and identifiers of each row of the table."""
    lines = [line.strip("|").split("|") for line in GLOSSARY.splitlines() if line.startswith("| ")]
    return [(chinese.strip(), english.strip(), identifier) for chinese, english, identifier in lines[1:]]


def exists(name: str) -> bool:
    """Whether app.Class.member, app.room.name or kernel.module.name leads to something in the code."""
    app, *path = name.split(".")
    rooms = [import_module(f"gongdan.{app}{room}") for room in ROOMS if find_spec(f"gongdan.{app}{room}")]
    return any(leads_to(room, path) for room in rooms)


def leads_to(at: object, path: list[str]) -> bool:
    for step in path:
        if isinstance(at, type) and issubclass(at, Model) and step in {field.name for field in at._meta.fields}:
            at = at._meta.get_field(step)
        elif isinstance(at, ModuleType) and hasattr(at, "__path__") and find_spec(f"{at.__name__}.{step}"):
            at = import_module(f"{at.__name__}.{step}")
        elif hasattr(at, step):
            at = getattr(at, step)
        else:
            return False
    return True
