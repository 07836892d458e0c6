"""Everything about the customer on one screen while he talks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from gongdan.customers import access
from gongdan.customers import queries as customers
from gongdan.customers.queries import Card, ContactRow
from gongdan.devices import queries as devices
from gongdan.devices.queries import DeviceRow
from gongdan.doors.desk.customers.facts import device_rows
from gongdan.doors.desk.intake import open_orders
from gongdan.doors.desk.intake.forms import LineForm, line_prefix
from gongdan.doors.desk.intake.open_orders import Similar
from gongdan.doors.kit.tables import Badge
from gongdan.kernel import phones
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.orders import rules

FLAG_TONES = {"vip": "done", "prepaid": "waiting", "refuse": "danger"}


@dataclass(frozen=True, slots=True)
class Caller:
    """The chosen customer: who he is, what he has, what is still open, and what the form takes over from him."""

    card: Card
    contacts: list[dict[str, Any]]
    addresses: list[dict[str, Any]]
    devices: list[dict[str, Any]]
    family: list[dict[str, Any]]
    orders: Similar
    flag: Badge | None
    fills: Mapping[str, str]
    numbers: tuple[str, ...]  # the digits of his and his family's numbers, for eyes that may see them


def caller(
    customer_id: int,
    actor: Actor,
    *,
    now: datetime,
    settings: Any,
    typed: Mapping[str, str],
    ticked: Collection[int] = (),
    lines: Mapping[int, LineForm] | None = None,
) -> Caller:
    """The customer as reception shows him.

    `typed` is what stands in the form already: nothing of it is overwritten, but for the words by which he was found.
    """
    card = customers.card(customer_id, actor)
    sees = access.can_see_phone(actor)
    today = local_day(now)
    own = devices.of_customer(customer_id, on=today)
    family = customers.household(customer_id, actor)
    theirs = devices.of_customers([match.id for match in family], on=today)
    flag = customers.flag_for(customer_id, today)
    found = open_orders.of_card(card, [row.id for row in own], actor, settings, now=now)

    names = {match.id: match.name for match in family}

    def goods(rows: list[DeviceRow]) -> list[dict[str, Any]]:
        return [
            row
            | {
                "whose": names.get(row["customer_id"], ""),
                "ticked": row["id"] in ticked,
                "url": reverse("desk:device", args=[row["id"]]),
                "line": (lines or {}).get(row["id"]) or LineForm(prefix=line_prefix(row["id"])),
            }
            for row in device_rows(rows, today)
        ]

    return Caller(
        card=card,
        contacts=[
            {
                "name": row.name or card.name,
                "kind": row.kind_label,
                "phone": row.phone,
                "fills": {"phone": row.phone, "contact_name": row.name or card.name} if sees and row.phone else {},
            }
            for row in card.contacts
        ],
        addresses=[{"full": row.full, "remark": row.remark, "fills": _place(row)} for row in card.addresses],
        devices=goods([*own, *theirs]),
        family=[
            {"id": match.id, "name": match.name, "phone": match.phone, "address": match.address} for match in family
        ],
        orders=found,
        flag=Badge(rules.FLAG_LABELS[flag], FLAG_TONES[flag]) if flag in FLAG_TONES else None,
        fills=_fills(card, typed, sees_phone=sees),
        numbers=_numbers([*(row.phone for row in card.contacts), *(row.phone for row in family)]) if sees else (),
    )


def _fills(card: Card, typed: Mapping[str, str], *, sees_phone: bool) -> dict[str, str]:
    """What the form takes from the register: the contact whose number was typed, else the first one, and the place."""
    words = typed.get("phone", "").strip()
    contact = _meant(card.contacts, words) or next((row for row in card.contacts if row.phone), None)
    fills: dict[str, str] = {}
    if contact is None or not sees_phone:
        fills["phone"] = words if _is_whole(words) else ""
    elif not _is_whole(words):
        fills["phone"] = contact.phone
    if not typed.get("contact_name", "").strip():
        fills["contact_name"] = (contact.name if contact else "") or card.name
    if not typed.get("address", "").strip() and card.addresses:
        fills |= _place(card.addresses[0])
    return fills


def _numbers(told: Collection[str]) -> tuple[str, ...]:
    return tuple(phones.search_digits(phone) for phone in told if phone)


def _place(row: customers.AddressRow) -> dict[str, str]:
    return {"address": row.detail, "division_code": row.division_code, "division_code_shown": row.division}


def _meant(contacts: Collection[ContactRow], words: str) -> ContactRow | None:
    """The contact whose number ends as the words do."""
    digits = phones.search_digits(words)
    if len(digits) < 4:
        return None
    return next((row for row in contacts if phones.search_digits(row.code or row.phone).endswith(digits)), None)


def _is_whole(words: str) -> bool:
    """Whether a number that can be dialled was typed: then it is the one he calls from, on file or not."""
    numbers = phones.parse_phones(words)
    return bool(numbers) and all(number.can_be_dialled and number.identifies_somebody for number in numbers)
