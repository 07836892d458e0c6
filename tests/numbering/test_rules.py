"""Patterns of numbers: what is refused, and that what is accepted keeps numbers apart."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gongdan.kernel.errors import Refused
from gongdan.numbering.rules import pattern_of


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "编号规则要以流水号结尾，例如 {kind}{yymmdd}-{n:04d}"),
        ("{kind}{yymmdd}", "编号规则要以流水号结尾，例如 {kind}{yymmdd}-{n:04d}"),
        ("{n}{kind}", "编号规则要以流水号结尾，例如 {kind}{yymmdd}-{n:04d}"),
        ("{kind}{n}{n}", "编号规则里 {n} 只能出现一次"),
        ("{kind}{kind}{n}", "编号规则里 {kind} 只能出现一次"),
        ("{year}-{n}", "编号规则里的 {year} 不认识，可用 {kind} {site} {yyyymmdd} {yymmdd} {yymm} {n:04d}"),
        ("{n:9999d}", "编号规则里的 {n:9999d} 不认识，可用 {kind} {site} {yyyymmdd} {yymmdd} {yymm} {n:04d}"),
        ("{n.__class__}", "编号规则里的 {n.__class__} 不认识，可用 {kind} {site} {yyyymmdd} {yymmdd} {yymm} {n:04d}"),
        ("{kind-{n}", "编号规则里的花括号没有成对，请检查“{kind-{n}”"),
        ("GD/{n}", "编号规则里的“GD/”不能用，只能用文字、数字和 - _ ."),
        ("GD\n{n}", "编号规则里的“GD\n”不能用，只能用文字、数字和 - _ ."),
        ("{yymm}{yymmdd}{n}", "编号规则里只能有一个日期，请在 {yyyymmdd} {yymmdd} {yymm} 中选一个"),
        (
            "{site}{n:04d}",
            "编号规则含 {site} 时，流水号前面要有一个不是数字的分隔符，否则两个网点的编号可能相同，例如 {kind}{site}{yymmdd}-{n:04d}",
        ),
        (
            "{site}{yymmdd}{n:04d}",
            "编号规则含 {site} 时，流水号前面要有一个不是数字的分隔符，否则两个网点的编号可能相同，例如 {kind}{site}{yymmdd}-{n:04d}",
        ),
        ("很长" * 20 + "{n}", "编号太长（可能达到 49 个字），请缩短到 40 个字以内"),
    ],
)
def test_a_pattern_that_cannot_keep_numbers_apart_is_refused_with_the_way_out(typed: str, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        pattern_of(typed)

    assert (str(refusal.value), refusal.value.field) == (sentence, "pattern")


SITES = st.text("AB12", min_size=1, max_size=3)
DAYS = st.dates(date(2020, 1, 1), date(2039, 12, 31))
COUNTS = st.integers(1, 20000)
PATTERNS = st.sampled_from(
    [
        "{kind}{site}{yymmdd}-{n:04d}",
        "{site}-{n}",
        "{yymm}{site}.{n:02d}",
        "{kind}{yymmdd}{n:03d}",
        "{kind}-{n}",
        "{site}{yyyymmdd}_{n:04d}",
    ]
)


@given(PATTERNS, SITES, SITES, DAYS, DAYS, COUNTS, COUNTS)
def test_two_places_in_two_series_never_read_the_same(
    typed: str, site: str, other_site: str, day: date, other_day: date, n: int, other_n: int
) -> None:
    pattern = pattern_of(typed)
    place = (site if pattern.shows_site else "", pattern.series_day(day), n)
    other_place = (other_site if pattern.shows_site else "", pattern.series_day(other_day), other_n)
    assume(place != other_place)

    number = pattern.write(kind="GD", site_code=site, day=day, n=n)
    other_number = pattern.write(kind="GD", site_code=other_site, day=other_day, n=other_n)

    assert number != other_number
