"""收据 and 结算单: what was received, and what the work came to. Every string is final."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gongdan.files.papers import Firm, Head, Line, Section, Signature, Total, moment, pair
from gongdan.kernel.capitals import capitals
from gongdan.kernel.money import Fen
from gongdan.kernel.text import Text, _
from gongdan.orders.models import Order
from gongdan.orders.rules import line_name
from gongdan.orders.states import MODE_LABELS, Mode
from gongdan.pricing.states import PAYER_LABELS, Payer
from gongdan.repair.queries import Sheet, label_of
from gongdan.settlement.models import Adjustment, Bill, BillLine, Payment
from gongdan.settlement.rules import Position

RECEIPT = "receipt"
SETTLEMENT = "settlement"

_SETTLEMENT_NOTES = (
    _("费用由价目和规则计算，逐项说明见明细；有疑问请当面提出或拨打上方电话"),
    _("请保存本单，作为维修和质保的凭证"),
)


@dataclass(frozen=True, slots=True)
class MoneyPaper:
    """收据 of one received row, or 退款单 of one given back."""

    head: Head
    about: Section
    totals: tuple[Total, ...]
    how: Section
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class SettlementPaper:
    """结算单 of a posted bill; the red one takes every line back."""

    head: Head
    about: Section
    lines: tuple[Line, ...]
    totals: tuple[Total, ...]
    parts: tuple[tuple[str, str, str], ...]
    payments: tuple[tuple[str, str, str, str, str], ...]
    adjustments: tuple[tuple[str, str, str], ...]
    signatures: tuple[Signature, ...]


def build_receipt(
    row: Payment, order: Order, *, position: Position | None, firm: Firm, issued_by: str, at: datetime
) -> MoneyPaper:
    """The paper of this row of money as it was booked."""
    is_refund = row.kind == Payment.Kind.REFUND
    amount = Fen(abs(row.amount_fen))
    title = _("退款单") if is_refund else _("收据")
    kept = Total(
        str(_("实退金额") if is_refund else _("实收金额")), _yuan(amount), f"人民币{capitals(amount)}", is_final=True
    )
    handed = (
        (Total(str(_("收到")), _yuan(row.tendered_fen)), Total(str(_("找零")), _yuan(row.change_fen)))
        if row.change_fen
        else ()
    )
    return MoneyPaper(
        head=Head(
            firm=firm,
            title=str(title),
            number=row.receipt_number,
            issued_at=moment(at),
            issued_by=issued_by,
            copies=(str(_("存根联")), str(_("客户联"))),
        ),
        about=Section(
            "",
            (
                pair(_("工单号"), order.number),
                pair(_("客户名称"), order.customer.name),
                pair(_("设备"), order.device_text),
                pair(_("事由"), _purpose(row, position)),
            ),
        ),
        totals=(*handed, kept),
        how=Section(
            "",
            (
                pair(_("收款账户"), row.account.name),
                pair(_("流水号"), row.reference),
                pair(_("收款日期"), _("{on:date}", on=row.day)),
                pair(_("收款人"), row.payee.name),
                pair(_("还应收"), _owed(position)),
                pair(_("备注"), row.remark, is_wide=True),
            ),
        ),
        signatures=(Signature(str(_("收款人")), row.payee.name),),
    )


def build_settlement(
    bill: Bill,
    order: Order,
    *,
    lines: Iterable[BillLine],
    parts: Iterable[Sheet],
    payments: Iterable[Payment],
    adjustments: Iterable[Adjustment],
    firm: Firm,
    issued_by: str,
    at: datetime,
) -> SettlementPaper:
    """The paper of this bill. The red one names the bill that it takes back and why."""
    title = _("结算单（红字）") if bill.is_red else _("结算单")
    sheets = list(parts)
    names = {sheet.line.pk: label_of(sheet.line) for sheet in sheets} if len(sheets) > 1 else {}
    return SettlementPaper(
        head=Head(
            firm=firm,
            title=str(title),
            number=bill.number,
            issued_at=moment(at),
            issued_by=issued_by,
            notes=tuple(str(note) for note in _SETTLEMENT_NOTES),
            copies=(str(_("存根联")), str(_("客户联"))),
        ),
        about=Section(
            "",
            (
                pair(_("工单号"), order.number),
                pair(_("客户名称"), order.customer.name),
                pair(_("服务方式"), MODE_LABELS[Mode(order.mode)]),
                pair(_("师傅"), order.technician_names),
                pair(_("完工时间"), moment(order.finished_at)),
                pair(_("设备"), order.device_text),
                pair(_("故障现象"), order.symptom, is_wide=True),
                pair(_("冲红"), _reversal(bill), is_wide=True),
            ),
        ),
        lines=tuple(_line(line, names) for line in lines),
        totals=_totals(bill),
        parts=tuple(
            (part.name, part.spec or label_of(sheet.line), str(part.quantity))
            for sheet in sheets
            for part in sheet.parts
        ),
        payments=tuple(
            (str(_("{on:date}", on=row.day)), row.account.name, row.payee.name, row.reference, _yuan(row.amount_fen))
            for row in payments
        ),
        adjustments=tuple(
            (str(_ADJUSTED[row.kind]), _why(row), _yuan(row.fen)) for row in adjustments if not row.is_void
        ),
        signatures=(
            Signature(str(_("客户签字")), order.contact_name or order.customer.name),
            Signature(str(_("结算人")), issued_by),
        ),
    )


_ADJUSTED: dict[str, Text] = {
    Adjustment.Kind.ON_ACCOUNT: _("挂账"),
    Adjustment.Kind.DISCOUNT: _("优惠"),
    Adjustment.Kind.ROUNDING: _("抹零"),
}


def _line(line: BillLine, names: Mapping[int, str]) -> Line:
    payer = PAYER_LABELS[Payer(line.payer)]
    reason = Text.from_json(line.reason) if line.reason else ""
    return Line(
        name=line_name(line.name, names.get(line.device_line_id or 0, "")),
        quantity=f"{line.quantity} {line.unit}".strip(),
        price=_yuan(line.unit_fen),
        amount=_yuan(line.amount_fen),
        remark=str(_("{payer}付；{reason}", payer=payer, reason=reason)) if reason else str(payer),
    )


def _totals(bill: Bill) -> tuple[Total, ...]:
    others = tuple(
        Total(str(_("{payer}承担", payer=PAYER_LABELS[Payer(payer)])), _yuan(fen))
        for payer, fen in bill.totals.items()
        if payer != Payer.CUSTOMER and fen
    )
    due = Fen(bill.due_fen)
    return (*others, Total(str(_("应收金额")), _yuan(due), f"人民币{capitals(due)}", is_final=True))


def _why(row: Adjustment) -> str:
    who = row.approved_by.name if row.approved_by else ""
    if row.due_on is not None:
        return str(_("{reason}，{on:date} 前付清，经办 {who}", reason=row.reason, on=row.due_on, who=who))
    return str(_("{reason}，批准 {who}", reason=row.reason, who=who))


def _purpose(row: Payment, position: Position | None) -> Text:
    if row.kind == Payment.Kind.REFUND:
        return _("退还多收的维修费")
    return _("预收维修费") if position is None else _("维修费")


def _owed(position: Position | None) -> Text | str:
    if position is None or position.outstanding <= 0:
        return ""
    return _("{owed:yuan}", owed=position.outstanding)


def _reversal(bill: Bill) -> Text | str:
    if bill.reverses is None:
        return ""
    return _("冲红 {number}：{reason}", number=bill.reverses.number, reason=bill.reason)


def _yuan(fen: int) -> str:
    return str(_("{fen:yuan}", fen=fen))
