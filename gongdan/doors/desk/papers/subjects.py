"""Who may see a paper or a file: whoever may see what it hangs on. Most things hang on an order."""

from __future__ import annotations

from collections.abc import Mapping

from gongdan.customers import access as customers
from gongdan.devices import access as devices
from gongdan.files import queries as files
from gongdan.kernel.actor import Actor
from gongdan.orders import access as orders

# The name by which an order knows its parts.
PARTS: Mapping[str, str] = {
    "orders.order": "pk",
    "orders.deviceline": "device_lines",
    "orders.consent": "consents",
    "quotes.quote": "quotes",
    "dispatch.visit": "visits",
    "repair.diagnosis": "diagnoses",
    "repair.actionline": "action_lines",
    "repair.partline": "part_lines",
    "repair.testitem": "test_items",
    "repair.acceptance": "acceptances",
    "repair.helprequest": "help_requests",
    "repair.pickup": "pick_ups",
    "repair.safetyrefusal": "safety_refusals",
    "settlement.bill": "bills",
    "settlement.payment": "payments",
    "followup.callback": "call_backs",
}
MONEY = frozenset({"settlement.bill", "settlement.payment"})


def order_number(kind: str, subject_id: int, actor: Actor) -> str:
    """The order that this thing belongs to, if it belongs to one that the actor may see."""
    if kind not in PARTS:
        return ""
    rows = orders.visible_to(actor).filter(**{PARTS[kind]: subject_id})
    return rows.values_list("number", flat=True).first() or ""


def may_see(kind: str, subject_id: int, actor: Actor) -> bool:
    """Whether the actor may see this thing, and so what hangs on it. Nobody sees what hangs on a kind unknown here."""
    if kind in MONEY and not actor.may("settlement.view"):
        return False
    if kind in PARTS:
        return bool(order_number(kind, subject_id, actor))
    if kind == "customers.customer":
        return customers.visible_to(actor).filter(pk=subject_id).exists()
    if kind == "devices.device":
        return devices.visible_to(actor).filter(pk=subject_id).exists()
    if kind == "files.paper":
        paper = files.paper(subject_id)
        return may_see(paper.subject_kind, paper.subject_id, actor)
    return False
