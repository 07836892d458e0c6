"""Reading a file into rows of cells. Imported by the work process and the commands only: the sheet library is large."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from python_calamine import CalamineError, CalamineWorkbook

from gongdan.imports.rules.cells import Cell
from gongdan.kernel.errors import Refused
from gongdan.kernel.text import _

MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_CELLS = 10_000_000  # of the box around all that stands in a sheet: the library reserves room for every one
MOST_UNPACKED = 400 * 2**20  # bytes
_PLACE = re.compile(rb"""\sr=["']([A-Z]{1,3})(\d{1,7})["']""")
_ENCODINGS = ("utf-8-sig", "gb18030", "utf-16")
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of one sheet, short rows as they are; `encoding` of a text file, `sheet` of a workbook."""

    rows: list[list[Cell]]
    encoding: str = ""
    sheet: str = ""
    is_cut: bool = False  # wider than what is read


def read(content: bytes) -> Table:
    """The table in this file: xlsx, xls, ods, or text in UTF-8 or GBK. Refused: empty, unreadable or far too long."""
    if not content.strip():
        raise Refused(_("文件是空的，请重新选择"), code="empty_file")
    is_book = content[:4] == b"PK\x03\x04" or content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    table = _workbook(content) if is_book else _text(content)
    if not table.rows:
        raise Refused(_("文件里没有数据，请检查后重新选择"), code="empty_file")
    return table


def _workbook(content: bytes) -> Table:
    if content[:4] == b"PK\x03\x04":
        _check_packed(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
    except (CalamineError, OSError, ValueError) as failure:
        raise _unreadable() from failure
    if not sheets:
        raise Refused(_("表格里没有工作表"), code="empty_file")
    name, sheet = max(sheets, key=lambda s: s[1].height * max(s[1].width, 1))
    if sheet.height > MOST_ROWS:
        raise _too_long()
    return _table(sheet.to_python(skip_empty_area=False), sheet=name)


def _check_packed(content: bytes) -> None:
    """Refused: a workbook that unpacks to far more than it should, or that puts a cell at the end of the world."""
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for part in packed.infolist():
                right = bottom = 0
                with packed.open(part) as file:
                    tail = b""
                    while block := file.read(2**20):
                        left -= len(block)
                        if left < 0:
                            raise _too_large()
                        if "worksheets/" in part.filename:
                            for place in _PLACE.finditer(tail + block):
                                right = max(right, _column_number(place[1]))
                                bottom = max(bottom, int(place[2]))
                            tail = block[-30:]
                if right * bottom > MOST_CELLS:
                    raise _too_large()
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError) as failure:
        raise _unreadable() from failure


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _text(content: bytes) -> Table:
    encoding, text = _decoded(content)
    sample = text[:20_000]
    delimiter = max(_DELIMITERS, key=lambda d: _evenness(sample, d))
    csv.field_size_limit(1_000_000)
    rows: list[list[Cell]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if len(rows) >= MOST_ROWS:
                raise _too_long()
            rows.append(list(row))
    except csv.Error as failure:
        raise Refused(_("CSV 文件读不下去，请用 Excel 另存为 xlsx 后重试"), code="unreadable") from failure
    return _table(rows, encoding=encoding)


def _decoded(content: bytes) -> tuple[str, str]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16", content.decode("utf-16", errors="replace")
    for encoding in _ENCODINGS[:2]:
        try:
            return encoding.removesuffix("-sig"), content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(_("文件的编码认不出来，请用 Excel 另存为 xlsx 后重试"), code="encoding")


def _evenness(sample: str, delimiter: str) -> float:
    """How well this delimiter cuts the first lines into equally many cells, more than one."""
    widths = [len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)][:50]
    wide = [w for w in widths if w > 1]
    if not wide:
        return 0
    usual = max(set(wide), key=wide.count)
    return wide.count(usual) / len(widths) + min(usual, 30) / 100


def _table(rows: Iterable[Sequence[Cell]], *, encoding: str = "", sheet: str = "") -> Table:
    kept: list[list[Cell]] = []
    is_cut = False
    for row in rows:
        is_cut = is_cut or any(str(cell).strip() for cell in row[MOST_COLUMNS:] if cell is not None)
        kept.append(list(row[:MOST_COLUMNS]))
    while kept and not any(str(c).strip() for c in kept[-1] if c is not None):
        kept.pop()
    return Table(kept, encoding, sheet, is_cut)


def _unreadable() -> Refused:
    return Refused(_("表格打不开，可能加了密码或已损坏；请另存为 xlsx 或 CSV 后重试"), code="unreadable")


def _too_large() -> Refused:
    return Refused(_("表格展开后太大，请删去多余的行列、另存为 CSV 后重试"), code="too_large")


def _too_long() -> Refused:
    return Refused(_("一次最多导入 {most} 行，请分成几个文件", most=MOST_ROWS), code="too_long")
