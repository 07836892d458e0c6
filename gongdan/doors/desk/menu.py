"""The desk's menu: the seven words of the trade, with the counts that the lists show."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from urllib.parse import quote

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from gongdan.doors.kit.menu import Entry
from gongdan.kernel.actor import Actor
from gongdan.orders import queries as orders
from gongdan.orders.queries import CAP
from gongdan.orders.states import Status
from gongdan.people import queries as people

# Who finds an entry: any of these permissions; entries that are not named here are everybody's.
WANTED: dict[str, tuple[str, ...]] = {
    "desk:reception": ("orders.register",),
    "desk:dispatch": ("dispatch.assign",),
    "desk:queue": ("repair.work",),
    "desk:repair": ("repair.work", "orders.see_all"),
    "desk:settlement": ("settlement.view",),
    "desk:follow_up": ("followup.call", "followup.view"),
    "desk:setup": ("customers.edit", "people.manage", "catalog.edit", "pricing.edit", "imports.run"),
}

COUNTED = (Status.REGISTERED, Status.TO_DISPATCH, Status.IN_REPAIR, Status.TO_SETTLE, Status.TO_FOLLOW_UP)


def entries(request: HttpRequest) -> list[Entry]:
    """What this actor finds in the menu; an entry that he may not use is absent."""
    actor = request.actor  # type: ignore[attr-defined]  # set by the kit's middleware
    counts = orders.counts(actor, COUNTED)
    found = [
        ("desk:home", _("工作台"), "home", "g", None, True),
        ("desk:navigation", _("维修服务导航"), "route", "n", None, False),
        ("desk:reception", _("接待"), "phone", "j", counts[Status.REGISTERED], True),
        ("desk:dispatch", _("派工"), "calendar", "p", counts[Status.TO_DISPATCH], True),
        ("desk:repair", _("维修处理"), "tool", "w", counts[Status.IN_REPAIR], True),
        ("desk:queue", _("领单"), "users", "", None, False),
        ("desk:settlement", _("结算"), "receipt", "s", counts[Status.TO_SETTLE], True),
        ("desk:follow_up", _("回访"), "headset", "f", counts[Status.TO_FOLLOW_UP], False),
        ("desk:orders", _("全部工单"), "clipboard-list", "o", None, False),
        _setup_entry(actor),
    ]
    return [
        Entry(label, way(name), icon, key=key, count=count, on_phone=on_phone)
        for name, label, icon, key, count, on_phone in found
        if way(name)
        and (name != "desk:queue" or actor.kind == "technician")
        and (name not in WANTED or actor.may_any(WANTED[name]))
    ]


def _setup_entry(actor: Actor) -> tuple[str, str, str, str, None, bool]:
    """启用准备; whoever may only edit customers there finds them at once, under their own name."""
    if actor.may("customers.edit") and not actor.may_any(WANTED["desk:setup"][1:]):
        return ("desk:customers", _("客户信息"), "user-circle", "q", None, False)
    return ("desk:setup", _("启用准备"), "settings", "q", None, False)


def way(name: str, *args: object) -> str:
    """The address of a page, or nothing where a shop runs without it."""
    try:
        return reverse(name, args=args or None)
    except NoReverseMatch:
        return ""


@cache
def numbered(name: str) -> Callable[[str], str]:
    """The addresses of a page by numbers, for the rows of a list: looked up once, not fifty times a page."""
    before, after = reverse(name, args=["{number}"]).split("%7Bnumber%7D")
    return lambda number: before + quote(number, safe="!$&'()*+,;=~:@") + after


def shown(count: int) -> str:
    """A count as the lists print it: 37, or 999+ where counting stopped."""
    return f"{CAP - 1}+" if count >= CAP else str(count)


def brand(request: HttpRequest) -> str:
    """The shop's own name above the menu."""
    settings = getattr(request, "shop_settings", None)  # read already for the shop's words
    if settings is None:
        actor = request.actor  # type: ignore[attr-defined]  # set by the kit's middleware
        settings = people.settings_for(min(actor.sites, default=None))
    return str(settings.company_name)


def search_hint(_request: HttpRequest) -> str:
    """What the box in the top bar finds."""
    return _("单号、姓名、电话后四位、拼音首字母、机身编号")
