"""The desk's words and tones for statuses, in one place: the same thing looks the same on every page."""

from __future__ import annotations

from gongdan.dispatch.states import VISIT_LABELS, VisitStatus
from gongdan.doors.kit.tables import Badge
from gongdan.kernel.text import Text, _
from gongdan.orders.states import PRIORITY_LABELS, STATUS_LABELS, Priority, Status

ORDER_TONES: dict[str, str] = {
    Status.REGISTERED: "waiting",
    Status.ANSWERING: "running",
    Status.TO_DISPATCH: "waiting",
    Status.IN_REPAIR: "running",
    Status.TO_SETTLE: "waiting",
    Status.TO_FOLLOW_UP: "waiting",
    Status.CLOSED: "done",
    Status.CANCELLED: "quiet",
}
PRIORITY_TONES: dict[str, str] = {
    Priority.TOP: "danger",
    Priority.HIGH: "waiting",
    Priority.NORMAL: "quiet",
    Priority.LOW: "quiet",
}
COVERAGE_TONES: dict[str, str] = {
    "保内": "done",
    "主要部件保内": "running",
    "延保": "done",
    "合同": "done",
    "保外": "quiet",
    "返修免费": "done",
}
MONEY_LABELS: dict[str, Text] = {
    "unpaid": _("未收款"),
    "part": _("部分收款"),
    "on_account": _("挂账"),
    "paid": _("已收齐"),
}
MONEY_TONES: dict[str, str] = {"unpaid": "waiting", "part": "running", "on_account": "running", "paid": "done"}
QUOTE_TONES: dict[str, str] = {
    "draft": "quiet",
    "issued": "waiting",
    "accepted": "done",
    "declined": "danger",
    "superseded": "quiet",
}
VISIT_TONES: dict[str, str] = {
    "offered": "waiting",
    "accepted": "running",
    "under_way": "running",
    "on_site": "running",
    "left": "done",
    "void": "quiet",
}


def visit_badge(status: str, *, is_remote: bool) -> Badge:
    """The badge of a dispatch line; guidance from afar is over, nobody has left."""
    is_over = is_remote and status == VisitStatus.LEFT
    return Badge(_("已结束") if is_over else VISIT_LABELS[VisitStatus(status)], VISIT_TONES[status])


def order_badge(status: str) -> Badge:
    """The badge of an order's status."""
    return Badge(STATUS_LABELS[Status(status)], ORDER_TONES[status])


def priority_badge(priority: str) -> Badge:
    """The badge of an order's priority."""
    return Badge(PRIORITY_LABELS[Priority(priority)], PRIORITY_TONES[priority])


def money_badge(state: str) -> Badge | None:
    """The badge of the money state, or none while nothing is due."""
    return Badge(MONEY_LABELS[state], MONEY_TONES[state]) if state in MONEY_LABELS else None


def coverage_badge(label: str) -> Badge | None:
    """The badge of a coverage as it was decided for a device of an order, or none where nothing is."""
    return Badge(label, COVERAGE_TONES.get(label, "quiet")) if label else None


def payer_badge(label: str) -> Badge:
    """The same where it decides who pays: a device that nothing was decided for is to be checked."""
    return coverage_badge(label) or Badge(_("待核实"), "waiting")


UNCHECKED = _("设备还没有登记在册，保内保外待核实")
UNDECIDED = _("还没有判定")
