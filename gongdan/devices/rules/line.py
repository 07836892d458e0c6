"""A broadband line as typed, and optical power: read in dBm, kept in hundredths."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gongdan.devices.states import Direction, Terminal
from gongdan.kernel.errors import Invalid
from gongdan.kernel.settings import Setting
from gongdan.kernel.text import Text, _

LEAST_HUNDREDTHS, MOST_HUNDREDTHS = -5000, 1000
LINE_CATEGORIES = Setting(
    "devices.line_categories",
    _("有线路资料的品类"),
    ("宽带/ONU",),
    _("这些品类的设备可以登记宽带账号、终端编号、端口和光功率"),
)
WEAK_LIGHT = Setting(
    "devices.weak_light",
    _("收光偏弱的界限"),
    -27,
    _("收光功率低于这个数时，设备页和维修页标出“偏弱”"),
    unit=_("dBm"),
    low=-50,
    high=10,
)
_NUMBER = re.compile(r"([+-]?)(\d{1,3})(?:\.(\d{1,2}))?")
_PLAIN = str.maketrans("０１２３４５６７８９．－−–＋", "0123456789.---+")


@dataclass(frozen=True, slots=True)
class LineDraft:
    """The line of a terminal as typed."""

    account: str = ""
    address: str = ""
    terminal: str = Terminal.ONU
    terminal_no: str = ""
    port: str = ""


def line_complaints(draft: LineDraft) -> dict[str, Text]:
    """What stands against this line: it must be known by its account or by its terminal."""
    errors: dict[str, Text] = {}
    if not draft.account.strip() and not draft.terminal_no.strip():
        errors["account"] = _("宽带账号和终端编号至少填写一项")
    if draft.terminal not in list(Terminal):
        errors["terminal"] = _("请选择终端：ONU（光猫）或光纤收发器")
    return errors


def hundredths_of(typed: str) -> int:
    """The power that was read: "-18.52" is -1852. Refused: no number with two places, or outside -50 to 10 dBm."""
    found = _NUMBER.fullmatch(typed.translate(_PLAIN).lower().removesuffix("dbm").replace(" ", ""))
    if found is None:
        raise Invalid({"dbm": _("光功率请填数字，最多两位小数，如 -18.52")})
    sign, whole, part = found.groups()
    value = int(whole) * 100 + int((part or "").ljust(2, "0"))
    value = -value if sign == "-" else value
    check_power(value)
    return value


def check_power(hundredths: int) -> None:
    """Refused: outside what a power meter shows on a line, -50 to 10 dBm."""
    if not LEAST_HUNDREDTHS <= hundredths <= MOST_HUNDREDTHS:
        raise Invalid({"dbm": _("光功率应在 -50 到 10 dBm 之间，请核对读数和正负号")})


def check_direction(direction: str) -> None:
    """Refused: neither received nor sent light."""
    if direction not in list(Direction):
        raise Invalid({"direction": _("请选择收光功率或发光功率")})


def dbm(hundredths: int) -> str:
    """The reading as people write it: -18.52."""
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"
