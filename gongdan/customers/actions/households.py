"""家庭: customers who live together, so that the number of one finds the devices and orders of all (O-051)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.customers import access
from gongdan.customers.actions.records import locked, locked_pair
from gongdan.customers.events import Verb
from gongdan.customers.models import Customer, Household
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Refused
from gongdan.kernel.text import _


@transaction.atomic
def join_household(customer_id: int, other_id: int, *, by: Actor, at: datetime) -> Household:
    """From now on these two, and whoever lived with either, are one household. Twice is once.

    Refused: one of them was merged into another customer or is another site's.
    """
    by.require(access.EDIT)
    first, second = locked_pair(customer_id, other_id, by)
    for row in (first, second):
        if row.merged_into_id is not None:
            raise Refused(_("“{name}”已并入另一位客户，请与保留的那位建立家庭", name=row.name))
    if first.site_id != second.site_id:
        raise Refused(_("两位客户属于不同站点，不能建立家庭；请先把其中一位改到同一站点"))
    home = first.household or second.household
    if home is None:
        home = Household.objects.create(site_id=first.site_id, created_at=at)
    if first.household_id == second.household_id == home.pk:
        return home
    left = [pk for row in (first, second) if (pk := row.household_id) is not None and pk != home.pk]
    Customer.objects.filter(household__in=left).update(household=home)
    Customer.objects.filter(pk__in=(first.pk, second.pk)).update(household=home)
    Household.objects.filter(pk__in=left).delete()
    record(Verb.JOINED_HOUSEHOLD, first, by=by, at=at, number=second.number)
    record(Verb.JOINED_HOUSEHOLD, second, by=by, at=at, number=first.number)
    return home


@transaction.atomic
def leave_household(customer_id: int, *, by: Actor, at: datetime) -> Customer:
    """He no longer belongs to the household; the last one left alone in it belongs to none either."""
    by.require(access.EDIT)
    customer = locked(customer_id, by)
    home = customer.household_id
    if home is None:
        return customer
    customer.household = None
    customer.save(update_fields=["household"])
    record(Verb.LEFT_HOUSEHOLD, customer, by=by, at=at)
    if Customer.objects.filter(household=home).count() < 2:
        Household.objects.filter(pk=home).delete()
    return customer
