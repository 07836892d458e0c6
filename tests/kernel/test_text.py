"""Sentences that are born below the doors."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongdan.kernel.money import Fen
from gongdan.kernel.text import Text, _, yuan

AT = datetime(2026, 3, 11, 14, 5, tzinfo=UTC)  # 22:05 in Shanghai


@pytest.mark.parametrize(
    ("template", "facts", "words"),
    [
        ("夜间 {at:time} 到达，加收 {fee:yuan}", {"at": AT, "fee": Fen(4000)}, "夜间 22:05 到达，加收 ¥40.00"),
        ("{at:datetime}", {"at": AT}, "2026-03-11 22:05"),
        ("{at:datetime}", {"at": AT.isoformat()}, "2026-03-11 22:05"),
        ("{at:date}", {"at": datetime(2026, 3, 11, 23, 0, tzinfo=UTC)}, "2026-03-12"),
        ("{day:date}", {"day": date(2026, 3, 11)}, "2026-03-11"),
        ("{day:date}", {"day": "2026-03-11"}, "2026-03-11"),
        ("{day:day}", {"day": "2026-03-11"}, "03-11"),
        ("{day:date}", {"day": "下周"}, "下周"),
        ("{fee:yuan}", {"fee": "面议"}, "面议"),
        ("{count:>3}", {"count": 7}, "  7"),
        ("{name}", {"name": "{fee:yuan}"}, "{fee:yuan}"),
        ("{name} 与 {other}", {"name": "甲"}, "甲 与 {other}"),
        ("{missing:time}", {}, "{missing}"),
        ("没有事实", {}, "没有事实"),
    ],
)
def test_a_sentence_is_formatted_when_it_is_shown(template: str, facts: dict[str, object], words: str) -> None:
    assert str(_(template, **facts)) == words


def test_a_sentence_inside_a_sentence_is_translated_too() -> None:
    sentence = _("当前状态是“{status}”", status=_("待派工"))
    english = {"当前状态是“{status}”": "The status is “{status}”", "待派工": "to dispatch"}

    assert sentence.render(english.__getitem__) == "The status is “to dispatch”"


def test_a_sentence_survives_storage_as_json() -> None:
    sentence = _(
        "{by} 于 {at:time} 改为“{status}”，{fee:yuan}",
        by="王芳",
        at=AT,
        status=_("已取消：{why}", why=_("重复")),
        fee=5000,
    )

    stored = json.loads(json.dumps(sentence.as_json()))

    assert Text.from_json(stored).render() == sentence.render() == "王芳 于 22:05 改为“已取消：重复”，¥50.00"
    assert Text.from_json(stored).as_json() == stored


@pytest.mark.parametrize(
    ("fen", "printed"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (-5, "-0.05"),
        (123450, "1,234.50"),
        (-123450, "-1,234.50"),
        (10**12, "10,000,000,000.00"),
    ],
)
def test_yuan_are_printed_with_two_decimals_and_separators(fen: int, printed: str) -> None:
    assert yuan(fen) == printed


@given(st.text(st.characters(exclude_characters="{}"), max_size=40), st.text(max_size=40))
def test_what_a_user_typed_is_shown_as_it_is(words: str, typed: str) -> None:
    assert str(Text(words + "{typed}", {"typed": typed})) == words + typed
