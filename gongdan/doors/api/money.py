"""Settlement: the amount due is computed, money received is sent."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Router
from ninja import Status as Answer
from pydantic import Field

from gongdan.doors.api import fields, outputs
from gongdan.doors.api.auth import ApiRequest
from gongdan.doors.api.fields import Input
from gongdan.doors.api.intake import Key, Number, answers, find
from gongdan.doors.api.once import once
from gongdan.settlement import actions as settlement
from gongdan.settlement import queries as settlement_queries
from gongdan.settlement.actions import PaymentDraft

router = Router(tags=["结算 settlement"])


class PaymentIn(Input):
    """Money as handed over. What is due can be sent nowhere."""

    tendered_fen: fields.Fen
    payee_id: fields.Id
    day: fields.Day
    account: Annotated[str, Field(max_length=20, pattern="^[a-z_]+$")]
    reference: fields.Short = ""
    remark: fields.Long = ""


class OnAccountIn(Input):
    """The rest goes on account until this day."""

    reason: fields.Long
    due_on: fields.Day


class DiscountIn(Input):
    """The gap is let go by this rule."""

    rule: Annotated[str, Field(max_length=20, pattern="^[a-z_]+$")]


@router.get("/accounts", response=answers(list[dict[str, Any]]), summary="收款账户")
def list_accounts(request: ApiRequest) -> Any:
    """Where received money may lie."""
    request.actor.require("settlement.view")
    return settlement_queries.accounts()


@router.get("/orders/{number}/bill", response=answers(dict[str, Any]), summary="结算单")
def get_bill(request: ApiRequest, number: Number) -> Any:
    """Lines, due and received as they stand now; after posting, as posted."""
    request.actor.require("settlement.view")
    order = find(request.actor, number)
    return _bill(order)


@router.post("/orders/{number}/payments", response=answers(dict[str, Any], 201), summary="登记收款")
def receive(request: ApiRequest, number: Number, body: PaymentIn, key: Key = "") -> Any:
    """Take the customer's money, at any time (O-005)."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        row = settlement.receive(order.pk, PaymentDraft(**body.model_dump()), by=request.actor, at=request.now)
        return {"id": row.pk, "amount_fen": row.amount_fen, "change_fen": row.change_fen, "receipt": row.receipt_number}

    return Answer(201, once(request, "settlement.receive", body, run))


@router.post("/orders/{number}/on-account", response=answers(dict[str, Any], 201), summary="挂账")
def put_on_account(request: ApiRequest, number: Number, body: OnAccountIn, key: Key = "") -> Any:
    """The rest goes on account; the amount is the gap itself."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        row = settlement.put_on_account(
            order.pk, reason=body.reason, due_on=body.due_on, by=request.actor, at=request.now
        )
        return {"id": row.pk, "fen": row.fen}

    return Answer(201, once(request, "settlement.on_account", body, run))


@router.post("/orders/{number}/discount", response=answers(dict[str, Any], 201), summary="按规则优惠")
def allow_discount(request: ApiRequest, number: Number, body: DiscountIn, key: Key = "") -> Any:
    """The gap is let go by a named rule within its limit (R-177)."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        row = settlement.allow_discount(order.pk, body.rule, by=request.actor, at=request.now)
        return {"id": row.pk, "fen": row.fen}

    return Answer(201, once(request, "settlement.discount", body, run))


@router.post("/orders/{number}/settle", response=answers(dict[str, Any]), summary="确定结算")
def settle(request: ApiRequest, number: Number, body: fields.Seen) -> Any:
    """Post the bill: amounts lock, the archive is written, the order goes to 待回访 (R-174)."""
    order = find(request.actor, number)
    settlement.post(order.pk, seen=body.seen, by=request.actor, at=request.now)
    return _bill(find(request.actor, number))


@router.post("/orders/{number}/reverse", response=answers(dict[str, Any]), summary="冲红")
def reverse(request: ApiRequest, number: Number, body: fields.Reason) -> Any:
    """A red bill takes every line back and the order returns to 待结算."""
    order = find(request.actor, number)
    settlement.reverse(order.pk, body.reason, seen=body.seen, by=request.actor, at=request.now)
    return _bill(find(request.actor, number))


def _bill(order: Any) -> dict[str, Any]:
    bill = settlement_queries.posted_bill(order.pk)
    lines = settlement_queries.lines_of(bill.pk) if bill else settlement_queries.price_of(order)[0].lines
    position = settlement_queries.position(order)
    return {
        "order": order.number,
        "status": order.status,
        "version": order.version,
        "number": bill.number if bill else "",
        "is_posted": bill is not None,
        "due_fen": position.due if position else None,
        "received_fen": settlement_queries.received(order.pk),
        "outstanding_fen": position.outstanding if position else None,
        "unexplained_fen": position.unexplained if position else None,
        "lines": [outputs.line_out(line) for line in lines],
        "payments": [
            {
                "id": p.pk,
                "amount_fen": p.amount_fen,
                "tendered_fen": p.tendered_fen,
                "change_fen": p.change_fen,
                "payee": p.payee.name,
                "day": p.day.isoformat(),
                "account": p.account.code,
                "receipt": p.receipt_number,
            }
            for p in settlement_queries.payments_of(order.pk)
        ],
    }
