"""Past orders of an import: hidden until the batch is shown, then read-only, searchable, counted; gone when dropped."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongdan.catalog.models import Category
from gongdan.customers.models import Customer
from gongdan.devices import actions as devices
from gongdan.devices.rules import DeviceDraft
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions, queries
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.rules import PastOrderDraft
from gongdan.orders.states import Status
from gongdan.people.models import Site

pytestmark = pytest.mark.django_db

THEN = datetime(2019, 6, 30, 17, 0, tzinfo=UTC)  # already 1 July in Shanghai


def test_a_past_order_keeps_what_the_table_said(
    customer: Customer, agent: Actor, site: Site, aircon: Category, now: datetime
) -> None:
    device = devices.register_device(
        customer.pk, DeviceDraft(category_id=aircon.pk, model_text="KFR-26", serial="SN9"), by=SYSTEM, at=now
    )
    draft = PastOrderDraft(
        received_at=THEN, symptom="不制冷", old_number="旧-0815", device_ids=(device.pk,), category_id=aircon.pk,
        contact_name="王大妈", phone="13800001111/82345678", address="老街 3 号", remark="换电容",
        closed_at=datetime(2019, 7, 2, 2, 0, tzinfo=UTC), result="repaired", repair_label="已修复",
        technician_names="李建国", due_fen=15000,
    )  # fmt: skip

    (order,) = actions.take_in_past([(customer, draft)], site=site, batch_id=3, is_visible=True)

    page = queries.page(order.pk, agent)
    assert (page.number, page.old_number, page.status, page.flow, page.is_historic) == (
        "LS190701-0001", "旧-0815", "closed", "repair", True,
    )  # fmt: skip
    assert (page.received_at, page.closed_at, page.received_by) == (THEN, draft.closed_at, "")
    assert (page.phone, page.phone_code, page.phone2) == ("13800001111", "+8613800001111", "82345678")
    assert (page.result, page.repair_label, page.technician_names, page.due_fen) == (
        "repaired", "已修复", "李建国", 15000,
    )  # fmt: skip
    (line,) = page.devices
    assert (line.device_id, line.category, line.model, line.serial, line.result) == (
        device.pk, "空调", "KFR-26", "SN9", "repaired",
    )  # fmt: skip
    assert page.buttons == ()


@pytest.mark.req("R-244")
def test_a_batch_appears_and_goes_as_a_whole(customer: Customer, agent: Actor, site: Site, now: datetime) -> None:
    drafts = [
        PastOrderDraft(
            received_at=THEN, symptom=f"碎屏 {n}", brand_text="华为", serial=f"IMEI00{n}", is_cancelled=n == 2
        )
        for n in range(3)
    ]
    made = actions.take_in_past([(customer, draft) for draft in drafts], site=site, batch_id=3)

    hidden = queries.search("碎屏", agent), queries.station_rows(agent).rows, queries.counts(agent)[Status.CLOSED]
    actions.show_past(3)
    found = [row["id"] for row in queries.search("碎屏", agent)]
    by_serial = [row["id"] for row in queries.search("IMEI001", agent)]
    counted = queries.counts(agent)
    actions.drop_past(3)

    assert hidden == ([], [], 0)
    assert sorted(found) == [order.pk for order in made]
    assert by_serial == [made[1].pk]
    assert (counted[Status.CLOSED], counted[Status.CANCELLED]) == (2, 1)
    assert (Order.objects.count(), DeviceLine.objects.count(), queries.search("碎屏", agent)) == (0, 0, [])


def test_dropping_a_batch_leaves_the_shops_own_orders(
    customer: Customer, agent: Actor, site: Site, now: datetime
) -> None:
    own = actions.register(
        actions.OrderDraft(symptom="漏水", source="direct", customer_id=customer.pk), by=agent, at=now
    )
    Order.objects.filter(pk=own.pk).update(batch_id=3)

    actions.drop_past(3)

    assert Order.objects.get() == own


def test_texts_of_an_old_table_are_cut_and_a_cell_without_number_is_kept(customer: Customer, site: Site) -> None:
    long = "长" * 3000
    draft = PastOrderDraft(
        received_at=THEN, symptom=long, old_number=long, brand_text=long, model_text=long, serial=long,
        contact_name=long, phone="见备注", address=long, remark=long, result=long, repair_label=long,
        technician_names=long, mode="teleport",
    )  # fmt: skip

    (order,) = actions.take_in_past([(customer, draft)], site=site, batch_id=3)

    kept = Order.objects.get(pk=order.pk)
    assert (kept.phone, kept.phone_code, kept.mode, kept.closed_at) == ("见备注", "", "on_site", THEN)
    assert (len(kept.symptom), len(kept.address), len(kept.device_text)) == (2000, 200, 140)


def test_many_cost_few_statements_beside_their_numbers(customer: Customer, site: Site) -> None:
    drafts = [(customer, PastOrderDraft(received_at=THEN, symptom="坏")) for _n in range(20)]

    with CaptureQueriesContext(connection) as caught:
        actions.take_in_past(drafts, site=site, batch_id=3)

    others = [
        q["sql"] for q in caught if "numbering_counter" not in q["sql"] and not q["sql"].startswith(("SAVE", "REL"))
    ]
    assert len(others) <= 7
