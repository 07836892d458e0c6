"""The list at the right of dispatch: what waits for a technician, the most urgent first, or what was dispatched."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from markupsafe import Markup

from gongdan.dispatch import queries as dispatch
from gongdan.doors.desk.menu import numbered
from gongdan.doors.desk.words import order_badge, priority_badge
from gongdan.doors.kit import drawn, forms
from gongdan.doors.kit.lists import Listing, Page
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.tables import Badge, Column
from gongdan.orders import queries as orders
from gongdan.orders.queries import Filters
from gongdan.orders.rules import HOLD_LABELS
from gongdan.orders.states import Priority, Status

SIZE = 50
URGENT, NEWEST, ASSIGNED = "urgent", "newest", "assigned"
LATE, CHASED = "late", "chased"  # a promise that is over, then who called again, then by priority
_URGENT_FIRST = (LATE, CHASED, Priority.TOP.value, Priority.HIGH.value, Priority.NORMAL.value, Priority.LOW.value)
_CURSOR = re.compile(r"(\w+)\.([0-9]{1,18})\.([0-9]{1,18})")
_EPOCH, _TICK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_COLUMNS = [
    Column("number", _("单号"), kind="code", lead=True),
    Column("what", _("客户与故障"), grow=True),
    Column("when", _("时间"), kind="html"),
]
COLUMNS = {
    URGENT: [*_COLUMNS, Column("priority", _("优先级"), kind="badge")],
    NEWEST: [*_COLUMNS, Column("priority", _("优先级"), kind="badge")],
    ASSIGNED: [*_COLUMNS, Column("technicians", _("师傅")), Column("status", _("状态"), kind="badge", narrow=True)],
}


class DispatchListing(Listing):
    """Scope and search of the list."""

    scopes = {URGENT: _("最急"), NEWEST: _("最新"), ASSIGNED: _("已派工")}
    q = forms.Line(_("查找工单"), max_length=60, placeholder=_("单号、姓名、电话后四位"))

    @property
    def columns(self) -> list[Column]:
        """The columns of the present scope; hits of a search are in any status."""
        return COLUMNS[ASSIGNED if self.chosen.q else self.scope]


def page_of(listing: DispatchListing, request: StaffRequest, *, current: str = "") -> Page:
    """One page of the list. One query; two where the most urgent come first and where it tells who came late."""
    actor = request.actor
    if listing.chosen.q:
        return Page([_row(row, request, current) for row in orders.search(listing.chosen.q, actor, SIZE)], listing)
    after = str(listing.data.get("after") or "")
    if listing.scope == URGENT:
        found, cursor = _urgent(listing, request, after)
    else:
        status = Status.IN_REPAIR if listing.scope == ASSIGNED else Status.TO_DISPATCH
        station = orders.station_rows(actor, [status], cursor=_number(listing, after), limit=SIZE)
        found, cursor = station.rows, str(station.next_cursor or "")
    late = dispatch.late_among([row["id"] for row in found]) if listing.scope == ASSIGNED else frozenset()
    rows = [_row(row, request, current, is_late=row["id"] in late) for row in found]
    return Page(rows, listing, None, listing.url(after=cursor) if cursor else "", listing.url() if after else "")


def _urgent(listing: DispatchListing, request: StaffRequest, after: str) -> tuple[list[dict[str, Any]], str]:
    """Overdue promises, chased ones, then each priority after the other; the earliest due first within one.

    The cursor names level, due time and id of the last row.
    """
    levels = [_of_level(level, request) for level in _URGENT_FIRST]
    found = orders.due_rows(request.actor, [Status.TO_DISPATCH], levels, after=_place(listing, after), limit=SIZE + 1)
    if len(found) <= SIZE:
        return found, ""
    last = found[SIZE - 1]
    return found[:SIZE], f"{_URGENT_FIRST[last['level']]}.{(last['due_at'] - _EPOCH) // _TICK}.{last['id']}"


def _place(listing: DispatchListing, after: str) -> tuple[int, datetime, int] | None:
    """Level, due time and id of the row after which the page goes on."""
    if not after:
        return None
    found = _CURSOR.fullmatch(after)
    try:
        if found is not None and found[1] in _URGENT_FIRST:
            return _URGENT_FIRST.index(found[1]), _EPOCH + int(found[2]) * _TICK, int(found[3])
    except OverflowError:
        pass
    listing.notices.append(_now("翻页位置已失效，已回到第一页"))
    return None


def _of_level(level: str, request: StaffRequest) -> Filters:
    if level == LATE:
        return Filters(promised_over=request.now)
    if level == CHASED:
        return Filters(promised_kept=request.now, is_chased=True)
    return Filters(promised_kept=request.now, is_chased=False, priority=level)


def _marks(row: dict[str, Any]) -> str:
    """Why it waits and how often he called, before the customer's name."""
    held = HOLD_LABELS.get(row["hold_code"])
    marks = [str(sentence(held))] if held is not None else []
    if row["chased"]:
        marks.append(_now("催 %(count)s") % {"count": row["chased"]})
    return "·".join(marks)


def _number(listing: DispatchListing, typed: str) -> int | None:
    if not typed:
        return None
    if typed.isascii() and typed.isdigit() and len(typed) < 20:
        return min(int(typed), forms.MAX_ID)
    listing.notices.append(_now("翻页位置已失效，已回到第一页"))
    return None


def _row(row: dict[str, Any], request: StaffRequest, current: str, *, is_late: bool = False) -> dict[str, Any]:
    what = "　".join(word for word in (_marks(row), row["customer_name"], row["device_text"], row["symptom"]) if word)
    return {
        "id": row["id"],
        "number": row["number"],
        "url": numbered("desk:dispatch-order")(row["number"]),
        "what": what[:80],
        "tone": "danger" if row["hold_code"] else "",
        "when": _when(row, request),
        "priority": priority_badge(row["priority"]),
        "technicians": row["technician_names"],
        "status": Badge(_now("晚到未告知"), "danger") if is_late else order_badge(row["status"]),
        "current": row["number"] == current,
    }


def _when(row: dict[str, Any], request: StaffRequest) -> Markup:
    """The promised window counts down; else the wished one, else when it was registered."""
    if row["promised_to"] is not None and row["status"] in (Status.TO_DISPATCH, Status.IN_REPAIR):
        return drawn.countdown(row["promised_to"], request.now)
    if row["wished_from"] is not None:
        return drawn.window((row["wished_from"], row["wished_to"]), request.now)
    return drawn.moment(row["received_at"], request.now)
