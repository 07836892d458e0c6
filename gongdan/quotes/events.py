"""What happens to quotes, in words."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of quotes."""

    DRAFTED = "quote.drafted"
    ITEMS_SET = "quote.items_set"
    ISSUED = "quote.issued"
    ISSUED_BEFORE_ARRIVAL = "quote.issued_before_arrival"
    ACCEPTED = "quote.accepted"
    DECLINED = "quote.declined"
    REVISED = "quote.revised"


SENTENCES: dict[str, Text] = {
    Verb.DRAFTED: _("{actor} 开始报价"),
    Verb.ITEMS_SET: _("{actor} 调整报价项目，客户应付 {due:yuan}"),
    Verb.ISSUED: _("{actor} 报价 {number}：客户应付 {due:yuan}"),
    Verb.ISSUED_BEFORE_ARRIVAL: _("{actor} 到达前先报价 {number}：客户应付 {due:yuan}"),
    Verb.ACCEPTED: _("{name} 同意报价 {due:yuan}（{way}）"),
    Verb.DECLINED: _("{name} 不修（{way}）：{reason}"),
    Verb.REVISED: _("{actor} 重新报价，原报价 {number} 作废"),
}
