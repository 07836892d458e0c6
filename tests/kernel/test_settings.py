"""A setting reads what is stored, falls back to its default, and refuses what it cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from gongdan.kernel.errors import Invalid
from gongdan.kernel.settings import Setting
from gongdan.kernel.text import _

SWITCH = Setting("t.switch", _("开关"), True, _("试"))
NUMBER = Setting("t.number", _("次数"), 3, _("试"), low=1, high=9)
CHOICE = Setting("t.choice", _("起算"), "a", _("试"), choices=(("a", _("甲")), ("b", _("乙"))))
WORDS = Setting("t.words", _("文字"), "您好", _("试"))
LINES = Setting("t.lines", _("原因"), ("堵车", "超时"), _("试"))


@pytest.mark.parametrize(
    ("setting", "kind"),
    [(SWITCH, "switch"), (NUMBER, "number"), (CHOICE, "choice"), (WORDS, "text"), (LINES, "lines")],
)
def test_the_default_tells_the_kind(setting: Setting[Any], kind: str) -> None:
    assert setting.kind == kind


def test_what_is_stored_is_read_and_what_cannot_be_is_the_default() -> None:
    assert NUMBER.read({"t.number": 5}) == 5
    assert NUMBER.read({"t.number": 77}) == 3
    assert NUMBER.read({}) == 3
    assert SWITCH.read({"t.switch": False}) is False
    assert LINES.read({"t.lines": ["换人", "换人", " 缺件 "]}) == ("换人", "缺件")


@pytest.mark.parametrize(
    ("setting", "typed"),
    [
        (SWITCH, "on"),
        (NUMBER, 0),
        (NUMBER, True),
        (NUMBER, "4"),
        (CHOICE, "c"),
        (WORDS, "长" * 1001),
        (WORDS, "  "),
        (LINES, []),
    ],
)
def test_a_value_outside_its_bounds_is_refused_under_the_key(setting: Setting[Any], typed: object) -> None:
    with pytest.raises(Invalid) as refused:
        setting.checked(typed)
    assert list(refused.value.errors) == [setting.key]
