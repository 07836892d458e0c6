"""The customer tries what was repaired, and the ticket goes back: trial, 完工, 退回维修."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.orders.models import DeviceLine, Order
from gongdan.quotes import queries as quotes
from gongdan.repair import access, queries, rules
from gongdan.repair.actions.guards import in_repair
from gongdan.repair.events import Verb
from gongdan.repair.models import Acceptance

_ACCEPTED: dict[str, Verb] = {
    Acceptance.Way.SIGNATURE: Verb.TRIAL_ACCEPTED,
    Acceptance.Way.PAPER: Verb.TRIAL_ON_PAPER,
    Acceptance.Way.PHONE: Verb.TRIAL_BY_PHONE,
}


@transaction.atomic
def record_trial(
    order_id: int,
    *,
    is_accepted: bool,
    tester: str,
    reason: str = "",
    way: str = Acceptance.Way.SIGNATURE,
    signature_id: int | None = None,
    meets_need: bool = True,
    satisfaction: str = "",
    by: Actor,
    at: datetime,
) -> Acceptance:
    """The customer tries the repaired device (R-165).

    A refusal is counted with its reason and the work goes on; an acceptance needs passed tests, the customer's need
    met, and a signature on screen or paper.
    """
    order = in_repair(order_id, by=by)
    if not tester.strip():
        raise Invalid({"tester": _("请填写试机人姓名")})
    if is_accepted and not meets_need:
        raise Refused(_("客户的需要还没有满足，不能验收；请继续维修或说明原因"), code="need_not_met")
    if not is_accepted and not reason.strip():
        raise Invalid({"reason": _("客户不满意时请填写原因，工单会继续维修")})
    sheet_hash = ""
    if is_accepted:
        found = queries.sheets(order.pk)
        rules.check_may_accept([queries.work_of(sheet) for sheet in found])
        if way == Acceptance.Way.SIGNATURE and signature_id is None:
            raise Invalid({"signature": _("请客户在屏幕上签名，或改选“纸质签字”")})
        sheet_hash = queries.sheet_hash(found)
    trial = Acceptance.objects.filter(order=order).count() + 1
    row = Acceptance.objects.create(
        order=order,
        trial=trial,
        is_accepted=is_accepted,
        meets_need=meets_need,
        reason=reason.strip()[:200],
        tester=tester.strip()[:60],
        way=way,
        signature_id=signature_id,
        sheet_hash=sheet_hash,
        satisfaction=satisfaction,
        by_id=by.id,
        at=at,
    )
    record(
        _ACCEPTED[row.way] if is_accepted else Verb.TRIAL_REFUSED,
        row,
        by=by,
        at=at,
        about=order,
        tester=row.tester,
        trial=trial,
        reason=row.reason,
        sheet_hash=sheet_hash,
    )
    return row


@transaction.atomic
def finish(order_id: int, result: str, *, seen: int, by: Actor, at: datetime) -> Order:
    """Hand the ticket back (R-187): the order goes to 待结算. Refused: what this result needs is missing, by name."""
    order = in_repair(order_id, by=by, seen=seen)
    orders.refuse_if_held(order, "close", at=at)
    progress = queries.progress(order)
    rules.check_may_finish(result, progress.devices, is_accepted=progress.is_accepted, consented=progress.consented)
    rules.check_nothing_with_us(progress.with_us)
    if result != "declined":
        rules.check_ticked(progress.unticked)
    if result == "repaired":
        _check_still_agreed(order)
    orders.deposit(order, result=result, finished_at=at)
    lines = DeviceLine.objects.filter(order=order)
    lines.filter(result="").update(result=result)
    lines.filter(result=rules.UNSAFE).exclude(pk__in=_still_refused(order)).update(result=result)
    _show_due(order)
    orders.advance(order, "finish_repair", by=by, at=at)
    record(Verb.FINISHED, order, by=by, at=at, result=rules.RESULTS[result])
    return order


def _still_refused(order: Order) -> list[int]:
    lines = DeviceLine.objects.filter(order=order, result=rules.UNSAFE).select_related("device")
    return [line.pk for line in lines if queries.is_refused(line)]


def _show_due(order: Order) -> None:
    """What the order now comes to, for the list of 结算. Trouble with the price book stops the cashier, not the work."""
    try:
        price, _code = quotes.final_price(order)
    except Refused:
        return
    orders.deposit(order, due_fen=price.due_fen)


@transaction.atomic
def reopen(order_id: int, reason: str, *, seen: int, by: Actor, at: datetime) -> Order:
    """Back from 待结算 to repair: the customer found it not working (R-164). The reason is kept."""
    if not reason.strip():
        raise Invalid({"reason": _("请填写退回维修的原因")})
    order = orders.locked(order_id, seen=seen, by=by)
    access.require_work(by, order)
    orders.advance(order, "reopen_repair", by=by, at=at, reason=reason)
    DeviceLine.objects.filter(order=order).exclude(pk__in=_still_refused(order)).update(result="")
    orders.deposit(order, result="", finished_at=None)
    record(Verb.REOPENED, order, by=by, at=at, reason=reason.strip()[:200])
    return order


def _check_still_agreed(order: Order) -> None:
    """Refused: a diagnosis, distance or mode that changed after the consent made the work dearer than was agreed."""
    if above := quotes.above_consent(order):
        raise Refused(
            _(
                "按现在的检测结论和上门情况应收 {due:yuan}，高于客户同意的 {agreed:yuan}，请重新报价并取得同意后再完工",
                due=above[0],
                agreed=above[1],
            ),
            code="above_consent",
        )
