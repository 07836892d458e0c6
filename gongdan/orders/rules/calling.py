"""Who calls while his order is open, what breaks again and again, and what may hold an order back at reception."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from gongdan.kernel.settings import Setting
from gongdan.kernel.text import Text, _
from gongdan.orders.states import Source, Status

CHASE_ALERT = Setting(
    "orders.chase_alert",
    _("第几次催单开始提醒"),
    2,
    _("同一张工单催到这么多次，工作台的“催单”待办里就会出现，并在处理过程里提醒"),
    unit=_("次"),
    low=1,
    high=20,
)
CHASE_SUPERVISOR = Setting(
    "orders.chase_supervisor",
    _("第几次催单交主管"),
    3,
    _("同一张工单催到这么多次，就交给有“放行工单”权限的主管处理"),
    unit=_("次"),
    low=1,
    high=20,
)


def at_odds(of: Callable[[Setting[int]], int]) -> dict[str, Text]:
    """What these settings have against one another: the supervisor is not called before the reminder."""
    first = of(CHASE_ALERT)
    if of(CHASE_SUPERVISOR) >= first:
        return {}
    return {CHASE_SUPERVISOR.key: _("不能少于“{label}”的 {count} 次", label=CHASE_ALERT.label, count=first)}


REPEAT_COUNT = Setting(
    "orders.repeat_count",
    _("第几次报修算重复故障"),
    3,
    _("同一台设备，或同一地址同一品类，在期限内第几次报修时提示重复故障并暂停派工"),
    unit=_("次"),
    low=2,
    high=20,
)
REPEAT_DAYS = Setting(
    "orders.repeat_days",
    _("重复故障的期限"),
    30,
    _("往回数这么多天内的报修才算重复故障；改大会多提示，改小会少提示"),
    unit=_("天"),
    low=1,
    high=365,
)
REPEAT_HOLD_MINUTES = Setting(
    "orders.repeat_hold_minutes",
    _("重复故障最多暂停派工"),
    15,
    _("重复故障的工单等主管确认的时间，到时自动放行；填 0 就只提示、不暂停"),
    unit=_("分钟"),
    low=0,
    high=15,
)
VIRTUAL_HOURS = Setting(
    "orders.virtual_hours",
    _("隐私号默认有效"),
    72,
    _("登记隐私号时没有填失效时间的，从登记起算这么多小时；过期以后拨打前会提醒"),
    unit=_("小时"),
    low=1,
    high=2160,
)
SIMILAR_DAYS = Setting(
    "orders.similar_days",
    _("登记时提示多久以内的相似工单"),
    90,
    _("登记时列出同一电话、同一地址、同一设备在这么多天内的工单"),
    unit=_("天"),
    low=1,
    high=730,
)
CHASE_ANSWERS = Setting(
    "orders.chase_answers",
    _("催单常用答复"),
    ("已催师傅，半小时内回电", "按约定时间上门", "配件在途，到货即约时间", "已加急，优先安排", "已转主管，稍后回电"),
    _("接到催单时可以直接点选的答复，一行一条"),
)
SETTINGS = (
    CHASE_ALERT,
    CHASE_SUPERVISOR,
    CHASE_ANSWERS,
    REPEAT_COUNT,
    REPEAT_DAYS,
    REPEAT_HOLD_MINUTES,
    VIRTUAL_HOURS,
    SIMILAR_DAYS,
)

WRONG_NUMBER = "wrong_number"
REPEAT_FAULT = "repeat_fault"
REFUSED_CUSTOMER = "refused_customer"
PREPAID = "prepaid"
HOLD_LABELS: Mapping[str, Text] = {
    WRONG_NUMBER: _("信息待核"),
    REPEAT_FAULT: _("重复故障"),
    REFUSED_CUSTOMER: _("需主管同意"),
    PREPAID: _("待预收"),
    "safety": _("安全拒修"),
    "coordinate": _("待协调"),
    "remote_failed": _("远程未解决"),
}
RELEASABLE = (REPEAT_FAULT, REFUSED_CUSTOMER, PREPAID)
"""What a supervisor may release at reception; the other holds end where their cause is dealt with."""

OPEN = frozenset({Status.REGISTERED, Status.ANSWERING, Status.TO_DISPATCH, Status.IN_REPAIR})
"""Where something is still to be done for the customer: who calls now asks about this order."""

_MARKS = str.maketrans("０１２３４５６７８９－（）＃", "0123456789-()#")
_LOOSE = " \t\r\n　,，。.、;；:：-—_#()（）/\\"


def address_key(address: str) -> str:
    """The address as it is compared: no spaces and no marks, whole-width figures as figures, capital letters."""
    return "".join(sign for sign in address.translate(_MARKS) if sign not in _LOOSE).upper()[:120]


def is_same_division(one: str, other: str) -> bool:
    """Whether two places may be the same as far as their divisions say: one may be unknown, or only told roughly."""
    return one.startswith(other) or other.startswith(one)


def chase_level(count: int, *, alert: int, supervisor: int) -> str:
    """What the `count`-th call on an open order sets off: nothing, `alert`, or `supervisor`."""
    if count >= supervisor:
        return "supervisor"
    return "alert" if count >= alert else ""


def chase_complaints(content: str, answer: str) -> dict[str, Text]:
    """What stands against noting this call: what he was told is what the next clerk needs."""
    errors: dict[str, Text] = {}
    if not answer.strip():
        errors["answer"] = _("请填写怎样答复客户的，下一位同事接电话时要用")
    for name, text in (("content", content), ("answer", answer)):
        if len(text.strip()) > 1000:
            errors[name] = _("最多 {limit} 个字，请缩短", limit=1000)
    return errors


def chase_refusal(status: Status) -> Text | None:
    """Why a call on this order is not 催单, or None."""
    if status is Status.CLOSED:
        return _("工单已结单，不能再登记催单；客户又报故障请新建工单或重新维修")
    if status is Status.CANCELLED:
        return _("工单已取消，不能再登记催单；客户仍要维修请新建工单")
    return None


def repeat_sentence(count: int, days: int) -> Text:
    """What is shown while it is typed."""
    return _("{days} 天内第 {count} 次", days=days, count=count)


def repeat_hold_reason(count: int, days: int, until: datetime) -> Text:
    """Why a repeated fault waits, and how long at most."""
    return _(
        "{days} 天内第 {count} 次报修，先由主管确认再派工；最迟 {until:time} 自动放行",
        days=days,
        count=count,
        until=until,
    )


def virtual_phone_warning(*, is_virtual: bool, expires_at: datetime | None, now: datetime) -> Text | None:
    """What to know before this number is dialled, or None: a virtual number rings only until it expires (O-052)."""
    if not is_virtual:
        return None
    if expires_at is None:
        return _("这是隐私号，随时会失效；通话时请问客户要一个常用号码")
    if expires_at <= now:
        return _("隐私号已在 {at:datetime} 失效，打不通；请向报修来源索取新号码", at=expires_at)
    return _("隐私号，{at:datetime} 失效；通话时请问客户要一个常用号码", at=expires_at)


def wrong_number_reason(ask: Text) -> Text:
    """Why nothing is dispatched to a number that is not the customer's, and whom to ask for the right one."""
    return _("联系电话是错号。{ask}，核实后才能派工", ask=ask)


ASK_BACK: Mapping[Source, Text] = {
    Source.CENTRE: _("回电故障受理中心，核对客户电话"),
    Source.DEPARTMENT: _("回电受理部门，核对客户电话"),
    Source.COLLEAGUE: _("问受理的同事，核对客户电话"),
    Source.DIRECT: _("查来电记录和客户档案，核对客户电话"),
    Source.MAKER: _("在厂家系统里反馈错号，索取正确电话"),
    Source.PLATFORM: _("在平台上反馈错号，索取正确电话"),
    Source.EXTENDED_WARRANTY: _("向延保方反馈错号，索取正确电话"),
    Source.PROPERTY: _("回电物业，核对客户电话"),
}
"""Whom to ask for the right number, by where the report came from."""


FLAG_LABELS: Mapping[str, Text] = {
    "vip": _("VIP"),
    "prepaid": _("先预收再派工"),
    "refuse": _("需主管同意"),
}
"""What reception is told of a customer's warnings: their effect, never their reasons (O-054)."""


def what_to_say(
    status: Status,
    *,
    technician: str,
    promised: tuple[datetime, datetime] | None,
    repair_label: str,
    hold: Text | None,
    now: datetime,
    is_unsafe: bool = False,
    late: datetime | None = None,
) -> Text:
    """How an order stands, as the clerk may read it out to the customer (O-048).

    `is_unsafe`: it was refused for safety; nobody comes before the hazard is gone, whatever time was promised.
    `late`: when the technician told him that he comes after all.
    """
    if status is Status.REGISTERED:
        return _("已经登记，正在安排处理")
    if status is Status.ANSWERING:
        return _("正在核实您的问题，有结果马上答复您")
    if status not in (Status.TO_DISPATCH, Status.IN_REPAIR):
        return _("已经处理完，正在办理结算和回访")
    if is_unsafe:
        return _("检查时发现安全隐患，已停止维修；隐患整改好、登记证明后再约上门时间")
    if hold is not None and status is Status.TO_DISPATCH:
        return _("已经登记，还在核实情况，核实好马上安排师傅")
    if late is not None and promised is not None and late > promised[0]:
        told = _("已告诉您会晚到，预计 {late:datetime} 到", late=late)
        if late < now:
            told = _("告诉您的 {late:datetime} 也已过，马上联系师傅，给您回电", late=late)
    elif promised is not None and promised[1] < now:
        start, end = promised
        told = _("约好的 {start:datetime}–{end:time} 已过，马上联系师傅，给您回电", start=start, end=end)
    elif promised is not None:
        start, end = promised
        told = _("约好 {start:datetime}–{end:time} 上门", start=start, end=end)
    elif status is Status.TO_DISPATCH:
        told = _("正在安排师傅，定好时间给您回电")
    else:
        told = _("正在维修，有进展给您回电")
    if technician:
        told = _("{technician}负责，{told}", technician=technician, told=told)
    return _("{told}；目前{label}", told=told, label=repair_label) if repair_label else told
