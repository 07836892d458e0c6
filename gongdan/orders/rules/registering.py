"""What an order must hold before it is saved, and what follows from what was typed: values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.kernel import phones
from gongdan.kernel.text import Text, _
from gongdan.orders.states import (
    Channel,
    Impact,
    Kind,
    Mode,
    Priority,
    Source,
    Status,
    Urgency,
)

MAX_DEVICES = 30
MAX_ROOMS = 200  # of a bulk order
MAX_KM = 2000
MAX_HEIGHT_CM = 30000
CLOCK_SLACK = timedelta(minutes=5)  # a clock of a desk may be ahead of ours by so much


@dataclass(frozen=True, slots=True)
class DeviceDraft:
    """One device as typed: a registered one (`device_id`), or what the customer says of it.

    `symptom` only where it differs from the order's. With a serial, a model or a date the device is worth registering.
    """

    device_id: int | None = None
    category_id: int | None = None
    brand_id: int | None = None
    brand_text: str = ""
    model_text: str = ""
    spec: str = ""
    serial: str = ""
    purchase_on: date | None = None
    invoice_no: str = ""
    made_on: date | None = None
    installed_on: date | None = None
    symptom: str = ""
    fault_id: int | None = None
    error_code: str = ""
    appearance: str = ""
    accessories: str = ""
    height_cm: int = 0
    place: str = ""  # room of a bulk order, with whom to ask for and his telephone
    contact_name: str = ""
    phone: str = ""

    @property
    def is_worth_registering(self) -> bool:
        """Whether so much is known that the device is told from others."""
        dates = (self.purchase_on, self.made_on, self.installed_on)
        return bool(self.serial.strip() or self.model_text.strip() or self.invoice_no.strip() or any(dates))


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """What the clerk fills in at 接待. Either `customer_id` or a new `customer`, who is added in the same transaction.

    Contact and address left empty are taken from the customer's record. Empty `mode` follows category and channel,
    empty `priority` the matrix. `no_phone_reason` stands in for a telephone where there is really none (R-045).
    `answers` are those to the script's questions, by the question's id. `is_bulk`: many rooms of one customer.
    """

    symptom: str
    source: str
    channel: str = Channel.PHONE
    customer_id: int | None = None
    customer: CustomerDraft | None = None
    contact_name: str = ""
    phone: str = ""
    phone2: str = ""
    no_phone_reason: str = ""
    division_code: str = ""
    address: str = ""
    devices: tuple[DeviceDraft, ...] = ()
    category_id: int | None = None
    kind: str = Kind.REPAIR
    mode: str = ""
    referrer: str = ""
    impact: str = Impact.SINGLE
    urgency: str = Urgency.NORMAL
    priority: str = ""
    priority_reason: str = ""
    occurred: str = ""
    error_code: str = ""
    remark: str = ""
    wished_from: datetime | None = None
    wished_to: datetime | None = None
    distance_km: int | None = None
    site_id: int | None = None
    store_id: int | None = None
    phone_is_virtual: bool = False
    phone_expires_at: datetime | None = None
    answers: tuple[tuple[int, str], ...] = ()
    is_bulk: bool = False


@dataclass(frozen=True, slots=True)
class PastOrderDraft:
    """One finished order of another program or of a spreadsheet, taken as it stands there."""

    received_at: datetime
    symptom: str
    old_number: str = ""
    device_ids: tuple[int, ...] = ()
    category_id: int | None = None
    brand_text: str = ""
    model_text: str = ""
    serial: str = ""
    contact_name: str = ""
    phone: str = ""
    address: str = ""
    remark: str = ""
    closed_at: datetime | None = None
    result: str = ""
    repair_label: str = ""
    technician_names: str = ""
    due_fen: int | None = None
    source: str = Source.DIRECT
    channel: str = Channel.OTHER
    mode: str = ""
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """The telephone of an order as stored: the main number, its comparable code, and a second one."""

    phone: str
    code: str
    phone2: str


DEFAULT_MATRIX: Mapping[str, Mapping[str, str]] = {
    Impact.SINGLE: {
        Urgency.NORMAL: Priority.NORMAL,
        Urgency.URGENT: Priority.HIGH,
        Urgency.CRITICAL: Priority.TOP,
    },
    Impact.DEPARTMENT: {
        Urgency.NORMAL: Priority.NORMAL,
        Urgency.URGENT: Priority.HIGH,
        Urgency.CRITICAL: Priority.TOP,
    },
    Impact.ALL: {
        Urgency.NORMAL: Priority.HIGH,
        Urgency.URGENT: Priority.TOP,
        Urgency.CRITICAL: Priority.TOP,
    },
}


def priority_for(impact: str, urgency: str, *, matrix: Mapping[str, Mapping[str, str]] | None = None) -> Priority:
    """The priority of this impact and urgency (R-043). What the shop's matrix leaves out is the house's own."""
    chosen = (matrix or {}).get(impact) or {}
    own = chosen.get(urgency, "") if isinstance(chosen, Mapping) else ""
    return Priority(own) if own in set(Priority) else Priority(DEFAULT_MATRIX[impact][urgency])


def raised(priority: Priority) -> Priority:
    """One step more pressing: what a VIP gets (O-054)."""
    steps = list(Priority)  # from the least pressing
    return steps[min(steps.index(priority) + 1, len(steps) - 1)]


def mode_for(typed: str, *, channel: str, category_default: str) -> Mode:
    """The service mode: as typed, else 到店 for who stands at the counter, else what the category proposes (R-087)."""
    if typed:
        return Mode(typed)
    if channel == Channel.IN_STORE:
        return Mode.IN_STORE
    return Mode(category_default) if category_default in set(Mode) else Mode.ON_SITE


def is_accepted_at_once(*, channel: str, is_desk: bool) -> bool:
    """Whether registering is receiving too: the clerk who took the call, or the customer, stands behind it (R-047)."""
    return is_desk and channel in (Channel.PHONE, Channel.IN_STORE)


def reach_from(phone: str, phone2: str, *, area_code: str, is_virtual: bool = False) -> Reach:
    """The numbers of an order as people write them; a second number in the first cell moves to the second where that is free.

    A virtual number has no code: tomorrow it rings at somebody else's (O-052).
    """
    numbers = phones.parse_phones(phone, default_area_code=area_code)
    second = phone2.strip()
    if len(numbers) > 1 and not second:
        second = numbers[1].raw.strip()
    typed = phones.tidy(numbers[0].raw if len(numbers) > 1 else phone)
    return Reach(typed[:40], numbers[0].code[:40] if numbers and not is_virtual else "", phones.tidy(second)[:40])


def filled_both_ways(draft: OrderDraft) -> OrderDraft:
    """Order and new customer complete each other: what was typed for one need not be typed for the other (R-018)."""
    new = draft.customer
    if new is None or draft.customer_id is not None:
        return draft
    reached = next((contact for contact in new.contacts if contact.phone.strip()), None)
    place = next((place for place in new.addresses if place.detail.strip()), None)
    if not draft.phone.strip() and not draft.no_phone_reason.strip() and reached is not None:
        draft = replace(draft, phone=reached.phone, contact_name=draft.contact_name or reached.name)
    if not draft.address.strip() and place is not None:
        draft = replace(draft, address=place.detail, division_code=draft.division_code or place.division_code)
    if not draft.contact_name.strip():
        draft = replace(draft, contact_name=new.name)
    if draft.phone_is_virtual:
        new = replace(new, contacts=tuple(_as_told(draft, one) for one in new.contacts))
    if not new.contacts and (draft.phone.strip() or draft.contact_name.strip()):
        new = replace(new, contacts=_contacts(draft))
    if not new.addresses and draft.address.strip():
        new = replace(new, addresses=(AddressDraft(draft.address.strip(), draft.division_code),))
    return replace(draft, customer=new)


def expiring(draft: OrderDraft, until: datetime) -> OrderDraft:
    """The draft with the time until which its virtual number rings, for the new customer too."""
    draft = replace(draft, phone_expires_at=until)
    new = draft.customer
    if new is None:
        return draft
    reached = tuple(replace(one, expires_at=until) if one.is_virtual else one for one in new.contacts)
    return replace(draft, customer=replace(new, contacts=reached))


def _as_told(draft: OrderDraft, contact: ContactDraft) -> ContactDraft:
    """The contact, virtual where it has the order's virtual number."""
    if contact.phone.strip() != draft.phone.strip():
        return contact
    return replace(contact, is_virtual=True, expires_at=draft.phone_expires_at)


def _contacts(draft: OrderDraft) -> tuple[ContactDraft, ...]:
    """The new customer's contacts as the order tells them."""
    name, phone, phone2 = draft.contact_name.strip(), draft.phone.strip(), draft.phone2.strip()
    if not draft.phone_is_virtual:
        return (ContactDraft(phone="; ".join(number for number in (phone, phone2) if number), name=name),)
    first = ContactDraft(phone=phone, name=name, is_virtual=True, expires_at=draft.phone_expires_at)
    return (first, ContactDraft(phone=phone2, name=name)) if phone2 else (first,)


def complaints(draft: OrderDraft) -> dict[str, Text]:
    """What stands against saving this order, by field; empty when nothing does."""
    errors: dict[str, Text] = {}
    if not draft.symptom.strip():
        errors["symptom"] = _("请先填写故障现象，按客户原话记录即可")
    if draft.customer_id is None and draft.customer is None:
        errors["customer_id"] = _("请选择客户，或新增一位客户")
    if draft.source not in set(Source):
        errors["source"] = _("请选择报修来源")
    elif draft.source in (Source.DEPARTMENT, Source.COLLEAGUE) and not draft.referrer.strip():
        errors["referrer"] = _("来源是部门或同事时，请填写是哪个部门或哪位同事受理的")
    if draft.mode and draft.mode not in set(Mode):
        errors["mode"] = _("请选择服务方式")
    errors |= _unknown(draft.channel, Channel, "channel", _("请选择受理渠道"))
    errors |= _unknown(draft.kind, Kind, "kind", _("请选择业务类型"))
    errors |= _unknown(draft.impact, Impact, "impact", _("请选择影响范围"))
    errors |= _unknown(draft.urgency, Urgency, "urgency", _("请选择紧急程度"))
    errors |= phone_complaints(draft.phone, draft.phone2, draft.no_phone_reason)
    errors |= priority_complaints(draft.priority, draft.priority_reason)
    errors |= window_complaints(draft.wished_from, draft.wished_to)
    errors |= length_complaints({name: getattr(draft, name) for name in LIMITS})
    if draft.distance_km is not None and not 0 <= draft.distance_km <= MAX_KM:
        errors["distance_km"] = _("路程请填 0 到 {limit} 公里", limit=MAX_KM)
    errors |= device_complaints(draft.devices, most=MAX_ROOMS if draft.is_bulk else MAX_DEVICES)
    if any(len(answer.strip()) > 1000 for _question, answer in draft.answers):
        errors["answers"] = _("每个问题的回答最多 {limit} 个字，请缩短", limit=1000)
    return errors


def phone_complaints(phone: str, phone2: str, no_phone_reason: str) -> dict[str, Text]:
    """A number that rings, or the reason why there is none (R-045)."""
    errors: dict[str, Text] = {}
    if not phone.strip() and not no_phone_reason.strip():
        errors["phone"] = _("请填写联系电话；确实没有电话时，请在“无电话原因”里说明")
    for name, typed in (("phone", phone), ("phone2", phone2)):
        wrong = [number for number in phones.parse_phones(typed) if not number.can_be_dialled]
        if wrong:
            errors[name] = _("“{raw}”不是能拨通的电话号码，请核对", raw=(wrong[0].raw or typed)[:40])
    return errors


def nobodys_number(phone: str) -> dict[str, Text]:
    """What stands against confirming this number: a short code can be dialled, but no customer answers there."""
    for number in phones.parse_phones(phone):
        if not (number.can_be_dialled and number.identifies_somebody):
            raw = (number.raw or phone)[:40]
            return {"phone": _("“{raw}”不是客户的电话号码：手机为 11 位，座机请带区号，请核对", raw=raw)}
    return {}


def priority_complaints(priority: str, reason: str) -> dict[str, Text]:
    """A priority set by hand is one that there is, and says why (R-043)."""
    if not priority:
        return {}
    if priority not in set(Priority):
        return {"priority": _("请选择优先级")}
    if not reason.strip():
        return {"priority_reason": _("手工调整优先级要填写原因")}
    return {}


def window_complaints(start: datetime | None, end: datetime | None) -> dict[str, Text]:
    """The wished time has both ends, the first before the second, or none."""
    if (start is None) != (end is None):
        missing = "wished_to" if end is None else "wished_from"
        return {missing: _("期望时间要填起止两个时间")}
    if start is not None and end is not None and end <= start:
        return {"wished_to": _("期望时间的结束要晚于开始")}
    return {}


LIMITS: Mapping[str, int] = {
    "symptom": 2000,
    "contact_name": 60,
    "phone": phones.MAX_RAW,
    "phone2": 40,
    "no_phone_reason": 100,
    "address": 200,
    "referrer": 60,
    "priority_reason": 200,
    "occurred": 100,
    "error_code": 30,
    "remark": 1000,
}
DEVICE_LIMITS: Mapping[str, int] = {
    "brand_text": 60,
    "model_text": 80,
    "spec": 100,
    "serial": 60,
    "invoice_no": 40,
    "symptom": 1000,
    "error_code": 30,
    "appearance": 500,
    "accessories": 500,
    "place": 100,
    "contact_name": 60,
    "phone": 40,
}


def length_complaints(typed: Mapping[str, str], limits: Mapping[str, int] = LIMITS) -> dict[str, Text]:
    """Texts that are longer than their column."""
    return {
        name: _("最多 {limit} 个字，请缩短", limit=limits[name])
        for name, text in typed.items()
        if name in limits and isinstance(text, str) and len(text.strip()) > limits[name]
    }


def device_complaints(devices: tuple[DeviceDraft, ...], *, most: int = MAX_DEVICES) -> dict[str, Text]:
    if len(devices) > most:
        return {"devices": _("一张工单最多 {limit} 台设备，请分开登记", limit=most)}
    for place, device in enumerate(devices, 1):
        errors = length_complaints({name: getattr(device, name) for name in DEVICE_LIMITS}, DEVICE_LIMITS)
        if not 0 <= device.height_cm <= MAX_HEIGHT_CM:
            errors["height_cm"] = _("作业高度请填 0 到 {limit} 厘米", limit=MAX_HEIGHT_CM)
        if errors:
            return {"devices": _("第 {place} 台设备：{reason}", place=place, reason=next(iter(errors.values())))}
    chosen = [device.device_id for device in devices if device.device_id is not None]
    if len(chosen) != len(set(chosen)):
        return {"devices": _("同一台设备选了两次，请删掉一行")}
    return {}


def _unknown(value: str, words: type[StrEnum], name: str, sentence: Text) -> dict[str, Text]:
    return {} if value in set(words) else {name: sentence}


def device_text(names: Iterable[tuple[str, str, str]]) -> str:
    """The devices in a few words for lists, from category, brand and model: "空调 格力 KFR-35GW 等 2 台"."""
    rows = [" ".join(part for part in parts if part) for parts in names]
    if not rows:
        return ""
    first = rows[0][:140]
    return first if len(rows) == 1 else f"{first} 等 {len(rows)} 台"


def line_name(place: str, *words: str) -> str:
    """One device of an order for people, the room of a bulk order first: "501 · 空调 KFR-26GW"."""
    return " · ".join(part for part in (place, " ".join(word for word in words if word)) if part)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time and the clock that it was read from: "server", or the name of a device."""

    at: datetime
    clock: str = "server"


def contact_complaint(contact: Moment, registration: Moment, *, now: datetime) -> Text | None:
    """Why this attempt cannot have been: before the registration (R-037), or in the future.

    A telephone's clock may be wrong, so times are compared only where both come from the same clock.
    """
    if contact.clock == registration.clock and contact.at < registration.at:
        return _(
            "联系时间 {at:datetime} 早于登记时间 {registered:datetime}：先登记，再电话联系",
            at=contact.at,
            registered=registration.at,
        )
    if contact.clock == "server" and contact.at > now + CLOCK_SLACK:
        return _("联系时间 {at:datetime} 还没有到，请核对", at=contact.at)
    return None


def guidance_complaint(ended: Moment, registration: Moment, *, now: datetime, back_hours: int = 0) -> Text | None:
    """Why the guidance call cannot have ended then: too long before the registration, or in the future.

    It is the customer's own call, which may have been typed in later; what we do ourselves comes after the registration
    (R-037).
    """
    earliest = registration.at - timedelta(hours=back_hours)
    if ended.clock == registration.clock and ended.at < earliest:
        return _(
            "指导结束时间 {at:datetime} 太早：登记时间是 {registered:datetime}，最多补记 {hours} 小时以前的电话",
            at=ended.at,
            registered=registration.at,
            hours=back_hours,
        )
    if ended.clock == "server" and ended.at > now + CLOCK_SLACK:
        return _("指导结束时间 {at:datetime} 还没有到，请核对", at=ended.at)
    return None


def edit_refusal(status: Status, *, is_historic: bool) -> Text | None:
    """Why this order's data are read-only, or None (R-244)."""
    if is_historic:
        return _("这是导入的历史工单，只供查阅，不能修改")
    if status is Status.CLOSED:
        return _("工单已结单归档，资料只供查阅；客户再次报修请新建工单或重新维修")
    if status is Status.CANCELLED:
        return _("工单已取消，资料只供查阅；需要时请重新登记")
    return None


def devices_refusal(status: Status, *, is_historic: bool) -> Text | None:
    """Why the devices of this order are not changed any more, or None."""
    if status is Status.TO_FOLLOW_UP:
        return _("工单已结算，不能再改设备；有误请先冲红")
    return edit_refusal(status, is_historic=is_historic)


def overrule_refusal(status: Status) -> Text | None:
    """Why the warranty of a device of this order is not judged otherwise any more, or None."""
    if status in (Status.TO_FOLLOW_UP, Status.CLOSED, Status.CANCELLED):
        return _("工单已结算或已结束，不能再改判保修；有误请先冲红")
    return None
