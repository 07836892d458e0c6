"""批量报修: reading what people paste, one order with a line for each room, and who was not at home."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from gongdan.audit.models import Event
from gongdan.catalog.models import Category
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused, Stale
from gongdan.orders import actions, queries, rules
from gongdan.orders.models import DeviceLine, Order, Relation
from gongdan.orders.rules import OrderDraft, Room


@pytest.mark.req("O-038")
@pytest.mark.parametrize(
    ("line", "room"),
    [
        ("301 空调不制冷 王先生 13812345678", Room("301", "空调不制冷", "王先生", "13812345678")),
        ("301空调不制冷", Room("301", "空调不制冷", "", "")),
        ("A栋1204室，漏水，李老师13900001111", Room("A栋1204室", "漏水", "李老师", "13900001111")),
        ("302\t不通电\t张伟\t020-86661234", Room("302", "不通电", "张伟", "020-86661234")),
        ("303、遥控器没反应、138 1234 5678", Room("303", "遥控器没反应", "", "13812345678")),
        ("3楼会议室 风扇不转", Room("3楼会议室", "风扇不转", "", "")),
        ("值班室 灯不亮 保安大叔", Room("值班室", "灯不亮 保安大叔", "", "")),
        ("2-501 不制热，有异响 赵经理", Room("2-501", "不制热，有异响", "赵经理", "")),  # the words stay as typed
        ("105 滴水，很响/漏电 020-8888 6666 李老师", Room("105", "滴水，很响/漏电", "李老师", "020-88886666")),
        ("王先生 301 空调 不冷 １３８ ００１３-８０００", Room("301", "空调 不冷", "王先生", "13800138000")),
        ("B-12 网络不通 陈晓 13700002222", Room("B-12", "网络不通", "陈晓", "13700002222")),
        ("401", Room("401", "", "", "")),
    ],
)
def test_a_row_is_read_as_people_write_it(line: str, room: Room) -> None:
    assert rules.read_room(line) == room


def test_a_pasted_text_leaves_out_the_head_and_blank_rows() -> None:
    rooms = rules.read_rooms("房号 故障现象 联系人 电话\r\n\r\n301 不制冷\r\n302 漏水 王先生 13812345678\n")

    assert [room.place for room in rooms] == ["301", "302"]
    assert rules.read_rooms(rules.as_text([["房号", "故障"], ["301", "不制冷"], ["", ""]])) == [Room("301", "不制冷")]


ASKED = [Room("301", "空调滴水，很响", "张三", "13900001111"), Room("302", "灯/插座坏", "李四", "020-88886666")]


@pytest.mark.req("O-038")
@pytest.mark.parametrize("cut", ["\t", " ", ",", "、"])
def test_columns_are_known_by_their_heads_in_any_order(cut: str) -> None:
    heads = ["序号", "电话", "姓名", "问题", "房间号"]
    rows = [[str(at), room.phone, room.contact_name, room.symptom, room.place] for at, room in enumerate(ASKED, 1)]

    found = rules.read_list("\n".join(cut.join(row) for row in [heads, *rows]))

    assert list(found.rooms) == ASKED
    assert found.skipped == ()
    assert [column.role for column in found.columns] == ["", "phone", "contact_name", "symptom", "place"]
    assert [column.head for column in found.columns] == heads


@pytest.mark.req("O-038")
def test_a_table_with_title_floors_and_sums_tells_what_it_left_out() -> None:
    table = [
        ["一号宿舍报修清单"],
        ["楼层", "房号", "报修内容", "型号", "机身编号", "联系方式", "联系人", "备注"],
        ["3楼", "301", "不制冷", "KFR-35GW", "SN1", "020-8888 6666", "王先生", "中午有人"],
        ["", "302", "漏水", "", "", "13812345678", "", ""],
        ["小计", "2 间"],
        ["4", "401", "灯不亮", "", "", "", "", ""],
        ["", "", "", "", "", "", "", ""],
        ["合计", "3 间"],
        ["制表人：李"],
    ]

    found = rules.read_list(rules.as_text(table))

    assert list(found.rooms) == [
        Room("3楼301", "不制冷；中午有人", "王先生", "020-88886666", "KFR-35GW", "SN1"),
        Room("3楼302", "漏水", "", "13812345678"),
        Room("4楼401", "灯不亮"),
    ]
    assert found.skipped == ("一号宿舍报修清单", "小计 2 间", "合计 3 间", "制表人：李")


@pytest.mark.req("O-038")
def test_columns_without_heads_are_known_by_what_stands_in_them_and_may_be_corrected() -> None:
    text = "1\t13900001111\t张三\t空调滴水，很响\t301\n2\t13900002222\t李四\t灯不亮\t302\n"

    found = rules.read_list(text)
    other = rules.read_list(text, [rules.Role(word) for word in ("", "phone", "symptom", "remark", "place")])

    assert found.rooms[0] == Room("301", "空调滴水，很响", "张三", "13900001111")
    assert found.columns[4] == rules.ListColumn(rules.Role.PLACE, "", "301")
    assert other.rooms[1] == Room("302", "李四；灯不亮", "", "13900002222")


def test_a_room_that_stands_there_twice_and_a_doubtful_number_are_told() -> None:
    rooms = [Room("300", "不制冷"), Room("301", "漏水", "", "020-8765432"), Room(" 300", "灯不亮")]

    assert list(rules.room_doubts(rooms)) == ["rooms.2.phone", "rooms.3.place"]
    assert rules.rooms_complaints(rooms) == {}


def test_each_row_says_what_is_wrong_with_it() -> None:
    rooms = [Room("301", "不制冷"), Room("", "漏水"), Room("303", "", "", "12"), Room("301", "不制冷")]

    assert list(rules.rooms_complaints(rooms)) == [
        "rooms.2.place", "rooms.3.symptom", "rooms.3.phone", "rooms.4.place",
    ]  # fmt: skip
    assert list(rules.rooms_complaints([])) == ["rooms"]
    assert list(rules.rooms_complaints([Room(str(n), "坏") for n in range(201)])) == ["rooms"]


@pytest.fixture
def thirty(draft: Callable[..., OrderDraft], aircon: Category, agent: Actor, now: datetime) -> Callable[..., Order]:
    """An order of thirty rooms, under way."""

    def _thirty() -> Order:
        rooms = [Room(f"{300 + n}", "空调不制冷", "王先生", "13812345678") for n in range(1, 31)]
        order = actions.register_bulk(draft(symptom="", category_id=aircon.pk), rooms, by=agent, at=now)
        order = actions.choose_repair(order.pk, seen=1, by=SYSTEM, at=now)
        with transaction.atomic():
            actions.advance(actions.locked(order.pk), "start_repair", by=SYSTEM, at=now)
        order.refresh_from_db()
        return order

    return _thirty


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("O-038")
def test_thirty_rooms_are_one_order_and_the_two_absent_ones_are_booked_again(
    thirty: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = thirty()
    lines = list(order.device_lines.order_by("position"))
    assert (len(lines), order.symptom, order.device_text) == (30, "批量报修 30 处：空调不制冷", "空调 等 30 台")
    assert (lines[0].place, lines[0].contact_name, lines[0].phone) == ("301", "王先生", "13812345678")

    new = actions.finish_lines(
        order.pk,
        done=[line.pk for line in lines[:28]],
        absent=[line.pk for line in lines[28:]],
        seen=order.version,
        by=agent,
        at=now,
    )

    assert new is not None
    order.refresh_from_db()
    assert (order.device_lines.count(), new.device_lines.count()) == (28, 2)
    assert set(order.device_lines.values_list("result", flat=True)) == {"repaired"}
    assert (new.status, new.flow, new.symptom) == ("to_dispatch", "repair", "329 空调不制冷；330 空调不制冷")
    assert (order.device_text, new.device_text) == ("空调 等 28 台", "空调 等 2 台")
    link = Relation.objects.get()
    assert (link.order_id, link.earlier_id, link.kind) == (new.pk, order.pk, "split_from")
    assert [row["number"] for row in queries.search("329", agent)] == [new.number]
    told = Event.objects.get(verb="order.split_off")
    assert (told.facts["count"], told.facts["number"]) == (2, new.number)


@pytest.mark.django_db
def test_nothing_is_noted_where_nothing_was_chosen_or_a_result_is_known(
    thirty: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = thirty()
    ids = list(order.device_lines.values_list("pk", flat=True))
    DeviceLine.objects.filter(pk=ids[0]).update(result="unsafe")

    said = []
    for done, absent in (([], []), ([ids[0], ids[1]], []), ([], [ids[0]])):
        with pytest.raises(Invalid) as refused:
            actions.finish_lines(order.pk, done=done, absent=absent, seen=order.version, by=agent, at=now)
        said.append(str(refused.value.errors["lines"]))

    assert said == ["请先选择完成的或人不在的设备", *["所选设备里有已经登记了结果的，请刷新页面"] * 2]
    assert not Event.objects.filter(verb="order.lines_noted").exists()


@pytest.mark.django_db
def test_splitting_is_refused_where_it_makes_no_sense(
    thirty: Callable[..., Order], register: Callable[..., Order], agent: Actor, cashier: Actor, now: datetime
) -> None:
    order = thirty()
    ids = list(order.device_lines.values_list("pk", flat=True))
    DeviceLine.objects.filter(pk=ids[0]).update(result="repaired")

    for chosen in ([], ids, [ids[0]], [ids[1], 10**6]):
        with pytest.raises(Invalid) as refused:
            actions.split_off(order.pk, chosen, seen=order.version, by=agent, at=now)
        assert list(refused.value.errors) == ["lines"]
    with pytest.raises(Stale):
        actions.split_off(order.pk, ids[1:3], seen=order.version - 1, by=agent, at=now)
    with pytest.raises(Forbidden):
        actions.split_off(order.pk, ids[1:3], seen=order.version, by=cashier, at=now)
    fresh = register()
    with pytest.raises(Refused) as early:
        actions.split_off(fresh.pk, list(fresh.device_lines.values_list("pk", flat=True)), seen=1, by=agent, at=now)
    assert early.value.code == "wrong_status"
    assert Relation.objects.count() == 0


@pytest.mark.django_db
def test_the_wished_time_of_what_is_split_off_is_kept(
    thirty: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = thirty()
    ids = list(order.device_lines.values_list("pk", flat=True))
    start = now + timedelta(days=1)

    new = actions.split_off(
        order.pk, ids[:1], reason="人不在", wished_from=start, wished_to=start + timedelta(hours=2), seen=order.version,
        by=agent, at=now,
    )  # fmt: skip

    assert (new.wished_from, Order.objects.count()) == (start, 2)


@pytest.mark.django_db
def test_a_wrong_row_saves_nothing(
    draft: Callable[..., OrderDraft], aircon: Category, agent: Actor, now: datetime
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.register_bulk(draft(), [Room("301", "不制冷"), Room("302", "")], by=agent, at=now)

    assert list(refused.value.errors) == ["rooms.2.symptom"]
    assert Order.objects.count() == 0
    with pytest.raises(Invalid) as over:
        actions.register(
            replace(draft(), devices=tuple(Room(str(n), "坏").draft(aircon.pk) for n in range(31))), by=agent, at=now
        )
    assert list(over.value.errors) == ["devices"]
