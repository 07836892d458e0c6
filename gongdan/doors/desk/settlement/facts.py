"""What the till shows of an order, finished for the template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from gongdan.doors.desk.menu import way
from gongdan.doors.desk.settlement.forms import DiscountForm, OnAccountForm, PaymentForm, ReasonForm
from gongdan.doors.desk.settlement.lists import NOTHING_DUE
from gongdan.doors.desk.words import money_badge, order_badge
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.tables import Badge
from gongdan.files import queries as files
from gongdan.kernel.calendar import local_day
from gongdan.kernel.capitals import capitals
from gongdan.kernel.money import Fen
from gongdan.kernel.text import Text
from gongdan.orders.states import Status
from gongdan.pricing.states import PAYER_LABELS, Payer
from gongdan.settlement import access, queries, rules
from gongdan.settlement.papers import RECEIPT, SETTLEMENT


@dataclass
class Typed:
    """The form that was sent and refused, by the verb it was sent to; `row` is the row of money it was about."""

    verb: str = ""
    form: Any = None
    row: int = 0


@dataclass(frozen=True)
class Till:
    """The open settlement of one order."""

    number: str
    version: int
    order_url: str
    customer: str
    status: Badge
    money: Badge | None
    stage: str
    lines: list[dict[str, Any]]
    totals: list[tuple[Text, Fen]]
    due: Fen | None
    capitals: str
    outstanding: Fen
    gap: list[tuple[str, Fen]]
    gap_note: str
    trouble: Text | None
    payments: list[dict[str, Any]]
    adjustments: list[dict[str, Any]]
    bills: list[dict[str, Any]]
    pay: PaymentForm | None
    pay_note: str
    cash: list[str]
    on_account: OnAccountForm | None
    discount: DiscountForm | None
    may_post: bool
    reverse: ReasonForm | None


def till(request: StaffRequest, sheet: queries.BillSheet, typed: Typed | None = None) -> Till:
    """Everything about this order's money that this actor may see, with the forms that he may use."""
    typed = typed or Typed()
    actor, order = request.actor, sheet.order
    position = sheet.position
    outstanding = position.outstanding if position else Fen(0)
    papers = {(paper.kind, paper.number): paper.pk for paper in files.papers_of(order)}
    is_final = sheet.stage == "final"
    has_gap = is_final and position is not None and position.unexplained > 0
    pay, cash, pay_note = _pay(request, sheet, typed)
    return Till(
        number=order.number,
        version=order.version,
        order_url=way("desk:order", order.number),
        customer=order.customer.name,
        status=order_badge(order.status),
        money=NOTHING_DUE if position and not position.due else money_badge(position.state if position else ""),
        stage=sheet.stage,
        lines=[_line(line) for line in sheet.lines],
        totals=[(PAYER_LABELS[payer], fen) for payer, fen in sheet.totals],
        due=position.due if position else None,
        capitals=capitals(position.due) if position else "",
        outstanding=outstanding,
        gap=_gap(sheet),
        gap_note=_gap_note(sheet),
        trouble=sheet.trouble,
        payments=_payments(sheet, papers, actor, typed),
        adjustments=_adjustments(sheet, actor),
        bills=_bills(sheet, papers),
        pay=pay,
        pay_note=pay_note,
        cash=cash,
        on_account=_form(OnAccountForm, "on-account", typed) if has_gap and actor.may(access.ON_ACCOUNT) else None,
        discount=_form(DiscountForm, "discount", typed) if has_gap and actor.may(access.APPROVE_DISCOUNT) else None,
        may_post=is_final and actor.may(access.POST),
        reverse=_form(ReasonForm, "reverse", typed) if sheet.bill and actor.may(access.REVERSE) else None,
    )


def _form(kind: type[Any], verb: str, typed: Typed) -> Any:
    return typed.form if typed.verb == verb and typed.form is not None else kind()


def _pay(request: StaffRequest, sheet: queries.BillSheet, typed: Typed) -> tuple[PaymentForm | None, list[str], str]:
    """The form for one more row of money; or why there is none."""
    if not request.actor.may(access.RECEIVE):
        return None, [], ""
    order = sheet.order
    if order.status == Status.CANCELLED or order.is_historic:
        return None, [], _("这张工单不再收款")
    if sheet.position is not None and sheet.position.outstanding <= 0:
        return None, [], _("客户应付 ¥0.00，无需收款") if sheet.position.due == 0 else ""
    accounts = queries.accounts()
    form = typed.form if typed.verb == "pay" else None
    form = form or payment_form(request, order.site_id, accounts=accounts)
    if not form.has_payees:
        return None, [], _("没有可选的收款人：请管理员在员工资料里勾选“可收款”")
    return form, [row["code"] for row in accounts if row["is_cash"]], ""


def payment_form(
    request: StaffRequest, site_id: int, *, typed: Any = None, accounts: list[dict[str, Any]] | None = None
) -> PaymentForm:
    """The form for one row of money on an order of this site."""
    return PaymentForm(
        typed,
        payees=queries.payees_for(site_id),
        accounts=queries.accounts() if accounts is None else accounts,
        by=request.actor,
        today=local_day(request.now),
    )


def _line(line: queries.SheetLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "device": line.device,
        "quantity": f"{line.quantity} {line.unit}".strip(),
        "price": line.unit_fen,
        "amount": line.amount_fen,
        "is_changed": line.amount_fen != line.quantity * line.unit_fen,
        "payer": PAYER_LABELS[line.payer],
        "is_customer": line.payer is Payer.CUSTOMER,
        "rule": line.rule,
        "reason": line.reason,
    }


def _gap(sheet: queries.BillSheet) -> list[tuple[str, Fen]]:
    """How due and received differ, down to what is left."""
    position = sheet.position
    if position is None:
        return [(_("已收"), sheet.received)] if sheet.received else []
    rows = [(_("应收"), position.due)]
    if position.discounted:
        rows.append((_("优惠"), position.discounted))
    rows.append((_("已收"), position.received))
    if position.on_account:
        rows.append((_("挂账"), position.on_account))
    if position.unexplained > 0:
        rows.append((_("还差"), position.unexplained))
    elif position.outstanding < 0:
        rows.append((_("多收"), Fen(-position.outstanding)))
    return rows


def _gap_note(sheet: queries.BillSheet) -> str:
    position = sheet.position
    if sheet.stage == "open":
        return _("还没有应收金额，现在收的款记为预收")
    if sheet.stage == "quoted":
        return _("按已签发的报价估算，完工后自动重新计算；现在收的款记为预收")
    if sheet.stage != "final" or position is None:
        return ""
    if position.unexplained > 0:
        return _("差额说清后才能确定结算：继续收款，或将差额挂账、按规则优惠")
    if position.outstanding < 0:
        return sentence(rules.over_text(position))
    return ""


def _payments(
    sheet: queries.BillSheet, papers: Mapping[tuple[str, str], int], actor: Any, typed: Typed
) -> list[dict[str, Any]]:
    surplus = sheet.position is not None and sheet.position.outstanding < 0 and sheet.position.discounted == 0
    may_refund = actor.may(access.REVERSE) and (surplus or sheet.stage == "open")
    rows = []
    for row in sheet.payments:
        is_receipt = row.kind == "receipt"
        mine = typed.verb == "refund" and typed.row == row.pk
        rows.append(
            {
                "id": row.pk,
                "at": row.at,
                "day": row.day,
                "amount": row.amount_fen,
                "account": row.account.name,
                "payee": row.payee.name,
                "reference": row.reference,
                "remark": row.remark,
                "change": row.change_fen,
                "tendered": row.tendered_fen,
                "number": row.receipt_number,
                "is_refund": not is_receipt,
                "paper": _paper(papers, RECEIPT, row.receipt_number),
                "refund": (typed.form if mine else ReasonForm()) if is_receipt and may_refund else None,
                "is_open": mine,
            }
        )
    return rows


def _adjustments(sheet: queries.BillSheet, actor: Any) -> list[dict[str, Any]]:
    needs = {"on_account": access.ON_ACCOUNT, "discount": access.APPROVE_DISCOUNT, "rounding": access.APPROVE_DISCOUNT}
    words = {"on_account": _("挂账"), "discount": _("优惠"), "rounding": _("抹零")}
    return [
        {
            "id": row.pk,
            "kind": words[row.kind],
            "fen": row.fen,
            "reason": row.reason,
            "due_on": row.due_on,
            "approved_by": row.approved_by.name if row.approved_by else "",
            "may_undo": sheet.bill is None and actor.may(needs[row.kind]),
        }
        for row in sheet.adjustments
    ]


def _bills(sheet: queries.BillSheet, papers: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    states = {"posted": _("已入账"), "reversed": _("已冲红"), "draft": _("草稿")}
    tones = {"posted": "done", "reversed": "quiet", "draft": "quiet"}
    return [
        {
            "number": bill.number,
            "due": bill.due_fen,
            "badge": Badge(_("红字"), "danger") if bill.is_red else Badge(states[bill.state], tones[bill.state]),
            "at": bill.posted_at,
            "who": bill.posted_by.name if bill.posted_by else "",
            "reason": bill.reason,
            "paper": _paper(papers, SETTLEMENT, bill.number),
        }
        for bill in sheet.bills
    ]


def _paper(papers: Mapping[tuple[str, str], int], kind: str, number: str) -> str:
    pk = papers.get((kind, number))
    return way("desk:paper", pk) if pk else ""
