"""Money received in rows and given back, and what explains the rest: on account, discounts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.catalog.queries import check_language
from gongdan.files import actions as files
from gongdan.files.models import Paper
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.kernel.money import Fen
from gongdan.kernel.text import Text, _
from gongdan.orders import actions as orders
from gongdan.orders import papers as order_papers
from gongdan.orders.models import Order
from gongdan.orders.rules import PREPAID
from gongdan.orders.states import Status
from gongdan.people.models import User
from gongdan.people.queries import settings_for
from gongdan.settlement import access, papers, queries, rules
from gongdan.settlement.actions.standing import final, number_of, priced, show_money, shrink_on_account
from gongdan.settlement.events import Verb
from gongdan.settlement.models import Account, Adjustment, Payment

_RECEIPTS = "{kind}{site}{yymmdd}-{n:04d}"
_KIND_WORDS: dict[str, Text] = {
    Adjustment.Kind.ON_ACCOUNT: _("挂账"),
    Adjustment.Kind.DISCOUNT: _("优惠"),
    Adjustment.Kind.ROUNDING: _("抹零"),
}


@dataclass(frozen=True, slots=True)
class PaymentDraft:
    """Money as handed over: `tendered_fen` is typed, what is kept and the change are computed."""

    tendered_fen: int
    payee_id: int | None
    day: date | None
    account: str
    reference: str = ""
    remark: str = ""


@transaction.atomic
def receive(order_id: int, draft: PaymentDraft, *, by: Actor, at: datetime) -> Payment:
    """Take the customer's money, at any time: nothing open ever stands against it (O-005).

    Refused: payee, day or account missing, a payee who may not collect (R-014), or more than is owed without cash.
    """
    by.require(access.RECEIVE)
    order = orders.locked(order_id, by=by)
    if order.status == Status.CANCELLED:
        raise Refused(_("工单已取消，不能收款；如客户仍要维修请重新登记"), code="wrong_status")
    payee = User.objects.filter(pk=draft.payee_id or 0, is_active=True, is_payee=True).first()
    account = Account.objects.filter(code=draft.account, is_active=True).first()
    rules.check_receipt(
        tendered=draft.tendered_fen,
        payee_ok=payee is not None,
        day=draft.day,
        today=local_day(at),
        has_account=account is not None,
    )
    assert payee is not None, "check_receipt lets no missing payee pass"
    assert account is not None, "check_receipt lets no missing account pass"
    assert draft.day is not None, "check_receipt lets no missing day pass"
    if by.kind == "technician" and payee.pk != by.id:
        raise Forbidden(_("师傅收款时收款人只能是本人"))
    position = queries.position(order)
    change = rules.change_for(
        Fen(draft.tendered_fen), outstanding=position.outstanding if position else None, is_cash=account.is_cash
    )
    row = Payment.objects.create(
        order=order,
        amount_fen=draft.tendered_fen - change,
        tendered_fen=draft.tendered_fen,
        change_fen=change,
        payee=payee,
        day=draft.day,
        account=account,
        reference=draft.reference,
        remark=draft.remark,
        receipt_number=number_of("SJ", order, at, _RECEIPTS),
        at=at,
        by_id=by.id,
    )
    shrink_on_account(order, by=by, at=at)
    receipt = _issue_receipt(row, order, by=by, at=at)
    record(
        Verb.RECEIVED, row, by=by, at=at, about=order,
        amount=row.amount_fen, account=account.name, payee=payee.name, change=change,
        number=row.receipt_number, paper=receipt.pk,
    )  # fmt: skip
    show_money(order)
    if order.hold_code:  # what was to be paid before anybody goes there
        orders.release_hold_of(order, PREPAID, by=by, at=at)
    return row


@transaction.atomic
def refund(order_id: int, payment_id: int, *, reason: str, by: Actor, at: datetime) -> Payment:
    """Give back what was received too much, by the way it came: at most the surplus, at most that row."""
    by.require(access.REVERSE)
    order = orders.locked(order_id, by=by)
    source = (
        Payment.objects.filter(order=order, pk=payment_id, kind=Payment.Kind.RECEIPT).select_related("account").first()
    )
    if source is None:
        raise Missing
    if not reason.strip():
        raise Invalid({"reason": _("请填写退款原因")})
    left = Fen(source.amount_fen - queries.given_back(source.pk))
    if order.status == Status.CANCELLED:
        amount = rules.refundable(rules.nothing_due(queries.received(order.pk)), row=left)
    else:
        amount = rules.refundable(priced(order), row=left)
    row = Payment.objects.create(
        order=order,
        kind=Payment.Kind.REFUND,
        refunds=source,
        amount_fen=-amount,
        tendered_fen=-amount,
        payee_id=source.payee_id,
        day=local_day(at),
        account=source.account,
        reference=source.reference,
        remark=reason.strip()[:200],
        receipt_number=number_of("TK", order, at, _RECEIPTS),
        at=at,
        by_id=by.id,
    )
    paper = _issue_receipt(row, order, by=by, at=at)
    record(
        Verb.REFUNDED, row, by=by, at=at, about=order,
        amount=amount, account=source.account.name, reason=row.remark, number=row.receipt_number, paper=paper.pk,
    )  # fmt: skip
    show_money(order)
    return row


@transaction.atomic
def put_on_account(order_id: int, *, reason: str, due_on: date | None, by: Actor, at: datetime) -> Adjustment:
    """The rest goes on account (挂账): the amount is the gap itself, nobody types it. The bill prints the reason."""
    by.require(access.ON_ACCOUNT)
    order = orders.locked(order_id, by=by)
    errors = {}
    if not reason.strip():
        errors["reason"] = _("请填写挂账原因，例如“月结单位”")
    if due_on is None:
        errors["due_on"] = _("请填写约定的还款日期")
    elif due_on < local_day(at):
        errors["due_on"] = _("还款日期不能早于今天")
    if errors:
        raise Invalid(errors)
    check_language("reason", reason)
    position = final(order)
    if position.unexplained <= 0:
        raise Refused(_("没有差额，不需要挂账"), code="no_gap")
    row = Adjustment.objects.create(
        order=order,
        kind=Adjustment.Kind.ON_ACCOUNT,
        fen=position.unexplained,
        reason=reason.strip()[:200],
        due_on=due_on,
        approved_by_id=by.id,
        at=at,
        by_id=by.id,
    )
    record(Verb.ON_ACCOUNT, row, by=by, at=at, about=order, amount=row.fen, reason=row.reason)
    show_money(order)
    return row


@transaction.atomic
def allow_discount(order_id: int, rule: str, *, by: Actor, at: datetime) -> Adjustment:
    """The gap is let go by a named rule within its limit (R-177); the amount is computed, the approver is kept."""
    by.require(access.APPROVE_DISCOUNT)
    order = orders.locked(order_id, by=by)
    named, amount = rules.discount_by(rule, final(order))
    row = Adjustment.objects.create(
        order=order,
        kind=Adjustment.Kind.DISCOUNT,
        fen=amount,
        reason=str(named.name),
        approved_by_id=by.id,
        at=at,
        by_id=by.id,
    )
    record(Verb.DISCOUNTED, row, by=by, at=at, about=order, amount=amount, rule=named.name)
    show_money(order)
    return row


@transaction.atomic
def void_adjustment(adjustment_id: int, *, order_id: int, by: Actor, at: datetime) -> None:
    """Take back 挂账 or 优惠 before the bill is posted."""
    order = orders.locked(order_id, by=by)
    row = Adjustment.objects.filter(pk=adjustment_id, order=order).first()
    if row is None:
        raise Missing
    by.require(access.ON_ACCOUNT if row.kind == Adjustment.Kind.ON_ACCOUNT else access.APPROVE_DISCOUNT)
    if queries.posted_bill(order.pk) is not None:
        raise Refused(_("结算单已入账，不能撤销；请先冲红"), code="posted")
    if row.is_void:
        raise Refused(_("这一笔已经撤销"), code="void")
    row.is_void = True
    row.save(update_fields=["is_void"])
    record(Verb.ADJUSTMENT_VOIDED, row, by=by, at=at, about=order, what=_KIND_WORDS[row.kind], amount=row.fen)
    show_money(order)


def _issue_receipt(row: Payment, order: Order, *, by: Actor, at: datetime) -> Paper:
    """The paper of one row of money: issued with it, whatever is open on the order (O-005)."""
    firm = order_papers.firm_of(order.site, settings_for(order.site_id))
    paper = papers.build_receipt(row, order, position=queries.position(order), firm=firm, issued_by=by.name, at=at)
    return files.keep_paper(
        papers.RECEIPT,
        row.receipt_number,
        asdict(paper),
        subject=order,
        sheet="settlement/receipt.html",
        site_id=order.site_id,
        by=by,
        at=at,
    )
