"""Verbs on teams: queues that orders wait in, and departments that are asked for help."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.fields import overlong
from gongdan.kernel.actor import Actor
from gongdan.kernel.edits import changed, only, refuse
from gongdan.kernel.errors import Missing
from gongdan.kernel.text import _
from gongdan.people import access
from gongdan.people.actions.rows import note, save
from gongdan.people.events import Verb
from gongdan.people.models import Team, User

TEAM_FIELDS = ("name", "site_id", "kind", "is_active")


@transaction.atomic
def add_team(*, name: str, members: Iterable[int] = (), by: Actor, at: datetime, **fields: Any) -> Team:
    """A new team. Refused: no name, one of that name is there, or a member whom the actor does not see."""
    by.require(access.MANAGE)
    team = Team(**only(fields | {"name": name}, TEAM_FIELDS))
    people = _checked(team, members, by=by)
    team.save()
    team.members.set(people)
    record(Verb.TEAM_ADDED, team, by=by, at=at, name=team.name)
    return team


@transaction.atomic
def edit_team(
    team_id: int, *, seen: int, members: Iterable[int] | None = None, by: Actor, at: datetime, **fields: Any
) -> Team:
    """Change a team; members are given whole, None leaves them. Refused: as when adding, or somebody saved meanwhile."""
    by.require(access.MANAGE)
    team = access.visible_teams(by).select_for_update().filter(pk=team_id).first()
    if team is None:
        raise Missing
    if team.version != seen:
        raise stale(team, seen, at=at)
    changes = changed(team, fields, TEAM_FIELDS)
    old = list(team.members.order_by("name", "pk"))
    people = _checked(team, [user.pk for user in old] if members is None else members, by=by, known=old)
    note(changes, "members", [user.name for user in old], [user.name for user in people])
    team.members.set(people)
    save(team, changes, verb=Verb.TEAM_EDITED, by=by, at=at)
    return team


def _checked(team: Team, members: Iterable[int], *, by: Actor, known: Iterable[User] = ()) -> list[User]:
    """The members by name; those who are in it already need not be seen by the actor."""
    errors = overlong(team)
    if not team.name:
        errors["name"] = _("请填写名称")
    elif Team.objects.filter(name=team.name).exclude(pk=team.pk).exists():
        errors["name"] = _("已有名为 {name} 的班组或部门，请换一个名称", name=team.name[:40])
    if team.kind not in list(Team.Kind):
        errors["kind"] = _("请选择班组或部门")
    if team.site_id is None:
        if not by.sees_all_sites:
            errors["site_id"] = _("请选择您能管理的站点")
    elif not access.visible_sites(by).filter(pk=team.site_id).exists():
        errors["site_id"] = _("请选择您能管理的站点")
    wanted = set(members)
    allowed = set(access.visible_to(by).filter(pk__in=wanted).values_list("pk", flat=True))
    if wanted - allowed - {user.pk for user in known}:
        errors["members"] = _("有您看不到的员工，请从列表中选择")
    refuse(errors)
    return list(User.objects.filter(pk__in=wanted).order_by("name", "pk"))
