"""What devices know of their owner's person goes; the devices and their archive stay."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from gongdan.audit.actions import erase_personal_of
from gongdan.devices.models import Device, LineRecord
from gongdan.kernel.actor import Actor


def erase_owner(customer_ids: Collection[int], *, reason: str, by: Actor, at: datetime) -> int:
    """Empty rooms, remarks, accounts and addresses of these customers' devices; how many devices they have.

    The caller has checked who may do this. No version changes: nothing of what a clerk edits is decided here.
    """
    devices = list(Device.objects.filter(customer__in=customer_ids))
    Device.objects.filter(customer__in=customer_ids).update(place="", remark="")
    LineRecord.objects.filter(device__customer__in=customer_ids).update(account="", address="")
    erase_personal_of(devices, reason=reason, by=by, at=at)
    return len(devices)
