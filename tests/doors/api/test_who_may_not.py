"""Every call of the API, tried by who may nothing, by who may only look, and by who belongs to another site.

The calls are those of the description, so a new one is tried without being named here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gongdan.catalog.models import Apology, Category, CodeAdvice, ForbiddenWord
from gongdan.customers.models import Caution, Customer, Merge
from gongdan.devices.models import Device
from gongdan.dispatch.models import Visit
from gongdan.doors.api.urls import api
from gongdan.followup.models import Feedback, Improvement, Message, RepairLabel
from gongdan.kernel.actor import Actor
from gongdan.orders.models import CompensationRule, DeviceLine, Order
from gongdan.orders.states import Status
from gongdan.people import actions as people
from gongdan.people.models import Team, User
from gongdan.quotes.models import Quote
from gongdan.repair.models import ActionLine, HelpRequest, PartLine, PickUp, SafetyRefusal
from tests.doors.world import World, in_repair, looker, nobody, shop, stranger_chief, world
from tests.repair.shop import PICTURE, STROKES, seen

__all__ = ["in_repair", "looker", "nobody", "shop", "stranger_chief", "world"]
pytestmark = pytest.mark.django_db

Call = tuple[str, str]
ROWS = {
    "visits": Visit, "quotes": Quote, "device-lines": DeviceLine, "actions": ActionLine, "parts": PartLine,
    "help": HelpRequest, "helpers": User, "pick-ups": PickUp, "safety-refusals": SafetyRefusal, "devices": Device,
    "customers": Customer, "categories": Category, "follow-up-messages": Message, "feedback": Feedback,
    "improvements": Improvement, "warnings": Caution, "merges": Merge, "compensation-rules": CompensationRule,
    "queue": Order, "teams": Team, "advice": CodeAdvice, "forbidden-words": ForbiddenWord, "apologies": Apology,
    "repair-labels": RepairLabel,
}  # fmt: skip
SHOPS_OWN = {
    "categories",
    "compensation-rules",
    "advice",
    "forbidden-words",
    "apologies",
    "repair-labels",
}  # of no site
WORDS = {"code": "repeat_fault", "flow": "repair", "step": "accept"}
IN_REPAIR = (Status.IN_REPAIR, "repair")
STANDS = {  # where the order has to stand for a call to come as far as the question who calls
    r"choose-|/accept|/cancel": (Status.REGISTERED, ""),
    r"answer$|close-answered": (Status.ANSWERING, "inquiry"),
    r"complaint/": (Status.ANSWERING, "complaint"),
    r"solve-by-phone|/team|coordinate": (Status.TO_DISPATCH, "repair"),
    r"reopen-repair|settle|payments|discount": (Status.TO_SETTLE, "repair"),
    r"call-|survey|tracking": (Status.TO_FOLLOW_UP, "repair"),
}
OPEN: set[Call] = {  # to whoever is logged in
    ("GET", "/me"),
    ("GET", "/queue"),  # of the teams that he is in
    ("GET", "/help"),  # what he is asked
    ("GET", "/teams"),
    *(("GET", path) for path in ("/advice", "/categories/{category_id}/advice", "/apologies", "/phrases")),
    ("POST", "/language"),  # the words of the shop, which everybody says to its customers
}
PRINTED: set[Call] = {  # by whoever sees the order
    ("POST", "/orders/{number}/sign-sheet"),
    ("POST", "/pick-ups/{pk}/slip"),
    ("POST", "/safety-refusals/{pk}/notice"),
}
HIDDEN: set[Call] = {  # to others a row of the list is not there
    ("POST", "/feedback/{pk}"),
    ("POST", "/improvements/{pk}/done"),
}


@cache
def described() -> dict[str, Any]:
    """The description of the whole API."""
    return dict(api.get_openapi_schema())


def calls() -> Iterator[tuple[Call, dict[str, Any]]]:
    """Method and path of every call, with what the description says about it."""
    for path, methods in described()["paths"].items():
        for method, said in methods.items():
            yield (method.upper(), path.removeprefix("/api/v1")), said


def smallest(schema: dict[str, Any], typed: dict[str, Any]) -> Any:
    """The smallest value that the description allows; where it allows many, what is typed under its name."""
    if "$ref" in schema:
        return smallest(described()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], typed)
    if choices := schema.get("anyOf") or schema.get("allOf") or schema.get("enum"):
        return smallest(choices[0], typed) if isinstance(choices[0], dict) else choices[0]
    if alternatives := re.fullmatch(r"\^\(([\w|]+)\)\$", schema.get("pattern", "")):
        return alternatives[1].split("|")[0]
    by_format = {"date-time": "2026-03-11T10:00:00Z", "date": "2026-03-11"}
    match schema.get("type"):
        case "object":
            of = schema.get("properties", {})
            return {
                name: typed[name] if name in typed else smallest(of[name], typed) for name in schema.get("required", [])
            }
        case "array":
            return [smallest(schema["items"], typed)] * schema.get("minItems", 0)
        case "integer" | "number":
            return max(schema.get("minimum", 1), 1)
        case "boolean":
            return True
    return by_format.get(schema.get("format", ""), "a")


class Trial:
    """Makes calls as one person, each with a body that the description takes."""

    def __init__(self, actor: Actor, rows: World, now: datetime) -> None:
        self._rows = rows
        self._client = Client()
        self._headers = {"Authorization": f"Bearer {people.issue_token(actor.id, '试', by=actor, at=now)}"}

    def __call__(self, call: Call, said: dict[str, Any]) -> int:
        """The status of the answer."""
        method, path = call
        address = "/api/v1" + re.sub(r"\{(\w+)\}", lambda found: self._named(path, found[1]), path)
        order = self._rows[Order]
        status, flow = next((stands for part, stands in STANDS.items() if re.search(part, path)), IN_REPAIR)
        Order.objects.filter(pk=order.pk).update(status=status, flow=flow)
        typed = {
            "phone": "13812345678", "dbm": "-20.00", "strokes": STROKES, "gone_id": self._rows[Merge].gone_id,
            "other_id": self._rows[Merge].gone_id, "from_id": self._rows[User].pk,
        } | ({"seen": seen(order)} if "{number}" in path else {})  # fmt: skip
        asked = {
            one["name"]: smallest(one["schema"], typed)
            for one in said.get("parameters", [])
            if one["in"] == "query" and one.get("required")
        }
        address += f"?{urlencode(asked)}" if asked else ""
        content = said.get("requestBody", {}).get("content", {})
        if "multipart/form-data" in content:
            photo = SimpleUploadedFile("a.png", PICTURE, content_type="image/png")
            return self._client.post(address, {"file": photo}, headers=self._headers).status_code
        body = smallest(content["application/json"]["schema"], typed) if content else {}
        if path == "/orders/bulk":
            body["text"] = "301 漏水"
        return self._client.generic(
            method, address, json.dumps(body), content_type="application/json", headers=self._headers
        ).status_code

    def _named(self, path: str, name: str) -> str:
        if name in WORDS:
            return WORDS[name]
        if name == "number":
            return str(self._rows[Order].number)
        return str(self._rows[ROWS[_before(path, name)]].pk)


def _before(path: str, name: str) -> str:
    """The word before a name in a path, which says what it is the number of."""
    return path.partition("/{" + name)[0].rsplit("/", 1)[1]


@pytest.fixture
def trial(world: World, now: datetime) -> Callable[[Actor], Trial]:
    return lambda actor: Trial(actor, world, now)


def test_whoever_may_nothing_is_refused_every_call(trial: Callable[[Actor], Trial], nobody: Actor) -> None:
    attempt = trial(nobody)
    answers = {call: attempt(call, said) for call, said in calls()}

    assert len(answers) > 180
    assert {call for call, status in answers.items() if status < 400} == OPEN
    others = {call: status for call, status in answers.items() if status != 403 and call not in OPEN}
    assert others == dict.fromkeys(HIDDEN, 404)


def test_whoever_only_looks_changes_nothing(trial: Callable[[Actor], Trial], looker: Actor) -> None:
    attempt = trial(looker)
    answers = {call: attempt(call, said) for call, said in calls() if call[0] != "GET"}

    allowed = PRINTED | {call for call in OPEN if call[0] != "GET"}
    assert {call: status for call, status in answers.items() if status != 403 and call not in allowed} == {}
    assert {answers[call] for call in PRINTED} <= {200, 201}


def test_the_rows_of_a_site_are_out_of_reach_from_another(
    trial: Callable[[Actor], Trial], stranger_chief: Actor
) -> None:
    """Whatever he may do at his own site; what is not his may also be told to be missing."""
    attempt = trial(stranger_chief)
    answers = {
        call: attempt(call, said) for call, said in calls() if "{" in call[1] and call[1].split("/")[1] not in SHOPS_OWN
    }

    assert len(answers) > 120
    assert {call: status for call, status in answers.items() if status not in (403, 404)} == {}
