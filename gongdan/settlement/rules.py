"""Due against received: the gap must be explained to the fen before a bill is posted (O-002)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.money import MAX_FEN, Fen, percent_of
from gongdan.kernel.text import Text, _


@dataclass(frozen=True, slots=True)
class Position:
    """How an order stands with its customer's money. All in fen."""

    due: Fen
    received: Fen  # kept, net of change and refunds
    discounted: Fen
    on_account: Fen

    @property
    def outstanding(self) -> Fen:
        """What the customer still owes; negative when too much was received."""
        return Fen(self.due - self.discounted - self.received)

    @property
    def unexplained(self) -> Fen:
        """What is neither received, nor allowed off, nor on account."""
        return Fen(self.outstanding - self.on_account)

    @property
    def state(self) -> str:
        """As lists show it: paid, on_account, part or unpaid; an order that costs nothing is paid."""
        return state_of(Fen(self.due - self.discounted), self.received, on_account=self.on_account)


def state_of(due: int, received: int, *, on_account: int = 0) -> str:
    """paid, on_account (the whole rest has its day), part or unpaid."""
    if received >= due:
        return "paid"
    if received + on_account >= due:
        return "on_account"
    return "part" if received > 0 else "unpaid"


def nothing_due(received: int) -> Position:
    """The position of an order that will never be billed: whatever was received is too much."""
    return Position(due=Fen(0), received=Fen(received), discounted=Fen(0), on_account=Fen(0))


@dataclass(frozen=True, slots=True)
class DiscountRule:
    """A named rule by which something may be taken off: never more than this share of the amount due."""

    code: str
    name: Text
    most_percent: int


DISCOUNT_RULES: dict[str, DiscountRule] = {
    rule.code: rule
    for rule in (
        DiscountRule("loyal", _("老客户优惠"), 10),
        DiscountRule("apology", _("服务补偿"), 50),
        DiscountRule("goodwill", _("主管特批"), 100),
    )
}


# What is due is computed and nothing else: these words of a form or an API call are never read, but refused.
_AMOUNT_WORDS = frozenset(
    (
        "due",
        "amount",
        "price",
        "total",
        "totals",
        "sum",
        "fee",
        "fen",
        "receivable",
        "payable",
        "discount",
        "outstanding",
    )
)


def refuse_amounts(names: Iterable[str]) -> None:
    """Refused (422): a field that would type what is due. What was received is `tendered`, and that is typed."""
    typed = [
        name
        for name in names
        if name != "due_on" and _AMOUNT_WORDS & set(name.lower().replace("-", "_").split("_"))  # a day, not an amount
    ]
    if typed:
        raise Invalid(
            {
                name: _("应收、单价和优惠金额由系统计算，不能填写；请去掉“{field}”，只填写实收金额", field=name[:40])
                for name in typed
            }
        )


def check_receipt(*, tendered: int, payee_ok: bool, day: date | None, today: date, has_account: bool) -> None:
    """Refused: a row of received money that lacks payee, day or account, or an amount that cannot be (R-173, O-001)."""
    errors: dict[str, Text] = {}
    if not 0 < tendered <= MAX_FEN:
        errors["tendered"] = _("请填写收到的金额，要大于 0")
    if not payee_ok:
        errors["payee"] = _("请选择收款人：只能选有收款资格的员工")
    if day is None:
        errors["day"] = _("请填写收款日期")
    elif day > today:
        errors["day"] = _("收款日期不能晚于今天")
    if not has_account:
        errors["account"] = _("请选择收款账户")
    if errors:
        raise Invalid(errors)


def change_for(tendered: Fen, *, outstanding: Fen | None, is_cash: bool) -> Fen:
    """The change to give back. Without a known due everything is kept as money received in advance.

    Refused: more than is owed in a form that gives no change.
    """
    if outstanding is None or tendered <= outstanding:
        return Fen(0)
    if outstanding <= 0:
        raise Refused(_("这张工单已收齐，不用再收款；如客户多付请核对金额"), code="paid", field="tendered")
    if not is_cash:
        raise Refused(
            _("还应收 {outstanding:yuan}，只有现金可以找零，请按应收金额收款", outstanding=outstanding),
            code="too_much",
            field="tendered",
        )
    return Fen(tendered - outstanding)


def discount_by(rule_code: str, position: Position) -> tuple[DiscountRule, Fen]:
    """The rule and what it takes off: the whole gap, if the rule reaches that far. Refused: it does not."""
    rule = DISCOUNT_RULES.get(rule_code)
    if rule is None:
        raise Invalid({"rule": _("请选择优惠规则")})
    gap = position.unexplained
    if gap <= 0:
        raise Refused(_("没有差额，不需要优惠"), code="no_gap")
    most = Fen(percent_of(position.due, rule.most_percent) - position.discounted)
    if gap > most:
        raise Refused(
            _(
                "差额 {gap:yuan} 超过“{rule}”的上限 {most:yuan}，请先收款或改用其他方式",
                gap=gap,
                rule=rule.name,
                most=max(most, 0),
            ),
            code="limit",
            field="rule",
        )
    return rule, gap


def check_may_post(position: Position, *, consented: int | None) -> None:
    """Refused: a gap that nobody explained, too much received, or more due than the customer agreed to."""
    if consented is not None and position.due > consented:
        raise Refused(
            _(
                "应收 {due:yuan} 高于客户同意的 {consented:yuan}，请退回维修、重新报价并取得同意",
                due=position.due,
                consented=consented,
            ),
            code="above_consent",
        )
    if position.unexplained > 0:
        raise Refused(
            _(
                "应收 {due:yuan}，实收 {received:yuan}，还差 {gap:yuan}；请继续收款，或将差额挂账、按规则优惠",
                due=position.due,
                received=position.received,
                gap=position.unexplained,
            ),
            code="gap",
        )
    if position.outstanding < 0:
        raise Refused(over_text(position), code="over")


def over_text(position: Position) -> Text:
    """What to do about more money than is owed: an allowance that is no longer needed goes first, then money."""
    if position.discounted > 0:
        return _(
            "应收降低后，优惠 {discounted:yuan} 多减了 {over:yuan}，请先撤销优惠",
            discounted=position.discounted,
            over=-position.outstanding,
        )
    return _("多收了 {over:yuan}，请先登记退款再结算", over=-position.outstanding)


def refundable(position: Position, *, row: Fen) -> Fen:
    """How much of this received row may be given back: the surplus, at most the row. Refused: nothing, or not yet."""
    if position.outstanding < 0 < position.discounted:
        raise Refused(over_text(position), code="discount_first")
    amount = min(Fen(max(-position.outstanding, 0)), row)
    if amount <= 0:
        raise Refused(_("没有多收，不能退款；要退已结算的费用请先冲红"), code="no_surplus")
    return Fen(amount)


def on_account_left(amounts: Iterable[tuple[int, int]], *, excess: int) -> dict[int, Fen]:
    """What remains of each on-account row (id, fen) when so much less is owed; the last one shrinks first."""
    left: dict[int, Fen] = {}
    for pk, fen in reversed(list(amounts)):
        taken = min(max(excess, 0), fen)
        if taken:
            left[pk] = Fen(fen - taken)
        excess -= taken
    return left
