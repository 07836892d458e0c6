"""Orders whose work is done, at a price that the test names; fixtures for every folder that settles or calls back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest

from gongdan.catalog import actions as catalog
from gongdan.catalog.models import Category
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.followup import actions as followup
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.calendar import local_day
from gongdan.orders import actions as orders
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.rules import DeviceDraft, OrderDraft
from gongdan.pricing.models import PriceBook, PriceItem
from gongdan.quotes import actions as quotes
from gongdan.quotes.actions import ItemDraft
from gongdan.repair.models import PartLine
from gongdan.settlement import actions as settlement
from gongdan.settlement.actions import PaymentDraft
from gongdan.settlement.models import Payment

Make = Callable[..., Order]


@pytest.fixture
def till(db: None) -> PriceBook:
    """Accounts, repair labels and an empty price book in force."""
    settlement.seed_accounts()
    followup.seed_labels()
    return PriceBook.objects.create(
        code="shop", name="门店价目", status="published", valid_from=date(2026, 1, 1), version=1
    )


@pytest.fixture
def in_repair(till: PriceBook, agent: Actor, admin: Actor, technician: Actor, now: datetime) -> Make:
    """An order in repair, quoted and agreed: `in_repair(187_00)`; `covered=True` is 保内, `due=None` has no quote."""
    catalog.add_category(code="PHONE", name="手机", default_mode="in_store", by=SYSTEM, at=now)

    def _make(due: int | None = 187_00, *, covered: bool = False, name: str = "王小明") -> Order:
        order = orders.register(
            OrderDraft(
                symptom="屏幕碎了",
                source="direct",
                channel="in_store",
                mode="in_store",
                phone="13812345678",
                customer=CustomerDraft(name=name, contacts=(ContactDraft("13812345678", name),)),
                devices=(DeviceDraft(category_id=catalog_category(), brand_text="红米", model_text="Note 12"),),
            ),
            by=agent,
            at=now,
        )
        line = order.device_lines.get()
        if covered:
            DeviceLine.objects.filter(pk=line.pk).update(
                coverage_label="保内", free_part=True, free_labour=True, free_visit=True
            )
        order = orders.choose_repair(order.pk, seen=order.version, by=admin, at=now)
        orders.advance(order, "start_repair", by=admin, at=now)
        orders.add_participant(order, technician.id, "technician", at=now)
        if due is not None:
            _quote(till, order, line.pk, due, admin, now)
        return Order.objects.get(pk=order.pk)

    return _make


@pytest.fixture
def finished(in_repair: Make, admin: Actor, now: datetime) -> Make:
    """An order in 待结算: `finished(318_00)`."""

    def _make(due: int = 187_00, *, covered: bool = False, name: str = "王小明") -> Order:
        order = in_repair(due, covered=covered, name=name)
        orders.deposit(order, result="repaired", finished_at=now, due_fen=0 if covered else due)
        return orders.advance(order, "finish_repair", by=admin, at=now)

    return _make


@pytest.fixture
def settled(finished: Make, cashier: Actor, admin: Actor, now: datetime) -> Make:
    """An order in 待回访, paid by WeChat."""

    def _make(due: int = 187_00, *, name: str = "王小明") -> Order:
        order = finished(due, name=name)
        settlement.receive(order.pk, wechat(due, cashier, now), by=cashier, at=now)
        settlement.post(order.pk, seen=order.version, by=cashier, at=now)
        return Order.objects.get(pk=order.pk)

    return _make


@pytest.fixture
def open_part(technician: Actor, now: datetime) -> Callable[[Order], PartLine]:
    """A fitted part whose old one nobody has accounted for: it stands against 结单."""

    def _fit(order: Order) -> PartLine:
        return PartLine.objects.create(
            order=order,
            device_line=order.device_lines.get(),
            name="屏幕总成",
            fits=True,
            connected=True,
            at=now,
            by_id=technician.id,
        )

    return _fit


def catalog_category() -> int:
    """The category that `in_repair` made."""
    return Category.objects.get(code="PHONE").pk


def wechat(fen: int, payee: Actor, at: datetime) -> PaymentDraft:
    """So much by WeChat to this person today."""
    return PaymentDraft(fen, payee.id, local_day(at), "wechat", reference="4200001234")


def cash(fen: int, payee: Actor, at: datetime) -> PaymentDraft:
    """So much in cash to this person today."""
    return PaymentDraft(fen, payee.id, local_day(at), "cash")


def rows(order: Order) -> list[tuple[int, str, str]]:
    """The rows of money: kept, account, payee."""
    found = Payment.objects.filter(order=order).order_by("pk")
    return [(row.amount_fen, row.account.code, row.payee.name) for row in found]


def _quote(book: PriceBook, order: Order, line_id: int, due: int, admin: Actor, now: datetime) -> None:
    PriceItem.objects.get_or_create(
        book=book, code=f"T{due}", defaults={"name": "更换屏幕总成", "unit": "块", "price_fen": due}
    )
    quote = quotes.start(order.pk, by=admin, at=now)
    quote = quotes.set_items(
        quote.pk, [ItemDraft(f"T{due}", device_line_id=line_id)], plan="换屏", seen=quote.version, by=admin, at=now
    )
    quote = quotes.issue(quote.pk, seen=quote.version, by=admin, at=now)
    quotes.decide(quote.pk, is_accepted=True, name="王小明", way="in_person", seen=quote.version, by=admin, at=now)
