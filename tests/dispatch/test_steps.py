"""The call before setting out, delays, and guidance from afar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.audit import queries as audit
from gongdan.dispatch import actions, queries, rules
from gongdan.dispatch.actions import ConfirmationDraft, VisitDraft
from gongdan.dispatch.models import Confirmation, DelayNotice, Visit
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused
from gongdan.orders import queries as orders_queries
from gongdan.orders.models import Consent, ContactAttempt, DeviceLine, Order
from gongdan.orders.states import Mode, Status
from gongdan.people.models import ShopSettings
from tests.dispatch.shop import called

pytestmark = pytest.mark.django_db


def _seen(order: Order) -> int:
    return orders_queries.version(order.pk)


def _fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def _told(order: Order) -> list[str]:
    return [str(audit.sentence(entry)) for entry in audit.timeline("orders.order", order.pk, limit=20)]


@pytest.mark.req("R-075")
def test_setting_out_needs_the_call_and_skipping_it_needs_a_reason(
    visit: Visit, order: Order, technician: Actor, now: datetime
) -> None:
    actions.accept(visit.pk, by=technician, at=now)
    with pytest.raises(Refused, match="出发前请先联系客户") as refused:
        actions.depart(visit.pk, by=technician, at=now)
    assert refused.value.code == "unconfirmed"
    with pytest.raises(Invalid) as missing:
        actions.confirm_before_visit(visit.pk, ConfirmationDraft(skipped_reason="  "), by=technician, at=now)
    assert set(missing.value.errors) == {"is_convenient"}
    actions.confirm_before_visit(visit.pk, ConfirmationDraft(skipped_reason="刚与客户通过话"), by=technician, at=now)
    actions.depart(visit.pk, by=technician, at=now)
    assert Confirmation.objects.get().skipped_reason == "刚与客户通过话"
    assert "李建国 上门前没有联系客户：刚与客户通过话" in _told(order)


@pytest.mark.req("R-075")
def test_the_call_keeps_time_and_convenience_and_stands_in_the_log_of_calls(
    visit: Visit, order: Order, technician: Actor, now: datetime
) -> None:
    at_the_door = now + timedelta(hours=2, minutes=20)
    called(visit, technician, now, told_at=at_the_door, note="按门铃")
    ahead = queries.ahead_of([visit.pk])[visit.pk]
    assert (ahead.is_convenient, ahead.told_at, ahead.unticked, ahead.who) == (True, at_the_door, (), "李建国")
    call = ContactAttempt.objects.get()
    assert (call.purpose, call.result, call.by_id) == ("appointment", "reached", technician.id)
    version = _seen(order)
    called(visit, technician, now, is_convenient=False)
    assert _seen(order) == version
    with pytest.raises(Refused, match="不方便，请先改约"):
        actions.depart(visit.pk, by=technician, at=now)
    called(visit, technician, now)
    actions.depart(visit.pk, by=technician, at=now)
    with pytest.raises(Refused, match="已经出发"):
        called(visit, technician, now)


@pytest.mark.req("R-076")
@pytest.mark.parametrize(
    ("fact", "label"), [("device_ok", "设备类型"), ("fault_ok", "故障情况"), ("address_ok", "联系地址")]
)
def test_three_ticks_are_required_before_setting_out(
    visit: Visit, technician: Actor, now: datetime, fact: str, label: str
) -> None:
    called(visit, technician, now, **{fact: False})
    with pytest.raises(Refused, match=f"核对{label}"):
        actions.depart(visit.pk, by=technician, at=now)
    called(visit, technician, now)
    assert actions.depart(visit.pk, by=technician, at=now).status == "under_way"


@pytest.mark.req("R-076")
def test_differences_update_the_order_and_keep_the_old_value(
    visit: Visit, order: Order, technician: Actor, now: datetime
) -> None:
    new = {"address": "体育西路 1 号 1502", "symptom": "外机不转", "model_text": "KFR-50LW", "serial": ""}
    called(visit, technician, now, differences=new)
    fresh = _fresh(order)
    assert (fresh.address, fresh.symptom) == ("体育西路 1 号 1502", "外机不转")
    line = DeviceLine.objects.get(order=order)
    assert (line.model_text, line.serial) == ("KFR-50LW", "4Q97A0236118")
    found = {(c.field, c.old, c.new) for c in audit.changes("orders.order", order.pk, limit=10)}
    assert ("symptom", "空调不制冷", "外机不转") in found
    assert ("model_text", "KFR-35GW", "KFR-50LW") in found
    assert ("address", "体育西路 1 号 302", "体育西路 1 号 1502") in found
    with pytest.raises(Invalid, match="只能更正"):
        called(visit, technician, now, differences={"mode": "in_store"})


@pytest.mark.req("R-075", "R-076")
def test_each_step_can_be_switched_off(visit: Visit, technician: Actor, now: datetime) -> None:
    row, _made = ShopSettings.objects.get_or_create(site=None)
    row.values = {rules.CALL_AHEAD.key: False, rules.THREE_FACTS.key: False}
    row.save()
    assert actions.depart(visit.pk, by=technician, at=now).status == "under_way"
    arrived = actions.arrive(visit.pk, by=technician, at=now, agreed_by="王太太")
    assert not arrived.is_unconfirmed


@pytest.mark.req("R-075")
def test_who_arrives_without_having_called_is_let_in_and_flagged(
    visit: Visit, order: Order, technician: Actor, now: datetime
) -> None:
    assert actions.arrive(visit.pk, by=technician, at=now, agreed_by="王太太").is_unconfirmed
    assert "李建国 到达前没有做上门前确认" in _told(order)


@pytest.mark.req("R-073", "O-043")
def test_who_is_there_hours_before_his_time_asks_the_customer_and_keeps_who_agreed(
    visit: Visit, order: Order, technician: Actor, now: datetime
) -> None:
    called(visit, technician, now, told_at=visit.planned_from)
    actions.depart(visit.pk, by=technician, at=now)
    with pytest.raises(Refused, match="早到 2 小时；客户同意现在上门吗") as refused:
        actions.arrive(visit.pk, by=technician, at=now)
    assert (refused.value.code, refused.value.field) == ("early", "agreed_by")
    with pytest.raises(Invalid, match="同意方式"):
        actions.arrive(visit.pk, by=technician, at=now, agreed_by="王太太", agreed_way="pigeon")
    assert Visit.objects.get(pk=visit.pk).status == "under_way"
    actions.arrive(visit.pk, by=technician, at=now, agreed_by="王太太", agreed_way="in_person")
    given = Consent.objects.get(order=order, to_what="early")
    assert (given.name, given.way, given.subject_id, given.at) == ("王太太", "in_person", visit.pk, now)
    assert any(line.startswith("王太太 同意提前上门（当面）：") and "早到 2 小时" in line for line in _told(order))


@pytest.mark.req("R-073")
@pytest.mark.parametrize(("minutes", "is_asked"), [(30, False), (31, True)])
def test_a_little_early_is_not_asked_about(
    visit: Visit, technician: Actor, now: datetime, minutes: int, is_asked: bool
) -> None:
    assert visit.planned_from is not None
    at = visit.planned_from - timedelta(minutes=minutes)
    if is_asked:
        with pytest.raises(Refused, match="早到 31 分钟"):
            actions.arrive(visit.pk, by=technician, at=at)
    else:
        assert actions.arrive(visit.pk, by=technician, at=at).status == "on_site"


@pytest.mark.req("R-073", "R-075")
def test_an_hour_agreed_in_the_call_ahead_is_not_asked_again(visit: Visit, technician: Actor, now: datetime) -> None:
    called(visit, technician, now, told_at=now + timedelta(minutes=20))
    assert actions.arrive(visit.pk, by=technician, at=now).status == "on_site"
    assert not Consent.objects.filter(to_what="early").exists()


@pytest.mark.req("R-073")
def test_an_early_arrival_without_a_network_is_kept_as_it_happened(
    visit: Visit, order: Order, technician: Actor, now: datetime
) -> None:
    at = now + timedelta(hours=3)
    actions.arrive(visit.pk, by=technician, at=at, happened_at=now)
    assert any("早到 2 小时，没有记下客户同意" in line for line in _told(order))


@pytest.mark.req("R-075")
def test_the_customer_is_told_a_time_that_is_still_to_come(visit: Visit, technician: Actor, now: datetime) -> None:
    for wrong in (now - timedelta(days=1), now - timedelta(minutes=2), now + timedelta(days=91)):
        with pytest.raises(Invalid) as refused:
            called(visit, technician, now, told_at=wrong)
        assert set(refused.value.errors) == {"told_at"}
    assert not Confirmation.objects.exists()
    called(visit, technician, now, told_at=now)


@pytest.mark.req("R-075", "R-063")
def test_a_correction_of_the_same_call_is_not_one_more_call(visit: Visit, technician: Actor, now: datetime) -> None:
    tries: list[dict[str, Any]] = [{"fault_ok": False}, {"note": "按门铃"}, {}]
    for minute, typed in enumerate(tries):
        called(visit, technician, now + timedelta(minutes=minute), **typed)
    assert (Confirmation.objects.count(), ContactAttempt.objects.count()) == (3, 1)
    called(visit, technician, now + timedelta(minutes=4), is_convenient=False)
    called(visit, technician, now + timedelta(hours=1))
    assert ContactAttempt.objects.count() == 3


def test_nobody_calls_ahead_of_an_order_in_the_store(
    waiting: Callable[..., Order], draft: Callable[..., VisitDraft], dispatcher: Actor, technician: Actor, now: datetime
) -> None:
    order = waiting(mode="in_store")
    visit = actions.assign(order.pk, draft(), seen=order.version, by=dispatcher, at=now)
    assert not actions.arrive(visit.pk, by=technician, at=now).is_unconfirmed


def test_the_steps_belong_to_the_technician_and_to_dispatch(
    visit: Visit, other_technician: Actor, agent: Actor, stranger: Actor, dispatcher: Actor, now: datetime
) -> None:
    for wrong in (other_technician, agent, stranger):
        with pytest.raises(Forbidden):
            called(visit, wrong, now)
    called(visit, dispatcher, now)


# -- late ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def late(visit: Visit, technician: Actor, now: datetime) -> Callable[..., DelayNotice]:
    def _late(at: datetime, **typed: Any) -> DelayNotice:
        known: dict[str, Any] = {"told_how": "phone", "new_estimate": at + timedelta(hours=1), "by": technician}
        return actions.report_delay(visit.pk, **{"reason": "上一单超时"} | known | typed, at=at)

    return _late


@pytest.mark.req("R-074")
def test_a_late_arrival_without_notice_is_flagged(
    visit: Visit, order: Order, technician: Actor, now: datetime, django_assert_num_queries: Any
) -> None:
    assert visit.planned_to is not None
    arrived = actions.arrive(visit.pk, by=technician, at=visit.planned_to + timedelta(minutes=20))
    assert arrived.is_late_unannounced
    assert "李建国 晚到 20 分钟，事先没有告知客户" in _told(order)
    with django_assert_num_queries(1):
        assert queries.late_among([order.pk, order.pk + 1]) == {order.pk}


@pytest.mark.req("R-074")
def test_a_late_arrival_that_the_customer_was_told_of_is_not(
    visit: Visit, order: Order, technician: Actor, late: Callable[..., DelayNotice], now: datetime
) -> None:
    assert visit.planned_to is not None
    told = late(visit.planned_to - timedelta(minutes=10))
    assert queries.told_arrivals([order.pk]) == {order.pk: told.new_estimate}
    arrived = actions.arrive(visit.pk, by=technician, at=visit.planned_to + timedelta(minutes=20))
    assert queries.told_arrivals([order.pk]) == {}
    assert not arrived.is_late_unannounced
    call = ContactAttempt.objects.get()
    assert (call.result, call.note) == ("reached", "告知会晚到：上一单超时")
    assert queries.delays_of([visit.pk])[visit.pk][0].reason == "上一单超时"


@pytest.mark.req("R-074")
def test_told_after_the_window_is_not_told(
    visit: Visit, technician: Actor, late: Callable[..., DelayNotice], now: datetime
) -> None:
    assert visit.planned_to is not None
    with pytest.raises(Refused, match="不算事先告知"):
        late(visit.planned_to + timedelta(minutes=1))
    assert actions.arrive(visit.pk, by=technician, at=visit.planned_to + timedelta(minutes=5)).is_late_unannounced


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"reason": " "}, "reason"), ({"told_how": "pigeon"}, "told_how"), ({"new_estimate": None}, "new_estimate")],
)
def test_a_delay_says_why_how_and_until_when(
    late: Callable[..., DelayNotice], now: datetime, typed: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        late(now, **{name: now if value is None else value for name, value in typed.items()})
    assert set(refused.value.errors) == {field}


# -- from afar ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def remote(order: Order, draft: Callable[..., VisitDraft], dispatcher: Actor, now: datetime) -> Visit:
    """李建国 guides the customer from afar."""
    line = draft(is_remote=True, planned_from=None, planned_to=None)
    return actions.assign(order.pk, line, seen=order.version, by=dispatcher, at=now)


@pytest.mark.req("R-085")
def test_failed_guidance_waits_for_the_choice_between_visit_and_bringing_in(
    remote: Visit, order: Order, technician: Actor, other_technician: Actor, now: datetime
) -> None:
    done = actions.record_remote(remote.pk, "failed", by=technician, at=now)
    assert (done.status, done.remote_result, _fresh(order).hold_code) == ("left", "failed", "remote_failed")
    with pytest.raises(Forbidden):
        actions.choose_after_remote(order.pk, "on_site", seen=_seen(order), by=other_technician, at=now)
    with pytest.raises(Invalid):
        actions.choose_after_remote(order.pk, "remote", seen=_seen(order), by=technician, at=now)
    actions.choose_after_remote(order.pk, "in_store", seen=_seen(order), by=technician, at=now)
    fresh = _fresh(order)
    assert (fresh.mode, fresh.hold_code, fresh.status) == (Mode.IN_STORE, "", Status.IN_REPAIR)
    with pytest.raises(Refused, match="没有等待选择"):
        actions.choose_after_remote(order.pk, "on_site", seen=_seen(order), by=technician, at=now)


@pytest.mark.req("R-085")
def test_the_choice_may_come_with_the_result(remote: Visit, order: Order, technician: Actor, now: datetime) -> None:
    with pytest.raises(Invalid):
        actions.record_remote(remote.pk, "so so", by=technician, at=now)
    actions.record_remote(remote.pk, "failed", then="mail_in", by=technician, at=now)
    assert (_fresh(order).mode, _fresh(order).hold_code) == (Mode.MAIL_IN, "")
    with pytest.raises(Refused, match="已有结果"):
        actions.record_remote(remote.pk, "solved", by=technician, at=now)


@pytest.mark.req("R-085")
def test_solved_from_afar_the_order_is_remote_and_nobody_arrived(
    remote: Visit, order: Order, technician: Actor, now: datetime
) -> None:
    assert _fresh(order).promised_from is None
    actions.record_remote(remote.pk, "solved", by=technician, at=now)
    fresh = _fresh(order)
    assert (fresh.mode, fresh.arrived_at) == (Mode.REMOTE, None)


def test_a_line_that_is_not_remote_has_no_remote_result(visit: Visit, technician: Actor, now: datetime) -> None:
    with pytest.raises(Refused, match="不是远程"):
        actions.record_remote(visit.pk, "solved", by=technician, at=now)
