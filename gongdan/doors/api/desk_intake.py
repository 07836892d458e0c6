"""Reception beside registering: calls on open orders, orders like one, bulk orders, numbers that are wrong, releases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from ninja import Path, Query, Router, Schema
from ninja import Status as Answer
from pydantic import Field

from gongdan.doors.api import fields, outputs
from gongdan.doors.api.auth import ApiRequest
from gongdan.doors.api.fields import Input
from gongdan.doors.api.intake import Key, Number, OrderIn, answers, done, find
from gongdan.doors.api.once import once
from gongdan.kernel import phones
from gongdan.orders import actions, queries, rules
from gongdan.orders.rules import Room
from gongdan.people import queries as people

router = Router(tags=["接待 reception"])
HoldCode = Annotated[str, Path(max_length=20, pattern=r"^[a-z_]+$")]


class ChaseIn(Input):
    """A call on an open order: what he asked, what he was told, from which number."""

    answer: fields.Paragraph
    content: fields.Paragraph = ""
    caller_phone: fields.Short = ""


class PhoneIn(Input):
    """The right number."""

    phone: fields.Short
    is_virtual: bool = False
    seen: Annotated[int, Field(ge=1)] | None = None


class NoteIn(Input):
    """A remark."""

    note: fields.Line = ""


class ReleaseIn(Input):
    """Why a held order may go on."""

    reason: fields.Line = ""


class RoomIn(Input):
    """A room of a bulk order."""

    place: fields.Short
    symptom: fields.Paragraph
    contact_name: fields.Short = ""
    phone: fields.Short = ""


class BulkIn(OrderIn):
    """A bulk order: as an order, with rooms, or a text with one room in each line."""

    symptom: fields.Paragraph = ""
    rooms: Annotated[list[RoomIn], Field(max_length=rules.MAX_ROOMS)] = []
    text: Annotated[str, Field(max_length=30_000)] = ""

    def all_rooms(self) -> list[Room]:
        """The rooms as sent, and those of the text."""
        sent = [Room(room.place, room.symptom, room.contact_name, room.phone) for room in self.rooms]
        return sent + rules.read_rooms(self.text.replace("\x00", ""))

    def plain(self) -> OrderIn:
        """The order without its rooms."""
        return OrderIn(**self.model_dump(exclude={"rooms", "text"}))


class LinesIn(fields.Seen):
    """Which device lines are done, and where nobody was at home."""

    done: Annotated[list[fields.Id], Field(max_length=rules.MAX_ROOMS)] = []
    absent: Annotated[list[fields.Id], Field(max_length=rules.MAX_ROOMS)] = []


class SplitIn(fields.Seen):
    """Which device lines leave the order, why, and when they are wished for."""

    lines: Annotated[list[fields.Id], Field(max_length=rules.MAX_ROOMS)]
    reason: fields.Line = ""
    wished_from: fields.Moment | None = None
    wished_to: fields.Moment | None = None


class SimilarIn(Input):
    """What an order is compared by."""

    phone: fields.Short = ""
    address: fields.Long = ""
    division_code: Annotated[str, Field(max_length=12)] = ""
    customer_id: fields.Id | None = None
    category_id: fields.Id | None = None
    device_ids: Annotated[list[fields.Id], Field(max_length=30)] = []


class SimilarRow(outputs.OrderRow):
    """An order like the one asked for, and why: customer, phone, address, device."""

    why: list[str]
    is_open: bool
    chased: int
    hold_code: str


class RepeatOut(Schema):
    """How often the fault has been reported within so many days, this time included."""

    count: int
    days: int
    text: str


class SimilarOut(Schema):
    """Orders like this one, and whether its fault keeps coming back."""

    rows: list[SimilarRow]
    repeat: RepeatOut | None


class ChasedRow(outputs.OrderRow):
    """An order that was chased, how often and when last."""

    chased: int
    last_chased_at: datetime | None


class ChaseOut(Schema):
    """A counted call."""

    id: int
    number: str
    count: int


class RoomOut(Schema):
    """A room as it was read, and what is wrong with it."""

    place: str
    symptom: str
    contact_name: str
    phone: str
    errors: dict[str, str]


class LinesOut(outputs.Done):
    """The order after its devices were noted; `rebooked`: the order of those where nobody was at home."""

    rebooked: str | None


@router.get("/orders/similar", response=answers(SimilarOut), summary="相似工单")
def similar(request: ApiRequest, asked: Query[SimilarIn]) -> Any:
    """Orders of the same telephone, address or device, the open ones first; whether the fault keeps coming back (O-048)."""
    request.actor.require("orders.view")
    site = people.home_site(request.actor)
    settings = people.settings_for(site.pk)
    numbers = phones.parse_phones(asked.phone, default_area_code=site.area_code)
    rows = queries.similar(
        request.actor,
        customer_id=asked.customer_id,
        codes=[one.code for one in numbers if one.identifies_somebody],
        address=asked.address,
        division_code=asked.division_code,
        device_ids=asked.device_ids,
        since=request.now - timedelta(days=settings.of(rules.SIMILAR_DAYS)),
    )
    repeat = queries.repeat_of(
        device_ids=asked.device_ids,
        address_key=rules.address_key(asked.address),
        division_code=asked.division_code,
        category_id=asked.category_id,
        settings=settings,
        at=request.now,
    )
    return {
        "rows": [outputs.order_row(row) for row in rows],
        "repeat": {"count": repeat.count, "days": repeat.days, "text": str(repeat.sentence)} if repeat else None,
    }


@router.get("/orders/chased", response=answers(list[ChasedRow]), summary="催单")
def chased(request: ApiRequest, at_least: Annotated[int, Query(ge=1, le=99)] = 1) -> Any:
    """The orders under way that were chased so often, the most chased first."""
    request.actor.require("orders.view")
    return [outputs.order_row(row) for row in queries.chased_orders(request.actor, at_least)]


@router.post("/orders/{number}/chase", response=answers(ChaseOut, 201), summary="登记催单")
def chase(request: ApiRequest, number: Number, body: ChaseIn, key: Key = "") -> Any:
    """He called again while his order is open: counted, with what he was told; no second order (O-048)."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        row = actions.chase(
            order.pk, body.content, body.answer, caller_phone=body.caller_phone, by=request.actor, at=request.now
        )
        return {"id": row.pk, "number": order.number, "count": row.count}

    return Answer(201, once(request, "orders.chase", body, run))


@router.post("/orders/{number}/wrong-number", response=answers(outputs.Done), summary="标记错号")
def wrong_number(request: ApiRequest, number: Number, body: NoteIn) -> Any:
    """信息待核: the source is asked back, nothing is dispatched until the number is confirmed (O-052)."""
    order = find(request.actor, number)
    actions.mark_wrong_number(order.pk, note=body.note, by=request.actor, at=request.now)
    return done(find(request.actor, number))


@router.post("/orders/{number}/confirm-phone", response=answers(outputs.Done), summary="核实电话")
def confirm_phone(request: ApiRequest, number: Number, body: PhoneIn) -> Any:
    """The right number is known: the order may go on."""
    order = find(request.actor, number)
    saved = actions.confirm_phone(
        order.pk, body.phone, is_virtual=body.is_virtual, seen=body.seen, by=request.actor, at=request.now
    )
    return done(saved)


@router.post("/orders/{number}/release/{code}", response=answers(outputs.Done), summary="放行")
def release(request: ApiRequest, number: Number, code: HoldCode, body: ReleaseIn) -> Any:
    """A supervisor lets an order go on: repeat_fault, refused_customer or prepaid."""
    order = find(request.actor, number)
    return done(actions.release(order.pk, code, reason=body.reason, by=request.actor, at=request.now))


@router.post("/orders/bulk/preview", response=answers(list[RoomOut]), summary="批量报修预览")
def preview(request: ApiRequest, body: BulkIn) -> Any:
    """The rooms as they are read, each with what is wrong with it; nothing is saved."""
    request.actor.require("orders.register")
    rooms = body.all_rooms()
    wrong = rules.rooms_complaints(rooms)
    return [
        {
            "place": room.place,
            "symptom": room.symptom,
            "contact_name": room.contact_name,
            "phone": room.phone,
            "errors": {
                name: str(said)
                for name in ("place", "symptom", "contact_name", "phone")
                if (said := wrong.get(f"rooms.{at}.{name}")) is not None
            },
        }
        for at, room in enumerate(rooms, 1)
    ]


@router.post("/orders/bulk", response=answers(outputs.Done, 201), summary="批量报修")
def register_bulk(request: ApiRequest, body: BulkIn, key: Key = "") -> Any:
    """One order with a device line for each room (O-038)."""

    def run() -> dict[str, Any]:
        draft = body.plain().draft()
        return done(actions.register_bulk(draft, body.all_rooms(), by=request.actor, at=request.now))

    return Answer(201, once(request, "orders.register_bulk", body, run))


@router.post("/orders/{number}/lines", response=answers(LinesOut), summary="逐台完成或人不在")
def finish_lines(request: ApiRequest, number: Number, body: LinesIn, key: Key = "") -> Any:
    """These devices are done; where nobody was at home goes to a linked order that is booked again."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        new = actions.finish_lines(
            order.pk, done=body.done, absent=body.absent, seen=body.seen, by=request.actor, at=request.now
        )
        return done(find(request.actor, number)) | {"rebooked": new.number if new is not None else None}

    return once(request, "orders.finish_lines", body, run)


@router.post("/orders/{number}/split", response=answers(outputs.Done, 201), summary="拆出设备")
def split_off(request: ApiRequest, number: Number, body: SplitIn, key: Key = "") -> Any:
    """These devices leave for an order of their own that waits for dispatch."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        new = actions.split_off(
            order.pk,
            body.lines,
            reason=body.reason,
            wished_from=body.wished_from,
            wished_to=body.wished_to,
            seen=body.seen,
            by=request.actor,
            at=request.now,
        )
        return done(new)

    return Answer(201, once(request, "orders.split_off", body, run))


@router.post("/orders/{number}/trouble-ticket", response=answers(outputs.Done, 201), summary="故障单")
def trouble_ticket(request: ApiRequest, number: Number) -> Any:
    """故障单 with its 回单 as a fixed paper (R-038)."""
    paper = actions.issue_ticket(find(request.actor, number).pk, by=request.actor, at=request.now)
    return Answer(201, {"id": paper.pk, "number": paper.number, "version": paper.version})


@router.post("/orders/{number}/sign-sheet", response=answers(outputs.Done, 201), summary="签收表")
def sign_sheet(request: ApiRequest, number: Number) -> Any:
    """签收表 of the rooms as a fixed paper (O-038)."""
    paper = actions.issue_sign_sheet(find(request.actor, number).pk, by=request.actor, at=request.now)
    return Answer(201, {"id": paper.pk, "number": paper.number, "version": paper.version})
