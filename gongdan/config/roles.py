"""The seed of the role table: who may do what when a shop starts. Afterwards the rows belong to the shop."""

from __future__ import annotations

from typing import Any

_VIEW = ["orders.view", "customers.view", "followup.view"]
_DESK = [
    *_VIEW,
    "orders.see_all",
    "customers.edit",
    "customers.see_phone",
    "devices.edit",
    "orders.register",
    "orders.edit",
    "orders.choose_flow",
    "orders.answer",
    "orders.cancel",
    "dispatch.contact",
    "settlement.view",
]
_AGENT = [*_DESK, "quotes.edit", "quotes.issue", "quotes.decide", "followup.call"]
_DISPATCHER = [*_DESK, "dispatch.assign", "quotes.edit", "quotes.issue", "quotes.decide"]
_TECHNICIAN = [
    "orders.view",
    "orders.register",
    "customers.view",
    "customers.see_phone",
    "devices.edit",
    "dispatch.contact",
    "quotes.edit",
    "quotes.issue",
    "quotes.decide",
    "repair.work",
    "settlement.view",
    "settlement.receive",
]
_CASHIER = [
    *_VIEW,
    "orders.see_all",
    "customers.see_phone",
    "settlement.view",
    "settlement.receive",
    "settlement.post",
    "settlement.on_account",
]
_SUPERVISOR = sorted(
    {
        *_AGENT,
        *_DISPATCHER,
        *_CASHIER,
        "dispatch.approve_move",
        "orders.judge",
        "repair.work",
        "repair.advise",
        "repair.clear_safety",
        "customers.merge",
        "insight.view",
        "devices.overrule_warranty",
        "orders.release",
        "settlement.reverse",
        "settlement.approve_discount",
        "followup.improve",
        "audit.view",
    }
)
_ADMIN = sorted(
    {
        *_SUPERVISOR,
        "customers.warn",
        "customers.erase",
        "people.all_sites",
        "people.manage",
        "people.settings",
        "catalog.edit",
        "pricing.edit",
        "pricing.publish",
        "imports.run",
    }
)

ROLES: list[dict[str, Any]] = [
    {"code": "agent", "name": "客服", "permissions": _AGENT},
    {"code": "consultant", "name": "客服/调度", "permissions": sorted({*_AGENT, *_DISPATCHER})},
    {"code": "dispatcher", "name": "派工员", "permissions": _DISPATCHER},
    {"code": "technician", "name": "师傅", "permissions": _TECHNICIAN, "is_technician": True},
    {"code": "supervisor", "name": "主管", "permissions": _SUPERVISOR},
    {"code": "site_director", "name": "店长", "permissions": _SUPERVISOR},
    {"code": "site_manager", "name": "网点负责人", "permissions": _SUPERVISOR},
    {
        "code": "tech_department",
        "name": "技术部",
        "permissions": [*_VIEW, "orders.see_all", "repair.work", "repair.advise", "repair.clear_safety"],
    },
    {"code": "reception_centre", "name": "故障受理中心", "permissions": [*_DESK, "orders.from_centre"]},
    {"code": "storekeeper", "name": "库管", "permissions": [*_VIEW, "orders.see_all"]},
    {"code": "cashier", "name": "收银", "permissions": _CASHIER},
    {
        "code": "accountant",
        "name": "会计",
        "permissions": [
            *_VIEW,
            "orders.see_all",
            "settlement.view",
            "settlement.reverse",
            "audit.view",
            "insight.view",
        ],
    },
    {"code": "admin", "name": "系统管理员", "permissions": _ADMIN},
]
