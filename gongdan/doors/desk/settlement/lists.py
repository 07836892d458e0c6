"""The list at the right of 结算: finished repairs with what is due and what was received."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gongdan.doors.desk.menu import numbered
from gongdan.doors.desk.words import money_badge, order_badge
from gongdan.doors.kit import forms
from gongdan.doors.kit.lists import Listing, Page
from gongdan.doors.kit.tables import Badge, Column
from gongdan.kernel.actor import Actor
from gongdan.orders import queries as orders
from gongdan.orders.states import Status
from gongdan.settlement import queries as settlement
from gongdan.settlement.rules import state_of

SIZE = 50
WAITING, SETTLED = "waiting", "settled"
_STATUSES = {WAITING: (Status.TO_SETTLE,), SETTLED: (Status.TO_FOLLOW_UP, Status.CLOSED)}
COLUMNS = [
    Column("number", _("单号"), kind="code", lead=True),
    Column("what", _("客户与设备"), grow=True),
    Column("due", _("应收"), kind="money"),
    Column("received", _("实收"), kind="money"),
    Column("money", _("款项"), kind="badge"),
]
FOUND = [*COLUMNS[:-1], Column("status", _("状态"), kind="badge")]


NOTHING_DUE = Badge(_("无需收款"), "quiet")


class SettlementListing(Listing):
    """Scope and search of the list; a search finds an order in any status."""

    scopes = {WAITING: _("待结算"), SETTLED: _("已结算")}
    q = forms.Line(_("查找工单"), max_length=60, placeholder=_("单号、姓名、电话后四位"))

    @property
    def columns(self) -> list[Column]:
        """Hits of a search are in any status, so it is shown."""
        return FOUND if self.chosen.q else COLUMNS


def page_of(listing: SettlementListing, actor: Actor, *, current: str = "") -> Page:
    """One page of the list, newest first, with the money received. Two or three queries."""
    if listing.chosen.q:
        found, next_cursor, cursor = orders.search(listing.chosen.q, actor, SIZE), None, None
    else:
        cursor = listing.after_number()
        station = orders.station_rows(actor, _STATUSES[listing.scope], cursor=cursor, limit=SIZE)
        found, next_cursor = station.rows, station.next_cursor
    received = settlement.received_of([row["id"] for row in found])
    rows = [_row(row, received.get(row["id"], 0), current) for row in found]
    next_url = listing.url(after=str(next_cursor)) if next_cursor else ""
    return Page(rows, listing, None, next_url, listing.url() if cursor else "")


def _row(row: dict[str, Any], received: int, current: str) -> dict[str, Any]:
    state = row["money_state"]
    if row["status"] == Status.TO_SETTLE and row["due_fen"] is not None and state not in ("paid", "on_account"):
        state = state_of(row["due_fen"], received)
    return {
        "id": row["id"],
        "number": row["number"],
        "url": numbered("desk:settlement-order")(row["number"]),
        "what": "　".join(word for word in (row["customer_name"], row["device_text"]) if word),
        "due": row["due_fen"],
        "received": received or None,
        "money": NOTHING_DUE if row["due_fen"] == 0 else money_badge(state),
        "status": order_badge(row["status"]),
        "current": row["number"] == current,
    }
