from __future__ import annotations

import pytest

from tests.bin.scripts import script

translate = script("translate")


@pytest.mark.parametrize(
    ("text", "filled_in"),
    [
        ("夜间 {at:time} 到达，加收 {fee:yuan}", ["at:time", "fee:yuan"]),
        ("%(n)s 条新工单", ["n"]),
        ("折扣 10%%", []),
        ("没有空缺", []),
        ("一个 { 括号", []),
    ],
)
def test_what_a_sentence_fills_in(text: str, filled_in: list[str]) -> None:
    assert translate.holes(text) == filled_in


@pytest.mark.parametrize(
    ("text", "would_fail"),
    [("折扣 10%", True), ("折扣 10%，再减", True), ("折扣 10%%", False), ("%(n)s 条", False), ("没有", False)],
)
def test_a_bare_per_cent_sign_would_fail_in_a_template(text: str, would_fail: bool) -> None:
    assert translate.bad_percent(text) is would_fail


def test_a_catalogue_with_other_placeholders_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    source = translate.Catalog()
    source.add("加收 {fee:yuan}", locations=[("gongdan/x.py", 0)])
    source.add("派工", locations=[("gongdan/x.py", 0)])
    kept = translate.Catalog(locale="en")
    kept.add("加收 {fee:yuan}", "{price:yuan} more")

    status = translate.check(source, kept)

    assert status == 1
    assert capsys.readouterr().out.splitlines() == [
        "gongdan/x.py: the translation has other placeholders: 加收 {fee:yuan}",
        "gongdan/x.py: not translated: 派工",
    ]
