"""Beside the work: help, helpers, demanded steps, the way to the workshop, refusals for safety, broadband lines."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import File, Router
from ninja import Status as Answer
from ninja.files import UploadedFile
from pydantic import Field

from gongdan.customers import queries as customers
from gongdan.customers.access import shown_phone
from gongdan.devices import access as devices_access
from gongdan.devices import actions as devices
from gongdan.devices import queries as device_queries
from gongdan.devices.rules import LineDraft, dbm, hundredths_of
from gongdan.doors.api import fields, outputs
from gongdan.doors.api.auth import ApiRequest
from gongdan.doors.api.fields import Input
from gongdan.doors.api.intake import Id, Key, Number, answers, find
from gongdan.doors.api.once import once
from gongdan.files import actions as files
from gongdan.kernel.errors import Forbidden
from gongdan.repair import access, actions, queries, rules
from gongdan.repair.actions import HelpDraft, PickUpDraft, RefusalDraft

router = Router(tags=["维修现场 bench"])
Reason = Annotated[str, Field(max_length=500)]


class HelpIn(Input):
    """A question: level 1 to a colleague, level 2 to a department or to whoever may advise."""

    level: Annotated[int, Field(ge=1, le=2)]
    question: fields.Paragraph
    asked_to: fields.Id | None = None
    team: fields.Id | None = None
    reason: fields.Long = ""


class HelpAnswerIn(Input):
    """What the one who was asked says."""

    answer: Annotated[str, Field(max_length=2000)]


class HelperIn(Input):
    """A colleague who helps."""

    user_id: fields.Id


class TickIn(Input):
    """A demanded step; without a device line it is one of the order."""

    code: Literal["hotline", "journal", "cash_box"]
    device_line_id: fields.Id | None = None
    is_ticked: bool = True
    note: fields.Long = ""


class TakenIn(Input):
    """What is taken to the workshop, and who signed for it."""

    accessories: Reason
    condition: Reason
    signer: fields.Short
    promised_on: fields.Day
    way: Literal["signature", "paper"] = "signature"
    signature_id: fields.Id | None = None
    fee: Literal["", "agreed", "waived"] = ""
    fee_reason: str = Field("", max_length=200)


class ReturnedIn(Input):
    """Who received the device, and how he signed."""

    receiver: fields.Short
    way: Literal["signature", "paper"] = "signature"
    signature_id: fields.Id | None = None
    note: fields.Long = ""


class RefusalIn(Input):
    """Why the device is not worked on, the photo, and how the customer was told."""

    hazard: fields.Short
    reason: Reason
    photo_id: fields.Id | None = None
    way: Literal["signature", "paper", "witness"] = "signature"
    signer: fields.Short = ""
    signature_id: fields.Id | None = None
    witness: fields.Short = ""


class ClearIn(Input):
    """Why the device is safe again."""

    proof: Reason
    attachment_id: fields.Id | None = None


class LineIn(fields.Seen):
    """The broadband line of a device; `seen` is the record's version, 0 for none yet."""

    account: fields.Line = ""
    address: fields.Long = ""
    terminal: Literal["onu", "converter"] = "onu"
    terminal_no: fields.Line = ""
    port: fields.Line = ""


class ReadingIn(Input):
    """One reading of the optical power, in dBm with at most two places, as text: "-18.52"."""

    direction: Literal["rx", "tx"] = "rx"
    dbm: Annotated[str, Field(max_length=12)]
    note: fields.Line = ""


@router.get("/orders/{number}/bench", response=answers(dict[str, Any]), summary="现场情况")
def get_bench(request: ApiRequest, number: Number) -> Any:
    """What stands beside the work: site facts, who may sign, steps, help, pick-ups, refusals, readings."""
    order = find(request.actor, number)
    facts = customers.site_facts(order.customer_id)
    suggestion = queries.suggests_help(order, request.actor, at=request.now)
    ticked = {(row.code, row.device_line_id): row for row in queries.ticks(order.pk)}
    lines = {row.line.device_id: row.line.pk for row in queries.sheets(order.pk) if row.line.device_id is not None}
    return {
        "site": {
            "rules": facts.site_rules,
            "transport": facts.transport,
            "person": facts.person,
            "phone": shown_phone(request.actor, facts.phone, facts.code),
            "hotline": order.site.hotline,
            "complaint_phone": order.site.complaint_phone,
        },
        "signatories": [row.name for row in customers.signatories(order.customer_id, request.actor)],
        "steps": [
            {
                "code": one.code,
                "device_line_id": one.device_line_id,
                "label": str(one.label),
                "is_ticked": (one.code, one.device_line_id) in ticked,
            }
            for one in queries.demands(order.pk)
        ],
        "suggests_help": str(suggestion) if suggestion else "",
        "help": [_help(row) for row in queries.help_of(order.pk)],
        "helpers": [{"id": pk, "name": name} for pk, name in queries.helpers(order.pk)],
        "pick_ups": [_pick_up(row) for row in queries.pick_ups(order.pk)],
        "refusals": [_refusal(row) for row in queries.refusals(order.pk)],
        "readings": [
            _reading(row) | {"device_line_id": lines[row.device_id]}
            for row in device_queries.readings_on(order.pk, lines)
        ],
    }


@router.get("/orders/{number}/advisers", response=answers(dict[str, Any]), summary="可求助的同事和部门")
def list_advisers(request: ApiRequest, number: Number) -> Any:
    """Whom a question on this order may be put to."""
    order = find(request.actor, number)
    access.require_work(request.actor, order)
    return {
        "colleagues": [
            {"id": user.pk, "name": user.name}
            for user in queries.colleagues(order).order_by("name", "pk")
            if user.pk != request.actor.id
        ],
        "departments": [{"id": team.pk, "name": team.name} for team in queries.departments(order)],
    }


@router.post("/orders/{number}/help", response=answers(outputs.Done, 201), summary="求助")
def ask_for_help(request: ApiRequest, number: Number, body: HelpIn, key: Key = "") -> Any:
    """Ask a colleague, or the technical department after one has answered (R-195, R-197)."""
    order = find(request.actor, number)
    draft = HelpDraft(body.level, body.question, body.asked_to, body.team, body.reason)

    def run() -> dict[str, Any]:
        return {"id": actions.ask_for_help(order.pk, draft, by=request.actor, at=request.now).pk}

    return Answer(201, once(request, "repair.ask_for_help", body, run))


@router.get("/help", response=answers(list[dict[str, Any]]), summary="等我答复的求助")
def list_help(request: ApiRequest) -> Any:
    """The open questions that wait for the one who asks this, oldest first."""
    return [
        {
            "id": row.id,
            "order": row.order_number,
            "device": row.device_text,
            "level": row.level,
            "question": row.question,
            "asked_by": row.asker,
            "asked_at": row.asked_at.isoformat(),
        }
        for row in queries.help_waiting(request.actor)
    ]


@router.post("/help/{pk}/answer", response=answers(outputs.Done), summary="答复求助")
def answer_help(request: ApiRequest, pk: Id, body: HelpAnswerIn, key: Key = "") -> Any:
    """Answer as the one who was asked (R-008)."""

    def run() -> dict[str, Any]:
        return {"id": actions.answer_help(pk, body.answer, by=request.actor, at=request.now).pk}

    return once(request, "repair.answer_help", body, run)


@router.post("/help/{pk}/withdraw", response=answers(outputs.Done), summary="撤回求助")
def withdraw_help(request: ApiRequest, pk: Id) -> Any:
    """The question is not needed any more."""
    return {"id": actions.withdraw_help(pk, by=request.actor, at=request.now).pk}


@router.post("/orders/{number}/helpers", response=answers(outputs.Done, 201), summary="添加协助人")
def add_helper(request: ApiRequest, number: Number, body: HelperIn, key: Key = "") -> Any:
    """A colleague helps; both write on the order (R-196)."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        return {"id": actions.add_helper(order.pk, body.user_id, by=request.actor, at=request.now).pk}

    return Answer(201, once(request, "repair.add_helper", body, run))


@router.delete("/orders/{number}/helpers/{pk}", response=answers(None, 204), summary="结束协助")
def end_helper(request: ApiRequest, number: Number, pk: Id) -> Any:
    """The colleague's help is over; what he wrote stays."""
    order = find(request.actor, number)
    actions.end_helper(order.pk, pk, by=request.actor, at=request.now)
    return Answer(204, None)


@router.post("/orders/{number}/steps", response=answers(dict[str, Any]), summary="勾选完工前事项")
def set_step(request: ApiRequest, number: Number, body: TickIn) -> Any:
    """Tick a demanded step, or take the tick back (R-024, R-028); twice is once."""
    order = find(request.actor, number)
    where: dict[str, Any] = {"device_line_id": body.device_line_id, "by": request.actor, "at": request.now}
    if body.is_ticked:
        actions.tick(order.pk, body.code, note=body.note, **where)
    else:
        actions.untick(order.pk, body.code, **where)
    return {"code": body.code, "is_ticked": body.is_ticked}


@router.post("/orders/{number}/photos", response=answers(outputs.Done, 201), summary="上传照片")
def add_photo(request: ApiRequest, number: Number, file: File[UploadedFile]) -> Any:
    """Keep a picture or PDF with the order; its id goes where a photo is asked for."""
    order = find(request.actor, number)
    access.require_work(request.actor, order)
    row = files.attach(
        "orders.order",
        order.pk,
        name=file.name or "",
        content=file.read(),
        by=request.actor,
        at=request.now,
        role="photo",
    )
    return Answer(201, {"id": row.pk})


@router.post("/device-lines/{pk}/pick-up", response=answers(dict[str, Any], 201), summary="带回公司")
def take_away(request: ApiRequest, pk: Id, body: TakenIn, key: Key = "") -> Any:
    """Take a device to the workshop: it is with us from now on (R-093)."""
    draft = PickUpDraft(**body.model_dump())

    def run() -> dict[str, Any]:
        return {"id": actions.take_away(pk, draft, by=request.actor, at=request.now).pk}

    return Answer(201, once(request, "repair.take_away", body, run))


@router.post("/pick-ups/{pk}/return", response=answers(dict[str, Any]), summary="送回客户")
def hand_back(request: ApiRequest, pk: Id, body: ReturnedIn, key: Key = "") -> Any:
    """The device is at the customer's again."""

    def run() -> dict[str, Any]:
        return {"id": actions.hand_back(pk, **body.model_dump(), by=request.actor, at=request.now).pk}

    return once(request, "repair.hand_back", body, run)


@router.post("/pick-ups/{pk}/slip", response=answers(dict[str, Any]), summary="取机单")
def issue_slip(request: ApiRequest, pk: Id) -> Any:
    """取机单 as a fixed paper."""
    paper = actions.issue_slip(pk, by=request.actor, at=request.now)
    return {"paper": paper.pk, "number": paper.number, "version": paper.version}


@router.post("/device-lines/{pk}/safety-refusal", response=answers(dict[str, Any], 201), summary="安全拒修")
def refuse_for_safety(request: ApiRequest, pk: Id, body: RefusalIn, key: Key = "") -> Any:
    """Refuse to work on a device for safety: nobody is sent to it until its tag is cleared (O-044)."""
    draft = RefusalDraft(**body.model_dump())

    def run() -> dict[str, Any]:
        return {"id": actions.refuse_for_safety(pk, draft, by=request.actor, at=request.now).pk}

    return Answer(201, once(request, "repair.refuse_for_safety", body, run))


@router.post("/safety-refusals/{pk}/notice", response=answers(dict[str, Any]), summary="安全隐患告知书")
def issue_notice(request: ApiRequest, pk: Id) -> Any:
    """安全隐患告知书 as a fixed paper."""
    paper = actions.issue_notice(pk, by=request.actor, at=request.now)
    return {"paper": paper.pk, "number": paper.number, "version": paper.version}


@router.post("/devices/{pk}/clear-safety", response=answers(dict[str, Any]), summary="解除安全隐患标记")
def clear_safety(request: ApiRequest, pk: Id, body: ClearIn, key: Key = "") -> Any:
    """The hazard is gone, and this proves it."""

    def run() -> dict[str, Any]:
        row = actions.clear_safety(pk, body.proof, attachment_id=body.attachment_id, by=request.actor, at=request.now)
        return {"id": row.pk}

    return once(request, "repair.clear_safety", body, run)


@router.get("/devices/{pk}/line", response=answers(dict[str, Any]), summary="线路与光功率")
def get_line(request: ApiRequest, pk: Id) -> Any:
    """The broadband line of a device, its readings newest first, and whether it is tagged unsafe (R-029)."""
    device = device_queries.device(pk, request.actor)
    row = device_queries.line(pk)
    return {
        "device_id": pk,
        "safety_reason": device.safety_reason,
        "line": None
        if row is None
        else {
            "account": row.account,
            "address": row.address,
            "terminal": row.terminal,
            "terminal_no": row.terminal_no,
            "port": row.port,
        },
        "version": row.version if row is not None else 0,
        "readings": [_reading(one) for one in device_queries.readings(pk)],
    }


@router.put("/devices/{pk}/line", response=answers(outputs.Done), summary="保存线路资料")
def save_line(request: ApiRequest, pk: Id, body: LineIn) -> Any:
    """Account, address, terminal and port of a device's line."""
    draft = LineDraft(**body.model_dump(exclude={"seen"}))
    row = devices.save_line(pk, draft, seen=body.seen, by=request.actor, at=request.now)
    return {"id": row.pk, "version": row.version}


@router.post("/device-lines/{pk}/readings", response=answers(dict[str, Any], 201), summary="记录光功率")
def record_reading(request: ApiRequest, pk: Id, body: ReadingIn, key: Key = "") -> Any:
    """Keep the optical power read on this order, with its time."""

    def run() -> dict[str, Any]:
        value = hundredths_of(body.dbm)
        row = actions.record_reading(pk, body.direction, value, note=body.note, by=request.actor, at=request.now)
        return _reading(row)

    return Answer(201, once(request, "repair.record_reading", body, run))


@router.post("/devices/{pk}/proofs", response=answers(outputs.Done, 201), summary="上传证明材料")
def add_proof(request: ApiRequest, pk: Id, file: File[UploadedFile]) -> Any:
    """Keep a certificate or photo with the device; its id goes into the clearing of its tag."""
    request.actor.require(access.CLEAR_SAFETY)
    if not devices_access.visible_to(request.actor).filter(pk=pk).exists():
        raise Forbidden
    row = files.attach(
        "devices.device", pk, name=file.name or "", content=file.read(), by=request.actor, at=request.now, role="proof"
    )
    return Answer(201, {"id": row.pk})


def _help(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "level": row.level,
        "level_label": str(rules.LEVELS[row.level]),
        "state": row.state,
        "question": row.question,
        "asked_by": row.asked_by.name,
        "asked_at": row.asked_at.isoformat(),
        "asked_to": row.asked_to.name if row.asked_to else row.team.name if row.team else "",
        "answer": row.answer,
        "answered_by": row.answered_by.name if row.answered_by else "",
        "answered_at": row.answered_at.isoformat() if row.answered_at else None,
    }


def _pick_up(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "device_line_id": row.device_line_id,
        "accessories": row.accessories,
        "condition": row.condition,
        "signer": row.signer,
        "promised_on": row.promised_on.isoformat(),
        "taken_by": row.taken_by.name,
        "taken_at": row.taken_at.isoformat(),
        "receiver": row.receiver,
        "returned_at": row.returned_at.isoformat() if row.returned_at else None,
    }


def _refusal(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "device_line_id": row.device_line_id,
        "hazard": row.hazard,
        "reason": row.reason,
        "way": row.way,
        "signer": row.signer,
        "witness": row.witness,
        "by": row.by.name,
        "at": row.at.isoformat(),
    }


def _reading(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "direction": row.direction,
        "dbm": dbm(row.hundredths),
        "order": row.order_number,
        "note": row.note,
        "by": row.by_name,
        "at": row.at.isoformat(),
    }
