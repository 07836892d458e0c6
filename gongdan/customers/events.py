"""What happens to customers, in words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of customers."""

    ADDED = "customer.added"
    EDITED = "customer.edited"


SENTENCES: Mapping[str, Text] = {
    Verb.ADDED: _("{actor} 新增客户 {number}"),
    Verb.EDITED: _("{actor} 修改了客户资料"),
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
