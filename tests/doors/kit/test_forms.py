"""What people type, paste and send with bad intent."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gongdan.doors.kit import forms
from gongdan.kernel.errors import Invalid, Refused, Stale
from gongdan.kernel.text import _


class Everything(forms.KitForm):
    """One field of each kind."""

    name = forms.Line("姓名", max_length=5)
    note = forms.Paragraph("备注", max_length=10, required=False)
    phone = forms.PhoneField("电话", required=False)
    fee = forms.YuanField("费用", required=False)
    count = forms.Number("数量", min_value=1, max_value=20, required=False)
    kind = forms.Choice("方式", choices=[(1, "上门"), (2, "到店")], coerce=int, empty_value=None, required=False)
    many = forms.Choices("标签", choices=[("a", "加急"), ("b", "高空")], required=False)
    on = forms.DateField("日期", required=False)
    at = forms.LocalDateTimeField("时间", required=False)
    window = forms.WindowField("约定", required=False)
    customer = forms.Pick("客户", url="/pick/", required=False)
    division = forms.DivisionField("区划", required=False)
    urgent = forms.Tick("加急")
    signature = forms.Signature("签名", required=False)


def cleaned(**data: Any) -> dict[str, Any]:
    form = Everything({"name": "王芳", **data})
    assert form.errors == {}
    return form.cleaned_data


def refusal(name: str, data: dict[str, Any]) -> str:
    form = Everything({"name": "王芳"} | data)
    form.is_valid()
    return "；".join(map(str, form.errors[name]))


def test_an_empty_form_asks_for_the_field_by_its_name() -> None:
    form = Everything({})

    assert not form.is_valid()
    assert form.errors == {"name": ["请填写姓名"]}


def test_a_full_form_gives_typed_values() -> None:
    values = cleaned(
        note=" 第一行\r\n第二行 ",
        phone=" 138 1234 2231 ",
        fee="¥1,234.50元",
        count="３",
        kind="2",
        many=["a", "b"],
        on="2026/3/8",
        at="2026-03-08T14:30",
        window_day="2026-03-08",
        window_from="14:00",
        window_to="16:00",
        customer="42",
        division="440106",
        urgent="on",
    )

    assert values == {
        "name": "王芳",
        "note": "第一行\n第二行",
        "phone": "138 1234 2231",
        "fee": 123450,
        "count": 3,
        "kind": 2,
        "many": ["a", "b"],
        "on": date(2026, 3, 8),
        "at": datetime(2026, 3, 8, 6, 30, tzinfo=UTC),
        "window": forms.Window(datetime(2026, 3, 8, 6, 0, tzinfo=UTC), datetime(2026, 3, 8, 8, 0, tzinfo=UTC)),
        "customer": 42,
        "division": "440106",
        "urgent": True,
        "signature": None,
    }


def test_fields_left_out_are_empty_in_their_own_way() -> None:
    values = cleaned()

    assert {name: value for name, value in values.items() if name != "name"} == {
        "note": "", "phone": "", "fee": None, "count": None, "kind": None, "many": [], "on": None, "at": None,
        "window": None, "customer": None, "division": "", "urgent": False, "signature": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("name", {"name": "王小明王小明"}, "最多 5 个字，现在有 6 个"),
        ("name", {"name": "王\x00芳"}, "文字里有无法保存的控制字符，请删去后重新粘贴"),
        ("note", {"note": "很" * 100_000}, "最多 10 个字，现在有 100000 个"),
        ("phone", {"phone": "1" * 41}, "最多 40 个字，现在有 41 个"),
        ("fee", {"fee": "三百"}, "“三百”不是金额，请填写数字，如 150 或 150.50"),
        ("fee", {"fee": "-5"}, "金额不能是负数"),
        ("fee", {"fee": "9" * 13}, "金额 9999999999999 太大，请检查是否多输了数字"),
        ("count", {"count": "0"}, "请填写 1 到 20 之间的数"),
        ("count", {"count": "1" * 10_000}, "请填写整数，如 3"),
        ("count", {"count": "1e3"}, "请填写整数，如 3"),
        ("kind", {"kind": "3"}, "“3”不在可选范围内，请重新选择"),
        ("many", {"many": ["a", "<script>"]}, "“<script>”不在可选范围内，请重新选择"),
        ("on", {"on": "2026-02-30"}, "请填写日期，如 2026-03-08"),
        ("on", {"on": "0001-01-01"}, "请填写日期，如 2026-03-08"),
        ("at", {"at": "2026-03-08"}, "请填写日期和时间，如 2026-03-08 14:30"),
        ("at", {"at": "2026-03-08 25:00"}, "请填写日期和时间，如 2026-03-08 14:30"),
        (
            "window",
            {"window_day": "2026-03-08", "window_from": "16:00", "window_to": "14:00"},
            "结束时间要晚于开始时间",
        ),
        ("window", {"window_day": "2026-03-08", "window_from": "16:00"}, "请填写日期和起止时间，如 14:00 到 16:00"),
        ("customer", {"customer": "0"}, "请从列表中选择客户"),
        ("customer", {"customer": "9" * 30}, "请从列表中选择客户"),
        ("customer", {"customer": "1 OR 1=1"}, "请从列表中选择客户"),
        ("division", {"division": "44010"}, "请从列表中选择区划"),
        ("signature", {"signature": "{"}, "签名没有收完整，请再签一次"),
        ("signature", {"signature": "[" * 5000}, "签名没有收完整，请再签一次"),
        ("signature", {"signature": '{"width": 1e999, "height": 1, "lines": []}'}, "签名没有收完整，请再签一次"),
    ],
)
def test_wrong_input_is_answered_with_the_way_out(name: str, data: dict[str, Any], sentence: str) -> None:
    assert refusal(name, data) == sentence


def test_a_signatures_picture_is_made_here_from_its_strokes() -> None:
    drawn = {
        "width": 300,
        "height": 160,
        "lines": [[[1, 2], [3.55, 4]], [[1e9, -5]]],
        "svg": "<script>alert(1)</script>",
    }

    signed = cleaned(signature=json.dumps(drawn))["signature"]

    assert signed.strokes == {"width": 300, "height": 160, "lines": [[[1.0, 2.0], [3.55, 4.0]], [[1e9, -5.0]]]}
    assert signed.svg == (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 160" fill="none" stroke="#000" stroke-width="2.2" '
        'stroke-linecap="round" stroke-linejoin="round"><path d="M1.0 2.0L3.5 4.0"/><path d="M4000.0 0.0"/></svg>'
    )


def test_an_empty_pad_is_no_signature() -> None:
    assert cleaned(signature='{"width": 300, "height": 160, "lines": []}')["signature"] is None


def test_a_line_that_was_pasted_with_breaks_becomes_one_line() -> None:
    class Address(forms.KitForm):
        """One line."""

        line = forms.Line("地址")

    form = Address({"line": "天河区\r\n华景路 28 号\n"})

    assert form.is_valid()
    assert form.cleaned_data == {"line": "天河区 华景路 28 号"}


class Upload(forms.KitForm):
    """A file of few kinds."""

    file = forms.FileField("文件", endings=(".xlsx", ".csv"), max_bytes=1024 * 1024)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.exe", b"x", "只能用这些格式的文件：.xlsx、.csv"),
        ("a.csv", b"", "这个文件是空的，请重新选择"),
        ("a.csv", b"x" * (1024 * 1024 + 1), "文件太大，最多 1 MB"),
    ],
)
def test_a_file_of_another_kind_or_size_is_refused(name: str, content: bytes, sentence: str) -> None:
    form = Upload({}, {"file": SimpleUploadedFile(name, content)})

    assert form.errors == {"file": [sentence]}


def test_a_missing_file_is_asked_for() -> None:
    assert Upload({}, {}).errors == {"file": ["请选择文件"]}


def bound() -> Everything:
    form = Everything({"name": "王芳", "phone": "1"})
    assert form.is_valid()
    return form


def test_a_refusal_for_a_field_stands_at_that_field() -> None:
    form = bound()

    assert form.refuse(Refused(_("这个号码已停用，请换一个"), field="phone"))
    assert form.errors == {"phone": ["这个号码已停用，请换一个"]}


def test_several_refusals_stand_at_their_fields_and_strangers_above_the_form() -> None:
    form = bound()

    assert form.refuse(Invalid({"phone": _("请填写手机号"), "devices": _("至少登记一台设备")}))
    assert form.errors == {"phone": ["请填写手机号"], "__all__": ["至少登记一台设备"]}


def test_a_refusal_without_a_field_is_left_to_the_message_bar() -> None:
    form = bound()

    assert not form.refuse(Stale(_("王芳改了电话")))
    assert form.errors == {}


def test_changes_name_what_differs_with_both_values() -> None:
    form = bound()

    assert form.changes({"name": "王芳", "phone": "2", "elsewhere": 1}) == {"phone": ["2", "1"]}


def test_a_picked_row_keeps_its_words_through_an_error() -> None:
    form = Everything({"customer": "7", "customer_shown": "王小明 138****2231"})
    fresh = Everything()
    fresh.show("customer", _("{name}（老客户）", name="王小明"))

    assert form.shown("customer") == "王小明 138****2231"
    assert fresh.shown("customer") == "王小明（老客户）"
