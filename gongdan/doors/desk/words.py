"""The desk's words and tones for statuses, in one place: the same thing looks the same on every page."""

from __future__ import annotations

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
MONEY_LABELS: dict[str, Text] = {"unpaid": _("未收款"), "part": _("部分收款"), "paid": _("已收齐")}
MONEY_TONES: dict[str, str] = {"unpaid": "waiting", "part": "running", "paid": "done"}


def order_badge(status: str) -> Badge:
    """The badge of an order's status."""
    return Badge(STATUS_LABELS[Status(status)], ORDER_TONES[status])


def priority_badge(priority: str) -> Badge:
    """The badge of an order's priority."""
    return Badge(PRIORITY_LABELS[Priority(priority)], PRIORITY_TONES[priority])


def money_badge(state: str) -> Badge | None:
    """The badge of the money state, or none while nothing is due."""
    return Badge(MONEY_LABELS[state], MONEY_TONES[state]) if state in MONEY_LABELS else None
