"""The warranty decision: pure, and explained line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from gongdan.devices.rules import policy
from gongdan.devices.rules.facts import (
    ALL_FREE,
    NOTHING_FREE,
    DeviceFacts,
    Flags,
    PartCover,
    PastRepair,
    Policy,
    Remedy,
    StartRule,
    Verdict,
    word_key,
)
from gongdan.devices.rules.period import (
    NO_INVOICE,
    Period,
    Start,
    away_spans,
    days_away,
    period_of,
    start_of,
)
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
from gongdan.kernel.calendar import WorkingCalendar, add_months
from gongdan.kernel.text import Text, _

REWORK_DAYS = 30
RETURN_DAYS = 7
EXCHANGE_DAYS = 15
OWN_DAYS_LIMIT = 30
REPAIRS_BEFORE_EXCHANGE = 2


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A reason to charge inside the period, and which promises it voids."""

    code: str
    text: Text
    voids: frozenset[Level]


_MAKER = frozenset({Level.IN_WARRANTY, Level.MAIN_PART})
_SOLD = _MAKER | {Level.EXTENDED}
_EVERYTHING = _SOLD | {Level.CONTRACT, Level.REWORK}

EXCLUSIONS: dict[str, Exclusion] = {
    row.code: row
    for row in (
        Exclusion("X1", _("使用、维护、保管不当（跌落、进液、挤压等人为）"), _EVERYTHING),
        Exclusion("X2", _("非承担三包修理者拆动"), _EVERYTHING),
        Exclusion("X3", _("无三包凭证及有效发票（能证明在期内的除外）"), _MAKER),
        Exclusion("X4", _("凭证型号与修理产品不符或涂改"), _SOLD),
        Exclusion("X5", _("不可抗力"), _EVERYTHING),
        Exclusion("X6", _("软件中毒、非正版软件、耗材与外观件（厂家条款）"), _SOLD),
        Exclusion("X7", _("超过三包有效期"), _MAKER),
        Exclusion("X8", _("电源电压或线路不合规、水质不合标准、非服务商安装（厂家条款）"), _SOLD | {Level.REWORK}),
        Exclusion("X9", _("处理品（厂家条款）"), _MAKER),
    )
}


@dataclass(frozen=True, slots=True)
class _Finding:
    """One promise that covers the complaint."""

    level: Level
    flags: Flags
    last_day: date | None
    policy: str = ""
    rework_of: str = ""
    extended_days: int = 0
    basis: PolicyBasis = PolicyBasis.READ


@dataclass(frozen=True, slots=True)
class _Promised:
    """What the maker's promises come to, before exclusions. `finding` None: none of them reaches to the day."""

    finding: _Finding | None
    start: Start
    whole: Period | None
    row: Policy | None
    still: tuple[PartCover, ...]
    lines: tuple[Text, ...]


def decide(facts: DeviceFacts, *, policies: Sequence[Policy], calendar: WorkingCalendar, on: date) -> Verdict:
    """What is free for the customer when the complaint is made on this day, and why.

    Our own rework comes first, then the maker's whole-machine promise (or that of a part with a period of its own), the
    contract, the extended warranty, the maker's main parts. Refused: never; unknown dates make it 保外.
    """
    unknown = set(facts.exclusions) - set(EXCLUSIONS)
    assert not unknown, f"unknown exclusions {unknown}"
    promised = _promised(facts, policies, calendar, on)
    lines = list(promised.lines)
    counted = _counted_exclusions(facts, promised.start)
    voided = frozenset(level for code in counted for level in EXCLUSIONS[code].voids)
    lines += [_("除外情形 {code}：{text}", code=code, text=EXCLUSIONS[code].text) for code in counted]
    if NO_INVOICE in facts.exclusions and NO_INVOICE not in counted:
        lines.append(_("虽无有效发票，其他日期能证明在期内，X3 不作除外"))

    rework, rework_lines = _rework(facts, policies, on)
    covers = [_cover(facts, kind, on) for kind in (CoverKind.CONTRACT, CoverKind.EXTENDED)]
    found = promised.finding
    whole = found if found is not None and found.level is not Level.MAIN_PART else None
    main = found if found is not None and found.level is Level.MAIN_PART else None
    lines += rework_lines
    candidates = [rework, whole, *covers, main]
    winner = next((f for f in candidates if f is not None and f.level not in voided), None)
    lines += _cover_lines(covers, winner, voided)

    inside = found is not None or rework is not None
    by_maker = found is not None and found.level not in voided
    result = winner or _Finding(
        Level.OUT, NOTHING_FREE, promised.whole.last_day if promised.whole else None, _code(promised.row)
    )
    lines += _maker_lines(facts, by_maker=by_maker)
    reasons = _exchange_reasons(facts, promised, on) if by_maker else ()
    lines += reasons
    remedies = _remedies(promised, result, by_maker=by_maker, on=on)
    if Remedy.EXCHANGE in remedies:
        lines.append(_remedy_line(remedies))
    lines.append(_conclusion(result))
    return Verdict(
        level=result.level,
        flags=result.flags,
        on=on,
        component=facts.component,
        start_on=promised.start.day,
        start_rule=promised.start.rule,
        last_day=result.last_day,
        extended_days=result.extended_days or (promised.whole.extended_days if promised.whole else 0),
        policy=result.policy,
        steps=tuple(lines),
        exclusions=tuple(counted),
        is_inside_period=inside,
        still_covered=() if Level.MAIN_PART in voided or result.level is not Level.OUT else promised.still,
        remedies=remedies,
        exchange_reasons=reasons,
        rework_of=result.rework_of,
        maker_level=facts.maker_level,
        differs_from_maker=_differs(facts, by_maker=by_maker),
        needs_review=found is None and (promised.start.day is None or promised.row is None),
        is_unverified=winner is not None and winner.basis in (PolicyBasis.RECALLED, PolicyBasis.ESTIMATE),
    )


def _promised(facts: DeviceFacts, policies: Sequence[Policy], calendar: WorkingCalendar, on: date) -> _Promised:
    """What the policy table promises for this device and part on this day."""
    start = start_of(facts)
    bought_on = facts.purchase_on or start.day or on
    row = policy.whole_row(facts, policies, bought_on=bought_on)
    if row is not None and row.kind is PolicyKind.CONTRACT:
        return _by_contract_only(row, start)
    if start.day is None:
        return _Promised(None, start, None, row, (), (*start.lines, _("按保外处理；主管可改判，须写明原因")))
    if row is None:
        none = _("没有适用于该品类、品牌和购买日期的期限，按保外处理；主管可改判，须写明原因")
        return _Promised(None, start, None, None, (), (*start.lines, none))
    start = start_of(facts, row_start=row.start)
    own = policy.own_row(facts, policies, bought_on=bought_on)
    if own is not None:
        return _own_part(facts, row, own, calendar, on)
    whole = _period(facts, row, calendar, on)
    lines: list[Text] = [*start.lines, *_period_lines(row, whole, _("整机")), _day_line(whole, on)]
    if on <= whole.last_day:
        finding = _Finding(Level.IN_WARRANTY, row.flags, whole.last_day, row.code, "", whole.extended_days, row.basis)
        return _Promised(finding, start, whole, row, (), tuple(lines))
    if row.use_kind is UseKind.COMMERCIAL:
        lines.append(_("商用机器的部件随整机期限"))
        return _Promised(None, start, whole, row, (), tuple(lines))
    mains = [(m, _period(facts, m, calendar, on)) for m in policy.main_rows(facts, policies, bought_on=bought_on)]
    alive = [(main, period) for main, period in mains if on <= period.last_day]
    if not facts.component:
        still = tuple(PartCover(main.components, period.last_day, main.flags) for main, period in alive)
        lines += [
            _("主要部件（{parts}）到 {day:date} 止仍在保内，请选定部件再判", parts="、".join(c.parts), day=c.last_day)
            for c in still
        ]
        return _Promised(None, start, whole, row, still, tuple(lines))
    for main, period in mains:
        lines += [*_period_lines(main, period, facts.component), _day_line(period, on)]
    if not mains:
        lines.append(_("{part}没有单独期限，随整机", part=facts.component))
    return _Promised(_together(alive), start, whole, row, (), tuple(lines))


def _by_contract_only(row: Policy, start: Start) -> _Promised:
    """A category that no period covers: the operator's own device is free without end, others need a contract."""
    if row.flags == NOTHING_FREE:
        line = _("该品类按维保合同处理，没有登记有效合同的按保外")
        return _Promised(None, start, None, row, (), (line,))
    line = _("按合同：{condition}", condition=row.condition or row.regulation)
    finding = _Finding(Level.CONTRACT, row.flags, None, row.code, basis=row.basis)
    return _Promised(finding, start, None, row, (), (line,))


def _own_part(facts: DeviceFacts, row: Policy, own: Policy, calendar: WorkingCalendar, on: date) -> _Promised:
    """A part with a period of its own; in commercial use no longer than the whole machine's."""
    if row.use_kind is UseKind.COMMERCIAL and row.months < own.months:
        own = replace(own, months=row.months)
    start = start_of(facts, row_start=own.start)
    period = _period(facts, own, calendar, on)
    lines = (*start.lines, *_period_lines(own, period, facts.component), _day_line(period, on))
    if on > period.last_day:
        return _Promised(None, start, period, own, (), lines)
    finding = _Finding(Level.IN_WARRANTY, own.flags, period.last_day, own.code, "", period.extended_days, own.basis)
    return _Promised(finding, start, period, own, (), lines)


def _together(rows: Sequence[tuple[Policy, Period]]) -> _Finding | None:
    """What several promises for one part free together; the one that lasts longest gives the dates."""
    if not rows:
        return None
    flags = NOTHING_FREE
    for row, _period_of_row in rows:
        flags |= row.flags
    row, period = max(rows, key=lambda pair: pair[1].last_day)
    return _Finding(Level.MAIN_PART, flags, period.last_day, row.code, "", period.extended_days, row.basis)


def _period(facts: DeviceFacts, row: Policy, calendar: WorkingCalendar, on: date) -> Period:
    day = start_of(facts, row_start=row.start).day
    assert day is not None, "rows are only computed when a start is known"
    return period_of(day, row.months, stays=facts.stays, calendar=calendar, on=on)


def _period_lines(row: Policy, period: Period, what: Text | str) -> list[Text]:
    lines = [_("{what} {months} 个月（{promise}）", what=what, months=row.months, promise=policy.promise(row))]
    if row.condition:
        lines.append(_("条件：{condition}", condition=row.condition))
    if period.extended_days:
        lines.append(_("修理占用和待件 {days} 天，顺延", days=period.extended_days))
    moved_from = period.base + timedelta(days=period.extended_days)
    if moved_from == period.last_day:
        lines.append(_("最后一天 {day:date}", day=period.last_day))
    else:
        lines.append(
            _("最后一天 {day:date}（{rest:date} 是休息日，顺延到下一个工作日）", day=period.last_day, rest=moved_from)
        )
    return lines


def _day_line(period: Period, on: date) -> Text:
    days = (period.last_day - on).days
    if days >= 0:
        return _("报修日 {on:date} 在期内，还剩 {days} 天", on=on, days=days)
    return _("报修日 {on:date} 已过期 {days} 天", on=on, days=-days)


def _counted_exclusions(facts: DeviceFacts, start: Start) -> list[str]:
    """The exclusions raised, in order. A missing invoice counts only where no other date shows the period."""
    raised = sorted(set(facts.exclusions))
    return [code for code in raised if code != NO_INVOICE or start.rule is StartRule.UNKNOWN]


def _rework(facts: DeviceFacts, policies: Sequence[Policy], on: date) -> tuple[_Finding | None, list[Text]]:
    """Our own repair that came back: the same fault within 30 days, or the same part within its own months."""
    found: list[tuple[date, PastRepair, Policy | None]] = []
    hints: list[Text] = []
    for repair in facts.repairs:
        if not repair.is_repaired or repair.handed_over_on > on:
            continue
        until = repair.handed_over_on + timedelta(days=REWORK_DAYS)
        if _same_fault(facts, repair) and on <= until:
            found.append((until, repair, None))
        elif on <= until and not facts.fault and facts.fault_id is None:
            hints.append(
                _(
                    "本店 {day:date} 修过（{number} {fault}），{until:date} 前同一故障为返修免费，请核对故障",
                    day=repair.handed_over_on,
                    number=repair.order_number,
                    fault=repair.fault,
                    until=until,
                )
            )
        row = policy.repair_row(facts, policies, bought_on=repair.handed_over_on)
        if row is not None and facts.component and policy.names_part(facts.component, repair.parts):
            until = add_months(repair.handed_over_on, row.months)
            if on <= until:
                found.append((until, repair, row))
    if not found:
        return None, hints
    until, repair, row = max(found, key=lambda f: f[0])
    what = _("同一部件") if row is not None else _("同一故障")
    line = _(
        "本店 {day:date} 修过（{number}），{until:date} 前{what}返修免费",
        day=repair.handed_over_on,
        number=repair.order_number,
        until=until,
        what=what,
    )
    flags = ALL_FREE if row is None else row.flags
    return _Finding(Level.REWORK, flags, until, _code(row), repair.order_number), [line]


def _same_fault(facts: DeviceFacts, repair: PastRepair) -> bool:
    if facts.fault_id is not None and facts.fault_id == repair.fault_id:
        return True
    key = word_key(facts.fault)
    return bool(key) and key == word_key(repair.fault)


def _cover(facts: DeviceFacts, kind: CoverKind, on: date) -> _Finding | None:
    """The contract or extended warranty that covers the day, the one that lasts longest."""
    valid = [cover for cover in facts.covers if cover.kind is kind and cover.starts_on <= on <= cover.ends_on]
    cover = max(valid, key=lambda c: c.ends_on, default=None)
    return None if cover is None else _Finding(Level(kind.value), cover.flags, cover.ends_on, cover.number)


def _cover_lines(covers: Sequence[_Finding | None], winner: _Finding | None, voided: frozenset[Level]) -> list[Text]:
    lines = []
    for cover in covers:
        if cover is None:
            continue
        facts = {"kind": LEVEL_LABELS[cover.level], "number": cover.policy, "day": cover.last_day}
        if cover.level in voided:
            lines.append(_("{kind} {number} 到 {day:date} 有效，但上述除外情形不在其内", **facts))
        elif cover is winner:
            lines.append(_("{kind} {number} 到 {day:date} 有效，按{kind}", **facts))
        else:
            lines.append(_("另有{kind} {number}，到 {day:date} 有效", **facts))
    return lines


def _maker_lines(facts: DeviceFacts, *, by_maker: bool) -> list[Text]:
    if not _differs(facts, by_maker=by_maker):
        return []
    if by_maker:
        return [_("厂家核定为保外，与预判不一致：向厂家申报以厂家核定为准，派工前请告知客户")]
    return [_("厂家核定为保内，与预判不一致：向厂家申报以厂家核定为准，请主管改判")]


def _differs(facts: DeviceFacts, *, by_maker: bool) -> bool:
    return facts.maker_level is not MakerLevel.UNKNOWN and (facts.maker_level is MakerLevel.IN_WARRANTY) != by_maker


def _exchange_reasons(facts: DeviceFacts, promised: _Promised, on: date) -> tuple[Text, ...]:
    """Why the buyer may ask for another device: repaired twice, too long with us, too long without the maker's part."""
    since = promised.start.day
    if since is None:
        return ()
    reasons = []
    repairs = sum(1 for r in facts.repairs if r.is_repaired and since <= r.handed_over_on <= on)
    if repairs >= REPAIRS_BEFORE_EXCHANGE:
        reasons.append(_("同一三包期内已修理 {times} 次仍有故障，客户可凭修理记录换货", times=repairs))
    own_days, part_days = _longest_waits(facts, since, on)
    if own_days > OWN_DAYS_LIMIT:
        reasons.append(_("本店修理占用 {days} 天，超过 {limit} 天，客户可换货", days=own_days, limit=OWN_DAYS_LIMIT))
    limit = facts.category.part_wait_days
    if part_days > limit:
        reasons.append(_("等厂家配件 {days} 天，超过 {limit} 天，客户可换货", days=part_days, limit=limit))
    return tuple(reasons)


def _longest_waits(facts: DeviceFacts, since: date, on: date) -> tuple[int, int]:
    """The most days that one repair took by our own cause, and by the maker's part."""
    longest = (0, 0)
    orders = {stay.order_id for stay in facts.stays if stay.order_id is not None}
    groups = [[stay for stay in facts.stays if stay.order_id == order] for order in orders]
    groups += [[stay] for stay in facts.stays if stay.order_id is None]
    outside = (StayCause.PART, StayCause.CUSTOMER)
    for group in groups:
        others = days_away(away_spans(group, causes=outside, since=since, on=on))
        own = days_away(away_spans(group, causes=tuple(StayCause), since=since, on=on)) - others
        part = days_away(away_spans(group, causes=(StayCause.PART,), since=since, on=on))
        longest = (max(longest[0], own), max(longest[1], part))
    return longest


def _remedies(promised: _Promised, result: _Finding, *, by_maker: bool, on: date) -> tuple[Remedy, ...]:
    """退, 换, 修: by the days since the start, while the whole machine is covered."""
    start = promised.start.day
    row = promised.row
    if start is None or row is None or row.scope is not Scope.WHOLE or not by_maker or result.level is Level.OUT:
        return ()
    age = (on - start).days
    if promised.finding is None or promised.finding.level is not Level.IN_WARRANTY or age > EXCHANGE_DAYS:
        return (Remedy.REPAIR,)
    if age > RETURN_DAYS:
        return (Remedy.EXCHANGE, Remedy.REPAIR)
    return (Remedy.RETURN, Remedy.EXCHANGE, Remedy.REPAIR)


def _remedy_line(remedies: tuple[Remedy, ...]) -> Text:
    if Remedy.RETURN in remedies:
        return _("购机 {days} 天内的性能故障，客户可选退货、换货或修理", days=RETURN_DAYS)
    return _("购机 {days} 天内的性能故障，客户可选换货或修理", days=EXCHANGE_DAYS)


def _conclusion(result: _Finding) -> Text:
    return _(
        "结论：{level}（配件{part}、人工{labour}、上门{visit}）",
        level=LEVEL_LABELS[result.level],
        part=_free(is_free=result.flags.part),
        labour=_free(is_free=result.flags.labour),
        visit=_free(is_free=result.flags.visit),
    )


def _free(*, is_free: bool) -> Text:
    return _("免费") if is_free else _("收费")


def _code(row: Policy | None) -> str:
    return "" if row is None else row.code
