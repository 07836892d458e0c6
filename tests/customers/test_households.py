"""家庭: whoever of the family calls, the devices of all are found, and the one who decides is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from gongdan.customers import actions, queries
from gongdan.customers.models import Customer, Household
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Refused

pytestmark = pytest.mark.django_db
HOME = (AddressDraft("龙口东路 12 号 502"),)


@pytest.fixture
def known(agent: Actor, now: datetime) -> Callable[..., Customer]:
    def _known(name: str, *contacts: ContactDraft, kind: str = "person") -> Customer:
        draft = CustomerDraft(name=name, kind=kind, contacts=contacts, addresses=HOME)
        return actions.add(draft, by=agent, at=now)

    return _known


@pytest.fixture
def mother(known: Callable[..., Customer]) -> Customer:
    return known("陈阿姨", ContactDraft("13800001111", "陈阿姨", "at_home"))


@pytest.fixture
def son(known: Callable[..., Customer]) -> Customer:
    return known("陈强", ContactDraft("13900002222", "陈强", "decider"))


@pytest.mark.req("O-051")
def test_the_sons_number_finds_the_mother_and_hers_finds_him(
    agent: Actor, mother: Customer, son: Customer, now: datetime
) -> None:
    assert [m.name for m in queries.find("13900002222", agent)] == ["陈强"]

    actions.join_household(mother.pk, son.pk, by=agent, at=now)

    found = queries.find("13900002222", agent)
    assert [(m.name, m.lives_with) for m in found] == [("陈强", ""), ("陈阿姨", "陈强")]
    assert [(m.name, m.lives_with) for m in queries.by_phone("+8613800001111", agent)] == [
        ("陈阿姨", ""), ("陈强", "陈阿姨"),
    ]  # fmt: skip
    assert [m.name for m in queries.household(mother.pk, agent)] == ["陈强"]


@pytest.mark.req("O-051")
def test_a_son_who_is_only_a_contact_of_his_mother_finds_her(agent: Actor, known: Callable[..., Customer]) -> None:
    known("陈阿姨", ContactDraft("13800001111", "陈阿姨", "at_home"), ContactDraft("13900002222", "陈强", "payer"))

    assert [m.name for m in queries.find("13900002222", agent)] == ["陈阿姨"]
    assert [m.name for m in queries.by_phone("+8613900002222", agent)] == ["陈阿姨"]


@pytest.mark.req("O-051")
def test_consent_is_asked_of_the_one_who_decides_also_where_he_has_his_own_record(
    agent: Actor, mother: Customer, son: Customer, now: datetime
) -> None:
    assert queries.decider(mother.pk, agent) is None

    actions.join_household(mother.pk, son.pk, by=agent, at=now)

    asked = queries.decider(mother.pk, agent)
    assert asked is not None
    assert (asked.name, asked.phone) == ("陈强", "13900002222")


def test_a_firm_is_decided_for_by_whoever_is_in_charge(agent: Actor, known: Callable[..., Customer]) -> None:
    firm = known("岗顶餐厅", ContactDraft("13800005555", "吴经理", "in_charge"), kind="company")

    asked = queries.decider(firm.pk, agent)
    assert asked is not None
    assert asked.name == "吴经理"


@pytest.mark.req("R-011")
def test_the_signing_contact_is_chosen_from_all_with_the_signatory_first(
    agent: Actor, known: Callable[..., Customer]
) -> None:
    firm = known(
        "岗顶餐厅",
        ContactDraft("13800005551", "小李", "reporter", "前台"),
        ContactDraft("13800005552", "吴经理", "in_charge"),
        ContactDraft("13800005553", "老周", "equipment", "夜班"),
        ContactDraft("13800005554", "财务何姐", "signatory", "周一至周五"),
        kind="company",
    )

    rows = queries.signatories(firm.pk, agent)
    assert [(r.name, str(r.kind_label), r.phone, r.remark) for r in rows] == [
        ("财务何姐", "签收人", "13800005554", "周一至周五"),
        ("吴经理", "负责人", "13800005552", ""),
        ("小李", "报修人", "13800005551", "前台"),
        ("老周", "设备管理员", "13800005553", "夜班"),
    ]


def test_who_is_on_file_at_the_same_address_is_proposed(
    agent: Actor, mother: Customer, son: Customer, now: datetime
) -> None:
    assert [m.name for m in queries.same_address(mother.pk, agent)] == ["陈强"]

    actions.join_household(mother.pk, son.pk, by=agent, at=now)
    assert queries.same_address(mother.pk, agent) == []


def test_two_households_that_are_joined_become_one_and_the_last_one_alone_has_none(
    agent: Actor, mother: Customer, son: Customer, known: Callable[..., Customer], now: datetime
) -> None:
    father, daughter = known("陈伯"), known("陈红")
    actions.join_household(mother.pk, father.pk, by=agent, at=now)
    actions.join_household(son.pk, daughter.pk, by=agent, at=now)
    actions.join_household(mother.pk, son.pk, by=agent, at=now)
    actions.join_household(mother.pk, son.pk, by=agent, at=now)

    assert Household.objects.count() == 1
    assert {m.name for m in queries.household(daughter.pk, agent)} == {"陈阿姨", "陈强", "陈伯"}

    for row in (mother, father, daughter):
        actions.leave_household(row.pk, by=agent, at=now)
    assert Household.objects.count() == 0
    assert queries.household(son.pk, agent) == []


def test_nobody_is_joined_to_himself_or_by_whoever_may_not_see_or_change_him(
    agent: Actor, technician: Actor, stranger: Actor, mother: Customer, son: Customer, now: datetime
) -> None:
    with pytest.raises(Refused, match="同一位客户"):
        actions.join_household(mother.pk, mother.pk, by=agent, at=now)
    for actor in (technician, stranger):
        with pytest.raises(Forbidden):
            actions.join_household(mother.pk, son.pk, by=actor, at=now)


def test_the_job_sheet_is_given_rules_person_telephone_and_transport(agent: Actor, now: datetime) -> None:
    firm = actions.add(
        CustomerDraft(
            name="岗顶餐厅",
            kind="company",
            contacts=(ContactDraft("13800005551", "小李"), ContactDraft("020-87654321-8", "吴经理", "in_charge")),
            site_rules="22 点后施工，登记身份证",
            transport="3 号线岗顶站 B 口",
        ),
        by=agent,
        at=now,
    )

    facts = queries.site_facts(firm.pk)

    assert (facts.site_rules, facts.person, facts.phone, facts.transport) == (
        "22 点后施工，登记身份证", "吴经理", "020-87654321 转 8", "3 号线岗顶站 B 口",
    )  # fmt: skip
