"""Search-as-you-type answers: customers, their devices, administrative divisions."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from gongdan.customers import access
from gongdan.customers import queries as customers
from gongdan.customers.queries import DivisionRow, Match
from gongdan.devices import queries as devices
from gongdan.doors.desk.customers.facts import cover_of
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.picks import Option, asked, options_fragment
from gongdan.doors.kit.typed import whole_number
from gongdan.kernel.calendar import local_day
from gongdan.people import queries as people

MOST = 12


@require_safe
def customers_pick(request: StaffRequest) -> HttpResponse:
    """Customers by telephone or its tail, name, initials, address or number (R-019); nothing typed: the newest."""
    return customer_options(request)


def customer_options(request: StaffRequest, *, none: str = "") -> HttpResponse:
    """The customers that meet what was typed; `none` is said where there are none."""
    request.actor.require(access.VIEW)
    words = asked(request)
    found = customers.find(words, request.actor, MOST + 1) if words else customers.newest(request.actor, MOST)
    return options_fragment(request, [_customer(match) for match in found[:MOST]], more=len(found) > MOST, none=none)


@require_safe
def devices_pick(request: StaffRequest) -> HttpResponse:
    """The devices of the customer that the form has chosen (`customer_id`), by any of their words."""
    request.actor.require(access.VIEW)
    chosen = whole_number(request.GET.get("customer_id"))
    if chosen is None:
        return options_fragment(request, [])
    card = customers.card(chosen, request.actor)
    today = local_day(request.now)
    words = asked(request).casefold().split()
    options = [
        Option(
            row.id,
            row.name,
            hint=" · ".join(part for part in (row.serial, row.place) if part),
            badge=cover_of(row, today),
        )
        for row in devices.of_customer(card.id, on=today)
        if all(word in f"{row.name} {row.serial} {row.place}".casefold() for word in words)
    ]
    return options_fragment(request, options[:MOST], more=len(options) > MOST)


@require_safe
def divisions_pick(request: StaffRequest) -> HttpResponse:
    """Provinces, cities and districts by name; nothing typed: the districts around the clerk's own site."""
    words = asked(request)
    if words:
        found = customers.find_divisions(words, MOST + 1)
    else:
        code = people.home_site(request.actor).division_code
        found = (customers.divisions(f"{code[:4]}00") if code else []) or customers.divisions()
    return options_fragment(request, [_division(row) for row in found[:MOST]], more=bool(words) and len(found) > MOST)


def _customer(match: Match) -> Option:
    others = [match.contact_name] if match.contact_name and match.contact_name != match.name else []
    hint = " · ".join(part for part in (match.phone, *others, match.address, match.number) if part)
    return Option(match.id, match.name, hint=hint)


def _division(row: DivisionRow) -> Option:
    return Option(row.code, row.full_name or row.name)
