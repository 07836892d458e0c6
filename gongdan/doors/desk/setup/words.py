"""What every permission lets somebody do, in words, in the order in which the table of roles reads."""

from __future__ import annotations

from collections.abc import Mapping

from gongdan.audit import access as audit
from gongdan.catalog import access as catalog
from gongdan.customers import access as customers
from gongdan.devices import access as devices
from gongdan.dispatch import access as dispatch
from gongdan.followup import access as followup
from gongdan.imports import access as imports
from gongdan.insight import access as insight
from gongdan.kernel.text import Text, _
from gongdan.orders import access as orders
from gongdan.people import access as people
from gongdan.pricing import access as pricing
from gongdan.quotes import access as quotes
from gongdan.repair import access as repair
from gongdan.settlement import access as settlement

GROUPS: tuple[tuple[Text, Mapping[str, Text]], ...] = (
    (
        _("接待与工单"),
        {
            "orders.view": _("查看工单"),
            "orders.see_all": _("查看本站点全部工单"),
            "orders.register": _("接待登记"),
            "orders.edit": _("修改工单"),
            "orders.choose_flow": _("选择处理方式"),
            "orders.answer": _("答复咨询、处理投诉"),
            "orders.judge": _("裁定投诉赔付"),
            "orders.cancel": _("取消工单"),
            "orders.release": _("放行暂停的工单"),
            "orders.from_centre": _("以故障受理中心登记"),
        },
    ),
    (
        _("客户与设备"),
        {
            "customers.view": _("查看客户"),
            "customers.see_phone": _("查看完整电话"),
            "customers.edit": _("新增和修改客户"),
            "customers.merge": _("合并客户和撤销合并"),
            "customers.warn": _("登记和查看客户警示（黑名单、VIP）"),
            "customers.erase": _("删除客户的个人资料"),
            "devices.edit": _("登记和修改设备"),
            "devices.overrule_warranty": _("改判保修结论"),
        },
    ),
    (
        _("派工与维修"),
        {
            "dispatch.assign": _("派工"),
            "dispatch.contact": _("联系预约"),
            "dispatch.approve_move": _("批准改期、协调工单"),
            "repair.work": _("填写维修处理"),
            "repair.advise": _("答复求助"),
            "repair.clear_safety": _("解除安全拒修"),
        },
    ),
    (
        _("报价"),
        {
            "quotes.edit": _("编制报价"),
            "quotes.issue": _("发出报价"),
            "quotes.decide": _("记录客户决定"),
        },
    ),
    (
        _("结算"),
        {
            "settlement.view": _("查看结算"),
            "settlement.receive": _("登记收款"),
            "settlement.post": _("确定结算"),
            "settlement.on_account": _("挂账"),
            "settlement.approve_discount": _("批准优惠"),
            "settlement.reverse": _("冲红"),
        },
    ),
    (
        _("回访"),
        {
            "followup.view": _("查看回访"),
            "followup.call": _("回访"),
            "followup.improve": _("改进事项和定期回访"),
        },
    ),
    (
        _("启用准备"),
        {
            "people.manage": _("管理站点、员工和角色"),
            "people.settings": _("修改设置和收款账户"),
            "people.all_sites": _("查看所有站点"),
            "catalog.edit": _("修改品类、故障、保修规则和日历"),
            "pricing.edit": _("修改价目草稿"),
            "pricing.publish": _("发布和停用价目"),
            "imports.run": _("导入资料"),
            "audit.view": _("查看操作日志"),
            "insight.view": _("查看统计"),
        },
    ),
)
LABELS: Mapping[str, Text] = {name: label for _title, group in GROUPS for name, label in group.items()}
DECLARED: tuple[str, ...] = tuple(
    name
    for app in (
        people, customers, catalog, devices, pricing, orders, quotes, dispatch, repair, settlement, followup, imports,
        audit, insight,
    )
    for name in app.PERMISSIONS
)  # fmt: skip


def label(permission: str) -> Text | str:
    """The permission in words; one that no app knows any more stands as it is."""
    return LABELS.get(permission, permission)
