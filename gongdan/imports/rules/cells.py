"""Cells of other people's tables: dates in ten spellings, "150元", several telephones, answered as values or not at all."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from gongdan.kernel.calendar import moment_on
from gongdan.kernel.errors import Refused
from gongdan.kernel.money import Fen, parse_yuan

Cell = str | int | float | bool | date | datetime | time | timedelta | None
_EXCEL_START = date(1899, 12, 30)
_WIDE = str.maketrans("０１２３４５６７８９．／－：", "0123456789./-:")
_NOTHING = frozenset(
    {
        "",
        "-",
        "--",
        "—",
        "/",
        "无",
        "空",
        "未知",
        "不详",
        "n/a",
        "na",
        "none",
        "null",
        "unknown",
        "????",
        "?",
        "待定",
        "#n/a",
        "nan",
    }
)
_YMD = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:\s|T|$)")
_YM = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?$")
_SOLID = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_SHORT = re.compile(r"^(\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?$")
_DMY = re.compile(r"^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})$")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(下午|晚上|pm|PM)?")
_MONEY = re.compile(r"(-?\d[\d,]*(?:\.\d+)?)\s*([万千wWkK]?)")
_TIMES: dict[str, int] = {"万": 10_000, "w": 10_000, "千": 1000, "k": 1000}


def plain(cell: Cell) -> str:
    """The cell as one line of text, "" where nothing is said. Numbers lose the .0 that a table gave them."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="minutes")
    text = re.sub(r"\s+", " ", str(cell).replace("\x00", "")).strip()
    return "" if text.lower() in _NOTHING else text


def long_text(cell: Cell) -> str:
    """The cell as text that keeps its lines."""
    return "" if cell is None or not plain(cell) else str(cell).replace("\x00", "").replace("\r\n", "\n").strip()


def day(cell: Cell) -> date | None:
    """The day that the cell names, in any usual spelling or as Excel's number; None if it names none."""
    if isinstance(cell, datetime):  # as written in the sheet: no zone, so no day to convert
        return date(cell.year, cell.month, cell.day)
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _from_number(float(cell))
    text = plain(cell).translate(_WIDE)
    if re.fullmatch(r"(?:19|20)\d{2}年?", text):
        return date(int(text[:4]), 1, 1)
    if match := _SOLID.match(text):
        return _date(match[1], match[2], match[3])
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        return _from_number(float(text))
    if match := _YMD.match(text):
        return _date(match[1], match[2], match[3])
    if match := _YM.match(text):
        return _date(match[1], match[2], "1")
    if match := _DMY.match(text):
        return _date(match[3], match[2], match[1]) or _date(match[3], match[1], match[2])
    if match := _SHORT.match(text):
        return _date(f"20{match[1]}", match[2], match[3])
    return None


def moment(cell: Cell) -> datetime | None:
    """The moment that the cell names, in the shop's time zone; without a clock it is noon, so that no day shifts."""
    found = day(cell)
    if found is None:
        return None
    clock = time(12)
    if isinstance(cell, datetime):
        clock = cell.time()
    elif match := _CLOCK.search(plain(cell).translate(_WIDE)):
        hour = int(match[1]) + (12 if match[4] and int(match[1]) < 12 else 0)
        if hour < 24 and int(match[2]) < 60:
            clock = time(hour, int(match[2]))
    return moment_on(found, clock)


def money(cell: Cell) -> Fen | None:
    """The amount in the cell ("150元", "¥1,234.5", "收 80 块", "1.2万", 150.0) in fen; None if it holds none."""
    if cell is None or isinstance(cell, bool | date | time | timedelta):
        return None
    text = (f"{cell:.2f}" if isinstance(cell, float) else plain(cell)).translate(_WIDE)
    if text in {"免费", "免", "不收费"}:
        return Fen(0)
    match = _MONEY.search(text)
    if not match:
        return None
    try:
        amount = Decimal(match[1].replace(",", "")) * _TIMES.get(match[2].lower(), 1)
        return parse_yuan(str(amount.quantize(Decimal("0.01"))))
    except (Refused, InvalidOperation):
        return None


def holds_several_amounts(cell: Cell) -> bool:
    """Whether more than one number stands in the cell ("80+50", "2024-3-5"), so that the first may not be the amount."""
    return isinstance(cell, str) and len(_MONEY.findall(plain(cell).translate(_WIDE))) > 1


def _from_number(number: float) -> date | None:
    """Excel's day count (43831 = 2020-01-01), or 20200101 written as a number."""
    if 20000101 <= number <= 21001231:
        solid = str(int(number))
        return _date(solid[:4], solid[4:6], solid[6:])
    if 20000 <= number <= 80000:
        return _EXCEL_START + timedelta(days=int(number))
    if 1980 <= number <= 2100:
        return date(int(number), 1, 1)
    return None


def _date(year: str, month: str, dom: str) -> date | None:
    try:
        found = date(int(year), int(month), int(dom))
    except ValueError:
        return None
    return found if 1970 <= found.year <= 2100 else None
