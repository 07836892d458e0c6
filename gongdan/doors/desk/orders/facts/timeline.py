"""处理过程 of an order, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from gongdan.doors.desk.history import history
from gongdan.doors.kit import drawn
from gongdan.kernel.actor import Actor
from gongdan.orders.queries import Page
from gongdan.orders.states import (
    CHANNEL_LABELS,
    IMPACT_LABELS,
    KIND_LABELS,
    LIABILITY_LABELS,
    MODE_LABELS,
    SOURCE_LABELS,
    URGENCY_LABELS,
)

EVENTS = 50  # so many of the newest events are shown at once
WORDS = {  # how the codes read that an event may have kept
    "kind": KIND_LABELS, "mode": MODE_LABELS, "source": SOURCE_LABELS, "channel": CHANNEL_LABELS,
    "impact": IMPACT_LABELS, "urgency": URGENCY_LABELS, "liability": LIABILITY_LABELS,
}  # fmt: skip


class Timeline:
    """Some of 处理过程, newest first, and the way to what was before."""

    def __init__(self, order: Page, actor: Actor, now: datetime, before: int | None = None) -> None:
        found = history("orders.order", order.id, actor, limit=EVENTS + 1, before=before, words=WORDS)
        told = found[:EVENTS]
        unfold = escape(_("改了什么"))
        rows = "".join(_entry(one, unfold, now) for one in told)
        self.drawn = Markup(f'<ol class="k-timeline">{rows}</ol>')  # noqa: S704 - every part is escaped
        is_more = len(found) > EVENTS
        address = reverse("desk:order-timeline", args=[order.number])
        self.more_url = f"{address}?before={told[-1]['id']}" if is_more else ""


def _entry(entry: Mapping[str, Any], unfold: str, now: datetime) -> str:
    """One event as `ui.timeline` draws it, in Python: there are many."""
    details = entry["details"]
    more = f'<details class="d-changes"><summary>{unfold}</summary>{details}</details>' if details else ""
    shown = f'<div class="k-timeline-more">{more}</div>' if more else ""
    return (
        f'<li><div class="k-timeline-head"><b>{escape(entry["who"])}</b>{drawn.moment(entry["at"], now)}</div>'
        f"<p>{escape(entry['what'])}</p>{shown}</li>"
    )
