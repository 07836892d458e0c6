"""What happens to bills and money, in words."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of settlement."""

    RECEIVED = "settlement.received"
    REFUNDED = "settlement.refunded"
    ON_ACCOUNT = "settlement.on_account"
    DISCOUNTED = "settlement.discounted"
    ADJUSTMENT_VOIDED = "settlement.adjustment_voided"
    POSTED = "settlement.posted"
    REVERSED = "settlement.reversed"


SENTENCES: dict[str, Text] = {
    Verb.RECEIVED: _("{actor} 登记收款 {amount:yuan}（{account}，收款人 {payee}，找零 {change:yuan}）"),
    Verb.REFUNDED: _("{actor} 登记退款 {amount:yuan}（{account}）：{reason}"),
    Verb.ON_ACCOUNT: _("{actor} 挂账 {amount:yuan}：{reason}"),
    Verb.DISCOUNTED: _("{actor} 按“{rule}”优惠 {amount:yuan}"),
    Verb.ADJUSTMENT_VOIDED: _("{actor} 撤销{what} {amount:yuan}"),
    Verb.POSTED: _("{actor} 确定结算 {number}：应收 {due:yuan}，实收 {received:yuan}"),
    Verb.REVERSED: _("{actor} 冲红 {number}：{reason}"),
}
