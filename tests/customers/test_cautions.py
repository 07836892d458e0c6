"""Warnings: the owner places them, everybody meets their effect, nobody else learns why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from gongdan.audit.models import Event
from gongdan.customers import actions, queries
from gongdan.customers.models import Caution, Customer
from gongdan.customers.rules import CustomerDraft
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.people.models import Site

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 11)
WHY = "上次修好后拒不付款"


@pytest.fixture
def customer(agent: Actor, now: datetime) -> Customer:
    return actions.add(CustomerDraft(name="赖先生"), by=agent, at=now)


@pytest.mark.req("O-054")
def test_a_warning_counts_until_its_last_day_and_not_a_day_longer(
    admin: Actor, customer: Customer, now: datetime
) -> None:
    assert queries.flag_for(customer.pk, TODAY) == ""

    actions.warn(
        customer.pk, "prepaid", reason=WHY, proof="TH-20260201-0003", expires_on=date(2026, 3, 31), by=admin, at=now
    )

    assert queries.flag_for(customer.pk, TODAY) == "prepaid"
    assert queries.flag_for(customer.pk, date(2026, 3, 31)) == "prepaid"
    assert queries.flag_for(customer.pk, date(2026, 4, 1)) == ""


@pytest.mark.req("O-054")
def test_each_view_of_the_reasons_is_logged(admin: Actor, customer: Customer, now: datetime) -> None:
    actions.warn(customer.pk, "refuse", reason=WHY, proof="录音", by=admin, at=now)

    for minutes in (1, 2):
        (row,) = actions.read_warnings(customer.pk, by=admin, at=now + timedelta(minutes=minutes))
        assert row.reason == WHY

    views = Event.objects.filter(verb="customer.warnings_read", subject_id=customer.pk)
    assert [(view.actor_name, view.at) for view in views.order_by("pk")] == [
        ("陈老板", now + timedelta(minutes=1)), ("陈老板", now + timedelta(minutes=2)),
    ]  # fmt: skip


def test_where_there_is_no_warning_nothing_was_read(admin: Actor, customer: Customer, now: datetime) -> None:
    assert actions.read_warnings(customer.pk, by=admin, at=now) == []
    assert not Event.objects.filter(verb="customer.warnings_read").exists()


@pytest.mark.req("O-054")
def test_only_the_owner_places_reads_and_lifts(
    agent: Actor,
    supervisor: Actor,
    site: Site,
    hire: Callable[..., Actor],
    admin: Actor,
    customer: Customer,
    now: datetime,
) -> None:
    placed = actions.warn(customer.pk, "refuse", reason=WHY, proof="录音", by=admin, at=now)

    for actor in (agent, supervisor, hire(site, "dianzhang", "店长", "site_director")):
        with pytest.raises(Forbidden):
            actions.warn(customer.pk, "vip", reason="老主顾", by=actor, at=now)
        with pytest.raises(Forbidden):
            actions.read_warnings(customer.pk, by=actor, at=now)
        with pytest.raises(Forbidden):
            actions.lift_warning(placed.pk, "误会", by=actor, at=now)


def test_the_log_never_tells_the_reason(admin: Actor, customer: Customer, now: datetime) -> None:
    row = actions.warn(customer.pk, "refuse", reason=WHY, proof="录音 12", by=admin, at=now)
    actions.lift_warning(row.pk, "已结清欠款", by=admin, at=now)

    told = "".join(str(event.facts) for event in Event.objects.all())
    assert all(word not in told for word in (WHY, "录音 12", "已结清"))


@pytest.mark.req("O-054")
def test_the_strongest_of_several_counts_and_a_lifted_one_does_not(
    admin: Actor, technician: Actor, customer: Customer, now: datetime
) -> None:
    actions.warn(customer.pk, "vip", reason="二十年老主顾", own_technician_id=technician.id, by=admin, at=now)
    assert queries.flag_for(customer.pk, TODAY) == "vip"
    assert queries.own_technician(customer.pk, TODAY) == technician.id

    worse = actions.warn(customer.pk, "refuse", reason=WHY, proof="录音", by=admin, at=now)
    assert queries.flag_for(customer.pk, TODAY) == "refuse"

    actions.lift_warning(worse.pk, "误会", by=admin, at=now)
    assert queries.flag_for(customer.pk, TODAY) == "vip"
    with pytest.raises(Refused, match="已由 陈老板 解除"):
        actions.lift_warning(worse.pk, "误会", by=admin, at=now)


@pytest.mark.parametrize(
    ("effect", "facts", "field"),
    [
        ("spite", {"reason": WHY, "proof": "录音"}, "effect"),
        ("refuse", {"reason": " ", "proof": "录音"}, "reason"),
        ("prepaid", {"reason": WHY}, "proof"),
        ("vip", {"reason": "老主顾", "expires_on": date(2026, 3, 10)}, "expires_on"),
        ("vip", {"reason": "老主顾", "own_technician_id": 999_999}, "own_technician_id"),
        ("refuse", {"reason": WHY, "proof": "x" * 1001}, "proof"),
        ("refuse", {"reason": WHY, "proof": "录音", "attachment_id": 999_999}, "attachment_id"),
    ],
)
def test_what_is_no_warning_is_refused_with_the_field(
    effect: str, facts: dict[str, object], field: str, admin: Actor, customer: Customer, now: datetime
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.warn(customer.pk, effect, by=admin, at=now, **facts)  # type: ignore[arg-type]  # any of the fields

    assert field in refused.value.errors
    assert not Caution.objects.exists()


def test_what_there_is_not_cannot_be_lifted(admin: Actor, now: datetime) -> None:
    with pytest.raises(Missing):
        actions.lift_warning(12345, "误会", by=admin, at=now)
