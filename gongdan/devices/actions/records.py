"""A device's own record: registering, editing, the maker's verdict, extended warranties and contracts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.catalog import queries as catalog_queries
from gongdan.catalog.models import Brand, Category, ProductModel
from gongdan.customers import access as customers
from gongdan.customers.models import Address, Customer
from gongdan.devices import access, rules, states
from gongdan.devices.events import Verb
from gongdan.devices.models import Cover, Device
from gongdan.devices.rules import DeviceDraft, Flags
from gongdan.fields import cut_overlong, overlong
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Forbidden, Invalid, Missing
from gongdan.kernel.pinyin import initials
from gongdan.kernel.text import Text, _
from gongdan.search import actions as search
from gongdan.search.rules import Card

CHUNK = 500
_DRAFT_FIELDS = frozenset(field.name for field in fields(DeviceDraft))


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
                changes[name.removesuffix("_id")] = [plain(old), plain(value)]
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
        raise Invalid({"level": unknown(level)})
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
        errors["kind"] = unknown(kind)
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
        errors["use_kind"] = unknown(draft.use_kind)
    if draft.location not in list(states.Location):
        errors["location"] = unknown(draft.location)
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


def plain(value: Any) -> Any:
    """A value as an event keeps it."""
    return value.isoformat() if isinstance(value, date) else value


def unknown(word: str) -> Text:
    """The complaint about a word that is none of ours."""
    return _("没有“{word}”这一项，请从列表中选择", word=str(word)[:20])
