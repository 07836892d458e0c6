"""Who acts, who works where, and which settings hold for a site."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.people.models import ApiToken, Role, ShopSettings, Site, User


def actor_for(user: User) -> Actor:
    """The acting value of a member of staff: permissions of all his roles, home site and the sites he is lent to.

    Two queries. Where a role sees all sites, `sites` still holds his own, for new documents.
    """
    permissions: set[str] = set()
    is_technician = False
    for granted, technician in user.roles.values_list("permissions", "is_technician"):
        permissions.update(granted)
        is_technician = is_technician or technician
    extra = set(user.extra_sites.values_list("pk", flat=True))
    kind = "technician" if is_technician and "orders.see_all" not in permissions else "staff"
    return Actor(
        kind=kind,
        id=user.pk,
        name=user.name,
        permissions=frozenset(permissions),
        sites=frozenset(extra | {user.site_id}),
    )


def actor_of(user_id: int) -> Actor:
    """The acting value of this member of staff."""
    return actor_for(User.objects.get(pk=user_id))


def actor_for_token(token: str, *, at: datetime) -> Actor | None:
    """The actor behind an API token, or None if it is unknown or revoked. Notes the day it was used."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    row = ApiToken.objects.filter(digest=digest, is_revoked=False, user__is_active=True).select_related("user").first()
    if row is None:
        return None
    day = local_day(at)
    if row.last_used_on != day:
        ApiToken.objects.filter(pk=row.pk).update(last_used_on=day)
    return actor_for(row.user)


def home_site(actor: Actor) -> Site:
    """The site that new documents of this actor belong to: the home site of staff, else his first."""
    if actor.kind in ("staff", "technician"):
        return Site.objects.get(staff=actor.id)
    return (
        Site.objects.order_by("pk").filter(Q(pk__in=actor.sites) if actor.sites else Q()).first() or Site.objects.get()
    )


def settings_for(site_id: int | None) -> ShopSettings:
    """The settings of a site, or the defaults of the shop."""
    rows = list(ShopSettings.objects.filter(Q(site=site_id) | Q(site__isnull=True)).order_by("site_id"))
    own = [row for row in rows if row.site_id == site_id and site_id is not None]
    return (own or rows or [ShopSettings()])[0]


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff as lists and pickers show him."""

    id: int
    name: str
    staff_no: str
    phone: str
    site_id: int
    site_name: str
    skills: tuple[str, ...] = ()


def technicians(site_ids: frozenset[int] | None) -> list[Person]:
    """Active technicians of these sites (None: of all), by name. Two queries."""
    rows = User.objects.filter(is_active=True, roles__is_technician=True).select_related("site").distinct()
    if site_ids is not None:
        lent = User.extra_sites.through.objects.filter(site__in=site_ids).values("user")
        rows = rows.filter(Q(site__in=site_ids) | Q(pk__in=lent))
    people = rows.order_by("site_id", "name").prefetch_related("skills__skill")
    return [_person(user, tuple(s.skill.name for s in user.skills.all())) for user in people]


def payees(site_ids: frozenset[int] | None) -> list[Person]:
    """Active staff who may collect money (R-014): the only choices for 收款人."""
    rows = User.objects.filter(is_active=True, is_payee=True).select_related("site")
    if site_ids is not None:
        rows = rows.filter(site__in=site_ids)
    return [_person(user) for user in rows.order_by("name")]


def permission_table() -> tuple[list[Role], list[tuple[str, list[bool]]]]:
    """The readable table of who may what: roles as columns, permission strings as rows, sorted."""
    roles = list(Role.objects.order_by("pk"))
    names = sorted({p for role in roles for p in role.permissions})
    return roles, [(name, [name in role.permissions for role in roles]) for name in names]


def _person(user: User, skills: tuple[str, ...] = ()) -> Person:
    return Person(user.pk, user.name, user.staff_no, user.phone, user.site_id, user.site.name, skills)
