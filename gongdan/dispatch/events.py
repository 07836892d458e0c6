"""What happens in dispatch, in words."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of dispatch."""

    ASSIGNED = "dispatch.assigned"
    EDITED = "dispatch.edited"
    VOIDED = "dispatch.voided"
    ACCEPTED = "dispatch.accepted"
    DEPARTED = "dispatch.departed"
    ARRIVED = "dispatch.arrived"
    LEFT = "dispatch.left"
    PROMISED = "dispatch.promised"
    MOVED = "dispatch.promise_moved"


SENTENCES: dict[str, Text] = {
    Verb.ASSIGNED: _("{actor} 派工给 {technician}：{task}"),
    Verb.EDITED: _("{actor} 修改了派工内容"),
    Verb.VOIDED: _("{actor} 撤销了 {technician} 的派工：{reason}"),
    Verb.ACCEPTED: _("{actor} 接单"),
    Verb.DEPARTED: _("{actor} 出发上门"),
    Verb.ARRIVED: _("{actor} 到达现场"),
    Verb.LEFT: _("{actor} 离开现场"),
    Verb.PROMISED: _("{actor} 承诺上门时间 {start:datetime}–{end:time}"),
    Verb.MOVED: _(
        "{actor} 经客户同意改约到 {start:datetime}–{end:time}，原为 {old_start:datetime}–{old_end:time}：{reason}"
    ),
}

FIELDS: dict[str, Text] = {
    "task": _("派工内容"),
    "planned_from": _("计划开始"),
    "planned_to": _("计划结束"),
    "method": _("派工方式"),
    "is_remote": _("远程"),
    "remark": _("备注"),
}
