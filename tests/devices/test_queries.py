from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from gongdan.customers.models import Customer
from gongdan.devices import access, actions, queries
from gongdan.devices.models import Device
from gongdan.devices.rules import ArchiveDraft, DeviceDraft
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Missing

pytestmark = pytest.mark.django_db

Drafts = Callable[..., DeviceDraft]
TODAY = date(2026, 3, 11)


@pytest.mark.req("R-020")
def test_the_purchase_table_tells_product_model_serial_date_invoice_and_end(
    draft: Drafts, owner: Customer, agent: Actor, now: datetime
) -> None:
    typed = draft(
        "手机", brand_text="华为", model_text="P60", serial="864x", purchase_on=date(2025, 6, 11), invoice_no="FP-9"
    )
    actions.register_device(owner.pk, typed, by=agent, at=now)

    (row,) = queries.of_customer(owner.pk, on=TODAY)

    assert (row.name, row.model, row.serial, row.purchase_on, row.invoice_no, row.warranty_ends_on, str(row.label)) == (
        "华为 P60 手机",
        "P60",
        "864x",
        date(2025, 6, 11),
        "FP-9",
        date(2026, 6, 11),
        "保内",
    )


@pytest.mark.parametrize("rows", [1, 3])
def test_the_purchase_table_costs_the_same_for_one_and_for_three(
    draft: Drafts, owner: Customer, agent: Actor, now: datetime, rows: int, django_assert_num_queries: Any
) -> None:
    for n in range(rows):
        device = actions.register_device(owner.pk, draft("手机", serial=f"S{n}"), by=agent, at=now)
        actions.file_in_archive(ArchiveDraft(on=TODAY, device_id=device.pk, order_id=n))
    queries.of_customer(owner.pk, on=TODAY)

    with django_assert_num_queries(5):
        assert len(queries.of_customer(owner.pk, on=TODAY)) == rows


def test_a_verdict_costs_five_queries(fridge: Device, django_assert_num_queries: Any) -> None:
    queries.verdict(fridge.pk, on=TODAY)

    with django_assert_num_queries(5):
        queries.verdict(fridge.pk, on=TODAY, component="压缩机")


def test_an_archive_costs_one_query(fridge: Device, django_assert_num_queries: Any) -> None:
    for n in range(3):
        actions.file_in_archive(ArchiveDraft(on=TODAY, device_id=fridge.pk, order_id=n))

    with django_assert_num_queries(1):
        assert len(queries.archive(fridge.pk)) == 3


@pytest.mark.req("O-015")
def test_a_main_part_in_its_period_is_free_by_itself_only(fridge: Device) -> None:
    whole = queries.verdict(fridge.pk, on=TODAY)
    part = queries.verdict(fridge.pk, on=TODAY, component="压缩机")

    assert (str(whole.label), whole.flags.part, whole.flags.labour, whole.flags.visit) == ("保外", False, False, False)
    assert (str(part.label), part.flags.part, part.flags.labour, part.flags.visit) == (
        "主要部件保内",
        True,
        False,
        False,
    )


def test_our_own_repair_that_comes_back_is_free(fridge: Device) -> None:
    actions.file_in_archive(
        ArchiveDraft(
            on=date(2026, 2, 20),
            device_id=fridge.pk,
            order_id=5,
            order_number="GD260220-0001",
            fault="不制冷",
            parts="启动器 ×1、温控器",
        )
    )

    again = queries.verdict(fridge.pk, on=TODAY, fault="不制冷", order_id=9)
    same_part = queries.verdict(fridge.pk, on=TODAY, component="启动器", order_id=9)
    itself = queries.verdict(fridge.pk, on=TODAY, fault="不制冷", order_id=5)

    assert (str(again.label), again.rework_of) == ("返修免费", "GD260220-0001")
    assert str(same_part.label) == "返修免费"
    assert str(itself.label) == "保外"


def test_a_device_registered_just_now_costs_one_query(fridge: Device, django_assert_num_queries: Any) -> None:
    loaded = Device.objects.select_related("category", "brand").get(pk=fridge.pk)
    whole = queries.verdict(fridge.pk, on=TODAY)

    with django_assert_num_queries(1):
        assert queries.verdict_of(loaded, queries.Complaint(), on=TODAY, is_new=True) == whole


def test_a_device_still_being_typed_gets_its_verdict(draft: Drafts, django_assert_num_queries: Any) -> None:
    typed = draft("手机", purchase_on=date(2025, 6, 11))
    queries.verdict_for_facts(typed, on=TODAY)

    with django_assert_num_queries(2):
        verdict = queries.verdict_for_facts(typed, on=TODAY, exclusions=("X1",))

    assert (str(verdict.label), verdict.needs_confirmation) == ("保外", True)
    with pytest.raises(Missing):
        queries.verdict_for_facts(DeviceDraft(category_id=10**9), on=TODAY)


def test_a_verdict_is_kept_as_json_values(fridge: Device) -> None:
    kept = json.loads(json.dumps(queries.verdict(fridge.pk, on=TODAY).as_json()))

    assert (kept["level"], kept["flags"], kept["last_day"], kept["days_left"]) == (
        "out",
        {"part": False, "labour": False, "visit": False},
        "2025-03-10",
        -366,
    )
    assert kept["steps"][0]["template"] == "起算日 {day:date}：按{rule}"


@pytest.mark.parametrize("typed", ["SN-2024-0001", "sn20240001", "SN 2024 0001"])
def test_a_serial_number_is_found_however_it_is_written(fridge: Device, agent: Actor, typed: str) -> None:
    assert [row.id for row in queries.by_serial(typed, agent, on=TODAY)] == [fridge.pk]


def test_other_sites_do_not_see_it(fridge: Device, stranger: Actor, admin: Actor, technician: Actor) -> None:
    assert queries.by_serial("SN-2024-0001", stranger, on=TODAY) == []
    assert not access.visible_to(stranger).filter(pk=fridge.pk).exists()
    assert not access.visible_to(technician).filter(pk=fridge.pk).exists()
    assert access.visible_to(admin).filter(pk=fridge.pk).exists()
    with pytest.raises(Forbidden):
        queries.device(fridge.pk, stranger)
    with pytest.raises(Missing):
        queries.device(10**9, stranger)


def test_a_device_is_loaded_with_all_that_its_page_shows(
    fridge: Device, agent: Actor, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        row = queries.device(fridge.pk, agent)
        shown = (row.category.name, row.brand and row.brand.name, row.customer.name, row.address, row.site.name)

    assert shown == ("冰箱", "海尔", "周敏", None, "天河店")


def test_hits_of_the_search_are_shown_in_their_order(
    fridge: Device, draft: Drafts, owner: Customer, agent: Actor, now: datetime
) -> None:
    phone = actions.register_device(owner.pk, draft("手机"), by=agent, at=now)

    rows = queries.rows_of([fridge.pk, phone.pk, 10**9], agent, on=TODAY)

    assert [row.id for row in rows] == [fridge.pk, phone.pk]


def test_a_retired_device_leaves_the_purchase_table(
    fridge: Device, owner: Customer, agent: Actor, now: datetime
) -> None:
    actions.edit_device(fridge.pk, seen=1, is_active=False, by=agent, at=now)

    assert queries.of_customer(owner.pk, on=TODAY) == []
    assert [row.id for row in queries.of_customer(owner.pk, on=TODAY, with_inactive=True)] == [fridge.pk]


def test_parts_and_kinds_are_offered_for_choosing(fridge: Device) -> None:
    assert queries.parts_with_periods(fridge.category_id)[:3] == ["压缩机", "温控器", "电磁阀"]
    assert [kind.name for kind in queries.product_kinds(fridge.category_id)] == ["家用电冰箱"]


def test_the_parts_of_an_entry_are_read_from_its_line() -> None:
    assert queries.part_names("压缩机 ×1、电容,门封条 x2；") == ("压缩机", "电容", "门封条")
    assert queries.part_names("") == ()
