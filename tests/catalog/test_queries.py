from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from gongdan.catalog import actions, queries
from gongdan.catalog.models import Brand, Category
from gongdan.kernel.actor import SYSTEM
from gongdan.kernel.errors import Missing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalog")]


def category(code: str) -> int:
    return Category.objects.get(code=code).pk


def brand(name: str) -> int:
    return Brand.objects.get(name=name).pk


@pytest.mark.parametrize(
    ("maker", "code", "expected"),
    [
        ("格力", "E1", ["F033"]),  # its own row: 系统高压保护
        ("美的", "E1", ["F035"]),  # the row for any brand: 室内传感器异常
        (None, "e1", ["F035"]),
        ("美的", "P2", ["F036"]),
        ("格力", "F0", ["F028"]),
        ("美的", "F0", []),  # only 格力 has it
        (None, "F0", ["F028"]),  # brand unknown: shown with its brand
        ("格力", "ZZ", []),
    ],
)
def test_an_error_code_is_read_by_brand_then_for_any_brand(maker: str | None, code: str, expected: list[str]) -> None:
    rows = queries.by_error_code(category("air_conditioner"), brand(maker) if maker else None, code)

    assert [row.code for row in rows] == expected


def test_a_look_up_by_code_tells_cause_remedy_and_part() -> None:
    (row,) = queries.by_error_code(category("broadband"), None, "678")

    assert (row.code, row.symptom, row.usual_mode, row.part) == ("F159", "宽带拨号无应答", "on_site", "ONU")
    assert row.cause.startswith("线路不通")
    assert row.remedy.startswith("看光猫灯")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("不制冷", ["F017", "F038"]),
        ("bzl", ["F017", "F038"]),
        ("F017", ["F017"]),
        ("内机 漏水", ["F022"]),
        ("E6", ["F034"]),
        ("四通阀", ["F024"]),
        ("没有这种事", []),
    ],
)
def test_faults_are_found_while_typing(words: str, expected: list[str]) -> None:
    assert [row.code for row in queries.faults(category("air_conditioner"), words)] == expected


@pytest.mark.parametrize("limit", [1, 3])
def test_a_search_for_faults_costs_one_query(django_assert_num_queries: Any, limit: int) -> None:
    air = category("air_conditioner")

    with django_assert_num_queries(1):
        assert len(queries.faults(air, "", limit)) == limit


def test_a_look_up_by_code_costs_two_queries(django_assert_num_queries: Any) -> None:
    air, gree = category("air_conditioner"), brand("格力")

    with django_assert_num_queries(2):
        queries.by_error_code(air, gree, "E1")


@pytest.mark.req("R-064")
def test_the_broadband_script_asks_for_the_error_code_and_the_lights() -> None:
    script = queries.questions(category("broadband"))

    assert script[0].text.startswith("故障现象是什么")
    assert script[0].category_id is None
    own = [(row.text, row.kind, row.choices) for row in script if row.category_id is not None]
    assert own[0] == ("拨号时出现什么错误代码", "text", [])
    assert own[2] == ("LOS 灯是什么状态", "choice", ["不亮", "红灯闪", "红灯常亮"])


def test_every_category_has_a_script_of_its_own() -> None:
    for row in queries.categories():
        assert [q for q in queries.questions(row.pk) if q.category_id == row.pk], row.name


@pytest.mark.parametrize("typed", ["格力", "GREE", "gree ", "格力电器", "ＧＲＥＥ"])
def test_a_brand_is_known_by_all_its_names(typed: str) -> None:
    found = queries.brand_named(typed)

    assert found is not None
    assert found.name == "格力"


@pytest.mark.parametrize("typed", ["", "  ", "没有这个牌子", "gre"])
def test_other_words_are_no_brand(typed: str) -> None:
    assert queries.brand_named(typed) is None


@pytest.mark.parametrize(
    ("typed", "code"),
    [("Mobile", "phone"), ("Printer/scanner", "printer"), ("家用空调器", "air_conditioner"), ("宽带", "broadband")],
)
def test_a_category_is_known_by_other_words_too(typed: str, code: str) -> None:
    found = queries.category_named(typed)

    assert found is not None
    assert found.code == code


def test_tables_of_names_serve_many_rows() -> None:
    assert queries.brand_ids()["samsung"] == brand("三星")
    assert queries.category_ids()["mobile"] == category("phone")


def test_brands_are_found_by_letters_and_initials() -> None:
    assert [row.name for row in queries.brands("hx")] == ["海信"]
    assert [row.name for row in queries.brands("huaw")] == ["华为"]


def test_an_inactive_category_is_not_offered(now: datetime) -> None:
    tablet = Category.objects.get(code="tablet")
    actions.edit_category(tablet.pk, seen=1, is_active=False, by=SYSTEM, at=now)

    assert "平板" not in [row.name for row in queries.categories()]
    assert "平板" in [row.name for row in queries.categories(with_inactive=True)]


def test_the_calendar_costs_one_query_once_it_is_known(django_assert_num_queries: Any) -> None:
    queries.working_calendar()

    with django_assert_num_queries(1):
        queries.working_calendar()


def test_single_rows_are_found_or_refused() -> None:
    assert queries.category(category("tv")).name == "电视"
    assert queries.brand(brand("格力")).buffer_rule == "next_month"
    assert queries.fault(queries.faults(None, "F001")[0].id).code == "F001"
    for find in (queries.category, queries.brand, queries.fault, queries.product_model):
        with pytest.raises(Missing):
            find(10**9)
