"""The devices of an order on its page: added, corrected, taken off, judged otherwise by the supervisor."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.audit.models import Event
from gongdan.catalog.models import Category
from gongdan.devices.models import Device
from gongdan.kernel.actor import Actor
from gongdan.orders import actions
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.rules import DeviceDraft
from gongdan.people.models import Role, User
from tests.doors.desk.orders.page import text_of

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Actor], Client]


def address(name: str, order: Order, *more: object) -> str:
    return reverse(f"desk:order-device{name}", args=[order.number, *more])


def inputs_of(page: Any) -> dict[str, str]:
    """What the browser would send back of the first form that keeps what it was drawn over."""
    content = page.content.decode()
    form = content[content.index('name="was"') - 3000 :]
    was = json.loads(html.unescape(re.findall(r'name="was" value="([^"]*)"', content)[0]))
    seen = re.findall(r'name="seen" value="(\d*)"', form)[0]
    return was | {"was": json.dumps(was), "seen": seen}


@pytest.fixture
def line(repair: Order) -> DeviceLine:
    return repair.device_lines.get()


@pytest.fixture
def two(repair: Order, agent: Actor, now: datetime) -> tuple[Order, DeviceLine]:
    """The order with a second device that was only told of."""
    second = actions.add_device_line(
        repair.pk, DeviceDraft(brand_text="美的", symptom="漏水"), seen=repair.version, by=agent, at=now
    )
    return Order.objects.get(pk=repair.pk), second


@pytest.mark.req("R-030")
def test_a_device_is_added_from_the_page_of_the_order(
    repair: Order, agent: Actor, aircon: Category, client_for: ClientFor
) -> None:
    client = client_for(agent)
    assert address("-add", repair) in client.get(reverse("desk:order", args=[repair.number])).content.decode()
    typed = {
        "category_id": aircon.pk, "brand_text": "美的", "serial": "SN-2", "symptom": "漏水", "place": "1204",
        "contact_name": "小陈", "phone": "13900001111", "seen": repair.version, "once_key": "k" * 22,
    }  # fmt: skip

    for _click in range(2):
        answer = client.post(address("-add", repair), typed)
        assert (answer.status_code, answer["Location"]) == (303, reverse("desk:order", args=[repair.number]))

    added = repair.device_lines.get(position=1)
    assert (added.place, added.contact_name, added.symptom) == ("1204", "小陈", "漏水")
    assert added.device is not None
    shown = text_of(client.get(reverse("desk:order", args=[repair.number])))
    assert "1204 · 美的 空调" in shown
    assert "小陈 13900001111" in shown


def test_a_device_of_the_customer_is_chosen_and_the_form_stands_ready_for_the_next(
    repair: Order, register: Callable[..., Order], agent: Actor, aircon: Category, client_for: ClientFor
) -> None:
    other = register(devices=(DeviceDraft(category_id=aircon.pk, serial="SN-9", model_text="M9"),))
    device = other.device_lines.get().device
    assert device is not None
    client = client_for(agent)
    form = client.get(address("-add", repair)).content.decode()
    offered = re.findall(r'<option value="(\d*)"', form.partition('name="device_id"')[2].partition("</select>")[0])
    assert offered == ["", str(device.pk)]  # the other one stands on the order already

    answer = client.post(
        address("-add", repair),
        {"device_id": device.pk, "brand_text": "不算", "seen": repair.version, "then": "another"},
    )

    assert answer["Location"] == address("-add", repair)
    assert repair.device_lines.get(position=1).device == device
    assert Device.objects.count() == 2


def test_what_was_refused_keeps_its_words(repair: Order, agent: Actor, client_for: ClientFor) -> None:
    client = client_for(agent)

    stale = client.post(address("-add", repair), {"brand_text": "美的", "seen": 1})
    wrong = client.post(address("-add", repair), {"brand_text": "美的", "phone": "139", "seen": repair.version})

    assert (stale.status_code, wrong.status_code) == (409, 422)
    assert "不是能拨通的电话号码" in text_of(wrong)
    for page in (stale, wrong):
        assert 'value="美的"' in page.content.decode()
        assert f'name="seen" value="{repair.version}"' in page.content.decode()
    assert repair.device_lines.count() == 1


def test_a_device_is_corrected_and_only_what_was_touched_counts(
    repair: Order, line: DeviceLine, agent: Actor, supervisor: Actor, now: datetime, client_for: ClientFor
) -> None:
    client = client_for(agent)
    sent = inputs_of(client.get(address("", repair, line.pk)))
    assert sent["serial"] == "4Q97A0236118"

    answer = client.post(address("", repair, line.pk), sent | {"place": "1203", "symptom": "不冷"})

    assert answer["Location"] == reverse("desk:order", args=[repair.number])
    line.refresh_from_db()
    assert (line.place, line.symptom, line.serial) == ("1203", "不冷", "4Q97A0236118")
    assert Event.objects.get(verb="order.device_edited").facts["changes"] == {"symptom": ["", "不冷"]}


@pytest.mark.req("R-245")
def test_two_at_one_device_the_later_is_told_and_loses_nothing_of_either(
    repair: Order, line: DeviceLine, agent: Actor, supervisor: Actor, now: datetime, client_for: ClientFor
) -> None:
    client = client_for(agent)
    sent = inputs_of(client.get(address("", repair, line.pk)))
    changes = {"serial": "SN-77", "symptom": "漏水"}
    actions.edit_device_line(line.pk, changes=changes, seen=repair.version, by=supervisor, at=now)

    late = client.post(address("", repair, line.pk), sent | {"place": "1203"})

    assert late.status_code == 409
    assert supervisor.name in text_of(late)
    again = inputs_of(late) | {"place": "1203"}
    assert (again["serial"], again["symptom"]) == ("SN-77", "漏水")
    assert client.post(address("", repair, line.pk), again).status_code == 303
    line.refresh_from_db()
    assert (line.place, line.serial, line.symptom) == ("1203", "SN-77", "漏水")


def test_a_device_that_was_only_told_of_becomes_known(
    two: tuple[Order, DeviceLine], agent: Actor, aircon: Category, client_for: ClientFor
) -> None:
    order, second = two
    client = client_for(agent)
    sent = inputs_of(client.get(address("", order, second.pk)))

    answer = client.post(
        address("", order, second.pk), sent | {"model_text": "MDV", "serial": "SN-5", "purchase_on": "2026-01-02"}
    )

    assert answer.status_code == 303
    second.refresh_from_db()
    assert second.device is not None
    assert (second.device.serial, second.coverage_label) == ("SN-5", "保外")
    assert 'name="purchase_on"' not in client.get(address("", order, second.pk)).content.decode()


def test_a_device_is_taken_off_once_and_the_only_one_not(
    two: tuple[Order, DeviceLine], agent: Actor, client_for: ClientFor
) -> None:
    order, second = two
    client = client_for(agent)
    assert address("-remove", order, second.pk) in client.get(address("", order, second.pk)).content.decode()

    for _click in range(2):
        answer = client.post(address("-remove", order, second.pk), {"seen": order.version})
        assert answer["Location"] == reverse("desk:order", args=[order.number])

    only = order.device_lines.get()
    assert Event.objects.filter(verb="order.device_removed").count() == 1
    assert address("-remove", order, only.pk) not in client.get(address("", order, only.pk)).content.decode()
    refused = client.post(address("-remove", order, only.pk), {"seen": order.version + 1})
    assert refused.status_code == 409
    assert "只有这一台设备" in text_of(refused)


@pytest.mark.req("O-044")
def test_a_device_leaves_for_an_order_of_its_own(
    two: tuple[Order, DeviceLine], agent: Actor, client_for: ClientFor
) -> None:
    order, second = two
    client = client_for(agent)
    assert address("-split", order, second.pk) in client.get(address("", order, second.pk)).content.decode()
    assert client.post(address("-split", order, second.pk), {"seen": 1}).status_code == 409

    answer = client.post(address("-split", order, second.pk), {"seen": order.version})

    second.refresh_from_db()
    assert second.order_id != order.pk
    assert answer["Location"] == reverse("desk:order", args=[second.order.number])
    assert client.post(address("-split", order, second.pk), {"seen": order.version}).status_code == 404


def test_opened_instead_of_sent_the_deeds_lead_to_the_device(
    repair: Order, line: DeviceLine, supervisor: Actor, client_for: ClientFor
) -> None:
    for name in ("-remove", "-split", "-overrule"):
        answer = client_for(supervisor).get(address(name, repair, line.pk))
        assert answer["Location"] == address("", repair, line.pk)


@pytest.mark.req("R-025")
def test_the_supervisor_overrules_the_warranty_and_the_order_tells_who_and_why(
    repair: Order, line: DeviceLine, supervisor: Actor, agent: Actor, client_for: ClientFor
) -> None:
    client = client_for(supervisor)
    page = client.get(reverse("desk:order", args=[repair.number])).content.decode()
    assert f"{address('', repair, line.pk)}#coverage" in page
    assert address("-overrule", repair, line.pk) in client.get(address("", repair, line.pk)).content.decode()
    without = client.post(address("-overrule", repair, line.pk), {"level": "in_warranty", "seen": repair.version})
    assert without.status_code == 422
    stale = client.post(address("-overrule", repair, line.pk), {"level": "out", "reason": "补", "seen": 1})
    assert stale.status_code == 409

    answer = client.post(
        address("-overrule", repair, line.pk), {"level": "in_warranty", "reason": "发票已补", "seen": repair.version}
    )

    assert answer["Location"] == reverse("desk:order", args=[repair.number])
    assert f"人工改判 ：发票已补 {supervisor.name}" in text_of(client_for(agent).get(answer["Location"]))
    line.refresh_from_db()
    assert (line.coverage_label, line.overruled_reason) == ("保内", "发票已补")


@pytest.mark.req("R-250")
def test_who_may_what(
    repair: Order, line: DeviceLine, agent: Actor, cashier: Actor, technician: Actor, client_for: ClientFor
) -> None:
    seen = {"seen": repair.version}
    desk = client_for(agent)
    assert desk.post(address("-overrule", repair, line.pk), seen | {"level": "out", "reason": "x"}).status_code == 403
    assert address("-overrule", repair, line.pk) not in desk.get(address("", repair, line.pk)).content.decode()
    for other in (cashier, technician):
        client = client_for(other)
        answers = [
            client.get(address("-add", repair)), client.post(address("-add", repair), seen),
            client.get(address("", repair, line.pk)), client.post(address("", repair, line.pk), seen),
            client.post(address("-remove", repair, line.pk), seen),
            client.post(address("-split", repair, line.pk), seen),
            client.post(address("-overrule", repair, line.pk), seen | {"level": "out", "reason": "x"}),
        ]  # fmt: skip
        assert {answer.status_code for answer in answers} == {403}
    shown = client_for(cashier).get(reverse("desk:order", args=[repair.number])).content.decode()
    assert address("", repair, line.pk) not in shown
    assert address("-add", repair) not in shown


def test_who_may_only_overrule_finds_the_warranty_and_no_form(
    repair: Order, line: DeviceLine, cashier: Actor, client_for: ClientFor
) -> None:
    role = Role.objects.create(code="judge", name="保修", permissions=["devices.overrule_warranty"])
    User.objects.get(pk=cashier.id).roles.add(role)
    client = client_for(replace(cashier))

    page = client.get(address("", repair, line.pk))

    assert address("-overrule", repair, line.pk) in page.content.decode()
    assert 'name="was"' not in page.content.decode()
    assert client.post(address("", repair, line.pk), {"seen": repair.version}).status_code == 403


def test_a_device_of_another_order_or_one_that_is_gone_is_not_found(
    repair: Order, register: Callable[..., Order], agent: Actor, client_for: ClientFor
) -> None:
    other = register(symptom="另一件事").device_lines.get()
    client = client_for(agent)
    for pk in (other.pk, 999_999):
        assert client.get(address("", repair, pk)).status_code == 404
        assert client.post(address("", repair, pk), {"seen": 1}).status_code == 404
    client.post(address("-remove", repair, other.pk), {"seen": 1})
    assert DeviceLine.objects.filter(pk=other.pk).exists()


def test_a_settled_order_offers_none_of_it(
    repair: Order, line: DeviceLine, supervisor: Actor, client_for: ClientFor
) -> None:
    Order.objects.filter(pk=repair.pk).update(status="to_follow_up")
    client = client_for(supervisor)

    page = client.get(reverse("desk:order", args=[repair.number])).content.decode()
    own = client.get(address("", repair, line.pk)).content.decode()

    assert address("-add", repair) not in page
    assert address("", repair, line.pk) not in page
    assert 'name="was"' not in own
    assert address("-overrule", repair, line.pk) not in own


@pytest.mark.parametrize("count", [1, 3])
def test_who_overruled_costs_one_query_however_many(
    repair: Order, agent: Actor, supervisor: Actor, aircon: Category, now: datetime, client_for: ClientFor, count: int,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    for n in range(2):
        draft = DeviceDraft(category_id=aircon.pk, serial=f"SN{n}")
        actions.add_device_line(repair.pk, draft, seen=repair.version + n, by=agent, at=now)
    client = client_for(agent)
    order_url = reverse("desk:order", args=[repair.number])
    client.get(order_url)
    with django_assert_num_queries(24):
        client.get(order_url)
    for n, one in enumerate(repair.device_lines.all()[:count]):
        actions.overrule_coverage(one.pk, "extended", f"延保 {n}", seen=repair.version + 2 + n, by=supervisor, at=now)

    with django_assert_num_queries(25):
        shown = client.get(order_url)

    assert text_of(shown).count("人工改判 ：") == count
