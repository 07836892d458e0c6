"""客户分析 equals the sums over the orders, and the shop's figures those of its lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from gongdan.catalog import actions as catalog
from gongdan.catalog.models import Category, Fault
from gongdan.customers import actions as customers
from gongdan.customers.models import Customer
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.devices import actions as devices
from gongdan.devices.models import Device
from gongdan.devices.rules import DeviceDraft
from gongdan.dispatch.models import Promise
from gongdan.followup.models import CallBack
from gongdan.insight import queries
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden
from gongdan.orders import actions as orders
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.rules import DeviceDraft as LineDraft
from gongdan.orders.rules import OrderDraft
from gongdan.people.models import Site, User
from gongdan.settlement import actions as settlement
from gongdan.settlement.models import Account, Payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def aircon(db: None, now: datetime) -> Category:
    catalog.load_seed(by=SYSTEM, at=now)
    settlement.seed_accounts()
    return Category.objects.get(name="空调")


@pytest.fixture
def customer(agent: Actor, now: datetime) -> Customer:
    return customers.add(CustomerDraft(name="周敏", contacts=(ContactDraft("13812345678"),)), by=agent, at=now)


@pytest.fixture
def device(customer: Customer, aircon: Category, agent: Actor, now: datetime) -> Device:
    return devices.register_device(
        customer.pk, DeviceDraft(category_id=aircon.pk, brand_text="格力", serial="S1"), by=agent, at=now
    )


@pytest.fixture
def taken(customer: Customer, agent: Actor, now: datetime) -> Callable[..., Order]:
    """An order of the customer, so many days after `now`."""

    def _taken(days: int = 0, *, by: Actor = agent, **typed: Any) -> Order:
        usual: dict[str, Any] = {"symptom": "不制冷", "source": "direct", "customer_id": customer.pk}
        if by is not agent:
            usual |= {"customer_id": None, "customer": CustomerDraft(name="吴刚"), "phone": "13912345678"}
        return orders.register(OrderDraft(**(usual | typed)), by=by, at=now + timedelta(days=days))

    return _taken


def paid(order: Order, fen: int, by: Actor, at: datetime) -> None:
    user = User.objects.get(pk=by.id)
    Payment.objects.create(
        order=order, kind="receipt" if fen > 0 else "refund", amount_fen=fen, tendered_fen=fen, payee=user, by=user,
        day=at.date(), account=Account.objects.all()[0], at=at,
    )  # fmt: skip


@pytest.fixture
def past(taken: Callable[..., Order], device: Device, cashier: Actor, agent: Actor, now: datetime) -> list[Order]:
    """Five orders: three repairs (two of the same fault 20 days apart), a question and a complaint."""
    same, other = Fault.objects.filter(category=device.category).order_by("pk")[:2]
    made = []
    for days, fault in ((0, same), (20, same), (90, other)):
        order = taken(days, devices=(LineDraft(device_id=device.pk),))
        DeviceLine.objects.filter(order=order).update(fault=fault)
        order = orders.choose_repair(order.pk, seen=order.version, by=SYSTEM, at=now)
        Order.objects.filter(pk=order.pk).update(finished_at=now + timedelta(days=days + 1))
        made.append(order)
    inquiry = taken(95)
    made.append(orders.choose_inquiry(inquiry.pk, seen=inquiry.version, by=SYSTEM, at=now))
    complaint = taken(96)
    made.append(orders.choose_complaint(complaint.pk, seen=complaint.version, by=SYSTEM, at=now))
    paid(made[0], 18000, cashier, now)
    paid(made[1], 9900, cashier, now)
    paid(made[1], -900, cashier, now)
    for order, score in ((made[0], 3), (made[2], 5)):
        CallBack.objects.create(order=order, site_id=order.site_id, state="done", due_at=now, score=score)
    return made


@pytest.mark.req("R-021")
def test_every_figure_equals_the_sum_over_the_customers_orders(
    past: list[Order], customer: Customer, supervisor: Actor
) -> None:
    found = queries.customer_analysis(customer.pk, supervisor)

    rows = list(Order.objects.filter(customer=customer).order_by("received_at"))
    assert found.orders == len(rows) == 5
    assert {one.key: one.count for one in found.flows} == {
        flow: sum(row.flow == flow for row in rows) for flow in ("repair", "inquiry", "complaint", "")
    }
    assert found.complaints == sum(row.flow == "complaint" for row in rows) == 1
    assert found.paid_fen == sum(p.amount_fen for row in rows for p in row.payments.all()) == 27000
    assert found.last_service_at == max(row.finished_at for row in rows if row.finished_at)
    scores = [call.score for row in rows for call in row.call_backs.all() if call.score is not None]
    assert (found.scores, found.score_hundredths) == (len(scores), 100 * sum(scores) // len(scores)) == (2, 400)

    faults = [(row, line) for row in rows for line in row.device_lines.all() if line.fault_id]
    names = [line.fault.symptom for _row, line in faults if line.fault]
    assert (found.frequent_fault, found.frequent_count) == (max(names, key=names.count), 2)
    again = [
        (before.number, after.number)
        for (before, one), (after, two) in pairwise(faults)
        if (one.device_id, one.fault_id) == (two.device_id, two.fault_id)
        and after.received_at - before.received_at <= timedelta(days=30)
    ]
    assert [(r.earlier, r.later) for r in found.repeats] == again
    assert len(again) == 1


@pytest.mark.req("R-021")
def test_orders_with_typed_symptoms_only_have_a_most_frequent_fault_and_come_back(
    taken: Callable[..., Order], customer: Customer, device: Device, supervisor: Actor, now: datetime
) -> None:
    at_home = {"address": "天河路 228 号", "category_id": device.category_id}
    made = [taken(days, symptom="插上电不转", **at_home) for days in (0, 4, 8, 60)]
    gone = taken(9, symptom="插上电不转", **at_home)
    orders.cancel(gone.pk, "重复登记", seen=gone.version, by=supervisor, at=now)

    found = queries.customer_analysis(customer.pk, supervisor)

    assert (found.frequent_fault, found.frequent_count) == ("插上电不转", 4)
    assert [(one.earlier, one.later, one.days) for one in found.repeats] == [
        (made[1].number, made[2].number, 4),
        (made[0].number, made[1].number, 4),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_the_analysis_costs_the_same_for_one_order_and_for_three(
    count: int, taken: Callable[..., Order], aircon: Category, customer: Customer, supervisor: Actor,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    for days in range(count):
        taken(days)
    queries.customer_analysis(customer.pk, supervisor)

    with django_assert_num_queries(9):  # card 3, orders, faults, settings, calls, surveys, payments
        queries.customer_analysis(customer.pk, supervisor)


def test_money_is_not_for_every_eye_and_strangers_see_nothing(
    past: list[Order], customer: Customer, site: Site, hire: Callable[..., Actor], stranger: Actor
) -> None:
    keeper = hire(site, "cangku", "库管", "storekeeper")
    assert queries.customer_analysis(customer.pk, keeper).paid_fen is None
    with pytest.raises(Forbidden):
        queries.customer_analysis(customer.pk, stranger)


def test_a_technician_is_told_of_his_own_orders_only(
    past: list[Order], customer: Customer, technician: Actor, now: datetime
) -> None:
    orders.add_participant(past[0], technician.id, "technician", at=now)

    assert queries.customer_analysis(customer.pk, technician).orders == 1


@pytest.mark.req("R-039")
def test_channel_and_source_stand_on_the_order_and_in_the_statistics(
    taken: Callable[..., Order], aircon: Category, supervisor: Actor, now: datetime
) -> None:
    asked = [
        ("phone", "direct"),
        ("phone", "maker"),
        ("in_store", "direct"),
        ("online", "platform"),
        ("phone", "direct"),
    ]
    made = [taken(0, channel=channel, source=source) for channel, source in asked]
    assert [(row.channel, row.source) for row in made] == asked
    today = date(2026, 3, 11)

    found = queries.figures(supervisor, today, today, at=now)

    assert found.orders == 5
    assert {s.key: s.count for s in found.channels} == {
        channel: sum(row.channel == channel for row in made)
        for channel in ("phone", "mail", "online", "in_store", "other")
    }
    assert {s.key: s.count for s in found.sources if s.count} == {"direct": 3, "maker": 1, "platform": 1}
    assert {s.key: s.permille for s in found.channels if s.count} == {"phone": 600, "online": 200, "in_store": 200}


def test_a_period_counts_its_local_days_and_only_the_own_site(
    taken: Callable[..., Order], aircon: Category, supervisor: Actor, admin: Actor, stranger: Actor, site: Site,
    now: datetime,
) -> None:  # fmt: skip
    for days in (-1, 0, 1):
        taken(days)
    taken(0, by=stranger)
    Order.objects.filter(pk=taken(0).pk).update(is_historic=True)
    today = date(2026, 3, 11)

    assert queries.figures(supervisor, today, today, at=now).orders == 1
    assert queries.figures(supervisor, today - timedelta(days=1), today + timedelta(days=1), at=now).orders == 3
    assert queries.figures(admin, today, today, at=now).orders == 2
    assert queries.figures(admin, today, today, at=now, site_id=site.pk).orders == 1
    with pytest.raises(Forbidden):
        queries.figures(stranger, today, today, at=now)


@pytest.mark.req("R-073")
def test_the_on_time_rates_tell_first_and_moved_promises_apart(
    taken: Callable[..., Order], aircon: Category, supervisor: Actor, now: datetime
) -> None:
    today = date(2026, 3, 11)
    moved = taken(0)
    two_hours = timedelta(hours=2)
    facts: dict[str, Any] = {"start": now, "end": now + two_hours, "promised_at": now}
    Promise.objects.create(order=moved, is_first=True, counts_as_first=True, kept=False, **facts)
    Promise.objects.create(order=moved, moved_by="us", kept=True, **facts)

    found = queries.figures(supervisor, today, today, at=now + two_hours).promises
    assert (found.first_rate, found.moved_rate) == (0.0, 1.0)


def test_the_figures_cost_the_same_with_one_order_and_with_three(
    taken: Callable[..., Order], aircon: Category, supervisor: Actor, now: datetime, django_assert_num_queries: Any
) -> None:
    today = date(2026, 3, 11)
    taken(0)
    with django_assert_num_queries(3):  # sites, orders, promises
        queries.figures(supervisor, today, today, at=now)
    for _more in range(2):
        taken(0)
    with django_assert_num_queries(3):
        queries.figures(supervisor, today, today, at=now)
