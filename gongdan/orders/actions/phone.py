"""Help over the telephone: the questions asked, the first judgement before a visit, and what was solved without one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.catalog import queries as catalog
from gongdan.kernel import edits
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import access, rules
from gongdan.orders.actions.contact import log_contact
from gongdan.orders.actions.deposits import deposit, locked, move, staff_id, status_label
from gongdan.orders.events import Verb
from gongdan.orders.models import Order, PhoneFix, Preliminary, ScriptAnswer
from gongdan.orders.rules import Moment
from gongdan.orders.states import PHONE_REASON_LABELS, Flow, PhoneReason, Status
from gongdan.people.queries import settings_for


@transaction.atomic
def answer_questions(order_id: int, answers: Mapping[int, str], *, by: Actor, at: datetime) -> list[ScriptAnswer]:
    """Keep what the customer answered to the script, by the question's id (R-064): the answers that changed.

    An empty answer takes an earlier one back. It is an append: the order's version stays. Refused: no such question,
    or the order is closed.
    """
    by.require_any(access.TALKS)
    order = _open(order_id, by=by)
    known = {row.question_id: row for row in ScriptAnswer.objects.filter(order=order)}
    asked = {row.pk: row.text for row in catalog.questions(order.category_id)}
    asked |= {pk: row.question for pk, row in known.items()}
    errors: dict[str, Text] = {}
    for pk, typed in answers.items():
        if pk not in asked:
            errors[f"answer_{pk}"] = _("这个问题已不在询问脚本里，请刷新页面")
        elif len(typed.strip()) > 1000:
            errors[f"answer_{pk}"] = _("最多 {limit} 个字，请缩短", limit=1000)
    if errors:
        raise Invalid(errors)
    changed: list[ScriptAnswer] = []
    told: dict[str, list[str]] = {}
    for pk, typed in answers.items():
        text, row = typed.strip(), known.get(pk) or ScriptAnswer(order=order, question_id=pk, question=asked[pk])
        if text == row.answer:
            continue
        told[asked[pk][:60]] = [row.answer, text]
        row.answer, row.at, row.by_id = text, at, staff_id(by)
        if text:
            row.save()
        else:
            row.delete()
        changed.append(row)
    if changed:
        words = "；".join(f"{question} {new}" for question, (_old, new) in told.items() if new)
        record(Verb.QUESTIONS_ANSWERED, order, by=by, at=at, answers=words[:500], count=len(changed))
    return changed


@transaction.atomic
def note_preliminary(
    order_id: int,
    *,
    background: str = "",
    rough_scope: str = "",
    rough_plan: str = "",
    is_confirmed: bool = False,
    confirmed_with: str = "",
    by: Actor,
    at: datetime,
) -> Preliminary:
    """The first judgement before a visit is arranged (R-065), and whether the customer heard it and agreed.

    It may be filled in bit by bit; `queries.preliminary_gap` says what dispatch misses. It is an append: the order's
    version stays. Refused: agreed by nobody, agreed to nothing, or the order is closed.
    """
    by.require_any(access.LOGS_CONTACT)
    order = _open(order_id, by=by)
    typed = {"background": background.strip(), "rough_scope": rough_scope.strip(), "rough_plan": rough_plan.strip()}
    limits = {"background": 2000, "rough_scope": 1000, "rough_plan": 1000, "confirmed_with": 60}
    errors = rules.length_complaints({**typed, "confirmed_with": confirmed_with}, limits)
    if not any(typed.values()):
        errors.setdefault("rough_scope", _("请至少填写一项：前因后果、初步范围或初步方案"))
    elif is_confirmed and not typed["rough_plan"]:
        errors.setdefault("rough_plan", _("与客户确认前，请先填写初步方案"))
    if errors:
        raise Invalid(errors)
    row = Preliminary.objects.filter(order=order).first() or Preliminary(order=order)
    name = (confirmed_with.strip() or order.contact_name) if is_confirmed else ""
    new = typed | {"is_confirmed": is_confirmed, "confirmed_with": name}
    changes = edits.changed(row, new, new)
    if row.pk is not None and not changes:
        return row
    row.at, row.by_id = at, staff_id(by)
    row.save()
    record(Verb.PRELIMINARY_NOTED, row, by=by, at=at, about=order, changes=changes, is_confirmed=is_confirmed)
    return row


@transaction.atomic
def solve_by_phone(
    order_id: int,
    *,
    reason: str,
    code: str = "",
    steps: Iterable[str] = (),
    note: str = "",
    ended_at: datetime | None = None,
    visits_called_off: bool = False,
    seen: int,
    by: Actor,
    at: datetime,
) -> PhoneFix:
    """电话解决: no visit is needed (R-066). The order waits for the call that asks whether it stays so (R-068).

    `steps` are the guidance steps that were read out and ticked; `ended_at` is the end of the guidance call, from which
    the two hours count (now, if empty); a call that was typed in later may have ended before the registration, by so many
    hours as the shop allows. There is neither dispatch nor settlement. The event is `order.solved_by_phone`.

    Refused: somebody is under way already (`in_repair`). Dispatch calls off its visits first and then passes
    `visits_called_off=True`; nobody else may. Also refused: money was taken, or it is a complaint.
    """
    order = locked(order_id, seen=seen, by=by)
    errors: dict[str, Text] = {}
    if reason not in set(PhoneReason):
        errors["reason"] = _("请选择电话解决的原因：误报、使用不当或指导解决")
    ticked = [step.strip()[:300] for step in steps if step.strip()][:30]
    errors |= rules.length_complaints({"code": code, "note": note}, {"code": 30, "note": 1000})
    ended = ended_at or at
    back = settings_for(order.site_id).of(rules.GUIDANCE_BACK_HOURS) if ended < order.received_at else 0
    if complaint := rules.guidance_complaint(Moment(ended), Moment(order.received_at), now=at, back_hours=back):
        errors["ended_at"] = complaint
    if errors:
        raise Invalid(errors)
    if order.status == Status.IN_REPAIR and not visits_called_off:
        raise Refused(_("已经派工，请先在派工页撤销还没有出发的上门，再电话解决"), code="dispatched")
    if order.flow == Flow.COMPLAINT:
        raise Refused(_("投诉单请填写责任、处理和结果；设备故障请点“转维修”另开维修单"), code="wrong_flow")
    if order.money_state in ("part", "paid"):
        raise Refused(_("这张工单已收款，请先在结算里退款，再电话解决"), code="has_money")
    fix = PhoneFix.objects.create(
        order=order,
        reason=reason,
        code=code.strip(),
        steps=ticked,
        note=note.strip(),
        solved_at=ended,
        by_id=staff_id(by),
    )
    changed: dict[str, Any] = {}
    if order.flow != Flow.REPAIR:
        changed |= {"flow": Flow.REPAIR, "flow_chosen_at": at, "flow_chosen_by_id": staff_id(by)}
    if order.accepted_at is None:
        changed |= {"accepted_at": at, "accepted_by_id": staff_id(by)}
    if code.strip() and not order.error_code:
        changed["error_code"] = code.strip()
    label = PHONE_REASON_LABELS[PhoneReason(reason)]
    facts = {"why": label, "code": fix.code, "steps": len(ticked), "fix": fix.pk, "solved_at": ended}
    move(order, "solve_by_phone", by=by, at=at, changed=changed, facts=facts)
    deposit(order, repair_label=SOLVED)
    told = Moment(ended, "server" if ended >= order.received_at else "told")  # typed in later: his call came first
    log_contact(order.pk, purpose="contact", result="reached", note=SOLVED, called=told, by=by, at=at)
    return fix


SOLVED = "电话解决"  # the free label of the order until it is called back


def _open(order_id: int, *, by: Actor) -> Order:
    """The order, locked, while its data may still be written."""
    order = locked(order_id, by=by)
    if order.status in (Status.CLOSED, Status.CANCELLED):
        raise Refused(
            _("工单 {number} {status}，不能再记录", number=order.number, status=status_label(order)),
            code="wrong_status",
        )
    return order
