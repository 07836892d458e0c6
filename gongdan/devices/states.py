"""The fixed words of devices: use, place, levels of coverage, kinds of policy row, causes of a stay."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel.text import Text, _


class UseKind(StrEnum):
    """家用 or 商用: commercial use shortens a household product's period."""

    HOME = "home"
    COMMERCIAL = "commercial"


class Location(StrEnum):
    """Where the device is now."""

    CUSTOMER = "customer"
    COMPANY = "company"
    IN_TRANSIT = "in_transit"
    OUTSIDE = "outside"


class Level(StrEnum):
    """Coverage in everyday words: each is a preset of the three flags part, labour, visit."""

    IN_WARRANTY = "in_warranty"
    MAIN_PART = "main_part"
    EXTENDED = "extended"
    CONTRACT = "contract"
    OUT = "out"
    REWORK = "rework"


class Scope(StrEnum):
    """What a policy row is about."""

    WHOLE = "whole"  # 整机
    MAIN = "main"  # main parts, on top of the whole machine
    OWN = "own"  # a part with a period of its own instead of the whole machine's (battery, wear part)
    REPAIR = "repair"  # our own warranty on a repaired part


class PolicyKind(StrEnum):
    """Who promises it."""

    STATUTORY = "statutory"
    MAKER = "maker"
    SHOP = "shop"
    CONTRACT = "contract"


class PolicyBasis(StrEnum):
    """How far a policy row can be trusted; only rows that were read may be called law or the maker's word."""

    READ = "read"
    SECONDARY = "secondary"
    RECALLED = "recalled"
    ESTIMATE = "estimate"
    OWN = "own"


class StayCause(StrEnum):
    """Why a device was in our hands, or waited."""

    OWN = "own"
    PART = "part"
    CUSTOMER = "customer"


class CoverKind(StrEnum):
    """A promise for one device beside the maker's warranty."""

    EXTENDED = "extended"
    CONTRACT = "contract"


class MakerLevel(StrEnum):
    """厂家核定: what the maker's own record says."""

    UNKNOWN = ""
    IN_WARRANTY = "in"
    OUT = "out"


class Terminal(StrEnum):
    """What stands at the end of a broadband line."""

    ONU = "onu"
    CONVERTER = "converter"


class Direction(StrEnum):
    """Which way the light goes that was measured."""

    RECEIVED = "rx"
    SENT = "tx"


USE_KIND_LABELS: dict[UseKind, Text] = {UseKind.HOME: _("家用"), UseKind.COMMERCIAL: _("商用")}
LOCATION_LABELS: dict[Location, Text] = {
    Location.CUSTOMER: _("客户处"),
    Location.COMPANY: _("公司"),
    Location.IN_TRANSIT: _("途中"),
    Location.OUTSIDE: _("外修/返厂"),
}
LEVEL_LABELS: dict[Level, Text] = {
    Level.IN_WARRANTY: _("保内"),
    Level.MAIN_PART: _("主要部件保内"),
    Level.EXTENDED: _("延保"),
    Level.CONTRACT: _("合同"),
    Level.OUT: _("保外"),
    Level.REWORK: _("返修免费"),
}
SCOPE_LABELS: dict[Scope, Text] = {
    Scope.WHOLE: _("整机"),
    Scope.MAIN: _("主要部件"),
    Scope.OWN: _("单独期限部件"),
    Scope.REPAIR: _("维修后部件"),
}
POLICY_KIND_LABELS: dict[PolicyKind, Text] = {
    PolicyKind.STATUTORY: _("法定三包"),
    PolicyKind.MAKER: _("厂家承诺"),
    PolicyKind.SHOP: _("本店规定"),
    PolicyKind.CONTRACT: _("合同"),
}
POLICY_BASIS_LABELS: dict[PolicyBasis, Text] = {
    PolicyBasis.READ: _("已读原文"),
    PolicyBasis.SECONDARY: _("转述资料"),
    PolicyBasis.RECALLED: _("凭记忆，待核实"),
    PolicyBasis.ESTIMATE: _("估计，待核实"),
    PolicyBasis.OWN: _("本店录入"),
}
STAY_CAUSE_LABELS: dict[StayCause, Text] = {
    StayCause.OWN: _("本店修理"),
    StayCause.PART: _("等厂家配件"),
    StayCause.CUSTOMER: _("客户原因"),
}
COVER_KIND_LABELS: dict[CoverKind, Text] = {CoverKind.EXTENDED: _("延保"), CoverKind.CONTRACT: _("维保合同")}
MAKER_LEVEL_LABELS: dict[MakerLevel, Text] = {
    MakerLevel.UNKNOWN: _("未核定"),
    MakerLevel.IN_WARRANTY: _("保内"),
    MakerLevel.OUT: _("保外"),
}
TERMINAL_LABELS: dict[Terminal, Text] = {Terminal.ONU: _("ONU（光猫）"), Terminal.CONVERTER: _("光纤收发器")}
DIRECTION_LABELS: dict[Direction, Text] = {Direction.RECEIVED: _("收光功率"), Direction.SENT: _("发光功率")}
