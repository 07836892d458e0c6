"""Figures over all floors: one customer in numbers, and the shop's orders and promises in a period."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from gongdan.customers import queries as customers
from gongdan.dispatch import queries as dispatch
from gongdan.dispatch.queries import Kept
from gongdan.followup import queries as followup
from gongdan.insight import access, rules
from gongdan.insight.rules import Found, Repeat, Share
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import moment_on
from gongdan.kernel.money import Fen
from gongdan.orders import queries as orders
from gongdan.orders.states import Channel, Flow, Source, Status
from gongdan.people import access as people_access
from gongdan.people import queries as people
from gongdan.settlement import access as settlement_access
from gongdan.settlement import queries as settlement

FAULT_WORDS = 40  # of what a customer said, as his analysis tells and compares it


@dataclass(frozen=True, slots=True)
class CustomerAnalysis:
    """客户分析 (R-021): every figure is a sum over the orders of the customer that the asker may see."""

    orders: int
    flows: tuple[Share, ...]
    complaints: int
    cancelled: int
    first_at: datetime | None
    last_service_at: datetime | None
    paid_fen: Fen | None  # None: not for these eyes
    frequent_fault: str
    frequent_count: int
    repeats: tuple[Repeat, ...]
    repeat_days: int
    scores: int  # how many call-backs and surveys gave a score
    score_hundredths: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The shop in a period: orders by flow, channel and source, and how the promises of arrival were kept."""

    since: date
    until: date
    orders: int
    flows: tuple[Share, ...]
    channels: tuple[Share, ...]
    sources: tuple[Share, ...]
    promises: Kept


def customer_analysis(customer_id: int, actor: Actor) -> CustomerAnalysis:
    """One customer in numbers. Missing, Forbidden as for his page; orders are those that the actor may see."""
    card = customers.card(customer_id, actor)
    past = orders.whole_past(customer_id, actor)
    ids = [one.id for one in past]
    flows = Counter(one.flow for one in past)
    by_id = {one.id: one for one in past}
    found = [
        Found(
            line.order_id,
            by_id[line.order_id].number,
            by_id[line.order_id].received_at,
            line.device_id,
            line.device,
            line.fault_id,
            line.fault[:FAULT_WORDS],
            line.place,
        )
        for line in orders.faults(ids)
    ]
    frequent = rules.most_frequent(found) or ("", 0)
    days = people.settings_for(card.site_id).of(rules.REPEAT_DAYS)
    scores = followup.scores_of(ids)
    paid: Fen | None = None
    if actor.may(settlement_access.VIEW):
        paid = Fen(sum(settlement.received_of(ids).values()))
    return CustomerAnalysis(
        orders=len(past),
        flows=rules.shares(flows, _FLOWS),
        complaints=flows[Flow.COMPLAINT],
        cancelled=sum(one.status == Status.CANCELLED for one in past),
        first_at=min((one.received_at for one in past), default=None),
        last_service_at=max((one.finished_at for one in past if one.finished_at), default=None),
        paid_fen=paid,
        frequent_fault=frequent[0],
        frequent_count=frequent[1],
        repeats=tuple(rules.repeats(found, within_days=days)),
        repeat_days=days,
        scores=len(scores),
        score_hundredths=rules.average(scores),
    )


def figures(actor: Actor, since: date, until: date, *, at: datetime, site_id: int | None = None) -> Figures:
    """The shop from one day to another, both included. Refused: a period that is none, a site that is not his."""
    actor.require(access.VIEW)
    rules.check_period(since, until)
    if site_id is not None:
        allowed = people_access.visible_sites(actor).filter(pk=site_id).values_list("pk", flat=True)
        actor = replace(actor, sites=frozenset(allowed), permissions=actor.permissions - {people_access.ALL_SITES})
    sites = list(people_access.visible_sites(actor).values_list("pk", flat=True))
    start, end = moment_on(since), moment_on(until + timedelta(days=1))
    found = orders.groups(actor, start, end, site_ids=sites)
    counted: dict[str, Counter[str]] = {name: Counter() for name in ("flow", "channel", "source")}
    for group in found:
        for name, counter in counted.items():
            counter[getattr(group, name)] += group.count
    return Figures(
        since=since,
        until=until,
        orders=sum(group.count for group in found),
        flows=rules.shares(counted["flow"], _FLOWS),
        channels=rules.shares(counted["channel"], [channel.value for channel in Channel]),
        sources=rules.shares(counted["source"], [source.value for source in Source]),
        promises=dispatch.kept(start, end, actor, at=at),
    )


_FLOWS = [Flow.REPAIR.value, Flow.INQUIRY.value, Flow.COMPLAINT.value, Flow.UNDECIDED.value]
