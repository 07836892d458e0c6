"""What happens to sites, staff and settings, in words."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of people."""

    SITE_ADDED = "people.site_added"
    SITE_EDITED = "people.site_edited"
    STAFF_ADDED = "people.staff_added"
    STAFF_EDITED = "people.staff_edited"
    STAFF_LEFT = "people.staff_left"
    ROLE_EDITED = "people.role_edited"
    SETTINGS_EDITED = "people.settings_edited"
    TOKEN_ISSUED = "people.token_issued"  # noqa: S105 - an event verb, not a secret
    TOKEN_REVOKED = "people.token_revoked"  # noqa: S105 - an event verb, not a secret


SENTENCES: dict[str, Text] = {
    Verb.SITE_ADDED: _("{actor} 新增站点 {name}"),
    Verb.SITE_EDITED: _("{actor} 修改了站点资料"),
    Verb.STAFF_ADDED: _("{actor} 新增员工 {name}"),
    Verb.STAFF_EDITED: _("{actor} 修改了员工资料"),
    Verb.STAFF_LEFT: _("{actor} 停用了员工 {name} 的登录"),
    Verb.ROLE_EDITED: _("{actor} 修改了角色 {name} 的权限"),
    Verb.SETTINGS_EDITED: _("{actor} 修改了设置"),
    Verb.TOKEN_ISSUED: _("{actor} 新建接口令牌 {name}"),
    Verb.TOKEN_REVOKED: _("{actor} 停用接口令牌 {name}"),
}
