"""One question to the engine with the look-ups that its parts share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gongdan.kernel.errors import Refused
from gongdan.kernel.money import Fen
from gongdan.kernel.text import Text, _
from gongdan.pricing.rules.bill import NOTHING, Line
from gongdan.pricing.rules.book import Book, Item
from gongdan.pricing.rules.facts import Charge, Context, Coverage, Device
from gongdan.pricing.states import PAYER_LABELS, Extra, Mode, Outcome, Payer, Rule, WarrantyRule

TO_THE_DOOR = frozenset({Mode.ON_SITE, Mode.EXPRESS})

# How an order with several devices went as a whole: the first of these that any of them has.
_FURTHEST_FIRST = (
    Outcome.ACCEPTED,
    Outcome.DECLINED,
    Outcome.NOTHING_FOUND,
    Outcome.EMPTY_TRIP,
    Outcome.CANCELLED,
)


@dataclass(frozen=True, slots=True)
class Case:
    """Book, circumstances and choices. A charge without a device belongs to the order itself, which has no coverage."""

    book: Book
    context: Context
    charges: Sequence[Charge]

    @property
    def devices(self) -> tuple[Device, ...]:
        """The devices; an order that names none counts as one."""
        return self.context.devices or (Device(""),)

    def device(self, key: str) -> Device:
        found = next((d for d in self.devices if d.key == key), None)
        assert found or not key, f"unknown device {key}"
        return found or Device("", is_inspected=False)

    def outcome_of(self, device: Device) -> Outcome:
        return device.outcome or self.context.outcome

    @property
    def outcome(self) -> Outcome:
        """How the order went: as far as its furthest device."""
        outcomes = {self.outcome_of(device) for device in self.devices}
        return next(outcome for outcome in _FURTHEST_FIRST if outcome in outcomes)

    @property
    def visit_coverage(self) -> Coverage | None:
        """The coverage that frees the way: one covered device is enough, the way is not charged to its owner twice."""
        return next((d.coverage for d in self.devices if d.coverage.visit), None)

    def item(self, charge: Charge) -> Item:
        """The chosen item. Refused: the book has none with this code."""
        item = self.book.items.get(charge.code)
        if item is None:
            raise Refused(
                _(
                    "价目“{book}”里没有编号为 {code} 的项目，请从价目表中重新选择",
                    book=self.book.name,
                    code=charge.code,
                ),
                code="unknown_item",
            )
        return item

    def unit_fen(self, item: Item) -> Fen:
        """What one costs here. Refused: no price."""
        price = item.price_in(self.context.mode, self.context.area)
        if price is None:
            raise Refused(_("“{item}”没有定价，不能收费，请先在价目表中填写价格", item=item.name), code="no_price")
        return price

    def extra_payer(self, extra: Extra, coverage: Coverage | None) -> Payer:
        """Who pays distance, height, night and the like: in the period the brand's flag decides."""
        if coverage is None:
            return Payer.CUSTOMER
        if coverage.payer in (Payer.SHOP, Payer.ORGANISATION):  # our rework or a contract holds them too
            return coverage.payer
        flag = self.book.policy.extra_payer(extra)
        return coverage.payer if flag is Payer.MAKER else flag

    def pick_up_payer(self, coverage: Coverage | None) -> Payer:
        """Who pays for fetching and bringing back: never the customer in the period."""
        if coverage is None:
            return Payer.CUSTOMER
        flag = self.book.policy.pick_up_in_warranty
        return coverage.payer if flag is Payer.MAKER or coverage.payer is Payer.SHOP else flag


def covers(item: Item, coverage: Coverage, *, is_user_damage: bool) -> bool:
    """Whether the period can make this item free at all; which portion, its flags say."""
    if item.warranty_rule is WarrantyRule.CHARGED:
        return False
    if item.warranty_rule is WarrantyRule.USER_DAMAGE:
        return not is_user_damage
    return item.warranty_rule is WarrantyRule.FREE or coverage.is_contract


def covered_reason(label: str, payer: Payer) -> Text:
    return _("{label}，由{payer}承担", label=label or "保内", payer=PAYER_LABELS[payer])


def extra_reason(what: Text, payer: Payer, coverage: Coverage | None) -> Text:
    """Why an extra costs that, and in the period who bears it."""
    if coverage is None:
        return what
    return _("{what}；{label}期内由{payer}承担", what=what, label=coverage.label or "保内", payer=PAYER_LABELS[payer])


def line_of(
    item: Item,
    unit_fen: Fen,
    *,
    payer: Payer,
    rule: Rule,
    reason: Text,
    quantity: int = 1,
    amount_fen: Fen | None = None,
    labour_fen: Fen = NOTHING,
    device: str = "",
    visit: str = "",
    charge: str = "",
) -> Line:
    """A line of this item; the amount is quantity times unit price unless a rule says otherwise."""
    return Line(
        code=item.code,
        name=item.name,
        unit=item.unit,
        quantity=quantity,
        unit_fen=unit_fen,
        amount_fen=Fen(quantity * unit_fen) if amount_fen is None else amount_fen,
        payer=payer,
        rule=rule,
        reason=reason,
        role=item.role,
        labour_fen=labour_fen,
        device=device,
        visit=visit,
        charge=charge,
    )
