"""The fixed words of the catalogue: modes, ways of solving, kinds of question, steps of a phrase, apologies, days."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel import calendar
from gongdan.kernel.text import Text, _


class Mode(StrEnum):
    """服务方式 that a category proposes; no category bars any of them. Same words as on the order."""

    ON_SITE = "on_site"
    IN_STORE = "in_store"
    PICK_UP = "pick_up"
    MAIL_IN = "mail_in"
    REMOTE = "remote"


class UsualMode(StrEnum):
    """How a fault is usually solved."""

    ON_SITE = "on_site"
    IN_STORE = "in_store"
    PHONE = "phone"
    PHONE_OR_ON_SITE = "phone_on_site"
    PHONE_OR_IN_STORE = "phone_in_store"


class Basis(StrEnum):
    """How far a row of the catalogue can be trusted."""

    READ = "read"
    TRADE = "trade"
    OWN = "own"


class QuestionKind(StrEnum):
    """What an answer looks like."""

    TEXT = "text"
    YES_NO = "yes_no"
    CHOICE = "choice"


class Step(StrEnum):
    """The step of the service that a phrase belongs to."""

    ANSWER = "answer"
    APPOINT = "appoint"
    ENTER = "enter"
    QUOTE = "quote"
    ACCEPT = "accept"
    LEAVE = "leave"


class Side(StrEnum):
    """Where a code or symptom is usually solved."""

    PHONE = "phone"
    VISIT = "visit"


class ApologyKind(StrEnum):
    """What the shop apologises for."""

    DELAY = "delay"
    REBOOKING = "rebooking"
    REPEAT_FAULT = "repeat_fault"


class DayKind(StrEnum):
    """What a row of the working calendar says: the kernel's kinds, and one that lets the day follow the week again."""

    STATUTORY = "statutory"
    REST = "rest"
    MAKEUP_WORK = "makeup_work"
    ORDINARY = "ordinary"


MODE_LABELS: dict[Mode, Text] = {
    Mode.ON_SITE: _("上门"),
    Mode.IN_STORE: _("到店(送修)"),
    Mode.PICK_UP: _("上门取送"),
    Mode.MAIL_IN: _("寄修"),
    Mode.REMOTE: _("远程协助"),
}
USUAL_MODE_LABELS: dict[UsualMode, Text] = {
    UsualMode.ON_SITE: _("上门"),
    UsualMode.IN_STORE: _("到店"),
    UsualMode.PHONE: _("电话"),
    UsualMode.PHONE_OR_ON_SITE: _("电话或上门"),
    UsualMode.PHONE_OR_IN_STORE: _("电话或到店"),
}
BASIS_LABELS: dict[Basis, Text] = {
    Basis.READ: _("与公开资料一致"),
    Basis.TRADE: _("行业经验，未逐条核对"),
    Basis.OWN: _("本店录入"),
}
QUESTION_KIND_LABELS: dict[QuestionKind, Text] = {
    QuestionKind.TEXT: _("文字"),
    QuestionKind.YES_NO: _("是/否"),
    QuestionKind.CHOICE: _("选择"),
}
STEP_LABELS: dict[Step, Text] = {
    Step.ANSWER: _("接听"),
    Step.APPOINT: _("预约"),
    Step.ENTER: _("入户"),
    Step.QUOTE: _("报价"),
    Step.ACCEPT: _("验收"),
    Step.LEAVE: _("道别"),
}
SIDE_LABELS: dict[Side, Text] = {
    Side.PHONE: _("电话解决"),
    Side.VISIT: _("需要上门"),
}
APOLOGY_KIND_LABELS: dict[ApologyKind, Text] = {
    ApologyKind.DELAY: _("晚到"),
    ApologyKind.REBOOKING: _("改约"),
    ApologyKind.REPEAT_FAULT: _("重复故障"),
}
DAY_KIND_LABELS: dict[DayKind, Text] = {
    **{DayKind(kind.value): label for kind, label in calendar.DAY_KIND_LABELS.items()},
    DayKind.ORDINARY: _("按星期"),
}
