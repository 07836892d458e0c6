"""House rules that no linter knows."""

from __future__ import annotations

import ast
import re

from tests.architecture.house import PACKAGE, ROOT, source, tracked

HOSTS = [
    r"pypi\.org",
    r"pythonhosted\.org",
    r"npmjs\.(org|com)",
    r"npmmirror\.com",
    r"debian\.org/debian",
    r"archive\.ubuntu\.com",
    r"mirrors?\.[a-z0-9-]+\.(com|cn|edu)",
]
PLACES = [r"/root/[a-z.]", r"/home/[a-z]+/", r"/work/(main|shared|\.library)", r"\.\./shared/", r"/opt/pypi"]
FOREIGN = re.compile("|".join(HOSTS + PLACES))

SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma|pylint)")
SUPPRESSION_WITH_REASON = re.compile(r"#\s*(noqa: [A-Z0-9, ]+|type:\s*ignore\[[\w, -]+\]|pragma: [a-z ]+) +[-#] \S.+")

CLOCKS = {"now", "today", "utcnow", "localdate", "localtime"}


def test_no_file_names_a_package_registry_or_a_place_on_somebodys_machine() -> None:
    found = []
    for path in tracked():
        if path.name == "test_source.py":  # names them all
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in FOREIGN.finditer(text)]

    assert found == []


def test_every_suppression_says_why() -> None:
    mute = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if path.suffix == ".py" and path.name != "test_source.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if SUPPRESSION.search(line) and not SUPPRESSION_WITH_REASON.search(line)
    ]

    assert mute == []


def test_a_day_is_taken_from_an_aware_time_by_the_kernel_only() -> None:
    """`at.date()` is the day in UTC: before 08:00 in Shanghai that is yesterday. `local_day(at)` is the shop's day."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in source(outside=("kernel",))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "date"
        and not node.args
        and not is_parsed_text(node.func.value)
    ]

    assert found == []


def is_parsed_text(value: ast.expr) -> bool:
    """Whether the time was just parsed: it has no zone, so its day is what was written."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "strptime"


def test_only_doors_and_jobs_ask_the_time() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in source(outside=("doors", "jobs", "config"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
    ]

    assert found == []


def test_every_icon_that_a_page_asks_for_is_in_the_sprite() -> None:
    sprite = (PACKAGE / "doors/kit/static/vendor/tabler-icons/icons.svg").read_text(encoding="utf-8")
    there = set(re.findall(r'<symbol id="([a-z0-9-]+)"', sprite))
    asked = {
        name
        for path in (PACKAGE / "doors").rglob("*")
        if path.suffix in {".html", ".py"}
        for name in re.findall(r'\bicon(?:=|\()\s*"([a-z0-9-]+)"', path.read_text(encoding="utf-8"))
    }

    assert asked - there == set()
