"""Taking numbers: unique under parallel saves, each series for itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from gongdan.kernel.errors import Refused
from gongdan.numbering.actions import take, take_gapless

MONDAY, TUESDAY = date(2026, 3, 9), date(2026, 3, 10)


def order_number(pattern: str = "{kind}{site}{yymmdd}-{n:04d}", *, site: int = 1, day: date = MONDAY) -> str:
    return take("GD", site_id=site, site_code={1: "TH", 2: "PY"}[site], day=day, pattern=pattern)


@pytest.mark.django_db
def test_each_site_and_day_counts_for_itself() -> None:
    numbers = [order_number(), order_number(), order_number(site=2), order_number(day=TUESDAY)]

    assert numbers == ["GDTH260309-0001", "GDTH260309-0002", "GDPY260309-0001", "GDTH260310-0001"]


@pytest.mark.django_db
def test_sites_share_a_series_when_the_number_does_not_show_the_site() -> None:
    pattern = "{kind}{yymmdd}-{n:04d}"

    assert [order_number(pattern), order_number(pattern, site=2)] == ["GD260309-0001", "GD260309-0002"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pattern", "numbers"),
    [
        ("{kind}{yyyymmdd}{n:03d}", ["GD20260309001", "GD20260310001"]),
        ("{kind}{yymm}-{n:04d}", ["GD2603-0001", "GD2603-0002"]),
        ("{kind}-{n}", ["GD-1", "GD-2"]),
        ("修{yymmdd}-{n:02d}", ["修260309-01", "修260310-01"]),
    ],
)
def test_a_series_is_as_long_as_the_date_in_the_number(pattern: str, numbers: list[str]) -> None:
    assert [order_number(pattern), order_number(pattern, day=TUESDAY)] == numbers


@pytest.mark.django_db
def test_kinds_count_apart() -> None:
    pattern = "{kind}{yymmdd}-{n:02d}"
    facts: dict[str, Any] = {"site_id": 1, "site_code": "TH", "day": MONDAY, "pattern": pattern}

    assert [take("GD", **facts), take("JS", **facts)] == ["GD260309-01", "JS260309-01"]


@pytest.mark.django_db
def test_a_wrong_pattern_takes_no_number() -> None:
    with pytest.raises(Refused):
        order_number("{site}{n}")

    assert order_number() == "GDTH260309-0001"


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("R-032")
def test_parallel_saves_never_get_the_same_number() -> None:
    def save(_: int) -> list[str]:
        try:
            numbers = []
            for _turn in range(10):
                with transaction.atomic():
                    numbers.append(order_number())
            return numbers
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        numbers = [number for given in threads.map(save, range(8)) for number in given]

    assert sorted(numbers) == [f"GDTH260309-{n:04d}" for n in range(1, 81)]


@pytest.mark.django_db(transaction=True)
def test_a_posting_that_fails_leaves_no_gap_even_among_parallel_ones() -> None:
    def post(turn: int) -> str | None:
        try:
            with transaction.atomic():
                number = take_gapless(
                    "SK", site_id=1, site_code="TH", day=MONDAY, pattern="{kind}{site}{yymmdd}-{n:04d}"
                )
                if turn % 3 == 0:
                    transaction.set_rollback(True)
                    return None
            return number
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        numbers = [number for number in threads.map(post, range(48)) if number]

    assert sorted(numbers) == [f"SKTH260309-{n:04d}" for n in range(1, 33)]


@pytest.mark.django_db(transaction=True)
def test_a_gapless_number_outside_a_transaction_is_a_mistake_of_the_program() -> None:
    with pytest.raises(AssertionError):
        take_gapless("SK", site_id=1, site_code="TH", day=MONDAY, pattern="{kind}-{n}")
