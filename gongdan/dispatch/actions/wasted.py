"""空跑: a trip to a shut door, with what proves it (O-043)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.dispatch import access
from gongdan.dispatch.actions import lines
from gongdan.dispatch.events import Verb
from gongdan.dispatch.models import Promise, Visit, WastedTrip
from gongdan.dispatch.queries.visits import proof_of
from gongdan.dispatch.states import LIVE, VisitStatus
from gongdan.files import queries as files
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.states import Status


@transaction.atomic
def report_wasted_trip(
    visit_id: int, reason: str, *, photo_id: int | None, by: Actor, at: datetime, confirm_unproven: bool = False
) -> tuple[WastedTrip, list[Text]]:
    """The technician was there and could not begin: he leaves, and the next one is told.

    With the door's photograph, the calls and the wait of the settings the price book's fee is on the bill (the
    customer's, or the maker's claim); the second answer says what is missing, and then there is no fee: nor is there
    before the promised time. A promise whose time is yet to come stands, another must be made anew. Where nobody else is
    on his way the order waits for dispatch again. Refused: he is not there, or work was begun by the order's
    status; a photograph that is none of this order's; gaps in the proof until `confirm_unproven` says that it is meant.
    """
    visit, order = lines.locked_visit(visit_id, by=by)
    lines.require_own(visit, by=by)
    if order.status != Status.IN_REPAIR:
        raise lines.too_late(order, _("登记空跑"))
    if visit.status != VisitStatus.ON_SITE or visit.arrived_at is None or visit.is_remote:
        raise Refused(_("请先登记到达，再登记空跑"), code="wrong_status")
    if not reason.strip():
        raise Invalid({"reason": _("请填写空跑的原因")})
    if photo_id is not None and not _is_picture_of(order, photo_id):
        raise Invalid({"photo_id": _("请选择这张工单的门口照片")})
    proof = proof_of(visit, at)
    calls, minutes, gaps = proof.calls, proof.minutes, proof.gaps(has_photo=photo_id is not None)
    if gaps and not confirm_unproven:
        missing = "；".join(str(gap) for gap in gaps)
        raise Refused(
            _("证据不足，不收空跑费：{missing}；补齐后再登记，或勾选“仍要登记”", missing=missing),
            code="unproven",
            field="confirm_unproven",
        )
    row = WastedTrip.objects.create(
        visit=visit,
        reason=reason.strip()[:200],
        photo_id=photo_id,
        calls=min(calls, 32_000),
        waited_minutes=min(minutes, 32_000),
        is_proven=not gaps,
        at=at,
        by_name=by.name[:60],
    )
    visit.status, visit.left_at = VisitStatus.LEFT, at
    visit.version += 1
    visit.save(update_fields=["status", "left_at", "version"])
    others = Visit.objects.filter(order=order, arrived_at__isnull=False, is_remote=False, wasted_trip__isnull=True)
    derived: dict[str, object] = {"wasted_trips": order.wasted_trips + (0 if gaps else 1)}
    if not others.exclude(status=VisitStatus.VOID).exists():
        # Nobody has been at the device: the hour of the next visit is what the price asks about.
        derived |= {"arrived_at": None, "left_at": None}
        standing = Promise.objects.filter(order=order, withdrawn_at__isnull=True)
        if proof.opens is not None:
            standing.update(kept=None)  # the customer still expects somebody then
        else:
            derived |= {"promised_from": None, "promised_to": None}
            standing.update(withdrawn_at=at)
    orders.deposit(order, **derived)
    evidence = _("照片、{calls} 次电话、等候 {minutes} 分钟", calls=calls, minutes=minutes)
    record(
        Verb.WASTED_TRIP, row, by=by, at=at, about=order,
        reason=row.reason, evidence=evidence if not gaps else _("证据不足，不收空跑费"), is_proven=not gaps,
    )  # fmt: skip
    if not Visit.objects.filter(order=order, status__in=LIVE).exists():
        back = lines.entitled(by, access.ASSIGN)
        orders.advance(order, "return_to_dispatch", by=back, at=at, reason=f"空跑：{row.reason}"[:200])
    return row, gaps


def _is_picture_of(order: Order, photo_id: int) -> bool:
    try:
        found = files.attachment(photo_id)
    except Missing:
        return False
    return (found.subject_kind, found.subject_id) == ("orders.order", order.pk) and found.mime.startswith("image/")
