"""What the clerk must see while somebody calls: orders like his, faults that come back, who has chased how often."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from gongdan.fields.prepared import Prepared
from gongdan.kernel.actor import Actor
from gongdan.kernel.text import Text
from gongdan.orders import access, rules
from gongdan.orders.models import Chase, DeviceLine, Hold, Order
from gongdan.orders.queries.stations import CAP, Filters, rows_of, station_rows
from gongdan.orders.states import Flow, Kind, Status
from gongdan.people.models import ShopSettings

LOOKED_AT = 30  # orders of one telephone, address or device among which the open ones are found


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often a fault has been reported within so many days, this time included."""

    count: int
    days: int

    @property
    def sentence(self) -> Text:
        """30 天内第 3 次."""
        return rules.repeat_sentence(self.count, self.days)


def similar(
    actor: Actor,
    *,
    customer_id: int | None = None,
    codes: Collection[str] = (),
    address: str = "",
    division_code: str = "",
    device_ids: Collection[int] = (),
    since: datetime,
) -> list[dict[str, Any]]:
    """Orders of this customer, telephone, address or device: the open ones first, then those since that day, newest first.

    A row is one of `station_rows` with `why` (customer, phone, address, device) and `is_open`. One query for what is
    asked of each of the four, one for the rows, none where nothing is known.
    """
    found: dict[int, list[str]] = {}

    def take(why: str, rows: QuerySet[Any, Any], column: str = "pk") -> None:
        for pk in rows.values_list(column, flat=True)[:LOOKED_AT]:
            found.setdefault(pk, []).append(why)

    if customer_id is not None:
        take("customer", Order.objects.filter(customer=customer_id, is_visible=True).order_by("-pk"))
    if wanted := sorted({code for code in codes if code}):
        take("phone", Order.objects.filter(phone_code__in=wanted, is_visible=True).order_by("-pk"))
    if key := rules.address_key(address):
        near = Order.objects.filter(address_key=key, is_visible=True).order_by("-pk")
        for pk, code in near.values_list("pk", "division_id")[:LOOKED_AT]:
            if rules.is_same_division(code or "", division_code):
                found.setdefault(pk, []).append("address")
    if device_ids:
        take("device", DeviceLine.objects.filter(device__in=sorted(device_ids)).order_by("-order"), "order_id")
    rows = [
        row | {"why": tuple(dict.fromkeys(found[row["id"]])), "is_open": row["status"] in rules.OPEN}
        for row in rows_of(sorted(found, reverse=True), actor)
    ]
    return [row for row in rows if row["is_open"]] + [
        row for row in rows if not row["is_open"] and row["received_at"] >= since
    ]


def repeat_of(
    *,
    device_ids: Sequence[int],
    address_key: str,
    division_code: str = "",
    category_id: int | None,
    settings: ShopSettings,
    at: datetime,
    but_not: int | None = None,
) -> Repeat | None:
    """Whether the same device, or the same category at the same address, is reported for the n-th time (O-048).

    Another device that is known by itself does not count. None below the shop's number. At most two queries, none where
    nothing is known. `but_not`: this order itself.
    """
    days, limit = settings.of(rules.REPEAT_DAYS), settings.of(rules.REPEAT_COUNT)
    since = at - timedelta(days=days)
    seen: set[int] = set()
    if device_ids:
        seen |= set(_reported(len(device_ids)).rows(since, *device_ids))
    if address_key and category_id is not None:
        near = _near(len(device_ids)).rows(address_key, category_id, since, *device_ids)
        seen |= {pk for pk, code in near if rules.is_same_division(code or "", division_code)}
    count = len(seen - {but_not}) + 1
    return Repeat(count, days) if count >= limit else None


@lru_cache(maxsize=20)
def _reported(devices: int) -> Prepared:
    """The repairs since a moment on which any of so many devices stands."""

    def build(since: datetime, *device_ids: int) -> QuerySet[DeviceLine, Any]:
        lines = DeviceLine.objects.filter(device__in=device_ids, order__received_at__gte=since, order__kind=Kind.REPAIR)
        lines = lines.filter(order__is_visible=True).exclude(order__status=Status.CANCELLED)
        return lines.exclude(order__flow=Flow.COMPLAINT).values_list("order_id", flat=True)[:200]

    return Prepared(build, datetime, *[int] * devices)


@lru_cache(maxsize=20)
def _near(devices: int) -> Prepared:
    """The repairs of a category at an address since a moment, but those for other devices than these."""

    def build(address_key: str, category_id: int, since: datetime, *device_ids: int) -> QuerySet[Order, Any]:
        near = Order.objects.filter(address_key=address_key, category=category_id, received_at__gte=since)
        near = near.filter(kind=Kind.REPAIR, is_visible=True).exclude(status=Status.CANCELLED)
        near = near.exclude(flow=Flow.COMPLAINT).order_by("-pk")
        if device_ids:
            another = DeviceLine.objects.filter(order=OuterRef("pk"), device__isnull=False)
            near = near.exclude(Exists(another.exclude(device__in=device_ids)))
        return near.values_list("pk", "division_id")[:200]

    return Prepared(build, str, int, datetime, *[int] * devices)


def chased_orders(actor: Actor, at_least: int, *, limit: int = 50) -> list[dict[str, Any]]:
    """The orders under way that were chased so often, the most chased first (O-048). One or two queries."""
    statuses = sorted(rules.OPEN)
    rows = station_rows(actor, statuses, filters=Filters(chased_from=at_least), limit=CAP).rows
    return sorted(rows, key=lambda row: (-row["chased"], row["last_chased_at"]))[:limit]


def last_answers(order_ids: Collection[int]) -> dict[int, tuple[datetime, str, str]]:
    """What was answered last on each of these orders: when, by whom, what. One query, none without an order."""
    if not order_ids:
        return {}
    later = Chase.objects.filter(order=OuterRef("order"), count__gt=OuterRef("count"))
    rows = Chase.objects.filter(order__in=order_ids).exclude(Exists(later))
    return {
        pk: (at, name or "", answer)
        for pk, at, name, answer in rows.values_list("order_id", "at", "by__name", "answer")
    }


def held(actor: Actor) -> dict[str, list[int]]:
    """The orders that something holds back before they end, by the code of the oldest hold; newest first. One query."""
    standing = Hold.objects.filter(released_at__isnull=True).values("order")
    rows = access.visible_to(actor).filter(pk__in=standing).exclude(hold_code="")
    rows = rows.exclude(status__in=(Status.CLOSED, Status.CANCELLED)).order_by("-pk")
    found: dict[str, list[int]] = {}
    for code, pk in rows.values_list("hold_code", "pk")[:CAP]:
        found.setdefault(code, []).append(pk)
    return found


def hold_reasons(order_ids: Collection[int]) -> dict[int, list[Text]]:
    """Why each of these orders waits, the oldest reason first. One query, none without an order."""
    found: dict[int, list[Text]] = {}
    if order_ids:
        rows = Hold.objects.filter(order__in=order_ids, released_at__isnull=True).order_by("pk")
        for pk, reason in rows.values_list("order_id", "reason"):
            found.setdefault(pk, []).append(Text.from_json(reason))
    return found


def rooms(order_id: int, actor: Actor) -> list[dict[str, Any]]:
    """The device lines of an order with their rooms and results, in order; numbers as these eyes may see them. One query."""
    rows = DeviceLine.objects.filter(order=order_id).order_by("position", "pk")
    columns = ("id", "place", "symptom", "contact_name", "phone", "result")
    return [row | {"phone": access.shown_phone(actor, row["phone"])} for row in rows.values(*columns)]
