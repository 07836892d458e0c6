"""安全拒修: a device that nobody may work on until its hazard is gone (O-044)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.catalog.queries import check_texts
from gongdan.devices import actions as devices
from gongdan.devices.models import SafetyClearance
from gongdan.files import queries as files_queries
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import actions as orders
from gongdan.quotes import actions as quoting
from gongdan.repair import access, queries, rules
from gongdan.repair.actions.guards import check_attachment, working
from gongdan.repair.events import Verb
from gongdan.repair.models import SafetyRefusal


@dataclass(frozen=True, slots=True)
class RefusalDraft:
    """Why the device is not worked on, the picture that shows it, and how the customer was told."""

    hazard: str
    reason: str
    photo_id: int | None
    way: str = SafetyRefusal.Way.SIGNATURE
    signer: str = ""
    signature_id: int | None = None
    witness: str = ""


@transaction.atomic
def refuse_for_safety(device_line_id: int, draft: RefusalDraft, *, by: Actor, at: datetime) -> SafetyRefusal:
    """Refuse to work on a device for safety: it is tagged, and nobody is sent to it until the tag is cleared.

    What the customer pays is what the price book says of work that is declined after the inspection. Refused: without a
    reason, a photo, or a notice that was signed or witnessed; or it is refused already.
    """
    line, order = working(device_line_id, by=by)
    _check(draft)
    check_attachment(order, draft.photo_id, "photo")
    check_attachment(order, draft.signature_id, "signature")
    device = orders.known_device(line, order, by=by, at=at)
    if line.result == rules.UNSAFE and device.safety_reason:
        raise Refused(_("这台设备已安全拒修，不用重复登记"), code="unsafe")
    assert draft.photo_id is not None, "_check lets no missing photo pass"
    row = SafetyRefusal.objects.create(
        order=order,
        device_line=line,
        hazard=draft.hazard.strip(),
        reason=draft.reason.strip(),
        photo_id=draft.photo_id,
        way=draft.way,
        signer="" if draft.way == SafetyRefusal.Way.WITNESS else draft.signer.strip(),
        signature_id=draft.signature_id if draft.way == SafetyRefusal.Way.SIGNATURE else None,
        witness=draft.witness.strip() if draft.way == SafetyRefusal.Way.WITNESS else "",
        by_id=by.id,
        at=at,
    )
    why = "：".join(word for word in (row.hazard, row.reason) if word)
    devices.tag_unsafe(device.pk, why, order_id=order.pk, order_number=order.number, by=by, at=at)
    orders.deposit_line(line, result=rules.UNSAFE)
    orders.hold_unsafe(device.pk, by=by, at=at)
    quoting.reprice_draft(order)
    record(
        Verb.REFUSED_UNSAFE, row, by=by, at=at, about=order,
        device=queries.device_of(line), hazard=row.hazard, notice=notice_words(row),
    )  # fmt: skip
    return row


@transaction.atomic
def clear_safety(
    device_id: int, proof: str, *, attachment_id: int | None = None, by: Actor, at: datetime
) -> SafetyClearance:
    """The hazard is gone, and this proves it: the device may be worked on, orders that waited may be dispatched.

    Refused: no permission of its own, no proof, or no tag stands.
    """
    by.require(access.CLEAR_SAFETY)
    if attachment_id is not None:
        found = files_queries.attachment(attachment_id)
        if (found.subject_kind, found.subject_id) != ("devices.device", device_id):
            raise Invalid({"attachment": _("请上传这台设备的证明材料")})
    row = devices.untag(device_id, proof, attachment_id=attachment_id, by=by, at=at)
    orders.release_unsafe(device_id, by=by, at=at)
    return row


def notice_words(row: SafetyRefusal) -> Text:
    """How the customer was told, in words."""
    if row.way == SafetyRefusal.Way.WITNESS:
        return _("客户拒签告知书，{witness} 见证", witness=row.witness)
    if row.way == SafetyRefusal.Way.PAPER:
        return _("{signer} 已在纸质告知书上签字", signer=row.signer)
    return _("{signer} 已在屏幕上签告知书", signer=row.signer)


def _check(draft: RefusalDraft) -> None:
    rules.check_lengths(asdict(draft))
    errors: dict[str, Text] = {}
    if not draft.hazard.strip():
        errors["hazard"] = _("请选择或填写是什么隐患")
    if not draft.reason.strip():
        errors["reason"] = _("请写明具体情况：在哪里、看到或测到什么")
    if draft.photo_id is None:
        errors["photo"] = _("请拍一张能看清隐患的照片")
    if draft.way not in rules.NOTICE_WAYS:
        errors["way"] = _("请选择客户怎样签收告知书")
    elif draft.way == SafetyRefusal.Way.WITNESS:
        if not draft.witness.strip():
            errors["witness"] = _("客户拒签时请填写见证人姓名（物业、邻居或同事）")
    else:
        if not draft.signer.strip():
            errors["signer"] = _("请填写签字的客户姓名")
        if draft.way == SafetyRefusal.Way.SIGNATURE and draft.signature_id is None:
            errors["signature"] = _("请客户在屏幕上签名，或改选纸质签字、见证人")
    if errors:
        raise Invalid(errors)
    check_texts({"hazard": draft.hazard, "reason": draft.reason})
