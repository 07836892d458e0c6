"""批量报修: one text or table with a room in each row, read as tolerantly as people write it (O-038)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gongdan.kernel import phones
from gongdan.kernel.text import Text, _
from gongdan.orders.rules.registering import MAX_ROOMS, DeviceDraft

_PHONE = re.compile(r"(?<![\dA-Za-z])(?:\+?86[- ]?)?(1\d{2}[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8}|\d{7,8})(?!\d)")
_DIGITS = re.compile(r"\+?\d[\d-]{4,}")
_PARTS = re.compile(r"[\s,，;；、|｜/]+")
_ROOM = re.compile(
    r"^((?:[A-Za-z]|\d+\s*[栋座楼幢]|[\u4e00-\u9fff]{1,4}[栋座楼])?[-#]?\d[\dA-Za-z#-]*(?:号房|室|房|号|床)?)(.*)$"
)
_PLACE_ENDS = ("室", "房", "号", "厅", "楼", "层", "栋", "部", "科", "间", "处", "库", "区", "院", "班", "台")
_CALLED = re.compile(
    r"^[\u4e00-\u9fff·]{1,4}(?:先生|女士|小姐|老师|师傅|阿姨|叔叔|经理|主任|主管|总|医生|护士|同学|工|姐|哥)$"
)
_NAME = re.compile(r"^[\u4e00-\u9fff·]{2,4}$")
_FAULTY = re.compile(r"[不坏漏响热冷电机水灯网卡死停断裂跳没无修换屏声色异常]")
_HEAD = re.compile(r"(房号|房间|位置|地点|宿舍).*(故障|现象|问题|内容|报修)")


@dataclass(frozen=True, slots=True)
class Room:
    """One row: which room, what is wrong, whom to ask for and how to reach him."""

    place: str = ""
    symptom: str = ""
    contact_name: str = ""
    phone: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in the row."""
        return not any((self.place.strip(), self.symptom.strip(), self.contact_name.strip(), self.phone.strip()))

    def draft(self, category_id: int | None) -> DeviceDraft:
        """The row as a device of the order."""
        return DeviceDraft(
            category_id=category_id,
            symptom=self.symptom.strip(),
            place=self.place.strip(),
            contact_name=self.contact_name.strip(),
            phone=self.phone.strip(),
        )


def read_rooms(text: str) -> list[Room]:
    """The rooms of a pasted text, a row each: "301 空调不制冷 王先生 13812345678". Blank rows and a head are left out."""
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n")]
    return [read_room(line) for line in lines if line and not _is_head(line)]


def read_table(rows: Iterable[Sequence[str]]) -> list[Room]:
    """The rooms of a table: its columns in any order, with or without a head."""
    lines = ["\t".join(cell.replace("\n", " ").strip() for cell in row if cell.strip()) for row in rows]
    return read_rooms("\n".join(lines))


def read_room(line: str) -> Room:
    """One row in its parts, as far as they can be told."""
    phone = ""
    found = _PHONE.search(line)
    if found is not None and found.start() == 0 and not re.match(r"1\d{10}", found.group(1)):
        found = _PHONE.search(line, found.end())  # a long room number is no telephone
    if found is not None:
        phone = found.group(1).replace(" ", "")
        line = f"{line[: found.start()]}\t{line[found.end() :]}"
    parts = [part for part in _PARTS.split(line) if part]
    if not parts:
        return Room(phone=phone)
    if not phone and len(parts) > 1 and _DIGITS.fullmatch(parts[-1]):
        phone = parts.pop()  # a number of too few or too many digits: it stands where it is told of
    place, rest = _place(parts)
    name = ""
    if len(rest) > 1 and _is_name(rest[-1], has_phone=bool(phone)):
        name = rest.pop()
    return Room(place[:100], " ".join(rest)[:1000], name[:60], phone[:40])


def room_complaints(room: Room, earlier: Sequence[Room] = ()) -> dict[str, Text]:
    """What stands against this row, by field; `earlier`: the rows above it."""
    errors: dict[str, Text] = {}
    if not room.place.strip():
        errors["place"] = _("请填写房号或位置")
    if not room.symptom.strip():
        errors["symptom"] = _("请填写故障现象")
    if complaint := room_phone_complaint(room.phone):
        errors["phone"] = complaint
    for name, limit in (("place", 100), ("symptom", 1000), ("contact_name", 60), ("phone", 40)):
        if len(getattr(room, name).strip()) > limit:
            errors[name] = _("最多 {limit} 个字，请缩短", limit=limit)
    same = (room.place.strip(), room.symptom.strip())
    for at, other in enumerate(earlier, 1):
        if same == (other.place.strip(), other.symptom.strip()) and "place" not in errors:
            errors["place"] = _("和第 {at} 行相同，请删掉一行", at=at)
            break
    return errors


def room_phone_complaint(phone: str) -> Text | None:
    """What stands against the number of whom to ask for in a room; none is none."""
    numbers = phones.parse_phones(phone)
    wrong = [number for number in numbers if not (number.can_be_dialled and number.identifies_somebody)]
    return _("“{raw}”不是能拨通的电话号码，请核对", raw=(wrong[0].raw or phone)[:40]) if wrong else None


def rooms_complaints(rooms: Sequence[Room]) -> dict[str, Text]:
    """What stands against these rows, under `rooms` or `rooms.3.phone` (counted from 1)."""
    if not rooms:
        return {"rooms": _("请粘贴或上传房间清单，一行一个房间")}
    if len(rooms) > MAX_ROOMS:
        return {"rooms": _("一张批量工单最多 {limit} 个房间，请分成几张", limit=MAX_ROOMS)}
    return {
        f"rooms.{at}.{name}": said
        for at, room in enumerate(rooms, 1)
        for name, said in room_complaints(room, rooms[: at - 1]).items()
    }


def bulk_symptom(typed: str, rooms: Sequence[Room]) -> str:
    """The order's own words: as typed, else its rooms in short."""
    if typed.strip():
        return typed.strip()
    kinds = list(dict.fromkeys(room.symptom.strip() for room in rooms))
    words = "、".join(kinds[:3]) + ("等" if len(kinds) > 3 else "")
    return f"批量报修 {len(rooms)} 处：{words}"[:2000]


def split_complaint(chosen: int, known: int, *, lines: int, finished: int) -> Text | None:
    """Why these device lines cannot be split off, or None."""
    if not chosen:
        return _("请先选择要改期的设备")
    if known < chosen:
        return _("所选设备已不在这张工单里，请刷新页面")
    if finished:
        return _("所选设备里有 {count} 台已有结果，不能拆出", count=finished)
    if chosen >= lines:
        return _("全部设备都要改期时，请直接改约，不用拆单")
    return None


def _is_head(line: str) -> bool:
    words = [word for word in _PARTS.split(line) if word]
    is_short = len(words) > 1 and all(len(word) <= 6 and not any(map(str.isdigit, word)) for word in words)
    return is_short and _HEAD.search(line) is not None


def _place(parts: list[str]) -> tuple[str, list[str]]:
    """The room at the beginning, also where the fault follows without a space; the parts after it."""
    first, rest = parts[0], parts[1:]
    if rest and first.endswith(_PLACE_ENDS):
        return first, rest
    found = _ROOM.match(first)
    if found is not None:
        place, glued = found.group(1), found.group(2)
        return place, ([glued, *rest] if glued else rest)
    if rest and not _FAULTY.search(first):
        return first, rest
    return "", parts


def _is_name(word: str, *, has_phone: bool) -> bool:
    if _CALLED.match(word):
        return True
    return has_phone and _NAME.match(word) is not None and _FAULTY.search(word) is None
