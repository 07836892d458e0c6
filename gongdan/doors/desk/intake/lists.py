"""The list at the right of reception: what waits for its flow, or what I registered today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from markupsafe import Markup, escape

from gongdan.doors.desk.words import order_badge
from gongdan.doors.kit import drawn, forms
from gongdan.doors.kit.lists import Listing, Page
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.tables import Column
from gongdan.kernel.actor import Actor
from gongdan.orders import queries as orders
from gongdan.orders.queries import Filters
from gongdan.orders.rules import FLAG_LABELS, HOLD_LABELS
from gongdan.orders.states import FLOW_LABELS, Flow, Status

SIZE = 50
CHOICES = (Flow.REPAIR, Flow.INQUIRY, Flow.COMPLAINT)
WAITING, TODAY = "waiting", "today"
_WHAT = [
    Column("number", _("单号"), kind="code", lead=True),
    Column("what", _("客户与故障"), grow=True),
    Column("since", _("登记"), kind="html"),
]
COLUMNS = {
    WAITING: [*_WHAT, Column("flows", _("流程"), kind="html", narrow=True)],
    TODAY: [*_WHAT, Column("status", _("状态"), kind="badge")],
}


class ReceptionListing(Listing):
    """Scope and search of the list."""

    scopes = {WAITING: _("未定流程"), TODAY: _("我今天登记的")}
    q = forms.Line(_("查找工单"), max_length=60, placeholder=_("单号、姓名、电话后四位"))

    @property
    def columns(self) -> list[Column]:
        """The columns of the present scope; hits of a search are in any status."""
        return COLUMNS[TODAY if self.chosen.q else self.scope]


def page_of(
    listing: ReceptionListing, actor: Actor, *, now: datetime, accept_within: timedelta, may_choose: bool
) -> Page:
    """One page of the list, newest first. One query, two or three for a search.

    `may_choose`: rows that wait for their flow carry the three buttons.
    """
    if listing.chosen.q:
        return Page(_rows(orders.search(listing.chosen.q, actor, SIZE), now), listing)
    filters, statuses = Filters(), [Status.REGISTERED]
    if listing.scope == TODAY:
        midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
        filters, statuses = Filters(received_by_id=actor.id, received_from=midnight), []
    cursor = listing.after_number()
    station = orders.station_rows(actor, statuses, cursor=cursor, filters=filters, limit=SIZE)
    next_url = listing.url(after=str(station.next_cursor)) if station.next_cursor else ""
    rows = _rows(station.rows, now)
    if listing.scope == WAITING:
        buttons = _flow_buttons() if may_choose else ""
        for shown, row in zip(rows, station.rows, strict=True):
            shown["flows"] = Markup(buttons.format(number=escape(row["number"]), seen=row["version"]))  # noqa: S704 - escaped
            if row["accepted_at"] is None:  # nobody has received it yet: how long that may still take
                shown["since"] = drawn.countdown(row["received_at"] + accept_within, now, soon=20, urgent=10)
    return Page(rows, listing, None, next_url, listing.url() if cursor else "")


def _rows(found: Sequence[Mapping[str, Any]], now: datetime) -> list[dict[str, Any]]:
    url = reverse("desk:order", args=["{number}"]).replace("%7B", "{").replace("%7D", "}")  # once, not for every row
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    badges = {status: order_badge(status) for status in {row["status"] for row in found}}
    return [
        {
            "id": row["id"],
            "number": row["number"],
            "url": url.format(number=row["number"]),
            "what": "　".join(
                word for word in (_mark(row), row["customer_name"], _category(row), row["symptom"]) if word
            )[:80],
            "tone": "danger" if row["hold_code"] else "",
            "since": drawn.clock(at) if (at := row["received_at"]) >= midnight else drawn.moment(at, now),
            "status": badges[row["status"]],
        }
        for row in found
    ]


def _mark(row: Mapping[str, Any]) -> str:
    """What stands out about the order: why it waits, what its customer's warnings do, how often he called."""
    words = [HOLD_LABELS.get(row["hold_code"]), FLAG_LABELS.get(row["flag"]) if not row["hold_code"] else None]
    marks = [str(sentence(word)) for word in words if word is not None]
    if row["chased"]:
        marks.append(gettext("催 %(count)s") % {"count": row["chased"]})
    return "·".join(marks)


def _category(row: Mapping[str, Any]) -> str:
    """The first word of the devices: there is no room for brand and model."""
    return str(row["device_text"]).partition(" ")[0]


def _flow_buttons() -> str:
    """The three flows of a row, with `number` and `seen` to be put in.

    They show where the row is pointed at, and work without script too.
    """
    drawn_buttons = ""
    for flow in CHOICES:
        url = reverse("desk:reception-flow", args=["{number}", flow.value]).replace("%7B", "{").replace("%7D", "}")
        drawn_buttons += (
            f'<button class="d-flow" form="flows" formaction="{url}" hx-post="{url}" hx-target="closest tr" '
            f'hx-swap="delete" name="seen" value="{{seen}}" tabindex="-1">{escape(sentence(FLOW_LABELS[flow]))}</button>'
        )
    return f'<span class="d-flows">{drawn_buttons}</span>'
