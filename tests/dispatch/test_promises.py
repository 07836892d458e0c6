"""Moves with consent, hand-overs, 待协调, and how promises were kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.audit import queries as audit
from gongdan.dispatch import actions, queries, rules
from gongdan.dispatch.actions import MoveDraft, VisitDraft
from gongdan.dispatch.models import Promise, Transfer, Visit
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused, Stale
from gongdan.kernel.settings import Setting
from gongdan.orders import access as orders_access
from gongdan.orders import queries as orders_queries
from gongdan.orders.models import Consent, Order
from gongdan.orders.states import Status
from gongdan.people.models import ShopSettings
from gongdan.people.queries import actor_of
from tests.dispatch.shop import called

pytestmark = pytest.mark.django_db


def _seen(order: Order) -> int:
    return orders_queries.version(order.pk)


def _fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def _set(setting: Setting[Any], value: object) -> None:
    row, _made = ShopSettings.objects.get_or_create(site=None)
    row.values = row.values | {setting.key: value}
    row.save()


@pytest.fixture
def move(order: Order, now: datetime) -> Callable[..., Promise]:
    """Moves the promise to `hours` from now; whatever is given differs."""

    def _move(hours: float, *, by: Actor, at: datetime | None = None, **typed: Any) -> Promise:
        start = now + timedelta(hours=hours)
        known: dict[str, Any] = {"consent": "yes", "consent_of": "王太太", "way": "phone", "reason": "上一单超时"}
        known |= {"moved_by": "us", "apology_made": True, "seen": _seen(order)}
        return actions.move_promise(order.pk, start, start + timedelta(hours=2), **known | typed, by=by, at=at or now)

    return _move


@pytest.fixture
def refusal(now: datetime) -> Callable[..., MoveDraft]:
    """A later window that the customer was asked about."""

    def _refusal(**typed: Any) -> MoveDraft:
        known: dict[str, Any] = {"start": now + timedelta(hours=6), "end": now + timedelta(hours=8)}
        known |= {"consent_of": "王太太", "reason": "上一单超时", "apology_made": True}
        return MoveDraft(**known | typed)

    return _refusal


@pytest.mark.req("R-071", "O-067")
def test_a_move_keeps_old_and_new_reason_apology_consent_who_and_when(
    visit: Visit, order: Order, technician: Actor, move: Callable[..., Promise], now: datetime
) -> None:
    moved = move(5, by=technician)
    row = Promise.objects.get(pk=moved.pk)
    assert (row.moved_by, row.reason, row.apology_made, row.is_agreed) == ("us", "上一单超时", True, True)
    assert (row.promised_by_name, row.promised_at) == ("李建国", now)
    first = queries.promises_of(order.pk)[0]
    assert (first.start, first.end, first.withdrawn_at, first.kept) == (
        visit.planned_from,
        visit.planned_to,
        now,
        False,
    )
    given = Consent.objects.get(to_what="move")
    assert (given.is_given, given.name, given.way, given.at) == (True, "王太太", "phone", now)


@pytest.mark.req("R-071")
@pytest.mark.parametrize("consent", ["", "no", "vielleicht"])
def test_the_new_time_cannot_be_saved_without_consent_yes(
    visit: Visit, order: Order, dispatcher: Actor, move: Callable[..., Promise], consent: str
) -> None:
    with pytest.raises(Invalid) as refused:
        move(5, by=dispatcher, consent=consent)
    assert set(refused.value.errors) == {"consent"}
    assert (_fresh(order).promised_from, Promise.objects.count()) == (visit.planned_from, 1)


@pytest.mark.req("R-071")
def test_we_apologise_when_we_move_and_the_customer_need_not(
    visit: Visit, dispatcher: Actor, move: Callable[..., Promise]
) -> None:
    with pytest.raises(Invalid, match="致歉") as refused:
        move(5, by=dispatcher, apology_made=False)
    assert set(refused.value.errors) == {"apology_made"}
    assert move(5, by=dispatcher, moved_by="customer", apology_made=False).moved_by == "customer"
    _set(rules.APOLOGY_NEEDED, False)
    assert not move(6, by=dispatcher, apology_made=False).apology_made


@pytest.mark.req("O-067")
def test_a_third_move_by_us_is_refused_without_the_supervisor(
    visit: Visit, dispatcher: Actor, supervisor: Actor, move: Callable[..., Promise]
) -> None:
    move(5, by=dispatcher)
    move(5.5, by=dispatcher, moved_by="customer")
    move(6, by=dispatcher)
    with pytest.raises(Refused, match="已改约 2 次") as refused:
        move(7, by=dispatcher)
    assert refused.value.code == "moves"
    assert visit.planned_from is not None
    assert move(7, by=dispatcher, moved_by="customer").start == visit.planned_from + timedelta(hours=5)
    assert move(8, by=supervisor).moved_by == "us"
    _set(rules.MOVES_BY_US, 4)
    assert move(9, by=dispatcher).moved_by == "us"


@pytest.mark.req("O-067")
def test_a_makers_order_is_moved_in_time_before_the_old_window_ends(
    waiting: Callable[..., Order],
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    supervisor: Actor,
    now: datetime,
) -> None:
    order = waiting(source="maker")
    actions.assign(order.pk, draft(), seen=order.version, by=dispatcher, at=now)
    end = _fresh(order).promised_to
    assert end is not None
    later: dict[str, Any] = {"consent": "yes", "consent_of": "王太太", "way": "phone", "reason": "上一单超时"}
    later |= {"apology_made": True, "seen": _seen(order)}
    window = (end + timedelta(hours=1), end + timedelta(hours=3))
    with pytest.raises(Refused, match="厂家派的工单") as refused:
        actions.move_promise(order.pk, *window, **later, by=dispatcher, at=end)
    assert refused.value.code == "too_late"
    actions.move_promise(order.pk, *window, **later, by=supervisor, at=end)
    again = (window[0] + timedelta(hours=1), window[1] + timedelta(hours=1))
    actions.move_promise(order.pk, *again, **later | {"seen": _seen(order)}, by=dispatcher, at=end)


# -- handed on ----------------------------------------------------------------------------------------------------------


@pytest.mark.req("R-072")
def test_refused_by_the_customer_the_order_leaves_the_list_of_one_and_enters_that_of_the_other(
    visit: Visit,
    order: Order,
    technician: Actor,
    other_technician: Actor,
    refusal: Callable[..., MoveDraft],
    now: datetime,
) -> None:
    actions.accept(visit.pk, by=technician, at=now)
    later = now + timedelta(hours=1)
    done = actions.refuse_move(
        order.pk, refusal(), to_id=other_technician.id, seen=_seen(order), by=technician, at=later
    )
    assert done is not None

    fresh = _fresh(order)
    assert (fresh.promised_from, fresh.promised_to) == (visit.planned_from, visit.planned_to)  # 客户的时间不变
    assert (fresh.status, fresh.technician_names) == (Status.IN_REPAIR, "周大勇")
    with pytest.raises(Forbidden):
        orders_access.find(technician, order.number)
    assert orders_access.find(other_technician, order.number).pk == order.pk
    taken = Visit.objects.get(pk=done.visit_id)
    assert (taken.status, taken.task, taken.planned_from) == ("offered", visit.task, visit.planned_from)
    (row,) = queries.transfers_of(order.pk)
    assert (row.giver, row.taker, row.reason, row.at, row.accepted_at) == (
        "李建国",
        "周大勇",
        "上一单超时",
        later,
        None,
    )
    refused = Consent.objects.get(to_what="move")
    assert (refused.is_given, refused.name) == (False, "王太太")
    asked = Promise.objects.get(is_agreed=False)
    assert (asked.start, asked.withdrawn_at, asked.apology_made) == (refusal().start, later, True)

    accepted = later + timedelta(minutes=3)
    actions.accept(taken.pk, by=other_technician, at=accepted)
    assert queries.transfers_of(order.pk)[0].accepted_at == accepted
    told = [str(audit.sentence(entry)) for entry in reversed(audit.timeline("orders.order", order.pk, limit=5))]
    assert told == [
        "李建国 接单",
        "李建国 提出改约到 2026-03-11 16:00–18:00，王太太 不同意，保持原约定时间：上一单超时",
        "李建国 把工单从 李建国 转给 周大勇：上一单超时",
        "李建国 撤销了 李建国 的派工：转给 周大勇：上一单超时",
        "周大勇 接单",
    ]


@pytest.mark.req("R-072")
def test_only_ones_own_order_is_handed_on_or_by_dispatch(
    visit: Visit,
    order: Order,
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    agent: Actor,
    stranger: Actor,
    now: datetime,
) -> None:
    for wrong in (other_technician, agent, stranger):
        with pytest.raises(Forbidden):
            actions.transfer(
                order.pk,
                from_id=technician.id,
                to_id=other_technician.id,
                reason="忙",
                seen=_seen(order),
                by=wrong,
                at=now,
            )
    given: dict[str, Any] = {"from_id": technician.id, "to_id": other_technician.id, "by": dispatcher, "at": now}
    with pytest.raises(Invalid, match="原因"):
        actions.transfer(order.pk, **given, reason=" ", seen=_seen(order))
    with pytest.raises(Invalid, match="在岗的师傅"):
        actions.transfer(order.pk, **given | {"to_id": agent.id}, reason="忙", seen=_seen(order))
    with pytest.raises(Refused, match="现在不在这张工单的派工中"):
        actions.transfer(order.pk, **given | {"from_id": other_technician.id}, reason="忙", seen=_seen(order))
    actions.transfer(order.pk, **given, reason="忙", seen=_seen(order))
    assert Transfer.objects.get().by_name == "何静"


@pytest.mark.req("R-070", "R-072")
def test_a_taker_with_another_visit_at_that_time_is_refused_until_he_is_meant(
    visit: Visit,
    order: Order,
    waiting: Callable[..., Order],
    draft: Callable[..., VisitDraft],
    refusal: Callable[..., MoveDraft],
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    now: datetime,
) -> None:
    busy = waiting(devices=())
    actions.assign(busy.pk, draft(technician_id=other_technician.id), seen=busy.version, by=dispatcher, at=now)
    given: dict[str, Any] = {"seen": _seen(order), "by": technician, "at": now}
    before = Visit.objects.count(), Promise.objects.count()

    ways: list[Callable[..., Transfer | None]] = [
        lambda **meant: actions.refuse_move(order.pk, refusal(), to_id=other_technician.id, **given, **meant),
        lambda **meant: actions.transfer(
            order.pk, from_id=technician.id, to_id=other_technician.id, reason="忙", **given, **meant
        ),
    ]
    for way in ways:
        with pytest.raises(Refused, match=f"周大勇 与工单 {busy.number} 时间冲突") as refused:
            way()
        assert (refused.value.code, refused.value.field) == ("conflict", "confirm_conflict")
        assert (Visit.objects.count(), Promise.objects.count()) == before
    done = ways[1](confirm_conflict=True)

    assert done is not None
    assert (Visit.objects.get(pk=done.visit_id).technician_id, _fresh(order).technician_names) == (
        other_technician.id,
        "周大勇",
    )
    told = [str(audit.sentence(entry)) for entry in audit.timeline("orders.order", order.pk, limit=5)]
    assert any(f"与工单 {busy.number} 时间冲突，仍要派" in line for line in told)


def _planned(visit: Visit) -> tuple[datetime | None, datetime | None]:
    row = Visit.objects.get(pk=visit.pk)
    return row.planned_from, row.planned_to


@pytest.mark.req("R-070")
def test_a_promise_is_the_planned_time_of_who_comes_and_asks_first_whether_he_can(
    visit: Visit,
    waiting: Callable[..., Order],
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    technician: Actor,
    now: datetime,
) -> None:
    without = {"planned_from": None, "planned_to": None}
    other = waiting(devices=())
    second = actions.assign(other.pk, draft(**without), seen=other.version, by=dispatcher, at=now)
    assert (_planned(second), _fresh(other).promised_from) == ((None, None), None)
    busy = now + timedelta(hours=3), now + timedelta(hours=5)
    free = now + timedelta(hours=7), now + timedelta(hours=9)
    assert [(one.technician, one.feasibility.in_the_way) for one in queries.fits(other.pk, busy)] == [
        ("李建国", visit.order.number)
    ]

    with pytest.raises(Refused, match=f"李建国 与工单 {visit.order.number} 时间冲突") as refused:
        actions.promise(other.pk, *busy, seen=_seen(other), by=dispatcher, at=now)
    assert (refused.value.code, refused.value.field) == ("conflict", "confirm_conflict")
    assert (_planned(second), Promise.objects.filter(order=other).count()) == ((None, None), 0)
    actions.promise(other.pk, *free, seen=_seen(other), by=dispatcher, at=now)
    assert _planned(second) == free

    assert queries.feasibility(technician.id, free, visit.order).in_the_way == other.number


@pytest.mark.req("R-070", "R-071")
def test_a_move_onto_another_visit_of_the_technician_is_refused_until_it_is_meant(
    visit: Visit,
    waiting: Callable[..., Order],
    draft: Callable[..., VisitDraft],
    order: Order,
    dispatcher: Actor,
    technician: Actor,
    move: Callable[..., Promise],
    now: datetime,
) -> None:
    other = waiting(devices=())
    later = {"planned_from": now + timedelta(hours=6), "planned_to": now + timedelta(hours=8)}
    actions.assign(other.pk, draft(**later), seen=other.version, by=dispatcher, at=now)

    with pytest.raises(Refused, match=f"与工单 {other.number} 时间冲突"):
        move(7, by=technician)
    assert (_planned(visit)[0], _fresh(order).promised_from) == (visit.planned_from, visit.planned_from)
    called(visit, technician, now)
    actions.depart(visit.pk, by=technician, at=now)
    move(7, by=technician, confirm_conflict=True)
    assert _planned(visit)[0] == now + timedelta(hours=7)
    told = [str(audit.sentence(entry)) for entry in audit.timeline("orders.order", order.pk, limit=5)]
    assert any(f"与工单 {other.number} 时间冲突，仍要派" in line for line in told)


@pytest.mark.req("R-070")
def test_of_several_lines_those_of_another_window_stay_where_they_were_planned(
    visit: Visit,
    order: Order,
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    other_technician: Actor,
    move: Callable[..., Promise],
    now: datetime,
) -> None:
    later = {"planned_from": now + timedelta(hours=26), "planned_to": now + timedelta(hours=28)}
    helper = draft(technician_id=other_technician.id, **later)
    second = actions.assign(order.pk, helper, seen=_seen(order), by=dispatcher, at=now)
    move(5, by=dispatcher)
    assert (_planned(visit)[0], _planned(second)[0]) == (now + timedelta(hours=5), later["planned_from"])
    assert [one.technician for one in queries.fits(order.pk, (now, now + timedelta(hours=1)))] == ["李建国"]


@pytest.mark.req("R-070")
def test_a_line_without_a_window_is_for_the_promised_one(
    order: Order,
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    other_technician: Actor,
    now: datetime,
) -> None:
    promised = now + timedelta(hours=5), now + timedelta(hours=7)
    actions.promise(order.pk, *promised, seen=_seen(order), by=dispatcher, at=now)
    without = draft(planned_from=None, planned_to=None)
    line = actions.assign(order.pk, without, seen=_seen(order), by=dispatcher, at=now)
    assert _planned(line) == promised
    afar = draft(technician_id=other_technician.id, planned_from=None, planned_to=None, is_remote=True)
    assert _planned(actions.assign(order.pk, afar, seen=_seen(order), by=dispatcher, at=now)) == (None, None)
    assert Promise.objects.get(order=order).is_first
    line = actions.edit_visit(line.pk, without, seen=1, by=dispatcher, at=now)
    assert (_planned(line), line.version) == (promised, 1)


@pytest.mark.req("R-070")
def test_another_window_in_the_way_of_another_visit_is_refused_until_it_is_meant(
    visit: Visit,
    waiting: Callable[..., Order],
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    now: datetime,
) -> None:
    later = {"planned_from": now + timedelta(hours=8), "planned_to": now + timedelta(hours=10)}
    other = waiting(devices=())
    second = actions.assign(other.pk, draft(**later), seen=other.version, by=dispatcher, at=now)

    with pytest.raises(Refused, match=f"与工单 {visit.order.number} 时间冲突"):
        actions.edit_visit(second.pk, draft(), seen=second.version, by=dispatcher, at=now)
    assert (
        actions.edit_visit(
            second.pk, draft(), seen=second.version, by=dispatcher, at=now, confirm_conflict=True
        ).planned_from
        == visit.planned_from
    )
    second.refresh_from_db()
    said = draft(task="只改内容")
    assert actions.edit_visit(second.pk, said, seen=second.version, by=dispatcher, at=now).task == "只改内容"


@pytest.mark.req("R-072")
def test_a_page_that_has_not_seen_him_set_out_hands_nothing_on(
    visit: Visit,
    order: Order,
    refusal: Callable[..., MoveDraft],
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    move: Callable[..., Promise],
    now: datetime,
) -> None:
    shown = {visit.pk: visit.version}
    called(visit, technician, now)
    actions.depart(visit.pk, by=technician, at=now)
    handed: dict[str, Any] = {"from_id": technician.id, "to_id": other_technician.id, "reason": "忙"}
    handed |= {"seen": _seen(order), "by": dispatcher, "at": now}
    with pytest.raises(Stale, match="出发上门"):
        actions.transfer(order.pk, **handed, lines_seen=shown)
    with pytest.raises(Stale):
        actions.refuse_move(
            order.pk, refusal(), to_id=other_technician.id, seen=_seen(order), by=dispatcher, at=now, lines_seen=shown
        )
    with pytest.raises(Stale):
        move(5, by=dispatcher, lines_seen=shown)
    with pytest.raises(Refused, match="李建国 已经出发，请核对后再转派") as refused:
        actions.transfer(order.pk, **handed)
    assert refused.value.code == "under_way"
    assert (Visit.objects.get().status, Promise.objects.count(), Transfer.objects.count()) == ("under_way", 1, 0)
    now_shown = {visit.pk: Visit.objects.get().version}
    assert actions.transfer(order.pk, **handed, lines_seen=now_shown).taker_id == other_technician.id


def test_who_is_there_already_hands_nothing_on(
    visit: Visit, order: Order, dispatcher: Actor, technician: Actor, other_technician: Actor, now: datetime
) -> None:
    actions.arrive(visit.pk, by=technician, at=now, agreed_by="王太太")
    with pytest.raises(Refused, match="已到达现场"):
        actions.transfer(
            order.pk,
            from_id=technician.id,
            to_id=other_technician.id,
            reason="忙",
            seen=_seen(order),
            by=dispatcher,
            at=now,
        )


# -- 待协调 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.req("O-067")
def test_nobody_free_waits_for_the_supervisor_who_offers_another_time(
    visit: Visit,
    order: Order,
    draft: Callable[..., VisitDraft],
    technician: Actor,
    dispatcher: Actor,
    supervisor: Actor,
    refusal: Callable[..., MoveDraft],
    now: datetime,
    django_assert_num_queries: Any,
) -> None:
    assert actions.refuse_move(order.pk, refusal(), seen=_seen(order), by=technician, at=now) is None
    fresh = _fresh(order)
    assert (fresh.status, fresh.hold_code, fresh.technician_names) == (Status.TO_DISPATCH, "coordinate", "")
    with pytest.raises(Refused, match="待协调"):
        actions.assign(order.pk, draft(), seen=_seen(order), by=dispatcher, at=now)

    with django_assert_num_queries(2):
        (waits,) = queries.coordinations(supervisor, at=now + timedelta(minutes=15))
    assert (waits.number, waits.due_at, waits.is_overdue) == (order.number, now + timedelta(minutes=15), False)
    assert queries.coordinations(supervisor, at=now + timedelta(minutes=16))[0].is_overdue

    later = now + timedelta(minutes=10)
    with pytest.raises(Forbidden):
        actions.settle_coordination(order.pk, "go", seen=_seen(order), by=dispatcher, at=later)
    with pytest.raises(Invalid, match="新时间"):
        actions.settle_coordination(order.pk, "offer", seen=_seen(order), by=supervisor, at=later)
    offered = refusal(reason="没有师傅能去")
    actions.settle_coordination(order.pk, "offer", draft=offered, seen=_seen(order), by=supervisor, at=later)
    fresh = _fresh(order)
    assert (fresh.promised_from, fresh.hold_code) == (offered.start, "")
    assert queries.coordinations(supervisor, at=later) == []
    window = {"planned_from": offered.start, "planned_to": offered.end}
    actions.assign(order.pk, draft(**window), seen=_seen(order), by=dispatcher, at=later)
    with pytest.raises(Refused, match="不在待协调"):
        actions.settle_coordination(order.pk, "go", seen=_seen(order), by=supervisor, at=later)


@pytest.mark.req("O-067")
def test_nobody_free_may_end_in_cancelling(order: Order, dispatcher: Actor, supervisor: Actor, now: datetime) -> None:
    with pytest.raises(Invalid, match="为什么"):
        actions.to_coordinate(order.pk, " ", seen=_seen(order), by=dispatcher, at=now)
    actions.to_coordinate(order.pk, "今天都排满了", seen=_seen(order), by=dispatcher, at=now)
    with pytest.raises(Refused, match="已在待协调"):
        actions.to_coordinate(order.pk, "还是排满了", seen=_seen(order), by=dispatcher, at=now)
    with pytest.raises(Invalid, match="原因"):
        actions.settle_coordination(order.pk, "cancel", seen=_seen(order), by=supervisor, at=now)
    actions.settle_coordination(order.pk, "cancel", reason="客户另找人", seen=_seen(order), by=supervisor, at=now)
    assert (_fresh(order).status, _fresh(order).hold_code) == (Status.CANCELLED, "")


# -- how they were kept -------------------------------------------------------------------------------------------------


@pytest.fixture
def rates(supervisor: Actor, now: datetime, django_assert_num_queries: Any) -> Callable[[], tuple[Any, ...]]:
    def _rates() -> tuple[Any, ...]:
        day = timedelta(days=1)
        with django_assert_num_queries(1):
            found = queries.kept(now - day, now + day, supervisor, at=now + day)
        return found.first_rate, found.moved_rate

    return _rates


@pytest.mark.req("O-067", "R-073")
def test_moved_once_by_us_and_kept_is_no_first_promise_kept_but_a_moved_one(
    visit: Visit,
    technician: Actor,
    move: Callable[..., Promise],
    rates: Callable[[], tuple[Any, ...]],
    now: datetime,
) -> None:
    assert rates() == (0, None)  # 时间过了没有人到
    move(5, by=technician)
    actions.arrive(visit.pk, by=technician, at=now + timedelta(hours=6))
    assert rates() == (0, 1)


@pytest.mark.req("O-067", "R-073")
@pytest.mark.parametrize(("hours", "rate"), [(4, 1), (4.01, 0)])
def test_the_arrival_is_compared_with_the_promised_window(
    visit: Visit, technician: Actor, rates: Callable[[], tuple[Any, ...]], now: datetime, hours: float, rate: int
) -> None:
    actions.arrive(visit.pk, by=technician, at=now + timedelta(hours=hours))
    assert rates() == (rate, None)


@pytest.mark.req("O-067")
def test_what_the_customer_moved_himself_counts_as_the_first(
    visit: Visit,
    technician: Actor,
    move: Callable[..., Promise],
    rates: Callable[[], tuple[Any, ...]],
    now: datetime,
) -> None:
    move(5, by=technician, moved_by="customer")
    actions.arrive(visit.pk, by=technician, at=now + timedelta(hours=6))
    assert rates() == (1, None)


@pytest.mark.req("R-072", "R-073")
def test_kept_by_the_other_technician_is_kept(
    visit: Visit,
    order: Order,
    technician: Actor,
    other_technician: Actor,
    refusal: Callable[..., MoveDraft],
    rates: Callable[[], tuple[Any, ...]],
    now: datetime,
) -> None:
    done = actions.refuse_move(order.pk, refusal(), to_id=other_technician.id, seen=_seen(order), by=technician, at=now)
    assert done is not None
    called(Visit.objects.get(pk=done.visit_id), other_technician, now)
    actions.arrive(done.visit_id, by=other_technician, at=now + timedelta(hours=3))
    assert rates() == (1, None)


def test_figures_see_only_the_orders_of_the_site(
    visit: Visit, technician: Actor, stranger: Actor, now: datetime
) -> None:
    actions.arrive(visit.pk, by=technician, at=now, agreed_by="王太太")
    day = timedelta(days=1)
    assert queries.kept(now - day, now + day, actor_of(stranger.id), at=now).first_due == 0
    assert queries.kept(now - day, now + day, SYSTEM, at=now).first_due == 1
