"""What happens in dispatch, in words."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of dispatch."""

    ASSIGNED = "dispatch.assigned"
    CONFLICT_MEANT = "dispatch.conflict_meant"
    EDITED = "dispatch.edited"
    VOIDED = "dispatch.voided"
    ACCEPTED = "dispatch.accepted"
    DEPARTED = "dispatch.departed"
    ARRIVED = "dispatch.arrived"
    EARLY_AGREED = "dispatch.early_agreed"
    EARLY_UNASKED = "dispatch.early_unasked"
    LEFT = "dispatch.left"
    PROMISED = "dispatch.promised"
    MOVED = "dispatch.promise_moved"
    MOVE_REFUSED = "dispatch.move_refused"
    TRANSFERRED = "dispatch.transferred"
    TO_COORDINATE = "dispatch.to_coordinate"
    COORDINATED = "dispatch.coordinated"
    CONFIRMED = "dispatch.confirmed"
    CALL_SKIPPED = "dispatch.call_skipped"
    UNCONFIRMED = "dispatch.unconfirmed"
    DELAY_REPORTED = "dispatch.delay_reported"
    LATE_UNANNOUNCED = "dispatch.late_unannounced"
    OFFERED_TO_TEAM = "dispatch.offered_to_team"
    TAKEN = "dispatch.taken"
    OFFER_WITHDRAWN = "dispatch.offer_withdrawn"
    REMOTE_RESULT = "dispatch.remote_result"
    MODE_CHOSEN = "dispatch.mode_chosen"
    WASTED_TRIP = "dispatch.wasted_trip"
    EXPRESS_AGREED = "dispatch.express_agreed"


SENTENCES: dict[str, Text] = {
    Verb.ASSIGNED: _("{actor} 派工给 {technician}：{task}"),
    Verb.CONFLICT_MEANT: _("{actor} 知道 {technician} 与工单 {number} 时间冲突，仍要派"),
    Verb.EDITED: _("{actor} 修改了派工内容"),
    Verb.VOIDED: _("{actor} 撤销了 {technician} 的派工：{reason}"),
    Verb.ACCEPTED: _("{actor} 接单"),
    Verb.DEPARTED: _("{actor} 出发上门"),
    Verb.ARRIVED: _("{actor} 到达现场"),
    Verb.EARLY_AGREED: _("{name} 同意提前上门{how}：约定 {start:datetime}，早到 {span}", how=""),
    Verb.EARLY_UNASKED: _("{technician} 比约定的 {start:datetime} 早到 {span}，没有记下客户同意"),
    Verb.LEFT: _("{actor} 离开现场"),
    Verb.PROMISED: _("{actor} 承诺上门时间 {start:datetime}–{end:time}"),
    Verb.MOVED: _(
        "{actor} 经客户同意改约到 {start:datetime}–{end:time}，原为 {old_start:datetime}–{old_end:time}：{reason}"
    ),
    Verb.MOVE_REFUSED: _("{actor} 提出改约到 {start:datetime}–{end:time}，{name} 不同意，保持原约定时间：{reason}"),
    Verb.TRANSFERRED: _("{actor} 把工单从 {giver} 转给 {taker}：{reason}"),
    Verb.TO_COORDINATE: _("{actor} 转待协调：{reason}，请主管在 {due:time} 前处理"),
    Verb.COORDINATED: _("{actor} 协调完毕：{outcome}"),
    Verb.CONFIRMED: _("{actor} 上门前联系了客户：{convenient}，已核对 {ticked}"),
    Verb.CALL_SKIPPED: _("{actor} 上门前没有联系客户：{reason}"),
    Verb.UNCONFIRMED: _("{technician} 到达前没有做上门前确认"),
    Verb.DELAY_REPORTED: _("{actor} 告知客户会晚到，预计 {estimate:time}（{how}）：{reason}"),
    Verb.LATE_UNANNOUNCED: _("{technician} 晚到 {minutes} 分钟，事先没有告知客户"),
    Verb.OFFERED_TO_TEAM: _("{actor} 把工单放进 {team} 的领单列表"),
    Verb.TAKEN: _("{actor} 从 {team} 领单"),
    Verb.OFFER_WITHDRAWN: _("{actor} 从 {team} 收回了工单"),
    Verb.REMOTE_RESULT: _("{actor} 远程指导：{result}"),
    Verb.MODE_CHOSEN: _("{actor} 远程未解决，改为{mode}"),
    Verb.EXPRESS_AGREED: _("{name} 同意极速上门加价 {fen:yuan}，从现在起计时"),
    Verb.WASTED_TRIP: _("{actor} 登记空跑：{reason}（{evidence}）"),
}

FIELDS: dict[str, Text] = {
    "task": _("派工内容"),
    "planned_from": _("计划开始"),
    "planned_to": _("计划结束"),
    "method": _("派工方式"),
    "is_remote": _("远程"),
    "remark": _("备注"),
}
