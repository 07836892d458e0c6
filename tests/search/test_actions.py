"""Putting, replacing and dropping: what is found always follows what was put last."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from gongdan.search.actions import drop, put, put_many
from gongdan.search.models import IndexRow
from gongdan.search.queries import Hit, find
from gongdan.search.rules import Card

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 11, 2, tzinfo=UTC)


def put_order(order_id: int, text: str, *, site: int = 1, at: datetime = NOW, digits: tuple[str, ...] = ()) -> None:
    put("order", order_id, site_id=site, text=text, at=at, digits=digits)


def found(typed: str) -> list[int]:
    return [hit.id for hit in find(typed, site_ids=None)]


def test_what_was_put_is_found_and_what_was_dropped_is_not() -> None:
    put_order(1, "王小明 文三路 不制冷")
    put_order(2, "王小芳 文一路 漏水")

    drop("order", 1)

    assert (found("王小"), found("制冷"), IndexRow.objects.count()) == ([2], [], 1)


def test_dropping_what_is_not_there_does_no_harm() -> None:
    drop("order", 99)

    assert IndexRow.objects.count() == 0


def test_a_second_put_replaces_words_keys_and_site() -> None:
    put_order(1, "王小明 不制冷", digits=("13800138000",))

    put_order(1, "李建国 漏水", digits=("13900139000",), site=2)

    gone = [found("王小明"), found("制冷"), found("8000"), find("漏水", site_ids=frozenset({1}))]
    assert gone == [[], [], [], []]
    assert find("李建国 9000", site_ids=frozenset({2})) == [Hit("order", 1)]
    assert IndexRow.objects.count() == 1


def test_a_thing_that_moves_in_time_leaves_nothing_behind() -> None:
    put_order(1, "王小明 旧文字", at=NOW)
    put_order(2, "王小芳", at=NOW + timedelta(days=1))

    put_order(1, "王小明 新文字", at=NOW + timedelta(days=2))

    assert (found("王小"), found("旧文"), found("新文")) == ([1, 2], [], [1])


def test_one_id_in_two_kinds_is_two_things() -> None:
    put_order(7, "王小明")
    put("customer", 7, site_id=1, text="王小明", at=NOW)

    drop("order", 7)

    assert find("王小明", site_ids=None) == [Hit("customer", 7)]


def test_a_put_that_is_rolled_back_is_not_found() -> None:
    with transaction.atomic():
        put_order(1, "王小明")
        transaction.set_rollback(True)

    assert found("王小明") == []


@pytest.mark.parametrize("again", [False, True])
def test_a_put_costs_two_statements_at_most(again: bool) -> None:
    if again:
        put_order(1, "王小明 文三路", digits=("13800138000",))

    with CaptureQueriesContext(
        connection,
    ) as queries:
        put_order(1, "王小明 文一路", digits=("13800138000", "GD260311-0001"))

    assert len(queries) == {"sqlite": 2, "postgresql": 1}[connection.vendor]


def test_many_are_put_at_once_and_the_later_of_two_cards_holds() -> None:
    cards = [Card("device", n, 1, f"第{n}台 空调", NOW, serials=(f"SN{n:06d}",)) for n in range(1, 1203)]

    put_many([*cards, Card("device", 7, 1, "冰箱", NOW)])

    assert IndexRow.objects.count() == 1202
    assert (found("sn001202"), found("SN000007"), found("冰箱")) == ([1202], [], [7])


def test_no_cards_are_no_work(django_assert_num_queries: Callable[..., object]) -> None:
    with django_assert_num_queries(0):  # type: ignore[attr-defined]  # a context manager
        put_many([])


@pytest.mark.django_db(transaction=True)
def test_parallel_puts_of_the_same_and_of_other_things_all_arrive() -> None:
    def save(turn: int) -> None:
        try:
            with transaction.atomic():
                put_order(turn % 10, f"王小明 第{turn}次", digits=(f"138{turn:08d}",))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(save, range(80)))

    assert sorted(found("王小明")) == list(range(10))
    assert IndexRow.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_emptying_the_table_empties_the_index_too() -> None:
    put_order(1, "王小明")

    IndexRow.objects.all().delete()
    put_order(2, "李建国")

    assert (found("王小明"), found("李建国")) == ([], [2])
