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
from gongdan.imports.rules import cells, columns, tables
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
