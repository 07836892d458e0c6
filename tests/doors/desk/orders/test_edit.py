"""Changing what was registered."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.kernel.actor import Actor
from gongdan.orders import actions
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from tests.doors.desk.orders.page import text_of

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Actor], Client]


def url(order: Order) -> str:
    return reverse("desk:order-edit", args=[order.number])


def inputs_of(page: Any) -> dict[str, str]:
    """What the browser would send back of the form as it was drawn."""
    body = page.content.decode()
    was, seen = (unescape(re.findall(rf'name="{name}" value="([^"]*)"', body)[0]) for name in ("was", "seen"))
    return {**json.loads(was), "was": was, "seen": seen}


@pytest.fixture
def drawn(client_for: ClientFor, agent: Actor) -> Callable[[Order], dict[str, str]]:
    """The inputs of the edit form as the browser holds them."""

    def _drawn(order: Order) -> dict[str, str]:
        return inputs_of(client_for(agent).get(url(order)))

    return _drawn


@pytest.mark.req("R-250")
def test_a_change_is_saved_and_its_old_and_new_value_stand_in_the_timeline(
    repair: Order, agent: Actor, client_for: ClientFor, drawn: Callable[..., dict[str, str]]
) -> None:
    client = client_for(agent)
    typed = drawn(repair) | {"symptom": "完全不制冷", "urgency": "urgent"}
    assert client.post(url(repair), typed).status_code == 303
    repair.refresh_from_db()
    assert (repair.symptom, repair.urgency, repair.phone) == ("完全不制冷", "urgent", "13812345678")
    shown = text_of(client.get(reverse("desk:order", args=[repair.number])))
    assert "空调不制冷 → 完全不制冷" in shown
    assert "一般 → 紧急" in shown


def test_saving_without_a_change_records_nothing(
    repair: Order, agent: Actor, client_for: ClientFor, drawn: Callable[..., dict[str, str]]
) -> None:
    before = Order.objects.get(pk=repair.pk).version
    assert client_for(agent).post(url(repair), drawn(repair)).status_code == 303
    assert Order.objects.get(pk=repair.pk).version == before


def test_bad_input_says_so_at_the_field_and_keeps_the_rest(
    repair: Order, agent: Actor, client_for: ClientFor, drawn: Callable[..., dict[str, str]]
) -> None:
    answer = client_for(agent).post(url(repair), drawn(repair) | {"symptom": "", "remark": "后门进"})
    assert answer.status_code == 422
    assert "请填写故障现象" in text_of(answer)
    assert "后门进" in answer.content.decode()


def test_a_refusal_of_the_verb_stands_at_its_field(
    repair: Order, agent: Actor, client_for: ClientFor, drawn: Callable[..., dict[str, str]]
) -> None:
    answer = client_for(agent).post(url(repair), drawn(repair) | {"phone": "", "remark": "后门进"})
    assert answer.status_code == 422
    assert "后门进" in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()


def test_over_a_colleagues_save_it_tells_who_changed_what_and_keeps_what_was_typed(
    repair: Order,
    agent: Actor,
    dispatcher: Actor,
    client_for: ClientFor,
    drawn: Callable[..., dict[str, str]],
    now: datetime,
) -> None:
    typed = drawn(repair) | {"remark": "后门进"}
    version = Order.objects.get(pk=repair.pk).version
    actions.edit(repair.pk, seen=version, changes={"symptom": "滴水"}, by=dispatcher, at=now)
    client = client_for(agent)
    answer = client.post(url(repair), typed)
    assert answer.status_code == 409
    said = text_of(answer)
    assert "何静" in said
    assert "故障现象" in said
    body = answer.content.decode()
    assert "后门进" in body
    assert "滴水" in body
    again = client.post(url(repair), inputs_of(answer) | {"remark": "后门进"})
    assert again.status_code == 303
    repair.refresh_from_db()
    assert (repair.symptom, repair.remark) == ("滴水", "后门进")


def test_only_whoever_may_edit_gets_the_form(
    repair: Order, cashier: Actor, stranger: Actor, agent: Actor, client_for: ClientFor
) -> None:
    assert client_for(cashier).get(url(repair)).status_code == 403
    assert client_for(stranger).get(url(repair)).status_code == 403
    assert client_for(agent).delete(url(repair)).status_code == 405


def test_a_closed_order_is_not_changed(
    repair: Order, agent: Actor, client_for: ClientFor, drawn: Callable[..., dict[str, str]]
) -> None:
    typed = drawn(repair) | {"remark": "迟到的备注"}
    Order.objects.filter(pk=repair.pk).update(status=Status.CLOSED)
    answer = client_for(agent).post(url(repair), typed)
    assert answer.status_code == 409
    assert "已结单归档" in text_of(answer)


def test_a_broken_memory_of_the_form_counts_all_fields_as_touched(
    repair: Order, agent: Actor, client_for: ClientFor, drawn: Callable[..., dict[str, str]]
) -> None:
    typed = drawn(repair) | {"remark": "后门进", "was": "{"}
    assert client_for(agent).post(url(repair), typed).status_code == 303
    repair.refresh_from_db()
    assert (repair.remark, repair.symptom) == ("后门进", "空调不制冷")
