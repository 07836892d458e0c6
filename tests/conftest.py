"""The shared cast: a site with one person per role, another site with a stranger, and logged-in clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, override_settings

from gongdan.config.roles import ROLES
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.people import actions as people
from gongdan.people.models import Site, User
from gongdan.people.queries import actor_for
from tests.browser import browser, opened

__all__ = ["browser", "opened"]


def pytest_configure() -> None:
    """Static files by their plain names: what was collected for a shop is not what is tested."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Argon2 is slow on purpose: a third of a second for each person of the cast."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture
def now() -> datetime:
    """Wednesday 2026-03-11, 10:00 in Shanghai."""
    return datetime(2026, 3, 11, 2, 0, tzinfo=UTC)


@pytest.fixture
def _roles(db: None) -> None:
    people.seed_roles(ROLES)


@pytest.fixture
def site(_roles: None, now: datetime) -> Site:
    return people.add_site(
        code="TH", name="天河店", kind="store", area_code="020", hotline="020-86661234", by=SYSTEM, at=now
    )


@pytest.fixture
def other_site(_roles: None, now: datetime) -> Site:
    return people.add_site(code="PY", name="番禺站", kind="site", area_code="020", by=SYSTEM, at=now)


@pytest.fixture
def hire(now: datetime) -> Callable[..., Actor]:
    """Takes on a new member of staff: `hire(site, "wangfang", "王芳", "agent")` answers the actor."""

    def _hire(site: Site, username: str, name: str, *roles: str, **fields: Any) -> Actor:
        user = people.add_staff(
            username=username,
            name=name,
            site_id=site.pk,
            roles=roles,
            password="shouhou-2026",
            by=SYSTEM,
            at=now,
            **fields,
        )
        return actor_for(user)

    return _hire


@pytest.fixture
def agent(site: Site, hire: Callable[..., Actor]) -> Actor:
    return hire(site, "wangfang", "王芳", "agent")


@pytest.fixture
def dispatcher(site: Site, hire: Callable[..., Actor]) -> Actor:
    return hire(site, "hejing", "何静", "dispatcher")


@pytest.fixture
def technician(site: Site, hire: Callable[..., Actor]) -> Actor:
    return hire(site, "lishifu", "李建国", "technician", is_payee=True, skills={"空调": 4})


@pytest.fixture
def other_technician(site: Site, hire: Callable[..., Actor]) -> Actor:
    return hire(site, "zhoushifu", "周大勇", "technician")


@pytest.fixture
def cashier(site: Site, hire: Callable[..., Actor]) -> Actor:
    return hire(site, "linxiao", "林晓", "cashier", is_payee=True)


@pytest.fixture
def supervisor(site: Site, hire: Callable[..., Actor]) -> Actor:
    return hire(site, "zhaoming", "赵明", "supervisor", is_payee=True)


@pytest.fixture
def admin(site: Site, hire: Callable[..., Actor]) -> Actor:
    return hire(site, "boss", "陈老板", "admin", is_payee=True)


@pytest.fixture
def stranger(other_site: Site, hire: Callable[..., Actor]) -> Actor:
    """An agent of another site."""
    return hire(other_site, "liuxia", "刘霞", "agent")


@pytest.fixture
def client_for() -> Callable[[Actor], Client]:
    """A test client logged in as this actor, without the cost of hashing a password."""

    def _client(actor: Actor) -> Client:
        client = Client()
        user = User.objects.get(pk=actor.id)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        assert isinstance(client.session, SessionStore)
        return client

    return _client
