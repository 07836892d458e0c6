"""启用准备 › 角色权限: the readable table of who may what, and changing one role."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gongdan.doors.desk.history import history
from gongdan.doors.desk.setup import words
from gongdan.doors.desk.setup.pages import Group, Sheet, saved
from gongdan.doors.kit import forms
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, seen_version
from gongdan.doors.kit.spoken import sentence
from gongdan.people import access, actions, queries


class RoleForm(forms.KitForm):
    """What a role may do: one field for each group of permissions."""

    def __init__(self, typed: Any = None, *, granted: list[str]) -> None:
        super().__init__(typed, initial={f"group{place}": granted for place in range(len(words.GROUPS))})
        for place, (title, group) in enumerate(words.GROUPS):
            self.fields[f"group{place}"] = forms.Choices(
                sentence(title), choices=list(group.items()), required=False, wide=True
            )


@require_safe
def roles(request: StaffRequest) -> HttpResponse:
    """Roles as columns, permissions as rows."""
    request.actor.require(access.MANAGE)
    found = queries.roles()
    groups = [
        (title, [(label, [name in role.permissions for role in found]) for name, label in group.items()])
        for title, group in words.GROUPS
    ]
    return page(request, "desk/setup/roles.html", {"roles": found, "groups": groups, "trail": ()})


@require_http_methods(["GET", "POST"])
def role(request: StaffRequest, pk: int) -> HttpResponse:
    """Change what one role may do."""
    request.actor.require(access.MANAGE)
    row = queries.role(pk)
    form = RoleForm(request.POST if request.method == "POST" else None, granted=row.permissions)
    sheet = Sheet(
        title=row.name,
        action=reverse("desk:setup-role", args=[pk]),
        to=reverse("desk:setup-roles"),
        trail=[(_("角色权限"), reverse("desk:setup-roles"))],
        groups=[Group(list(form.fields), columns=1)],
        entries=history("people.role", pk, request.actor, words={"permissions": words.LABELS}),
        seen=row.version,
        note=_("保存后立即生效，不必重新登录。"),
    )

    def save(values: dict[str, Any]) -> None:
        wanted = [name for group in values.values() for name in group]
        seen = seen_version(request)
        actions.edit_role(pk, wanted, known=words.DECLARED, seen=seen, by=request.actor, at=request.now)

    return saved(request, form, sheet, save)
