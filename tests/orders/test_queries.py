"""Lists, counts, the whole order and search: right for every eye, and as cheap for three rows as for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongdan.catalog import actions as catalog
from gongdan.catalog import queries as catalog_queries
from gongdan.catalog.models import Category
from gongdan.customers import actions as customers
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.text import _
from gongdan.orders import actions, jobs, queries
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.queries import Filters
from gongdan.orders.rules import DeviceDraft
from gongdan.orders.states import Status
from gongdan.people.models import Site

pytestmark = pytest.mark.django_db


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows]


def test_a_row_has_all_that_a_station_shows(
    register: Callable[..., Order], agent: Actor, aircon: Category, now: datetime
) -> None:
    order = register(category_id=aircon.pk, urgency="urgent")

    (row,) = queries.station_rows(agent, [Status.REGISTERED]).rows

    expected = set(queries.ROW_COLUMNS) - {"customer__name"} | {"customer_name"}
    assert row.keys() == expected
    assert {
        name: row[name] for name in ("id", "number", "status", "customer_name", "phone", "device_text", "priority")
    } == {
        "id": order.pk,
        "number": "GD260311-0001",
        "status": "registered",
        "customer_name": "王小明",
        "phone": "13812345678",
        "device_text": "空调",
        "priority": "p2",
    }


@pytest.mark.req("R-033")
def test_the_newest_order_stands_first(register: Callable[..., Order], agent: Actor) -> None:
    orders = [register(symptom=f"故障 {n}") for n in range(3)]

    assert ids(queries.station_rows(agent).rows) == [order.pk for order in reversed(orders)]


def test_pages_follow_each_other_without_gap_or_double(
    register: Callable[..., Order], agent: Actor, dispatcher: Actor, admin: Actor, now: datetime
) -> None:
    orders = [register() for _n in range(7)]
    for order in orders[::2]:
        actions.choose_repair(order.pk, seen=1, by=agent, at=now)

    for statuses in ([], [Status.REGISTERED, Status.TO_DISPATCH]):
        for actor in (agent, admin):
            seen: list[int] = []
            cursor = None
            for _page in range(3):
                page = queries.station_rows(actor, statuses, cursor=cursor, limit=3)
                seen += ids(page.rows)
                cursor = page.next_cursor
            assert seen == [order.pk for order in reversed(orders)]
            assert cursor is None


def test_the_earliest_due_stands_first_and_equal_ones_by_age(
    register: Callable[..., Order], agent: Actor, admin: Actor, other_site: Site, now: datetime
) -> None:
    both = Actor("staff", agent.id, agent.name, agent.permissions, agent.sites | {other_site.pk})
    later = now + timedelta(hours=8)
    wished = register(wished_from=now + timedelta(hours=5), wished_to=later)
    twins = [register() for _n in range(3)]  # they wait since the same moment
    promised = register(wished_from=now + timedelta(hours=9), wished_to=now + timedelta(hours=10))
    actions.set_promise(promised, now + timedelta(hours=6), later)
    tonight = register(wished_from=now, wished_to=now + timedelta(hours=3))
    expected = [*(order.pk for order in twins), tonight.pk, wished.pk, promised.pk]

    for actor in (agent, both, admin):
        seen: list[int] = []
        after = None
        while rows := queries.due_rows(actor, [Status.REGISTERED], after=after, limit=2):
            seen += ids(rows)
            after = (rows[-1]["level"], rows[-1]["due_at"], rows[-1]["id"])
        assert seen == expected
    assert [row["due_at"] for row in queries.due_rows(agent, [Status.REGISTERED])][2:5] == [
        now, now + timedelta(hours=3), later,
    ]  # fmt: skip
    held = Filters(site_id=other_site.pk)
    assert [queries.due_rows(actor, [Status.REGISTERED], [held]) for actor in (agent, both, admin)] == [[]] * 3
    wished_first = [Filters(ids=(wished.pk,)), Filters()]
    found = [(row["id"], row["level"]) for row in queries.due_rows(agent, [Status.REGISTERED], wished_first)]
    assert found[:2] == [(wished.pk, 0), (twins[0].pk, 1)]
    assert len(found) == len(expected)


def test_the_earliest_due_are_read_from_a_range_of_their_index(agent: Actor, admin: Actor, now: datetime) -> None:
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if is_postgresql:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
        for actor, index in ((agent, "order_due"), (admin, "order_due_anywhere")):
            levels = [Filters(), Filters(promised_over=now), Filters(promised_kept=now, is_chased=False)]
            with CaptureQueriesContext(connection) as caught:
                queries.due_rows(actor, [Status.TO_DISPATCH], levels, after=(0, now, 7))
            cursor.execute(f"EXPLAIN {'' if is_postgresql else 'QUERY PLAN '}{caught[0]['sql']}")
            plan = str(cursor.fetchall())
            # Within a level an index gives the order; only the few rows of each are sorted, to put the levels together.
            if is_postgresql:  # which of the two indexes, it says by how many rows there are
                assert (plan.count("order_due"), plan.count("Sort Key")) == (3, 1), plan
            else:
                assert (plan.count(f"{index} "), plan.count("SCAN few"), plan.count("TEMP B-TREE")) == (3, 3, 3), plan


def test_the_commonest_faults_of_the_newest_orders_are_offered_first(
    register: Callable[..., Order], aircon: Category, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold, leak, noise = (
        catalog.add_fault(category_id=aircon.pk, symptom=word, by=SYSTEM, at=now).pk
        for word in ("不制冷", "漏水", "异响")
    )

    def had(*faults: int | None) -> None:
        for fault in faults:
            register(devices=(DeviceDraft(category_id=aircon.pk, fault_id=fault),))
        jobs.count_faults(at=now)

    def offered() -> list[int]:
        return [row.id for row in catalog_queries.faults(aircon.pk, is_commonest_first=True)]

    assert offered() == [cold, leak, noise]
    had(noise, leak, noise, None)
    assert offered() == [noise, leak, cold]
    assert [row.id for row in catalog_queries.faults(aircon.pk)] == [cold, leak, noise]  # the catalogue's own order
    monkeypatch.setattr("gongdan.orders.queries.figures.RECENT_LINES", 3)
    had(leak, None)
    assert offered() == [leak, cold, noise]  # what is older counts no more
    assert counted(queries.recent_faults) == 1
    assert catalog.keep_fault_counts(queries.recent_faults()) == 0  # nothing new


@pytest.mark.req("R-007")
def test_a_list_shows_the_sites_one_may_see_and_can_be_held_to_one(
    register: Callable[..., Order], agent: Actor, stranger: Actor, admin: Actor, other_site: Site, now: datetime
) -> None:
    here = register()
    away = customers.add(CustomerDraft(name="外店客户", contacts=(ContactDraft("13700000000"),)), by=stranger, at=now)
    there = register(by=stranger, customer_id=away.pk)
    both = Actor("staff", agent.id, agent.name, agent.permissions, agent.sites | {other_site.pk})

    assert [ids(queries.station_rows(actor).rows) for actor in (agent, stranger, admin, both)] == [
        [here.pk], [there.pk], [there.pk, here.pk], [there.pk, here.pk],
    ]  # fmt: skip
    held = Filters(site_id=other_site.pk)
    assert [ids(queries.station_rows(actor, filters=held).rows) for actor in (agent, stranger, admin, both)] == [
        [], [there.pk], [there.pk], [there.pk],
    ]  # fmt: skip
    assert [queries.counts(actor)[Status.REGISTERED] for actor in (agent, stranger, admin, both)] == [1, 1, 2, 2]


@pytest.mark.req("R-042")
@pytest.mark.parametrize(
    ("typed", "filters"),
    [
        ({"impact": "all"}, Filters(impact="all")),
        ({"urgency": "critical"}, Filters(urgency="critical")),
        ({"priority": "p4", "priority_reason": "不急"}, Filters(priority="p4")),
        ({"mode": "remote"}, Filters(mode="remote")),
        ({"kind": "installation"}, Filters(kind="installation")),
        ({"source": "maker"}, Filters(source="maker")),
        ({"channel": "mail"}, Filters(channel="mail")),
        ({"channel": "online"}, Filters(is_unaccepted=True)),
    ],
)
def test_each_filter_leaves_its_orders(
    typed: dict[str, Any], filters: Filters, register: Callable[..., Order], agent: Actor
) -> None:
    wanted = register(**typed)
    register()

    assert ids(queries.station_rows(agent, filters=filters).rows) == [wanted.pk]
    assert queries.count_of(agent, [], filters) == 1


def test_filters_by_person_category_flow_and_time(
    register: Callable[..., Order], agent: Actor, dispatcher: Actor, technician: Actor, aircon: Category, now: datetime
) -> None:
    first = register(category_id=aircon.pk)
    second = register(by=dispatcher, at=now + timedelta(hours=1))
    actions.choose_repair(second.pk, seen=1, by=agent, at=now)
    actions.add_participant(second, technician.id, "technician", at=now)
    actions.set_promise(second, now + timedelta(hours=2), now + timedelta(hours=4))

    found = {
        name: ids(queries.station_rows(agent, filters=filters).rows)
        for name, filters in {
            "category": Filters(category_id=aircon.pk),
            "registrar": Filters(received_by_id=dispatcher.id),
            "flow": Filters(flow="repair"),
            "no flow": Filters(is_undecided=True),
            "technician": Filters(technician_id=technician.id),
            "from": Filters(received_from=now + timedelta(minutes=1)),
            "to": Filters(received_to=now + timedelta(minutes=1)),
            "promised": Filters(promised_from=now, promised_to=now + timedelta(hours=3)),
            "over": Filters(promised_over=now + timedelta(hours=5)),
            "not over yet": Filters(promised_over=now + timedelta(hours=3)),
            "past": Filters(is_historic=True),
            "present": Filters(is_historic=False),
            "ids": Filters(ids=(first.pk,)),
            "no ids": Filters(ids=()),
        }.items()
    }

    assert found == {
        "category": [first.pk],
        "registrar": [second.pk],
        "flow": [second.pk],
        "no flow": [first.pk],
        "technician": [second.pk],
        "from": [second.pk],
        "to": [first.pk],
        "promised": [second.pk],
        "over": [second.pk],
        "not over yet": [],
        "past": [],
        "present": [second.pk, first.pk],
        "ids": [first.pk],
        "no ids": [],
    }


@pytest.mark.req("R-052")
@pytest.mark.req("R-246")
def test_counts_equal_the_lists_for_every_eye(
    order_in: Callable[..., Order],
    agent: Actor,
    stranger: Actor,
    technician: Actor,
    admin: Actor,
    now: datetime,
) -> None:
    made = {status: order_in(status) for status in Status}
    actions.add_participant(made[Status.IN_REPAIR], technician.id, "technician", at=now)

    for actor in (agent, stranger, technician, admin):
        listed = {status: len(queries.station_rows(actor, [status]).rows) for status in Status}
        assert queries.counts(actor) == listed
        assert queries.count_of(actor, list(Status)) == sum(listed.values())
    assert queries.counts(agent) == dict.fromkeys(Status, 1)
    assert queries.counts(technician) == dict.fromkeys(Status, 0) | {Status.IN_REPAIR: 1}


def test_counts_stop_at_the_cap(register: Callable[..., Order], agent: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gongdan.orders.queries.stations.CAP", 2)
    for _n in range(3):
        register()

    assert queries.counts(agent)[Status.REGISTERED] == 2
    assert queries.count_of(agent, [Status.REGISTERED]) == 2


@pytest.mark.req("R-244")
@pytest.mark.parametrize(
    "words",
    [
        "GD260311-0001",
        "0001",
        "260311-0001",
        "王小明",
        "小明",
        "wxm",
        "5678",
        "13812345678",
        "138 1234 5678",
        "82349999",
        "李大妈",
        "体育西路",
        "不制冷",
        "漏水",
        "KFR-35GW",
        "kfr35gw",
        "SN-20250601-77",
        "0601-77",
        "王小明 不制冷",
        "E7",
    ],
)
def test_an_order_is_found_by_whatever_is_known_of_it(
    words: str, register: Callable[..., Order], agent: Actor, stranger: Actor, aircon: Category, now: datetime
) -> None:
    order = register(
        contact_name="李大妈",
        phone2="020-82349999",
        error_code="E7",
        category_id=aircon.pk,
        devices=(DeviceDraft(model_text="KFR-35GW", serial="SN-20250601-77", symptom="漏水"),),
    )
    other = customers.add(CustomerDraft(name="张三", contacts=(ContactDraft("13700000000"),)), by=agent, at=now)
    register(customer_id=other.pk, symptom="花屏", address="别处")

    assert ids(queries.search(words, agent)) == [order.pk]
    assert queries.search(words, stranger) == []


def test_search_keeps_to_the_technicians_own_orders(
    register: Callable[..., Order], technician: Actor, now: datetime
) -> None:
    mine = register()
    register()
    actions.add_participant(mine, technician.id, "technician", at=now)

    assert ids(queries.search("王小明", technician)) == [mine.pk]


@pytest.mark.parametrize("words", ["", "   ", "'; DROP", "*", "查无此人", "x" * 5000])
def test_search_finds_nothing_in_nonsense(words: str, register: Callable[..., Order], agent: Actor) -> None:
    register()

    assert queries.search(words, agent) == []


def test_orders_of_customer_phone_and_device(
    register: Callable[..., Order], agent: Actor, stranger: Actor, aircon: Category, now: datetime
) -> None:
    first = register(devices=(DeviceDraft(category_id=aircon.pk, serial="SN1"),))
    second = register(phone="13900001111")
    actions.cancel(first.pk, "误登", seen=1, by=agent, at=now)
    device = DeviceLine.objects.get(order=first).device_id
    assert device is not None

    assert ids(queries.of_customer(first.customer_id, agent)) == [second.pk, first.pk]
    assert ids(queries.of_customer(first.customer_id, agent, but_not=second.pk)) == [first.pk]
    assert ids(queries.of_phone("+8613812345678", agent)) == [first.pk]
    assert ids(queries.of_phone("+8613812345678", agent, is_open=True)) == []
    assert ids(queries.of_device(device, agent)) == [first.pk]
    assert queries.of_phone("", agent) == queries.of_customer(first.customer_id, stranger) == []


def counted(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as caught:
        work()
    return len(caught)


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_one_and_for_three_rows(
    count: int,
    register: Callable[..., Order],
    agent: Actor,
    admin: Actor,
    technician: Actor,
    other_site: Site,
    now: datetime,
) -> None:
    for _n in range(count):
        actions.add_participant(register(), technician.id, "technician", at=now)
    both = Actor("staff", agent.id, agent.name, agent.permissions, agent.sites | {other_site.pk})

    assert [len(queries.station_rows(actor, [Status.REGISTERED]).rows) for actor in (agent, both, technician)] == [
        count
    ] * 3
    assert counted(lambda: queries.station_rows(agent, [Status.REGISTERED])) == 1
    assert counted(lambda: queries.station_rows(admin)) == 1
    assert counted(lambda: queries.station_rows(technician, list(Status))) == 1
    assert counted(lambda: queries.station_rows(both, [Status.REGISTERED, Status.TO_DISPATCH])) == 2
    assert counted(lambda: queries.due_rows(agent, [Status.REGISTERED], [Filters()] * 6)) == 2
    assert counted(lambda: queries.due_rows(both, [Status.REGISTERED], [Filters()] * 6)) == 2
    assert counted(lambda: queries.counts(both)) == 1
    assert counted(lambda: queries.counts(technician)) == 1
    assert counted(lambda: queries.of_customer(1, agent)) == 1
    assert counted(lambda: queries.search("王小明", agent)) == 2 + (connection.vendor == "postgresql")


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_with_one_and_with_three_of_everything(
    count: int, register: Callable[..., Order], agent: Actor, aircon: Category, now: datetime
) -> None:
    order = register(category_id=aircon.pk, devices=tuple(DeviceDraft(serial=f"SN{n}") for n in range(count)))
    for n in range(count):
        actions.place_hold(order, "dispatch", _("等主管"), by=agent, at=now)
        actions.record_consent(order, to_what="quote", is_given=True, way="phone", name="王", by=agent, at=now)
        actions.log_contact(order.pk, purpose="contact", result="reached", by=agent, at=now)
        complaint = actions.complain(order.pk, f"投诉 {n}", by=agent, at=now)
    page = queries.page(order.pk, agent)

    assert [len(part) for part in (page.devices, page.holds, page.consents, page.attempts, page.related)] == [count] * 5
    assert counted(lambda: queries.page(order.pk, agent)) == 4
    assert counted(lambda: queries.page(order.pk, agent).holds) == 5
    assert counted(lambda: queries.page(complaint.pk, agent)) == 4


def test_the_page_names_every_field_of_the_order_that_the_form_has() -> None:
    shown = {field.name for field in fields(queries.Page)}

    assert {
        "number", "received_at", "received_by", "source", "channel", "flow", "customer_name", "customer_kind",
        "contact_name", "phone", "phone2", "division", "address", "category", "symptom", "error_code", "impact",
        "urgency", "priority", "mode", "wished_from", "wished_to", "remark",
    } <= shown  # fmt: skip
