"""Typed cells become contacts; what is missing is told by field."""

from __future__ import annotations

import pytest

from gongdan.customers.rules import (
    AddressDraft,
    ContactDraft,
    ContactFacts,
    CustomerDraft,
    complaints,
    contacts_from,
    contacts_in_words,
    cut,
)


@pytest.mark.req("R-061")
def test_two_numbers_in_one_cell_give_two_contacts_in_order() -> None:
    facts = contacts_from([ContactDraft("13812345678/020-82345678转801", "王小明", "payer")], area_code="020")

    assert facts == [
        ContactFacts("13812345678", "+8613812345678", "", "王小明", "payer", "", None),
        ContactFacts("020-82345678 转 801", "+862082345678", "801", "王小明", "payer", "", None),
    ]


def test_local_number_takes_the_area_code_of_the_site() -> None:
    (fact,) = contacts_from([ContactDraft("82345678")], area_code="020")

    assert (fact.phone, fact.code) == ("82345678", "+862082345678")


def test_contact_without_number_is_kept_and_an_empty_row_is_not() -> None:
    facts = contacts_from([ContactDraft("", "  "), ContactDraft("", "李经理", "in_charge")], area_code="")

    assert facts == [ContactFacts("", "", "", "李经理", "in_charge", "", None)]


def test_each_fault_of_a_draft_stands_at_its_field() -> None:
    draft = CustomerDraft(
        name=" ",
        kind="robot",
        contacts=(ContactDraft("12345678901234"),),
        addresses=(AddressDraft(" "),),
        transport="远" * 501,
    )

    assert {field: str(text) for field, text in complaints(draft).items()} == {
        "name": "请填写客户名称；不知道姓名时可填称呼，如“王先生”",
        "kind": "请选择客户类型：个人、单位或业主",
        "transport": "最多 500 个字，请缩短",
        "contacts": "“12345678901234”不是电话号码，请核对",
        "addresses": "请填写详细地址，或删除这一行",
    }


def test_an_imports_texts_are_cut_to_their_columns() -> None:
    long = "长" * 3000
    draft = CustomerDraft(
        name=long, contacts=(ContactDraft(phone=long, name=long, remark=long),), addresses=(AddressDraft(long), AddressDraft(" ")),
        site_rules=long, transport=long, remark=long,
    )  # fmt: skip

    fits = cut(draft)

    assert list(complaints(fits)) == ["contacts"]  # no number in it
    assert [len(text) for text in (fits.name, fits.site_rules, fits.transport, fits.remark)] == [60, 1000, 500, 1000]
    assert [len(place.detail) for place in fits.addresses] == [200]


def test_contacts_are_told_in_one_line() -> None:
    facts = contacts_from([ContactDraft("13812345678", "王小明"), ContactDraft("", "李四", "payer")], area_code="")

    assert contacts_in_words(facts) == "王小明 13812345678（报修人）；李四（付款人）"
