"""The broadband line of a terminal and the optical power that was read on it (R-029)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.devices import access, rules
from gongdan.devices.events import Verb
from gongdan.devices.models import Device, LineRecord, OpticalReading
from gongdan.devices.rules import LineDraft
from gongdan.devices.states import DIRECTION_LABELS, Direction
from gongdan.fields import overlong
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.kernel.text import _
from gongdan.people.queries import settings_for

_PERSONAL = frozenset({"account", "address"})


@transaction.atomic
def save_line(device_id: int, draft: LineDraft, *, seen: int, by: Actor, at: datetime) -> LineRecord:
    """Account, address, terminal and port of a device's line; `seen` is the record's version, 0 for none yet.

    Refused: a category without lines (the setting names those that have one), neither account nor terminal known, or a
    colleague saved meanwhile.
    """
    by.require(access.EDIT)
    device = Device.objects.select_for_update(of=("self",)).select_related("category").filter(pk=device_id).first()
    if device is None:
        raise Missing(_("没有找到这台设备，请返回客户资料查找"))
    if not access.visible_to(by).filter(pk=device_id).exists():
        raise Forbidden(_("这台设备的客户不属于您的站点或您的工单，不能修改"))
    if device.category.name not in settings_for(device.site_id).of(rules.LINE_CATEGORIES):
        raise Refused(
            _(
                "{category}没有线路资料；需要时请管理员在“设置”的“有线路资料的品类”里加上",
                category=device.category.name,
            ),
            code="no_line",
        )
    row = LineRecord.objects.select_for_update().filter(device=device).first() or LineRecord(device=device, version=0)
    if row.version != seen:
        raise stale(row, seen, at=at)
    changes = {}
    for name, value in asdict(draft).items():
        old, new = getattr(row, name), value.strip()
        if old != new:
            setattr(row, name, new)
            changes[name] = [old, new]
    if errors := overlong(row) | rules.line_complaints(draft):
        raise Invalid(errors)
    if not changes:
        return row
    row.version += 1
    row.save()
    personal = {}
    for name in _PERSONAL & changes.keys():
        was, becomes = changes.pop(name)
        personal[name] = (was, becomes)
    record(Verb.LINE_SAVED, row, by=by, at=at, about=device, changes=changes, personal=personal or None)
    return row


def add_reading(
    device_id: int,
    direction: str,
    hundredths: int,
    *,
    note: str = "",
    order_id: int | None,
    order_number: str,
    by: Actor,
    at: datetime,
) -> OpticalReading:
    """Deposit one reading of the optical power, with its order; it is never changed. Refused: out of range."""
    rules.check_direction(direction)
    rules.check_power(hundredths)
    row = OpticalReading.objects.create(
        device_id=device_id,
        order_id=order_id,
        order_number=order_number,
        direction=direction,
        hundredths=hundredths,
        note=note.strip()[:100],
        at=at,
        by_id=by.id,
        by_name=by.name[:60],
    )
    label = DIRECTION_LABELS[Direction(direction)]
    record(
        Verb.LIGHT_READ, row, by=by, at=at, about=row.device, direction=label, dbm=rules.dbm(hundredths),
        number=order_number,
    )  # fmt: skip
    return row
