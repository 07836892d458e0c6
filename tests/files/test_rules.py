"""Kinds of files, names, ink, sizes, bar codes: without database and disk."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongdan.files.rules import _BARS as BARS
from gongdan.files.rules import (
    JPEG,
    PDF,
    PNG,
    SIZES,
    WEBP,
    FileKind,
    check_size,
    clean_name,
    code128,
    digest,
    ink_of,
    kind_of_content,
    plain_snapshot,
    size_of,
    svg_of,
)
from gongdan.kernel.errors import Refused


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0rest", JPEG),
        (b"\x89PNG\r\n\x1a\nrest", PNG),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", WEBP),
        (b"%PDF-1.7\n", PDF),
    ],
)
def test_a_file_is_what_its_first_bytes_say(content: bytes, kind: FileKind) -> None:
    assert kind_of_content(content) is kind


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件是空的，请重新选择"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
            "只能上传 JPG、PNG、WebP 图片或 PDF 文件，请转换格式后再上传",
        ),
        (b"<html>", "只能上传 JPG、PNG、WebP 图片或 PDF 文件，请转换格式后再上传"),
        (b"MZ\x90\x00", "只能上传 JPG、PNG、WebP 图片或 PDF 文件，请转换格式后再上传"),
        (b"GIF89a", "只能上传 JPG、PNG、WebP 图片或 PDF 文件，请转换格式后再上传"),
        (b"RIFF\x10\x00\x00\x00WAVE", "只能上传 JPG、PNG、WebP 图片或 PDF 文件，请转换格式后再上传"),
        (
            b"\x00\x00\x00\x18ftypheic\x00",
            "暂不支持 HEIC 照片，请在手机相机设置里把格式改为“兼容性最佳”，或转成 JPG 后再上传",
        ),
    ],
)
def test_other_files_are_refused_with_what_to_do(content: bytes, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        kind_of_content(content)

    assert str(refusal.value) == sentence


def test_a_file_over_the_limit_is_refused_with_both_sizes() -> None:
    check_size(20 * 2**20, limit=20 * 2**20)

    with pytest.raises(Refused) as refusal:
        check_size(21 * 2**20, limit=20 * 2**20)

    assert str(refusal.value) == "文件有 21.0 MB，超过 20 MB 的上限，请压缩后再上传"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("铭牌.jpg", "铭牌.jpg"),
        ("铭牌.PNG", "铭牌.jpg"),
        ("C:\\照片\\铭牌 1.jpeg", "铭牌 1.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("a.exe", "a.jpg"),
        ("发票\u202egpj.exe", "发票 gpj.jpg"),
        ('x<script>"|?*:.jpg', "x script.jpg"),
        ("\x00\n.jpg", "附件.jpg"),
        ("", "附件.jpg"),
        ("...", "附件.jpg"),
        ("长" * 300, "长" * 96 + ".jpg"),
    ],
)
def test_names_are_made_safe_and_end_as_the_file_is(typed: str, name: str) -> None:
    assert clean_name(typed, JPEG) == name


@given(st.text(max_size=200))
def test_no_name_can_leave_its_folder_or_its_line(typed: str) -> None:
    name = clean_name(typed, PNG)

    assert name.isprintable()
    assert not set(name) & set('/\\<>:"|?*')
    assert len(name) <= 100
    assert name.endswith(".png")
    assert not name.startswith(".")


def test_a_signature_becomes_smooth_lines_in_a_box_of_its_own() -> None:
    ink = ink_of([{"points": [{"x": 10, "y": 20}, {"x": 20, "y": 30}, {"x": 30, "y": 20}]}])

    assert ink.box == "0 0 25.0 15.0"
    assert ink.path == "M2.5 2.5Q12.5 12.5 17.5 7.5L22.5 2.5"
    assert svg_of(ink).startswith(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 25.0 15.0"><path d="M2.5 2.5Q')


DOT: dict[str, Any] = {"x": 1, "y": 1}


@pytest.mark.parametrize(
    "strokes",
    [
        [],
        [{}],
        [{"points": []}],
        [{"points": [DOT]}],
        [{"points": [{"x": "1"}]}],
        [{"points": [{"x": math.nan, "y": 1}, DOT, DOT]}],
        [{"points": [{"x": 10**400, "y": 1}, DOT, DOT]}],
        [{"points": [{"x": 1e9, "y": 1}, DOT, DOT]}],
        [{"points": [DOT] * 20_001}],
        [{"points": [DOT] * 3}] * 301,
        ["points"],
        "points",
        None,
        {"points": [DOT] * 3},
        [{"points": [{"x": '"/><script>', "y": 1}] * 3}],
    ],
)
def test_what_is_no_signature_is_refused(strokes: Any) -> None:
    with pytest.raises(Refused):
        ink_of(strokes)


def test_a_snapshot_holds_finished_strings_only() -> None:
    assert plain_snapshot({"a": ("x", "y"), "b": {"c": None, "d": True}}) == {
        "a": ["x", "y"],
        "b": {"c": None, "d": True},
    }

    with pytest.raises(AssertionError, match=r"snapshot\.lines\[1\]\.amount is not final: 318"):
        plain_snapshot({"lines": [{"amount": "3.18"}, {"amount": 318}]})


def test_the_digest_changes_with_whatever_a_paper_says() -> None:
    same = digest("sheet", "A-1", 1, {"a": "1", "b": "2"})

    assert same == digest("sheet", "A-1", 1, {"b": "2", "a": "1"})
    assert (
        len({same, digest("sheet", "A-1", 2, {"a": "1", "b": "2"}), digest("sheet", "A-1", 1, {"a": "1", "b": "3"})})
        == 3
    )


def test_an_unknown_size_is_refused_with_the_known_ones() -> None:
    assert list(SIZES) == ["A4", "A4L", "A5", "241x280", "241x140", "80mm"]

    with pytest.raises(Refused) as refusal:
        size_of("A3")

    assert str(refusal.value) == "没有“A3”这种纸张，可选 A4、A4L、A5、241x280、241x140、80mm"


def read_back(widths: list[int]) -> str:
    """What a scanner makes of the bars."""
    by_bars = {bars: value for value, bars in enumerate(BARS)}
    codes = ["".join(map(str, widths[n : n + 6])) for n in range(0, len(widths) - 7, 6)]
    values = [by_bars[code] for code in codes]
    assert "".join(map(str, widths[-7:])) == BARS[106]
    *values, check = values
    assert check == (values[0] + sum(n * value for n, value in enumerate(values))) % 103
    in_pairs, text = values[0] == 105, ""
    for value in values[1:]:
        if in_pairs and value == 100:
            in_pairs = False
        elif not in_pairs and value == 99:
            in_pairs = True
        else:
            text += f"{value:02d}" if in_pairs else chr(value + 32)
    return text


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30))
def test_a_scanner_reads_what_was_written(text: str) -> None:
    assert read_back(code128(text)) == text


def test_a_bar_code_of_a_number_packs_its_digits_in_pairs() -> None:
    assert sum(code128("TH260311-0007")) == 156  # modules: 13 letters of set B alone would take 178
