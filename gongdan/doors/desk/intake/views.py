"""接待: the form at the left, the registered orders at the right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

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
from gongdan.doors.desk.customers.picks import customer_options
from gongdan.doors.desk.intake import open_orders
from gongdan.doors.desk.intake.facts import (
    Reception,
    an_id,
    caller_of,
    category_facts,
    priority_facts,
    shop_of,
    similar_to,
    typed_verdict,
)
from gongdan.doors.desk.intake.forms import DeviceForm, Intake, category_choices
from gongdan.doors.desk.once import once
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.picks import Option, asked, options_fragment
from gongdan.doors.kit.render import fragment_or_redirect, page, refusals_shown, see, seen_version, tell, wants_another
from gongdan.kernel import phones
from gongdan.kernel.errors import Forbidden, Invalid, Missing
from gongdan.kernel.text import Text
from gongdan.kernel.text import _ as text
from gongdan.orders import access, actions, rules
from gongdan.orders import queries as orders
from gongdan.orders.states import Flow
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
AT_OUR_FIELDS = {
    "customer.name": "contact_name",
    "customer.kind": "customer_kind",
    "customer.contacts": "phone",
    "customer.addresses": "address",
    "wished_from": "wished",
    "wished_to": "wished",
    "brand_id": "devices",
}


@require_http_methods(["GET", "POST"])
def reception(request: StaffRequest) -> HttpResponse:
    """The page, and the registering of an order."""
    request.actor.require(access.REGISTER)
    if request.method == "POST":
        return _register(request)
    facts = Reception(request, chosen=an_id(request.GET.get("customer", "")))
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
    chosen = an_id(request.GET.get("customer_id", ""))
    found = None if chosen is None else caller_of(request, chosen, request.GET, shop_of(request))
    return page(request, "desk/intake/_caller.html", {"caller": found, "fills": found.fills if found else None})


@require_safe
def similar(request: StaffRequest) -> HttpResponse:
    """Orders of the number, the place and the devices in the form: perhaps he only asks how his order stands."""
    request.actor.require(access.REGISTER)
    return page(request, "desk/intake/_similar.html", {"similar": similar_to(request, request.GET, shop_of(request))})


@require_safe
def advice(request: StaffRequest) -> HttpResponse:
    """What this error code calls for: telephone or visit, and what to ask first."""
    request.actor.require(access.REGISTER)
    code = request.GET.get("error_code", "").replace("\x00", "")[:30]
    found = catalog.advice_for(an_id(request.GET.get("category_id", "")), code)
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
    shown = open_orders.open_row(row, shop_of(request), now=request.now)
    wrong = attempt.refused.text if attempt.refused else None
    again = {"answer": answer, "content": content, "wrong": wrong} if wrong is not None else None
    context = {"row": shown, "is_first": False, "done": attempt.ok, "again": again}
    return fragment_or_redirect(request, "desk/intake/_open.html", context, to=reverse("desk:reception"))


@require_safe
def device(request: StaffRequest) -> HttpResponse:
    """The fields of one more new device."""
    request.actor.require(access.REGISTER)
    at = min(an_id(request.GET.get("new_devices", "")) or 1, rules.MAX_DEVICES - 1)
    form = DeviceForm(prefix=f"new{at}")
    form.offer_choices("category_id", category_choices(catalog.categories()))
    return page(request, "desk/intake/_one_more.html", {"device": form, "at": at, "verdict": None})


@require_safe
def faults_pick(request: StaffRequest) -> HttpResponse:
    """Known faults of the category by symptom, initials or code; a code's rows of other brands where its own has none."""
    words, category_id = asked(request), an_id(request.GET.get("category_id", ""))
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
    matrix = shop_of(request).priority_matrix
    facts = priority_facts(request.GET.get("impact", ""), request.GET.get("urgency", ""), matrix)
    return page(request, "desk/intake/_priority.html", {"priority": facts})


@require_safe
def verdict(request: StaffRequest) -> HttpResponse:
    """The warranty of a device that is being typed in."""
    request.actor.require(access.REGISTER)
    prefix = next((name.partition("-")[0] for name in request.GET if name.startswith("new") and "-" in name), "new0")
    form = DeviceForm(request.GET, prefix=prefix)
    form.offer_choices("category_id", category_choices(catalog.categories()))
    found = typed_verdict(request, form, an_id(request.GET.get("category_id", "")))
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


def _register(request: StaffRequest) -> HttpResponse:
    """Register what was typed; or, without script, look for the customer and take the one that was chosen."""
    typed = request.POST.copy()
    if picked := an_id(typed.get("choose", "")):
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
    if an_id(typed.get("customer_id", "")) not in (None, customer_id):
        for name in ("contact_name", "address", "division_code", "division_code_shown"):
            typed[name] = ""  # those of the customer who was chosen before
    found = caller_of(request, customer_id, typed, shop_of(request))
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
