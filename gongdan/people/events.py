"""What happens to sites, staff and settings, in words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gongdan.kernel.text import Text, _


class Verb(StrEnum):
    """Event verbs of people."""

    SITE_ADDED = "people.site_added"
    SITE_EDITED = "people.site_edited"
    STAFF_ADDED = "people.staff_added"
    STAFF_EDITED = "people.staff_edited"
    STAFF_LEFT = "people.staff_left"
    STAFF_BACK = "people.staff_back"
    ROLE_EDITED = "people.role_edited"
    SETTINGS_EDITED = "people.settings_edited"
    TEAM_ADDED = "people.team_added"
    TEAM_EDITED = "people.team_edited"
    TOKEN_ISSUED = "people.token_issued"  # noqa: S105 - an event verb, not a secret
    TOKEN_REVOKED = "people.token_revoked"  # noqa: S105 - an event verb, not a secret


SENTENCES: Mapping[str, Text] = {
    Verb.SITE_ADDED: _("{actor} 新增站点 {name}"),
    Verb.SITE_EDITED: _("{actor} 修改了站点资料"),
    Verb.STAFF_ADDED: _("{actor} 新增员工 {name}"),
    Verb.STAFF_EDITED: _("{actor} 修改了员工资料"),
    Verb.STAFF_LEFT: _("{actor} 停用了员工 {name} 的登录"),
    Verb.STAFF_BACK: _("{actor} 恢复了员工 {name} 的登录"),
    Verb.ROLE_EDITED: _("{actor} 修改了角色 {name} 的权限"),
    Verb.SETTINGS_EDITED: _("{actor} 修改了设置"),
    Verb.TEAM_ADDED: _("{actor} 新增班组或部门 {name}"),
    Verb.TEAM_EDITED: _("{actor} 修改了班组或部门资料"),
    Verb.TOKEN_ISSUED: _("{actor} 新建接口令牌 {name}"),
    Verb.TOKEN_REVOKED: _("{actor} 停用接口令牌 {name}"),
}

FIELDS: Mapping[str, Text] = {
    "name": _("名称"),
    "user.name": _("姓名"),
    "kind": _("类型"),
    "address": _("地址"),
    "hotline": _("热线"),
    "complaint_phone": _("投诉电话"),
    "opening_hours": _("营业时间"),
    "area_code": _("区号"),
    "division_code": _("省市区"),
    "is_active": _("在用"),
    "staff_no": _("工号"),
    "phone": _("电话"),
    "email": _("邮箱"),
    "site": _("站点"),
    "extra_sites": _("支援站点"),
    "is_payee": _("收款人"),
    "is_external": _("外部人员"),
    "roles": _("角色"),
    "skills": _("技能"),
    "certificates": _("证书"),
    "password": _("密码"),
    "members": _("成员"),
    "permissions": _("权限"),
    "company_name": _("公司名称"),
    "customer_word": _("对客户的称呼"),
    "technician_word": _("对师傅的称呼"),
    "agent_word": _("对客服的称呼"),
    "accept_limit_minutes": _("受理时限"),
    "order_number_pattern": _("工单编号规则"),
    "priority_matrix": _("优先级判断表"),
    "follow_up_delay_hours": _("回访间隔"),
}
