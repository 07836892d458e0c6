"""Telephone numbers as people type them, made comparable: one form to match, search, dial and show.

Nothing is checked against a numbering plan: what has the shape of a number is one. Doubts are told as a warning beside
the number, and what has no such shape is kept as `Kind.INVALID` with its text, so that nothing typed is lost.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from gongdan.kernel.text import Text, _

MAX_RAW = 500  # characters in one cell; ten numbers with names need fewer than 200


class Kind(StrEnum):
    """What sort of number it is; the values are stored."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    LOCAL = "landline-local"
    SERVICE_400 = "service400"
    SERVICE_800 = "service800"
    SHORT = "short"
    EMERGENCY = "emergency"
    HONG_KONG = "hk"
    MACAO = "mo"
    TAIWAN = "tw"
    FOREIGN = "foreign"
    WITHHELD = "withheld"
    UNAVAILABLE = "unavailable"
    INVALID = "invalid"


KIND_LABELS: dict[Kind, Text] = {
    Kind.MOBILE: _("手机"),
    Kind.LANDLINE: _("座机"),
    Kind.LOCAL: _("座机(本地)"),
    Kind.SERVICE_400: _("400 电话"),
    Kind.SERVICE_800: _("800 电话"),
    Kind.SHORT: _("短号"),
    Kind.EMERGENCY: _("紧急号码"),
    Kind.HONG_KONG: _("香港"),
    Kind.MACAO: _("澳门"),
    Kind.TAIWAN: _("台湾"),
    Kind.FOREIGN: _("国际号码"),
    Kind.WITHHELD: _("对方隐藏号码"),
    Kind.UNAVAILABLE: _("号码未显示"),
    Kind.INVALID: _("号码有误"),
}
_NOT_A_LINE = frozenset({Kind.WITHHELD, Kind.UNAVAILABLE, Kind.INVALID})
_NOBODYS = _NOT_A_LINE | {Kind.SHORT, Kind.EMERGENCY}


@dataclass(frozen=True, slots=True)
class Phone:
    """One number. `code` is E.164 ("+8613812345678") or, where there is none, the plain digits (400, 95588, 110).

    `raw` is the part of the cell that it was read from; `warning` is a doubt that the clerk should settle.
    """

    kind: Kind
    code: str = ""
    area_code: str = ""
    extension: str = ""
    raw: str = ""
    warning: Text | None = None

    @property
    def can_be_dialled(self) -> bool:
        """Whether a button may dial it: never an emergency line, never what is no number."""
        return bool(self.code) and self.kind is not Kind.EMERGENCY

    @property
    def takes_messages(self) -> bool:
        """Whether a text message reaches it."""
        return self.kind is Kind.MOBILE

    @property
    def looks_lent(self) -> bool:
        """Whether a platform may have lent it for a while: a mobile number with an extension."""
        return self.kind is Kind.MOBILE and len(self.extension) > 1

    @property
    def identifies_somebody(self) -> bool:
        """Whether a customer may be looked up by it: a bank's short code or a withheld number belongs to nobody."""
        return bool(self.code) and self.kind not in _NOBODYS


class AreaCode(NamedTuple):
    """A landline area code, how many digits its local numbers have (one or two lengths), and whose it is."""

    code: str
    digits: tuple[int, ...]
    places: tuple[str, ...]


@cache
def area_codes() -> dict[str, AreaCode]:
    """All landline area codes by code ("010", "0755")."""
    with (Path(__file__).parent / "data" / "area_codes.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["area_code"]: AreaCode(
                row["area_code"],
                tuple(int(n) for n in row["digits"].split("-")),
                tuple(row["places"].split("、")),
            )
            for row in csv.DictReader(file)
        }


def parse_phones(raw: str, *, default_area_code: str = "") -> list[Phone]:
    """The numbers in one cell, in order; the first is the main one. Empty: the cell is empty.

    A local landline number takes the area code of the number before it, else `default_area_code` (the site's).
    """
    if len(raw) > MAX_RAW:
        too_long = _("电话一栏超过 {limit} 个字，请只填电话号码", limit=MAX_RAW)
        return [Phone(Kind.INVALID, raw=raw[:MAX_RAW], warning=too_long)]
    text = raw.translate(_PLAIN)
    word = text.strip()
    if not word:
        return []
    if absent := _ABSENT.get(word.upper()):
        return [Phone(absent, raw=word)]
    return _Cell(raw, _area(default_area_code)).read(_pieces(text))


def plain(text: str) -> str:
    """The text in half-width signs as a number is looked for in it; every sign stays at its place."""
    return text.translate(_PLAIN)


def tidy(typed: str, *, default_area_code: str = "") -> str:
    """The number as people write it, where one undoubted number was typed and nothing else; any other text as it is."""
    word = typed.strip()
    found = parse_phones(word, default_area_code=default_area_code)
    if len(found) != 1 or found[0].warning is not None or found[0].raw != word or not found[0].can_be_dialled:
        return word
    return shown(found[0].code, found[0].extension)


def search_digits(text: str) -> str:
    """The digits a number is searched by, as dialled inside the country: 13812345678, 075582345678, 4001234567.

    Takes a stored code as well as what somebody types into a search box.
    """
    plain = text.translate(_PLAIN)
    digits = "".join(_DIGITS.findall(plain))
    if plain.lstrip(" (").startswith("+86"):
        digits = digits[2:]
    elif digits.startswith("0086"):
        digits = digits[4:]
    else:
        return digits
    bare_landline = len(digits) > 8 and digits[0] != "0" and not _MOBILE.match(digits) and not _SERVICE.match(digits)
    return f"0{digits}" if bare_landline else digits


def tail(text: str, length: int) -> str:
    """The last digits of a number, or nothing if it has fewer."""
    digits = "".join(_DIGITS.findall(text.translate(_PLAIN)))
    return digits[-length:] if len(digits) >= length else ""


def tail4(text: str) -> str:
    """The last four digits, by which people ask for a customer."""
    return tail(text, 4)


def masked(code: str) -> str:
    """The code for eyes that may not see it: 138****5678, 0755****5678. Public service numbers stay readable."""
    national = _national(code)
    if code.startswith("+86"):
        return f"{national[: len(_area_prefix(national)) or 3]}****{national[-4:]}"
    if code.startswith(("+852", "+853", "+886")):
        return f"{code[:4]}****{code[-4:]}"
    if code.startswith("+"):
        return f"{code[:3]}****{code[-4:]}"
    return f"****{code[-4:]}" if _LOCAL.fullmatch(code) else code


def shown(code: str, extension: str = "") -> str:
    """The code as people write it: 13812345678, 0755-82345678 转 801, 400-123-4567, +852 21234567."""
    national = _national(code)
    area = _area_prefix(national) if code.startswith("+86") else ""
    if area:
        national = f"{area}-{national[len(area) :]}"
    elif _SERVICE.fullmatch(code):
        national = f"{code[:3]}-{code[3:6]}-{code[6:]}"
    elif code.startswith(("+852", "+853", "+886")):
        national = f"{code[:4]} {code[4:]}"
    return f"{national} 转 {extension}" if extension else national


# --- reading a cell ---------------------------------------------------------------------------------------------

_PLAIN: dict[int, str] = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # one sign for one: places stay
_PLAIN |= dict.fromkeys([*range(0x20), 0x7F, 0xA0, *range(0x2000, 0x2010), *range(0x2028, 0x2030)], " ")
_PLAIN |= dict.fromkeys([0x3000, *range(0x2060, 0x2070), 0xFEFF], " ")  # phones paste invisible marks around a number
_PLAIN |= {ord(dash): "-" for dash in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\u30fc"}
_PLAIN |= {ord("\n"): ";", ord("\r"): ";", ord("。"): ";", ord("·"): "."}

_ABSENT = {
    "P": Kind.WITHHELD,
    "PRIVATE": Kind.WITHHELD,
    "ANONYMOUS": Kind.WITHHELD,
    "O": Kind.UNAVAILABLE,
    "UNAVAILABLE": Kind.UNAVAILABLE,
    "OUT OF AREA": Kind.UNAVAILABLE,
}

_DIGITS = re.compile(r"[0-9]+")
_TOKEN = re.compile(
    r"""(?P<digits>[0-9]+)
      | (?P<plus>\+)
      | (?P<turn>转接?|分机号?|内线|extension|ext|[*\#_]|x(?=[ .:]*[0-9]))
      | (?P<comma>,)
      | (?P<hard>[/、;|\\&]|或者?|和|及)
      | (?P<soft>[ \-.()\[\]:]+)
      | (?P<text>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_SERVICE = re.compile(r"[48]00[0-9]{7}")
_LOCAL = re.compile(r"[2-9][0-9]{6,7}")  # a local number never starts with 0 or 1
_AREA_FORM = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})")
_EMERGENCY = frozenset({"110", "112", "119", "120", "122", "999"})
_SHORT = re.compile(r"1[0-9]{2}|1[0-9]{4,5}|100[0-9]{4}|9[56][0-9]{3,4}")
_IP_PREFIX = re.compile(r"(?:10193|11808|12593|179(?:0[0189]|1[01]|5[01]|6[0189]|9[0156]))(?=[01])")
_ABROAD = {"852": (Kind.HONG_KONG, 8), "853": (Kind.MACAO, 8), "886": (Kind.TAIWAN, 9)}
_LONGEST = 24  # digits of one number with every prefix before it
_WORTH_TELLING = 7  # fewer stray digits beside words are a house or a floor, not a broken number


class _Group(NamedTuple):
    """A run of digits and what stood before it: "" (start or words), "soft", "dash", "turn" or "comma".

    `in_words`: words follow at once, as in 2号楼.
    """

    digits: str
    before: str
    plus: bool
    start: int
    end: int
    in_words: bool = False


class _Piece(NamedTuple):
    """What stands between two hard separators: runs of groups that words part from each other."""

    runs: list[list[_Group]]
    has_words: bool
    after: str  # the separator before this piece


class _Found(NamedTuple):
    kind: Kind
    code: str = ""
    area_code: str = ""
    warning: Text | None = None


@dataclass(slots=True)
class _Draft:
    found: _Found
    start: int
    end: int
    extension: str = ""
    warning: Text | None = None


def _pieces(text: str) -> Iterator[_Piece]:
    runs: list[list[_Group]] = [[]]
    has_words, after, before, plus = False, "", "", False
    for token in _TOKEN.finditer(text):
        kind, sign = token.lastgroup, token[0]
        if kind == "digits":
            runs[-1].append(_Group(sign, before, plus, token.start(), token.end()))
            before, plus = "", False
        elif kind == "hard":
            yield _Piece([run for run in runs if run], has_words, after)
            runs, has_words, after, before, plus = [[]], False, sign, "", False
        elif kind == "text":
            if runs[-1] and runs[-1][-1].end == token.start():
                runs[-1][-1] = runs[-1][-1]._replace(in_words=True)
            runs.append([])
            has_words, before, plus = True, "", False
        elif kind == "plus":
            plus = True
        elif kind == "soft":
            before = before or ("dash" if "-" in sign else "soft")
        else:
            before = str(kind)
    yield _Piece([run for run in runs if run], has_words, after)


class _Cell:
    """Reads the pieces of one cell in order, since a number may lean on the one before it."""

    def __init__(self, raw: str, default_area: str) -> None:
        self.raw = raw
        self.default_area = default_area
        self.drafts: list[_Draft] = []

    def read(self, pieces: Iterator[_Piece]) -> list[Phone]:
        unread: list[tuple[list[_Group], bool]] = []  # stray groups, and whether they must be told
        for piece in pieces:
            known = len(self.drafts)
            strays = [stray for run in piece.runs for stray in self._read_run(run)]
            is_bare = len(self.drafts) == known and not piece.has_words
            if strays and not (is_bare and len(strays) == 1 and self._read_alone(strays[0], piece)):
                unread.append((strays, is_bare))
        if not self.drafts:
            for strays, _bare in unread:
                if len(strays) == 1:
                    self._add_short(strays[0])
        if not self.drafts:
            word = self.raw.strip()
            return [Phone(Kind.INVALID, raw=word, warning=_complaint(word))]
        for strays, must_tell in unread:
            digits = sum(len(group.digits) for group in strays)
            if all(draft.start != strays[0].start for draft in self.drafts) and (must_tell or digits >= _WORTH_TELLING):
                word = self.raw[strays[0].start : strays[-1].end]
                invalid = _Found(Kind.INVALID, warning=_complaint(word))
                self.drafts.append(_Draft(invalid, strays[0].start, strays[-1].end))
        return [self._phone(draft) for draft in sorted(self.drafts, key=lambda draft: draft.start)]

    def _read_run(self, run: list[_Group]) -> list[_Group]:
        """Draft the numbers of a run: at each place the likeliest, then its extension. Gives the groups left over."""
        at, strays = 0, list[_Group]()
        in_hand: _Draft | None = None  # the number that a short group may still belong to
        while at < len(run):
            found, width = _likeliest(run, at)
            if not found and not strays:
                found, width = self._local(run, at)
            if found:
                in_hand = _Draft(found, run[at].start, run[at + width - 1].end)
                self.drafts.append(in_hand)
                at, strays = at + width, []
                continue
            if run[at].before == "turn" and at == 0 and self.drafts:
                in_hand = self.drafts[-1]  # 0755-82345678 王先生转801
            if not (in_hand and _extends(in_hand, run[at])):
                strays.append(run[at])
            at += 1
        return strays

    def _local(self, run: list[_Group], at: int) -> tuple[_Found | None, int]:
        """A local number starting here, with the area code of the number before it or the default one."""
        width = max((w for w, digits in _joined(run, at) if _LOCAL.fullmatch(digits)), default=0)
        rest = at + width
        if not width or run[at].plus:
            return None, 0
        goes_on = rest < len(run) and run[rest].before == "soft" and not _LOCAL.fullmatch(run[rest].digits)
        if goes_on and not _likeliest(run, rest)[0]:
            return None, 0  # 8234 567 8901: somebody's slip, not a local number
        local = "".join(group.digits for group in run[at:rest])
        before = self.drafts[-1].found if self.drafts else None
        if before and before.area_code:
            return _landline(before.area_code, local)._replace(kind=before.kind), width
        if self.default_area:
            return _landline(self.default_area, local)._replace(kind=Kind.LOCAL), width
        return _Found(Kind.LOCAL, local, warning=_("缺少区号，请补上，如 0755-{local}", local=local)), width

    def _read_alone(self, group: _Group, piece: _Piece) -> bool:
        """Read a short group that stands alone between separators: a hotline, or another ending (82345678/79)."""
        before = self.drafts[-1] if self.drafts else None
        may_end = before and before.found.code.startswith("+86") and not before.extension and len(group.digits) <= 4
        if before and may_end and piece.after in {"/", "、"} and group.digits not in _EMERGENCY:
            code = before.found.code[: -len(group.digits)] + group.digits
            doubt = _("由“{raw}”推出，请核对", raw=f"{shown(before.found.code)}{piece.after}{group.digits}")
            self.drafts.append(_Draft(before.found._replace(code=code, warning=doubt), group.start, group.end))
            return True
        return self._add_short(group)

    def _add_short(self, group: _Group) -> bool:
        if not _SHORT.fullmatch(group.digits) and group.digits not in _EMERGENCY:
            return False
        kind = Kind.EMERGENCY if group.digits in _EMERGENCY else Kind.SHORT
        self.drafts.append(_Draft(_Found(kind, group.digits), group.start, group.end))
        return True

    def _phone(self, draft: _Draft) -> Phone:
        start = draft.start
        while start and self.raw[start - 1] in "+＋(（":
            start -= 1
        kind, code, area_code, warning = draft.found
        raw = self.raw[start : draft.end].strip()
        return Phone(kind, code, area_code, draft.extension, raw, warning or draft.warning)


def _extends(draft: _Draft, group: _Group) -> bool:
    """Take a short group as the extension of the number before it, or tell that it was left out."""
    if group.before == "soft":
        if group.digits.strip("0") and not group.in_words and len(group.digits) < _WORTH_TELLING:
            draft.warning = _("后面的“{rest}”没有当作号码，请核对", rest=group.digits)
        return len(group.digits) < _WORTH_TELLING  # no warning for a spreadsheet's "13812345678.0"
    if draft.extension or len(group.digits) > 6:
        return False
    draft.extension, draft.end = group.digits, group.end
    return True


def _joined(run: list[_Group], at: int) -> Iterator[tuple[int, str]]:
    """The groups from here on as one string of digits, for each number of groups that may belong together."""
    digits = ""
    for width, group in enumerate(run[at:], start=1):
        digits += group.digits
        if len(digits) > _LONGEST or (width > 1 and (group.plus or group.before in {"turn", "comma"})):
            return
        yield width, digits


def _likeliest(run: list[_Group], at: int) -> tuple[_Found | None, int]:
    """The number that starts here and how many groups it takes: undoubted before doubted, then the longest."""
    best: tuple[tuple[bool, bool, int], _Found, int] | None = None
    for width, digits in _joined(run, at):
        if len(digits) < _WORTH_TELLING and not run[at].plus:
            continue
        found = _complete(digits, plus=run[at].plus) or _zero_lost(digits, first=run[at].digits)
        if found:
            rank = (found.warning is None, found.kind is not Kind.FOREIGN, len(digits))
            if best is None or rank > best[0]:
                best = rank, found, width
    return (best[1], best[2]) if best else (None, 0)


def _complete(digits: str, *, plus: bool) -> _Found | None:
    """The number that these digits are by themselves, if any: everything but local numbers and short codes."""
    if plus:
        inland = digits.removeprefix("86")
        return _inland(inland, coded=True) if inland != digits else _abroad(digits)
    if digits.startswith("00"):
        inland = digits.removeprefix("0086")
        return _inland(inland, coded=True) if inland != digits else _abroad(digits[2:])
    if found := _inland(_IP_PREFIX.sub("", digits, count=1) if len(digits) > 14 else digits, coded=False):
        return found
    if digits.startswith("86"):
        return _inland(digits[2:], coded=True)
    return _abroad(digits) if digits[:3] in {"852", "853"} and len(digits) == 11 else None


def _inland(digits: str, *, coded: bool) -> _Found | None:
    """A number of the mainland. `coded`: it followed +86, so the 0 of its area code may be gone."""
    trimmed = digits.removeprefix("0")
    if _MOBILE.fullmatch(trimmed):
        return _Found(Kind.MOBILE, f"+86{trimmed}")
    if _SERVICE.fullmatch(digits):
        return _Found(Kind.SERVICE_400 if digits[0] == "4" else Kind.SERVICE_800, digits)
    if coded and digits in _EMERGENCY:
        return _Found(Kind.EMERGENCY, digits)
    if coded and _SHORT.fullmatch(digits):
        return _Found(Kind.SHORT, digits)
    if coded and digits[:1] != "0":
        digits = f"0{digits}"
    area = _AREA_FORM.match(digits)
    if not area or len(digits) - area.end() not in {7, 8} or digits[area.end()] == "0":
        return None
    return _landline(area[0], digits[area.end() :])


def _zero_lost(digits: str, *, first: str) -> _Found | None:
    """A landline whose leading 0 a spreadsheet has eaten; only where area code and length fit exactly."""
    area = _AREA_FORM.match(f"0{digits}")
    if not area or (first != digits and f"0{first}" != area[0]):
        return None
    local, known = digits[area.end() - 1 :], area_codes().get(area[0])
    if not known or len(local) not in known.digits or not _LOCAL.fullmatch(local):
        return None
    doubt = _("区号开头的 0 可能丢了，已按 {area} 补上，请核对", area=area[0])
    return _landline(area[0], local)._replace(warning=doubt)


def _abroad(digits: str) -> _Found | None:
    """A number with a country code other than ours."""
    kind, length = _ABROAD.get(digits[:3], (Kind.FOREIGN, 0))
    if kind is not Kind.FOREIGN:
        return _Found(kind, f"+{digits}") if len(digits) == 3 + length else None
    fits = 8 <= len(digits) <= 15 and digits[0] != "0" and not digits.startswith("86")
    return _Found(kind, f"+{digits}") if fits else None


def _landline(area: str, local: str) -> _Found:
    known, doubt = area_codes().get(area), None
    if not known:
        doubt = _("区号 {area} 不在区号表里，请核对", area=area)
    elif len(local) not in known.digits:
        doubt = _(
            "{place}({area})的座机一般是 {digits} 位，这里是 {length} 位，请核对",
            place="、".join(known.places),
            area=area,
            digits=" 或 ".join(str(n) for n in known.digits),
            length=len(local),
        )
    return _Found(Kind.LANDLINE, f"+86{area[1:]}{local}", area, doubt)


def _complaint(word: str) -> Text:
    """Why this is no number, and what would be one."""
    digits = "".join(_DIGITS.findall(word.translate(_PLAIN)))
    if not digits:
        return _("“{word}”里没有电话号码，请填写号码", word=word[:40])
    if re.match(r"1[3-9]", digits) and 8 <= len(digits) <= 14:
        return _("手机号应为 11 位，“{word}”是 {length} 位，请核对", word=word[:40], length=len(digits))
    return _("“{word}”不像电话号码，手机为 11 位，座机请带区号，请核对", word=word[:40])


def _area(typed: str) -> str:
    """An area code with its leading 0, or nothing."""
    digits = "".join(_DIGITS.findall(typed.translate(_PLAIN)))
    code = digits if digits.startswith("0") else f"0{digits}"
    return code if _AREA_FORM.fullmatch(code) else ""


def _national(code: str) -> str:
    """The code as dialled inside the country; other codes as they are."""
    if not code.startswith("+86"):
        return code
    return code[3:] if _MOBILE.fullmatch(code[3:]) else f"0{code[3:]}"


def _area_prefix(national: str) -> str:
    area = _AREA_FORM.match(national)
    return area[0] if area else ""
