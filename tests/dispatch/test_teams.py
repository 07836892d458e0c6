"""领单: the queue of a team, and solved by telephone before anybody set out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.dispatch import actions, queries
from gongdan.dispatch.actions import OfferDraft, VisitDraft
from gongdan.dispatch.models import TeamOffer, Visit
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.orders import access as orders_access
from gongdan.orders import queries as orders_queries
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from gongdan.people.models import Site, Team
from tests.dispatch.shop import called
from tests.together import at_once

pytestmark = pytest.mark.django_db


def _seen(order: Order) -> int:
    return orders_queries.version(order.pk)


def _fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


@pytest.fixture
def team(site: Site, technician: Actor, other_technician: Actor) -> Team:
    row = Team.objects.create(name="IT 维护团队", site=site)
    row.members.set([technician.id, other_technician.id])
    return row


@pytest.fixture
def offered(order: Order, team: Team, dispatcher: Actor, now: datetime) -> TeamOffer:
    window: dict[str, Any] = {"planned_from": now + timedelta(hours=2), "planned_to": now + timedelta(hours=4)}
    return actions.offer_to_team(order.pk, OfferDraft(team.pk, **window), seen=order.version, by=dispatcher, at=now)


@pytest.mark.req("R-013")
def test_every_member_sees_the_order_and_one_takes_it(
    offered: TeamOffer,
    order: Order,
    technician: Actor,
    other_technician: Actor,
    dispatcher: Actor,
    hire: Callable[..., Actor],
    site: Site,
    now: datetime,
    django_assert_num_queries: Any,
) -> None:
    outsider = hire(site, "wushifu", "吴佳豪", "technician")
    for member in (technician, other_technician, dispatcher):
        with django_assert_num_queries(1):
            (waits,) = queries.offers_for(member)
        assert (waits.number, waits.team, waits.task) == (order.number, "IT 维护团队", "空调不制冷")
    assert (_fresh(order).team_name, _fresh(order).status) == ("IT 维护团队", Status.TO_DISPATCH)
    assert queries.offers_for(outsider) == []
    with pytest.raises(Forbidden):
        actions.take(order.pk, by=outsider, at=now)

    later = now + timedelta(minutes=3)
    visit = actions.take(order.pk, by=other_technician, at=later)
    assert (visit.status, visit.technician_id, visit.accepted_at) == ("accepted", other_technician.id, later)
    fresh = _fresh(order)
    assert (fresh.status, fresh.technician_names, fresh.team_name) == (Status.IN_REPAIR, "周大勇", "")
    assert (fresh.promised_from, fresh.promised_to) == (offered.planned_from, offered.planned_to)
    with pytest.raises(Forbidden):
        orders_access.find(technician, order.number)
    with pytest.raises(Refused, match="刚被 周大勇 领走") as taken:
        actions.take(order.pk, by=technician, at=later)
    assert taken.value.code == "taken"
    assert queries.offers_for(technician) == []


@pytest.mark.req("R-013")
@pytest.mark.django_db(transaction=True)
def test_two_take_it_at_the_same_moment_and_exactly_one_has_it(
    offered: TeamOffer, order: Order, technician: Actor, other_technician: Actor, now: datetime
) -> None:
    people = (technician, other_technician)

    def work(place: int) -> None:
        actions.take(order.pk, by=people[place], at=now)

    ended = at_once(2, work)

    assert sorted(type(one).__name__ for one in ended) == ["NoneType", "Refused"]
    (visit,) = Visit.objects.all()
    winner = people[ended.index(None)]
    assert (visit.technician_id, _fresh(order).status) == (winner.id, Status.IN_REPAIR)
    assert TeamOffer.objects.get().taken_by_id == winner.id


@pytest.mark.req("R-013")
def test_assigned_by_hand_or_taken_back_it_leaves_the_queue(
    offered: TeamOffer,
    order: Order,
    draft: Callable[..., VisitDraft],
    team: Team,
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    now: datetime,
) -> None:
    actions.take_back_offer(order.pk, seen=_seen(order), by=dispatcher, at=now)
    with pytest.raises(Forbidden):
        orders_access.find(technician, order.number)
    with pytest.raises(Refused, match="已不在领单列表"):
        actions.take(order.pk, by=technician, at=now)
    with pytest.raises(Refused, match="不在领单列表"):
        actions.take_back_offer(order.pk, seen=_seen(order), by=dispatcher, at=now)
    actions.offer_to_team(order.pk, OfferDraft(team.pk), seen=_seen(order), by=dispatcher, at=now)
    actions.assign(order.pk, draft(), seen=_seen(order), by=dispatcher, at=now)
    assert (queries.offer_of(order.pk), _fresh(order).team_name) == (None, "")
    assert orders_access.find(technician, order.number).pk == order.pk
    with pytest.raises(Forbidden):
        orders_access.find(other_technician, order.number)


def test_an_offer_needs_a_team_with_people_and_the_right_to_dispatch(
    order: Order, team: Team, dispatcher: Actor, agent: Actor, other_site: Site, technician: Actor, now: datetime
) -> None:
    def offer(team_id: int, by: Actor = dispatcher) -> None:
        actions.offer_to_team(order.pk, OfferDraft(team_id), seen=_seen(order), by=by, at=now)

    for wrong in (agent, technician):
        with pytest.raises(Forbidden):
            offer(team.pk, wrong)
    elsewhere = Team.objects.create(name="番禺班", site=other_site)
    with pytest.raises(Invalid, match="本站点的一个班组"):
        offer(elsewhere.pk)
    nobody = Team.objects.create(name="空班")
    with pytest.raises(Refused, match="空班 里没有在岗的师傅"):
        offer(nobody.pk)
    with pytest.raises(Missing):
        actions.take(order.pk, by=technician, at=now)
    assert [name for _pk, name in queries.teams(order.site_id)] == ["IT 维护团队", "空班"]


# -- solved by telephone ------------------------------------------------------------------------------------------------


def test_solved_by_telephone_before_setting_out_calls_off_the_visit(
    visit: Visit, order: Order, technician: Actor, now: datetime
) -> None:
    actions.solve_by_phone(
        order.pk, reason="misuse", steps=["检查遥控器模式"], seen=_seen(order), by=technician, at=now
    )
    assert (Visit.objects.get().status, _fresh(order).status) == ("void", Status.TO_FOLLOW_UP)
    with pytest.raises(Forbidden):
        orders_access.find(technician, order.number)


def test_nothing_is_solved_by_telephone_once_somebody_has_set_out(
    visit: Visit, order: Order, technician: Actor, other_technician: Actor, now: datetime
) -> None:
    with pytest.raises(Forbidden):
        actions.solve_by_phone(order.pk, reason="misuse", seen=_seen(order), by=other_technician, at=now)
    called(visit, technician, now)
    actions.depart(visit.pk, by=technician, at=now)
    with pytest.raises(Refused, match="李建国 的派工是“在途”，不能电话解决"):
        actions.solve_by_phone(order.pk, reason="misuse", seen=_seen(order), by=technician, at=now)
