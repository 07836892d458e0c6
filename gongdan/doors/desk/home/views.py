"""工作台, 维修服务导航 and the search over everything."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from gongdan.doors.desk.home.find import Found
from gongdan.doors.desk.home.todos import Desk, boxes
from gongdan.doors.kit.lists import Page
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, see
from gongdan.doors.kit.tables import Column

TODAY = [
    Column("promised", _("时间"), kind="window"),
    Column("number", _("单号"), kind="code", lead=True),
    Column("customer", _("客户")),
    Column("what", _("设备与故障"), grow=True),
    Column("technician", _("师傅")),
    Column("status", _("状态"), kind="badge"),
]
LATE = [
    Column("until", _("超时"), kind="countdown"),
    Column("number", _("单号"), kind="code", lead=True),
    Column("customer", _("客户")),
    Column("what", _("设备与故障"), grow=True),
    Column("technician", _("师傅")),
]
CONTACTS = [
    Column("at", _("约定时间"), kind="countdown"),
    Column("number", _("单号"), kind="code", lead=True),
    Column("customer", _("客户")),
    Column("purpose", _("目的")),
    Column("attempts", _("已试次数"), kind="number"),
    Column("note", _("说明"), grow=True),
]
VISITS = [
    Column("window", _("时间"), kind="window"),
    Column("number", _("单号"), kind="code", lead=True),
    Column("customer", _("客户")),
    Column("what", _("地址与任务"), grow=True),
    Column("badge", _("状态"), kind="badge"),
]
ORDERS = [
    Column("number", _("单号"), kind="code", lead=True),
    Column("status", _("状态"), kind="badge"),
    Column("customer", _("客户")),
    Column("what", _("设备与故障"), grow=True),
    Column("technician", _("师傅"), narrow=True),
    Column("at", _("登记"), kind="moment"),
]
CUSTOMERS = [
    Column("name", _("客户"), lead=True),
    Column("contact", _("联系人")),
    Column("phone", _("电话"), kind="phone"),
    Column("address", _("地址"), grow=True),
    Column("number", _("客户编号"), kind="code", narrow=True),
]
DEVICES = [
    Column("name", _("设备"), lead=True, grow=True),
    Column("serial", _("机身编号"), kind="code"),
    Column("cover", _("保修"), kind="badge"),
    Column("place", _("放置地点"), narrow=True),
]


@require_safe
def home(request: StaffRequest) -> HttpResponse:
    """What waits for me."""
    context = {
        "desk": Desk(request),
        "today": TODAY,
        "late": LATE,
        "contacts": CONTACTS,
        "visits": VISITS,
        "shown": Page,
    }
    return page(request, "desk/home/home.html", context)


@require_safe
def navigation(request: StaffRequest) -> HttpResponse:
    """The way of an order through the house, with what waits at each step."""
    return page(request, "desk/home/navigation.html", {"steps": boxes(request)}, fragment="boxes")


@require_safe
def search(request: StaffRequest) -> HttpResponse:
    """Everything that the words stand on; the one thing that is meant opens at once."""
    words = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:60]
    found = Found(words, request.actor, now=request.now)
    if found.only:
        return see(request, found.only)
    groups = {"orders": ORDERS, "customers": CUSTOMERS, "devices": DEVICES}
    return page(request, "desk/home/search.html", {"found": found, "columns": groups, "shown": Page})
