"""Dispatch: lines, queues, and the technician's way to the customer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Query, Router
from ninja import Status as Answer
from pydantic import Field

from gongdan.customers import queries as customers
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch import queries
from gongdan.dispatch.actions import ConfirmationDraft, OfferDraft, VisitDraft
from gongdan.dispatch.rules import Feasibility
from gongdan.dispatch.states import VERDICT_LABELS, Method, RemoteResult, Told
from gongdan.doors.api import fields, outputs
from gongdan.doors.api.auth import ApiRequest
from gongdan.doors.api.fields import Input
from gongdan.doors.api.intake import Id, Key, Number, answers, done, find
from gongdan.doors.api.once import once
from gongdan.doors.api.promises import Way, iso
from gongdan.kernel.calendar import local_day, moment_on
from gongdan.orders import queries as orders

router = Router(tags=["派工 dispatch"])
Then = Annotated[str, Field(pattern="^(on_site|in_store|mail_in)$")]
Start = Annotated[fields.Moment | None, Query()]


class VisitIn(fields.Seen):
    """A dispatch line; `seen` is the version of the order."""

    technician_id: fields.Id
    task: Annotated[str, Field(max_length=500)] = ""
    planned_from: fields.Moment | None = None
    planned_to: fields.Moment | None = None
    method: Method = Method.SYSTEM
    is_remote: bool = False
    remark: fields.Long = ""

    def draft(self) -> VisitDraft:
        """The same as dispatch takes it."""
        return VisitDraft(
            **{**self.model_dump(exclude={"seen", "confirm_conflict"}), "task": self.task.replace("\x00", "")}
        )


class AssignIn(VisitIn):
    """A new line; `confirm_conflict` says that it is meant although he has another visit at that time."""

    confirm_conflict: bool = False


class VisitEditIn(VisitIn):
    """What a line says; `seen` is the version of the line, `confirm_conflict` as for a new one."""

    confirm_conflict: bool = False


class OfferIn(fields.Seen):
    """Which team's queue."""

    team_id: fields.Id
    task: Annotated[str, Field(max_length=500)] = ""
    planned_from: fields.Moment | None = None
    planned_to: fields.Moment | None = None

    def draft(self) -> OfferDraft:
        """The same as dispatch takes it."""
        return OfferDraft(self.team_id, self.task.replace("\x00", ""), self.planned_from, self.planned_to)


class ExpressIn(fields.Seen):
    """Who agreed to the surcharge, and in which way."""

    name: fields.Short
    way: Way = "phone"


class VoidIn(Input):
    """Why a dispatch line is taken back."""

    reason: fields.Long


class DifferencesIn(Input):
    """What is otherwise than it was told."""

    address: fields.Long = ""
    symptom: Annotated[str, Field(max_length=500)] = ""
    brand_text: fields.Short = ""
    model_text: fields.Line = ""
    serial: fields.Short = ""


class ConfirmIn(Input):
    """The call before setting out, or why there was none."""

    is_convenient: bool | None = None
    told_at: fields.Moment | None = None
    device_ok: bool = False
    fault_ok: bool = False
    address_ok: bool = False
    differences: DifferencesIn = DifferencesIn()
    device_line_id: fields.Id | None = None
    skipped_reason: fields.Long = ""
    note: fields.Long = ""

    def draft(self) -> ConfirmationDraft:
        """The same as dispatch takes it."""
        known = self.model_dump(exclude={"differences"})
        told = {name: value.replace("\x00", "") for name, value in self.differences.model_dump().items() if value}
        return ConfirmationDraft(**known, differences=told)


class DelayIn(Input):
    """The customer was told that somebody comes late."""

    reason: fields.Long
    told_how: Told
    new_estimate: fields.Moment


class StepIn(Input):
    """Which customer agreed to an arrival long before the promised time, and in which way."""

    agreed_by: fields.Short = ""
    agreed_way: Way = "phone"


class RemoteIn(Input):
    """How guidance from afar ended."""

    result: RemoteResult
    then: Annotated[str, Field(pattern="^(|on_site|in_store|mail_in)$")] = ""
    note: fields.Long = ""


class ThenIn(fields.Seen):
    """上门 or 送修, after it failed."""

    then: Then


class WastedIn(Input):
    """空跑; the picture of the door is attached to the order first.

    `confirm_unproven` says that it is meant although its evidence has gaps.
    """

    reason: fields.Long
    photo_id: fields.Id | None = None
    confirm_unproven: bool = False


class SolvedIn(fields.Seen):
    """Solved by the call."""

    reason: Annotated[str, Field(pattern="^(false_alarm|misuse|guided)$")]
    code: fields.Short = ""
    steps: Annotated[list[fields.Long], Field(max_length=30)] = []
    note: fields.Paragraph = ""


@router.get("/orders/{number}/candidates", response=answers(list[dict[str, Any]]), summary="可派师傅")
def list_candidates(request: ApiRequest, number: Number, start: Start = None, end: Start = None) -> Any:
    """Technicians for this order, the best first, with reasons and whether they can be there (R-070, R-084)."""
    request.actor.require("dispatch.assign")
    order = find(request.actor, number)
    today = local_day(request.now)
    found = queries.candidates(
        frozenset({order.site_id}),
        category=order.category.name if order.category else "",
        window=(start, end) if start and end else None,
        day_start=moment_on(today),
        but_not=order.pk,
        place=queries.place_of(order),
        own=customers.own_technician(order.customer_id, today) if order.flag == "vip" else None,
    )
    return [
        {
            "technician_id": c.technician_id,
            "name": c.name,
            "has_skill": c.has_skill,
            "open_visits": c.open_visits,
            "conflict": c.conflict,
            "reasons": [str(r) for r in c.reasons],
            "feasibility": _feasibility(c.feasibility) if c.feasibility else None,
        }
        for c in found
    ]


@router.get("/orders/{number}/feasibility", response=answers(dict[str, Any]), summary="能否按时到达")
def get_feasibility(
    request: ApiRequest,
    number: Number,
    technician_id: Annotated[fields.Id, Query()],
    start: Annotated[fields.Moment, Query()],
    end: Annotated[fields.Moment, Query()],
) -> Any:
    """Possible, too short or conflict, with the order in the way and his visits around that time (R-070)."""
    request.actor.require("dispatch.contact")
    order = find(request.actor, number)
    return _feasibility(queries.feasibility(technician_id, (start, end), order))


@router.get("/orders/{number}/visits", response=answers(list[dict[str, Any]]), summary="派工记录")
def list_visits(request: ApiRequest, number: Number) -> Any:
    """The dispatch lines of an order."""
    order = find(request.actor, number)
    return [_visit(v) for v in queries.visits_of(order.pk)]


@router.post("/orders/{number}/visits", response=answers(dict[str, Any], 201), summary="添加派工")
def assign(request: ApiRequest, number: Number, body: AssignIn, key: Key = "") -> Any:
    """Add a dispatch line (R-078). A technician with another visit at that time is asked about once: 409, `conflict`.

    `preliminary_gap` says what the first judgement lacks where its category asks for one (R-065).
    """
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        row = dispatch.assign(
            order.pk,
            body.draft(),
            seen=body.seen,
            by=request.actor,
            at=request.now,
            confirm_conflict=body.confirm_conflict,
        )
        return _visit(row) | {"preliminary_gap": str(orders.preliminary_gap(order) or "")}

    return Answer(201, once(request, "dispatch.assign", body, run))


@router.put("/visits/{pk}", response=answers(dict[str, Any]), summary="修改派工")
def edit_visit(request: ApiRequest, pk: Id, body: VisitEditIn) -> Any:
    """Change what a line says, until its technician sets out. Another window: asked about as for a new line."""
    row = dispatch.edit_visit(
        pk,
        body.draft(),
        seen=body.seen,
        by=request.actor,
        at=request.now,
        confirm_conflict=body.confirm_conflict,
    )
    return _visit(row)


@router.post("/visits/{pk}/void", response=answers(dict[str, Any]), summary="撤销派工")
def void_visit(request: ApiRequest, pk: Id, body: VoidIn) -> Any:
    """Take a dispatch line back, with the reason."""
    return _visit(dispatch.void(pk, body.reason, by=request.actor, at=request.now))


@router.get("/visits/{pk}", response=answers(dict[str, Any]), summary="派工行")
def get_visit(request: ApiRequest, pk: Id) -> Any:
    """One line, with the last call ahead, delays that were told, and trips to a shut door before."""
    row = queries.visit(pk, request.actor)
    ahead = queries.ahead_of([row.pk]).get(row.pk)
    return {
        **_visit(row),
        "order": row.order.number,
        "confirmation": {
            "is_convenient": ahead.is_convenient,
            "skipped_reason": ahead.skipped_reason,
            "unticked": [str(one) for one in ahead.unticked],
            "told_at": iso(ahead.told_at),
        }
        if ahead
        else None,
        "delays": [
            {"reason": d.reason, "how": str(d.how), "new_estimate": iso(d.new_estimate), "at": iso(d.at)}
            for d in queries.delays_of([row.pk]).get(row.pk, [])
        ],
        "wasted_before": [
            {"reason": w.reason, "is_proven": w.is_proven, "at": iso(w.at)} for w in queries.wasted_of(row.order_id)
        ],
    }


@router.post("/visits/{pk}/confirm", response=answers(dict[str, Any], 201), summary="上门前确认")
def confirm(request: ApiRequest, pk: Id, body: ConfirmIn, key: Key = "") -> Any:
    """The call before setting out and the three facts; differences correct the order (R-075, R-076)."""

    def run() -> dict[str, Any]:
        return {"id": dispatch.confirm_before_visit(pk, body.draft(), by=request.actor, at=request.now).pk}

    return Answer(201, once(request, "dispatch.confirm", body, run))


@router.post("/visits/{pk}/delay", response=answers(dict[str, Any], 201), summary="告知会晚到")
def delay(request: ApiRequest, pk: Id, body: DelayIn, key: Key = "") -> Any:
    """The customer was told before the window ended (R-074)."""

    def run() -> dict[str, Any]:
        return {"id": dispatch.report_delay(pk, **body.model_dump(), by=request.actor, at=request.now).pk}

    return Answer(201, once(request, "dispatch.delay", body, run))


@router.post("/visits/{pk}/wasted", response=answers(dict[str, Any], 201), summary="登记空跑")
def wasted(request: ApiRequest, pk: Id, body: WastedIn, key: Key = "") -> Any:
    """A shut door; without its evidence there is no fee (O-043), which is asked about once: 409, `unproven`."""

    def run() -> dict[str, Any]:
        row, gaps = dispatch.report_wasted_trip(
            pk,
            body.reason,
            photo_id=body.photo_id,
            by=request.actor,
            at=request.now,
            confirm_unproven=body.confirm_unproven,
        )
        return {"id": row.pk, "is_proven": row.is_proven, "missing": [str(gap) for gap in gaps]}

    return Answer(201, once(request, "dispatch.wasted", body, run))


@router.post("/visits/{pk}/remote", response=answers(dict[str, Any]), summary="远程结果")
def remote(request: ApiRequest, pk: Id, body: RemoteIn) -> Any:
    """How guidance from afar ended (R-085)."""
    row = dispatch.record_remote(pk, body.result, then=body.then, note=body.note, by=request.actor, at=request.now)
    return _visit(row)


@router.post("/visits/{pk}/{step}", response=answers(dict[str, Any]), summary="接单、出发、到达、离开")
def step_visit(
    request: ApiRequest, pk: Id, step: Literal["accept", "depart", "arrive", "leave"], body: StepIn | None = None
) -> Any:
    """The technician's way: accept, depart (after the call ahead), arrive, leave.

    Long before the promised time an arrival is asked about: 409, `early`, until `agreed_by` names who agreed.
    """
    if step == "arrive":
        said = (body or StepIn()).model_dump()
        return _visit(dispatch.arrive(pk, **said, by=request.actor, at=request.now))
    steps = {"accept": dispatch.accept, "depart": dispatch.depart, "leave": dispatch.leave}
    return _visit(steps[step](pk, by=request.actor, at=request.now))


@router.get("/queue", response=answers(list[dict[str, Any]]), summary="领单列表")
def list_offers(request: ApiRequest) -> Any:
    """What the actor's teams may take; a dispatcher sees the queues of his sites (R-013)."""
    return [
        {
            "order_id": o.order_id,
            "number": o.number,
            "team": o.team,
            "task": o.task,
            "address": o.address,
            "planned_from": iso(o.planned[0]) if o.planned else None,
            "planned_to": iso(o.planned[1]) if o.planned else None,
        }
        for o in queries.offers_for(request.actor)
    ]


@router.post("/orders/{number}/team", response=answers(dict[str, Any], 201), summary="放进领单列表")
def offer_to_team(request: ApiRequest, number: Number, body: OfferIn) -> Any:
    """Into a team's queue (R-013)."""
    order = find(request.actor, number)
    row = dispatch.offer_to_team(order.pk, body.draft(), seen=body.seen, by=request.actor, at=request.now)
    return Answer(201, {"id": row.pk, "team": row.team.name})


@router.post("/orders/{number}/team/take-back", response=answers(outputs.Done), summary="从领单列表收回")
def take_back_offer(request: ApiRequest, number: Number, body: fields.Seen) -> Any:
    """Out of the queue again."""
    order = find(request.actor, number)
    return done(dispatch.take_back_offer(order.pk, seen=body.seen, by=request.actor, at=request.now))


@router.post("/queue/{pk}/take", response=answers(dict[str, Any], 201), summary="领单")
def take(request: ApiRequest, pk: Id, key: Key = "") -> Any:
    """Take the order of this id; of two at the same moment one has it (R-013)."""

    def run() -> dict[str, Any]:
        return _visit(dispatch.take(pk, by=request.actor, at=request.now))

    return Answer(201, once(request, "dispatch.take", {}, run))


@router.post("/orders/{number}/after-remote", response=answers(outputs.Done), summary="远程未解决后选择上门或送修")
def choose_after_remote(request: ApiRequest, number: Number, body: ThenIn) -> Any:
    """上门 or 送修; before that nothing can be closed (R-085)."""
    order = find(request.actor, number)
    return done(dispatch.choose_after_remote(order.pk, body.then, seen=body.seen, by=request.actor, at=request.now))


@router.post("/orders/{number}/express", response=answers(dict[str, Any], 201), summary="同意极速加价")
def agree_express(request: ApiRequest, number: Number, body: ExpressIn) -> Any:
    """The customer agreed to the surcharge; the hour counts from now (R-089)."""
    order = find(request.actor, number)
    row = dispatch.agree_express(
        order.pk, name=body.name, way=body.way, seen=body.seen, by=request.actor, at=request.now
    )
    return Answer(201, {"id": row.pk, "fen": row.fen})


@router.post("/orders/{number}/solve-before-visit", response=answers(dict[str, Any], 201), summary="上门前电话解决")
def solve_by_phone(request: ApiRequest, number: Number, body: SolvedIn, key: Key = "") -> Any:
    """The call before setting out solved it: the visits are called off."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        typed = body.model_dump()
        return {"id": dispatch.solve_by_phone(order.pk, **typed, by=request.actor, at=request.now).pk}

    return Answer(201, once(request, "dispatch.solve_by_phone", body, run))


def _feasibility(found: Feasibility) -> dict[str, Any]:
    return {
        "verdict": found.verdict.value,
        "label": str(VERDICT_LABELS[found.verdict]),
        "in_the_way": found.in_the_way,
        "sentence": str(found.sentence),
        "visits": [
            {
                "number": leg.stop.number,
                "start": iso(leg.stop.start),
                "end": iso(leg.stop.end),
                "travel_minutes": leg.travel,
            }
            for leg in found.legs
        ],
    }


def _visit(visit: Any) -> dict[str, Any]:
    names = ("planned_from", "planned_to", "accepted_at", "departed_at", "arrived_at", "left_at")
    return {
        "id": visit.pk,
        "technician_id": visit.technician_id,
        "status": str(visit.status),
        "task": visit.task,
        "method": str(visit.method),
        "remark": visit.remark,
        "is_remote": visit.is_remote,
        "remote_result": visit.remote_result,
        "is_unconfirmed": visit.is_unconfirmed,
        "is_late_unannounced": visit.is_late_unannounced,
        "version": visit.version,
        **{name: iso(getattr(visit, name)) for name in names},
    }
