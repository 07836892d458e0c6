"""Money in whole fen."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongdan.kernel.errors import Refused
from gongdan.kernel.money import MAX_FEN, Fen, parse_yuan, percent_of, yuan


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("150", 15000),
        ("150元", 15000),
        ("150 块", 15000),
        ("150元整", 15000),
        ("¥1,234.50", 123450),
        ("￥１，２３４．５", 123450),
        ("３０", 3000),
        (" 0.01 ", 1),
        ("-12.3", -1230),
        ("－12.3", -1230),
        ("0", 0),
        ("10000000000", MAX_FEN),
    ],
)
def test_typed_and_pasted_amounts_are_read(typed: str, fen: int) -> None:
    assert parse_yuan(typed) == fen


@pytest.mark.parametrize(
    "typed", ["", "abc", "1.234", "1e5", "1.2.3", "--5", "NaN", "∞", "٣", "5 元 5 角", "9" * 500, "1\n2"]
)
def test_what_is_no_amount_is_refused_with_the_way_out(typed: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_yuan(typed)

    assert str(refusal.value) == f"“{typed[:40]}”不是金额，请填写数字，如 150 或 150.50"
    assert refusal.value.code == "amount"


@pytest.mark.parametrize("typed", ["10000000000.01", "-9999999999999"])
def test_an_amount_beyond_all_measure_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match="太大，请检查是否多输了数字"):
        parse_yuan(typed)


@given(st.integers(-MAX_FEN, MAX_FEN))
def test_what_is_printed_reads_back_to_the_same_amount(fen: int) -> None:
    assert parse_yuan(yuan(fen)) == fen
    assert parse_yuan(f"¥{yuan(fen)}元") == fen


@pytest.mark.parametrize(
    ("fen", "percent", "share"),
    [
        (10000, 50, 5000),
        (1, 50, 1),
        (101, Decimal("12.5"), 13),
        (333, Decimal("33.3"), 111),
        (-1, 50, -1),
        (0, 30, 0),
    ],
)
def test_shares_round_half_up_to_the_fen(fen: int, percent: Decimal | int, share: int) -> None:
    assert percent_of(Fen(fen), percent) == share


@given(st.integers(0, MAX_FEN), st.integers(0, 100))
def test_a_share_and_the_rest_differ_from_the_whole_by_at_most_one_fen(fen: int, percent: int) -> None:
    both = percent_of(Fen(fen), percent) + percent_of(Fen(fen), 100 - percent)

    assert abs(both - fen) <= 1
