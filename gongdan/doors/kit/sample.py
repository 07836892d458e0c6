"""The style page (only with GONGDAN_DEBUG=1): every component once, told as a small lending library."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.functional import cached_property

from gongdan.doors.kit import forms
from gongdan.doors.kit.lists import Count, Listing, Page, Sort
from gongdan.doors.kit.menu import Entry, Shell
from gongdan.doors.kit.middleware import open_to_all
from gongdan.doors.kit.picks import Option, asked, options_fragment
from gongdan.doors.kit.render import is_htmx, page, see, tell, wants_another
from gongdan.doors.kit.tables import Badge, Column
from gongdan.kernel.actor import Actor

READERS = [
    ("王小明", "13812342231", "天河区华景路 28 号星河湾 3 栋 1204"),
    ("陈雅琴", "15987658802", "海珠区新港中路 188 号 5 单元 602"),
    ("刘志强", "13655551190", "越秀区东风东路 750 号 9 栋 301"),
    ("广州蓝天酒店工程部（前台代收）", "020-86661210", "天河区体育西路 103 号维多利广场 B 塔 31 层"),
    ("赵敏", "17700010045", "白云区机场路 12 号 1 栋 808"),
]
STATES = [
    Badge("待取", "waiting"),
    Badge("在借", "running"),
    Badge("已还", "done"),
    Badge("逾期", "danger"),
    Badge("已取消", "quiet"),
]
BOOKS = ["空调与制冷设备维修手册（第三版）", "家用电器安全规范", "电路基础", "燃气热水器原理与检修图解"]
COLUMNS = [
    Column("number", "借阅号", kind="code", sort="newest", lead=True),
    Column("state", "状态", kind="badge"),
    Column("what", "读者与图书", grow=True),
    Column("due_at", "应还", kind="countdown", sort="due"),
    Column("fen", "押金", kind="money", narrow=True),
]


class LoanForm(forms.KitForm):
    """A form with every kind of field."""

    phone = forms.PhoneField("电话", autofocus=True, placeholder="手机或座机")
    reader = forms.Pick("读者", url="kit-sample-pick", placeholder="姓名、拼音首字母或号码后四位")
    address = forms.Line("地址", max_length=80, wide=True, required=False)
    kind = forms.Choice(
        "方式",
        choices=[("desk", "柜台"), ("post", "邮寄"), ("visit", "上门"), ("store", "网点自取")],
        shown_as="segments",
    )
    book = forms.Choice("图书", choices=[(str(i), name) for i, name in enumerate(BOOKS)])
    window = forms.WindowField("送书时间", required=False)
    fen = forms.YuanField("押金", required=False, hint="退书时原路退回")
    copies = forms.Number("册数", min_value=1, max_value=20, unit="册", required=False)
    due_on = forms.DateField("应还日期", required=False)
    urgent = forms.Tick("加急，今天送到")
    note = forms.Paragraph("备注", max_length=200, required=False, wide=True, placeholder="按读者原话记录")
    signature = forms.Signature("读者签名", required=False)


class LoanListing(Listing):
    """The filters of the sample list."""

    sorts = {"newest": Sort("最新", "-id"), "due": Sort("最急", "due_at", "id")}
    scopes = {"mine": "我的", "site": "本店", "all": "全部"}
    q = forms.Line("查找", placeholder="单号、姓名、号码后四位", required=False)
    state = forms.Choice("状态", choices=[(b.label, b.label) for b in STATES], empty_label="全部状态", required=False)
    book = forms.Choice("图书", choices=[(b, b) for b in BOOKS], empty_label="全部图书", required=False)


class SampleShell(Shell):
    """A shell with a menu of its own."""

    is_staff = True
    search_url = "/kit/"
    search_hint = "借阅号 / 姓名 / 电话 / 拼音首字母"
    live_url = ""

    @cached_property
    def menu(self) -> list[Entry]:
        return [
            Entry("总览", "/kit/overview/", "layout-dashboard", key="g"),
            Entry("登记", "/kit/", "headset", key="j", count=12),
            Entry("配送", "/kit/send/", "calendar-event", key="p", count=4, tone="danger"),
            Entry("读者", "/kit/readers/", "users", key="d"),
            Entry("图书", "/kit/books/", "package", key="t"),
            Entry("收费", "/kit/money/", "coin-yuan", key="s", count=27),
            Entry("回访", "/kit/calls/", "phone-call", key="h"),
            Entry("准备", "/kit/setup/", "settings", key="q", group="管理"),
        ]


@open_to_all
def two_panes(request: HttpRequest) -> HttpResponse:
    """Form left, list right; `?state=empty`, `?state=long` and a wrong POST show the other states."""
    _dress(request)
    form = LoanForm(request.POST or None, request.FILES or None, initial={"kind": "desk", "copies": 1})
    if request.method == "POST" and form.is_valid():
        tell(request, "已登记 JY2603-0042", undo="/kit/")
        return see(request, "/kit/?saved=1" if wants_another(request) else "/kit/overview/")
    query = request.GET.copy()
    for name in query.keys() & {"look", "saved"}:
        del query[name]
    listing = LoanListing(query)
    rows = [] if request.GET.get("look") == "empty" else _rows(request)
    result = Page(rows, listing, Count(1000, is_capped=True), "?after=x" if rows else "")
    context = {"form": form, "listing": listing, "result": result, "columns": COLUMNS}
    return page(request, "kit/sample/two_panes.html", context, fragment=("rows",))


@open_to_all
def overview(request: HttpRequest) -> HttpResponse:
    """One column with an aside, and all the components."""
    _dress(request)
    now = request.now  # type: ignore[attr-defined]  # StaffRequest
    entries = [
        {"at": now - timedelta(minutes=4), "who": "李师傅", "what": "已送到，读者签收", "tone": "done"},
        {"at": now - timedelta(hours=3), "who": "系统", "what": "短信已发送：预计 14:30 送到"},
        {
            "at": now - timedelta(hours=5),
            "who": "何静",
            "what": "改约到今天 14:00–16:00",
            "tone": "waiting",
            "details": "读者要求，原约 10:00–12:00",
        },
        {"at": now - timedelta(days=1, hours=2), "who": "林晓", "what": "登记，来电号码与读者一致"},
    ]
    lines = Page(
        [
            {
                "code": "T-10233",
                "name": BOOKS[0],
                "copies": 1,
                "price": 38600,
                "rule": Badge("会员免费", "done"),
                "sum": 0,
            },
            {"code": "T-00871", "name": BOOKS[3], "copies": 6, "price": 1800, "rule": None, "sum": 10800},
            {"code": "T-02214", "name": BOOKS[2], "copies": 2, "price": 650, "rule": None, "sum": 1300},
        ]
    )
    columns = [
        Column("code", "编码", kind="code", narrow=True),
        Column("name", "名称", grow=True),
        Column("copies", "数量", kind="number"),
        Column("price", "单价", kind="money", narrow=True),
        Column("rule", "政策", kind="badge"),
        Column("sum", "金额", kind="money"),
    ]
    context = {
        "entries": entries,
        "lines": lines,
        "columns": columns,
        "due": now + timedelta(minutes=38),
        "loans": _rows(request),
    }
    return page(request, "kit/sample/overview.html", context)


@open_to_all
def pick(request: HttpRequest) -> HttpResponse:
    """Readers for the search-as-you-type field."""
    _dress(request)
    hits = [(i, r) for i, r in enumerate(READERS, 1) if asked(request) in "".join(r)]
    options = [
        Option(i, f"{name} {phone}", hint=at, fills={"phone": phone, "address": at}) for i, (name, phone, at) in hits
    ]
    return options_fragment(request, options, create_url="/kit/")


def _dress(request: HttpRequest) -> None:
    request.actor = Actor(kind="staff", id=1, name="何静")  # type: ignore[attr-defined]  # StaffRequest
    request.shell = SampleShell(request)  # type: ignore[attr-defined]  # as context.page keeps it
    if request.GET.get("saved") and not is_htmx(request):
        tell(request, "已登记 JY2603-0042，可以登记下一位", undo="/kit/")


def _rows(request: HttpRequest) -> list[dict[str, Any]]:
    now = request.now  # type: ignore[attr-defined]  # StaffRequest
    dues = [38, 112, 185, -130, 260, 1500, 45, -20]
    rows = []
    for i in range(28):
        name, _phone, at = READERS[i % 5]
        rows.append(
            {
                "id": i,
                "number": f"JY2603-{41 - i:04d}",
                "state": STATES[i % 5],
                "what": f"{name}　{BOOKS[i % 4]}　{at}",
                "due_at": now + timedelta(minutes=dues[i % 8]) if i % 5 != 2 else None,
                "fen": [5000, 0, 12850, 123450][i % 4],
                "url": f"/kit/overview/?n={i}",
                "current": i == 3,
            }
        )
    return rows


urlpatterns: list[URLPattern] = [
    path("kit/", two_panes),
    path("kit/overview/", overview, name="kit-sample"),
    path("kit/pick/", pick, name="kit-sample-pick"),
]
