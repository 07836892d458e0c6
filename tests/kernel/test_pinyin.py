"""Pinyin initials: people, places and brands are found by what a clerk would type."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongdan.kernel import pinyin
from gongdan.kernel.pinyin import initials, spellings

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("张伟", "zw"),
        ("单雄信", "sxx"),
        ("曾国藩", "zgf"),
        ("解晓东", "xxd"),
        ("仇英", "qy"),
        ("区志伟", "ozw"),
        ("查良镛", "zly"),
        ("覃海", "qh"),
        ("翟天临", "ztl"),
        ("任贤齐", "rxq"),
        ("盖文", "gw"),
        ("朴树", "ps"),
        ("乐毅", "yy"),
        ("种师道", "csd"),
        ("尉迟恭", "ycg"),
        ("万俟卨", "mqx"),
        ("单于丹", "cyd"),
        ("澹台明", "ttm"),
        ("长孙无忌", "zswj"),
        ("欧阳修", "oyx"),
        ("諸葛亮", "zgl"),
        ("單先生", "sxs"),
        (" 曾小姐", "zxj"),
        ("Mr 单", "mrd"),
    ],
)
def test_a_surname_is_read_as_a_surname(name: str, typed: str) -> None:
    assert initials(name, is_name=True) == typed


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("单位", "dw"),
        ("解放路", "jfl"),
        ("重庆市", "cqs"),
        ("重量", "zl"),
        ("厦门银行", "xmyh"),
        ("大厦", "ds"),
        ("长沙", "cs"),
        ("长春市", "ccs"),
        ("上海市长宁区", "shscnq"),
        ("吉林省长春市", "jlsccs"),
        ("长安镇长虹专卖店", "cazchzmd"),
        ("店长", "dz"),
        ("西藏", "xz"),
        ("冷藏", "lc"),
        ("番禺区", "pyq"),
        ("东莞", "dg"),
        ("朝阳区", "cyq"),
        ("空调不制冷", "ktbzl"),
        ("调度", "dd"),
        ("弹簧", "th"),
        ("音乐", "yy"),
        ("乐山", "ls"),
        ("格力", "gl"),
        ("美的", "md"),
        ("海尔", "he"),
        ("长虹", "ch"),
        ("方太", "ft"),
        ("TCL彩电", "tclcd"),
        ("格力KFR-35GW", "glkfr35gw"),
        ("科技园一路8号3栋1205室", "kjyyl8h3d1205s"),
        ("Ａ１栋", "a1d"),
        ("二〇二六年", "eleln"),
        ("", ""),
        ("，。！ ", ""),
        ("Привет", ""),
    ],
)
def test_places_brands_and_phrases(text: str, typed: str) -> None:
    assert initials(text) == typed


def test_a_text_of_unknown_kind_has_both_its_spellings() -> None:
    assert spellings("单先生") == ("sxs", "dxs")
    assert spellings("张先生") == ("zxs",)


def test_every_entry_of_the_hand_written_tables_is_needed() -> None:
    listed = pinyin._ENTRY.findall(pinyin._SURNAMES + pinyin._PHRASES)

    needless = [
        word for word, reading in listed if reading == "".join(pinyin._letter(c, pinyin._letters()) for c in word)
    ]

    assert needless == []
    assert len({word for word, _reading in listed}) == len(listed)


def test_the_table_covers_the_whole_block_of_common_characters() -> None:
    letters = pinyin._letters()

    assert len(letters) == 0x9FFF - 0x4E00 + 1
    assert letters.count(".") < 100


def test_the_table_is_what_the_script_writes() -> None:
    checked = subprocess.run(
        [sys.executable, ROOT / "bin/make-pinyin", "--check"], capture_output=True, text=True, check=False
    )

    assert (checked.returncode, checked.stdout) == (0, "")


@given(st.text(max_size=200), st.booleans())
def test_any_text_gives_small_letters_and_digits(text: str, is_name: bool) -> None:
    found = initials(text, is_name=is_name)

    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789")
    assert len(found) <= 2 * len(text)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9F00), max_size=30))
def test_typing_on_only_adds_letters_within_characters_that_belong_to_no_phrase(text: str) -> None:
    assert len(initials(text)) <= len(text)
