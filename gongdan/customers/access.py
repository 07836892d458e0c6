"""Permission strings of customers, and who may see which of them."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import F, QuerySet

from gongdan.customers.models import Customer, Reader
from gongdan.kernel import phones
from gongdan.kernel.actor import Actor

VIEW = "customers.view"
EDIT = "customers.edit"
SEE_PHONE = "customers.see_phone"
WARN = "customers.warn"
MERGE = "customers.merge"
ERASE = "customers.erase"
PERMISSIONS = (VIEW, EDIT, SEE_PHONE, WARN, MERGE, ERASE)


def visible_to(actor: Actor) -> QuerySet[Customer]:
    """The customers the actor may see: of his sites; a technician only those whose orders he has (R-083)."""
    if not actor.may(VIEW):
        return Customer.objects.none()
    if actor.sees_all_sites:
        return Customer.objects.all()
    if actor.kind == "technician":
        return Customer.objects.filter(pk__in=Reader.objects.filter(user=actor.id).values("customer"))
    return Customer.objects.filter(site__in=actor.sites)


def visible_among(actor: Actor, ids: Collection[int]) -> QuerySet[Customer]:
    """Those of these customers that the actor may see: `visible_to` for rows that are known by their ids.

    The site is hidden from the planner: SQLite takes ten rows for a site and would walk through all of its customers.
    """
    if actor.sees_all_sites or actor.kind == "technician" or not actor.may(VIEW):
        return visible_to(actor).filter(pk__in=ids)
    return Customer.objects.alias(at_site=F("site_id") + 0).filter(pk__in=ids, at_site__in=actor.sites)


def can_see_phone(actor: Actor) -> bool:
    """Whether whole numbers are shown to the actor, of those customers and orders that he may see at all."""
    return actor.may(SEE_PHONE)


def shown_phone(actor: Actor, typed: str, code: str = "") -> str:
    """The number for these eyes: as typed, or with its middle hidden."""
    if can_see_phone(actor) or not typed:
        return typed
    return phones.masked(code) if code else f"****{phones.tail4(typed)}"
