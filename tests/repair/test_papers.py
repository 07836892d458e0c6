"""服务单."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import gongdan
from gongdan.catalog import actions as catalog
from gongdan.customers import actions as customers
from gongdan.customers.models import Contact, Customer
from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.files import actions as files
from gongdan.files import queries as files_queries
from gongdan.files.models import Paper
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Refused
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.rules import DeviceDraft, OrderDraft
from gongdan.orders.states import Status
from gongdan.people.models import Site
from gongdan.pricing.models import PriceBook
from gongdan.quotes.models import Quote, QuoteLine
from gongdan.repair import actions
from gongdan.repair.models import Acceptance, ActionLine, Diagnosis, PartLine

pytestmark = pytest.mark.django_db
APPS = Path(gongdan.__file__).parent
STROKES = [{"points": [{"x": 10.0 + n, "y": 20.0 + n % 3} for n in range(12)]}]
# Every field of the form, by the word under which it stands on the sheet.
FIELDS = (
    "服务类型", "客户名称", "客户类型", "联系人", "联系电话", "备用电话", "详细地址", "产品类别", "品牌", "型号", "机身编号",
    "购机日期", "发票号", "出厂日期", "保修类型", "报修时间", "预约时间", "到达时间", "开始维修", "完成时间", "客户描述", "检测结果",
    "故障原因", "维修措施", "收款方式", "维修质保期", "客户意见", "服务监督电话",
)  # fmt: skip


@pytest.fixture
def repaired(site: Site, agent: Actor, technician: Actor, now: datetime) -> Order:
    """An air conditioner of 王小明, repaired, accepted and ready to be settled; rows as the verbs leave them."""
    aircon = catalog.add_category(code="AC", name="空调", default_mode="on_site", by=SYSTEM, at=now)
    customer = customers.add(
        CustomerDraft(
            name="王小明",
            contacts=(ContactDraft("13812345678", "王小明"),),
            addresses=(AddressDraft("体育西路 1 号 302"),),
        ),
        by=agent,
        at=now,
    )
    order = orders.register(
        OrderDraft(
            symptom="不制冷，外机不启动",
            source="direct",
            customer_id=customer.pk,
            phone="13812345678",
            phone2="020-86661234",
            category_id=aircon.pk,
            wished_from=now + timedelta(hours=1),
            wished_to=now + timedelta(hours=3),
            devices=(
                DeviceDraft(
                    category_id=aircon.pk,
                    brand_text="格力",
                    model_text="KFR-35GW",
                    serial="4Q97A0236118",
                    purchase_on=now.date() - timedelta(days=200),
                    made_on=now.date() - timedelta(days=230),
                    invoice_no="FP25090012",
                ),
            ),
        ),
        by=agent,
        at=now,
    )
    order = orders.choose_repair(order.pk, seen=order.version, by=agent, at=now)
    line = order.device_lines.get()
    by = {"by_id": technician.id, "at": now + timedelta(hours=2)}
    Diagnosis.objects.create(order=order, device_line=line, inspection="室外机无 12 伏", cause="主板短路", **by)
    ActionLine.objects.create(
        order=order, device_line=line, text="更换室外机主板", started_at=now + timedelta(hours=2), **by
    )
    PartLine.objects.create(
        order=order, device_line=line, name="室外机主板", spec="35GW", new_serial="N-1", old_serial="O-1",
        old_part="left", fits=True, connected=True, **by,
    )  # fmt: skip
    book = PriceBook.objects.create(code="T1", name="试价目", valid_from=now.date())
    quote = Quote.objects.create(
        order=order, state="accepted", book=book, number="BJ260311-0001", due_fen=14095000,
        totals={"customer": 14095000, "maker": 5000}, created_at=now,
    )  # fmt: skip
    for n, (name, fen, payer) in enumerate([("室外机主板", 14095000, "customer"), ("上门费", 5000, "maker")]):
        QuoteLine.objects.create(
            quote=quote, position=n, item_code=f"X{n}", name=name, unit="次", device_line=line, quantity=1,
            unit_fen=fen, amount_fen=fen, payer=payer,
        )  # fmt: skip
    signature = files.attach_signature(
        "orders.order", order.pk, strokes=STROKES, signer="王小明", by=technician, at=now
    )
    Acceptance.objects.create(
        order=order, trial=1, is_accepted=True, tester="王小明", signature_id=signature.pk, satisfaction="满意", **by
    )
    Order.objects.filter(pk=order.pk).update(
        status=Status.TO_SETTLE,
        arrived_at=now + timedelta(hours=2),
        finished_at=now + timedelta(hours=3),
        technician_names="李建国",
    )
    return Order.objects.get(pk=order.pk)


@pytest.fixture
def sheet(repaired: Order, agent: Actor, now: datetime) -> Paper:
    return actions.issue_sheet(repaired.pk, by=agent, at=now + timedelta(hours=4))


@pytest.mark.req("R-131")
@pytest.mark.req("R-227")
@pytest.mark.parametrize("size", ["A4", "241x280", "241x140", "80mm"])
def test_every_size_carries_customer_device_fault_action_parts_charges_and_signatures(sheet: Paper, size: str) -> None:
    html = files_queries.render_html(sheet, size)
    for word in (
        sheet.number, "王小明", "13812345678", "体育西路 1 号 302", "格力", "KFR-35GW", "4Q97A0236118", "FP25090012",
        "不制冷，外机不启动", "室外机无 12 伏", "主板短路", "更换室外机主板", "室外机主板", "N-1", "O-1", "留给客户", "上门费",
        "维修人签字", "客户签字",
    ):  # fmt: skip
        assert word in html, word
    assert '<path d="M' in html  # the customer's own ink


@pytest.mark.req("R-227")
def test_no_field_of_the_form_is_missing(sheet: Paper) -> None:
    html = files_queries.render_html(sheet, "A4")
    assert [word for word in FIELDS if word not in html] == []


def test_the_total_stands_in_figures_and_in_capitals(sheet: Paper) -> None:
    final = sheet.snapshot["totals"][-1]
    assert (final["amount"], final["capitals"]) == ("¥140,950.00", "人民币壹拾肆万零玖佰伍拾元整")
    assert sheet.snapshot["totals"][0] == {
        "label": "厂家承担", "amount": "¥50.00", "capitals": "", "is_final": False,
    }  # fmt: skip


def test_a_part_shows_the_price_that_the_quote_gives_it(sheet: Paper) -> None:
    assert sheet.snapshot["parts"]["rows"] == [
        ["室外机主板", "35GW", "1", "140,950.00", "140,950.00", "N-1", "O-1", "留给客户"]
    ]


def test_it_is_for_three_leaves_and_ticks_what_the_customer_said(sheet: Paper) -> None:
    assert sheet.snapshot["head"]["copies"] == ["存根联", "客户联", "结算联"]
    opinion = next(pair for pair in sheet.snapshot["close"]["pairs"] if pair["label"] == "客户意见")
    assert opinion["value"] == "☑满意  □一般  □不满意"
    on_a_roll, on_a4 = (files_queries.render_html(files_queries.paper(sheet.pk), size) for size in ("80mm", "A4"))
    assert '<dd class="choices">☑\u2060满意  □\u2060一般' in on_a_roll  # a box is not parted from its word
    assert "☑满意  □一般" in on_a4


def test_printing_again_reads_the_same_paper_and_a_change_makes_the_next_version(
    repaired: Order, sheet: Paper, agent: Actor, now: datetime
) -> None:
    later = now + timedelta(hours=5)
    assert actions.issue_sheet(repaired.pk, by=agent, at=later).pk == sheet.pk
    Diagnosis.objects.filter(order=repaired).update(cause="主板进水")
    newer = actions.issue_sheet(repaired.pk, by=agent, at=later)
    assert (newer.number, newer.version, newer.supersedes_id) == (sheet.number, 2, sheet.pk)
    assert "主板短路" in files_queries.render_html(files_queries.paper(sheet.pk), "A4")
    assert "旧版" in files_queries.render_html(files_queries.paper(sheet.pk), "A4")


def test_before_anything_was_found_it_is_a_sheet_to_write_on(repaired: Order, agent: Actor, now: datetime) -> None:
    for model in (QuoteLine, Quote):
        model.objects.all().delete()
    for rows in (Diagnosis, ActionLine, PartLine, Acceptance):
        rows.objects.all().delete()
    paper = actions.issue_sheet(repaired.pk, by=agent, at=now)
    assert (paper.snapshot["lines"], paper.snapshot["totals"], paper.snapshot["parts"]["rows"]) == ([], [], [])
    html = files_queries.render_html(paper, "241x140")
    assert "无收费项目" in html
    assert "客户签字" in html


def test_a_question_has_no_service_sheet(repaired: Order, agent: Actor, now: datetime) -> None:
    Order.objects.filter(pk=repaired.pk).update(flow="inquiry", status=Status.ANSWERING)
    with pytest.raises(Refused, match="没有服务单"):
        actions.issue_sheet(repaired.pk, by=agent, at=now)


def test_only_whoever_sees_the_order_prints_it(repaired: Order, stranger: Actor, now: datetime) -> None:
    with pytest.raises(Forbidden):
        actions.issue_sheet(repaired.pk, by=stranger, at=now)


def test_a_masked_number_is_masked_on_paper_too(
    repaired: Order, site: Site, hire: Callable[..., Any], now: datetime
) -> None:
    storekeeper = hire(site, "kuguan", "库管", "storekeeper")
    html = files_queries.render_html(actions.issue_sheet(repaired.pk, by=storekeeper, at=now), "A4")
    assert "13812345678" not in html


@pytest.mark.req("R-022", "R-023")
@pytest.mark.parametrize("size", ["A4", "241x140", "80mm"])
def test_the_sheet_prints_the_sites_rules_who_is_in_charge_and_the_way(
    repaired: Order, agent: Actor, now: datetime, size: str
) -> None:
    Customer.objects.filter(pk=repaired.customer_id).update(
        site_rules="进门登记身份证，18:00 前离场", transport="地铁 3 号线 A 口，货梯在北门"
    )
    Contact.objects.create(
        customer_id=repaired.customer_id, name="陈经理", kind="in_charge", phone="13900001111", phone_code="13900001111", position=5
    )  # fmt: skip
    html = files_queries.render_html(actions.issue_sheet(repaired.pk, by=agent, at=now), size)
    for words in ("进门登记身份证", "地铁 3 号线 A 口", "陈经理 13900001111"):
        assert words in html


@pytest.mark.parametrize(
    ("way", "words", "not_words"),
    [
        ("signature", "已签名确认", "纸质签字"),
        ("paper", "纸质签字已存", "已签名确认"),
        ("phone", "电话确认", "已签名确认"),
    ],
)
def test_an_acceptance_on_paper_reads_otherwise_than_one_on_the_screen(
    repaired: Order, agent: Actor, now: datetime, way: str, words: str, not_words: str
) -> None:
    if way != "signature":
        Acceptance.objects.filter(order=repaired).update(way=way, signature_id=None)
    html = files_queries.render_html(actions.issue_sheet(repaired.pk, by=agent, at=now), "A4")
    assert words in html
    assert not_words not in html
    assert ("<svg" in html.partition('class="signatures"')[2]) == (way == "signature")


@pytest.mark.req("R-024")
def test_the_sites_numbers_stand_on_every_form(repaired: Order, site: Site, agent: Actor, now: datetime) -> None:
    """Every sheet of every app is drawn in the frame that prints them; two of them are looked at."""
    Site.objects.filter(pk=site.pk).update(complaint_phone="020-12315000")
    sheets = [path for path in APPS.glob("*/sheets/*.html") if path.parent.parent.name != "files"]
    assert len(sheets) >= 6
    for path in sheets:
        assert '{% extends "files/base.html" %}' in path.read_text(encoding="utf-8"), path.name
    for paper in (
        actions.issue_sheet(repaired.pk, by=agent, at=now),
        orders.issue_receipt(repaired.pk, by=agent, at=now),
    ):
        for size in ("A4", "241x140", "80mm"):
            html = files_queries.render_html(paper, size)
            assert "020-86661234" in html
            assert "020-12315000" in html
