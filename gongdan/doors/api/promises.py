"""Dispatch: windows told to the customer and moved with his answer, orders handed on, and what the supervisor settles."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Query, Router
from pydantic import Field

from gongdan.dispatch import actions as dispatch
from gongdan.dispatch import queries
from gongdan.dispatch.actions import MoveDraft
from gongdan.doors.api import fields, outputs
from gongdan.doors.api.auth import ApiRequest
from gongdan.doors.api.intake import Number, answers, done, find

router = Router(tags=["派工 dispatch"])
Way = Annotated[str, Field(pattern="^(signature|phone|sms|in_person|link)$")]
LinesSeen = Annotated[dict[fields.Id, fields.Id], Field(max_length=50)]


class WindowIn(fields.Seen):
    """An arrival window."""

    start: fields.Moment
    end: fields.Moment


class PromiseIn(WindowIn):
    """A first window; `confirm_conflict`: meant although whoever comes has another visit at that time."""

    confirm_conflict: bool = False


class MoveIn(WindowIn):
    """Another window, put to the customer: who answered, in which way, why, and whether we apologised.

    `lines_seen`: the version of each dispatch line by its id, as it was shown; one that changed is refused.
    """

    consent_of: fields.Short
    way: Way = "phone"
    reason: fields.Long
    moved_by: Annotated[str, Field(pattern="^(us|customer)$")] = "us"
    apology_made: bool = False
    lines_seen: LinesSeen = {}

    def draft(self) -> MoveDraft:
        """The same as dispatch takes it."""
        return MoveDraft(self.start, self.end, self.consent_of, self.reason, self.way, self.moved_by, self.apology_made)


class AgreedIn(MoveIn):
    """A window that the customer agreed to; `confirm_conflict` as for a first one."""

    consent: Annotated[str, Field(pattern="^(yes|no)$")]
    confirm_conflict: bool = False


class RefusedIn(MoveIn):
    """A window that he refused; without `to_id` nobody is free and the supervisor must help."""

    to_id: fields.Id | None = None
    from_id: fields.Id | None = None
    confirm_conflict: bool = False


class TransferIn(fields.Seen):
    """From whom to whom, and why; `confirm_conflict`: meant although the taker has another visit at that time.

    Who is on his way is called back only with the version of his line in `lines_seen`.
    """

    from_id: fields.Id
    to_id: fields.Id
    reason: fields.Long
    confirm_conflict: bool = False
    lines_seen: LinesSeen = {}


class SettleIn(fields.Seen):
    """待协调: another time that was agreed to, somebody can go, or cancelled."""

    outcome: Annotated[str, Field(pattern="^(offer|go|cancel)$")]
    start: fields.Moment | None = None
    end: fields.Moment | None = None
    consent_of: fields.Short = ""
    way: Way = "phone"
    apology_made: bool = False
    reason: fields.Long = ""

    def draft(self) -> MoveDraft | None:
        """The accepted time, if there is one."""
        if self.start is None or self.end is None:
            return None
        reason = self.reason or "没有师傅能去"
        return MoveDraft(self.start, self.end, self.consent_of, reason, self.way, "us", self.apology_made)


@router.post("/orders/{number}/promise", response=answers(outputs.Done), summary="承诺上门时间")
def promise(request: ApiRequest, number: Number, body: PromiseIn) -> Any:
    """Tell the customer a first arrival window (R-073). Another visit of whoever comes is asked about: 409, `conflict`."""
    order = find(request.actor, number)
    dispatch.promise(order.pk, **body.model_dump(), by=request.actor, at=request.now)
    return done(find(request.actor, number))


@router.get("/orders/{number}/promises", response=answers(list[dict[str, Any]]), summary="约定时间记录")
def list_promises(request: ApiRequest, number: Number) -> Any:
    """Every window that was promised, moved or refused, the first one first (O-067)."""
    order = find(request.actor, number)
    return [
        {
            "start": iso(p.start),
            "end": iso(p.end),
            "is_first": p.is_first,
            "is_agreed": p.is_agreed,
            "moved_by": p.moved_by,
            "reason": p.reason,
            "apology_made": p.apology_made,
            "kept": p.kept,
            "who": p.promised_by_name,
            "at": iso(p.promised_at),
            "withdrawn_at": iso(p.withdrawn_at),
        }
        for p in queries.promises_of(order.pk)
    ]


@router.post("/orders/{number}/move-promise", response=answers(outputs.Done), summary="改约")
def move_promise(request: ApiRequest, number: Number, body: AgreedIn) -> Any:
    """Move the window with the customer's consent (R-071). A conflict is asked about as for a first one."""
    order = find(request.actor, number)
    typed = body.model_dump(exclude={"start", "end"})
    dispatch.move_promise(order.pk, body.start, body.end, **typed, by=request.actor, at=request.now)
    return done(find(request.actor, number))


@router.post("/orders/{number}/refuse-move", response=answers(dict[str, Any]), summary="客户不同意改约")
def refuse_move(request: ApiRequest, number: Number, body: RefusedIn) -> Any:
    """The customer keeps his time; the order goes to a colleague, or to the supervisor (R-072)."""
    order = find(request.actor, number)
    row = dispatch.refuse_move(
        order.pk,
        body.draft(),
        to_id=body.to_id,
        from_id=body.from_id,
        seen=body.seen,
        by=request.actor,
        at=request.now,
        confirm_conflict=body.confirm_conflict,
        lines_seen=body.lines_seen,
    )
    return {"visit_id": row.visit_id, "to_coordinate": False} if row else {"visit_id": None, "to_coordinate": True}


@router.post("/orders/{number}/transfer", response=answers(dict[str, Any]), summary="转派")
def transfer(request: ApiRequest, number: Number, body: TransferIn) -> Any:
    """From one technician to another; the customer's time stays (R-072). A taker with another visit: 409, `conflict`."""
    order = find(request.actor, number)
    row = dispatch.transfer(order.pk, **body.model_dump(), by=request.actor, at=request.now)
    return {"visit_id": row.visit_id}


@router.get("/orders/{number}/transfers", response=answers(list[dict[str, Any]]), summary="转派记录")
def list_transfers(request: ApiRequest, number: Number) -> Any:
    """Who handed the order on to whom, why, and when it was accepted."""
    order = find(request.actor, number)
    return [
        {"from": t.giver, "to": t.taker, "reason": t.reason, "at": iso(t.at), "accepted_at": iso(t.accepted_at)}
        for t in queries.transfers_of(order.pk)
    ]


@router.post("/orders/{number}/coordinate", response=answers(outputs.Done), summary="转待协调")
def to_coordinate(request: ApiRequest, number: Number, body: fields.Reason) -> Any:
    """Nobody is free: the supervisor must help (O-067)."""
    order = find(request.actor, number)
    return done(dispatch.to_coordinate(order.pk, body.reason, seen=body.seen, by=request.actor, at=request.now))


@router.post("/orders/{number}/coordinated", response=answers(outputs.Done), summary="协调完毕")
def settle_coordination(request: ApiRequest, number: Number, body: SettleIn) -> Any:
    """Another time, somebody can go, or cancelled (O-067)."""
    order = find(request.actor, number)
    row = dispatch.settle_coordination(
        order.pk,
        body.outcome,
        draft=body.draft(),
        reason=body.reason,
        seen=body.seen,
        by=request.actor,
        at=request.now,
    )
    return done(row)


@router.get("/coordinations", response=answers(list[dict[str, Any]]), summary="待协调")
def list_coordinations(request: ApiRequest) -> Any:
    """What waits for the supervisor, the oldest first; overdue ones are marked."""
    request.actor.require("dispatch.assign")
    return [
        {"number": c.number, "reason": str(c.reason), "due_at": iso(c.due_at), "is_overdue": c.is_overdue}
        for c in queries.coordinations(request.actor, at=request.now)
    ]


@router.get("/kept-promises", response=answers(dict[str, Any]), summary="履约率（首约、改约）")
def get_kept(
    request: ApiRequest,
    start: Annotated[fields.Moment, Query()],
    end: Annotated[fields.Moment, Query()],
) -> Any:
    """How first and moved promises of a period were kept (R-073, O-067)."""
    request.actor.require("dispatch.assign")
    found = queries.kept(start, end, request.actor, at=request.now)
    return {
        "first_due": found.first_due,
        "first_kept": found.first_kept,
        "first_rate": found.first_rate,
        "moved_due": found.moved_due,
        "moved_kept": found.moved_kept,
        "moved_rate": found.moved_rate,
    }


def iso(at: Any) -> str | None:
    """The time as text, None where there is none."""
    return at.isoformat() if at else None
