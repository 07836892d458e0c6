"""Reads of follow-up: who is to be called or written to, what was said, and what is still to be mended."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from gongdan.fields.prepared import Prepared, PreparedFor
from gongdan.followup import access, rules
from gongdan.followup.models import (
    CallBack,
    Feedback,
    Message,
    PeriodicRule,
    RepairLabel,
    Survey,
    Tracking,
)
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day, moment_on
from gongdan.orders import access as orders
from gongdan.orders import queries as order_queries
from gongdan.orders.models import ContactAttempt, PhoneFix
from gongdan.orders.states import Flow, Status
from gongdan.people.models import ShopSettings
from gongdan.people.queries import settings_for

# The calls that an order in 待回访 waits for: it closes by one of them.
MAIN = (CallBack.Kind.AFTER_SETTLEMENT, CallBack.Kind.PHONE_WATCH, CallBack.Kind.COMPLAINT)
NOBODY_WENT = (CallBack.Kind.PHONE_WATCH, CallBack.Kind.AFTER_ANSWER, CallBack.Kind.COMPLAINT)
BY_CALENDAR = (CallBack.Kind.PERIODIC, CallBack.Kind.CARE)
SOON = timedelta(days=1)  # a call by the calendar is taken for the one meant only when it is nearly due

_OF_ORDER = (
    "number", "status", "flow", "customer__name", "contact_name", "device_text", "technician_names", "due_fen",
    "money_state", "settled_at", "site_id",
)  # fmt: skip
_OF_CALL = ("id", "order_id", "kind", "step", "due_at", "attempts", "risk", "risk_reasons", "message_state", "is_drawn")
Cursor = tuple[int, datetime, int]  # risk, due, id of the last row


@dataclass(frozen=True, slots=True)
class Station:
    """Some calls: those first that are to be made now; the riskiest first, then the longest due.

    `next_cursor` is what the next page begins after. A row's `asked_first` says what it waits for: "to_send", "sent", or
    nothing.
    """

    rows: list[dict[str, Any]]
    next_cursor: Cursor | None


def station(
    actor: Actor,
    *,
    now: datetime,
    scope: str = "all",
    cursor: Cursor | None = None,
    limit: int = 50,
) -> Station:
    """The calls to make, by risk and then by time. Two queries.

    `today`: due until midnight, without those whose message may still be answered. `all`: of every order in 待回访.
    `answers`: after answered questions. `later`: by the calendar, due until midnight.

    An order in 待回访 whose call nobody planned yet (the background work is down) stands in the list all the same.
    """
    midnight = moment_on(local_day(now) + timedelta(days=1))
    if cursor is None:
        calls = _first_calls(scope, limit + 1).rows(actor, now, midnight)
    else:
        risk, due_at, pk = cursor
        behind = Q(risk__lt=risk) | Q(risk=risk, due_at__gt=due_at) | Q(risk=risk, due_at=due_at, pk__gt=pk)
        calls = list(_due_calls(actor, scope, now, midnight).filter(behind)[: limit + 1])
    found = [_plain(row) for row in calls]
    last = found[limit - 1] if len(found) > limit else None
    shown = found[:limit]
    if cursor is None and scope in ("today", "all"):
        shown += [row for row in _unplanned(actor, now=now, limit=limit) if scope == "all" or row["due_at"] < midnight]
    for row in shown:
        facts = {name: row[name] for name in ("is_drawn", "attempts", "due_at")}
        row["asked_first"] = asked_first(row["message_state"], **facts, now=now)
    shown.sort(key=lambda row: (row["asked_first"] != "" or row["due_at"] > now, -row["risk"], row["due_at"]))
    return Station(shown, (last["risk"], last["due_at"], last["id"]) if last else None)


def asked_first(message_state: str, *, is_drawn: bool, attempts: int, due_at: datetime, now: datetime) -> str:
    """What stands before this call (O-056): a message to be sent, or one that may still be answered; "": nothing.

    Whom the lot fell on is called whatever the message brings; whom somebody has rung up already is rung up again as
    agreed, unless the message went out since. No query.
    """
    waits = (
        due_at > now if message_state == Message.State.SENT else message_state == Message.State.TO_SEND and not attempts
    )
    return message_state if waits and not is_drawn else ""


@lru_cache(maxsize=20)
def _first_calls(scope: str, limit: int) -> PreparedFor:
    return PreparedFor(lambda actor, now, midnight: _due_calls(actor, scope, now, midnight)[:limit], datetime, datetime)


def _due_calls(actor: Actor, scope: str, now: datetime, midnight: datetime) -> QuerySet[CallBack, Any]:
    rows = _scoped(access.visible_to(actor).filter(state=CallBack.State.DUE), scope, now=now, midnight=midnight)
    columns = [f"order__{name}" for name in _OF_ORDER]
    found: QuerySet[CallBack, Any] = rows.order_by("-risk", "due_at", "pk").values(*_OF_CALL, *columns)
    return found


def _scoped(rows: QuerySet[CallBack], scope: str, *, now: datetime, midnight: datetime) -> QuerySet[CallBack]:
    if scope == "answers":
        return rows.filter(kind=CallBack.Kind.AFTER_ANSWER)
    if scope == "later":
        done = (Status.TO_FOLLOW_UP, Status.CLOSED)
        return rows.filter(kind__in=BY_CALENDAR, order__status__in=done, due_at__lt=midnight)
    rows = rows.filter(kind__in=MAIN, order__status=Status.TO_FOLLOW_UP)
    if scope == "today":
        waits = Q(message_state=Message.State.SENT, due_at__gt=now)
        rows = rows.filter(~waits, due_at__lt=midnight)
    return rows


def due_call(order_id: int, *, call_id: int | None = None, now: datetime | None = None) -> CallBack | None:
    """The open call of an order: this one, else the one that it waits for, else the next by the calendar. One query."""
    rows = CallBack.objects.filter(order=order_id, state=CallBack.State.DUE).select_related("label")
    if call_id is not None:
        return rows.filter(pk=call_id).first()
    found = list(rows.order_by("due_at", "pk"))
    main = next((row for row in found if row.kind in MAIN), None)
    if main is not None:
        return main
    soon = [row for row in found if row.kind == CallBack.Kind.AFTER_ANSWER or now is None or row.due_at <= now + SOON]
    return soon[0] if soon else None


def has_answered(order_id: int, answer: str, *, by: Actor, since: datetime) -> bool:
    """Whether this person has recorded this answer of one key since then: fixed, broken or missed; "": any. One query."""
    tried = ContactAttempt.objects.filter(order=order_id, purpose="follow_up", by=by.id, at__gte=since)
    if not answer:
        return tried.exists()
    if answer == "missed":
        return tried.exclude(result="reached").exists()
    done = CallBack.objects.filter(order=order_id, done_by=by.id, done_at__gte=since, state=CallBack.State.DONE)
    return answer in ("fixed", "broken") and done.filter(is_fixed=answer == "fixed").exists()


def night_of(settings: ShopSettings) -> rules.Night:
    """The site's quiet hours; none where it wants none. No query."""
    if not settings.of(rules.QUIET):
        return rules.NO_NIGHT
    return rules.Night.of(*(settings.of(one) for one in (rules.QUIET_FROM, rules.QUIET_UNTIL, rules.FIRST_CALL)))


@dataclass(frozen=True, slots=True)
class Terms:
    """How a site rings up: the minutes until the next try, the times offered for it, and what a survey asks."""

    retry_minutes: int
    offered: dict[str, datetime]
    survey_items: tuple[str, ...]


def terms_of(site_id: int | None, *, at: datetime) -> Terms:
    """How this site rings up, at this moment. One query."""
    settings = settings_for(site_id)
    minutes = settings.of(rules.RETRY_MINUTES)
    offered = rules.next_choices(at, night_of(settings), minutes=minutes)
    return Terms(minutes, offered, settings.of(rules.SURVEY_ITEMS))


def awaited(flow: str, *, solved_at: datetime | None, settled_at: datetime | None) -> CallBack.Kind:
    """Which call an order in 待回访 waits for. `solved_at`: when it was last helped by telephone. No query."""
    if flow == Flow.COMPLAINT:
        return CallBack.Kind.COMPLAINT
    if solved_at is not None and (settled_at is None or solved_at > settled_at):
        return CallBack.Kind.PHONE_WATCH
    return CallBack.Kind.AFTER_SETTLEMENT


def due_of(
    kind: CallBack.Kind,
    settings: ShopSettings,
    *,
    received_at: datetime,
    solved_at: datetime | None,
    settled_at: datetime | None,
    at: datetime,
) -> datetime:
    """When the call that an order waits for is due by the site's settings. No query."""
    night = night_of(settings)
    if kind == CallBack.Kind.COMPLAINT:
        return rules.out_of_quiet(at, night)
    if kind == CallBack.Kind.PHONE_WATCH:
        due = rules.watch_due(
            ended_at=solved_at or received_at,
            received_at=received_at,
            counts_from=settings.of(rules.WATCH_FROM),
            minutes=settings.of(rules.WATCH_MINUTES),
        )
        return rules.out_of_quiet(due, night) if settings.of(rules.WATCH_WAITS) else due
    return rules.due_time(settled_at or received_at, delay_hours=settings.follow_up_delay_hours, night=night)


def unposted(actor: Actor) -> dict[str, int]:
    """未结单, split: finished work that waits for 结算, and settled work that waits for 回访 (R-186). One query."""
    counted = order_queries.counts(actor, (Status.TO_SETTLE, Status.TO_FOLLOW_UP))
    return {"to_settle": counted[Status.TO_SETTLE], "to_follow_up": counted[Status.TO_FOLLOW_UP]}


@lru_cache(maxsize=10)
def _without_call(limit: int) -> PreparedFor:
    planned = CallBack.objects.filter(order=OuterRef("pk"), state=CallBack.State.DUE, kind__in=MAIN)
    fixed = PhoneFix.objects.filter(order=OuterRef("pk")).order_by("-pk").values("solved_at")[:1]
    return PreparedFor(
        lambda actor: (
            orders.visible_to(actor)
            .filter(status=Status.TO_FOLLOW_UP)
            .exclude(Exists(planned))
            .order_by("pk")
            .annotate(solved_at=Subquery(fixed))
            .values("pk", "received_at", "solved_at", *_OF_ORDER)[:limit]
        )
    )


def _unplanned(actor: Actor, *, now: datetime, limit: int) -> list[dict[str, Any]]:
    found = _without_call(limit).rows(actor)
    kept: dict[int, ShopSettings] = {}
    rows = []
    for row in found:
        site_id = row["site_id"]
        if site_id not in kept:
            kept[site_id] = settings_for(site_id)
        times = {"solved_at": row.pop("solved_at"), "settled_at": row["settled_at"]}
        kind = awaited(row["flow"], **times)
        due = due_of(kind, kept[site_id], received_at=row["received_at"], at=now, **times)
        call: dict[str, Any] = {
            "id": None,
            "kind": kind,
            "step": 0,
            "risk": 0 if kind == CallBack.Kind.AFTER_SETTLEMENT else rules.MUST_CALL,
            "risk_reasons": [],
            "message_state": "",
            "is_drawn": False,
        }
        rows.append({**call, "order_id": row["pk"], "due_at": due, "attempts": 0} | row)
    return rows


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix("order__"): value for name, value in row.items()}


def all_labels() -> list[RepairLabel]:
    """Every repair label, those in use first. One query."""
    return list(RepairLabel.objects.order_by("-is_active", "position", "pk"))


def labels() -> list[dict[str, Any]]:
    """The active repair labels in their order: code, name, effect. One query."""
    rows = RepairLabel.objects.filter(is_active=True).order_by("position").values("code", "name", "effect")
    return [dict(row) for row in rows]


def calls_of(order_id: int) -> list[CallBack]:
    """All call-backs of an order, oldest first, with its survey. One query."""
    return _CALLS.rows(order_id)


_CALLS = Prepared(
    lambda order: (
        CallBack.objects.filter(order=order).select_related("label", "done_by", "order__survey__by").order_by("pk")
    ),
    int,
)


def survey_among(calls: Iterable[CallBack]) -> Survey | None:
    """The survey of the order whose calls these are, as `calls_of` brought it along. No query."""
    call = next(iter(calls), None)
    return getattr(call.order, "survey", None) if call is not None else None


def messages(
    actor: Actor, *, now: datetime, scope: str = "to_send", cursor: tuple[datetime, int] | None = None, limit: int = 50
) -> MessageStation:
    """`to_send`: messages that may go out by now; `sent`: those that wait for an answer. The oldest first. One query."""
    rows = access.messages_of(actor).filter(order__status=Status.TO_FOLLOW_UP)
    to_send = Q(state=Message.State.TO_SEND, due_at__lte=now)
    rows = rows.filter(Q(state=Message.State.SENT) if scope == "sent" else to_send)
    if cursor is not None:
        due_at, pk = cursor
        rows = rows.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, pk__gt=pk))
    columns = ("order__number", "order__customer__name", "order__device_text", "order__status")
    found = [
        _plain(row)
        for row in rows.order_by("due_at", "pk").values(
            "id", "order_id", "phone", "text", "state", "due_at", "sent_at", "version", *columns
        )[: limit + 1]
    ]
    for row in found:
        row["phone"] = orders.shown_phone(actor, row["phone"])
    last = found[limit - 1] if len(found) > limit else None
    return MessageStation(found[:limit], (last["due_at"], last["id"]) if last else None)


@dataclass(frozen=True, slots=True)
class MessageStation:
    """Some messages, the oldest first; `next_cursor` is what the next page begins after, None at the end."""

    rows: list[dict[str, Any]]
    next_cursor: tuple[datetime, int] | None


def message(message_id: int, actor: Actor) -> dict[str, Any] | None:
    """One message that the actor may see, with its order's number. One query."""
    columns = ("id", "order_id", "phone", "text", "state", "due_at", "sent_at", "version")
    row = (
        access.messages_of(actor)
        .filter(pk=message_id)
        .values(*columns, "order__number", "order__customer__name", "order__device_text")
        .first()
    )
    return _plain(row) | {"phone": orders.shown_phone(actor, row["phone"])} if row else None


def overdue_watches(actor: Actor, *, now: datetime, limit: int = 8) -> list[dict[str, Any]]:
    """The calls two hours after help by telephone that nobody made in time, the oldest first (R-068). One query."""
    rows = access.visible_to(actor).filter(kind=CallBack.Kind.PHONE_WATCH, state=CallBack.State.DUE, due_at__lt=now)
    rows = rows.filter(order__status=Status.TO_FOLLOW_UP)
    columns = ("order__number", "order__customer__name", "order__device_text", "due_at")
    return [_plain(row) for row in rows.order_by("due_at", "pk").values(*columns)[:limit]]


def counts(actor: Actor, *, now: datetime) -> dict[str, int]:
    """How many messages are to be sent and how many wait for an answer, each up to a thousand. Two queries."""
    rows = access.messages_of(actor).filter(order__status=Status.TO_FOLLOW_UP).order_by()
    to_send = rows.filter(state=Message.State.TO_SEND, due_at__lte=now)
    return {
        "to_send": to_send.values("pk")[:1000].count(),
        "sent": rows.filter(state=Message.State.SENT).values("pk")[:1000].count(),
    }


def survey_of(order_id: int) -> Survey | None:
    """满意度调查 of an order, if it was asked (R-189). One query."""
    return Survey.objects.filter(order=order_id).select_related("by").first()


def tries_needed(site_id: int | None) -> int:
    """After how many calls without reaching anybody an order may be closed (O-056). One query."""
    return settings_for(site_id).of(rules.TRIES)


def survey_items(site_id: int | None) -> tuple[str, ...]:
    """What a survey asks. One query."""
    return settings_for(site_id).of(rules.SURVEY_ITEMS)


def channels(site_id: int | None) -> tuple[str, ...]:
    """The channels of 用户反馈 (R-190). One query."""
    return settings_for(site_id).of(rules.FEEDBACK_CHANNELS)


def trackings_of(order_id: int) -> list[Tracking]:
    """服务跟踪 of an order, oldest first (R-193). One query."""
    return list(Tracking.objects.filter(order=order_id).select_related("by").order_by("pk"))


def lessons(actor: Actor, *, limit: int = 50) -> list[dict[str, Any]]:
    """The lessons that may be published, the newest first, of orders that the actor may see. One query."""
    rows = Tracking.objects.filter(is_publishable=True, order__in=orders.visible_to(actor))
    columns = ("id", "order__number", "order__device_text", "lesson", "at")
    return [_plain(row) for row in rows.order_by("-pk").values(*columns)[:limit]]


def feedback_rows(actor: Actor, *, now: datetime, scope: str = "open", limit: int = 100) -> list[dict[str, Any]]:
    """用户反馈: `open` (not ended), `mine` (those of them that are the actor's), or `all`; by day. One query."""
    rows = access.feedback_of(actor)
    if scope in ("open", "mine"):
        rows = rows.filter(state__in=(Feedback.State.OPEN, Feedback.State.DOING))
    if scope == "mine":
        rows = rows.filter(owner=actor.id)
    rows = rows.order_by("due_on", "pk") if scope != "all" else rows.order_by("-pk")
    today = local_day(now)
    columns = (
        "id", "kind", "channel", "content", "contact", "owner_id", "owner__name", "due_on", "state", "outcome", "at",
        "done_at", "order__number", "version",
    )  # fmt: skip
    found = [_plain(row) for row in rows.values(*columns)[:limit]]
    ended = (Feedback.State.DONE, Feedback.State.DECLINED)
    return [row | {"is_late": row["state"] not in ended and row["due_on"] < today} for row in found]


def improvement_rows(actor: Actor, *, now: datetime, scope: str = "open", limit: int = 100) -> list[dict[str, Any]]:
    """改进事项: `open` by day, or `done` and `all`, the newest first (R-191). One query."""
    rows = access.improvements_of(actor)
    if scope != "all":
        rows = rows.filter(is_done=scope == "done")
    rows = rows.order_by("due_on", "pk") if scope == "open" else rows.order_by("-pk")
    today = local_day(now)
    columns = (
        "id", "finding", "measure", "owner_id", "owner__name", "due_on", "is_done", "done_at", "outcome", "at",
        "survey__order__number", "feedback_id", "version",
    )  # fmt: skip
    found = [_plain(row) for row in rows.values(*columns)[:limit]]
    return [row | {"is_late": not row["is_done"] and row["due_on"] < today} for row in found]


def open_improvements(actor: Actor, *, now: datetime) -> dict[str, Any]:
    """The report of what is not mended yet: how many, how many are late, and how many each owner has. One query."""
    rows = access.improvements_of(actor).filter(is_done=False).order_by()
    today = local_day(now)
    by_owner: list[dict[str, Any]] = [
        dict(row)
        for row in rows.values("owner_id", "owner__name")
        .annotate(count=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today)))
        .order_by("-late", "-count", "owner_id")
    ]
    total = sum(int(row["count"]) for row in by_owner)
    late = sum(int(row["late"]) for row in by_owner)
    return {"open": total, "late": late, "by_owner": by_owner}


def periodic_rules() -> list[dict[str, Any]]:
    """The days of calls after installation and maintenance, for all others first, then by category (R-188). One query."""
    rows = PeriodicRule.objects.order_by("category__position", "kind", "pk")
    columns = ("id", "kind", "category_id", "category__name", "days", "for_households", "is_active", "version")
    found = [dict(row) for row in rows.values(*columns)]
    return sorted(found, key=lambda row: row["category_id"] is not None)


def scores_of(order_ids: Collection[int]) -> list[int]:
    """Every score given for these orders: in call-backs, and for each item of a survey. Two queries, or none."""
    if not order_ids:
        return []
    calls = CallBack.objects.filter(order__in=order_ids, state=CallBack.State.DONE, score__isnull=False)
    surveys = Survey.objects.filter(order__in=order_ids).values_list("scores", flat=True)
    told = [score for score in calls.values_list("score", flat=True) if score is not None]
    return told + [int(score) for scores in surveys for score in scores.values()]
