"""Whether somebody may be sent to an order as far as the safety of its devices goes (O-044)."""

from __future__ import annotations

from dataclasses import dataclass

from gongdan.devices.models import Device
from gongdan.orders.models import DeviceLine


@dataclass(frozen=True, slots=True)
class Unsafe:
    """The device that stands against sending somebody, and whether others of the order could be worked on without it."""

    device: Device
    has_others: bool


def unsafe_on(order_id: int) -> Unsafe | None:
    """The tagged device for which nobody may be sent: one still to be worked on, or all that there are. One query.

    A device that was refused on this order is done here: its other devices go on.
    """
    lines = DeviceLine.objects.filter(order=order_id).select_related("device__category", "device__brand")
    tagged: list[tuple[Device, bool]] = []
    has_others = False
    for line in lines.order_by("position"):
        if line.device is not None and line.device.safety_reason:
            tagged.append((line.device, not line.result))
        else:
            has_others = True
    waiting = [device for device, is_waiting in tagged if is_waiting]
    against = waiting or ([] if has_others else [device for device, _is_waiting in tagged])
    return Unsafe(against[0], has_others) if against else None
