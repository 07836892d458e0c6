"""What was done to the devices: inspection and the chosen items, ranked, covered and split among payers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gongdan.kernel.errors import Refused
from gongdan.kernel.money import Fen, percent_of
from gongdan.kernel.text import Text, _
from gongdan.pricing.rules.bill import NOTHING, Line
from gongdan.pricing.rules.book import Item
from gongdan.pricing.rules.case import Case, covered_reason, covers, extra_reason, line_of
from gongdan.pricing.rules.facts import Charge, Coverage, Device
from gongdan.pricing.states import (
    PAYER_LABELS,
    WARRANTY_RULE_LABELS,
    Declined,
    Extra,
    Mode,
    Outcome,
    Payer,
    Role,
    Rule,
)

_FREE_TO_THE_CUSTOMER = frozenset({Payer.MAKER, Payer.EXTENDED, Payer.SHOP})


def inspection_lines(case: Case) -> Iterator[Line]:
    """The inspection of each device: set off when it is repaired, charged by the book's policy when it is not."""
    for device in case.devices:
        outcome = case.outcome_of(device)
        chosen = [c for c in case.charges if c.device == device.key and case.item(c).role is Role.INSPECTION]
        if outcome in (Outcome.CANCELLED, Outcome.EMPTY_TRIP):
            continue
        if outcome is Outcome.ACCEPTED and not case.book.policy.sets_off_inspection:
            continue
        if outcome is Outcome.DECLINED and case.book.policy.declined is Declined.VISIT:
            continue
        if chosen:
            for charge in chosen:
                yield _inspection(case, device, outcome, case.item(charge), charge)
        elif device.is_inspected and case.context.mode is not Mode.REMOTE:
            item = case.book.the(Role.INSPECTION, device.kinds)
            has_price = item and item.price_in(case.context.mode, case.context.area) is not None
            if item and (has_price or outcome is Outcome.DECLINED):  # a fee that is due without a price is refused
                yield _inspection(case, device, outcome, item, Charge(item.code))


def _inspection(case: Case, device: Device, outcome: Outcome, item: Item, charge: Charge) -> Line:
    unit = case.unit_fen(item)
    coverage = charge.coverage or device.coverage
    payer, amount, rule = Payer.CUSTOMER, unit, Rule.DECLINED
    if outcome is Outcome.ACCEPTED:
        amount, rule, reason = NOTHING, Rule.SET_OFF, _("同意维修，检测费不收")
    elif outcome is Outcome.NOTHING_FOUND:
        amount, reason = NOTHING, _("未查出问题，检测费免收")
    elif charge.payer:
        payer, rule, reason = charge.payer, Rule.PAYER, _assigned(charge)
    elif coverage.labour and covers(item, coverage, is_user_damage=device.is_user_damage):
        payer, rule = coverage.payer, Rule.COVERED
        reason = covered_reason(coverage.label, payer)
    else:
        reason = _("检测后不维修，收检测费")
    return line_of(
        item,
        unit,
        payer=payer,
        rule=rule,
        reason=reason,
        amount_fen=amount,
        labour_fen=amount,
        device=device.key,
        visit=charge.visit,
        charge=charge.key,
    )


@dataclass(frozen=True, slots=True)
class _Job:
    """A charge taken apart: labour and part of one unit, who pays each, and why it may cost nothing."""

    charge: Charge
    item: Item
    coverage: Coverage
    unit_fen: Fen
    labour_fen: Fen
    labour_payer: Payer
    part_payer: Payer
    dropped: tuple[Rule, Text] | None = None

    @property
    def is_ranked(self) -> bool:
        return (
            self.item.is_ranked
            and self.dropped is None
            and self.labour_fen > 0
            and self.labour_payer not in _FREE_TO_THE_CUSTOMER
            and not (self.labour_payer is Payer.ORGANISATION and self.coverage.is_contract)
        )

    @property
    def all_labour_fen(self) -> Fen:
        """A line with quantity is one item."""
        return Fen(self.charge.quantity * self.labour_fen)


def work_lines(case: Case) -> Iterator[Line]:
    """The lines of all chosen items in order of entry; an item whose labour and part have two payers makes two."""
    jobs = [_job(case, charge) for charge in case.charges if _is_work(case, charge)]
    places = _places(jobs)
    for number, job in enumerate(jobs):
        yield from _lines_of(case, job, places.get(number))


def height_lines(case: Case) -> Iterator[Line]:
    """Work at height, per repaired device, by the item whose range holds the height; one chosen by hand goes first."""
    by_hand = {c.device for c in case.charges if case.item(c).role is Role.HEIGHT}
    for device in case.devices:
        if case.outcome_of(device) is not Outcome.ACCEPTED or device.key in by_hand:
            continue
        item = _height_item(case, device)
        if item is None:
            continue
        coverage = device.coverage if device.coverage.labour else None
        payer = case.extra_payer(Extra.HEIGHT, coverage)
        what = _("作业高度 {height} 米", height=metres(device.height_cm))
        yield line_of(
            item,
            case.unit_fen(item),
            payer=payer,
            rule=Rule.EXTRA if coverage else Rule.HEIGHT,
            reason=extra_reason(what, payer, coverage),
            device=device.key,
        )


def metres(centimetres: int) -> str:
    """Centimetres as metres without needless zeros: 250 -> 2.5."""
    return f"{centimetres / 100:g}"


def _height_item(case: Case, device: Device) -> Item | None:
    """The item whose range holds the device's height; where two ranges meet, the lower one. Refused: no range does."""
    if device.height_cm < case.book.policy.height_free_below_cm:
        return None
    items = sorted(case.book.with_role(Role.HEIGHT, device.kinds), key=lambda i: i.from_cm or 0)
    for item in items:
        if (item.from_cm or 0) <= device.height_cm and (item.to_cm is None or device.height_cm <= item.to_cm):
            return item
    if items:
        raise Refused(
            _("作业高度 {height} 米没有对应的价格，请在价目表中补上这一档", height=metres(device.height_cm)),
            code="height_gap",
        )
    return None


def _is_work(case: Case, charge: Charge) -> bool:
    role = case.item(charge).role
    if role is Role.INSPECTION:
        is_accepted = case.outcome_of(case.device(charge.device)) is Outcome.ACCEPTED
        return is_accepted and not case.book.policy.sets_off_inspection
    if role is Role.PICK_UP:
        return case.context.mode is not Mode.PICK_UP  # there it comes by itself
    return role is not Role.HEIGHT_OFF_HOURS  # stands with the surcharges, where the highest wins


def _job(case: Case, charge: Charge) -> _Job:
    item = case.item(charge)
    device = case.device(charge.device)
    coverage = charge.coverage or device.coverage
    unit = case.unit_fen(item)
    return _Job(
        charge=charge,
        item=item,
        coverage=coverage,
        unit_fen=unit,
        labour_fen=item.labour_in(unit),
        labour_payer=_payer(case, charge, item, coverage, device, is_free=coverage.labour),
        part_payer=_payer(case, charge, item, coverage, device, is_free=coverage.part),
        dropped=_dropped(case, charge, item, device),
    )


def _payer(case: Case, charge: Charge, item: Item, coverage: Coverage, device: Device, *, is_free: bool) -> Payer:
    if charge.payer:
        return charge.payer
    if item.role is Role.HEIGHT:
        return case.extra_payer(Extra.HEIGHT, coverage if coverage.labour else None)
    if item.role is Role.PICK_UP:
        return case.pick_up_payer(coverage if coverage.visit else None)
    if is_free and covers(item, coverage, is_user_damage=device.is_user_damage):
        return coverage.payer
    return Payer.CUSTOMER


def _dropped(case: Case, charge: Charge, item: Item, device: Device) -> tuple[Rule, Text] | None:
    """Why a chosen item costs nothing, if so."""
    if item.role in (Role.WORK, Role.PACKAGE, Role.HEIGHT):
        outcome = case.outcome_of(device)
        if outcome is Outcome.NOTHING_FOUND:
            return Rule.NOT_DONE, _("未查出问题，不收维修费")
        if outcome is not Outcome.ACCEPTED:
            return Rule.NOT_DONE, _("没有维修，不收维修费")
    for other in case.charges:
        package = case.item(other)
        if charge.code in package.replaces and other.device == charge.device:
            return Rule.PACKAGE, _("已包含在“{package}”中，不再单收", package=package.name)
    return None


def _places(jobs: list[_Job]) -> Mapping[int, tuple[int, int]]:
    """For each ranked job its place among those of its device and visit, and how many there are.

    Dearest labour first; equal amounts keep the order of entry.
    """
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, job in enumerate(jobs):
        if job.is_ranked:
            groups[job.charge.device, job.charge.visit].append(number)
    places = {}
    for group in groups.values():
        for place, number in enumerate(sorted(group, key=lambda n: -jobs[n].all_labour_fen)):
            places[number] = (place, len(group))
    return places


def _lines_of(case: Case, job: _Job, place: tuple[int, int] | None) -> Iterator[Line]:
    quantity = job.charge.quantity
    part_unit = Fen(job.unit_fen - job.labour_fen)
    percent = case.book.policy.rank_percent(place[0]) if place else 100
    labour = percent_of(job.all_labour_fen, percent)
    part = Fen(quantity * part_unit)
    if job.dropped:
        yield _line(job, job.unit_fen, NOTHING, payer=job.labour_payer, why=job.dropped)
    elif job.labour_payer is job.part_payer or not job.labour_fen or not part_unit:
        payer = job.labour_payer if job.labour_fen else job.part_payer
        why = _why(case, job, payer, place, percent)
        yield _line(job, job.unit_fen, Fen(labour + part), labour=labour, payer=payer, why=why)
    else:
        why = _why(case, job, job.part_payer, None, 100)
        yield _line(job, part_unit, part, payer=job.part_payer, why=why, portion="（配件）")
        why = _why(case, job, job.labour_payer, place, percent)
        yield _line(job, job.labour_fen, labour, labour=labour, payer=job.labour_payer, why=why, portion="（人工）")


def _line(
    job: _Job, unit: Fen, amount: Fen, *, labour: Fen = NOTHING, payer: Payer, why: tuple[Rule, Text], portion: str = ""
) -> Line:
    rule, reason = why
    line = line_of(
        job.item,
        unit,
        quantity=job.charge.quantity,
        amount_fen=amount,
        labour_fen=labour,
        payer=payer,
        rule=rule,
        reason=reason,
        device=job.charge.device,
        visit=job.charge.visit,
        charge=job.charge.key,
    )
    return replace(line, name=line.name + portion)


def _why(case: Case, job: _Job, payer: Payer, place: tuple[int, int] | None, percent: int) -> tuple[Rule, Text]:
    coverage = job.coverage
    has_cover = coverage.part or coverage.labour or coverage.visit
    if job.charge.payer:
        return Rule.PAYER, _assigned(job.charge)
    if job.item.role is Role.HEIGHT:
        return (
            Rule.EXTRA if coverage.labour else Rule.HEIGHT,
            extra_reason(_("高空作业"), payer, coverage if coverage.labour else None),
        )
    if job.item.role is Role.PICK_UP:
        return Rule.PICK_UP, extra_reason(_("带回维修，含往返"), payer, coverage if coverage.visit else None)
    if payer is not Payer.CUSTOMER:
        return Rule.COVERED, covered_reason(coverage.label, payer)
    if place and place[1] > 1 and case.book.policy.rank_percent(1) != 100:
        return Rule.RANK, _("同一台设备第 {place} 项，工费按 {percent}% 收", place=place[0] + 1, percent=percent)
    if has_cover:
        return Rule.CHARGED, _charged(job)
    return Rule.LIST, _("按价目收取")


def _charged(job: _Job) -> Text:
    label = job.coverage.label or "保内"
    if covers(job.item, job.coverage, is_user_damage=False):
        return _("{label}只免所承诺的部分，这一部分照收", label=label)
    rule = WARRANTY_RULE_LABELS[job.item.warranty_rule]
    return _("{label}期内照收，价目规定为“{rule}”", label=label, rule=rule)


def _assigned(charge: Charge) -> Text:
    assert charge.payer
    payer = PAYER_LABELS[charge.payer]
    if charge.note:
        return _("指定由{payer}支付：{note}", payer=payer, note=charge.note)
    return _("指定由{payer}支付", payer=payer)
