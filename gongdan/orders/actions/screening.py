"""What reception looks at before and while it registers: an order that is open already, a fault that comes back, a warning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from gongdan.customers import queries as customers
from gongdan.devices.rules import serial_key
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import rules
from gongdan.orders.actions.deposits import place_hold
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.states import Flow, Kind, Status
from gongdan.people.models import ShopSettings


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often a fault has been reported within so many days, this time included."""

    count: int
    days: int

    @property
    def sentence(self) -> Text:
        """30 天内第 3 次."""
        return rules.repeat_sentence(self.count, self.days)


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
        if category in (None, order.category_id) and _may_be_same(ours, told.get(pk, [])):
            raise Refused(
                _(
                    "{number} 还没有结束，是同一电话、同一设备：来问进度请登记催单；确实是另一件事，请选“仍要新建”",
                    number=number,
                ),
                code="duplicate_open",
                field="confirm_duplicate",
            )


def repeat_of(
    *,
    device_ids: Sequence[int],
    address_key: str,
    division_code: str = "",
    category_id: int | None,
    settings: ShopSettings,
    at: datetime,
    but_not: int | None = None,
) -> Repeat | None:
    """Whether the same device, or the same category at the same address, is reported for the n-th time (O-048).

    Another device that is known by itself does not count. None below the shop's number. At most two queries, none where
    nothing is known. `but_not`: this order itself.
    """
    days, limit = settings.of(rules.REPEAT_DAYS), settings.of(rules.REPEAT_COUNT)
    since = at - timedelta(days=days)
    seen: set[int] = set()
    repairs = Order.objects.filter(received_at__gte=since, kind=Kind.REPAIR, is_visible=True)
    repairs = repairs.exclude(status=Status.CANCELLED).exclude(flow=Flow.COMPLAINT)
    if device_ids:
        of_device = DeviceLine.objects.filter(device__in=device_ids).order_by("-order").values("order")[:200]
        seen |= set(repairs.filter(pk__in=of_device).values_list("pk", flat=True))
    if address_key and category_id is not None:
        near = repairs.filter(address_key=address_key, category=category_id).order_by("-pk")
        if device_ids:
            another = DeviceLine.objects.filter(order=OuterRef("pk"), device__isnull=False)
            near = near.exclude(Exists(another.exclude(device__in=device_ids)))
        seen |= {
            pk
            for pk, code in near.values_list("pk", "division_id")[:200]
            if rules.is_same_division(code or "", division_code)
        }
    count = len(seen - {but_not}) + 1
    return Repeat(count, days) if count >= limit else None


def flag_of(customer_id: int | None, *, at: datetime) -> str:
    """What the customer's warnings do to an order registered now; nothing of their reasons (O-054)."""
    return customers.flag_for(customer_id, local_day(at)) if customer_id is not None else ""


def place_holds(order: Order, lines: Sequence[DeviceLine], settings: ShopSettings, *, by: Actor, at: datetime) -> None:
    """Hold back what a supervisor must look at first: a warning of the customer, or a fault that keeps coming back."""
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


def _may_be_same(ours: Sequence[tuple[int | None, str]], theirs: Sequence[tuple[int | None, str]]) -> bool:
    """Whether the devices of two orders may be the same ones: known ones are compared, unknown ones may be any."""
    for device, serial in ours or [(None, "")]:
        for other, other_serial in theirs or [(None, "")]:
            if device is not None and other is not None:
                same = device == other
            elif serial and other_serial:
                same = serial == other_serial
            else:
                same = True
            if same:
                return True
    return False
