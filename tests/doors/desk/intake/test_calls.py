"""A call on an open order is answered on the intake page; what looks like it is shown while it is typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gongdan.catalog import actions as catalog
from gongdan.catalog.models import Category
from gongdan.customers import actions as customers
from gongdan.customers.models import Customer
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.devices.models import Device
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions as orders
from gongdan.orders import queries
from gongdan.orders.models import Chase, Order, ScriptAnswer
from gongdan.orders.rules import DeviceDraft
from gongdan.people.models import Site

pytestmark = pytest.mark.django_db
Typed = Callable[..., dict[str, Any]]
URL = "/reception/"


def part(desk: Client, name: str, **asked: Any) -> str:
    answer = desk.get(reverse(f"desk:{name}"), asked, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def chase_once(desk: Client, order: Order, answer: str, key: str) -> Any:
    return desk.post(
        reverse("desk:reception-chase", args=[order.number]),
        {f"answer-{order.pk}": answer, f"caller-{order.pk}": "13800002231", "once_key": key},
        headers={"HX-Request": "true"},
    )


@pytest.mark.req("O-048")
def test_a_caller_with_an_open_order_hears_how_it_stands_and_the_first_key_is_to_chase(
    desk: Client, customer: Customer, registered: Callable[..., Order]
) -> None:
    order = registered()

    html = part(desk, "reception-customer", customer_id=customer.pk)

    assert "有 1 张未完工单" in html
    assert "已经登记，正在安排处理" in html
    assert "data-first-key" in html
    assert html.index("催单") < html.index("改约") < html.index("查询") < html.index("另一件事")
    assert order.number in html


def test_the_same_device_is_said_only_of_a_ticked_one(
    desk: Client, customer: Customer, device: Device, registered: Callable[..., Order]
) -> None:
    registered(devices=(DeviceDraft(device_id=device.pk),))

    html = part(desk, "reception-customer", customer_id=customer.pk)

    assert "有 1 张未完工单" in html
    assert "同一设备" not in html


@pytest.mark.req("R-049")
def test_a_closed_question_becomes_a_repair_by_one_button_beside_the_caller(
    desk: Client, customer: Customer, registered: Callable[..., Order], agent: Actor, now: Any
) -> None:
    asked = registered(symptom="怎么设定时")
    asked = orders.choose_inquiry(asked.pk, seen=asked.version, by=agent, at=now)
    orders.answer(asked.pk, text="按定时键", seen=asked.version, by=agent, at=now)
    asked.refresh_from_db()
    orders.close_answered(asked.pk, seen=asked.version, by=agent, at=now)
    Order.objects.update(received_at=timezone.now())  # not long ago

    html = part(desk, "reception-customer", customer_id=customer.pk)
    turn = reverse("desk:order-turn", args=[asked.number])
    assert "上次咨询" in html
    assert f'formaction="{turn}"' in html
    answer = desk.post(turn, {"once_key": "k1"})

    assert answer.status_code == 303
    assert Order.objects.exclude(pk=asked.pk).get().status == "to_dispatch"


@pytest.mark.req("O-048")
def test_three_calls_are_counted_on_the_page_and_no_second_order_is_made(
    desk: Client, registered: Callable[..., Order], customer: Customer
) -> None:
    order = registered()

    for place in range(3):
        answer = chase_once(desk, order, f"第{place}次答复", f"key{place}")
        assert answer.status_code == 200
        assert f"已登记第 {place + 1} 次催单" in answer.content.decode()

    order.refresh_from_db()
    assert (order.chased, Order.objects.count()) == (3, 1)
    assert Chase.objects.latest("pk").caller_phone == "13800002231"
    assert "第2次答复" in part(desk, "reception-customer", customer_id=customer.pk)


def test_the_same_press_counts_once_and_nothing_answered_is_refused(
    desk: Client, registered: Callable[..., Order]
) -> None:
    order = registered()
    assert chase_once(desk, order, "", "key0").status_code == 422

    for _press in range(2):
        chase_once(desk, order, "师傅在路上", "key1")

    assert Chase.objects.count() == 1


def test_another_sites_order_is_not_chased(
    client_for: Callable[[Actor], Client], stranger: Actor, registered: Callable[..., Order]
) -> None:
    order = registered()

    assert chase_once(client_for(stranger), order, "好", "k").status_code == 403
    assert Chase.objects.count() == 0


@pytest.mark.req("O-048")
def test_what_is_typed_shows_open_orders_of_the_number_the_place_and_the_device(
    desk: Client, registered: Callable[..., Order], device: Device
) -> None:
    order = registered()

    by_phone = part(desk, "reception-similar", phone="138 0000 2231")
    by_place = part(desk, "reception-similar", address="华景路28号 星河湾3栋1204")

    assert "同一电话" in by_phone
    assert order.number in by_phone
    assert "同一地址" in by_place
    assert order.number not in part(desk, "reception-similar", phone="13800009999", address="别处 1 号")


@pytest.mark.req("O-048")
def test_the_third_time_in_thirty_days_is_said_while_it_is_typed(
    desk: Client, registered: Callable[..., Order], aircon: Category
) -> None:
    for _time in range(2):
        registered(category_id=aircon.pk)
    Order.objects.update(received_at=timezone.now() - timedelta(days=3))

    html = part(
        desk, "reception-similar", address="华景路 28 号星河湾 3 栋 1204", category_id=aircon.pk, customer_id="1"
    )

    assert "30 天内第 3 次" in html


def test_looking_for_similar_orders_costs_a_counted_number_of_queries(
    desk: Client, registered: Callable[..., Order], device: Device, aircon: Category, django_assert_num_queries: Any
) -> None:
    asked = {
        "phone": "13800002231", "address": "华景路 28 号星河湾 3 栋 1204", "devices": device.pk, "category_id": aircon.pk,
    }  # fmt: skip
    for _more in range(2):
        registered()
        part(desk, "reception-similar", **asked)
        with django_assert_num_queries(11):
            part(desk, "reception-similar", **asked)


def test_a_number_that_a_platform_seems_to_lend_is_offered_to_be_marked(desk: Client) -> None:
    looks = {"phone": "17012345678转1234"}

    assert "标为隐私号" in part(desk, "reception-similar", **looks)
    assert "标为隐私号" not in part(desk, "reception-similar", phone_is_virtual="on", **looks)
    assert "标为隐私号" not in part(desk, "reception-similar", phone="17012345678")


def test_a_doubtful_number_is_told_beside_it_and_may_stay(desk: Client) -> None:
    assert "一般是 8 位" in part(desk, "reception-similar", phone="020-8765432")
    assert "一般是" not in part(desk, "reception-similar", phone="020-87654321")


@pytest.mark.req("O-048")
def test_the_same_number_and_device_while_open_is_asked_about_before_saving(
    desk: Client, registered: Callable[..., Order], typed: Typed, customer: Customer
) -> None:
    first = registered()
    again = typed(phone="13800002231", customer_id=customer.pk, symptom="还是不制冷")

    refused = desk.post(URL, again | {"once_key": "k1"})

    html = refused.content.decode()
    assert refused.status_code == 422
    assert f"{first.number} 还没有结束" in html
    assert "仍要新建" in html
    assert "还是不制冷" in html
    assert Order.objects.count() == 1
    confirmed = desk.post(URL, again | {"confirm_duplicate": "on", "once_key": "k1"})
    assert confirmed.status_code == 303
    assert Order.objects.count() == 2


@pytest.mark.req("O-048")
def test_a_technician_is_told_who_notes_the_call_and_why_he_finds_nobody(
    client_for: Callable[[Actor], Client], technician: Actor, registered: Callable[..., Order], typed: Typed
) -> None:
    first = registered()
    browser = client_for(technician)

    refused = browser.post(URL, typed(phone="13800002231", symptom="来问进度"))

    html = refused.content.decode()
    assert f"{first.number} 还没有结束" in html
    assert "请转告接待登记催单" in html
    assert "data-chase-of" not in html
    assert (
        "您名下的工单里没有这位客户" in browser.get(reverse("desk:reception-callers"), {"q": "2231"}).content.decode()
    )


@pytest.mark.req("R-009")
def test_what_the_reception_centre_registers_has_its_source_by_itself(
    client_for: Callable[[Actor], Client], hire: Callable[..., Actor], site: Site, typed: Typed
) -> None:
    clerk = client_for(hire(site, "slzx", "钟敏", "reception_centre"))

    page = clerk.get(URL).content.decode()
    assert "故障受理中心受理" in page
    answer = clerk.post(URL, typed(source="direct"))

    assert answer.status_code == 303
    assert Order.objects.get().source == "centre"


@pytest.mark.req("R-094")
def test_an_in_store_order_names_its_store_and_the_choices_are_the_stores(
    desk: Client, typed: Typed, site: Site, other_site: Site
) -> None:
    html = desk.get(URL).content.decode()
    choices = html[html.index('name="store_id"') :].partition("</select>")[0]
    assert "天河店" in choices
    assert "番禺站" not in choices, "a site is no store"

    desk.post(URL, typed(mode="in_store"))
    desk.post(URL, typed(phone="13900008888", mode="on_site", contact_name="别人"))

    assert [order.store_id for order in Order.objects.order_by("pk")] == [site.pk, None]
    assert desk.post(URL, typed(phone="13900009999", mode="in_store", store_id=other_site.pk)).status_code == 422


@pytest.mark.req("O-052")
def test_a_virtual_number_is_marked_and_matches_nobody(desk: Client, typed: Typed) -> None:
    for name in ("陈一", "林二"):
        answer = desk.post(URL, typed(contact_name=name, phone="13700001234", phone_is_virtual="on"))
        assert answer.status_code == 303

    one, two = Order.objects.order_by("pk")
    assert (one.phone_code, one.phone_is_virtual, one.customer_id == two.customer_id) == ("", True, False)
    assert one.phone_expires_at is not None


@pytest.mark.req("O-051")
def test_the_sons_number_shows_his_mothers_devices_who_is_at_home_and_who_decides(
    desk: Client, customer: Customer, device: Device, agent: Actor, typed: Typed, now: Any
) -> None:
    son = customers.add(
        CustomerDraft(
            name="王强",
            contacts=(ContactDraft("13500001111", "王强", "decider"), ContactDraft("", "保姆阿姨", "at_home")),
        ),
        by=agent,
        at=now,
    )
    customers.join_household(customer.pk, son.pk, by=agent, at=now)

    html = part(desk, "reception-customer", customer_id=son.pk)

    assert "4Q97A0236118" in html
    assert "王小明" in html
    assert "决定人" in html
    assert "在场人" in html
    saved = desk.post(URL, typed(phone="13500001111", customer_id=son.pk, devices=device.pk))
    assert saved.status_code == 303
    order = Order.objects.get()
    assert (order.customer_id, order.device_lines.get().device_id) == (son.pk, device.pk)


@pytest.mark.req("O-054")
@pytest.mark.parametrize(("effect", "word"), [("vip", "VIP"), ("prepaid", "先预收再派工"), ("refuse", "需主管同意")])
def test_a_warning_shows_its_effect_and_not_its_reason(
    effect: str, word: str, desk: Client, customer: Customer, admin: Actor, now: Any
) -> None:
    customers.warn(customer.pk, effect, reason="上次打人", proof="监控", by=admin, at=now)

    html = part(desk, "reception-customer", customer_id=customer.pk)

    assert word in html
    assert "上次打人" not in html


def test_answers_to_the_questions_are_kept_one_by_one(
    desk: Client, typed: Typed, aircon: Category, agent: Actor, now: Any
) -> None:
    catalog.add_question(text="什么时候开始的？", kind="text", category_id=aircon.pk, by=SYSTEM, at=now)

    desk.post(URL, typed(category_id=aircon.pk, symptom="不制冷\n什么时候开始的：昨晚停电以后"))

    row = ScriptAnswer.objects.get()
    assert (row.question, row.answer) == ("什么时候开始的？", "昨晚停电以后")
    assert Order.objects.get().symptom == "不制冷"


@pytest.mark.req("R-064")
def test_a_code_in_the_customers_words_answers_the_question_for_it(
    desk: Client, typed: Typed, agent: Actor, now: Any
) -> None:
    catalog.load_seed(by=SYSTEM, at=now)
    net = Category.objects.get(code="broadband")

    desk.post(URL, typed(category_id=net.pk, symptom="LOS 灯是什么状态：不亮 拨号６９１，等了 60 秒"))

    told = dict(ScriptAnswer.objects.values_list("question", "answer"))
    assert told == {"LOS 灯是什么状态": "不亮", "拨号时出现什么错误代码": "691"}
    order = Order.objects.get()
    assert order.symptom == "拨号６９１，等了 60 秒"
    assert "LOS 灯是什么状态：不亮" in queries.page(order.pk, agent).answers  # as dispatch and the visit show it
