"""What is typed beside the work: help, steps, the way to the workshop, refusals; and on a device's own page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from gongdan.customers import queries as customers
from gongdan.devices import actions as devices
from gongdan.devices import queries as device_queries
from gongdan.devices.rules import LineDraft, hundredths_of
from gongdan.doors.desk.customers import devices as device_pages
from gongdan.doors.desk.once import once
from gongdan.doors.desk.repair.forms import (
    AnswerForm,
    ClearForm,
    HelperForm,
    HelpForm,
    LineForm,
    PickUpForm,
    ReadingForm,
    RefusalForm,
    ReturnForm,
    SignedForm,
    strokes_of,
)
from gongdan.doors.desk.repair.posted import posted, posted_device
from gongdan.doors.desk.repair.views import done, find, require_known, url_of, with_device
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import refusals_shown, see, seen_version, tell
from gongdan.doors.kit.typed import whole_number
from gongdan.files import actions as files
from gongdan.orders import access as orders_access
from gongdan.orders.queries import Page
from gongdan.people.queries import settings_for
from gongdan.repair import access, actions, rules
from gongdan.repair import queries as repair


@posted
def ask(request: StaffRequest, number: str) -> HttpResponse:
    """求助 (R-195, R-197)."""
    facts = find(request, number)
    form = HelpForm(request.POST, auto_id="help-%s")
    order = orders_access.find(request.actor, number)
    form.offer(
        list(repair.colleagues(order).values_list("pk", "name")),
        [(team.pk, team.name) for team in repair.departments(order)],
    )

    def run() -> int:
        return actions.ask_for_help(facts.id, form.draft(), by=request.actor, at=request.now).pk

    said = _("已求助，答复会显示在这里")
    return done(request, facts, "help", form, lambda: once(request, "repair.ask", run), anchor="help", said=said)


@posted
def answer(request: StaffRequest, number: str, pk: int) -> HttpResponse:
    """What the one who was asked says; he may not see the order any longer afterwards."""
    facts = find(request, number)
    require_known(pk, (row.pk for row in repair.help_of(facts.id)))
    form = AnswerForm(request.POST, auto_id=f"answer{pk}-%s")
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            once(request, "repair.answer_help", lambda: _answered(request, pk, form))
        if attempt.ok:
            tell(request, _("已答复"))
            sees = orders_access.visible_to(request.actor).filter(pk=facts.id).exists()
            return see(request, url_of(number, "help") if sees else reverse("desk:repair"))
    return done(request, facts, f"answer{pk}", form, lambda: None)


@posted
def withdraw(request: StaffRequest, number: str, pk: int) -> HttpResponse:
    """Take a question back."""
    facts = find(request, number)
    require_known(pk, (row.pk for row in repair.help_of(facts.id)))
    return _deed(request, number, lambda: actions.withdraw_help(pk, by=request.actor, at=request.now), _("已撤回"))


@posted
def add_helper(request: StaffRequest, number: str) -> HttpResponse:
    """A colleague comes along (R-196)."""
    facts = find(request, number)
    form = HelperForm(request.POST, auto_id="helper-%s")
    form.offer(list(repair.colleagues(orders_access.find(request.actor, number)).values_list("pk", "name")))

    def run() -> int:
        return actions.add_helper(facts.id, form.cleaned_data["user_id"], by=request.actor, at=request.now).pk

    return done(request, facts, "helper", form, lambda: once(request, "repair.add_helper", run), anchor="help")


@posted
def end_helper(request: StaffRequest, number: str, pk: int) -> HttpResponse:
    """His help is over."""
    facts = find(request, number)
    return _deed(
        request, number, lambda: actions.end_helper(facts.id, pk, by=request.actor, at=request.now), _("已结束协助")
    )


@posted
def step(request: StaffRequest, number: str) -> HttpResponse:
    """Tick a demanded step, or take the tick back (R-024, R-028)."""
    facts = find(request, number)
    line = whole_number(request.POST.get("line"))
    verb: Callable[..., Any] = actions.untick if request.POST.get("undo") else actions.tick

    def run() -> Any:
        return verb(facts.id, request.POST.get("code", ""), device_line_id=line, by=request.actor, at=request.now)

    return _deed(request, number, run, _("已保存"), anchor="tick")


@posted
def take_away(request: StaffRequest, number: str, line: int) -> HttpResponse:
    """带回公司 (R-093)."""
    facts = with_device(request, number, line)
    form = _signed_form(request, PickUpForm, f"take{line}")

    def run() -> int:
        with transaction.atomic():
            typed = dict(form.cleaned_data)
            kept = _signature(request, facts, typed, typed["signer"])
            draft = actions.PickUpDraft(**typed, signature_id=kept)
            return actions.take_away(line, draft, by=request.actor, at=request.now).pk

    said = _("已登记带回公司，请打印取机单交给客户")
    return done(request, facts, f"take{line}", form, lambda: once(request, "repair.take_away", run), said=said)


@posted
def hand_back(request: StaffRequest, number: str, pk: int) -> HttpResponse:
    """送回客户 (R-093)."""
    facts = find(request, number)
    require_known(pk, (row.pk for row in repair.pick_ups(facts.id)))
    form = _signed_form(request, ReturnForm, f"return{pk}")

    def run() -> int:
        with transaction.atomic():
            typed = dict(form.cleaned_data)
            kept = _signature(request, facts, typed, typed["receiver"])
            return actions.hand_back(pk, **typed, signature_id=kept, by=request.actor, at=request.now).pk

    said = _("已登记送回")
    return done(request, facts, f"return{pk}", form, lambda: once(request, "repair.hand_back", run), said=said)


@posted
def slip(request: StaffRequest, number: str, pk: int) -> HttpResponse:
    """取机单, issued and opened for printing."""
    facts = find(request, number)
    require_known(pk, (row.pk for row in repair.pick_ups(facts.id)))
    return _issued(request, number, lambda: actions.issue_slip(pk, by=request.actor, at=request.now))


@posted
def refuse(request: StaffRequest, number: str, line: int) -> HttpResponse:
    """安全拒修 (O-044)."""
    facts = with_device(request, number, line)
    form = RefusalForm(request.POST, request.FILES, auto_id=f"refuse{line}-%s")
    order = orders_access.find(request.actor, number)
    form.offer(_contacts(request, order))
    hazards = settings_for(order.site_id).of(rules.HAZARDS)
    form.offer_choices("kind", [(word, word) for word in hazards])

    def run() -> int:
        with transaction.atomic():
            access.require_work(request.actor, order)
            typed = dict(form.cleaned_data)
            photo = typed.pop("photo")
            kept = _signature(request, facts, typed, typed["signer"])
            picture = files.attach(
                "orders.order",
                facts.id,
                name=photo.name,
                content=photo.read(),
                by=request.actor,
                at=request.now,
                role="hazard",
            )
            draft = actions.RefusalDraft(**typed, photo_id=picture.pk, signature_id=kept)
            return actions.refuse_for_safety(line, draft, by=request.actor, at=request.now).pk

    said = _("已安全拒修，这台设备不能再派工；请打印告知书交给客户")
    return done(request, facts, f"refuse{line}", form, lambda: once(request, "repair.refuse", run), said=said)


@posted
def notice(request: StaffRequest, number: str, pk: int) -> HttpResponse:
    """安全隐患告知书, issued and opened for printing."""
    facts = find(request, number)
    require_known(pk, (row.pk for row in repair.refusals(facts.id)))
    return _issued(request, number, lambda: actions.issue_notice(pk, by=request.actor, at=request.now))


@posted
def reading(request: StaffRequest, number: str, line: int) -> HttpResponse:
    """The optical power read on this order (R-029)."""
    facts = with_device(request, number, line)
    form = ReadingForm(request.POST, auto_id=f"reading{line}-%s")

    def run() -> int:
        typed = form.cleaned_data
        value = hundredths_of(typed["dbm"])
        return actions.record_reading(
            line, typed["direction"], value, note=typed["note"], by=request.actor, at=request.now
        ).pk

    return done(
        request, facts, f"reading{line}", form, lambda: once(request, "repair.reading", run), anchor=f"device-{line}"
    )


@posted_device
def clear(request: StaffRequest, pk: int) -> HttpResponse:
    """Take the tag of a device off with a proof, on its own page (O-044)."""
    device_queries.device(pk, request.actor)
    request.actor.require(access.CLEAR_SAFETY)
    form = ClearForm(request.POST, request.FILES, auto_id="clear-%s")
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            once(request, "repair.clear_safety", lambda: _cleared(request, pk, form))
        if attempt.ok:
            tell(request, _("已解除安全隐患标记，等待的工单可以派工"))
            return see(request, reverse("desk:device", args=[pk]))
    return device_pages.device_page(request, pk, clear_form=form)


@posted_device
def save_line(request: StaffRequest, pk: int) -> HttpResponse:
    """The broadband line of a device, on its own page (R-029)."""
    device_queries.device(pk, request.actor)
    form = LineForm(request.POST, auto_id="line-%s")
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            draft = LineDraft(**form.cleaned_data)
            devices.save_line(pk, draft, seen=seen_version(request), by=request.actor, at=request.now)
        if attempt.ok:
            tell(request, _("已保存线路资料"))
            return see(request, reverse("desk:device", args=[pk]))
    return device_pages.device_page(request, pk, line_form=form)


def _answered(request: StaffRequest, pk: int, form: AnswerForm) -> int:
    return actions.answer_help(pk, form.cleaned_data["answer"], by=request.actor, at=request.now).pk


def _cleared(request: StaffRequest, pk: int, form: ClearForm) -> int:
    with transaction.atomic():
        proof = form.cleaned_data["attachment"]
        kept = None
        if proof is not None:
            kept = files.attach(
                "devices.device",
                pk,
                name=proof.name,
                content=proof.read(),
                by=request.actor,
                at=request.now,
                role="proof",
            ).pk
        words = form.cleaned_data["proof"]
        return actions.clear_safety(pk, words, attachment_id=kept, by=request.actor, at=request.now).pk


def _signed_form(request: StaffRequest, make: type[SignedForm], name: str) -> SignedForm:
    form = make(request.POST, auto_id=f"{name}-%s")
    number = request.resolver_match.kwargs["number"] if request.resolver_match else ""
    form.offer(_contacts(request, orders_access.find(request.actor, number)))
    return form


def _contacts(request: StaffRequest, order: Any) -> list[str]:
    return [row.name for row in customers.signatories(order.customer_id, request.actor)]


def _signature(request: StaffRequest, facts: Page, typed: dict[str, Any], signer: str) -> int | None:
    """Keep what was drawn with the order, where it counts."""
    signed = typed.pop("signature")
    if signed is None or typed["way"] != "signature":
        return None
    access.require_work(request.actor, orders_access.find(request.actor, facts.number))
    return files.attach_signature(
        "orders.order", facts.id, strokes=strokes_of(signed), signer=signer, by=request.actor, at=request.now
    ).pk


def _deed(
    request: StaffRequest, number: str, run: Callable[[], Any], said: str, *, anchor: str = "help"
) -> HttpResponse:
    with refusals_shown(request) as attempt:
        run()
    if attempt.ok:
        tell(request, said)
    return see(request, url_of(number, anchor))


def _issued(request: StaffRequest, number: str, issue: Callable[[], Any]) -> HttpResponse:
    paper_id = 0
    with refusals_shown(request) as attempt:
        paper_id = issue().pk
    return see(request, reverse("desk:paper", args=[paper_id]) if attempt.ok else url_of(number))
