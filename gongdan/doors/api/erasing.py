"""客户资料删除: what would go and what stays, and doing it with the customer's number as the confirmation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Router, Schema

from gongdan.doors.api import fields
from gongdan.doors.api.auth import ApiRequest
from gongdan.doors.api.intake import Id, Key, answers
from gongdan.doors.api.once import once
from gongdan.flows import erasing

router = Router(tags=["客户资料删除 erasing"])


class ForeseenOut(Schema):
    """What would be erased. `version` goes back as `seen`; open orders stand against it."""

    customer_id: int
    number: str
    version: int
    contacts: int
    addresses: int
    merged: int
    orders_kept: int
    open_orders: list[str]
    erased_at: datetime | None


class EraseIn(fields.Seen):
    """Why, and the customer's own number as the confirmation."""

    number: fields.Short
    reason: fields.Long


class ErasedOut(Schema):
    """How many orders stay without the person's data."""

    orders_kept: int


@router.get("/customers/{pk}/erase", response=answers(ForeseenOut), summary="删除个人资料前的核对")
def foresee(request: ApiRequest, pk: Id) -> Any:
    """What erasing this customer's personal data would take."""
    found = erasing.foresee(pk, by=request.actor)
    return {
        "customer_id": found.customer.id,
        "number": found.customer.number,
        "version": found.customer.version,
        "contacts": found.contacts,
        "addresses": found.addresses,
        "merged": found.merged,
        "orders_kept": found.orders,
        "open_orders": list(found.open_orders),
        "erased_at": found.erased_at,
    }


@router.post("/customers/{pk}/erase", response=answers(ErasedOut), summary="删除客户的个人资料")
def erase(request: ApiRequest, pk: Id, body: EraseIn, key: Key = "") -> Any:
    """Erase name, telephones and addresses wherever they were copied; orders, amounts and papers stay."""

    def run() -> dict[str, int]:
        kept = erasing.erase(
            pk, number=body.number, reason=body.reason, seen=body.seen, by=request.actor, at=request.now
        )
        return {"orders_kept": kept}

    return once(request, "customers.erase", body, run)
