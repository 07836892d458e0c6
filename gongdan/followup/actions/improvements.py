"""改进事项: what is wrong in our own work, and that it is mended (R-191)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.followup import access
from gongdan.followup.actions.feedback import name_of, named, owner_errors
from gongdan.followup.events import Verb
from gongdan.followup.models import Improvement, Survey
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import actions as orders
from gongdan.people.queries import home_site


@dataclass(frozen=True, slots=True)
class ImprovementDraft:
    """What was found and what shall be done; perhaps out of a survey (by its order's number) or a feedback."""

    finding: str
    measure: str
    owner_id: int | None
    due_on: date | None
    survey_of: str = ""
    feedback_id: int | None = None


@transaction.atomic
def add_improvement(draft: ImprovementDraft, *, by: Actor, at: datetime) -> Improvement:
    """Write down a finding and its measure. Refused: something is missing, a day gone by, or no such survey or feedback."""
    by.require(access.IMPROVE)
    errors = _errors(draft, by, at=at)
    survey = None
    if draft.survey_of.strip():
        order, unknown = named(draft.survey_of.strip(), "survey_of", by)
        errors |= unknown
        survey = Survey.objects.filter(order=order).first() if order is not None else None
        if order is not None and survey is None:
            errors["survey_of"] = _("工单 {number} 还没有满意度调查，请核对单号", number=order.number)
    feedback = None
    if draft.feedback_id is not None:
        feedback = access.feedback_of(by).filter(pk=draft.feedback_id).first()
        if feedback is None:
            raise Missing
    if errors or draft.owner_id is None or draft.due_on is None:
        raise Invalid(errors)
    about = survey.order if survey is not None else feedback
    site_id = about.site_id if about is not None else home_site(by).pk
    row = Improvement(site_id=site_id, survey=survey, feedback=feedback, at=at, by_id=orders.staff_id(by))
    row.finding, row.measure = draft.finding.strip(), draft.measure.strip()
    row.owner_id, row.due_on = draft.owner_id, draft.due_on
    row.save()
    record(Verb.IMPROVEMENT_ADDED, row, by=by, at=at, owner=name_of(row.owner_id), due_on=row.due_on)
    return row


@transaction.atomic
def edit_improvement(
    improvement_id: int, draft: ImprovementDraft, *, seen: int, by: Actor, at: datetime
) -> Improvement:
    """Change finding, measure, owner or day. Refused: another day gone by, it is done already, or saved meanwhile."""
    by.require(access.IMPROVE)
    row = _locked(improvement_id, seen=seen, by=by)
    errors = _errors(draft, by, at=at, kept=row.due_on)
    if errors or draft.owner_id is None:
        raise Invalid(errors)
    new: dict[str, Any] = {
        "finding": draft.finding.strip(),
        "measure": draft.measure.strip(),
        "owner_id": draft.owner_id,
        "due_on": draft.due_on,
    }
    changes = {
        name.removesuffix("_id"): [str(getattr(row, name)), str(value)]
        for name, value in new.items()
        if getattr(row, name) != value
    }
    if not changes:
        return row
    if "owner" in changes:
        changes["owner"] = [name_of(row.owner_id), name_of(draft.owner_id)]
    for name, value in new.items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*new, "version"])
    record(Verb.IMPROVEMENT_EDITED, row, by=by, at=at, changes=changes)
    return row


@transaction.atomic
def finish_improvement(improvement_id: int, outcome: str, *, seen: int, by: Actor, at: datetime) -> Improvement:
    """It is done, and this came of it: its owner says so, or who keeps the list. Refused: nothing said, done already."""
    row = _locked(improvement_id, seen=seen, by=by)
    if row.owner_id != by.id:
        by.require(access.IMPROVE)
    if not outcome.strip() or len(outcome.strip()) > 1000:
        raise Invalid({"outcome": _("请填写完成情况：做了什么，效果如何，最多 {limit} 个字", limit=1000)})
    row.is_done, row.done_at, row.outcome = True, at, outcome.strip()
    row.version += 1
    row.save(update_fields=["is_done", "done_at", "outcome", "version"])
    record(Verb.IMPROVEMENT_DONE, row, by=by, at=at, outcome=row.outcome[:200])
    return row


def _locked(improvement_id: int, *, seen: int, by: Actor) -> Improvement:
    row = access.improvements_of(by).select_for_update().filter(pk=improvement_id).first()
    if row is None:
        raise Missing
    if row.version != seen:
        raise stale(row, seen)
    if row.is_done:
        raise Refused(_("这个改进事项已完成；还有问题请另登记一项"), code="done")
    return row


def _errors(draft: ImprovementDraft, by: Actor, *, at: datetime, kept: date | None = None) -> dict[str, Text]:
    """What is wrong with a draft; the day that it had already (`kept`) may have gone by since."""
    errors = owner_errors(draft.owner_id, by)
    if draft.due_on is None:
        errors["due_on"] = _("请填写完成期限")
    elif draft.due_on != kept and draft.due_on < local_day(at):
        errors["due_on"] = _("期限不能早于今天")
    for name, words in (("finding", _("请填写发现的问题")), ("measure", _("请填写改进措施"))):
        typed = str(getattr(draft, name)).strip()
        if not typed:
            errors[name] = words
        elif len(typed) > 1000:
            errors[name] = _("最多 {limit} 个字，请缩短", limit=1000)
    return errors
