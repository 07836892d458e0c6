"""统计: orders by flow, channel and source in a period, and how the promised arrivals were kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_safe

from gongdan.doors.desk.orders.lists import TAKEN, UNDECIDED
from gongdan.doors.kit import forms
from gongdan.doors.kit.lists import Page
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown
from gongdan.doors.kit.tables import Column
from gongdan.insight import access, queries
from gongdan.insight.rules import Share
from gongdan.kernel.calendar import local_day
from gongdan.kernel.text import Text
from gongdan.orders.states import CHANNEL_LABELS, FLOW_LABELS, SOURCE_LABELS, Channel, Flow, Source
from gongdan.people import access as people

COLUMNS = [
    Column("label", lazy("分类"), lead=True, grow=True),
    Column("count", lazy("工单"), kind="number"),
    Column("share", lazy("占比"), kind="number"),
]


class PeriodForm(forms.KitForm):
    """Which days, both included, and perhaps one site."""

    since = forms.DateField(lazy("从"))
    until = forms.DateField(lazy("到"))
    site = forms.Choice(
        lazy("站点"), choices=(), coerce=int, empty_value=None, required=False, empty_label=lazy("全部站点")
    )


@require_safe
def figures(request: StaffRequest) -> HttpResponse:
    """The figures of a period; without one, of this month so far."""
    request.actor.require(access.VIEW)
    today = local_day(request.now)
    usual = {"since": today.replace(day=1), "until": today}
    sites = list(people.visible_sites(request.actor).filter(is_active=True).values_list("pk", "name"))
    form = PeriodForm(request.GET if "since" in request.GET else None, initial=usual)
    if len(sites) > 1:
        form.offer_choices("site", sites)
    else:
        del form.fields["site"]
    asked: dict[str, Any] = usual
    if form.is_bound:
        asked = form.cleaned_data if form.is_valid() else {}
    found = None
    if asked:
        with refusals_shown(request, form):
            found = queries.figures(
                request.actor, asked["since"], asked["until"], at=request.now, site_id=asked.get("site")
            )
    facts: dict[str, Any] = {"form": form, "found": found, "periods": _periods(today, asked), "columns": COLUMNS}
    if found is not None:
        link = _Links(found.since, found.until, asked.get("site"))
        promises = found.promises
        facts |= {
            "all": link(),
            "first": _rate(promises.first_kept, promises.first_due),
            "first_of": _of(promises.first_kept, promises.first_due),
            "moved": _rate(promises.moved_kept, promises.moved_due),
            "moved_of": _of(promises.moved_kept, promises.moved_due),
            "flows": _rows(found.flows, FLOW_LABELS, Flow, link, "flow"),
            "channels": _rows(found.channels, CHANNEL_LABELS, Channel, link, "channel"),
            "sources": _rows(found.sources, SOURCE_LABELS, Source, link, "source"),
        }
    return page(request, "desk/figures/page.html", facts, status=422 if form.is_bound and form.errors else 200)


class _Links:
    """Ways to the lists behind the figures: the same orders, no other ones."""

    def __init__(self, since: date, until: date, site: int | None) -> None:
        self._period = {"scope": TAKEN, "since": since.isoformat(), "until": until.isoformat()}
        if site is not None:
            self._period["site"] = str(site)

    def __call__(self, **narrowed: str) -> str:
        return f"{reverse('desk:orders')}?{urlencode(self._period | narrowed)}"


def _rows(
    found: tuple[Share, ...], labels: Mapping[StrEnum, Text], words: type[StrEnum], link: _Links, field: str
) -> Page:
    rows = []
    for one in found:
        way = {"url": link(**{field: one.key or UNDECIDED})} if one.count else {}
        rows.append(way | {"id": one.key, "label": labels[words(one.key)], "count": one.count, "share": _percent(one)})
    return Page(rows)


def _percent(one: Share) -> str:
    return f"{one.permille // 10}.{one.permille % 10}%"


def _rate(kept: int, due: int) -> str:
    return f"{(kept * 200 + due) // (2 * due)}%" if due else "—"


def _of(kept: int, due: int) -> str:
    return _("%(due)s 个到期，守约 %(kept)s 个") % {"due": due, "kept": kept} if due else _("期间没有到期的承诺")


def _periods(today: date, asked: Mapping[str, Any]) -> list[tuple[str, str, bool, None]]:
    """今天, 本周, 本月, 上月: label, address, whether it is the one shown."""
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    spans = [
        (_("今天"), today, today),
        (_("本周"), today - timedelta(days=today.weekday()), today),
        (_("本月"), month, today),
        (_("上月"), before.replace(day=1), before),
    ]
    return [
        (
            label,
            f"{reverse('desk:figures')}?{urlencode({'since': since.isoformat(), 'until': until.isoformat()})}",
            (asked.get("since"), asked.get("until")) == (since, until),
            None,
        )
        for label, since, until in spans
    ]
