"""The open order as dispatch shows it: what one must know, the lines, the promises, who could go."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gongdan.customers import queries as customers
from gongdan.dispatch import access
from gongdan.dispatch import queries as dispatch
from gongdan.dispatch.queries import Crew, Fit, HandedOn, Offer, Wasted
from gongdan.dispatch.rules import MOVE_REASONS, Candidate, Feasibility
from gongdan.dispatch.states import (
    LIVE,
    METHOD_LABELS,
    NOT_STARTED,
    REMOTE_LABELS,
    VERDICT_LABELS,
    Verdict,
    VisitStatus,
)
from gongdan.doors.desk.dispatch.forms import (
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
from gongdan.doors.desk.history import history
from gongdan.doors.desk.naming import shop_settings
from gongdan.doors.desk.orders.forms import ContactForm
from gongdan.doors.desk.words import coverage_badge, order_badge, priority_badge, visit_badge
from gongdan.doors.kit.forms import KitForm, Window
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.tables import Badge
from gongdan.kernel.calendar import local_day, moment_on
from gongdan.orders import access as orders_access
from gongdan.orders.queries import Page
from gongdan.orders.rules import FLAG_LABELS
from gongdan.orders.states import (
    ATTEMPT_LABELS,
    MODE_LABELS,
    PURPOSE_LABELS,
    TO_THE_DOOR,
    URGENCY_LABELS,
    AttemptResult,
    Mode,
    Purpose,
    Status,
    Urgency,
)

EVENTS = 40


class Desk:
    """Each fact is found when the template asks. A form that was refused comes in by name, with what was typed."""

    def __init__(self, request: StaffRequest, order: Page, **typed: KitForm) -> None:
        self._request, self._typed = request, typed
        self.order, self.actor = order, request.actor

    @property
    def title(self) -> str:
        """Customer and device in one line."""
        return " · ".join(word for word in (self.order.customer_name, self.order.device_text) if word)

    @property
    def badges(self) -> list[Badge]:
        """Status, priority, the warning of the customer and coverage."""
        found = [order_badge(self.order.status), priority_badge(self.order.priority)]
        if self.order.flag in FLAG_LABELS:
            flag = self.order.flag
            found.append(Badge(FLAG_LABELS[flag], "danger" if flag == "refuse" else "running"))
        covers = dict.fromkeys(device.coverage_label for device in self.order.devices)
        return found + [badge for label in covers if (badge := coverage_badge(label))]

    @property
    def words(self) -> dict[str, Any]:
        """The order's codes in words."""
        return {
            "mode": MODE_LABELS[Mode(self.order.mode)],
            "urgency": URGENCY_LABELS[Urgency(self.order.urgency)],
        }

    @property
    def may_assign(self) -> bool:
        """Whether a line can be added now."""
        return self.actor.may(access.ASSIGN) and self.order.status in (Status.TO_DISPATCH, Status.IN_REPAIR)

    @property
    def may_edit(self) -> bool:
        """Whether the facts can be corrected now."""
        return self.actor.may(orders_access.EDIT) and self.order.status in (Status.TO_DISPATCH, Status.IN_REPAIR)

    @property
    def may_send_back(self) -> bool:
        """Whether the whole order can be taken back: nobody has set out yet."""
        in_vain = {one.visit_id for one in self.wasted}
        there = [visit for visit in self.visits if visit["id"] not in in_vain]
        statuses = [visit["status"] for visit in there if visit["status"] != VisitStatus.VOID]
        is_early = all(status in NOT_STARTED for status in statuses)
        return self.may_assign and self.order.status == Status.IN_REPAIR and is_early

    @property
    def holds(self) -> list[dict[str, Any]]:
        """What stands against dispatching or closing, and who can let it go."""
        return [
            {"reason": hold.reason, "way_out": _way_out(hold.code), "placed_at": hold.placed_at, "who": hold.placed_by}
            for hold in self.order.holds
            if hold.released_at is None
        ]

    def _is_held(self, code: str) -> bool:
        return any(hold.code == code and hold.released_at is None for hold in self.order.holds)

    # -- nobody free, team queues, express --------------------------------------------------------------------------

    @property
    def settle_form(self) -> KitForm | None:
        """待协调 in the supervisor's hands; None while there is nothing to settle, or for others."""
        if not self._is_held("coordinate") or not self.actor.may(access.APPROVE_MOVE):
            return None
        return self._typed.get("settle") or SettleForm(auto_id="settle-%s")

    @property
    def coordinate_form(self) -> KitForm | None:
        """Nobody is free: why; None where somebody has set out or it waits already."""
        if not self.may_assign or self._is_held("coordinate"):
            return None
        if any(visit["status"] in ("under_way", "on_site") for visit in self.visits):
            return None
        return self._form("coordinate", ReasonForm)

    @cached_property
    def offer(self) -> Offer | None:
        """The team's queue in which it waits, if it does."""
        return dispatch.offer_of(self.order.id) if self.order.team_name else None

    @cached_property
    def team_form(self) -> KitForm | None:
        """Into a team's queue; None where there is no team, or it is dispatched."""
        if not self.may_assign or self.order.status != Status.TO_DISPATCH:
            return None
        if form := self._typed.get("team"):
            return form
        teams = dispatch.teams(self.order.site_id)
        if not teams:
            return None
        start = {"window": self.window if self.is_visit else None}
        return TeamForm(initial=start, auto_id="team-%s", given={"team_id": teams})

    @property
    def express_form(self) -> KitForm | None:
        """The customer's consent to the surcharge, as long as it is missing."""
        may = self.actor.may(access.ASSIGN) or self.actor.may(access.CONTACT)
        if self.order.mode != Mode.EXPRESS or not may or self.order.arrived_at is not None or self.express:
            return None
        return self._form("express", ExpressForm)

    @property
    def express(self) -> Any:
        """The customer's consent to the surcharge, if he gave it."""
        if self.order.mode != Mode.EXPRESS:
            return None
        return next((c for c in self.order.consents if c.to_what == "express" and c.is_given), None)

    @property
    def then_form(self) -> KitForm | None:
        """上门 or 送修 after remote guidance failed."""
        return self._form("then", ThenForm) if self._is_held("remote_failed") else None

    @cached_property
    def wasted(self) -> list[Wasted]:
        """Trips to a shut door before."""
        has_left = any(visit["status"] == VisitStatus.LEFT for visit in self.visits)
        return dispatch.wasted_of(self.order.id) if has_left else []

    @cached_property
    def transfers(self) -> list[HandedOn]:
        """Who handed the order on to whom."""
        has_given = any(visit["status"] == VisitStatus.VOID for visit in self.visits)
        return dispatch.transfers_of(self.order.id) if has_given else []

    @property
    def is_assigned(self) -> bool:
        """Whether somebody is on the order now."""
        return any(visit["status"] in LIVE for visit in self.visits)

    # -- the lines --------------------------------------------------------------------------------------------------

    @cached_property
    def visits(self) -> list[dict[str, Any]]:
        """The dispatch lines, each with what may be done to it."""
        found = []
        rows = self._rows
        ahead = dispatch.ahead_of([row.pk for row in rows])
        delays = dispatch.delays_of([row.pk for row in rows])
        for row in rows:
            status = VisitStatus(row.status)
            planned = (row.planned_from, row.planned_to) if row.planned_from else None
            found.append(
                {
                    "id": row.pk,
                    "version": row.version,
                    "status": status,
                    "badge": visit_badge(status, is_remote=row.is_remote),
                    "technician": row.technician.name,
                    "task": row.task,
                    "remark": row.remark,
                    "method": METHOD_LABELS.get(row.method),
                    "is_remote": row.is_remote,
                    "flags": flags_of(row),
                    "ahead": ahead.get(row.pk),
                    "delays": delays.get(row.pk, []),
                    "url": reverse("desk:visit", args=[row.pk]),
                    "planned": planned,
                    "dispatched_at": row.dispatched_at,
                    "dispatched_by": row.dispatched_by.name,
                    "times": [
                        (label, at)
                        for label, at in (
                            (_("接单"), row.accepted_at),
                            (_("出发"), row.departed_at),
                            (_("到达"), row.arrived_at),
                            (_("离开"), row.left_at),
                        )
                        if at
                    ],
                    "void_reason": row.void_reason,
                    "edit": self._edit_form(row) if status in NOT_STARTED else None,
                    "void": self._form(f"void{row.pk}", ReasonForm)
                    if status in ("offered", "accepted", "under_way")
                    else None,
                }
            )
        return found

    @cached_property
    def _rows(self) -> list[Any]:
        return dispatch.visits_of(self.order.id)

    def _edit_form(self, row: Any) -> KitForm:
        if form := self._typed.get(f"edit{row.pk}"):
            return form
        window = Window(row.planned_from, row.planned_to) if row.planned_from else None
        start = {"window": window, "task": row.task, "method": row.method, "is_remote": row.is_remote}
        return VisitForm(initial=start | {"remark": row.remark}, auto_id=f"edit{row.pk}-%s")

    # -- who could go -----------------------------------------------------------------------------------------------

    @property
    def window(self) -> Window | None:
        """The window that the choice of technicians is about: as typed, else promised, else wished."""
        typed = self._typed.get("assign")
        if typed is not None:
            typed.is_valid()
            return typed.cleaned_data.get("window")
        order = self.order
        for start, end in ((order.promised_from, order.promised_to), (order.wished_from, order.wished_to)):
            if start and end and end > self._request.now:
                return Window(start, end)
        return None

    @cached_property
    def candidates(self) -> list[Candidate]:
        """Who could go, the best first."""
        return self._free_in(self.window)

    def _free_in(self, window: Window | None) -> list[Candidate]:
        return free_among(ranked(self._request, self.order, window, self._crew), self._rows)

    @cached_property
    def _crew(self) -> Crew:
        return crew_of(self._request, self.order)

    @property
    def _takers(self) -> list[Candidate]:
        """Who could keep the promised window."""
        promised = promised_window(self.order)
        return self.candidates if promised == self.window else self._free_in(promised)

    @cached_property
    def assign_form(self) -> KitForm:
        """The form of a new line; the best technician is chosen already."""
        if form := self._typed.get("assign"):
            return form
        window = self.window if self.order.mode in TO_THE_DOOR else None
        best = self.candidates[0].technician_id if self.candidates else None
        start = {"technician_id": best, "window": window, "method": "system"}
        return AssignForm(initial=start, people=choices(self.candidates))

    # -- promises, calls, facts -------------------------------------------------------------------------------------

    @property
    def is_visit(self) -> bool:
        """Whether somebody travels to the customer."""
        return self.order.mode in TO_THE_DOOR

    @cached_property
    def promises(self) -> list[dict[str, Any]]:
        """Every window that was promised: the first one stays apart from what it was moved to (O-067)."""
        rows = dispatch.promises_of(self.order.id)
        return [
            {
                "window": (row.start, row.end),
                "label": _("首约") if row.is_first else _("改约") if row.is_agreed else _("提出改约"),
                "badge": _promise_badge(row),
                "reason": row.reason,
                "moved_by": {"us": _("我方"), "customer": _("客户要求")}.get(row.moved_by, ""),
                "apology_made": row.apology_made,
                "is_agreed": row.is_agreed,
                "at": row.promised_at,
                "who": row.promised_by_name,
                "consent": next(
                    (c for c in self.order.consents if c.to_what == "move" and c.subject_id == row.pk), None
                ),
            }
            for row in rows
        ]

    @property
    def may_promise(self) -> bool:
        """Whether a window can be told or moved now."""
        may = self.actor.may(access.ASSIGN) or self.actor.may(access.CONTACT)
        return may and self.order.status in (Status.TO_DISPATCH, Status.IN_REPAIR) and self.order.arrived_at is None

    @property
    def promise_form(self) -> KitForm:
        """The first promise, or the moving of one."""
        if form := self._typed.get("promise"):
            return form
        if self.order.promised_from is None:
            return PromiseForm(auto_id="promise-%s")
        asked = customers.decider(self.order.customer_id, self._request.actor)  # consent is asked of him (O-051)
        start: dict[str, Any] = {"moved_by": "us", "way": "phone"}
        start["consent_of"] = asked.name if asked else self.order.contact_name
        around = given(self._request, self.order, self._takers)
        start["to_id"] = next(iter(around["able"]), None)
        return MoveForm(initial=start, auto_id="promise-%s", given=around)

    @property
    def fits(self) -> list[Fit]:
        """Whether those on the order can be there in the window that was typed and refused."""
        return fits_of(self.order, self._typed.get("promise"))

    @property
    def attempts(self) -> list[dict[str, Any]]:
        """The calls, newest first."""
        return [
            {
                "purpose": PURPOSE_LABELS[Purpose(row.purpose)],
                "result": ATTEMPT_LABELS[AttemptResult(row.result)],
                "note": row.note,
                "next_at": row.next_at,
                "at": row.at,
                "who": row.by_name,
            }
            for row in reversed(self.order.attempts)
        ]

    @property
    def contact_form(self) -> KitForm:
        """One more call."""
        start = {"purpose": Purpose.APPOINTMENT if not self.promises else Purpose.CONTACT}
        return self._typed.get("contact") or ContactForm(initial=start, auto_id="contact-%s")

    @property
    def facts_form(self) -> KitForm:
        """What is known of the order, to be corrected."""
        return self._typed.get("facts") or FactsForm(initial=FactsForm.start(self.order), auto_id="facts-%s")

    @property
    def back_form(self) -> KitForm:
        """Why the order goes back."""
        return self._form("back", ReasonForm)

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        """处理过程 (R-079)."""
        return history("orders.order", self.order.id, self.actor, limit=EVENTS)

    @property
    def url(self) -> str:
        """Where this document stands."""
        return reverse("desk:dispatch-order", args=[self.order.number])

    def _form(self, name: str, kind: type[KitForm]) -> KitForm:
        return self._typed.get(name) or kind(auto_id=f"{name}-%s")


def crew_of(request: StaffRequest, order: Page) -> Crew:
    """The technicians of the order's site with what they have in hand."""
    return dispatch.crew(
        frozenset({order.site_id}),
        day_start=moment_on(local_day(request.now)),
        but_not=order.id,
        settings=shop_settings(request, order.site_id),
    )


def ranked(request: StaffRequest, order: Page, window: Window | None, crew: Crew | None = None) -> list[Candidate]:
    """Technicians for this order and window, the best first, each with his reasons (R-084); of the crew, if it is known."""
    crew = crew or crew_of(request, order)
    return crew.candidates(
        category=order.category or next((d.category for d in order.devices if d.category), ""),
        window=(window.start, window.end) if window else None,
        place=dispatch.place_of_page(order),
        own=customers.own_technician(order.customer_id, local_day(request.now)) if order.flag == "vip" else None,
    )


def fits_of(order: Page, form: KitForm | None) -> list[Fit]:
    """Whether those on the order can be there in the window of this form; nothing while none is typed."""
    if form is None:
        return []
    form.is_valid()
    window = form.cleaned_data.get("window")
    return dispatch.fits(order.id, (window.start, window.end)) if window else []


def promised_window(order: Page) -> Window | None:
    """The window that the customer was told."""
    return Window(order.promised_from, order.promised_to) if order.promised_from and order.promised_to else None


def given(request: StaffRequest, order: Page, takers: list[Candidate] | None = None) -> dict[str, Any]:
    """The choices that come with an order: the reasons of the shop, and who could take it over (`takers`, if known)."""
    people = free_for(order, ranked(request, order, promised_window(order))) if takers is None else takers
    return {
        "reason": shop_settings(request, order.site_id).of(MOVE_REASONS),
        "able": [one.technician_id for one in people if one.verdict is Verdict.POSSIBLE],
        "to_id": [(one.technician_id, f"{one.name}　{verdict_of(one)}".strip()) for one in people],
    }


def verdict_of(asked: Candidate | Feasibility) -> str:
    """可以, 时间太短 or 冲突 in the reader's language; nothing without a window."""
    return sentence(VERDICT_LABELS[asked.verdict]) if asked.verdict else ""


def flags_of(row: Any) -> list[Badge]:
    """What is notable of a line: from afar, nobody called ahead, late without a word, how guidance ended."""
    found = []
    if row.is_remote:
        found.append(Badge(REMOTE_LABELS.get(row.remote_result, _("远程")), "quiet"))
    if row.is_unconfirmed:
        found.append(Badge(_("未做上门前确认"), "waiting"))
    if row.is_late_unannounced:
        found.append(Badge(_("晚到未告知"), "danger"))
    return found


def _promise_badge(row: Any) -> Badge:
    if not row.is_agreed:
        return Badge(_("客户不同意"), "danger")
    if row.withdrawn_at is not None:
        return Badge(_("已改"), "quiet")
    if row.kept is not None:
        return Badge(_("按时到达"), "done") if row.kept else Badge(_("没有按时到达"), "danger")
    return Badge(_("有效"), "running")


def _way_out(code: str) -> str:
    ways = {
        "coordinate": _("由有“批准改约”权限的主管处理"),
        "remote_failed": _("由派工员或师傅选择上门还是送修"),
        "safety": _("隐患消除并登记证明后放行"),
    }
    return ways.get(code, _("由有“放行工单”权限的主管放行"))


def free_for(order: Page, candidates: list[Candidate]) -> list[Candidate]:
    """Those who are not on this order already."""
    return free_among(candidates, dispatch.visits_of(order.id))


def free_among(candidates: list[Candidate], rows: list[Any]) -> list[Candidate]:
    """Those who have no live line among these."""
    on_it = {row.technician_id for row in rows if row.status in LIVE}
    return [one for one in candidates if one.technician_id not in on_it]


def choices(candidates: list[Candidate]) -> list[tuple[int, str]]:
    """The candidates as pairs of a choice."""
    return [(one.technician_id, one.name) for one in candidates]
