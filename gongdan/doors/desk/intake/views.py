"""接待: the form at the left, the registered orders at the right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongdan.catalog import queries as catalog
from gongdan.customers import actions as customer_actions
from gongdan.customers import queries as customers
from gongdan.customers.queries import Duplicate
from gongdan.customers.rules import ContactDraft
from gongdan.devices import queries as devices
from gongdan.devices.rules import DeviceDraft
from gongdan.doors.desk.customers.facts import VerdictFacts, verdict_facts
from gongdan.doors.desk.customers.picks import customer_options
from gongdan.doors.desk.intake import lists, open_orders
from gongdan.doors.desk.intake.caller import Caller, caller
from gongdan.doors.desk.intake.forms import DeviceForm, Intake, category_choices
from gongdan.doors.desk.intake.lists import ReceptionListing
from gongdan.doors.desk.intake.open_orders import Similar
from gongdan.doors.desk.once import once
from gongdan.doors.desk.words import priority_badge
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.picks import Option, asked, options_fragment
from gongdan.doors.kit.render import (
    fragment_or_redirect,
    page,
    refusals_shown,
    see,
    seen_version,
    tell,
    wants_another,
)
from gongdan.doors.kit.typed import whole_number
from gongdan.kernel import phones
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Forbidden, Invalid, Missing
from gongdan.kernel.text import Text
from gongdan.kernel.text import _ as text
from gongdan.orders import access, actions, rules
from gongdan.orders import queries as orders
from gongdan.orders.states import IMPACT_LABELS, MODE_LABELS, URGENCY_LABELS, Flow, Impact, Urgency
from gongdan.people import queries as people

FLOWS = {
    Flow.REPAIR: actions.choose_repair,
    Flow.INQUIRY: actions.choose_inquiry,
    Flow.COMPLAINT: actions.choose_complaint,
}
CHOSEN: Mapping[Flow, Text] = {
    Flow.REPAIR: text("{number} 已转维修，等待派工"),
    Flow.INQUIRY: text("{number} 已转咨询，可在工单里答复"),
    Flow.COMPLAINT: text("{number} 已转投诉，可在工单里答复"),
}
MOST_COMMON = 9  # faults that a single key writes down
KEPT = "kept"  # ?draft=kept: back to the form that was left half filled
AT_OUR_FIELDS = {
    "customer.name": "contact_name",
    "customer.kind": "customer_kind",
    "customer.contacts": "phone",
    "customer.addresses": "address",
    "wished_from": "wished",
    "wished_to": "wished",
    "brand_id": "devices",
}


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
        return _caller(self._request, self.chosen, self._typed or QueryDict(), self.settings, intake)

    @cached_property
    def similar(self) -> Similar | None:
        """Orders of the typed number, place and devices; asked for by the page itself while it is typed."""
        return _similar(self._request, self._typed, self.settings) if self._typed is not None else None

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
        return _shop(self._request)

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
        return catalog.advice_for(_an_id(self._typed.get("category_id", "")), self._typed.get("error_code", "")[:30])

    @property
    def opened_for(self) -> int | None:
        """The customer for whom the page was opened: a form of his own, unless he was added for the one left behind."""
        return None if self._request.GET.get("draft") == KEPT else _an_id(self._request.GET.get("customer", ""))

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


@require_http_methods(["GET", "POST"])
def reception(request: StaffRequest) -> HttpResponse:
    """The page, and the registering of an order."""
    request.actor.require(access.REGISTER)
    if request.method == "POST":
        return _register(request)
    facts = Reception(request, chosen=_an_id(request.GET.get("customer", "")))
    return _page(request, facts, status=facts.result.listing.status)


@require_safe
def callers_pick(request: StaffRequest) -> HttpResponse:
    """Who may be calling, by whatever was typed into the telephone field. A technician is told that he finds his own."""
    none = _("没有找到老客户，接着往下填就是新客户")
    if access.is_bound(request.actor):
        none = _("您名下的工单里没有这位客户；请问清完整号码，往下登记，是老客户系统会认出来")
    return customer_options(request, none=none)


@require_safe
def customer(request: StaffRequest) -> HttpResponse:
    """The chosen customer, beside the form's contact fields."""
    request.actor.require(access.REGISTER)
    chosen = _an_id(request.GET.get("customer_id", ""))
    found = None if chosen is None else _caller(request, chosen, request.GET, _shop(request))
    return page(request, "desk/intake/_caller.html", {"caller": found, "fills": found.fills if found else None})


@require_safe
def similar(request: StaffRequest) -> HttpResponse:
    """Orders of the number, the place and the devices in the form: perhaps he only asks how his order stands."""
    request.actor.require(access.REGISTER)
    return page(request, "desk/intake/_similar.html", {"similar": _similar(request, request.GET, _shop(request))})


@require_safe
def advice(request: StaffRequest) -> HttpResponse:
    """What this error code calls for: telephone or visit, and what to ask first."""
    request.actor.require(access.REGISTER)
    code = request.GET.get("error_code", "").replace("\x00", "")[:30]
    found = catalog.advice_for(_an_id(request.GET.get("category_id", "")), code)
    return page(request, "desk/intake/_advice.html", {"advice": found})


@require_POST
def chase(request: StaffRequest, number: str) -> HttpResponse:
    """催单: count the call and keep what he was told, on this very page (O-048)."""
    order = access.find(request.actor, number)
    answer = request.POST.get(f"answer-{order.pk}", "").replace("\x00", "")
    content = request.POST.get(f"content-{order.pk}", "").replace("\x00", "")
    phone = request.POST.get(f"caller-{order.pk}", "").replace("\x00", "")
    count = 0
    with refusals_shown(request) as attempt:
        count = once(
            request,
            f"orders.chase:{order.pk}",
            lambda: (
                actions.chase(order.pk, content, answer, caller_phone=phone, by=request.actor, at=request.now).count
            ),
        )
    if attempt.ok:
        told = text("{number} 已登记第 {count} 次催单")
        tell(request, Text(told.template, {"number": number, "count": count}))
    (row,) = orders.rows_of([order.pk], request.actor)
    shown = open_orders.open_row(row, _shop(request), now=request.now)
    wrong = attempt.refused.text if attempt.refused else None
    again = {"answer": answer, "content": content, "wrong": wrong} if wrong is not None else None
    context = {"row": shown, "is_first": False, "done": attempt.ok, "again": again}
    return fragment_or_redirect(request, "desk/intake/_open.html", context, to=reverse("desk:reception"))


@require_safe
def device(request: StaffRequest) -> HttpResponse:
    """The fields of one more new device."""
    request.actor.require(access.REGISTER)
    at = min(_an_id(request.GET.get("new_devices", "")) or 1, rules.MAX_DEVICES - 1)
    form = DeviceForm(prefix=f"new{at}")
    form.offer_choices("category_id", category_choices(catalog.categories()))
    return page(request, "desk/intake/_one_more.html", {"device": form, "at": at, "verdict": None})


@require_safe
def faults_pick(request: StaffRequest) -> HttpResponse:
    """Known faults of the category by symptom, initials or code; a code's rows of other brands where its own has none."""
    words, category_id = asked(request), _an_id(request.GET.get("category_id", ""))
    by_code = []
    if category_id is not None and any(char.isdigit() for char in words):
        brand = catalog.brand_named(request.GET.get("new0-brand_text", "")[:60])
        by_code = catalog.by_error_code(category_id, brand.pk if brand else None, words)
    coded = {row.id for row in by_code}
    known = catalog.faults(category_id, words, limit=20, is_commonest_first=True)
    rows = [*by_code, *(row for row in known if row.id not in coded)]
    options = [
        Option(
            row.id,
            row.symptom,
            hint=" · ".join(
                part
                for part in (
                    row.category if category_id is None else "",
                    f"{row.error_code}{f'（{row.brand}）' if row.brand else ''}" if row.error_code else "",
                    row.cause,
                )
                if part
            ),
            fills={"error_code": words} if row.id in coded else {},
        )
        for row in rows[:20]
    ]
    return options_fragment(request, options, more=len(rows) > 20)


@require_safe
def category(request: StaffRequest) -> HttpResponse:
    """What to ask about a category, and the mode that it proposes."""
    request.actor.require(access.REGISTER)
    facts = category_facts(request.GET.get("category_id", ""), catalog.categories())
    return page(request, "desk/intake/_questions.html", {"questions": facts})


@require_safe
def priority(request: StaffRequest) -> HttpResponse:
    """The priority of this impact and urgency by the shop's matrix (R-043)."""
    request.actor.require(access.REGISTER)
    matrix = _shop(request).priority_matrix
    facts = priority_facts(request.GET.get("impact", ""), request.GET.get("urgency", ""), matrix)
    return page(request, "desk/intake/_priority.html", {"priority": facts})


@require_safe
def verdict(request: StaffRequest) -> HttpResponse:
    """The warranty of a device that is being typed in."""
    request.actor.require(access.REGISTER)
    prefix = next((name.partition("-")[0] for name in request.GET if name.startswith("new") and "-" in name), "new0")
    form = DeviceForm(request.GET, prefix=prefix)
    form.offer_choices("category_id", category_choices(catalog.categories()))
    found = typed_verdict(request, form, _an_id(request.GET.get("category_id", "")))
    return page(request, "desk/intake/_verdict.html", {"verdict": found})


@require_POST
def choose_flow(request: StaffRequest, number: str, flow: str) -> HttpResponse:
    """One of the three flows, chosen right in the list (R-048)."""
    if flow not in set(FLOWS):
        raise Missing
    order = access.find(request.actor, number)
    with refusals_shown(request) as attempt:
        FLOWS[Flow(flow)](order.pk, seen=seen_version(request), by=request.actor, at=request.now)
    if attempt.ok:
        chosen = CHOSEN[Flow(flow)]
        tell(request, Text(chosen.template, {"number": number}))
    answer = fragment_or_redirect(request, "desk/intake/_nothing.html", to=reverse("desk:reception"))
    if not attempt.ok:
        answer["HX-Reswap"] = "none"
    return answer


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


def _shop(request: StaffRequest) -> Any:
    """The settings of the clerk's own site; who belongs to one only has brought them along."""
    if len(request.actor.sites) == 1:
        return request.shop_settings  # type: ignore[attr-defined]  # set by NamingMiddleware
    return people.settings_for(people.home_site(request.actor).pk)


def _similar(request: StaffRequest, typed: QueryDict, settings: Any) -> Similar:
    ticked = [one for one in map(_an_id, typed.getlist("devices")) if one is not None][: rules.MAX_DEVICES]
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


def _register(request: StaffRequest) -> HttpResponse:
    """Register what was typed; or, without script, look for the customer and take the one that was chosen."""
    typed = request.POST.copy()
    if picked := _an_id(typed.get("choose", "")):
        return _page(request, _with_customer(request, typed, picked))
    intake = Intake(typed)
    if "find" in typed:
        return _page(request, Reception(request, typed=typed, intake=intake, namesakes=_found(request, typed)))
    namesakes: list[Duplicate] = []
    number = duplicate = ""
    if is_valid := intake.is_valid():
        with refusals_shown(request, intake.order) as attempt, _at_our_fields():
            number = once(request, "orders.register", lambda: _registered(request, intake, namesakes))
        is_valid = attempt.ok
        if attempt.refused is not None and attempt.refused.code == "duplicate_open":
            duplicate = str(attempt.refused.text.facts["number"])
    chosen = intake.order.cleaned_data.get("customer_id")
    if not is_valid:
        facts = Reception(request, typed=typed, intake=intake, chosen=chosen, namesakes=namesakes, duplicate=duplicate)
        return _page(request, facts, status=422)
    if not wants_another(request):
        tell(request, _("已登记 %(number)s，请选择处理流程") % {"number": number})
        return see(request, reverse("desk:order", args=[number]))
    tell(request, _("已登记 %(number)s") % {"number": number})
    fresh = Reception(request, new=number)
    return fragment_or_redirect(request, "desk/intake/_saved.html", {"reception": fresh}, to=fresh.action)


def _registered(request: StaffRequest, intake: Intake, namesakes: list[Duplicate]) -> str:
    """The number of the new order. Refused: a customer with this number is on file, and nobody said which of the two."""
    draft = intake.draft(category_id=_category_of(request, intake))
    if draft.customer_id is None and not intake.order.cleaned_data["is_another"]:
        namesakes += _namesakes(request, draft.phone, draft.phone2, draft.contact_name, draft.address)
        if namesakes:
            raise Invalid({"phone": namesakes[0].reason})
    elif draft.customer_id is not None and not (draft.phone_is_virtual or intake.order.cleaned_data["is_his_number"]):
        namesakes += _others_with(request, draft.phone, draft.customer_id)
        if namesakes:
            raise Invalid({"phone": namesakes[0].reason})
    is_confirmed = intake.order.cleaned_data["confirm_duplicate"]
    order = actions.register(draft, refuse_duplicate=not is_confirmed, by=request.actor, at=request.now)
    if draft.customer_id is not None and intake.order.cleaned_data["adds_contact"] and not draft.phone_is_virtual:
        right = ContactDraft(order.phone, order.contact_name)
        customer_actions.put_right_number(order.customer_id, wrong="", right=right, by=request.actor, at=request.now)
    return order.number


def _others_with(request: StaffRequest, phone: str, customer_id: int) -> list[Duplicate]:
    """Who else has this number, where neither the chosen customer nor his family has it."""
    area = people.home_site(request.actor).area_code
    found = [
        match
        for number in phones.parse_phones(phone, default_area_code=area)
        if number.identifies_somebody
        for match in customers.by_phone(number.code, request.actor)
    ]
    owners = {match.id for match in found}
    if not owners or customer_id in owners:
        return []
    if owners & {match.id for match in customers.household(customer_id, request.actor)}:
        return []
    said = text(
        "这个号码是 {name}（{number}）的：请改选他，或确认号码也是所选客户的",
        name=found[0].name,
        number=found[0].number,
    )
    return [Duplicate(match, said) for match in found]


def _namesakes(request: StaffRequest, phone: str, phone2: str, name: str, address: str) -> list[Duplicate]:
    area = people.home_site(request.actor).area_code
    numbers = [number for typed in (phone, phone2) for number in phones.parse_phones(typed, default_area_code=area)]
    codes = [number.code for number in numbers if number.identifies_somebody]
    return customers.duplicates(codes, name=name, address=address, actor=request.actor)


def _found(request: StaffRequest, typed: QueryDict) -> list[Duplicate]:
    """What the search button finds where no script searches while typing."""
    words = typed.get("phone", "").replace("\x00", "")[:60].strip()
    found = customers.find(words, request.actor, limit=8) if words else []
    return [Duplicate(match, text("{name}（{number}）", name=match.name, number=match.number)) for match in found]


def _with_customer(request: StaffRequest, typed: QueryDict, customer_id: int) -> Reception:
    """The form as it was typed, with this customer chosen."""
    if _an_id(typed.get("customer_id", "")) not in (None, customer_id):
        for name in ("contact_name", "address", "division_code", "division_code_shown"):
            typed[name] = ""  # those of the customer who was chosen before
    found = _caller(request, customer_id, typed, _shop(request))
    typed["customer_id"] = str(customer_id)
    for name, value in found.fills.items():
        typed[name] = value
    intake = Intake(typed)
    for part in (intake.order, *intake.devices):
        part.errors.clear()  # nothing is being saved yet
    return Reception(request, typed=typed, intake=intake, chosen=customer_id)


def _page(request: StaffRequest, facts: Reception, *, status: int = 200) -> HttpResponse:
    context = {"reception": facts, "fills": None}
    return page(request, "desk/intake/page.html", context, fragment=("intake", "rows"), status=status)


def _caller(
    request: StaffRequest, customer_id: int, typed: QueryDict, settings: Any, intake: Intake | None = None
) -> Caller:
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


def _category_of(request: StaffRequest, intake: Intake) -> int | None:
    """The category that was chosen, else that of the first ticked device: mode and questions follow it."""
    typed: int | None = intake.order.cleaned_data["category_id"]
    if typed is None and intake.lines:
        try:
            return devices.device(next(iter(intake.lines)), request.actor).category_id
        except (Missing, Forbidden):
            return None  # the verb will say that it is not his
    return typed


@contextmanager
def _at_our_fields() -> Iterator[None]:
    """What the verb says of its draft, at the fields of this form."""
    try:
        yield
    except Invalid as refused:
        raise Invalid({AT_OUR_FIELDS.get(name, name): said for name, said in refused.errors.items()}) from refused


def _is_touched(intake: Intake, names: tuple[str, ...]) -> bool:
    form = intake.order
    return any(form[name].errors or (form.is_bound and form[name].value()) for name in names)


def _an_id(typed: str) -> int | None:
    """The number of a row in an address, None where there is none."""
    number = whole_number(typed) or 0
    return number or None
