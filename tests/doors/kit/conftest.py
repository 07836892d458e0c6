"""The kit is tested with views and templates of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.template.backends.jinja2 import Jinja2

HERE = Path(__file__).parent


@pytest.fixture
def _kit_urls(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.doors.kit.urls"
    settings.KIT = {}


@pytest.fixture(autouse=True)
def _kit_templates(_kit_urls: None) -> None:
    """Templates of the tests beside those of the doors."""
    backend = engines["jinja2"]
    assert isinstance(backend, Jinja2)
    folder = str(HERE / "templates")
    paths = backend.env.loader.searchpath  # type: ignore[union-attr]  # a file system loader
    if folder not in paths:
        paths.append(folder)
