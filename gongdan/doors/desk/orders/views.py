"""The page of an order, its verbs, its edit form, and the list of all orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongdan.catalog import queries as catalog
from gongdan.dispatch import actions as dispatch
from gongdan.doors.desk.once import once
from gongdan.doors.desk.orders import lists
from gongdan.doors.desk.orders.dispute import compensate_form, judge_form
from gongdan.doors.desk.orders.facts import Document, Timeline
from gongdan.doors.desk.orders.forms import (
    AnswerForm,
    CancelForm,
    ChaseForm,
    ComplaintForm,
    ContactForm,
    EditForm,
    HandleForm,
    PhoneFixForm,
    PreliminaryForm,
    ScriptForm,
)
from gongdan.doors.desk.repair.forms import AnswerForm as HelpAnswerForm
from gongdan.doors.desk.repair.helping import answer_name
from gongdan.doors.kit.catching_up import remembered, told_of
from gongdan.doors.kit.forms import KitForm
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import is_htmx, page, refusals_shown, see, seen_version, tell
from gongdan.doors.kit.typed import whole_number
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Stale
from gongdan.kernel.text import _ as text
from gongdan.orders import access, actions, queries
from gongdan.orders.states import Flow
from gongdan.people import queries as people
from gongdan.repair import actions as repair
from gongdan.repair import queries as repaired

PAGE = "desk/orders/page.html"
FLOWS: Mapping[str, Callable[..., Any]] = {
    Flow.INQUIRY: actions.choose_inquiry,
    Flow.COMPLAINT: actions.choose_complaint,
    Flow.REPAIR: actions.choose_repair,
}


@require_safe
def order(request: StaffRequest, number: str) -> HttpResponse:
    """The order: everything known of it, and what may be done next."""
    return _page(request, number)


@require_safe
def timeline(request: StaffRequest, number: str) -> HttpResponse:
    """处理过程 before an event: what the page of the order leaves out."""
    facts = facts_of(request, number)
    before = whole_number(request.GET.get("before"))
    context = {"order": facts, "told": Timeline(facts, request.actor, request.now, before)}
    return page(request, "desk/orders/timeline.html", context, fragment="told")


@require_safe
def orders(request: StaffRequest) -> HttpResponse:
    """All orders that the actor may see, by any of their words."""
    request.actor.require(access.VIEW)
    settings = people.settings_for(min(request.actor.sites, default=None))
    listing = lists.OrderListing(request.GET, actor=request.actor)
    result = lists.page_of(listing, request.actor, now=request.now, limits=lists.limits_of(settings))
    context = {"listing": listing, "result": result, "columns": lists.COLUMNS}
    return page(request, "desk/orders/list.html", context, fragment="rows", status=listing.status)


@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, number: str) -> HttpResponse:
    """What was registered, changed. A colleague's save in between is told, and only what was touched here counts."""
    request.actor.require(access.EDIT)
    facts = facts_of(request, number)
    form = EditForm(request.POST if request.method == "POST" else None, facts)
    seen, kept = facts.version, ""
    if request.method == "POST":
        was = remembered(request)
        kept = request.POST.get("was", "")
        if form.is_valid():
            with refusals_shown(request, form) as attempt:
                seen = seen_version(request)
                actions.edit(facts.id, seen=seen, changes=form.touched(was), by=request.actor, at=request.now)
            if attempt.ok:
                tell(request, _("已保存"))
                return see(request, reverse("desk:order", args=[number]))
            if isinstance(attempt.refused, Stale):
                form, seen = form.caught_up(was, facts), facts.version
                kept = ""
        else:
            seen = int(request.POST["seen"]) if request.POST.get("seen", "").isdigit() else seen
    context = {
        "form": form,
        "order": facts,
        "seen": seen,
        "was": kept or told_of([EditForm(None, facts)]),
    }
    return page(request, "desk/orders/edit.html", context)


@require_POST
def flow(request: StaffRequest, number: str, flow: str) -> HttpResponse:
    """One of the three flows (R-048)."""
    if flow not in FLOWS:
        raise Missing
    words = {"inquiry": _("已转咨询"), "complaint": _("已转投诉"), "repair": _("已转维修，等待派工")}

    def run(order_id: int) -> None:
        FLOWS[flow](order_id, seen=seen_version(request), by=request.actor, at=request.now)

    return _deed(request, number, run, said=words[flow])


@require_POST
def accept(request: StaffRequest, number: str) -> HttpResponse:
    """The request is received (R-047)."""

    def run(order_id: int) -> None:
        actions.accept_request(order_id, seen=seen_version(request), by=request.actor, at=request.now)

    return _deed(request, number, run, said=_("已接收"))


@require_POST
def answer(request: StaffRequest, number: str) -> HttpResponse:
    """The answer to a question or complaint; with `then=close` the order is closed with it (R-049)."""
    form = AnswerForm(request.POST)
    closes = request.POST.get("then") == "close"

    def run(order_id: int) -> None:
        typed = form.cleaned_data
        actions.answer(order_id, **typed, seen=seen_version(request), by=request.actor, at=request.now)
        if closes:
            actions.close_answered(order_id, seen=queries.version(order_id), by=request.actor, at=request.now)

    return _deed(request, number, run, form=form, name="answer", said=_("已答复并结单") if closes else _("答复已保存"))


@require_POST
def cancel(request: StaffRequest, number: str) -> HttpResponse:
    """Nothing more will be done, with the reason."""
    form = CancelForm(request.POST)

    def run(order_id: int) -> None:
        reason = form.cleaned_data["reason"]
        actions.cancel(order_id, reason, seen=seen_version(request), by=request.actor, at=request.now)

    return _deed(request, number, run, form=form, name="cancel", said=_("工单已取消"))


@require_POST
def turn(request: StaffRequest, number: str) -> HttpResponse:
    """A question has become a repair: the same order while it is open, a linked new one once it is closed (R-049)."""
    found = access.find(request.actor, number)
    made = ""
    with refusals_shown(request) as attempt:
        made = once(
            request,
            "orders.turn",
            lambda: actions.repair_from_inquiry(found.pk, by=request.actor, at=request.now).number,
        )
    if not attempt.ok:
        return _page(request, number)
    tell(request, _("已转维修单 %(number)s，等待派工") % {"number": made})
    return see(request, reverse("desk:order", args=[made]))


@require_POST
def complain(request: StaffRequest, number: str) -> HttpResponse:
    """A complaint about this order, as a linked order of its own."""
    form = ComplaintForm(request.POST)
    found = access.find(request.actor, number)
    made = ""
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            made = once(
                request,
                "orders.complain",
                lambda: (
                    actions.complain(found.pk, form.cleaned_data["content"], by=request.actor, at=request.now).number
                ),
            )
        if attempt.ok:
            tell(request, _("已登记投诉单 %(number)s") % {"number": made})
            return see(request, reverse("desk:order", args=[made]))
    return _page(request, number, complaint=form)


@require_POST
def judge(request: StaffRequest, number: str) -> HttpResponse:
    """Who is liable for a complaint (R-050)."""
    form = judge_form(facts_of(request, number), request.actor, request.POST)

    def run(order_id: int) -> None:
        typed = form.cleaned_data
        actions.judge(order_id, **typed, seen=seen_version(request), by=request.actor, at=request.now)

    return _deed(request, number, run, form=form, name="judge", said=_("责任已保存"))


@require_POST
def handle(request: StaffRequest, number: str) -> HttpResponse:
    """What was done about a complaint, and what came of it (R-050)."""
    form = HandleForm(request.POST)

    def run(order_id: int) -> None:
        typed = form.cleaned_data
        actions.handle(order_id, **typed, seen=seen_version(request), by=request.actor, at=request.now)

    return _deed(request, number, run, form=form, name="handle", said=_("处理已保存"))


@require_POST
def compensate(request: StaffRequest, number: str) -> HttpResponse:
    """What the customer gets for a complaint, by rule (R-050)."""
    form = compensate_form(facts_of(request, number), request.POST)

    def run(order_id: int) -> None:
        typed = form.cleaned_data
        if typed["rule_id"] is None:
            raise Invalid({"rule_id": text("请选择一条赔付规则，或不赔付")})
        typed |= {"rule_id": typed["rule_id"] or None}
        actions.compensate(order_id, **typed, seen=seen_version(request), by=request.actor, at=request.now)

    return _deed(request, number, run, form=form, name="compensate", said=_("赔付已保存"))


@require_POST
def finish_complaint(request: StaffRequest, number: str) -> HttpResponse:
    """A handled complaint waits for the call that closes it (R-050)."""

    def run(order_id: int) -> None:
        actions.close_answered(order_id, seen=seen_version(request), by=request.actor, at=request.now)

    return _deed(request, number, run, said=_("投诉处理完毕，等待回访"))


@require_POST
def chase(request: StaffRequest, number: str) -> HttpResponse:
    """The customer called again while it is open, and this is what he was told (O-048)."""
    form = ChaseForm(request.POST)

    def run(order_id: int) -> None:
        typed = form.cleaned_data
        once(
            request,
            "orders.chase",
            lambda: actions.chase(order_id, **typed, by=request.actor, at=request.now).pk,
        )

    return _deed(request, number, run, form=form, name="chase", said=_("催单已记下"))


@require_POST
def contact(request: StaffRequest, number: str) -> HttpResponse:
    """One attempt to reach the customer (R-062, R-063)."""
    form = ContactForm(request.POST, now=request.now)

    def run(order_id: int) -> None:
        once(
            request,
            "orders.contact",
            lambda: actions.log_contact(order_id, **form.cleaned_data, by=request.actor, at=request.now).pk,
        )

    return _deed(request, number, run, form=form, name="contact", said=_("联系记录已保存"))


@require_POST
def script(request: StaffRequest, number: str) -> HttpResponse:
    """What the customer answered to the script (R-064)."""
    facts = facts_of(request, number)
    known = {row.question_id: row.answer for row in facts.script}
    form = ScriptForm(request.POST, catalog.questions(facts.category_id), known)

    def run(order_id: int) -> None:
        actions.answer_questions(order_id, form.answers, by=request.actor, at=request.now)

    return _deed(request, number, run, form=form, name="script", said=_("询问结果已保存"))


@require_POST
def preliminary(request: StaffRequest, number: str) -> HttpResponse:
    """The first judgement before a visit (R-065)."""
    form = PreliminaryForm(request.POST)

    def run(order_id: int) -> None:
        actions.note_preliminary(order_id, **form.cleaned_data, by=request.actor, at=request.now)

    return _deed(request, number, run, form=form, name="preliminary", said=_("初步诊断已保存"))


@require_POST
def answer_help(request: StaffRequest, number: str, pk: int) -> HttpResponse:
    """What the one who was asked says (R-195). A colleague from outside may see the order no longer afterwards."""
    found = access.find(request.actor, number)
    if all(row.pk != pk for row in repaired.help_of(found.pk)):
        raise Missing
    name = answer_name(pk)
    form = HelpAnswerForm(request.POST, auto_id=f"{name}-%s")
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            once(
                request,
                "repair.answer_help",
                lambda: repair.answer_help(pk, form.cleaned_data["answer"], by=request.actor, at=request.now).pk,
            )
        if attempt.ok:
            tell(request, _("已答复"))
            sees = access.visible_to(request.actor).filter(pk=found.pk).exists()
            return see(request, reverse("desk:order", args=[number]) if sees else reverse("desk:orders"))
    return _page(request, number, **{name: form})


@require_safe
def advice(request: StaffRequest, number: str) -> HttpResponse:
    """What the code that is being typed calls for (R-066, R-067, R-069)."""
    found = access.find(request.actor, number)
    code = " ".join(request.GET.get("code", "").replace("\x00", "").split())[:60]
    words = code or f"{found.error_code}\n{found.symptom}"
    context = {"advice": catalog.advice_for(found.category_id, words), "code": code, "ticked": ()}
    return page(request, "desk/orders/_advice.html", context)


@require_POST
def phone(request: StaffRequest, number: str) -> HttpResponse:
    """电话解决, with the steps that were ticked; visits that nobody set out for are called off with it (R-066)."""
    form = PhoneFixForm(request.POST)

    def run(order_id: int) -> None:
        typed = form.cleaned_data | {"steps": request.POST.getlist("steps")}
        dispatch.solve_by_phone(order_id, **typed, seen=seen_version(request), by=request.actor, at=request.now)

    return _deed(request, number, run, form=form, name="fix", said=_("已电话解决，两小时后回访"))


@require_POST
def receipt(request: StaffRequest, number: str) -> HttpResponse:
    """接待回执, issued and opened for printing."""
    return _issue(request, number, actions.issue_receipt)


@require_POST
def ticket(request: StaffRequest, number: str) -> HttpResponse:
    """故障单 with its 回单, issued and opened for printing (R-038)."""
    return _issue(request, number, actions.issue_ticket)


@require_POST
def sign_sheet(request: StaffRequest, number: str) -> HttpResponse:
    """签收表 of the rooms, issued and opened for printing (O-038)."""
    return _issue(request, number, actions.issue_sign_sheet)


@require_POST
def sheet(request: StaffRequest, number: str) -> HttpResponse:
    """服务单, issued and opened for printing (R-131)."""
    return _issue(request, number, repair.issue_sheet)


def _issue(request: StaffRequest, number: str, issue: Callable[..., Any]) -> HttpResponse:
    found = access.find(request.actor, number)
    paper_id = 0
    with refusals_shown(request) as attempt:
        paper_id = issue(found.pk, by=request.actor, at=request.now).pk
    if not attempt.ok:
        return _page(request, number)
    return see(request, reverse("desk:paper", args=[paper_id]))


def _deed(
    request: StaffRequest,
    number: str,
    run: Callable[[int], None],
    *,
    said: str,
    form: KitForm | None = None,
    name: str = "",
) -> HttpResponse:
    """Check the form, run the verb, and show the order as it stands then; what was refused keeps its words."""
    found = access.find(request.actor, number)
    if form is not None and not form.is_valid():
        return _page(request, number, **{name: form})
    with refusals_shown(request, form) as attempt:
        run(found.pk)
    if not attempt.ok:
        return _page(request, number, **({name: form} if form is not None else {}))
    tell(request, said)
    if not is_htmx(request):
        return see(request, reverse("desk:order", args=[number]))
    return _page(request, number)


def _page(request: StaffRequest, number: str, **typed: KitForm) -> HttpResponse:
    document = Document(request, facts_of(request, number), **typed)
    sent = next((form for form in typed.values()), None)
    return page(request, PAGE, {"doc": document, "order": document.order, "sent": sent}, fragment="order")


def facts_of(request: StaffRequest, number: str) -> queries.Page:
    """The order as this actor may see it. Forbidden: he sees no orders, or not this one."""
    if not request.actor.may(access.VIEW):
        access.find(request.actor, number)
        raise Forbidden
    return queries.page_of(number, request.actor)
