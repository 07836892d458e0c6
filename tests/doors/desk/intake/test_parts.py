"""The parts that the form asks for while the clerk types: who calls, what he has, what to ask, what it comes to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.catalog import actions as catalog
from gongdan.catalog.models import Category
from gongdan.customers.models import Customer
from gongdan.devices import actions as devices
from gongdan.devices.models import Device
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.people.models import Role, ShopSettings, Site

from .test_reception import URL


def part(client: Client, name: str, **asked: str | int) -> str:
    response = client.get(reverse(f"desk:{name}"), asked, headers={"HX-Request": "true"})
    assert response.status_code == 200
    return response.content.decode()


def options_of(html: str) -> list[tuple[str, str]]:
    """Value and text of the rows offered."""
    return re.findall(r'data-value="([^"]*)" data-text="([^"]*)"', html)


def fills_of(html: str) -> dict[str, str]:
    """What the form takes over from the chosen customer."""
    found = re.search(r"data-caller-fills='([^']*)'", html)
    fills: dict[str, str] = json.loads(unescape(found[1])) if found else {}
    return fills


@pytest.mark.req("R-019")
@pytest.mark.parametrize("words", ["2231", "13800002231", "王小明", "wxm", "星河湾", "8802"])
@pytest.mark.django_db
def test_the_customer_is_found_by_whatever_he_says(desk: Client, customer: Customer, words: str) -> None:
    assert options_of(part(desk, "reception-callers", q=words)) == [(str(customer.pk), "王小明")]


@pytest.mark.req("R-019")
@pytest.mark.django_db
def test_the_customer_is_found_by_his_number(desk: Client, customer: Customer) -> None:
    assert options_of(part(desk, "reception-callers", q=customer.number)) == [(str(customer.pk), "王小明")]


@pytest.mark.django_db
def test_nobody_found_means_a_new_customer(desk: Client, customer: Customer) -> None:
    assert "没有找到老客户，接着往下填就是新客户" in part(desk, "reception-callers", q="13999990000")


@pytest.mark.django_db
def test_customers_of_other_sites_are_not_offered(
    client_for: Callable[[Actor], Client], stranger: Actor, customer: Customer
) -> None:
    assert options_of(part(client_for(stranger), "reception-callers", q="2231")) == []


@pytest.mark.req("R-020")
@pytest.mark.django_db
def test_the_card_shows_everything_about_the_customer(
    desk: Client, customer: Customer, device: Device, registered: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    past, present = registered(symptom="遥控器失灵"), registered(symptom="漏水")
    orders.cancel(past.pk, "换了电池就好了", seen=past.version, by=agent, at=now)

    html = part(desk, "reception-customer", customer_id=customer.pk)

    for shown in (
        customer.number, "13800002231", "15912348802", "在场人", "华景路 28 号星河湾 3 栋 1204", "岗顶东 6 号",
        "进小区登记身份证", "格力 空调", "KFR-35GW", "4Q97A0236118", "2026-01-08", "04411273",
    ):  # fmt: skip
        assert shown in html
    assert "有 1 张未完工单，先看是不是同一件事" in html
    assert html.index(present.number) < html.index("近期工单 1 张") < html.index(past.number)


@pytest.mark.req("R-020")
@pytest.mark.django_db
def test_the_card_tells_the_warranty_of_each_device_with_the_days_left(
    desk: Client, customer: Customer, device: Device, handset: Device, now: datetime
) -> None:
    devices.load_seed(by=SYSTEM, at=now)

    html = part(desk, "reception-customer", customer_id=customer.pk)

    covers = re.findall(r'k-badge k-tone-(\w+)"[^>]*><span[^>]*></span>([^<]+)', html)
    assert [tone for tone, _words in covers] == ["waiting", "done"]
    assert covers[0][1] == "待核实"
    assert re.fullmatch(r"保内 剩 \d+ 天", covers[1][1])


@pytest.mark.django_db
def test_the_contact_whose_number_ends_like_that_is_taken(desk: Client, customer: Customer) -> None:
    html = part(desk, "reception-customer", customer_id=customer.pk, phone="8802")

    assert fills_of(html) == {
        "phone": "15912348802",
        "contact_name": "王太太",
        "address": "华景路 28 号星河湾 3 栋 1204",
        "division_code": "",
        "division_code_shown": "",
    }


@pytest.mark.django_db
def test_a_whole_number_and_what_else_was_typed_stay(desk: Client, customer: Customer) -> None:
    typed: dict[str, Any] = {"phone": "13711112222", "contact_name": "王大爷", "address": "门口保安亭"}

    assert fills_of(part(desk, "reception-customer", customer_id=customer.pk, **typed)) == {}


@pytest.mark.django_db
def test_who_may_not_see_numbers_registers_with_the_one_on_file(
    client_for: Callable[[Actor], Client], hire: Callable[..., Actor], site: Site, customer: Customer, typed: Any
) -> None:
    role = Role.objects.get(code="agent")
    role.permissions = [permission for permission in role.permissions if permission != "customers.see_phone"]
    role.save()
    client = client_for(hire(site, "lina", "李娜", "agent"))

    html = part(client, "reception-customer", customer_id=customer.pk, phone="2231")

    assert "13800002231" not in html
    assert "138****2231" in html
    assert fills_of(html)["phone"] == ""

    client.post(URL, typed(customer_id=str(customer.pk), phone="", contact_name=""))

    assert Order.objects.get().phone == "13800002231"


@pytest.mark.django_db
def test_the_card_of_a_customer_of_another_site_is_refused(
    client_for: Callable[[Actor], Client], stranger: Actor, customer: Customer
) -> None:
    client = client_for(stranger)

    assert client.get(reverse("desk:reception-customer"), {"customer_id": customer.pk}).status_code == 403
    assert client.get(reverse("desk:reception-customer"), {"customer_id": 10**15}).status_code == 404
    assert client.get(URL, {"customer": customer.pk}).status_code == 403


@pytest.mark.django_db
def test_letting_the_customer_go_empties_the_card(desk: Client) -> None:
    assert "data-customer" not in part(desk, "reception-customer", customer_id="")
    assert "data-customer" not in part(desk, "reception-customer", customer_id="x")


@pytest.mark.req("R-018")
@pytest.mark.django_db
def test_back_from_the_register_the_new_customer_is_chosen(desk: Client, customer: Customer) -> None:
    html = desk.get(f"{URL}?customer={customer.pk}&draft=kept").content.decode()

    assert f'name="customer_id" value="{customer.pk}"' in html
    assert f'data-customer="{customer.pk}"' in html
    assert 'data-draft="reception"' in html


@pytest.mark.django_db
def test_a_form_opened_for_a_customer_has_a_draft_of_its_own(desk: Client, customer: Customer) -> None:
    html = desk.get(URL, {"customer": customer.pk}).content.decode()

    assert f'data-draft="reception-{customer.pk}"' in html
    assert 'value="13800002231"' in html


@pytest.fixture
def known_faults(aircon: Category, now: datetime) -> None:
    gree = catalog.add_brand(name="格力", aliases=["GREE"], by=SYSTEM, at=now)
    usual: dict[str, Any] = {"cause": "压力过高", "remedy": "清洗外机", "by": SYSTEM, "at": now}
    catalog.add_fault(category_id=aircon.pk, symptom="不制冷", error_code="", **usual)
    catalog.add_fault(category_id=aircon.pk, symptom="系统高压保护", error_code="E1", brand_id=gree.pk, **usual)
    catalog.add_fault(category_id=aircon.pk, symptom="室内传感器异常", error_code="E1", **usual)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "不制冷"}, ["不制冷"]),
        ({"q": "bzl"}, ["不制冷"]),
        ({"q": "e1", "new0-brand_text": "gree"}, ["系统高压保护", "室内传感器异常"]),
        ({"q": "E1", "new0-brand_text": "美的"}, ["室内传感器异常", "系统高压保护"]),
        ({"q": "没有这种"}, []),
        ({"q": "\x00"}, ["不制冷", "系统高压保护", "室内传感器异常"]),
    ],
)
@pytest.mark.django_db
def test_faults_by_words_initials_or_code_the_own_brand_first(
    desk: Client, aircon: Category, known_faults: None, asked: dict[str, str], found: list[str]
) -> None:
    html = part(desk, "faults-pick", category_id=aircon.pk, **asked)

    assert [text for _value, text in options_of(html)] == found


@pytest.mark.django_db
def test_a_code_goes_into_its_own_field(desk: Client, aircon: Category, known_faults: None) -> None:
    html = part(desk, "faults-pick", category_id=aircon.pk, q="E1")

    assert 'data-fills=\'{"error_code": "E1"}\'' in html


@pytest.mark.django_db
def test_a_category_brings_its_questions_and_its_mode(desk: Client, mobile: Category, now: datetime) -> None:
    catalog.load_seed(by=SYSTEM, at=now)

    general, own = part(desk, "reception-category"), part(desk, "reception-category", category_id=mobile.pk)

    assert "手机里的资料备份了吗" not in general
    assert "手机里的资料备份了吗" in own
    assert "什么时候开始的" in own
    assert "将按“上门”处理" in general
    assert "将按“到店”处理" in own


@pytest.mark.req("R-043")
@pytest.mark.django_db
def test_the_priority_is_shown_and_explained_by_the_shops_own_matrix(desk: Client, site: Site) -> None:
    usual = part(desk, "reception-priority", impact="department", urgency="urgent")
    ShopSettings.objects.update_or_create(site=site, defaults={"priority_matrix": {"department": {"urgent": "p1"}}})
    own = part(desk, "reception-priority", impact="department", urgency="urgent")

    assert "影响范围“部门”，紧急程度“紧急”，按本店的优先级表是“高”" in usual
    assert "影响范围“部门”，紧急程度“紧急”，按本店的优先级表是“最高”" in own
    assert "是“普通”" in part(desk, "reception-priority", impact="火星", urgency="")


@pytest.mark.django_db
def test_the_warranty_of_a_device_being_typed_is_told_with_its_reasons(
    desk: Client, aircon: Category, now: datetime
) -> None:
    devices.load_seed(by=SYSTEM, at=now)

    typed = {"category_id": str(aircon.pk), "new0-purchase_on": "2020-05-01", "new0-brand_text": "杂牌"}

    told = part(desk, "reception-verdict", **typed)

    assert "保外" in told
    assert "起算日 2020-05-01：按发票日期" in told
    assert "配件、人工、上门都收费" in told


@pytest.mark.parametrize(
    "asked", [{}, {"new0-purchase_on": "2020-05-01"}, {"category_id": "1"}, {"new0-purchase_on": "x"}]
)
@pytest.mark.django_db
def test_no_warranty_is_told_before_category_and_a_date_are_known(desk: Client, asked: dict[str, str]) -> None:
    assert "选好产品类别、填上购买日期" in part(desk, "reception-verdict", **asked)


@pytest.mark.django_db
def test_one_more_device_brings_its_own_category(desk: Client, aircon: Category) -> None:
    html = part(desk, "reception-device", new_devices="1")

    assert 'name="new1-category_id"' in html
    assert 'name="new_devices" value="2"' in html
    assert 'name="new29-serial"' in part(desk, "reception-device", new_devices="999")


@pytest.mark.django_db
def test_model_and_serial_tick_their_device_and_a_hazard_stands_beside_the_warranty(
    desk: Client, customer: Customer, device: Device
) -> None:
    html = part(desk, "reception-customer", customer_id=customer.pk)
    assert f'id="goods-{device.pk}" name="devices" value="{device.pk}"' in html
    for told in ("KFR-35GW", "4Q97A0236118"):
        assert f'<label for="goods-{device.pk}">{told}</label>' in html
    assert "安全隐患" not in html

    Device.objects.filter(pk=device.pk).update(safety_reason="漏电：外壳带电")
    html = part(desk, "reception-customer", customer_id=customer.pk)
    assert "安全隐患" in html
    assert 'title="漏电：外壳带电"' in html
