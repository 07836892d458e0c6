"""上门: one technician's line as he works it from his telephone - the call ahead, late, handed on, a shut door, from afar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongdan.customers import queries as customers
from gongdan.dispatch import access, actions
from gongdan.dispatch import queries as dispatch
from gongdan.dispatch.queries import Fit
from gongdan.dispatch.rules import MOVE_REASONS, SKIP_REASONS, WASTED_REASONS, Early
from gongdan.dispatch.states import MACHINE, NOT_STARTED, VisitStatus
from gongdan.doors.desk.dispatch.facts import fits_of, flags_of, given, verdict_of
from gongdan.doors.desk.dispatch.forms import (
    ConfirmForm,
    DelayForm,
    EarlyForm,
    MoveForm,
    PhoneForm,
    RemoteForm,
    ThenForm,
    TransferForm,
    WastedForm,
)
from gongdan.doors.desk.dispatch.views import ask_customer, at_our_fields, lines_seen
from gongdan.doors.desk.once import once
from gongdan.doors.desk.words import visit_badge
from gongdan.doors.kit.forms import KitForm
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.posting import sent_to
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.doors.kit.spoken import sentence, spoken_moment
from gongdan.doors.kit.tables import Badge
from gongdan.kernel.errors import Forbidden, Missing
from gongdan.kernel.text import Text
from gongdan.orders import queries as orders
from gongdan.orders.queries import Page
from gongdan.orders.states import ATTEMPT_LABELS, TO_THE_DOOR, AttemptResult, Status
from gongdan.people.queries import settings_for

PAGE = "desk/dispatch/visit.html"
posted = sent_to("desk:visit", "pk")
STEPS: dict[str, Callable[..., Any]] = {
    "accept": actions.accept,
    "depart": actions.depart,
    "arrive": actions.arrive,
    "leave": actions.leave,
}


class Way:
    """The page's facts; a form that was refused comes in by name, with what was typed."""

    def __init__(self, request: StaffRequest, pk: int, **typed: KitForm) -> None:
        self._request, self._typed = request, typed
        self.visit = dispatch.visit(pk, request.actor)
        self.is_mine = access.is_own(request.actor, self.visit)
        if not self.is_mine and not request.actor.may(access.ASSIGN):
            raise Forbidden
        self.order: Page = orders.page(self.visit.order_id, request.actor)
        self.settings = settings_for(self.order.site_id)

    @property
    def title(self) -> str:
        """Customer and device in one line."""
        return " · ".join(word for word in (self.order.customer_name, self.order.device_text) if word)

    @property
    def status(self) -> VisitStatus:
        """Where the line stands."""
        return VisitStatus(self.visit.status)

    @property
    def badges(self) -> list[Badge]:
        """Status, and what is notable."""
        return [visit_badge(self.status, is_remote=self.visit.is_remote), *flags_of(self.visit)]

    @property
    def planned(self) -> tuple[Any, Any] | None:
        """The planned window."""
        return (self.visit.planned_from, self.visit.planned_to) if self.visit.planned_from else None

    @property
    def is_open(self) -> bool:
        """Whether anything can still be done."""
        return self.order.status == Status.IN_REPAIR and self.status not in (VisitStatus.LEFT, VisitStatus.VOID)

    @property
    def is_there(self) -> bool:
        """Whether he stands before the device: the repair comes next."""
        return self.is_open and self.status is VisitStatus.ON_SITE

    @property
    def travels(self) -> bool:
        """Whether somebody travels to the customer."""
        return self.order.mode in TO_THE_DOOR and not self.visit.is_remote

    @cached_property
    def ahead(self) -> Any:
        """The last call before setting out."""
        return dispatch.ahead_of([self.visit.pk]).get(self.visit.pk)

    @cached_property
    def delays(self) -> list[Any]:
        """What the customer was told of coming late."""
        return dispatch.delays_of([self.visit.pk]).get(self.visit.pk, [])

    @cached_property
    def wasted(self) -> list[Any]:
        """Trips to a shut door, on this order."""
        return dispatch.wasted_of(self.order.id)

    @cached_property
    def missing(self) -> Text | None:
        """What stands against setting out."""
        known = {self.visit.pk: self.ahead} if self.ahead else {}
        found = dispatch.not_yet([self.visit], mode=self.order.mode, site_id=self.order.site_id, ahead=known)
        return found.get(self.visit.pk)

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The buttons of the way; setting out only once nothing is missing."""
        if not self.is_open:
            return []
        found = []
        for move in MACHINE.leaving(self.status):
            if move.verb not in STEPS or (move.verb != "accept" and not self.travels):
                continue
            if move.verb == "depart" and self.missing is not None:
                continue
            if move.verb == "arrive" and (self.status in NOT_STARTED or self.early is not None):
                continue
            url = reverse("desk:visit-step", args=[self.visit.pk, move.verb])
            found.append({"label": move.label, "url": url})
        return found

    @cached_property
    def early(self) -> Early | None:
        """How long before the promised time he would be there now, if the customer must be asked."""
        return dispatch.early_arrival(self.visit, self.order, self.ahead, when=self._request.now)

    # -- forms ------------------------------------------------------------------------------------------------------

    @property
    def confirm_form(self) -> KitForm | None:
        """The call ahead."""
        if not self.is_open or not self.travels or self.status not in NOT_STARTED:
            return None
        if form := self._typed.get("confirm"):
            return form
        start: dict[str, Any] = {"told_at": self._ahead_of_now(self.order.promised_from)}
        if last := self.ahead:
            start = {
                "told_at": self._ahead_of_now(last.told_at),
                "note": last.note,
                "skipped_reason": last.skipped_reason,
            }
            start["is_convenient"] = {True: "yes", False: "no"}.get(last.is_convenient)
            start |= {name: getattr(last.said, name) for name in ("device_ok", "fault_ok", "address_ok")}
        return ConfirmForm(initial=start, auto_id="confirm-%s", given={"skipped_reason": self._of(SKIP_REASONS)})

    def _ahead_of_now(self, told_at: datetime | None) -> datetime | None:
        return told_at if told_at is not None and told_at > self._request.now else None

    @property
    def early_form(self) -> KitForm | None:
        """The customer's word to an early arrival."""
        if not self.is_open or self.status is not VisitStatus.UNDER_WAY or self.early is None:
            return None
        return self._typed.get("early") or EarlyForm(initial={"agreed_by": self._asked}, auto_id="early-%s")

    @cached_property
    def _asked(self) -> str:
        """Of whom consent is asked (O-051)."""
        asked = customers.decider(self.order.customer_id, self._request.actor)
        return asked.name if asked else self.order.contact_name

    @property
    def delay_form(self) -> KitForm | None:
        """The customer is told."""
        end = self.order.promised_to or self.visit.planned_to
        if not self.is_open or not self.travels or self.status is VisitStatus.ON_SITE or end is None:
            return None
        return self._typed.get("delay") or DelayForm(auto_id="delay-%s", given={"reason": self._of(MOVE_REASONS)})

    @property
    def move_form(self) -> KitForm | None:
        """Another time is put to the customer."""
        if self.delay_form is None or self.order.promised_from is None:
            return None
        start: dict[str, Any] = {"moved_by": "us", "way": "phone", "consent_of": self._asked}
        start["to_id"] = next(iter(self._given["able"]), None)
        return self._typed.get("move") or MoveForm(initial=start, auto_id="move-%s", given=self._given)

    @property
    def fits(self) -> list[Fit]:
        """Whether he can be there in the other window that was typed and refused."""
        return fits_of(self.order, self._typed.get("move"))

    @property
    def transfer_form(self) -> KitForm | None:
        """Handed on."""
        if not self.is_open or self.status is VisitStatus.ON_SITE:
            return None
        return self._typed.get("transfer") or TransferForm(auto_id="transfer-%s", given=self._given)

    @property
    def wasted_form(self) -> KitForm | None:
        """空跑."""
        if not self.is_open or not self.travels or self.status is not VisitStatus.ON_SITE:
            return None
        return self._typed.get("wasted") or WastedForm(auto_id="wasted-%s", given={"reason": self._of(WASTED_REASONS)})

    @property
    def door_photo(self) -> int | None:
        """The picture of the door that came with a form that was refused: it is not to be taken again."""
        return getattr(self._typed.get("wasted"), "door_photo", None)

    @cached_property
    def proof(self) -> list[dict[str, Any]]:
        """What a wasted trip must be proven with, and how far it is."""
        found = dispatch.proof_of(self.visit, self._request.now)
        rows = []
        if found.opens is not None:
            when = spoken_moment(found.opens, self._request.now)
            rows.append({"label": _("到了约定时间"), "have": when, "is_there": False})
        return [
            *rows,
            {"label": _("门口照片"), "have": "", "is_there": self.door_photo is not None},
            {
                "label": _("到达后 %(n)s 次电话") % {"n": found.calls_needed},
                "have": f"{found.calls}/{found.calls_needed}",
                "is_there": found.calls >= found.calls_needed,
            },
            {
                "label": _("等满 %(n)s 分钟") % {"n": found.minutes_needed},
                "have": f"{found.minutes}/{found.minutes_needed}",
                "is_there": found.minutes >= found.minutes_needed,
            },
        ]

    @property
    def call_results(self) -> list[tuple[str, Text]]:
        """What came of a call to the door, each one button."""
        return [(str(one), ATTEMPT_LABELS[one]) for one in AttemptResult]

    @property
    def remote_form(self) -> KitForm | None:
        """How guidance from afar ended."""
        if not self.is_open or not self.visit.is_remote:
            return None
        return self._typed.get("remote") or RemoteForm(auto_id="remote-%s")

    @property
    def then_form(self) -> KitForm | None:
        """上门 or 送修 after it failed."""
        if not any(hold.code == "remote_failed" and hold.released_at is None for hold in self.order.holds):
            return None
        return self._typed.get("then") or ThenForm(auto_id="then-%s")

    @property
    def phone_form(self) -> KitForm | None:
        """Solved by the call."""
        if not self.is_open or self.status not in NOT_STARTED:
            return None
        return self._typed.get("phone") or PhoneForm(auto_id="phone-%s")

    @cached_property
    def _given(self) -> dict[str, Any]:
        return given(self._request, self.order)

    def _of(self, setting: Any) -> Any:
        return self.settings.of(setting)


@require_safe
def visit(request: StaffRequest, pk: int) -> HttpResponse:
    """The line."""
    return _page(request, Way(request, pk))


@posted
def step(request: StaffRequest, pk: int, verb: str) -> HttpResponse:
    """接单, 出发, 到达, 离开."""
    if verb not in STEPS:
        raise Missing
    with refusals_shown(request) as attempt:
        STEPS[verb](pk, by=request.actor, at=request.now)
    if attempt.ok:
        tell(request, _("已记下"))
    return see(request, _after(request, pk))


@posted
def early(request: StaffRequest, pk: int) -> HttpResponse:
    """There long before the promised time, with the customer's word that he agrees."""
    way = Way(request, pk)
    form = EarlyForm(request.POST, auto_id="early-%s")

    def run() -> Any:
        return actions.arrive(pk, **form.cleaned_data, by=request.actor, at=request.now)

    return done(request, way, "early", form, run, said=_("已记下到达和客户的同意"))


@posted
def confirm(request: StaffRequest, pk: int) -> HttpResponse:
    """The call before setting out, or why there was none; what differs is corrected."""
    way = Way(request, pk)
    reasons = {"skipped_reason": way.settings.of(SKIP_REASONS)}
    form = ConfirmForm(request.POST, auto_id="confirm-%s", given=reasons)

    def run() -> int:
        return actions.confirm_before_visit(pk, form.draft, by=request.actor, at=request.now).pk

    return done(
        request, way, "confirm", form, lambda: once(request, "dispatch.confirm", run), said=lambda: _kept(request, pk)
    )


def _kept(request: StaffRequest, pk: int) -> str:
    """That the call is kept, and what stands against setting out after it."""
    missing = Way(request, pk).missing
    return _("已记下；%(missing)s") % {"missing": sentence(missing)} if missing is not None else _("已记下")


@posted
def delay(request: StaffRequest, pk: int) -> HttpResponse:
    """The customer was told that somebody comes late."""
    way = Way(request, pk)
    form = DelayForm(request.POST, auto_id="delay-%s", given={"reason": way.settings.of(MOVE_REASONS)})

    def run() -> int:
        return actions.report_delay(pk, **form.cleaned_data, by=request.actor, at=request.now).pk

    said = _("已记下，客户已知道会晚到")
    return done(request, way, "delay", form, lambda: once(request, "dispatch.delay", run), said=said)


@posted
def move(request: StaffRequest, pk: int) -> HttpResponse:
    """Another time: agreed to, or refused and the order goes on to a colleague or the supervisor."""
    way = Way(request, pk)
    form = MoveForm(request.POST, auto_id="move-%s", given=given(request, way.order))

    def run() -> Any:
        return ask_customer(request, way.order, form, from_id=way.visit.technician_id)

    said = _("已改约") if request.POST.get("consent") == "yes" else _("已转出，客户的时间不变")
    return done(request, way, "move", form, run, said=said)


@posted
def transfer(request: StaffRequest, pk: int) -> HttpResponse:
    """Handed on to a colleague; the customer keeps his time."""
    way = Way(request, pk)
    form = TransferForm(request.POST, auto_id="transfer-%s", given=given(request, way.order))

    def run() -> Any:
        return actions.transfer(
            way.order.id,
            from_id=way.visit.technician_id,
            **form.cleaned_data,
            seen=seen_version(request),
            by=request.actor,
            at=request.now,
            lines_seen=lines_seen(request),
        )

    return done(request, way, "transfer", form, run, said=_("已转出"))


@posted
def remote(request: StaffRequest, pk: int) -> HttpResponse:
    """How guidance from afar ended."""
    way = Way(request, pk)
    form = RemoteForm(request.POST, auto_id="remote-%s")

    def run() -> Any:
        return actions.record_remote(pk, **form.cleaned_data, by=request.actor, at=request.now)

    return done(request, way, "remote", form, run, said=_("已记下远程结果"))


@posted
def then(request: StaffRequest, pk: int) -> HttpResponse:
    """上门 or 送修 after guidance failed."""
    way = Way(request, pk)
    form = ThenForm(request.POST, auto_id="then-%s")

    def run() -> Any:
        return actions.choose_after_remote(
            way.order.id, form.cleaned_data["then"], seen=seen_version(request), by=request.actor, at=request.now
        )

    return done(request, way, "then", form, run, said=_("已改服务方式"))


@posted
def phone(request: StaffRequest, pk: int) -> HttpResponse:
    """The call before setting out solved it: nobody needs to come."""
    way = Way(request, pk)
    form = PhoneForm(request.POST, auto_id="phone-%s")

    def run() -> Any:
        return actions.solve_by_phone(
            way.order.id, **form.cleaned_data, seen=seen_version(request), by=request.actor, at=request.now
        )

    return done(request, way, "phone", form, run, said=_("已电话解决，撤销上门，等待回访"))


def done(
    request: StaffRequest, way: Way, name: str, form: KitForm, run: Callable[[], Any], *, said: str | Callable[[], str]
) -> HttpResponse:
    """Run the verb on a form that reads well; a refusal comes back with what was typed. `said`: a call asks afterwards."""
    if form.is_valid():
        with refusals_shown(request, form) as attempt, at_our_fields():
            run()
        if attempt.ok:
            tell(request, said if isinstance(said, str) else said())
            return see(request, _after(request, way.visit.pk))
    return _page(request, Way(request, way.visit.pk, **{name: form}), status=422)


def _after(request: StaffRequest, pk: int) -> str:
    """The line's page, or where the actor's own work stands once the order has left his sight."""
    if access.visible_to(request.actor).filter(pk=pk).exists():
        return reverse("desk:visit", args=[pk])
    return reverse("desk:home")


def _page(request: StaffRequest, way: Way, *, status: int = 200) -> HttpResponse:
    return page(request, PAGE, {"way": way, "verdict": verdict_of}, status=status)
