"""What happens to an order, in words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of orders. Each move of the status has its own."""

    REGISTERED = "order.registered"
    IMPORTED = "order.imported"
    EDITED = "order.edited"
    ACCEPTED = "order.accepted"
    INQUIRY_CHOSEN = "order.inquiry_chosen"
    COMPLAINT_CHOSEN = "order.complaint_chosen"
    REPAIR_CHOSEN = "order.repair_chosen"
    ANSWERED = "order.answered"
    ANSWERED_CLOSED = "order.answered_closed"
    REPAIR_STARTED = "order.repair_started"
    RETURNED = "order.returned_to_dispatch"
    REPAIR_FINISHED = "order.repair_finished"
    REPAIR_REOPENED = "order.repair_reopened"
    SETTLED = "order.settled"
    REVERSED = "order.reversed"
    CLOSED = "order.closed"
    REOPENED = "order.reopened"
    CANCELLED = "order.cancelled"
    TURNED_TO_REPAIR = "order.turned_to_repair"
    COMPLAINT_OPENED = "order.complaint_opened"
    DEVICE_ADDED = "order.device_added"
    DEVICE_EDITED = "order.device_edited"
    DEVICE_REMOVED = "order.device_removed"
    COVERAGE_OVERRULED = "order.coverage_overruled"
    COVERAGE_CHANGED = "order.coverage_changed"
    QUESTIONS_ANSWERED = "order.questions_answered"
    PRELIMINARY_NOTED = "order.preliminary_noted"
    SOLVED_BY_PHONE = "order.solved_by_phone"
    COMPLAINT_JUDGED = "order.complaint_judged"
    COMPLAINT_TREATED = "order.complaint_treated"
    COMPENSATED = "order.compensated"
    COMPLAINT_HANDLED = "order.complaint_handled"
    COMPLAINT_REOPENED = "order.complaint_reopened"
    RULE_SAVED = "compensation_rule.saved"
    CONTACT_LOGGED = "order.contact_logged"
    CHASED = "order.chased"
    CHASE_ALERTED = "order.chase_alerted"
    CHASE_ESCALATED = "order.chase_escalated"
    WRONG_NUMBER = "order.wrong_number"
    PHONE_CONFIRMED = "order.phone_confirmed"
    LET_GO = "order.let_go"
    SPLIT_OFF = "order.split_off"
    TROUBLE_TICKET_ISSUED = "order.trouble_ticket_issued"
    SIGN_SHEET_ISSUED = "order.sign_sheet_issued"
    LINES_NOTED = "order.lines_noted"
    HELD = "order.held"
    RELEASED = "order.released"
    RECEIPT_ISSUED = "order.receipt_issued"


SENTENCES: Mapping[str, Text] = {
    Verb.REGISTERED: _("{actor} 登记工单 {number}"),
    Verb.IMPORTED: _("{actor} 导入历史工单 {number}"),
    Verb.EDITED: _("{actor} 修改了工单"),
    Verb.ACCEPTED: _("{actor} 接收了报修"),
    Verb.INQUIRY_CHOSEN: _("{actor} 转咨询流程"),
    Verb.COMPLAINT_CHOSEN: _("{actor} 转投诉流程"),
    Verb.REPAIR_CHOSEN: _("{actor} 转维修流程，等待派工"),
    Verb.ANSWERED: _("{actor} 填写了答复"),
    Verb.ANSWERED_CLOSED: _("{actor} 答复并结单"),
    Verb.REPAIR_STARTED: _("派工完成，工单进入维修"),
    Verb.RETURNED: _("{actor} 退回派工"),
    Verb.REPAIR_FINISHED: _("{actor} 交回工单，等待结算"),
    Verb.REPAIR_REOPENED: _("工单回到维修中"),
    Verb.SETTLED: _("{actor} 确定结算，等待回访"),
    Verb.REVERSED: _("{actor} 冲红，工单回到待结算：{reason}"),
    Verb.CLOSED: _("{actor} 结单"),
    Verb.REOPENED: _("{actor} 重新维修：{reason}"),
    Verb.CANCELLED: _("{actor} 取消了工单：{reason}"),
    Verb.TURNED_TO_REPAIR: _("{actor} 由咨询转维修，新工单 {number}"),
    Verb.COMPLAINT_OPENED: _("{actor} 登记投诉，投诉单 {number}"),
    Verb.DEVICE_ADDED: _("{actor} 添加设备 {device}"),
    Verb.DEVICE_EDITED: _("{actor} 修改了设备 {device}"),
    Verb.DEVICE_REMOVED: _("{actor} 移除设备 {device}"),
    Verb.COVERAGE_OVERRULED: _("{actor} 将 {device} 改判为“{label}”：{reason}"),
    Verb.COVERAGE_CHANGED: _("{actor} 的检测结论把 {device} 的保修判定改为“{label}”"),
    Verb.QUESTIONS_ANSWERED: _("{actor} 记录询问结果：{answers}"),
    Verb.PRELIMINARY_NOTED: _("{actor} 填写了初步诊断"),
    Verb.SOLVED_BY_PHONE: _("{actor} 电话解决：{why}"),
    Verb.COMPLAINT_JUDGED: _("{actor} 认定责任：{liability}"),
    Verb.COMPLAINT_TREATED: _("{actor} 填写了投诉的处理和结果"),
    Verb.COMPENSATED: _("{actor} 决定赔付：{what}"),
    Verb.COMPLAINT_HANDLED: _("{actor} 投诉处理完毕，等待回访"),
    Verb.COMPLAINT_REOPENED: _("{actor} 投诉重新处理：{reason}"),
    Verb.RULE_SAVED: _("{actor} 保存赔付规则 {name}"),
    Verb.CONTACT_LOGGED: _("{actor} {purpose}客户：{result}"),
    Verb.CHASED: _("{actor} 登记第 {count} 次催单，答复：{answer}"),
    Verb.CHASE_ALERTED: _("已催单 {count} 次，请尽快处理并回复客户"),
    Verb.CHASE_ESCALATED: _("已催单 {count} 次，交主管处理"),
    Verb.WRONG_NUMBER: _("{actor} 标记错号，信息待核：{ask}"),
    Verb.PHONE_CONFIRMED: _("{actor} 核实了联系电话"),
    Verb.LET_GO: _("{actor} 放行“{label}”：{reason}"),
    Verb.SPLIT_OFF: _("{actor} 把 {count} 台拆出为工单 {number}：{reason}"),
    Verb.LINES_NOTED: _("{actor} 登记 {done} 台完成、{absent} 台人不在"),
    Verb.TROUBLE_TICKET_ISSUED: _("{actor} 打印故障单 {number}"),
    Verb.SIGN_SHEET_ISSUED: _("{actor} 打印签收表 {number}"),
    Verb.HELD: _("{actor} 暂停后续处理：{reason}"),
    Verb.RELEASED: _("{actor} 解除暂停：{reason}"),
    Verb.RECEIPT_ISSUED: _("{actor} 打印接待回执 {number}"),
}

FIELDS: Mapping[str, Text] = {
    "contact_name": _("联系人"),
    "phone": _("联系电话"),
    "phone2": _("备用电话"),
    "no_phone_reason": _("无电话原因"),
    "division": _("省市区"),
    "address": _("详细地址"),
    "store": _("门店"),
    "phone_is_virtual": _("隐私号"),
    "phone_expires_at": _("隐私号失效时间"),
    "category": _("产品类别"),
    "symptom": _("故障现象"),
    "occurred": _("发生时间"),
    "error_code": _("故障代码"),
    "remark": _("备注"),
    "wished_from": _("期望时间起"),
    "wished_to": _("期望时间止"),
    "distance_km": _("路程(公里)"),
    "height_cm": _("作业高度(厘米)"),
    "kind": _("业务类型"),
    "mode": _("服务方式"),
    "source": _("报修来源"),
    "referrer": _("受理部门或同事"),
    "channel": _("受理渠道"),
    "impact": _("影响范围"),
    "urgency": _("紧急程度"),
    "priority": _("优先级"),
    "priority_reason": _("调整优先级的原因"),
    "answer": _("答复"),
    "background": _("前因后果"),
    "rough_scope": _("初步范围"),
    "rough_plan": _("初步方案"),
    "is_confirmed": _("已与客户确认"),
    "confirmed_with": _("确认人"),
    "subject": _("投诉类别"),
    "person": _("被投诉人"),
    "liability": _("责任"),
    "finding": _("责任认定说明"),
    "handling": _("处理"),
    "outcome": _("处理结果"),
    "brand_text": _("品牌"),
    "model_text": _("型号"),
    "serial": _("机身编号"),
    "fault": _("故障"),
    "device": _("设备"),
    "place": _("房间或位置"),
    "spec": _("规格"),
    "purchase_on": _("购买日期"),
    "invoice_no": _("发票号"),
    "made_on": _("出厂日期"),
    "installed_on": _("安装日期"),
    "appearance": _("外观"),
    "accessories": _("随机附件"),
    "coverage": _("保修判定"),
}
