"""The desk's menu: the seven words of the trade, with the counts that the lists show."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from gongdan.doors.kit.menu import Entry
from gongdan.orders import queries as orders
from gongdan.orders.states import Status


def entries(request: HttpRequest) -> list[Entry]:
    """What this actor finds in the menu; an entry that he may not use is absent."""
    actor = request.actor  # type: ignore[attr-defined]  # set by the kit's middleware
    counts = orders.counts(actor)
    found = [
        Entry(_("工作台"), reverse("desk:home"), "home", key="g"),
        Entry(_("维修服务导航"), reverse("desk:navigation"), "route", key="n", on_phone=False),
        Entry(_("接待"), reverse("desk:reception"), "phone", key="j", count=counts.get(Status.REGISTERED)),
        Entry(_("派工"), reverse("desk:dispatch"), "calendar", key="p", count=counts.get(Status.TO_DISPATCH)),
        Entry(_("维修处理"), reverse("desk:repair"), "tool", key="w", count=counts.get(Status.IN_REPAIR)),
        Entry(_("结算"), reverse("desk:settlement"), "receipt", key="s", count=counts.get(Status.TO_SETTLE)),
        Entry(_("回访"), reverse("desk:follow_up"), "headset", key="f", count=counts.get(Status.TO_FOLLOW_UP), on_phone=False),
        Entry(_("启用准备"), reverse("desk:setup"), "settings", key="q", on_phone=False),
    ]
    wanted = {
        reverse("desk:reception"): ("orders.register",),
        reverse("desk:dispatch"): ("dispatch.assign",),
        reverse("desk:repair"): ("repair.work", "orders.see_all"),
        reverse("desk:settlement"): ("settlement.view",),
        reverse("desk:follow_up"): ("followup.call", "followup.view"),
        reverse("desk:setup"): ("customers.edit", "people.manage", "catalog.edit", "pricing.edit", "imports.run"),
    }
    return [e for e in found if e.url not in wanted or any(actor.may(p) for p in wanted[e.url])]
