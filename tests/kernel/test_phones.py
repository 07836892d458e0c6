"""Telephone numbers: every way of writing a number leads to the same number, and nothing typed makes trouble."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongdan.kernel.phones import (
    KIND_LABELS,
    MAX_RAW,
    Kind,
    Phone,
    area_codes,
    masked,
    parse_phones,
    search_digits,
    shown,
    tail,
    tail4,
    tidy,
)

CASES = list(csv.DictReader((Path(__file__).parent / "data" / "phone_cases.csv").open(encoding="utf-8", newline="")))


@pytest.mark.req("R-061")
@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case['note']}" for number, case in enumerate(CASES, 1)])
def test_every_case_of_the_table(case: dict[str, str]) -> None:
    default = case["area_code"] if case["kind"] == "landline-local" else ""

    phones = parse_phones(case["input"], default_area_code=default)

    kinds = {str(phone.kind) for phone in phones}
    assert (
        ("multi" if len(kinds) > 1 else "".join(kinds) or "empty"),
        ";".join(phone.code for phone in phones),
        "".join(dict.fromkeys(phone.area_code for phone in phones)),
        "".join(phone.extension for phone in phones),
    ) == (case["kind"], case["expected_e164_or_code"], case["area_code"], case["extension"])


def test_the_table_of_cases_is_whole() -> None:
    assert len(CASES) == 56


@pytest.mark.req("R-061")
def test_all_spellings_of_a_landline_are_one_number() -> None:
    spellings = [
        "075582345678",
        "0755-82345678",
        "0755 8234 5678",
        "(0755)82345678",
        "（０７５５）８２３４５６７８",
        "+86 755 8234 5678",
        "+86-0755-82345678",
        "0086-755-82345678",
        "86 755 82345678",
        "17909075582345678",
        "82345678",
        "8234-5678",
        "电话：0755—82345678（前台）",
        "75582345678",
    ]

    codes = [[phone.code for phone in parse_phones(spelling, default_area_code="0755")] for spelling in spellings]

    assert codes == [["+8675582345678"]] * len(spellings)


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("13812345678 13912345678", ["+8613812345678", "+8613912345678"]),
        ("138 1234 5678 139 1234 5678", ["+8613812345678", "+8613912345678"]),
        ("13812345678、13912345678；010-12345678", ["+8613812345678", "+8613912345678", "+861012345678"]),
        ("13812345678，13912345678", ["+8613812345678", "+8613912345678"]),
        ("13812345678\n13912345678", ["+8613812345678", "+8613912345678"]),
        ("13812345678或13912345678", ["+8613812345678", "+8613912345678"]),
        ("张三13812345678李四13912345678", ["+8613812345678", "+8613912345678"]),
        ("13812345678(儿子) 021 6234 5678(家)", ["+8613812345678", "+862162345678"]),
        ("021-62345678 62345679", ["+862162345678", "+862162345679"]),
        ("13812345678/95588", ["+8613812345678", "95588"]),
        ("+86 13812345678 +852 2123 4567", ["+8613812345678", "+85221234567"]),
        ("13812345678/13812345678", ["+8613812345678", "+8613812345678"]),
    ],
)
def test_several_numbers_in_a_cell_come_out_in_order(cell: str, codes: list[str]) -> None:
    assert [phone.code for phone in parse_phones(cell)] == codes


def test_a_second_local_number_takes_the_area_code_of_the_first_before_the_default() -> None:
    first, second = parse_phones("010-62345678、62345679", default_area_code="0755")

    assert (first.code, second.code, second.kind, second.area_code) == (
        "+861062345678",
        "+861062345679",
        Kind.LANDLINE,
        "010",
    )


def test_another_ending_after_a_slash_is_another_number_to_be_checked() -> None:
    first, second = parse_phones("0755-82345678/79")

    assert (first.code, second.code) == ("+8675582345678", "+8675582345679")
    assert str(second.warning) == "由“0755-82345678/79”推出，请核对"


@pytest.mark.parametrize(
    ("cell", "code", "extension"),
    [
        ("0755-82345678 王先生转801", "+8675582345678", "801"),
        ("0755-82345678x801", "+8675582345678", "801"),
        ("0755-82345678 内线 8", "+8675582345678", "8"),
        ("13800138000-1234", "+8613800138000", "1234"),
        ("18412345678_9527", "+8618412345678", "9527"),
        ("0631-5234567-8", "+866315234567", "8"),
    ],
)
def test_extensions_in_many_spellings(cell: str, code: str, extension: str) -> None:
    assert [(phone.code, phone.extension) for phone in parse_phones(cell)] == [(code, extension)]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("13812345678.0", "+8613812345678"),
        ("\u202d138 1234 5678\u202c", "+8613812345678"),
        ("138\u00a01234\u00a05678", "+8613812345678"),
        ("张三 2栋501 13812345678", "+8613812345678"),
        ("13812345678（2号楼）", "+8613812345678"),
        ("NO.1 13812345678", "+8613812345678"),
        ("\ufeff13812345678\t", "+8613812345678"),
    ],
)
def test_what_spreadsheets_and_address_books_leave_around_a_number_does_no_harm(cell: str, code: str) -> None:
    assert [(phone.code, phone.warning) for phone in parse_phones(cell)] == [(code, None)]


@pytest.mark.parametrize(
    ("cell", "code", "warning"),
    [
        ("0755-8234567", "+867558234567", "深圳市(0755)的座机一般是 8 位，这里是 7 位，请核对"),
        ("0565-8234567", "+865658234567", None),
        ("0400-8234567", "+864008234567", "区号 0400 不在区号表里，请核对"),
        ("75582345678", "+8675582345678", "区号开头的 0 可能丢了，已按 0755 补上，请核对"),
        ("82345678", "82345678", "缺少区号，请补上，如 0755-82345678"),
        ("13812345678 9", "+8613812345678", "后面的“9”没有当作号码，请核对"),
    ],
)
def test_doubts_are_told_beside_the_number(cell: str, code: str, warning: str | None) -> None:
    (phone,) = parse_phones(cell)

    assert (phone.code, str(phone.warning) if phone.warning else None) == (code, warning)


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("1381234567", "手机号应为 11 位，“1381234567”是 10 位，请核对"),
        ("138****5678", "“138****5678”不像电话号码，手机为 11 位，座机请带区号，请核对"),
        ("没有电话", "“没有电话”里没有电话号码，请填写号码"),
        ("1.3812E+10", "“1.3812E+10”不像电话号码，手机为 11 位，座机请带区号，请核对"),
        ("2026/11/25", "“2026/11/25”不像电话号码，手机为 11 位，座机请带区号，请核对"),
        ("128 2234 5678", "“128 2234 5678”不像电话号码，手机为 11 位，座机请带区号，请核对"),
        ("٠١٢٣٤٥٦٧٨٩", "“٠١٢٣٤٥٦٧٨٩”里没有电话号码，请填写号码"),
    ],
)
def test_what_is_no_number_is_kept_with_a_sentence(cell: str, sentence: str) -> None:
    (phone,) = parse_phones(cell)

    assert (phone.kind, phone.code, phone.raw, str(phone.warning)) == (Kind.INVALID, "", cell, sentence)


def test_a_broken_number_beside_a_good_one_is_told_and_keeps_its_place() -> None:
    phones = parse_phones("1381234567/13912345678")

    assert [(phone.kind, phone.raw) for phone in phones] == [
        (Kind.INVALID, "1381234567"),
        (Kind.MOBILE, "13912345678"),
    ]


def test_each_number_remembers_how_it_was_written() -> None:
    phones = parse_phones("张三 ＋８６ 138-1234-5678；（010）1234 5678转2")

    assert [phone.raw for phone in phones] == ["＋８６ 138-1234-5678", "（010）1234 5678转2"]


def test_which_numbers_may_be_dialled_written_to_and_searched_by() -> None:
    cells = ["13812345678", "010-12345678", "4001234567", "95588", "110", "P", "1381234567"]

    (may,) = [[(p.can_be_dialled, p.takes_messages, p.identifies_somebody) for c in cells for p in parse_phones(c)]]

    assert may == [
        (True, True, True),
        (True, False, True),
        (True, False, True),
        (True, False, False),
        (False, False, False),
        (False, False, False),
        (False, False, False),
    ]


def test_every_kind_has_a_name_for_the_page() -> None:
    assert set(KIND_LABELS) == set(Kind)


def test_area_codes_say_whose_they_are() -> None:
    assert len(area_codes()) == 329
    assert area_codes()["0731"].places == ("株洲市", "湘潭市", "长沙市")
    assert area_codes()["0851"].digits == (7, 8)


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("+8613812345678", "13812345678"),
        ("138 1234-5678", "13812345678"),
        ("+8675582345678", "075582345678"),
        ("0755-82345678", "075582345678"),
        ("0086 10 12345678", "01012345678"),
        ("+86 4001234567", "4001234567"),
        ("４００-１２３", "400123"),
        ("5678", "5678"),
        ("张三", ""),
        ("+", ""),
    ],
)
def test_numbers_are_searched_by_the_digits_dialled_inside_the_country(typed: str, digits: str) -> None:
    assert search_digits(typed) == digits


def test_customers_are_asked_for_by_the_last_four_digits() -> None:
    assert (tail4("+8613812345678"), tail4("0755-8234 5678"), tail4("110")) == ("5678", "5678", "")
    assert tail("+8675582345678", 8) == "82345678"


@pytest.mark.parametrize(
    ("code", "hidden", "open_"),
    [
        ("+8613812345678", "138****5678", "13812345678"),
        ("+8675582345678", "0755****5678", "0755-82345678"),
        ("+861012345678", "010****5678", "010-12345678"),
        ("82345678", "****5678", "82345678"),
        ("4001234567", "4001234567", "400-123-4567"),
        ("95588", "95588", "95588"),
        ("+85221234567", "+852****4567", "+852 21234567"),
        ("+16502530000", "+16****0000", "+16502530000"),
        ("", "", ""),
    ],
)
def test_numbers_are_shown_masked_or_as_people_write_them(code: str, hidden: str, open_: str) -> None:
    assert (masked(code), shown(code)) == (hidden, open_)


def test_an_extension_is_shown_with_its_number() -> None:
    assert shown("+8675582345678", "801") == "0755-82345678 转 801"


@pytest.mark.parametrize(
    "hostile",
    [
        "1" * 100_000,
        "+" * 100_000,
        "(" * MAX_RAW,
        "0755 " * 100,
        "1 " * 250,
        "x ." * 160,
        "转1" * 250,
        "138," * 125,
        "\0" * MAX_RAW,
    ],
)
def test_huge_and_hostile_cells_are_read_at_once(hostile: str) -> None:
    started = time.process_time()

    phones = parse_phones(hostile)

    assert time.process_time() - started < 0.5
    assert all(not phone.code for phone in phones)
    assert all(len(phone.raw) <= MAX_RAW for phone in phones)


def test_a_cell_that_is_far_too_long_is_refused_in_a_sentence() -> None:
    (phone,) = parse_phones("13812345678 " * 100)

    assert (phone.kind, str(phone.warning)) == (Kind.INVALID, "电话一栏超过 500 个字，请只填电话号码")


@given(st.text(max_size=60) | st.text(alphabet="0123456789+-/ ,()转张P.、", max_size=60))
def test_any_text_gives_phones_whose_parts_stand_in_it(cell: str) -> None:
    phones = parse_phones(cell, default_area_code="0755")

    for phone in phones:
        assert phone.raw in cell
        assert phone.code.removeprefix("+").isascii()
        assert len(phone.code) <= 17
        assert (phone.kind is Kind.INVALID) <= (phone.warning is not None)
        assert masked(phone.code).count("****") <= 1


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", "+86", "+86 ", "0086", "86", "86-", "(86)", "0", "17951", "12593", "手机", "手机："]),
    st.sampled_from(["", "（张先生）", "(老板)", " 急", ".0", "\u202c"]),
    st.sampled_from(["", " ", "-", "."]),
)
def test_a_mobile_number_is_found_however_it_is_dressed(number: str, before: str, after: str, gap: str) -> None:
    dressed = f"{before}{number[:3]}{gap}{number[3:7]}{gap}{number[7:]}{after}"

    assert [phone.code for phone in parse_phones(dressed)] == [f"+86{number}"]


@given(st.sampled_from(sorted(area_codes())), st.from_regex(r"[2-8][0-9]{6,7}", fullmatch=True))
def test_reading_what_is_shown_gives_the_same_number(area: str, local: str) -> None:
    (phone,) = parse_phones(f"{area}-{local}")

    assert phone.code == f"+86{area[1:]}{local}"
    assert [again.code for again in parse_phones(shown(phone.code))] == [phone.code]
    assert [again.code for again in parse_phones(phone.code)] == [phone.code]
    assert search_digits(phone.code) == f"{area}{local}"


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.from_regex(r"0755[2-8][0-9]{7}", fullmatch=True))
def test_two_numbers_in_any_order_are_two_numbers(mobile: str, landline: str) -> None:
    codes = {mobile: f"+86{mobile}", landline: f"+86{landline[1:]}"}

    for pair in ([mobile, landline], [landline, mobile]):
        for between in ("/", "、", "；", " ", "，", " 或 "):
            assert [phone.code for phone in parse_phones(between.join(pair))] == [codes[number] for number in pair]


def test_a_phone_is_a_plain_value() -> None:
    assert Phone(Kind.MOBILE, "+8613812345678") == Phone(Kind.MOBILE, "+8613812345678")


@pytest.mark.parametrize(
    ("cell", "looks_lent"),
    [
        ("17012345678转1234", True),
        ("170 1234 5678-12", True),
        ("17012345678", False),
        ("17012345678-8", False),
        ("0755-82345678转801", False),
    ],
)
def test_a_mobile_number_with_an_extension_looks_lent_by_a_platform(cell: str, looks_lent: bool) -> None:
    assert [phone.looks_lent for phone in parse_phones(cell)] == [looks_lent]


@pytest.mark.parametrize(
    ("typed", "usual"),
    [
        ("１３８ ００１３-８０００", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        (" 0755 8234 5678 转 801 ", "0755-82345678 转 801"),
        ("(020)88886666", "020-88886666"),
        ("82345678", "82345678"),
        ("４００-１２３-４５６７", "400-123-4567"),
        ("020-8765432", "020-8765432"),  # doubted: as it was typed
        ("13800138000 王先生", "13800138000 王先生"),
        ("13800138000/13900001111", "13800138000/13900001111"),
        ("不知道", "不知道"),
        ("", ""),
    ],
)
def test_one_number_alone_is_tidied_and_any_other_text_stays(typed: str, usual: str) -> None:
    assert tidy(typed) == usual
