"""Schemathesis over the whole description: no call answers 500, and every answer is one that the description names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from ninja import Schema
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gongdan.doors import api as doors
from gongdan.kernel.actor import Actor
from gongdan.people import actions as people

EXAMPLES = 6  # per call; bounded, so that the checks stay short

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


@pytest.fixture
def token(shop: None, admin: Actor, now: datetime) -> Iterator[str]:
    # As Django's own test client does: the server's signals would close the test's connection after each call.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield people.issue_token(admin.id, "schemathesis", by=admin, at=now)
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def test_each_body_has_a_name_of_its_own() -> None:
    """The description keeps bodies by name: of two with one name it would tell only one."""
    modules = [vars(import_module(found.name)) for found in iter_modules(doors.__path__, f"{doors.__name__}.")]
    bodies = {one for names in modules for one in names.values() if isinstance(one, type) and issubclass(one, Schema)}
    counted = Counter(one.__name__ for one in bodies)
    assert [name for name, count in counted.items() if count > 1] == []


@pytest.mark.django_db
@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_no_call_breaks_the_program(case: schemathesis.Case, token: str) -> None:
    case.call_and_validate(
        headers={"Authorization": f"Bearer {token}"},
        checks=[not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance],
    )
