"""What happens during a repair, in words."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of repair."""

    DIAGNOSED = "repair.diagnosed"
    ACTION_ADDED = "repair.action_added"
    ACTION_REMOVED = "repair.action_removed"
    PART_ADDED = "repair.part_added"
    PART_EDITED = "repair.part_edited"
    PART_REMOVED = "repair.part_removed"
    TESTED = "repair.tested"
    TRIAL_ACCEPTED = "repair.trial_accepted"
    TRIAL_REFUSED = "repair.trial_refused"
    FINISHED = "repair.finished"
    REOPENED = "repair.reopened"
    SHEET_ISSUED = "repair.sheet_issued"


SENTENCES: dict[str, Text] = {
    Verb.DIAGNOSED: _("{actor} 填写检测结果：{cause}"),
    Verb.ACTION_ADDED: _("{actor} 记录维修措施：{text}"),
    Verb.ACTION_REMOVED: _("{actor} 删除维修措施：{text}"),
    Verb.PART_ADDED: _("{actor} 登记配件：{name} × {quantity}"),
    Verb.PART_EDITED: _("{actor} 修改配件 {name}"),
    Verb.PART_REMOVED: _("{actor} 删除配件：{name}"),
    Verb.TESTED: _("{actor} 填写测试：{passed} 项通过，{failed} 项未通过"),
    Verb.TRIAL_ACCEPTED: _("{tester} 第 {trial} 次试机验收通过，已签名确认"),
    Verb.TRIAL_REFUSED: _("{tester} 第 {trial} 次试机未通过：{reason}"),
    Verb.FINISHED: _("{actor} 完工：{result}"),
    Verb.REOPENED: _("{actor} 退回维修：{reason}"),
    Verb.SHEET_ISSUED: _("{actor} 打印服务单 {number}"),
}
