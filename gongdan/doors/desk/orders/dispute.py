"""A complaint for the page of its order: what is known, what is missing, and what the customer gets by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gongdan.catalog import queries as catalog
from gongdan.doors.desk.menu import way
from gongdan.doors.desk.orders.forms import CompensateForm, HandleForm, JudgeForm
from gongdan.doors.kit.forms import KitForm
from gongdan.doors.kit.spoken import sentence
from gongdan.kernel.actor import Actor
from gongdan.kernel.text import yuan
from gongdan.orders import access, rules
from gongdan.orders import queries as orders
from gongdan.orders.queries import ComplaintFacts, Page
from gongdan.orders.states import COMPENSATION_LABELS, LIABILITY_LABELS, Compensation, Flow, Liability, Status
from gongdan.people import access as people_access
from gongdan.people import queries as people


def judge_form(order: Page, actor: Actor, typed: Any) -> JudgeForm:
    """The form of liability, with the subjects and the staff of the order's site."""
    return _judge_form(order, actor, _subjects(order), typed)


def _subjects(order: Page) -> Sequence[str]:
    return people.settings_for(order.site_id).of(rules.COMPLAINT_SUBJECTS)


def _judge_form(
    order: Page, actor: Actor, subjects: Sequence[str], typed: Any = None, initial: Mapping[str, Any] | None = None
) -> JudgeForm:
    staff = people_access.visible_to(actor).filter(is_active=True).order_by("name").values_list("pk", "name")
    return JudgeForm(typed, subjects=subjects, people=list(staff), initial=initial)


def compensate_form(order: Page, typed: Any = None, initial: Mapping[str, Any] | None = None) -> CompensateForm:
    """The form of compensation, with the rules that hold for the subject and what each gives."""
    return CompensateForm(typed, rules=[(one.id, _offer(one)) for one in offers(order)], initial=initial)


def offers(order: Page) -> Sequence[orders.RuleFacts]:
    """The rules that hold for this complaint, computed on the bill of the complained order."""
    about = orders.complained_of(order.id)
    subject = order.complaint.subject if order.complaint else ""
    return orders.compensation_rules(subject=subject, due_fen=about["due_fen"] if about else None)


class Dispute:
    """The panel of a complaint."""

    def __init__(self, order: Page, actor: Actor, typed: Mapping[str, KitForm]) -> None:
        self._order, self._actor, self._typed = order, actor, typed

    @property
    def is_shown(self) -> bool:
        """Whether this order is a complaint."""
        return self._order.flow == Flow.COMPLAINT and not self._order.is_historic

    @property
    def is_open(self) -> bool:
        """Whether this actor may still work on it."""
        return self.is_shown and self._order.status is Status.ANSWERING and self._actor.may(access.ANSWER)

    @property
    def may_judge(self) -> bool:
        """Whether he may decide above the limit and where the fault was not ours."""
        return self._actor.may(access.JUDGE)

    @property
    def is_undecided(self) -> bool:
        """Whether somebody else still decides what the customer gets."""
        return self._order.status is Status.ANSWERING and not self.is_open and not self.compensation

    @property
    def facts(self) -> ComplaintFacts | None:
        """What was written so far."""
        return self._order.complaint

    @property
    def missing(self) -> list[str]:
        """What is still to be filled in before it can end."""
        facts = self.facts
        if facts is None:
            return [sentence(one) for one in rules.missing_of_complaint("", "", "", "", "")]
        return [sentence(one) for one in facts.missing]

    @cached_property
    def about(self) -> dict[str, Any] | None:
        """The complained order, and the way of money back where it was paid."""
        found = orders.complained_of(self._order.id)
        if found is None:
            return None
        facts = self.facts
        is_due = facts is not None and facts.fen > 0
        is_paid = found["money_state"] in ("part", "paid")
        url = way("desk:settlement-order", found["number"]) if self._actor.may("settlement.view") else ""
        return found | {
            "url": reverse("desk:order", args=[found["number"]]),
            "settlement_url": url,
            "is_refund": is_due and is_paid,
            "is_discount": is_due and not is_paid,
        }

    @property
    def known(self) -> list[tuple[str, Any]]:
        """Liability, handling, result and compensation in words."""
        facts = self.facts
        if facts is None:
            return []
        rows = [
            (_("投诉类别"), facts.subject),
            (_("责任"), sentence(LIABILITY_LABELS[Liability(facts.liability)]) if facts.liability else ""),
            (_("被投诉人"), facts.person),
            (_("认定说明"), facts.finding),
            (_("处理"), facts.handling),
            (_("结果"), facts.outcome),
            (_("赔付"), self.compensation),
        ]
        return [(label, value) for label, value in rows if value]

    @property
    def compensation(self) -> str:
        """What was decided, in a few words."""
        facts = self.facts
        if facts is None or not facts.compensation:
            return ""
        label = sentence(COMPENSATION_LABELS[Compensation(facts.compensation)])
        words = [facts.rule or label, f"¥{yuan(facts.fen)}" if facts.fen else "", facts.compensation_reason]
        return " · ".join(word for word in words if word)

    @cached_property
    def judge_form(self) -> KitForm:
        """Who is liable. What it seems to be about is chosen already, and who did the work alone."""
        if "judge" in self._typed:
            return self._typed["judge"]
        facts, subjects = self.facts, _subjects(self._order)
        proposed = ""
        if facts is None:
            proposed = rules.proposed_subject(subjects, catalog.foul_words_in(self._order.symptom))
        start = {
            "subject": facts.subject if facts else proposed,
            "about_number": self.about["number"] if self.about else "",
            "person_id": facts.person_id if facts and facts.liability else self.about and self.about["doer_id"],
            "liability": facts.liability if facts else "",
            "finding": facts.finding if facts else "",
        }
        return _judge_form(self._order, self._actor, subjects, initial=start)

    @cached_property
    def handle_form(self) -> KitForm:
        """What was done, and what came of it."""
        facts = self.facts
        start = {"handling": facts.handling, "outcome": facts.outcome} if facts else {}
        return self._typed.get("handle") or HandleForm(initial=start)

    @cached_property
    def compensate_form(self) -> KitForm:
        """What the customer gets."""
        facts = self.facts
        chosen = (facts.rule_id or 0) if facts and facts.compensation else None
        start = {"rule_id": chosen, "reason": facts.compensation_reason if facts else ""}
        return self._typed.get("compensate") or compensate_form(self._order, initial=start)

    @property
    def rules_url(self) -> str:
        """Where the rules are kept, for who may change them."""
        return reverse("desk:compensation") if self._actor.may(people_access.SETTINGS) else ""


def _offer(rule: orders.RuleFacts) -> str:
    """A rule as it stands in the choice: its name, what it gives here, and why."""
    if rule.award is None:
        return _("%(name)s（要先有投诉的工单和账单）") % {"name": rule.name}
    if rule.kind not in (Compensation.MONEY, Compensation.VISIT_FEE):
        return rule.name
    return f"{rule.name} ¥{yuan(rule.award.fen)}（{sentence(rule.award.why)}）"
