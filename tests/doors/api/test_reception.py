"""Reception through the open API: calls on open orders, duplicates, similar and bulk orders, held orders, papers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gongdan.catalog import actions as catalog
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions as orders
from gongdan.orders.models import Chase, Order
from tests.doors.api.test_walks import Caller

pytestmark = pytest.mark.django_db
ASKED = {
    "symptom": "空调不制冷",
    "channel": "phone",
    "phone": "13812345678",
    "customer": {"name": "王小明", "contacts": [{"phone": "13812345678"}], "addresses": [{"detail": "体育西路 1 号"}]},
}


@pytest.fixture
def desk(agent: Actor, now: Any) -> Caller:
    return Caller(agent, now)


@pytest.fixture
def boss(supervisor: Actor, now: Any) -> Caller:
    return Caller(supervisor, now)


@pytest.mark.req("O-048")
def test_three_calls_make_no_second_order_and_one_key_counts_once(desk: Caller) -> None:
    number = desk.post("/orders", ASKED)["number"]

    for key in ("a", "b", "b", "c"):
        body = {"answer": "师傅明天上午到", "caller_phone": "13812345678"}
        counted = desk.post(f"/orders/{number}/chase", body, key=key)

    assert counted["count"] == 3
    assert (Chase.objects.count(), Order.objects.count()) == (3, 1)
    assert [(row["number"], row["chased"]) for row in desk.get("/orders/chased?at_least=3")] == [(number, 3)]
    assert desk.call("POST", f"/orders/{number}/chase", {"answer": ""})[0] == 422


@pytest.mark.req("O-048")
def test_a_second_order_of_the_same_is_refused_with_the_first_ones_number_unless_confirmed(desk: Caller) -> None:
    number = desk.post("/orders", ASKED)["number"]
    again = {"symptom": "还是不制冷", "channel": "phone", "customer_id": Order.objects.get().customer_id}

    status, problem = desk.call("POST", "/orders", again)

    assert (status, problem["code"], problem["number"]) == (409, "duplicate_open", number)
    assert number in problem["detail"]
    assert desk.post("/orders", again | {"confirm_duplicate": True})["number"] != number


@pytest.mark.req("O-048")
def test_similar_orders_and_a_fault_that_comes_back_are_told_and_released_by_the_supervisor(
    desk: Caller, boss: Caller, now: Any
) -> None:
    aircon = catalog.add_category(code="AC", name="空调", default_mode="on_site", by=SYSTEM, at=now)
    for _time in range(2):
        desk.post("/orders", ASKED | {"category_id": aircon.pk, "confirm_duplicate": True})

    found = desk.get(f"/orders/similar?phone=13812345678&address=体育西路1号&category_id={aircon.pk}")
    assert found["repeat"]["text"] == "30 天内第 3 次"
    assert [row["why"] for row in found["rows"]] == [["phone", "address"]] * 2

    third = desk.post("/orders", ASKED | {"category_id": aircon.pk, "confirm_duplicate": True})["number"]
    assert desk.call("POST", f"/orders/{third}/release/repeat_fault", {})[0] == 403
    boss.post(f"/orders/{third}/release/repeat_fault", {})
    assert Order.objects.get(number=third).hold_code == ""
    assert boss.call("POST", f"/orders/{third}/release/repeat_fault", {})[0] == 409


@pytest.mark.req("O-052")
def test_a_wrong_number_waits_until_the_right_one_is_known(desk: Caller) -> None:
    number = desk.post("/orders", ASKED | {"source": "platform", "phone_is_virtual": True})["number"]
    assert Order.objects.get().phone_code == ""

    desk.post(f"/orders/{number}/wrong-number", {"note": "接电话的说打错了"})
    assert Order.objects.get().hold_code == "wrong_number"
    assert desk.call("POST", f"/orders/{number}/confirm-phone", {"phone": "1"})[0] == 422
    desk.post(f"/orders/{number}/confirm-phone", {"phone": "13600005555"})

    order = Order.objects.get()
    assert (order.hold_code, order.phone_code) == ("", "+8613600005555")


@pytest.mark.req("O-038")
def test_thirty_rooms_are_one_order_and_two_are_booked_again(desk: Caller, now: Any) -> None:
    text = "\n".join(f"{301 + n} 空调不制冷" for n in range(30))
    asked = {key: value for key, value in ASKED.items() if key != "symptom"} | {"text": text}
    assert desk.post("/orders/bulk/preview", asked | {"text": "301 漏水\n302"})[1]["errors"] == {
        "symptom": "请填写故障现象"
    }
    number = desk.post("/orders/bulk", asked, key="k")["number"]
    assert desk.post("/orders/bulk", asked, key="k")["number"] == number
    order = orders.choose_repair(Order.objects.get().pk, seen=1, by=SYSTEM, at=now)
    orders.advance(orders.locked(order.pk), "start_repair", by=SYSTEM, at=now)
    ids = list(order.device_lines.order_by("position").values_list("pk", flat=True))
    seen = desk.get(f"/orders/{number}")["version"]

    noted = desk.post(f"/orders/{number}/lines", {"done": ids[:28], "absent": ids[28:29], "seen": seen})
    other = desk.post(f"/orders/{number}/split", {"lines": ids[29:], "reason": "改期", "seen": noted["version"]})

    assert noted["rebooked"]
    assert [row.device_lines.count() for row in Order.objects.order_by("pk")] == [28, 1, 1]
    assert other["status"] == "to_dispatch"
    stale = desk.call("POST", f"/orders/{number}/split", {"lines": ids[:1], "seen": seen})
    assert stale[0] == 409


@pytest.mark.req("R-009", "R-010", "R-039", "R-094")
def test_source_channel_referrer_and_store_are_kept_apart(
    desk: Caller, hire: Callable[..., Actor], site: Any, other_site: Any, now: Any
) -> None:
    centre = Caller(hire(site, "slzx", "钟敏", "reception_centre"), now)
    centre.post("/orders", ASKED | {"source": "direct", "channel": "mail"})
    status, problem = desk.call("POST", "/orders", ASKED | {"source": "department"})
    assert (status, list(problem["errors"])) == (422, ["referrer"])
    desk.post(
        "/orders",
        ASKED | {"source": "department", "referrer": "总务处", "mode": "in_store", "confirm_duplicate": True},
    )

    told = list(Order.objects.order_by("pk").values_list("source", "channel", "referrer", "store"))
    assert told == [("centre", "mail", "", None), ("department", "phone", "总务处", site.pk)]
    assert len(desk.get("/orders?source=centre")["rows"]) == 1
    assert desk.get("/stores") == [{"id": site.pk, "name": "天河店"}]  # 番禺 is no store
    numbers = Order.objects.order_by("pk").values_list("number", flat=True)
    assert [desk.get(f"/orders/{number}")["store"] for number in numbers] == ["", "天河店"]


@pytest.mark.req("R-062", "R-063")
def test_each_call_stands_on_the_order_with_time_person_number_and_result(desk: Caller) -> None:
    number = desk.post("/orders", ASKED)["number"]
    path = f"/orders/{number}/contacts"
    for result in ("reached", "rejected", "dead_number", "switched_off"):
        desk.post(path, {"purpose": "contact", "result": result, "note": f"{result} 试试"}, key=result)
        desk.post(path, {"purpose": "contact", "result": result, "note": f"{result} 试试"}, key=result)
    missed = {"purpose": "appointment", "result": "no_answer"}
    status, problem = desk.call("POST", path, missed)
    assert (status, list(problem["errors"])) == (422, ["next_at"])
    desk.post(path, missed | {"next_at": "2099-03-11T15:00:00+08:00"})

    rows = desk.get(f"/orders/{number}")["attempts"]

    assert sorted(row["result"] for row in rows) == ["dead_number", "no_answer", "reached", "rejected", "switched_off"]
    assert {(row["by"], row["number"]) for row in rows} == {("王芳", "13812345678")}
    assert all(row["at"] for row in rows)
    assert [row["next_at"][:10] for row in rows if row["next_at"]] == ["2099-03-11"]
    assert desk.call("POST", path, {"purpose": "contact", "result": "asleep"})[0] == 422


@pytest.mark.req("R-048", "R-051", "R-052")
def test_the_count_of_each_station_is_that_of_its_list_also_right_after_a_flow_is_chosen(desk: Caller) -> None:
    numbers = [desk.post("/orders", ASKED | {"confirm_duplicate": True})["number"] for _time in range(3)]
    for number, flow in zip(numbers, ("repair", "inquiry"), strict=False):
        desk.post(f"/orders/{number}/choose-{flow}", {"seen": 1})

    counted = desk.get("/orders/counts")

    listed = {status: [row["number"] for row in desk.get(f"/orders?status={status}")["rows"]] for status in counted}
    assert {status: len(rows) for status, rows in listed.items()} == counted
    stations = {status: rows for status, rows in listed.items() if rows}
    assert stations == {"to_dispatch": numbers[:1], "answering": numbers[1:2], "registered": numbers[2:]}


@pytest.mark.req("R-038")
def test_a_trouble_ticket_and_a_sign_sheet_are_issued(desk: Caller) -> None:
    number = desk.post("/orders", ASKED)["number"]

    assert desk.post(f"/orders/{number}/trouble-ticket")["number"] == number
    assert desk.post(f"/orders/{number}/sign-sheet")["number"] == number


def test_another_sites_orders_are_out_of_reach(desk: Caller, stranger: Actor, now: Any) -> None:
    number = desk.post("/orders", ASKED)["number"]
    other = Caller(stranger, now)

    for path, body in (
        ("chase", {"answer": "好"}),
        ("wrong-number", {}),
        ("confirm-phone", {"phone": "13600005555"}),
        ("lines", {"seen": 1}),
        ("split", {"lines": [1], "seen": 1}),
        ("trouble-ticket", {}),
    ):
        assert other.call("POST", f"/orders/{number}/{path}", body)[0] == 403, path
    assert other.get("/orders/similar?phone=13812345678")["rows"] == []
