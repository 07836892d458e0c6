"""What a price is asked about: the circumstances of an order, its devices and visits, and what was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gongdan.pricing.states import Area, Mode, Outcome, Payer


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is free for the customer, who pays for it instead, and the word for it on the page (O-015)."""

    part: bool = False
    labour: bool = False
    visit: bool = False
    payer: Payer = Payer.MAKER
    label: str = ""
    is_contract: bool = False


OUT = Coverage(label="保外")
IN_WARRANTY = Coverage(part=True, labour=True, visit=True, label="保内")  # 包修
PARTS_CHARGED = Coverage(labour=True, visit=True, label="保内")  # 保修: only the parts are paid
MAIN_PART = Coverage(part=True, label="主要部件保内")
EXTENDED = Coverage(part=True, labour=True, visit=True, payer=Payer.EXTENDED, label="延保")
CONTRACT = Coverage(part=True, labour=True, visit=True, payer=Payer.ORGANISATION, label="合同", is_contract=True)
REWORK = Coverage(part=True, labour=True, visit=True, payer=Payer.SHOP, label="返修免费")


@dataclass(frozen=True, slots=True)
class Device:
    """One device of the order. `outcome` None takes the order's. `height_cm` is the height of fall of the work.

    `product_kind` is finer than the category where a book's rows are: 燃气热水器.
    """

    key: str
    category: str = ""
    product_kind: str = ""
    coverage: Coverage = OUT
    outcome: Outcome | None = None
    is_inspected: bool = True
    height_cm: int = 0
    is_user_damage: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """What it is, finest word first."""
        return tuple(kind for kind in (self.product_kind, self.category) if kind)


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit. Times are aware; `is_holiday` means a statutory holiday, not a weekend and not the whole break."""

    key: str
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    is_holiday: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances of an order. Without visits the price is the one to expect. `km` is one way."""

    mode: Mode
    devices: tuple[Device, ...] = ()
    visits: tuple[Visit, ...] = ()
    outcome: Outcome = Outcome.ACCEPTED
    km: Decimal | None = None
    area: Area = Area.OTHER
    express_agreed_at: datetime | None = None
    is_inspected_on_site: bool = False  # 取送: somebody looked at it before taking it along
    wasted_trips: int = 0  # proven ones, before the visits: each costs its fee
    is_visit_paid_before: bool = False  # the same report and household paid the visit fee on another order

    @property
    def arrived_at(self) -> datetime | None:
        """The first arrival."""
        return min((v.arrived_at for v in self.visits if v.arrived_at), default=None)


@dataclass(frozen=True, slots=True)
class Charge:
    """One chosen item. There is no price here: it comes from the book.

    `key` comes back on its lines; `coverage` overrules the device's (a part with a period of its own); `payer`
    overrules all, with a note that says why.
    """

    code: str
    device: str = ""
    quantity: int = 1
    visit: str = ""
    coverage: Coverage | None = None
    payer: Payer | None = None
    note: str = ""
    key: str = ""
