"""Refusals: each says what stands against it, and carries a stable word for programs."""

from __future__ import annotations

import pytest

from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.kernel.text import _


@pytest.mark.parametrize(
    ("refusal", "code", "field", "words"),
    [
        (Refused(_("请先填写故障现象")), "refused", "", "请先填写故障现象"),
        (Refused(_("请填写电话"), code="phone", field="phone"), "phone", "phone", "请填写电话"),
        (Stale(_("{who} 刚刚保存过", who="王芳")), "stale", "", "王芳 刚刚保存过"),
        (Forbidden(), "forbidden", "", "您没有权限进行此操作，请联系主管或管理员开通权限"),
        (Missing(), "missing", "", "没有找到这条记录，可能已被删除，请返回列表查找"),
    ],
)
def test_a_refusal_carries_its_sentence_and_its_code(refusal: Refused, code: str, field: str, words: str) -> None:
    assert (refusal.code, refusal.field, str(refusal), str(refusal.text)) == (code, field, words, words)


def test_several_wrong_fields_are_told_together() -> None:
    refusal = Invalid({"phone": _("请填写电话"), "fault": _("请先填写故障现象")})

    assert (refusal.code, refusal.field, str(refusal)) == ("invalid", "phone", "请填写电话")
    assert {field: str(text) for field, text in refusal.errors.items()} == {
        "phone": "请填写电话",
        "fault": "请先填写故障现象",
    }


@pytest.mark.parametrize("kind", [Invalid, Stale, Forbidden, Missing])
def test_one_except_clause_catches_every_refusal(kind: type[Refused]) -> None:
    assert issubclass(kind, Refused)
