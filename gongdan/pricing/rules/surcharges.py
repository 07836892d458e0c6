"""What the hour adds, the minimum of a visit, and the small change taken off at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from gongdan.kernel.money import Fen
from gongdan.kernel.text import SHANGHAI, Text, _
from gongdan.pricing.rules.bill import NOTHING, Line
from gongdan.pricing.rules.book import BookPolicy
from gongdan.pricing.rules.case import TO_THE_DOOR, Case, extra_reason, line_of
from gongdan.pricing.rules.facts import Visit
from gongdan.pricing.states import Extra, Mode, Payer, Role, Rule


def time_lines(case: Case) -> Iterator[Line]:
    """Night, holiday and overtime of each visit; of those that do not stack only the highest counts."""
    if case.context.mode not in {*TO_THE_DOOR, Mode.PICK_UP} or case.outcome not in case.book.policy.surcharges_when:
        return
    first = case.context.visits[0].key if case.context.visits else ""
    for visit in case.context.visits or (Visit(""),):
        lines = [*_chosen_lines(case, visit, is_first=visit.key == first), *_hour_lines(case, visit)]
        yield from _only_the_highest(case.book.policy, lines)


def is_night(moment: datetime, policy: BookPolicy) -> bool:
    """Whether an arrival falls into the half-open night [from, to) of the shop's clock."""
    clock = moment.astimezone(SHANGHAI).time()
    if policy.night_from <= policy.night_to:
        return policy.night_from <= clock < policy.night_to
    return clock >= policy.night_from or clock < policy.night_to


def overtime_hours(visit: Visit, policy: BookPolicy) -> int:
    """Started hours of the visit between the evening hour of overtime and the end of the night."""
    if visit.arrived_at is None or visit.left_at is None or visit.left_at <= visit.arrived_at:
        return 0
    arrived, left = visit.arrived_at.astimezone(SHANGHAI), visit.left_at.astimezone(SHANGHAI)
    worked = timedelta()
    day = _at(arrived, policy.overtime_from) - timedelta(days=1)
    while day < left:
        ends = _at(day, policy.night_to)
        ends = ends if ends > day else ends + timedelta(days=1)
        worked += max(timedelta(), min(left, ends) - max(arrived, day))
        day += timedelta(days=1)
    return -(-worked // timedelta(hours=1))


def minimum_lines(case: Case, lines: Sequence[Line]) -> Iterator[Line]:
    """What is missing to the least repair fee of each visit; parts and the way do not count."""
    item = case.book.the(Role.MINIMUM)
    if item is None or case.context.mode not in TO_THE_DOOR:
        return
    labour: dict[str, int] = {}
    for line in lines:
        if line.role in (Role.WORK, Role.PACKAGE) and line.payer is Payer.CUSTOMER and line.labour_fen:
            labour[line.visit] = labour.get(line.visit, 0) + line.labour_fen
    for visit, fen in labour.items():
        unit = case.unit_fen(item)
        if fen < unit:
            yield line_of(
                item,
                unit,
                payer=Payer.CUSTOMER,
                rule=Rule.MINIMUM,
                reason=_("维修费 {fen:yuan} 不足最低收费 {least:yuan}，补足差额", fen=fen, least=unit),
                amount_fen=Fen(unit - fen),
                labour_fen=Fen(unit - fen),
                visit=visit,
            )


def rounding_lines(policy: BookPolicy, due_fen: Fen) -> Iterator[Line]:
    """抹零: the small change below the book's unit, as a line of its own (O-007)."""
    unit = policy.cash_rounding_fen
    change = due_fen % unit if unit else 0
    if change:
        yield Line(
            code="",
            name="抹零",
            unit="",
            quantity=1,
            unit_fen=Fen(-change),
            amount_fen=Fen(-change),
            payer=Payer.CUSTOMER,
            rule=Rule.ROUNDING,
            reason=_("不足 {unit:yuan} 的零头不收", unit=unit),
            role=Role.ROUNDING,
        )


def _hour_lines(case: Case, visit: Visit) -> Iterator[Line]:
    if visit.arrived_at is None:
        return
    policy = case.book.policy
    if is_night(visit.arrived_at, policy):
        what = _(
            "{at:time} 到达，属于夜间 {start}–{end}",
            at=visit.arrived_at,
            start=f"{policy.night_from:%H:%M}",
            end=f"{policy.night_to:%H:%M}",
        )
        yield from _surcharge(case, visit, Role.NIGHT, Extra.NIGHT, what)
    if visit.is_holiday:
        yield from _surcharge(
            case, visit, Role.HOLIDAY, Extra.HOLIDAY, _("{at:date} 是法定节假日", at=visit.arrived_at)
        )
    hours = overtime_hours(visit, policy)
    if hours:
        what = _(
            "{start} 以后工作 {hours} 小时（不足一小时按一小时）", start=f"{policy.overtime_from:%H:%M}", hours=hours
        )
        yield from _surcharge(case, visit, Role.OVERTIME, Extra.OVERTIME, what, quantity=hours)


def _surcharge(case: Case, visit: Visit, role: Role, extra: Extra, what: Text, *, quantity: int = 1) -> Iterator[Line]:
    item = case.book.the(role)
    if item is None:
        return
    coverage = case.visit_coverage
    payer = case.extra_payer(extra, coverage)
    yield line_of(
        item,
        case.unit_fen(item),
        quantity=quantity,
        payer=payer,
        rule=Rule.EXTRA if coverage else Rule.TIME_BAND,
        reason=extra_reason(what, payer, coverage),
        visit=visit.key,
    )


def _chosen_lines(case: Case, visit: Visit, *, is_first: bool) -> Iterator[Line]:
    """Surcharges for height at night or on a holiday are chosen by hand; without a visit they belong to the first."""
    for charge in case.charges:
        item = case.item(charge)
        if item.role is not Role.HEIGHT_OFF_HOURS or not (charge.visit == visit.key or (is_first and not charge.visit)):
            continue
        device = case.device(charge.device)
        coverage = device.coverage if device.coverage.labour else None
        payer = charge.payer or case.extra_payer(Extra.HEIGHT, coverage)
        yield line_of(
            item,
            case.unit_fen(item),
            quantity=charge.quantity,
            payer=payer,
            rule=Rule.EXTRA if coverage else Rule.HEIGHT,
            reason=extra_reason(_("夜间或节假日高空作业"), payer, coverage),
            device=charge.device,
            visit=visit.key,
            charge=charge.key,
        )


def _only_the_highest(policy: BookPolicy, lines: list[Line]) -> Iterator[Line]:
    for line in lines:
        rivals = [r for r in lines if any({line.role, r.role} <= group for group in policy.highest_only)]
        best = max(rivals, key=lambda r: r.amount_fen, default=line)
        if best is line:
            yield line
        else:
            reason = _("与“{other}”不叠加，只收较高的一项", other=best.name)
            yield replace(line, amount_fen=NOTHING, labour_fen=NOTHING, rule=Rule.HIGHEST_ONLY, reason=reason)


def _at(day: datetime, clock: time) -> datetime:
    return day.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
