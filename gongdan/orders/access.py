"""Permission strings of orders, and who may see which of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import F, QuerySet

from gongdan.customers import access as customers
from gongdan.fields.prepared import PreparedFor
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Missing
from gongdan.kernel.text import _
from gongdan.orders.models import Order, Participant

VIEW = "orders.view"
REGISTER = "orders.register"
EDIT = "orders.edit"
CHOOSE_FLOW = "orders.choose_flow"
ANSWER = "orders.answer"
CANCEL = "orders.cancel"
SEE_ALL = "orders.see_all"
JUDGE = "orders.judge"
RELEASE = "orders.release"  # the supervisor: lets held orders go on, gets what is chased again and again
FROM_CENTRE = "orders.from_centre"  # what this person registers came through 故障受理中心
PERMISSIONS = (VIEW, REGISTER, EDIT, CHOOSE_FLOW, ANSWER, CANCEL, SEE_ALL, JUDGE, RELEASE, FROM_CENTRE)

OVERRULE_WARRANTY = "devices.overrule_warranty"
SPLITS = (EDIT, "dispatch.assign", "repair.work")  # any of them notes devices one by one and splits them off
LOGS_CONTACT = ("dispatch.contact", "dispatch.assign", "followup.call", EDIT)  # any of them calls customers
TALKS = (*LOGS_CONTACT, REGISTER)  # any of them speaks with customers


def visible_to(actor: Actor) -> QuerySet[Order]:
    """The orders the actor may see.

    Desks: those of their sites. Technicians: those they work on, help with or registered themselves (R-003). A
    customer's link: its own order.
    """
    if actor.order is not None or is_bound(actor) or not actor.may(VIEW):
        return visible_of(actor, Order.objects.all())
    rows = Order.objects.filter(is_visible=True)
    return rows if actor.sees_all_sites else rows.filter(site__in=actor.sites)


def visible_among(actor: Actor, ids: Collection[int] | QuerySet[Any, Any]) -> QuerySet[Order]:
    """Those of these orders that the actor may see: `visible_to` for rows that are known by their ids."""
    return visible_of(actor, Order.objects.filter(pk__in=ids))


def visible_of(actor: Actor, rows: QuerySet[Order]) -> QuerySet[Order]:
    """Those of a few rows that the actor may see: as `visible_to`, for rows that something narrower than a site leads to.

    The site is hidden from the planner: SQLite takes ten rows for a site and would walk through all of its orders.
    """
    rows = rows.filter(is_visible=True)
    if actor.order is not None:
        return rows.filter(pk=actor.order)
    if not actor.may(VIEW):
        return rows.none()
    if is_bound(actor):
        return rows.filter(pk__in=taken_part_in(actor))
    return rows if actor.sees_all_sites else rows.alias(at_site=F("site_id") + 0).filter(at_site__in=actor.sites)


def is_bound(actor: Actor) -> bool:
    """Whether the actor sees only the orders that he takes part in."""
    return not actor.may(SEE_ALL)


def taken_part_in(actor: Actor) -> QuerySet[Participant, int]:
    """The ids of the orders that the actor takes part in now."""
    return Participant.objects.filter(user=actor.id, until__isnull=True).values_list("order_id", flat=True)


def find(actor: Actor, number: str) -> Order:
    """The order of this number. Missing (404) if there is none, Forbidden (403) if it is not the actor's."""
    row: Order | None = next(iter(_BY_NUMBER.rows(actor, number)), None)
    if row is None:
        raise refusal_for(Order.objects.filter(number=number, is_visible=True).exists(), number, by=actor)
    return row


_BY_NUMBER = PreparedFor(lambda actor, number: visible_to(actor).filter(number=number)[:1], str)


def refusal_for(exists: bool, number: str = "", *, by: Actor | None) -> Forbidden | Missing:  # noqa: FBT001 - the one question it answers
    """The refusal for an order that the actor did not get to see."""
    if exists and by is not None and is_bound(by):  # of whichever site: he sees what he takes part in
        return Forbidden(_("这张工单没有派给您；需要协助请联系派工员或主管"))
    if exists:
        return Forbidden(_("这张工单不属于您的站点；需要协助请联系派工员或主管"))
    if number:
        return Missing(_("没有单号为 {number} 的工单，请核对单号", number=number[:40]))
    return Missing(_("没有找到这张工单，请返回列表重新查找"))


def can_see_phone(actor: Actor) -> bool:
    """Whether whole numbers are shown, of those orders that the actor may see at all."""
    return actor.order is not None or customers.can_see_phone(actor)


def shown_phone(actor: Actor, typed: str, code: str = "") -> str:
    """The number for these eyes: as typed, or with its middle hidden."""
    return typed if actor.order is not None else customers.shown_phone(actor, typed, code)
