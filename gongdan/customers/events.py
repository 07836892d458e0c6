"""What happens to customers, in words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of customers."""

    ADDED = "customer.added"
    EDITED = "customer.edited"
    JOINED_HOUSEHOLD = "customer.joined_household"
    LEFT_HOUSEHOLD = "customer.left_household"
    WARNED = "customer.warned"
    WARNING_LIFTED = "customer.warning_lifted"
    WARNINGS_READ = "customer.warnings_read"
    MERGED = "customer.merged"
    MERGED_AWAY = "customer.merged_away"
    UNMERGED = "customer.unmerged"
    ERASED = "customer.erased"


SENTENCES: Mapping[str, Text] = {
    Verb.ADDED: _("{actor} 新增客户 {number}"),
    Verb.EDITED: _("{actor} 修改了客户资料"),
    Verb.JOINED_HOUSEHOLD: _("{actor} 把 {number} 设为同一家庭"),
    Verb.LEFT_HOUSEHOLD: _("{actor} 解除了家庭关系"),
    Verb.WARNED: _("{actor} 登记了客户警示：{effect}"),
    Verb.WARNING_LIFTED: _("{actor} 解除了客户警示"),
    Verb.WARNINGS_READ: _("{actor} 查看了客户警示的原因"),
    Verb.MERGED: _("{actor} 把客户 {number} 并入"),
    Verb.MERGED_AWAY: _("{actor} 把这位客户并入 {number}"),
    Verb.ERASED: _("{actor} 删除了客户 {number} 的个人资料，保留工单 {orders} 张。原因：{reason}"),
    Verb.UNMERGED: _("{actor} 撤销了与 {number} 的合并"),
}

FIELDS: Mapping[str, Text] = {
    "name": _("名称"),
    "kind": _("客户类型"),
    "contacts": _("联系人"),
    "addresses": _("地址"),
    "site_rules": _("客户的管理制度"),
    "transport": _("交通"),
    "remark": _("备注"),
    "is_active": _("在用"),
}
