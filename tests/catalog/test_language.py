from __future__ import annotations

from datetime import datetime

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from gongdan.catalog import actions, queries, rules, states
from gongdan.catalog.models import Apology, Category, CodeAdvice, ForbiddenWord
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Stale

pytestmark = pytest.mark.django_db


def broadband() -> int:
    return Category.objects.get(code="broadband").pk


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("691", "691"),
        ("错误691", "691"),
        (" ６９１ ", "691"),
        ("拨号时显示 691，密码没改过", "691"),
        ("769", "769"),
        ("646", "645/646"),
        ("645/646", "645/646"),
    ],
)
def test_a_code_that_the_phone_solves_is_found_however_it_is_typed(catalog: None, typed: str, words: str) -> None:
    found = queries.advice_for(broadband(), typed)

    assert found is not None
    assert (found.words, found.is_by_phone) == (words, True)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("678", "678"),
        ("上网老掉线", "掉线/断线"),
        ("打游戏丢包", "掉包/丢包"),
        ("掉包", "掉包/丢包"),
        ("网速慢得很", "网速慢/速度慢/上网慢"),
    ],
)
def test_a_code_or_symptom_that_needs_a_visit_is_found_in_the_customers_words(
    catalog: None, typed: str, words: str
) -> None:
    found = queries.advice_for(broadband(), typed)

    assert found is not None
    assert (found.words, found.side) == (words, states.Side.VISIT)


def test_a_code_counts_before_a_symptom(catalog: None) -> None:
    found = queries.advice_for(broadband(), "老掉线，重拨显示691")

    assert found is not None
    assert found.words == "691"


@pytest.mark.parametrize("typed", ["", "  ", "16910", "屏幕碎了"])
def test_nothing_is_advised_where_no_code_is_named(catalog: None, typed: str) -> None:
    assert queries.advice_for(broadband(), typed) is None


def test_advice_belongs_to_its_category(catalog: None) -> None:
    assert queries.advice_for(Category.objects.get(code="phone").pk, "691") is None
    assert queries.advice_for(None, "691") is None


def test_advice_costs_one_query(catalog: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    category_id = broadband()
    with django_assert_num_queries(1):
        queries.advice_for(category_id, "掉线")


def test_every_code_that_the_phone_solves_has_steps_to_read_out_and_questions(catalog: None) -> None:
    rows = queries.all_advice(category_id=broadband())

    assert [row.words for row in rows if not row.steps or not row.questions] == []
    assert {"691", "769"} <= {row.words for row in rows if row.side == states.Side.PHONE and len(row.steps) >= 4}


def test_the_shop_changes_the_advice(catalog: None, admin: Actor, now: datetime) -> None:
    row = CodeAdvice.objects.get(words="678")

    actions.edit_advice(row.pk, seen=1, side="phone", steps=["请重启光猫"], by=admin, at=now)

    found = queries.advice_for(row.category_id, "678")
    assert found is not None
    assert (found.is_by_phone, found.steps) == (True, ("请重启光猫",))
    with pytest.raises(Stale):
        actions.edit_advice(row.pk, seen=1, side="visit", by=admin, at=now)


def test_no_two_rows_of_advice_answer_to_one_code(catalog: None, admin: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.add_advice(category_id=broadband(), words="800/646", side="visit", by=admin, at=now)

    assert str(refusal.value) == "“645/646”已有处理建议，请直接修改那一条"


def test_advice_that_is_out_of_use_is_not_given(catalog: None, admin: Actor, now: datetime) -> None:
    row = CodeAdvice.objects.get(words="691")
    actions.edit_advice(row.pk, seen=1, is_active=False, by=admin, at=now)

    assert queries.advice_for(row.category_id, "691") is None


def test_only_holders_of_the_permission_change_words(catalog: None, agent: Actor, now: datetime) -> None:
    with pytest.raises(Forbidden):
        actions.add_advice(category_id=broadband(), words="999", side="visit", by=agent, at=now)
    with pytest.raises(Forbidden):
        actions.add_forbidden_word(word="坏话", by=agent, at=now)
    with pytest.raises(Forbidden):
        actions.add_apology(kind="delay", text="因为{reason}", by=agent, at=now)


@pytest.mark.parametrize(
    "text",
    [
        "你是白痴吗",
        "你 是 白 痴 吗",
        "白-痴",
        "what the FUCK",
        "ＦＵＣＫ",
        "他媽的",
        "滾出去",
        "唐先生，妈的…",
        "媽的！",
        "妈 的，又坏了",
    ],
)
def test_a_forbidden_word_is_found_however_it_is_spaced_out(catalog: None, text: str) -> None:
    assert len(queries.foul_words_in(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "请您操作一下",
        "您母亲的手机修好了",
        "Mitsushita 型号 XF-100",
        "废物回收另收费",
        "妈妈的手机修好了",
        "您妈的，也修好了",
        "大妈的手机",
    ],
)
def test_decent_words_pass(catalog: None, text: str) -> None:
    assert queries.foul_words_in(text) == []
    queries.check_language("text", text)


def test_a_text_to_a_customer_with_a_forbidden_word_is_refused_and_names_the_word(catalog: None) -> None:
    with pytest.raises(Invalid) as refusal:
        queries.check_language("content", "您这是无理取闹，白痴")

    assert refusal.value.field == "content"
    assert str(refusal.value) == "含有禁用语“白痴、无理取闹”，不能发给客户，请换一种说法"


def test_the_shop_extends_its_list_and_takes_a_word_off_it(catalog: None, admin: Actor, now: datetime) -> None:
    row = actions.add_forbidden_word(word="爱买不买", by=admin, at=now)
    assert queries.foul_words_in("你爱买不买") == ["爱买不买"]

    actions.edit_forbidden_word(row.pk, seen=1, is_active=False, by=admin, at=now)
    assert queries.foul_words_in("你爱买不买") == []


@pytest.mark.parametrize(
    ("word", "sentence"),
    [("操", "请填写两个字以上的词，单个字会误伤正常的话"), ("白 痴", "“白 痴”已经在禁用语里了")],
)
def test_a_word_that_would_stop_decent_texts_or_stands_there_is_refused(
    catalog: None, admin: Actor, now: datetime, word: str, sentence: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.add_forbidden_word(word=word, by=admin, at=now)

    assert str(refusal.value) == sentence


def test_apologies_are_seeded_for_delay_rebooking_and_repeat_fault_with_a_place_for_the_reason(catalog: None) -> None:
    assert list(dict.fromkeys(str(states.APOLOGY_KIND_LABELS[states.ApologyKind(a.kind)]) for a in queries.apologies())) == [
        "晚到", "改约", "重复故障",
    ]  # fmt: skip
    assert all("{reason}" in row.text for row in queries.apologies())
    assert {row.kind for row in queries.apologies(states.ApologyKind.DELAY)} == {"delay"}


def test_an_apology_without_a_place_for_the_reason_is_refused(catalog: None, admin: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.add_apology(kind="delay", text="对不起", by=admin, at=now)

    assert str(refusal.value) == "请在要说原因的地方写上 {reason}"
    row = Apology.objects.order_by("pk")[0]
    assert (
        actions.edit_apology(row.pk, seen=1, text="抱歉，因为{reason}", by=admin, at=now).text == "抱歉，因为{reason}"
    )


@pytest.mark.req("R-198")
def test_the_limit_of_long_handling_is_120_minutes_and_each_category_may_have_its_own(
    catalog: None, admin: Actor, now: datetime
) -> None:
    assert set(Category.objects.values_list("long_minutes", flat=True)) == {120}
    row = Category.objects.get(code="printer")

    actions.edit_category(row.pk, seen=1, long_minutes=90, by=admin, at=now)

    assert queries.category(row.pk).long_minutes == 90
    with pytest.raises(Invalid):
        actions.edit_category(row.pk, seen=2, long_minutes=0, by=admin, at=now)


def test_broadband_is_the_category_that_asks_for_a_preliminary_diagnosis(catalog: None) -> None:
    assert list(Category.objects.filter(needs_preliminary=True).values_list("name", flat=True)) == ["宽带/ONU"]


def test_a_shop_that_is_there_gets_the_words_that_are_new_and_keeps_its_own(
    catalog: None, admin: Actor, now: datetime
) -> None:
    ForbiddenWord.objects.filter(word="妈的").delete()
    actions.edit_forbidden_word(ForbiddenWord.objects.get(word="傻子").pk, seen=1, is_active=False, by=admin, at=now)

    counts = [actions.load_seed(by=admin, at=now) for _run in range(2)]

    assert counts == [1, 0]
    assert ForbiddenWord.objects.get(word="妈的").is_active
    assert not ForbiddenWord.objects.get(word="傻子").is_active


def test_words_are_seeded_once(catalog: None) -> None:
    assert (CodeAdvice.objects.count(), ForbiddenWord.objects.count(), Apology.objects.count()) == (25, 41, 6)
    assert all(row.word_key == rules.plain(row.word) for row in ForbiddenWord.objects.all())
