"""Lists of the stations, their counts, and finding orders: as cheap with ten million orders as with a thousand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual

from gongdan.fields.prepared import Prepared, PreparedFor
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
    before = () if cursor is None else (cursor,)
    if len(branches.places) == 1:
        found = branches.rows(_newest, limit + 1, *before)
    else:
        found = _in_this_order(_first_ids(branches, _newest_ids, "1 DESC", limit + 1, *before))
    rows = [_shown(actor, row) for row in found[:limit]]
    return Station(rows, rows[-1]["id"] if len(found) > limit else None)


def due_rows(
    actor: Actor,
    statuses: Iterable[str],
    levels: Sequence[Filters] = (Filters(),),
    *,
    after: tuple[int, datetime, int] | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """The orders in these open statuses that the actor may see: one level after the other, the earliest due first.

    Due is when the promised window ends, else the wished one, else since it waits: `due_at` of a row, which has its
    `level` and is one of `station_rows` besides. `after` is level, `due_at` and id of the last row of the page before.
    Two queries, whatever the number of levels, which should exclude each other: the first one counts.
    """
    wanted, first = sorted(set(statuses)), after[0] if after else 0
    parts, values = list[str](), list[Any]()
    for level in range(first, len(levels)):
        beyond = after[1:] if after and level == first else ()
        for sql, params in _branches(actor, wanted, levels[level]).compiled(_earliest_ids, limit, *beyond):
            parts.append(f"SELECT {level} AS level, few.* FROM ({sql}) AS few")  # noqa: S608 - as in `_first_ids`
            values += params
    if not parts:
        return []
    level_of: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(parts)} ORDER BY 1, 3, 2 LIMIT %s", [*values, limit])
        for level, pk, _due in cursor.fetchall():
            level_of.setdefault(pk, level)
    return [_shown(actor, row | {"level": level_of[row["id"]]}) for row in _in_this_order(list(level_of))]


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
    rows = _with_devices(len(device_ids), limit).rows(actor, *device_ids) if device_ids else ()
    return [_shown(actor, row) for row in rows]


@lru_cache(maxsize=20)
def _with_devices(count: int, limit: int) -> PreparedFor:
    def build(actor: Actor, *device_ids: int) -> QuerySet[Order, Any]:
        lines = DeviceLine.objects.filter(device__in=device_ids).order_by("-order").values("order")[:500]
        # Ordered by a sum, not by the key: along the key SQLite would walk through all orders to find the few.
        rows = access.visible_among(actor, lines).order_by((F("pk") + 0).desc())
        found: QuerySet[Order, Any] = rows.values(*ROW_COLUMNS)[:limit]
        return found

    return PreparedFor(build, *[int] * count)


def exactly(words: str, actor: Actor) -> str:
    """The number of the one order that goes by these words in full, here or in the old system; "" if none or several.

    Two queries at most. As typed or in capitals: a comparison that ignores case could use no index.
    """
    for name, known in (("number", sorted({words, words.upper()})), ("old_number", [words])):
        found = access.visible_among(actor, Order.objects.filter(**{f"{name}__in": known}).values("pk"))
        numbers = list(found.values_list("number", flat=True)[:2])
        if numbers and (name == "number" or len(numbers) == 1):
            return numbers[0]
    return ""


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
    return _due_contacts(limit).rows(actor, now)


@lru_cache(maxsize=10)
def _due_contacts(limit: int) -> PreparedFor:
    later = ContactAttempt.objects.filter(order=OuterRef("order"), purpose=OuterRef("purpose"), pk__gt=OuterRef("pk"))
    tried = (
        ContactAttempt.objects.filter(order=OuterRef("order"), purpose=OuterRef("purpose"))
        .order_by()
        .values("order")
        .annotate(count=Count("pk"))
    )
    columns = (
        "id", "order_id", "order__number", "order__customer__name", "purpose", "result", "note", "next_at", "attempts",
    )  # fmt: skip

    def build(actor: Actor, now: datetime) -> QuerySet[ContactAttempt, Any]:
        # In one: else SQLite gathers every order of the site first.
        seen = access.visible_to(actor).filter(status__in=_OPEN)
        rows = ContactAttempt.objects.filter(next_at__lte=now, order__in=seen).filter(~Exists(later))
        told = rows.annotate(attempts=Subquery(tried.values("count"))).order_by("next_at", "pk")
        found: QuerySet[ContactAttempt, Any] = told.values(*columns)[:limit]
        return found

    return PreparedFor(build, datetime)


_Shape = Callable[..., QuerySet[Order, Any]]  # of rows, how many, and values


def _newest(rows: QuerySet[Order], limit: int, *before: int) -> QuerySet[Order, Any]:
    found: QuerySet[Order, Any] = _below(rows, *before).order_by("-pk").values(*ROW_COLUMNS)[:limit]
    return found


def _newest_ids(rows: QuerySet[Order], limit: int, *before: int) -> QuerySet[Order, Any]:
    return _below(rows, *before).order_by("-pk").values("pk")[:limit]


def _below(rows: QuerySet[Order], *before: int) -> QuerySet[Order]:
    return rows.filter(pk__lt=before[0]) if before else rows


def _earliest_ids(rows: QuerySet[Order], limit: int, *after: Any) -> QuerySet[Order, Any]:
    return _waiting(rows, *after).order_by(DUE, "pk").values("pk", due_at=DUE)[:limit]


def _waiting(rows: QuerySet[Order], *after: Any) -> QuerySet[Order]:
    """The open ones, in the words of the index, after this due time and id."""
    rows = rows.filter(closed_at__isnull=True)
    if not after:
        return rows
    due, pk = after
    return rows.filter(GreaterThanOrEqual(DUE, due), Q(GreaterThan(DUE, due)) | Q(pk__gt=pk))


def _any(rows: QuerySet[Order], limit: int) -> QuerySet[Order, Any]:
    return rows.order_by().values("pk")[:limit]


@dataclass(frozen=True, slots=True)
class _Branches:
    """The parts of a list, each one range of an index: the same rows for every place, which is a site and a status.

    None in a place narrows nothing. "status IN (...)" or "site IN (...)" with ORDER BY id would sort all their rows
    before it gave the first. `own`: rows that are found in another way; then there is one part.
    """

    filters: Filters
    places: tuple[tuple[int | None, str | None], ...] = ((None, None),)
    own: QuerySet[Order] | None = None

    def rows(self, shape: _Shape, limit: int, *values: Any) -> list[Any]:
        """The rows of the only part."""
        if self.own is not None:
            return list(shape(self.own, limit, *values))
        ((part, given),) = self._parts(shape, limit, values)
        return part.rows(*given)

    def compiled(self, shape: _Shape, limit: int, *values: Any) -> list[tuple[str, Sequence[Any]]]:
        """SQL and values of each part that can hold something."""
        if self.own is not None:
            found = [_sql(shape(self.own, limit, *values))]
        else:
            found = [part.statement(*given) for part, given in self._parts(shape, limit, values)]
        return [one for one in found if one is not None]

    def _parts(self, shape: _Shape, limit: int, values: tuple[Any, ...]) -> Iterator[tuple[Prepared, list[Any]]]:
        """Each part with what it is asked for."""
        filled = {name: value for name in _KINDS if (value := getattr(self.filters, name)) not in ("", None)}
        nothing: dict[str, Any] = dict.fromkeys((*filled, "site_id"))
        fixed, more = replace(self.filters, **nothing), tuple(type(value) for value in values)
        for site, status in self.places:
            place = {name: value for name, value in ((_SITE, site), (_STATUS, status)) if value is not None}
            given = place | filled
            yield _part(shape, limit, fixed, tuple(given), more), [*given.values(), *values]


_SITE, _STATUS = "site", "status"
_KINDS: Mapping[str, type] = {  # what a filter's value is; the others are yes or no, or a small number
    **dict.fromkeys(("flow", "kind", "mode", "source", "channel", "impact", "urgency", "priority", "hold_code"), str),
    **dict.fromkeys(("category_id", "received_by_id", "technician_id"), int),
    **dict.fromkeys(
        ("received_from", "received_to", "promised_from", "promised_to", "promised_over", "promised_kept"), datetime
    ),
}


@lru_cache(maxsize=200)
def _part(shape: _Shape, limit: int, fixed: Filters, names: tuple[str, ...], more: tuple[type, ...]) -> Prepared:
    """The orders of a place with these filters filled in, and more values for the shape: put together once."""

    def build(*marks: Any) -> QuerySet[Order, Any]:
        given = dict(zip(names, marks, strict=False))
        place = {name: given.pop(name) for name in (_SITE, _STATUS) if name in given}
        rows = _narrowed(Order.objects.filter(is_visible=True, **place), replace(fixed, **given))
        return shape(rows, limit, *marks[len(names) :])

    return Prepared(build, *({_SITE: int, _STATUS: str, **_KINDS}[name] for name in names), *more)


def _branches(actor: Actor, statuses: Sequence[str], filters: Filters) -> _Branches:
    """The parts that together are the list."""
    if access.is_bound(actor) or actor.order is not None or filters.ids is not None:
        seen = access.visible_to(actor) if filters.ids is None else access.visible_among(actor, filters.ids)
        rows = _narrowed(seen, filters)
        return _Branches(filters, own=rows.filter(status__in=statuses) if statuses else rows)
    sites: Sequence[int | None] = [filters.site_id]
    if filters.site_id is None and not actor.sees_all_sites:
        sites = sorted(actor.sites)
    elif filters.site_id is not None and not (actor.sees_all_sites or filters.site_id in actor.sites):
        return _Branches(filters, own=Order.objects.none())
    if not actor.may(access.VIEW):
        return _Branches(filters, own=Order.objects.none())
    wanted: Sequence[str | None] = statuses or ([None] if sites == [None] else list(Status))
    return _Branches(filters, tuple((site, status) for site in sites for status in wanted))


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


def _first_ids(branches: _Branches, shape: _Shape, order: str, limit: int, *given: Any) -> list[int]:
    """The first ids of all branches together, each read no further than it must be. One query.

    `shape` orders a branch, its id in front; `order` is the same order by the places of its columns.
    """
    parts, values = list[str](), list[Any]()
    for sql, params in branches.compiled(shape, limit, *given):
        parts.append(f"SELECT * FROM ({sql}) AS few")  # noqa: S608 - compiled by Django, values apart
        values += params
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(parts)} ORDER BY {order} LIMIT %s", [*values, limit])
        return [row[0] for row in cursor.fetchall()]


def _each(branches: _Branches) -> list[int]:
    """The length of each branch, counted up to `CAP`. One query for all."""
    found = branches.compiled(_any, CAP)
    if not found:
        return []
    counted = ", ".join(f"(SELECT COUNT(*) FROM ({sql}) AS few)" for sql, _params in found)  # noqa: S608 - as above
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counted}", [value for _sql, params in found for value in params])
        return list(cursor.fetchone())


def _capped(*lists: _Branches) -> list[int]:
    """The length of each list of branches, counted up to `CAP`. One query for all."""
    sums, values = list[str](), list[Any]()
    for branches in lists:
        parts = ["0"]
        for sql, params in branches.compiled(_any, CAP):
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
    rows = {row["id"]: row for row in _among(len(ids)).rows(actor, *ids)} if ids else {}
    return [_shown(actor, rows[pk]) for pk in ids if pk in rows]


@lru_cache(maxsize=60)
def _among(count: int) -> PreparedFor:
    return PreparedFor(lambda actor, *ids: access.visible_among(actor, ids).values(*ROW_COLUMNS), *[int] * count)


def _in_this_order(ids: Sequence[int]) -> list[dict[str, Any]]:
    """The rows of these orders, with `due_at`. One query, none without an order."""
    rows = {row["id"]: row for row in _of_ids(len(ids)).rows(*ids)} if ids else {}
    return [rows[pk] for pk in ids if pk in rows]


@lru_cache(maxsize=60)
def _of_ids(count: int) -> Prepared:
    return Prepared(lambda *ids: Order.objects.filter(pk__in=ids).values(*ROW_COLUMNS, due_at=DUE), *[int] * count)


def _shown(actor: Actor, row: dict[str, Any]) -> dict[str, Any]:
    row["phone"] = access.shown_phone(actor, row["phone"], row["phone_code"])
    if not access.can_see_phone(actor):
        row["phone_code"] = ""
    row["customer_name"] = row.pop("customer__name")
    return row
