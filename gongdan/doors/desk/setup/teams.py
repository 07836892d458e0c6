"""启用准备 › 班组与部门: whose queue orders wait in, and who is asked for help."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from gongdan.doors.desk.history import history
from gongdan.doors.desk.setup.pages import Group, Sheet, listed, saved
from gongdan.doors.desk.setup.sites import in_use
from gongdan.doors.kit import forms
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import seen_version
from gongdan.doors.kit.tables import Column
from gongdan.kernel.calendar import local_day
from gongdan.people import access, actions, queries

KINDS = [("team", lazy("班组")), ("department", lazy("部门"))]
COLUMNS = [
    Column("name", lazy("名称"), lead=True),
    Column("kind", lazy("类型")),
    Column("site", lazy("站点")),
    Column("members", lazy("成员"), grow=True),
    Column("state", lazy("状态"), kind="badge"),
]


class TeamForm(forms.KitForm):
    """A team or department."""

    name = forms.Line(lazy("名称"), max_length=40, placeholder=lazy("如：空调一班、技术部"), autofocus=True)
    kind = forms.Choice(
        lazy("类型"), choices=KINDS, shown_as="segments", hint=lazy("派工可派给班组，由成员领单；维修可向部门求助")
    )
    site_id = forms.Choice(
        lazy("站点"), choices=(), coerce=int, empty_value=None, required=False, empty_label=lazy("全店")
    )
    is_active = forms.Tick(lazy("在用"))
    members = forms.Choices(lazy("成员"), choices=(), coerce=int, required=False, wide=True)

    def __init__(self, typed: Any, request: StaffRequest, **kwargs: Any) -> None:
        super().__init__(typed, **kwargs)
        sites = access.visible_sites(request.actor).filter(is_active=True).order_by("pk")
        people = queries.staff(request.actor, on=local_day(request.now))
        self.offer_choices("site_id", [(one.pk, one.name) for one in sites])
        self.offer_choices("members", [(one.id, f"{one.name}（{one.site_name}）") for one in people])


@require_safe
def teams(request: StaffRequest) -> HttpResponse:
    """The teams and departments that the actor manages."""
    request.actor.require(access.MANAGE)
    found = queries.teams(request.actor, with_inactive=True)
    members = queries.team_members([row.pk for row in found])
    kinds = dict(KINDS)
    rows = [
        {
            "id": row.pk,
            "url": reverse("desk:setup-team", args=[row.pk]),
            "name": row.name,
            "kind": str(kinds[row.kind]),
            "site": row.site.name if row.site else _("全店"),
            "members": "、".join(name for _pk, name in members[row.pk]),
            "state": in_use(is_active=row.is_active),
        }
        for row in found
    ]
    return listed(
        request,
        _("班组与部门"),
        COLUMNS,
        rows,
        add=reverse("desk:setup-team-add"),
        add_label=_("新增班组或部门"),
        empty=_("还没有班组和部门"),
        empty_hint=_("班组的成员可以领单；向部门求助时，部门的成员都能看到"),
    )


@require_http_methods(["GET", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    """A new team or department."""
    request.actor.require(access.MANAGE)
    typed = request.POST if request.method == "POST" else None
    form = TeamForm(typed, request, initial={"kind": "team", "is_active": True})
    sheet = _sheet(_("新增班组或部门"), reverse("desk:setup-team-add"))

    def save(values: dict[str, Any]) -> int:
        return actions.add_team(**values, by=request.actor, at=request.now).pk

    return saved(request, form, sheet, save, verb="people.add_team")


@require_http_methods(["GET", "POST"])
def team(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a team or department."""
    request.actor.require(access.MANAGE)
    row = queries.team(pk, request.actor)
    members = [user_id for user_id, _name in queries.team_members([pk])[pk]]
    typed = request.POST if request.method == "POST" else None
    initial = {name: getattr(row, name) for name in ("name", "kind", "site_id", "is_active")}
    form = TeamForm(typed, request, initial=initial | {"members": members})
    sheet = _sheet(row.name, reverse("desk:setup-team", args=[pk]))
    sheet.seen = row.version
    sheet.entries = history("people.team", pk, request.actor, words={"kind": dict(KINDS)})

    def save(values: dict[str, Any]) -> None:
        actions.edit_team(pk, seen=seen_version(request), **values, by=request.actor, at=request.now)

    return saved(request, form, sheet, save)


def _sheet(title: str, action: str) -> Sheet:
    back = reverse("desk:setup-teams")
    return Sheet(
        title=title,
        action=action,
        to=back,
        trail=[(_("班组与部门"), back)],
        groups=[Group(["name", "kind", "site_id", "is_active", "members"])],
        draft=action,
    )
