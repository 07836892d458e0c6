from __future__ import annotations

import pytest

from gongdan.catalog.rules import PrintedCode, code_keys, name_key, name_keys, printed_code


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("F0(格力)", PrintedCode("F0", ("F0",), "格力")),
        ("P1/P2(多品牌)", PrintedCode("P1/P2", ("P1", "P2"), "")),
        ("E4/dE(部分品牌)", PrintedCode("E4/dE", ("E4", "DE"), "")),
        ("E2/E3", PrintedCode("E2/E3", ("E2", "E3"), "")),
        ("E1（格力）", PrintedCode("E1", ("E1",), "格力")),
        ("678", PrintedCode("678", ("678",), "")),
        ("", PrintedCode("", (), "")),
    ],
)
def test_a_printed_code_is_taken_apart(printed: str, expected: PrintedCode) -> None:
    assert printed_code(printed) == expected


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("e1", ("E1",)),
        (" E 1 ", ("E1",)),
        ("Ｅ１", ("E1",)),
        ("错误678", ("678",)),
        ("E0、E1", ("E0", "E1")),
        ("不知道", ()),
    ],
)
def test_a_typed_code_is_read_however_it_is_written(typed: str, keys: tuple[str, ...]) -> None:
    assert code_keys(typed) == keys


def test_names_are_compared_without_case_width_and_punctuation() -> None:
    assert name_key("Ａ.Ｏ. Smith") == name_key("ao smith") == "aosmith"
    assert name_keys("格力", ["GREE", "格力电器", "gree"]) == "|格力|gree|格力电器|"
