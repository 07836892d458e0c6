"""启用准备 › 站点."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from gongdan.customers import queries as customers
from gongdan.doors.desk.history import history
from gongdan.doors.desk.setup.pages import Group, Sheet, listed, saved
from gongdan.doors.kit import forms
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import seen_version
from gongdan.doors.kit.tables import Badge, Column
from gongdan.people import access, actions, queries

KINDS = [("site", lazy("站点")), ("store", lazy("门店"))]
COLUMNS = [
    Column("name", lazy("名称"), lead=True),
    Column("code", lazy("编号"), kind="code"),
    Column("kind", lazy("类型")),
    Column("hotline", lazy("热线"), kind="code"),
    Column("address", lazy("地址"), grow=True),
    Column("staff", lazy("员工"), kind="number"),
    Column("state", lazy("状态"), kind="badge"),
]


class SiteForm(forms.KitForm):
    """A site's details."""

    code = forms.Line(lazy("编号"), max_length=12, hint=lazy("印在单号和单据上，如 TH；建好后不再改"), autofocus=True)
    name = forms.Line(lazy("名称"), max_length=60)
    kind = forms.Choice(lazy("类型"), choices=KINDS, shown_as="segments", required=False, empty_value="site")
    hotline = forms.Line(lazy("热线"), max_length=40, required=False, hint=lazy("印在单据上，客户打这个电话"))
    complaint_phone = forms.Line(lazy("投诉电话"), max_length=40, required=False)
    area_code = forms.Line(
        lazy("区号"), max_length=4, required=False, placeholder="020", hint=lazy("登记时只报 8 位座机，按这个区号补全")
    )
    opening_hours = forms.Line(lazy("营业时间"), max_length=60, required=False, placeholder="08:30-18:00")
    division_code = forms.DivisionField(lazy("省市区"), url="desk:divisions-pick", required=False)
    address = forms.Line(lazy("地址"), max_length=200, required=False)
    is_active = forms.Tick(lazy("在用"))


@require_safe
def sites(request: StaffRequest) -> HttpResponse:
    """The sites that the actor manages."""
    request.actor.require(access.MANAGE)
    staff = queries.staff_count_by_site()
    kinds = dict(KINDS)
    rows = [
        {
            "id": row.pk,
            "url": reverse("desk:setup-site", args=[row.pk]),
            "name": row.name,
            "code": row.code,
            "kind": str(kinds.get(row.kind, row.kind)),
            "hotline": row.hotline,
            "address": row.address,
            "staff": staff.get(row.pk, 0),
            "state": in_use(is_active=row.is_active),
        }
        for row in access.visible_sites(request.actor).order_by("pk")
    ]
    return listed(
        request,
        _("站点"),
        COLUMNS,
        rows,
        add=reverse("desk:setup-site-add"),
        add_label=_("新增站点"),
        empty=_("还没有站点"),
        empty_hint=_("先建一个站点或门店，员工和工单都归属于它"),
    )


@require_http_methods(["GET", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    """A new site."""
    request.actor.require(access.MANAGE)
    typed = request.POST if request.method == "POST" else None
    form = SiteForm(typed, initial={"kind": "site", "is_active": True, "opening_hours": "08:30-18:00"})
    sheet = _sheet(_("新增站点"), reverse("desk:setup-site-add"))

    def save(values: dict[str, Any]) -> int:
        return actions.add_site(**values, by=request.actor, at=request.now).pk

    return saved(request, form, sheet, save, verb="people.add_site")


@require_http_methods(["GET", "POST"])
def site(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a site."""
    request.actor.require(access.MANAGE)
    row = queries.site(pk, request.actor)
    typed = request.POST if request.method == "POST" else None
    form = SiteForm(typed, initial={name: getattr(row, name) for name in SiteForm.base_fields})
    del form.fields["code"]
    if row.division_code and (division := customers.division(row.division_code)):
        form.show("division_code", division.full_name)
    sheet = _sheet(row.name, reverse("desk:setup-site", args=[pk]))
    sheet.seen = row.version
    sheet.entries = history("people.site", pk, request.actor, words={"kind": dict(KINDS)})

    def save(values: dict[str, Any]) -> None:
        actions.edit_site(pk, seen=seen_version(request), **values, by=request.actor, at=request.now)

    return saved(request, form, sheet, save)


def in_use(*, is_active: bool) -> Badge:
    """在用 or 已停用."""
    return Badge(_("在用"), "done") if is_active else Badge(_("已停用"), "quiet")


def _sheet(title: str, action: str) -> Sheet:
    return Sheet(
        title=title,
        action=action,
        to=reverse("desk:setup-sites"),
        trail=[(_("站点"), reverse("desk:setup-sites"))],
        groups=[
            Group(["code", "name", "kind"]),
            Group(
                ["hotline", "complaint_phone", "opening_hours", "area_code", "division_code", "address"],
                title=_("联系"),
            ),
            Group(["is_active"], hint=_("停用的站点不再接新单，旧单照常查看")),
        ],
        draft=action,
    )
