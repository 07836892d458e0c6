"""What files and papers are made of, without database and disk: kinds of files, names, ink, sizes of paper, bar codes."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gongdan.kernel.errors import Refused
from gongdan.kernel.naming import named
from gongdan.kernel.text import _

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that is taken in: its type for the browser, and its ending."""

    mime: str
    ending: str


JPEG = FileKind("image/jpeg", ".jpg")
PNG = FileKind("image/png", ".png")
WEBP = FileKind("image/webp", ".webp")
PDF = FileKind("application/pdf", ".pdf")
SVG = FileKind("image/svg+xml", ".svg")  # only drawn by us: a foreign one may carry scripts
XLSX = FileKind("application/octet-stream", ".xlsx")  # only downloaded; its own type is longer than the column
XLS = FileKind("application/vnd.ms-excel", ".xls")
ODS = FileKind("application/vnd.oasis.opendocument.spreadsheet", ".ods")
CSV = FileKind("text/csv", ".csv")


def kind_of_content(content: bytes) -> FileKind:
    """What the file is by its first bytes; its name and the browser's word are not asked. Refused: none we take."""
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content.startswith(b"%PDF-"):
        return PDF
    if not content:
        raise Refused(_("文件是空的，请重新选择"), code="empty_file", field="file")
    if content[4:8] == b"ftyp" and content[8:12] in {b"heic", b"heix", b"mif1", b"msf1", b"hevc"}:
        raise Refused(
            _("暂不支持 HEIC 照片，请在手机相机设置里把格式改为“兼容性最佳”，或转成 JPG 后再上传"),
            code="file_kind",
            field="file",
        )
    raise Refused(_("只能上传 JPG、PNG、WebP 图片或 PDF 文件，请转换格式后再上传"), code="file_kind", field="file")


def kind_of_table(content: bytes) -> FileKind:
    """What kind of spreadsheet the file is by its first bytes. Refused: empty, locked by a password, or no table."""
    if not content.strip():
        raise Refused(_("文件是空的，请重新选择"), code="empty_file", field="file")
    if content.startswith(b"PK\x03\x04"):
        start = content[:200]
        return ODS if b"opendocument.spreadsheet" in start else XLSX
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Refused(_("表格加了密码，请在 Excel 里取消密码、另存后再上传"), code="locked", field="file")
        return XLS
    is_wide = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
    if content[:4] in {b"%PDF", b"\x89PNG", b"RIFF"} or (b"\x00" in content[:4096] and not is_wide):
        raise Refused(_("这不是表格，请上传 Excel（xlsx、xls）、ODS 或 CSV 文件"), code="file_kind", field="file")
    return CSV


def check_size(size: int, *, limit: int) -> None:
    """Refused: larger than the limit, both in bytes."""
    if size > limit:
        raise Refused(
            _(
                "文件有 {size} MB，超过 {limit} MB 的上限，请压缩后再上传",
                size=f"{size / 2**20:.1f}",
                limit=f"{limit / 2**20:g}",
            ),
            code="file_size",
            field="file",
        )


def clean_name(typed: str, kind: FileKind) -> str:
    """A name that is safe to show and to offer for download, with the ending of what the file really is."""
    name = unicodedata.normalize("NFC", typed).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c if c.isprintable() and unicodedata.category(c) != "Cf" else " " for c in name)
    stem = re.sub(r"\.\w{1,5}$", "", re.sub(r'[<>:"|?*\s]+', " ", name)).strip(" .")
    return (stem[: LONGEST_NAME - len(kind.ending)].rstrip(" .") or "附件") + kind.ending


@dataclass(frozen=True, slots=True)
class Ink:
    """A signature as an SVG path within its box ("0 0 width height")."""

    box: str
    path: str


MOST_STROKES, MOST_POINTS, LARGEST_PLACE = 300, 20_000, 10_000.0


def ink_of(strokes: Sequence[Mapping[str, Any]]) -> Ink:
    """What the signature pad recorded (its `toData()`), as smooth lines. Refused: nothing drawn, or no drawing at all."""
    lines = _lines(strokes)
    left = min(x for line in lines for x, _y in line) - _PEN
    top = min(y for line in lines for _x, y in line) - _PEN
    width = max(x for line in lines for x, _y in line) - left + _PEN
    height = max(y for line in lines for _x, y in line) - top + _PEN
    moved = [[(x - left, y - top) for x, y in line] for line in lines]
    return Ink(f"0 0 {width:.1f} {height:.1f}", " ".join(_smooth(line) for line in moved))


def svg_of(ink: Ink) -> bytes:
    """The signature as a file of its own."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{ink.box}"><path d="{ink.path}" fill="none" stroke="#000"'
        f' stroke-width="{_PEN}" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    ).encode()


_PEN = 2.5


def _lines(strokes: Sequence[Mapping[str, Any]]) -> list[list[tuple[float, float]]]:
    bad = Refused(_("签名数据不完整，请清除后重新签名"), code="signature", field="signature")
    if not isinstance(strokes, Sequence) or not 0 < len(strokes) <= MOST_STROKES:
        raise bad
    try:
        lines = [[(float(point["x"]), float(point["y"])) for point in stroke["points"]] for stroke in strokes]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise bad from None
    lines = [line for line in lines if line]
    places = [place for line in lines for point in line for place in point]
    if not places or len(places) > 2 * MOST_POINTS:
        raise bad
    if not all(math.isfinite(place) and abs(place) <= LARGEST_PLACE for place in places):
        raise bad
    if sum(len(line) for line in lines) < 3:
        raise Refused(_("签名太短，请让客户重新签名"), code="signature", field="signature")
    return lines


def _smooth(line: list[tuple[float, float]]) -> str:
    """Curves through the middles of the segments, bent towards the recorded points."""
    (x, y), *rest = line
    parts = [f"M{x:.1f} {y:.1f}"]
    for (x1, y1), (x2, y2) in itertools.pairwise(rest):
        parts.append(f"Q{x1:.1f} {y1:.1f} {(x1 + x2) / 2:.1f} {(y1 + y2) / 2:.1f}")
    end_x, end_y = line[-1]
    return "".join([*parts, f"L{end_x:.1f} {end_y:.1f}"])


_SAID_BY_US = frozenset({"title", "label", "caption", "notes", "copies"})  # the rest was typed, or counted


def plain_snapshot(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """The snapshot as JSON keeps it. Every leaf must be a finished string (or a yes or no): a paper never counts again.

    What the sheet itself says is written in the firm's own words; what was typed stays as it is.
    """
    _check_leaves(snapshot, "snapshot")
    plain: dict[str, Any] = json.loads(json.dumps(snapshot, ensure_ascii=False))
    firm = (plain.get("head") or {}).get("firm")
    words = firm.pop("words", {}) if isinstance(firm, dict) else {}
    return _in_words(plain, words) if words else plain


def _in_words(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_in_words(inner, words) for inner in value]
    if not isinstance(value, dict):
        return value
    return {key: _said(inner, words) if key in _SAID_BY_US else _in_words(inner, words) for key, inner in value.items()}


def _said(value: Any, words: Mapping[str, str]) -> Any:
    return [named(one, words) for one in value] if isinstance(value, list) else named(value or "", words)


def digest(kind: str, number: str, version: int, snapshot: Mapping[str, Any]) -> str:
    """The SHA-256 of what a paper says: any later change of the row shows."""
    text = json.dumps([kind, number, version, snapshot], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _check_leaves(value: object, place: str) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _check_leaves(inner, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for n, inner in enumerate(value):
            _check_leaves(inner, f"{place}[{n}]")
    else:
        assert value is None or isinstance(value, str | bool), f"{place} is not final: {value!r}"


@dataclass(frozen=True, slots=True)
class Size:
    """A size of paper with its margins, in millimetres. `look` names its rules in the style sheet."""

    code: str
    label: str
    width: float
    height: float
    look: str
    top: float
    side: float
    bottom: float

    @property
    def is_roll(self) -> bool:
        """Whether the paper is as long as what stands on it."""
        return self.look == "roll"


ROLL_PAGE = 297.0  # what a browser is told: rolls join their pages without a gap

SIZES = {
    size.code: size
    for size in (
        Size("A4", "A4", 210, 297, "sheet", top=15, side=18, bottom=14),
        Size("A4L", "A4 大字", 210, 297, "sheet large", top=15, side=18, bottom=14),  # for eyes that read with effort
        Size("A5", "A5", 148, 210, "sheet small", top=10, side=11, bottom=10),
        # Tractor paper is 9.5 inches wide, 12.7 mm of it holes on each side, and 11 or 5.5 inches long: with 140 mm a page
        # the print would creep by a line every fourteen pages.
        Size("241x280", "241 mm 整页", 241, 279.4, "tractor", top=9, side=19, bottom=10),
        Size("241x140", "241 mm 二等分", 241, 139.7, "tractor half", top=5, side=19, bottom=7),
        Size("80mm", "80 mm 小票", 80, ROLL_PAGE, "roll", top=3, side=4.5, bottom=6),  # 72 mm can be printed
    )
}


def size_of(code: str) -> Size:
    """Refused: no such size."""
    if code not in SIZES:
        raise Refused(_("没有“{size}”这种纸张，可选 {known}", size=code[:20], known="、".join(SIZES)), field="size")
    return SIZES[code]


def code128(text: str) -> list[int]:
    """The bar code of ASCII text as widths of bars and gaps in turn, beginning with a bar (Code 128, sets B and C)."""
    assert text.isascii(), "Code 128 writes ASCII"
    assert text.isprintable(), "Code 128 is written without control characters"
    values: list[int] = []
    in_pairs = False
    place = 0
    while place < len(text):
        digits = len(text) - place - len(text[place:].lstrip("0123456789"))
        wants_pairs = digits >= (2 if in_pairs else 4) and digits % 2 == 0
        if wants_pairs != in_pairs or not values:
            values.append((_TO_C if wants_pairs else _TO_B) if values else (_START_C if wants_pairs else _START_B))
            in_pairs = wants_pairs
        if in_pairs:
            values.append(int(text[place : place + 2]))
            place += 2
        else:
            values.append(ord(text[place]) - 32)
            place += 1
    check = (values[0] + sum(n * value for n, value in enumerate(values))) % 103
    return [int(width) for value in [*values, check, _STOP] for width in _BARS[value]]


_TO_C, _TO_B, _START_B, _START_C, _STOP = 99, 100, 104, 105, 106
_BARS = [
    "212222",
    "222122",
    "222221",
    "121223",
    "121322",
    "131222",
    "122213",
    "122312",
    "132212",
    "221213",
    "221312",
    "231212",
    "112232",
    "122132",
    "122231",
    "113222",
    "123122",
    "123221",
    "223211",
    "221132",
    "221231",
    "213212",
    "223112",
    "312131",
    "311222",
    "321122",
    "321221",
    "312212",
    "322112",
    "322211",
    "212123",
    "212321",
    "232121",
    "111323",
    "131123",
    "131321",
    "112313",
    "132113",
    "132311",
    "211313",
    "231113",
    "231311",
    "112133",
    "112331",
    "132131",
    "113123",
    "113321",
    "133121",
    "313121",
    "211331",
    "231131",
    "213113",
    "213311",
    "213131",
    "311123",
    "311321",
    "331121",
    "312113",
    "312311",
    "332111",
    "314111",
    "221411",
    "431111",
    "111224",
    "111422",
    "121124",
    "121421",
    "141122",
    "141221",
    "112214",
    "112412",
    "122114",
    "122411",
    "142112",
    "142211",
    "241211",
    "221114",
    "413111",
    "241112",
    "134111",
    "111242",
    "121142",
    "121241",
    "114212",
    "124112",
    "124211",
    "411212",
    "421112",
    "421211",
    "212141",
    "214121",
    "412121",
    "111143",
    "111341",
    "131141",
    "114113",
    "114311",
    "411113",
    "411311",
    "113141",
    "114131",
    "311141",
    "411131",
    "211412",
    "211214",
    "211232",
    "2331112",
]
