"""Verbs on price books: the seed, editions, changes to a draft, publishing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest

from gongdan.audit.models import Event
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.pricing import actions, queries
from gongdan.pricing.events import Verb
from gongdan.pricing.models import PriceBook, PriceItem, Proposal
from gongdan.pricing.rules import BookPolicy, Charge, Context, Device
from gongdan.pricing.states import Basis, BookKind, BookStatus, Mode, Role

pytestmark = pytest.mark.django_db
Edition = Callable[..., PriceBook]
SPRING = date(2026, 4, 1)


def an_item(book: PriceBook, code: str) -> PriceItem:
    return book.items.get(code=code)


def test_the_seed_holds_three_books_in_force_and_an_example_that_is_not(seeded: int) -> None:
    books = list(PriceBook.objects.order_by("pk").values_list("code", "kind", "brand", "status", "edition"))

    assert books == [
        ("default", "store", "", "published", 1),
        ("前锋", "brand", "前锋", "published", 1),
        ("奥普", "brand", "奥普", "published", 1),
        ("example", "store", "", "draft", 1),
    ]
    assert PriceItem.objects.filter(book__code="default").count() == 109 + 1
    assert PriceItem.objects.filter(book__code="前锋", is_borrowed=False).count() == 16 * 3 + 3
    assert seeded == PriceItem.objects.count() + Proposal.objects.count()


def test_the_seed_may_run_again_and_changes_nothing(seeded: int, now: datetime) -> None:
    Proposal.objects.filter(category_name="电视").delete()

    assert actions.load_seed(by=SYSTEM, at=now) == 0
    assert not Proposal.objects.filter(category_name="电视").exists()


def test_the_seed_says_on_the_item_that_the_shop_set_the_labour(edition: Edition) -> None:
    compressor = an_item(edition("default"), "PI031")

    assert (compressor.price_fen, compressor.labour_fen, compressor.note) == (
        150000,
        40000,
        "主要部件；工费部分由本店设定",
    )
    assert not [i for i in PriceItem.objects.filter(kind="with_part") if "工费部分由本店设定" not in i.note]


@pytest.mark.parametrize("code", ["default", "前锋", "奥普"])
def test_the_seeded_books_could_be_published_as_they_are(code: str, edition: Edition) -> None:
    assert queries.problems_of(edition(code).pk) == []


def test_a_brands_book_borrows_what_is_chosen_by_hand_and_no_fee_of_the_way(edition: Edition) -> None:
    borrowed = set(edition("奥普").items.filter(is_borrowed=True).values_list("role", flat=True))

    assert borrowed == {Role.WORK, Role.EXTRA, Role.PACKAGE, Role.PICK_UP}
    assert an_item(edition("奥普"), "PI037").price_fen == 8000


@pytest.mark.req("R-176")
def test_a_published_edition_never_changes(edition: Edition, admin: Actor, now: datetime) -> None:
    book = edition("default")

    with pytest.raises(Refused) as item_refused:
        actions.edit_item(an_item(book, "PI021").pk, seen=1, price_fen=20000, by=admin, at=now)
    with pytest.raises(Refused) as policy_refused:
        actions.edit_policy(book.pk, BookPolicy(), seen=1, by=admin, at=now)
    with pytest.raises(Refused):
        actions.add_item(book.pk, code="X1", name="新项目", by=admin, at=now)
    with pytest.raises(Refused):
        actions.edit_book(book.pk, seen=1, name="改名", by=admin, at=now)

    assert str(item_refused.value) == str(policy_refused.value) == "门店价目 第 1 版已发布，不能修改；请先开始新的一版"
    assert an_item(book, "PI021").price_fen == 18000


@pytest.mark.req("R-176")
def test_a_new_edition_takes_over_on_its_day_and_old_quotes_keep_their_price(
    edition: Edition, admin: Actor, now: datetime
) -> None:
    draft = actions.start_new_version(edition("default").pk, by=admin, at=now)
    actions.edit_item(an_item(draft, "PI021").pk, seen=1, price_fen=20000, labour_fen=8000, by=admin, at=now)

    new = actions.publish_book(draft.pk, seen=1, valid_from=SPRING, by=admin, at=now)

    old = edition("default")
    context = Context(Mode.ON_SITE, (Device("1", category="空调"),))
    prices = [queries.price(book.pk, context, [Charge("PI021", "1")]).due_fen for book in (old, new)]
    assert prices == [23000, 25000]
    assert (old.status, old.valid_to) == (BookStatus.PUBLISHED, date(2026, 3, 31))
    assert (new.status, new.valid_from, new.valid_to, new.published_by_id) == (
        BookStatus.PUBLISHED, SPRING, None, admin.id,
    )  # fmt: skip
    assert [queries.book_for(0, day=day).pk for day in (date(2026, 3, 31), SPRING)] == [old.pk, new.pk]
    facts = Event.objects.get(verb=Verb.PUBLISHED).facts
    assert (facts["name"], facts["edition"], facts["day"]) == ("门店价目", 2, "2026-04-01")


def test_a_later_edition_that_never_came_into_force_is_retired(edition: Edition, admin: Actor, now: datetime) -> None:
    later = actions.start_new_version(edition("default").pk, by=admin, at=now)
    actions.publish_book(later.pk, seen=1, valid_from=date(2026, 6, 1), by=admin, at=now)
    sooner = actions.start_new_version(later.pk, by=admin, at=now)

    actions.publish_book(sooner.pk, seen=1, valid_from=SPRING, by=admin, at=now)

    assert edition("default", 2).status == BookStatus.RETIRED
    assert queries.book_for(0, day=date(2026, 7, 1)).edition == 3


def test_only_one_draft_of_a_book_is_worked_on(edition: Edition, admin: Actor, now: datetime) -> None:
    actions.start_new_version(edition("default").pk, by=admin, at=now)

    with pytest.raises(Refused) as refused:
        actions.start_new_version(edition("default").pk, by=admin, at=now)

    assert str(refused.value) == "门店价目 第 2 版还是草稿，请在草稿上修改"


@pytest.mark.req("O-009")
def test_two_travel_models_in_one_book_are_not_published_and_both_are_named(
    edition: Edition, admin: Actor, now: datetime
) -> None:
    draft = actions.start_new_version(edition("default").pk, by=admin, at=now)
    actions.add_item(
        draft.pk, code="PR17", name="超区路费(远程费)", unit="公里", role="remote_fee", price_fen=200, by=admin, at=now
    )

    with pytest.raises(Refused) as refused:
        actions.publish_book(draft.pk, seen=1, valid_from=SPRING, by=admin, at=now)

    assert str(refused.value) == (
        "不能发布：“上门费(市区外加收)”和“超区路费(远程费)”是两种路费，一本价目只能有一种，请停用其中一项"
    )
    assert PriceBook.objects.get(pk=draft.pk).status == BookStatus.DRAFT


@pytest.mark.req("O-009")
def test_a_height_of_two_and_a_half_metres_without_a_price_is_not_published(
    edition: Edition, admin: Actor, now: datetime
) -> None:
    draft = actions.start_new_version(edition("default").pk, by=admin, at=now)
    policy = replace(queries.policy(draft.pk), height_free_below_cm=200)
    actions.edit_policy(draft.pk, policy, seen=1, by=admin, at=now)

    with pytest.raises(Refused) as refused:
        actions.publish_book(draft.pk, seen=2, valid_from=SPRING, by=admin, at=now)

    assert str(refused.value) == "不能发布：高度 2 米至 3 米没有价格，请补上这一档"
    event = Event.objects.get(verb=Verb.POLICY_EDITED)
    assert event.facts["changes"] == {"height_free_below_cm": [300, 200]}


@pytest.mark.req("O-009")
def test_a_second_book_for_the_same_place_is_not_published(edition: Edition, admin: Actor, now: datetime) -> None:
    rival = actions.add_book(
        code="second", name="第二本", kind=BookKind.STORE, borrows_from=edition("default").pk, by=admin, at=now
    )
    for code, role, name in (("A", "visit", "上门费"), ("B", "distance", "超公里"), ("C", "inspection", "检测费")):
        actions.add_item(rival.pk, code=code, name=name, role=role, price_fen=1000, by=admin, at=now)

    with pytest.raises(Refused) as refused:
        actions.publish_book(rival.pk, seen=1, valid_from=SPRING, by=admin, at=now)
    actions.retire(edition("default").pk, seen=1, by=admin, at=now)
    actions.publish_book(rival.pk, seen=1, valid_from=SPRING, by=admin, at=now)

    assert str(refused.value) == "“门店价目”与“第二本”适用范围相同、日期重叠，请先停用其中一本"
    assert queries.book_for(0, day=SPRING).name == "第二本"


def test_the_example_book_is_not_published_before_its_gaps_are_filled(
    edition: Edition, admin: Actor, now: datetime
) -> None:
    with pytest.raises(Refused) as refused:
        actions.publish_book(edition("example").pk, seen=1, valid_from=SPRING, by=admin, at=now)

    assert str(refused.value) == (
        "不能发布：1 公里至 3 公里没有上门费，请补上这一档；5 公里以上没有上门费，请补上这一档"
    )


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"price_fen": -1}, {"price_fen": "金额应在 0 到 ¥10,000,000,000.00 之间，请更正"}),
        ({"labour_fen": 99999}, {"labour_fen": "其中的工费不能大于单价 ¥180.00"}),
        ({"labour_fen": None}, {"labour_fen": "含件价请填写其中的工费"}),
        ({"name": " "}, {"name": "请填写项目名称"}),
        ({"kind": "gift"}, {"kind": "没有“gift”这一项，请从列表中选择"}),
        ({"role": "rounding"}, {"role": "没有“rounding”这一项，请从列表中选择"}),
        ({"mode": "rocket"}, {"mode": "没有“rocket”这一项，请从列表中选择"}),
        ({"from_cm": 300, "to_cm": 300}, {"to_cm": "高度到应大于高度从"}),
        ({"excludes": "PI025"}, {"excludes": "请填写项目编号，多个编号分开写"}),
        ({"variants": [{"price_fen": "8"}]}, {"variants": "“8”填在这里不对，请检查价目规则"}),
        ({"variants": 5}, {"variants": "其他价格的写法不对，请重新填写"}),
        ({"note": "长" * 301}, {"note": "最多 300 个字，现在有 301 个，请缩短"}),
    ],
)
def test_a_wrong_figure_is_refused_and_nothing_is_saved(
    fields: dict[str, object], errors: dict[str, str], now: datetime
) -> None:
    draft = actions.add_book(code="own", name="自定价目", kind=BookKind.STORE, by=SYSTEM, at=now)
    item = actions.add_item(
        draft.pk, code="A", name="加氟", kind="with_part", price_fen=18000, labour_fen=8000, by=SYSTEM, at=now
    )

    with pytest.raises(Invalid) as refused:
        actions.edit_item(item.pk, seen=1, by=SYSTEM, at=now, **fields)

    assert {name: str(text) for name, text in refused.value.errors.items()} == errors
    assert an_item(draft, "A").version == 1


def test_a_changed_price_is_the_shops_own_from_then_on(edition: Edition, admin: Actor, now: datetime) -> None:
    draft = actions.start_new_version(edition("default").pk, by=admin, at=now)

    actions.edit_item(an_item(draft, "PI035").pk, seen=1, price_fen=28000, by=admin, at=now)

    item = an_item(draft, "PI035")
    assert (item.price_fen, item.basis, item.version) == (28000, Basis.OWN, 2)
    facts = Event.objects.get(verb=Verb.ITEM_EDITED).facts
    assert (facts["name"], facts["changes"]) == ("挂机移机", {"price_fen": [26000, 28000]})


def test_saving_what_is_there_already_writes_nothing(edition: Edition, admin: Actor, now: datetime) -> None:
    draft = actions.start_new_version(edition("default").pk, by=admin, at=now)

    actions.edit_item(an_item(draft, "PI035").pk, seen=1, price_fen=26000, by=admin, at=now)

    assert an_item(draft, "PI035").version == 1
    assert not Event.objects.filter(verb=Verb.ITEM_EDITED).exists()


def test_the_slower_of_two_clerks_is_told(edition: Edition, admin: Actor, now: datetime) -> None:
    draft = actions.start_new_version(edition("default").pk, by=admin, at=now)
    item = an_item(draft, "PI035")
    actions.edit_item(item.pk, seen=1, price_fen=28000, by=admin, at=now)

    with pytest.raises(Stale):
        actions.edit_item(item.pk, seen=1, price_fen=30000, by=admin, at=now)
    with pytest.raises(Stale):
        actions.publish_book(draft.pk, seen=7, valid_from=SPRING, by=admin, at=now)


def test_prices_are_changed_and_published_only_with_the_right(edition: Edition, agent: Actor, now: datetime) -> None:
    book = edition("example")

    for attempt in (
        lambda: actions.start_new_version(book.pk, by=agent, at=now),
        lambda: actions.edit_item(an_item(book, "EX01").pk, seen=1, price_fen=1, by=agent, at=now),
        lambda: actions.publish_book(book.pk, seen=1, valid_from=SPRING, by=agent, at=now),
        lambda: actions.retire(edition("default").pk, seen=1, by=agent, at=now),
        lambda: actions.load_seed(by=agent, at=now),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_a_taken_code_and_missing_things_are_named(edition: Edition, admin: Actor, now: datetime) -> None:
    book = edition("example")

    with pytest.raises(Invalid) as taken:
        actions.add_item(book.pk, code="EX01", name="又一项", by=admin, at=now)
    with pytest.raises(Invalid) as book_taken:
        actions.add_book(code="default", name="", kind=BookKind.BRAND, by=admin, at=now)
    with pytest.raises(Missing):
        actions.edit_item(0, seen=1, by=admin, at=now)

    assert str(taken.value) == "项目编号 EX01 已被使用，请换一个"
    assert {field: str(text) for field, text in book_taken.value.errors.items()} == {
        "code": "价目编号 default 已被使用，请换一个",
        "name": "请填写价目名称",
        "brand": "品牌价目请选择品牌",
    }


def test_a_proposal_is_added_once_and_removed(edition: Edition, admin: Actor, now: datetime) -> None:
    edition("default")
    row = actions.add_proposal(category="空调", part="遥控器", item_code="PI045", by=admin, at=now)

    with pytest.raises(Refused):
        actions.add_proposal(category="空调", part="遥控器", item_code="PI045", by=admin, at=now)
    with pytest.raises(Invalid):
        actions.add_proposal(category="", part="遥控器", item_code="nothing", by=admin, at=now)
    actions.remove_proposal(row.pk, by=admin, at=now)

    assert not Proposal.objects.filter(part_name="遥控器").exists()
