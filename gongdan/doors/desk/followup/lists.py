"""The list at the right of 回访: the longest due first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from gongdan.doors.desk.menu import numbered
from gongdan.doors.kit.lists import Listing, Page
from gongdan.doors.kit.tables import Column
from gongdan.followup import queries
from gongdan.kernel.actor import Actor

SIZE = 50
COLUMNS = [
    Column("number", _("单号"), kind="code", lead=True),
    Column("what", _("客户与设备"), grow=True),
    Column("attempts", _("已打"), kind="number", hint=_("未接通的次数")),
    Column("due", _("到期"), kind="countdown"),
]


class FollowUpListing(Listing):
    """Which calls are shown."""

    scopes = {"today": _("今天到期"), "all": _("全部"), "answers": _("咨询回访")}

    @property
    def query(self) -> str:
        """The scope as pages of this station carry it along."""
        return f"?scope={self.scope}" if self.scope != "today" else ""


def page_of(listing: FollowUpListing, actor: Actor, *, now: datetime, current: str = "") -> Page:
    """One page of the list. Two queries."""
    cursor = _cursor(listing)
    found = queries.station(actor, now=now, scope=listing.scope, cursor=cursor, limit=SIZE)
    rows = [_row(row, current, listing.query) for row in found.rows]
    next_url = ""
    if found.next_cursor:
        due_at, pk = found.next_cursor
        next_url = listing.url(after=f"{due_at.isoformat()}~{pk}")
    return Page(rows, listing, None, next_url, listing.url() if cursor else "")


def _row(row: dict[str, Any], current: str, query: str) -> dict[str, Any]:
    return {
        "id": row["order_id"],
        "number": row["number"],
        "url": numbered("desk:follow-up-order")(row["number"]) + query,
        "what": "　".join(word for word in (row["customer__name"], row["device_text"]) if word),
        "attempts": row["attempts"] or None,
        "due": row["due_at"],
        "current": row["number"] == current,
    }


def _cursor(listing: FollowUpListing) -> tuple[datetime, int] | None:
    after = str(listing.data.get("after") or "")
    if not after:
        return None
    at, _tilde, pk = after.partition("~")
    try:
        due_at = parse_datetime(at)
    except ValueError:
        due_at = None
    if due_at is not None and due_at.tzinfo is not None and pk.isascii() and pk.isdigit() and len(pk) < 19:
        return due_at, int(pk)
    listing.notices.append(str(_("翻页位置已失效，已回到第一页")))
    return None
