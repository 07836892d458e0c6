"""启用准备 › 假期日历: the days that do not follow the week, year by year."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from gongdan.catalog import access, actions, queries
from gongdan.catalog.states import DAY_KIND_LABELS, DayKind
from gongdan.doors.kit import forms
from gongdan.doors.kit.lists import Page
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, tell
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.tables import Badge, Column
from gongdan.kernel.calendar import local_day

TONES = {DayKind.ORDINARY: "quiet"}
COLUMNS = [
    Column("day", lazy("日期"), kind="code", lead=True),
    Column("weekday", lazy("星期")),
    Column("kind", lazy("类型"), kind="badge"),
    Column("name", lazy("名称"), grow=True),
]
WEEKDAYS = [lazy("周一"), lazy("周二"), lazy("周三"), lazy("周四"), lazy("周五"), lazy("周六"), lazy("周日")]


class DayForm(forms.KitForm):
    """One day and what it is."""

    day = forms.DateField(lazy("日期"))
    kind = forms.Choice(lazy("类型"), choices=list(DAY_KIND_LABELS.items()), shown_as="segments")
    name = forms.Line(lazy("名称"), max_length=30, required=False, placeholder=lazy("如：春节"))


@require_http_methods(["GET", "POST"])
def calendar(request: StaffRequest) -> HttpResponse:
    """The year's exceptional days; one more is set by the form above them."""
    request.actor.require(access.EDIT)
    form = DayForm(request.POST if request.method == "POST" else None, initial={"kind": next(iter(DayKind))})
    if request.method == "POST" and form.is_valid():
        typed: dict[str, Any] = form.cleaned_data
        with refusals_shown(request, form) as attempt:
            actions.set_day(typed["day"], typed["kind"], name=typed["name"], by=request.actor, at=request.now)
        if attempt.ok:
            kind = sentence(DAY_KIND_LABELS[DayKind(typed["kind"])])
            tell(request, _("%(day)s 已设为“%(kind)s”") % {"day": typed["day"], "kind": kind})
            return see(request, f"{reverse('desk:setup-calendar')}?year={typed['day'].year}")
    year = _year(request)
    rows = [
        {
            "id": row.pk,
            "day": f"{row.day:%m-%d}",
            "weekday": str(WEEKDAYS[row.day.weekday()]),
            "kind": Badge(DAY_KIND_LABELS[DayKind(row.kind)], TONES.get(DayKind(row.kind), "waiting")),
            "name": row.name,
        }
        for row in queries.calendar_days(year)
        if row.kind != DayKind.ORDINARY
    ]
    here = reverse("desk:setup-calendar")
    tabs = [(str(one), f"{here}?year={one}", one == year, None) for one in range(year - 1, year + 2)]
    facts = {"form": form, "result": Page(rows), "columns": COLUMNS, "tabs": tabs, "year": year, "trail": ()}
    return page(request, "desk/setup/calendar.html", facts)


def _year(request: StaffRequest) -> int:
    typed = request.GET.get("year", "")
    this = local_day(request.now).year
    year = int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 4 else this
    return min(max(year, forms.FIRST_YEAR + 1), forms.LAST_YEAR - 1)
