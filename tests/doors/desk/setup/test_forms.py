"""What is saved on the setup's pages: it works, bad input keeps the text, and whoever was faster is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from gongdan.catalog.models import Brand, CalendarDay, Category, Fault, Phrase, Question
from gongdan.customers import actions as customers
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.devices import actions as devices
from gongdan.devices.models import PolicyRow
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.rules import OrderDraft
from gongdan.people import actions as people
from gongdan.people.models import ApiToken, Role, ShopSettings, Site, User
from gongdan.people.queries import actor_for_token
from gongdan.pricing.models import PriceBook, PriceItem
from tests.doors.desk.setup.test_rules import typed_in


def errors_of(html: str) -> list[str]:
    """The sentences at the fields, in order."""
    return re.findall(r'<p class="k-error"[^>]*>([^<]+)</p>', html)


def new_person(site: Site, **changed: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "name": "黄师傅", "username": "huang", "password": "shouhou-2026", "site_id": site.pk,
        "roles": ["technician", "cashier"], "is_payee": "on", "skill_sent": 2, "skill0-name": "空调", "skill0-level": 4,
        "certificate_sent": 2, "certificate0-kind": "制冷作业证", "certificate0-number": "T44",
        "certificate0-valid_until": "2020-01-01",
    }  # fmt: skip
    return usual | changed


def new_settings(**changed: Any) -> dict[str, Any]:
    row = ShopSettings.objects.get(site=None)
    cells = {
        "single": ("p3", "p2", "p1"), "department": ("p3", "p2", "p1"), "all": ("p2", "p1", "p1"),
    }  # fmt: skip
    usual = {name: getattr(row, name) for name in people.SETTINGS_FIELDS if name != "priority_matrix"}
    for impact, priorities in cells.items():
        usual |= {f"m_{impact}_{u}": p for u, p in zip(("normal", "urgent", "critical"), priorities, strict=True)}
    return usual | {"seen": row.version} | changed


@pytest.mark.req("R-007")
@pytest.mark.django_db
def test_a_site_is_added_and_its_details_changed(boss: Client, admin: Actor) -> None:
    typed = {"code": "BY", "name": "白云站", "kind": "site", "hotline": "020-88880000", "is_active": "on",
             "opening_hours": "09:00-18:00", "area_code": "020", "address": "白云路 1 号"}  # fmt: skip
    assert boss.post("/setup/sites/add/", typed)["Location"] == "/setup/sites/"
    site = Site.objects.get(code="BY")
    assert (site.name, site.hotline, site.opening_hours) == ("白云站", "020-88880000", "09:00-18:00")
    assert "白云站" in boss.get("/setup/sites/").content.decode()
    url = f"/setup/sites/{site.pk}/"
    assert boss.post(url, typed | {"hotline": "020-1", "seen": 1}).status_code == 303
    late = boss.post(url, typed | {"hotline": "020-2", "seen": 1})
    page = late.content.decode()
    assert (late.status_code, "陈老板" in page, 'value="020-2"' in page) == (409, True, True)
    wrong = boss.post("/setup/sites/add/", typed | {"name": "新站", "area_code": "20"})
    page = wrong.content.decode()
    assert (wrong.status_code, 'value="新站"' in page) == (422, True)
    assert errors_of(page) == ["站点编号 BY 已被使用，请换一个", "区号是 0 开头的 3 至 4 位数字，如 020"]


@pytest.mark.django_db
def test_staff_are_hired_with_roles_skills_and_certificates(boss: Client, site: Site) -> None:
    assert boss.post("/setup/staff/add/", new_person(site)).status_code == 303
    user = User.objects.get(username="huang")
    assert sorted(user.roles.values_list("code", flat=True)) == ["cashier", "technician"]
    assert (user.is_payee, user.skills.get().level, user.certificates.get().number) == (True, 4, "T44")
    assert user.check_password("shouhou-2026")
    assert "制冷作业证已过期" in boss.get("/setup/staff/").content.decode()
    assert "已过期" in boss.get(f"/setup/staff/{user.pk}/").content.decode()


@pytest.mark.django_db
def test_a_wrong_row_of_a_certificate_keeps_what_was_typed(boss: Client, site: Site) -> None:
    answer = boss.post(
        "/setup/staff/add/", new_person(site, password="kurz", **{"certificate0-valid_until": "2020-13"})
    )
    page = answer.content.decode()
    assert (answer.status_code, 'value="T44"' in page, 'value="黄师傅"' in page) == (422, True, True)
    assert errors_of(page) == ["请填写日期，如 2026-03-08"]
    answer = boss.post("/setup/staff/add/", new_person(site, password="kurz", roles=[]))
    assert errors_of(answer.content.decode()) == ["请选择角色"]
    assert not User.objects.filter(username="huang").exists()


@pytest.mark.django_db
def test_a_person_is_changed_stopped_brought_back_and_given_a_password(
    boss: Client, clerk: Client, agent: Actor, site: Site
) -> None:
    url = f"/setup/staff/{agent.id}/"
    typed = new_person(site, name="王芳", roles=["agent"], seen=1)
    assert boss.post(url, typed).status_code == 303
    late = boss.post(url, typed | {"name": "王小芳"})
    assert (late.status_code, 'value="王小芳"' in late.content.decode()) == (409, True)
    assert boss.post(f"{url}password/", {"new-password": "kurz"}).status_code == 422
    assert boss.post(f"{url}password/", {"new-password": "xin-mima-2026"}).status_code == 303
    user = User.objects.get(pk=agent.id)
    assert user.check_password("xin-mima-2026")
    assert clerk.get("/setup/customers/").status_code == 302  # who knew the old password is out
    clerk.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert clerk.get("/setup/customers/").status_code == 200
    assert boss.post(f"{url}stop/").status_code == 303
    assert clerk.get("/setup/customers/").status_code == 302
    assert boss.post(f"{url}back/").status_code == 303
    user.refresh_from_db()
    assert user.is_active


@pytest.mark.django_db
def test_the_boss_cannot_lock_himself_out(boss: Client, admin: Actor) -> None:
    answer = boss.post(f"/setup/staff/{admin.id}/stop/")
    assert (answer.status_code, "不能停用自己的登录" in answer.content.decode()) == (409, True)
    answer = boss.post(f"/setup/roles/{Role.objects.get(code='admin').pk}/", {"group0": ["orders.view"], "seen": 1})
    assert (answer.status_code, "至少要有一位在职员工" in answer.content.decode()) == (409, True)


@pytest.mark.req("R-250")
@pytest.mark.django_db
def test_a_role_s_permissions_are_changed_at_once_and_logged_in_words(
    boss: Client, clerk: Client, agent: Actor
) -> None:
    assert clerk.get("/setup/catalog/").status_code == 403
    role = Role.objects.get(code="agent")
    boss.post(f"/setup/roles/{role.pk}/", {"group0": ["orders.view"], "group6": ["catalog.edit"], "seen": role.version})
    role.refresh_from_db()
    assert role.permissions == ["catalog.edit", "orders.view"]
    assert clerk.get("/setup/catalog/").status_code == 200
    assert "修改了角色 客服 的权限" in boss.get(f"/setup/roles/{role.pk}/").content.decode()
    table = boss.get("/setup/roles/").content.decode()
    assert all(word in table for word in ("接待登记", "确定结算", "修改品类、故障、保修规则和日历"))
    assert "orders.register" not in table


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("part", "model", "typed"),
    [
        ("categories", Category, {"code": "drone", "name": "无人机", "default_mode": "in_store", "aliases": "航拍机、飞机",
                                  "part_wait_days": 30, "position": 9, "long_minutes": 120}),
        ("brands", Brand, {"name": "大疆", "aliases": "DJI，Dajiang"}),
        ("faults", Fault, {"symptom": "飞不起来", "usual_mode": "in_store", "error_code": "E9"}),
        ("questions", Question, {"text": "摔过吗？", "kind": "choice", "choices": "摔过、没有", "position": 1}),
        ("phrases", Phrase, {"step": "answer", "text": "您好，天河店", "position": 1}),
    ],
)  # fmt: skip
def test_the_catalogue_grows_by_hand(
    boss: Client, catalogue: None, part: str, model: Any, typed: dict[str, Any]
) -> None:
    typed = typed | {"is_active": "on"}
    if part in ("faults", "questions"):
        typed["category_id"] = Category.objects.order_by("pk")[0].pk
    assert boss.post(f"/setup/catalog/{part}/add/", typed)["Location"] == f"/setup/catalog/{part}/"
    row = model.objects.order_by("-pk")[0]
    url = f"/setup/catalog/{part}/{row.pk}/"
    assert boss.post(url, {k: v for k, v in typed.items() if k != "is_active"} | {"seen": 1}).status_code == 303
    row.refresh_from_db()
    assert (row.is_active, row.version) == (False, 2)
    late = boss.post(url, typed | {"seen": 1})
    assert (late.status_code, "陈老板" in late.content.decode()) == (409, True)
    name = "text" if "text" in typed else "symptom" if "symptom" in typed else "name"
    wrong = boss.post(f"/setup/catalog/{part}/add/", typed | {name: "", "position": "x"})
    assert (wrong.status_code, bool(errors_of(wrong.content.decode()))) == (422, True)


@pytest.mark.req("R-198")
@pytest.mark.django_db
def test_how_long_work_may_take_is_set_on_the_page_of_the_category(boss: Client, catalogue: None) -> None:
    row = Category.objects.get(code="printer")
    url = f"/setup/catalog/categories/{row.pk}/"
    typed = typed_in(boss.get(url).content.decode())
    assert typed["long_minutes"] == "120"

    assert boss.post(url, typed | {"long_minutes": "90"}).status_code == 303

    row.refresh_from_db()
    assert row.long_minutes == 90


@pytest.mark.django_db
def test_lists_in_one_line_are_read_however_they_are_parted(boss: Client, catalogue: None) -> None:
    boss.post("/setup/catalog/brands/add/", {"name": "大疆", "aliases": "DJI，Dajiang; 大疆创新", "is_active": "on"})
    assert Brand.objects.get(name="大疆").aliases == ["DJI", "Dajiang", "大疆创新"]


@pytest.mark.django_db
def test_a_warranty_rule_that_nobody_read_is_never_called_law(boss: Client, catalogue: None, now: datetime) -> None:
    for code, basis in (("L1", "read"), ("L2", "recalled")):
        devices.add_policy(code=code, months=12, kind="statutory", basis=basis, by=SYSTEM, at=now)
    page = boss.get("/setup/warranty/?basis=recalled").content.decode()
    rows = page[page.index("<tbody") :]
    assert ("参照三包，未核实" in rows, "凭记忆，待核实" in rows, "法定三包" in rows) == (True, True, False)
    assert "法定三包" in boss.get("/setup/warranty/?basis=read").content.decode()


@pytest.mark.django_db
def test_a_warranty_rule_is_added_changed_and_refused(boss: Client, catalogue: None) -> None:
    typed = {"code": "W900", "scope": "whole", "months": 6, "level": "in_warranty", "kind": "shop", "basis": "own",
             "free_part": "on", "is_active": "on"}  # fmt: skip
    assert boss.post("/setup/warranty/add/", typed).status_code == 303
    row = PolicyRow.objects.get(code="W900")
    assert (row.months, row.free_part, row.free_labour) == (6, True, False)
    assert boss.post(f"/setup/warranty/{row.pk}/", typed | {"months": 9, "seen": 1}).status_code == 303
    assert boss.post(f"/setup/warranty/{row.pk}/", typed | {"months": 10, "seen": 1}).status_code == 409
    wrong = boss.post("/setup/warranty/add/", typed | {"code": "W901", "scope": "own"})
    assert errors_of(wrong.content.decode()) == ["请填写部件名称"]


@pytest.mark.django_db
def test_a_draft_is_priced_and_a_published_edition_stays(boss: Client, book: PriceBook) -> None:
    item = PriceItem.objects.get(book=book)
    typed = {"name": "清洗空调", "role": "work", "kind": "labour", "warranty_rule": "free", "is_active": "on"}
    assert boss.post(f"/setup/prices/items/{item.pk}/", typed | {"price_fen": "150", "seen": 1}).status_code == 303
    item.refresh_from_db()
    assert item.price_fen == 15000
    wrong = boss.post(
        f"/setup/prices/{book.pk}/items/add/", typed | {"code": "T2", "kind": "with_part", "price_fen": "9"}
    )
    assert errors_of(wrong.content.decode()) == ["含件价请填写其中的工费"]
    PriceBook.objects.filter(pk=book.pk).update(status="published", valid_from=date(2026, 1, 1))
    late = boss.post(f"/setup/prices/items/{item.pk}/", typed | {"price_fen": "1", "seen": 2})
    assert (late.status_code, "已发布，不能修改" in late.content.decode()) == (409, True)
    started = boss.post(f"/setup/prices/{book.pk}/start/")
    draft = PriceBook.objects.get(code="TEST", edition=2)
    assert started["Location"] == f"/setup/prices/{draft.pk}/"


@pytest.mark.django_db
def test_publishing_says_in_words_what_is_missing(boss: Client, book: PriceBook) -> None:
    page = boss.get(f"/setup/prices/{book.pk}/").content.decode()
    assert "缺少“上门费”项目" in page
    answer = boss.post(f"/setup/prices/{book.pk}/publish/", {"valid_from": "2026-04-01", "seen": 1})
    assert (answer.status_code, "不能发布" in answer.content.decode()) == (409, True)


@pytest.mark.django_db
def test_the_rules_of_a_book_are_a_form(boss: Client, book: PriceBook) -> None:
    typed = {"travel": "none", "free_km": 8, "declined": "inspection", "rank_percents": "100、40、0", "night_from": "19:00",
             "night_to": "07：30", "overtime_from": "22:00", "express_minutes": 60, "height_free_below_cm": 300,
             "pick_up_in_warranty": "shop", "cash_rounding_fen": 100, "seen": book.version,
             "extra_night": "maker", "distance_bands": "0-5 30\n5- 60.5"}  # fmt: skip
    url = f"/setup/prices/{book.pk}/policy/"
    assert boss.post(url, typed).status_code == 303
    book.refresh_from_db()
    kept = book.policy
    assert (kept["free_km"], kept["rank_percents"], kept["night_to"], kept["extras_in_warranty"]["night"]) == (
        8, [100, 40, 0], "07:30", "maker",
    )  # fmt: skip
    assert kept["distance_bands"] == [[0, 5, 3000], [5, None, 6050]]
    assert "5- 60.50" in boss.get(url).content.decode()
    for changed in ({"distance_bands": "五公里"}, {"rank_percents": "30、100"}, {"night_from": "25:00"}):
        wrong = boss.post(url, typed | changed | {"seen": book.version})
        assert (wrong.status_code, len(errors_of(wrong.content.decode()))) == (422, 1)


@pytest.mark.django_db
def test_a_day_of_the_calendar_is_set(boss: Client, admin: Actor) -> None:
    answer = boss.post("/setup/calendar/", {"day": "2027-02-06", "kind": "statutory", "name": "春节"})
    assert answer["Location"] == "/setup/calendar/?year=2027"
    assert CalendarDay.objects.get(day="2027-02-06").kind == "statutory"
    assert "春节" in boss.get("/setup/calendar/?year=2027").content.decode()
    wrong = boss.post("/setup/calendar/", {"day": "2027-02-31", "kind": "statutory", "name": "不存在"})
    assert (wrong.status_code, 'value="不存在"' in wrong.content.decode()) == (422, True)


@pytest.mark.req("R-012")
@pytest.mark.django_db
def test_the_shop_s_words_stand_on_every_page_and_typed_text_stays(
    boss: Client, site: Site, admin: Actor, now: datetime
) -> None:
    draft = CustomerDraft(name="客户服务公司", contacts=(ContactDraft(name="客户王", phone="13800002231"),))
    customers.add(draft, by=admin, at=now)
    answer = boss.post("/setup/settings/", new_settings(customer_word="业主", technician_word="维修员"))
    assert answer.status_code == 303
    menu = boss.get("/setup/").content.decode()
    assert ("业主信息" in menu, "客户信息" in menu) == (True, False)
    assert "默认“客户”" in boss.get("/setup/settings/").content.decode()
    page = boss.get("/setup/customers/").content.decode()
    assert ("业主编号" in page, "客户服务公司" in page) == (True, True)
    assert "业主" in boss.get("/reception/").content.decode()


@pytest.mark.req("R-043")
@pytest.mark.django_db
def test_another_matrix_alters_new_orders_only(boss: Client, site: Site, agent: Actor, now: datetime) -> None:
    def registered() -> Order:
        who = CustomerDraft(name="王小明", contacts=(ContactDraft(name="王小明", phone="13800002231"),))
        draft = OrderDraft(symptom="不制冷", source="direct", customer=who)
        return orders.register(draft, by=agent, at=now)

    old = registered()
    before = old.priority
    answer = boss.post("/setup/settings/", new_settings(m_single_normal="p1"))
    assert answer.status_code == 303
    new = registered()
    old.refresh_from_db()
    assert (old.priority, new.priority) == (before, "p1")
    assert before == "p3"


@pytest.mark.django_db
def test_a_number_pattern_shows_its_next_number_or_why_not(boss: Client, site: Site) -> None:
    good = boss.get("/setup/settings/number/", {"order_number_pattern": "{kind}{site}-{yymm}-{n:04d}"})
    assert re.search(r"GDTH-\d{4}-0001", good.content.decode())
    bad = boss.get("/setup/settings/number/", {"order_number_pattern": "{kind}"}).content.decode()
    assert "编号规则要以流水号结尾" in bad
    answer = boss.post("/setup/settings/", new_settings(order_number_pattern="{kind}"))
    page = answer.content.decode()
    assert (answer.status_code, 'value="{kind}"' in page) == (422, True)
    late = boss.post("/setup/settings/", new_settings(company_name="长城维修", seen=9))
    assert (late.status_code, 'value="长城维修"' in late.content.decode()) == (409, True)


@pytest.mark.django_db
def test_a_site_may_have_settings_of_its_own_and_give_them_up(boss: Client, site: Site) -> None:
    url = f"/setup/settings/{site.pk}/"
    assert boss.post(url, new_settings(company_name="天河维修", seen=0)).status_code == 303
    assert ShopSettings.objects.get(site=site).company_name == "天河维修"
    assert boss.post(f"{url}drop/").status_code == 303
    assert not ShopSettings.objects.filter(site=site).exists()


@pytest.mark.django_db
def test_a_token_is_shown_once_and_revoked(boss: Client, agent: Actor, now: datetime) -> None:
    page = boss.post("/setup/tokens/", {"name": "小程序", "user_id": agent.id}).content.decode()
    token = re.findall(r"gd_[\w-]{20,}", page)[0]
    assert actor_for_token(token, at=now) == agent
    assert token not in boss.get("/setup/tokens/").content.decode()
    boss.post(f"/setup/tokens/{ApiToken.objects.get().pk}/revoke/")
    assert actor_for_token(token, at=now) is None
    wrong = boss.post("/setup/tokens/", {"name": "小程序", "user_id": 999})
    assert (wrong.status_code, 'value="小程序"' in wrong.content.decode()) == (422, True)


@pytest.mark.req("R-017")
@pytest.mark.req("R-247")
@pytest.mark.django_db
def test_the_setup_leads_to_customers_and_to_what_comes_next(boss: Client, site: Site) -> None:
    page = boss.get("/setup/").content.decode()
    steps = re.findall(r'<a class="s-step" href="([^"]+)"', page)
    assert steps[:3] == ["/setup/sites/", "/setup/staff/", "/setup/roles/"]
    assert "/setup/customers/" in steps
    assert page.count('aria-current="step"') == 1
    for word in ("接待", "派工", "维修处理", "结算", "回访", "启用准备", "工作台"):
        assert word in page
    assert boss.get("/setup/customers/").status_code == 200


@pytest.mark.django_db
def test_whoever_may_only_look_after_customers_finds_only_them(
    clerk: Client, hire: Callable[..., Actor], site: Site, client_for: Callable[[Actor], Client]
) -> None:
    steps = re.findall(r'<a class="s-step" href="([^"]+)"', clerk.get("/setup/").content.decode())
    assert steps == ["/setup/customers/"]
    menu = re.findall(r'<a[^>]* href="(/setup/[^"]*)"', clerk.get("/").content.decode())
    assert set(menu) == {"/setup/customers/"}  # at once, under its own name
    Role.objects.create(code="guest", name="访客", permissions=[])
    assert client_for(hire(site, "guest", "访客", "guest")).get("/setup/").status_code == 403


@pytest.mark.django_db
def test_another_site_s_people_and_settings_are_refused(
    site: Site, other_site: Site, stranger: Actor, hire: Callable[..., Actor], client_for: Callable[[Actor], Client]
) -> None:
    Role.objects.create(code="branch", name="分店管理", permissions=["people.manage", "people.settings"])
    branch = client_for(hire(site, "branch", "分店", "branch"))
    pages = [f"/setup/staff/{stranger.id}/", f"/setup/sites/{other_site.pk}/", f"/setup/settings/{other_site.pk}/"]
    assert {url: branch.get(url).status_code for url in pages} == dict.fromkeys(pages, 403)
    assert "刘霞" not in branch.get("/setup/staff/?scope=all").content.decode()


@pytest.mark.django_db
def test_the_list_of_staff_costs_the_same_with_more_rows(
    boss: Client, site: Site, hire: Callable[..., Actor], django_assert_num_queries: Any
) -> None:
    boss.get("/setup/staff/")
    with django_assert_num_queries(COUNT):
        boss.get("/setup/staff/")
    hire(site, "a", "甲", "agent")
    hire(site, "b", "乙", "agent")
    with django_assert_num_queries(COUNT):
        boss.get("/setup/staff/")


COUNT = 8
