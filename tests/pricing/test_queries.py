"""Reading prices: the book that holds, what can be chosen, what a fault proposes, what it comes to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Missing, Refused
from gongdan.people.models import Site
from gongdan.pricing import access, actions, queries
from gongdan.pricing.models import PriceBook, PriceItem
from gongdan.pricing.rules import Charge, Context, Device
from gongdan.pricing.states import RULE_LABELS, BookKind, BookStatus, Mode, Role

pytestmark = pytest.mark.django_db
Edition = Callable[..., PriceBook]
TODAY = date(2026, 3, 11)
AIR = Device("1", category="空调")


def published(code: str, *, now: datetime, **fields: Any) -> PriceBook:
    """A further book in force, empty."""
    return PriceBook.objects.create(
        code=code, name=code, status=BookStatus.PUBLISHED, valid_from=date(2026, 1, 1), published_at=now, **fields
    )


@pytest.mark.req("O-009")
def test_contract_goes_before_brand_and_brand_before_store(
    seeded: int, site: Site, other_site: Site, now: datetime, django_assert_num_queries: Any
) -> None:
    published("contract", now=now, kind=BookKind.CONTRACT, contract="HT-1")
    published("own", now=now, kind=BookKind.STORE, site=site)

    with django_assert_num_queries(4):
        found = [
            queries.book_for(site.pk, day=TODAY, brand="前锋", contract="HT-1").code,
            queries.book_for(site.pk, day=TODAY, brand="前锋", contract="HT-2").code,
            queries.book_for(site.pk, day=TODAY, brand="海尔").code,
            queries.book_for(other_site.pk, day=TODAY).code,
        ]

    assert found == ["contract", "前锋", "own", "default"]


def test_without_a_published_book_the_next_step_is_named(db: None) -> None:
    with pytest.raises(Refused) as refused:
        queries.book_for(1, day=TODAY)

    assert str(refused.value) == "2026-03-11 没有可用的价目，请管理员先发布价目"


@pytest.mark.req("R-128")
def test_items_are_found_by_name_initials_and_code_with_a_price_to_read(
    edition: Edition, django_assert_num_queries: Any
) -> None:
    book = edition("default").pk

    with django_assert_num_queries(3):
        by_name = queries.items(book, category="空调", words="四通阀")
        by_initials = queries.items(book, category="空调", words="GHSTF")
        by_code = queries.items(book, words="pi032")

    assert [(i.code, i.price_fen, i.labour_fen) for i in by_name] == [("PI032", 40000, 20000)]
    assert by_name == by_initials == by_code


def test_the_rows_of_the_category_come_first_and_automatic_fees_cannot_be_chosen(edition: Edition) -> None:
    rows = queries.items(edition("default").pk, category="打印机")

    assert [row.code for row in rows] == [
        "PI099", "PI100", "PI101", "PI102", "PI103", "PI104", "PI004", "PI008", "PI020",
    ]  # fmt: skip
    assert not {Role.VISIT, Role.EXPRESS, Role.NIGHT} & {row.role for row in rows}


def test_the_mode_leaves_out_what_is_for_another_way_of_service(edition: Edition) -> None:
    book = edition("default").pk

    found = {
        mode: [row.code for row in queries.items(book, category="电脑", mode=mode, words="笔记本 维修")]
        for mode in Mode
    }

    assert found == {
        Mode.ON_SITE: [],
        Mode.EXPRESS: [],
        Mode.REMOTE: [],
        Mode.IN_STORE: ["PI088"],
        Mode.PICK_UP: ["PI088"],
        Mode.MAIL_IN: ["PI088"],
    }


def test_a_makers_row_for_two_kinds_is_found_by_either(edition: Edition) -> None:
    rows = queries.items(edition("前锋").pk, category="厨房电器", product_kind="消毒柜", words="QF")

    assert {row.code for row in rows} == {"QF02-1", "QF02-2", "QF02-3", "QF91"}


def test_a_range_is_shown_only_where_a_public_page_stands_behind_it(edition: Edition) -> None:
    rows = {row.code: row for row in queries.items(edition("default").pk, category="空调")}

    assert (rows["PI028"].low_fen, rows["PI028"].high_fen) == (20000, 50000)
    assert (rows["PI035"].low_fen, rows["PI035"].high_fen) == (None, None)


@pytest.mark.req("R-116")
def test_a_fault_proposes_items_by_part_and_by_its_words(edition: Edition, django_assert_num_queries: Any) -> None:
    book = edition("default").pk

    def codes(category: str, text: str, part: str, **fields: Any) -> list[str]:
        return [row.code for row in queries.propose(book, category=category, fault_text=text, part=part, **fields)]

    with django_assert_num_queries(2):
        capacitor = codes("空调", "外机不转有嗡声 断电放电后换同规格电容", "电容")

    assert capacitor == ["PI026"]
    assert codes("空调", "内机运转但不制冷 测压测电流,找漏点补焊,抽真空加氟", "制冷剂") == ["PI021", "PI025"]
    assert codes("手机", "屏幕碎裂显示正常", "屏总成", mode="in_store") == ["PI073", "PI074", "PI072"]
    assert codes("空调", "室外机高压保护", "", fault_code="F033") == ["PI033"]
    assert codes("电视", "图像拖影", "") == []
    assert codes("没有的品类", "什么都坏了", "电容") == []


@pytest.mark.req("R-116")
def test_a_makers_book_proposes_its_tariff_for_the_product_kind(edition: Edition) -> None:
    rows = queries.propose(
        edition("前锋").pk,
        category="热水器",
        product_kind="燃气热水器",
        part="点火针",
        mode="on_site",
        fault_text="打不着火",
    )

    assert [(row.code, row.price_fen) for row in rows] == [("PI064", 18000), ("QF01-1", 7000), ("QF01-2", 3000)]


def test_every_proposal_names_an_item_that_some_shipped_book_has(seeded: int) -> None:
    known = set(PriceItem.objects.values_list("code", flat=True))

    assert [row for row in queries.proposals() if row.item_code not in known] == []
    assert {row.item_code for row in queries.proposals("打印机")} == {
        "PI099",
        "PI100",
        "PI101",
        "PI102",
        "PI103",
        "PI104",
    }


@pytest.mark.req("R-176")
@pytest.mark.parametrize("count", [1, 3])
def test_a_price_costs_two_queries_however_much_is_chosen(
    count: int, edition: Edition, django_assert_num_queries: Any
) -> None:
    codes = ["PI031", "PI029", "PI028"][:count]
    charges = [Charge(code, "1") for code in codes]
    context = Context(Mode.ON_SITE, (AIR,), km=Decimal(7))

    book = edition("default").pk

    with django_assert_num_queries(2):
        bill = queries.price(book, context, charges)

    assert bill.due_fen == {1: 155600, 3: 150000 + 30000 + 7500 + 18000 + 3600 + 5600}[count]
    assert bill == queries.price(book, context, charges)


@pytest.mark.req("O-010")
def test_the_sum_for_a_declined_repair_is_told_in_one_sentence(edition: Edition) -> None:
    told = queries.told_at_intake(edition("default").pk, Context(Mode.ON_SITE, (AIR,)))

    assert str(told) == "检测后如不维修，需付 ¥110.00（上门费(5公里内) ¥50.00、检测费(空调) ¥60.00）"


def test_devices_of_two_makers_are_priced_together(edition: Edition) -> None:
    context = Context(Mode.ON_SITE, (Device("1", category="热水器", product_kind="燃气热水器"),), km=Decimal(30))

    bill = queries.price_together(
        [
            (edition("前锋").pk, context, [Charge("QF01-1", "1")]),
            (edition("default").pk, Context(Mode.ON_SITE, (AIR,), km=Decimal(30)), [Charge("PI026", "1")]),
        ]
    )

    assert {line.code: line.amount_fen for line in bill.lines if line.amount_fen} == {
        "QF01-1": 7000, "PI001": 5000, "PI002": 7500, "PI026": 12000,
    }  # fmt: skip


def test_the_inspection_for_a_new_quote_is_the_closest_one(edition: Edition) -> None:
    store, maker = edition("default"), edition("前锋")

    found = queries.the_item(store.pk, role=Role.INSPECTION, category="空调")
    general = queries.the_item(store.pk, role=Role.INSPECTION, category="洗衣机")

    assert (queries.item(found or 0).code, queries.item(general or 0).code) == ("PI006", "PI004")
    assert queries.the_item(maker.pk, role=Role.INSPECTION, category="热水器", product_kind="燃气热水器") is None
    with pytest.raises(Missing):
        queries.item(0)


def test_an_inactive_row_cannot_be_billed(edition: Edition, now: datetime) -> None:
    draft = actions.start_new_version(edition("default").pk, by=SYSTEM, at=now)
    item = draft.items.get(code="PI026")
    actions.edit_item(item.pk, seen=1, is_active=False, by=SYSTEM, at=now)

    with pytest.raises(Refused) as refused:
        queries.price(draft.pk, Context(Mode.ON_SITE, (AIR,)), [Charge("PI026", "1")])

    assert refused.value.code == "unknown_item"
    assert [i.code for i in queries.items(draft.pk, words="PI026")] == []


def test_drafts_are_seen_by_those_who_may_edit(edition: Edition, agent: Actor, admin: Actor) -> None:
    edition("default")

    assert set(access.visible_to(agent).values_list("code", flat=True)) == {"default", "前锋", "奥普"}
    assert set(access.visible_to(admin).values_list("code", flat=True)) == {"default", "前锋", "奥普", "example"}
    assert [access.can_edit(actor, edition("example")) for actor in (agent, admin)] == [False, True]
    assert [book.code for book in queries.books()] == ["前锋", "奥普", "default", "example"]


@pytest.mark.req("R-178")
def test_the_help_tells_every_rule_that_a_line_can_name() -> None:
    sections = queries.help_sections()

    assert [str(section.title) for section in sections] == [
        "金额从哪里来", "用哪一本价目", "项目的三种价格", "上门、极速、到店", "不修、取消、未查出", "保内谁付", "规则编号",
    ]  # fmt: skip
    assert [str(text).split("：")[0] for text in sections[-1].paragraphs] == [rule.value for rule in RULE_LABELS]
