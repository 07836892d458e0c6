"""The head of the order page: title, badges, the steps, and the station whose turn it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from gongdan.doors.desk.menu import way
from gongdan.doors.desk.orders.facts.sheet import PLACES, Sheet
from gongdan.doors.desk.words import coverage_badge, money_badge, order_badge, priority_badge
from gongdan.doors.kit.tables import Badge
from gongdan.orders import rules
from gongdan.orders.states import Flow, Status


@dataclass(frozen=True, slots=True)
class Station:
    """The document of a later station, and who opens it."""

    url_name: str
    label: str
    verb: str
    permissions: tuple[str, ...]


def stations() -> Mapping[Status, Station]:
    """Whose turn it is in which status."""
    return {
        Status.TO_DISPATCH: Station("desk:dispatch-order", _("派工"), "start_repair", ("dispatch.assign",)),
        Status.IN_REPAIR: Station("desk:repair-order", _("维修处理"), "finish_repair", ("repair.work",)),
        Status.TO_SETTLE: Station("desk:settlement-order", _("结算"), "settle", ("settlement.view",)),
        Status.TO_FOLLOW_UP: Station("desk:follow-up-order", _("回访"), "close", ("followup.call",)),
    }


class Head(Sheet):
    """The head of the page: what it is, how it stands, and whose turn it is."""

    @property
    def title(self) -> str:
        """Customer and fault in one line."""
        words = (self.order.device_text or self.order.category, self.order.symptom)
        what = " ".join(" ".join(word.split()) for word in words if word)
        return f"{self.order.customer_name} · {what[:60]}{'…' if len(what) > 60 else ''}"

    @property
    def badges(self) -> list[Badge]:
        """Status, priority, coverage and money in a word each."""
        order = self.order
        found = [order_badge(order.status)]
        if order.priority in ("p1", "p2"):
            found.append(priority_badge(order.priority))
        if order.flag in rules.FLAG_LABELS:
            found.append(Badge(rules.FLAG_LABELS[order.flag], "danger" if order.flag == "refuse" else "running"))
        if order.chased:
            found.append(Badge(_("催单 %(count)s 次") % {"count": order.chased}, "danger"))
        covers = dict.fromkeys(device.coverage_label for device in order.devices if device.coverage_label)
        found += [badge for label in covers if (badge := coverage_badge(label))]
        if badge := money_badge(order.money_state):
            found.append(badge)
        if order.is_historic:
            found.append(Badge(_("历史工单"), "quiet", _("导入的历史工单，只供查阅")))
        return found

    @property
    def steps(self) -> list[tuple[str, str]]:
        """接待→派工→维修处理→结算→回访, or the shorter way of a question, and where it stands."""
        order = self.order
        if order.flow == Flow.INQUIRY:
            names = [_("接待"), _("咨询答复"), _("结单")]
            at = {Status.ANSWERING: 1, Status.CLOSED: 3}.get(order.status, 1)
        elif order.flow == Flow.COMPLAINT:
            names = [_("接待"), _("投诉处理"), _("回访"), _("结单")]
            at = {Status.ANSWERING: 1, Status.TO_FOLLOW_UP: 2, Status.CLOSED: 4}.get(order.status, 1)
        elif self.is_solved_by_phone:
            names = [_("接待"), _("电话解决"), _("回访")]
            at = 3 if order.status is Status.CLOSED else 2
        else:
            names = [_("接待"), _("派工"), _("维修处理"), _("结算"), _("回访")]
            at = PLACES.get(order.status, 0)
        if order.status is Status.CANCELLED:
            return [(name, "done" if place == 0 else "todo") for place, name in enumerate(names)]
        return [(name, "done" if n < at else "now" if n == at else "todo") for n, name in enumerate(names)]

    @property
    def is_solved_by_phone(self) -> bool:
        """Whether help by telephone was the end of it: nobody was dispatched, nothing is settled."""
        order = self.order
        ended = order.status in (Status.TO_FOLLOW_UP, Status.CLOSED) and order.settled_at is None
        return ended and order.flow == Flow.REPAIR and bool(order.phone_fixes)

    @property
    def station(self) -> dict[str, Any] | None:
        """The document of the station whose turn it is, if this actor works there."""
        found = stations().get(self.order.status)
        if found is None or self.order.is_historic or not self.actor.may_any(found.permissions):
            return None
        url = way(found.url_name, self.order.number)
        return {"label": found.label, "url": url} if url else None

    @property
    def quote_url(self) -> str:
        """Where a price is put together, while there may be one."""
        is_open = self.order.status in (Status.TO_DISPATCH, Status.IN_REPAIR) and not self.order.is_historic
        return way("desk:quote", self.order.number) if is_open and self.actor.may("quotes.edit") else ""
