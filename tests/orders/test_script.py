"""What the customer answered is taken apart from what he said himself."""

from __future__ import annotations

import pytest

from gongdan.orders import rules
from gongdan.orders.rules import Asked

SCRIPT = [
    Asked(1, "拨号时出现什么错误代码"),
    Asked(2, "LOS 灯是什么状态", ("不亮", "红灯闪", "红灯常亮")),
    Asked(3, "有没有摔过、进过水？", ("是", "否")),
    Asked(4, "什么时候开始的？"),
]


@pytest.mark.req("R-064")
@pytest.mark.parametrize(
    ("text", "code", "words", "answers"),
    [
        ("上不了网\nLOS 灯是什么状态：红灯闪", "", "上不了网", {2: "红灯闪"}),
        ("LOS 灯是什么状态：红灯闪 上不了网", "", "上不了网", {2: "红灯闪"}),
        ("LOS 灯是什么状态：红灯闪上不了网", "691", "上不了网", {2: "红灯闪", 1: "691"}),
        ("LOS 灯是什么状态：红灯闪\n什么时候开始的：昨晚，停电以后", "", "LOS 灯红灯闪；什么时候开始的：昨晚，停电以后",
         {2: "红灯闪", 4: "昨晚，停电以后"}),
        ("有没有摔过、进过水：是的，昨天\n开不了机", "", "开不了机", {3: "是的，昨天"}),
        ("有没有摔过、进过水：是 昨天\n开不了机", "", "昨天\n开不了机", {3: "是"}),
        ("拨号时出现什么错误代码：678", "691", "拨号时出现什么错误代码：678", {1: "678"}),
        ("什么时候开始的：\n地址：天河路", "", "地址：天河路", {}),
        ("什么时候开始的：", "", "", {}),
    ],
)  # fmt: skip
def test_answers_leave_the_customers_own_words(text: str, code: str, words: str, answers: dict[int, str]) -> None:
    assert rules.told_apart(text, SCRIPT, code=code) == (words, tuple(answers.items()))
