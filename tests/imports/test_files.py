"""Files that are not what they should be: each is answered with a sentence, none harms the process."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from gongdan.imports import actions, queries
from gongdan.imports.queries import BatchCard
from gongdan.imports.rules import cells, columns, rows, tables
from gongdan.imports.rules.columns import Field
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Refused
from tests.imports.sheets import numbered, text, xlsx


def changed(content: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            body = old.read(part)
            new.writestr(part, change(body) if part.filename == member else body)
    return out.getvalue()


LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件是空的"),
        (b"  \r\n ", "文件是空的"),
        (LOCKED, "加了密码"),
        (b"%PDF-1.7 ...", "这不是表格"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 99, "这不是表格"),
        (b"MZ\x00\x01" + b"\x00" * 99, "这不是表格"),
        (b"a,b\n" * 6_000_000, "超过 20 MB"),
    ],
    ids=["nothing", "blanks", "password", "pdf", "picture", "program", "too large"],
)
def test_what_is_no_table_is_refused_at_once(content: bytes, sentence: str, admin: Actor, now: datetime) -> None:
    with pytest.raises(Refused, match=sentence):
        actions.upload("past_orders", name="x.xlsx", content=content, by=admin, at=now)


FAR = changed(
    xlsx(numbered(3)), "xl/worksheets/sheet2.xml",
    lambda body: body.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
)  # fmt: skip
BOMB = changed(xlsx(numbered(3)), "xl/worksheets/sheet1.xml", lambda body: body + b" " * (tables.MOST_UNPACKED + 1))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (xlsx(numbered(3))[:2000], "表格打不开"),
        (b"PK\x03\x04" + b"\x00" * 500, "表格打不开"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x01" * 2000, "表格打不开"),
        (FAR, "展开后太大"),
        (BOMB, "展开后太大"),
        (b"\xff\xff\xfe\x80\x81" * 50, "编码认不出来"),
        (b'a,b\n"' + b"x" * 1_200_000 + b'",2\n', "CSV 文件读不下去"),
        (xlsx([[None]]), "没有认得出|至少要有"),
    ],
    ids=["half a workbook", "no zip", "no xls", "a cell far away", "a bomb", "no encoding", "a huge cell", "no rows"],
)
def test_what_cannot_be_read_says_why(
    content: bytes, sentence: str, checked: Callable[..., BatchCard], admin: Actor
) -> None:
    card = checked(content)
    told = [str(text) for text in ([card.failure] if card.failure else card.problems)]
    assert not card.may_load
    assert any(re.search(sentence, one) for one in told), told


@pytest.mark.django_db
def test_one_column_and_three_hundred_columns_are_said_plainly(checked: Callable[..., BatchCard]) -> None:
    narrow = checked(text([["备注"], ["修好了"], ["没修"]]))
    assert [str(problem) for problem in narrow.problems] == [
        "至少要有一列是：故障现象、故障类型、维修措施",
        "至少要有一列是：报修日期、完工日期",
    ]
    rows = [[*row, *([f"多余{n}" for n in range(300)])] for row in numbered(3)]
    wide = checked(xlsx(rows))
    assert (len(wide.columns), wide.good) == (200, 3)
    assert [str(note) for note in wide.notes] == ["表格太宽，只读了前 200 列"]


@pytest.mark.django_db
def test_long_and_strange_cells_are_kept_as_far_as_they_fit(checked: Callable[..., BatchCard], admin: Actor) -> None:
    row = ["N1", "2024-05-06", "王" * 100, "1" * 700, "空调", "\x07格力", "响" * 5000]
    card = checked(text([numbered(1)[0], row]))
    (told,) = queries.verdicts(card.id, admin)
    assert (card.good, told["verdict"]) == (1, "warned")
    assert [str(reason)[:12] for reason in queries.reasons_of(told)][:2] == [
        "客户姓名太长，只保留前 ",
        "故障现象太长，只保留前 ",
    ]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2024-3-5", date(2024, 3, 5)), ("2024/03/05 14:30", date(2024, 3, 5)), ("2024年3月5日", date(2024, 3, 5)),
        ("20240305", date(2024, 3, 5)), (20240305, date(2024, 3, 5)), (45356.0, date(2024, 3, 5)),
        ("45356", date(2024, 3, 5)), ("24.3.5", date(2024, 3, 5)), ("5/3/2024", date(2024, 3, 5)), ("2024.3", date(2024, 3, 1)),
        ("２０２４－３－５", date(2024, 3, 5)), ("2015", date(2015, 1, 1)), (datetime.fromisoformat("2024-03-05 09:00"), date(2024, 3, 5)),
        ("????", None), ("2024-02-31", None), ("三月五号", None), (True, None), (None, None), (float("nan"), None),
        (float("inf"), None),
    ],
)  # fmt: skip
def test_days_are_read_in_every_usual_spelling(cell: Any, day: date | None) -> None:
    assert cells.day(cell) == day


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("150元", 15000), ("¥1,234.5", 123450), ("收 80 块", 8000), (150.0, 15000), (80, 8000), ("免费", 0), ("１２０", 12000),
        ("1.2万", 12_000_00), ("3千元", 3000_00), ("2k", 2000_00), (date(2024, 3, 5), None),
        ("面议", None), ("", None), (None, None), (True, None), ("9" * 40, None), (float("nan"), None), (float("inf"), None),
    ],
)  # fmt: skip
def test_amounts_are_read_out_of_what_was_written(cell: Any, fen: int | None) -> None:
    assert cells.money(cell) == fen


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_is_read_whatever_its_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    rows = [["单号", "故障"], ["1", "不制冷，\n漏水"], ["2", 'a"b;c,d']]
    assert tables.read(text(rows, encoding=encoding, delimiter=delimiter)).rows == rows


def test_columns_without_a_telling_name_are_known_by_their_cells() -> None:
    rows = [
        ["", "x", "y", "z"],
        ["13812342231", "2024-01-02", "150元", "天河路 5 号小区"],
        ["13812342232", "2024-01-03", "80元", "石牌村 3 栋"],
    ]
    found = columns.guess(rows, kind="past_orders", header_row=0)
    assert [str(field) for field in found.mapping.values()] == ["phone", "received", "cost", "address"]


def _warned(cells_of: dict[str, Any]) -> list[str]:
    fields = [Field(name) for name in cells_of]
    found = rows.read(
        list(cells_of.values()), dict(enumerate(fields)), number=1, kind="past_orders", area_code="020",
        today=date(2026, 3, 11),
    )  # fmt: skip
    return [str(reason) for reason in found.warnings]


@pytest.mark.parametrize(
    ("cell", "warned"),
    [
        ("13812342231", []), ("020-86661234", []), ("86661234 王太", []), ("", []),
        ("138abc", ["电话“138abc”打不通：里面没有完整的号码，按原样保留"]),
        ("110", ["电话“110”打不通：里面没有完整的号码，按原样保留"]),
        ("1381234567", ["电话“1381234567”打不通：里面没有完整的号码，按原样保留"]),
        ("13812342231/1381234", ["“1381234”不像电话号码，手机为 11 位，座机请带区号，请核对"]),
        ("0755-8234567", ["深圳市(0755)的座机一般是 8 位，这里是 7 位，请核对"]),
    ],
)  # fmt: skip
def test_a_cell_that_rings_nowhere_is_told(cell: str, warned: list[str]) -> None:
    assert _warned({"received": "2026-03-01", "symptom": "不响", "phone": cell}) == warned


@pytest.mark.parametrize(
    ("cell", "warned"),
    [
        ("150元", []), ("¥1,234.50", []), ("免费", []), (49_999, []),
        ("-80", ["金额“-80”是负数，请核对"]), ("80+50", ["金额“80+50”里有几个数，只取了 ¥80.00，请核对"]),
        (138123, ["金额 ¥138,123.00 特别大，请核对"]), ("5万", ["金额 ¥50,000.00 特别大，请核对"]),
        (date(2024, 3, 5), ["金额“2024-03-05”认不出数字，记在备注里"]),
    ],
)  # fmt: skip
def test_an_amount_that_looks_wrong_is_told(cell: Any, warned: list[str]) -> None:
    assert _warned({"received": "2026-03-01", "symptom": "不响", "cost": cell}) == warned


@pytest.mark.parametrize(
    ("typed", "warned"),
    [
        ({"received": "2026-03-12"}, ["报修日期 2026-03-12 在今天之后"]),
        ({"received": "2026-03-11", "closed": "2027-03-11"}, ["完工日期 2027-03-11 在今天之后"]),
        ({"received": "2026-03-11", "purchased": "2026-04-01"}, ["购买日期 2026-04-01 在今天之后", "购买日期晚于报修日期，请核对"]),
        ({"received": "1980-01-01"}, ["报修日期 1980-01-01 早得不像真的，请核对"]),
        ({"received": "2026-03-01", "purchased": "2026-03-02"}, ["购买日期晚于报修日期，请核对"]),
        ({"received": "2026-03-01", "purchased": "2024-03-02", "made": "2024-05-01"}, ["出厂日期晚于购买日期，请核对"]),
    ],
)  # fmt: skip
def test_a_day_that_cannot_be_is_told(typed: dict[str, str], warned: list[str]) -> None:
    assert _warned({"symptom": "不响"} | typed) == warned
