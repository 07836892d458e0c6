"""What may be asked, judged and solved over the telephone, for the page of an order."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from gongdan.catalog import queries as catalog
from gongdan.doors.desk.orders.forms import PhoneFixForm, PreliminaryForm, ScriptForm
from gongdan.doors.kit.forms import KitForm
from gongdan.doors.kit.spoken import sentence
from gongdan.kernel.actor import Actor
from gongdan.orders import access
from gongdan.orders.queries import Page
from gongdan.orders.states import PHONE_REASON_LABELS, Flow, PhoneReason, Status

WAITING = (Status.REGISTERED, Status.ANSWERING, Status.TO_DISPATCH, Status.IN_REPAIR)


class Telephone:
    """电话诊断: the script with its answers, the first judgement, and the way to 电话解决."""

    def __init__(self, order: Page, actor: Actor, typed: Mapping[str, KitForm]) -> None:
        self._order, self._actor, self._typed = order, actor, typed

    @property
    def is_open(self) -> bool:
        """Whether something may still be asked and noted here by this actor."""
        order = self._order
        may = self._actor.may_any(access.LOGS_CONTACT)
        return may and not order.is_historic and order.status in WAITING and order.flow != Flow.COMPLAINT

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to see."""
        order = self._order
        return self.is_open or bool(order.script or order.phone_fixes or order.preliminary)

    @property
    def may_solve(self) -> bool:
        """Whether 电话解决 is open to this actor here."""
        return self.is_open and any(move.verb == "solve_by_phone" for move in self._order.buttons)

    @property
    def has_failed(self) -> bool:
        """Whether help by telephone was tried and the fault is still there: now somebody goes (R-068)."""
        return self.is_open and bool(self._order.phone_fixes)

    @cached_property
    def advice(self) -> catalog.Advice | None:
        """What the code, else the words of the fault, call for: 电话解决 or a visit (R-066, R-069)."""
        order = self._order
        if not self.is_open or order.category_id is None:
            return None
        form = self._typed.get("fix")
        if self.has_failed and form is None:
            return None  # it was read out to him already
        code = str(form.data.get("code", "")) if form is not None and form.is_bound else order.error_code
        if code.strip() and (found := catalog.advice_for(order.category_id, code)):
            return found
        words = [row.answer for row in order.script] + [order.symptom]
        return catalog.advice_for(order.category_id, "\n".join(words))

    @property
    def leads(self) -> bool:
        """Whether it is what to do first: the fault is one that is solved by telephone."""
        return self.may_solve and self.advice is not None and self.advice.is_by_phone

    @property
    def is_likely(self) -> bool:
        """Whether the form of 电话解决 stands open: something speaks for it or against it, or it was refused."""
        return self.advice is not None or self.gap is not None or self.is_refused == "fix"

    @property
    def gap(self) -> Any:
        """What dispatch will miss in the first judgement, while it is not dispatched."""
        order = self._order
        waits = order.status in (Status.REGISTERED, Status.TO_DISPATCH)
        return order.preliminary_gap if self.is_open and waits else None

    @property
    def answers(self) -> list[tuple[str, str]]:
        """What was asked and answered."""
        return [(row.question, row.answer) for row in self._order.script]

    @property
    def fixes(self) -> list[dict[str, Any]]:
        """What was solved by telephone, newest first."""
        return [
            {
                "reason": sentence(PHONE_REASON_LABELS[PhoneReason(row.reason)]),
                "code": row.code,
                "steps": row.steps,
                "note": row.note,
                "at": row.solved_at,
                "who": row.by,
            }
            for row in reversed(self._order.phone_fixes)
        ]

    @cached_property
    def script_form(self) -> KitForm:
        """The questions; a sent form that was refused keeps its words."""
        known = {row.question_id: row.answer for row in self._order.script}
        return self._typed.get("script") or ScriptForm(None, catalog.questions(self._order.category_id), known)

    @cached_property
    def preliminary_form(self) -> KitForm:
        """The first judgement as it stands."""
        row = self._order.preliminary
        names = ("background", "rough_scope", "rough_plan", "is_confirmed", "confirmed_with")
        start = {name: getattr(row, name) for name in names} if row else {}
        return self._typed.get("preliminary") or PreliminaryForm(initial=start)

    @cached_property
    def fix_form(self) -> KitForm:
        """What solves it by telephone."""
        proposed = self.advice is not None and self.advice.is_by_phone
        start = {"code": self._order.error_code, "reason": PhoneReason.GUIDED if proposed else ""}
        return self._typed.get("fix") or PhoneFixForm(initial=start)

    @property
    def is_refused(self) -> str:
        """Which of the forms was sent and refused."""
        return next((name for name in ("script", "preliminary", "fix") if name in self._typed), "")
