"""The way to the customer: visit fee, distance, pick-up, express, and the wasted trip."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal

from gongdan.kernel.errors import Refused
from gongdan.kernel.money import Fen
from gongdan.kernel.text import Text, _
from gongdan.pricing.rules.bill import NOTHING, Line
from gongdan.pricing.rules.book import Item
from gongdan.pricing.rules.case import TO_THE_DOOR, Case, covered_reason, covers, extra_reason, line_of
from gongdan.pricing.states import Declined, Extra, Mode, Outcome, Payer, Role, Rule, Travel

_AFTER_ARRIVAL_ONLY = frozenset({Outcome.CANCELLED, Outcome.EMPTY_TRIP})


def travel_lines(case: Case) -> Iterator[Line]:
    """What the way costs. Nothing for 到店, 寄修 and 远程, nor when nobody set out."""
    context = case.context
    ended_there = case.outcome is Outcome.EMPTY_TRIP
    if case.outcome in _AFTER_ARRIVAL_ONLY and context.arrived_at is None and not context.wasted_trips:
        return
    wasted = case.book.the(Role.EMPTY_TRIP)
    trips = context.wasted_trips or int(ended_there)
    if trips and wasted and context.mode in {*TO_THE_DOOR, Mode.PICK_UP}:
        yield _empty_trip(case, wasted, trips)
        if ended_there:
            return
    fetching = case.book.the(Role.PICK_UP) if context.mode is Mode.PICK_UP else None
    if context.mode in TO_THE_DOOR or (
        context.mode is Mode.PICK_UP and (context.is_inspected_on_site or fetching is None)
    ):
        yield from _way(case)
    if fetching:
        yield _pick_up(case, fetching)


def express_lines(case: Case) -> Iterator[Line]:
    """The agreed surcharge, only if he came in time; a late one stands with nothing and its reason."""
    item = case.book.the(Role.EXPRESS)
    arrived = case.context.arrived_at
    if case.context.mode is not Mode.EXPRESS or item is None:
        return
    if case.outcome in _AFTER_ARRIVAL_ONLY and arrived is None:
        return
    limit = case.book.policy.express_minutes
    agreed = case.context.express_agreed_at
    unit = case.unit_fen(item)
    coverage = case.visit_coverage
    payer = Payer.SHOP if coverage and coverage.payer is Payer.SHOP else Payer.CUSTOMER
    amount = unit
    if arrived is None:
        reason = _("约定后 {limit} 分钟内到达才收，超时免收", limit=limit)
    elif agreed is None:
        amount, reason = NOTHING, _("没有约定时间的记录，不收极速加价")
    else:
        minutes = int((arrived - agreed) / timedelta(minutes=1))
        if arrived - agreed <= timedelta(minutes=limit):
            reason = _("约定后 {minutes} 分钟到达，未超过 {limit} 分钟", minutes=minutes, limit=limit)
        else:
            late = int((arrived - agreed - timedelta(minutes=limit)) / timedelta(seconds=1))
            amount = NOTHING
            reason = _(
                "约定后超过 {limit} 分钟才到达（{minutes} 分 {seconds} 秒），极速加价免收",
                limit=limit,
                minutes=limit + late // 60,
                seconds=late % 60,
            )
    yield line_of(item, unit, payer=payer, rule=Rule.EXPRESS, reason=reason, amount_fen=amount)


def _way(case: Case) -> Iterator[Line]:
    policy = case.book.policy
    without_repair = case.outcome in (Outcome.DECLINED, Outcome.NOTHING_FOUND)
    if policy.travel is Travel.REMOTE:
        if not case.context.is_visit_paid_before:
            yield from _remote_fee(case)
    elif not (without_repair and policy.declined is Declined.INSPECTION):
        yield from _visit(case)
        if policy.travel is Travel.TOWN and not case.context.is_visit_paid_before:
            yield from _distance(case)


def _visit(case: Case) -> Iterator[Line]:
    item = case.book.the(Role.VISIT)
    if item is None:
        return
    banded = case.book.policy.travel is Travel.BANDS
    unit = _band_fen(case) if banded else case.unit_fen(item)
    payer, amount = Payer.CUSTOMER, unit
    coverage = case.visit_coverage
    if case.context.is_visit_paid_before:
        amount, rule, reason = NOTHING, Rule.VISIT_ONCE, _("同一次报修已收过上门费，不再收")
    elif coverage and covers(item, coverage, is_user_damage=False):
        payer, rule = coverage.payer, Rule.COVERED
        reason = covered_reason(coverage.label, payer)
    elif case.outcome is Outcome.CANCELLED:
        rule, reason = Rule.CANCELLED, _("上门后检测前取消，只收上门费")
    elif case.outcome is Outcome.EMPTY_TRIP:
        rule, reason = Rule.CANCELLED, _("因用户原因上门后未完成，只收上门费")
    elif len(case.context.visits) > 1:
        rule = Rule.VISIT_ONCE
        reason = _("同一次报修上门 {times} 次，只收一次", times=len(case.context.visits))
    elif banded:
        rule, reason = Rule.DISTANCE_BAND, _("按距离 {km} 公里的一档", km=str(case.context.km or 0))
    else:
        rule, reason = Rule.LIST, _("{km} 公里以内", km=case.book.policy.free_km)
    yield line_of(item, unit, payer=payer, rule=rule, reason=reason, amount_fen=amount)


def _band_fen(case: Case) -> Fen:
    """The fee of the band that holds the distance; an unknown distance takes the nearest band."""
    km = case.context.km or Decimal(0)
    for band in sorted(case.book.policy.distance_bands, key=lambda b: b.from_km):
        if (km > band.from_km or band.from_km == km == 0) and (band.to_km is None or km <= band.to_km):
            return band.fen
    raise Refused(_("距离 {km} 公里没有对应的上门费，请在价目规则中补上这一档", km=str(km)), code="distance_gap")


def _beyond(km: Decimal | None, free_km: int) -> int:
    """Started kilometres beyond the free ones."""
    return max(0, int((Decimal(km or 0) - free_km).to_integral_value(rounding=ROUND_CEILING)))


def _distance(case: Case) -> Iterator[Line]:
    free = case.book.policy.free_km_in(case.context.area)
    beyond = _beyond(case.context.km, free)
    item = case.book.the(Role.DISTANCE)
    if item is None or not beyond:
        return
    what = _("单程 {km} 公里，超出 {free} 公里的部分", km=str(case.context.km), free=free)
    yield _by_kilometre(case, item, beyond, rule=Rule.DISTANCE, what=what)


def _remote_fee(case: Case) -> Iterator[Line]:
    free = case.book.policy.free_km_in(case.context.area)
    beyond = _beyond(case.context.km, free)
    item = case.book.the(Role.REMOTE_FEE)
    if item is None or not beyond:
        return
    what = _("单程 {km} 公里，免费 {free} 公里，同一次上门只收一次", km=str(case.context.km), free=free)
    yield _by_kilometre(case, item, beyond, rule=Rule.REMOTE_FEE, what=what)


def _by_kilometre(case: Case, item: Item, beyond: int, *, rule: Rule, what: Text) -> Line:
    coverage = case.visit_coverage
    payer = case.extra_payer(Extra.DISTANCE, coverage)
    return line_of(
        item,
        case.unit_fen(item),
        quantity=beyond,
        payer=payer,
        rule=Rule.EXTRA if coverage else rule,
        reason=extra_reason(what, payer, coverage),
    )


def _pick_up(case: Case, item: Item) -> Line:
    coverage = case.visit_coverage
    payer = case.pick_up_payer(coverage)
    what = _("上门检测后带回，取送费另收") if case.context.is_inspected_on_site else _("未上门检测，取送费代替上门费")
    return line_of(
        item, case.unit_fen(item), payer=payer, rule=Rule.PICK_UP, reason=extra_reason(what, payer, coverage)
    )


def _empty_trip(case: Case, item: Item, trips: int) -> Line:
    coverage = case.visit_coverage
    payer = case.extra_payer(Extra.EMPTY_TRIP, coverage)
    return line_of(
        item,
        case.unit_fen(item),
        quantity=trips,
        payer=payer,
        rule=Rule.EMPTY_TRIP,
        reason=extra_reason(_("因用户原因上门后未完成"), payer, coverage),
    )
