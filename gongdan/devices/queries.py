"""Reading devices: the purchase table, the archive, and the warranty verdict with everything it is decided from."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from django.db.models import QuerySet

from gongdan.catalog.models import Brand, CalendarDay, Category
from gongdan.catalog.queries import calendar_of, stamps_of
from gongdan.devices import access, states
from gongdan.devices.models import (
    ArchiveEntry,
    Cover,
    Device,
    LineRecord,
    OpticalReading,
    PolicyRow,
    ProductKind,
    SafetyClearance,
    Stay,
)
from gongdan.devices.rules import (
    BrandFacts,
    CategoryFacts,
    DeviceDraft,
    DeviceFacts,
    Flags,
    Kind,
    PastRepair,
    Policy,
    StartRule,
    Verdict,
    decide,
    kinds_for,
    serial_key,
)
from gongdan.devices.rules import Cover as CoverFacts
from gongdan.devices.rules import Stay as StayFacts
from gongdan.fields.prepared import Prepared, PreparedFor
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import WorkingCalendar
from gongdan.kernel.errors import Forbidden, Missing
from gongdan.kernel.text import Text, _

PAST_REPAIRS = 50
_BETWEEN_PARTS = re.compile(r"[、,，;；\n]+")
_QUANTITY = re.compile(r"\s*[×xX*]\s*\d+\s*$")


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device in a list: what was bought, when, and until when it is covered."""

    id: int
    customer_id: int
    category_id: int
    category: str
    brand: str
    model: str
    spec: str
    serial: str
    purchase_on: date | None
    invoice_no: str
    place: str
    location: str
    warranty_ends_on: date | None
    level: states.Level
    version: int
    seller: str = ""
    price_fen: int | None = None
    is_sold_here: bool = False
    safety_reason: str = ""  # nobody is sent to it until the tag is cleared

    @property
    def name(self) -> str:
        """Brand, model and category in one line."""
        return " ".join(word for word in (self.brand, self.model, self.category) if word)

    @property
    def label(self) -> Text:
        """保内, 保外 ... as of the day asked for."""
        return states.LEVEL_LABELS[self.level]


@dataclass(frozen=True, slots=True)
class ArchiveRow:
    """One order's work in the archive of a device."""

    id: int
    device_id: int | None
    on: date
    order_id: int | None
    order_number: str
    fault: str
    cause: str
    remedy: str
    parts: str
    cost_fen: int
    result: str
    is_repaired: bool
    technician_name: str
    is_imported: bool


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of product to choose."""

    name: str
    category_id: int
    is_default: bool


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is complained of now: the part, the fault, exclusions that were seen, the order that asks."""

    component: str = ""
    fault: str = ""
    fault_id: int | None = None
    exclusions: tuple[str, ...] = ()
    order_id: int | None = None


@dataclass(slots=True)
class _History:
    """What happened to one device, as it is collected from its tables."""

    stays: list[StayFacts] = field(default_factory=list)
    repairs: list[PastRepair] = field(default_factory=list)
    covers: list[CoverFacts] = field(default_factory=list)


def of_customer(customer_id: int, *, on: date, with_inactive: bool = False) -> list[DeviceRow]:
    """The goods this customer bought, newest first, each with the end of its warranty (R-020). Seven queries."""
    rows = Device.objects.filter(customer=customer_id)
    return _device_rows(rows if with_inactive else rows.filter(is_active=True), on=on)


def of_customers(customer_ids: Collection[int], *, on: date) -> list[DeviceRow]:
    """The devices in use of several customers, newest first: a family's. Seven queries, none without a customer."""
    if not customer_ids:
        return []
    return _device_rows(Device.objects.filter(customer__in=customer_ids, is_active=True), on=on)


def names_of(customer_ids: Collection[int], *, limit: int) -> list[tuple[int, str]]:
    """The newest devices in use of these customers, by id, each in a few words. One query."""
    rows = Device.objects.filter(customer__in=customer_ids, is_active=True).order_by("-pk")
    return [
        (row.pk, " · ".join(word for word in (str(row), row.serial, row.place) if word))
        for row in rows.select_related("category", "brand")[:limit]
    ]


def by_serial(serial: str, actor: Actor, *, on: date) -> list[DeviceRow]:
    """The devices of this serial number that the actor may see, however it is written."""
    key = serial_key(serial)
    return _device_rows(access.visible_to(actor).filter(serial_key=key, is_active=True), on=on) if key else []


def rows_of(device_ids: Sequence[int], actor: Actor, *, on: date) -> list[DeviceRow]:
    """These devices in the order given, as far as the actor may see them: what a search hit shows."""
    rows = {row.id: row for row in _device_rows(access.visible_to(actor).filter(pk__in=device_ids), on=on)}
    return [rows[pk] for pk in device_ids if pk in rows]


_DEVICE = PreparedFor(
    lambda actor, pk: (
        access.visible_to(actor)
        .select_related("category", "brand", "model", "customer", "address__division", "site")
        .filter(pk=pk)
    ),
    int,
)


def device(device_id: int, actor: Actor) -> Device:
    """The device with its category, brand, model, customer and address. Missing: none; Forbidden: not yours."""
    row: Device | None = next(iter(_DEVICE.rows(actor, device_id)), None)
    if row is not None:
        return row
    if Device.objects.filter(pk=device_id).exists():
        raise Forbidden(_("这台设备的客户不属于您的站点或您的工单，不能查看"))
    raise Missing(_("没有找到这台设备，请返回客户资料查找"))


def archive(device_id: int, *, limit: int = 200) -> list[ArchiveRow]:
    """All orders of a device, newest first, with fault, cause, remedy, parts and cost (R-026). One query."""
    return archive_of([device_id], limit=limit)


def archive_of(device_ids: Collection[int], *, limit: int = 200) -> list[ArchiveRow]:
    """All orders of any of these devices, newest first. One query, none without a device."""
    return _archive_rows(ArchiveEntry.objects.filter(device__in=device_ids), limit) if device_ids else []


def archive_of_customer(customer_id: int, *, limit: int = 200) -> list[ArchiveRow]:
    """All orders of a customer's devices, newest first, also imported ones that name no device. One query."""
    return _archive_rows(ArchiveEntry.objects.filter(customer=customer_id), limit)


def stays(device_id: int) -> list[Stay]:
    """The times that the device was in our hands or waited, newest first."""
    return list(Stay.objects.filter(device=device_id).order_by("-received_on", "-pk"))


def is_with_us(order_id: int, device_ids: Collection[int]) -> bool:
    """Whether one of these devices came into our hands by this order and is not handed back."""
    stays = Stay.objects.filter(device__in=device_ids, order_id=order_id, handed_back_on__isnull=True)
    return stays.filter(cause=states.StayCause.OWN).exists()


def covers(device_id: int) -> list[Cover]:
    """Extended warranties and contracts of the device that count, the one that ends last first."""
    return list(Cover.objects.filter(device=device_id, is_active=True).order_by("-ends_on", "-pk"))


def clearances(device_id: int) -> list[SafetyClearance]:
    """When a refusal for safety of this device was taken back, and by what proof; newest first."""
    return list(SafetyClearance.objects.filter(device=device_id).order_by("-pk"))


def line(device_id: int) -> LineRecord | None:
    """The broadband line of the device, if one is known."""
    return LineRecord.objects.filter(device=device_id).first()


def lines_of(device_ids: Collection[int]) -> dict[int, LineRecord]:
    """The broadband lines of these devices. One query, none without a device."""
    rows = LineRecord.objects.filter(device__in=device_ids) if device_ids else ()
    return {row.device_id: row for row in rows}


def readings(device_id: int, *, limit: int = 50) -> list[OpticalReading]:
    """The optical power read on this device, newest first."""
    return list(OpticalReading.objects.filter(device=device_id).order_by("-at", "-pk")[:limit])


def readings_on(order_id: int, device_ids: Collection[int]) -> list[OpticalReading]:
    """What was read on this order, first to last. One query, none without a device."""
    if not device_ids:
        return []
    return list(OpticalReading.objects.filter(device__in=device_ids, order_id=order_id).order_by("at", "pk"))


def product_kinds(category_id: int) -> list[KindRow]:
    """The kinds of product of a category, in the order of the table."""
    rows = ProductKind.objects.filter(category=category_id).order_by("position", "pk")
    return [KindRow(row.name, row.category_id, row.is_default) for row in rows]


def policy_rows(*, with_inactive: bool = True) -> list[PolicyRow]:
    """The warranty table, with category and brand. One query."""
    rows = PolicyRow.objects.select_related("category", "brand").order_by("code")
    return list(rows if with_inactive else rows.filter(is_active=True))


def policy_row(policy_id: int) -> PolicyRow:
    """The policy row of this number. Refused: there is none."""
    row = PolicyRow.objects.select_related("category", "brand").filter(pk=policy_id).first()
    if row is None:
        raise Missing
    return row


def parts_with_periods(category_id: int) -> list[str]:
    """The parts of a category that some policy row names, for choosing what a verdict is about."""
    rows = PolicyRow.objects.filter(is_active=True, category=category_id).values_list("components", flat=True)
    return list(dict.fromkeys(part for parts in rows for part in parts))


def verdict(
    device_id: int,
    *,
    on: date,
    component: str = "",
    exclusions: Iterable[str] = (),
    fault: str = "",
    fault_id: int | None = None,
    order_id: int | None = None,
) -> Verdict:
    """What is free for the customer when he complains on this day, and why.

    `order_id`: the order that asks; its own archive entry is no earlier repair. Seven queries, one more after an edit
    of the working calendar.
    """
    device_row = Device.objects.select_related("category", "brand").filter(pk=device_id).first()
    if device_row is None:
        raise Missing(_("没有找到这台设备，请返回客户资料查找"))
    complaint = Complaint(component, fault, fault_id, tuple(exclusions), order_id)
    return verdict_of(device_row, complaint, on=on)


def verdict_of(device_row: Device, complaint: Complaint, *, on: date, is_new: bool = False) -> Verdict:
    """The verdict for a device that is loaded, in six queries.

    `is_new`: it was registered just now, so nothing has happened to it yet; three queries.
    """
    if is_new:
        kinds, policies, calendar = _rulebook()
        return decide(_facts(device_row, _History(), kinds, complaint), policies=policies, calendar=calendar, on=on)
    return _verdicts([device_row], on=on, complaint=complaint)[device_row.pk]


def verdict_for_facts(
    draft: DeviceDraft,
    *,
    on: date,
    component: str = "",
    exclusions: Iterable[str] = (),
) -> Verdict:
    """The verdict for a device that is still being typed in: no earlier repairs, stays or contracts. Five queries.

    A brand that was only typed as a word is not looked for: see `catalog.queries.brand_named`.
    """
    category = Category.objects.filter(pk=draft.category_id).first()
    if category is None:
        raise Missing(_("请先选择品类"))
    brand = Brand.objects.filter(pk=draft.brand_id).first() if draft.brand_id is not None else None
    columns = {name: getattr(draft, name) for name in _FACT_COLUMNS}
    unsaved = Device(category=category, brand=brand, **columns)
    return verdict_of(unsaved, Complaint(component, exclusions=tuple(exclusions)), on=on, is_new=True)


def _device_rows(rows: QuerySet[Device], *, on: date) -> list[DeviceRow]:
    found = list(rows.select_related("category", "brand").order_by("-pk")[:500])
    verdicts = _verdicts(found, on=on, complaint=Complaint()) if found else {}
    return [
        DeviceRow(
            id=row.pk,
            customer_id=row.customer_id,
            category_id=row.category_id,
            category=row.category.name,
            brand=row.brand_text,
            model=row.model_text,
            spec=row.spec,
            serial=row.serial,
            purchase_on=row.purchase_on,
            invoice_no=row.invoice_no,
            place=row.place,
            location=row.location,
            warranty_ends_on=verdicts[row.pk].last_day,
            level=verdicts[row.pk].level,
            version=row.version,
            seller=row.seller,
            price_fen=row.price_fen,
            is_sold_here=row.is_sold_here,
            safety_reason=row.safety_reason,
        )
        for row in found
    ]


def _verdicts(devices: Sequence[Device], *, on: date, complaint: Complaint) -> dict[int, Verdict]:
    """The verdicts of these devices (with category and brand loaded), in the same four queries for one and for many."""
    histories = {row.pk: _History() for row in devices}
    stays, covers = _stays_and_covers(len(histories))
    for stay in stays.rows(*histories):
        histories[stay.device_id].stays.append(
            StayFacts(stay.received_on, stay.handed_back_on, states.StayCause(stay.cause), stay.order_id)
        )
    for cover in covers.rows(*histories):
        flags = Flags(part=cover.free_part, labour=cover.free_labour, visit=cover.free_visit)
        histories[cover.device_id].covers.append(
            CoverFacts(
                states.CoverKind(cover.kind), cover.starts_on, cover.ends_on, flags, cover.number, cover.provider
            )
        )
    _add_past_repairs(histories, complaint.order_id)
    kinds, policies, calendar = _rulebook()
    return {
        row.pk: decide(
            _facts(row, histories[row.pk], kinds, complaint),
            policies=policies,
            calendar=calendar,
            on=on,
        )
        for row in devices
    }


@lru_cache(maxsize=20)
def _stays_and_covers(devices: int) -> tuple[Prepared, Prepared]:
    kinds = [int] * devices
    return (
        Prepared(lambda *ids: Stay.objects.filter(device__in=ids), *kinds),
        Prepared(lambda *ids: Cover.objects.filter(device__in=ids, is_active=True), *kinds),
    )


@lru_cache(maxsize=20)
def _past_repairs(devices: int) -> Prepared:
    """The newest repairs of so many devices, but those of one order."""

    def build(asking_order: int, *ids: int) -> QuerySet[ArchiveEntry]:
        rows = ArchiveEntry.objects.filter(device__in=ids, is_visible=True, is_repaired=True)
        return rows.exclude(order_id=asking_order).order_by("-on", "-pk")[: PAST_REPAIRS * devices]

    return Prepared(build, *[int] * (1 + devices))


def _add_past_repairs(histories: Mapping[int, _History], asking_order: int | None) -> None:
    for entry in _past_repairs(len(histories)).rows(asking_order or 0, *histories):
        assert entry.device_id is not None, "they were asked for by device"
        histories[entry.device_id].repairs.append(
            PastRepair(
                handed_over_on=entry.on,
                order_number=entry.order_number,
                fault=entry.fault,
                fault_id=entry.known_fault_id,
                parts=part_names(entry.parts),
            )
        )


def part_names(written: str) -> tuple[str, ...]:
    """The parts in an archive entry's line: "压缩机 ×1、电容" -> 压缩机, 电容."""
    names = (_QUANTITY.sub("", part).strip() for part in _BETWEEN_PARTS.split(written))
    return tuple(name for name in names if name)


_FACT_COLUMNS = (
    "product_kind", "model_text", "spec", "use_kind", "purchase_on", "made_on", "installed_on", "activated_on",
    "exchanged_on", "maker_record_on",
)  # fmt: skip


def _facts(
    row: Device,
    history: _History,
    kinds: Sequence[Kind],
    complaint: Complaint,
) -> DeviceFacts:
    description = f"{row.model_text} {row.spec}"
    brand, category = row.brand, row.category
    return DeviceFacts(
        category=CategoryFacts(category.pk, category.name, category.needs_installation, category.part_wait_days),
        brand=None if brand is None else BrandFacts(brand.pk, brand.name, brand.buffer_months, brand.buffer_rule),
        product_kinds=kinds_for(kinds, category_id=category.pk, chosen=row.product_kind, description=description),
        description=description,
        use_kind=states.UseKind(row.use_kind),
        purchase_on=row.purchase_on,
        made_on=row.made_on,
        installed_on=row.installed_on,
        activated_on=row.activated_on,
        exchanged_on=row.exchanged_on,
        maker_record_on=row.maker_record_on,
        maker_level=states.MakerLevel(row.maker_level),
        component=complaint.component,
        fault=complaint.fault,
        fault_id=complaint.fault_id,
        exclusions=complaint.exclusions,
        stays=tuple(history.stays),
        repairs=tuple(history.repairs),
        covers=tuple(history.covers),
    )


class _Table:
    """Policies and kinds of product as this process last read them, and the sums of checksums that they had."""

    policies: tuple[Policy, ...] = ()
    policies_stamp: int | None = None
    kinds: tuple[Kind, ...] = ()
    kinds_stamp: int | None = None


_table = _Table()


def _rulebook() -> tuple[tuple[Kind, ...], tuple[Policy, ...], WorkingCalendar]:
    """Kinds of product, the active rows of the warranty table, and the calendar. One small query asks what changed."""
    kinds, policies, days = stamps_of(ProductKind, PolicyRow, CalendarDay)
    if _table.kinds_stamp != kinds:
        _table.kinds, _table.kinds_stamp = tuple(_read_kinds()), kinds
    if _table.policies_stamp != policies:
        _table.policies, _table.policies_stamp = tuple(_read_policies()), policies
    return _table.kinds, _table.policies, calendar_of(days)


def _read_kinds() -> list[Kind]:
    rows = ProductKind.objects.order_by("position", "pk")
    return [Kind(row.name, row.category_id, row.parent, tuple(row.words), row.is_default) for row in rows]


def _read_policies() -> list[Policy]:
    return [
        Policy(
            code=row.code,
            months=row.months,
            category_id=row.category_id,
            product_kind=row.product_kind,
            brand_id=row.brand_id,
            series=tuple(row.series),
            condition=row.condition,
            use_kind=states.UseKind(row.use_kind) if row.use_kind else None,
            scope=states.Scope(row.scope),
            components=tuple(row.components),
            level=states.Level(row.level),
            flags=Flags(part=row.free_part, labour=row.free_labour, visit=row.free_visit),
            start=StartRule(row.start) if row.start else None,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            kind=states.PolicyKind(row.kind),
            basis=states.PolicyBasis(row.basis),
            regulation=row.regulation,
        )
        for row in PolicyRow.objects.filter(is_active=True)
    ]


def _archive_rows(rows: QuerySet[ArchiveEntry], limit: int) -> list[ArchiveRow]:
    columns = ArchiveRow.__slots__
    shown = rows.filter(is_visible=True).order_by("-on", "-pk")[:limit]
    return [ArchiveRow(*values) for values in shown.values_list(*columns)]
