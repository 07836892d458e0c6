"""When a period starts, and its last day: the corresponding day, repair days added, moved off rest days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from gongdan.devices.rules.facts import START_LABELS, DeviceFacts, StartRule, Stay
from gongdan.devices.states import StayCause
from gongdan.kernel.calendar import WorkingCalendar, add_months
from gongdan.kernel.text import Text, _

DEFAULT_BUFFER_MONTHS = 3
NO_INVOICE = "X3"
EXTENDING = (StayCause.OWN, StayCause.PART)


@dataclass(frozen=True, slots=True)
class Start:
    """The first day of the period and the rule that gave it; `day` None: nothing is known."""

    day: date | None
    rule: StartRule
    lines: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """The last day that is still covered. `base` is the corresponding day before additions and moves."""

    base: date
    last_day: date
    extended_days: int


def start_of(facts: DeviceFacts, *, row_start: StartRule | None = None) -> Start:
    """The start of the warranty. Order: exchange, maker's record, activation, installation, invoice, manufacture.

    Installation counts where the category needs it, or the policy row says so. A purchase date without an invoice
    (X3 raised) is no evidence.
    """
    from_installation = row_start is StartRule.INSTALLATION or (
        row_start is not StartRule.INVOICE and facts.category.needs_installation
    )
    has_invoice = NO_INVOICE not in facts.exclusions
    known: tuple[tuple[StartRule, date | None], ...] = (
        (StartRule.EXCHANGE, facts.exchanged_on),
        (StartRule.MAKER, facts.maker_record_on),
        (StartRule.ACTIVATION, facts.activated_on),
        (StartRule.INSTALLATION, facts.installed_on if from_installation else None),
        (StartRule.INVOICE, facts.purchase_on if has_invoice else None),
    )
    for rule, day in known:
        if day is not None:
            return Start(day, rule, (_("起算日 {day:date}：按{rule}", day=day, rule=START_LABELS[rule]),))
    if facts.made_on is not None:
        return _from_manufacture(facts, facts.made_on)
    return Start(None, StartRule.UNKNOWN, (_("没有发票、出厂日期等可用日期，起算日无法确定"),))


def _from_manufacture(facts: DeviceFacts, made_on: date) -> Start:
    brand = facts.brand
    if brand is not None and brand.buffer_rule == "next_month":
        day = add_months(made_on.replace(day=1), 1)
        line = _(
            "起算日 {day:date}：无发票，{brand}按出厂日期 {made:date} 的次月起算",
            day=day,
            brand=brand.name,
            made=made_on,
        )
        return Start(day, StartRule.MANUFACTURE, (line,))
    own = None if brand is None else brand.buffer_months
    months = DEFAULT_BUFFER_MONTHS if own is None else own
    day = add_months(made_on, months)
    line = _(
        "起算日 {day:date}：无发票，按出厂日期 {made:date} 加缓冲 {months} 个月", day=day, made=made_on, months=months
    )
    return Start(day, StartRule.MANUFACTURE, (line,))


def period_of(start: date, months: int, *, stays: Iterable[Stay], calendar: WorkingCalendar, on: date) -> Period:
    """The period of so many months from `start`, as it stands on the day `on`.

    Days from the day after the device was received to the day it was handed back (or `on`) are added, each once; a stay
    counts if the device came in while it was covered. A last day on a rest day moves to the next working day.
    """
    base = add_months(start, months)
    extended = 0
    last = calendar.next_workday(base)
    for after, until in away_spans(stays, causes=EXTENDING, since=start, on=on):
        if after > last:
            break
        extended += (until - after).days
        last = calendar.next_workday(base + timedelta(days=extended))
    return Period(base, last, extended)


def away_spans(
    stays: Iterable[Stay], *, causes: tuple[StayCause, ...], since: date | None, on: date
) -> list[tuple[date, date]]:
    """The times away as disjoint spans in order: the day received (not counted) and the last day counted."""
    spans: list[tuple[date, date]] = []
    earliest = None if since is None else since - timedelta(days=1)
    for stay in sorted((s for s in stays if s.cause in causes), key=lambda s: s.received_on):
        after = stay.received_on if earliest is None else max(stay.received_on, earliest)
        until = min(stay.handed_back_on or on, on)
        if until <= after:
            continue
        if spans and after <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(until, spans[-1][1]))
        else:
            spans.append((after, until))
    return spans


def days_away(spans: Iterable[tuple[date, date]]) -> int:
    """How many days these spans count."""
    return sum((until - after).days for after, until in spans)
