"""空跑: what proves it, what it costs, and what the next one is told; and that guidance from afar costs no way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.catalog.models import Category
from gongdan.dispatch import actions, queries, rules
from gongdan.dispatch.actions import VisitDraft
from gongdan.dispatch.models import Promise, Visit, WastedTrip
from gongdan.files import actions as files
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused
from gongdan.kernel.text import Text
from gongdan.orders import actions as orders
from gongdan.orders import queries as orders_queries
from gongdan.orders.models import Order
from gongdan.orders.rules import DeviceDraft
from gongdan.people.models import ShopSettings
from gongdan.quotes import queries as quotes
from tests.repair.shop import shop

pytestmark = pytest.mark.django_db
__all__ = ["shop"]
PNG = b"\x89PNG\r\n\x1a\nrest"


def _seen(order: Order) -> int:
    return orders_queries.version(order.pk)


def _fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def _bill(order: Order, result: str) -> list[tuple[str, int, str]]:
    row = _fresh(order)
    row.result = result
    return [(line.code, line.amount_fen, line.payer) for line in quotes.final_price(row)[0].lines]


@pytest.fixture
def aircon(shop: None) -> Category:
    """Air conditioners as the shop's own catalogue has them."""
    return Category.objects.get(name="空调")


@pytest.fixture
def there(
    shop: None,
    waiting: Callable[..., Order],
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    technician: Actor,
    now: datetime,
) -> Visit:
    """李建国 stands before the door; the maker's book knows a fee for a wasted trip."""
    device = DeviceDraft(brand_text="奥普", model_text="浴霸")
    order = waiting(devices=(device,))
    window = {"planned_from": now, "planned_to": now + timedelta(hours=2)}
    visit = actions.assign(order.pk, draft(**window), seen=order.version, by=dispatcher, at=now)
    return actions.arrive(visit.pk, by=technician, at=now)


@pytest.fixture
def report(there: Visit, technician: Actor, now: datetime) -> Callable[..., tuple[WastedTrip, list[Text]]]:
    """Reports the trip with photo, `calls` calls and after `minutes` of waiting."""

    def _report(*, photo: bool = True, calls: int = 2, minutes: int = 15) -> tuple[WastedTrip, list[Text]]:
        picture = files.attach(
            "orders.order", there.order_id, name="门口.png", content=PNG, role="door", by=technician, at=now
        )
        for number in range(calls):
            at = now + timedelta(minutes=number + 1)
            orders.log_contact(
                there.order_id,
                purpose="contact",
                result="no_answer",
                next_at=at + timedelta(minutes=5),
                by=technician,
                at=at,
            )
        return actions.report_wasted_trip(
            there.pk,
            "家中无人",
            photo_id=picture.pk if photo else None,
            by=technician,
            at=now + timedelta(minutes=minutes),
            confirm_unproven=True,
        )

    return _report


@pytest.mark.req("O-043")
def test_with_its_evidence_a_wasted_trip_is_the_fee_of_the_book(
    there: Visit, report: Callable[..., tuple[WastedTrip, list[Text]]]
) -> None:
    row, gaps = report()
    assert (row.is_proven, row.calls, row.waited_minutes, gaps) == (True, 2, 15, [])
    assert _bill(there.order, "not_repaired") == [("AP02", 30_00, "customer")]


@pytest.mark.req("O-043")
def test_every_branch_of_the_store_book_has_the_fee(
    there: Visit, report: Callable[..., tuple[WastedTrip, list[Text]]]
) -> None:
    for branch in ("空调", "电脑", "打印机", "电视", "热水器", "宽带/ONU"):
        row = _fresh(there.order)
        category = Category.objects.get(name=branch)
        row.device_lines.update(brand_text="格力", brand=None, category=category)
        Order.objects.filter(pk=row.pk).update(category=category)
        if not row.wasted_trips:
            assert ("MD01", 50_00, "customer") not in _bill(row, "not_repaired")
            report()
        assert _bill(row, "not_repaired") == [("MD01", 50_00, "customer")]


@pytest.mark.req("O-043")
@pytest.mark.parametrize(
    ("typed", "missing"),
    [({"photo": False}, "门口照片"), ({"calls": 1}, "1 次电话"), ({"minutes": 14}, "只等了 14 分钟")],
)
def test_without_evidence_there_is_no_fee(
    there: Visit,
    report: Callable[..., tuple[WastedTrip, list[Text]]],
    typed: dict[str, Any],
    missing: str,
) -> None:
    row, gaps = report(**typed)
    assert (row.is_proven, len(gaps)) == (False, 1)
    assert missing in str(gaps[0])
    assert _fresh(there.order).wasted_trips == 0
    assert not [line for line in _bill(there.order, "not_repaired") if line[0] == "AP02"]


@pytest.mark.req("O-043")
def test_the_next_visit_is_told_and_its_bill_has_the_fee_beside_the_work(
    there: Visit,
    report: Callable[..., tuple[WastedTrip, list[Text]]],
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    technician: Actor,
    now: datetime,
) -> None:
    report()
    order = _fresh(there.order)
    assert (order.arrived_at, order.promised_from) == (None, None)
    tomorrow = now + timedelta(days=1)
    window = {"planned_from": tomorrow, "planned_to": tomorrow + timedelta(hours=2)}
    again = actions.assign(order.pk, draft(**window), seen=_seen(order), by=dispatcher, at=now + timedelta(hours=1))
    assert again.remark == "上次空跑：家中无人"
    assert [(w.technician, w.reason, w.is_proven) for w in queries.wasted_of(order.pk)] == [
        ("李建国", "家中无人", True)
    ]
    actions.arrive(again.pk, by=technician, at=tomorrow)
    assert _fresh(order).arrived_at == tomorrow
    lines = _bill(order, "repaired")
    assert ("AP02", 30_00, "customer") in lines


def test_after_a_wasted_trip_the_order_waits_for_dispatch_again(
    there: Visit,
    report: Callable[..., tuple[WastedTrip, list[Text]]],
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    now: datetime,
) -> None:
    report(photo=False)
    order = _fresh(there.order)
    assert order.status == "to_dispatch"
    hour = now + timedelta(hours=1)
    tomorrow = now + timedelta(days=1)
    window = {"planned_from": tomorrow, "planned_to": tomorrow + timedelta(hours=2)}
    again = actions.assign(order.pk, draft(**window), seen=_seen(order), by=dispatcher, at=hour)
    actions.void(again.pk, "客户又有事", by=dispatcher, at=hour)
    assert _fresh(order).status == "to_dispatch"
    actions.assign(order.pk, draft(**window), seen=_seen(order), by=dispatcher, at=hour)
    actions.send_back(order.pk, "整单改期", seen=_seen(order), by=dispatcher, at=hour)
    assert _fresh(order).status == "to_dispatch"


@pytest.mark.req("O-043", "R-073")
def test_before_the_promised_time_there_is_no_fee_and_the_promise_stands(
    shop: None,
    waiting: Callable[..., Order],
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    technician: Actor,
    now: datetime,
) -> None:
    row, _made = ShopSettings.objects.get_or_create(site=None)
    row.values = {rules.WASTED_MINUTES.key: 0, rules.WASTED_CALLS.key: 0}
    row.save()
    order = waiting(devices=(DeviceDraft(brand_text="奥普", model_text="浴霸"),))
    visit = actions.assign(order.pk, draft(), seen=order.version, by=dispatcher, at=now)
    actions.arrive(visit.pk, by=technician, at=now, agreed_by="王太太")
    photo = files.attach("orders.order", order.pk, name="门口.png", content=PNG, role="door", by=technician, at=now)
    given: dict[str, Any] = {"photo_id": photo.pk, "by": technician, "at": now + timedelta(minutes=90)}
    with pytest.raises(Refused, match="还没到约定的") as refused:
        actions.report_wasted_trip(visit.pk, "家中无人", **given)
    assert refused.value.code == "unproven"
    trip, gaps = actions.report_wasted_trip(visit.pk, "家中无人", **given, confirm_unproven=True)

    assert (trip.is_proven, trip.waited_minutes, len(gaps)) == (False, 0, 1)
    after = _fresh(order)
    assert (after.status, after.wasted_trips, after.arrived_at) == ("to_dispatch", 0, None)
    assert (after.promised_from, after.promised_to) == (visit.planned_from, visit.planned_to)
    kept = Promise.objects.get(order=order)
    assert (kept.withdrawn_at, kept.kept) == (None, None)
    assert visit.planned_from is not None
    hour = now + timedelta(minutes=95)
    again = actions.assign(
        order.pk, draft(planned_from=None, planned_to=None), seen=_seen(order), by=dispatcher, at=hour
    )
    assert (again.planned_from, again.planned_to) == (visit.planned_from, visit.planned_to)
    actions.arrive(again.pk, by=technician, at=visit.planned_from)
    assert Promise.objects.get(order=order).kept


@pytest.mark.req("O-043")
def test_who_came_early_waits_from_the_promised_time(
    waiting: Callable[..., Order],
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    technician: Actor,
    now: datetime,
) -> None:
    order = waiting(devices=())
    visit = actions.assign(order.pk, draft(), seen=order.version, by=dispatcher, at=now)
    actions.arrive(visit.pk, by=technician, at=now, agreed_by="王太太")
    assert visit.planned_from is not None
    there = queries.visit(visit.pk, technician)
    early = queries.proof_of(there, visit.planned_from - timedelta(minutes=1))
    assert (early.minutes, early.opens) == (0, visit.planned_from)
    due = queries.proof_of(there, visit.planned_from + timedelta(minutes=14))
    assert (due.minutes, due.opens) == (14, None)


def test_after_a_wasted_trip_a_colleague_on_his_way_keeps_the_order(
    there: Visit,
    report: Callable[..., tuple[WastedTrip, list[Text]]],
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    other_technician: Actor,
    now: datetime,
) -> None:
    line = draft(technician_id=other_technician.id)
    actions.assign(there.order_id, line, seen=_seen(there.order), by=dispatcher, at=now)
    report()
    assert _fresh(there.order).status == "in_repair"


def test_a_wasted_trip_is_reported_by_who_is_there_with_a_picture_of_this_order(
    there: Visit, technician: Actor, other_technician: Actor, now: datetime
) -> None:
    later = now + timedelta(minutes=20)
    with pytest.raises(Forbidden):
        actions.report_wasted_trip(there.pk, "家中无人", photo_id=None, by=other_technician, at=later)
    with pytest.raises(Invalid, match="原因"):
        actions.report_wasted_trip(there.pk, " ", photo_id=None, by=technician, at=later)
    elsewhere = files.attach("orders.order", 4711, name="门口.png", content=PNG, role="door", by=technician, at=now)
    for photo in (elsewhere.pk, 99_999):
        with pytest.raises(Invalid, match="门口照片"):
            actions.report_wasted_trip(there.pk, "家中无人", photo_id=photo, by=technician, at=later)
    actions.leave(there.pk, by=technician, at=later)
    with pytest.raises(Refused, match="先登记到达"):
        actions.report_wasted_trip(there.pk, "家中无人", photo_id=None, by=technician, at=later)


@pytest.mark.req("R-085")
def test_guidance_from_afar_costs_no_way(
    shop: None,
    waiting: Callable[..., Order],
    draft: Callable[..., VisitDraft],
    dispatcher: Actor,
    technician: Actor,
    now: datetime,
) -> None:
    order = waiting(distance_km=12)
    line = draft(is_remote=True, planned_from=None, planned_to=None)
    visit = actions.assign(order.pk, line, seen=order.version, by=dispatcher, at=now)
    assert "PI001" in [code for code, _fen, _payer in _bill(order, "repaired")]
    actions.record_remote(visit.pk, "solved", by=technician, at=now)
    assert [code for code, fen, _payer in _bill(order, "repaired") if code in ("PI001", "PI002") and fen] == []
