"""安全拒修: reason, picture and notice; nobody is sent to a tagged device until its tag is cleared with a proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.devices import queries as devices
from gongdan.devices.models import Device
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.actions import VisitDraft
from gongdan.files import actions as files
from gongdan.files.queries import render_html
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.rules import DeviceDraft, OrderDraft
from gongdan.orders.states import Status
from gongdan.quotes import queries as quotes
from gongdan.repair import actions, queries
from gongdan.repair.actions import RefusalDraft
from gongdan.repair.models import SafetyRefusal
from tests.repair.shop import PICTURE, agreed, diagnosed, fresh, line_of, photo_of, seen, signed_for, visit_of

pytestmark = pytest.mark.django_db
Make = Callable[..., Order]


def _draft(order: Order, by: Actor, at: datetime, **typed: Any) -> RefusalDraft:
    facts: dict[str, Any] = {
        "hazard": "没有接地",
        "reason": "插座没有地线，外壳带电 86 V",
        "photo_id": photo_of(order, by, at),
        "way": "witness",
        "witness": "物业 周先生",
    }
    return RefusalDraft(**facts | typed)


@pytest.fixture
def refused(order: Order, technician: Actor, now: datetime) -> SafetyRefusal:
    return actions.refuse_for_safety(line_of(order).pk, _draft(order, technician, now), by=technician, at=now)


def _again(order: Order, agent: Actor, at: datetime) -> Order:
    """The customer calls again for the same device."""
    draft = OrderDraft(
        symptom="还是不制冷", source="direct", customer_id=order.customer_id, category_id=order.category_id,
        mode="on_site", devices=(DeviceDraft(device_id=line_of(order).device_id),),
    )  # fmt: skip
    made = orders.register(draft, by=agent, at=at)
    return orders.choose_repair(made.pk, seen=made.version, by=agent, at=at)


@pytest.mark.req("O-044")
def test_a_refused_device_is_tagged_and_nobody_is_sent_to_it_until_the_tag_is_cleared(
    order: Order,
    refused: SafetyRefusal,
    agent: Actor,
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    supervisor: Actor,
    now: datetime,
) -> None:
    device_id = line_of(order).device_id or 0
    device = Device.objects.get(pk=device_id)
    assert device.safety_reason == "没有接地：插座没有地线，外壳带电 86 V"
    assert (device.safety_since, device.safety_order_id) == (now, order.pk)
    with pytest.raises(Refused, match="安全隐患"):
        dispatch.assign(order.pk, VisitDraft(other_technician.id), seen=seen(order), by=dispatcher, at=now)
    actions.finish(order.pk, "unsafe", seen=seen(order), by=technician, at=now)
    assert fresh(order).status == Status.TO_SETTLE

    later = now + timedelta(days=1)
    again = _again(order, agent, later)
    assert fresh(again).hold_code == "safety"
    with pytest.raises(Refused, match="没有接地") as held:
        dispatch.assign(again.pk, VisitDraft(technician.id), seen=seen(again), by=dispatcher, at=later)
    assert held.value.code == "held"
    with pytest.raises(Invalid) as missing:
        actions.clear_safety(device_id, " ", by=supervisor, at=later)
    assert set(missing.value.errors) == {"proof"}
    actions.clear_safety(device_id, "电工已补接地，实测接地电阻 1.2 欧", by=supervisor, at=later)
    assert Device.objects.get(pk=device_id).safety_reason == ""
    assert fresh(again).hold_code == ""
    dispatch.assign(again.pk, VisitDraft(technician.id), seen=seen(again), by=dispatcher, at=later)
    (cleared,) = devices.clearances(device_id)
    assert (cleared.proof, cleared.by_name, cleared.since) == ("电工已补接地，实测接地电阻 1.2 欧", "赵明", now)


@pytest.mark.req("O-044")
def test_an_order_that_waits_already_is_held_too(
    order: Order, agent: Actor, dispatcher: Actor, technician: Actor, now: datetime
) -> None:
    waiting = _again(order, agent, now)
    actions.refuse_for_safety(line_of(order).pk, _draft(order, technician, now), by=technician, at=now)
    with pytest.raises(Refused, match="安全隐患"):
        dispatch.assign(waiting.pk, VisitDraft(technician.id), seen=seen(waiting), by=dispatcher, at=now)


def test_a_tagged_device_that_is_added_to_an_order_holds_it(
    in_repair: Make, refused: SafetyRefusal, order: Order, agent: Actor, now: datetime
) -> None:
    draft = OrderDraft(symptom="检查一下", source="direct", customer_id=order.customer_id, mode="on_site")
    other = orders.register(draft, by=agent, at=now)
    orders.add_device_line(
        other.pk, DeviceDraft(device_id=line_of(order).device_id), seen=other.version, by=agent, at=now
    )
    assert fresh(other).hold_code == "safety"


@pytest.mark.req("O-044")
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"hazard": ""}, "hazard"),
        ({"reason": " "}, "reason"),
        ({"photo_id": None}, "photo"),
        ({"witness": ""}, "witness"),
        ({"way": "signature", "signer": "王小明"}, "signature"),
        ({"way": "paper"}, "signer"),
        ({"way": "phone"}, "way"),
    ],
)
def test_reason_photo_and_a_signed_or_witnessed_notice_are_asked_for(
    order: Order, technician: Actor, now: datetime, typed: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.refuse_for_safety(line_of(order).pk, _draft(order, technician, now, **typed), by=technician, at=now)
    assert set(refused.value.errors) == {field}
    assert not SafetyRefusal.objects.exists()


def test_photo_and_proof_hang_on_what_they_show(
    in_repair: Make, technician: Actor, supervisor: Actor, now: datetime
) -> None:
    order, other = in_repair(), in_repair()
    draft = _draft(order, technician, now)
    wrong = replace(draft, photo_id=photo_of(other, technician, now))
    with pytest.raises(Invalid, match="不属于这张工单"):
        actions.refuse_for_safety(line_of(order).pk, wrong, by=technician, at=now)
    actions.refuse_for_safety(line_of(order).pk, draft, by=technician, at=now)
    device_id = line_of(order).device_id or 0
    with pytest.raises(Invalid, match="证明材料"):
        actions.clear_safety(device_id, "好了", attachment_id=draft.photo_id, by=supervisor, at=now)
    proof = files.attach("devices.device", device_id, name="证.png", content=PICTURE, by=supervisor, at=now)
    cleared = actions.clear_safety(device_id, "好了", attachment_id=proof.pk, by=supervisor, at=now)
    assert cleared.attachment_id == proof.pk
    with pytest.raises(Refused, match="没有安全隐患标记"):
        actions.clear_safety(device_id, "好了", by=supervisor, at=now)


@pytest.mark.req("O-044")
def test_it_costs_what_a_declined_repair_costs(order: Order, technician: Actor, now: datetime) -> None:
    dispatch.arrive(visit_of(order).pk, by=technician, at=now)
    actions.refuse_for_safety(line_of(order).pk, _draft(order, technician, now), by=technician, at=now)
    actions.finish(order.pk, "unsafe", seen=seen(order), by=technician, at=now)
    bill, _book = quotes.final_price(fresh(order))
    assert [(line.code, line.amount_fen) for line in bill.lines if line.amount_fen] == [
        ("PI001", 50_00),
        ("PI006", 60_00),
    ]
    assert fresh(order).due_fen == 110_00


def test_nothing_is_done_on_a_refused_device_and_the_others_go_on(
    in_repair: Make, technician: Actor, now: datetime
) -> None:
    order = in_repair(devices=2)
    first, second = order.device_lines.order_by("position")
    for line in (first, second):
        actions.diagnose(line.pk, actions.DiagnosisDraft("漏电", "受潮"), by=technician, at=now)
    agreed(order, technician, now, "PI006", "PI021")
    actions.refuse_for_safety(first.pk, _draft(order, technician, now), by=technician, at=now)
    with pytest.raises(Refused, match="已安全拒修"):
        actions.add_action(first.pk, "加氟", by=technician, at=now)
    with pytest.raises(Refused, match="不用重复"):
        actions.refuse_for_safety(first.pk, _draft(order, technician, now), by=technician, at=now)
    with pytest.raises(Refused, match="没有做安全拒修"):
        actions.finish(order.pk, "unsafe", seen=seen(order), by=technician, at=now)
    actions.add_action(second.pk, "加氟", by=technician, at=now)
    actions.record_tests(second.pk, [actions.CheckDraft("制冷", passed=True)], by=technician, at=now)
    actions.record_trial(order.pk, is_accepted=True, tester="王小明", way="paper", by=technician, at=now)
    actions.finish(order.pk, "repaired", seen=seen(order), by=technician, at=now)
    assert list(order.device_lines.order_by("position").values_list("result", flat=True)) == ["unsafe", "repaired"]


@pytest.mark.req("O-044")
def test_the_other_devices_get_a_further_visit_while_the_refused_one_is_left_alone(
    in_repair: Make, technician: Actor, other_technician: Actor, dispatcher: Actor, now: datetime
) -> None:
    order = in_repair(devices=2)
    first, second = order.device_lines.order_by("position")
    actions.refuse_for_safety(first.pk, _draft(order, technician, now), by=technician, at=now)
    assert fresh(order).hold_code == ""

    dispatch.assign(order.pk, VisitDraft(other_technician.id), seen=seen(order), by=dispatcher, at=now)

    actions.refuse_for_safety(second.pk, _draft(order, technician, now), by=technician, at=now)
    assert fresh(order).hold_code == "safety"  # nothing is left to come for
    third = VisitDraft(technician.id)
    with pytest.raises(Refused, match="安全隐患"):
        dispatch.assign(order.pk, third, seen=seen(order), by=dispatcher, at=now)


@pytest.mark.req("O-044")
def test_an_order_with_a_tagged_device_goes_on_without_it_once_it_is_split_off(
    order: Order, refused: SafetyRefusal, agent: Actor, dispatcher: Actor, technician: Actor, supervisor: Actor,
    now: datetime,
) -> None:  # fmt: skip
    tagged = line_of(order).device_id
    again = _again(order, agent, now)
    other = orders.add_device_line(again.pk, DeviceDraft(model_text="M9"), seen=seen(again), by=agent, at=now)
    with pytest.raises(Refused, match="安全隐患"):
        dispatch.assign(again.pk, VisitDraft(technician.id), seen=seen(again), by=dispatcher, at=now)

    line = again.device_lines.get(device=tagged)
    apart = orders.split_off(again.pk, [line.pk], reason="安全隐患", seen=seen(again), by=agent, at=now)

    assert (fresh(again).hold_code, fresh(apart).hold_code) == ("", "safety")
    dispatch.assign(again.pk, VisitDraft(technician.id), seen=seen(again), by=dispatcher, at=now)
    assert again.device_lines.get() == other
    with pytest.raises(Refused, match="安全隐患"):
        dispatch.assign(apart.pk, VisitDraft(technician.id), seen=apart.version, by=dispatcher, at=now)
    actions.clear_safety(tagged or 0, "已整改", by=supervisor, at=now)
    assert fresh(apart).hold_code == ""


def test_what_another_order_refused_is_not_worked_on_here_either(
    order: Order, technician: Actor, agent: Actor, dispatcher: Actor, now: datetime
) -> None:
    again = _again(order, agent, now)
    dispatch.assign(again.pk, VisitDraft(technician.id), seen=seen(again), by=dispatcher, at=now, confirm_conflict=True)
    actions.refuse_for_safety(line_of(order).pk, _draft(order, technician, now), by=technician, at=now)
    diagnosed(again, technician, now)
    agreed(again, technician, now, "PI006", "PI021")

    with pytest.raises(Refused, match="已安全拒修"):
        actions.add_action(line_of(again).pk, "加氟", by=technician, at=now)


def test_cleared_while_the_order_is_open_the_work_goes_on(
    order: Order, refused: SafetyRefusal, technician: Actor, supervisor: Actor, now: datetime
) -> None:
    with pytest.raises(Refused, match="安全拒修"):
        actions.finish(order.pk, "not_repaired", seen=seen(order), by=technician, at=now)
    actions.clear_safety(line_of(order).device_id or 0, "已整改", by=supervisor, at=now)
    diagnosed(order, technician, now)
    agreed(order, technician, now, "PI006", "PI021")
    actions.add_action(line_of(order).pk, "加氟", by=technician, at=now)
    actions.finish(order.pk, "not_repaired", seen=seen(order), by=technician, at=now)
    assert line_of(order).result == "not_repaired"


@pytest.mark.parametrize("role", ["agent", "other_technician", "stranger"])
def test_who_may_refuse_and_who_may_clear(
    order: Order, technician: Actor, now: datetime, request: pytest.FixtureRequest, role: str
) -> None:
    actor = request.getfixturevalue(role)
    draft = _draft(order, technician, now)
    with pytest.raises(Forbidden):
        actions.refuse_for_safety(line_of(order).pk, draft, by=actor, at=now)
    refused = actions.refuse_for_safety(line_of(order).pk, draft, by=technician, at=now)
    for who in (actor, technician):
        with pytest.raises(Forbidden):
            actions.clear_safety(line_of(order).device_id or 0, "好了", by=who, at=now)
    assert Device.objects.exclude(safety_reason="").count() == 1
    if actor.kind == "technician":
        with pytest.raises(Forbidden):
            actions.issue_notice(refused.pk, by=actor, at=now)


@pytest.mark.req("O-044")
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, ("客户拒签，见证人", "物业 周先生")),
        ({"way": "paper", "signer": "王小明"}, ("客户签字", "王小明", "纸质签字")),
    ],
)
def test_the_notice_says_the_hazard_and_who_signed_or_witnessed_it(
    order: Order, technician: Actor, now: datetime, typed: dict[str, Any], words: tuple[str, ...]
) -> None:
    row = actions.refuse_for_safety(line_of(order).pk, _draft(order, technician, now, **typed), by=technician, at=now)
    shown = render_html(actions.issue_notice(row.pk, by=technician, at=now), "A4")
    for word in ("安全隐患告知书", "没有接地", "外壳带电 86 V", "请立即停止使用", "李建国", *words):
        assert word in shown


def test_a_signature_on_the_screen_is_drawn_on_the_notice(order: Order, technician: Actor, now: datetime) -> None:
    signed = signed_for(order, technician, now)
    draft = _draft(order, technician, now, way="signature", signer="王小明", signature_id=signed)
    row = actions.refuse_for_safety(line_of(order).pk, draft, by=technician, at=now)
    assert "<svg" in render_html(actions.issue_notice(row.pk, by=technician, at=now), "A4")
    assert queries.refusals(order.pk) == [row]
