"""A price book as values: its items and its policy, with the JSON in which the policy is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import time
from enum import StrEnum
from typing import Any, TypeVar

from gongdan.kernel.errors import Invalid
from gongdan.kernel.money import MAX_FEN, Fen
from gongdan.kernel.text import Text, _
from gongdan.pricing.states import Area, Declined, Extra, ItemKind, Mode, Outcome, Payer, Role, Travel, WarrantyRule

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Variant:
    """A price that holds instead of the item's own in this mode or area; None does not limit."""

    price_fen: Fen
    mode: Mode | None = None
    area: Area | None = None

    def fits(self, mode: Mode, area: Area) -> bool:
        """Whether it holds there. An express visit is a visit."""
        own = Mode.ON_SITE if mode is Mode.EXPRESS else mode
        return self.mode in (None, own, mode) and self.area in (None, area)

    def as_json(self) -> dict[str, Any]:
        return {"price_fen": self.price_fen, "mode": self.mode, "area": self.area}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Variant:
        """What `as_json` stored. Invalid: an unknown word or a wrong amount."""
        return cls(
            price_fen=_fen(stored.get("price_fen"), "variants"),
            mode=_word(Mode, stored["mode"], "variants") if stored.get("mode") else None,
            area=_word(Area, stored["area"], "variants") if stored.get("area") else None,
        )


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a book. Without a price it cannot be billed: that is not the same as free.

    `labour_fen` is the labour held in a 含件 price. An empty category fits all. Heights are centimetres, both ends
    included; `to_cm` None is open. `excludes` and `replaces` are codes of the same book.
    """

    code: str
    name: str
    price_fen: Fen | None
    unit: str = "次"
    kind: ItemKind = ItemKind.LABOUR
    labour_fen: Fen | None = None
    role: Role = Role.WORK
    category: str = ""
    mode: Mode | None = None
    warranty_rule: WarrantyRule = WarrantyRule.FREE
    from_cm: int | None = None
    to_cm: int | None = None
    variants: tuple[Variant, ...] = ()
    excludes: frozenset[str] = frozenset()
    replaces: frozenset[str] = frozenset()
    note: str = ""

    @property
    def is_ranked(self) -> bool:
        """Whether its labour takes a rank among the items of a device and visit."""
        return self.role is Role.WORK and self.kind is not ItemKind.PART

    def closeness(self, kinds: Sequence[str]) -> int | None:
        """How closely it fits a device of these kinds, named from the finest on; 0 is closest, None does not fit.

        One row may hold for several kinds: 抽油烟机/消毒柜.
        """
        if not self.category:
            return len(kinds)
        own = {self.category, *self.category.split("/")}
        return next((place for place, kind in enumerate(kinds) if kind in own), None)

    def price_in(self, mode: Mode, area: Area) -> Fen | None:
        """The unit price in this mode and area: the variant that says most, else the item's own."""
        fitting = [v for v in self.variants if v.fits(mode, area)]
        best = max(fitting, key=lambda v: (v.mode is not None) + (v.area is not None), default=None)
        return best.price_fen if best else self.price_fen

    def labour_in(self, price: Fen) -> Fen:
        """The labour held in this unit price."""
        if self.kind is ItemKind.LABOUR:
            return price
        return Fen(min(self.labour_fen or 0, price)) if self.kind is ItemKind.WITH_PART else Fen(0)


@dataclass(frozen=True, slots=True)
class DistanceBand:
    """A fixed fee for a distance above `from_km` up to and with `to_km`; None is open."""

    from_km: int
    to_km: int | None
    fen: Fen


@dataclass(frozen=True, slots=True)
class BookPolicy:
    """How the items of a book combine. Times are the shop's clock; a band is [from, to)."""

    travel: Travel = Travel.TOWN
    free_km: int = 5
    free_km_by_area: Mapping[Area, int] = field(default_factory=dict)
    distance_bands: tuple[DistanceBand, ...] = ()
    rank_percents: tuple[int, ...] = (100, 50, 30, 0)  # the last one holds for all that follow
    declined: Declined = Declined.BOTH
    sets_off_inspection: bool = True  # 同意维修则检测费不收
    night_from: time = time(18)
    night_to: time = time(8)
    overtime_from: time = time(21)  # until night_to
    highest_only: tuple[frozenset[Role], ...] = (frozenset({Role.NIGHT, Role.HOLIDAY, Role.HEIGHT_OFF_HOURS}),)
    surcharges_when: frozenset[Outcome] = frozenset({Outcome.ACCEPTED, Outcome.DECLINED})
    express_minutes: int = 60
    height_free_below_cm: int = 300
    extras_in_warranty: Mapping[Extra, Payer] = field(default_factory=dict)  # not named: the shop bears it
    pick_up_in_warranty: Payer = Payer.SHOP  # never the customer
    cash_rounding_fen: int = 0  # 抹零: 0 (off), 100, 500 or 1000
    keeps_shop_items_in_shop: bool = False  # 仅限店内的项目上门不能收

    def free_km_in(self, area: Area) -> int:
        return self.free_km_by_area.get(area, self.free_km)

    def extra_payer(self, extra: Extra) -> Payer:
        return self.extras_in_warranty.get(extra, Payer.SHOP)

    def rank_percent(self, place: int) -> int:
        """The percent of the item at this place, counted from 0."""
        return self.rank_percents[min(place, len(self.rank_percents) - 1)] if self.rank_percents else 100

    def as_json(self) -> dict[str, Any]:
        """The policy as JSON values; `from_json` reads them back."""
        return {
            "travel": self.travel.value,
            "free_km": self.free_km,
            "free_km_by_area": {area.value: km for area, km in sorted(self.free_km_by_area.items())},
            "distance_bands": [[b.from_km, b.to_km, b.fen] for b in self.distance_bands],
            "rank_percents": list(self.rank_percents),
            "declined": self.declined.value,
            "sets_off_inspection": self.sets_off_inspection,
            "night_from": self.night_from.isoformat("minutes"),
            "night_to": self.night_to.isoformat("minutes"),
            "overtime_from": self.overtime_from.isoformat("minutes"),
            "highest_only": [sorted(group) for group in self.highest_only],
            "surcharges_when": sorted(self.surcharges_when),
            "express_minutes": self.express_minutes,
            "height_free_below_cm": self.height_free_below_cm,
            "extras_in_warranty": {
                extra.value: payer.value for extra, payer in sorted(self.extras_in_warranty.items())
            },
            "pick_up_in_warranty": self.pick_up_in_warranty.value,
            "cash_rounding_fen": self.cash_rounding_fen,
            "keeps_shop_items_in_shop": self.keeps_shop_items_in_shop,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> BookPolicy:
        """What `as_json` stored; what is missing takes its default. Invalid: unknown fields, words or numbers."""
        unknown = set(stored) - {f.name for f in fields(cls)}
        if unknown:
            raise Invalid({min(unknown): _("价目规则里没有“{name}”这一项，请删去", name=min(unknown))})
        return cls(**{name: _READERS[name](stored[name], name) for name in stored})


@dataclass(frozen=True, slots=True)
class Book:
    """Items and policy of one edition of a price book, ready for calculation."""

    code: str
    items: Mapping[str, Item]
    policy: BookPolicy = field(default_factory=BookPolicy)
    name: str = ""

    def with_role(self, role: Role, kinds: Sequence[str] = ()) -> list[Item]:
        """The items of this role that fit a device of these kinds, closest first, else in order of entry."""
        fitting = [(i.closeness(kinds), i) for i in self.items.values() if i.role is role]
        return [item for place, item in sorted(((p, i) for p, i in fitting if p is not None), key=lambda pair: pair[0])]

    def the(self, role: Role, kinds: Sequence[str] = ()) -> Item | None:
        """The closest item of this role, if the book has one."""
        return next(iter(self.with_role(role, kinds)), None)


def _wrong(name: str, value: object) -> Invalid:
    return Invalid({name: _("“{value}”填在这里不对，请检查价目规则", value=str(value)[:40])})


def _word(kind: type[E], value: object, name: str) -> E:
    try:
        return kind(str(value))
    except ValueError:
        raise _wrong(name, value) from None


def _whole(value: object, name: str, *, most: int = 100_000) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise _wrong(name, value)
    return value


def _fen(value: object, name: str) -> Fen:
    return Fen(_whole(value, name, most=MAX_FEN))


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(name, value)
    return value


def _clock(value: object, name: str) -> time:
    try:
        return time.fromisoformat(str(value))
    except ValueError:
        raise _wrong(name, value) from None


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(name, value)
    return value


def _pairs(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(name, value)
    return value


def _bands(value: object, name: str) -> tuple[DistanceBand, ...]:
    bands = []
    for row in _list(value, name):
        if len(_list(row, name)) != 3:
            raise _wrong(name, row)
        start, end, fen = row
        bands.append(DistanceBand(_whole(start, name), None if end is None else _whole(end, name), _fen(fen, name)))
    return tuple(bands)


def _percents(value: object, name: str) -> tuple[int, ...]:
    percents = tuple(_whole(row, name, most=100) for row in _list(value, name))
    if list(percents) != sorted(percents, reverse=True):
        raise _wrong(name, value)
    return percents


def _pick_up(value: object, name: str) -> Payer:
    payer = _word(Payer, value, name)
    if payer is Payer.CUSTOMER:
        raise Invalid({name: PICK_UP_NEVER_CUSTOMER})
    return payer


def _rounding(value: object, name: str) -> int:
    unit = _whole(value, name)
    if unit not in ROUNDINGS:
        raise _wrong(name, value)
    return unit


ROUNDINGS = (0, 100, 500, 1000)
PICK_UP_NEVER_CUSTOMER: Text = _("三包商品的取送费不能由用户承担，请选择厂家或本店")

_READERS: dict[str, Any] = {
    "travel": lambda v, n: _word(Travel, v, n),
    "free_km": _whole,
    "free_km_by_area": lambda v, n: {_word(Area, area, n): _whole(km, n) for area, km in _pairs(v, n).items()},
    "distance_bands": _bands,
    "rank_percents": _percents,
    "declined": lambda v, n: _word(Declined, v, n),
    "sets_off_inspection": _flag,
    "night_from": _clock,
    "night_to": _clock,
    "overtime_from": _clock,
    "highest_only": lambda v, n: tuple(
        frozenset(_word(Role, role, n) for role in _list(group, n)) for group in _list(v, n)
    ),
    "surcharges_when": lambda v, n: frozenset(_word(Outcome, outcome, n) for outcome in _list(v, n)),
    "express_minutes": _whole,
    "height_free_below_cm": _whole,
    "extras_in_warranty": lambda v, n: {_word(Extra, e, n): _word(Payer, p, n) for e, p in _pairs(v, n).items()},
    "pick_up_in_warranty": _pick_up,
    "cash_rounding_fen": _rounding,
    "keeps_shop_items_in_shop": _flag,
}
