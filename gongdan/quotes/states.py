"""The words of quotes."""

from __future__ import annotations

from gongdan.kernel.text import Text, _

STATE_LABELS: dict[str, Text] = {
    "draft": _("拟价中"),
    "issued": _("待确认"),
    "accepted": _("已同意"),
    "declined": _("不修"),
    "superseded": _("已作废"),
}
KIND_LABELS: dict[str, Text] = {
    "preliminary": _("预报价"),
    "formal": _("正式报价"),
}
WAY_LABELS: dict[str, Text] = {
    "signature": _("签字"),
    "phone": _("电话"),
    "sms": _("短信"),
    "in_person": _("当面"),
    "link": _("链接"),
}
