"""The devices of an order: added, corrected, taken off, and the warranty decided otherwise by the supervisor."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Router
from ninja import Status as Answer
from pydantic import Field

from gongdan.devices.states import Level
from gongdan.doors.api import fields, outputs
from gongdan.doors.api.auth import ApiRequest
from gongdan.doors.api.fields import Input
from gongdan.doors.api.intake import Id, Key, Number, OrderDeviceIn, answers, done, find
from gongdan.doors.api.once import once
from gongdan.orders import actions, rules
from gongdan.orders.rules import DeviceDraft

router = Router(tags=["接待 intake"])
Code = Annotated[str, Field(max_length=30, pattern=r"^[^\x00]*$")]
Height = Annotated[int, Field(ge=0, le=rules.MAX_HEIGHT_CM)]
_NAMES = {"brand": "brand_text", "model": "model_text"}


class NewDeviceLineIn(OrderDeviceIn):
    """One more device: as when the order is registered, with the place where it stands and whom to ask for there."""

    seen: fields.Version
    spec: fields.Line = ""
    made_on: fields.Day | None = None
    installed_on: fields.Day | None = None
    fault_id: fields.Id | None = None
    height_cm: Height = 0
    place: fields.Line = ""
    contact_name: fields.Short = ""
    phone: fields.Short = ""


class DeviceLineEdit(Input):
    """What of a device on an order shall change; absent fields stay.

    Category, dates, specification and invoice are those of a device that is not registered yet.
    """

    seen: fields.Version
    category_id: fields.Id | None = None
    brand: fields.Short = ""
    model: fields.Short = ""
    serial: fields.Short = ""
    spec: fields.Line = ""
    purchase_on: fields.Day | None = None
    invoice_no: fields.Short = ""
    made_on: fields.Day | None = None
    installed_on: fields.Day | None = None
    symptom: fields.Paragraph = ""
    fault_id: fields.Id | None = None
    error_code: Code = ""
    appearance: fields.Long = ""
    accessories: fields.Long = ""
    height_cm: Height = 0
    place: fields.Line = ""
    contact_name: fields.Short = ""
    phone: fields.Short = ""


class OverruleIn(fields.Seen):
    """How the warranty is decided instead, and why."""

    level: Level
    reason: fields.Long


@router.post("/orders/{number}/device-lines", response=answers(outputs.Done, 201), summary="工单添加设备")
def add_device_line(request: ApiRequest, number: Number, body: NewDeviceLineIn, key: Key = "") -> Any:
    """One more device on the order; `id` is its line's (R-030)."""
    order = find(request.actor, number)

    def run() -> dict[str, Any]:
        typed = body.model_dump(exclude={"seen"})
        draft = DeviceDraft(**{_NAMES.get(name, name): value for name, value in typed.items()})
        return _line(actions.add_device_line(order.pk, draft, seen=body.seen, by=request.actor, at=request.now))

    return Answer(201, once(request, "orders.add_device", body, run))


@router.patch("/device-lines/{pk}", response=answers(outputs.Done), summary="修改工单设备")
def edit_device_line(request: ApiRequest, pk: Id, body: DeviceLineEdit) -> Any:
    """Change what is sent; 409 with who changed what when a colleague saved meanwhile."""
    typed = body.model_dump(exclude={"seen"}, exclude_unset=True)
    changes = {_NAMES.get(name, name): value for name, value in typed.items()}
    return _line(actions.edit_device_line(pk, changes=changes, seen=body.seen, by=request.actor, at=request.now))


@router.post("/device-lines/{pk}/remove", response=answers(outputs.Done), summary="从工单移除设备")
def remove_device_line(request: ApiRequest, pk: Id, body: fields.Seen) -> Any:
    """Take a device off the order on which nothing was done, quoted or charged; its record stays."""
    return done(actions.remove_device_line(pk, seen=body.seen, by=request.actor, at=request.now))


@router.post("/device-lines/{pk}/overrule", response=answers(outputs.Done), summary="改判保修")
def overrule_coverage(request: ApiRequest, pk: Id, body: OverruleIn) -> Any:
    """Decide the warranty otherwise than the rule did; the rule's verdict stays beside it."""
    return _line(
        actions.overrule_coverage(pk, body.level, body.reason, seen=body.seen, by=request.actor, at=request.now)
    )


def _line(line: Any) -> dict[str, Any]:
    """The line, and its order as it stands now."""
    return done(line.order) | {"id": line.pk}
