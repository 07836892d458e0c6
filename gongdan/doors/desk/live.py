"""What is new since a page was made: `GET /live/?since=<mark>` answers in one query at most, and mostly in none.

Each page asks every two seconds, so the answer is made before session and log-in are looked at: who sits behind a
session cookie is remembered for ten seconds, the newest events of his sites for half a second.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from gongdan.audit import queries
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.kernel.text import Text, _
from gongdan.orders.events import Verb

Value = TypeVar("Value")
PATH = "/live/"
SEAT_SECONDS = 10.0  # only how many events there were can be seen so long after a log-out
WINDOW_SECONDS = 0.5
WINDOW = 200  # more news than that is told as so many

# What arrives in which station's list. %s is the number; the script adds up what came in several answers.
ARRIVALS: Mapping[str, str] = {
    Verb.REGISTERED: "intake",
    Verb.REPAIR_CHOSEN: "dispatch",
    Verb.TURNED_TO_REPAIR: "dispatch",
    Verb.RETURNED: "dispatch",
    Verb.REPAIR_STARTED: "repair",
    Verb.REPAIR_REOPENED: "repair",
    Verb.REOPENED: "repair",
    Verb.REPAIR_FINISHED: "settlement",
    Verb.REVERSED: "settlement",
    Verb.SETTLED: "followup",
    Verb.SOLVED_BY_PHONE: "followup",
    Verb.COMPLAINT_HANDLED: "followup",
}
WORDS: Mapping[str, Text] = {
    "intake": _("%s 条新登记的工单，点此刷新"),
    "dispatch": _("%s 条工单等待派工，点此刷新"),
    "repair": _("%s 条工单转入维修，点此刷新"),
    "settlement": _("%s 条工单等待结算，点此刷新"),
    "followup": _("%s 条工单等待回访，点此刷新"),
    "orders": _("工单有 %s 处更新，点此刷新"),
}


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits behind a session cookie: his own events are no news to him. `sites` None: all."""

    kind: str
    id: int
    sites: frozenset[int] | None
    language: str


@require_safe
def live(request: StaffRequest) -> HttpResponse:
    """News for the page that asks. Takes a seat, so that the next ten seconds need no log-in check."""
    actor = request.actor
    seat = Seat(actor.kind, actor.id, None if actor.sees_all_sites else actor.sites, translation.get_language() or "")
    if cookie := request.COOKIES.get(settings.SESSION_COOKIE_NAME):
        _SEATS.put(cookie, seat)
    return _answer(request, seat)


class LiveMiddleware:
    """Answers a known seat's question before session, user and permissions are loaded; stands above them all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == PATH and request.method == "GET":
            seat = _SEATS.get(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
            if seat is not None:
                return _answer(request, seat)
        return self.get_response(request)


def _answer(request: HttpRequest, seat: Seat) -> HttpResponse:
    events = _newest(seat.sites)
    mark = _mark(events)
    known = _read_mark(request.GET.get("since", ""))
    etag = f'"{mark}"'
    if mark == request.GET.get("since") and request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    fresh = [event for event in events if known and event.id > min(known) and event.id not in known]
    others = [event for event in fresh if (event.actor_kind, event.actor_id) != (seat.kind, seat.id)]
    with translation.override(seat.language or settings.LANGUAGE_CODE):
        news = [
            {"topic": topic, "count": count, "text": WORDS[topic].render(gettext)}
            for topic, count in sorted(_by_topic(others).items())
        ]
    answer = {
        "since": mark,
        "newest": events[0].id if events else 0,
        "counts": Counter(event.verb.partition(".")[0] for event in others),
        "news": news,
    }
    return JsonResponse(answer, headers={"ETag": etag, "Cache-Control": "private, no-cache"})


def _by_topic(events: Sequence[queries.Flash]) -> Counter[str]:
    counted = Counter(ARRIVALS[event.verb] for event in events if event.verb in ARRIVALS)
    if changed := sum(event.about_kind == "orders.order" for event in events):
        counted["orders"] = changed
    return counted


def _mark(events: Sequence[queries.Flash]) -> str:
    """The newest eight ids: a transaction that commits later under a lower id is then still seen to be new."""
    return "-".join(str(event.id) for event in events[:8]) or "0"


def _read_mark(since: str) -> set[int]:
    """The ids of a mark; none for a page that asks for the first time, or sends what is no mark."""
    parts = since[:200].split("-")
    is_mark = all(part.isascii() and part.isdecimal() and len(part) < 19 for part in parts)
    return {int(part) for part in parts} if is_mark else set()


class Kept(Generic[Value]):
    """Values of this process that grow old by themselves, at most a thousand."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._values: dict[Hashable, tuple[float, Value]] = {}

    def get(self, key: Hashable) -> Value | None:
        """The value, if it is still young."""
        until, value = self._values.get(key, (0.0, None))
        return value if time.monotonic() < until else None

    def put(self, key: Hashable, value: Value) -> None:
        """Keep it from now on."""
        if len(self._values) >= 1000:
            self._values.clear()
        self._values[key] = (time.monotonic() + self._seconds, value)

    def clear(self) -> None:
        """Forget all: tests begin anew."""
        self._values.clear()


_SEATS: Kept[Seat] = Kept(SEAT_SECONDS)
_NEWEST: Kept[list[queries.Flash]] = Kept(WINDOW_SECONDS)


def _newest(sites: frozenset[int] | None) -> list[queries.Flash]:
    events = _NEWEST.get(sites)
    if events is None:
        events = queries.newest_events(sites, limit=WINDOW)
        _NEWEST.put(sites, events)
    return events
