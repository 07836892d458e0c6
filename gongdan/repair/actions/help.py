"""求助: a colleague first, then the technical department; and colleagues who come along (R-195 to R-197)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import actions as orders
from gongdan.orders.models import Order, Participant
from gongdan.people.models import Team, User
from gongdan.repair import access, queries, rules
from gongdan.repair.actions.guards import in_repair
from gongdan.repair.events import Verb
from gongdan.repair.models import HelpRequest

_OPEN = HelpRequest.State.OPEN


@dataclass(frozen=True, slots=True)
class HelpDraft:
    """A question as typed. Level 1 names a colleague; level 2 a department, or nobody: whoever may advise."""

    level: int
    question: str
    asked_to_id: int | None = None
    team_id: int | None = None
    reason: str = ""


@transaction.atomic
def ask_for_help(order_id: int, draft: HelpDraft, *, by: Actor, at: datetime) -> HelpRequest:
    """Ask a colleague, or the technical department after one has answered (or with a reason).

    Whoever is asked sees the order while the question is open. Refused: not in repair or not this actor's order, nobody
    asked who could answer, or the same is asked already.
    """
    order = in_repair(order_id, by=by)
    colleague, team = _asked(order, draft, by=by)
    own = HelpRequest.objects.filter(order=order)
    rules.check_lengths({"question": draft.question, "reason": draft.reason})
    rules.check_help(
        level=draft.level,
        question=draft.question,
        has_answer_of_colleague=own.filter(level=1, state=HelpRequest.State.ANSWERED).exists(),
        reason=draft.reason,
        has_target=colleague is not None,
    )
    if own.filter(level=draft.level, asked_to=colleague, team=team, state=_OPEN).exists():
        raise Refused(_("已经请教过，还在等答复；要改问题请先撤回再求助"), code="asked")
    row = HelpRequest.objects.create(
        order=order,
        site_id=order.site_id,
        level=draft.level,
        question=draft.question.strip(),
        reason=draft.reason.strip()[:200],
        asked_to=colleague,
        team=team,
        asked_by_id=by.id,
        asked_at=at,
    )
    for user_id in _those_asked(row):
        orders.add_participant(order, user_id, Participant.Part.ADVISER, at=at)
    verb = Verb.COLLEAGUE_ASKED if row.level == 1 else Verb.DEPARTMENT_ASKED
    whom: str | Text = colleague.name if colleague else team.name if team else _("技术部")
    record(verb, row, by=by, at=at, about=order, whom=whom, question=row.question[:80], level=row.level)
    return row


@transaction.atomic
def answer_help(request_id: int, answer: str, *, by: Actor, at: datetime) -> HelpRequest:
    """What the one who was asked says; the question is closed. Refused: he was not asked, or it is closed already."""
    row, order = _open_request(request_id, by=by)
    if not access.may_answer(by, row):
        raise Forbidden(_("这个求助没有请教您，不能答复"))
    if not answer.strip():
        raise Invalid({"answer": _("请填写答复：怎么判断、怎么修")})
    rules.check_lengths({"answer": answer})
    row.state, row.answer = HelpRequest.State.ANSWERED, answer.strip()
    row.answered_by_id, row.answered_at = by.id, at
    row.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    _let_go(row, order, at=at)
    record(
        Verb.HELP_ANSWERED, row, by=by, at=at, about=order,
        asker=row.asked_by.name, level=rules.LEVELS[row.level], answer=row.answer[:80],
    )  # fmt: skip
    return row


@transaction.atomic
def withdraw_help(request_id: int, *, by: Actor, at: datetime) -> HelpRequest:
    """The question is not needed any more. Refused: not the actor's order, or it is closed already."""
    row, order = _open_request(request_id, by=by)
    access.require_work(by, order)
    row.state = HelpRequest.State.WITHDRAWN
    row.save(update_fields=["state"])
    _let_go(row, order, at=at)
    record(Verb.HELP_WITHDRAWN, row, by=by, at=at, about=order, level=rules.LEVELS[row.level])
    return row


@transaction.atomic
def add_helper(order_id: int, user_id: int, *, by: Actor, at: datetime) -> Order:
    """A colleague helps: both write on the order (R-196). Refused: no technician of this site, or he works on it."""
    order = in_repair(order_id, by=by)
    user = queries.colleagues(order).filter(pk=user_id, roles__is_technician=True).first()
    if user is None:
        raise Invalid({"user_id": _("请选择一位本站点在岗的师傅")})
    works = Participant.objects.filter(
        order=order, user=user, part__in=(Participant.Part.TECHNICIAN, Participant.Part.HELPER), until__isnull=True
    )
    if works.exists():
        raise Refused(_("{name} 已在这张工单上，不用重复添加", name=user.name), code="twice", field="user_id")
    orders.add_participant(order, user.pk, Participant.Part.HELPER, at=at)
    record(Verb.HELPER_ADDED, order, by=by, at=at, name=user.name, user=user.pk)
    return order


@transaction.atomic
def end_helper(order_id: int, user_id: int, *, by: Actor, at: datetime) -> Order:
    """The colleague's help is over; what he wrote stays. Refused: he does not help on this order."""
    order = in_repair(order_id, by=by)
    row = (
        Participant.objects.filter(order=order, user=user_id, part=Participant.Part.HELPER, until__isnull=True)
        .select_related("user")
        .first()
    )
    if row is None:
        raise Missing(_("没有这位协助人，可能已被移除，请刷新页面"))
    orders.end_participant(order, user_id, Participant.Part.HELPER, at=at)
    record(Verb.HELPER_LEFT, order, by=by, at=at, name=row.user.name, user=user_id)
    return order


def _asked(order: Order, draft: HelpDraft, *, by: Actor) -> tuple[User | None, Team | None]:
    """The colleague or the department that is asked. Refused: who is not there, or could not see the order."""
    if draft.level == 1:
        if draft.asked_to_id is None:
            return None, None
        colleague = queries.colleagues(order).filter(pk=draft.asked_to_id).exclude(pk=by.id).first()
        if colleague is None:
            raise Invalid({"asked_to": _("请选择本站点一位在岗的同事（不能是自己）")})
        return colleague, None
    if draft.team_id is None:
        return None, None
    team = queries.departments(order).filter(pk=draft.team_id).first()
    if team is None:
        raise Invalid({"team": _("请选择一个启用的部门")})
    return None, team


def _those_asked(row: HelpRequest) -> list[int]:
    if row.asked_to_id is not None:
        return [row.asked_to_id]
    if row.team is None:
        return []
    return list(queries.colleagues(row.order).filter(teams=row.team).order_by("pk").values_list("pk", flat=True))


def _let_go(row: HelpRequest, order: Order, *, at: datetime) -> None:
    """Who was asked sees the order no longer, unless another open question asks him."""
    others = HelpRequest.objects.filter(order=order, state=_OPEN).exclude(pk=row.pk).select_related("team", "order")
    still = {user_id for other in others for user_id in _those_asked(other)}
    advisers = Participant.objects.filter(order=order, part=Participant.Part.ADVISER, until__isnull=True)
    for user_id in list(advisers.order_by("user").values_list("user", flat=True)):
        if user_id not in still:
            orders.end_participant(order, user_id, Participant.Part.ADVISER, at=at)


def _open_request(request_id: int, *, by: Actor) -> tuple[HelpRequest, Order]:
    """The question under the order's lock. Who was asked hears that it is closed, though he sees the order no more."""
    rows = HelpRequest.objects.select_related("asked_by", "team", "order")
    row = rows.filter(pk=request_id).first()
    if row is None:
        raise Missing(_("没有这个求助，请刷新页面"))
    if row.state != _OPEN and access.may_answer(by, row):
        raise _closed()
    order = orders.locked(row.order_id, by=by)
    row = rows.get(pk=request_id)
    if row.state != _OPEN:
        raise _closed()
    return row, order


def _closed() -> Refused:
    return Refused(_("这个求助已经答复或撤回，请刷新页面查看"), code="closed")
