"""The picker finds a customer by whatever the caller says of himself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongdan.customers import actions, queries
from gongdan.customers.models import Customer
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Missing

pytestmark = pytest.mark.django_db


@pytest.fixture
def wang(agent: Actor, now: datetime) -> Customer:
    return actions.add(
        CustomerDraft(
            name="王小明",
            contacts=(ContactDraft("13812345678", "王小明"), ContactDraft("020-82345678 转 801", "王大妈", "at_home")),
            addresses=(AddressDraft("体育西路 1 号 302"),),
        ),
        by=agent,
        at=now,
    )


@pytest.fixture
def school(agent: Actor, now: datetime) -> Customer:
    draft = CustomerDraft(
        name="天河第一小学", kind="company", contacts=(ContactDraft("13900009999", "单老师", "in_charge"),)
    )
    return actions.add(draft, by=agent, at=now)


@pytest.mark.req("R-019")
@pytest.mark.req("R-061")
@pytest.mark.parametrize(
    "words",
    [
        "5678",  # the last four digits
        "12345678",
        "13812345678",
        "138 1234 5678",
        "+86 138-1234-5678",
        "1259313812345678",
        "82345678",  # a landline without its area code
        "020-82345678",
        "02082345678",
        "(020)82345678转801",
        "王小明",
        "小明",
        "wxm",
        "WXM",
        "wdm",  # a contact's initials
        "王大妈",
        "体育西路",
        "体育西路1号302",
        "KH000001",
        "王小明 5678",
    ],
)
def test_the_picker_finds_the_customer(words: str, agent: Actor, wang: Customer, school: Customer) -> None:
    assert [match.name for match in queries.find(words, agent)] == ["王小明"]


@pytest.mark.parametrize(
    "words", ["", " ", "567", "9876", "张三", "wxx", "'; DROP TABLE", '"*', "a" * 5000, "王小明 9999"]
)
def test_the_picker_finds_nobody(words: str, agent: Actor, wang: Customer, school: Customer) -> None:
    assert queries.find(words, agent) == []


def test_a_match_shows_number_contact_telephone_and_address(agent: Actor, wang: Customer) -> None:
    (match,) = queries.find("5678", agent)

    assert match == queries.Match(
        id=wang.pk,
        number="KH000001",
        name="王小明",
        kind="person",
        site_id=wang.site_id,
        contact_name="王小明",
        phone="13812345678",
        address="体育西路 1 号 302",
    )


def test_a_surname_of_two_readings_is_found_as_a_surname(agent: Actor, school: Customer) -> None:
    assert [match.name for match in queries.find("sls", agent)] == ["天河第一小学"]


def test_a_changed_customer_is_found_by_the_new_words_only(agent: Actor, wang: Customer, now: datetime) -> None:
    actions.edit(
        wang.pk, seen=1, changes={"name": "李雷"}, contacts=[ContactDraft("13700001234", "李雷")], by=agent, at=now
    )

    assert [m.name for m in queries.find("1234", agent)] == ["李雷"]
    assert queries.find("5678", agent) == queries.find("wxm", agent) == []


@pytest.mark.req("R-007")
@pytest.mark.req("R-083")
def test_the_picker_shows_nobody_of_another_site_or_of_another_technician(
    agent: Actor, stranger: Actor, technician: Actor, other_technician: Actor, admin: Actor, wang: Customer
) -> None:
    actions.let_see(wang.pk, technician.id)

    seen = {
        actor.name: [m.id for m in queries.find(words, actor)]
        for actor in (agent, stranger, technician, other_technician, admin)
        for words in ["13812345678"]
    }

    assert seen == {"王芳": [wang.pk], "刘霞": [], "李建国": [wang.pk], "周大勇": [], "陈老板": [wang.pk]}
    assert queries.by_phone("+8613812345678", other_technician) == []


def test_numbers_are_masked_for_whoever_may_not_see_them(agent: Actor, wang: Customer) -> None:
    blind = replace(agent, permissions=agent.permissions - {"customers.see_phone"})

    assert [m.phone for m in queries.find("5678", blind)] == ["138****5678"]
    assert [(c.phone, c.code) for c in queries.card(wang.pk, blind).contacts] == [
        ("138****5678", ""), ("020****5678", ""),
    ]  # fmt: skip


@pytest.mark.req("R-061")
def test_a_ringing_number_names_its_customers_newest_first(
    agent: Actor, wang: Customer, school: Customer, now: datetime
) -> None:
    son = actions.add(CustomerDraft(name="王小宝", contacts=(ContactDraft("138-1234-5678"),)), by=agent, at=now)

    assert [m.id for m in queries.by_phone("+8613812345678", agent)] == [son.pk, wang.pk]
    assert [m.id for m in queries.by_phone("+862082345678", agent)] == [wang.pk]
    assert queries.by_phone("", agent) == []


def test_a_double_is_told_with_its_reason(agent: Actor, wang: Customer, school: Customer) -> None:
    by_number = queries.duplicates(["+862082345678"], name="谁", actor=agent)
    by_place = queries.duplicates([], name="王小明", address="体育西路 1 号 302", actor=agent)

    assert [(d.match.id, str(d.reason)) for d in by_number] == [(wang.pk, "电话相同：王小明（KH000001）")]
    assert [(d.match.id, str(d.reason)) for d in by_place] == [(wang.pk, "姓名和地址相同：王小明（KH000001）")]
    assert queries.duplicates([], name="王小明", address="别处", actor=agent) == []
    assert queries.duplicates(["+8613812345678"], name="", actor=agent, but_not=wang.pk) == []


def test_the_card_is_for_whom_it_concerns(agent: Actor, stranger: Actor, wang: Customer) -> None:
    with pytest.raises(Forbidden):
        queries.card(wang.pk, stranger)
    with pytest.raises(Missing):
        queries.card(wang.pk + 99, agent)


def test_divisions_are_chosen_from_province_to_district(db: None) -> None:
    actions.load_divisions()

    provinces = queries.divisions()
    districts = queries.divisions("440100")

    assert [(p.code, p.name, p.has_parts) for p in provinces[:2]] == [
        ("110000", "北京市", True),
        ("120000", "天津市", True),
    ]
    assert len(provinces) == 34
    assert [d.name for d in districts[:3]] == ["荔湾区", "越秀区", "海珠区"]
    assert not districts[0].has_parts
    assert "下城区" not in [d.name for d in queries.divisions("330100")]
    assert queries.division("330103") is not None
    assert [d.full_name for d in queries.find_divisions("广州 天河")] == ["广东省广州市天河区"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_picker_costs_the_same_for_one_and_for_three(count: int, agent: Actor, now: datetime) -> None:
    for place in range(count):
        draft = CustomerDraft(name=f"王小明{place}", contacts=(ContactDraft(f"1381234567{place}"),))
        actions.add(draft, by=agent, at=now)

    with CaptureQueriesContext(connection) as by_name:
        found = queries.find("王小明", agent)

    assert len(found) == count
    assert len(by_name) in (4, 5)  # search (two on PostgreSQL), customers, contacts, addresses
