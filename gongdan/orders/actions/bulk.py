"""Orders with many rooms: registered at once, finished room by room, and what nobody was at home for goes its own way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import access, rules
from gongdan.orders.actions import equipment
from gongdan.orders.actions.deposits import deposit, deposit_line, locked, staff_id
from gongdan.orders.actions.indexing import index
from gongdan.orders.actions.intake import copy_of, register
from gongdan.orders.events import Verb
from gongdan.orders.models import DeviceLine, Order, Relation
from gongdan.orders.rules import OrderDraft, Room
from gongdan.orders.states import Flow, Impact, Status


@transaction.atomic
def register_bulk(draft: OrderDraft, rooms: Sequence[Room], *, by: Actor, at: datetime) -> Order:
    """One order with a device line for each room (O-038): one visit, one bill, one sheet to sign.

    Several rooms are more than one device, whatever the form still said of the impact (R-042).

    Refused, row by row (`rooms.3.phone`): a room without place or fault, twice the same; else as in `register`.
    """
    rooms = [room for room in rooms if not room.is_blank]
    if errors := rules.rooms_complaints(rooms):
        raise Invalid(errors)
    whole = replace(
        draft,
        symptom=rules.bulk_symptom(draft.symptom, rooms),
        devices=tuple(room.draft(draft.category_id) for room in rooms),
        impact=Impact.DEPARTMENT if len(rooms) > 1 and draft.impact == Impact.SINGLE else draft.impact,
        is_bulk=True,
    )
    return register(whole, by=by, at=at)


@transaction.atomic
def finish_lines(
    order_id: int, *, done: Collection[int], absent: Collection[int] = (), seen: int, by: Actor, at: datetime
) -> Order | None:
    """Room by room: these are done, at those nobody was there.

    The absent ones go to an order of their own, which is answered, to be booked again.

    Refused: not under way, none chosen, not the lines of this order, one that has its result already, or a colleague
    saved meanwhile.
    """
    by.require_any(access.SPLITS)
    order = locked(order_id, seen=seen, by=by)
    if order.status != Status.IN_REPAIR:
        raise Refused(_("工单派工以后、完工以前，才能逐台登记完成或人不在"), code="wrong_status")
    lines = {line.pk: line for line in DeviceLine.objects.filter(order=order)}
    chosen = set(done) | set(absent)
    if not chosen:
        raise Invalid({"lines": _("请先选择完成的或人不在的设备")})
    if not chosen <= lines.keys():
        raise Invalid({"lines": _("所选设备已不在这张工单里，请刷新页面")})
    if any(lines[pk].result for pk in chosen):
        raise Invalid({"lines": _("所选设备里有已经登记了结果的，请刷新页面")})
    if set(done) & set(absent):
        raise Invalid({"lines": _("同一台设备不能既完成又人不在")})
    for pk in sorted(done):
        deposit_line(lines[pk], result="repaired")
    record(Verb.LINES_NOTED, order, by=by, at=at, done=len(set(done)), absent=len(set(absent)))
    if not absent:
        order.version += 1
        order.save(update_fields=["version"])
        return None
    return split_off(order_id, absent, reason=str(_("人不在")), seen=seen, by=by, at=at)


@transaction.atomic
def split_off(
    order_id: int,
    line_ids: Collection[int],
    *,
    reason: str = "",
    wished_from: datetime | None = None,
    wished_to: datetime | None = None,
    seen: int,
    by: Actor,
    at: datetime,
) -> Order:
    """These devices leave the order for one of their own that waits for dispatch; both are linked (O-038).

    What is billed of the first order is billed for the devices that stay. Refused: not under way, a device that is done
    already, all of them, or a colleague saved meanwhile.
    """
    by.require_any(access.SPLITS)
    order = locked(order_id, seen=seen, by=by)
    if order.status not in (Status.TO_DISPATCH, Status.IN_REPAIR):
        raise Refused(_("待派工或维修中的工单才能拆出设备"), code="wrong_status")
    if errors := rules.window_complaints(wished_from, wished_to):
        raise Invalid(errors)
    wanted = set(line_ids)
    lines = list(DeviceLine.objects.filter(order=order).select_related("category", "brand").order_by("position"))
    moved = [line for line in lines if line.pk in wanted]
    finished = sum(1 for line in moved if line.result)
    if refusal := rules.split_complaint(len(wanted), len(moved), lines=len(lines), finished=finished):
        raise Invalid({"lines": refusal})
    new = copy_of(
        order,
        by=by,
        at=at,
        only=(),
        device_text=equipment.text_of(moved),
        symptom=_symptom(order, moved),
        status=Status.TO_DISPATCH,
        flow=Flow.REPAIR,
        flow_chosen_at=at,
        flow_chosen_by_id=staff_id(by),
        accepted_at=at,
        accepted_by_id=staff_id(by),
        wished_from=wished_from,
        wished_to=wished_to,
    )
    for position, line in enumerate(moved):
        line.order, line.position = new, position
        line.save(update_fields=["order", "position"])
    Relation.objects.create(order=new, earlier=order, kind=Relation.Kind.SPLIT_FROM, at=at)
    order.version += 1
    order.save(update_fields=["version"])
    deposit(order, device_text=equipment.text_of([line for line in lines if line.pk not in wanted]))
    index([order, new])
    for one in (order, new):
        equipment.keep_safety_hold(one, by=by, at=at)
    why: Text | str = reason.strip()[:200] or _("改期")
    record(Verb.SPLIT_OFF, order, by=by, at=at, number=new.number, order=new.pk, count=len(moved), reason=why)
    return new


def _symptom(order: Order, moved: Sequence[DeviceLine]) -> str:
    """What is wrong with the devices that went: their rooms and faults."""
    told = [" ".join(part for part in (line.place, line.symptom) if part) for line in moved]
    return ("；".join(part for part in told if part) or order.symptom)[:2000]
