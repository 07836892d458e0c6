"""What the floors above deposit: locks, derived fields, participants, holds, consents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from gongdan.audit.models import Event
from gongdan.customers import queries as customers
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.kernel.text import _
from gongdan.orders import actions, queries
from gongdan.orders.models import Order, Participant

pytestmark = pytest.mark.django_db


def test_a_lock_is_for_an_order_that_one_may_see_in_the_version_one_saw(
    register: Callable[..., Order], agent: Actor, stranger: Actor, technician: Actor, now: datetime
) -> None:
    order = register()
    hidden = register()
    Order.objects.filter(pk=hidden.pk).update(is_visible=False)

    with transaction.atomic():
        assert actions.locked(order.pk) == actions.locked(order.pk, seen=1, by=agent) == order
    for actor in (stranger, technician):
        with pytest.raises(Forbidden), transaction.atomic():
            actions.locked(order.pk, by=actor)
    for missing in (order.pk + 9, hidden.pk):
        with pytest.raises(Missing), transaction.atomic():
            actions.locked(missing, by=agent)
    with pytest.raises(Stale), transaction.atomic():
        actions.locked(order.pk, seen=0)


def test_derived_fields_never_raise_the_version(register: Callable[..., Order], agent: Actor, now: datetime) -> None:
    order = register()

    actions.deposit(order, technician_names="李建国", money_state="paid", due_fen=12850)
    actions.set_promise(order, now, now + timedelta(hours=2))
    actions.edit(order.pk, seen=1, changes={"remark": "有狗"}, by=agent, at=now)

    page = queries.page(order.pk, agent)
    assert (page.technician_names, page.money_state, page.due_fen, page.version) == ("李建国", "paid", 12850, 2)
    assert (page.promised_from, page.promised_to) == (now, now + timedelta(hours=2))
    with pytest.raises(AssertionError):
        actions.deposit(order, status="closed")


@pytest.mark.req("R-003")
@pytest.mark.req("R-083")
def test_a_technician_sees_the_order_and_its_customer_as_long_as_he_takes_part(
    register: Callable[..., Order], technician: Actor, other_technician: Actor, now: datetime
) -> None:
    order, other = register(), register()

    def seen(actor: Actor) -> tuple[list[int], list[str]]:
        rows = queries.station_rows(actor).rows
        return [row["id"] for row in rows], [m.name for m in customers.find("王小明", actor)]

    before = seen(technician)
    actions.add_participant(order, technician.id, "technician", at=now)
    actions.add_participant(order, technician.id, "technician", at=now)
    actions.add_participant(other, technician.id, "helper", at=now)
    both = seen(technician)
    actions.end_participant(order, technician.id, "technician", at=now)
    one = seen(technician)
    actions.end_participant(other, technician.id, "helper", at=now)

    assert (before, both, one) == (
        ([], []),
        ([other.pk, order.pk], ["王小明"]),
        ([other.pk], ["王小明"]),
    )
    assert seen(technician) == ([], [])
    assert seen(other_technician) == ([], [])
    assert Participant.objects.count() == 2
    with pytest.raises(Forbidden):
        queries.page(order.pk, other_technician)


def test_a_hold_stands_against_its_step_until_it_is_released(
    register: Callable[..., Order], agent: Actor, supervisor: Actor, now: datetime
) -> None:
    order = register()
    hold = actions.place_hold(order, "dispatch", _("{n} 天内第三次报修，请主管确认", n=30), by=agent, at=now)

    with pytest.raises(Refused) as refused:
        actions.refuse_if_held(order, "dispatch")
    actions.refuse_if_held(order, "close")
    actions.release_hold(order, hold.pk, by=supervisor, at=now)
    actions.release_hold(order, hold.pk, by=supervisor, at=now)
    actions.refuse_if_held(order, "dispatch")

    assert (str(refused.value), refused.value.code) == ("30 天内第三次报修，请主管确认", "held")
    (shown,) = queries.page(order.pk, agent).holds
    assert (shown.kind, str(shown.reason), shown.placed_by, shown.released_by) == (
        "dispatch", "30 天内第三次报修，请主管确认", "王芳", "赵明",
    )  # fmt: skip
    assert [e.verb for e in Event.objects.order_by("pk")][-2:] == ["order.held", "order.released"]


def test_a_consent_keeps_to_what_how_and_who(register: Callable[..., Order], agent: Actor, now: datetime) -> None:
    order = register()

    actions.record_consent(
        order, to_what="quote", subject_id=7, is_given=False, fen=60000, way="phone", name=" 王小明 ", by=agent, at=now
    )
    with pytest.raises(Invalid) as refused:
        actions.record_consent(order, to_what="quote", is_given=True, way="telepathy", name="", by=agent, at=now)

    (shown,) = queries.page(order.pk, agent).consents
    assert (shown.to_what, shown.subject_id, shown.is_given, shown.fen, shown.way, shown.name, shown.by_name) == (
        "quote", 7, False, 60000, "phone", "王小明", "王芳",
    )  # fmt: skip
    assert list(refused.value.errors) == ["way", "name"]
