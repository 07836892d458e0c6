"""The devices of an order: what they are, what the warranty says of them, and what was refused for safety (R-030)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import Model, Q

from gongdan.audit.actions import record
from gongdan.catalog.models import Brand, Category, Fault
from gongdan.customers.models import Customer
from gongdan.devices import access as devices_access
from gongdan.devices import actions as devices
from gongdan.devices import queries as devices_queries
from gongdan.devices.models import Device
from gongdan.devices.rules import PRESETS, Verdict, serial_key
from gongdan.devices.rules import DeviceDraft as RegisterDraft
from gongdan.devices.states import LEVEL_LABELS, Level
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.kernel.text import _
from gongdan.orders import queries, rules
from gongdan.orders.actions.deposits import deposit, locked, place_hold, release_hold_of
from gongdan.orders.actions.indexing import index
from gongdan.orders.events import Verb
from gongdan.orders.models import DeviceLine, Hold, Order
from gongdan.orders.rules import DeviceDraft, OrderDraft
from gongdan.orders.states import MODE_LABELS, Mode, Status

_Row = TypeVar("_Row", bound=Model)
SAFETY = "safety"  # the code of a hold: a device of the order was refused for safety


@transaction.atomic
def overrule_coverage(line_id: int, level: str, reason: str, *, seen: int, by: Actor, at: datetime) -> DeviceLine:
    """The supervisor decides otherwise than the rule did, with a reason; the rule's verdict stays beside it.

    `seen` is the order's version.
    """
    by.require(devices_access.OVERRULE_WARRANTY)
    order_id = DeviceLine.objects.filter(pk=line_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise Missing
    order = locked(order_id, seen=seen, by=by)
    if refusal := rules.overrule_refusal(Status(order.status)):
        raise Refused(refusal, code="wrong_status")
    if level not in set(Level):
        raise Invalid({"level": _("请选择改判后的保修类型")})
    if not reason.strip():
        raise Invalid({"reason": _("改判保修要填写原因")})
    line = DeviceLine.objects.filter(pk=line_id, order=order).first()
    if line is None:  # it left for another order meanwhile
        raise Missing
    line.order = order
    label, flags = LEVEL_LABELS[Level(level)], PRESETS[Level(level)]
    old = line.coverage_label
    line.coverage_label = str(label)
    line.free_part, line.free_labour, line.free_visit = flags.part, flags.labour, flags.visit
    line.overruled_reason = reason.strip()[:200]
    line.save(update_fields=["coverage_label", "free_part", "free_labour", "free_visit", "overruled_reason"])
    raise_version(order)
    record(
        Verb.COVERAGE_OVERRULED,
        line,
        by=by,
        at=at,
        about=order,
        device=name_of(line),
        label=label,
        reason=line.overruled_reason,
        changes={"coverage": [old, line.coverage_label]},
    )
    return line


def deposit_exclusions(
    line: DeviceLine, codes: Sequence[str], verdict: Verdict | None, *, by: Actor, at: datetime
) -> DeviceLine:
    """Store what the diagnosis found: the exclusions seen, and the verdict that follows from them. The event keeps what was.

    The order is locked by the caller. A coverage that the supervisor decided stays; so does that of a device which is
    not in the register (`verdict` None).
    """
    old = line.coverage_label
    line.exclusion_codes = list(codes)
    if verdict is not None:
        line.verdict = verdict.as_json()
        if not line.overruled_reason:
            decided(line, verdict)
    line.save(update_fields=["exclusion_codes", "verdict", "coverage_label", "free_part", "free_labour", "free_visit"])
    if line.coverage_label != old:
        record(
            Verb.COVERAGE_CHANGED,
            line,
            by=by,
            at=at,
            about=line.order,
            device=name_of(line),
            label=line.coverage_label,
            changes={"coverage": [old, line.coverage_label]},
        )
    return line


def known_device(line: DeviceLine, order: Order, *, by: Actor, at: datetime) -> Device:
    """The registered device of a line of the locked order; one that was only told of is registered now.

    For verbs of the floors above that must know where a device is. Refused: its category is not known yet.
    """
    if line.device is not None:
        return line.device
    if line.category is None:
        raise Refused(
            _("这台设备还没有登记产品类别，请先在工单里补上，再办理"), code="no_category", field="category_id"
        )
    draft = DeviceDraft(
        brand_id=line.brand_id, brand_text=line.brand_text, model_text=line.model_text, serial=line.serial
    )
    line.device = with_serial(draft, order.customer) or registered(
        draft, line.category, customer=order.customer, by=by, at=at
    )
    line.save(update_fields=["device"])
    return line.device


def change_mode(order: Order, mode: str, *, by: Actor, at: datetime) -> None:
    """The locked order goes on in another way (taken to the workshop): what it costs follows."""
    if order.mode == mode:
        return
    old, order.mode = order.mode, mode
    order.version += 1
    order.save(update_fields=["mode", "version"])
    told = [MODE_LABELS[Mode(one)].as_json() for one in (old, mode)]
    record(Verb.EDITED, order, by=by, at=at, changes={"mode": told})


def hold_if_unsafe(order: Order, devices_of_it: Iterable[Device | None], *, by: Actor, at: datetime) -> None:
    """Nobody is sent to a device that was refused for safety until its tag is cleared (O-044)."""
    if any(device is not None and device.safety_reason for device in devices_of_it):
        keep_safety_hold(order, by=by, at=at)


def keep_safety_hold(order: Order, *, by: Actor, at: datetime) -> None:
    """Place or release the hold for safety, as the devices of the locked order stand now."""
    found = queries.unsafe_on(order.pk)
    if found is None:
        release_hold_of(order, SAFETY, by=by, at=at)
        return
    if Hold.objects.filter(order=order, code=SAFETY, released_at__isnull=True).exists():
        return
    facts = {"device": str(found.device), "reason": found.device.safety_reason}
    reason = _("{device}有安全隐患（{reason}），解除标记前不能派工；整改后请主管在设备页登记证明并解除", **facts)
    if found.has_others:
        reason = _(
            "{device}有安全隐患（{reason}），解除标记前不能派工；其他设备要先修，请把这台拆成单独的工单", **facts
        )
    place_hold(order, "dispatch", reason, code=SAFETY, by=by, at=at)


def hold_unsafe(device_id: int, *, by: Actor, at: datetime) -> None:
    """Hold every open order on which a device that was just refused for safety is still to be worked on."""
    for order in _open_orders_of(device_id):
        keep_safety_hold(order, by=by, at=at)


def release_unsafe(device_id: int, *, by: Actor, at: datetime) -> None:
    """The device is safe again: its open orders may be dispatched, unless another device of theirs is tagged."""
    for order in _open_orders_of(device_id):
        keep_safety_hold(order, by=by, at=at)


def _open_orders_of(device_id: int) -> list[Order]:
    rows = DeviceLine.objects.filter(device=device_id, order__status__in=rules.OPEN, order__is_visible=True)
    return [line.order for line in rows.select_related("order").order_by("order")]


def lines_from(
    draft: OrderDraft, *, customer: Customer, category: Category | None, by: Actor, at: datetime
) -> list[DeviceLine]:
    """The unsaved device lines of an order, at least one; devices worth it are registered, each with its verdict."""
    chosen = {one.device_id for one in draft.devices if one.device_id is not None}
    known: dict[int, Device] = {}
    if chosen:
        whose = Q(customer=customer)
        if customer.household_id is not None:  # a son reports what is broken at his mother's (O-051)
            whose |= Q(customer__household=customer.household_id)
        rows = Device.objects.filter(whose, pk__in=chosen).select_related("category", "brand")
        known = {row.pk: row for row in rows}
        if chosen - known.keys():
            raise Invalid({"devices": _("所选设备不属于这位客户，请重新选择")})
    made = []
    for one in draft.devices or (DeviceDraft(),):
        own = category
        if one.category_id is not None and (category is None or category.pk != one.category_id):
            own = one_of(Category, one.category_id, "category_id")
        device, is_new = known.get(one.device_id or 0), False
        if device is None and own is not None and one.is_worth_registering:
            device = with_serial(one, customer)
            is_new = device is None
            device = device or registered(one, own, customer=customer, by=by, at=at)
        line = _line(one, device, own, error_code=one.error_code or draft.error_code)
        if device is not None:
            complaint = devices_queries.Complaint(fault_id=one.fault_id)
            decided(line, devices_queries.verdict_of(device, complaint, on=local_day(at), is_new=is_new))
        made.append(line)
    return made


def category_of(lines: Sequence[DeviceLine]) -> Category | None:
    """The category of the first device that has one."""
    return next((line.category for line in lines if line.category is not None), None)


def text_of(lines: Sequence[DeviceLine]) -> str:
    """The devices in a few words, for lists."""
    return rules.device_text(
        (line.category.name if line.category else "", _brand(line), line.model_text) for line in lines
    )


def with_serial(draft: DeviceDraft, customer: Customer) -> Device | None:
    """The customer's device of this serial number, however it is written."""
    key = serial_key(draft.serial)
    rows = Device.objects.filter(customer=customer, serial_key=key, is_active=True) if key else Device.objects.none()
    return rows.select_related("category", "brand").first()


def registered(draft: DeviceDraft, category: Category, *, customer: Customer, by: Actor, at: datetime) -> Device:
    """A new device with what was typed."""
    new = RegisterDraft(
        category_id=category.pk,
        brand_id=draft.brand_id,
        brand_text=draft.brand_text,
        model_text=draft.model_text,
        spec=draft.spec,
        serial=draft.serial,
        purchase_on=draft.purchase_on,
        invoice_no=draft.invoice_no,
        made_on=draft.made_on,
        installed_on=draft.installed_on,
    )
    try:
        device = devices.take_in(new, customer=customer, by=by, at=at)
    except Invalid as refused:
        raise Invalid({"devices": next(iter(refused.errors.values()))}) from refused
    device.category = category  # as loaded, so that nobody loads it again
    return device


def _line(draft: DeviceDraft, device: Device | None, category: Category | None, *, error_code: str) -> DeviceLine:
    line = DeviceLine(
        device=device,
        symptom=draft.symptom.strip(),
        fault=one_of(Fault, draft.fault_id, "fault_id"),
        error_code=error_code.strip(),
        appearance=draft.appearance.strip(),
        accessories=draft.accessories.strip(),
        height_cm=draft.height_cm,
        place=draft.place.strip(),
        contact_name=draft.contact_name.strip(),
        phone=draft.phone.strip(),
    )
    if device is None:
        line.category, line.brand = category, one_of(Brand, draft.brand_id, "brand_id")
        line.brand_text = draft.brand_text.strip() or str(line.brand or "")
        line.model_text, line.serial = draft.model_text.strip(), draft.serial.strip()
        return line
    stands_for(line, device)
    return line


def stands_for(line: DeviceLine, device: Device) -> None:
    """The line is of this registered device, with its names."""
    line.device, line.category, line.brand = device, device.category, device.brand
    line.brand_text, line.model_text, line.serial = device.brand_text, device.model_text, device.serial


def decided(line: DeviceLine, verdict: Verdict) -> None:
    """Write the verdict on the line, and what it makes free."""
    line.coverage_label = str(verdict.label)
    line.free_part, line.free_labour, line.free_visit = verdict.flags.part, verdict.flags.labour, verdict.flags.visit
    line.verdict = verdict.as_json()


def raise_version(order: Order) -> None:
    """A device of the locked order changed: a new version, and lists and search know the devices as they are now."""
    order.version += 1
    order.save(update_fields=["version"])
    lines = DeviceLine.objects.filter(order=order).select_related("category", "brand").order_by("position")
    deposit(order, device_text=text_of(list(lines)))
    index([order])


def _brand(line: DeviceLine) -> str:
    return line.brand_text or str(line.brand or "")


def name_of(line: DeviceLine) -> str:
    """The device in a few words, for events."""
    return text_of([line]) or str(_("设备"))


def one_of(model: type[_Row], pk: int | None, field: str) -> _Row | None:
    """The row that a form refers to, None for no reference. Refused: there is no such row."""
    if pk is None:
        return None
    row = model._default_manager.filter(pk=pk).first()
    if row is None:
        raise Invalid({field: _("所选内容已不存在，请重新选择")})
    return row
