"""服务跟踪: whether the trouble is solved for good; if not, the order is taken up again (R-193)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.followup import access
from gongdan.followup.actions.messages import drop_message, refuse_doer
from gongdan.followup.events import Verb
from gongdan.followup.models import CallBack, Tracking
from gongdan.followup.queries import BY_CALENDAR
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import actions as orders
from gongdan.orders.states import Flow, Status


@transaction.atomic
def track(
    order_id: int,
    *,
    is_resolved: bool | None,
    evaluation: str,
    lesson: str = "",
    is_publishable: bool = False,
    by: Actor,
    at: datetime,
) -> Tracking:
    """彻底解决, yes or no, with how that was judged. No sends the order back to dispatch (R-193).

    A lesson may be kept for others to read. Refused: the work is not done yet, nothing is said, or the doer judges
    his own work.
    """
    by.require(access.CALL)
    order = orders.locked(order_id, by=by)
    refuse_doer(order, by)
    errors: dict[str, Text] = {}
    if is_resolved is None:
        errors["is_resolved"] = _("请选择是否彻底解决")
    if not evaluation.strip():
        errors["evaluation"] = _("请填写评估：怎么确认的，依据是什么")
    for name, typed in (("evaluation", evaluation), ("lesson", lesson)):
        if len(typed.strip()) > 2000:
            errors[name] = _("最多 {limit} 个字，请缩短", limit=2000)
    if is_publishable and not lesson.strip():
        errors["lesson"] = _("要公开的经验请先写出来")
    if errors:
        raise Invalid(errors)
    if order.flow != Flow.REPAIR or order.status not in (Status.TO_FOLLOW_UP, Status.CLOSED):
        raise Refused(
            _(
                "工单 {number} 现在是“{status}”，维修完工并结算后才能做服务跟踪",
                number=order.number,
                status=orders.status_label(order),
            ),
            code="wrong_status",
        )
    row = Tracking.objects.create(
        order=order,
        is_resolved=bool(is_resolved),
        evaluation=evaluation.strip(),
        lesson=lesson.strip(),
        is_publishable=is_publishable,
        at=at,
        by_id=orders.staff_id(by),
    )
    verdict = _("彻底解决") if row.is_resolved else _("没有彻底解决")
    record(Verb.TRACKED, row, by=by, at=at, about=order, verdict=verdict, is_resolved=row.is_resolved)
    if not row.is_resolved:
        _end_calls(order.pk, row.evaluation, by=by, at=at)
        orders.advance(order, "reopen", by=by, at=at, reason=row.evaluation)
        orders.deposit(order, repair_label="未彻底解决", result="")
    return row


def _end_calls(order_id: int, evaluation: str, *, by: Actor, at: datetime) -> None:
    """The call that the order waited for has its answer: after the next settlement there is another."""
    rows = CallBack.objects.select_for_update().filter(order=order_id, state=CallBack.State.DUE)
    for call in rows.exclude(kind__in=BY_CALENDAR):
        call.state, call.done_at, call.done_by_id = CallBack.State.DONE, at, orders.staff_id(by)
        call.is_fixed, call.content = False, evaluation
        call.version += 1
        call.save()
        drop_message(call)
