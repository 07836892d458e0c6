"""What happens in follow-up, in words."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of follow-up."""

    PLANNED = "followup.planned"
    ATTEMPTED = "followup.attempted"
    ATTEMPTED_EARLY = "followup.attempted_early"
    NOTED = "followup.noted"
    DONE = "followup.done"
    GIVEN_UP = "followup.given_up"
    NO_REPLY = "followup.no_reply"
    PLANNED_AGAIN = "followup.series_planned"
    MESSAGE_EDITED = "followup.message_edited"
    MESSAGE_SENT = "followup.message_sent"
    MESSAGE_ANSWERED = "followup.message_answered"
    SURVEYED = "followup.surveyed"
    FEEDBACK_ADDED = "followup.feedback_added"
    FEEDBACK_MOVED = "followup.feedback_moved"
    IMPROVEMENT_ADDED = "followup.improvement_added"
    IMPROVEMENT_EDITED = "followup.improvement_edited"
    IMPROVEMENT_DONE = "followup.improvement_done"
    TRACKED = "followup.tracked"
    PERIODIC_SAVED = "followup.periodic_saved"
    LABEL_ADDED = "followup.label_added"
    LABEL_EDITED = "followup.label_edited"


SENTENCES: dict[str, Text] = {
    Verb.PLANNED: _("计划在 {due:datetime} 回访"),
    Verb.ATTEMPTED: _("{actor} 第 {count} 次回访未接通：{result}"),
    Verb.ATTEMPTED_EARLY: _("{actor} 没到约好的时间提前回访，未接通，不算次数：{result}"),
    Verb.NOTED: _("{actor} 回访，维修状态：{label}；{next_at:datetime} 再回访"),
    Verb.DONE: _("{actor} 完成回访，维修状态：{label}"),
    Verb.GIVEN_UP: _("{actor} {count} 次回访未接通，按未接通结案"),
    Verb.NO_REPLY: _("短信 {hours} 小时没有回复，按未回复结案"),
    Verb.PLANNED_AGAIN: _("计划完工后第 {days} 天电话回访"),
    Verb.MESSAGE_EDITED: _("{actor} 修改了回访短信"),
    Verb.MESSAGE_SENT: _("{actor} 发出回访短信"),
    Verb.MESSAGE_ANSWERED: _("客户回复短信：{answer}（{actor} 记录）"),
    Verb.SURVEYED: _("{actor} 记录满意度调查，平均 {average} 分"),
    Verb.FEEDBACK_ADDED: _("{actor} 登记用户反馈，由 {owner} 处理"),
    Verb.FEEDBACK_MOVED: _("{actor} 把用户反馈改为“{state}”，由 {owner} 处理"),
    Verb.IMPROVEMENT_ADDED: _("{actor} 登记改进事项，由 {owner} 在 {due_on:date} 前完成"),
    Verb.IMPROVEMENT_EDITED: _("{actor} 修改了改进事项"),
    Verb.IMPROVEMENT_DONE: _("{actor} 完成了改进事项"),
    Verb.TRACKED: _("{actor} 服务跟踪：{verdict}"),
    Verb.PERIODIC_SAVED: _("{actor} 修改了{kind}定期回访：第 {days} 天"),
    Verb.LABEL_ADDED: _("{actor} 新增维修状态 {name}"),
    Verb.LABEL_EDITED: _("{actor} 修改维修状态 {name}"),
}

FIELDS: dict[str, Text] = {
    "name": _("名称"),
    "effect": _("作用"),
    "position": _("次序"),
    "is_active": _("启用"),
    "days": _("第几天"),
    "for_households": _("个人客户也打"),
    "finding": _("发现的问题"),
    "measure": _("改进措施"),
    "due_on": _("期限"),
    "owner": _("负责人"),
    "outcome": _("处理结果"),
    "state": _("状态"),
    "text": _("短信内容"),
}
