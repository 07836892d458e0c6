"""满意度调查: the scores that a customer gives, once per order (R-189)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.followup import access, rules
from gongdan.followup.actions.messages import refuse_doer
from gongdan.followup.events import Verb
from gongdan.followup.models import CallBack, Survey
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from gongdan.people.queries import settings_for


@transaction.atomic
def record_survey(order_id: int, scores: Mapping[str, int], *, remark: str = "", by: Actor, at: datetime) -> Survey:
    """Keep a survey that was asked by telephone. Refused: before the work is settled, a second time, or by the doer."""
    by.require(access.CALL)
    order = orders.locked(order_id, by=by)
    refuse_doer(order, by)
    return keep_survey(order, scores, remark, call=None, by=by, at=at)


def keep_survey(
    order: Order, scores: Mapping[str, int], remark: str, *, call: CallBack | None, by: Actor, at: datetime
) -> Survey:
    """The survey of a locked order."""
    if order.status not in (Status.TO_FOLLOW_UP, Status.CLOSED):
        raise Refused(
            _(
                "工单 {number} 现在是“{status}”，客户验收并结算后才做满意度调查",
                number=order.number,
                status=orders.status_label(order),
            ),
            code="wrong_status",
        )
    rules.check_scores(scores, settings_for(order.site_id).of(rules.SURVEY_ITEMS))
    if len(remark.strip()) > 1000:
        raise Invalid({"survey_remark": _("最多 {limit} 个字，请缩短", limit=1000)})
    if Survey.objects.filter(order=order).exists():
        raise Refused(_("这张工单已经做过满意度调查，一张工单只做一次"), code="surveyed", field="survey")
    row = Survey.objects.create(
        order=order,
        call=call,
        scores={item: int(score) for item, score in scores.items()},
        remark=remark.strip(),
        at=at,
        by_id=orders.staff_id(by),
    )
    average = f"{sum(row.scores.values()) / len(row.scores):.1f}"
    record(Verb.SURVEYED, row, by=by, at=at, about=order, average=average, scores=row.scores)
    return row
