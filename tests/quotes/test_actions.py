"""Quotes: items without typed prices, a consent with who and how, and what of the price the consent reaches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.audit import queries as audit
from gongdan.catalog import actions as catalog
from gongdan.dispatch import actions as dispatch
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.kernel.text import SHANGHAI
from gongdan.orders import actions as orders
from gongdan.orders.models import Consent, Order
from gongdan.orders.states import Status
from gongdan.quotes import actions, queries
from gongdan.quotes.actions import ItemDraft
from gongdan.quotes.models import Quote, QuoteItem, QuoteLine
from gongdan.repair import actions as repair
from gongdan.settlement import queries as settlement
from tests.repair.shop import BOUGHT_LATELY, agreed, diagnosed, filled, fresh, line_of, quoted, seen, visit_of
from tests.together import at_once

pytestmark = pytest.mark.django_db


def _lines(quote: Quote) -> list[tuple[str, int, int, str]]:
    rows = QuoteLine.objects.filter(quote=quote).order_by("position")
    return list(rows.values_list("item_code", "unit_fen", "amount_fen", "payer"))


@pytest.mark.req("R-116", "R-128")
def test_a_quote_is_built_of_items_and_quantities_only_and_copied_when_it_is_issued(
    order: Order, technician: Actor, now: datetime
) -> None:
    quote = actions.start(order.pk, by=technician, at=now)
    assert [item.item.code for item in queries.items_of(quote.pk)] == ["PI006"]  # the inspection comes along
    assert actions.start(order.pk, by=technician, at=now).pk == quote.pk

    items = [ItemDraft("PI006"), ItemDraft("PI026", quantity=2), ItemDraft("PI021")]
    quote = actions.set_items(quote.pk, items, plan="换电容", seen=quote.version, by=technician, at=now)
    dispatch.arrive(visit_of(order).pk, by=technician, at=now)
    quote = actions.issue(quote.pk, seen=quote.version, by=technician, at=now)

    assert (quote.number, quote.state, quote.issued_by_id) == ("BJ260311-0001", "issued", technician.id)
    codes = [(code, unit) for code, unit, _amount, _payer in _lines(quote)]
    assert codes == [("PI001", 50_00), ("PI006", 60_00), ("PI026", 120_00), ("PI021", 180_00)]
    assert quote.due_fen == sum(amount for _code, _unit, amount, payer in _lines(quote) if payer == "customer")
    assert not {f.name for f in QuoteItem._meta.get_fields()} & {"price", "price_fen", "unit_fen", "amount_fen"}
    stored = fresh(order)
    assert (stored.quote_state, stored.due_fen) == ("issued", quote.due_fen)
    with pytest.raises(Refused, match="重新报价"):
        actions.set_items(quote.pk, items, seen=quote.version, by=technician, at=now)
    with pytest.raises(Refused, match="已有报价 BJ260311-0001"):
        actions.start(order.pk, by=technician, at=now)


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        (ItemDraft("PI999"), "没有编号 PI999"),
        (ItemDraft("PI001"), "自动计收"),
        (ItemDraft("PI021", quantity=0), "1 到 999"),
        (ItemDraft("PI021", quantity=1000), "1 到 999"),
        (ItemDraft("PI021", device_line_id=987654), "不在工单上"),
    ],
)
def test_an_item_that_cannot_be_charged_is_refused_at_its_row(
    order: Order, technician: Actor, now: datetime, item: ItemDraft, sentence: str
) -> None:
    quote = actions.start(order.pk, by=technician, at=now)
    with pytest.raises(Invalid, match=sentence) as refused:
        actions.set_items(quote.pk, [ItemDraft("PI006"), item], seen=quote.version, by=technician, at=now)
    assert set(refused.value.errors) == {"items.1"}
    assert [i.item.code for i in queries.items_of(quote.pk)] == ["PI006"]


def test_an_empty_quote_is_not_issued(order: Order, technician: Actor, now: datetime) -> None:
    quote = actions.start(order.pk, by=technician, at=now)
    quote = actions.set_items(quote.pk, [], seen=quote.version, by=technician, at=now)
    with pytest.raises(Refused, match="没有收费项目"):
        actions.issue(quote.pk, seen=quote.version, by=technician, at=now)


@pytest.mark.req("R-116")
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": " "}, "name"),
        ({"way": "wink"}, "way"),
        ({"way": "signature"}, "signature"),
        ({"is_accepted": False}, "reason"),
    ],
)
def test_a_decision_names_who_and_how(
    order: Order, technician: Actor, now: datetime, typed: dict[str, Any], field: str
) -> None:
    quote = quoted(order, technician, now, "PI021")
    said: dict[str, Any] = {"is_accepted": True, "name": "王小明", "way": "phone"} | typed
    with pytest.raises(Invalid) as refused:
        actions.decide(quote.pk, **said, seen=quote.version, by=technician, at=now)
    assert set(refused.value.errors) == {field}
    assert (Quote.objects.get().state, Consent.objects.count()) == ("issued", 0)


def test_a_declined_quote_comes_to_what_was_told_before(order: Order, technician: Actor, now: datetime) -> None:
    dispatch.arrive(visit_of(order).pk, by=technician, at=now)
    told = str(queries.told_at_intake(order, at=now))
    assert told.startswith("检测后如不维修，需付 ¥110.00")
    quote = quoted(order, technician, now, "PI006", "PI021")
    said: dict[str, Any] = {"is_accepted": False, "name": "王太太", "way": "in_person", "reason": "太贵"}
    quote = actions.decide(quote.pk, **said, seen=quote.version, by=technician, at=now)
    assert (quote.state, quote.due_fen, quote.decision_reason) == ("declined", 110_00, "太贵")
    consent = Consent.objects.get()
    assert (consent.is_given, consent.name, consent.way, consent.remark) == (False, "王太太", "in_person", "太贵")


def test_before_anybody_came_a_price_is_told_only_when_that_is_confirmed(
    order: Order, technician: Actor, now: datetime
) -> None:
    quote = actions.start(order.pk, by=technician, at=now)
    with pytest.raises(Refused, match="还没有人到达现场") as refused:
        actions.issue(quote.pk, seen=quote.version, by=technician, at=now)
    assert (refused.value.code, refused.value.field) == ("not_arrived", "confirm_not_arrived")
    assert Quote.objects.get().state == "draft"
    quote = actions.issue(quote.pk, confirm_not_arrived=True, seen=quote.version, by=technician, at=now)
    assert quote.state == "issued"
    told = [str(audit.sentence(entry)) for entry in audit.timeline("orders.order", order.pk, limit=1)]
    assert told == ["李建国 到达前先报价 BJ260311-0001：客户应付 ¥50.00"]


def test_in_the_store_nobody_has_to_arrive(in_repair: Callable[..., Order], technician: Actor, now: datetime) -> None:
    quote = actions.start(in_repair(mode="in_store").pk, by=technician, at=now)
    assert actions.issue(quote.pk, seen=quote.version, by=technician, at=now).state == "issued"


@pytest.mark.parametrize("mode", ["on_site", "express"])
def test_declined_before_anybody_came_costs_nothing_and_an_arrival_that_is_told_later_counts(
    in_repair: Callable[..., Order], technician: Actor, now: datetime, mode: str
) -> None:
    order = in_repair()
    Order.objects.filter(pk=order.pk).update(mode=mode)
    quote = quoted(order, technician, now, "PI006", "PI021")
    said: dict[str, Any] = {"is_accepted": False, "name": "王太太", "way": "phone", "reason": "太贵"}
    quote = actions.decide(quote.pk, **said, seen=quote.version, by=technician, at=now)
    assert (quote.state, quote.due_fen, fresh(order).due_fen) == ("declined", 0, 0)

    Order.objects.filter(pk=order.pk).update(result="declined")
    assert queries.final_price(fresh(order))[0].due_fen == 0
    dispatch.arrive(visit_of(order).pk, by=technician, at=now)
    assert queries.final_price(fresh(order))[0].due_fen >= 110_00


def test_a_new_quote_makes_the_old_one_void_and_asks_again(order: Order, technician: Actor, now: datetime) -> None:
    old = agreed(order, technician, now, "PI006", "PI021")
    new = actions.revise(old.pk, by=technician, at=now)
    assert (Quote.objects.get(pk=old.pk).state, new.state, new.book_id) == ("superseded", "draft", old.book_id)
    assert [i.item.code for i in queries.items_of(new.pk)] == ["PI006", "PI021"]
    assert queries.agreed_to(order.pk) is None
    with pytest.raises(Refused, match="已作废"):
        actions.revise(old.pk, by=technician, at=now)
    assert actions.revise(new.pk, by=technician, at=now).pk == new.pk


@pytest.mark.parametrize("status", [Status.TO_SETTLE, Status.TO_FOLLOW_UP, Status.CLOSED, Status.CANCELLED])
def test_past_repair_nothing_is_quoted(order: Order, technician: Actor, now: datetime, status: Status) -> None:
    quote = actions.start(order.pk, by=technician, at=now)
    issued = Quote.objects.filter(pk=quote.pk)
    Order.objects.filter(pk=order.pk).update(status=status)
    runs: list[Callable[[], Any]] = [
        lambda: actions.start(order.pk, by=technician, at=now),
        lambda: actions.set_items(quote.pk, [ItemDraft("PI021")], seen=quote.version, by=technician, at=now),
        lambda: actions.issue(quote.pk, seen=quote.version, by=technician, at=now),
        lambda: actions.revise(quote.pk, by=technician, at=now),
    ]
    for run in runs:
        with pytest.raises(Refused, match="不能再报价"):
            run()
    issued.update(state="issued")
    with pytest.raises(Refused, match="不能再报价"):
        actions.decide(
            quote.pk, is_accepted=True, name="王小明", way="phone", seen=quote.version, by=technician, at=now
        )


@pytest.mark.parametrize("role", ["cashier", "stranger", "other_technician"])
def test_whoever_may_not_or_does_not_see_the_order_quotes_nothing(
    order: Order, technician: Actor, now: datetime, request: pytest.FixtureRequest, role: str
) -> None:
    actor = request.getfixturevalue(role)
    quote = quoted(order, technician, now, "PI021")
    runs: list[Callable[[], Any]] = [
        lambda: actions.start(order.pk, by=actor, at=now),
        lambda: actions.set_items(quote.pk, [], seen=quote.version, by=actor, at=now),
        lambda: actions.issue(quote.pk, seen=quote.version, by=actor, at=now),
        lambda: actions.revise(quote.pk, by=actor, at=now),
        lambda: actions.decide(
            quote.pk, is_accepted=True, name="王", way="phone", seen=quote.version, by=actor, at=now
        ),
    ]
    for run in runs:
        with pytest.raises(Forbidden):
            run()
    assert Quote.objects.get().state == "issued"


def test_a_quote_that_is_not_there_is_missing(technician: Actor, now: datetime) -> None:
    with pytest.raises(Missing):
        actions.issue(4711, seen=1, by=technician, at=now)


@pytest.mark.django_db(transaction=True)
def test_two_people_decide_one_quote_and_the_first_answer_stands(
    order: Order, technician: Actor, supervisor: Actor, now: datetime
) -> None:
    quote = quoted(order, technician, now, "PI021")

    def work(place: int) -> None:
        said: dict[str, Any] = {"is_accepted": place == 0, "name": "王小明", "way": "phone", "reason": "太贵"}
        actions.decide(quote.pk, **said, seen=quote.version, by=(technician, supervisor)[place], at=now)

    ended = at_once(2, work)

    assert sorted(type(one).__name__ for one in ended) == ["NoneType", "Stale"]
    assert Consent.objects.count() == 1
    assert Quote.objects.get().state == ("accepted" if ended[0] is None else "declined")
    with pytest.raises(Stale):
        actions.issue(quote.pk, seen=quote.version, by=technician, at=now)


# -- what the diagnosis changes -----------------------------------------------------------------------------------------


def test_an_exclusion_turns_the_device_out_of_its_period_and_the_draft_with_it(
    in_repair: Callable[..., Order], technician: Actor, now: datetime
) -> None:
    order = in_repair(bought=BOUGHT_LATELY)
    assert line_of(order).coverage_label == "保内"
    quote = actions.start(order.pk, by=technician, at=now)
    actions.set_items(quote.pk, [ItemDraft("PI029")], seen=quote.version, by=technician, at=now)
    assert Quote.objects.get().due_fen == 0

    line = diagnosed(order, technician, now, cause="进水烧板", exclusion_codes=("X1",))

    assert (line.coverage_label, line.exclusion_codes, line.free_labour) == ("保外", ["X1"], False)
    assert line.verdict is not None
    assert any("X1" in str(step) for step in line.verdict["steps"])
    assert Quote.objects.get().due_fen == 500_00  # 上门费 and 控制板
    repair.diagnose(
        line.pk,
        repair.DiagnosisDraft("不是进水", "元件老化"),
        seen=1,
        by=technician,
        at=now,
    )
    assert (line_of(order).coverage_label, Quote.objects.get().due_fen) == ("保内", 0)


def test_what_the_supervisor_decided_stays_when_the_diagnosis_says_otherwise(
    in_repair: Callable[..., Order], technician: Actor, supervisor: Actor, now: datetime
) -> None:
    order = in_repair(bought=BOUGHT_LATELY)
    orders.overrule_coverage(line_of(order).pk, "in_warranty", "老客户", seen=seen(order), by=supervisor, at=now)
    line = diagnosed(order, technician, now, exclusion_codes=("X1",))
    assert (line.coverage_label, line.exclusion_codes, line.overruled_reason) == ("保内", ["X1"], "老客户")


def test_a_diagnosis_after_the_consent_that_makes_it_dearer_asks_for_a_new_one(
    in_repair: Callable[..., Order], technician: Actor, now: datetime
) -> None:
    order = in_repair(bought=BOUGHT_LATELY)
    diagnosed(order, technician, now)
    agreed(order, technician, now, "PI029")
    filled(order, technician, now)
    line = line_of(order)
    repair.diagnose(
        line.pk,
        repair.DiagnosisDraft("板上有水渍", "进水", exclusion_codes=("X1",)),
        seen=1,
        by=technician,
        at=now,
    )
    repair.record_trial(order.pk, is_accepted=True, tester="王", way="paper", by=technician, at=now)
    assert queries.above_consent(fresh(order)) == (500_00, 0)
    with pytest.raises(Refused, match=r"高于客户同意的 ¥0\.00，请重新报价"):
        repair.finish(order.pk, "repaired", seen=seen(order), by=technician, at=now)


# -- what the clock changes ---------------------------------------------------------------------------------------------


def _shanghai(now: datetime, hour: int) -> datetime:
    return now.astimezone(SHANGHAI).replace(hour=hour, minute=30)


def test_what_the_clock_may_add_is_said_with_the_quote(
    in_repair: Callable[..., Order], technician: Actor, now: datetime
) -> None:
    order = in_repair()
    quote = quoted(order, technician, now, "PI021")
    said = [str(text) for text in queries.announced(order, quote.book_id)]
    assert said[0] == "18:00–08:00 到达加收 ¥40.00"
    assert said[-1] == "21:00 以后每小时加收 ¥50.00"
    dispatch.arrive(visit_of(order).pk, by=technician, at=now)
    assert [str(text) for text in queries.announced(fresh(order), quote.book_id)] == [said[-1]]
    dispatch.leave(visit_of(order).pk, by=technician, at=now + timedelta(hours=1))
    assert queries.announced(fresh(order), quote.book_id) == ()
    in_store = in_repair(mode="in_store")
    assert queries.announced(in_store, quote.book_id) == ()


def test_night_and_overtime_after_the_consent_are_agreed_to_and_nothing_else_is(
    order: Order, technician: Actor, now: datetime
) -> None:
    diagnosed(order, technician, now)
    quote = agreed(order, technician, now, "PI006", "PI021")
    filled(order, technician, now)
    repair.record_trial(order.pk, is_accepted=True, tester="王", way="paper", by=technician, at=now)
    dispatch.arrive(visit_of(order).pk, by=technician, at=_shanghai(now, 20))
    repair.finish(order.pk, "repaired", seen=seen(order), by=technician, at=_shanghai(now, 22))
    dispatch.leave(visit_of(order).pk, by=technician, at=_shanghai(now, 22))

    late = fresh(order)
    price, _book = settlement.price_of(late)
    assert price.due_fen == quote.due_fen + 40_00 + 2 * 50_00
    assert settlement.consented(late, price) == price.due_fen

    Order.objects.filter(pk=order.pk).update(distance_km=25)  # never told: 20 kilometres more
    far = fresh(order)
    price, _book = settlement.price_of(far)
    assert price.due_fen > quote.due_fen + 140_00
    assert settlement.consented(far, price) == quote.due_fen


def test_a_plan_with_a_forbidden_word_is_not_written_into_a_quote(
    order: Order, technician: Actor, now: datetime
) -> None:
    catalog.load_seed(by=SYSTEM, at=now)
    quote = actions.start(order.pk, by=technician, at=now)

    with pytest.raises(Invalid) as refusal:
        actions.set_items(quote.pk, [], plan="客户是个白痴，换主板", seen=quote.version, by=technician, at=now)

    assert (refusal.value.field, "白痴" in str(refusal.value)) == ("plan", True)
    quote.refresh_from_db()
    assert quote.plan == ""
