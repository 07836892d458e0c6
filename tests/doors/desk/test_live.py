"""Live news: what is new for whom, at what cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from gongdan.audit.actions import record
from gongdan.audit.models import Event
from gongdan.doors.desk import live
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.people.models import Site, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> None:
    live._SEATS.clear()
    live._NEWEST.clear()
    monkeypatch.setattr(live._NEWEST, "_seconds", 0.0)


@pytest.fixture
def happen(site: Site, now: datetime) -> Callable[..., Event]:
    """`happen("order.registered", by=agent)` records an event at the site."""

    def _happen(verb: str, *, by: Actor = SYSTEM, site: Site = site) -> Event:
        return record(verb, User.objects.filter(site=site)[0], by=by, at=now)

    return _happen


@pytest.fixture
def ask(client_for: Callable[[Actor], Client], agent: Actor) -> Callable[..., Any]:
    """`ask(mark)` polls as 王芳 and answers the JSON."""
    client = client_for(agent)
    return lambda mark="": client.get("/live/", {"since": mark}).json()


def test_a_page_that_asks_for_the_first_time_gets_a_mark_and_no_news(
    ask: Callable[..., Any], happen: Callable[..., Event]
) -> None:
    event = happen("order.registered")

    answer = ask()

    assert answer["newest"] == event.pk
    assert (answer["counts"], answer["news"]) == ({}, [])
    assert ask(answer["since"]) == answer


def test_news_since_the_mark_are_counted_by_kind_and_by_station(
    ask: Callable[..., Any], happen: Callable[..., Event]
) -> None:
    mark = ask()["since"]
    for verb in ("order.registered", "order.registered", "order.repair_chosen", "dispatch.assigned"):
        happen(verb)

    answer = ask(mark)

    assert answer["counts"] == {"order": 3, "dispatch": 1}
    assert answer["news"] == [
        {"topic": "dispatch", "count": 1, "text": "%s 条工单等待派工，点此刷新"},
        {"topic": "intake", "count": 2, "text": "%s 条新登记的工单，点此刷新"},
    ]
    assert ask(answer["since"])["counts"] == {}


def test_ones_own_deeds_and_other_sites_are_no_news(
    ask: Callable[..., Any], happen: Callable[..., Event], agent: Actor, stranger: Actor, other_site: Site
) -> None:
    mark = ask()["since"]
    happen("order.registered", by=agent)
    happen("order.registered", by=stranger, site=other_site)

    assert ask(mark)["counts"] == {}


def test_head_office_hears_of_every_site(
    client_for: Callable[[Actor], Client], happen: Callable[..., Event], admin: Actor, stranger: Actor, other_site: Site
) -> None:
    client = client_for(admin)
    mark = client.get("/live/").json()["since"]
    happen("order.registered", by=stranger, site=other_site)

    assert client.get("/live/", {"since": mark}).json()["counts"] == {"order": 1}


def test_nothing_new_is_a_304_without_a_body(
    client_for: Callable[[Actor], Client], happen: Callable[..., Event], agent: Actor
) -> None:
    client = client_for(agent)
    first = client.get("/live/")
    mark = first.json()["since"]

    again = client.get("/live/", {"since": mark}, headers={"If-None-Match": first["ETag"]})
    happen("order.registered")
    later = client.get("/live/", {"since": mark}, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert (later.status_code, later.json()["counts"]) == (200, {"order": 1})


def test_a_poll_costs_one_query_at_most_and_none_within_half_a_second(
    client_for: Callable[[Actor], Client],
    agent: Actor,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = client_for(agent)
    client.get("/live/")  # finds out who asks

    with django_assert_num_queries(1):
        client.get("/live/")
    monkeypatch.setattr(live._NEWEST, "_seconds", 60.0)
    client.get("/live/")
    with django_assert_num_queries(0):
        client.get("/live/")


def test_an_event_that_was_committed_late_under_a_lower_id_is_still_news(
    ask: Callable[..., Any], happen: Callable[..., Event]
) -> None:
    late, seen = happen("order.registered"), happen("order.edited")

    answer = ask(str(seen.pk) + "-" + str(late.pk - 1))  # the page saw the one after it, and the one before

    assert answer["counts"] == {"order": 1}


@pytest.mark.parametrize("mark", ["x", "1-", "9" * 30, "1--2", "-1", "٣"])
def test_what_is_no_mark_starts_anew(ask: Callable[..., Any], happen: Callable[..., Event], mark: str) -> None:
    happen("order.registered")

    assert ask(mark) == ask()


def test_a_visitor_is_sent_to_log_in(client: Client) -> None:
    assert client.get("/live/").status_code == 302


def test_a_seat_is_forgotten_soon_after_log_out(
    client_for: Callable[[Actor], Client], agent: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_for(agent)
    client.get("/live/")
    cookie = client.cookies["sessionid"].value
    client.logout()
    client.cookies["sessionid"] = cookie
    later = time.monotonic() + live.SEAT_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)

    assert client.get("/live/").status_code == 302
