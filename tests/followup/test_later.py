"""Calls by the calendar: series after installation and maintenance (R-188), and the care call (R-192)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.audit.models import Event
from gongdan.catalog.models import Category
from gongdan.customers.models import Customer
from gongdan.followup import actions, jobs, queries, rules
from gongdan.followup.actions import ResultDraft
from gongdan.followup.models import CallBack, PeriodicRule
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused, Stale
from gongdan.orders.models import Order, Relation
from gongdan.orders.states import Status
from tests.followup.conftest import Set
from tests.settlement.cast import Make

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(settled: Make) -> Make:
    """A settled order of a kind of work, of a company unless said otherwise: `done("installation")`."""
    actions.seed_periodic()

    def _done(kind: str = "repair", *, customer: str = "company", name: str = "城建公司") -> Order:
        order = settled(name=name)
        category = Category.objects.get(code="PHONE")
        Order.objects.filter(pk=order.pk).update(kind=kind, category=category)
        Customer.objects.filter(pk=order.customer_id).update(kind=customer)
        return Order.objects.get(pk=order.pk)

    return _done


def planned(order: Order) -> list[tuple[str, int, datetime]]:
    rows = CallBack.objects.filter(order=order, kind__in=("periodic", "care")).order_by("due_at")
    return [(row.kind, row.step, row.due_at) for row in rows]


@pytest.mark.req("R-188")
@pytest.mark.parametrize("kind", ["installation", "maintenance"])
def test_installation_and_maintenance_are_called_after_7_30_and_90_days(done: Make, kind: str, now: datetime) -> None:
    order = done(kind)
    event = Event.objects.get(verb="settlement.posted")

    jobs.schedule_series(event.pk, at=now)
    jobs.schedule_series(event.pk, at=now)

    assert planned(order) == [("periodic", day, now + timedelta(days=day)) for day in (7, 30, 90)]


@pytest.mark.req("R-188")
def test_the_days_are_editable_and_a_category_has_its_own(
    done: Make, supervisor: Actor, agent: Actor, now: datetime
) -> None:
    who: dict[str, Any] = {"by": supervisor, "at": now}
    actions.save_periodic(kind="installation", category_id=None, days=[3, 14], seen=1, **who)
    phones = Category.objects.get_or_create(code="PHONE", defaults={"name": "手机"})[0]
    with pytest.raises(Stale):
        actions.save_periodic(kind="installation", category_id=None, days=[1], seen=1, **who)
    for days in ([], [0], [30, 7], [7, 7], [2000], list(range(1, 14))):
        with pytest.raises(Invalid):
            actions.save_periodic(kind="installation", category_id=None, days=days, **who)
    with pytest.raises(Forbidden):
        actions.save_periodic(kind="installation", category_id=None, days=[1], by=agent, at=now)

    general = done("installation", name="甲")
    actions.plan_series(general.pk, at=now)
    actions.save_periodic(kind="installation", category_id=phones.pk, days=[5], **who)
    own = done("installation", name="乙")
    actions.plan_series(own.pk, at=now)

    assert [step for _kind, step, _due in planned(general)] == [3, 14]
    assert [step for _kind, step, _due in planned(own)] == [5]
    assert [(row["category__name"], row["days"]) for row in queries.periodic_rules()] == [
        (None, [3, 14]), (None, [7, 30, 90]), ("手机", [5]),
    ]  # fmt: skip


@pytest.mark.req("R-188", "R-192", "O-056")
def test_households_are_left_in_peace_unless_the_shop_says_otherwise(done: Make, put: Set, now: datetime) -> None:
    for kind in ("installation", "repair"):
        actions.plan_series(done(kind, customer="person", name=kind).pk, at=now)
    assert CallBack.objects.exclude(kind="after_settlement").count() == 0

    PeriodicRule.objects.update(for_households=True)
    put({rules.CARE_HOUSEHOLDS: True})
    installed, repaired = done("installation", customer="person", name="丙"), done(customer="person", name="丁")
    for order in (installed, repaired):
        actions.plan_series(order.pk, at=now)

    assert (len(planned(installed)), len(planned(repaired))) == (3, 1)


@pytest.mark.req("R-192")
def test_a_care_call_is_due_after_30_days_and_the_days_are_editable(done: Make, put: Set, now: datetime) -> None:
    first = done(name="甲")
    actions.plan_series(first.pk, at=now)
    put({rules.CARE_DAYS: 10})
    second = done(name="乙")
    actions.plan_series(second.pk, at=now)
    put({rules.CARE_DAYS: 0})
    third = done(name="丙")
    actions.plan_series(third.pk, at=now)

    assert planned(first) == [("care", 30, now + timedelta(days=30))]
    assert planned(second) == [("care", 10, now + timedelta(days=10))]
    assert planned(third) == []


@pytest.mark.req("R-188")
def test_a_periodic_call_leaves_its_order_and_new_trouble_is_a_repair_of_its_own(
    done: Make, agent: Actor, now: datetime
) -> None:
    order = done("installation")
    actions.plan_series(order.pk, at=now)
    actions.record_answer(order.pk, "fixed", by=agent, at=now)
    assert Order.objects.get(pk=order.pk).status == Status.CLOSED
    with pytest.raises(Refused):  # pressed once more: not the call of next week
        actions.record_answer(order.pk, "fixed", by=agent, at=now)

    week = now + timedelta(days=7)
    assert queries.station(agent, now=now, scope="later").rows == []
    due = queries.station(agent, now=week, scope="later").rows
    assert [(row["number"], row["step"]) for row in due] == [(order.number, 7)]
    actions.record_answer(order.pk, "fixed", call_id=due[0]["id"], by=agent, at=week)

    month = now + timedelta(days=30)
    (row,) = queries.station(agent, now=month, scope="later").rows
    said = ResultDraft(content="最近漏水", is_fixed=False, label="not_repaired")
    outcome = actions.record_result(order.pk, said, call_id=row["id"], by=agent, at=month)

    repair = Order.objects.get(number=outcome.opened)
    kept = Order.objects.get(pk=order.pk)
    assert (kept.status, kept.repair_label) == (Status.CLOSED, "已修复")
    assert (repair.status, repair.kind, repair.symptom, repair.customer_id) == (
        "to_dispatch", "repair", "最近漏水", order.customer_id,
    )  # fmt: skip
    assert Relation.objects.get(order=repair).kind == "from_call"
    assert [step for _kind, step, _due in planned(order)] == [7, 30, 90]
    with pytest.raises(Refused, match="已经有结果"):
        actions.record_result(order.pk, said, call_id=row["id"], by=agent, at=month)
