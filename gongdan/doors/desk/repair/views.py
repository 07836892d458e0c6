"""维修处理: the orders being repaired at the right, the open one with everything found and done at the left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_safe

from gongdan.customers import queries as customers
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch import queries as dispatched
from gongdan.doors.desk.dispatch.forms import ReasonForm
from gongdan.doors.desk.once import once
from gongdan.doors.desk.repair import lists
from gongdan.doors.desk.repair.facts import Bench
from gongdan.doors.desk.repair.forms import (
    PASSED_LABELS,
    ActionForm,
    CheckSheet,
    DiagnosisForm,
    FinishForm,
    PartForm,
    TrialForm,
    strokes_of,
)
from gongdan.doors.desk.repair.lists import RepairListing
from gongdan.doors.desk.repair.posted import posted
from gongdan.doors.kit.forms import KitForm
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.files import actions as files
from gongdan.kernel.errors import Missing
from gongdan.orders import access as orders_access
from gongdan.orders import queries
from gongdan.orders.queries import Page
from gongdan.repair import access, actions
from gongdan.repair import queries as repair

PAGE = "desk/repair/page.html"
WAY: dict[str, tuple[Callable[..., Any], Any]] = {
    "accept": (dispatch.accept, lazy("已接单")),
    "depart": (dispatch.depart, lazy("已出发")),
    "arrive": (dispatch.arrive, lazy("已到达")),
    "leave": (dispatch.leave, lazy("已离开")),
}


@require_safe
def station(request: StaffRequest) -> HttpResponse:
    """The list; nothing open yet."""
    _require_eyes(request)
    return _page(request, None)


@require_safe
def order(request: StaffRequest, number: str) -> HttpResponse:
    """The open order."""
    _require_eyes(request)
    return _page(request, find(request, number))


@posted
def visit(request: StaffRequest, number: str, pk: int, verb: str) -> HttpResponse:
    """接单, 出发, 到达, 离开."""
    facts = find(request, number)
    if verb not in WAY or all(row.pk != pk for row in dispatched.visits_of(facts.id)):
        raise Missing
    run, said = WAY[verb]
    with refusals_shown(request) as attempt:
        run(pk, by=request.actor, at=request.now)
    if attempt.ok:
        tell(request, str(said))
    if attempt.refused is not None and attempt.refused.code == "early":
        return see(request, reverse("desk:visit", args=[pk]) + "#early")
    return see(request, url_of(number))


@posted
def diagnose(request: StaffRequest, number: str, line: int) -> HttpResponse:
    """检测结果 of one device; what it says of the warranty reaches the price."""
    facts = with_device(request, number, line)
    form = DiagnosisForm(request.POST, auto_id=f"diagnosis{line}-%s")

    def run() -> Any:
        return actions.diagnose(line, form.draft(), seen=seen_version(request), by=request.actor, at=request.now)

    return done(request, facts, f"diagnosis{line}", form, run, anchor="quote")


@posted
def add_action(request: StaffRequest, number: str, line: int) -> HttpResponse:
    """What was done."""
    facts = with_device(request, number, line)
    form = ActionForm(request.POST, auto_id=f"action{line}-%s")

    def run() -> int:
        return actions.add_action(line, **form.cleaned_data, by=request.actor, at=request.now).pk

    return done(request, facts, f"action{line}", form, lambda: once(request, "repair.add_action", run), anchor="work")


@posted
def remove_action(request: StaffRequest, number: str, pk: int) -> HttpResponse:
    """Take a line of work back."""
    facts = find(request, number)
    require_known(pk, (row.pk for sheet in repair.sheets(facts.id) for row in sheet.actions))
    return _removed(request, number, lambda: actions.remove_action(pk, by=request.actor, at=request.now))


@posted
def add_part(request: StaffRequest, number: str, line: int) -> HttpResponse:
    """A part that was fitted."""
    facts = with_device(request, number, line)
    form = PartForm(request.POST, auto_id=f"part{line}-%s")

    def run() -> int:
        return actions.add_part(line, form.draft(), by=request.actor, at=request.now).pk

    return done(request, facts, f"part{line}", form, lambda: once(request, "repair.add_part", run), anchor="work")


@posted
def edit_part(request: StaffRequest, number: str, pk: int) -> HttpResponse:
    """Serials, the old part, what was typed wrongly."""
    facts = find(request, number)
    require_known(pk, (row.pk for sheet in repair.sheets(facts.id) for row in sheet.parts))
    form = PartForm(request.POST, auto_id=f"edit-part{pk}-%s")

    def run() -> Any:
        return actions.edit_part(pk, form.draft(), by=request.actor, at=request.now)

    return done(request, facts, f"edit-part{pk}", form, run, anchor="work")


@posted
def remove_part(request: StaffRequest, number: str, pk: int) -> HttpResponse:
    """Take a part line back."""
    facts = find(request, number)
    require_known(pk, (row.pk for sheet in repair.sheets(facts.id) for row in sheet.parts))
    return _removed(request, number, lambda: actions.remove_part(pk, by=request.actor, at=request.now))


@posted
def record_tests(request: StaffRequest, number: str, line: int) -> HttpResponse:
    """The test sheet of a device as a whole (R-162)."""
    facts = with_device(request, number, line)
    form = CheckSheet(request.POST, auto_id=f"tests{line}-%s")

    def run() -> Any:
        return actions.record_tests(line, form.drafts(), by=request.actor, at=request.now)

    return done(request, facts, f"tests{line}", form, run, anchor="accept")


@posted
def trial(request: StaffRequest, number: str) -> HttpResponse:
    """The customer's trial: refused with a reason, or accepted with a signature (R-165, R-166)."""
    facts = find(request, number)
    form = TrialForm(request.POST, auto_id="trial-%s")
    customer = orders_access.find(request.actor, number).customer_id
    form.offer([row.name for row in customers.signatories(customer, request.actor)])

    def run() -> int:
        typed = dict(form.cleaned_data)
        is_accepted, signed = typed.pop("verdict") == "yes", typed.pop("signature")
        with transaction.atomic():
            kept = None
            if signed is not None and typed["way"] == "signature":
                access.require_work(request.actor, orders_access.find(request.actor, number))
                kept = files.attach_signature(
                    "orders.order",
                    facts.id,
                    strokes=strokes_of(signed),
                    signer=typed["tester"],
                    by=request.actor,
                    at=request.now,
                ).pk
            return actions.record_trial(
                facts.id, is_accepted=is_accepted, **typed, signature_id=kept, by=request.actor, at=request.now
            ).trial

    return done(request, facts, "trial", form, lambda: once(request, "repair.record_trial", run), anchor="finish")


@posted
def finish(request: StaffRequest, number: str) -> HttpResponse:
    """完工: the order goes to settlement."""
    facts = find(request, number)
    form = FinishForm(request.POST, auto_id="finish-%s")

    def run() -> Any:
        result = form.cleaned_data["result"]
        return actions.finish(facts.id, result, seen=seen_version(request), by=request.actor, at=request.now)

    return done(request, facts, "finish", form, run, said=_("已交回工单，等待结算"))


@posted
def reopen(request: StaffRequest, number: str) -> HttpResponse:
    """退回维修 from 待结算."""
    facts = find(request, number)
    form = ReasonForm(request.POST, auto_id="reopen-%s")

    def run() -> Any:
        reason = form.cleaned_data["reason"]
        return actions.reopen(facts.id, reason, seen=seen_version(request), by=request.actor, at=request.now)

    return done(request, facts, "reopen", form, run, said=_("已退回维修"))


def _require_eyes(request: StaffRequest) -> None:
    """Who repairs, and who sees all orders."""
    request.actor.require_any((access.WORK, orders_access.SEE_ALL))


def find(request: StaffRequest, number: str) -> Page:
    """The order, if the actor may see it."""
    return queries.page_of(number, request.actor)


def with_device(request: StaffRequest, number: str, line: int) -> Page:
    """The order with this device line. Missing: it is another order's."""
    facts = find(request, number)
    require_known(line, (device.id for device in facts.devices))
    return facts


def require_known(pk: int, known: Any) -> None:
    """Missing: the thing does not belong to this order."""
    if pk not in set(known):
        raise Missing


def url_of(number: str, anchor: str = "") -> str:
    """The open order, perhaps at a part of it."""
    return reverse("desk:repair-order", args=[number]) + (f"#{anchor}" if anchor else "")


def _removed(request: StaffRequest, number: str, run: Callable[[], Any]) -> HttpResponse:
    with refusals_shown(request) as attempt:
        run()
    if attempt.ok:
        tell(request, _("已删除"))
    return see(request, url_of(number, "work"))


def done(
    request: StaffRequest,
    facts: Page,
    name: str,
    form: KitForm,
    run: Callable[[], Any],
    *,
    anchor: str = "",
    said: str = "",
) -> HttpResponse:
    """Run the verb on a form that reads well; a refusal comes back with what was typed."""
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            run()
        if attempt.ok:
            tell(request, said or _("已保存"))
            return see(request, url_of(facts.number, anchor))
    return _page(request, find(request, facts.number), typed={name: form}, status=422)


def _page(
    request: StaffRequest, facts: Page | None, *, typed: dict[str, KitForm] | None = None, status: int = 200
) -> HttpResponse:
    listing = RepairListing(request.GET)
    result = lists.page_of(listing, request, current=facts.number if facts else "")
    bench = Bench(request, facts, **(typed or {})) if facts else None
    context = {"bench": bench, "listing": listing, "result": result, "passed_labels": list(PASSED_LABELS.items())}
    return page(request, PAGE, context, fragment="rows", status=max(status, listing.status))
