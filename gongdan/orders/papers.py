"""The papers of an order.

接待回执: what was taken in, as the customer takes it away; 报修单 for a call, 接机单 with 取机凭证 at the counter. 故障单: a fault as
it was reported and what came of it, with a 回单. 签收表: the rooms of a bulk order, each to be signed for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gongdan.customers.rules import KIND_LABELS as CUSTOMER_KINDS
from gongdan.customers.rules import Kind as CustomerKind
from gongdan.files.papers import Firm, Head, Pair, Section, Signature, day, moment, pair
from gongdan.kernel.naming import HOUSE, own_words
from gongdan.kernel.text import Text, _
from gongdan.orders.queries import DeviceFacts, Page
from gongdan.orders.rules import line_name
from gongdan.orders.states import (
    CHANNEL_LABELS,
    FLOW_LABELS,
    IMPACT_LABELS,
    MODE_LABELS,
    PRIORITY_LABELS,
    SOURCE_LABELS,
    STATUS_LABELS,
    URGENCY_LABELS,
    Channel,
    Impact,
    Mode,
    Priority,
    Source,
    Status,
    Urgency,
)
from gongdan.people.models import ShopSettings, Site

KIND = "service_order"
TICKET = "trouble_ticket"
SIGN_SHEET = "sign_sheet"
RESULTS: Mapping[str, Text] = {
    "repaired": _("已修复"),
    "not_repaired": _("未修复"),
    "declined": _("客户不修"),
    "nothing_found": _("未查出问题"),
    "unsafe": _("安全拒修"),
}
_LEAVES_DEVICE = (Mode.IN_STORE, Mode.PICK_UP, Mode.MAIL_IN)  # the device is in our hands: it gets a claim slip

_OVER = (Status.CLOSED, Status.CANCELLED)
_COUNTER_NOTES = (
    _("取机请凭取机凭证，并当面核对设备和附件"),
    _("维修前请自行备份数据；拆机、更换配件前我们会先征得您的同意"),
)
_CALL_NOTES = (
    _("查询进度、改约或催单请拨打上方电话，报工单号即可"),
    _("师傅上门会主动出示工牌；收费以报价单和结算单为准"),
)


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """The receipt of an order, every string final. `stub` is torn off: 取机凭证, or the 回单 of a call."""

    head: Head
    intake: Section
    customer: Section
    devices: tuple[Section, ...]
    signatures: tuple[Signature, ...]
    stub: Section


@dataclass(frozen=True, slots=True)
class TicketPaper:
    """故障单 (R-038), every string final. `stub` is the 回单."""

    head: Head
    fault: Section
    handling: Section
    signatures: tuple[Signature, ...]
    stub: Section


@dataclass(frozen=True, slots=True)
class SignRow:
    """One room of the sheet to be signed."""

    place: str
    fault: str
    contact: str
    result: str


@dataclass(frozen=True, slots=True)
class SignSheetPaper:
    """签收表 of a bulk order (O-038), every string final."""

    head: Head
    customer: Section
    columns: tuple[tuple[str, bool], ...]  # the heading, and whether figures stand below it
    rows: tuple[tuple[str, ...], ...]
    signatures: tuple[Signature, ...]


def build_ticket(order: Page, *, firm: Firm, issued_by: str, at: datetime) -> TicketPaper:
    """The trouble ticket of this order as it stands now: number, source, time, symptom, handler, result."""
    outcome = _result(order)
    ended = order.closed_at or order.settled_at or order.finished_at
    return TicketPaper(
        head=Head(
            firm=firm,
            title=str(_("故障单")),
            number=order.number,
            issued_at=moment(at),
            issued_by=issued_by,
            copies=(str(_("存根联")), str(_("回单联"))),
        ),
        fault=Section(
            str(_("故障")),
            (
                pair(_("报修来源"), _sourced(order)),
                pair(_("渠道"), CHANNEL_LABELS[Channel(order.channel)]),
                pair(_("受理时间"), moment(order.received_at)),
                pair(_("受理人"), order.received_by),
                pair(_("客户名称"), order.customer_name),
                pair(_("联系电话"), reach_words(order)),
                pair(_("详细地址"), f"{order.division}{order.address}"),
                pair(_("设备"), order.device_text or order.category),
                pair(_("发生时间"), order.occurred),
                pair(_("故障代码"), order.error_code),
                pair(_("影响范围"), IMPACT_LABELS[Impact(order.impact)]),
                pair(_("优先级"), PRIORITY_LABELS[Priority(order.priority)]),
                pair(_("故障现象"), order.symptom, is_wide=True),
            ),
        ),
        handling=Section(
            str(_("处理")),
            (
                pair(_("处理人"), order.technician_names or order.accepted_by or order.received_by),
                pair(_("状态"), STATUS_LABELS[order.status]),
                pair(_("完成时间"), moment(ended)),
                pair(_("处理结果"), outcome, is_wide=True),
            ),
        ),
        signatures=(
            Signature(str(_("客户签字")), order.contact_name),
            Signature(str(_("处理人")), order.technician_names),
        ),
        stub=Section(
            str(_("回单")),
            (
                pair(_("工单号"), order.number),
                pair(_("报修来源"), _sourced(order)),
                pair(_("受理时间"), moment(order.received_at)),
                pair(_("故障现象"), order.symptom[:60]),
                pair(_("处理人"), order.technician_names),
                pair(_("处理结果"), outcome),
                pair(_("查询电话"), firm.phone),
            ),
        ),
    )


def build_sign_sheet(
    order: Page, rows: Sequence[SignRow], *, firm: Firm, issued_by: str, at: datetime
) -> SignSheetPaper:
    """The rooms of the order, each with its fault, its result and a place to sign."""
    columns = (_("序号"), _("房间"), _("故障"), _("联系人"), _("结果"), _("签收"))
    return SignSheetPaper(
        head=Head(
            firm=firm,
            title=str(_("签收表")),
            number=order.number,
            issued_at=moment(at),
            issued_by=issued_by,
        ),
        customer=Section(
            str(_("客户")),
            (
                pair(_("客户名称"), order.customer_name),
                pair(_("联系人"), order.contact_name),
                pair(_("联系电话"), reach_words(order)),
                pair(_("详细地址"), f"{order.division}{order.address}"),
                pair(_("师傅"), order.technician_names),
                pair(_("设备"), order.device_text),
            ),
        ),
        columns=tuple((str(column), False) for column in columns),
        rows=tuple((str(n), row.place, row.fault, row.contact, row.result, "") for n, row in enumerate(rows, 1)),
        signatures=(Signature(str(_("单位负责人"))), Signature(str(_("师傅")), order.technician_names)),
    )


def result_word(result: str) -> str:
    """The result of a device or an order in words."""
    label = RESULTS.get(result)
    return str(label) if label is not None else ""


def firm_of(site: Site, settings: ShopSettings) -> Firm:
    """Who issues the papers of this site."""
    return Firm(
        name=settings.company_name,
        site=site.name,
        address=site.address,
        phone=site.hotline,
        complaint_phone=site.complaint_phone,
        hours=site.opening_hours,
        words=own_words({name: getattr(settings, name) for name in HOUSE}),
    )


def build_receipt(order: Page, *, firm: Firm, issued_by: str, at: datetime) -> ReceiptPaper:
    """The receipt of this order as it stands now."""
    leaves = order.mode in _LEAVES_DEVICE
    notes = _COUNTER_NOTES if leaves else _CALL_NOTES
    return ReceiptPaper(
        head=Head(
            firm=firm,
            title=str(_("接机单") if leaves else _("报修单")),
            number=order.number,
            issued_at=moment(at),
            issued_by=issued_by,
            notes=tuple(str(note) for note in notes),
            copies=(str(_("存根联")), str(_("客户联"))),
        ),
        intake=_intake(order),
        customer=Section(str(_("客户")), customer_pairs(order)),
        devices=_devices(order),
        signatures=(
            Signature(str(_("客户签字")), order.contact_name),
            Signature(str(_("受理人")), order.received_by),
        ),
        stub=_stub(order, firm, leaves=leaves),
    )


def _intake(order: Page) -> Section:
    return Section(
        str(_("受理")),
        (
            pair(_("受理时间"), moment(order.received_at)),
            pair(_("受理人"), order.received_by),
            pair(_("报修来源"), _sourced(order)),
            pair(_("渠道"), CHANNEL_LABELS[Channel(order.channel)]),
            pair(_("流程"), FLOW_LABELS[order.flow]),
            pair(_("服务方式"), MODE_LABELS[Mode(order.mode)]),
            pair(_("影响范围"), IMPACT_LABELS[Impact(order.impact)]),
            pair(_("紧急程度"), URGENCY_LABELS[Urgency(order.urgency)]),
            pair(_("优先级"), PRIORITY_LABELS[Priority(order.priority)]),
            pair(_("预约时间起"), moment(order.promised_from or order.wished_from)),
            pair(_("预约时间止"), moment(order.promised_to or order.wished_to)),
        ),
    )


def reach_words(order: Page) -> str:
    """The number as papers tell it: why there is none, or that it is not the customer's (O-052)."""
    if not order.phone_is_wrong:
        return order.phone or order.no_phone_reason
    return str(_("{phone}（错号，待核实）", phone=order.phone))


def customer_pairs(order: Page) -> tuple[Pair, ...]:
    """Who the customer is and how he is reached, as every paper of an order tells it."""
    return (
        pair(_("客户名称"), order.customer_name),
        pair(_("客户类型"), CUSTOMER_KINDS[CustomerKind(order.customer_kind)]),
        pair(_("联系人"), order.contact_name),
        pair(_("联系电话"), reach_words(order)),
        pair(_("备用电话"), order.phone2),
        pair(_("省市区"), order.division),
        pair(_("详细地址"), order.address),
    )


def product_pairs(device: DeviceFacts, category: str) -> tuple[Pair, ...]:
    """What the device is and what covers it; `category` is the order's, where the device names none."""
    return (
        pair(_("产品类别"), device.category or category),
        pair(_("品牌"), device.brand),
        pair(_("型号"), device.model),
        pair(_("机身编号"), device.serial),
        pair(_("购机日期"), day(device.purchase_on)),
        pair(_("发票号"), device.invoice_no),
        pair(_("出厂日期"), day(device.made_on)),
        pair(_("保修类型"), device.coverage_label),
    )


def _devices(order: Page) -> tuple[Section, ...]:
    """What is broken: the order's own fault with its first device, the others with theirs."""
    several = len(order.devices) > 1
    return tuple(
        Section(
            str(_("设备 {place}", place=line_name(str(place), device.place)) if several else _("设备与故障")),
            (
                *product_pairs(device, order.category if place == 1 else ""),
                *_faults(order, device, is_first=place == 1),
                pair(_("外观"), device.appearance),
                pair(_("随机附件"), device.accessories),
                *((pair(_("备注"), order.remark),) if place == len(order.devices) else ()),
            ),
        )
        for place, device in enumerate(order.devices, 1)
    )


def _faults(order: Page, device: DeviceFacts, *, is_first: bool) -> tuple[Pair, ...]:
    code = device.error_code or (order.error_code if is_first else "")
    told = [order.symptom if is_first else "", device.symptom]
    return (
        pair(_("故障代码"), code),
        pair(_("发生时间"), order.occurred if is_first else ""),
        pair(_("故障现象"), "；".join(dict.fromkeys(text for text in told if text)) or device.fault, is_wide=True),
    )


def _stub(order: Page, firm: Firm, *, leaves: bool) -> Section:
    """What is torn off: enough to fetch the device, or to ask how it stands."""
    accessories = "；".join(device.accessories for device in order.devices if device.accessories)
    return Section(
        str(_("取机凭证") if leaves else _("回单")),
        (
            pair(_("工单号"), order.number),
            pair(_("客户名称"), order.customer_name),
            pair(_("查询电话"), firm.phone),
            pair(_("设备"), order.device_text),
            pair(_("随机附件"), accessories),
            pair(_("受理时间"), moment(order.received_at)),
        ),
    )


def _result(order: Page) -> str:
    """What came of it: the answer of a question, else the result of the repair."""
    answer = order.answer.text if order.answer is not None else ""
    return answer or result_word(order.result) or str(_("处理中") if order.status not in _OVER else "")


def _sourced(order: Page) -> Text | str:
    label = SOURCE_LABELS[Source(order.source)]
    return _("{source}（{referrer}）", source=label, referrer=order.referrer) if order.referrer else label
