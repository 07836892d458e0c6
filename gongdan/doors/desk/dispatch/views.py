"""派工: the orders that wait at the right, the open one with its lines, promises and calls at the left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gongdan.dispatch import access, actions
from gongdan.dispatch import queries as dispatch
from gongdan.doors.desk.dispatch import lists
from gongdan.doors.desk.dispatch.facts import Desk, choices, free_for, given, ranked, verdict_of
from gongdan.doors.desk.dispatch.forms import (
    AT_OUR_FIELDS,
    AssignForm,
    ExpressForm,
    FactsForm,
    MoveForm,
    PromiseForm,
    ReasonForm,
    SettleForm,
    TeamForm,
    ThenForm,
    VisitForm,
)
from gongdan.doors.desk.dispatch.lists import DispatchListing
from gongdan.doors.desk.once import once
from gongdan.doors.desk.orders.forms import ContactForm
from gongdan.doors.kit.forms import KitForm, Window, WindowField
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.posting import sent_to
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.doors.kit.typed import whole_number
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.orders import actions as orders
from gongdan.orders import queries
from gongdan.orders.queries import Page

PAGE = "desk/dispatch/page.html"
MOST_LINES = 50
posted = sent_to("desk:dispatch-order", "number")


@require_safe
def station(request: StaffRequest) -> HttpResponse:
    """The list; nothing open yet."""
    request.actor.require(access.ASSIGN)
    return _page(request, None)


@require_http_methods(["GET", "POST"])
def order(request: StaffRequest, number: str) -> HttpResponse:
    """The open order, and one more dispatch line for it (R-078)."""
    request.actor.require(access.ASSIGN)
    facts = _find(request, number)
    if request.method != "POST":
        return _page(request, facts)
    form = AssignForm(request.POST, people=choices(ranked(request, facts, None)))

    def run() -> int:
        draft = form.draft(form.cleaned_data["technician_id"])
        return actions.assign(
            facts.id,
            draft,
            seen=seen_version(request),
            by=request.actor,
            at=request.now,
            confirm_conflict=form.cleaned_data["confirm_conflict"],
        ).pk

    return _done(request, facts, "assign", form, lambda: once(request, "dispatch.assign", run), said=_("已派工"))


@require_safe
def candidates(request: StaffRequest, number: str) -> HttpResponse:
    """Who could go in the window that is being typed."""
    request.actor.require(access.ASSIGN)
    facts = _find(request, number)
    window = _asked_for(request)
    found = free_for(facts, ranked(request, facts, window))
    chosen = request.GET.get("technician_id", "")
    start = {"technician_id": chosen if chosen.isdigit() else None}
    form = AssignForm(initial=start, people=choices(found))
    context = {"form": form, "candidates": found, "order": facts, "verdict": verdict_of}
    return page(request, "desk/dispatch/_candidates.html", context)


@require_safe
def fits(request: StaffRequest, number: str) -> HttpResponse:
    """Whether those on the order can be there in the window that is being typed (R-070)."""
    request.actor.require_any((access.ASSIGN, access.CONTACT))
    facts, window = _find(request, number), _asked_for(request)
    found = dispatch.fits(facts.id, (window.start, window.end)) if window else []
    return page(request, "desk/dispatch/_fits.html", {"fits": found, "verdict": verdict_of})


def _asked_for(request: StaffRequest) -> Window | None:
    """The window that is being typed, once it reads well."""
    parts = {part: request.GET.get(f"window_{part}", "") for part in ("day", "from", "to")}
    try:
        return WindowField("").to_python(parts)
    except ValidationError:
        return None


@posted
def facts(request: StaffRequest, number: str) -> HttpResponse:
    """Correct what dispatching needs to know."""
    order_facts = _find(request, number)
    form = FactsForm(request.POST, auto_id="facts-%s")

    def run() -> Any:
        changes = form.changed(order_facts)
        return orders.edit(
            order_facts.id, seen=seen_version(request), changes=changes, by=request.actor, at=request.now
        )

    return _done(request, order_facts, "facts", form, run, said=_("已保存"))


@posted
def edit_visit(request: StaffRequest, number: str, pk: int) -> HttpResponse:
    """Change what a line says."""
    order_facts = _find(request, number)
    row = next((row for row in dispatch.visits_of(order_facts.id) if row.pk == pk), None)
    if row is None:
        raise Missing
    form = VisitForm(request.POST, auto_id=f"edit{pk}-%s")

    def run() -> Any:
        draft = form.draft(row.technician_id)
        return actions.edit_visit(
            pk,
            draft,
            seen=seen_version(request),
            by=request.actor,
            at=request.now,
            confirm_conflict=form.cleaned_data["confirm_conflict"],
        )

    return _done(request, order_facts, f"edit{pk}", form, run, said=_("已改派工内容"))


@posted
def void(request: StaffRequest, number: str, pk: int) -> HttpResponse:
    """Take a line back."""
    order_facts = _find(request, number)
    if all(row.pk != pk for row in dispatch.visits_of(order_facts.id)):
        raise Missing
    form = ReasonForm(request.POST, auto_id=f"void{pk}-%s")

    def run() -> Any:
        return actions.void(pk, form.cleaned_data["reason"], by=request.actor, at=request.now)

    return _done(request, order_facts, f"void{pk}", form, run, said=_("已撤销这一行派工"))


@posted
def promise(request: StaffRequest, number: str) -> HttpResponse:
    """Tell the customer a window, or move the one he was told with his consent (R-071)."""
    request.actor.require_any((access.ASSIGN, access.CONTACT))
    order_facts = _find(request, number)
    is_moved = order_facts.promised_from is not None
    if not is_moved:
        first = PromiseForm(request.POST, auto_id="promise-%s")

        def tell_first() -> Any:
            window = first.cleaned_data["window"]
            return actions.promise(
                order_facts.id,
                window.start,
                window.end,
                seen=seen_version(request),
                by=request.actor,
                at=request.now,
                confirm_conflict=first.cleaned_data["confirm_conflict"],
            )

        return _done(request, order_facts, "promise", first, tell_first, said=_("已记下约定时间"))
    form = MoveForm(request.POST, auto_id="promise-%s", given=given(request, order_facts))

    def run() -> Any:
        return ask_customer(request, order_facts, form, from_id=None)

    said = _("已改约，首约留档") if request.POST.get("consent") == "yes" else _("客户的时间不变，已转派或交主管协调")
    return _done(request, order_facts, "promise", form, run, said=said)


def ask_customer(request: StaffRequest, order: Page, form: MoveForm, *, from_id: int | None) -> Any:
    """What the customer said to another time, as the verb that follows from it."""
    seen, by, at, lines = seen_version(request), request.actor, request.now, lines_seen(request)
    typed, draft = form.cleaned_data, form.draft
    if typed["consent"] == "no":
        return actions.refuse_move(
            order.id,
            draft,
            to_id=typed["to_id"],
            from_id=from_id,
            seen=seen,
            by=by,
            at=at,
            confirm_conflict=typed["confirm_conflict"],
            lines_seen=lines,
        )
    return actions.move_promise(
        order.id,
        draft.start,
        draft.end,
        consent=typed["consent"],
        consent_of=draft.consent_of,
        way=draft.way,
        reason=draft.reason,
        moved_by=draft.moved_by,
        apology_made=draft.apology_made,
        seen=seen,
        by=by,
        at=at,
        confirm_conflict=typed["confirm_conflict"],
        lines_seen=lines,
    )


def lines_seen(request: StaffRequest) -> dict[int, int]:
    """The version of each dispatch line as the page of this form showed it."""
    pairs = [told.split(":") for told in request.POST.getlist("line_seen")[:MOST_LINES]]
    numbers = [[whole_number(part) for part in pair] for pair in pairs if len(pair) == 2]
    return {pk: version for pk, version in numbers if pk and version}


@posted
def team(request: StaffRequest, number: str) -> HttpResponse:
    """Into a team's queue (R-013)."""
    order_facts = _find(request, number)
    form = TeamForm(request.POST, auto_id="team-%s", given={"team_id": dispatch.teams(order_facts.site_id)})

    def run() -> Any:
        return actions.offer_to_team(
            order_facts.id, form.draft, seen=seen_version(request), by=request.actor, at=request.now
        )

    return _done(request, order_facts, "team", form, run, said=_("已放进领单列表，班组成员可以领单"))


@posted
def team_back(request: StaffRequest, number: str) -> HttpResponse:
    """Out of the team's queue again."""
    order_facts = _find(request, number)
    with refusals_shown(request) as attempt:
        actions.take_back_offer(order_facts.id, seen=seen_version(request), by=request.actor, at=request.now)
    if attempt.ok:
        tell(request, _("已从领单列表收回"))
    return see(request, reverse("desk:dispatch-order", args=[number]))


@posted
def coordinate(request: StaffRequest, number: str) -> HttpResponse:
    """待协调: nobody is free."""
    order_facts = _find(request, number)
    form = ReasonForm(request.POST, auto_id="coordinate-%s")

    def run() -> Any:
        reason = form.cleaned_data["reason"]
        return actions.to_coordinate(
            order_facts.id, reason, seen=seen_version(request), by=request.actor, at=request.now
        )

    return _done(request, order_facts, "coordinate", form, run, said=_("已交主管协调"))


@posted
def settle(request: StaffRequest, number: str) -> HttpResponse:
    """The supervisor's way out of 待协调."""
    order_facts = _find(request, number)
    form = SettleForm(request.POST, auto_id="settle-%s")

    def run() -> Any:
        return actions.settle_coordination(
            order_facts.id,
            form.cleaned_data["outcome"],
            draft=form.draft,
            reason=form.cleaned_data["reason"],
            seen=seen_version(request),
            by=request.actor,
            at=request.now,
        )

    return _done(request, order_facts, "settle", form, run, said=_("已协调完毕"))


@posted
def express(request: StaffRequest, number: str) -> HttpResponse:
    """The customer agreed to the surcharge of 极速上门."""
    order_facts = _find(request, number)
    form = ExpressForm(request.POST, auto_id="express-%s")

    def run() -> Any:
        return actions.agree_express(
            order_facts.id, **form.cleaned_data, seen=seen_version(request), by=request.actor, at=request.now
        )

    return _done(request, order_facts, "express", form, run, said=_("已记下，极速上门开始计时"))


@posted
def then(request: StaffRequest, number: str) -> HttpResponse:
    """上门 or 送修 after remote guidance failed."""
    order_facts = _find(request, number)
    form = ThenForm(request.POST, auto_id="then-%s")

    def run() -> Any:
        return actions.choose_after_remote(
            order_facts.id, form.cleaned_data["then"], seen=seen_version(request), by=request.actor, at=request.now
        )

    return _done(request, order_facts, "then", form, run, said=_("已改服务方式"))


@posted
def contact(request: StaffRequest, number: str) -> HttpResponse:
    """Keep a call; nobody reached asks for the next time (R-063)."""
    order_facts = _find(request, number)
    form = ContactForm(request.POST, auto_id="contact-%s")

    def run() -> int:
        typed = {name: value for name, value in form.cleaned_data.items() if value not in ("", None)}
        return orders.log_contact(order_facts.id, **typed, by=request.actor, at=request.now).pk

    return _done(
        request, order_facts, "contact", form, lambda: once(request, "orders.log_contact", run), said=_("已记下联系")
    )


@posted
def send_back(request: StaffRequest, number: str) -> HttpResponse:
    """退回派工: all lines are taken back."""
    order_facts = _find(request, number)
    form = ReasonForm(request.POST, auto_id="back-%s")

    def run() -> Any:
        reason = form.cleaned_data["reason"]
        return actions.send_back(order_facts.id, reason, seen=seen_version(request), by=request.actor, at=request.now)

    return _done(request, order_facts, "back", form, run, said=_("已退回待派工"))


def _find(request: StaffRequest, number: str) -> Page:
    return queries.page_of(number, request.actor)


def _done(
    request: StaffRequest, facts: Page, name: str, form: KitForm, run: Callable[[], Any], *, said: str
) -> HttpResponse:
    """Run the verb on a form that reads well; a refusal comes back with what was typed."""
    if form.is_valid():
        with refusals_shown(request, form) as attempt, at_our_fields():
            run()
        if attempt.ok:
            tell(request, said)
            page_of = "desk:dispatch-order" if request.actor.may(access.ASSIGN) else "desk:order"
            return see(request, reverse(page_of, args=[facts.number]))
    return _page(request, _find(request, facts.number), typed={name: form}, status=422)


def _page(
    request: StaffRequest, facts: Page | None, *, typed: dict[str, KitForm] | None = None, status: int = 200
) -> HttpResponse:
    listing = DispatchListing(request.GET)
    result = lists.page_of(listing, request, current=facts.number if facts else "")
    desk = Desk(request, facts, **(typed or {})) if facts else None
    context = {"desk": desk, "listing": listing, "result": result, "verdict": verdict_of}
    return page(request, PAGE, context, fragment="rows", status=max(status, listing.status))


@contextmanager
def at_our_fields() -> Iterator[None]:
    """What the verb says of its own fields, at the fields of this form."""
    try:
        yield
    except Invalid as refused:
        raise Invalid({AT_OUR_FIELDS.get(name, name): said for name, said in refused.errors.items()}) from refused
    except Refused as refused:
        refused.field = AT_OUR_FIELDS.get(refused.field, refused.field)
        raise
