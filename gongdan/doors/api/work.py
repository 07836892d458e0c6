"""Quotes and repair: from the finding to the signed acceptance."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Query, Router
from ninja import Status as Answer
from pydantic import Field

from gongdan.catalog import queries as catalog
from gongdan.doors.api import fields, outputs
from gongdan.doors.api.auth import ApiRequest
from gongdan.doors.api.fields import Input
from gongdan.doors.api.intake import Id, Key, Number, answers, done, find
from gongdan.doors.api.once import once
from gongdan.files import actions as files
from gongdan.people.access import visible_sites
from gongdan.people.queries import payees, stores, technicians
from gongdan.pricing import queries as pricing
from gongdan.quotes import actions as quotes
from gongdan.quotes import queries as quote_queries
from gongdan.quotes.actions import ItemDraft
from gongdan.repair import actions as repair
from gongdan.repair import queries as repair_queries
from gongdan.repair.actions import CheckDraft, DiagnosisDraft, PartDraft

router = Router(tags=["报价与维修 work"])


class ItemIn(Input):
    """A chosen price item; only the quantity is sent, never a price (R-128)."""

    code: Annotated[str, Field(max_length=20, pattern=r"^[A-Za-z0-9_\-]+$")]
    quantity: fields.Quantity = 1
    device_line_id: fields.Id | None = None
    remark: fields.Long = ""


class ItemsIn(fields.Seen):
    """All items of a draft quote."""

    items: Annotated[list[ItemIn], Field(max_length=100)]
    plan: fields.Paragraph = ""


class IssueIn(fields.Seen):
    """`confirm_not_arrived`: the price is told by telephone, before anybody has reached the customer."""

    confirm_not_arrived: bool = False


class DecisionIn(fields.Seen):
    """The customer's answer to a quote."""

    is_accepted: bool
    name: fields.Short
    way: Annotated[str, Field(pattern="^(signature|phone|sms|in_person|link)$")]
    reason: fields.Long = ""
    signature_id: fields.Id | None = None


class DiagnosisIn(Input):
    """What was found; `seen` is the version of the diagnosis, 0 for none yet."""

    seen: fields.Version = 0
    inspection: fields.Paragraph
    cause: fields.Paragraph = ""
    finding: Annotated[str, Field(pattern="^(fault|nothing|not_worth|cannot)$")] = "fault"
    methods: Annotated[list[fields.Short], Field(max_length=10)] = []
    component: fields.Short = ""
    error_code: Annotated[str, Field(max_length=30)] = ""
    needs_part: bool = False
    collateral_risk: fields.Long = ""
    risk_told: bool = False
    exclusion_codes: Annotated[list[Annotated[str, Field(pattern="^X[1-9]$")]], Field(max_length=9)] = []


class ActionIn(Input):
    """One thing that was done."""

    text: fields.Paragraph
    kind: Annotated[str, Field(pattern="^(replace|adjust|fix|clean|other)$")] = "fix"
    started_at: fields.Moment | None = None
    ended_at: fields.Moment | None = None


class PartIn(Input):
    """A part that was fitted; its price is never sent."""

    name: fields.Line
    quantity: fields.Quantity = 1
    spec: fields.Line = ""
    handling: Annotated[str, Field(pattern="^(new|lent|repaired|exchanged|customer)$")] = "new"
    grade: Annotated[str, Field(pattern="^(original|salvaged|aftermarket|refurbished|own)$")] = "original"
    new_serial: fields.Short = ""
    old_serial: fields.Short = ""
    old_part: Annotated[str, Field(pattern="^(|left|taken|returned)$")] = ""
    old_part_asked_by: fields.Short = ""
    fits: bool = False
    connected: bool = False


class CheckIn(Input):
    """One line of the test sheet; `passed` null means not tested yet."""

    name: fields.Line
    passed: bool | None = None
    expected: fields.Line = ""
    actual: fields.Line = ""


class ChecksIn(Input):
    """The whole test sheet of a device."""

    items: Annotated[list[CheckIn], Field(max_length=60)]


class TrialIn(Input):
    """The customer's trial."""

    is_accepted: bool
    tester: fields.Short
    reason: fields.Long = ""
    way: Annotated[str, Field(pattern="^(signature|paper|phone)$")] = "signature"
    signature_id: fields.Id | None = None
    meets_need: bool = True
    satisfaction: Annotated[str, Field(pattern="^(|满意|一般|不满意)$")] = ""


class FinishIn(fields.Seen):
    """How the repair ended."""

    result: Annotated[str, Field(pattern="^(repaired|not_repaired|declined|nothing_found|unsafe)$")]


class PointIn(Input):
    """A point of a stroke, in pixels of the pad."""

    x: Annotated[float, Field(ge=-5000, le=5000)]
    y: Annotated[float, Field(ge=-5000, le=5000)]


class StrokeIn(Input):
    """One stroke of the pen."""

    points: Annotated[list[PointIn], Field(min_length=1, max_length=2000)]


class SignatureIn(Input):
    """A signature as the pad recorded it."""

    signer: fields.Short
    strokes: Annotated[list[StrokeIn], Field(min_length=1, max_length=200)]


@router.get("/technicians", response=answers(list[dict[str, Any]]), summary="师傅名单")
def list_technicians(request: ApiRequest) -> Any:
    """Who may be dispatched."""
    request.actor.require("orders.view")
    people = technicians(None if request.actor.sees_all_sites else request.actor.sites)
    return [{"id": p.id, "name": p.name, "site": p.site_name, "skills": list(p.skills)} for p in people]


@router.get("/stores", response=answers(list[dict[str, Any]]), summary="门店名单")
def list_stores(request: ApiRequest) -> Any:
    """Which stores an in-store order may name (R-094)."""
    request.actor.require("orders.view")
    return [{"id": pk, "name": name} for pk, name in stores()]


@router.get("/payees", response=answers(list[dict[str, Any]]), summary="可收款员工")
def list_payees(request: ApiRequest) -> Any:
    """Who may stand as 收款人 (R-014)."""
    request.actor.require("settlement.view")
    people = payees(frozenset(visible_sites(request.actor).values_list("pk", flat=True)))
    return [{"id": p.id, "name": p.name, "site": p.site_name} for p in people]


@router.get("/categories", response=answers(list[dict[str, Any]]), summary="品类")
def list_categories(request: ApiRequest) -> Any:
    """The product categories."""
    request.actor.require("orders.view")
    return [{"id": c.pk, "code": c.code, "name": c.name, "default_mode": c.default_mode} for c in catalog.categories()]


@router.get("/categories/{pk}/faults", response=answers(list[dict[str, Any]]), summary="故障库")
def list_faults(request: ApiRequest, pk: Id, q: Annotated[fields.Words, Query()] = "") -> Any:
    """Known faults of a category by symptom, code or pinyin initials."""
    request.actor.require("orders.view")
    found = catalog.faults(catalog.category(pk).pk, q)
    return [{"id": f.id, "code": f.code, "symptom": f.symptom, "cause": f.cause, "remedy": f.remedy} for f in found]


@router.get("/orders/{number}/price-items", response=answers(list[dict[str, Any]]), summary="可选收费项目")
def list_price_items(request: ApiRequest, number: Number, q: Annotated[fields.Words, Query()] = "") -> Any:
    """Items of the book that holds for this order; prices are read-only."""
    order = find(request.actor, number)
    book = quote_queries.book_of(order, at=request.now)
    rows = pricing.items(book.pk, category=order.category.name if order.category else "", words=q, can_be_chosen=True)
    return [
        {"code": r.code, "name": r.name, "unit": r.unit, "kind": r.kind.value, "price_fen": r.price_fen} for r in rows
    ]


@router.post("/orders/{number}/quote", response=answers(dict[str, Any], 201), summary="开始报价")
def start_quote(request: ApiRequest, number: Number) -> Any:
    """The draft quote of an order; a second call answers the same draft."""
    order = find(request.actor, number)
    return Answer(201, _quote(quotes.start(order.pk, by=request.actor, at=request.now)))


@router.get("/orders/{number}/quotes", response=answers(list[dict[str, Any]]), summary="报价记录")
def list_quotes(request: ApiRequest, number: Number) -> Any:
    """All quotes of an order, newest first."""
    order = find(request.actor, number)
    return [_quote(q) for q in quote_queries.quotes_of(order.pk)]


@router.put("/quotes/{pk}/items", response=answers(dict[str, Any]), summary="调整报价项目")
def set_items(request: ApiRequest, pk: Id, body: ItemsIn) -> Any:
    """Replace what the draft holds; the amount computes itself."""
    items = [ItemDraft(i.code, i.quantity, i.device_line_id, i.remark) for i in body.items]
    return _quote(quotes.set_items(pk, items, plan=body.plan, seen=body.seen, by=request.actor, at=request.now))


@router.post("/quotes/{pk}/issue", response=answers(dict[str, Any]), summary="发出报价")
def issue_quote(request: ApiRequest, pk: Id, body: IssueIn) -> Any:
    """Give the quote to the customer: lines are copied as priced now. Before an arrival it wants its confirmation."""
    confirmed = body.confirm_not_arrived
    return _quote(quotes.issue(pk, confirm_not_arrived=confirmed, seen=body.seen, by=request.actor, at=request.now))


@router.post("/quotes/{pk}/decide", response=answers(dict[str, Any]), summary="客户决定")
def decide_quote(request: ApiRequest, pk: Id, body: DecisionIn) -> Any:
    """The customer agrees or declines (R-114, R-117)."""
    return _quote(
        quotes.decide(
            pk,
            is_accepted=body.is_accepted,
            name=body.name,
            way=body.way,
            reason=body.reason,
            signature_id=body.signature_id,
            seen=body.seen,
            by=request.actor,
            at=request.now,
        )
    )


@router.post("/quotes/{pk}/revise", response=answers(dict[str, Any], 201), summary="重新报价")
def revise_quote(request: ApiRequest, pk: Id) -> Any:
    """A new draft with the same items; the old quote no longer stands."""
    return Answer(201, _quote(quotes.revise(pk, by=request.actor, at=request.now)))


@router.get("/orders/{number}/work", response=answers(dict[str, Any]), summary="维修记录")
def get_work(request: ApiRequest, number: Number) -> Any:
    """Diagnosis, actions, parts and tests per device, and the customer's trials."""
    order = find(request.actor, number)
    return {
        "devices": [_sheet(s) for s in repair_queries.sheets(order.pk)],
        "trials": [
            {"trial": t.trial, "is_accepted": t.is_accepted, "tester": t.tester, "reason": t.reason}
            for t in repair_queries.trials(order.pk)
        ],
        "open_matters": [str(m) for m in repair_queries.open_matters(order.pk)],
    }


@router.put("/device-lines/{pk}/diagnosis", response=answers(outputs.Done), summary="检测结果")
def diagnose(request: ApiRequest, pk: Id, body: DiagnosisIn) -> Any:
    """What was found on a device."""
    draft = DiagnosisDraft(
        inspection=body.inspection,
        cause=body.cause,
        finding=body.finding,
        methods=tuple(body.methods),
        component=body.component,
        error_code=body.error_code.replace("\x00", ""),
        needs_part=body.needs_part,
        collateral_risk=body.collateral_risk,
        risk_told=body.risk_told,
        exclusion_codes=tuple(body.exclusion_codes),
    )
    row = repair.diagnose(pk, draft, seen=body.seen, by=request.actor, at=request.now)
    return {"id": row.pk, "version": row.version}


@router.post("/device-lines/{pk}/actions", response=answers(outputs.Done, 201), summary="维修措施")
def add_action(request: ApiRequest, pk: Id, body: ActionIn, key: Key = "") -> Any:
    """One thing that was done; refused before diagnosis and consent (R-116)."""

    def run() -> dict[str, Any]:
        row = repair.add_action(
            pk,
            body.text,
            kind=body.kind,
            started_at=body.started_at,
            ended_at=body.ended_at,
            by=request.actor,
            at=request.now,
        )
        return {"id": row.pk}

    return Answer(201, once(request, "repair.add_action", body, run))


@router.delete("/actions/{pk}", response=answers(None, 204), summary="删除维修措施")
def remove_action(request: ApiRequest, pk: Id) -> Any:
    """Take a line of work back while the repair is open."""
    repair.remove_action(pk, by=request.actor, at=request.now)
    return Answer(204, None)


@router.post("/device-lines/{pk}/parts", response=answers(outputs.Done, 201), summary="登记配件")
def add_part(request: ApiRequest, pk: Id, body: PartIn, key: Key = "") -> Any:
    """A fitted part with what became of the old one (R-110)."""

    def run() -> dict[str, Any]:
        return {"id": repair.add_part(pk, PartDraft(**body.model_dump()), by=request.actor, at=request.now).pk}

    return Answer(201, once(request, "repair.add_part", body, run))


@router.put("/parts/{pk}", response=answers(outputs.Done), summary="修改配件")
def edit_part(request: ApiRequest, pk: Id, body: PartIn) -> Any:
    """Correct a part line."""
    return {"id": repair.edit_part(pk, PartDraft(**body.model_dump()), by=request.actor, at=request.now).pk}


@router.delete("/parts/{pk}", response=answers(None, 204), summary="删除配件")
def remove_part(request: ApiRequest, pk: Id) -> Any:
    """Take a part line back while the repair is open."""
    repair.remove_part(pk, by=request.actor, at=request.now)
    return Answer(204, None)


@router.put("/device-lines/{pk}/tests", response=answers(dict[str, Any]), summary="测试单")
def record_tests(request: ApiRequest, pk: Id, body: ChecksIn) -> Any:
    """The test sheet of a device as a whole (R-162)."""
    rows = repair.record_tests(
        pk, [CheckDraft(**item.model_dump()) for item in body.items], by=request.actor, at=request.now
    )
    return {"count": len(rows)}


@router.post("/orders/{number}/signatures", response=answers(outputs.Done, 201), summary="签名")
def sign(request: ApiRequest, number: Number, body: SignatureIn, key: Key = "") -> Any:
    """Keep a signature; its id goes into the decision or the trial."""
    request.actor.require("repair.work")
    order = find(request.actor, number)
    strokes = [stroke.model_dump() for stroke in body.strokes]

    def run() -> dict[str, Any]:
        row = files.attach_signature(
            "orders.order", order.pk, strokes=strokes, signer=body.signer, by=request.actor, at=request.now
        )
        return {"id": row.pk}

    return Answer(201, once(request, "files.sign", body, run))


@router.post("/orders/{number}/trials", response=answers(dict[str, Any], 201), summary="试机验收")
def record_trial(request: ApiRequest, number: Number, body: TrialIn, key: Key = "") -> Any:
    """The customer's trial: refused ones are counted, the last one is signed (R-165)."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        row = repair.record_trial(order.pk, **body.model_dump(), by=request.actor, at=request.now)
        return {"id": row.pk, "trial": row.trial, "is_accepted": row.is_accepted}

    return Answer(201, once(request, "repair.trial", body, run))


@router.post("/orders/{number}/finish", response=answers(outputs.Done), summary="完工")
def finish(request: ApiRequest, number: Number, body: FinishIn) -> Any:
    """Hand the ticket back (R-187)."""
    order = find(request.actor, number)
    return done(repair.finish(order.pk, body.result, seen=body.seen, by=request.actor, at=request.now))


@router.post("/orders/{number}/reopen-repair", response=answers(outputs.Done), summary="退回维修")
def reopen(request: ApiRequest, number: Number, body: fields.Reason) -> Any:
    """Back from 待结算: the customer found it not working (R-164)."""
    order = find(request.actor, number)
    return done(repair.reopen(order.pk, body.reason, seen=body.seen, by=request.actor, at=request.now))


def _quote(quote: Any) -> dict[str, Any]:
    lines = quote_queries.lines_of(quote.pk) if quote.state != "draft" else quote_queries.live_bill(quote).lines
    return {
        "id": quote.pk,
        "number": quote.number,
        "kind": str(quote.kind),
        "state": str(quote.state),
        "plan": quote.plan,
        "due_fen": quote.due_fen,
        "totals": quote.totals,
        "version": quote.version,
        "lines": [outputs.line_out(line) for line in lines],
    }


def _sheet(sheet: Any) -> dict[str, Any]:
    found = sheet.diagnosis
    return {
        "device_line_id": sheet.line.pk,
        "label": repair_queries.label_of(sheet.line),
        "diagnosis": {
            "inspection": found.inspection,
            "cause": found.cause,
            "finding": found.finding,
            "exclusion_codes": found.exclusion_codes,
            "version": found.version,
        }
        if found
        else None,
        "actions": [{"id": a.pk, "kind": a.kind, "text": a.text} for a in sheet.actions],
        "parts": [{"id": p.pk, "name": p.name, "quantity": p.quantity, "old_part": p.old_part} for p in sheet.parts],
        "tests": [{"name": t.name, "passed": t.passed} for t in sheet.tests],
    }
