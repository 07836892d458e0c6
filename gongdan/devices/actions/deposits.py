"""What the floors above do to devices: archive entries, days in our hands, and a whole import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from django.db import transaction

from gongdan.devices import states
from gongdan.devices.models import ArchiveEntry, Device, Stay
from gongdan.devices.rules import ArchiveDraft
from gongdan.fields import cut_overlong
from gongdan.kernel.errors import Refused
from gongdan.kernel.text import _
from gongdan.search import actions as search

CHUNK = 500
DROP = 100


def file_in_archive(draft: ArchiveDraft) -> ArchiveEntry:
    """Deposit one order's work on one device, in the transaction of the verb that finished it.

    A second deposit of the same order and device replaces the first.
    """
    entry = _archive_entry(draft)
    if draft.order_id is not None and draft.device_id is not None:
        same = ArchiveEntry.objects.filter(order_id=draft.order_id, device_id=draft.device_id)
        entry.pk = same.values_list("pk", flat=True).first()
    entry.save()
    return entry


def withdraw_from_archive(order_id: int) -> None:
    """Take an order's entries out again: its bill was reversed, so it is no finished work until it is posted anew."""
    ArchiveEntry.objects.filter(order_id=order_id, is_imported=False).delete()


@transaction.atomic
def archive_many(drafts: Sequence[ArchiveDraft], *, batch_id: int, is_visible: bool = False) -> int:
    """Deposit imported work, at most 500 entries at once; hidden until `show_batch`."""
    assert len(drafts) <= CHUNK, "no transaction holds the write lock for long"
    rows = [_archive_entry(draft) for draft in drafts]
    for row in rows:
        row.is_imported, row.batch_id, row.is_visible = True, batch_id, is_visible
    return len(ArchiveEntry.objects.bulk_create(rows))


def show_batch(batch_id: int) -> None:
    """Make an import's devices and archive entries count, 500 at a time: the last step of an import that succeeded."""
    _update_all(ArchiveEntry.objects.filter(batch_id=batch_id, is_visible=False), is_visible=True)
    _update_all(Device.objects.filter(batch_id=batch_id, is_active=False), is_active=True)


def drop_batch(batch_id: int) -> None:
    """Take an import's devices and archive entries out again, 100 at a time."""
    while _delete_some(ArchiveEntry, batch_id):
        pass
    while _delete_some(Device, batch_id):
        pass


def begin_stay(device_id: int, *, on: date, order_id: int | None = None, cause: str = states.StayCause.OWN) -> Stay:
    """Deposit that a device came into our hands, or began to wait for a part.

    An open stay of the same order and cause goes on.
    """
    same = Stay.objects.filter(device=device_id, order_id=order_id, cause=cause, handed_back_on__isnull=True)
    stay = same.first() or Stay.objects.create(device_id=device_id, order_id=order_id, received_on=on, cause=cause)
    if cause == states.StayCause.OWN:
        Device.objects.filter(pk=device_id).update(location=states.Location.COMPANY)
    return stay


def end_stay(device_id: int, *, on: date, order_id: int | None = None, cause: str = states.StayCause.OWN) -> None:
    """Deposit that the device was handed back, or that the part came. Safe to run twice."""
    stays = list(Stay.objects.filter(device=device_id, order_id=order_id, cause=cause, handed_back_on__isnull=True))
    for stay in stays:
        if on < stay.received_on:
            raise Refused(
                _("交还日期 {day:date} 早于接收日期 {received:date}，请核对", day=on, received=stay.received_on)
            )
        stay.handed_back_on = on
        stay.save(update_fields=["handed_back_on"])
    if stays and cause == states.StayCause.OWN:
        Device.objects.filter(pk=device_id).update(location=states.Location.CUSTOMER)


def _archive_entry(draft: ArchiveDraft) -> ArchiveEntry:
    """The entry of this draft; texts that are too long for an archive are cut, they stand whole in the order."""
    entry = ArchiveEntry(**asdict(draft))
    cut_overlong(entry)
    return entry


def _update_all(rows: Any, **values: Any) -> None:
    last = 0
    while ids := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        rows.model._default_manager.filter(pk__in=ids).update(**values)
        last = ids[-1]


@transaction.atomic
def _delete_some(kind: type[ArchiveEntry | Device], batch_id: int) -> int:
    ids = list(kind._default_manager.filter(batch_id=batch_id).order_by("pk").values_list("pk", flat=True)[:DROP])
    if kind is Device:
        for pk in ids:
            search.drop("device", pk)
    kind._default_manager.filter(pk__in=ids).delete()
    return len(ids)
