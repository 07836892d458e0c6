"""接待: what is typed becomes an order, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gongdan.catalog.models import Category
from gongdan.customers.models import Customer
from gongdan.devices.models import Device
from gongdan.kernel.actor import Actor
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.states import Status

URL = "/reception/"
HTMX = {"HX-Request": "true", "HX-Target": "form#intake"}
Typed = Callable[..., dict[str, Any]]


def errors_of(html: str) -> list[str]:
    """The sentences at the fields, in order."""
    return re.findall(r'<p class="k-error"[^>]*>([^<]+)</p>', html)


@pytest.mark.req("R-031")
@pytest.mark.django_db
def test_the_telephone_comes_first_and_has_the_focus(desk: Client) -> None:
    html = desk.get(URL).content.decode()

    form = html[html.index('id="intake"') :]
    visible = re.findall(r'<input class="k-control"[^>]*>', form)
    assert 'name="phone"' in visible[0]
    assert " autofocus" in visible[0]
    assert [field for field in visible[1:] if " autofocus" in field] == []


@pytest.mark.req("R-031", "R-032", "R-045")
@pytest.mark.django_db
def test_four_fields_make_an_order_and_a_customer(desk: Client, agent: Actor, typed: Typed) -> None:
    response = desk.post(URL, typed())

    order = Order.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/orders/{order.number}/")
    assert (order.contact_name, order.phone, order.address, order.symptom) == (
        "孙立",
        "13988887777",
        "天河路 385 号 1201",
        "空调漏水，滴到地板上",
    )
    assert (order.customer.name, order.customer.kind) == ("孙立", "person")
    assert (order.received_by_id, order.status) == (agent.id, Status.REGISTERED)
    assert (order.source, order.channel, order.priority, order.mode) == ("direct", "phone", "p3", "on_site")
    assert timezone.now() - order.received_at < timedelta(minutes=1)


@pytest.mark.req("R-041", "R-045")
@pytest.mark.django_db
def test_symptom_and_telephone_are_enough(desk: Client) -> None:
    desk.post(URL, {"phone": "13988887777", "symptom": "不制冷", "source": "direct"})

    order = Order.objects.get()
    assert (order.customer.name, order.phone, order.symptom) == ("尾号 7777", "13988887777", "不制冷")
    assert (order.channel, order.impact, order.urgency, order.kind) == ("phone", "single", "normal", "repair")


@pytest.mark.req("R-033")
@pytest.mark.django_db
def test_save_and_new_answers_an_empty_form_and_the_list_with_the_new_order_first(
    desk: Client, typed: Typed, registered: Callable[..., Order]
) -> None:
    older = registered()

    response = desk.post(URL, typed(then="another"), headers=HTMX)

    html = response.content.decode()
    new = Order.objects.exclude(pk=older.pk).get()
    assert response.status_code == 200
    assert re.findall(r'<tr[^>]*data-id="(\d+)"([^>]*)', html) == [
        (str(new.pk), ' aria-current="true"'),
        (str(older.pk), ""),
    ]
    assert '<div id="list" hx-swap-oob="true">' in html
    assert f"已登记 {new.number}" in html
    assert "空调漏水，滴到地板上</textarea>" not in html
    assert 'name="phone" id="id_phone" value=""' in html


@pytest.mark.req("R-033")
@pytest.mark.django_db
def test_save_and_new_without_script_comes_back_to_reception(desk: Client, typed: Typed) -> None:
    response = desk.post(URL, typed(then="another"), follow=True)

    assert response.redirect_chain == [(URL, 303)]
    assert f"已登记 {Order.objects.get().number}" in response.content.decode()


@pytest.mark.django_db
def test_the_scope_of_the_list_is_kept_over_a_save(desk: Client, typed: Typed) -> None:
    html = desk.post(f"{URL}?scope=today", typed(then="another"), headers=HTMX).content.decode()

    assert 'hx-post="/reception/?scope=today"' in html
    assert '<a href="?scope=today" aria-current="true">' in html


@pytest.mark.django_db
def test_other_methods_are_refused(desk: Client) -> None:
    assert desk.put(URL).status_code == 405
    assert desk.post(reverse("desk:reception-customer")).status_code == 405


@pytest.mark.django_db
def test_who_may_not_register_gets_a_page_that_says_so(
    client_for: Callable[[Actor], Client], cashier: Actor, typed: Typed
) -> None:
    till = client_for(cashier)

    assert (till.get(URL).status_code, till.post(URL, typed()).status_code) == (403, 403)
    assert "没有权限" in till.get(URL).content.decode()
    assert not Order.objects.exists()


@pytest.mark.parametrize("part", ["customer", "device", "category", "priority", "verdict"])
@pytest.mark.django_db
def test_the_parts_of_the_form_are_for_who_may_register(
    client_for: Callable[[Actor], Client], hire: Callable[..., Actor], site: Any, part: str
) -> None:
    storekeeper = client_for(hire(site, "cangku", "库管", "storekeeper"))

    assert storekeeper.get(reverse(f"desk:reception-{part}")).status_code == 403


@pytest.mark.req("R-036")
@pytest.mark.django_db
def test_a_technician_registers_what_he_was_told(
    client_for: Callable[[Actor], Client], technician: Actor, typed: Typed
) -> None:
    response = client_for(technician).post(URL, typed(source="colleague", referrer="何静"))

    order = Order.objects.get()
    assert response["Location"] == f"/orders/{order.number}/"
    assert (order.source, order.referrer, order.received_by_id) == ("colleague", "何静", technician.id)


@pytest.mark.req("R-045")
@pytest.mark.django_db
def test_everything_that_is_wrong_is_said_at_once_and_nothing_typed_is_lost(desk: Client, typed: Typed) -> None:
    wrong = typed(
        phone="2231",
        symptom="",
        source="department",
        address="天河路 <b>385</b> 号",
        priority="p1",
        wished_day="2026-03-12",
        wished_from="14:00",
        remark="客户下午在家",
    )

    response = desk.post(URL, wrong)

    html = response.content.decode()
    assert response.status_code == 422
    assert errors_of(html) == [
        "“2231”不是能拨通的电话号码，请核对",
        "请填写故障现象",
        "请填写日期和起止时间，如 14:00 到 16:00",
        "来源是部门或同事时，请填写是哪个部门或哪位同事受理的",
        "手工调整优先级要填写原因",
    ]
    for kept in (
        'value="2231"', "天河路 &lt;b&gt;385&lt;/b&gt; 号", ">客户下午在家</textarea>", 'value="2026-03-12"', 'value="14:00"'
    ):  # fmt: skip
        assert kept in html
    assert not Order.objects.exists()


@pytest.mark.req("R-045")
@pytest.mark.django_db
def test_without_a_telephone_there_must_be_a_reason(desk: Client, typed: Typed) -> None:
    refused = desk.post(URL, typed(phone=""))

    assert errors_of(refused.content.decode()) == ["请填写联系电话；确实没有电话时，请在“无电话原因”里说明"]

    desk.post(URL, typed(phone="", no_phone_reason="老人没有电话，邻居代报"))

    order = Order.objects.get()
    assert (order.phone, order.no_phone_reason) == ("", "老人没有电话，邻居代报")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"symptom": "漏" * 2001}, "最多 2000 个字，现在有 2001 个"),
        ({"symptom": "漏水\x00"}, "文字里有无法保存的控制字符，请删去后重新粘贴"),
        ({"address": "路" * 201}, "最多 200 个字，现在有 201 个"),
        (
            {"contact_name": "", "phone": "", "no_phone_reason": "没有"},
            "请填写客户名称；不知道姓名时可填称呼，如“王先生”",
        ),
        ({"channel": "鸽子"}, "“鸽子”不在可选范围内，请重新选择"),
        ({"category_id": "99999999999999999999"}, "“99999999999999999999”不在可选范围内，请重新选择"),
        ({"customer_id": "12; DROP TABLE"}, "请从列表中选择客户"),
        ({"customer_id": "9999999"}, "没有找到所选客户，请重新选择"),
        ({"fault_id": "9" * 19}, "请从列表中选择常见故障"),
        ({"division_code": "440000"}, "没有编码为 440000 的省市区，请重新选择"),
        ({"devices": ["1", "x"]}, "所选设备已不存在，请重新选择"),
        ({"devices": [str(pk) for pk in range(1, 32)]}, "一张工单最多 30 台设备，请分开登记"),
        ({"phone": "110"}, "“110”不是能拨通的电话号码，请核对"),
        ({"new0-purchase_on": "去年"}, "请填写日期，如 2026-03-08"),
        ({"new0-serial": "S" * 61}, "最多 60 个字，现在有 61 个"),
    ],
)
@pytest.mark.django_db
def test_hostile_and_oversized_input_is_answered_at_its_field(
    desk: Client, typed: Typed, changed: dict[str, Any], sentence: str
) -> None:
    response = desk.post(URL, typed(**changed))

    assert response.status_code == 422
    assert sentence in errors_of(response.content.decode())
    assert not Order.objects.exists()


@pytest.mark.req("R-018")
@pytest.mark.django_db
def test_a_number_on_file_is_not_registered_a_second_time_unawares(
    desk: Client, customer: Customer, typed: Typed
) -> None:
    response = desk.post(URL, typed(phone="159-1234-8802", contact_name="王女士"))

    html = response.content.decode()
    assert response.status_code == 422
    assert errors_of(html) == [f"电话相同：王小明（{customer.number}）"]
    assert f'name="choose" value="{customer.pk}"' in html
    assert Customer.objects.count() == 1


@pytest.mark.django_db
def test_another_customer_with_the_same_number_is_registered_when_the_clerk_says_so(
    desk: Client, customer: Customer, typed: Typed
) -> None:
    desk.post(URL, typed(phone="13800002231", contact_name="王小红", is_another="on"))

    assert Order.objects.get().customer.name == "王小红"
    assert Customer.objects.count() == 2


@pytest.mark.django_db
def test_choosing_the_customer_on_file_keeps_what_was_typed(desk: Client, customer: Customer, typed: Typed) -> None:
    response = desk.post(URL, typed(phone="13800002231", address="", choose=str(customer.pk)))

    html = response.content.decode()
    assert response.status_code == 200
    assert errors_of(html) == []
    assert f'name="customer_id" value="{customer.pk}"' in html
    assert "空调漏水，滴到地板上</textarea>" in html
    assert 'value="华景路 28 号星河湾 3 栋 1204"' in html
    assert not Order.objects.exists()


@pytest.mark.req("R-019")
@pytest.mark.django_db
def test_without_script_a_button_finds_the_customer(desk: Client, customer: Customer, typed: Typed) -> None:
    response = desk.post(URL, typed(phone="2231", find="1"))

    html = response.content.decode()
    assert response.status_code == 200
    assert f'name="choose" value="{customer.pk}"' in html
    assert "空调漏水，滴到地板上</textarea>" in html


@pytest.mark.django_db
def test_the_same_form_sent_twice_is_one_order(desk: Client, typed: Typed) -> None:
    first = desk.post(URL, typed(once_key="k-1"))
    second = desk.post(URL, typed(once_key="k-1"))

    assert Order.objects.count() == 1
    assert first["Location"] == second["Location"]


@pytest.mark.django_db
def test_a_refusal_frees_the_key_for_the_corrected_form(desk: Client, typed: Typed) -> None:
    assert desk.post(URL, typed(once_key="k-2", devices=["424242"])).status_code == 422
    assert desk.post(URL, typed(once_key="k-2")).status_code == 303


@pytest.mark.req("R-030")
@pytest.mark.django_db
def test_several_devices_of_the_customer_each_with_its_own_fault(
    desk: Client, customer: Customer, device: Device, handset: Device, typed: Typed
) -> None:
    sent = typed(
        customer_id=str(customer.pk),
        phone="",
        contact_name="",
        address="",
        devices=[str(device.pk), str(handset.pk)],
        **{f"line{handset.pk}-symptom": "充不进电", f"line{handset.pk}-appearance": "屏幕有划痕"},
    )

    desk.post(URL, sent)

    order = Order.objects.get()
    lines = DeviceLine.objects.filter(order=order).order_by("position")
    assert [(line.device_id, line.symptom, line.appearance) for line in lines] == [
        (device.pk, "", ""),
        (handset.pk, "充不进电", "屏幕有划痕"),
    ]
    assert (order.customer_id, order.phone, order.contact_name) == (customer.pk, "13800002231", "王小明")
    assert order.address == "华景路 28 号星河湾 3 栋 1204"


@pytest.mark.django_db
def test_a_ticked_device_and_its_words_come_back_with_an_error(
    desk: Client, customer: Customer, device: Device, typed: Typed
) -> None:
    sent = typed(
        customer_id=str(customer.pk),
        symptom="",
        devices=[str(device.pk)],
        **{f"line{device.pk}-accessories": "遥控器"},
    )

    html = desk.post(URL, sent).content.decode()

    assert re.search(rf'name="devices" value="{device.pk}"[^>]* checked', html)
    assert 'value="遥控器"' in html


@pytest.mark.django_db
def test_a_device_of_somebody_else_is_refused_at_the_devices(
    desk: Client, customer: Customer, device: Device, typed: Typed
) -> None:
    response = desk.post(URL, typed(devices=[str(device.pk)]))

    assert response.status_code == 422
    assert errors_of(response.content.decode()) == ["所选设备不属于这位客户，请重新选择"]


@pytest.mark.req("R-087")
@pytest.mark.django_db
def test_the_mode_follows_the_ticked_device_unless_chosen(
    desk: Client, customer: Customer, handset: Device, typed: Typed
) -> None:
    known = {"customer_id": str(customer.pk), "devices": [str(handset.pk)]}

    desk.post(URL, typed(**known))
    desk.post(URL, typed(**known, mode="pick_up", confirm_duplicate="on"))

    assert list(Order.objects.order_by("pk").values_list("mode", "category__name")) == [
        ("in_store", "手机"),
        ("pick_up", "手机"),
    ]


@pytest.mark.req("R-025")
@pytest.mark.django_db
def test_new_devices_are_registered_with_all_that_was_told(
    desk: Client, aircon: Category, mobile: Category, typed: Typed
) -> None:
    first = {
        "brand_text": "格力", "model_text": "KFR-26GW", "serial": "A1", "purchase_on": "2025-06-01",
        "invoice_no": "0441", "spec": "1 匹", "made_on": "2025-05-01", "installed_on": "2025-06-03", "appearance": "外机生锈",
    }  # fmt: skip
    second = {"category_id": str(mobile.pk), "model_text": "Note 12", "symptom": "屏幕碎了"}
    sent = typed(category_id=str(aircon.pk), new_devices=["1", "2"])
    sent |= {f"new0-{name}": value for name, value in first.items()}
    sent |= {f"new1-{name}": value for name, value in second.items()}

    desk.post(URL, sent)

    lines = list(DeviceLine.objects.select_related("device", "category").order_by("position"))
    known = lines[0].device
    assert known is not None
    assert (known.brand_text, known.model_text, known.serial, known.spec, known.invoice_no) == (
        "格力",
        "KFR-26GW",
        "A1",
        "1 匹",
        "0441",
    )
    assert (known.purchase_on, known.made_on, known.installed_on) == (
        date(2025, 6, 1),
        date(2025, 5, 1),
        date(2025, 6, 3),
    )
    assert [(str(line.category), line.symptom, line.appearance) for line in lines] == [
        ("空调", "", "外机生锈"),
        ("手机", "屏幕碎了", ""),
    ]


@pytest.mark.req("R-042", "R-043", "R-046")
@pytest.mark.django_db
def test_impact_urgency_and_circumstances_are_kept_apart(desk: Client, typed: Typed) -> None:
    desk.post(
        URL,
        typed(
            impact="department",
            urgency="urgent",
            occurred="昨晚停电以后",
            error_code="E1",
            remark="狗会咬人",
            wished_day="2026-03-12",
            wished_from="14:00",
            wished_to="16:00",
        ),
    )

    order = Order.objects.get()
    assert (order.impact, order.urgency, order.priority) == ("department", "urgent", "p2")
    assert (order.occurred, order.error_code, order.remark) == ("昨晚停电以后", "E1", "狗会咬人")
    assert [f"{timezone.localtime(end):%m-%d %H:%M}" for end in (order.wished_from, order.wished_to) if end] == [
        "03-12 14:00",
        "03-12 16:00",
    ]


@pytest.mark.req("R-043")
@pytest.mark.django_db
def test_a_priority_set_by_hand_keeps_its_reason(desk: Client, typed: Typed) -> None:
    desk.post(URL, typed(priority="p1", priority_reason="店里断电，老客户"))

    order = Order.objects.get()
    assert (order.priority, order.priority_reason) == ("p1", "店里断电，老客户")


@pytest.mark.req("R-010", "R-035")
@pytest.mark.django_db
def test_a_report_through_a_department_names_it(desk: Client, typed: Typed) -> None:
    refused = desk.post(URL, typed(source="department"))
    missing = desk.post(URL, typed(source=""))

    assert errors_of(refused.content.decode()) == ["来源是部门或同事时，请填写是哪个部门或哪位同事受理的"]
    assert errors_of(missing.content.decode()) == ["请选择报修来源"]

    desk.post(URL, typed(source="department", referrer="工程部"))

    assert (Order.objects.get().source, Order.objects.get().referrer) == ("department", "工程部")


@pytest.mark.django_db
def test_a_company_is_added_with_its_own_name(desk: Client, typed: Typed) -> None:
    desk.post(URL, typed(customer_kind="company", customer_name="蓝天酒店", contact_name="李工", phone2="020-87654321"))

    order = Order.objects.get()
    assert (order.customer.name, order.customer.kind, order.contact_name) == ("蓝天酒店", "company", "李工")
    assert (order.phone, order.phone2) == ("13988887777", "020-87654321")


@pytest.mark.django_db
def test_another_customers_number_is_asked_about_once_and_a_new_one_is_just_kept(
    desk: Client, customer: Customer, agent: Actor, typed: Typed
) -> None:
    desk.post(URL, typed())  # 孙立, 13988887777
    chosen = typed(customer_id=str(customer.pk), contact_name="王小明", symptom="不制冷")

    asked = desk.post(URL, chosen)

    html = asked.content.decode()
    assert asked.status_code == 422
    assert "孙立" in html
    assert 'name="is_his_number"' in html
    assert Order.objects.count() == 1
    answered = desk.post(URL, chosen | {"is_his_number": "on"})  # the next question: is it the open order?
    assert '<input type="hidden" name="is_his_number" value="on">' in answered.content.decode()
    assert desk.post(URL, chosen | {"is_his_number": "on", "confirm_duplicate": "on"}).status_code == 303
    added = chosen | {"phone": "13611112222", "adds_contact": "on", "confirm_duplicate": "on"}
    assert desk.post(URL, added).status_code == 303
    assert Order.objects.filter(customer=customer).count() == 2
    assert customer.contacts.filter(phone_code="+8613611112222").exists()
    assert not customer.contacts.filter(phone_code="+8613988887777").exists()


@pytest.mark.django_db
def test_the_card_knows_which_numbers_are_his(desk: Client, customer: Customer) -> None:
    html = desk.get("/reception/customer/", {"customer_id": str(customer.pk)}).content.decode()

    assert "13800002231" in html.partition("data-numbers='")[2].partition("'")[0]
    assert "这个号码不在 王小明 的资料里" in html
