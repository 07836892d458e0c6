"""What the warranty decision is given and what it answers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gongdan.devices.states import (
    LEVEL_LABELS,
    CoverKind,
    Level,
    MakerLevel,
    PolicyBasis,
    PolicyKind,
    Scope,
    StayCause,
    UseKind,
)
from gongdan.kernel.text import Text, _

MOST_MONTHS = 600  # no promise is longer; a typing error is

_NOT_IN_KEY = re.compile(r"[\W_]+")
_NOT_IN_SERIAL = re.compile(r"[^0-9A-Z]+")


def word_key(text: str) -> str:
    """A word as it is compared: no case, no blanks, no punctuation, full-width and half-width alike."""
    return _NOT_IN_KEY.sub("", unicodedata.normalize("NFKC", text)).casefold()


def serial_key(serial: str) -> str:
    """The serial number as it is compared: letters and digits only, upper case."""
    return _NOT_IN_SERIAL.sub("", unicodedata.normalize("NFKC", serial).upper())


@dataclass(frozen=True, slots=True)
class Flags:
    """What the customer gets free."""

    part: bool
    labour: bool
    visit: bool

    def __or__(self, other: Flags) -> Flags:
        return Flags(self.part or other.part, self.labour or other.labour, self.visit or other.visit)


ALL_FREE = Flags(part=True, labour=True, visit=True)
PART_FREE = Flags(part=True, labour=False, visit=False)
PART_PAID = Flags(part=False, labour=True, visit=True)  # 保修: only the part is paid
NOTHING_FREE = Flags(part=False, labour=False, visit=False)

PRESETS: Mapping[Level, Flags] = {
    Level.IN_WARRANTY: ALL_FREE,
    Level.MAIN_PART: PART_FREE,
    Level.EXTENDED: ALL_FREE,
    Level.CONTRACT: ALL_FREE,
    Level.OUT: NOTHING_FREE,
    Level.REWORK: ALL_FREE,
}


class StartRule(StrEnum):
    """Which date the period starts from."""

    EXCHANGE = "exchange"
    MAKER = "maker"
    ACTIVATION = "activation"
    INSTALLATION = "installation"
    INVOICE = "invoice"
    MANUFACTURE = "manufacture"
    UNKNOWN = "unknown"


class Remedy(StrEnum):
    """What the buyer may ask for in the first days."""

    RETURN = "return"
    EXCHANGE = "exchange"
    REPAIR = "repair"


START_LABELS: dict[StartRule, Text] = {
    StartRule.EXCHANGE: _("换货日期"),
    StartRule.MAKER: _("厂家记录"),
    StartRule.ACTIVATION: _("激活日期"),
    StartRule.INSTALLATION: _("安装调试结束日"),
    StartRule.INVOICE: _("发票日期"),
    StartRule.MANUFACTURE: _("出厂日期加缓冲"),
    StartRule.UNKNOWN: _("无法确定"),
}
REMEDY_LABELS: dict[Remedy, Text] = {
    Remedy.RETURN: _("退货"),
    Remedy.EXCHANGE: _("换货"),
    Remedy.REPAIR: _("修理"),
}


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """What the decision needs of the category."""

    id: int
    name: str
    needs_installation: bool = False
    part_wait_days: int = 90


@dataclass(frozen=True, slots=True)
class BrandFacts:
    """What the decision needs of the brand. `buffer_months` None: the house default."""

    id: int
    name: str
    buffer_months: int | None = None
    buffer_rule: str = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """A time in the repairer's hands, or waiting for a part. Still open: `handed_back_on` None."""

    received_on: date
    handed_back_on: date | None = None
    cause: StayCause = StayCause.OWN
    order_id: int | None = None


@dataclass(frozen=True, slots=True)
class PastRepair:
    """An earlier repair of ours: when it was handed over, which fault, which parts."""

    handed_over_on: date
    order_number: str = ""
    fault: str = ""
    fault_id: int | None = None
    parts: tuple[str, ...] = ()
    is_repaired: bool = True


@dataclass(frozen=True, slots=True)
class Cover:
    """延保 or 维保合同: both days included."""

    kind: CoverKind
    starts_on: date
    ends_on: date
    flags: Flags = ALL_FREE
    number: str = ""
    provider: str = ""


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """All that is known of the device and of the present complaint. `product_kinds`: the most special first."""

    category: CategoryFacts
    brand: BrandFacts | None = None
    product_kinds: tuple[str, ...] = ()
    description: str = ""  # model and specification, searched for the words of a series
    use_kind: UseKind = UseKind.HOME
    purchase_on: date | None = None
    made_on: date | None = None
    installed_on: date | None = None
    activated_on: date | None = None
    exchanged_on: date | None = None
    maker_record_on: date | None = None
    maker_level: MakerLevel = MakerLevel.UNKNOWN
    component: str = ""
    fault: str = ""
    fault_id: int | None = None
    exclusions: tuple[str, ...] = ()
    stays: tuple[Stay, ...] = ()
    repairs: tuple[PastRepair, ...] = ()
    covers: tuple[Cover, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """One promise, as a row of the policy table holds it. Empty fields do not limit."""

    code: str
    months: int
    category_id: int | None = None
    product_kind: str = ""
    brand_id: int | None = None
    series: tuple[str, ...] = ()
    condition: str = ""
    use_kind: UseKind | None = None
    scope: Scope = Scope.WHOLE
    components: tuple[str, ...] = ()
    level: Level = Level.IN_WARRANTY
    flags: Flags = ALL_FREE
    start: StartRule | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    kind: PolicyKind = PolicyKind.STATUTORY
    basis: PolicyBasis = PolicyBasis.READ
    regulation: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of product finer than the category, the words that tell it, and the kind whose rows it inherits."""

    name: str
    category_id: int
    parent: str = ""
    words: tuple[str, ...] = ()
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class PartCover:
    """Parts that are still covered though the whole machine is not."""

    parts: tuple[str, ...]
    last_day: date
    flags: Flags


@dataclass(frozen=True, slots=True)
class Verdict:
    """Level, flags and dates, and line by line how they came about.

    `days_left` is 0 on the last day and negative afterwards. `is_inside_period`: the day lies in the promised period,
    even where an exclusion makes it paid. `still_covered` is told when no part was named.
    `needs_review`: no date or no promise is known. `is_unverified`: the promise that won has not been checked.
    """

    level: Level
    flags: Flags
    on: date
    component: str = ""
    start_on: date | None = None
    start_rule: StartRule = StartRule.UNKNOWN
    last_day: date | None = None
    extended_days: int = 0
    policy: str = ""
    steps: tuple[Text, ...] = ()
    exclusions: tuple[str, ...] = ()
    is_inside_period: bool = False
    still_covered: tuple[PartCover, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    exchange_reasons: tuple[Text, ...] = ()
    rework_of: str = ""
    maker_level: MakerLevel = MakerLevel.UNKNOWN
    differs_from_maker: bool = False
    needs_review: bool = False
    is_unverified: bool = False

    @property
    def label(self) -> Text:
        """The level in everyday words: 保内, 主要部件保内, 延保, 合同, 保外, 返修免费."""
        return LEVEL_LABELS[self.level]

    @property
    def days_left(self) -> int | None:
        """Days from the day of the complaint to the last day; None where no last day is known."""
        return None if self.last_day is None else (self.last_day - self.on).days

    @property
    def exchange_due(self) -> bool:
        """Whether the buyer may now ask for another device instead of a repair."""
        return bool(self.exchange_reasons)

    @property
    def needs_confirmation(self) -> bool:
        """Whether something is charged inside the period, which the customer must sign for."""
        return self.is_inside_period and self.level is Level.OUT

    def as_json(self) -> dict[str, object]:
        """The verdict as JSON values, for keeping with an order line."""
        return {
            "level": self.level.value,
            "label": self.label.as_json(),
            "flags": {"part": self.flags.part, "labour": self.flags.labour, "visit": self.flags.visit},
            "on": self.on.isoformat(),
            "component": self.component,
            "start_on": _iso(self.start_on),
            "start_rule": self.start_rule.value,
            "last_day": _iso(self.last_day),
            "days_left": self.days_left,
            "extended_days": self.extended_days,
            "policy": self.policy,
            "steps": [step.as_json() for step in self.steps],
            "exclusions": list(self.exclusions),
            "is_inside_period": self.is_inside_period,
            "needs_confirmation": self.needs_confirmation,
            "still_covered": [{"parts": list(c.parts), "last_day": c.last_day.isoformat()} for c in self.still_covered],
            "remedies": [remedy.value for remedy in self.remedies],
            "exchange_reasons": [reason.as_json() for reason in self.exchange_reasons],
            "rework_of": self.rework_of,
            "maker_level": self.maker_level.value,
            "differs_from_maker": self.differs_from_maker,
            "needs_review": self.needs_review,
            "is_unverified": self.is_unverified,
        }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
