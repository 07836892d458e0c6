"""Lists of the stations, their counts, and finding orders: as cheap with ten million orders as with a thousand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual

from gongdan.kernel.actor import Actor
from gongdan.orders import access
from gongdan.orders.models import DUE, ContactAttempt, DeviceLine, Order, Participant
from gongdan.orders.states import Flow, Status
from gongdan.search import queries as search_queries

CAP = 1000  # counts stop here and print 999+
_OPEN = (
    Status.REGISTERED,
    Status.ANSWERING,
    Status.TO_DISPATCH,
    Status.IN_REPAIR,
    Status.TO_SETTLE,
    Status.TO_FOLLOW_UP,
)

ROW_COLUMNS = (
    "id", "number", "site_id", "status", "flow", "kind", "mode", "source", "channel", "impact", "urgency", "priority",
    "customer_id", "customer__name", "contact_name", "phone", "phone_code", "address", "symptom", "device_text",
    "technician_names", "received_at", "accepted_at", "wished_from", "wished_to", "promised_from", "promised_to",
    "finished_at", "settled_at", "closed_at", "quote_state", "money_state", "due_fen", "result", "repair_label",
    "is_historic", "old_number", "version", "chased", "last_chased_at", "hold_code", "flag", "team_name",
    "phone_is_virtual", "phone_expires_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a station's list; an empty field narrows nothing."""

    flow: str = ""
    is_undecided: bool = False  # no flow is chosen yet
    kind: str = ""
    mode: str = ""
    source: str = ""
    channel: str = ""
    impact: str = ""
    urgency: str = ""
    priority: str = ""
    site_id: int | None = None
    category_id: int | None = None
    received_by_id: int | None = None
    technician_id: int | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    is_unaccepted: bool = False
    is_held: bool = False  # something stands against the next step
    hold_code: str = ""
    chased_from: int | None = None  # 催单 so often at least
    promised_from: datetime | None = None  # the promised window begins in here
    promised_to: datetime | None = None
    promised_over: datetime | None = None  # the window had ended by then, and nobody was there
    promised_kept: datetime | None = None  # everything but those
    is_chased: bool | None = None
    is_historic: bool | None = None
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Station:
    """Some rows of a list, newest first; `next_cursor` is what the next page begins after, None at the end."""

    rows: list[dict[str, Any]]
    next_cursor: int | None


def station_rows(
    actor: Actor,
    statuses: Iterable[str] = (),
    *,
    cursor: int | None = None,
    filters: Filters | None = None,
    limit: int = 50,
) -> Station:
    """The orders in these statuses (none: in all) that the actor may see, newest first. At most two queries.

    A row is a dict of `ROW_COLUMNS` with `phone` masked for eyes that may not see it.
    """
    branches = _branches(actor, sorted(set(statuses)), filters or Filters())
    if cursor is not None:
        branches = replace(branches, rows=branches.rows.filter(pk__lt=cursor))
    if len(branches.places) == 1:
        found = list(branches.narrowed().order_by("-pk").values(*ROW_COLUMNS)[: limit + 1])
    else:
        ids = _first_ids(branches, lambda rows: rows.order_by("-pk").values("pk"), "1 DESC", limit + 1)
        found = list(Order.objects.filter(pk__in=ids).order_by("-pk").values(*ROW_COLUMNS)) if ids else []
    rows = [_shown(actor, row) for row in found[:limit]]
    return Station(rows, rows[-1]["id"] if len(found) > limit else None)


def due_rows(
    actor: Actor,
    statuses: Iterable[str],
    *,
    after: tuple[datetime, int] | None = None,
    filters: Filters | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """The orders in these open statuses that the actor may see, the earliest due first. At most two queries.

    Due is when the promised window ends, else the wished one, else since it waits: `due_at` of a row, which is one of
    `station_rows` besides. `after` is `due_at` and id of the last row of the page before.
    """
    branches = _branches(actor, sorted(set(statuses)), filters or Filters())
    rows = branches.rows.filter(closed_at__isnull=True)  # open, in the words of the index
    if after is not None:
        due, pk = after
        rows = rows.filter(GreaterThanOrEqual(DUE, due), Q(GreaterThan(DUE, due)) | Q(pk__gt=pk))
    branches = replace(branches, rows=rows)
    if len(branches.places) == 1:
        found = branches.narrowed()
    else:
        ids = _first_ids(branches, lambda rows: rows.order_by(DUE, "pk").values("pk", due_at=DUE), "2, 1", limit)
        if not ids:
            return []
        found = Order.objects.filter(pk__in=ids)
    found_rows = found.values(*ROW_COLUMNS, due_at=DUE).order_by("due_at", "pk")[:limit]
    return [_shown(actor, row) for row in found_rows]


def counts(actor: Actor, statuses: Sequence[Status] = tuple(Status)) -> dict[Status, int]:
    """How many orders the actor sees in each status, counted up to `CAP`: the rows of `station_rows`. One query."""
    whole = _branches(actor, statuses, Filters())
    if len(whole.places) == 1:  # only his own orders, or none
        numbers = _capped(*(_branches(actor, [status], Filters()) for status in statuses))
        return dict(zip(statuses, numbers, strict=True))
    sums = dict.fromkeys(statuses, 0)
    for (_site, status), number in zip(whole.places, _each(whole), strict=True):
        sums[Status(str(status))] += number
    return {status: min(number, CAP) for status, number in sums.items()}


def count_of(actor: Actor, statuses: Iterable[str], filters: Filters | None = None) -> int:
    """How many orders `station_rows` would list with these statuses and filters, counted up to `CAP`. One query."""
    return _capped(_branches(actor, sorted(set(statuses)), filters or Filters()))[0]


def search(words: str, actor: Actor, limit: int = 50) -> list[dict[str, Any]]:
    """The orders in which every typed word stands, newest first, past ones too (R-244).

    A word is a number, a name, a telephone or its tail, pinyin initials, a serial, a part of the address or of the
    fault text. Two or three queries; rows as in `station_rows`.
    """
    sites = None if actor.sees_all_sites or access.is_bound(actor) else actor.sites
    # Who sees only his own orders: ask for more than the page holds, then keep what is his.
    wanted = limit * 20 if access.is_bound(actor) else limit
    ids = [hit.id for hit in search_queries.find(words, kinds=["order"], site_ids=sites, limit=wanted)]
    return rows_of(ids, actor)[:limit]


def of_customer(customer_id: int, actor: Actor, *, limit: int = 20, but_not: int | None = None) -> list[dict[str, Any]]:
    """The last orders of a customer that the actor may see, newest first."""
    rows = access.visible_to(actor).filter(customer=customer_id)
    if but_not is not None:
        rows = rows.exclude(pk=but_not)
    return [_shown(actor, row) for row in rows.order_by("-pk").values(*ROW_COLUMNS)[:limit]]


def of_phone(code: str, actor: Actor, *, limit: int = 20, is_open: bool = False) -> list[dict[str, Any]]:
    """The last orders with this number, newest first: what shows while it rings; `is_open`: only open ones (O-048)."""
    if not code:
        return []
    rows = access.visible_to(actor).filter(phone_code=code)
    if is_open:
        rows = rows.filter(status__in=_OPEN)
    return [_shown(actor, row) for row in rows.order_by("-pk").values(*ROW_COLUMNS)[:limit]]


def of_device(device_id: int, actor: Actor, *, limit: int = 20) -> list[dict[str, Any]]:
    """The orders that this device stands on, newest first. One query."""
    return of_devices([device_id], actor, limit=limit)


def of_devices(device_ids: Collection[int], actor: Actor, *, limit: int = 20) -> list[dict[str, Any]]:
    """The orders that any of these devices stands on, newest first. One query, none without a device."""
    if not device_ids:
        return []
    lines = DeviceLine.objects.filter(device__in=device_ids).order_by("-order").values("order")[:500]
    # Ordered by a sum, not by the key: along the key SQLite would walk through all orders to find the few.
    rows = access.visible_among(actor, lines).order_by((F("pk") + 0).desc())
    return [_shown(actor, row) for row in rows.values(*ROW_COLUMNS)[:limit]]


def unaccepted_over(limit: timedelta, *, now: datetime, actor: Actor, most: int = 200) -> list[dict[str, Any]]:
    """The requests that nobody has received for longer than `limit` (R-047), the longest waiting first."""
    rows = access.visible_to(actor).filter(
        status=Status.REGISTERED, accepted_at__isnull=True, received_at__lte=now - limit
    )
    return [_shown(actor, row) for row in rows.order_by("received_at", "pk").values(*ROW_COLUMNS)[:most]]


def due_contacts(actor: Actor, *, now: datetime, limit: int = 50) -> list[dict[str, Any]]:
    """The calls that are due again (R-063), the longest due first: a later attempt for the same purpose settles one.

    `attempts` says how often it was tried for this purpose.
    """
    later = ContactAttempt.objects.filter(order=OuterRef("order"), purpose=OuterRef("purpose"), pk__gt=OuterRef("pk"))
    rows = ContactAttempt.objects.filter(
        next_at__lte=now, order__in=access.visible_to(actor), order__status__in=_OPEN
    ).filter(~Exists(later))
    tried = (
        ContactAttempt.objects.filter(order=OuterRef("order"), purpose=OuterRef("purpose"))
        .order_by()
        .values("order")
        .annotate(count=Count("pk"))
    )
    return [
        dict(row)
        for row in rows.annotate(attempts=Subquery(tried.values("count")))
        .order_by("next_at", "pk")
        .values(
            "id",
            "order_id",
            "order__number",
            "order__customer__name",
            "purpose",
            "result",
            "note",
            "next_at",
            "attempts",
        )[:limit]
    ]


@dataclass(frozen=True, slots=True)
class _Branches:
    """The parts of a list, each one range of an index: the same rows for every place, which is a site and a status.

    None in a place narrows nothing. "status IN (...)" or "site IN (...)" with ORDER BY id would sort all their rows
    before it gave the first.
    """

    rows: QuerySet[Order]
    places: tuple[tuple[int | None, str | None], ...] = ((None, None),)

    def narrowed(self) -> QuerySet[Order]:
        """The rows of the only place."""
        (place,) = self.places
        return self._at(*place)

    def compiled(self, shape: Callable[[QuerySet[Order]], QuerySet[Order, Any]]) -> Iterator[tuple[str, list[Any]]]:
        """SQL and values of each part. Django puts it together once: places differ in two values only."""
        made: dict[tuple[bool, bool], tuple[str, Sequence[Any]] | None] = {}
        for site, status in self.places:
            kind = (site is not None, status is not None)
            if kind not in made:
                made[kind] = _sql(shape(self._at(_A_SITE if kind[0] else None, _A_STATUS if kind[1] else None)))
            if (found := made[kind]) is not None:
                sql, params = found
                yield sql, [site if p == _A_SITE else status if p == _A_STATUS else p for p in params]

    def _at(self, site: int | None, status: str | None) -> QuerySet[Order]:
        place = {"site": site, "status": status}
        return self.rows.filter(**{name: value for name, value in place.items() if value is not None})


_A_SITE, _A_STATUS = -(2**62), "\x00 a status"  # stand for the values of a place while its SQL is put together


def _branches(actor: Actor, statuses: Sequence[str], filters: Filters) -> _Branches:
    """The parts that together are the list."""
    if access.is_bound(actor) or actor.order is not None or filters.ids is not None:
        seen = access.visible_to(actor) if filters.ids is None else access.visible_among(actor, filters.ids)
        rows = _narrowed(seen, filters)
        return _Branches(rows.filter(status__in=statuses) if statuses else rows)
    sites: Sequence[int | None] = [filters.site_id]
    if filters.site_id is None and not actor.sees_all_sites:
        sites = sorted(actor.sites)
    elif filters.site_id is not None and not (actor.sees_all_sites or filters.site_id in actor.sites):
        return _Branches(Order.objects.none())
    if not actor.may(access.VIEW):
        return _Branches(Order.objects.none())
    wanted: Sequence[str | None] = statuses or ([None] if sites == [None] else list(Status))
    rows = _narrowed(Order.objects.filter(is_visible=True), filters)
    return _Branches(rows, tuple((site, status) for site in sites for status in wanted))


_LOOKUPS: Mapping[str, str] = {  # filter -> what it asks of the order
    **{name: name for name in ("flow", "kind", "mode", "source", "channel", "impact", "urgency", "priority")},
    "category_id": "category",
    "hold_code": "hold_code",
    "chased_from": "chased__gte",
    "received_by_id": "received_by",
    "received_from": "received_at__gte",
    "received_to": "received_at__lt",
    "promised_from": "promised_from__gte",
    "promised_to": "promised_from__lt",
    "promised_over": "promised_to__lt",
    "is_historic": "is_historic",
    "ids": "pk__in",
}


def _narrowed(rows: QuerySet[Order], filters: Filters) -> QuerySet[Order]:
    asked = {lookup: getattr(filters, name) for name, lookup in _LOOKUPS.items()}
    rows = rows.filter(**{lookup: value for lookup, value in asked.items() if value is not None and value != ""})
    if filters.promised_over is not None:
        rows = rows.filter(arrived_at__isnull=True)
    if filters.promised_kept is not None:
        kept = Q(promised_to__isnull=True) | Q(promised_to__gte=filters.promised_kept) | Q(arrived_at__isnull=False)
        rows = rows.filter(kept)
    if filters.is_chased is not None:
        rows = rows.filter(chased__gt=0) if filters.is_chased else rows.filter(chased=0)
    if filters.is_undecided:
        rows = rows.filter(flow=Flow.UNDECIDED)
    if filters.is_held:
        rows = rows.exclude(hold_code="")
    if filters.is_unaccepted:
        rows = rows.filter(accepted_at__isnull=True)
    if filters.technician_id is not None:
        on_it = Participant.objects.filter(user=filters.technician_id, part=Participant.Part.TECHNICIAN)
        rows = rows.filter(pk__in=on_it.filter(until__isnull=True).values("order"))
    return rows


def _first_ids(
    branches: _Branches, shape: Callable[[QuerySet[Order]], QuerySet[Order, Any]], order: str, limit: int
) -> list[int]:
    """The first ids of all branches together, each read no further than it must be. One query.

    `shape` orders a branch, its id in front; `order` is the same order by the places of its columns.
    """
    parts, values = [], []
    for sql, params in branches.compiled(lambda rows: shape(rows)[:limit]):
        parts.append(f"SELECT * FROM ({sql}) AS few")  # noqa: S608 - compiled by Django, values apart
        values += params
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(parts)} ORDER BY {order} LIMIT %s", [*values, limit])
        return [row[0] for row in cursor.fetchall()]


def _each(branches: _Branches) -> list[int]:
    """The length of each branch, counted up to `CAP`. One query for all."""
    found = list(branches.compiled(lambda rows: rows.order_by().values("pk")[:CAP]))
    if not found:
        return []
    counted = ", ".join(f"(SELECT COUNT(*) FROM ({sql}) AS few)" for sql, _params in found)  # noqa: S608 - as above
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counted}", [value for _sql, params in found for value in params])
        return list(cursor.fetchone())


def _capped(*lists: _Branches) -> list[int]:
    """The length of each list of branches, counted up to `CAP`. One query for all."""
    sums, values = [], []
    for branches in lists:
        parts = ["0"]
        for sql, params in branches.compiled(lambda rows: rows.order_by().values("pk")[:CAP]):
            parts.append(f"(SELECT COUNT(*) FROM ({sql}) AS few)")  # noqa: S608 - compiled by Django, values apart
            values += params
        sums.append(" + ".join(parts))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(sums)}", values)
        return [min(number, CAP) for number in cursor.fetchone()]


def _sql(rows: QuerySet[Order, Any]) -> tuple[str, Sequence[Any]] | None:
    """SQL and values of a query; None for one that can hold nothing."""
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return None
    return sql, params


def rows_of(ids: Sequence[int], actor: Actor) -> list[dict[str, Any]]:
    """These orders as lists show them, in the order given, as far as the actor may see them. One query."""
    rows = {row["id"]: row for row in access.visible_among(actor, ids).values(*ROW_COLUMNS)} if ids else {}
    return [_shown(actor, rows[pk]) for pk in ids if pk in rows]


def _shown(actor: Actor, row: dict[str, Any]) -> dict[str, Any]:
    row["phone"] = access.shown_phone(actor, row["phone"], row["phone_code"])
    if not access.can_see_phone(actor):
        row["phone_code"] = ""
    row["customer_name"] = row.pop("customer__name")
    return row
