"""Permission strings of devices, and who may see which of them."""

from __future__ import annotations

from django.db.models import F, QuerySet

from gongdan.customers import access as customers
from gongdan.devices.models import Device
from gongdan.kernel.actor import Actor

EDIT = "devices.edit"
OVERRULE_WARRANTY = "devices.overrule_warranty"
PERMISSIONS = (EDIT, OVERRULE_WARRANTY)


def visible_to(actor: Actor) -> QuerySet[Device]:
    """The devices of the customers whom the actor may see.

    They are asked for by id, number or customer. The site is hidden from the planner: SQLite takes ten rows for a site
    and would walk through all of its customers.
    """
    if actor.sees_all_sites and actor.may(customers.VIEW):
        return Device.objects.all()
    if actor.kind == "technician" or not actor.may(customers.VIEW):
        return Device.objects.filter(customer__in=customers.visible_to(actor))
    return Device.objects.alias(at_site=F("customer__site_id") + 0).filter(at_site__in=actor.sites)
