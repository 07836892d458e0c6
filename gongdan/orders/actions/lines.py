"""The device lines of an open order, as the desk keeps them: added later, corrected, taken off again (R-030)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import ForeignObjectRel, Max

from gongdan.audit.actions import record
from gongdan.catalog import queries as catalog
from gongdan.catalog.models import Category, Fault
from gongdan.devices import actions as devices
from gongdan.devices import queries as devices_queries
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import access, rules
from gongdan.orders.actions import equipment
from gongdan.orders.actions.deposits import locked
from gongdan.orders.events import Verb
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.rules import DeviceDraft, OrderDraft
from gongdan.orders.states import Channel, Mode, Status

EDITABLE = frozenset(
    {
        "symptom",
        "error_code",
        "appearance",
        "accessories",
        "serial",
        "brand_text",
        "model_text",
        "fault_id",
        "height_cm",
        "place",
        "contact_name",
        "phone",
    }
)
OF_NEW = frozenset({"category_id", "spec", "purchase_on", "invoice_no", "made_on", "installed_on"})  # until registered
_PERSONAL = frozenset({"place", "contact_name", "phone"})
_UNTOUCHED = (Status.REGISTERED, Status.ANSWERING, Status.TO_DISPATCH)  # nobody has looked at the device yet


@transaction.atomic
def add_device_line(order_id: int, draft: DeviceDraft, *, seen: int, by: Actor, at: datetime) -> DeviceLine:
    """One more device on the order, registered where it is worth it. Refused: the order is filed or settled."""
    order = _editable(order_id, seen=seen, by=by)
    known = DeviceLine.objects.filter(order=order)
    whole = OrderDraft(symptom=order.symptom, source=order.source, category_id=order.category_id, devices=(draft,))
    if errors := rules.device_complaints((draft,)) | _wrong_number(draft.phone):
        raise Invalid(errors)
    if draft.device_id is not None and known.filter(device=draft.device_id).exists():
        raise Invalid({"devices": _("这台设备已在这张工单里，不用再添加")})
    most = rules.MAX_ROOMS if known.exclude(place="").exists() else rules.MAX_DEVICES
    if known.count() >= most:
        raise Invalid({"devices": _("一张工单最多 {limit} 台设备，请分开登记", limit=most)})
    (line,) = equipment.lines_from(whole, customer=order.customer, category=order.category, by=by, at=at)
    if line.device is not None and known.filter(device=line.device).exists():
        raise Invalid({"serial": _("这台设备已在这张工单里，不用再添加")})
    last = known.aggregate(last=Max("position"))["last"]
    line.order, line.position = order, 0 if last is None else last + 1
    line.save(force_insert=True)
    equipment.hold_if_unsafe(order, [line.device], by=by, at=at)
    if line.device_id is not None and _is_at_counter(order):
        devices.begin_stay(line.device_id, on=local_day(at), order_id=order.pk)
    equipment.raise_version(order)
    record(Verb.DEVICE_ADDED, line, by=by, at=at, about=order, device=equipment.name_of(line))
    return line


@transaction.atomic
def edit_device_line(line_id: int, *, changes: Mapping[str, Any], seen: int, by: Actor, at: datetime) -> DeviceLine:
    """Correct what was noted of a device; `seen` is the order's version.

    The record of a registered device stays as it is. One that was only told of (it takes `OF_NEW` too) is registered as
    soon as enough is known of it, and judged, whatever the station. While nobody has looked at the device, what is corrected
    is judged anew.
    Refused: the order is filed or settled, a colleague saved meanwhile.
    """
    line, order = _line(line_id, seen=seen, by=by)
    unknown = changes.keys() - EDITABLE - OF_NEW
    assert not unknown, f"unknown fields {sorted(unknown)}"
    if line.device is not None and changes.keys() & OF_NEW:
        raise Refused(_("这台设备已经登记在册，这些资料请在设备页修改"), code="registered")
    if errors := _complaints(changes):
        raise Invalid(errors)
    texts: dict[str, Any] = {name: value.strip() for name, value in changes.items() if isinstance(value, str)}
    own = EDITABLE - {"fault_id", "height_cm"}
    wanted = {name: value for name, value in texts.items() if name in own}
    wanted |= {"height_cm": changes["height_cm"]} if "height_cm" in changes else {}
    changed = {name: [getattr(line, name), value] for name, value in wanted.items() if getattr(line, name) != value}
    for name in changed:
        setattr(line, name, wanted[name])
    changed |= _referred(line, changes)
    changed |= _taken_up(line, order, changes, by=by, at=at)
    if not changed:
        return line
    is_new = "device" in changed  # registered just now: judged at whatever station, as an added one is
    is_judged = is_new or ("fault" in changed and order.status in _UNTOUCHED)
    if line.device is not None and is_judged and not line.overruled_reason:
        complaint = devices_queries.Complaint(
            fault_id=line.fault_id, exclusions=tuple(line.exclusion_codes), order_id=order.pk
        )
        equipment.decided(line, devices_queries.verdict_of(line.device, complaint, on=local_day(order.received_at)))
    line.save()
    equipment.hold_if_unsafe(order, [line.device], by=by, at=at)
    equipment.raise_version(order)
    record(
        Verb.DEVICE_EDITED,
        line,
        by=by,
        at=at,
        about=order,
        device=equipment.name_of(line),
        changes={name: values for name, values in changed.items() if name not in _PERSONAL},
        personal={name: (old, new) for name, (old, new) in changed.items() if name in _PERSONAL} or None,
    )
    return line


@transaction.atomic
def remove_device_line(line_id: int, *, seen: int, by: Actor, at: datetime) -> Order:
    """Take a device off the order again; its record stays in the register.

    Refused: it is the only one, something was found, done, quoted or charged for it, the order is filed or settled, or a
    colleague saved meanwhile.
    """
    line, order = _line(line_id, seen=seen, by=by)
    if not DeviceLine.objects.filter(order=order).exclude(pk=line.pk).exists():
        raise Refused(_("工单上只有这一台设备，不能移除；登记错了请直接修改"), code="only_device")
    if line.result or _has_work(line):
        raise Refused(_("这台设备已有维修、报价或收费记录，不能移除；不修了请在维修处理里登记结果"), code="has_work")
    pk = line.pk
    line.delete()
    line.pk = pk  # the event tells of it
    equipment.keep_safety_hold(order, by=by, at=at)
    if line.device_id is not None and _is_at_counter(order):
        devices.end_stay(line.device_id, on=local_day(at), order_id=order.pk)
    equipment.raise_version(order)
    record(Verb.DEVICE_REMOVED, line, by=by, at=at, about=order, device=equipment.name_of(line))
    return order


def _line(line_id: int, *, seen: int, by: Actor) -> tuple[DeviceLine, Order]:
    """The line under the lock of its order."""
    order_id = DeviceLine.objects.filter(pk=line_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise Missing
    order = _editable(order_id, seen=seen, by=by)
    related = ("device__category", "device__brand", "category", "brand", "fault")
    line = DeviceLine.objects.filter(pk=line_id, order=order).select_related(*related).first()
    if line is None:  # it left for another order meanwhile
        raise Missing
    line.order = order
    return line, order


def _editable(order_id: int, *, seen: int, by: Actor) -> Order:
    by.require(access.EDIT)
    order = locked(order_id, seen=seen, by=by)
    status = Status(order.status)
    if refusal := rules.devices_refusal(status, is_historic=order.is_historic):
        raise Refused(refusal, code="wrong_status" if status is Status.TO_FOLLOW_UP else "filed")
    return order


def _complaints(changes: Mapping[str, Any]) -> dict[str, Text]:
    errors = rules.length_complaints(changes, rules.DEVICE_LIMITS) | _wrong_number(changes.get("phone", ""))
    if not 0 <= changes.get("height_cm", 0) <= rules.MAX_HEIGHT_CM:
        errors["height_cm"] = _("作业高度请填 0 到 {limit} 厘米", limit=rules.MAX_HEIGHT_CM)
    return errors


def _wrong_number(phone: str) -> dict[str, Text]:
    complaint = rules.room_phone_complaint(phone)
    return {} if complaint is None else {"phone": complaint}


def _referred(line: DeviceLine, changes: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the line refers to, as it was and as it is: its known fault, its category; a brand follows its word."""
    changed: dict[str, list[str]] = {}
    if "fault_id" in changes and changes["fault_id"] != line.fault_id:
        fault = equipment.one_of(Fault, changes["fault_id"], "fault_id")
        changed["fault"] = [str(line.fault or ""), str(fault or "")]
        line.fault = fault
    if "category_id" in changes and changes["category_id"] != line.category_id:
        category = equipment.one_of(Category, changes["category_id"], "category_id")
        changed["category"] = [str(line.category or ""), str(category or "")]
        line.category = category
    if "brand_text" in changes and (line.brand is None or line.brand.name != line.brand_text):
        line.brand = catalog.brand_named(line.brand_text)
    return changed


def _taken_up(
    line: DeviceLine, order: Order, changes: Mapping[str, Any], *, by: Actor, at: datetime
) -> dict[str, list[str]]:
    """Register the device of a line that was only told of, as soon as enough is known of it."""
    if line.device is not None:
        return {}
    draft = DeviceDraft(
        brand_text=line.brand_text,
        model_text=line.model_text,
        serial=line.serial,
        **{name: changes[name] for name in OF_NEW & changes.keys()},
    )
    told = {name: getattr(draft, name) for name in OF_NEW - {"category_id"} if getattr(draft, name)}
    if line.category is None or not draft.is_worth_registering:
        if told:
            raise Invalid({"category_id": _("请选择产品类别，并填写型号、机身编号或购买日期，设备才能登记在册")})
        return {}
    device = equipment.with_serial(draft, order.customer)
    if device is not None and DeviceLine.objects.filter(order=order, device=device).exists():
        raise Invalid({"serial": _("这台设备已在这张工单里，不用再添加")})
    device = device or equipment.registered(draft, line.category, customer=order.customer, by=by, at=at)
    equipment.stands_for(line, device)
    shown = {name: value.isoformat() if isinstance(value, date) else str(value) for name, value in told.items()}
    return {"device": ["", str(device)]} | {name: ["", value] for name, value in shown.items()}


def _has_work(line: DeviceLine) -> bool:
    """Whether a later station wrote anything about the line: whatever points at it, of any floor above."""
    pointing = [one for one in DeviceLine._meta.get_fields(include_hidden=True) if isinstance(one, ForeignObjectRel)]
    return any(
        one.related_model._base_manager.filter(**{one.field.name: line.pk}).exists()
        for one in pointing
        if not isinstance(one.related_model, str)
    )


def _is_at_counter(order: Order) -> bool:
    """Whether the devices were handed over at the counter: days that count."""
    return order.channel == Channel.IN_STORE and order.mode == Mode.IN_STORE
