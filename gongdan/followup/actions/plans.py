"""Planning calls: after a settlement, after help by telephone, after a complaint, and by the calendar."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.catalog.models import Category
from gongdan.followup import access, rules
from gongdan.followup.actions.messages import write_message
from gongdan.followup.events import Verb
from gongdan.followup.models import CallBack, PeriodicRule
from gongdan.followup.queries import awaited, due_of, night_of
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Invalid, Missing
from gongdan.kernel.text import Text, _
from gongdan.orders import actions as orders
from gongdan.orders.models import Answer, DeviceLine, Order, Participant, PhoneFix, Relation
from gongdan.orders.states import Flow, Status
from gongdan.people.models import ShopSettings
from gongdan.people.queries import settings_for


@transaction.atomic
def plan_call(order_id: int, *, at: datetime) -> CallBack | None:
    """Plan the call that an order in 待回访 closes by: after settlement, help by telephone or a complaint. Twice is once.

    A settled order is asked by message first, where the shop does so (O-056); never one whose device is not repaired.
    """
    order = orders.locked(order_id)
    if order.status != Status.TO_FOLLOW_UP:
        return None
    return due_call(order, at=at)


@transaction.atomic
def plan_answer_call(order_id: int, *, at: datetime) -> CallBack | None:
    """Plan the call two hours after a question was answered and closed, where one was promised (R-068). Twice is once."""
    order = orders.locked(order_id)
    answer = Answer.objects.filter(order=order).first()
    if order.status != Status.CLOSED or answer is None or not answer.wants_follow_up or order.closed_at is None:
        return None
    known = CallBack.objects.filter(order=order, kind=CallBack.Kind.AFTER_ANSWER).first()
    if known is not None:
        return known
    settings = settings_for(order.site_id)
    due = rules.out_of_quiet(order.closed_at + timedelta(minutes=settings.of(rules.WATCH_MINUTES)), night_of(settings))
    return _planned(order, CallBack.Kind.AFTER_ANSWER, due, at=at)


@transaction.atomic
def plan_series(order_id: int, *, at: datetime) -> list[CallBack]:
    """Plan the calls by the calendar after a settlement (R-188, R-192). Running it twice plans each of them once.

    An installation or a maintenance has a series by its category's rule; any other order one care call. Households are
    left in peace unless the shop says otherwise.
    """
    order = orders.locked(order_id)
    if order.status not in (Status.TO_FOLLOW_UP, Status.CLOSED) or order.settled_at is None:
        return []
    if order.flow != Flow.REPAIR:
        return []
    settings = settings_for(order.site_id)
    is_household = order.customer.kind != "company"
    if order.kind in rules.PERIODIC_KINDS:
        rule = rule_for(order)
        if rule is None or (is_household and not rule.for_households):
            return []
        kind, days = CallBack.Kind.PERIODIC, [int(day) for day in rule.days]
    else:
        care = settings.of(rules.CARE_DAYS)
        if not care or (is_household and not settings.of(rules.CARE_HOUSEHOLDS)):
            return []
        kind, days = CallBack.Kind.CARE, [care]
    known = set(CallBack.objects.filter(order=order, kind=kind).values_list("step", flat=True))
    if kind == CallBack.Kind.CARE and known:  # planned once, also where the days were changed since
        return []
    night = night_of(settings)
    done = order.finished_at or order.settled_at
    planned = []
    for day in days:
        if day in known:
            continue
        due = rules.out_of_quiet(done + timedelta(days=day), night)
        call = CallBack.objects.create(order=order, site_id=order.site_id, kind=kind, step=day, due_at=due)
        record(Verb.PLANNED_AGAIN, call, by=SYSTEM, at=at, about=order, days=day, due=due)
        planned.append(call)
    return planned


def rule_for(order: Order) -> PeriodicRule | None:
    """The rule of the order's kind: its category's own, else that of all others."""
    rows = PeriodicRule.objects.filter(kind=order.kind, is_active=True)
    own = rows.filter(category=order.category_id).first() if order.category_id is not None else None
    return own or rows.filter(category__isnull=True).first()


@transaction.atomic
def seed_periodic() -> None:
    """Make the rules of 安装 and 保养 for all categories, where the shop has none yet (R-188). Safe to run twice."""
    for kind in rules.PERIODIC_KINDS:
        PeriodicRule.objects.get_or_create(category=None, kind=kind, defaults={"days": list(rules.PERIODIC_DAYS)})


@transaction.atomic
def save_periodic(
    *,
    kind: str,
    category_id: int | None,
    days: list[int],
    for_households: bool = False,
    is_active: bool = True,
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> PeriodicRule:
    """Set the days of a kind of work, of one category or of all others. Calls that are planned already stay.

    `seen` is the version of the row that is changed; without it a new one is added. Refused: days that are no series,
    a kind without calls, another row for what has one already, or somebody saved meanwhile.
    """
    by.require(access.IMPROVE)
    if kind not in rules.PERIODIC_KINDS:
        raise Invalid({"kind": _("请选择安装或保养")})
    rules.check_days(days)
    row = PeriodicRule.objects.select_for_update().filter(kind=kind, category=category_id).first()
    if row is None:
        row = PeriodicRule(kind=kind, category_id=category_id, version=0)
        if category_id is not None and not Category.objects.filter(pk=category_id).exists():
            raise Missing
    elif seen is None:
        raise Invalid({"category_id": _known(row)})
    elif row.version != seen:
        raise stale(row, seen)
    old = {"days": row.days, "for_households": row.for_households, "is_active": row.is_active}
    new = {"days": list(days), "for_households": for_households, "is_active": is_active}
    changes = {name: [old[name], value] for name, value in new.items() if old[name] != value}
    if row.pk is not None and not changes:
        return row
    row.days, row.for_households, row.is_active = list(days), for_households, is_active
    row.version += 1
    row.save()
    label = rules.PERIODIC_KINDS[kind]
    said = "、".join(str(day) for day in days)
    record(Verb.PERIODIC_SAVED, row, by=by, at=at, kind=label, days=said, changes=changes)
    return row


def _known(row: PeriodicRule) -> Text:
    """That there is this row already."""
    return _(
        "“{kind}·{category}”已有一行：第 {days} 天，请直接修改那一行",
        kind=rules.PERIODIC_KINDS[row.kind],
        category=row.category.name if row.category else _("其他所有品类"),
        days="、".join(str(day) for day in row.days),
    )


def due_call(order: Order, *, at: datetime) -> CallBack:
    """The open call that this locked order waits for; it is planned now if nobody has."""
    fix = PhoneFix.objects.filter(order=order).order_by("-pk").first()
    times = {"solved_at": fix.solved_at if fix is not None else None, "settled_at": order.settled_at}
    kind = awaited(order.flow, **times)
    call = CallBack.objects.select_for_update().filter(order=order, kind=kind, state=CallBack.State.DUE).first()
    if call is not None:
        return call
    settings = settings_for(order.site_id)
    due = due_of(kind, settings, received_at=order.received_at, at=at, **times)
    call = _planned(order, kind, due, at=at, **_risk(order, kind, settings))
    is_asked = kind == CallBack.Kind.AFTER_SETTLEMENT and order.result not in rules.NOT_DONE
    if is_asked and settings.of(rules.MESSAGE_FIRST):
        write_message(call, order, settings, at=at)
    return call


def _planned(order: Order, kind: CallBack.Kind, due: datetime, *, at: datetime, **columns: Any) -> CallBack:
    call = CallBack.objects.create(order=order, site_id=order.site_id, kind=kind, due_at=due, **columns)
    record(Verb.PLANNED, call, by=SYSTEM, at=at, about=order, due=due)
    return call


def _risk(order: Order, kind: CallBack.Kind, settings: ShopSettings) -> dict[str, Any]:
    """How pressing the call is, computed once when it is planned (O-056)."""
    is_settled = kind == CallBack.Kind.AFTER_SETTLEMENT
    drawn = is_settled and rules.is_drawn(order.number, settings.of(rules.DRAWN_PERCENT))
    risk = rules.risk_of(
        due_fen=order.due_fen,
        limit_yuan=settings.of(rules.RISK_YUAN),
        is_rework=_is_rework(order),
        new_man=_new_man(order, settings.of(rules.RISK_NEW_ORDERS)),
        has_complaint=Relation.objects.filter(earlier=order, kind=Relation.Kind.COMPLAINT_ABOUT).exists(),
        must_call=not is_settled,
        is_drawn=drawn,
        result=order.result if is_settled else "",
    )
    return {"risk": risk.score, "risk_reasons": [one.as_json() for one in risk.reasons], "is_drawn": drawn}


def _is_rework(order: Order) -> bool:
    """Whether this is our own work done again: linked so, free as rework, or sent back by an earlier call."""
    return (
        Relation.objects.filter(order=order, kind=Relation.Kind.REWORK_OF).exists()
        or DeviceLine.objects.filter(order=order, coverage_label="返修免费").exists()
        or CallBack.objects.filter(order=order, is_fixed=False, state=CallBack.State.DONE).exists()
    )


def _new_man(order: Order, first_orders: int) -> str:
    """The technician of the order who has finished fewer orders than count as learning; empty: none of them."""
    if not first_orders:
        return ""
    parts = Participant.objects.filter(order=order, part=Participant.Part.TECHNICIAN).select_related("user")
    for part in parts.order_by("pk"):
        done = Participant.objects.filter(
            user=part.user_id, part=Participant.Part.TECHNICIAN, order__finished_at__isnull=False
        ).exclude(order=order)
        if done.order_by()[:first_orders].count() < first_orders:
            return part.user.name
    return ""
