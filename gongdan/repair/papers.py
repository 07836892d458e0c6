"""服务单: customer, device, fault, what was found and done, parts, charges and signatures on one sheet (R-227).

And the two papers beside it: 取机单 for a device that goes to the workshop, 安全隐患告知书 for one that nobody works on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gongdan.customers.queries import SiteFacts
from gongdan.devices.rules.warranty import REWORK_DAYS
from gongdan.files.papers import Head, Line, Pair, Section, Signature, Total, day, moment, pair
from gongdan.files.rules import ink_of
from gongdan.kernel.capitals import capitals
from gongdan.kernel.money import Fen, yuan
from gongdan.kernel.text import Text, _
from gongdan.orders.papers import customer_pairs, firm_of, product_pairs, reach_words
from gongdan.orders.queries import DeviceFacts, Page
from gongdan.orders.rules import line_name
from gongdan.orders.states import KIND_LABELS, Kind
from gongdan.people.models import ShopSettings, Site
from gongdan.pricing.states import PAYER_LABELS, Payer
from gongdan.quotes.models import Quote, QuoteLine
from gongdan.repair.models import Acceptance, PickUp, SafetyRefusal
from gongdan.repair.queries import Sheet, label_of
from gongdan.repair.rules import AGREED, FEE_CHOICES, HAND_OVER_WAYS, OLD_PARTS, PICK_UP_FEE, WAIVED

KIND, SLIP, NOTICE = "service_sheet", "pick_up_slip", "safety_notice"
COPIES = (_("存根联"), _("客户联"), _("结算联"))
PART_COLUMNS = (
    _("名称"), _("规格"), _("数量"), _("单价"), _("金额"), _("新件编号"), _("旧件编号"), _("旧件去向"),
)  # fmt: skip
ADVICE = (
    _("维修后请按说明书使用，发现异常请先断电再联系我们"),
    _("请保留本单，返修期内同一故障凭单免费返修"),
)
SATISFACTION = (_("满意"), _("一般"), _("不满意"))
PAYING = (_("现金"), _("微信"), _("支付宝"), _("银行卡"), _("对公"))
EMPTY, TICKED = "□", "☑"


@dataclass(frozen=True, slots=True)
class PartRows:
    """The parts of the whole order; figures stand at the right."""

    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class DevicePaper:
    """One device: what it is, and what was found and done on it."""

    product: Section
    work: Section


@dataclass(frozen=True, slots=True)
class ServiceSheet:
    """The service sheet of an order, every string final."""

    head: Head
    service: Section
    customer: Section
    devices: tuple[DevicePaper, ...]
    parts: PartRows
    lines: tuple[Line, ...]
    totals: tuple[Total, ...]
    close: Section
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What the sheet is made of, as it stands now."""

    order: Page
    site: Site
    settings: ShopSettings
    sheets: Sequence[Sheet]
    quote: Quote | None
    charges: Sequence[QuoteLine]
    acceptance: Acceptance | None
    strokes: Sequence[dict[str, object]] | None
    facts: SiteFacts
    phone_in_charge: str  # as the one who prints may see it


def build_sheet(told: Told, *, issued_by: str, at: datetime) -> ServiceSheet:
    """The service sheet of this order as it stands now. Charges are those of the standing quote."""
    order = told.order
    names = {device.id: device.name for device in order.devices} if len(order.devices) > 1 else {}
    return ServiceSheet(
        head=Head(
            firm=firm_of(told.site, told.settings),
            title=str(_("服务单")),
            number=order.number,
            issued_at=moment(at),
            issued_by=issued_by,
            notes=tuple(str(note) for note in ADVICE),
            copies=tuple(str(copy) for copy in COPIES),
        ),
        service=_service(told),
        customer=_customer(order, told),
        devices=tuple(_device(told, device) for device in order.devices) or (_unknown_device(order),),
        parts=_parts(told),
        lines=tuple(_line(row, names) for row in told.charges),
        totals=_totals(told.quote),
        close=_close(told),
        signatures=_signatures(told),
    )


def _service(told: Told) -> Section:
    order = told.order
    return Section(
        str(_("服务")),
        (
            pair(_("服务类型"), _one_of(KIND_LABELS.items(), Kind(order.kind))),
            pair(_("报修时间"), moment(order.received_at)),
            pair(
                _("预约时间"), _window(order.promised_from or order.wished_from, order.promised_to or order.wished_to)
            ),
            pair(_("到达时间"), moment(order.arrived_at)),
            pair(_("开始维修"), moment(_started(told.sheets))),
            pair(_("完成时间"), moment(order.finished_at)),
        ),
    )


def _customer(order: Page, told: Told) -> Section:
    facts = told.facts
    return Section(
        str(_("客户")),
        (
            *customer_pairs(order),
            pair(_("负责人"), " ".join(word for word in (facts.person, told.phone_in_charge) if word)),
            pair(_("交通"), facts.transport, is_wide=True),
            pair(_("客户的管理制度"), facts.site_rules, is_wide=True),
        ),
    )


def _device(told: Told, device: DeviceFacts) -> DevicePaper:
    order = told.order
    sheet = next((one for one in told.sheets if one.line.pk == device.id), None)
    number = line_name(str(device.position + 1), device.place)
    title = str(_("设备 {place}", place=number) if len(order.devices) > 1 else _("设备"))
    symptoms = dict.fromkeys(text for text in (order.symptom if device.position == 0 else "", device.symptom) if text)
    return DevicePaper(
        product=Section(
            title,
            product_pairs(device, order.category),
        ),
        work=_work("；".join(symptoms) or order.symptom, sheet),
    )


def _unknown_device(order: Page) -> DevicePaper:
    product = Section(str(_("设备")), (pair(_("产品类别"), order.category),))
    return DevicePaper(product, _work(order.symptom, None))


def _work(symptom: str, sheet: Sheet | None) -> Section:
    found = sheet.diagnosis if sheet else None
    return Section(
        str(_("故障与维修")),
        (
            pair(_("客户描述"), symptom, is_wide=True),
            pair(_("检测结果"), found.inspection if found else "", is_wide=True),
            pair(_("故障原因"), found.cause if found else "", is_wide=True),
            pair(_("维修措施"), "；".join(action.text for action in sheet.actions) if sheet else "", is_wide=True),
        ),
    )


def _parts(told: Told) -> PartRows:
    """The parts, each with its price where the quote names it; how it was paid stands with the charges."""
    columns = tuple((str(name), 2 <= place <= 4) for place, name in enumerate(PART_COLUMNS))  # the figures
    rows = []
    for sheet in told.sheets:
        for part in sheet.parts:
            priced = _priced(part.name, sheet.line.pk, told.charges)
            rows.append(
                (
                    part.name,
                    part.spec,
                    str(part.quantity),
                    yuan(priced.unit_fen) if priced else "",
                    yuan(priced.amount_fen) if priced else "",
                    part.new_serial,
                    part.old_serial,
                    str(OLD_PARTS[part.old_part]) if part.old_part in OLD_PARTS else "",
                )
            )
    return PartRows(columns, tuple(rows))


def _priced(name: str, line_id: int, charges: Iterable[QuoteLine]) -> QuoteLine | None:
    """The charge that is called as the part is, on its device or on none."""
    return next((row for row in charges if row.name == name and row.device_line_id in (None, line_id)), None)


def _line(row: QuoteLine, names: Mapping[int, str]) -> Line:
    payer = Payer(row.payer)
    reason = str(Text.from_json(row.reason)) if row.reason else ""
    by_whom = "" if payer is Payer.CUSTOMER else str(_("{payer}承担", payer=PAYER_LABELS[payer]))
    return Line(
        name=line_name(row.name, names.get(row.device_line_id or 0, "")),
        quantity=f"{row.quantity} {row.unit}".strip(),
        price=yuan(row.unit_fen),
        amount=yuan(row.amount_fen),
        remark=" · ".join(word for word in (by_whom, reason) if word),
    )


def _totals(quote: Quote | None) -> tuple[Total, ...]:
    if quote is None:
        return ()
    others = [
        Total(str(_("{payer}承担", payer=PAYER_LABELS[Payer(payer)])), f"¥{yuan(fen)}")
        for payer, fen in sorted(quote.totals.items())
        if payer != Payer.CUSTOMER and fen
    ]
    due = Fen(quote.due_fen)
    return (*others, Total(str(_("客户应付合计")), f"¥{yuan(due)}", f"人民币{capitals(due)}", is_final=True))


def _close(told: Told) -> Section:
    """What is filled in by hand at the customer's, ticked where it is known already."""
    opinion = told.acceptance.satisfaction if told.acceptance else ""
    return Section(
        str(_("验收与收款")),
        (
            pair(_("客户意见"), _ticks(SATISFACTION, opinion)),
            pair(_("收款方式"), _ticks(PAYING, "")),
            pair(_("维修质保期"), str(_("同一故障 {days} 天内免费返修", days=REWORK_DAYS))),
            pair(_("服务监督电话"), told.site.complaint_phone or told.site.hotline),
        ),
    )


def _signatures(told: Told) -> tuple[Signature, ...]:
    technician = Signature(str(_("维修人签字")), told.order.technician_names)
    accepted = told.acceptance
    if accepted is None or not accepted.is_accepted:
        return (technician, Signature(str(_("客户签字"))))
    signed = _ACCEPTED[accepted.way]
    return (technician, _inked(_("客户签字"), accepted.tester, accepted.at, told.strokes, how=signed))


_ACCEPTED: dict[str, Text] = {
    "signature": _("已签名确认"),
    "paper": _("纸质签字已存"),
    "phone": _("电话确认，没有签名"),
}


def _inked(
    label: Text, name: str, at: datetime | None, strokes: Sequence[dict[str, object]] | None, *, how: Text | str = ""
) -> Signature:
    """A place to sign that was signed, on the screen or elsewhere."""
    ink = ink_of(strokes) if strokes else None
    stamp = " ".join(word for word in (moment(at), str(how)) if word)
    return Signature(str(label), name, stamp, box=ink.box if ink else "", path=ink.path if ink else "")


def _started(sheets: Iterable[Sheet]) -> datetime | None:
    """When the work began: the earliest start that was noted, else the first thing that was found or done."""
    noted = [action.started_at for sheet in sheets for action in sheet.actions if action.started_at]
    first = [sheet.diagnosis.at for sheet in sheets if sheet.diagnosis]
    return min(noted or first, default=None)


def _ticks(words: Iterable[Text], chosen: str) -> str:
    return "  ".join(f"{TICKED if chosen and str(word) == chosen else EMPTY}{word}" for word in words)


def _one_of(labels: Iterable[tuple[object, Text]], chosen: object) -> str:
    return next(str(label) for value, label in labels if value == chosen)


def _window(start: datetime | None, end: datetime | None) -> str:
    if start is None or end is None:
        return ""
    return str(_("{start:datetime}–{end:time}", start=start, end=end))


@dataclass(frozen=True, slots=True)
class Handed:
    """What the slip of a device taken along is made of."""

    order: Page
    site: Site
    settings: ShopSettings
    pick_up: PickUp
    taken: Sequence[dict[str, object]] | None
    returned: Sequence[dict[str, object]] | None


@dataclass(frozen=True, slots=True)
class PickUpSlip:
    """取机单, every string final."""

    head: Head
    customer: Section
    device: Section
    taken: Section
    returned: Section
    signatures: tuple[Signature, ...]


def build_slip(told: Handed, *, issued_by: str, at: datetime) -> PickUpSlip:
    """取机单 as it stands now: what was taken, how it looked, until when; and the way back once it happened (R-093)."""
    row, order = told.pick_up, told.order
    line = row.device_line
    is_back = row.returned_at is not None
    return PickUpSlip(
        head=Head(
            firm=firm_of(told.site, told.settings),
            title=str(_("取机单")),
            number=order.number,
            issued_at=moment(at),
            issued_by=issued_by,
            notes=(str(_("送回时请当面核对设备、附件和维修结果")), str(_("维修前请自行备份数据"))),
            copies=(str(_("存根联")), str(_("客户联"))),
        ),
        customer=Section(
            str(_("客户")),
            (
                pair(_("客户名称"), order.customer_name),
                pair(_("联系人"), order.contact_name),
                pair(_("联系电话"), reach_words(order)),
                pair(_("详细地址"), order.address),
            ),
        ),
        device=Section(
            str(_("设备")),
            (
                pair(_("设备"), label_of(line)),
                pair(_("机身编号"), line.serial),
                pair(_("客户描述"), line.symptom or order.symptom, is_wide=True),
            ),
        ),
        taken=Section(
            str(_("带回公司")),
            (
                pair(_("取机时间"), moment(row.taken_at)),
                pair(_("取机人"), row.taken_by.name),
                pair(_("承诺送回"), day(row.promised_on)),
                *_fee(row, order),
                pair(_("附件"), row.accessories, is_wide=True),
                pair(_("外观和现状"), row.condition, is_wide=True),
            ),
        ),
        returned=Section(
            str(_("送回")),
            (
                pair(_("送回时间"), moment(row.returned_at)),
                pair(_("送回人"), row.returned_by.name if row.returned_by else ""),
                pair(_("收货人"), row.receiver),
                pair(_("说明"), row.return_note, is_wide=True),
            ),
        ),
        signatures=(
            _inked(_("客户签字（取机）"), row.signer, row.taken_at, told.taken, how=HAND_OVER_WAYS[row.way]),
            Signature(str(_("取机人签字")), row.taken_by.name),
            _inked(
                _("收货人签字（送回）"),
                row.receiver,
                row.returned_at,
                told.returned,
                how=HAND_OVER_WAYS[row.return_way] if is_back else "",
            ),
        ),
    )


def _fee(row: PickUp, order: Page) -> tuple[Pair, ...]:
    """What the customer said to the fee when he signed; nothing where he was not asked for one."""
    said = next((one for one in order.consents if one.to_what == PICK_UP_FEE and one.at == row.taken_at), None)
    if said is None:
        return ()
    words = (f"¥{yuan(said.fen or 0)}", FEE_CHOICES[AGREED]) if said.is_given else (FEE_CHOICES[WAIVED], said.remark)
    return (pair(_("取送费"), " ".join(str(word) for word in words if word)),)


@dataclass(frozen=True, slots=True)
class Hazard:
    """What the notice of a refusal is made of."""

    order: Page
    site: Site
    settings: ShopSettings
    refusal: SafetyRefusal
    strokes: Sequence[dict[str, object]] | None


@dataclass(frozen=True, slots=True)
class SafetyNotice:
    """安全隐患告知书, every string final."""

    head: Head
    customer: Section
    device: Section
    hazard: Section
    told: str
    signatures: tuple[Signature, ...]


def build_notice(told: Hazard, *, issued_by: str, at: datetime) -> SafetyNotice:
    """安全隐患告知书: what is dangerous, what the customer must not do, and who signed or witnessed it (O-044)."""
    row, order = told.refusal, told.order
    line = row.device_line
    if row.way == SafetyRefusal.Way.WITNESS:
        signed = Signature(str(_("客户拒签，见证人")), row.witness, moment(row.at))
    else:
        signed = _inked(_("客户签字"), row.signer, row.at, told.strokes, how=HAND_OVER_WAYS[row.way])
    return SafetyNotice(
        head=Head(
            firm=firm_of(told.site, told.settings),
            title=str(_("安全隐患告知书")),
            number=order.number,
            issued_at=moment(at),
            issued_by=issued_by,
            copies=(str(_("存根联")), str(_("客户联"))),
        ),
        customer=Section(
            str(_("客户")),
            (
                pair(_("客户名称"), order.customer_name),
                pair(_("联系电话"), reach_words(order)),
                pair(_("详细地址"), order.full_address),
            ),
        ),
        device=Section(str(_("设备")), (pair(_("设备"), label_of(line)), pair(_("机身编号"), line.serial))),
        hazard=Section(
            str(_("安全隐患")),
            (
                pair(_("隐患"), row.hazard),
                pair(_("发现时间"), moment(row.at)),
                pair(_("发现人"), row.by.name),
                pair(_("具体情况"), row.reason, is_wide=True),
            ),
        ),
        told=str(NOTICE_TEXT),
        signatures=(Signature(str(_("告知人签字")), row.by.name, moment(row.at)), signed),
    )


NOTICE_TEXT = _(
    "经检查，上述设备存在安全隐患，继续使用可能危及人身和财产安全。请立即停止使用，并请有资质的单位整改。"
    "隐患消除并经我们核实以前，我们不承接这台设备的安装和维修。因继续使用造成的后果由使用人承担。"
)
