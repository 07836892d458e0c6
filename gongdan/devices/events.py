"""What happens to devices and to the warranty table, in words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of devices."""

    REGISTERED = "device.registered"
    EDITED = "device.edited"
    MAKER_VERDICT = "device.maker_verdict"
    COVER_ADDED = "device.cover_added"
    COVER_ENDED = "device.cover_ended"
    UNSAFE = "device.unsafe"
    SAFETY_CLEARED = "device.safety_cleared"
    LINE_SAVED = "device.line_saved"
    LIGHT_READ = "device.light_read"
    POLICIES_SEEDED = "device.policies_seeded"
    POLICY_ADDED = "device.policy_added"
    POLICY_EDITED = "device.policy_edited"


SENTENCES: Mapping[str, Text] = {
    Verb.REGISTERED: _("{actor} 登记了设备 {name}"),
    Verb.EDITED: _("{actor} 修改了设备资料"),
    Verb.MAKER_VERDICT: _("{actor} 登记厂家核定：{level}（{source}）"),
    Verb.COVER_ADDED: _("{actor} 登记了{kind} {number}，到 {ends_on:date} 有效"),
    Verb.COVER_ENDED: _("{actor} 停用了{kind} {number}"),
    Verb.UNSAFE: _("{actor} 标记设备有安全隐患，停止派工：{reason}（工单 {number}）"),
    Verb.SAFETY_CLEARED: _("{actor} 解除安全隐患标记：{proof}"),
    Verb.LINE_SAVED: _("{actor} 保存了线路资料"),
    Verb.LIGHT_READ: _("{actor} 记录{direction} {dbm} dBm"),
    Verb.POLICIES_SEEDED: _("{actor} 载入了初始保修期限表，新增 {count} 行"),
    Verb.POLICY_ADDED: _("{actor} 新增保修期限 {code}"),
    Verb.POLICY_EDITED: _("{actor} 修改了保修期限 {code}"),
}

FIELDS: Mapping[str, Text] = {
    "category": _("品类"),
    "product_kind": _("品种"),
    "brand": _("品牌"),
    "brand_text": _("品牌"),
    "model": _("型号"),
    "model_text": _("型号"),
    "spec": _("规格"),
    "serial": _("机身编号"),
    "purchase_on": _("购买日期"),
    "invoice_no": _("发票号"),
    "seller": _("购买商家"),
    "price_fen": _("购买价（分）"),
    "is_sold_here": _("本店售出"),
    "made_on": _("出厂日期"),
    "installed_on": _("安装日期"),
    "activated_on": _("激活日期"),
    "exchanged_on": _("换货日期"),
    "maker_record_on": _("厂家记录日期"),
    "maker_level": _("厂家核定"),
    "maker_checked_on": _("核定日期"),
    "maker_source": _("核定来源"),
    "use_kind": _("用途"),
    "address": _("地址"),
    "place": _("安装位置"),
    "location": _("所在"),
    "remark": _("备注"),
    "linerecord.account": _("宽带账号"),
    "linerecord.address": _("装机地址"),
    "linerecord.terminal": _("终端"),
    "linerecord.terminal_no": _("终端编号"),
    "linerecord.port": _("端口"),
    "is_active": _("在用"),
    "policyrow.series": _("系列"),
    "policyrow.condition": _("条件"),
    "policyrow.scope": _("范围"),
    "policyrow.components": _("部件"),
    "policyrow.months": _("月数"),
    "policyrow.level": _("保障"),
    "policyrow.free_part": _("配件免费"),
    "policyrow.free_labour": _("人工免费"),
    "policyrow.free_visit": _("上门免费"),
    "policyrow.start": _("起算"),
    "policyrow.valid_from": _("购买日期从"),
    "policyrow.valid_to": _("购买日期到"),
    "policyrow.kind": _("承诺方"),
    "policyrow.basis": _("依据"),
    "policyrow.regulation": _("依据条文"),
    "policyrow.source": _("来源"),
}
