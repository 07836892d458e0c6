"""启用准备 › 客户信息: the list, a customer's page, adding and editing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client

from gongdan.customers import actions
from gongdan.customers.models import Address, Contact, Customer
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.devices.models import Device
from gongdan.kernel.actor import Actor
from gongdan.orders import actions as orders
from gongdan.orders.rules import OrderDraft
from gongdan.people.models import Role, Site
from tests.doors.desk.forms import inputs_of

URL = "/setup/customers/"


def errors_of(html: str) -> list[str]:
    """The sentences at the fields, in order."""
    return re.findall(r'<p class="k-error"[^>]*>([^<]+)</p>', html)


def listed(html: str) -> list[str]:
    """The ids listed, in order."""
    return re.findall(r'data-url="/setup/customers/(\d+)/"', html)


def sheet(**changed: Any) -> dict[str, Any]:
    """A new customer as the form sends him."""
    usual: dict[str, Any] = {
        "name": "王小明",
        "kind": "person",
        "is_active": "on",
        "contacts_sent": "2",
        "contact0-name": "王小明",
        "contact0-phone": "13800002231",
        "contact0-kind": "reporter",
        "contact1-name": "",
        "contact1-phone": "",
        "addresses_sent": "2",
        "address0-detail": "华景路 28 号",
        "address1-detail": "",
    }
    return usual | changed


def as_shown(customer: Customer, **changed: Any) -> dict[str, Any]:
    """The edit form of this customer as it was shown."""
    usual: dict[str, Any] = {
        "name": customer.name,
        "kind": customer.kind,
        "site_rules": customer.site_rules,
        "transport": customer.transport,
        "remark": customer.remark,
        "is_active": "on",
        "seen": customer.version,
    }
    contacts = list(Contact.objects.filter(customer=customer).order_by("position"))
    for at, row in enumerate(contacts):
        shown = {"id": row.pk, "name": row.name, "kind": row.kind, "phone": row.phone, "remark": row.remark}
        usual |= {f"contact{at}-{name}": value for name, value in shown.items()}
    places = list(Address.objects.filter(customer=customer, is_active=True).order_by("position"))
    for at, place in enumerate(places):
        shown = {"id": place.pk, "detail": place.detail, "remark": place.remark}
        usual |= {f"address{at}-{name}": value for name, value in shown.items()}
    usual |= {"contacts_sent": len(contacts) + 1, "addresses_sent": len(places) + 1}
    return usual | changed


@pytest.mark.req("R-017")
@pytest.mark.django_db
def test_the_register_lists_customers_newest_first(
    desk: Client, customer: Customer, agent: Actor, now: datetime
) -> None:
    newer = actions.add(CustomerDraft(name="陈雅琴", contacts=(ContactDraft("15912348802"),)), by=agent, at=now)

    html = desk.get(URL).content.decode()

    assert listed(html) == [str(newer.pk), str(customer.pk)]
    assert "共 2 条" in html
    for shown in ("客户信息", customer.number, "蓝天酒店", "020-87654321", "体育西路 103 号", "新增客户"):
        assert shown in html


@pytest.mark.req("R-017", "R-019")
@pytest.mark.parametrize("words", ["1111", "蓝天", "ltjd", "体育西", "lg"])
@pytest.mark.django_db
def test_the_register_is_searched_by_number_name_initials_and_address(
    desk: Client, customer: Customer, agent: Actor, now: datetime, words: str
) -> None:
    actions.add(CustomerDraft(name="陈雅琴", contacts=(ContactDraft("15912348802"),)), by=agent, at=now)

    assert listed(desk.get(URL, {"q": words}, headers={"HX-Request": "true"}).content.decode()) == [str(customer.pk)]


@pytest.mark.django_db
def test_the_register_is_narrowed_by_kind_and_by_use(
    desk: Client, customer: Customer, agent: Actor, now: datetime
) -> None:
    gone = actions.add(CustomerDraft(name="陈雅琴"), by=agent, at=now)
    actions.edit(gone.pk, seen=gone.version, changes={"is_active": False}, by=agent, at=now)

    assert listed(desk.get(URL).content.decode()) == [str(customer.pk)]
    assert listed(desk.get(URL, {"scope": "all"}).content.decode()) == [str(gone.pk), str(customer.pk)]
    assert listed(desk.get(URL, {"scope": "all", "kind": "person"}).content.decode()) == [str(gone.pk)]
    assert desk.get(URL, {"kind": "martian"}).status_code == 400


@pytest.mark.django_db
def test_an_empty_register_says_how_it_fills(desk: Client) -> None:
    assert "接待时会自动建档；已有资料可从 Excel 导入" in desk.get(URL).content.decode()


@pytest.mark.django_db
def test_only_customers_of_the_own_site_are_listed(
    client_for: Callable[[Actor], Client], stranger: Actor, customer: Customer
) -> None:
    assert listed(client_for(stranger).get(URL).content.decode()) == []


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.django_db
def test_the_register_costs_the_same_with_one_row_and_with_three(
    desk: Client, agent: Actor, now: datetime, django_assert_num_queries: Any, rows: int
) -> None:
    for at in range(rows):
        actions.add(CustomerDraft(name=f"客户{at}", contacts=(ContactDraft(f"1380000000{at}"),)), by=agent, at=now)
    desk.get(URL, headers={"HX-Request": "true"})

    with django_assert_num_queries(9):  # session, user, roles, lent to, count, ids, rows, contacts, addresses
        desk.get(URL, headers={"HX-Request": "true"})


@pytest.mark.req("R-020", "R-022", "R-023")
@pytest.mark.django_db
def test_the_page_shows_contacts_places_goods_orders_and_changes(
    desk: Client, customer: Customer, device: Device, agent: Actor, now: datetime
) -> None:
    order = orders.register(OrderDraft(symptom="不制冷", source="direct", customer_id=customer.pk), by=agent, at=now)

    html = desk.get(f"{URL}{customer.pk}/").content.decode()

    for shown in (
        "蓝天酒店", "单位", "前台", "020-87654321", "李工", "负责人", "体育西路 103 号", "天河路 228 号二期", "走北门", "登记身份证",
        "体育西站 D 口", "格力 空调", "KFR-35GW", "4Q97A0236118", "2025-06-01", "04411273", order.number, "不制冷",
        f"新增客户 {customer.number}", f"/reception/?customer={customer.pk}",
    ):  # fmt: skip
        assert shown in html, shown


@pytest.mark.django_db
def test_a_change_is_told_with_old_and_new_values(
    desk: Client, customer: Customer, agent: Actor, now: datetime
) -> None:
    actions.edit(customer.pk, seen=customer.version, changes={"name": "蓝天大酒店", "kind": "owner"}, by=agent, at=now)

    html = desk.get(f"{URL}{customer.pk}/").content.decode()

    changes = [re.sub(r"<[^>]+>", "", line) for line in re.findall(r'<p><span class="d-changed">.*?</p>', html)]
    assert changes == ["客户类型 单位 → 业主", "名称 蓝天酒店 → 蓝天大酒店"]


@pytest.mark.django_db
def test_personal_values_are_hidden_from_who_may_not_see_numbers(
    client_for: Callable[[Actor], Client],
    hire: Callable[..., Actor],
    site: Site,
    customer: Customer,
    agent: Actor,
    now: datetime,
) -> None:
    contacts = [ContactDraft("13799990000", "前台")]
    actions.edit(customer.pk, seen=customer.version, contacts=contacts, by=agent, at=now)

    html = client_for(hire(site, "cangku", "库管", "storekeeper")).get(f"{URL}{customer.pk}/").content.decode()

    assert "137****0000" in html
    assert "•••• " in html
    for hidden in ("13799990000", "020-87654321", "13900001111"):
        assert hidden not in html


@pytest.mark.django_db
def test_a_customer_of_another_site_is_refused_and_an_unknown_one_missing(
    client_for: Callable[[Actor], Client], stranger: Actor, customer: Customer
) -> None:
    client = client_for(stranger)

    for page in ("", "edit/", "devices/add/"):
        assert client.get(f"{URL}{customer.pk}/{page}").status_code == 403
        assert client.get(f"{URL}{10**15}/{page}").status_code == 404
    assert client.post(f"{URL}{customer.pk}/edit/", as_shown(customer)).status_code == 403


@pytest.mark.django_db
def test_who_only_looks_may_neither_add_nor_change(
    client_for: Callable[[Actor], Client], cashier: Actor, customer: Customer
) -> None:
    till = client_for(cashier)

    assert till.get(URL).status_code == 200
    assert "新增客户" not in till.get(URL).content.decode()
    assert (till.get(f"{URL}add/").status_code, till.post(f"{URL}add/", sheet()).status_code) == (403, 403)
    assert till.post(f"{URL}{customer.pk}/edit/", as_shown(customer)).status_code == 403
    assert till.put(URL).status_code == 405
    assert till.put(f"{URL}add/").status_code == 405


@pytest.mark.req("R-011", "R-012", "R-017")
@pytest.mark.django_db
def test_a_customer_is_added_with_contacts_and_places(desk: Client, site: Site) -> None:
    sent = sheet(
        **{"kind": "owner", "site_rules": "周末不施工", "contacts_sent": "3", "contact1-name": "李工",
           "contact1-phone": "020-87654321", "contact1-kind": "signatory", "contact2-phone": ""}
    )  # fmt: skip

    response = desk.post(f"{URL}add/", sent)

    made = Customer.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"{URL}{made.pk}/")
    assert (made.name, made.kind, made.site_rules, made.site_id) == ("王小明", "owner", "周末不施工", site.pk)
    assert list(made.contacts.order_by("position").values_list("name", "kind", "phone_code")) == [
        ("王小明", "reporter", "+8613800002231"),
        ("李工", "signatory", "+862087654321"),
    ]
    assert list(made.addresses.values_list("detail", flat=True)) == ["华景路 28 号"]


@pytest.mark.req("R-018")
@pytest.mark.django_db
def test_added_from_reception_the_way_leads_back_with_him_chosen(desk: Client) -> None:
    shown = desk.get(f"{URL}add/", {"back": "/reception/", "phone": "13800002231"}).content.decode()
    response = desk.post(f"{URL}add/", sheet(back="/reception/"))

    assert 'name="back" value="/reception/"' in shown
    assert 'value="13800002231"' in shown
    assert response["Location"] == f"/reception/?customer={Customer.objects.get().pk}&draft=kept"


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"])
@pytest.mark.django_db
def test_the_way_back_never_leaves_the_house(desk: Client, back: str) -> None:
    response = desk.post(f"{URL}add/", sheet(back=back))

    assert response["Location"].startswith("/setup/customers/")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "请填写客户名称"),
        ({"name": "王" * 61}, "最多 60 个字，现在有 61 个"),
        ({"name": "王\x00"}, "文字里有无法保存的控制字符，请删去后重新粘贴"),
        ({"kind": "martian"}, "“martian”不在可选范围内，请重新选择"),
        ({"contact0-phone": "不是号码"}, "“不是号码”不是电话号码，请核对"),
        ({"contact0-kind": "king"}, "“king”不在可选范围内，请重新选择"),
        ({"address0-detail": "路" * 201}, "最多 200 个字，现在有 201 个"),
        ({"address0-division_code": "0"}, "请从列表中选择省市区"),
        ({"remark": "字" * 1001}, "最多 1000 个字，现在有 1001 个"),
    ],
)
@pytest.mark.django_db
def test_what_is_wrong_is_said_at_its_field_and_the_rest_stays(
    desk: Client, changed: dict[str, str], sentence: str
) -> None:
    response = desk.post(f"{URL}add/", sheet(**{"transport": "岗顶站 B 口"} | changed))

    html = response.content.decode()
    assert response.status_code == 422
    assert sentence in errors_of(html)
    assert "岗顶站 B 口" in html
    assert not Customer.objects.exists()


@pytest.mark.django_db
def test_everything_that_is_wrong_with_a_customer_is_said_at_once(desk: Client) -> None:
    html = desk.post(f"{URL}add/", sheet(**{"name": "", "contact0-phone": "不是号码"})).content.decode()

    assert errors_of(html) == ["请填写客户名称", "“不是号码”不是电话号码，请核对"]


@pytest.mark.django_db
def test_a_customer_on_file_is_shown_before_he_is_added_again(desk: Client, customer: Customer) -> None:
    again = sheet(**{"contact0-phone": "139 0000 1111"})

    refused = desk.post(f"{URL}add/", again)
    agreed = desk.post(f"{URL}add/", again | {"is_another": "on"})

    assert refused.status_code == 422
    assert errors_of(refused.content.decode()) == [f"电话相同：蓝天酒店（{customer.number}）"]
    assert f'href="{URL}{customer.pk}/"' in refused.content.decode()
    assert agreed.status_code == 303


@pytest.mark.django_db
def test_the_same_form_sent_twice_is_one_customer(desk: Client) -> None:
    answers = [desk.post(f"{URL}add/", sheet(once_key="k-1"))["Location"] for _time in range(2)]

    assert Customer.objects.count() == 1
    assert answers[0] == answers[1]


@pytest.mark.req("R-017")
@pytest.mark.django_db
def test_edit_changes_contacts_and_places_as_the_rows_say(desk: Client, customer: Customer) -> None:
    sent = as_shown(
        customer,
        **{"name": "蓝天大酒店", "contact0-name": "", "contact0-phone": "", "contact2-name": "吴经理",
           "contact2-phone": "13700002222", "contact2-kind": "signatory", "address1-detail": ""}
    )  # fmt: skip

    response = desk.post(f"{URL}{customer.pk}/edit/", sent)

    customer.refresh_from_db()
    assert (response.status_code, customer.name) == (303, "蓝天大酒店")
    assert list(customer.contacts.order_by("position").values_list("name", flat=True)) == ["李工", "吴经理"]
    assert list(customer.addresses.filter(is_active=True).values_list("detail", flat=True)) == ["体育西路 103 号"]


@pytest.mark.django_db
def test_the_second_clerk_is_told_who_changed_what_and_keeps_his_text(
    desk: Client, customer: Customer, supervisor: Actor, now: datetime
) -> None:
    sent = as_shown(customer, transport="岗顶站 B 口")
    actions.edit(customer.pk, seen=customer.version, changes={"transport": "石牌桥站"}, by=supervisor, at=now)

    refused = desk.post(f"{URL}{customer.pk}/edit/", sent)

    html = refused.content.decode()
    customer.refresh_from_db()
    assert refused.status_code == 409
    assert "赵明 10:00 改了：交通；请核对后再保存" in html
    assert "岗顶站 B 口</textarea>" in html
    assert "现在是：石牌桥站" in html
    assert (customer.transport, f'name="seen" value="{customer.version}"' in html) == ("石牌桥站", True)

    desk.post(f"{URL}{customer.pk}/edit/", sent | {"seen": customer.version})

    customer.refresh_from_db()
    assert customer.transport == "岗顶站 B 口"


def drawn(page: Any) -> dict[str, str]:
    """The edit form as the browser would send it back untouched."""
    body = page.content.decode()
    was, seen = (unescape(re.findall(rf'name="{name}" value="([^"]*)"', body)[0]) for name in ("was", "seen"))
    counts = dict(re.findall(r'name="(contacts_sent|addresses_sent)" value="(\d+)"', body))
    return {name: value for name, value in json.loads(was).items() if value} | counts | {"was": was, "seen": seen}


@pytest.mark.req("R-250")
@pytest.mark.django_db
def test_what_only_the_first_clerk_touched_stays_when_the_second_saves(
    desk: Client, customer: Customer, supervisor: Actor, now: datetime
) -> None:
    older = drawn(desk.get(f"{URL}{customer.pk}/edit/"))
    kept, left = list(customer.contacts.order_by("position"))
    contacts = (
        ContactDraft("020-87654321", "总台", id=kept.pk),
        ContactDraft("13700003333", "黄总", "decider"),
        ContactDraft("13900001111", "李工", "in_charge", id=left.pk),
    )
    changes = {"site_rules": "登记身份证，周末不许施工"}
    actions.edit(customer.pk, seen=customer.version, changes=changes, contacts=contacts, by=supervisor, at=now)

    mine = {"remark": "找保安开门", "contact1-remark": "晚上", "contact2-name": "小陈", "contact2-phone": "13600004444"}
    mine |= {"contact2-kind": "at_home", "contacts_sent": "4", "contact3-kind": "reporter"}
    refused = desk.post(f"{URL}{customer.pk}/edit/", older | mine)

    assert refused.status_code == 409
    shown = refused.content.decode()
    assert "改了：客户的管理制度、联系人" in shown
    assert "现在是" not in shown, "nobody touched what the other did"
    again = inputs_of(shown)
    assert desk.post(f"{URL}{customer.pk}/edit/", again).status_code == 303
    customer.refresh_from_db()
    assert (customer.site_rules, customer.remark) == ("登记身份证，周末不许施工", "找保安开门")
    rows = customer.contacts.order_by("position").values_list("name", "phone", "kind", "remark")
    assert list(rows) == [
        ("总台", "020-87654321", "reporter", ""),
        ("黄总", "13700003333", "decider", ""),
        ("李工", "13900001111", "in_charge", "晚上"),
        ("小陈", "13600004444", "at_home", ""),
    ]


@pytest.mark.django_db
def test_where_both_touched_one_field_of_a_row_it_says_what_stands_there_now(
    desk: Client, customer: Customer, supervisor: Actor, now: datetime
) -> None:
    older = drawn(desk.get(f"{URL}{customer.pk}/edit/"))
    first, gone = list(customer.contacts.order_by("position"))
    contacts = (ContactDraft("020-87654321", "总台", id=first.pk),)
    actions.edit(customer.pk, seen=customer.version, contacts=contacts, by=supervisor, at=now)

    mine = {"contact0-name": "值班室", "contact1-phone": "13900002222"}
    refused = desk.post(f"{URL}{customer.pk}/edit/", older | mine).content.decode()

    assert "现在是：总台" in refused
    assert desk.post(f"{URL}{customer.pk}/edit/", inputs_of(refused)).status_code == 303
    rows = customer.contacts.order_by("position").values_list("name", "phone")
    assert list(rows) == [("值班室", "020-87654321"), ("李工", "13900002222")], (
        "touched here: it comes back as a new row"
    )
    assert not customer.contacts.filter(pk=gone.pk).exists()


@pytest.mark.django_db
def test_what_was_wrong_in_an_older_page_is_mended_there_and_still_merged(
    desk: Client, customer: Customer, supervisor: Actor, now: datetime
) -> None:
    older = drawn(desk.get(f"{URL}{customer.pk}/edit/"))
    actions.edit(customer.pk, seen=customer.version, changes={"transport": "石牌桥站"}, by=supervisor, at=now)

    wrong = desk.post(f"{URL}{customer.pk}/edit/", older | {"name": ""})
    assert wrong.status_code == 422
    refused = desk.post(f"{URL}{customer.pk}/edit/", inputs_of(wrong.content.decode()) | {"name": "蓝天"})

    assert refused.status_code == 409, "the page still knows how old it is"
    assert desk.post(f"{URL}{customer.pk}/edit/", inputs_of(refused.content.decode())).status_code == 303
    customer.refresh_from_db()
    assert (customer.name, customer.transport) == ("蓝天", "石牌桥站")


@pytest.mark.django_db
def test_hidden_numbers_are_not_saved_over(
    client_for: Callable[[Actor], Client], hire: Callable[..., Actor], site: Site, customer: Customer
) -> None:
    role = Role.objects.get(code="agent")
    role.permissions = [permission for permission in role.permissions if permission != "customers.see_phone"]
    role.save()
    client = client_for(hire(site, "lina", "李娜", "agent"))

    html = client.get(f"{URL}{customer.pk}/edit/").content.decode()
    client.post(
        f"{URL}{customer.pk}/edit/", as_shown(customer, **{"remark": "老客户", "contact1-phone": "139****1111"})
    )

    customer.refresh_from_db()
    assert "您的角色看不到完整号码" in html
    assert customer.remark == "老客户"
    assert list(customer.contacts.order_by("position").values_list("phone", flat=True)) == [
        "020-87654321",
        "13900001111",
    ]


@pytest.mark.django_db
def test_the_owner_of_several_sites_says_whose_customer_it_is(
    client_for: Callable[[Actor], Client], admin: Actor, other_site: Site
) -> None:
    boss = client_for(admin)

    html = boss.get(f"{URL}add/").content.decode()
    boss.post(f"{URL}add/", sheet(site_id=str(other_site.pk)))

    assert "番禺站" in html
    assert Customer.objects.get().site_id == other_site.pk
