"""Verbs on devices, and what the floors above deposit on them: archive entries and days away."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.catalog import access as catalog
from gongdan.catalog import queries as catalog_queries
from gongdan.catalog.models import Brand, Category, ProductModel
from gongdan.catalog.rules import checksum
from gongdan.customers import access as customers
from gongdan.customers.models import Address, Customer
from gongdan.devices import access, rules, states
from gongdan.devices.events import Verb
from gongdan.devices.models import ArchiveEntry, Cover, Device, PolicyRow, ProductKind, Stay
from gongdan.devices.rules import ArchiveDraft, DeviceDraft, Flags
from gongdan.fields import cut_overlong, overlong
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.kernel.pinyin import initials
from gongdan.kernel.text import Text, _
from gongdan.search import actions as search
from gongdan.search.rules import Card

CHUNK = 500
DROP = 100
POLICY_FIELDS = (
    "category_id", "product_kind", "brand_id", "series", "condition", "use_kind", "scope", "components", "months",
    "level", "free_part", "free_labour", "free_visit", "start", "valid_from", "valid_to", "kind", "basis", "regulation",
    "source", "is_active",
)  # fmt: skip
_DRAFT_FIELDS = frozenset(field.name for field in fields(DeviceDraft))
_DATA = Path(__file__).parent / "data"


@transaction.atomic
def register_device(customer_id: int, draft: DeviceDraft, *, by: Actor, at: datetime) -> Device:
    """A new device of this customer, findable at once. Refused: impossible dates, a serial that he has already."""
    by.require(access.EDIT)
    customer = customers.visible_to(by).filter(pk=customer_id).first()
    if customer is None:
        raise Missing(_("没有找到这位客户，请返回列表重新查找"))
    return take_in(draft, customer=customer, by=by, at=at)


def take_in(draft: DeviceDraft, *, customer: Customer, by: Actor, at: datetime) -> Device:
    """A new device inside a verb of a higher floor that has checked its own permission (registering an order)."""
    device = _new_device(_with_names(draft), customer, at=at)
    errors = overlong(device) | _complaints(draft, device, today=local_day(at))
    if errors:
        raise Invalid(errors)
    device.save()
    search.put_many([_search_card(device)])
    record(Verb.REGISTERED, device, by=by, at=at, name=str(device))
    return device


@transaction.atomic
def take_in_many(
    rows: Iterable[tuple[Customer, DeviceDraft]], *, batch_id: int, at: datetime, is_active: bool = False
) -> list[Device]:
    """Many devices of one import, at most 500 at once; hidden until `show_batch`. Brands are looked up together.

    What an old table holds is taken as it is: text that is too long is cut, dates are not judged.
    """
    brand_ids = catalog_queries.brand_ids()
    devices = []
    for customer, draft in rows:
        known = draft.brand_id or brand_ids.get(rules.word_key(draft.brand_text))
        device = _new_device(replace(draft, brand_id=known), customer, at=at)
        device.batch_id, device.is_active = batch_id, is_active
        cut_overlong(device)
        devices.append(device)
    assert len(devices) <= CHUNK, "no transaction holds the write lock for long"
    Device.objects.bulk_create(devices)
    search.put_many([_search_card(device) for device in devices])
    return devices


@transaction.atomic
def edit_device(
    device_id: int, *, seen: int, by: Actor, at: datetime, is_active: bool | None = None, **changed: Any
) -> Device:
    """Change what is known of a device; the names are those of `DeviceDraft`. Refused: somebody saved meanwhile."""
    by.require(access.EDIT)
    unknown = changed.keys() - _DRAFT_FIELDS
    assert not unknown, f"unknown fields {unknown}"
    device = _locked(device_id, seen=seen, by=by, at=at)
    draft = _with_names(replace(draft_of(device), **_unpinned(changed)))
    wanted: dict[str, Any] = _columns(draft) | ({} if is_active is None else {"is_active": is_active})
    changes: dict[str, list[Any]] = {}
    for name, value in wanted.items():
        old = getattr(device, name)
        if old != value:
            setattr(device, name, value)
            if name in _DRAFT_FIELDS or name == "is_active":
                changes[name.removesuffix("_id")] = [_json(old), _json(value)]
    errors = overlong(device) | _complaints(draft, device, today=local_day(at))
    if errors:
        raise Invalid(errors)
    if not changes:
        return device
    device.version += 1
    device.save()
    search.put_many([_search_card(device)])
    record(Verb.EDITED, device, by=by, at=at, changes=changes)
    return device


@transaction.atomic
def record_maker_verdict(
    device_id: int, level: str, *, source: str, on: date, seen: int, by: Actor, at: datetime
) -> Device:
    """What the maker's own record says about the warranty, with its day and source: stands beside our verdict."""
    by.require(access.EDIT)
    if level not in list(states.MakerLevel):
        raise Invalid({"level": _unknown(level)})
    if level and not source.strip():
        raise Invalid({"source": _("请写明核定来源，如厂家系统、厂家客服")})
    if on > local_day(at):
        raise Invalid({"on": _("核定日期 {day:date} 在今天之后，请核对", day=on)})
    device = _locked(device_id, seen=seen, by=by, at=at)
    old = device.maker_level
    device.maker_level, device.maker_source = level, source.strip()
    device.maker_checked_on, device.maker_checked_by = on, by.name[:40]
    if errors := overlong(device):
        raise Invalid(errors)
    device.version += 1
    device.save(
        update_fields=["maker_level", "maker_source", "maker_checked_on", "maker_checked_by", "version"],
    )
    record(
        Verb.MAKER_VERDICT,
        device,
        by=by,
        at=at,
        level=states.MAKER_LEVEL_LABELS[states.MakerLevel(level)],
        source=device.maker_source,
        changes={"maker_level": [old, level]},
    )
    return device


@transaction.atomic
def add_cover(
    device_id: int,
    kind: str,
    *,
    starts_on: date,
    ends_on: date,
    flags: Flags = rules.ALL_FREE,
    number: str = "",
    provider: str = "",
    by: Actor,
    at: datetime,
) -> Cover:
    """An extended warranty or a contract for this device, both days included. Refused: it ends before it starts."""
    by.require(access.EDIT)
    device = access.visible_to(by).select_for_update(of=("self",)).filter(pk=device_id).first()
    if device is None:
        raise Missing
    cover = Cover(
        device=device,
        kind=kind,
        number=number.strip(),
        provider=provider.strip(),
        starts_on=starts_on,
        ends_on=ends_on,
        free_part=flags.part,
        free_labour=flags.labour,
        free_visit=flags.visit,
    )
    errors = overlong(cover)
    if kind not in list(states.CoverKind):
        errors["kind"] = _unknown(kind)
    if ends_on < starts_on:
        errors["ends_on"] = _("截止日期早于开始日期，请核对")
    if errors:
        raise Invalid(errors)
    cover.save()
    label = states.COVER_KIND_LABELS[states.CoverKind(kind)]
    record(Verb.COVER_ADDED, cover, about=device, by=by, at=at, kind=label, number=cover.number, ends_on=ends_on)
    return cover


@transaction.atomic
def end_cover(cover_id: int, *, by: Actor, at: datetime) -> None:
    """The extended warranty or contract no longer counts (entered by mistake, cancelled). Safe to run twice."""
    by.require(access.EDIT)
    cover = Cover.objects.select_for_update().filter(pk=cover_id, device__in=access.visible_to(by)).first()
    if cover is None:
        raise Missing
    if not cover.is_active:
        return
    cover.is_active = False
    cover.save(update_fields=["is_active"])
    label = states.COVER_KIND_LABELS[states.CoverKind(cover.kind)]
    record(Verb.COVER_ENDED, cover, about=cover.device, by=by, at=at, kind=label, number=cover.number)


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


@transaction.atomic
def load_seed(*, by: Actor, at: datetime) -> int:
    """Add the shipped policy rows and kinds of product that the shop has not; how many. Needs the seeded catalogue.

    Rows that are there stay as the shop has them, so it may run again after an update.
    """
    by.require(catalog.EDIT)
    category_ids = dict(Category.objects.values_list("name", "pk"))
    brand_ids = dict(Brand.objects.values_list("name", "pk"))
    known_kinds = set(ProductKind.objects.values_list("name", flat=True))
    kinds = [
        ProductKind(
            category_id=category_ids[row["category"]],
            name=row["name"],
            parent=row["parent"],
            words=_list(row["words"]),
            is_default=row["is_default"] == "1",
            position=position,
        )
        for position, row in enumerate(_rows("kinds.csv"), 1)
        if row["name"] not in known_kinds and row["category"] in category_ids
    ]
    for kind in kinds:
        kind.checksum = checksum(kind.category_id, kind.name, kind.parent, kind.words, kind.is_default, kind.position)
    ProductKind.objects.bulk_create(kinds)
    known = set(PolicyRow.objects.values_list("code", flat=True))
    policies = [
        _seed_policy(row, category_ids, brand_ids)
        for row in _rows("policies.csv")
        if row["code"] not in known
        and (not row["category"] or row["category"] in category_ids)
        and (not row["brand"] or row["brand"] in brand_ids)
    ]
    for policy in policies:
        _sum_up(policy)
    PolicyRow.objects.bulk_create(policies)
    if policies:
        count = len(policies)
        record(Verb.POLICIES_SEEDED, policies[0], by=by, at=at, is_historic=True, count=count)
    return len(kinds) + len(policies)


@transaction.atomic
def add_policy(*, code: str, months: int, by: Actor, at: datetime, **columns: Any) -> PolicyRow:
    """A new row of the warranty table. Refused: the code is taken, or the row contradicts itself."""
    by.require(catalog.EDIT)
    row = PolicyRow(code=code.strip(), **_only(columns | {"months": months}))
    _check_policy(row)
    _sum_up(row)
    row.save()
    record(Verb.POLICY_ADDED, row, by=by, at=at, code=row.code)
    return row


@transaction.atomic
def edit_policy(policy_id: int, *, seen: int, by: Actor, at: datetime, **columns: Any) -> PolicyRow:
    """Change a row of the warranty table. Refused: it contradicts itself, or somebody saved meanwhile."""
    by.require(catalog.EDIT)
    row = PolicyRow.objects.select_for_update().filter(pk=policy_id).first()
    if row is None:
        raise Missing
    if row.version != seen:
        raise stale(row, seen, at=at)
    changes: dict[str, list[Any]] = {}
    for name, value in _only(columns).items():
        old = getattr(row, name)
        if old != value:
            setattr(row, name, value)
            changes[name.removesuffix("_id")] = [_json(old), _json(value)]
    _check_policy(row)
    if changes:
        row.version += 1
        _sum_up(row)
        row.save()
        record(Verb.POLICY_EDITED, row, by=by, at=at, code=row.code, changes=changes)
    return row


def draft_of(device: Device) -> DeviceDraft:
    """The device as a draft: what a form starts from, and what a change is laid over."""
    return DeviceDraft(**{name: getattr(device, name) for name in _DRAFT_FIELDS})


def _locked(device_id: int, *, seen: int, by: Actor, at: datetime) -> Device:
    device = Device.objects.select_for_update().filter(pk=device_id).first()
    if device is None:
        raise Missing(_("没有找到这台设备，请返回客户资料查找"))
    if not access.visible_to(by).filter(pk=device_id).exists():
        raise Forbidden(_("这台设备的客户不属于您的站点或您的工单，不能修改"))
    if device.version != seen:
        raise stale(device, seen, at=at)
    return device


def _unpinned(changed: Mapping[str, Any]) -> dict[str, Any]:
    """The changes, with the pointer into the catalogue taken off where only the words were typed anew."""
    loose = {"brand_text": "brand_id", "model_text": "model_id"}
    return {pointer: None for text, pointer in loose.items() if text in changed} | dict(changed)


def _with_names(draft: DeviceDraft) -> DeviceDraft:
    """The draft with brand and model found in the catalogue where only words were typed, and the reverse.

    Refused: it points at a brand or model that is not there.
    """
    brand_id, brand_text, model_text = draft.brand_id, draft.brand_text.strip(), draft.model_text.strip()
    if brand_id is None and brand_text:
        known = catalog_queries.brand_named(brand_text)
        brand_id = None if known is None else known.pk
    elif brand_id is not None:
        name = Brand.objects.filter(pk=brand_id).values_list("name", flat=True).first()
        if name is None:
            raise Invalid({"brand_id": _("没有这个品牌，请从列表中选择")})
        brand_text = brand_text or name
    if draft.model_id is not None:
        name = ProductModel.objects.filter(pk=draft.model_id).values_list("name", flat=True).first()
        if name is None:
            raise Invalid({"model_id": _("没有这个型号，请从列表中选择")})
        model_text = model_text or name
    return replace(draft, brand_id=brand_id, brand_text=brand_text, model_text=model_text)


def _new_device(draft: DeviceDraft, customer: Customer, *, at: datetime) -> Device:
    device = Device(customer=customer, site_id=customer.site_id, created_at=at)
    for name, value in _columns(draft).items():
        setattr(device, name, value)
    return device


def _columns(draft: DeviceDraft) -> dict[str, Any]:
    columns = {name: value.strip() if isinstance(value, str) else value for name, value in asdict(draft).items()}
    columns["serial_key"] = rules.serial_key(draft.serial)[:60]
    columns["initials"] = initials(f"{draft.brand_text}{draft.model_text}")[:60]
    return columns


def _complaints(draft: DeviceDraft, device: Device, *, today: date) -> dict[str, Text]:
    """What stands against this device, beside the length of its texts."""
    errors = rules.date_complaints(draft, today=today)
    if draft.use_kind not in list(states.UseKind):
        errors["use_kind"] = _unknown(draft.use_kind)
    if draft.location not in list(states.Location):
        errors["location"] = _unknown(draft.location)
    if not Category.objects.filter(pk=draft.category_id).exists():
        errors["category_id"] = _("请选择品类")
    if draft.address_id is not None:
        own = Address.objects.filter(pk=draft.address_id, customer=device.customer_id)
        if not own.exists():
            errors["address_id"] = _("这个地址不属于该客户，请重新选择")
    if device.serial_key and device.is_active:
        twin = Device.objects.filter(
            customer=device.customer_id, serial_key=device.serial_key, category=draft.category_id, is_active=True
        ).exclude(pk=device.pk)
        if (other := twin.first()) is not None:
            errors["serial"] = _(
                "该客户已有序列号 {serial} 的设备（{name}），请直接选用", serial=draft.serial, name=str(other)
            )
    return errors


def _search_card(device: Device) -> Card:
    words = (device.brand_text, device.model_text, device.product_kind, device.spec, device.place)
    return Card(
        "device",
        device.pk,
        device.site_id,
        " ".join(word for word in words if word),
        device.created_at,
        initials=tuple(filter(None, (device.initials, initials(device.brand_text)))),
        serials=tuple(filter(None, (device.serial, device.model_text))),
    )


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


def _only(columns: Mapping[str, Any]) -> dict[str, Any]:
    unknown = columns.keys() - set(POLICY_FIELDS)
    assert not unknown, f"unknown fields {unknown}"
    return {name: value.strip() if isinstance(value, str) else value for name, value in columns.items()}


def _check_policy(row: PolicyRow) -> None:
    errors = overlong(row)
    if not row.code:
        errors["code"] = _("请填写编号，如 W100")
    elif PolicyRow.objects.filter(code=row.code).exclude(pk=row.pk).exists():
        errors["code"] = _("编号 {code} 已被使用，请换一个", code=row.code)
    words = {
        "scope": states.Scope, "level": states.Level, "kind": states.PolicyKind, "basis": states.PolicyBasis,
    }  # fmt: skip
    for name, known in words.items():
        if getattr(row, name) not in list(known):
            errors[name] = _unknown(getattr(row, name))
    if row.use_kind and row.use_kind not in list(states.UseKind):
        errors["use_kind"] = _unknown(row.use_kind)
    if row.start not in ("", rules.StartRule.INSTALLATION, rules.StartRule.INVOICE):
        errors["start"] = _unknown(row.start)
    if not 0 <= row.months <= rules.MOST_MONTHS:
        errors["months"] = _("月数应在 0 到 {most} 之间", most=rules.MOST_MONTHS)
    if row.scope in (states.Scope.MAIN, states.Scope.OWN) and not row.components:
        errors["components"] = _("请填写部件名称")
    if row.valid_from is not None and row.valid_to is not None and row.valid_to < row.valid_from:
        errors["valid_to"] = _("购买日期的范围前后颠倒，请核对")
    if errors:
        raise Invalid(errors)


def _sum_up(row: PolicyRow) -> None:
    row.checksum = checksum(row.code, *(str(getattr(row, name)) for name in POLICY_FIELDS))


def _seed_policy(row: Mapping[str, str], category_ids: Mapping[str, int], brand_ids: Mapping[str, int]) -> PolicyRow:
    flags = {
        "all": rules.ALL_FREE, "part": rules.PART_FREE, "part_paid": rules.PART_PAID, "none": rules.NOTHING_FREE,
    }[row["preset"]]  # fmt: skip
    return PolicyRow(
        code=row["code"],
        category_id=category_ids[row["category"]] if row["category"] else None,
        product_kind=row["product_kind"],
        brand_id=brand_ids[row["brand"]] if row["brand"] else None,
        series=_list(row["series"]),
        condition=row["condition"],
        use_kind=row["use_kind"],
        scope=row["scope"],
        components=_list(row["components"]),
        months=int(row["months"]),
        level=row["level"],
        free_part=flags.part,
        free_labour=flags.labour,
        free_visit=flags.visit,
        start=row["start"],
        valid_from=row["valid_from"] or None,
        valid_to=row["valid_to"] or None,
        kind=row["kind"],
        basis=row["basis"],
        regulation=row["regulation"],
        source=row["source"],
        is_active=row["is_active"] == "1",
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _list(cell: str) -> list[str]:
    return [word for word in cell.split(";") if word]


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _unknown(word: str) -> Text:
    return _("没有“{word}”这一项，请从列表中选择", word=str(word)[:20])
