"""带回公司: a device goes to the workshop with a signed record, and comes back with another (R-093)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.catalog.queries import check_texts
from gongdan.devices import actions as devices
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.kernel.text import Text, _
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.states import Mode
from gongdan.pricing.states import Payer
from gongdan.quotes import actions as quoting
from gongdan.repair import access, queries, rules
from gongdan.repair.actions.guards import check_attachment, working
from gongdan.repair.events import Verb
from gongdan.repair.models import PickUp

_AT_THE_CUSTOMER = (Mode.ON_SITE, Mode.EXPRESS, Mode.PICK_UP, Mode.REMOTE)
_FURTHEST = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class PickUpDraft:
    """What is taken along, as typed: the customer signs for it, on the screen or on paper."""

    accessories: str
    condition: str
    signer: str
    promised_on: date
    way: str = PickUp.Way.SIGNATURE
    signature_id: int | None = None
    fee: str = ""  # a word of rules.FEE_CHOICES, where the customer pays for it
    fee_reason: str = ""


@transaction.atomic
def take_away(device_line_id: int, draft: PickUpDraft, *, by: Actor, at: datetime) -> PickUp:
    """Take a device to the workshop: it is with us from now on, and the order becomes 上门取送, priced as such.

    What the customer pays for it he agrees to by the same signature. Where the fee is waived the order keeps its mode,
    so that none arises. Refused: the order does not stand at the customer's, the device is with us already, the record
    is not complete, or nothing is said of a fee that the customer would pay.
    """
    line, order = working(device_line_id, by=by)
    if order.mode not in _AT_THE_CUSTOMER:
        raise Refused(_("这张工单的设备本来就在公司，不用登记带回"), code="wrong_mode")
    if PickUp.objects.filter(device_line=line, returned_at__isnull=True).exists():
        raise Refused(_("这台设备已登记带回公司，送回后才能再次登记"), code="with_us")
    _check(draft, today=local_day(at))
    is_waived = _settle_fee(order, draft, by=by, at=at)
    device = orders.known_device(line, order, by=by, at=at)
    row = PickUp.objects.create(
        order=order,
        device_line=line,
        accessories=draft.accessories.strip(),
        condition=draft.condition.strip(),
        signer=draft.signer.strip(),
        way=draft.way,
        signature_id=draft.signature_id if draft.way == PickUp.Way.SIGNATURE else None,
        promised_on=draft.promised_on,
        taken_by_id=by.id,
        taken_at=at,
        mode_before=order.mode,
    )
    devices.begin_stay(device.pk, on=local_day(at), order_id=order.pk)
    if not is_waived:
        orders.change_mode(order, Mode.PICK_UP, by=by, at=at)
    quoting.reprice_draft(order)
    record(
        Verb.TAKEN_AWAY, row, by=by, at=at, about=order,
        device=queries.device_of(line), signer=row.signer, day=row.promised_on,
    )  # fmt: skip
    return row


@transaction.atomic
def hand_back(
    pick_up_id: int,
    *,
    receiver: str,
    way: str = PickUp.Way.SIGNATURE,
    signature_id: int | None = None,
    note: str = "",
    by: Actor,
    at: datetime,
) -> PickUp:
    """The device is at the customer's again: who brought it, who received it and signed.

    Refused: not the actor's order, handed back already, or no receiver.
    """
    order_id = PickUp.objects.filter(pk=pick_up_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise Missing(_("没有这条带回记录，请刷新页面"))
    order = orders.locked(order_id, by=by)
    access.require_work(by, order)
    row = PickUp.objects.select_related("device_line__brand", "device_line__category").get(pk=pick_up_id)
    if row.returned_at is not None:
        raise Refused(_("这台设备已登记送回，不用重复登记"), code="returned")
    rules.check_lengths({"receiver": receiver, "return_note": note})
    errors: dict[str, Text] = {}
    if not receiver.strip():
        errors["receiver"] = _("请填写收货人姓名")
    errors |= _signing_errors(way, signature_id)
    if errors:
        raise Invalid(errors)
    check_attachment(order, signature_id, "signature")
    row.returned_by_id, row.returned_at = by.id, at
    row.receiver, row.return_note, row.return_way = receiver.strip(), note.strip(), way
    row.return_signature_id = signature_id if way == PickUp.Way.SIGNATURE else None
    row.save(
        update_fields=["returned_by", "returned_at", "receiver", "return_note", "return_way", "return_signature_id"]
    )
    if row.device_line.device_id is not None:
        devices.end_stay(row.device_line.device_id, on=local_day(at), order_id=order.pk)
    record(
        Verb.HANDED_BACK, row, by=by, at=at, about=order,
        device=queries.device_of(row.device_line), receiver=row.receiver,
    )  # fmt: skip
    return row


def _settle_fee(order: Order, draft: PickUpDraft, *, by: Actor, at: datetime) -> bool:
    """Keep what the customer says to the fee that taking the device along brings him; whether it is waived."""
    check_attachment(order, draft.signature_id, "signature")
    line = queries.pick_up_fee(order, at=at)
    if line is None or line.payer is not Payer.CUSTOMER or not line.amount_fen:
        return False
    rules.check_fee(draft.fee, draft.fee_reason, line.amount_fen)
    is_waived = draft.fee == rules.WAIVED
    kept = orders.record_consent(
        order,
        to_what=rules.PICK_UP_FEE,
        is_given=not is_waived,
        way="signature",
        name=draft.signer,
        fen=line.amount_fen,
        signature_id=draft.signature_id if draft.way == PickUp.Way.SIGNATURE else None,
        remark=draft.fee_reason if is_waived else "",
        by=by,
        at=at,
    )
    record(
        Verb.FEE_WAIVED if is_waived else Verb.FEE_AGREED, order, by=by, at=at,
        name=kept.name, fee=line.amount_fen, reason=kept.remark,
    )  # fmt: skip
    return is_waived


def _check(draft: PickUpDraft, *, today: date) -> None:
    rules.check_lengths(asdict(draft))
    errors: dict[str, Text] = {}
    if not draft.condition.strip():
        errors["condition"] = _("请填写外观和现状：划痕、缺件、能否开机")
    if not draft.accessories.strip():
        errors["accessories"] = _("请填写带走的附件；没有请写“无”")
    if not draft.signer.strip():
        errors["signer"] = _("请填写签字的客户姓名")
    if not today <= draft.promised_on <= today + _FURTHEST:
        errors["promised_on"] = _("承诺送回的日期应在今天到 180 天之内")
    errors |= _signing_errors(draft.way, draft.signature_id)
    if errors:
        raise Invalid(errors)
    check_texts({"condition": draft.condition, "accessories": draft.accessories})


def _signing_errors(way: str, signature_id: int | None) -> dict[str, Text]:
    if way not in rules.HAND_OVER_WAYS:
        return {"way": _("请选择屏幕签名或纸质签字")}
    if way == PickUp.Way.SIGNATURE and signature_id is None:
        return {"signature": _("请客户在屏幕上签名，或改选“纸质签字”")}
    return {}
