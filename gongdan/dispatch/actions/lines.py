"""What the verbs of dispatch share: finding and locking a line, taking one back, who may be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.dispatch import access
from gongdan.dispatch.events import Verb
from gongdan.dispatch.models import TeamOffer, Transfer, Visit
from gongdan.dispatch.queries.choice import feasibility
from gongdan.dispatch.queries.visits import out_of_sight
from gongdan.dispatch.states import LIVE, MACHINE, NOT_STARTED, VISIT_LABELS, Method, Verdict, VisitStatus
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import actions as orders
from gongdan.orders import queries as order_queries
from gongdan.orders.models import Order
from gongdan.orders.states import TO_THE_DOOR, Status
from gongdan.people import access as people
from gongdan.people.models import User
from gongdan.people.queries import technicians
from gongdan.quotes.states import WAY_LABELS

WORK_AHEAD = (Status.REGISTERED, Status.ANSWERING, Status.TO_DISPATCH, Status.IN_REPAIR)
WAYS = tuple(WAY_LABELS)
LinesSeen = Mapping[int, int]  # the version of each line, by its id, as a page showed it


@dataclass(frozen=True, slots=True)
class VisitDraft:
    """A dispatch line as typed: who, what to do, when the customer was promised."""

    technician_id: int
    task: str = ""
    planned_from: datetime | None = None
    planned_to: datetime | None = None
    method: str = Method.SYSTEM
    is_remote: bool = False
    remark: str = ""


def entitled(by: Actor, *permissions: str) -> Actor:
    """The actor with what this one verb of dispatch gives him for its own order: his name stays on the events."""
    return replace(by, permissions=by.permissions | set(permissions))


def locked_visit(visit_id: int, *, by: Actor) -> tuple[Visit, Order]:
    """The visit and its order, the order's row locked first."""
    order_id = access.visible_to(by).filter(pk=visit_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise out_of_sight(visit_id, by)
    order = orders.locked(order_id, by=by)
    return Visit.objects.select_for_update(of=("self",)).select_related("technician").get(pk=visit_id), order


def require_own(visit: Visit, *, by: Actor) -> None:
    """Refused (Forbidden): neither his own visit nor the right to dispatch."""
    by.require(access.WORK if access.is_own(by, visit) else access.ASSIGN)


def technician(user_id: int, *, by: Actor) -> User:
    """A technician who may be sent by this actor."""
    found = people.visible_to(by).filter(pk=user_id, is_active=True, roles__is_technician=True).first()
    if found is None:
        raise Invalid({"technician_id": _("请选择一位在岗的师傅")})
    return found


def colleague(user_id: int, order: Order) -> User:
    """A technician of the order's site, whoever asks: a technician knows his colleagues by their names only."""
    if all(person.id != user_id for person in technicians(frozenset({order.site_id}))):
        raise Invalid({"technician_id": _("请选择一位在岗的师傅")})
    return User.objects.get(pk=user_id)


def in_the_way(
    technician: User,
    order: Order,
    window: tuple[datetime | None, datetime | None],
    *,
    is_remote: bool,
    is_meant: bool,
) -> str:
    """The order whose window overlaps this one of the same technician, "" if none does.

    Refused: there is one, until somebody says that it is meant.
    """
    start, end = window
    if is_remote or start is None or end is None:
        return ""
    found = feasibility(technician.pk, (start, end), order)
    if found.verdict is not Verdict.CONFLICT:
        return ""
    if not is_meant:
        raise Refused(
            _(
                "{name} 与工单 {number} 时间冲突；请换师傅或时间，确实要这样安排请勾选“时间冲突”",
                name=technician.name,
                number=found.in_the_way,
            ),
            code="conflict",
            field="confirm_conflict",
        )
    return found.in_the_way


def window_of(
    order: Order, planned: tuple[datetime | None, datetime | None], *, is_remote: bool, at: datetime
) -> tuple[datetime | None, datetime | None]:
    """When a line is for: as it was planned, else as the customer was promised, where somebody still travels to him."""
    if planned[0] is not None or is_remote or order.mode not in TO_THE_DOOR or order.arrived_at is not None:
        return planned
    is_ahead = order.promised_to is not None and order.promised_to > at
    return (order.promised_from, order.promised_to) if is_ahead else planned


def note_conflict(visit: Visit, order: Order, number: str, *, by: Actor, at: datetime) -> None:
    """Keep that the line is meant although its technician has another visit at that time."""
    if number:
        record(Verb.CONFLICT_MEANT, visit, by=by, at=at, about=order, technician=visit.technician.name, number=number)


def refuse_if_changed(order: Order, seen: LinesSeen | None) -> None:
    """Refused: a line of this order is no longer what its page showed - its technician has set out, say."""
    for visit in Visit.objects.filter(order=order, pk__in=seen) if seen else ():
        if seen is not None and visit.version != seen[visit.pk]:
            raise stale(visit, seen[visit.pk])


def refuse_if_on_it(order: Order, person: User) -> None:
    """Refused: he has a line on this order already."""
    if Visit.objects.filter(order=order, technician=person, status__in=LIVE).exists():
        raise Refused(
            _("{name} 已在这张工单的派工中，如需改内容请修改那一行", name=person.name),
            code="twice",
            field="technician_id",
        )


def refuse_if_unsafe(order: Order) -> None:
    """Refused: a device to be worked on was refused for safety and is not cleared (O-044)."""
    if found := order_queries.unsafe_on(order.pk):
        reason = found.device.safety_reason
        raise Refused(_("设备已安全拒修（{reason}），隐患消除并登记后才能派工", reason=reason), code="unsafe")


def refuse_if_done(order: Order, verb: Text) -> None:
    """Lines and promises are for work that is still ahead: those of a finished or filed order stay as they were."""
    if order.status not in WORK_AHEAD:
        raise too_late(order, verb)


def too_late(order: Order, verb: Text) -> Refused:
    """The refusal for an order that is past this."""
    return Refused(
        _(
            "工单 {number} 现在是“{status}”，不能再{verb}",
            number=order.number,
            status=orders.status_label(order),
            verb=verb,
        ),
        code="wrong_status",
    )


def take_back(visit: Visit, order: Order, reason: str, *, by: Actor, at: datetime) -> None:
    """Void a line; who was never there loses sight of the order."""
    visit.status = MACHINE.step("void", status=VisitStatus(visit.status)).target
    visit.void_reason = reason.strip()[:200]
    visit.version += 1
    visit.save(update_fields=["status", "void_reason", "version"])
    was_there = Visit.objects.filter(order=order, technician=visit.technician_id, status=VisitStatus.LEFT).exists()
    if not was_there:
        orders.end_participant(order, visit.technician_id, "technician", at=at)
    record(Verb.VOIDED, visit, by=by, at=at, about=order, technician=visit.technician.name, reason=visit.void_reason)


def lines_to_take_back(order: Order, what: Text, *, ever: bool = False) -> list[Visit]:
    """The live lines of an order, locked, none of them begun. Refused: somebody has set out (`ever`: or was there)."""
    statuses = (*LIVE, VisitStatus.LEFT) if ever else LIVE
    visits = list(
        Visit.objects.select_for_update(of=("self",))
        .filter(order=order, status__in=statuses, wasted_trip=None)
        .select_related("technician")
        .order_by("pk")
    )
    gone = next((visit for visit in visits if visit.status not in NOT_STARTED), None)
    if gone is not None:
        raise Refused(
            _(
                "{name} 的派工是“{status}”，不能{what}；请添加一行派工，或只撤销没有出发的行",
                name=gone.technician.name,
                status=VISIT_LABELS[VisitStatus(gone.status)],
                what=what,
            ),
            code="under_way",
        )
    return visits


def withdraw_offer(order: Order, *, by: Actor, at: datetime, tells: bool = True) -> None:
    """The order leaves the queue of its team, and the sight of its members."""
    offer = open_offer(order)
    if offer is None:
        return
    offer.withdrawn_at = at
    offer.save(update_fields=["withdrawn_at"])
    end_team(order, at=at)
    if tells:
        record(Verb.OFFER_WITHDRAWN, offer, by=by, at=at, about=order, team=offer.team.name)


def open_offer(order: Order) -> TeamOffer | None:
    """The queue in which the order waits, if it does."""
    rows = TeamOffer.objects.filter(order=order, taken_at__isnull=True, withdrawn_at__isnull=True)
    return rows.select_related("team").first()


def end_team(order: Order, *, at: datetime) -> None:
    """Nobody sees the order any more because it waited in his team's queue."""
    waiting = order.participants.filter(part="team", until__isnull=True).values_list("user_id", flat=True)
    for user_id in list(waiting):
        orders.end_participant(order, user_id, "team", at=at)
    orders.deposit(order, team_name="")


def note_taken_over(visit: Visit, *, at: datetime) -> None:
    """Whoever the order was handed to has taken it (R-072)."""
    Transfer.objects.filter(visit=visit, accepted_at__isnull=True).update(accepted_at=at)


def name_technicians(order: Order) -> None:
    """Deposit who is on the order, for the lists."""
    names = (
        Visit.objects.filter(order=order)
        .exclude(status=VisitStatus.VOID)
        .order_by("pk")
        .values_list("technician__name", flat=True)
    )
    orders.deposit(order, technician_names="、".join(dict.fromkeys(names))[:120])
