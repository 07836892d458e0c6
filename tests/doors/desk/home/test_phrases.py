"""What to say at each step, and apologies beside the forms where they are written."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from gongdan.catalog import actions as catalog
from gongdan.catalog import queries
from gongdan.catalog.models import Category
from gongdan.catalog.states import ApologyKind, Step
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders.models import Order

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def words(db: None, now: datetime) -> None:
    catalog.load_seed(by=SYSTEM, at=now)


@pytest.mark.req("R-239")
@pytest.mark.parametrize("step", list(Step))
def test_each_of_the_six_steps_shows_its_phrases(
    words: None, agent: Actor, client_for: Callable[[Actor], Client], step: Step
) -> None:
    page = html.unescape(client_for(agent).get(f"/words/phrases/?step={step}", headers=HTMX).content.decode())

    rows = queries.phrases(step)
    assert len(rows) >= 3
    assert [row.text for row in rows if row.text not in page] == []
    assert "<html" not in page


@pytest.mark.req("R-239")
def test_the_page_of_each_step_asks_for_its_phrases(
    repair: Order,
    request: pytest.FixtureRequest,
    client_for: Callable[[Actor], Client],
    agent: Actor,
    dispatcher: Actor,
    technician: Actor,
) -> None:
    assert _asked(client_for(agent).get(reverse("desk:reception"))) == {"answer"}
    assert _asked(client_for(dispatcher).get(reverse("desk:dispatch-order", args=[repair.number]))) == {"appoint"}
    request.getfixturevalue("dispatched")
    bench = client_for(technician)
    assert _asked(bench.get(reverse("desk:repair-order", args=[repair.number]))) == {"enter", "accept"}
    assert _asked(bench.get(reverse("desk:quote", args=[repair.number]))) == {"quote"}


@pytest.mark.req("R-239")
def test_the_page_of_a_call_asks_for_its_phrases(
    settled: Callable[..., Order], agent: Actor, client_for: Callable[[Actor], Client]
) -> None:
    order = settled()
    Order.objects.filter(pk=order.pk).update(mode="on_site")  # what is said on leaving is said where somebody was
    page = client_for(agent).get(reverse("desk:follow-up-order", args=[order.number]))
    assert _asked(page) == {"leave"}


def _asked(page: Any) -> set[str]:
    """The steps whose phrases the page loads."""
    return set(re.findall(r'hx-get="/words/phrases/\?step=(\w+)"', page.content.decode()))


@pytest.mark.req("R-241")
def test_late_moved_and_reported_again_each_page_asks_for_its_apology(
    repair: Order,
    dispatched: Order,
    register: Callable[..., Order],
    aircon: Category,
    agent: Actor,
    dispatcher: Actor,
    client_for: Callable[[Actor], Client],
) -> None:
    desk = client_for(dispatcher)
    assert _apologised(desk.get(reverse("desk:dispatch-order", args=[dispatched.number]))) == {"delay", "rebooking"}
    first, again = register(category_id=aircon.pk), register(category_id=aircon.pk)

    assert _apologised(client_for(agent).get(reverse("desk:order", args=[first.number]))) == set()
    assert _apologised(client_for(agent).get(reverse("desk:order", args=[again.number]))) == {"repeat_fault"}


def _apologised(page: Any) -> set[str]:
    """The kinds of apologies that the page loads beside its forms."""
    return set(re.findall(r'hx-get="/words/apologies/\?kind=(\w+)', page.content.decode()))


@pytest.mark.req("R-241")
@pytest.mark.parametrize("kind", list(ApologyKind))
def test_each_apology_is_a_button_that_names_the_field_it_goes_into(
    words: None, agent: Actor, client_for: Callable[[Actor], Client], kind: ApologyKind
) -> None:
    answer = client_for(agent).get(f"/words/apologies/?kind={kind}&into=note", headers=HTMX)

    page = html.unescape(answer.content.decode())
    rows = queries.apologies(kind)
    assert page.count('data-insert="note"') == len(rows) >= 2
    assert [row.text for row in rows if f'data-text="{row.text}"' not in page] == []


def test_what_is_unknown_is_missing_and_words_are_only_read(
    words: None, agent: Actor, client_for: Callable[[Actor], Client]
) -> None:
    client = client_for(agent)

    assert client.get("/words/phrases/?step=sing").status_code == 404
    assert client.get("/words/apologies/").status_code == 404
    assert client.post("/words/phrases/?step=answer").status_code == 405
    assert client.get("/words/phrases/?step=answer").status_code == 200  # a page of its own without scripts


def test_words_cost_the_same_however_many_there_are(
    words: None,
    agent: Actor,
    admin: Actor,
    now: datetime,
    client_for: Callable[[Actor], Client],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = client_for(agent)
    for text in ("", "请慢走", "欢迎再来"):
        if text:
            catalog.add_phrase(step="leave", text=text, by=admin, at=now)
        with django_assert_num_queries(5):
            client.get("/words/phrases/?step=leave", headers=HTMX)


def test_opened_without_a_step_the_page_shows_the_phrases_of_all_steps(
    words: None, agent: Actor, client_for: Callable[[Actor], Client]
) -> None:
    page = html.unescape(client_for(agent).get("/words/phrases/").content.decode())

    assert [row.text for row in queries.phrases() if row.text not in page] == []
    assert client_for(agent).get("/words/phrases/?step=dance").status_code == 404


@pytest.mark.req("R-241")
def test_an_apology_shows_a_gap_for_its_reason_and_no_placeholder(
    words: None, agent: Actor, client_for: Callable[[Actor], Client]
) -> None:
    page = html.unescape(client_for(agent).get("/words/apologies/?kind=rebooking&into=note").content.decode())

    assert "……（原因）" in page
    assert all("{reason}" not in shown.split("</span>")[0] for shown in page.split("<span>")[1:])
