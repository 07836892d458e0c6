"""The open order as repair shows it: how far it is, what is missing in words, and everything recorded per device."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gongdan.devices.rules import EXCLUSIONS
from gongdan.dispatch import access as dispatch_access
from gongdan.dispatch import queries as dispatch
from gongdan.dispatch.states import LIVE, MACHINE, VisitStatus
from gongdan.doors.desk.dispatch.forms import ReasonForm
from gongdan.doors.desk.history import history
from gongdan.doors.desk.repair.beside import Beside
from gongdan.doors.desk.repair.forms import (
    PASSED_LABELS,
    ActionForm,
    CheckRow,
    CheckSheet,
    DiagnosisForm,
    FinishForm,
    PartForm,
    TrialForm,
)
from gongdan.doors.desk.words import (
    QUOTE_TONES,
    UNCHECKED,
    UNDECIDED,
    order_badge,
    payer_badge,
    priority_badge,
    visit_badge,
)
from gongdan.doors.kit.forms import KitForm
from gongdan.doors.kit.tables import Badge
from gongdan.kernel.text import Text
from gongdan.orders.states import TO_THE_DOOR, Status
from gongdan.quotes import access as quotes_access
from gongdan.quotes import queries as quotes
from gongdan.quotes.states import STATE_LABELS
from gongdan.repair import queries as repair
from gongdan.repair.queries import Sheet
from gongdan.repair.rules import (
    ACCEPTANCE_WAYS,
    ACTION_KINDS,
    FINDINGS,
    GRADES,
    HANDLINGS,
    OLD_PARTS,
    RESULTS,
    TESTS,
    TESTS_FOR_ALL,
    Step,
    steps,
)

EVENTS = 40


class Bench(Beside):
    """What was found, done and tested per device, and how far it is."""

    @property
    def title(self) -> str:
        """Customer and device in one line."""
        return " · ".join(word for word in (self.order.customer_name, self.order.device_text) if word)

    @property
    def badges(self) -> list[Badge]:
        """Status and priority."""
        return [order_badge(self.order.status), priority_badge(self.order.priority)]

    @property
    def may_reopen(self) -> bool:
        """Whether the finished work can be taken up again (R-164)."""
        return self.order.status == Status.TO_SETTLE and self._works_here

    @property
    def may_correct_parts(self) -> bool:
        """Whether serials and old parts can still be filled in."""
        return self.order.status in (Status.IN_REPAIR, Status.TO_SETTLE, Status.TO_FOLLOW_UP) and self._works_here

    @property
    def is_visit(self) -> bool:
        """Whether somebody travels to the customer."""
        return self.order.mode in TO_THE_DOOR

    # -- the way ----------------------------------------------------------------------------------------------------

    @cached_property
    def visits(self) -> list[dict[str, Any]]:
        """The dispatch lines that count, each with the steps that this actor may take."""
        found = []
        rows = [row for row in dispatch.visits_of(self.order.id) if row.status != VisitStatus.VOID]
        ahead = dispatch.ahead_of([row.pk for row in rows])
        missing = dispatch.not_yet(rows, mode=self.order.mode, site_id=self.order.site_id, ahead=ahead)
        for row in rows:
            status = VisitStatus(row.status)
            is_mine = dispatch_access.is_own(self.actor, row)
            may = is_mine or self.actor.may(dispatch_access.ASSIGN)
            found.append(
                {
                    "id": row.pk,
                    "technician": row.technician.name,
                    "is_mine": is_mine,
                    "is_remote": row.is_remote,
                    "is_live": status in LIVE,
                    "badge": visit_badge(status, is_remote=row.is_remote),
                    "planned": (row.planned_from, row.planned_to) if row.planned_from else None,
                    "task": row.task,
                    "remark": row.remark,
                    "arrived_at": row.arrived_at,
                    "left_at": row.left_at,
                    "page": reverse("desk:visit", args=[row.pk]) if may else "",
                    "missing": missing.get(row.pk),
                    "steps": self._visit_steps(row, status, missing.get(row.pk)) if may else [],
                }
            )
        return found

    def _visit_steps(self, row: Any, status: VisitStatus, missing: Text | None) -> list[dict[str, Any]]:
        is_open = self.order.status == Status.IN_REPAIR
        travels = self.is_visit and not row.is_remote
        return [
            {
                "verb": move.verb,
                "label": move.label,
                "url": reverse("desk:repair-visit", args=[self.order.number, row.pk, move.verb]),
            }
            for move in MACHINE.leaving(status)
            if move.verb != "void"
            and (move.verb != "depart" or missing is None)
            and (travels or move.verb == "accept")
            and (is_open or (move.verb == "leave" and self.order.status == Status.TO_SETTLE))
        ]

    # -- how far it is ----------------------------------------------------------------------------------------------

    @cached_property
    def steps(self) -> list[Step]:
        """The checklist: what is done, what comes next, what is missing in words."""
        found = repair.progress_of(
            self._row,
            self.sheets,
            quote=self.quote,
            tried=self._tried,
            wanted=self._wanted,
            ticked=self._ticks,
            away=self._away,
        )
        return steps(replace(found, has_arrived=None) if self.guidance else found)

    @cached_property
    def guidance(self) -> dict[str, Any] | None:
        """The line that guides the customer from afar, while nobody is to travel."""
        live = [visit for visit in self.visits if visit["is_live"]]
        return live[0] if live and all(visit["is_remote"] for visit in live) else None

    @property
    def drawn_steps(self) -> list[tuple[Text, str]]:
        """The checklist in one line."""
        return [(step.label, step.state) for step in self.steps]

    @cached_property
    def now_step(self) -> Step | None:
        """The present step."""
        return next((step for step in self.steps if step.state == "now"), None)

    @cached_property
    def wasted(self) -> list[Any]:
        """The trips that were in vain; asked for where nobody has reached the device since."""
        is_awaited = self.now_step is not None and self.now_step.code == "arrive"
        may_be = is_awaited and any(visit["left_at"] for visit in self.visits)
        return dispatch.wasted_of(self.order.id) if may_be else []

    @property
    def is_to_be_planned(self) -> bool:
        """Whether a trip was in vain and nobody is on his way again."""
        return bool(self.wasted) and self.order.status == Status.TO_DISPATCH

    @property
    def next(self) -> dict[str, Any] | None:
        """The one primary button: a step of the way, a jump to what must be filled in, or the hand-back."""
        if way := self._next_on_the_way():
            return way
        if not self.may_work or self.now_step is None:
            return None
        code = self.now_step.code
        if code == "finish":
            declined = any(step.code == "quote" and step.label.template == "客户不修" for step in self.steps)
            result, label = ("declined", _("客户不修，交回工单")) if declined else ("repaired", _("完工"))
            if any(step.code == "unsafe" for step in self.steps):
                result, label = "unsafe", _("安全拒修，交回工单")
            return {
                "post": reverse("desk:repair-finish", args=[self.order.number]),
                "label": label,
                "values": {"result": result},
                "seen": self.order.version,
            }
        if code == "quote":
            return {"url": self.quote_url, "label": _("报价") if self.quote is None else _("记录客户决定")}
        labels = {
            "arrive": _("到达"),
            "diagnose": _("填写检测结果"),
            "work": _("登记维修"),
            "test": _("填写测试"),
            "accept": _("请客户验收"),
            "tick": _("勾选完工前事项"),
            "hand_back": _("登记送回"),
        }
        return {"url": f"#{code}", "label": labels[code]}

    def _next_on_the_way(self) -> dict[str, Any] | None:
        """The next step of the technician's own way, or of guidance from afar."""
        for visit in sorted(self.visits, key=lambda visit: not visit["is_mine"]):
            moves = {step["verb"]: step for step in visit["steps"]}
            if "accept" in moves and visit["is_mine"]:
                return {"post": moves["accept"]["url"], "label": moves["accept"]["label"]}
            if visit["missing"] is not None and visit["is_mine"]:
                return {"url": visit["page"], "label": _("上门前确认")}
            if visit is self.guidance and visit["page"]:
                return {"url": visit["page"] + "#remote", "label": _("记下远程结果")}
            if self.now_step and self.now_step.code == "arrive":
                for verb in ("depart", "arrive"):
                    if verb in moves:
                        return {"post": moves[verb]["url"], "label": moves[verb]["label"]}
            if self.now_step is None and "leave" in moves:
                return {"post": moves["leave"]["url"], "label": moves["leave"]["label"]}
        return None

    # -- per device -------------------------------------------------------------------------------------------------

    @cached_property
    def devices(self) -> list[dict[str, Any]]:
        """Each device with the customer's words, what was found, done, fitted and tested."""
        facts = {device.id: device for device in self.order.devices}
        return [self._device(sheet, facts[sheet.line.pk]) for sheet in self.sheets]

    def _device(self, sheet: Sheet, facts: Any) -> dict[str, Any]:
        pk = sheet.line.pk
        found = sheet.diagnosis
        verdict = facts.verdict or {}
        return {
            "id": pk,
            "label": repair.label_of(sheet.line),
            "beside": self.beside(sheet),
            "facts": facts,
            "said": facts.symptom or self.order.symptom,
            "coverage": payer_badge(facts.coverage_label),
            "why": [Text.from_json(step) for step in verdict.get("steps", ())] or _undecided(facts),
            "overruled": facts.overruled_reason,
            "exclusions": [(code, EXCLUSIONS[code].text) for code in facts.exclusion_codes if code in EXCLUSIONS],
            "diagnosis": found,
            "finding": FINDINGS.get(found.finding) if found else None,
            "diagnosis_form": self._diagnosis_form(pk, found, facts),
            "diagnosis_seen": found.version if found else 0,
            "actions": [{"row": row, "kind": ACTION_KINDS.get(row.kind)} for row in sheet.actions],
            "action_form": self._typed.get(f"action{pk}")
            or ActionForm(initial={"kind": "fix"}, auto_id=f"action{pk}-%s"),
            "parts": [self._part(row) for row in sheet.parts],
            "part_form": self._typed.get(f"part{pk}") or PartForm(initial=dict(PartForm.START), auto_id=f"part{pk}-%s"),
            "tests": [{"row": row, "badge": _test_badge(row)} for row in sheet.tests],
            "test_form": self._typed.get(f"tests{pk}") or CheckSheet(rows=_rows(sheet), auto_id=f"tests{pk}-%s"),
        }

    def _diagnosis_form(self, pk: int, found: Any, facts: Any) -> KitForm:
        if form := self._typed.get(f"diagnosis{pk}"):
            return form
        names = DiagnosisForm.base_fields
        start = (
            {name: getattr(found, name) for name in names}
            if found
            else {"finding": "fault", "error_code": facts.error_code or self.order.error_code}
        )
        return DiagnosisForm(initial=start, auto_id=f"diagnosis{pk}-%s")

    def _part(self, row: Any) -> dict[str, Any]:
        names = PartForm.base_fields
        form = self._typed.get(f"edit-part{row.pk}") or PartForm(
            initial={name: getattr(row, name) for name in names}, auto_id=f"edit-part{row.pk}-%s"
        )
        return {
            "row": row,
            "handling": HANDLINGS.get(row.handling),
            "grade": GRADES.get(row.grade),
            "old_part": OLD_PARTS.get(row.old_part),
            "form": form,
        }

    # -- price, trial, end ------------------------------------------------------------------------------------------

    @cached_property
    def quote(self) -> Any:
        """The quote that stands."""
        return quotes.standing(self.order.id)

    @property
    def quote_badge(self) -> Badge | None:
        """How it stands."""
        return Badge(STATE_LABELS[self.quote.state], QUOTE_TONES[self.quote.state]) if self.quote else None

    @property
    def quote_url(self) -> str:
        """Where the price is put together and decided on."""
        return reverse("desk:quote", args=[self.order.number])

    @property
    def may_quote(self) -> bool:
        """Whether this actor may put a price together."""
        return self.actor.may(quotes_access.EDIT)

    @cached_property
    def _tried(self) -> list[Any]:
        return repair.trials(self.order.id)

    @cached_property
    def trials(self) -> list[dict[str, Any]]:
        """The customer's trials, first to last."""
        return [
            {
                "row": row,
                "way": ACCEPTANCE_WAYS.get(row.way),
                "badge": Badge(_("验收通过"), "done") if row.is_accepted else Badge(_("不正常"), "danger"),
            }
            for row in self._tried
        ]

    @property
    def is_outdated(self) -> bool:
        """Whether the sheet was edited after the customer signed it (R-166)."""
        accepted = next((step for step in self.steps if step.code == "accept"), None)
        is_signed = bool(self.trials) and self.trials[-1]["row"].is_accepted
        return is_signed and accepted is not None and accepted.missing is not None

    @property
    def trial_form(self) -> KitForm:
        """One more trial."""
        return self.signed("trial", TrialForm, {"meets_need": True, "way": "signature"})

    @property
    def finish_form(self) -> KitForm:
        """The result of the work."""
        return self._typed.get("finish") or FinishForm(auto_id="finish-%s")

    @property
    def reopen_form(self) -> KitForm:
        """Why the work goes on."""
        return self._typed.get("reopen") or ReasonForm(auto_id="reopen-%s")

    @property
    def result(self) -> Text | None:
        """The result, once handed back."""
        return RESULTS.get(self.order.result)

    @property
    def matters(self) -> list[Text]:
        """What still stands against closing the order."""
        parts = sorted((part for sheet in self.sheets for part in sheet.parts), key=lambda part: part.pk)
        return repair.matters_of(parts, self._away)

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        """处理过程."""
        return history("orders.order", self.order.id, self.actor, limit=EVENTS)


def _rows(sheet: Sheet) -> list[CheckRow]:
    """The sheet as it stands, or what its category starts with."""
    if sheet.tests:
        words = {True: "yes", False: "no", None: ""}
        return [CheckRow(row.name, row.expected, row.actual, words[row.passed]) for row in sheet.tests]
    category = sheet.line.category.name if sheet.line.category else ""
    return [CheckRow(name) for name in TESTS.get(category, TESTS_FOR_ALL)]


def _undecided(facts: Any) -> list[Text]:
    """Why a device has no verdict, in the words of the order's page; nothing where one was given."""
    if facts.coverage_label:
        return []
    return [UNCHECKED if facts.device_id is None else UNDECIDED]


def _test_badge(row: Any) -> Badge:
    word, tone = {True: ("yes", "done"), False: ("no", "danger"), None: ("", "waiting")}[row.passed]
    return Badge(PASSED_LABELS[word], tone)
