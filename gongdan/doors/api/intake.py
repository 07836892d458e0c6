"""Customers, devices and orders: the register and the central document."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Header, Path, Query, Router
from ninja import Status as Answer
from pydantic import Field

from gongdan.audit import queries as audit
from gongdan.customers import actions as customers
from gongdan.customers import queries as customer_queries
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.devices import actions as devices
from gongdan.devices import queries as device_queries
from gongdan.devices.rules import DeviceDraft as RegisteredDraft
from gongdan.doors.api import fields, outputs
from gongdan.doors.api.auth import ApiRequest
from gongdan.doors.api.fields import Input
from gongdan.doors.api.once import once
from gongdan.doors.api.problems import Problem
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.orders import access, actions
from gongdan.orders import queries as order_queries
from gongdan.orders.rules import DeviceDraft, OrderDraft
from gongdan.orders.states import AttemptResult as CallResult
from gongdan.orders.states import Channel, Flow, Impact, Kind, Mode, Priority, Purpose, Source, Status, Urgency

router = Router(tags=["接待 intake"])
Number = Annotated[str, Path(max_length=40, pattern=r"^[^\x00/]+$")]
Id = Annotated[int, Path(ge=1, le=2**53 - 1)]
Key = Annotated[str, Header(alias="Idempotency-Key", max_length=80, description="once-only key, made by the client")]
REFUSALS = {400: Problem, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem}


def answers(schema: Any, status: int = 200) -> dict[int, Any]:
    """The declared responses of a call: its result and every kind of refusal."""
    return {status: schema, **REFUSALS}


class ContactIn(Input):
    """A contact; several numbers in one text give several contacts."""

    phone: fields.Phone
    name: fields.Short = ""
    kind: fields.Short = "reporter"


class AddressIn(Input):
    """An address with its division code."""

    detail: fields.Long
    division_code: fields.Short = ""


class CustomerIn(Input):
    """A new customer."""

    name: fields.Short
    kind: fields.Short = "person"
    contacts: Annotated[list[ContactIn], Field(max_length=30)] = []
    addresses: Annotated[list[AddressIn], Field(max_length=30)] = []
    site_rules: fields.Paragraph = ""
    transport: fields.Long = ""
    remark: fields.Paragraph = ""

    def draft(self) -> CustomerDraft:
        """The same as the register takes it."""
        return CustomerDraft(
            self.name,
            self.kind,
            tuple(ContactDraft(c.phone, c.name, c.kind) for c in self.contacts),
            tuple(AddressDraft(a.detail, a.division_code) for a in self.addresses),
            self.site_rules,
            self.transport,
            self.remark,
        )


class CustomerEdit(fields.Seen):
    """What of a customer shall change."""

    name: fields.Short | None = None
    site_rules: fields.Paragraph | None = None
    transport: fields.Long | None = None
    remark: fields.Paragraph | None = None


class DeviceIn(Input):
    """A device of a customer; whatever is not known stays empty."""

    category_id: fields.Id
    brand: fields.Short = ""
    model: fields.Short = ""
    spec: fields.Line = ""
    serial: fields.Short = ""
    purchase_on: fields.Day | None = None
    invoice_no: fields.Short = ""
    seller: fields.Line = ""
    price_fen: fields.Fen | None = None
    is_sold_here: bool = False
    made_on: fields.Day | None = None
    installed_on: fields.Day | None = None


class OrderDeviceIn(Input):
    """A device on an order: one that is registered, or what the customer says of it."""

    device_id: fields.Id | None = None
    category_id: fields.Id | None = None
    brand: fields.Short = ""
    model: fields.Short = ""
    serial: fields.Short = ""
    purchase_on: fields.Day | None = None
    invoice_no: fields.Short = ""
    symptom: fields.Paragraph = ""
    error_code: Annotated[str, Field(max_length=30)] = ""
    appearance: fields.Long = ""
    accessories: fields.Long = ""

    def draft(self) -> DeviceDraft:
        """The same as the order takes it."""
        return DeviceDraft(
            device_id=self.device_id,
            category_id=self.category_id,
            brand_text=self.brand,
            model_text=self.model,
            serial=self.serial,
            purchase_on=self.purchase_on,
            invoice_no=self.invoice_no,
            symptom=self.symptom,
            error_code=self.error_code.replace("\x00", ""),
            appearance=self.appearance,
            accessories=self.accessories,
        )


class ScriptAnswerIn(Input):
    """What the customer answered to one question of the script."""

    question_id: fields.Id
    answer: fields.Paragraph


class OrderIn(Input):
    """A request as it is taken: an existing customer or a new one, what is wrong, and how to reach him.

    While an order of the same number for the same device is open it is refused (409, `duplicate_open`, with the number of
    that order) unless `confirm_duplicate` is true.
    """

    symptom: fields.Paragraph
    source: Source = Source.DIRECT
    channel: Channel = Channel.ONLINE
    customer_id: fields.Id | None = None
    customer: CustomerIn | None = None
    contact_name: fields.Short = ""
    phone: fields.Short = ""
    phone2: fields.Short = ""
    no_phone_reason: fields.Line = ""
    division_code: Annotated[str, Field(max_length=12)] = ""
    address: fields.Long = ""
    devices: Annotated[list[OrderDeviceIn], Field(max_length=20)] = []
    category_id: fields.Id | None = None
    kind: Kind = Kind.REPAIR
    mode: Mode | None = None
    referrer: fields.Short = ""
    impact: Impact = Impact.SINGLE
    urgency: Urgency = Urgency.NORMAL
    occurred: fields.Line = ""
    error_code: Annotated[str, Field(max_length=30)] = ""
    remark: fields.Paragraph = ""
    wished_from: fields.Moment | None = None
    wished_to: fields.Moment | None = None
    store_id: fields.Id | None = None
    phone_is_virtual: bool = False
    phone_expires_at: fields.Moment | None = None
    answers: Annotated[list[ScriptAnswerIn], Field(max_length=60)] = []
    confirm_duplicate: bool = False

    def draft(self) -> OrderDraft:
        """The same as 接待 takes it."""
        plain = {
            name: getattr(self, name)
            for name in OrderIn.model_fields
            if name
            not in ("customer", "devices", "mode", "error_code", "division_code", "answers", "confirm_duplicate")
        }
        return OrderDraft(
            **plain,
            customer=self.customer.draft() if self.customer else None,
            devices=tuple(d.draft() for d in self.devices),
            answers=tuple((a.question_id, a.answer) for a in self.answers),
            mode=self.mode or "",
            error_code=self.error_code.replace("\x00", ""),
            division_code=self.division_code.replace("\x00", ""),
        )


class OrderEdit(fields.Seen):
    """What of an order shall change; absent fields stay."""

    symptom: fields.Paragraph | None = None
    contact_name: fields.Short | None = None
    phone: fields.Short | None = None
    phone2: fields.Short | None = None
    address: fields.Long | None = None
    occurred: fields.Line | None = None
    remark: fields.Paragraph | None = None
    impact: Impact | None = None
    urgency: Urgency | None = None
    mode: Mode | None = None
    distance_km: Annotated[int, Field(ge=0, le=2000)] | None = None


class AnswerIn(fields.Seen):
    """What was answered."""

    text: fields.Story
    question: fields.Paragraph = ""
    wants_follow_up: bool = False


class ContactAttemptIn(Input):
    """One call: what came of it, and when the next is due if nobody answered."""

    purpose: Purpose = Purpose.CONTACT
    result: CallResult
    number: fields.Short = ""
    note: fields.Paragraph = ""
    next_at: fields.Moment | None = None


class OrderFilter(Input):
    """Which orders: any of these statuses, this priority, this mode; `received_to` itself does not belong to the period."""

    status: Annotated[list[Status], Field(max_length=8)] = []
    priority: Priority | None = None
    mode: Mode | None = None
    impact: Impact | None = None
    urgency: Urgency | None = None
    source: Source | None = None
    channel: Channel | None = None
    flow: Flow | None = None
    site_id: fields.Id | None = None
    received_from: fields.Moment | None = None
    received_to: fields.Moment | None = None
    is_historic: bool | None = None
    cursor: Annotated[int, Field(ge=1, le=2**53 - 1)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


def find(actor: Actor, number: str) -> Any:
    """The order with this number, if the actor may see it."""
    return access.find(actor, number)


def done(order: Any) -> dict[str, Any]:
    """The answer of a change of an order."""
    return {"id": order.pk, "number": order.number, "status": order.status, "version": order.version}


@router.get("/customers", response=answers(list[outputs.MatchOut]), summary="查找客户")
def list_customers(request: ApiRequest, q: Annotated[fields.Words, Query()] = "") -> Any:
    """By phone (any tail of four), name, pinyin initials, address or number; without words the newest."""
    request.actor.require("customers.view")
    found = customer_queries.find(q, request.actor) if q else customer_queries.newest(request.actor)
    return [outputs.match_out(m) for m in found]


@router.post("/customers", response=answers(outputs.Done, 201), summary="新增客户")
def add_customer(request: ApiRequest, body: CustomerIn, key: Key = "") -> Any:
    """A new customer with contacts and addresses."""

    def run() -> dict[str, Any]:
        row = customers.add(body.draft(), by=request.actor, at=request.now)
        return {"id": row.pk, "number": row.number, "version": row.version}

    return Answer(201, once(request, "customers.add", body, run))


@router.get("/customers/{pk}", response=answers(outputs.CustomerOut), summary="客户资料")
def get_customer(request: ApiRequest, pk: Id) -> Any:
    """Everything on file; phones are masked without permission."""
    request.actor.require("customers.view")
    return outputs.customer_out(customer_queries.card(pk, request.actor))


@router.patch("/customers/{pk}", response=answers(outputs.Done), summary="修改客户")
def edit_customer(request: ApiRequest, pk: Id, body: CustomerEdit) -> Any:
    """Change what is sent; 409 when a colleague saved meanwhile."""
    changes = body.model_dump(exclude={"seen"}, exclude_none=True)
    row = customers.edit(pk, seen=body.seen, changes=changes, by=request.actor, at=request.now)
    return {"id": row.pk, "number": row.number, "version": row.version}


@router.get("/customers/{pk}/devices", response=answers(list[outputs.DeviceOut]), summary="购买商品")
def list_devices(request: ApiRequest, pk: Id) -> Any:
    """What the customer bought, with the end of its warranty (R-020)."""
    request.actor.require("customers.view")
    card = customer_queries.card(pk, request.actor)
    return [outputs.device_out(d) for d in device_queries.of_customer(card.id, on=local_day(request.now))]


@router.post("/customers/{pk}/devices", response=answers(outputs.Done, 201), summary="登记设备")
def add_device(request: ApiRequest, pk: Id, body: DeviceIn, key: Key = "") -> Any:
    """A device of this customer."""
    draft = RegisteredDraft(
        category_id=body.category_id,
        brand_text=body.brand,
        model_text=body.model,
        spec=body.spec,
        serial=body.serial,
        purchase_on=body.purchase_on,
        invoice_no=body.invoice_no,
        seller=body.seller,
        price_fen=body.price_fen,
        is_sold_here=body.is_sold_here,
        made_on=body.made_on,
        installed_on=body.installed_on,
    )

    def run() -> dict[str, Any]:
        row = devices.register_device(pk, draft, by=request.actor, at=request.now)
        return {"id": row.pk, "version": row.version}

    return Answer(201, once(request, "devices.register", body, run))


@router.get("/devices/{pk}/verdict", response=answers(dict[str, Any]), summary="保修判定")
def device_verdict(
    request: ApiRequest,
    pk: Id,
    on: Annotated[fields.Day | None, Query()] = None,
    component: Annotated[fields.Short, Query()] = "",
) -> Any:
    """The warranty decision with every step that led to it, in words."""
    device = device_queries.device(pk, request.actor)
    verdict = device_queries.verdict(device.pk, on=on or local_day(request.now), component=component)
    return {
        "level": verdict.level.value,
        "label": str(verdict.label),
        "free_part": verdict.flags.part,
        "free_labour": verdict.flags.labour,
        "free_visit": verdict.flags.visit,
        "last_day": verdict.last_day.isoformat() if verdict.last_day else None,
        "days_left": verdict.days_left,
        "steps": [str(step) for step in verdict.steps],
    }


@router.get("/devices/{pk}/archive", response=answers(list[dict[str, Any]]), summary="维修档案")
def device_archive(request: ApiRequest, pk: Id) -> Any:
    """All orders of the device, newest first, with fault, cause, remedy, parts and cost (R-026)."""
    device = device_queries.device(pk, request.actor)
    return [
        {
            "order_number": e.order_number,
            "on": e.on.isoformat(),
            "fault": e.fault,
            "cause": e.cause,
            "remedy": e.remedy,
            "parts": e.parts,
            "cost_fen": e.cost_fen,
            "result": e.result,
        }
        for e in device_queries.archive(device.pk)
    ]


@router.get("/orders", response=answers(outputs.OrderList), summary="工单列表")
def list_orders(request: ApiRequest, chosen: Query[OrderFilter]) -> Any:
    """Orders that the caller may see, newest first."""
    request.actor.require("orders.view")
    filters = order_queries.Filters(
        priority=chosen.priority or "",
        mode=chosen.mode or "",
        impact=chosen.impact or "",
        urgency=chosen.urgency or "",
        source=chosen.source or "",
        channel=chosen.channel or "",
        flow=chosen.flow or "",
        is_undecided=chosen.flow == Flow.UNDECIDED,
        site_id=chosen.site_id,
        received_from=chosen.received_from,
        received_to=chosen.received_to,
        is_historic=chosen.is_historic,
    )
    station = order_queries.station_rows(
        request.actor, chosen.status, cursor=chosen.cursor, filters=filters, limit=chosen.limit
    )
    return {"rows": [outputs.order_row(r) for r in station.rows], "next": station.next_cursor}


@router.post("/orders", response=answers(outputs.Done, 201), summary="登记工单")
def register(request: ApiRequest, body: OrderIn, key: Key = "") -> Any:
    """Register a request (R-031); a new customer and new devices come with it."""

    def run() -> dict[str, Any]:
        refuse = not body.confirm_duplicate
        order = actions.register(body.draft(), refuse_duplicate=refuse, by=request.actor, at=request.now)
        return done(order)

    return Answer(201, once(request, "orders.register", body, run))


@router.get("/orders/counts", response=answers(dict[str, int]), summary="各环节数量")
def counts(request: ApiRequest) -> Any:
    """How many orders stand at each station, counted up to 1000."""
    request.actor.require("orders.view")
    return {status.value: n for status, n in order_queries.counts(request.actor).items()}


@router.get("/orders/search", response=answers(list[outputs.OrderRow]), summary="查找工单")
def search(request: ApiRequest, q: Annotated[fields.Words, Query()]) -> Any:
    """By number, name, phone tail, pinyin initials, serial, address or fault text."""
    request.actor.require("orders.view")
    return [outputs.order_row(r) for r in order_queries.search(q, request.actor)]


@router.get("/orders/{number}", response=answers(outputs.OrderOut), summary="工单")
def get_order(request: ApiRequest, number: Number) -> Any:
    """The whole order."""
    return outputs.order_out(order_queries.page(find(request.actor, number).pk, request.actor))


@router.patch("/orders/{number}", response=answers(outputs.Done), summary="修改工单")
def edit_order(request: ApiRequest, number: Number, body: OrderEdit) -> Any:
    """Change what is sent; 409 with who changed what when a colleague saved meanwhile."""
    changes = body.model_dump(exclude={"seen"}, exclude_none=True)
    order = find(request.actor, number)
    return done(actions.edit(order.pk, seen=body.seen, changes=changes, by=request.actor, at=request.now))


@router.get("/orders/{number}/timeline", response=answers(list[outputs.EventOut]), summary="处理过程")
def timeline(request: ApiRequest, number: Number) -> Any:
    """The last 200 things that happened on the order, newest first."""
    order = find(request.actor, number)
    return [outputs.event_out(e) for e in audit.timeline("orders.order", order.pk, limit=200)]


@router.post("/orders/{number}/choose-{flow}", response=answers(outputs.Done), summary="选择处理流程")
def choose_flow(
    request: ApiRequest,
    number: Number,
    flow: Annotated[str, Path(pattern="^(repair|inquiry|complaint)$")],
    body: fields.Seen,
) -> Any:
    """咨询, 投诉 or 维修 (R-048)."""
    order = find(request.actor, number)
    verbs = {"repair": actions.choose_repair, "inquiry": actions.choose_inquiry, "complaint": actions.choose_complaint}
    return done(verbs[flow](order.pk, seen=body.seen, by=request.actor, at=request.now))


@router.post("/orders/{number}/accept", response=answers(outputs.Done), summary="接收报修")
def accept(request: ApiRequest, number: Number, body: fields.Seen) -> Any:
    """Somebody at the desk has received the request (R-047)."""
    order = find(request.actor, number)
    return done(actions.accept_request(order.pk, seen=body.seen, by=request.actor, at=request.now))


@router.post("/orders/{number}/answer", response=answers(outputs.Done), summary="答复")
def answer(request: ApiRequest, number: Number, body: AnswerIn) -> Any:
    """Write the answer of a question, or handling and result of a complaint."""
    order = find(request.actor, number)
    actions.answer(
        order.pk,
        text=body.text,
        question=body.question,
        wants_follow_up=body.wants_follow_up,
        seen=body.seen,
        by=request.actor,
        at=request.now,
    )
    return done(find(request.actor, number))


@router.post("/orders/{number}/close-answered", response=answers(outputs.Done), summary="答复并结单")
def close_answered(request: ApiRequest, number: Number, body: fields.Seen) -> Any:
    """Close an answered question; nothing is dispatched or billed."""
    order = find(request.actor, number)
    return done(actions.close_answered(order.pk, seen=body.seen, by=request.actor, at=request.now))


@router.post("/orders/{number}/repair", response=answers(outputs.Done, 201), summary="咨询转维修")
def repair_from_inquiry(request: ApiRequest, number: Number, key: Key = "") -> Any:
    """The question has become a repair; nothing is typed again (R-049)."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        return done(actions.repair_from_inquiry(order.pk, by=request.actor, at=request.now))

    return Answer(201, once(request, "orders.repair_from_inquiry", {}, run))


@router.post("/orders/{number}/cancel", response=answers(outputs.Done), summary="取消工单")
def cancel(request: ApiRequest, number: Number, body: fields.Reason) -> Any:
    """Nothing will be done any more, for this reason."""
    order = find(request.actor, number)
    return done(actions.cancel(order.pk, body.reason, seen=body.seen, by=request.actor, at=request.now))


@router.post("/orders/{number}/contacts", response=answers(outputs.Done, 201), summary="联系记录")
def log_contact(request: ApiRequest, number: Number, body: ContactAttemptIn, key: Key = "") -> Any:
    """Keep one attempt to reach the customer (R-062)."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        row = actions.log_contact(order.pk, **body.model_dump(), by=request.actor, at=request.now)
        return {"id": row.pk, "number": order.number}

    return Answer(201, once(request, "orders.log_contact", body, run))
