"""Reading a list of rooms as people paste or upload it: columns in any order, known by their head or by what stands in them.

What is read as a table tells which column was taken for what, and may be read again with the clerk's own choice. What is
only lines of words is read line by line. Nothing in the words of a fault is changed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gongdan.kernel import phones
from gongdan.kernel.text import Text, _
from gongdan.orders.rules.bulk import Room


class Role(StrEnum):
    """What a column of the list tells."""

    NOTHING = ""
    PLACE = "place"
    FLOOR = "floor"
    SYMPTOM = "symptom"
    CONTACT = "contact_name"
    PHONE = "phone"
    DEVICE = "device"
    MODEL = "model_text"
    SERIAL = "serial"
    REMARK = "remark"


ROLE_LABELS: Mapping[Role, Text] = {
    Role.NOTHING: _("不用这一列"),
    Role.PLACE: _("房间"),
    Role.FLOOR: _("楼栋或楼层"),
    Role.SYMPTOM: _("故障现象"),
    Role.CONTACT: _("联系人"),
    Role.PHONE: _("电话"),
    Role.DEVICE: _("设备"),
    Role.MODEL: _("型号"),
    Role.SERIAL: _("机身编号"),
    Role.REMARK: _("备注"),
}


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of the list: what it was taken for, its head, and the first that stands in it."""

    role: Role
    head: str
    sample: str


@dataclass(frozen=True, slots=True)
class RoomList:
    """What was read: the rooms, the lines that are none, and the columns where it was a table."""

    rooms: tuple[Room, ...] = ()
    skipped: tuple[str, ...] = ()
    columns: tuple[ListColumn, ...] = ()


MOST_COLUMNS = 20
_HEAD_WITHIN = 10  # lines: a title and a few words may stand above the head
_CUTS = ("|", "｜", ",", "，", ";", "；", "、", "")  # "": spaces
_PARTS = re.compile(r"[^\s,，;；、|｜/]+")
_SPACES = re.compile(r"[ \u3000\xa0]+")
_PHONE = re.compile(
    r"(?<![\dA-Za-z])(?:\+?86[- ]?)?"
    r"(1\d{2}[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{3,4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8}|\d{7,8})(?!\d)(?:\s*转\s*\d{1,6})?"
)
_DIGITS = re.compile(r"\+?\d[\d-]{4,}")
_ROOM = re.compile(
    r"^((?:[A-Za-z]|\d+\s*[栋座楼幢]|[\u4e00-\u9fff]{1,4}[栋座楼])?[-#]?\d[\dA-Za-z#-]*(?:号房|室|房|号|床)?)(.*)$"
)
_PLACE_ENDS = ("室", "房", "号", "厅", "楼", "层", "栋", "部", "科", "间", "处", "库", "区", "院", "班", "台")
_CALLED = re.compile(
    r"^[\u4e00-\u9fff·]{1,4}(?:先生|女士|小姐|老师|师傅|阿姨|叔叔|经理|主任|主管|总|医生|护士|同学|工|姐|哥)$"
)
_NAME = re.compile(r"^[\u4e00-\u9fff·]{2,4}$")
_FAULTY = re.compile(r"[不坏漏响热冷电机水灯网卡死停断裂跳没无修换屏声色异常]")
_FLOOR = re.compile(r"^(?:\d{1,2}\s*[楼层F]|[一二三四五六七八九十]{1,3}[楼层]|[A-Za-z\d\u4e00-\u9fff]{1,4}[栋座幢])$")
_TOTAL = re.compile(r"^\s*(?:合\s*计|小\s*计|总\s*计|共\s*计|累\s*计|总数|共\s*\d+\s*[间处台户个套])")
_TITLE = re.compile(r"(?:清单|名单|登记表|报修表|统计表|明细|一览|汇总|报修单|情况表)")
_NOTE = re.compile(r"^(?:制表|填表|填报|审核|经办|报修单位|单位|报修日期|日期|注|备注|说明|以上)[人]?\s*[:：]")
_HEADS: tuple[tuple[Role | None, re.Pattern[str]], ...] = (  # the first that fits; None: known, and not used
    (None, re.compile(r"^(?:序号?|编号|行号|no\.?|#|id)$")),
    (Role.SERIAL, re.compile(r"序列号|机身|机号|出厂编号|设备编号|资产编号|^s/?n$")),
    (Role.MODEL, re.compile(r"型号|机型|规格|^model$")),
    (Role.PHONE, re.compile(r"电话|手机|联系方式|联络方式|^(?:tel|phone|mobile)")),
    (Role.CONTACT, re.compile(r"姓名|联系人|报修人|申报人|使用人|负责人|住户|业主|老师|^(?:name|contact)$")),
    (Role.PLACE, re.compile(r"房间|房号|房屋|室号|教室|宿舍号|寝室|位置|地点|门牌|工位|床号|科室|办公室|地址|^room$")),
    (Role.FLOOR, re.compile(r"楼层|楼栋|楼号|栋号|楼宇|校区|园区|^[楼层栋座幢]$|^floor$")),
    (Role.DEVICE, re.compile(r"(?:设备|产品|物品|商品|电器|机器|名称|品牌|品类)(?:名称|类型)?$")),
    (None, re.compile(r"日期|时间|数量|签字|签名|签收|状态|结果")),
    (Role.SYMPTOM, re.compile(r"故障|现象|问题|报修内容|维修内容|内容|情况|描述|报修|^fault$")),
    (Role.REMARK, re.compile(r"备注|说明|其他|其它|^(?:remark|note)s?$")),
    (Role.PLACE, re.compile(r"宿舍|部门|单位|门店")),
)


def as_text(rows: Iterable[Sequence[str]]) -> str:
    """The rows of a table as the text that reads as the same list."""
    lines = ["\t".join(" ".join(cell.split()) for cell in row).rstrip() for row in rows]
    return "\n".join(line for line in lines if line.strip())


def read_rooms(text: str) -> list[Room]:
    """The rooms of a pasted text, in the order of their lines."""
    return list(read_list(text).rooms)


def read_list(text: str, roles: Sequence[Role] = ()) -> RoomList:
    """The list of this text. `roles`: what its columns are, where the clerk has said so."""
    lines = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    head_at, cut = _head_of(lines)
    if head_at is None and sum("\t" in line for line in lines) * 2 >= len(lines):
        cut = "\t"
    if cut is not None:
        grid = [_cut(line, cut) for line in lines]
        head = grid[head_at] if head_at is not None else []
        body = range(0 if head_at is None else head_at + 1, len(lines))
        chosen = list(roles) or _by_head(head, [grid[at] for at in body])
        if chosen:
            return _of_table(lines, grid, head, chosen[:MOST_COLUMNS], start=body.start, cut=cut)
    found: list[Room] = []
    skipped: list[str] = []
    for at, line in enumerate(lines):
        if _is_none(line, is_first=at == 0) or _is_head(_PARTS.findall(line), most=1):
            skipped.append(_short(line))
        else:
            found.append(read_room(line))
    return RoomList(tuple(found), tuple(skipped))


def read_room(line: str) -> Room:
    """One line in its parts, as far as they can be told; the words of the fault stay as they were typed."""
    line = line.strip()
    plain = phones.plain(line)
    phone = ""
    found = _PHONE.search(plain)
    if found is not None and found.start() == 0 and not re.match(r"1\d{10}", found.group(1)):
        found = _PHONE.search(plain, found.end())  # a long room number is no telephone
    if found is not None:
        phone = phones.tidy(line[found.start() : found.end()])
        line = f"{line[: found.start()]}\t{line[found.end() :]}"
    parts = [(part.start(), part.end()) for part in _PARTS.finditer(line)]
    if not parts:
        return Room(phone=phone)
    if not phone and len(parts) > 1 and _DIGITS.fullmatch(plain[slice(*parts[-1])]):
        phone = line[slice(*parts.pop())]  # of too few or too many digits: it stands where it is told of
    place, parts = _place(line, parts)
    name = ""
    if len(parts) > 1 and _is_name(line[slice(*parts[-1])], has_phone=bool(phone)):
        name = line[slice(*parts.pop())]
    elif len(parts) > 1 and _CALLED.match(line[slice(*parts[0])]):
        name = line[slice(*parts.pop(0))]
    told = line[parts[0][0] : parts[-1][1]] if parts else ""
    return Room(place[:100], _SPACES.sub(" ", told.replace("\t", " ")).strip()[:1000], name[:60], phone[:40])


def _of_table(
    lines: Sequence[str], grid: Sequence[list[str]], head: Sequence[str], roles: Sequence[Role], *, start: int, cut: str
) -> RoomList:
    """The rooms of the lines from `start` on; what stands above them, sums and lines without a word are told."""
    skipped = [_short(line) for at, line in enumerate(lines[:start]) if at != start - 1 or not head]
    rooms: list[Room] = []
    floor = ""
    for at, (line, cells) in enumerate(zip(lines[start:], grid[start:], strict=True)):
        if _is_none(line, is_first=at == 0 and not head):
            skipped.append(_short(line))
            continue
        fitted = _fitted(cells, roles, cut)
        if fitted is None:
            counted = cells[1:] if roles[0] is Role.NOTHING and cells[0].strip().isdigit() else cells
            room = read_room((cut or " ").join(counted))
        else:
            told = _told(fitted, roles)
            floor = told.get(Role.FLOOR, "") or floor
            room = _room(told | {Role.FLOOR: floor}, head, roles)
        if any((room.symptom, room.contact_name, room.phone)) or (
            room.place and fitted is not None and room.place != floor
        ):
            rooms.append(room)
        else:
            skipped.append(_short(line))
    columns = tuple(
        ListColumn(role, head[at].strip() if at < len(head) else "", _sample(grid[start:], at))
        for at, role in enumerate(roles)
    )
    return RoomList(tuple(rooms), tuple(skipped), columns)


def _fitted(cells: list[str], roles: Sequence[Role], cut: str) -> list[str] | None:
    """The cells, one for each column; None where the line does not fall into these columns.

    Only tabs part cells for certain: other marks stand in the words of a fault too, which are put together again.
    """
    if cut == "\t":
        return [*cells, *[""] * (len(roles) - len(cells))][: len(roles)]
    over = len(cells) - len(roles)
    if over > 0:
        if Role.SYMPTOM not in roles:
            return None
        at = roles.index(Role.SYMPTOM)
        cells = [*cells[:at], (cut or " ").join(cells[at : at + over + 1]), *cells[at + over + 1 :]]
    cells = [*cells, *[""] * (len(roles) - len(cells))]
    for cell, role in zip(cells, roles, strict=True):
        word = cell.strip()
        if word and _is_phone(word) != (role is Role.PHONE) and role in (Role.PHONE, Role.CONTACT, Role.SYMPTOM):
            return None
    return cells


def _told(cells: Sequence[str], roles: Sequence[Role]) -> dict[Role, str]:
    told: dict[Role, str] = {}
    for cell, role in zip(cells, roles, strict=True):
        word = cell.strip()
        if role is not Role.NOTHING and word:
            told[role] = f"{told[role]} {word}" if role in told else word
    return told


def _room(told: Mapping[Role, str], head: Sequence[str], roles: Sequence[Role]) -> Room:
    """The row as a room: floor and room are its place, what thing it is and the remark go with the fault."""
    place, floor = told.get(Role.PLACE, ""), told.get(Role.FLOOR, "")
    if floor and floor.isdigit():
        of = head[roles.index(Role.FLOOR)] if head and Role.FLOOR in roles else ""
        floor += "栋" if "栋" in of else "楼"
    if floor and not place.startswith(floor):
        place = floor + place
    symptom, device, remark = (told.get(role, "") for role in (Role.SYMPTOM, Role.DEVICE, Role.REMARK))
    if device and device not in symptom:
        symptom = f"{device} {symptom}".strip()
    if remark:
        symptom = f"{symptom}；{remark}" if symptom else remark
    return Room(
        place[:100],
        symptom[:1000],
        told.get(Role.CONTACT, "")[:60],
        phones.tidy(told.get(Role.PHONE, ""))[:40],
        told.get(Role.MODEL, "")[:80],
        told.get(Role.SERIAL, "")[:60],
    )


def _head_of(lines: Sequence[str]) -> tuple[int | None, str | None]:
    """Which line is the head of the columns, and what parts them."""
    for at, line in enumerate(lines[:_HEAD_WITHIN]):
        for cut in ("\t",) if "\t" in line else _CUTS:
            if _is_head(_cut(line, cut)):
                return at, cut
    return None, None


def _is_head(cells: Sequence[str], *, most: int = 2) -> bool:
    """Whether these are the names of columns: `most` or more that are known and different, and no data among them."""
    words = [word for cell in cells if (word := cell.strip())]
    if any(len(word) > 12 or re.search(r"\d{3}", word) for word in words):
        return False
    found = [_role(word) for word in words]
    known = [role for role in found if role is not Role.NOTHING]
    return len({role for role in known if role}) >= min(most, 2) and len(known) * 2 >= len(words) and len(words) > 1


def _by_head(head: Sequence[str], rows: Sequence[list[str]]) -> list[Role]:
    """The columns by their heads; those whose head is not known, and all where there is none, by what stands in them."""
    if not head:
        return _guessed(rows)
    roles = [_role(cell) for cell in head]
    if not {Role.PLACE, Role.SYMPTOM} <= set(roles):
        for at, role in enumerate(_guessed(rows)):
            if at < len(roles) and roles[at] is Role.NOTHING and role not in roles:
                roles[at] = role
    return [role or Role.NOTHING for role in roles]


def _role(cell: str) -> Role | None:
    """What a column with this head tells; None: something that is not asked for, NOTHING: the head is not known."""
    word = re.sub(r"[\s*＊:：()（）【】]", "", cell).casefold()
    if not word:
        return Role.NOTHING
    return next((role for role, pattern in _HEADS if pattern.search(word)), Role.NOTHING)


def _cut(line: str, cut: str) -> list[str]:
    if cut == ",":
        return next(csv.reader([line]), [])
    return line.split(cut) if cut else _SPACES.split(line.strip())


def _guessed(rows: Sequence[list[str]]) -> list[Role]:
    """The columns of a table without a head, by what stands in most of their cells; empty where room or fault is not found."""
    rows = [row for row in rows if sum(bool(cell.strip()) for cell in row) > 1]
    width = min(max(map(len, rows), default=0), MOST_COLUMNS)
    columns = [[row[at].strip() for row in rows if at < len(row) and row[at].strip()] for at in range(width)]
    roles = [Role.NOTHING] * width
    free = {at for at in range(width) if columns[at]}

    def share(at: int, fits: Callable[[str], bool]) -> float:
        return sum(map(fits, columns[at])) / len(columns[at])

    def take(role: Role, fits: Callable[[str], bool]) -> None:
        best = max(sorted(free), key=lambda at: share(at, fits), default=None)
        if best is not None and share(best, fits) >= 0.5:
            roles[best] = role
            free.discard(best)

    take(Role.PHONE, _is_phone)
    counted = [at for at in free if columns[at] == [str(n) for n in range(1, len(columns[at]) + 1)]]
    if counted and any(share(at, _is_place) >= 0.5 for at in free - set(counted[:1])):
        free.discard(counted[0])
    floors = [at for at in free if share(at, lambda cell: _FLOOR.match(cell) is not None) >= 0.5]
    if floors and any(share(at, _is_place) >= 0.5 for at in free - set(floors)):
        roles[floors[0]] = Role.FLOOR
        free.discard(floors[0])
    take(Role.PLACE, _is_place)
    take(Role.CONTACT, lambda cell: _is_name(cell, has_phone=True))
    if free:
        longest = max(sorted(free), key=lambda at: sum(map(len, columns[at])) / len(columns[at]))
        roles[longest] = Role.SYMPTOM
        free.discard(longest)
    for at in free:
        is_kind = all(len(cell) < 5 for cell in columns[at]) and len(set(columns[at])) * 2 <= len(columns[at]) + 1
        roles[at] = Role.DEVICE if is_kind else Role.REMARK
    return roles if {Role.PLACE, Role.SYMPTOM} <= set(roles) else []


def _is_none(line: str, *, is_first: bool) -> bool:
    """Whether a line is a title, a sum or a note below the list."""
    word = line.strip().strip(",，;；|")
    if _TOTAL.match(word) or _NOTE.match(word):
        return True
    if any(_TOTAL.match(cell) for cell in line.split("\t")[:3]):
        return True
    return is_first and _TITLE.search(word) is not None and len(word.split("\t")) == 1 and not _PHONE.search(word)


def _short(line: str) -> str:
    words = " ".join(line.split())
    return f"{words[:29]}…" if len(words) > 30 else words


def _sample(rows: Sequence[list[str]], at: int) -> str:
    return next((row[at].strip()[:20] for row in rows if at < len(row) and row[at].strip()), "")


def _is_phone(cell: str) -> bool:
    """Whether somebody is reached by what stands in this cell, and nothing else stands in it."""
    if sum(char.isdigit() for char in cell) < 7 or re.search(
        r"[\u4e00-\u9fff]", cell.replace("转", "").replace("分机", "")
    ):
        return False
    found = phones.parse_phones(cell)
    return bool(found) and all(one.can_be_dialled and one.identifies_somebody for one in found)


def _is_place(cell: str) -> bool:
    found = _ROOM.match(cell)
    return (found is not None and not found.group(2)) or cell.endswith(_PLACE_ENDS)


def _place(line: str, parts: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """The room at the beginning, also where the fault follows without a space, else where one stands; the other parts."""
    first, rest = line[slice(*parts[0])], parts[1:]
    if rest and first.endswith(_PLACE_ENDS):
        return first, rest
    found = _ROOM.match(first)
    if found is not None:
        place = found.group(1)
        glued = [(parts[0][0] + len(place), parts[0][1])] if found.group(2) else []
        return place, [*glued, *rest]
    for at, part in enumerate(rest):
        word = line[slice(*part)]
        if (whole := _ROOM.match(word)) and not whole.group(2) and len(word) > 1:
            return word, [parts[0], *rest[:at], *rest[at + 1 :]]
    if rest and not _FAULTY.search(first):
        return first, rest
    return "", parts


def _is_name(word: str, *, has_phone: bool) -> bool:
    if _CALLED.match(word):
        return True
    return has_phone and _NAME.match(word) is not None and _FAULTY.search(word) is None
