"""Permission strings of devices, and who may see which of them."""

from __future__ import annotations

from django.db.models import QuerySet

from gongdan.customers import access as customers
from gongdan.devices.models import Device
from gongdan.kernel.actor import Actor

EDIT = "devices.edit"
OVERRULE_WARRANTY = "devices.overrule_warranty"
PERMISSIONS = (EDIT, OVERRULE_WARRANTY)


def visible_to(actor: Actor) -> QuerySet[Device]:
    """The devices of the customers whom the actor may see."""
    if actor.sees_all_sites and actor.may(customers.VIEW):
        return Device.objects.all()
    return Device.objects.filter(customer__in=customers.visible_to(actor))
