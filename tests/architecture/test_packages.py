"""The import contracts are blind to a folder without `__init__.py` and to an app that they do not name."""

from __future__ import annotations

from django.conf import settings

from tests.architecture.house import PACKAGE, contract, floors


def test_every_folder_with_python_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}

    bare = sorted(str(folder.relative_to(PACKAGE)) for folder in folders if not (folder / "__init__.py").exists())

    assert bare == []


def test_every_app_stands_in_the_list_of_rooms() -> None:
    apps = {f"gongdan.{path.parent.name}" for path in PACKAGE.glob("*/apps.py")}

    assert set(contract("rooms")["containers"]) == apps
    assert {f"gongdan.{name}" for name in settings.OUR_APPS} == apps


def test_every_package_stands_on_a_floor() -> None:
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}

    assert packages - floors().keys() == set()


def test_the_house_has_one_folder_of_commands() -> None:
    folders = sorted(str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("management") if path.is_dir())

    assert folders == ["doors/cli/management"]
