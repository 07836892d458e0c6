"""A device that must not be worked on: tagged by the floor above, cleared here with a proof (O-044)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.devices import access
from gongdan.devices.events import Verb
from gongdan.devices.models import Device, SafetyClearance
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.kernel.text import _


def tag_unsafe(device_id: int, reason: str, *, order_id: int, order_number: str, by: Actor, at: datetime) -> Device:
    """Deposit that work on this device was refused for safety; a second refusal tells the newer reason."""
    device = Device.objects.select_for_update().get(pk=device_id)
    device.safety_reason = reason.strip()[:200]
    device.safety_since, device.safety_order_id = device.safety_since or at, order_id
    device.save(update_fields=["safety_reason", "safety_since", "safety_order_id"])
    record(Verb.UNSAFE, device, by=by, at=at, reason=device.safety_reason, number=order_number)
    return device


@transaction.atomic
def untag(device_id: int, proof: str, *, attachment_id: int | None = None, by: Actor, at: datetime) -> SafetyClearance:
    """Keep why the device is safe again and take the tag off; the caller has asked whether the actor may.

    Refused: no proof, or no tag stands.
    """
    device = Device.objects.select_for_update().filter(pk=device_id).first()
    if device is None:
        raise Missing(_("没有找到这台设备，请返回客户资料查找"))
    if not access.visible_to(by).filter(pk=device_id).exists():
        raise Forbidden(_("这台设备的客户不属于您的站点或您的工单，不能修改"))
    if not device.safety_reason or device.safety_since is None:
        raise Refused(_("这台设备没有安全隐患标记，不用解除"), code="not_tagged")
    if not proof.strip():
        raise Invalid({"proof": _("请写明隐患已怎样消除、凭什么认定，如燃气公司整改单号")})
    if len(proof.strip()) > 500:
        raise Invalid({"proof": _("最多 {limit} 个字，请缩短", limit=500)})
    row = SafetyClearance.objects.create(
        device=device,
        reason=device.safety_reason,
        since=device.safety_since,
        proof=proof.strip(),
        attachment_id=attachment_id,
        at=at,
        by_id=by.id,
        by_name=by.name[:60],
    )
    device.safety_reason, device.safety_since, device.safety_order_id = "", None, None
    device.save(update_fields=["safety_reason", "safety_since", "safety_order_id"])
    record(Verb.SAFETY_CLEARED, device, by=by, at=at, proof=row.proof[:200])
    return row
