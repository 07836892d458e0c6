"""Amounts in capitals by the rules of the banks."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongdan.kernel.capitals import capitals
from gongdan.kernel.money import MAX_FEN, Fen

FIGURES = "零壹贰叁肆伍陆柒捌玖"


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (140950, "壹仟肆佰零玖元伍角"),  # the first five are the central bank's own examples
        (600714, "陆仟零柒元壹角肆分"),
        (168032, "壹仟陆佰捌拾元叁角贰分"),
        (10700053, "壹拾万零柒仟元伍角叁分"),
        (1640902, "壹万陆仟肆佰零玖元零贰分"),
        (32504, "叁佰贰拾伍元零肆分"),
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角"),
        (55, "伍角伍分"),
        (100, "壹元整"),
        (101, "壹元零壹分"),
        (1000, "壹拾元整"),
        (1100, "壹拾壹元整"),
        (2000, "贰拾元整"),
        (10000, "壹佰元整"),
        (10100, "壹佰零壹元整"),
        (11000, "壹佰壹拾元整"),
        (100000, "壹仟元整"),
        (100100, "壹仟零壹元整"),
        (101000, "壹仟零壹拾元整"),
        (110000, "壹仟壹佰元整"),
        (123450, "壹仟贰佰叁拾肆元伍角"),
        (1000000, "壹万元整"),
        (1000100, "壹万零壹元整"),
        (1001000, "壹万零壹拾元整"),
        (1010000, "壹万零壹佰元整"),
        (1100000, "壹万壹仟元整"),
        (10000000, "壹拾万元整"),
        (10010000, "壹拾万零壹佰元整"),
        (12345678, "壹拾贰万叁仟肆佰伍拾陆元柒角捌分"),
        (200010000, "贰佰万零壹佰元整"),
        (10000000000, "壹亿元整"),
        (10000000100, "壹亿零壹元整"),
        (10001000100, "壹亿零壹万零壹元整"),
        (100000000000, "壹拾亿元整"),
        (123456789012, "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"),
        (MAX_FEN, "壹佰亿元整"),
        (-31800, "负叁佰壹拾捌元整"),
        (-5, "负伍分"),
    ],
)
def test_capitals_follow_the_rules_of_the_banks(fen: int, words: str) -> None:
    assert capitals(Fen(fen)) == words


@given(st.integers(-MAX_FEN, MAX_FEN))
def test_capitals_read_back_to_the_same_amount(fen: int) -> None:
    assert read_back(capitals(Fen(fen))) == fen


@given(st.integers(0, MAX_FEN))
def test_capitals_never_stutter(fen: int) -> None:
    words = capitals(Fen(fen))

    assert "零零" not in words
    assert not re.search(r"零[万亿角分整]|[拾佰仟][拾佰仟]|(^|零)[拾佰仟]", words)
    assert words.endswith("整") is (fen % 100 == 0)


def read_back(words: str) -> int:
    """The fen that these capitals say, read by places."""
    whole, _yuan, cents = words.removeprefix("负").removesuffix("整").rpartition("元")
    fen = 100 * read_whole(whole)
    fen += sum(FIGURES.index(n) * (10 if unit == "角" else 1) for n, unit in re.findall(r"(.)([角分])", cents))
    return -fen if words.startswith("负") else fen


def read_whole(words: str) -> int:
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        high, found, low = words.rpartition(unit)
        if found:
            return read_whole(high) * size + read_whole(low)
    places = {"": 1, "拾": 10, "佰": 100, "仟": 1000}
    return sum(
        FIGURES.index(n) * places[place] for n, place in re.findall(r"([零壹贰叁肆伍陆柒捌玖])([拾佰仟]?)", words)
    )
