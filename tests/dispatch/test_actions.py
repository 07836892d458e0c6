"""Dispatch lines, promises, and the technician's way: every verb in every state, and who may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from gongdan.audit import queries as audit
from gongdan.dispatch import access, actions, queries
from gongdan.dispatch.actions import VisitDraft
from gongdan.dispatch.models import Promise, Visit
from gongdan.dispatch.states import MACHINE, VisitStatus
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.kernel.text import Text
from gongdan.orders import access as orders_access
from gongdan.orders import actions as orders
from gongdan.orders import queries as orders_queries
from gongdan.orders.models import Consent, Order
from gongdan.orders.states import Status
from tests.dispatch.shop import called
from tests.together import at_once

pytestmark = pytest.mark.django_db


def _seen(order: Order) -> int:
    return orders_queries.version(order.pk)


def _fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


@pytest.mark.req("R-078", "R-083", "R-079", "R-003")
def test_two_technicians_on_one_order_each_see_it_with_the_customer_and_nobody_else_does(
    order: Order,
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    now: datetime,
    hire: Callable[..., Actor],
    site: Any,
) -> None:
    third = hire(site, "wushifu", "吴佳豪", "technician")
    actions.assign(order.pk, draft(method="phone", remark="带梯子"), seen=order.version, by=dispatcher, at=now)
    later = now + timedelta(minutes=5)
    second = draft(technician_id=other_technician.id, task="打下手", planned_from=None, planned_to=None)
    actions.assign(order.pk, second, seen=_seen(order), by=dispatcher, at=later)

    for one in (technician, other_technician):
        page = orders_queries.page(order.pk, one)
        assert (page.customer_name, page.phone, page.address) == ("王小明", "13812345678", "体育西路 1 号 302")
        assert (page.devices[0].serial, page.symptom) == ("4Q97A0236118", "空调不制冷")
    with pytest.raises(Forbidden):
        orders_access.find(third, order.number)
    fresh = _fresh(order)
    assert (fresh.status, fresh.technician_names) == (Status.IN_REPAIR, "李建国、周大勇")
    assert [(v.technician.name, v.task, v.method, v.remark, v.status) for v in queries.visits_of(order.pk)] == [
        ("李建国", "检修空调", "phone", "带梯子", "offered"),
        ("周大勇", "打下手", "system", "", "offered"),
    ]
    told = [(e.actor_name, str(audit.sentence(e))) for e in audit.timeline("orders.order", order.pk, limit=3)]
    assert told == [
        ("何静", "何静 派工给 周大勇：打下手"),
        ("何静", "何静 承诺上门时间 2026-03-11 12:00–14:00"),
        ("何静", "派工完成，工单进入维修"),
    ]


def test_the_window_of_the_first_line_is_the_first_promise_only_where_somebody_travels(
    waiting: Callable[..., Order], draft: Callable[..., VisitDraft], dispatcher: Actor, now: datetime
) -> None:
    promised: dict[str, bool] = {}
    for mode in ("on_site", "express", "pick_up", "in_store", "mail_in", "remote"):
        order = waiting(mode=mode, address=f"天河路 {len(promised)} 号", devices=())
        actions.assign(order.pk, draft(), seen=order.version, by=dispatcher, at=now, confirm_conflict=True)
        promised[mode] = _fresh(order).promised_from is not None
    assert promised == {
        "on_site": True, "express": True, "pick_up": True, "in_store": False, "mail_in": False, "remote": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"technician_id": 999_999}, "technician_id", "在岗的师傅"),
        ({"planned_to": None}, "planned_to", "两端"),
        ({"planned_from": None}, "planned_from", "两端"),
        ({"method": "pigeon"}, "method", "派工方式"),
        ({"task": "长" * 501}, "task", "最多 500 个字"),
        ({"remark": "长" * 201}, "remark", "最多 200 个字"),
    ],
)
def test_a_line_that_cannot_be_is_refused_at_its_field(
    order: Order,
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    now: datetime,
    typed: dict[str, Any],
    field: str,
    sentence: str,
) -> None:
    with pytest.raises(Invalid, match=sentence) as refused:
        actions.assign(order.pk, draft(**typed), seen=order.version, by=dispatcher, at=now)
    assert set(refused.value.errors) == {field}
    assert (_fresh(order).status, Visit.objects.count()) == (Status.TO_DISPATCH, 0)


def test_only_a_technician_can_be_sent(
    order: Order, draft: Callable[..., VisitDraft], dispatcher: Actor, cashier: Actor, stranger: Actor, now: datetime
) -> None:
    for wrong in (cashier, stranger):
        with pytest.raises(Invalid, match="在岗的师傅"):
            actions.assign(order.pk, draft(technician_id=wrong.id), seen=order.version, by=dispatcher, at=now)


def test_the_same_technician_is_not_sent_twice_at_the_same_time(
    visit: Visit, order: Order, draft: Callable[..., VisitDraft], dispatcher: Actor, now: datetime
) -> None:
    with pytest.raises(Refused, match="李建国 已在这张工单的派工中") as refused:
        actions.assign(order.pk, draft(), seen=_seen(order), by=dispatcher, at=now)
    assert (refused.value.code, refused.value.field) == ("twice", "technician_id")


@pytest.mark.parametrize("status", [s for s in Status if s not in (Status.TO_DISPATCH, Status.IN_REPAIR)])
def test_an_order_is_dispatched_only_while_it_waits_or_is_in_repair(
    order: Order, draft: Callable[..., VisitDraft], dispatcher: Actor, now: datetime, status: Status
) -> None:
    Order.objects.filter(pk=order.pk).update(status=status)
    with pytest.raises(Refused, match="只有待派工或维修中") as refused:
        actions.assign(order.pk, draft(), seen=order.version, by=dispatcher, at=now)
    assert refused.value.code == "wrong_status"


def test_a_hold_stands_against_dispatch_with_its_own_reason(
    order: Order, draft: Callable[..., VisitDraft], dispatcher: Actor, now: datetime
) -> None:
    orders.place_hold(order, "dispatch", Text("30 天内第三次，等主管确认", {}), by=dispatcher, at=now)
    with pytest.raises(Refused, match="30 天内第三次"):
        actions.assign(order.pk, draft(), seen=_seen(order), by=dispatcher, at=now)


@pytest.mark.parametrize("role", ["agent", "technician", "cashier", "stranger"])
def test_without_the_permission_nothing_is_dispatched(
    visit: Visit,
    order: Order,
    draft: Callable[..., VisitDraft],
    now: datetime,
    request: pytest.FixtureRequest,
    role: str,
) -> None:
    actor = request.getfixturevalue(role)
    window = (now + timedelta(hours=5), now + timedelta(hours=6))
    for verb in (
        lambda: actions.assign(order.pk, draft(), seen=_seen(order), by=actor, at=now),
        lambda: actions.edit_visit(visit.pk, draft(), seen=visit.version, by=actor, at=now),
        lambda: actions.void(visit.pk, "换人", by=actor, at=now),
        lambda: actions.send_back(order.pk, "换人", seen=_seen(order), by=actor, at=now),
    ):
        with pytest.raises(Forbidden):
            verb()
    if role in ("cashier", "stranger"):
        with pytest.raises(Forbidden):
            actions.promise(order.pk, *window, seen=_seen(order), by=actor, at=now)
        moved: dict[str, Any] = {"consent": "yes", "consent_of": "王小明", "way": "phone", "reason": "堵车"}
        with pytest.raises(Forbidden):
            actions.move_promise(order.pk, *window, **moved, seen=_seen(order), by=actor, at=now)
    assert Visit.objects.get().version == visit.version


def test_an_edited_line_keeps_old_and_new_and_tells_a_colleague_who_was_faster(
    visit: Visit, draft: Callable[..., VisitDraft], dispatcher: Actor, supervisor: Actor, now: datetime
) -> None:
    changed = actions.edit_visit(visit.pk, draft(task="先看外机", method="sms"), seen=1, by=dispatcher, at=now)
    assert (changed.task, changed.method, changed.version) == ("先看外机", "sms", 2)
    found = [(c.field, c.old, c.new) for c in audit.changes("orders.order", visit.order_id, limit=1)]
    assert found == [("task", "检修空调", "先看外机"), ("method", "system", "sms")]
    with pytest.raises(Stale, match="何静"):
        actions.edit_visit(visit.pk, draft(), seen=1, by=supervisor, at=now)


def test_a_line_whose_window_has_passed_can_still_be_corrected(
    visit: Visit, draft: Callable[..., VisitDraft], dispatcher: Actor, now: datetime
) -> None:
    tomorrow = now + timedelta(days=1)
    assert actions.edit_visit(visit.pk, draft(remark="到了"), seen=1, by=dispatcher, at=tomorrow).remark == "到了"
    earlier = draft(planned_from=now, planned_to=now + timedelta(hours=1))
    with pytest.raises(Refused, match="已经过去"):
        actions.edit_visit(visit.pk, earlier, seen=2, by=dispatcher, at=tomorrow)


def test_another_technician_is_another_line(
    visit: Visit, draft: Callable[..., VisitDraft], dispatcher: Actor, other_technician: Actor, now: datetime
) -> None:
    with pytest.raises(Refused, match="换师傅请撤销这一行"):
        actions.edit_visit(visit.pk, draft(technician_id=other_technician.id), seen=1, by=dispatcher, at=now)


@pytest.mark.req("R-003")
def test_a_line_taken_back_leaves_the_technicians_sight_and_the_order_waits_again(
    visit: Visit, order: Order, dispatcher: Actor, technician: Actor, now: datetime
) -> None:
    with pytest.raises(Invalid, match="原因"):
        actions.void(visit.pk, "  ", by=dispatcher, at=now)
    actions.void(visit.pk, "师傅请假", by=dispatcher, at=now)
    fresh = _fresh(order)
    assert (fresh.status, fresh.technician_names) == (Status.TO_DISPATCH, "")
    with pytest.raises(Forbidden):
        orders_access.find(technician, order.number)
    assert Visit.objects.get().void_reason == "师傅请假"


def test_who_was_there_already_keeps_the_order_in_sight_when_a_later_line_is_taken_back(
    visit: Visit, order: Order, draft: Callable[..., VisitDraft], dispatcher: Actor, technician: Actor, now: datetime
) -> None:
    actions.arrive(visit.pk, by=technician, at=now, agreed_by="王太太")
    actions.leave(visit.pk, by=technician, at=now)
    again = actions.assign(order.pk, draft(task="装配件"), seen=_seen(order), by=dispatcher, at=now)
    actions.void(again.pk, "配件没到", by=dispatcher, at=now)
    assert _fresh(order).status == Status.IN_REPAIR
    assert orders_access.find(technician, order.number).pk == order.pk


def test_the_whole_order_is_sent_back_while_nobody_has_set_out(
    visit: Visit,
    order: Order,
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    now: datetime,
) -> None:
    actions.assign(order.pk, draft(technician_id=other_technician.id), seen=_seen(order), by=dispatcher, at=now)
    with pytest.raises(Invalid, match="原因"):
        actions.send_back(order.pk, "", seen=_seen(order), by=dispatcher, at=now)
    with pytest.raises(Stale):
        actions.send_back(order.pk, "客户改期", seen=order.version, by=dispatcher, at=now)
    called(visit, technician, now)
    actions.depart(visit.pk, by=technician, at=now)
    with pytest.raises(Refused, match="李建国 的派工是“在途”"):
        actions.send_back(order.pk, "客户改期", seen=_seen(order), by=dispatcher, at=now)
    actions.void(visit.pk, "车坏了", by=dispatcher, at=now)
    actions.send_back(order.pk, "客户改期", seen=_seen(order), by=dispatcher, at=now)
    assert _fresh(order).status == Status.TO_DISPATCH
    assert {(v.status, v.void_reason) for v in Visit.objects.all()} == {("void", "车坏了"), ("void", "客户改期")}


# -- the way ------------------------------------------------------------------------------------------------------------

AGREED = {"arrive": {"agreed_by": "王太太"}}  # the fixture's visit is promised for later
STAMPS = {"accept": "accepted_at", "depart": "departed_at", "arrive": "arrived_at", "leave": "left_at"}


@pytest.mark.parametrize("status", list(VisitStatus))
@pytest.mark.parametrize("verb", [*STAMPS, "void"])
def test_each_verb_leaves_the_states_of_the_table_and_no_other(
    visit: Visit, technician: Actor, dispatcher: Actor, now: datetime, status: VisitStatus, verb: str
) -> None:
    called(visit, technician, now)
    Visit.objects.filter(pk=visit.pk).update(status=status)
    run: Callable[[], Visit] = (
        (lambda: actions.void(visit.pk, "换人", by=dispatcher, at=now))
        if verb == "void"
        else (lambda: getattr(actions, verb)(visit.pk, by=technician, at=now, **AGREED.get(verb, {})))
    )
    move = next(t for t in MACHINE if t.verb == verb)
    if status not in move.sources:
        with pytest.raises(Refused, match="当前状态") as refused:
            run()
        assert refused.value.code == "wrong_status"
        assert Visit.objects.get().status == status
        return
    moved = run()
    assert moved.status == move.target
    if verb in STAMPS:
        assert getattr(Visit.objects.get(), STAMPS[verb]) == now


@pytest.mark.parametrize("verb", list(STAMPS))
def test_the_way_belongs_to_its_technician_and_to_dispatch(
    visit: Visit,
    order: Order,
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    agent: Actor,
    stranger: Actor,
    now: datetime,
    verb: str,
) -> None:
    actions.assign(order.pk, draft(technician_id=other_technician.id), seen=_seen(order), by=dispatcher, at=now)
    if verb == "leave":
        actions.arrive(visit.pk, by=technician, at=now, agreed_by="王太太")
    else:
        called(visit, technician, now)
    run = partial(getattr(actions, verb), **AGREED.get(verb, {}))
    for wrong in (other_technician, agent, stranger):
        with pytest.raises(Forbidden):
            run(visit.pk, by=wrong, at=now)
    no_work = replace(technician, permissions=technician.permissions - {"repair.work"})
    with pytest.raises(Forbidden):
        run(visit.pk, by=no_work, at=now)
    run(visit.pk, by=dispatcher, at=now)


def test_a_visit_that_is_not_there_is_missing(dispatcher: Actor, now: datetime) -> None:
    with pytest.raises(Missing):
        actions.accept(12345, by=dispatcher, at=now)


def test_first_arrival_and_last_departure_are_deposited_on_the_order(
    visit: Visit,
    order: Order,
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    now: datetime,
) -> None:
    second = actions.assign(
        order.pk, draft(technician_id=other_technician.id), seen=_seen(order), by=dispatcher, at=now
    )
    offline = now - timedelta(minutes=20)
    actions.arrive(visit.pk, by=technician, at=now, happened_at=offline)
    actions.arrive(second.pk, by=other_technician, at=now + timedelta(minutes=5))
    actions.leave(visit.pk, by=technician, at=now + timedelta(hours=1))
    actions.leave(second.pk, by=other_technician, at=now + timedelta(hours=2))
    fresh = _fresh(order)
    assert (fresh.arrived_at, fresh.left_at) == (offline, now + timedelta(hours=2))
    assert queries.arrival_of(order.pk) == offline


@pytest.mark.parametrize("verb", ["accept", "depart", "arrive"])
def test_nobody_sets_out_for_an_order_that_is_finished_but_he_may_leave(
    visit: Visit, order: Order, technician: Actor, now: datetime, verb: str
) -> None:
    Order.objects.filter(pk=order.pk).update(status=Status.TO_SETTLE)
    with pytest.raises(Refused, match="待结算"):
        getattr(actions, verb)(visit.pk, by=technician, at=now)
    Visit.objects.filter(pk=visit.pk).update(status=VisitStatus.ON_SITE)
    assert actions.leave(visit.pk, by=technician, at=now).status == VisitStatus.LEFT


# -- promises -----------------------------------------------------------------------------------------------------------


@pytest.mark.req("R-071", "O-067")
def test_a_moved_promise_keeps_the_first_one_and_who_agreed(
    visit: Visit, order: Order, dispatcher: Actor, now: datetime
) -> None:
    start, end = now + timedelta(hours=5), now + timedelta(hours=7)
    consent: dict[str, Any] = {
        "consent": "yes",
        "consent_of": "王太太",
        "way": "phone",
        "reason": "上一单超时",
        "apology_made": True,
    }
    actions.move_promise(order.pk, start, end, **consent, seen=_seen(order), by=dispatcher, at=now)

    first, moved = queries.promises_of(order.pk)
    assert (first.is_first, first.start, first.withdrawn_at) == (True, visit.planned_from, now)
    assert (moved.is_first, moved.start, moved.end, moved.reason) == (False, start, end, "上一单超时")
    given = Consent.objects.get(to_what="move")
    assert (given.subject_id, given.name, given.way, given.is_given) == (moved.pk, "王太太", "phone", True)
    fresh = _fresh(order)
    assert (fresh.promised_from, fresh.promised_to) == (start, end)
    line = Visit.objects.get()
    assert (line.planned_from, line.planned_to, line.version) == (start, end, 2)
    assert "经客户同意改约到 2026-03-11 15:00–17:00，原为 2026-03-11 12:00–14:00" in str(
        audit.sentence(audit.timeline("orders.order", order.pk, limit=1)[0])
    )


@pytest.mark.req("R-071")
@pytest.mark.parametrize("field", ["consent_of", "reason", "way"])
def test_without_consent_reason_and_way_no_promise_moves(
    visit: Visit, order: Order, dispatcher: Actor, now: datetime, field: str
) -> None:
    consent: dict[str, Any] = {
        "consent": "yes",
        "consent_of": "王太太",
        "way": "phone",
        "reason": "上一单超时",
        "apology_made": True,
    } | {field: ""}
    start = now + timedelta(hours=5)
    with pytest.raises(Invalid) as refused:
        actions.move_promise(
            order.pk, start, start + timedelta(hours=1), **consent, seen=_seen(order), by=dispatcher, at=now
        )
    assert set(refused.value.errors) == {field}
    assert Promise.objects.count() == 1


def test_a_first_promise_is_made_once_and_moved_only_when_there_is_one(
    order: Order, agent: Actor, now: datetime
) -> None:
    start, end = now + timedelta(hours=5), now + timedelta(hours=7)
    consent: dict[str, Any] = {
        "consent": "yes",
        "consent_of": "王太太",
        "way": "phone",
        "reason": "上一单超时",
        "apology_made": True,
    }
    with pytest.raises(Refused, match="还没有承诺过"):
        actions.move_promise(order.pk, start, end, **consent, seen=_seen(order), by=agent, at=now)
    actions.promise(order.pk, start, end, seen=_seen(order), by=agent, at=now)
    with pytest.raises(Refused, match="已经承诺过"):
        actions.promise(order.pk, start, end, seen=_seen(order), by=agent, at=now)


@pytest.mark.req("R-244")
@pytest.mark.parametrize("status", [Status.TO_SETTLE, Status.TO_FOLLOW_UP, Status.CLOSED, Status.CANCELLED])
def test_lines_and_promises_of_a_finished_order_stay_as_they_were(
    status: Status,
    visit: Visit,
    order: Order,
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    now: datetime,
) -> None:
    start, end = now + timedelta(hours=5), now + timedelta(hours=7)
    consent: dict[str, Any] = {
        "consent": "yes",
        "consent_of": "王太太",
        "way": "phone",
        "reason": "上一单超时",
        "apology_made": True,
    }
    before = Visit.objects.values().get(), Promise.objects.values().get()
    Order.objects.filter(pk=order.pk).update(status=status)

    with pytest.raises(Refused, match="不能再派工"):
        actions.edit_visit(visit.pk, draft(task="改"), seen=visit.version, by=dispatcher, at=now)
    with pytest.raises(Refused, match="不能再撤销派工"):
        actions.void(visit.pk, "误派", by=dispatcher, at=now)
    with pytest.raises(Refused, match="不能再改约"):
        actions.move_promise(order.pk, start, end, **consent, seen=_seen(order), by=dispatcher, at=now)
    with pytest.raises(Refused, match="不能再预约"):
        actions.promise(order.pk, start, end, seen=_seen(order), by=dispatcher, at=now)

    assert (Visit.objects.values().get(), Promise.objects.values().get()) == before


# -- together -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_at_the_same_moment_and_one_of_them_wins(
    order: Order,
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    supervisor: Actor,
    other_technician: Actor,
    now: datetime,
) -> None:
    people = ((dispatcher, draft()), (supervisor, draft(technician_id=other_technician.id)))

    def work(place: int) -> None:
        by, line = people[place]
        actions.assign(order.pk, line, seen=order.version, by=by, at=now)

    ended = at_once(2, work)

    assert sorted(type(one).__name__ for one in ended) == ["NoneType", "Stale"]
    assert (Visit.objects.count(), Promise.objects.count()) == (1, 1)
    assert _fresh(order).status == Status.IN_REPAIR


@pytest.mark.req("R-084")
def test_candidates_name_the_order_in_the_way_and_count_what_is_in_hand(
    visit: Visit,
    waiting: Callable[..., Order],
    site: Any,
    technician: Actor,
    other_technician: Actor,
    now: datetime,
    django_assert_num_queries: Any,
) -> None:
    other = waiting()
    window = (now + timedelta(hours=3), now + timedelta(hours=5))
    with django_assert_num_queries(4):
        found = queries.candidates(
            frozenset({site.pk}), category="空调", window=window, day_start=now, but_not=other.pk
        )
    assert [(c.name, c.has_skill, c.open_visits, c.conflict) for c in found] == [
        ("周大勇", False, 0, ""),
        ("李建国", True, 1, visit.order.number),
    ]
    own = queries.candidates(
        frozenset({site.pk}), category="空调", window=window, day_start=now, but_not=visit.order_id
    )
    assert (own[0].name, own[0].open_visits, own[0].conflict) == ("李建国", 0, "")


@pytest.mark.req("R-070")
@pytest.mark.parametrize("rows", [1, 3])
def test_an_overlapping_window_is_reported_as_conflict_with_what_is_around_it(
    waiting: Callable[..., Order],
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    now: datetime,
    django_assert_num_queries: Any,
    rows: int,
) -> None:
    known = []
    for hour in range(rows):
        start = now + timedelta(hours=2 + 3 * hour)
        one = waiting(address=f"天河路 {hour} 号", devices=())
        line = draft(planned_from=start, planned_to=start + timedelta(hours=1))
        actions.assign(one.pk, line, seen=one.version, by=dispatcher, at=now)
        known.append(one.number)
    asked = waiting(address="体育东路 9 号", devices=())
    window = (now + timedelta(hours=2, minutes=30), now + timedelta(hours=4))
    with django_assert_num_queries(2):
        found = queries.feasibility(technician.id, window, asked)
    assert (found.verdict, found.in_the_way) == ("conflict", known[0])
    assert [leg.stop.number for leg in found.legs] == known
    assert queries.feasibility(other_technician.id, window, asked).verdict == "possible"


def test_visits_are_seen_with_their_orders(
    visit: Visit, technician: Actor, other_technician: Actor, stranger: Actor, dispatcher: Actor
) -> None:
    seen = [access.visible_to(actor).count() for actor in (technician, dispatcher, other_technician, stranger)]
    assert seen == [1, 1, 0, 0]
