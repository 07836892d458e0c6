"""Lines of the requirements that reach over several apps: each test is the line's own sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from gongdan.catalog import queries as catalog
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.actions import ConfirmationDraft, OfferDraft, VisitDraft
from gongdan.dispatch.models import Promise, Visit
from gongdan.doors.desk.orders.lists import Limits, OrderListing, page_of
from gongdan.followup import actions as followup
from gongdan.followup.actions import ResultDraft
from gongdan.followup.models import CallBack
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Missing, Refused
from gongdan.orders import actions as orders
from gongdan.orders import queries as orders_queries
from gongdan.orders.models import ContactAttempt, Order
from gongdan.orders.rules import DeviceDraft, OrderDraft
from gongdan.orders.states import MODE_LABELS, Status
from gongdan.quotes import actions as quotes
from gongdan.quotes.models import Quote
from gongdan.repair import actions as repair
from gongdan.repair.actions import CheckDraft, DiagnosisDraft, PartDraft
from gongdan.repair.models import Acceptance, ActionLine, Diagnosis, PartLine, TestItem
from gongdan.settlement import actions as settlement
from gongdan.settlement.actions import PaymentDraft
from gongdan.settlement.models import Adjustment, Bill, Payment
from tests.repair.shop import agreed, diagnosed, filled, fresh, line_of, seen, visit_of

pytestmark = pytest.mark.django_db
Make = Callable[..., Order]
NO_ORDER = 404_404


@dataclass(frozen=True, slots=True)
class Told:
    """Registers 赵姐's order as `by` heard of it."""

    by: Actor
    at: datetime

    def __call__(self, **typed: object) -> Order:
        usual: dict[str, object] = {"symptom": "不工作", "source": "direct", "phone": "13700000000"}
        if "customer_id" not in typed:
            usual["customer"] = CustomerDraft(name="赵姐", contacts=(ContactDraft("13700000000"),))
        return orders.register(OrderDraft(**(usual | typed)), by=self.by, at=self.at)  # type: ignore[arg-type]  # typed by name


@pytest.fixture
def told(shop: None, agent: Actor, now: datetime) -> Told:
    return Told(agent, now)


@pytest.fixture
def closed(in_repair: Make, technician: Actor, cashier: Actor, agent: Actor, now: datetime) -> Order:
    """An order that went the whole way: repaired, paid, posted, called back."""
    order = in_repair()
    there = now + timedelta(hours=2)
    dispatch.accept(visit_of(order).pk, by=technician, at=now)
    called = ConfirmationDraft(is_convenient=True, device_ok=True, fault_ok=True, address_ok=True)
    dispatch.confirm_before_visit(visit_of(order).pk, called, by=technician, at=now)
    dispatch.depart(visit_of(order).pk, by=technician, at=now)
    dispatch.arrive(visit_of(order).pk, by=technician, at=there)
    diagnosed(order, technician, there)
    quote = agreed(order, technician, there, "PI006", "PI021")
    repair.add_action(line_of(order).pk, "查漏后加氟", by=technician, at=there)
    filled(order, technician, there)
    repair.record_trial(order.pk, is_accepted=True, tester="王小明", way="paper", by=technician, at=there)
    repair.finish(order.pk, "repaired", seen=seen(order), by=technician, at=there)
    paid = PaymentDraft(fresh(order).due_fen or quote.due_fen, technician.id, local_day(there), "cash")
    settlement.receive(order.pk, paid, by=technician, at=there)
    settlement.post(order.pk, seen=seen(order), by=cashier, at=there)
    happy = ResultDraft(content="好用", is_fixed=True, label="closed_well")
    followup.record_result(order.pk, happy, by=agent, at=there + timedelta(days=1))
    return fresh(order)


@pytest.mark.req("R-035")
def test_the_list_of_a_source_counts_its_orders(told: Told, agent: Actor, now: datetime) -> None:
    customer = told(source="centre").customer_id
    for times, source in enumerate(("department", "colleague", "direct"), start=2):
        for _again in range(times):
            told(source=source, referrer="总务处", customer_id=customer)

    def counted(source: str) -> int:
        listing = OrderListing({"scope": "all", "source": source}, actor=agent)
        count = page_of(listing, agent, now=now, limits=Limits(30, 2, 3)).count
        assert count is not None
        return count.number

    assert {source: counted(source) for source in ("centre", "department", "colleague", "direct", "maker")} == {
        "centre": 1, "department": 2, "colleague": 3, "direct": 4, "maker": 0,
    }  # fmt: skip


@pytest.mark.req("R-036")
def test_nothing_is_dispatched_repaired_quoted_or_charged_without_an_order(
    shop: None, admin: Actor, technician: Actor, now: datetime
) -> None:
    window: dict[str, Any] = {"planned_from": now + timedelta(hours=1), "planned_to": now + timedelta(hours=2)}
    money = PaymentDraft(100_00, technician.id, local_day(now), "cash")
    verbs: dict[str, Callable[[], object]] = {
        "assign": lambda: dispatch.assign(NO_ORDER, VisitDraft(technician.id, **window), seen=1, by=admin, at=now),
        "call": lambda: orders.log_contact(NO_ORDER, purpose="contact", result="reached", by=admin, at=now),
        "diagnose": lambda: repair.diagnose(NO_ORDER, DiagnosisDraft(inspection="缺氟"), by=admin, at=now),
        "work": lambda: repair.add_action(NO_ORDER, "加氟", by=admin, at=now),
        "part": lambda: repair.add_part(NO_ORDER, PartDraft("电容"), by=admin, at=now),
        "quote": lambda: quotes.start(NO_ORDER, by=admin, at=now),
        "receive": lambda: settlement.receive(NO_ORDER, money, by=admin, at=now),
        "post": lambda: settlement.post(NO_ORDER, seen=1, by=admin, at=now),
    }

    for verb in verbs.values():
        with pytest.raises(Missing):
            verb()
    kept = (
        Visit, Promise, ContactAttempt, Diagnosis, ActionLine, PartLine, TestItem, Acceptance, Quote, Bill, Payment,
        Adjustment, CallBack,
    )  # fmt: skip
    assert [model.__name__ for model in kept if model._meta.get_field("order").null] == []
    assert [model.__name__ for model in kept if model.objects.exists()] == []


@pytest.mark.req("R-086", "R-088")
@pytest.mark.parametrize("mode", ["on_site", "express", "in_store"])
def test_every_shipped_category_can_be_served_in_each_of_the_three_ways(mode: str, told: Told) -> None:
    categories = catalog.categories()
    customer = told().customer_id
    made = {
        row.name: told(customer_id=customer, mode=mode, category_id=row.pk, devices=(DeviceDraft(category_id=row.pk),))
        for row in categories
    }

    assert {name: order.mode for name, order in made.items()} == {row.name: mode for row in categories}
    assert len(made) >= 10


@pytest.mark.req("R-086")
def test_reception_offers_the_three_ways(told: Told, agent: Actor, client_for: Callable[[Actor], Client]) -> None:
    page = client_for(agent).get("/reception/").content.decode()

    for mode in ("on_site", "express", "in_store"):
        assert f'value="{mode}"' in page
        assert str(next(label for key, label in MODE_LABELS.items() if key == mode)) in page


@pytest.mark.req("R-244")
def test_a_filed_order_refuses_every_verb_that_would_change_it(
    closed: Order, admin: Actor, technician: Actor, now: datetime
) -> None:
    at, pk, line = now + timedelta(days=2), closed.pk, line_of(closed).pk
    window: dict[str, Any] = {"planned_from": at + timedelta(hours=1), "planned_to": at + timedelta(hours=2)}
    quote, part = Quote.objects.get(order=closed), PartDraft("电容")
    as_admin: dict[str, Any] = {"by": admin, "at": at}
    now_seen: dict[str, Any] = {"seen": closed.version, "by": admin, "at": at}
    verbs: dict[str, Callable[[], object]] = {
        "edit": lambda: orders.edit(pk, changes={"symptom": "改"}, **now_seen),
        "add device": lambda: orders.add_device_line(pk, DeviceDraft(model_text="另一台"), **now_seen),
        "edit device": lambda: orders.edit_device_line(line, changes={"serial": "X"}, **now_seen),
        "remove device": lambda: orders.remove_device_line(line, **now_seen),
        "overrule": lambda: orders.overrule_coverage(line, "保内", "好意", **now_seen),
        "flow": lambda: orders.choose_repair(pk, **now_seen),
        "cancel": lambda: orders.cancel(pk, "误登", **now_seen),
        "assign": lambda: dispatch.assign(pk, VisitDraft(technician.id, **window), **now_seen),
        "send back": lambda: dispatch.send_back(pk, "误派", **now_seen),
        "void line": lambda: dispatch.void(visit_of(closed).pk, "误派", **as_admin),
        "promise": lambda: dispatch.promise(pk, window["planned_from"], window["planned_to"], **now_seen),
        "move promise": lambda: dispatch.move_promise(
            pk,
            window["planned_from"],
            window["planned_to"],
            consent="yes",
            consent_of="王小明",
            way="phone",
            reason="改",
            apology_made=True,
            **now_seen,
        ),
        "transfer": lambda: dispatch.transfer(pk, from_id=technician.id, to_id=admin.id, reason="忙", **now_seen),
        "coordinate": lambda: dispatch.to_coordinate(pk, "排满了", **now_seen),
        "team": lambda: dispatch.offer_to_team(pk, OfferDraft(1), **now_seen),
        "call ahead": lambda: dispatch.confirm_before_visit(visit_of(closed).pk, ConfirmationDraft(), **as_admin),
        "diagnose": lambda: repair.diagnose(line, DiagnosisDraft(inspection="又看", cause="别的"), **as_admin),
        "work": lambda: repair.add_action(line, "再修", **as_admin),
        "part": lambda: repair.add_part(line, part, **as_admin),
        "tests": lambda: repair.record_tests(line, [CheckDraft("制冷", passed=False)], **as_admin),
        "trial": lambda: repair.record_trial(pk, is_accepted=False, tester="王", reason="不好", **as_admin),
        "finish": lambda: repair.finish(pk, "repaired", **now_seen),
        "reopen": lambda: repair.reopen(pk, "又坏", **now_seen),
        "quote": lambda: quotes.start(pk, **as_admin),
        "revise": lambda: quotes.revise(quote.pk, **as_admin),
        "discount": lambda: settlement.allow_discount(pk, "goodwill", **as_admin),
        "post": lambda: settlement.post(pk, **now_seen),
    }
    before = Order.objects.values().get(pk=pk)
    held = _kept(closed)

    codes = {name: _refusal(verb) for name, verb in verbs.items()}

    assert {name: code for name, code in codes.items() if code not in ("filed", "wrong_status")} == {
        "send back": "under_way"
    }
    assert before["status"] == Status.CLOSED
    assert Order.objects.values().get(pk=pk) == before
    assert _kept(closed) == held


@pytest.mark.req("R-244")
@pytest.mark.parametrize("words", ["GD260311-0001", "13812345678", "4Q97A0236100", "华景路"])
def test_a_filed_order_is_found_by_number_phone_serial_and_address(
    words: str, told: Told, agent: Actor, admin: Actor, now: datetime
) -> None:
    order = told(
        phone="13812345678",
        address="华景路 28 号",
        devices=(DeviceDraft(model_text="KFR-35GW", serial="4Q97A0236100", symptom="不冷"),),
    )
    orders.cancel(order.pk, "客户自己修好了", seen=order.version, by=admin, at=now)
    told(phone="13911112222", address="体育西路 1 号", customer=CustomerDraft(name="钱先生"))

    assert [row["id"] for row in orders_queries.search(words, agent)] == [order.pk]


def _refusal(verb: Callable[[], object]) -> str:
    """The code of its refusal."""
    with pytest.raises(Refused) as refused:
        verb()
    return refused.value.code


def _kept(order: Order) -> dict[str, int]:
    """How many rows of each kind hang on the order."""
    kinds = (Visit, Promise, Diagnosis, ActionLine, PartLine, TestItem, Acceptance, Quote, Bill, Payment, Adjustment)
    return {model.__name__: model.objects.filter(order=order).count() for model in kinds}
