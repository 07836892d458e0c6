"""Devices of a customer who turned out to be another one: they move to him, and exactly they go back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongdan.devices.models import ArchiveEntry, Device


def move_devices(from_id: int, to_id: int, *, addresses: Mapping[int, int]) -> dict[str, list[Any]]:
    """Give devices and archive of the one customer to the other; which rows they were, for `put_back_devices`.

    `addresses`: address of the one -> the same address of the other. The caller has checked who may do this.
    """
    rows = list(Device.objects.select_for_update().filter(customer=from_id).values_list("pk", "address"))
    archive = list(ArchiveEntry.objects.filter(customer=from_id).values_list("pk", flat=True))
    Device.objects.filter(pk__in=[pk for pk, _place in rows]).update(customer=to_id)
    ArchiveEntry.objects.filter(pk__in=archive).update(customer=to_id)
    stood = [[pk, place] for pk, place in rows if place in addresses]
    for old, new in addresses.items():
        Device.objects.filter(pk__in=[pk for pk, place in stood if place == old]).update(address=new)
    return {"devices": [pk for pk, _place in rows], "archive": archive, "device_addresses": stood}


def put_back_devices(moved: Mapping[str, Any], *, from_id: int, to_id: int) -> None:
    """Give exactly these back. What was registered since stays, and with it its archive."""
    back = Device.objects.filter(pk__in=moved.get("devices", ()), customer=from_id)
    ids = list(back.values_list("pk", flat=True))
    Device.objects.filter(pk__in=ids).update(customer=to_id)
    for pk, place in moved.get("device_addresses", ()):
        Device.objects.filter(pk=pk, customer=to_id).update(address=place)
    ArchiveEntry.objects.filter(pk__in=moved.get("archive", ()), customer=from_id).update(customer=to_id)
