"""What the page of 接待 shows: each fact found when the template, or a fragment, asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from gongdan.catalog import queries as catalog
from gongdan.customers.queries import Duplicate
from gongdan.devices import queries as devices
from gongdan.devices.rules import DeviceDraft
from gongdan.doors.desk.customers.facts import VerdictFacts, verdict_facts
from gongdan.doors.desk.intake import lists, open_orders
from gongdan.doors.desk.intake.caller import Caller, caller
from gongdan.doors.desk.intake.forms import DeviceForm, Intake
from gongdan.doors.desk.intake.lists import ReceptionListing
from gongdan.doors.desk.intake.open_orders import Similar
from gongdan.doors.desk.words import priority_badge
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.typed import whole_number
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Forbidden, Missing
from gongdan.orders import access, rules
from gongdan.orders.states import IMPACT_LABELS, MODE_LABELS, URGENCY_LABELS, Impact, Urgency
from gongdan.people import queries as people

MOST_COMMON = 9  # faults that a single key writes down
KEPT = "kept"  # ?draft=kept: back to the form that was left half filled


class Reception:
    """The page's facts, each found when the template asks: a fragment asks for few of them."""

    def __init__(
        self,
        request: StaffRequest,
        *,
        typed: QueryDict | None = None,
        intake: Intake | None = None,
        chosen: int | None = None,
        namesakes: list[Duplicate] | None = None,
        new: str = "",
        duplicate: str = "",
    ) -> None:
        self._request, self._typed, self._new = request, typed, new
        self.namesakes = namesakes or []
        self._duplicate = duplicate
        self.chosen = chosen
        if intake is not None:
            self.intake = intake

    @cached_property
    def intake(self) -> Intake:
        """The form: as typed, or fresh."""
        intake = Intake(self._typed)
        if self._typed is None and self.caller is not None:
            intake.order.initial.update(self.caller.fills, customer_id=self.chosen)
            intake.order.show("division_code", self.caller.fills.get("division_code_shown", ""))
        return intake

    @cached_property
    def caller(self) -> Caller | None:
        """The chosen customer."""
        if self.chosen is None:
            return None
        intake = self.intake if self._typed else None
        return caller_of(self._request, self.chosen, self._typed or QueryDict(), self.settings, intake)

    @cached_property
    def similar(self) -> Similar | None:
        """Orders of the typed number, place and devices; asked for by the page itself while it is typed."""
        return similar_to(self._request, self._typed, self.settings) if self._typed is not None else None

    @cached_property
    def duplicate(self) -> int:
        """The open order for which a second one was refused, 0 where this clerk may not see it."""
        try:
            return access.find(self._request.actor, self._duplicate).pk if self._duplicate else 0
        except (Missing, Forbidden):
            return 0

    @cached_property
    def may_chase(self) -> bool:
        """Whether that order stands on the page, to note the call on it."""
        parts = (self.caller and self.caller.orders, self.similar)
        return any(row["id"] == self.duplicate for part in parts if part for row in part.open_orders)

    @cached_property
    def from_centre(self) -> bool:
        """Whether what this clerk registers comes through 故障受理中心 (R-009)."""
        return self._request.actor.may(access.FROM_CENTRE)

    @cached_property
    def listing(self) -> ReceptionListing:
        """Scope and search of the list."""
        asked_for = self._request.GET.copy()
        for ours in ("customer", "draft"):
            asked_for.pop(ours, None)
        return ReceptionListing(asked_for)

    @cached_property
    def result(self) -> Any:
        """The rows of the list; the one just registered stands out."""
        within = timedelta(minutes=self.settings.accept_limit_minutes)
        actor, now = self._request.actor, self._request.now
        may_choose = actor.may(access.CHOOSE_FLOW)
        found = lists.page_of(self.listing, actor, now=now, accept_within=within, may_choose=may_choose)
        for row in found.rows:
            row["current"] = row["number"] == self._new
        return found

    @cached_property
    def settings(self) -> Any:
        """The settings of the clerk's own site."""
        return shop_of(self._request)

    @cached_property
    def priority(self) -> dict[str, Any]:
        """The priority of what is chosen in the form."""
        order = self.intake.order
        return priority_facts(
            str(order["impact"].value()), str(order["urgency"].value()), self.settings.priority_matrix
        )

    @cached_property
    def verdicts(self) -> list[VerdictFacts | None]:
        """The warranty of each new device."""
        if self._typed is None:
            return [None for _device in self.intake.devices]
        category_id = self.intake.order.cleaned_data.get("category_id")
        return [typed_verdict(self._request, form, category_id) for form in self.intake.devices]

    @cached_property
    def questions(self) -> dict[str, Any]:
        """What to ask about this category, and its mode."""
        return category_facts(str(self.intake.order["category_id"].value() or ""), self.intake.categories)

    @cached_property
    def advice(self) -> Any:
        """What the typed code calls for; none on a fresh form."""
        if self._typed is None:
            return None
        return catalog.advice_for(an_id(self._typed.get("category_id", "")), self._typed.get("error_code", "")[:30])

    @property
    def opened_for(self) -> int | None:
        """The customer for whom the page was opened: a form of his own, unless he was added for the one left behind."""
        return None if self._request.GET.get("draft") == KEPT else an_id(self._request.GET.get("customer", ""))

    @property
    def draft(self) -> str:
        """The name under which the browser keeps what is typed."""
        return f"reception-{self.opened_for}" if self.opened_for else "reception"

    @property
    def action(self) -> str:
        """Where the form goes; the list keeps its scope, the form its draft."""
        kept = {"scope": lists.TODAY if self.listing.scope == lists.TODAY else "", "customer": self.opened_for}
        asked_for = urlencode({name: value for name, value in kept.items() if value})
        return reverse("desk:reception") + (f"?{asked_for}" if asked_for else "")

    @property
    def more_is_open(self) -> bool:
        """Whether something in the folded part is filled in or wrong."""
        return _is_touched(self.intake, ("occurred", "remark", "priority", "priority_reason", "mode"))

    @property
    def contact_is_open(self) -> bool:
        """Whether something about further contacts is filled in or wrong."""
        return _is_touched(self.intake, ("phone2", "no_phone_reason", "customer_name"))


def typed_verdict(request: StaffRequest, form: DeviceForm, category_id: int | None) -> VerdictFacts | None:
    """The verdict on what is typed so far; none while the category or every date is missing."""
    form.is_valid()
    typed = form.cleaned_data
    category_id = typed.get("category_id") or category_id
    if category_id is None or not any(typed.get(name) for name in ("purchase_on", "made_on", "installed_on")):
        return None
    brand = catalog.brand_named(typed.get("brand_text", ""))
    draft = DeviceDraft(
        category_id=category_id,
        brand_id=brand.pk if brand else None,
        **{
            name: typed[name]
            for name in ("model_text", "spec", "purchase_on", "made_on", "installed_on")
            if typed.get(name)
        },
    )
    return verdict_facts(devices.verdict_for_facts(draft, on=local_day(request.now)))


def priority_facts(impact: str, urgency: str, matrix: Mapping[str, Any]) -> dict[str, Any]:
    """The priority and how it came about. Words that are none count as the usual ones."""
    known_impact = Impact(impact) if impact in set(Impact) else Impact.SINGLE
    known_urgency = Urgency(urgency) if urgency in set(Urgency) else Urgency.NORMAL
    return {
        "badge": priority_badge(rules.priority_for(known_impact, known_urgency, matrix=matrix)),
        "impact": IMPACT_LABELS[known_impact],
        "urgency": URGENCY_LABELS[known_urgency],
    }


def category_facts(category_id: str, categories: Sequence[Any]) -> dict[str, Any]:
    """The questions of a category, its own first, and the mode it proposes."""
    known = next((row for row in categories if str(row.pk) == category_id), None)
    asked_of = catalog.questions(known.pk if known else None)
    return {
        "category": known.name if known else "",
        "common": catalog.faults(known.pk, limit=MOST_COMMON, is_commonest_first=True) if known else [],
        "own": [row for row in asked_of if row.category_id is not None],
        "general": [row for row in asked_of if row.category_id is None],
        "mode": MODE_LABELS[rules.mode_for("", channel="", category_default=known.default_mode if known else "")],
    }


def shop_of(request: StaffRequest) -> Any:
    """The settings of the clerk's own site; who belongs to one only has brought them along."""
    if len(request.actor.sites) == 1:
        return request.shop_settings  # type: ignore[attr-defined]  # set by NamingMiddleware
    return people.settings_for(people.home_site(request.actor).pk)


def similar_to(request: StaffRequest, typed: QueryDict, settings: Any) -> Similar:
    """The orders of the typed number, place and devices."""
    ticked = [one for one in map(an_id, typed.getlist("devices")) if one is not None][: rules.MAX_DEVICES]
    names = ("phone", "address", "division_code", "customer_id", "category_id", "phone_is_virtual")
    area_code = people.home_site(request.actor).area_code if typed.get("phone") else ""
    return open_orders.of_typed(
        {name: typed.get(name, "").replace("\x00", "") for name in names},
        ticked,
        request.actor,
        settings,
        area_code=area_code,
        now=request.now,
    )


def caller_of(
    request: StaffRequest, customer_id: int, typed: QueryDict, settings: Any, intake: Intake | None = None
) -> Caller:
    """The customer as the page shows him beside what is typed."""
    ticked = {number for number in map(whole_number, typed.getlist("devices")) if number is not None}
    return caller(
        customer_id,
        request.actor,
        now=request.now,
        settings=settings,
        typed={name: typed.get(name, "") for name in ("phone", "contact_name", "address")},
        ticked=ticked,
        lines=intake.lines if intake is not None else None,
    )


def _is_touched(intake: Intake, names: tuple[str, ...]) -> bool:
    form = intake.order
    return any(form[name].errors or (form.is_bound and form[name].value()) for name in names)


def an_id(typed: str) -> int | None:
    """The number of a row in an address, None where there is none."""
    number = whole_number(typed) or 0
    return number or None
