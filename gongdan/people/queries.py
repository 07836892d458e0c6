"""Who acts, who works where, and which settings hold for a site."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from gongdan.fields.prepared import Prepared
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Forbidden, Missing
from gongdan.people import access
from gongdan.people.models import ApiToken, Role, ShopSettings, Site, Team, User

# Every request asks this: written out, because putting the two queries together costs more than running them.
_GRANTS = (
    "SELECT people_role.permissions, people_role.is_technician, NULL FROM people_role"
    " JOIN people_user_roles ON people_user_roles.role_id = people_role.id WHERE people_user_roles.user_id = %s"
    " UNION ALL SELECT NULL, NULL, site_id FROM people_user_extra_sites WHERE user_id = %s"
)


def actor_for(user: User) -> Actor:
    """The acting value of a member of staff: permissions of all his roles, home site and the sites he is lent to.

    One query. Where a role sees all sites, `sites` still holds his own, for new documents.
    """
    permissions: set[str] = set()
    is_technician = False
    extra: set[int] = set()
    with connection.cursor() as cursor:
        cursor.execute(_GRANTS, [user.pk, user.pk])
        for granted, technician, site in cursor.fetchall():
            if site is not None:
                extra.add(site)
                continue
            permissions.update(json.loads(granted))
            is_technician = is_technician or bool(technician)
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
    row: ApiToken | None = next(iter(_TOKENS.rows(digest)), None)
    if row is None:
        return None
    day = local_day(at)
    if row.last_used_on != day:
        ApiToken.objects.filter(pk=row.pk).update(last_used_on=day)
    return actor_for(row.user)


_TOKENS = Prepared(
    lambda digest: ApiToken.objects.filter(digest=digest, is_revoked=False, user__is_active=True).select_related(
        "user"
    )[:1],
    str,
)


def home_site(actor: Actor) -> Site:
    """The site that new documents of this actor belong to: the home site of staff, else his first."""
    if actor.kind in ("staff", "technician"):
        site: Site
        (site,) = _HOMES.rows(actor.id)
        return site
    return (
        Site.objects.order_by("pk").filter(Q(pk__in=actor.sites) if actor.sites else Q()).first() or Site.objects.get()
    )


_HOMES = Prepared(lambda staff: Site.objects.filter(staff=staff), int)
_SETTINGS = "SELECT * FROM people_shopsettings WHERE site_id = %s OR site_id IS NULL"


def settings_for(site_id: int | None) -> ShopSettings:
    """The settings of a site, or the defaults of the shop."""
    rows = list(ShopSettings.objects.raw(_SETTINGS, [site_id]))
    own = next((row for row in rows if row.site_id == site_id and site_id is not None), None)
    shop = next((row for row in rows if row.site_id is None), None)
    chosen = own or shop or ShopSettings()
    if own is not None and own.follows_shop and shop is not None:
        own.take_after(shop)
    chosen.shop_values = shop.values if shop is not None else {}  # type: ignore[misc]  # its own, not the class's
    return chosen


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
    """Active technicians of these sites (None: of all), by name. One query."""
    skills: dict[Person, list[str]] = {}
    for *known, skill in _technicians(None if site_ids is None else len(site_ids)).rows(*site_ids or ()):
        skills.setdefault(Person(*known), []).extend([skill] if skill else [])
    return [replace(person, skills=tuple(names)) for person, names in skills.items()]


@cache
def _technicians(sites: int | None) -> Prepared:
    """A row for each skill, one for who has none; asked for by so many sites, None: not by site."""

    def build(*site_ids: int) -> QuerySet[User, Any]:
        rows = technicians_at(None if sites is None else site_ids).order_by("site_id", "name", "pk", "skills__pk")
        return rows.values_list("pk", "name", "staff_no", "phone", "site_id", "site__name", "skills__skill__name")

    return Prepared(build, *[int] * (sites or 0))


def technicians_at(site_ids: Collection[int] | None) -> QuerySet[User]:
    """Active technicians who belong to these sites or are lent to them (None: all)."""
    rows = User.objects.filter(
        is_active=True, pk__in=User.roles.through.objects.filter(role__is_technician=True).values("user")
    )
    if site_ids is None:
        return rows
    lent = User.extra_sites.through.objects.filter(site__in=site_ids).values("user")
    return rows.filter(Q(site__in=site_ids) | Q(pk__in=lent))


def technician_names(site_ids: frozenset[int] | None) -> list[tuple[int, str]]:
    """Ids and names of active technicians of these sites (None: of all), for choices. One query."""
    return list(technicians_at(site_ids).order_by("site_id", "name").values_list("pk", "name"))


def payees(site_ids: frozenset[int] | None) -> list[Person]:
    """Active staff who may collect money (R-014): the only choices for 收款人."""
    rows = User.objects.filter(is_active=True, is_payee=True).select_related("site")
    if site_ids is not None:
        rows = rows.filter(site__in=site_ids)
    return [_person(user) for user in rows.order_by("name")]


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A member of staff as the setup lists him."""

    id: int
    username: str
    name: str
    staff_no: str
    phone: str
    site_name: str
    roles: tuple[str, ...]
    is_payee: bool
    is_active: bool
    expired: tuple[str, ...]  # certificates that no longer hold


def staff(actor: Actor, *, words: str = "", with_inactive: bool = False, on: date) -> list[StaffRow]:
    """The staff whom the actor may see, by site and name; `words` in name, initials, number or log-in. Three queries."""
    rows = access.visible_to(actor).select_related("site").prefetch_related("roles", "certificates")
    if not with_inactive:
        rows = rows.filter(is_active=True)
    for word in words.split()[:5]:
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(initials__istartswith=word)
            | Q(staff_no__icontains=word)
            | Q(username__icontains=word)
            | Q(phone__endswith=word)
        )
    return [
        StaffRow(
            id=user.pk,
            username=user.username,
            name=user.name,
            staff_no=user.staff_no,
            phone=user.phone,
            site_name=user.site.name,
            roles=tuple(role.name for role in sorted(user.roles.all(), key=lambda role: role.pk)),
            is_payee=user.is_payee,
            is_active=user.is_active,
            expired=tuple(c.kind for c in user.certificates.all() if c.valid_until and c.valid_until < on),
        )
        for user in rows.order_by("site_id", "name", "pk")
    ]


def person(user_id: int, actor: Actor) -> User:
    """The member of staff of this number, with site. Forbidden: another site's; Missing: there is none."""
    row = access.visible_to(actor).select_related("site").filter(pk=user_id).first()
    if row is None:
        raise Forbidden if User.objects.filter(pk=user_id).exists() else Missing
    return row


def site(site_id: int, actor: Actor) -> Site:
    """The site of this number. Forbidden: not the actor's; Missing: there is none."""
    row = access.visible_sites(actor).filter(pk=site_id).first()
    if row is None:
        raise Forbidden if Site.objects.filter(pk=site_id).exists() else Missing
    return row


def stores() -> list[tuple[int, str]]:
    """The stores that are open (门店), for the choice of an in-store order (R-094). One query."""
    rows = Site.objects.filter(kind=Site.Kind.STORE, is_active=True)
    return list(rows.order_by("pk").values_list("pk", "name"))


def staff_count_by_site() -> dict[int, int]:
    """How many active staff call each site their own."""
    rows = User.objects.filter(is_active=True).values("site").annotate(count=Count("pk"))
    return {row["site"]: row["count"] for row in rows}


def roles() -> list[Role]:
    """All roles, in the order of their making."""
    return list(Role.objects.order_by("pk"))


def role(role_id: int) -> Role:
    """The role of this number. Missing: there is none."""
    row = Role.objects.filter(pk=role_id).first()
    if row is None:
        raise Missing
    return row


def teams(actor: Actor, *, kind: str = "", with_inactive: bool = False) -> list[Team]:
    """The teams that the actor may see, of this kind if one is named, with their site. Departments last. One query."""
    rows = access.visible_teams(actor).select_related("site")
    if kind:
        rows = rows.filter(kind=kind)
    if not with_inactive:
        rows = rows.filter(is_active=True)
    return list(rows.order_by("-kind", "name", "pk"))


def team(team_id: int, actor: Actor) -> Team:
    """The team of this number, with its site. Forbidden: another site's; Missing: there is none."""
    row = access.visible_teams(actor).select_related("site").filter(pk=team_id).first()
    if row is None:
        raise Forbidden if Team.objects.filter(pk=team_id).exists() else Missing
    return row


def team_members(team_ids: Collection[int]) -> dict[int, list[tuple[int, str]]]:
    """Ids and names of the active members of these teams, by name. One query."""
    found: dict[int, list[tuple[int, str]]] = {pk: [] for pk in team_ids}
    rows = User.objects.filter(is_active=True, teams__in=list(team_ids)).order_by("name", "pk")
    for team_id, pk, name in rows.values_list("teams", "pk", "name"):
        if team_id in found:
            found[team_id].append((pk, name))
    return found


def is_member(user_id: int, team_id: int) -> bool:
    """Whether this member of staff belongs to this team."""
    return Team.objects.filter(pk=team_id, members=user_id).exists()


def tokens() -> list[ApiToken]:
    """All API tokens, those in use first, newest first within."""
    return list(ApiToken.objects.select_related("user").order_by("is_revoked", "-pk"))


def own_settings(site_id: int | None) -> ShopSettings | None:
    """The row of the settings that a site has for itself (None: the shop's), if there is one."""
    return ShopSettings.objects.filter(site=site_id).first()


def _person(user: User) -> Person:
    return Person(user.pk, user.name, user.staff_no, user.phone, user.site_id, user.site.name)
