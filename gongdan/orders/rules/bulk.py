"""批量报修: the rooms of one order, what stands against each of them, and which may be split off (O-038)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from gongdan.kernel import phones
from gongdan.kernel.text import Text, _
from gongdan.orders.rules.registering import MAX_ROOMS, DeviceDraft


@dataclass(frozen=True, slots=True)
class Room:
    """One row: which room, what is wrong, whom to ask for and how to reach him."""

    place: str = ""
    symptom: str = ""
    contact_name: str = ""
    phone: str = ""
    model_text: str = ""
    serial: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in the row."""
        return not any(word.strip() for word in astuple(self))

    def draft(self, category_id: int | None) -> DeviceDraft:
        """The row as a device of the order."""
        return DeviceDraft(
            category_id=category_id,
            symptom=self.symptom.strip(),
            place=self.place.strip(),
            contact_name=self.contact_name.strip(),
            phone=self.phone.strip(),
            model_text=self.model_text.strip(),
            serial=self.serial.strip(),
        )


def room_complaints(room: Room, earlier: Sequence[Room] = ()) -> dict[str, Text]:
    """What stands against this row, by field; `earlier`: the rows above it."""
    errors: dict[str, Text] = {}
    if not room.place.strip():
        errors["place"] = _("请填写房号或位置")
    if not room.symptom.strip():
        errors["symptom"] = _("请填写故障现象")
    if complaint := room_phone_complaint(room.phone):
        errors["phone"] = complaint
    for name, limit in _LONGEST.items():
        if len(getattr(room, name).strip()) > limit:
            errors[name] = _("最多 {limit} 个字，请缩短", limit=limit)
    same = (room.place.strip(), room.symptom.strip())
    for at, other in enumerate(earlier, 1):
        if same == (other.place.strip(), other.symptom.strip()) and "place" not in errors:
            errors["place"] = _("和第 {at} 行相同，请删掉一行", at=at)
            break
    return errors


_LONGEST = {"place": 100, "symptom": 1000, "contact_name": 60, "phone": 40, "model_text": 80, "serial": 60}


def room_doubts(rooms: Sequence[Room]) -> dict[str, Text]:
    """What the clerk should look at before saving, under `rooms.3.place`: a room that stands there twice, a doubtful number."""
    doubts: dict[str, Text] = {}
    first: dict[str, int] = {}
    for at, room in enumerate(rooms, 1):
        place = "".join(room.place.split()).upper()
        if place and first.setdefault(place, at) != at:
            doubts[f"rooms.{at}.place"] = _("和第 {at} 行是同一个房间，请核对", at=first[place])
        for number in phones.parse_phones(room.phone):
            if number.warning is not None and number.can_be_dialled:
                doubts[f"rooms.{at}.phone"] = number.warning
    return doubts


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
