"""Every verb refuses whoever may nothing, whichever door it is called from."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from importlib import import_module
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from django.db import transaction
from django.db.models import Model

from gongdan.customers.models import Customer
from gongdan.devices.models import Device
from gongdan.dispatch.models import Visit
from gongdan.followup.models import Feedback, Improvement
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Refused
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.rules import Room
from gongdan.people.models import User
from gongdan.repair.models import HelpRequest
from gongdan.settlement.models import Adjustment
from tests.doors.world import World, in_repair, nobody, shop, world

__all__ = ["in_repair", "nobody", "shop", "world"]
pytestmark = pytest.mark.django_db

APPS = (
    "people", "catalog", "customers", "devices", "pricing", "orders", "quotes", "dispatch", "repair", "settlement",
    "followup", "imports",
)  # fmt: skip


ROWS: dict[str, type[Model]] = {
    "order": Order, "device_line": DeviceLine, "line": DeviceLine, "visit": Visit, "device": Device,
    "customer": Customer, "user": User, "feedback": Feedback, "improvement": Improvement,
    "adjustment": Adjustment, "technician": User, "help": HelpRequest, "from": User, "to": User, "helper": User,
}  # fmt: skip
INSIDE = {  # of another verb, which has asked already
    "customers.note_erased", "customers.put_right_number", "customers.take_in", "devices.add_reading",
    "devices.erase_owner", "devices.tag_unsafe", "devices.take_in", "devices.untag", "followup.forget_person",
    "orders.advance", "orders.change_mode", "orders.deposit_exclusions", "orders.erase_contacts",
    "orders.hold_if_unsafe", "orders.hold_unsafe", "orders.known_device", "orders.locked", "orders.place_hold",
    "orders.record_consent", "orders.release_hold", "orders.release_hold_of", "orders.release_unsafe",
}  # fmt: skip
HIDDEN = {"followup.move_feedback", "followup.finish_improvement"}  # to others the row is not there


def verbs() -> Iterator[tuple[str, Callable[..., Any]]]:
    """What a door may call: it takes who acts, and values; what takes a row is called inside another verb."""
    for app in APPS:
        room = import_module(f"gongdan.{app}.actions")
        for name, verb in vars(room).items():
            is_own = inspect.isfunction(verb) and verb.__module__.startswith(room.__name__)
            if is_own and not name.startswith("_") and "by" in inspect.signature(verb).parameters:
                yield f"{app}.{name}", verb


def value(kind: Any, now: datetime) -> Any:
    """Some value of this type."""
    plain: dict[Any, Any] = {int: 1, str: "a", bool: True, bytes: b"a", date: now.date(), datetime: now, Any: None}
    if kind in plain:
        return plain[kind]
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(
            **{
                one.name: value(hints[one.name], now)
                for one in fields(kind)
                if one.default is MISSING and one.default_factory is MISSING
            }
        )
    origin = get_origin(kind)
    if origin in (list, tuple, set, frozenset, Sequence, Collection, Iterable):
        return []
    if origin in (dict, Mapping):
        return {}
    if type(None) in get_args(kind):
        return None
    raise LookupError(kind)


def attempt(verb: Callable[..., Any], typed: Mapping[str, Any], now: datetime) -> str:
    """What comes of calling it with what it demands: the name of the refusal."""
    hints = get_type_hints(verb, vars(import_module(verb.__module__)) | globals())
    demanded = [
        one.name
        for one in inspect.signature(verb).parameters.values()
        if one.default is one.empty and one.kind is not one.VAR_KEYWORD
    ]
    given = {name: typed[name] if name in typed else value(hints[name], now) for name in demanded}
    try:
        with transaction.atomic():
            verb(**given)
    except Refused as refused:
        return type(refused).__name__
    return "done"


def test_every_verb_refuses_whoever_may_nothing(world: World, nobody: Actor, now: datetime) -> None:
    typed = {f"{name}_id": world[model].pk for name, model in ROWS.items()}
    typed |= {"by": nobody, "at": now, "rooms": [Room("301", "漏水")], "answer": "fixed"}
    answers = {name: attempt(verb, typed, now) for name, verb in verbs() if name not in INSIDE}

    assert len(answers) > 180
    assert {name: answer for name, answer in answers.items() if answer != "Forbidden"} == dict.fromkeys(
        HIDDEN, "Missing"
    )
