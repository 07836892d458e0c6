"""Orders like the caller's: the open ones with what to tell him, the past ones with their faults."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from gongdan.customers.queries import Card
from gongdan.dispatch import queries as dispatch
from gongdan.doors.desk.words import order_badge
from gongdan.doors.kit.tables import Badge
from gongdan.doors.kit.typed import whole_number
from gongdan.kernel import phones
from gongdan.kernel.actor import Actor
from gongdan.kernel.text import Text, _
from gongdan.orders import queries as orders
from gongdan.orders import rules
from gongdan.orders.queries import Repeat
from gongdan.orders.states import Flow, Status

SHOWN = 3
COMING = (Status.TO_DISPATCH, Status.IN_REPAIR)
WHY: Mapping[str, Text] = {
    "phone": _("同一电话"),
    "address": _("同一地址"),
    "device": _("同一设备"),
}


@dataclass(frozen=True, slots=True)
class Similar:
    """What the form shows of orders like the one being typed."""

    open_orders: list[dict[str, Any]]
    past_orders: list[dict[str, Any]]
    repeat: Repeat | None = None
    more: int = 0
    question: dict[str, Any] | None = None  # the last one, answered and closed: it may have become a repair
    doubt: Text | None = None  # about the number, which may be right all the same
    looks_lent: bool = False  # a number that a platform seems to have lent, not marked as one yet

    def __bool__(self) -> bool:
        return bool(self.open_orders or self.past_orders or self.repeat or self.looks_lent or self.doubt)


def of_card(card: Card, device_ids: Collection[int], actor: Actor, settings: Any, *, now: datetime) -> Similar:
    """The orders of the chosen customer, of his numbers, places and devices."""
    place = card.addresses[0] if card.addresses else None
    rows = orders.similar(
        actor,
        customer_id=card.id,
        codes=[contact.code for contact in card.contacts],
        address=place.detail if place else "",
        division_code=place.division_code if place else "",
        device_ids=device_ids,
        since=now - timedelta(days=365 * 20),
    )
    # That one of his devices is meant is known only when it is ticked.
    told = [dict(row) | {"why": [why for why in row["why"] if why != "device"]} for row in rows]
    return _shown(told, settings, now=now)


def of_typed(
    typed: Mapping[str, str],
    device_ids: Sequence[int],
    actor: Actor,
    settings: Any,
    *,
    area_code: str,
    now: datetime,
) -> Similar:
    """The orders of the number, the place and the devices in the form that are not the chosen customer's own."""
    numbers = phones.parse_phones(typed.get("phone", "")[: phones.MAX_RAW], default_area_code=area_code)
    is_virtual = bool(typed.get("phone_is_virtual"))
    codes = [one.code for one in numbers if one.identifies_somebody and one.can_be_dialled and not is_virtual]
    customer, category = _number(typed.get("customer_id", "")), _number(typed.get("category_id", ""))
    address, division = typed.get("address", "")[:200], typed.get("division_code", "")[:12]
    found = orders.similar(
        actor,
        codes=codes,
        address=address,
        division_code=division,
        device_ids=device_ids,
        since=now - timedelta(days=settings.of(rules.SIMILAR_DAYS)),
    )
    repeat = orders.repeat_of(
        device_ids=device_ids,
        address_key=rules.address_key(address),
        division_code=division,
        category_id=category,
        settings=settings,
        at=now,
    )
    others = [row for row in found if row["customer_id"] != customer or ("device" in row["why"] and not row["is_open"])]
    looks_lent = not is_virtual and any(one.looks_lent for one in numbers)
    doubt = next((one.warning for one in numbers if one.warning is not None and one.can_be_dialled), None)
    return replace(_shown(others, settings, now=now), repeat=repeat, looks_lent=looks_lent, doubt=doubt)


def open_row(row: Mapping[str, Any], settings: Any, *, now: datetime) -> dict[str, Any]:
    """One open order: how it stands, what to say, what he was told last."""
    return _open([row], settings, now=now)[0]


def _shown(rows: Sequence[dict[str, Any]], settings: Any, *, now: datetime) -> Similar:
    is_open = [row for row in rows if row["is_open"]]
    past = [_row(row) for row in rows if not row["is_open"]][:5]
    since = now - timedelta(days=settings.of(rules.SIMILAR_DAYS))
    question = next((row for row in past if _is_question(row) and row["received_at"] >= since), None)
    if question is not None:
        question |= {"turn_url": reverse("desk:order-turn", args=[question["number"]]), "once": uuid.uuid4().hex}
    return Similar(_open(is_open[:SHOWN], settings, now=now), past, None, max(len(is_open) - SHOWN, 0), question)


def _is_question(row: Mapping[str, Any]) -> bool:
    return bool(row["flow"] == Flow.INQUIRY and row["status"] == Status.CLOSED)


def _open(rows: Sequence[Mapping[str, Any]], settings: Any, *, now: datetime) -> list[dict[str, Any]]:
    answers = orders.last_answers([row["id"] for row in rows if row["chased"]])
    reasons = orders.hold_reasons([row["id"] for row in rows if row["hold_code"]])
    lates = dispatch.told_arrivals([row["id"] for row in rows if row["promised_to"] and row["status"] in COMING])
    return [_row(row) | _said(row, answers, reasons, lates, settings, now=now) for row in rows]


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row) | {
        "badge": order_badge(row["status"]),
        "url": reverse("desk:order", args=[row["number"]]),
        "what": " ".join(word for word in (row["device_text"], row["symptom"]) if word),
        "because": [WHY[why] for why in row.get("why", ()) if why in WHY],
        "promised": (row["promised_from"], row["promised_to"]) if row["promised_from"] else None,
    }


def _said(
    row: Mapping[str, Any],
    answers: Mapping[int, tuple[datetime, str, str]],
    reasons: Mapping[int, list[Text]],
    lates: Mapping[int, datetime],
    settings: Any,
    *,
    now: datetime,
) -> dict[str, Any]:
    held = reasons.get(row["id"], [])
    window = (row["promised_from"], row["promised_to"]) if row["promised_from"] and row["promised_to"] else None
    say = rules.what_to_say(
        Status(row["status"]),
        technician=row["technician_names"],
        promised=window,
        repair_label=row["repair_label"],
        hold=held[0] if held else None,
        now=now,
        is_unsafe=row["hold_code"] == "safety",
        late=lates.get(row["id"]),
    )
    return {
        "say": say,
        "last_answer": answers.get(row["id"]),
        "holds": held,
        "hold_badge": hold_badge(row["hold_code"]),
        "chase_url": reverse("desk:reception-chase", args=[row["number"]]),
        "once": uuid.uuid4().hex,
        "choices": settings.of(rules.CHASE_ANSWERS),
        "is_pressing": row["chased"] + 1 >= settings.of(rules.CHASE_ALERT),
    }


def hold_badge(code: str) -> Badge | None:
    """Why an order waits, in a word."""
    return Badge(rules.HOLD_LABELS[code], "danger") if code in rules.HOLD_LABELS else None


def _number(typed: str) -> int | None:
    return whole_number(typed) or None
