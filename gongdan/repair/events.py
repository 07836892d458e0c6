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
    TRIAL_ON_PAPER = "repair.trial_on_paper"
    TRIAL_BY_PHONE = "repair.trial_by_phone"
    TRIAL_REFUSED = "repair.trial_refused"
    FINISHED = "repair.finished"
    REOPENED = "repair.reopened"
    SHEET_ISSUED = "repair.sheet_issued"
    COLLEAGUE_ASKED = "repair.colleague_asked"
    DEPARTMENT_ASKED = "repair.department_asked"
    HELP_ANSWERED = "repair.help_answered"
    HELP_WITHDRAWN = "repair.help_withdrawn"
    HELPER_ADDED = "repair.helper_added"
    HELPER_LEFT = "repair.helper_left"
    STEP_TICKED = "repair.step_ticked"
    STEP_UNTICKED = "repair.step_unticked"
    TAKEN_AWAY = "repair.taken_away"
    FEE_AGREED = "repair.pick_up_fee_agreed"
    FEE_WAIVED = "repair.pick_up_fee_waived"
    HANDED_BACK = "repair.handed_back"
    SLIP_ISSUED = "repair.slip_issued"
    REFUSED_UNSAFE = "repair.refused_unsafe"
    NOTICE_ISSUED = "repair.notice_issued"
    LIGHT_READ = "repair.light_read"


SENTENCES: dict[str, Text] = {
    Verb.DIAGNOSED: _("{actor} 填写检测结果：{cause}"),
    Verb.ACTION_ADDED: _("{actor} 记录维修措施：{text}"),
    Verb.ACTION_REMOVED: _("{actor} 删除维修措施：{text}"),
    Verb.PART_ADDED: _("{actor} 登记配件：{name} × {quantity}"),
    Verb.PART_EDITED: _("{actor} 修改配件 {name}"),
    Verb.PART_REMOVED: _("{actor} 删除配件：{name}"),
    Verb.TESTED: _("{actor} 填写测试：{passed} 项通过，{failed} 项未通过"),
    Verb.TRIAL_ACCEPTED: _("{tester} 第 {trial} 次试机验收通过，已签名确认"),
    Verb.TRIAL_ON_PAPER: _("{tester} 第 {trial} 次试机验收通过，纸质签字已存"),
    Verb.TRIAL_BY_PHONE: _("{tester} 第 {trial} 次试机验收通过，电话确认"),
    Verb.TRIAL_REFUSED: _("{tester} 第 {trial} 次试机未通过：{reason}"),
    Verb.FINISHED: _("{actor} 完工：{result}"),
    Verb.REOPENED: _("{actor} 退回维修：{reason}"),
    Verb.SHEET_ISSUED: _("{actor} 打印服务单 {number}"),
    Verb.COLLEAGUE_ASKED: _("{actor} 一级求助，请教 {whom}：{question}"),
    Verb.DEPARTMENT_ASKED: _("{actor} 二级求助，请教{whom}：{question}"),
    Verb.HELP_ANSWERED: _("{actor} 答复 {asker} 的求助（{level}）：{answer}"),
    Verb.HELP_WITHDRAWN: _("{actor} 撤回求助（{level}）"),
    Verb.HELPER_ADDED: _("{actor} 请 {name} 协助"),
    Verb.HELPER_LEFT: _("{actor} 结束 {name} 的协助"),
    Verb.STEP_TICKED: _("{actor} 勾选“{step}”"),
    Verb.STEP_UNTICKED: _("{actor} 取消勾选“{step}”"),
    Verb.TAKEN_AWAY: _("{actor} 将 {device} 带回公司，{signer} 签字，承诺 {day:date} 送回"),
    Verb.FEE_AGREED: _("{actor} 记录 {name} 同意取送费 {fee:yuan}"),
    Verb.FEE_WAIVED: _("{actor} 不收取送费 {fee:yuan}：{reason}"),
    Verb.HANDED_BACK: _("{actor} 将 {device} 送回客户，{receiver} 签收"),
    Verb.SLIP_ISSUED: _("{actor} 打印取机单 {number}"),
    Verb.REFUSED_UNSAFE: _("{actor} 对 {device} 安全拒修：{hazard}，{notice}"),
    Verb.NOTICE_ISSUED: _("{actor} 打印安全隐患告知书 {number}"),
    Verb.LIGHT_READ: _("{actor} 测得 {device} {direction} {dbm} dBm"),
}
