"""带回公司: the signed record, where the device is meanwhile, and that nothing is finished before it is back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.audit.queries import changes, sentence, timeline
from gongdan.devices.models import Device, Stay
from gongdan.devices.states import LOCATION_LABELS, Location
from gongdan.dispatch import actions as dispatch
from gongdan.files.queries import render_html
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.orders import actions as orders
from gongdan.orders.models import DeviceLine, Order
from gongdan.quotes import actions as quotes
from gongdan.quotes import queries as quote_queries
from gongdan.repair import actions, queries
from gongdan.repair.actions import PickUpDraft
from gongdan.repair.models import PickUp
from tests.repair.shop import BOUGHT_LATELY, agreed, diagnosed, filled, fresh, line_of, seen, signed_for

pytestmark = pytest.mark.django_db
Make = Callable[..., Order]


def _draft(now: datetime, **typed: Any) -> PickUpDraft:
    facts: dict[str, Any] = {
        "accessories": "遥控器 1 个",
        "condition": "外壳左下角有划痕，能开机",
        "signer": "王小明",
        "promised_on": local_day(now) + timedelta(days=5),
        "way": "paper",
        "fee": "agreed",
    }
    return PickUpDraft(**facts | typed)


def _where(order: Order) -> str:
    device = Device.objects.get(pk=line_of(order).device_id or 0)
    return str(LOCATION_LABELS[Location(device.location)])


@pytest.mark.req("R-093")
def test_a_device_that_was_taken_along_is_at_the_company_until_it_is_back(
    order: Order, technician: Actor, now: datetime
) -> None:
    taken = actions.take_away(
        line_of(order).pk,
        _draft(now, way="signature", signature_id=signed_for(order, technician, now)),
        by=technician,
        at=now,
    )
    assert _where(order) == "公司"
    assert fresh(order).mode == "pick_up"
    stay = Stay.objects.get(device=line_of(order).device_id)
    assert (stay.order_id, stay.received_on, stay.handed_back_on) == (order.pk, local_day(now), None)
    later = now + timedelta(days=3)
    actions.hand_back(taken.pk, receiver="王太太", way="paper", note="已试机", by=technician, at=later)
    assert _where(order) == "客户处"
    kept = PickUp.objects.get()
    assert (kept.accessories, kept.condition, kept.signer) == ("遥控器 1 个", "外壳左下角有划痕，能开机", "王小明")
    assert (kept.taken_by_id, kept.taken_at, kept.promised_on) == (
        technician.id,
        now,
        local_day(now) + timedelta(days=5),
    )
    assert (kept.receiver, kept.returned_at, kept.returned_by_id) == ("王太太", later, technician.id)
    stay.refresh_from_db()
    assert stay.handed_back_on == local_day(later)
    said = [str(sentence(entry)) for entry in timeline("orders.order", order.pk, limit=3)]
    assert said[0] == "李建国 将 格力 空调 KFR-35GW 送回客户，王太太 签收"


def test_a_device_that_was_only_told_of_is_registered_when_it_is_taken(
    in_repair: Make, technician: Actor, now: datetime
) -> None:
    order = in_repair()
    DeviceLine.objects.filter(order=order).update(device=None, serial="")
    actions.take_away(line_of(order).pk, _draft(now), by=technician, at=now)
    assert line_of(order).device_id is not None
    assert _where(order) == "公司"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"condition": " "}, "condition"),
        ({"accessories": ""}, "accessories"),
        ({"signer": ""}, "signer"),
        ({"way": "phone"}, "way"),
        ({"way": "signature"}, "signature"),
    ],
)
def test_the_record_is_complete(
    order: Order, technician: Actor, now: datetime, typed: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.take_away(line_of(order).pk, _draft(now, **typed), by=technician, at=now)
    assert set(refused.value.errors) == {field}


def test_the_promised_day_lies_ahead_and_a_signature_is_the_orders_own(
    in_repair: Make, technician: Actor, now: datetime
) -> None:
    order, other = in_repair(), in_repair()
    draft = _draft(now)
    for days in (-1, 181):
        wrong = replace(draft, promised_on=local_day(now) + timedelta(days=days))
        with pytest.raises(Invalid) as refused:
            actions.take_away(line_of(order).pk, wrong, by=technician, at=now)
        assert set(refused.value.errors) == {"promised_on"}
    foreign = replace(draft, way="signature", signature_id=signed_for(other, technician, now))
    with pytest.raises(Invalid, match="不属于这张工单"):
        actions.take_away(line_of(order).pk, foreign, by=technician, at=now)


def test_it_is_taken_once_and_from_the_customers_only(in_repair: Make, technician: Actor, now: datetime) -> None:
    order = in_repair()
    actions.take_away(line_of(order).pk, _draft(now), by=technician, at=now)
    with pytest.raises(Refused, match="已登记带回"):
        actions.take_away(line_of(order).pk, _draft(now), by=technician, at=now)
    counter = in_repair(mode="in_store")
    with pytest.raises(Refused, match="本来就在公司"):
        actions.take_away(line_of(counter).pk, _draft(now), by=technician, at=now)


@pytest.mark.req("R-093")
@pytest.mark.parametrize("result", ["repaired", "not_repaired"])
def test_nothing_is_finished_while_the_device_is_with_us(
    in_repair: Make, technician: Actor, now: datetime, result: str
) -> None:
    order = in_repair()
    diagnosed(order, technician, now)
    taken = actions.take_away(line_of(order).pk, _draft(now), by=technician, at=now)
    agreed(order, technician, now, "PI006", "PI021")
    actions.add_action(line_of(order).pk, "换压缩机", by=technician, at=now)
    filled(order, technician, now)
    actions.record_trial(order.pk, is_accepted=True, tester="王小明", way="paper", by=technician, at=now)
    assert any("还在公司" in str(matter) for matter in queries.open_matters(order.pk))
    with pytest.raises(Refused, match="还在公司"):
        actions.finish(order.pk, result, seen=seen(order), by=technician, at=now)
    actions.hand_back(taken.pk, receiver="王小明", way="paper", by=technician, at=now)
    actions.finish(order.pk, result, seen=seen(order), by=technician, at=now)
    assert queries.open_matters(order.pk) == []


def test_nothing_is_cancelled_while_the_device_is_with_us(
    order: Order, technician: Actor, dispatcher: Actor, now: datetime
) -> None:
    taken = actions.take_away(line_of(order).pk, _draft(now), by=technician, at=now)
    dispatch.send_back(order.pk, "换人", seen=seen(order), by=dispatcher, at=now)
    with pytest.raises(Refused, match="还在公司"):
        orders.cancel(order.pk, "不修了", seen=seen(order), by=dispatcher, at=now)
    orders.add_participant(fresh(order), technician.id, "technician", at=now)
    actions.hand_back(taken.pk, receiver="王", way="paper", by=technician, at=now)
    orders.cancel(order.pk, "不修了", seen=seen(order), by=dispatcher, at=now)


def test_the_customer_signs_for_the_fee_that_settlement_will_ask(
    order: Order, technician: Actor, now: datetime
) -> None:
    with pytest.raises(Invalid, match="取送费") as refused:
        actions.take_away(line_of(order).pk, _draft(now, fee=""), by=technician, at=now)
    assert set(refused.value.errors) == {"fee"}
    ink = signed_for(order, technician, now)
    actions.take_away(line_of(order).pk, _draft(now, way="signature", signature_id=ink), by=technician, at=now)
    kept = order.consents.get(to_what="pick_up")
    assert (kept.is_given, kept.fen, kept.way, kept.name, kept.signature_id) == (
        True,
        80_00,
        "signature",
        "王小明",
        ink,
    )
    said = [str(sentence(entry)) for entry in timeline("orders.order", order.pk, limit=5)]
    assert any("王小明 同意取送费 ¥80.00" in words for words in said)
    charged = [line for line in quote_queries.final_price(fresh(order))[0].lines if line.role == "pick_up"]
    assert [line.amount_fen for line in charged] == [kept.fen]


def test_a_waived_fee_needs_a_reason_and_does_not_arise(order: Order, technician: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        actions.take_away(line_of(order).pk, _draft(now, fee="waived"), by=technician, at=now)
    assert set(refused.value.errors) == {"fee_reason"}
    actions.take_away(line_of(order).pk, _draft(now, fee="waived", fee_reason="顺路带回"), by=technician, at=now)
    kept = order.consents.get(to_what="pick_up")
    assert (kept.is_given, kept.fen, kept.remark) == (False, 80_00, "顺路带回")
    assert fresh(order).mode == "on_site"
    assert [line for line in quote_queries.final_price(fresh(order))[0].lines if line.role == "pick_up"] == []
    assert _where(order) == "公司"


@pytest.mark.parametrize(
    ("said", "words"),
    [({}, "¥80.00 客户同意"), ({"fee": "waived", "fee_reason": "顺路带回"}, "不收取送费 顺路带回")],
)
def test_the_slip_prints_what_was_said_to_the_fee(
    order: Order, technician: Actor, now: datetime, said: dict[str, str], words: str
) -> None:
    taken = actions.take_away(line_of(order).pk, _draft(now, **said), by=technician, at=now)
    paper = actions.issue_slip(taken.pk, by=technician, at=now)
    for size in ("A4", "80mm"):
        html = render_html(paper, size)
        assert "取送费" in html
        assert words in html


def test_a_slip_without_a_fee_is_silent_of_it(in_repair: Make, technician: Actor, now: datetime) -> None:
    taken = actions.take_away(line_of(in_repair(bought=BOUGHT_LATELY)).pk, _draft(now, fee=""), by=technician, at=now)
    assert "取送费" not in render_html(actions.issue_slip(taken.pk, by=technician, at=now), "A4")


def test_in_the_warranty_the_customer_is_asked_for_no_fee(in_repair: Make, technician: Actor, now: datetime) -> None:
    order = in_repair(bought=BOUGHT_LATELY)
    actions.take_away(line_of(order).pk, _draft(now, fee=""), by=technician, at=now)
    assert not order.consents.filter(to_what="pick_up").exists()
    assert fresh(order).mode == "pick_up"


def test_the_history_tells_the_new_way_in_words(order: Order, technician: Actor, now: datetime) -> None:
    actions.take_away(line_of(order).pk, _draft(now), by=technician, at=now)
    (told,) = [change for change in changes("orders.order", order.pk, limit=20) if change.field == "mode"]
    assert (str(told.old), str(told.new)) == ("上门", "上门取送")


def test_the_draft_of_the_quote_follows_the_new_way(in_repair: Make, technician: Actor, now: datetime) -> None:
    order = in_repair()
    diagnosed(order, technician, now)
    quotes.start(order.pk, by=technician, at=now)
    actions.take_away(line_of(order).pk, _draft(now), by=technician, at=now)
    quote = quote_queries.standing(order.pk)
    assert quote is not None
    assert quote.due_fen == quote_queries.live_bill(quote).due_fen


def test_only_who_works_on_the_order_takes_and_brings(
    order: Order, technician: Actor, other_technician: Actor, agent: Actor, stranger: Actor, now: datetime
) -> None:
    taken = actions.take_away(line_of(order).pk, _draft(now), by=technician, at=now)
    for actor in (other_technician, agent, stranger):
        with pytest.raises(Forbidden):
            actions.take_away(line_of(order).pk, _draft(now), by=actor, at=now)
        with pytest.raises(Forbidden):
            actions.hand_back(taken.pk, receiver="王", way="paper", by=actor, at=now)
        if actor is not agent:
            with pytest.raises(Forbidden):
                actions.issue_slip(taken.pk, by=actor, at=now)
    with pytest.raises(Missing):
        actions.hand_back(10**9, receiver="王", way="paper", by=technician, at=now)
    with pytest.raises(Invalid):
        actions.hand_back(taken.pk, receiver=" ", way="paper", by=technician, at=now)
    actions.hand_back(taken.pk, receiver="王", way="paper", by=technician, at=now)
    with pytest.raises(Refused, match="不用重复"):
        actions.hand_back(taken.pk, receiver="王", way="paper", by=technician, at=now)


@pytest.mark.req("R-093")
def test_the_slip_tells_the_way_out_and_the_way_back(order: Order, technician: Actor, now: datetime) -> None:
    taken = actions.take_away(line_of(order).pk, _draft(now), by=technician, at=now)
    first = actions.issue_slip(taken.pk, by=technician, at=now)
    assert actions.issue_slip(taken.pk, by=technician, at=now) == first
    shown = render_html(first, "A4")
    for words in ("取机单", "遥控器 1 个", "外壳左下角有划痕", "承诺送回", "2026-03-16", "纸质签字"):
        assert words in shown
    actions.hand_back(taken.pk, receiver="王太太", way="paper", by=technician, at=now + timedelta(days=2))
    second = actions.issue_slip(taken.pk, by=technician, at=now + timedelta(days=2))
    assert (second.number, second.version) == (first.number, 2)
    assert "王太太" in render_html(second, "80mm")
