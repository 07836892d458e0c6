"""The order's status, its words, and the one table of moves between them."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel.states import Machine, Transition
from gongdan.kernel.text import Text, _


class Status(StrEnum):
    """Main status of an order. Waiting for parts, rework, money and call-backs are derived, never folded in here."""

    REGISTERED = "registered"
    ANSWERING = "answering"
    TO_DISPATCH = "to_dispatch"
    IN_REPAIR = "in_repair"
    TO_SETTLE = "to_settle"
    TO_FOLLOW_UP = "to_follow_up"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Flow(StrEnum):
    """处理流程; empty until chosen (R-048)."""

    UNDECIDED = ""
    INQUIRY = "inquiry"
    COMPLAINT = "complaint"
    REPAIR = "repair"


class Kind(StrEnum):
    """What kind of work it is (R-206)."""

    REPAIR = "repair"
    MAINTENANCE = "maintenance"
    INSTALLATION = "installation"
    RELOCATION = "relocation"
    UPGRADE = "upgrade"


class Mode(StrEnum):
    """服务方式 (R-086, owner.md section 7)."""

    ON_SITE = "on_site"
    EXPRESS = "express"
    IN_STORE = "in_store"
    PICK_UP = "pick_up"
    MAIL_IN = "mail_in"
    REMOTE = "remote"


TO_THE_DOOR = (Mode.ON_SITE, Mode.EXPRESS, Mode.PICK_UP)  # somebody travels to the customer


class Source(StrEnum):
    """报修来源: who took the report first (R-035)."""

    CENTRE = "centre"
    DEPARTMENT = "department"
    COLLEAGUE = "colleague"
    DIRECT = "direct"
    MAKER = "maker"
    PLATFORM = "platform"
    EXTENDED_WARRANTY = "extended_warranty"
    PROPERTY = "property"


class Channel(StrEnum):
    """受理渠道 (R-039)."""

    PHONE = "phone"
    MAIL = "mail"
    ONLINE = "online"
    IN_STORE = "in_store"
    OTHER = "other"


class Impact(StrEnum):
    """影响范围 (R-042)."""

    SINGLE = "single"
    DEPARTMENT = "department"
    ALL = "all"


class Urgency(StrEnum):
    """紧急程度 (R-042)."""

    NORMAL = "normal"
    URGENT = "urgent"
    CRITICAL = "critical"


class Purpose(StrEnum):
    """Why the customer was called."""

    CONTACT = "contact"
    APPOINTMENT = "appointment"
    FOLLOW_UP = "follow_up"


class AttemptResult(StrEnum):
    """What came of a call (R-062)."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    DEAD_NUMBER = "dead_number"
    SWITCHED_OFF = "switched_off"


class PhoneReason(StrEnum):
    """Why no visit was needed (R-066)."""

    FALSE_ALARM = "false_alarm"
    MISUSE = "misuse"
    GUIDED = "guided"


class Liability(StrEnum):
    """责任: who a complaint is judged to be about (R-050)."""

    SHOP = "shop"
    TECHNICIAN = "technician"
    MAKER = "maker"
    CUSTOMER = "customer"
    NONE = "none"


OURS = frozenset({Liability.SHOP, Liability.TECHNICIAN})


class Compensation(StrEnum):
    """What a customer gets for a justified complaint (R-050)."""

    NOTHING = "nothing"
    APOLOGY = "apology"
    REWORK = "rework"
    VISIT_FEE = "visit_fee"
    MONEY = "money"


class Priority(StrEnum):
    """优先级, computed from impact and urgency by an editable matrix (R-043)."""

    LOW = "p4"
    NORMAL = "p3"
    HIGH = "p2"
    TOP = "p1"


STATUS_LABELS: dict[StrEnum, Text] = {
    Status.REGISTERED: _("未定流程"),
    Status.ANSWERING: _("咨询/投诉中"),
    Status.TO_DISPATCH: _("待派工"),
    Status.IN_REPAIR: _("维修中"),
    Status.TO_SETTLE: _("待结算"),
    Status.TO_FOLLOW_UP: _("待回访"),
    Status.CLOSED: _("已结单"),
    Status.CANCELLED: _("已取消"),
}
FLOW_LABELS: dict[StrEnum, Text] = {
    Flow.UNDECIDED: _("未定流程"),
    Flow.INQUIRY: _("咨询"),
    Flow.COMPLAINT: _("投诉"),
    Flow.REPAIR: _("维修"),
}
KIND_LABELS: dict[StrEnum, Text] = {
    Kind.REPAIR: _("维修"),
    Kind.MAINTENANCE: _("保养"),
    Kind.INSTALLATION: _("新机安装"),
    Kind.RELOCATION: _("移机"),
    Kind.UPGRADE: _("技术升级"),
}
MODE_LABELS: dict[StrEnum, Text] = {
    Mode.ON_SITE: _("上门"),
    Mode.EXPRESS: _("极速上门"),
    Mode.IN_STORE: _("到店"),
    Mode.PICK_UP: _("上门取送"),
    Mode.MAIL_IN: _("寄修"),
    Mode.REMOTE: _("远程"),
}
SOURCE_LABELS: dict[StrEnum, Text] = {
    Source.CENTRE: _("故障受理中心受理"),
    Source.DEPARTMENT: _("部门受理"),
    Source.COLLEAGUE: _("同事受理"),
    Source.DIRECT: _("用户直接申报"),
    Source.MAKER: _("厂家系统"),
    Source.PLATFORM: _("平台"),
    Source.EXTENDED_WARRANTY: _("延保"),
    Source.PROPERTY: _("物业"),
}
CHANNEL_LABELS: dict[StrEnum, Text] = {
    Channel.PHONE: _("电话"),
    Channel.MAIL: _("邮件"),
    Channel.ONLINE: _("在线"),
    Channel.IN_STORE: _("到店"),
    Channel.OTHER: _("其他"),
}
IMPACT_LABELS: dict[StrEnum, Text] = {
    Impact.SINGLE: _("单机"),
    Impact.DEPARTMENT: _("部门"),
    Impact.ALL: _("全部(大面积)"),
}
URGENCY_LABELS: dict[StrEnum, Text] = {
    Urgency.NORMAL: _("一般"),
    Urgency.URGENT: _("紧急"),
    Urgency.CRITICAL: _("特急"),
}
PRIORITY_LABELS: dict[StrEnum, Text] = {
    Priority.TOP: _("最高"),
    Priority.HIGH: _("高"),
    Priority.NORMAL: _("普通"),
    Priority.LOW: _("低"),
}
PURPOSE_LABELS: dict[StrEnum, Text] = {
    Purpose.CONTACT: _("联系"),
    Purpose.APPOINTMENT: _("预约"),
    Purpose.FOLLOW_UP: _("回访"),
}
ATTEMPT_LABELS: dict[StrEnum, Text] = {
    AttemptResult.REACHED: _("接通"),
    AttemptResult.NO_ANSWER: _("无人接"),
    AttemptResult.REJECTED: _("拒接"),
    AttemptResult.DEAD_NUMBER: _("空号"),
    AttemptResult.SWITCHED_OFF: _("关机"),
}
PHONE_REASON_LABELS: dict[StrEnum, Text] = {
    PhoneReason.FALSE_ALARM: _("误报"),
    PhoneReason.MISUSE: _("使用不当"),
    PhoneReason.GUIDED: _("指导解决"),
}
LIABILITY_LABELS: dict[StrEnum, Text] = {
    Liability.SHOP: _("本店"),
    Liability.TECHNICIAN: _("师傅"),
    Liability.MAKER: _("厂家"),
    Liability.CUSTOMER: _("客户"),
    Liability.NONE: _("不成立"),
}
COMPENSATION_LABELS: dict[StrEnum, Text] = {
    Compensation.NOTHING: _("不赔付"),
    Compensation.APOLOGY: _("道歉"),
    Compensation.REWORK: _("免费返修"),
    Compensation.VISIT_FEE: _("免上门费"),
    Compensation.MONEY: _("赔付"),
}

_S = Status
_UNDECIDED = frozenset({_S.REGISTERED, _S.ANSWERING, _S.TO_DISPATCH})
FLOW_OF: dict[str, Flow] = {  # verbs that only one flow knows
    "close_answered": Flow.INQUIRY,
    "finish_complaint": Flow.COMPLAINT,
    "reopen_complaint": Flow.COMPLAINT,
    "reverse": Flow.REPAIR,
    "reopen": Flow.REPAIR,
}
MACHINE = Machine(
    STATUS_LABELS,
    Transition("choose_inquiry", _("转咨询"), _UNDECIDED, _S.ANSWERING, "orders.choose_flow"),
    Transition(
        "choose_complaint",
        _("转投诉"),
        _UNDECIDED,
        _S.ANSWERING,
        "orders.choose_flow",
    ),
    Transition(
        "choose_repair",
        _("转维修"),
        frozenset({_S.REGISTERED, _S.ANSWERING}),
        _S.TO_DISPATCH,
        "orders.choose_flow",
    ),
    Transition("close_answered", _("答复并结单"), frozenset({_S.ANSWERING}), _S.CLOSED, "orders.answer"),
    Transition("finish_complaint", _("处理完毕"), frozenset({_S.ANSWERING}), _S.TO_FOLLOW_UP, "orders.answer"),
    Transition(
        "solve_by_phone",
        _("电话解决"),
        _UNDECIDED | {_S.IN_REPAIR},
        _S.TO_FOLLOW_UP,
        "dispatch.contact",
    ),
    Transition("start_repair", _("派工"), frozenset({_S.TO_DISPATCH}), _S.IN_REPAIR, "dispatch.assign"),
    Transition("return_to_dispatch", _("退回派工"), frozenset({_S.IN_REPAIR}), _S.TO_DISPATCH, "dispatch.assign"),
    Transition("finish_repair", _("完工"), frozenset({_S.IN_REPAIR}), _S.TO_SETTLE, "repair.work"),
    Transition(
        "reopen_repair",
        _("退回维修"),
        frozenset({_S.TO_SETTLE}),
        _S.IN_REPAIR,
        "repair.work",
        needs_reason=True,
    ),
    Transition("settle", _("确定结算"), frozenset({_S.TO_SETTLE}), _S.TO_FOLLOW_UP, "settlement.post"),
    Transition(
        "reverse",
        _("冲红"),
        frozenset({_S.TO_FOLLOW_UP, _S.CLOSED}),
        _S.TO_SETTLE,
        "settlement.reverse",
        needs_reason=True,
    ),
    Transition("close", _("结单"), frozenset({_S.TO_FOLLOW_UP}), _S.CLOSED, "followup.call"),
    Transition(
        "reopen_complaint",
        _("重新处理"),
        frozenset({_S.TO_FOLLOW_UP}),
        _S.ANSWERING,
        "followup.call",
        needs_reason=True,
    ),
    Transition(
        "reopen",
        _("重新维修"),
        frozenset({_S.TO_FOLLOW_UP, _S.CLOSED}),
        _S.TO_DISPATCH,
        "followup.call",
        needs_reason=True,
    ),
    Transition(
        "cancel",
        _("取消"),
        frozenset({_S.REGISTERED, _S.ANSWERING, _S.TO_DISPATCH}),
        _S.CANCELLED,
        "orders.cancel",
        needs_reason=True,
    ),
    road=("choose_repair", "start_repair", "finish_repair", "settle", "close", "reopen_repair", "return_to_dispatch"),
)
