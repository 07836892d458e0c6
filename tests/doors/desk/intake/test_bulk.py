"""批量报修 on the page: pasted or uploaded, previewed with what is wrong in each row, saved as one order."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gongdan.catalog.models import Category
from gongdan.customers.models import Customer
from gongdan.orders.models import Order
from tests.imports.sheets import xlsx

pytestmark = [pytest.mark.django_db, pytest.mark.req("O-038")]
URL = "/reception/bulk/"
LIST = "301 空调不制冷 王先生 13812345678\n302 漏水\n这行没有房号也没有故障\n"


@pytest.fixture
def typed(customer: Customer, aircon: Category) -> dict[str, Any]:
    return {"customer_id": str(customer.pk), "category_id": str(aircon.pk), "source": "direct", "channel": "phone"}


def rows(*rooms: tuple[str, str, str, str]) -> dict[str, str]:
    cells = {"rows": str(len(rooms))}
    for at, room in enumerate(rooms):
        for name, value in zip(("place", "symptom", "contact_name", "phone"), room, strict=True):
            cells[f"row{at}-{name}"] = value
    return cells


def test_a_pasted_list_is_shown_in_its_parts_and_each_wrong_row_says_why(desk: Client, typed: dict[str, Any]) -> None:
    page = desk.post(URL, typed | {"text": LIST, "preview": "1"})

    html = page.content.decode()
    assert page.status_code == 200
    assert 'name="row0-phone" value="13812345678"' in html
    assert 'name="row1-symptom" value="漏水"' in html
    assert "有 1 行要修改" in html
    assert "请填写" in html
    assert Order.objects.count() == 0


def test_a_table_is_read_too_with_its_columns_in_any_order(desk: Client, typed: dict[str, Any]) -> None:
    table = "房号,故障现象,电话,联系人\n301,不制冷,13812345678,王先生\n302,漏水,,\n".encode("gb18030")

    page = desk.post(URL, typed | {"file": SimpleUploadedFile("宿舍.csv", table), "preview": "1"})

    html = page.content.decode()
    assert 'name="row0-contact_name" value="王先生"' in html
    assert 'name="row1-place" value="302"' in html


def test_an_uploaded_workbook_takes_the_place_of_what_was_pasted_before(desk: Client, typed: dict[str, Any]) -> None:
    book = xlsx(
        [
            ["一号宿舍报修清单"],
            ["楼层", "联系方式", "联系人", "报修内容", "房号"],
            ["3楼", "020-8888 6666", "王先生", "滴水，很响", "301"],
            ["", 13812345678, "", "不制冷", 302],
            ["合计", "2 间"],
        ]
    )
    old = rows(("101", "漏水", "", ""))

    page = desk.post(URL, typed | old | {"text": LIST, "file": SimpleUploadedFile("宿舍.xlsx", book), "preview": "1"})

    html = page.content.decode()
    assert "核对 2 个房间" in html
    assert 'name="row0-place" value="3楼301"' in html
    assert 'name="row0-symptom" value="滴水，很响"' in html
    assert 'name="row0-phone" value="020-88886666"' in html
    assert 'name="row1-place" value="3楼302"' in html
    assert "有 2 行不是房间，没有读进来：一号宿舍报修清单；合计 2 间" in html
    assert "这行没有房号" not in html
    assert "报修内容\t房号" in html  # the file is now the list, to be looked at and read again


def test_the_clerk_says_what_a_column_is_and_the_list_is_read_again(desk: Client, typed: dict[str, Any]) -> None:
    text = "编码\t电话\t哪里\t联系人\t内容\n1\t13812345678\t301\t滴水，很响\t张三\n2\t\t302\t灯不亮\t李四\n"
    first = desk.post(URL, typed | {"text": text, "preview": "1"}).content.decode()
    assert 'name="row0-symptom" value="张三"' in first
    told = {name: first.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("read", "columns")}
    assert told["columns"] == ",phone,place,contact_name,symptom"
    roles = {"col0": "", "col1": "phone", "col2": "place", "col3": "symptom", "col4": "contact_name"}

    again = desk.post(URL, typed | told | roles | rows(("301", "x", "", "")) | {"text": text, "preview": "1"})

    html = again.content.decode()
    assert 'name="row0-symptom" value="滴水，很响"' in html
    assert 'name="row1-contact_name" value="李四"' in html
    assert 'name="columns" value=",phone,place,symptom,contact_name"' in html
    assert "要修改" not in html
    assert "选了不止一列" not in html
    twice = desk.post(URL, typed | told | roles | {"col4": "phone"} | {"text": text, "preview": "1"})
    assert "“电话”选了不止一列，各列的内容会合在一格" in twice.content.decode()


def test_the_same_room_twice_is_told_and_may_be_saved(desk: Client, typed: dict[str, Any]) -> None:
    twice = rows(("300", "不制冷", "", ""), ("300", "灯不亮", "", "020-8765432"))

    html = desk.post(URL, typed | {"text": "300 不制冷\n300 灯不亮 020-8765432", "preview": "1"}).content.decode()

    assert "和第 1 行是同一个房间" in html
    assert "一般是 8 位" in html
    assert "有 1 行请再核对" in html
    assert desk.post(URL, typed | twice | {"save": "1"}).status_code == 303


def test_nothing_pasted_and_an_unreadable_file_are_said(desk: Client, typed: dict[str, Any]) -> None:
    assert "请粘贴或上传房间清单" in desk.post(URL, typed | {"preview": "1"}).content.decode()
    broken = SimpleUploadedFile("坏.xlsx", b"PK\x03\x04nonsense")
    assert "打不开" in desk.post(URL, typed | {"file": broken, "preview": "1"}).content.decode()


def test_the_corrected_rows_become_one_order_and_a_second_press_none(desk: Client, typed: dict[str, Any]) -> None:
    good = rows(("301", "不制冷", "王先生", "13812345678"), ("302", "漏水", "", ""), ("", "", "", ""))

    for _press in range(2):
        saved = desk.post(URL, typed | good | {"save": "1", "once_key": "k"})
        assert saved.status_code == 303

    order = Order.objects.get()
    assert [line.place for line in order.device_lines.order_by("position")] == ["301", "302"]
    assert order.symptom == "批量报修 2 处：不制冷、漏水"
    assert saved["Location"].endswith(f"/orders/{order.number}/")


def test_a_wrong_row_keeps_everything_that_was_typed(desk: Client, typed: dict[str, Any]) -> None:
    page = desk.post(URL, typed | rows(("301", "", "王先生", "12")) | {"save": "1"})

    html = page.content.decode()
    assert page.status_code == 422
    assert "王先生" in html
    assert "不是能拨通的电话号码" in html
    assert Order.objects.count() == 0


def test_no_customer_is_said_at_its_field_when_it_is_saved(desk: Client, typed: dict[str, Any]) -> None:
    del typed["customer_id"]

    assert desk.post(URL, typed | rows(("301", "漏水", "", "")) | {"save": "1"}).status_code == 422
    assert Order.objects.count() == 0


def test_who_may_not_register_sees_no_page(client_for: Any, cashier: Any) -> None:
    assert client_for(cashier).get(URL).status_code == 403


def test_a_second_preview_shows_the_list_again_and_not_twice(desk: Client, typed: dict[str, Any]) -> None:
    first = desk.post(URL, typed | {"text": LIST, "preview": "1"}).content.decode()
    read = first.partition('name="read" value="')[2].partition('"')[0]
    corrected = rows(("301", "不制冷", "王先生", "13812345678"), ("302", "漏水", "", ""), ("303", "灯不亮", "", ""))

    again = desk.post(URL, typed | corrected | {"text": LIST, "read": read, "preview": "1"}).content.decode()
    other = desk.post(URL, typed | corrected | {"text": "401 漏水", "read": read, "preview": "1"}).content.decode()

    assert 'name="row2-place" value="303"' in again
    assert "核对 3 个房间" in again
    assert 'name="row0-place" value="401"' in other
    assert "核对 1 个房间" in other


def test_too_short_a_number_and_a_missing_room_mark_their_rows(desk: Client, typed: dict[str, Any]) -> None:
    text = "304 空调坏了 张三 138123\n空调坏了 张三 138123\n"

    html = desk.post(URL, typed | {"text": text, "preview": "1"}).content.decode()

    assert "有 2 行要修改" in html
    assert 'name="row0-phone" value="138123"' in html
    assert 'id="row0-phone-error"' in html
    assert 'id="row1-place-error"' in html
    assert 'name="row1-symptom" value="空调坏了"' in html
