"""What reception looks at before and while it registers: an order that is open already, a fault that comes back, a warning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from gongdan.customers import queries as customers
from gongdan.devices.rules import serial_key
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import rules
from gongdan.orders.actions.deposits import place_hold
from gongdan.orders.actions.equipment import hold_if_unsafe
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.queries.calling import repeat_of
from gongdan.orders.states import Kind
from gongdan.people.models import ShopSettings


def refuse_open_duplicate(order: Order, lines: Sequence[DeviceLine]) -> None:
    """Refused (`duplicate_open`): an order of this number for the same device is open, so he is chasing it (O-048).

    One query where nothing of this number is open, two otherwise.
    """
    if not order.phone_code:
        return
    rows = Order.objects.filter(phone_code=order.phone_code, status__in=rules.OPEN, is_visible=True)
    found = {
        pk: (number, category) for pk, number, category in rows.order_by("pk").values_list("pk", "number", "category")
    }
    if not found:
        return
    told: dict[int, list[tuple[int | None, str]]] = {}
    known = DeviceLine.objects.filter(order__in=found).values_list("order_id", "device_id", "serial")
    for pk, device, serial in known:
        told.setdefault(pk, []).append((device, serial_key(serial)))
    ours = [(line.device_id, serial_key(line.serial)) for line in lines]
    for pk, (number, category) in found.items():
        likeness = _likeness(ours, told.get(pk, [])) if category in (None, order.category_id) else ""
        if likeness:
            raise Refused(
                Text(_DUPLICATE[likeness].template, {"number": number}),
                code="duplicate_open",
                field="confirm_duplicate",
            )


def flag_of(customer_id: int | None, *, at: datetime) -> str:
    """What the customer's warnings do to an order registered now; nothing of their reasons (O-054)."""
    return customers.flag_for(customer_id, local_day(at)) if customer_id is not None else ""


def place_holds(order: Order, lines: Sequence[DeviceLine], settings: ShopSettings, *, by: Actor, at: datetime) -> None:
    """Hold back what a supervisor must look at first: a warning of the customer, a tagged device, or a fault that keeps coming back."""
    hold_if_unsafe(order, [line.device for line in lines], by=by, at=at)
    if order.flag == "refuse":
        place_hold(
            order,
            "dispatch",
            _("这位客户要主管同意才能上门或接修，请联系主管放行"),
            code=rules.REFUSED_CUSTOMER,
            by=by,
            at=at,
        )
    elif order.flag == "prepaid":
        place_hold(
            order,
            "dispatch",
            _("这位客户要先预收再派工：请先收预收款，或联系主管放行"),
            code=rules.PREPAID,
            by=by,
            at=at,
        )
    if order.kind != Kind.REPAIR:
        return
    repeat = repeat_of(
        device_ids=[line.device_id for line in lines if line.device_id is not None],
        address_key=order.address_key,
        division_code=order.division_id or "",
        category_id=order.category_id,
        settings=settings,
        at=at,
        but_not=order.pk,
    )
    minutes = settings.of(rules.REPEAT_HOLD_MINUTES)
    if repeat is None or not minutes:
        return
    until = at + timedelta(minutes=minutes)
    reason = rules.repeat_hold_reason(repeat.count, repeat.days, until)
    place_hold(order, "dispatch", reason, code=rules.REPEAT_FAULT, expires_at=until, by=SYSTEM, at=at)


_DUPLICATE: Mapping[str, Text] = {
    "same": _("{number} 还没有结束，是同一电话、同一设备：来问进度请登记催单；确实是另一件事，请选“仍要新建”"),
    "perhaps": _("{number} 还没有结束，是同一电话报的：来问进度请登记催单；确实是另一件事，请选“仍要新建”"),
}


def _likeness(ours: Sequence[tuple[int | None, str]], theirs: Sequence[tuple[int | None, str]]) -> str:
    """Whether two orders are of the "same" device, "perhaps" (one of them is not known), or not (empty)."""
    found = ""
    for device, serial in ours or [(None, "")]:
        for other, other_serial in theirs or [(None, "")]:
            if device is not None and other is not None:
                is_same = device == other
            elif serial and other_serial:
                is_same = serial == other_serial
            else:
                found = "perhaps"
                continue
            if is_same:
                return "same"
    return found
