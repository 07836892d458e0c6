"""Customers are added and changed by verbs: numbered, findable, told to the log, never overwritten unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from gongdan.audit.models import Event, PersonalValue
from gongdan.customers import actions, queries
from gongdan.customers.models import Address, Contact, Customer, Division
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Stale
from gongdan.people.models import Site
from tests.together import at_once

pytestmark = pytest.mark.django_db


def whole_draft() -> CustomerDraft:
    return CustomerDraft(
        name="王小明",
        kind="person",
        contacts=(ContactDraft("13812345678、82345678", "王小明"), ContactDraft("13900001111", "王大妈", "at_home")),
        addresses=(AddressDraft("体育西路 1 号 302", "440106", "后门"),),
        site_rules="8:00-18:00，须登记身份证",
        transport="地铁三号线体育西路站 B 口",
        remark="有狗",
    )


@pytest.fixture
def divisions(db: None) -> None:
    actions.load_divisions()


def test_the_table_of_divisions_loads_twice_without_doubles() -> None:
    first, second = actions.load_divisions(), actions.load_divisions()

    assert (first, second, Division.objects.count()) == (3241, 3241, 3241)
    assert Division.objects.get(pk="440106").full_name == "广东省广州市天河区"
    assert Division.objects.get(pk="110105").full_name == "北京市朝阳区"
    former = Division.objects.get(pk="330103")
    assert (former.full_name, former.parent_code, former.is_former) == ("浙江省杭州市下城区", "330100", True)
    assert Division.objects.get(pk="419000").full_name == "河南省省直辖县级行政区划"


@pytest.mark.req("R-011")
@pytest.mark.req("R-022")
@pytest.mark.req("R-023")
def test_a_new_customer_has_number_contacts_addresses_rules_and_transport(
    agent: Actor, site: Site, now: datetime, divisions: None
) -> None:
    customer = actions.add(whole_draft(), by=agent, at=now)

    card = queries.card(customer.pk, agent)
    assert (card.number, card.name, card.site_name, card.version) == ("KH000001", "王小明", "天河店", 1)
    assert (str(card.kind_label), card.site_rules, card.transport, card.remark) == (
        "个人", "8:00-18:00，须登记身份证", "地铁三号线体育西路站 B 口", "有狗",
    )  # fmt: skip
    assert [(c.name, c.phone, c.code, str(c.kind_label)) for c in card.contacts] == [
        ("王小明", "13812345678", "+8613812345678", "报修人"),
        ("王小明", "82345678", "+862082345678", "报修人"),
        ("王大妈", "13900001111", "+8613900001111", "在场人"),
    ]
    assert [(a.full, a.remark) for a in card.addresses] == [("广东省广州市天河区体育西路 1 号 302", "后门")]
    assert Customer.objects.get().initials == "wxm"


def test_a_new_customer_is_told_to_the_log(agent: Actor, now: datetime, divisions: None) -> None:
    customer = actions.add(whole_draft(), by=agent, at=now)

    event = Event.objects.get(verb="customer.added")
    assert (event.subject_id, event.site_id, event.actor_name, event.at) == (
        customer.pk, customer.site_id, "王芳", now,
    )  # fmt: skip
    assert event.facts["number"] == "KH000001"


@pytest.mark.req("R-012")
@pytest.mark.parametrize(("kind", "label"), [("person", "个人"), ("company", "单位"), ("owner", "业主")])
def test_all_three_kinds_are_one_customer_entity(kind: str, label: str, agent: Actor, now: datetime) -> None:
    customer = actions.add(CustomerDraft(name="广州天河小学", kind=kind), by=agent, at=now)

    assert str(queries.card(customer.pk, agent).kind_label) == label


def test_what_is_missing_is_refused_by_field_and_nothing_is_saved(agent: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        actions.add(CustomerDraft(name="", addresses=(AddressDraft("某路", "999999"),)), by=agent, at=now)
    with pytest.raises(Invalid) as unknown:
        actions.add(CustomerDraft(name="王", addresses=(AddressDraft("某路", "999999"),)), by=agent, at=now)

    assert list(refused.value.errors) == ["name"]
    assert str(unknown.value.errors["addresses"]) == "没有编码为 999999 的省市区，请重新选择"


def test_adding_needs_the_permission_and_ones_own_site(
    technician: Actor, agent: Actor, other_site: Site, now: datetime
) -> None:
    with pytest.raises(Forbidden):
        actions.add(CustomerDraft(name="王小明"), by=technician, at=now)
    with pytest.raises(Invalid) as refused:
        actions.add(CustomerDraft(name="王小明", site_id=other_site.pk), by=agent, at=now)

    assert list(refused.value.errors) == ["site_id"]
    assert Customer.objects.count() == 0


@pytest.mark.req("R-250")
def test_an_edit_shows_old_and_new_and_keeps_personal_values_apart(
    agent: Actor, now: datetime, divisions: None
) -> None:
    customer = actions.add(whole_draft(), by=agent, at=now)
    card = queries.card(customer.pk, agent)
    kept = card.contacts[0]

    actions.edit(
        customer.pk,
        seen=1,
        changes={"name": "王晓明", "transport": "公交 62 路"},
        contacts=[
            ContactDraft("13812345679", kept.name, kept.kind, id=kept.id),
            ContactDraft("13700000000", "李律师", "decider"),
        ],
        addresses=[AddressDraft("体育西路 1 号 303", "440106", id=card.addresses[0].id)],
        by=agent,
        at=now,
    )

    after = queries.card(customer.pk, agent)
    assert (after.name, after.transport, after.version) == ("王晓明", "公交 62 路", 2)
    assert [(c.id == kept.id, c.phone) for c in after.contacts] == [(True, "13812345679"), (False, "13700000000")]
    assert [a.full for a in after.addresses] == ["广东省广州市天河区体育西路 1 号 303"]
    event = Event.objects.get(verb="customer.edited")
    assert event.facts["changes"] == {"transport": ["地铁三号线体育西路站 B 口", "公交 62 路"]}
    assert event.facts["personal_fields"] == ["addresses", "contacts", "name"]
    assert {v.field: (v.old, v.new) for v in PersonalValue.objects.filter(event=event)} == {
        "name": ("王小明", "王晓明"),
        "contacts": (
            "王小明 13812345678（报修人）；王小明 82345678（报修人）；王大妈 13900001111（在场人）",
            "王小明 13812345679（报修人）；李律师 13700000000（决定人）",
        ),
        "addresses": ("广东省广州市天河区体育西路 1 号 302", "广东省广州市天河区体育西路 1 号 303"),
    }


def test_an_edit_that_changes_nothing_leaves_version_and_log_alone(agent: Actor, now: datetime) -> None:
    customer = actions.add(CustomerDraft(name="王小明"), by=agent, at=now)

    actions.edit(customer.pk, seen=1, changes={"name": "王小明 "}, contacts=[], addresses=[], by=agent, at=now)

    assert Customer.objects.get().version == 1
    assert not Event.objects.filter(verb="customer.edited").exists()


def test_a_removed_address_only_leaves_the_lists(agent: Actor, now: datetime) -> None:
    draft = CustomerDraft(name="王小明", addresses=(AddressDraft("旧址"),))
    customer = actions.add(draft, by=agent, at=now)

    actions.edit(customer.pk, seen=1, addresses=[AddressDraft("新址")], by=agent, at=now)

    assert [a.full for a in queries.card(customer.pk, agent).addresses] == ["新址"]
    assert sorted(Address.objects.values_list("detail", "is_active")) == [("新址", True), ("旧址", False)]
    assert queries.find("旧址", agent) == []


def test_a_row_of_another_customer_cannot_be_taken_over(agent: Actor, now: datetime) -> None:
    one = actions.add(CustomerDraft(name="甲先生", contacts=(ContactDraft("13800000001"),)), by=agent, at=now)
    two = actions.add(CustomerDraft(name="乙先生"), by=agent, at=now)
    foreign = Contact.objects.get(customer=one)

    with pytest.raises(Invalid):
        actions.edit(two.pk, seen=1, contacts=[ContactDraft("1", id=foreign.pk)], by=agent, at=now)
    with pytest.raises(Invalid) as refused:
        actions.edit(two.pk, seen=1, contacts=[ContactDraft("13800000002", id=foreign.pk)], by=agent, at=now)

    assert str(refused.value.errors["contacts"]) == "联系人列表已变化，请刷新后再保存"
    assert Contact.objects.get().customer_id == one.pk


def test_a_second_clerk_is_told_who_saved_what(agent: Actor, dispatcher: Actor, now: datetime) -> None:
    customer = actions.add(CustomerDraft(name="王小明"), by=agent, at=now)
    actions.edit(customer.pk, seen=1, changes={"transport": "公交"}, by=dispatcher, at=now)

    with pytest.raises(Stale) as refused:
        actions.edit(customer.pk, seen=1, changes={"transport": "地铁"}, by=agent, at=now)

    assert str(refused.value) == "何静 10:00 改了：交通；请核对后再保存"
    assert Customer.objects.get().transport == "公交"


def test_editing_is_for_the_own_site_and_its_permission(
    agent: Actor, stranger: Actor, technician: Actor, now: datetime
) -> None:
    customer = actions.add(CustomerDraft(name="王小明"), by=agent, at=now)

    for actor in (stranger, technician):
        with pytest.raises(Forbidden):
            actions.edit(customer.pk, seen=1, changes={"name": "黑客"}, by=actor, at=now)
    with pytest.raises(Missing):
        actions.edit(customer.pk + 1, seen=1, changes={"name": "黑客"}, by=agent, at=now)
    assert Customer.objects.get().name == "王小明"


def test_an_imports_customers_are_hidden_until_the_batch_is_shown_and_gone_when_it_is_dropped(
    agent: Actor, site: Site, now: datetime, divisions: None
) -> None:
    drafts = [
        replace(whole_draft(), name="王小明"),
        CustomerDraft(name="李雷", contacts=(ContactDraft("见备注"),), addresses=(AddressDraft("某路", "999999"),)),
    ]

    made = actions.take_in_many(drafts, site=site, batch_id=7, at=now)
    hidden = queries.find("王小明", agent)
    actions.show_batch(7)
    shown = [match.name for match in queries.find("王小明", agent)]
    second = queries.card(made[1].pk, agent)
    actions.drop_batch(7)

    assert [(row.number, row.batch_id) for row in made] == [("KH000001", 7), ("KH000002", 7)]
    assert (hidden, shown) == ([], ["王小明"])
    assert [(c.phone, c.code) for c in second.contacts] == [("见备注", "")]
    assert [(a.full, a.division_code) for a in second.addresses] == [("某路", "")]
    assert (Customer.objects.count(), Contact.objects.count(), queries.find("王小明", agent)) == (0, 0, [])


@pytest.mark.django_db(transaction=True)
def test_parallel_additions_get_different_numbers(agent: Actor, now: datetime) -> None:
    numbers: list[str] = []
    assert (
        at_once(
            4, lambda place: numbers.append(actions.add(CustomerDraft(name=f"客户{place}"), by=agent, at=now).number)
        )
        == [None] * 4
    )

    assert sorted(numbers) == ["KH000001", "KH000002", "KH000003", "KH000004"]
