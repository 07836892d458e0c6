"""Permission strings of people, and who may see which staff."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from gongdan.kernel.actor import Actor
from gongdan.people.models import Site, Team, User

ALL_SITES = "people.all_sites"
MANAGE = "people.manage"
SETTINGS = "people.settings"
PERMISSIONS = (ALL_SITES, MANAGE, SETTINGS)


def visible_sites(actor: Actor) -> QuerySet[Site]:
    """The sites whose rows the actor may see."""
    return Site.objects.all() if actor.sees_all_sites else Site.objects.filter(pk__in=actor.sites)


def visible_to(actor: Actor) -> QuerySet[User]:
    """The staff of the actor's sites, also those lent to them."""
    if actor.sees_all_sites:
        return User.objects.all()
    mine = Q(site__in=actor.sites) | Q(
        pk__in=User.extra_sites.through.objects.filter(site__in=actor.sites).values("user")
    )
    return User.objects.filter(mine)


def visible_teams(actor: Actor) -> QuerySet[Team]:
    """The teams of the actor's sites, and those of the whole shop."""
    if actor.sees_all_sites:
        return Team.objects.all()
    return Team.objects.filter(Q(site__in=actor.sites) | Q(site__isnull=True))
