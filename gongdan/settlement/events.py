"""What happens to bills and money, in words."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of settlement."""

    RECEIVED = "settlement.received"
    REFUNDED = "settlement.refunded"
    ON_ACCOUNT = "settlement.on_account"
    ON_ACCOUNT_REDUCED = "settlement.on_account_reduced"
    DISCOUNTED = "settlement.discounted"
    ADJUSTMENT_VOIDED = "settlement.adjustment_voided"
    POSTED = "settlement.posted"
    REVERSED = "settlement.reversed"
    ACCOUNT_ADDED = "settlement.account_added"
    ACCOUNT_EDITED = "settlement.account_edited"


SENTENCES: dict[str, Text] = {
    Verb.RECEIVED: _("{actor} 登记收款 {amount:yuan}（{account}，收款人 {payee}，找零 {change:yuan}）"),
    Verb.REFUNDED: _("{actor} 登记退款 {amount:yuan}（{account}）：{reason}"),
    Verb.ON_ACCOUNT: _("{actor} 挂账 {amount:yuan}：{reason}"),
    Verb.ON_ACCOUNT_REDUCED: _("挂账 {before:yuan} 减为 {amount:yuan}"),
    Verb.DISCOUNTED: _("{actor} 按“{rule}”优惠 {amount:yuan}"),
    Verb.ADJUSTMENT_VOIDED: _("{actor} 撤销{what} {amount:yuan}"),
    Verb.POSTED: _("{actor} 确定结算 {number}：应收 {due:yuan}，实收 {received:yuan}"),
    Verb.REVERSED: _("{actor} 冲红 {number}：{reason}"),
    Verb.ACCOUNT_ADDED: _("{actor} 新增收款账户 {name}"),
    Verb.ACCOUNT_EDITED: _("{actor} 修改收款账户 {name}"),
}

FIELDS: dict[str, Text] = {
    "name": _("名称"),
    "is_cash": _("现金（可找零）"),
    "is_active": _("启用"),
}
