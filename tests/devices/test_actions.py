from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from gongdan.audit.models import Event
from gongdan.customers.models import Address, Customer
from gongdan.devices import actions, queries, states
from gongdan.devices.models import ArchiveEntry, Device, PolicyRow, Stay
from gongdan.devices.rules import ArchiveDraft, DeviceDraft
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.search import queries as search

pytestmark = pytest.mark.django_db

Drafts = Callable[..., DeviceDraft]
TODAY = date(2026, 3, 11)


def refused(refusal: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {field: str(text) for field, text in refusal.value.errors.items()}


@pytest.mark.req("R-025")
def test_everything_can_be_filled_when_the_device_is_taken_in(
    draft: Drafts, owner: Customer, agent: Actor, now: datetime
) -> None:
    address = Address.objects.get(customer=owner)
    typed = draft(
        "空调",
        brand_text="gree",
        model_text="KFR-35GW",
        spec="1.5匹",
        serial="6A 0017-88",
        purchase_on=date(2025, 5, 2),
        invoice_no="FP0042",
        seller="国美天河店",
        made_on=date(2025, 3, 1),
        installed_on=date(2025, 5, 6),
        activated_on=date(2025, 5, 6),
        maker_record_on=date(2025, 5, 7),
        use_kind=states.UseKind.COMMERCIAL,
        address_id=address.pk,
        place="三楼会议室",
    )

    device = actions.register_device(owner.pk, typed, by=agent, at=now)

    kept = Device.objects.select_related("brand").get(pk=device.pk)
    assert kept.brand is not None
    assert (kept.brand.name, kept.brand_text, kept.site_id) == ("格力", "gree", owner.site_id)
    assert (kept.serial, kept.serial_key, kept.initials) == ("6A 0017-88", "6A001788", "greekfr35gw")
    assert actions.draft_of(kept) == replace(typed, brand_id=kept.brand_id)
    event = Event.objects.latest("id")
    assert (event.verb, event.subject_id, event.facts["name"]) == ("device.registered", device.pk, "gree KFR-35GW")


@pytest.mark.req("R-025")
def test_what_was_not_known_is_filled_later(draft: Drafts, owner: Customer, agent: Actor, now: datetime) -> None:
    device = actions.register_device(owner.pk, draft("空调"), by=agent, at=now)

    actions.edit_device(
        device.pk, seen=1, brand_text="美的", model_text="KFR-26", serial="M1", purchase_on=TODAY, by=agent, at=now
    )

    kept = Device.objects.get(pk=device.pk)
    assert (kept.brand_text, kept.serial_key, kept.purchase_on, kept.version) == ("美的", "M1", TODAY, 2)
    changes = Event.objects.latest("id").facts["changes"]
    assert (changes["serial"], changes["purchase_on"]) == (["", "M1"], [None, "2026-03-11"])


def test_a_device_is_found_by_serial_model_and_initials_at_once(fridge: Device, site: Any, now: datetime) -> None:
    for typed in ("20240001", "SN-2024-0001", "0001", "BCD-216", "海尔", "hebcd"):
        hits = search.find(typed, kinds=["device"], site_ids=frozenset({site.pk}))
        assert [hit.id for hit in hits] == [fridge.pk], typed


def test_an_edit_is_found_by_its_new_words(fridge: Device, site: Any, agent: Actor, now: datetime) -> None:
    actions.edit_device(fridge.pk, seen=1, serial="XYZ-777", by=agent, at=now)

    sites = frozenset({site.pk})
    assert [hit.id for hit in search.find("xyz777", kinds=["device"], site_ids=sites)] == [fridge.pk]
    assert search.find("SN20240001", kinds=["device"], site_ids=sites) == []


def test_dates_that_cannot_be_are_refused_each_with_its_reason(
    draft: Drafts, owner: Customer, agent: Actor, now: datetime
) -> None:
    typed = draft(
        "空调",
        purchase_on=date(2026, 3, 12),
        made_on=date(2026, 1, 5),
        installed_on=date(2026, 1, 4),
        activated_on=date(203, 1, 4),
    )

    with pytest.raises(Invalid) as refusal:
        actions.register_device(owner.pk, typed, by=agent, at=now)

    assert refused(refusal) == {
        "purchase_on": "购买日期 2026-03-12 在今天之后，请核对",
        "installed_on": "安装日期 2026-01-04 早于出厂日期 2026-01-05，请核对",
        "activated_on": "激活日期 203-01-04 太早，请核对年份",
    }


def test_the_same_serial_of_one_customer_is_the_same_device(
    fridge: Device, draft: Drafts, owner: Customer, agent: Actor, now: datetime
) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.register_device(owner.pk, draft("冰箱", serial="sn20240001"), by=agent, at=now)

    assert refused(refusal) == {"serial": "该客户已有序列号 sn20240001 的设备（海尔 BCD-216），请直接选用"}


def test_words_that_are_none_and_an_address_of_somebody_else_are_refused(
    draft: Drafts, owner: Customer, agent: Actor, now: datetime
) -> None:
    typed = replace(draft("空调"), category_id=10**6, use_kind="x", location="moon", address_id=10**6, serial="9" * 61)

    with pytest.raises(Invalid) as refusal:
        actions.register_device(owner.pk, typed, by=agent, at=now)

    assert refused(refusal) == {
        "serial": "最多 60 个字，现在有 61 个，请缩短",
        "use_kind": "没有“x”这一项，请从列表中选择",
        "location": "没有“moon”这一项，请从列表中选择",
        "category_id": "请选择品类",
        "address_id": "这个地址不属于该客户，请重新选择",
    }


@pytest.mark.parametrize("pointer", ["brand_id", "model_id"])
def test_a_brand_or_model_that_is_not_there_is_refused(
    draft: Drafts, owner: Customer, agent: Actor, now: datetime, pointer: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.register_device(owner.pk, draft("空调", **{pointer: 10**9}), by=agent, at=now)

    assert set(refused(refusal)) == {pointer}


def test_another_sites_customer_gets_no_device_from_here(
    draft: Drafts, neighbour: Customer, agent: Actor, cashier: Actor, owner: Customer, now: datetime
) -> None:
    with pytest.raises(Missing):
        actions.register_device(neighbour.pk, draft("空调"), by=agent, at=now)
    with pytest.raises(Forbidden):
        actions.register_device(owner.pk, draft("空调"), by=cashier, at=now)


def test_another_sites_device_cannot_be_changed(fridge: Device, stranger: Actor, now: datetime) -> None:
    with pytest.raises(Forbidden):
        actions.edit_device(fridge.pk, seen=1, spec="双门", by=stranger, at=now)
    with pytest.raises(Missing):
        actions.edit_device(10**9, seen=1, spec="双门", by=stranger, at=now)


def test_the_second_clerk_is_told_what_the_first_changed(
    fridge: Device, agent: Actor, supervisor: Actor, now: datetime
) -> None:
    actions.edit_device(fridge.pk, seen=1, spec="双门", by=agent, at=now)

    with pytest.raises(Stale) as refusal:
        actions.edit_device(fridge.pk, seen=1, place="厨房", by=supervisor, at=now)

    assert str(refusal.value) == "王芳 10:00 改了：规格；请核对后再保存"


def test_typing_another_brand_lets_go_of_the_known_one(fridge: Device, agent: Actor, now: datetime) -> None:
    actions.edit_device(fridge.pk, seen=1, brand_text="没听过的牌子", by=agent, at=now)

    kept = Device.objects.get(pk=fridge.pk)
    assert (kept.brand_id, kept.brand_text) == (None, "没听过的牌子")


def test_saving_without_a_change_writes_nothing(fridge: Device, agent: Actor, now: datetime) -> None:
    events = Event.objects.count()

    actions.edit_device(fridge.pk, seen=1, brand_text="海尔", by=agent, at=now)

    assert (Device.objects.get(pk=fridge.pk).version, Event.objects.count()) == (1, events)


def test_the_makers_verdict_is_kept_with_day_source_and_who(fridge: Device, agent: Actor, now: datetime) -> None:
    actions.record_maker_verdict(fridge.pk, "in", source="厂家系统", on=TODAY, seen=1, by=agent, at=now)

    kept = Device.objects.get(pk=fridge.pk)
    assert (kept.maker_level, kept.maker_source, kept.maker_checked_on, kept.maker_checked_by, kept.version) == (
        "in",
        "厂家系统",
        TODAY,
        "王芳",
        2,
    )
    verdict = queries.verdict(fridge.pk, on=TODAY)
    assert (str(verdict.label), verdict.differs_from_maker) == ("保外", True)
    assert "厂家核定为保内，与预判不一致：向厂家申报以厂家核定为准，请主管改判" in [str(s) for s in verdict.steps]


def test_a_makers_verdict_needs_its_source(fridge: Device, agent: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.record_maker_verdict(fridge.pk, "out", source=" ", on=TODAY, seen=1, by=agent, at=now)

    assert refused(refusal) == {"source": "请写明核定来源，如厂家系统、厂家客服"}


def test_an_extended_warranty_counts_until_it_is_ended(fridge: Device, agent: Actor, now: datetime) -> None:
    cover = actions.add_cover(
        fridge.pk, "extended", starts_on=date(2025, 3, 11), ends_on=date(2028, 3, 10), number="YB-1", by=agent, at=now
    )
    assert str(queries.verdict(fridge.pk, on=TODAY).label) == "延保"
    assert queries.covers(fridge.pk) == [cover]

    actions.end_cover(cover.pk, by=agent, at=now)
    actions.end_cover(cover.pk, by=agent, at=now)

    assert str(queries.verdict(fridge.pk, on=TODAY).label) == "保外"
    assert [e.verb for e in Event.objects.filter(about_id=fridge.pk, about_kind="devices.device")] == [
        "device.registered",
        "device.cover_added",
        "device.cover_ended",
    ]


def test_a_cover_does_not_end_before_it_starts(fridge: Device, agent: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.add_cover(fridge.pk, "gift", starts_on=TODAY, ends_on=date(2026, 3, 10), by=agent, at=now)

    assert set(refused(refusal)) == {"kind", "ends_on"}


# Deposits of the floors above


@pytest.mark.req("R-026")
def test_what_is_filed_is_in_the_archive_at_once(fridge: Device, owner: Customer) -> None:
    actions.file_in_archive(
        ArchiveDraft(
            on=TODAY,
            device_id=fridge.pk,
            customer_id=owner.pk,
            site_id=owner.site_id,
            order_id=71,
            order_number="GD260311-0007",
            fault="不制冷",
            cause="制冷剂泄漏",
            remedy="补漏加注",
            parts="干燥过滤器 ×1、制冷剂",
            cost_fen=31800,
            result="已修复",
            technician_name="李建国",
        )
    )

    (row,) = queries.archive(fridge.pk)
    assert (row.order_number, row.fault, row.cause, row.remedy, row.parts, row.cost_fen, row.technician_name) == (
        "GD260311-0007",
        "不制冷",
        "制冷剂泄漏",
        "补漏加注",
        "干燥过滤器 ×1、制冷剂",
        31800,
        "李建国",
    )
    assert queries.archive_of_customer(owner.pk) == [row]


@pytest.mark.req("R-026")
def test_the_archive_stands_in_time_order_the_newest_first(fridge: Device) -> None:
    for order, day in ((1, 5), (2, 9), (3, 7)):
        actions.file_in_archive(ArchiveDraft(on=date(2026, 3, day), device_id=fridge.pk, order_id=order))

    assert [(row.order_id, row.on.day) for row in queries.archive(fridge.pk)] == [(2, 9), (3, 7), (1, 5)]


def test_filing_an_order_again_replaces_its_entry(fridge: Device) -> None:
    actions.file_in_archive(ArchiveDraft(on=TODAY, device_id=fridge.pk, order_id=71, fault="不制冷"))
    actions.file_in_archive(ArchiveDraft(on=TODAY, device_id=fridge.pk, order_id=71, fault="缺氟", cost_fen=100))

    assert [(row.fault, row.cost_fen) for row in queries.archive(fridge.pk)] == [("缺氟", 100)]


def test_a_withdrawn_order_leaves_the_archive(fridge: Device) -> None:
    for order in (71, 72):
        actions.file_in_archive(ArchiveDraft(on=TODAY, device_id=fridge.pk, order_id=order))

    actions.withdraw_from_archive(71)

    assert [row.order_id for row in queries.archive(fridge.pk)] == [72]


def test_what_is_too_long_for_the_archive_is_cut(fridge: Device) -> None:
    entry = actions.file_in_archive(ArchiveDraft(on=TODAY, device_id=fridge.pk, fault="长" * 1001))

    assert len(ArchiveEntry.objects.get(pk=entry.pk).fault) == 1000


def test_a_stay_moves_the_device_here_and_back_and_extends_the_warranty(
    draft: Drafts, owner: Customer, agent: Actor, now: datetime
) -> None:
    phone = actions.register_device(owner.pk, draft("手机", purchase_on=date(2025, 3, 3)), by=agent, at=now)
    assert str(queries.verdict(phone.pk, on=TODAY).label) == "保外"

    actions.begin_stay(phone.pk, on=date(2025, 6, 2), order_id=7)
    actions.begin_stay(phone.pk, on=date(2025, 6, 3), order_id=7)
    assert Device.objects.get(pk=phone.pk).location == "company"
    actions.end_stay(phone.pk, on=date(2025, 6, 12), order_id=7)
    actions.end_stay(phone.pk, on=date(2025, 6, 20), order_id=7)

    assert Device.objects.get(pk=phone.pk).location == "customer"
    assert [(s.received_on.day, s.handed_back_on.day) for s in queries.stays(phone.pk) if s.handed_back_on] == [(2, 12)]
    verdict = queries.verdict(phone.pk, on=TODAY)
    assert (str(verdict.label), verdict.extended_days, verdict.last_day) == ("保内", 10, date(2026, 3, 13))


def test_a_device_is_not_handed_back_before_it_came(fridge: Device) -> None:
    actions.begin_stay(fridge.pk, on=TODAY)

    with pytest.raises(Refused):
        actions.end_stay(fridge.pk, on=date(2026, 3, 10))

    assert Stay.objects.get().handed_back_on is None


def test_an_import_shows_at_its_end_or_leaves_nothing(draft: Drafts, owner: Customer, site: Any, now: datetime) -> None:
    for batch in (8, 9):
        (device,) = actions.take_in_many(
            [(owner, draft("手机", brand_text="Samsung", serial=f"IMEI-{batch}", place="长" * 200))],
            batch_id=batch,
            at=now,
        )
        entry = ArchiveDraft(
            on=date(2019, 1, 5), device_id=device.pk, customer_id=owner.pk, order_number=f"old-{batch}"
        )
        assert actions.archive_many([entry], batch_id=batch) == 1
    assert queries.of_customer(owner.pk, on=TODAY) == []
    assert queries.archive_of_customer(owner.pk) == []

    actions.show_batch(8)
    actions.drop_batch(9)

    (row,) = queries.of_customer(owner.pk, on=TODAY)
    assert (row.brand, row.serial, len(row.place)) == ("Samsung", "IMEI-8", 100)
    assert Device.objects.get(pk=row.id).brand_id is not None
    assert [(r.order_number, r.is_imported) for r in queries.archive_of_customer(owner.pk)] == [("old-8", True)]
    assert Device.objects.count() == 1
    assert search.find("IMEI-9", kinds=["device"], site_ids=None) == []


# The warranty table


def test_the_warranty_table_is_seeded_once(warranty: None, now: datetime) -> None:
    events = Event.objects.count()
    rows = {row.code: row for row in queries.policy_rows()}

    assert len(rows) == 62
    assert (rows["W013"].months, rows["W013"].basis) == (72, "secondary")
    assert not rows["W014"].is_active
    assert (rows["W041"].free_part, rows["W041"].free_labour, rows["W041"].free_visit) == (False, True, True)
    assert actions.load_seed(by=SYSTEM, at=now) == 0
    assert Event.objects.count() == events


def test_the_shop_changes_a_row_and_the_verdict_follows(fridge: Device, admin: Actor, now: datetime) -> None:
    row = PolicyRow.objects.get(code="W007")

    actions.edit_policy(row.pk, seen=1, months=36, by=admin, at=now)

    assert str(queries.verdict(fridge.pk, on=TODAY).label) == "保内"
    assert Event.objects.latest("id").facts["changes"] == {"months": [12, 36]}
    with pytest.raises(Stale):
        actions.edit_policy(row.pk, seen=1, months=24, by=admin, at=now)


def test_a_row_of_the_shops_own_counts(fridge: Device, admin: Actor, agent: Actor, now: datetime) -> None:
    typed: dict[str, Any] = {
        "code": "S001",
        "category_id": fridge.category_id,
        "scope": "main",
        "components": ["门封条"],
        "months": 30,
        "level": "main_part",
        "free_labour": False,
        "free_visit": False,
    }
    actions.add_policy(**typed, by=admin, at=now)

    verdict = queries.verdict(fridge.pk, on=TODAY, component="门封条")
    assert (str(verdict.label), verdict.policy, verdict.last_day) == ("主要部件保内", "S001", date(2026, 9, 10))
    with pytest.raises(Forbidden):
        actions.add_policy(**typed, by=agent, at=now)


def test_a_row_that_contradicts_itself_is_refused(warranty: None, admin: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.add_policy(
            code="W001",
            months=999,
            scope="own",
            level="great",
            use_kind="play",
            start="birth",
            valid_from=date(2026, 1, 2),
            valid_to=date(2026, 1, 1),
            by=admin,
            at=now,
        )

    assert set(refused(refusal)) == {"code", "months", "components", "level", "use_kind", "start", "valid_to"}
