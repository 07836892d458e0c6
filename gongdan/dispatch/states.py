"""A visit (dispatch line): its status, its words, and the one table of moves."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel.states import Machine, Transition
from gongdan.kernel.text import Text, _


class VisitStatus(StrEnum):
    """Where a technician's visit stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    UNDER_WAY = "under_way"
    ON_SITE = "on_site"
    LEFT = "left"
    VOID = "void"


LIVE = (VisitStatus.OFFERED, VisitStatus.ACCEPTED, VisitStatus.UNDER_WAY, VisitStatus.ON_SITE)
NOT_STARTED = (VisitStatus.OFFERED, VisitStatus.ACCEPTED)
NOT_THERE = (*NOT_STARTED, VisitStatus.UNDER_WAY)


class Method(StrEnum):
    """派工方式: how the technician was told (R-078)."""

    SYSTEM = "system"
    PHONE = "phone"
    SMS = "sms"


class Verdict(StrEnum):
    """Whether a technician can be there in the wished window (R-070)."""

    POSSIBLE = "possible"
    TOO_SHORT = "too_short"
    CONFLICT = "conflict"


class Told(StrEnum):
    """How the customer was told of a delay."""

    PHONE = "phone"
    SMS = "sms"
    IN_PERSON = "in_person"


class RemoteResult(StrEnum):
    """How remote guidance ended (R-085)."""

    SOLVED = "solved"
    FAILED = "failed"


VISIT_LABELS: dict[StrEnum, Text] = {
    VisitStatus.OFFERED: _("待接单"),
    VisitStatus.ACCEPTED: _("已接单"),
    VisitStatus.UNDER_WAY: _("在途"),
    VisitStatus.ON_SITE: _("已到达"),
    VisitStatus.LEFT: _("已离开"),
    VisitStatus.VOID: _("已撤销"),
}
METHOD_LABELS: dict[StrEnum, Text] = {
    Method.SYSTEM: _("系统"),
    Method.PHONE: _("电话"),
    Method.SMS: _("短信"),
}

VERDICT_LABELS: dict[StrEnum, Text] = {
    Verdict.POSSIBLE: _("可以"),
    Verdict.TOO_SHORT: _("时间太短"),
    Verdict.CONFLICT: _("冲突"),
}
TOLD_LABELS: dict[StrEnum, Text] = {
    Told.PHONE: _("电话"),
    Told.SMS: _("短信"),
    Told.IN_PERSON: _("当面"),
}
REMOTE_LABELS: dict[StrEnum, Text] = {
    RemoteResult.SOLVED: _("远程已解决"),
    RemoteResult.FAILED: _("远程未解决"),
}

_V = VisitStatus
MACHINE = Machine(
    VISIT_LABELS,
    Transition("accept", _("接单"), frozenset({_V.OFFERED}), _V.ACCEPTED, "repair.work"),
    Transition("depart", _("出发"), frozenset({_V.OFFERED, _V.ACCEPTED}), _V.UNDER_WAY, "repair.work"),
    Transition("arrive", _("到达"), frozenset({_V.OFFERED, _V.ACCEPTED, _V.UNDER_WAY}), _V.ON_SITE, "repair.work"),
    Transition("leave", _("离开"), frozenset({_V.ON_SITE}), _V.LEFT, "repair.work"),
    Transition(
        "void",
        _("撤销派工"),
        frozenset({_V.OFFERED, _V.ACCEPTED, _V.UNDER_WAY}),
        _V.VOID,
        "dispatch.assign",
        needs_reason=True,
    ),
)
