"""The devices of an order: each with its own fault, its verdict of the warranty and its result (R-030)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Max, Model, Q

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
from gongdan.orders import access, rules
from gongdan.orders.actions.deposits import deposit, locked, place_hold, release_hold_of
from gongdan.orders.events import Verb
from gongdan.orders.models import DeviceLine, Hold, Order
from gongdan.orders.rules import DeviceDraft, OrderDraft
from gongdan.orders.states import MODE_LABELS, Mode, Status

_Row = TypeVar("_Row", bound=Model)
SAFETY = "safety"  # the code of a hold: a device of the order was refused for safety
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
    }
)


@transaction.atomic
def add_device_line(order_id: int, draft: DeviceDraft, *, seen: int, by: Actor, at: datetime) -> DeviceLine:
    """One more device on the order, registered where it is worth it. Refused: the order is filed or settled."""
    order = _editable(order_id, seen=seen, by=by)
    known = DeviceLine.objects.filter(order=order)
    whole = OrderDraft(symptom=order.symptom, source=order.source, category_id=order.category_id, devices=(draft,))
    if errors := rules.device_complaints((draft,)):
        raise Invalid(errors)
    if draft.device_id is not None and known.filter(device=draft.device_id).exists():
        raise Invalid({"devices": _("这台设备已在这张工单里，不用再添加")})
    if known.count() >= rules.MAX_DEVICES:
        raise Invalid({"devices": _("一张工单最多 {limit} 台设备，请分开登记", limit=rules.MAX_DEVICES)})
    (line,) = lines_from(whole, customer=order.customer, category=order.category, by=by, at=at)
    last = known.aggregate(last=Max("position"))["last"]
    line.order, line.position = order, 0 if last is None else last + 1
    line.save(force_insert=True)
    hold_if_unsafe(order, [line.device], by=by, at=at)
    _raise_version(order)
    record(Verb.DEVICE_ADDED, line, by=by, at=at, about=order, device=_name(line))
    return line


@transaction.atomic
def edit_device_line(line_id: int, *, changes: Mapping[str, Any], seen: int, by: Actor, at: datetime) -> DeviceLine:
    """Correct what was noted of a device; `seen` is the order's version. The device's own record stays as it is."""
    line = DeviceLine.objects.select_related("fault").filter(pk=line_id).first()
    if line is None:
        raise Missing
    order = _editable(line.order_id, seen=seen, by=by)
    unknown = changes.keys() - EDITABLE
    assert not unknown, f"unknown fields {sorted(unknown)}"
    if not 0 <= changes.get("height_cm", 0) <= rules.MAX_HEIGHT_CM:
        raise Invalid({"height_cm": _("作业高度请填 0 到 {limit} 厘米", limit=rules.MAX_HEIGHT_CM)})
    texts: dict[str, Any] = {name: value.strip() for name, value in changes.items() if isinstance(value, str)}
    if errors := rules.length_complaints(texts, rules.DEVICE_LIMITS):
        raise Invalid(errors)
    fault = line.fault
    if "fault_id" in changes and changes["fault_id"] != line.fault_id:
        fault = _one(Fault, changes["fault_id"], "fault_id")
    wanted = texts | ({"height_cm": changes["height_cm"]} if "height_cm" in changes else {})
    changed = {name: [getattr(line, name), value] for name, value in wanted.items() if getattr(line, name) != value}
    if fault != line.fault:
        changed["fault"] = [str(line.fault or ""), str(fault or "")]
        line.fault = fault
    if not changed:
        return line
    for name, value in wanted.items():
        setattr(line, name, value)
    line.save(update_fields=[*wanted, "fault"])
    _raise_version(order)
    record(Verb.DEVICE_EDITED, line, by=by, at=at, about=order, device=_name(line), changes=changed)
    return line


@transaction.atomic
def overrule_coverage(line_id: int, level: str, reason: str, *, seen: int, by: Actor, at: datetime) -> DeviceLine:
    """The supervisor decides otherwise than the rule did, with a reason; the rule's verdict stays beside it.

    `seen` is the order's version.
    """
    by.require(devices_access.OVERRULE_WARRANTY)
    line = DeviceLine.objects.filter(pk=line_id).first()
    if line is None:
        raise Missing
    order = locked(line.order_id, seen=seen, by=by)
    if order.status in (Status.TO_FOLLOW_UP, Status.CLOSED, Status.CANCELLED):
        raise Refused(_("工单已结算或已结束，不能再改判保修；有误请先冲红"), code="wrong_status")
    if level not in set(Level):
        raise Invalid({"level": _("请选择改判后的保修类型")})
    if not reason.strip():
        raise Invalid({"reason": _("改判保修要填写原因")})
    label, flags = LEVEL_LABELS[Level(level)], PRESETS[Level(level)]
    old = line.coverage_label
    line.coverage_label = str(label)
    line.free_part, line.free_labour, line.free_visit = flags.part, flags.labour, flags.visit
    line.overruled_reason = reason.strip()[:200]
    line.save(update_fields=["coverage_label", "free_part", "free_labour", "free_visit", "overruled_reason"])
    _raise_version(order)
    record(
        Verb.COVERAGE_OVERRULED,
        line,
        by=by,
        at=at,
        about=order,
        device=_name(line),
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
            _decided(line, verdict)
    line.save(update_fields=["exclusion_codes", "verdict", "coverage_label", "free_part", "free_labour", "free_visit"])
    if line.coverage_label != old:
        record(
            Verb.COVERAGE_CHANGED,
            line,
            by=by,
            at=at,
            about=line.order,
            device=_name(line),
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
    line.device = _with_serial(draft, order.customer) or _registered(
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
    tagged = next((device for device in devices_of_it if device is not None and device.safety_reason), None)
    if tagged is None or Hold.objects.filter(order=order, code=SAFETY, released_at__isnull=True).exists():
        return
    reason = _(
        "{device}有安全隐患（{reason}），解除标记前不能派工；整改后请主管在设备页登记证明并解除",
        device=str(tagged),
        reason=tagged.safety_reason,
    )
    place_hold(order, "dispatch", reason, code=SAFETY, by=by, at=at)


def hold_unsafe(device_id: int, *, by: Actor, at: datetime) -> None:
    """Hold every open order of a device that was just refused for safety."""
    for order, device in _open_orders_of(device_id):
        hold_if_unsafe(order, [device], by=by, at=at)


def release_unsafe(device_id: int, *, by: Actor, at: datetime) -> None:
    """The device is safe again: its open orders may be dispatched, unless another device of theirs is tagged."""
    for order, _device in _open_orders_of(device_id):
        if not DeviceLine.objects.filter(order=order, device__safety_reason__gt="").exists():
            release_hold_of(order, SAFETY, by=by, at=at)


def _open_orders_of(device_id: int) -> list[tuple[Order, Device]]:
    rows = DeviceLine.objects.filter(device=device_id, order__status__in=rules.OPEN, order__is_visible=True)
    lines = rows.select_related("order", "device").order_by("order")
    return [(line.order, line.device) for line in lines if line.device is not None]


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
            own = _one(Category, one.category_id, "category_id")
        device, is_new = known.get(one.device_id or 0), False
        if device is None and own is not None and one.is_worth_registering:
            device = _with_serial(one, customer)
            is_new = device is None
            device = device or _registered(one, own, customer=customer, by=by, at=at)
        line = _line(one, device, own, error_code=one.error_code or draft.error_code)
        if device is not None:
            complaint = devices_queries.Complaint(fault_id=one.fault_id)
            _decided(line, devices_queries.verdict_of(device, complaint, on=local_day(at), is_new=is_new))
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


def _with_serial(draft: DeviceDraft, customer: Customer) -> Device | None:
    """The customer's device of this serial number, however it is written."""
    key = serial_key(draft.serial)
    rows = Device.objects.filter(customer=customer, serial_key=key, is_active=True) if key else Device.objects.none()
    return rows.select_related("category", "brand").first()


def _registered(draft: DeviceDraft, category: Category, *, customer: Customer, by: Actor, at: datetime) -> Device:
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
        fault=_one(Fault, draft.fault_id, "fault_id"),
        error_code=error_code.strip(),
        appearance=draft.appearance.strip(),
        accessories=draft.accessories.strip(),
        height_cm=draft.height_cm,
        place=draft.place.strip(),
        contact_name=draft.contact_name.strip(),
        phone=draft.phone.strip(),
    )
    if device is None:
        line.category, line.brand = category, _one(Brand, draft.brand_id, "brand_id")
        line.brand_text = draft.brand_text.strip() or str(line.brand or "")
        line.model_text, line.serial = draft.model_text.strip(), draft.serial.strip()
        return line
    line.category, line.brand = device.category, device.brand
    line.brand_text, line.model_text, line.serial = device.brand_text, device.model_text, device.serial
    return line


def _decided(line: DeviceLine, verdict: Verdict) -> None:
    line.coverage_label = str(verdict.label)
    line.free_part, line.free_labour, line.free_visit = verdict.flags.part, verdict.flags.labour, verdict.flags.visit
    line.verdict = verdict.as_json()


def _editable(order_id: int, *, seen: int, by: Actor) -> Order:
    by.require(access.EDIT)
    order = locked(order_id, seen=seen, by=by)
    if refusal := rules.edit_refusal(Status(order.status), is_historic=order.is_historic):
        raise Refused(refusal, code="filed")
    if order.status == Status.TO_FOLLOW_UP:
        raise Refused(_("工单已结算，不能再改设备；有误请先冲红"), code="wrong_status")
    return order


def _raise_version(order: Order) -> None:
    order.version += 1
    order.save(update_fields=["version"])
    lines = DeviceLine.objects.filter(order=order).select_related("category", "brand").order_by("position")
    deposit(order, device_text=text_of(list(lines)))


def _brand(line: DeviceLine) -> str:
    return line.brand_text or str(line.brand or "")


def _name(line: DeviceLine) -> str:
    return text_of([line]) or str(_("设备"))


def _one(model: type[_Row], pk: int | None, field: str) -> _Row | None:
    """The row that a form refers to, None for no reference. Refused: there is no such row."""
    if pk is None:
        return None
    row = model._default_manager.filter(pk=pk).first()
    if row is None:
        raise Invalid({field: _("所选内容已不存在，请重新选择")})
    return row
