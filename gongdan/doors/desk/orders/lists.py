"""All orders, by every word that they are registered with; and the to-dos of the 工作台, which are lists of these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongdan.catalog import queries as catalog
from gongdan.doors.desk.menu import numbered
from gongdan.doors.desk.words import order_badge, priority_badge
from gongdan.doors.kit import forms
from gongdan.doors.kit.lists import Count, Listing, Page
from gongdan.doors.kit.tables import Column
from gongdan.kernel.actor import Actor
from gongdan.orders import queries as orders
from gongdan.orders.queries import CAP, Filters
from gongdan.orders.rules import CHASE_ALERT, CHASE_SUPERVISOR
from gongdan.orders.rules import OPEN as CHASED
from gongdan.orders.states import (
    CHANNEL_LABELS,
    FLOW_LABELS,
    IMPACT_LABELS,
    MODE_LABELS,
    PRIORITY_LABELS,
    SOURCE_LABELS,
    STATUS_LABELS,
    URGENCY_LABELS,
    Status,
)
from gongdan.people import access as people_access
from gongdan.people import queries as people

SIZE = 50
HITS = 500  # so many hits of a search are narrowed further
OPEN, ALL, TAKEN, HISTORIC = "open", "all", "taken", "historic"  # taken: registered here, what the figures count
UNDECIDED = "undecided"  # stands for the flow that is none yet
OPEN_STATUSES: list[Status] = [status for status in Status if status not in (Status.CLOSED, Status.CANCELLED)]
COLUMNS = [
    Column("number", _("单号"), kind="code", lead=True),
    Column("status", _("状态"), kind="badge"),
    Column("customer", _("客户")),
    Column("what", _("设备与故障"), grow=True),
    Column("mode", _("方式"), narrow=True),
    Column("priority", _("优先级"), kind="badge", narrow=True),
    Column("technician", _("师傅"), narrow=True),
    Column("promised", _("承诺上门"), kind="window", narrow=True),
    Column("due", _("应收"), kind="money", narrow=True),
    Column("at", _("登记"), kind="moment"),
]
TODOS = {
    "unaccepted": _("未接收超时"),
    "today": _("今天承诺上门"),
    "late": _("已过承诺时间"),
    "contacts": _("到期联系"),
    "chased": _("催单"),
    "chased_often": _("多次催单"),
    "wrong_number": _("信息待核"),
    "coordinate": _("待协调"),
    "repeat_fault": _("重复故障"),
    "refused_customer": _("需主管同意"),
    "prepaid": _("待预收"),
}
HELD = ("wrong_number", "coordinate", "repeat_fault", "refused_customer", "prepaid")  # the codes of what holds back


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on something is a to-do, as the shop has set it."""

    accept_within: int  # minutes
    chased: int
    chased_often: int


def limits_of(settings: Any) -> Limits:
    """The limits in a shop's settings."""
    return Limits(settings.accept_limit_minutes, settings.of(CHASE_ALERT), settings.of(CHASE_SUPERVISOR))


class OrderListing(Listing):
    """Scope and filters of the list."""

    scopes = {OPEN: _("未结单"), ALL: _("全部"), TAKEN: _("不含历史"), HISTORIC: _("历史工单")}
    q = forms.Line(_("查找"), max_length=60, placeholder=_("单号、姓名、电话、地址、故障"))
    todo = forms.Choice(_("待办"), choices=list(TODOS.items()), empty_label=_("全部待办"))
    state = forms.Choice(_("状态"), choices=list(STATUS_LABELS.items()), empty_label=_("全部状态"))
    flow = forms.Choice(
        _("流程"),
        choices=[(flow or UNDECIDED, label) for flow, label in FLOW_LABELS.items()],
        empty_label=_("全部流程"),
    )
    mode = forms.Choice(_("方式"), choices=list(MODE_LABELS.items()), empty_label=_("全部方式"))
    source = forms.Choice(_("来源"), choices=list(SOURCE_LABELS.items()), empty_label=_("全部来源"))
    channel = forms.Choice(_("渠道"), choices=list(CHANNEL_LABELS.items()), empty_label=_("全部渠道"))
    impact = forms.Choice(_("影响"), choices=list(IMPACT_LABELS.items()), empty_label=_("全部影响范围"))
    urgency = forms.Choice(_("紧急"), choices=list(URGENCY_LABELS.items()), empty_label=_("全部紧急程度"))
    priority = forms.Choice(_("优先级"), choices=list(PRIORITY_LABELS.items()), empty_label=_("全部优先级"))
    category = forms.Choice(_("类别"), choices=(), coerce=int, empty_value=None, empty_label=_("全部类别"))
    technician = forms.Choice(_("师傅"), choices=(), coerce=int, empty_value=None, empty_label=_("全部师傅"))
    since = forms.DateField(_("登记从"))
    until = forms.DateField(_("登记到"))
    site = forms.Choice(_("站点"), choices=(), coerce=int, empty_value=None, empty_label=_("全部站点"))

    def __init__(self, query: Any = None, *, actor: Actor) -> None:
        sites = None if actor.sees_all_sites else actor.sites
        self._categories = [(row.pk, row.name) for row in catalog.categories()]
        self._technicians = people.technician_names(sites)
        has_several = sites is None or len(sites) > 1
        self._sites = list(people_access.visible_sites(actor).values_list("pk", "name")) if has_several else []
        super().__init__(query)
        if len(self._sites) <= 1:  # no choice
            del self.fields["site"]

    def _clean_fields(self) -> None:
        self.offer_choices("category", self._categories)
        self.offer_choices("technician", self._technicians)
        self.offer_choices("site", self._sites)
        super()._clean_fields()  # type: ignore[misc]  # of django's form


def page_of(listing: OrderListing, actor: Actor, *, now: datetime, limits: Limits) -> Page:
    """One page of the list, newest first, with how many there are."""
    statuses, filters = asked(listing, actor, now=now, limits=limits)
    if filters is None:
        return Page([], listing, Count(0))
    cursor = listing.after_number()
    station = orders.station_rows(actor, statuses, cursor=cursor, filters=filters, limit=SIZE)
    count = orders.count_of(actor, statuses, filters)
    next_url = listing.url(after=str(station.next_cursor)) if station.next_cursor else ""
    rows = [row_of(row) for row in station.rows]
    counted = Count(min(count, CAP - 1), count >= CAP)
    return Page(rows, listing, counted, next_url, listing.url() if cursor else "")


def asked(listing: OrderListing, actor: Actor, *, now: datetime, limits: Limits) -> tuple[list[Status], Filters | None]:
    """Statuses and filters of what is chosen; None: there can be nothing."""
    chosen = listing.chosen
    statuses = OPEN_STATUSES if listing.scope == OPEN else []
    narrowing: dict[str, Any] = {
        name: getattr(chosen, name) for name in ("flow", "mode", "source", "channel", "impact", "urgency", "priority")
    }
    if narrowing["flow"] == UNDECIDED:
        narrowing |= {"flow": "", "is_undecided": True}
    narrowing |= {"category_id": chosen.category, "technician_id": chosen.technician, "site_id": chosen.site}
    narrowing |= {"received_from": _start_of(chosen.since), "received_to": _start_of(chosen.until, days=1)}
    if listing.scope in (TAKEN, HISTORIC):
        narrowing["is_historic"] = listing.scope == HISTORIC
    if chosen.todo:
        wanted, more = todo(chosen.todo, actor, now=now, limits=limits)
        statuses = [status for status in wanted if not statuses or status in statuses]
        narrowing |= more
    if chosen.state:
        one = Status(chosen.state)
        if chosen.todo and one not in statuses:
            return [], None
        statuses = [one]
    if chosen.q:
        hits = {row["id"] for row in orders.search(chosen.q, actor, HITS)}
        known = narrowing.get("ids")
        narrowing["ids"] = tuple(sorted(hits if known is None else hits & set(known)))
    if narrowing.get("ids") == ():
        return [], None
    return statuses, Filters(**narrowing)


def todo(name: str, actor: Actor, *, now: datetime, limits: Limits) -> tuple[list[Status], dict[str, Any]]:
    """Statuses and filters of a to-do: the same for the count on the 工作台 and for the list behind it."""
    under_way = [Status.TO_DISPATCH, Status.IN_REPAIR]
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    if name == "unaccepted":
        return [Status.REGISTERED], {
            "is_unaccepted": True,
            "received_to": now - timedelta(minutes=limits.accept_within),
        }
    if name == "today":
        return under_way, {"promised_from": midnight, "promised_to": midnight + timedelta(days=1)}
    if name == "late":
        return under_way, {"promised_over": now}
    if name in ("chased", "chased_often"):
        return sorted(CHASED), {"chased_from": getattr(limits, name)}
    if name in HELD:
        return list(OPEN_STATUSES), {"ids": tuple(sorted(orders.held(actor).get(name, ())))}
    ids = {row["order_id"] for row in orders.due_contacts(actor, now=now, limit=HITS)}
    return list(OPEN_STATUSES), {"ids": tuple(sorted(ids))}


def todo_count(name: str, actor: Actor, *, now: datetime, limits: Limits) -> int:
    """How many orders the list of this to-do holds."""
    statuses, narrowing = todo(name, actor, now=now, limits=limits)
    if narrowing.get("ids") == ():
        return 0
    return orders.count_of(actor, statuses, Filters(**narrowing))


def row_of(row: dict[str, Any]) -> dict[str, Any]:
    """A row of orders as tables of the desk show it."""
    return {
        "id": row["id"],
        "number": row["number"],
        "url": numbered("desk:order")(row["number"]),
        "status": order_badge(row["status"]),
        "customer": row["customer_name"],
        "what": " · ".join(word for word in (row["device_text"], row["symptom"]) if word)[:90],
        "mode": next((label for mode, label in MODE_LABELS.items() if mode == row["mode"]), ""),
        "priority": priority_badge(row["priority"]) if row["priority"] in ("p1", "p2") else "",
        "technician": row["technician_names"],
        "promised": (row["promised_from"], row["promised_to"]) if row["promised_from"] else "",
        "due": row["due_fen"],
        "at": row["received_at"],
    }


def _start_of(day: date | None, *, days: int = 0) -> datetime | None:
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day, time.min)) + timedelta(days=days)
