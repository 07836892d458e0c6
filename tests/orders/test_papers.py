"""接待回执: every field of the form on every size of paper, fixed when issued, a new edition only when the order changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from html import unescape

import pytest

from gongdan.audit.models import Event
from gongdan.catalog.models import Category
from gongdan.customers import actions as customers
from gongdan.files import queries as files
from gongdan.files.models import Paper
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden
from gongdan.orders import actions
from gongdan.orders.models import Order
from gongdan.orders.rules import DeviceDraft
from gongdan.people import actions as people

pytestmark = pytest.mark.django_db

# Labels and values of the form `service_order`, in the words of the screen.
FORM = {
    "工单号": "GD260311-0001",
    "受理时间": "2026-03-11 10:00",
    "受理人": "王芳",
    "报修来源": "同事受理（门店小刘）",
    "渠道": "电话",
    "流程": "未定流程",
    "客户名称": "王小明",
    "客户类型": "个人",
    "联系人": "王大妈",
    "联系电话": "13800001111",
    "备用电话": "82345678",
    "省市区": "广东省广州市天河区",
    "详细地址": "天河北路 30 号",
    "产品类别": "空调",
    "品牌": "格力",
    "型号": "KFR-35GW",
    "机身编号": "SN0001",
    "购机日期": "2025-06-01",
    "发票号": "F-778",
    "出厂日期": "2025-03-01",
    "保修类型": "保外",
    "故障现象": "空调不制冷，外机有异响",
    "故障代码": "E1",
    "影响范围": "部门",
    "紧急程度": "紧急",
    "优先级": "高",
    "服务方式": "上门",
    "预约时间起": "2026-03-11 14:00",
    "预约时间止": "2026-03-11 16:00",
    "备注": "有狗",
}


@pytest.fixture
def whole(register: Callable[..., Order], aircon: Category, now: datetime) -> Order:
    customers.load_divisions()
    return register(
        symptom="空调不制冷，外机有异响",
        contact_name="王大妈",
        phone="13800001111",
        phone2="82345678",
        division_code="440106",
        address="天河北路 30 号",
        category_id=aircon.pk,
        error_code="E1",
        source="colleague",
        referrer="门店小刘",
        impact="department",
        urgency="urgent",
        remark="有狗",
        wished_from=now + timedelta(hours=4),
        wished_to=now + timedelta(hours=6),
        devices=(
            DeviceDraft(
                brand_text="格力",
                model_text="KFR-35GW",
                serial="SN0001",
                purchase_on=date(2025, 6, 1),
                invoice_no="F-778",
                made_on=date(2025, 3, 1),
                accessories="遥控器",
            ),
        ),
    )


@pytest.mark.req("R-038")
@pytest.mark.parametrize("size", ["A4", "241x140", "80mm"])
def test_every_field_of_the_form_stands_on_every_size(size: str, whole: Order, agent: Actor, now: datetime) -> None:
    paper = actions.issue_receipt(whole.pk, by=agent, at=now)

    html = unescape(files.render_html(paper, size))
    missing = {label: value for label, value in FORM.items() if label not in html or value not in html}
    assert missing == {}
    assert "天河店" in html
    assert "020-86661234" in html
    assert "2026-03-11 10:00 王芳 开具" in html


def test_a_call_gives_a_report_and_the_counter_a_claim_slip(
    register: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    titles = {}
    for mode in ("on_site", "in_store"):
        paper = actions.issue_receipt(register(mode=mode).pk, by=agent, at=now)
        titles[mode] = (paper.snapshot["head"]["title"], paper.snapshot["stub"]["title"])

    assert titles == {"on_site": ("报修单", "回单"), "in_store": ("接机单", "取机凭证")}


def test_a_paper_is_printed_again_as_it_was_until_the_order_says_something_else(
    whole: Order, agent: Actor, dispatcher: Actor, now: datetime
) -> None:
    first = actions.issue_receipt(whole.pk, by=agent, at=now)
    again = actions.issue_receipt(whole.pk, by=dispatcher, at=now + timedelta(hours=1))
    actions.edit(whole.pk, seen=1, changes={"remark": "狗已拴好"}, by=agent, at=now)
    second = actions.issue_receipt(whole.pk, by=agent, at=now + timedelta(hours=2))

    assert again == first
    assert [(p.number, p.version, p.supersedes_id) for p in (first, second)] == [
        ("GD260311-0001", 1, None), ("GD260311-0001", 2, first.pk),
    ]  # fmt: skip
    assert "有狗" in files.render_html(first, "A4")
    assert "狗已拴好" in files.render_html(second, "A4")
    events = Event.objects.filter(verb="order.receipt_issued").order_by("pk")
    assert [(e.about_id, e.facts["edition"]) for e in events] == [(whole.pk, 1), (whole.pk, 2)]
    assert Order.objects.get().version == 2


def test_several_devices_are_numbered(register: Callable[..., Order], agent: Actor, now: datetime) -> None:
    order = register(devices=(DeviceDraft(brand_text="格力"), DeviceDraft(brand_text="美的")))

    paper = actions.issue_receipt(order.pk, by=agent, at=now)

    assert [section["title"] for section in paper.snapshot["devices"]] == ["设备 1", "设备 2"]


def test_hostile_text_stays_text(register: Callable[..., Order], agent: Actor, now: datetime) -> None:
    paper = actions.issue_receipt(register(symptom="<script>alert(1)</script>").pk, by=agent, at=now)

    assert "<script>" not in files.render_html(paper, "A4")


def test_the_firm_on_the_paper_is_the_shops_setting(
    register: Callable[..., Order], agent: Actor, admin: Actor, now: datetime
) -> None:
    people.edit_settings(None, seen=1, by=admin, at=now, company_name="小米修理铺")

    paper = actions.issue_receipt(register().pk, by=agent, at=now)

    assert paper.snapshot["head"]["firm"]["name"] == "小米修理铺"


def test_receipts_are_issued_by_whoever_registers_and_sees_the_order(
    register: Callable[..., Order], stranger: Actor, cashier: Actor, now: datetime
) -> None:
    order = register()

    for actor in (stranger, cashier):
        with pytest.raises(Forbidden):
            actions.issue_receipt(order.pk, by=actor, at=now)
    assert not Paper.objects.exists()


@pytest.mark.req("R-038")
def test_the_trouble_ticket_prints_number_source_time_symptom_handler_and_result_with_its_slip(
    register: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = register(source="department", referrer="总务处", symptom="打印机卡纸")
    actions.deposit(order, technician_names="李建国", result="repaired", finished_at=now + timedelta(hours=3))

    paper = actions.issue_ticket(order.pk, by=agent, at=now)

    html = unescape(files.render_html(paper, "A4"))
    for shown in (
        "故障单", order.number, "部门受理（总务处）", "2026-03-11 10:00", "打印机卡纸", "处理人", "李建国", "已修复",
        "2026-03-11 13:00", "回单",
    ):  # fmt: skip
        assert shown in html
    assert html.count(order.number) > 2, "the slip has it too"
    assert actions.issue_ticket(order.pk, by=agent, at=now + timedelta(minutes=1)) == paper
    for size in ("241x140", "80mm"):
        assert order.number in files.render_html(paper, size)


@pytest.mark.req("O-038")
def test_the_sheet_to_be_signed_has_a_row_for_each_room(
    register: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    rooms = tuple(
        DeviceDraft(place=f"30{n}", symptom="不制冷", contact_name="王先生", phone="13812345678") for n in (1, 2)
    )
    order = register(devices=rooms, is_bulk=True)
    actions.deposit_line(order.device_lines.get(position=0), result="repaired")

    paper = actions.issue_sign_sheet(order.pk, by=agent, at=now)

    html = files.render_html(paper, "A4")
    assert [name for name, _is_figure in paper.snapshot["columns"]] == [
        "序号",
        "房间",
        "故障",
        "联系人",
        "结果",
        "签收",
    ]
    assert "<th>签收</th>" in html
    assert paper.snapshot["rows"] == [
        ["1", "301", "不制冷", "王先生 13812345678", "已修复", ""],
        ["2", "302", "不制冷", "王先生 13812345678", "", ""],
    ]
    assert "签收表" in html
