"""Quotes: items chosen from the price book, priced by it, issued as they stand, decided once by the customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.catalog.queries import check_language
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.kernel.text import _
from gongdan.numbering import actions as numbering
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from gongdan.pricing import queries as pricing
from gongdan.pricing.models import PriceItem
from gongdan.pricing.rules import Bill
from gongdan.pricing.states import AUTOMATIC, Outcome, Role
from gongdan.quotes import access, queries
from gongdan.quotes.events import Verb
from gongdan.quotes.models import Quote, QuoteItem, QuoteLine
from gongdan.quotes.states import WAY_LABELS

_MOST_ITEMS = 100
_OPEN_STATUSES = (Status.REGISTERED, Status.ANSWERING, Status.TO_DISPATCH, Status.IN_REPAIR)


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """A chosen price item: only the quantity is typed, never a price (R-128)."""

    item_code: str
    quantity: int = 1
    device_line_id: int | None = None
    remark: str = ""


@transaction.atomic
def start(order_id: int, *, kind: str = Quote.Kind.FORMAL, by: Actor, at: datetime) -> Quote:
    """The draft quote of an order, made with the book that holds for it and the inspection fee of its category.

    Safe to call twice: the standing draft is answered. Refused: the order is past repair, or an issued quote stands.
    """
    by.require(access.EDIT)
    order = _quotable(order_id, by=by)
    standing = queries.standing(order.pk, kind=kind)
    if standing is not None:
        if standing.state == Quote.State.DRAFT:
            return standing
        raise Refused(_("工单已有报价 {number}，要改价请点“重新报价”", number=standing.number), code="quote_stands")
    book = queries.book_of(order, at=at)
    quote = Quote.objects.create(order=order, kind=kind, book=book, created_at=at)
    inspection = pricing.the_item(book.pk, role=Role.INSPECTION, category=order.category.name if order.category else "")
    if inspection is not None:
        first = order.device_lines.order_by("position").first()
        QuoteItem.objects.create(quote=quote, item_id=inspection, device_line=first)
    record(Verb.DRAFTED, quote, by=by, at=at, about=order)
    _reprice(quote, order)
    orders.deposit(order, quote_state=Quote.State.DRAFT)
    return quote


@transaction.atomic
def set_items(
    quote_id: int, items: Sequence[ItemDraft], *, plan: str = "", seen: int, by: Actor, at: datetime
) -> Quote:
    """Replace what the draft holds; the amount computes itself.

    Refused: not a draft any more, an item that the book does not have or cannot price, words that no customer may read,
    or a colleague saved meanwhile.
    """
    by.require(access.EDIT)
    quote, order = _locked(quote_id, by=by, seen=seen)
    _refuse_if_past(order)
    if quote.state != Quote.State.DRAFT:
        raise Refused(_("报价已发出，不能再改；要改价请点“重新报价”"), code="wrong_state")
    if len(items) > _MOST_ITEMS:
        raise Invalid({"items": _("一张报价最多 {most} 项", most=_MOST_ITEMS)})
    if len(plan) > 2000:
        raise Invalid({"plan": _("最多 {limit} 个字，请缩短", limit=2000)})
    check_language("plan", plan)
    found = {
        item.code: item for item in PriceItem.objects.filter(book=quote.book_id, code__in=[i.item_code for i in items])
    }
    lines = set(order.device_lines.values_list("pk", flat=True))
    errors = {}
    for n, draft in enumerate(items):
        item = found.get(draft.item_code)
        if item is None or not item.is_active:
            errors[f"items.{n}"] = _("价目里没有编号 {code} 的项目，请重新选择", code=draft.item_code[:20])
        elif item.role in AUTOMATIC:
            errors[f"items.{n}"] = _("“{name}”由系统按规则自动计收，不用手选", name=item.name)
        elif item.price_fen is None and not item.variants:
            errors[f"items.{n}"] = _("“{name}”还没有定价，不能收费；请先在价目里填写价格", name=item.name)
        elif not 1 <= draft.quantity <= 999:
            errors[f"items.{n}"] = _("数量填 1 到 999 之间的整数")
        elif draft.device_line_id is not None and draft.device_line_id not in lines:
            errors[f"items.{n}"] = _("这台设备不在工单上，请重新选择")
    check_language("items", " ".join(draft.remark for draft in items))
    if errors:
        raise Invalid(errors)
    first = min(lines, default=None)
    quote.items.all().delete()
    QuoteItem.objects.bulk_create(
        QuoteItem(
            quote=quote,
            item=found[d.item_code],
            device_line_id=d.device_line_id or first,
            quantity=d.quantity,
            remark=d.remark[:200],
        )
        for d in items
    )
    quote.plan = plan
    quote.version += 1
    quote.save(update_fields=["plan", "version"])
    _reprice(quote, order)
    record(
        Verb.ITEMS_SET,
        quote,
        by=by,
        at=at,
        about=order,
        due=quote.due_fen,
        items=[[d.item_code, d.quantity] for d in items],
    )
    return quote


@transaction.atomic
def issue(quote_id: int, *, confirm_not_arrived: bool = False, seen: int, by: Actor, at: datetime) -> Quote:
    """Give the quote to the customer: every line is copied as priced now, with its reason; the quote takes a number.

    Refused: not a draft, nothing in it, or nobody has reached the customer yet and this is not confirmed.
    """
    by.require(access.ISSUE)
    quote, order = _locked(quote_id, by=by, seen=seen)
    _refuse_if_past(order)
    if quote.state != Quote.State.DRAFT:
        raise Refused(_("报价 {number} 已经发出", number=quote.number), code="wrong_state")
    if not quote.items.exists():
        raise Refused(_("报价里还没有收费项目，请先添加"), code="empty")
    is_reached = queries.is_reached(order)
    if not is_reached and not confirm_not_arrived:
        raise Refused(
            _("还没有人到达现场，故障还没有检测；要先报价请勾选“还没到现场，先报价”"),
            code="not_arrived",
            field="confirm_not_arrived",
        )
    bill = _reprice(quote, order)
    _copy_lines(quote, bill)
    quote.number = numbering.take(
        "BJ", site_id=order.site_id, site_code=order.site.code, day=local_day(at), pattern="{kind}{yymmdd}-{n:04d}"
    )
    quote.state, quote.issued_at, quote.issued_by_id = Quote.State.ISSUED, at, by.id
    quote.version += 1
    quote.save(update_fields=["number", "state", "issued_at", "issued_by", "version"])
    orders.deposit(order, quote_state=Quote.State.ISSUED, due_fen=quote.due_fen)
    verb = Verb.ISSUED if is_reached else Verb.ISSUED_BEFORE_ARRIVAL
    record(verb, quote, by=by, at=at, about=order, number=quote.number, due=quote.due_fen)
    return quote


@transaction.atomic
def decide(
    quote_id: int,
    *,
    is_accepted: bool,
    name: str,
    way: str,
    reason: str = "",
    signature_id: int | None = None,
    seen: int,
    by: Actor,
    at: datetime,
) -> Quote:
    """The customer's answer, with who gave it and how (R-114, R-116, R-117). A decline needs its reason.

    Declined before anybody came, nothing is due: there was no way and no inspection.
    """
    by.require(access.DECIDE)
    quote, order = _locked(quote_id, by=by, seen=seen)
    _refuse_if_past(order)
    if quote.state != Quote.State.ISSUED:
        raise Refused(_("这张报价不在等客户确认，请刷新页面"), code="wrong_state")
    errors = {}
    if not name.strip():
        errors["name"] = _("请填写是谁做的决定")
    if way not in WAY_LABELS:
        errors["way"] = _("请选择确认方式")
    if way == "signature" and signature_id is None:
        errors["signature"] = _("请客户签名，或改选其他确认方式")
    if not is_accepted and not reason.strip():
        errors["reason"] = _("客户不修请填写原因")
    if errors:
        raise Invalid(errors)
    orders.record_consent(
        order,
        to_what="quote",
        subject_id=quote.pk,
        is_given=is_accepted,
        fen=quote.due_fen,
        way=way,
        name=name,
        signature_id=signature_id,
        remark=reason,
        by=by,
        at=at,
    )
    quote.state = Quote.State.ACCEPTED if is_accepted else Quote.State.DECLINED
    quote.decided_at, quote.decision_reason = at, reason.strip()[:200]
    quote.version += 1
    if not is_accepted:
        outcome = queries.outcome_of(order, Outcome.DECLINED)
        bill = queries.calculate(order, quote.book_id, list(quote.items.select_related("item")), outcome=outcome)
        quote.due_fen, quote.totals = bill.due_fen, _totals(bill)
    quote.save(update_fields=["state", "decided_at", "decision_reason", "due_fen", "totals", "version"])
    orders.deposit(order, quote_state=quote.state, due_fen=quote.due_fen)
    verb = Verb.ACCEPTED if is_accepted else Verb.DECLINED
    record(verb, quote, by=by, at=at, about=order, name=name, way=WAY_LABELS[way], due=quote.due_fen, reason=reason)
    return quote


@transaction.atomic
def revise(quote_id: int, *, by: Actor, at: datetime) -> Quote:
    """A new draft with the same items; the old quote no longer stands, so the customer must agree anew."""
    by.require(access.EDIT)
    old, order = _locked(quote_id, by=by)
    _refuse_if_past(order)
    if old.state == Quote.State.DRAFT:
        return old
    if old.state == Quote.State.SUPERSEDED:
        raise Refused(_("这张报价已作废，请看最新的一张"), code="wrong_state")
    old.state = Quote.State.SUPERSEDED
    old.version += 1
    old.save(update_fields=["state", "version"])
    quote = Quote.objects.create(order=order, kind=old.kind, book_id=old.book_id, plan=old.plan, created_at=at)
    QuoteItem.objects.bulk_create(
        QuoteItem(quote=quote, item_id=i.item_id, device_line_id=i.device_line_id, quantity=i.quantity, remark=i.remark)
        for i in old.items.all()
    )
    record(Verb.REVISED, quote, by=by, at=at, about=order, number=old.number)
    _reprice(quote, order)
    orders.deposit(order, quote_state=Quote.State.DRAFT)
    return quote


def reprice_draft(order: Order) -> None:
    """Compute the draft anew after a fact of the locked order changed; a quote that was issued keeps its price."""
    quote = queries.standing(order.pk)
    if quote is not None and quote.state == Quote.State.DRAFT:
        _reprice(quote, order)


def _quotable(order_id: int, *, by: Actor) -> Order:
    order = orders.locked(order_id, by=by)
    _refuse_if_past(order)
    return order


def _refuse_if_past(order: Order) -> None:
    if order.status not in _OPEN_STATUSES:
        raise Refused(
            _("工单 {number} 现在是“{status}”，不能再报价", number=order.number, status=orders.status_label(order)),
            code="wrong_status",
        )


def _locked(quote_id: int, *, by: Actor, seen: int | None = None) -> tuple[Quote, Order]:
    order_id = Quote.objects.filter(pk=quote_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise Missing
    order = orders.locked(order_id, by=by)
    quote = Quote.objects.select_for_update().get(pk=quote_id)
    if seen is not None and quote.version != seen:
        raise stale(quote, seen)
    return quote, order


def _reprice(quote: Quote, order: Order) -> Bill:
    bill = queries.calculate(order, quote.book_id, list(quote.items.select_related("item")), outcome=Outcome.ACCEPTED)
    quote.due_fen, quote.totals = bill.due_fen, _totals(bill)
    quote.save(update_fields=["due_fen", "totals"])
    return bill


def _totals(bill: Bill) -> dict[str, int]:
    return {payer.value: fen for payer, fen in bill.totals.items()}


def _copy_lines(quote: Quote, bill: Bill) -> None:
    QuoteLine.objects.bulk_create(
        QuoteLine(quote=quote, position=n, **line.as_row()) for n, line in enumerate(bill.lines)
    )
