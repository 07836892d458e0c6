"""The list at the right of repair: what is being repaired, or waits for its bill. A technician finds his own (R-003)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from markupsafe import Markup

from gongdan.doors.desk.menu import numbered
from gongdan.doors.desk.words import QUOTE_TONES, order_badge
from gongdan.doors.kit import drawn, forms
from gongdan.doors.kit.lists import Listing, Page
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.tables import Badge, Column
from gongdan.orders import queries as orders
from gongdan.orders.states import Status
from gongdan.quotes.states import STATE_LABELS

SIZE = 50
WORKING, FINISHED = "working", "finished"
_COLUMNS = [
    Column("number", _("单号"), kind="code", lead=True),
    Column("what", _("客户与故障"), grow=True),
    Column("technicians", _("师傅")),
    Column("when", _("约定"), kind="html"),
]
COLUMNS = {
    WORKING: [*_COLUMNS, Column("quote", _("报价"), kind="badge")],
    FINISHED: [*_COLUMNS, Column("status", _("状态"), kind="badge")],
}


class RepairListing(Listing):
    """Scope and search of the list."""

    scopes = {WORKING: _("维修中"), FINISHED: _("已完工")}
    q = forms.Line(_("查找工单"), max_length=60, placeholder=_("单号、姓名、电话后四位"))

    @property
    def columns(self) -> list[Column]:
        """The columns of the present scope; hits of a search are in any status."""
        return COLUMNS[FINISHED if self.chosen.q else self.scope]


def page_of(listing: RepairListing, request: StaffRequest, *, current: str = "") -> Page:
    """One page of the list, newest first. One query, or two."""
    if listing.chosen.q:
        found = orders.search(listing.chosen.q, request.actor, SIZE)
        return Page([_row(row, request, current) for row in found], listing)
    cursor = listing.after_number()
    status = Status.TO_SETTLE if listing.scope == FINISHED else Status.IN_REPAIR
    station = orders.station_rows(request.actor, [status], cursor=cursor, limit=SIZE)
    next_url = listing.url(after=str(station.next_cursor)) if station.next_cursor else ""
    rows = [_row(row, request, current) for row in station.rows]
    return Page(rows, listing, None, next_url, listing.url() if cursor else "")


def _row(row: dict[str, Any], request: StaffRequest, current: str) -> dict[str, Any]:
    what = "　".join(word for word in (row["customer_name"], row["device_text"], row["symptom"]) if word)
    state = row["quote_state"]
    return {
        "id": row["id"],
        "number": row["number"],
        "url": numbered("desk:repair-order")(row["number"]),
        "what": what[:80],
        "technicians": row["technician_names"],
        "when": _when(row, request),
        "quote": Badge(STATE_LABELS[state], QUOTE_TONES[state]) if state in STATE_LABELS else None,
        "status": order_badge(row["status"]),
        "current": row["number"] == current,
    }


def _when(row: dict[str, Any], request: StaffRequest) -> Markup:
    if row["promised_to"] is None:
        return Markup()
    return drawn.window((row["promised_from"], row["promised_to"]), request.now)
