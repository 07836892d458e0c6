"""Settling: money received in rows, the amount due computed, the bill posted once and never edited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.catalog.queries import check_language
from gongdan.devices import actions as devices
from gongdan.devices.rules import ArchiveDraft
from gongdan.files import actions as files
from gongdan.files import queries as files_queries
from gongdan.files.models import Paper
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.kernel.money import Fen
from gongdan.kernel.text import Text, _
from gongdan.numbering import actions as numbering
from gongdan.orders import actions as orders
from gongdan.orders import papers as order_papers
from gongdan.orders.models import Order
from gongdan.orders.rules import PREPAID
from gongdan.orders.states import Status
from gongdan.people.access import SETTINGS
from gongdan.people.models import User
from gongdan.people.queries import settings_for
from gongdan.pricing.rules import Bill as Price
from gongdan.repair import queries as repair
from gongdan.settlement import access, papers, queries, rules
from gongdan.settlement.events import Verb
from gongdan.settlement.models import Account, Adjustment, Bill, BillLine, Payment

SEED_ACCOUNTS: tuple[tuple[str, str, bool], ...] = (
    ("cash", "现金", True),
    ("wechat", "微信", False),
    ("alipay", "支付宝", False),
    ("bank", "银行", False),
    ("company", "对公", False),
)
_RECEIPTS = "{kind}{site}{yymmdd}-{n:04d}"
_BILLS = "{kind}{site}{yymmdd}-{n:04d}"


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
def seed_accounts(rows: Iterable[tuple[str, str, bool]] = SEED_ACCOUNTS) -> None:
    """Make the receiving accounts that are missing. Safe to run twice."""
    for code, name, is_cash in rows:
        Account.objects.get_or_create(code=code, defaults={"name": name, "is_cash": is_cash})


@transaction.atomic
def add_account(name: str, *, is_cash: bool = False, by: Actor, at: datetime) -> Account:
    """One more receiving account. Refused: no name, or there is one of this name."""
    by.require(SETTINGS)
    name = _account_name(name)
    code = f"a{(Account.objects.aggregate(last=Max('pk'))['last'] or 0) + 1}"
    row = Account.objects.create(code=code, name=name, is_cash=is_cash)
    record(Verb.ACCOUNT_ADDED, row, by=by, at=at, name=name)
    return row


@transaction.atomic
def edit_account(
    account_id: int, *, name: str, is_cash: bool, is_active: bool, seen: int, by: Actor, at: datetime
) -> Account:
    """Rename an account or take it out of use; received rows keep it. Refused: it is the last one in use."""
    by.require(SETTINGS)
    row = Account.objects.select_for_update().filter(pk=account_id).first()
    if row is None:
        raise Missing
    if row.version != seen:
        raise stale(row, seen)
    name = _account_name(name, but_not=row.pk)
    if not is_active and not Account.objects.filter(is_active=True).exclude(pk=row.pk).exists():
        raise Invalid({"is_active": _("至少保留一个启用的收款账户，请先启用另一个")})
    new = {"name": name, "is_cash": is_cash, "is_active": is_active}
    changes = {field: [getattr(row, field), value] for field, value in new.items() if getattr(row, field) != value}
    if not changes:
        return row
    for field, value in new.items():
        setattr(row, field, value)
    row.version += 1
    row.save(update_fields=[*changes, "version"])
    record(Verb.ACCOUNT_EDITED, row, by=by, at=at, name=name, changes=changes)
    return row


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
        receipt_number=_number("SJ", order, at, _RECEIPTS),
        at=at,
        by_id=by.id,
    )
    _shrink_on_account(order, by=by, at=at)
    receipt = _issue_receipt(row, order, by=by, at=at)
    record(
        Verb.RECEIVED, row, by=by, at=at, about=order,
        amount=row.amount_fen, account=account.name, payee=payee.name, change=change,
        number=row.receipt_number, paper=receipt.pk,
    )  # fmt: skip
    _show_money(order)
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
        amount = rules.refundable(_priced(order), row=left)
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
        receipt_number=_number("TK", order, at, _RECEIPTS),
        at=at,
        by_id=by.id,
    )
    paper = _issue_receipt(row, order, by=by, at=at)
    record(
        Verb.REFUNDED, row, by=by, at=at, about=order,
        amount=amount, account=source.account.name, reason=row.remark, number=row.receipt_number, paper=paper.pk,
    )  # fmt: skip
    _show_money(order)
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
    position = _final(order)
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
    _show_money(order)
    return row


@transaction.atomic
def allow_discount(order_id: int, rule: str, *, by: Actor, at: datetime) -> Adjustment:
    """The gap is let go by a named rule within its limit (R-177); the amount is computed, the approver is kept."""
    by.require(access.APPROVE_DISCOUNT)
    order = orders.locked(order_id, by=by)
    named, amount = rules.discount_by(rule, _final(order))
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
    _show_money(order)
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
    _show_money(order)


@transaction.atomic
def post(order_id: int, *, seen: int, by: Actor, at: datetime) -> Bill:
    """确定结算 (R-174): copy the lines, lock the amounts, write the archive, move the order to 待回访.

    A bill of nothing (保内) is posted too. Work taken up again after its settlement (R-185) goes on under the bill that
    stands. Refused: not finished, an unexplained gap, more due than agreed, another amount than the bill that stands,
    or a colleague saved meanwhile. It waits for no call-back (O-057).
    """
    by.require(access.POST)
    order = orders.locked(order_id, seen=seen, by=by)
    if order.status != Status.TO_SETTLE:
        raise Refused(
            _("工单 {number} 现在是“{status}”，完工后才能结算", number=order.number, status=orders.status_label(order)),
            code="wrong_status",
        )
    price, book_code = queries.price_of(order)
    _shrink_on_account(order, by=by, at=at)
    position = queries.position_at(order.pk, price.due_fen)
    rules.check_may_post(position, consented=queries.consented(order, price))
    bill = queries.posted_bill(order.pk)
    if bill is not None:
        return _stand_again(bill, order, price, by=by, at=at)
    bill = Bill.objects.create(
        order=order,
        state=Bill.State.POSTED,
        due_fen=price.due_fen,
        totals={payer.value: fen for payer, fen in price.totals.items()},
        book_code=book_code,
        posted_at=at,
        posted_by_id=by.id,
        created_at=at,
    )
    _copy_lines(bill, price)
    _file(order, price, at=at)
    orders.deposit(order, due_fen=price.due_fen, money_state=position.state, settled_at=at)
    orders.advance(order, "settle", by=by, at=at)
    bill.number = _number("JS", order, at, _BILLS)  # last: posted papers are gapless
    bill.save(update_fields=["number"])
    paper = _issue_bill(bill, order, by=by, at=at)
    record(
        Verb.POSTED, bill, by=by, at=at, about=order,
        number=bill.number, due=bill.due_fen, received=position.received, paper=paper.pk,
    )  # fmt: skip
    return bill


def _stand_again(bill: Bill, order: Order, price: Price, *, by: Actor, at: datetime) -> Bill:
    """The work was done once more at no other price: the posted bill stays in force, only the work is filed anew."""
    totals = {payer.value: fen for payer, fen in price.totals.items()}
    if (bill.due_fen, bill.totals) != (price.due_fen, totals):
        raise Refused(
            _(
                "应收变成了 {due:yuan}，已入账的结算单 {number} 是 {posted:yuan}；请主管先冲红，再重新结算",
                due=price.due_fen,
                number=bill.number,
                posted=bill.due_fen,
            ),
            code="posted_before",
        )
    _file(order, price, at=at)
    orders.deposit(order, settled_at=at)
    orders.advance(order, "settle", by=by, at=at)
    received = queries.received(order.pk)
    record(Verb.POSTED, bill, by=by, at=at, about=order, number=bill.number, due=bill.due_fen, received=received)
    return bill


@transaction.atomic
def reverse(order_id: int, reason: str, *, seen: int, by: Actor, at: datetime) -> Bill:
    """冲红: a red bill takes every line back and the order returns to 待结算; nothing posted is ever edited."""
    by.require(access.REVERSE)
    order = orders.locked(order_id, seen=seen, by=by)
    if not reason.strip():
        raise Invalid({"reason": _("请填写冲红原因")})
    check_language("reason", reason)
    bill = Bill.objects.select_for_update().filter(order=order, state=Bill.State.POSTED, is_red=False).first()
    if bill is None:
        raise Refused(_("这张工单没有已入账的结算单"), code="not_posted")
    red = Bill.objects.create(
        order=order,
        state=Bill.State.POSTED,
        is_red=True,
        reverses=bill,
        due_fen=-bill.due_fen,
        totals={payer: -fen for payer, fen in bill.totals.items()},
        book_code=bill.book_code,
        posted_at=at,
        posted_by_id=by.id,
        reason=reason.strip()[:200],
        created_at=at,
    )
    BillLine.objects.bulk_create(
        BillLine(
            bill=red,
            position=line.position,
            item_code=line.item_code,
            name=line.name,
            unit=line.unit,
            device_line_id=line.device_line_id,
            quantity=line.quantity,
            unit_fen=line.unit_fen,
            amount_fen=-line.amount_fen,
            payer=line.payer,
            rule=line.rule,
            reason=line.reason,
        )
        for line in bill.lines.all()
    )
    bill.state = Bill.State.REVERSED
    bill.version += 1
    bill.save(update_fields=["state", "version"])
    devices.withdraw_from_archive(order.pk)
    if order.status != Status.TO_SETTLE:  # work that was taken up again is back there already
        orders.advance(order, "reverse", by=by, at=at, reason=reason)
    orders.deposit(order, settled_at=None)
    red.number = _number("JS", order, at, _BILLS)
    red.save(update_fields=["number"])
    paper = _issue_bill(red, order, by=by, at=at)
    record(
        Verb.REVERSED, red, by=by, at=at, about=order,
        number=bill.number, red=red.number, reason=red.reason, due=red.due_fen, paper=paper.pk,
    )  # fmt: skip
    _show_money(order)
    return red


def _account_name(typed: str, *, but_not: int = 0) -> str:
    name = typed.strip()
    if not name:
        raise Invalid({"name": _("请填写账户名称，例如“现金”")})
    if len(name) > 30:
        raise Invalid({"name": _("最多 {limit} 个字，请缩短", limit=30)})
    if Account.objects.filter(name=name).exclude(pk=but_not).exists():
        raise Invalid({"name": _("已经有名为“{name}”的收款账户，请换一个名称", name=name)})
    return name


_KIND_WORDS: dict[str, Text] = {
    Adjustment.Kind.ON_ACCOUNT: _("挂账"),
    Adjustment.Kind.DISCOUNT: _("优惠"),
    Adjustment.Kind.ROUNDING: _("抹零"),
}


def _priced(order: Order) -> rules.Position:
    position = queries.position(order)
    if position is None:
        raise Refused(_("还没有应收金额，请先报价或完工"), code="no_due")
    return position


def _final(order: Order) -> rules.Position:
    """The position of an order whose work is done: before that its due may still change."""
    if order.status != Status.TO_SETTLE:
        raise Refused(
            _(
                "工单 {number} 现在是“{status}”，完工后才能挂账或优惠；现在可以先收款",
                number=order.number,
                status=orders.status_label(order),
            ),
            code="wrong_status",
        )
    return _priced(order)


def _number(kind: str, order: Order, at: datetime, pattern: str) -> str:
    return numbering.take_gapless(
        kind, site_id=order.site_id, site_code=order.site.code, day=local_day(at), pattern=pattern
    )


def _shrink_on_account(order: Order, *, by: Actor, at: datetime) -> None:
    """Less is owed than was put on account: the open rest never exceeds it. What shrinks to nothing is void."""
    position = queries.position(order)
    if position is None:
        return
    rows = {
        row.pk: row
        for row in Adjustment.objects.filter(order=order, kind=Adjustment.Kind.ON_ACCOUNT, is_void=False).order_by("pk")
    }
    excess = position.on_account - max(position.outstanding, 0)
    left = rules.on_account_left(((pk, row.fen) for pk, row in rows.items()), excess=excess)
    for pk, fen in left.items():
        row = rows[pk]
        before, row.fen, row.is_void = row.fen, fen, fen == 0
        row.save(update_fields=["fen", "is_void"])
        record(Verb.ON_ACCOUNT_REDUCED, row, by=by, at=at, about=order, before=before, amount=row.fen)


def _show_money(order: Order) -> None:
    position = queries.position(order)
    if position is not None:
        orders.deposit(order, money_state=position.state)


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


def _issue_bill(bill: Bill, order: Order, *, by: Actor, at: datetime) -> Paper:
    """The posted bill as paper; the red one reverses the paper of the bill that it takes back."""
    firm = order_papers.firm_of(order.site, settings_for(order.site_id))
    reversed_bill = bill.reverses
    reverses = (
        files_queries.paper_by_number(papers.SETTLEMENT, reversed_bill.number) if reversed_bill is not None else None
    )
    paper = papers.build_settlement(
        bill,
        order,
        lines=queries.lines_of(bill.pk),
        parts=repair.sheets(order.pk),
        payments=queries.payments_of(order.pk),
        adjustments=queries.adjustments_of(order.pk),
        firm=firm,
        issued_by=by.name,
        at=at,
    )
    return files.keep_paper(
        papers.SETTLEMENT,
        bill.number,
        asdict(paper),
        subject=order,
        sheet="settlement/settlement.html",
        site_id=order.site_id,
        by=by,
        at=at,
        reverses=reverses,
    )


def _copy_lines(bill: Bill, price: Price) -> None:
    BillLine.objects.bulk_create(BillLine(bill=bill, position=n, **line.as_row()) for n, line in enumerate(price.lines))


def _file(order: Order, price: Price, *, at: datetime) -> None:
    """The archive of each device learns of this order at once (R-026); a cost that names no device goes to the first."""
    facts = repair.archive_facts(order.pk)
    for fact in facts:
        if fact.device_id is not None:
            devices.end_stay(fact.device_id, on=local_day(at), order_id=order.pk)
    for n, fact in enumerate(facts):
        key = str(fact.device_line_id)
        cost = sum(
            line.amount_fen
            for line in price.lines
            if line.payer.value == "customer" and (line.device == key or (n == 0 and not line.device))
        )
        devices.file_in_archive(
            ArchiveDraft(
                on=local_day(at),
                device_id=fact.device_id,
                customer_id=order.customer_id,
                site_id=order.site_id,
                order_id=order.pk,
                order_number=order.number,
                fault=fact.fault or order.symptom,
                known_fault_id=fact.fault_id,
                cause=fact.cause,
                remedy=fact.remedy,
                parts=fact.parts,
                cost_fen=cost,
                result=order.result,
                is_repaired=order.result == "repaired",
                technician_name=order.technician_names,
            )
        )
