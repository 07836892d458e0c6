"""维修处理, beside the work: help, steps, the way to the workshop, refusals, readings; and a device's own page."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gongdan.customers.models import Contact, Customer
from gongdan.devices.models import Device, LineRecord, OpticalReading
from gongdan.dispatch import actions as dispatch
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from gongdan.people.models import Site
from gongdan.repair import actions, queries
from gongdan.repair.actions import HelpDraft, RefusalDraft
from gongdan.repair.models import Acceptance, HelpRequest, PickUp, SafetyRefusal, StepTick
from tests.repair.shop import PICTURE, agreed, diagnosed, filled, fresh, line_of, photo_of, seen, visit_of

pytestmark = pytest.mark.django_db
Make = Callable[..., Order]
SIGNATURE = json.dumps({"width": 300, "height": 120, "lines": [[[10, 20], [30, 40], [60, 30]]]})


@pytest.fixture
def bench(client_for: Callable[[Actor], Client], technician: Actor) -> Client:
    return client_for(technician)


def _url(name: str, order: Order, *more: object) -> str:
    return reverse(f"desk:repair-{name}", args=[order.number, *more])


def _text(response: Any) -> str:
    return html.unescape(response.content.decode())


def _photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("hazard.png", PICTURE, content_type="image/png")


def _taken(now: datetime, **typed: Any) -> dict[str, Any]:
    facts = {"accessories": "遥控器", "condition": "有划痕", "signer": "王小明", "way": "paper", "fee": "agreed"}
    return facts | {"promised_on": (local_day(now) + timedelta(days=3)).isoformat()} | typed


def _deeds(order: Order, now: datetime, colleague: Actor) -> list[tuple[str, dict[str, Any]]]:
    """Every deed beside the work, filled in well."""
    line = line_of(order).pk
    return [
        (_url("help", order), {"level": "1", "asked_to": colleague.id, "question": "是堵还是漏？"}),
        (_url("helper", order), {"user_id": colleague.id}),
        (_url("helper-end", order, colleague.id), {}),
        (_url("step", order), {"code": "hotline", "line": ""}),
        (_url("take", order, line), _taken(now)),
        (_url("refuse", order, line), {"hazard": "漏电", "reason": "外壳带电", "way": "witness", "witness": "周", "photo": _photo()}),
        (_url("reading", order, line), {"direction": "rx", "dbm": "-20"}),
    ]  # fmt: skip


@pytest.mark.req("R-022", "R-023")
def test_the_job_sheet_shows_rules_person_phone_and_transport(bench: Client, order: Order) -> None:
    Customer.objects.filter(pk=order.customer_id).update(
        site_rules="进门登记身份证，18:00 前离场", transport="地铁 3 号线 A 口，货梯在北门"
    )
    Contact.objects.create(
        customer_id=order.customer_id, name="陈经理", kind="in_charge", phone="13900001111", phone_code="13900001111", position=5
    )  # fmt: skip
    shown = _text(bench.get(_url("order", order)))
    for words in ("进门登记身份证", "地铁 3 号线 A 口", "陈经理", "13900001111"):
        assert words in shown


@pytest.mark.req("R-011")
def test_the_signing_contact_is_chosen_or_typed(bench: Client, order: Order, technician: Actor, now: datetime) -> None:
    Contact.objects.create(
        customer_id=order.customer_id, name="林会计", kind="signatory", phone="13900002222", phone_code="13900002222", position=6
    )  # fmt: skip
    diagnosed(order, technician, now)
    agreed(order, technician, now, "PI006", "PI021")
    actions.add_action(line_of(order).pk, "加氟", by=technician, at=now)
    filled(order, technician, now)
    shown = _text(bench.get(_url("order", order)))
    assert re.search(r'<option value="林会计"[^>]* selected', shown)
    typed = {"verdict": "yes", "meets_need": "on", "way": "signature", "signature": SIGNATURE}
    response = bench.post(_url("trial", order), typed | {"signatory": "路人"})
    assert response.status_code == 422
    assert bench.post(_url("trial", order), typed | {"signatory": "林会计"}).status_code == 303
    assert bench.post(_url("trial", order), typed | {"signatory": "", "tester": "保安小李"}).status_code == 303
    assert list(Acceptance.objects.order_by("trial").values_list("tester", flat=True)) == ["林会计", "保安小李"]
    assert bench.post(_url("trial", order), typed | {"tester": ""}).status_code == 422


@pytest.mark.req("R-195")
def test_the_suggestion_appears_and_the_question_is_answered_on_the_page(
    client_for: Callable[[Actor], Client], bench: Client, order: Order, other_technician: Actor
) -> None:
    assert "您第一次修空调，拿不准时建议先求助" in _text(bench.get(_url("order", order)))
    typed = {"level": "1", "asked_to": other_technician.id, "question": "是堵还是漏？", "once_key": "k1"}
    for _twice in range(2):
        assert bench.post(_url("help", order), typed).status_code == 303
    asked = HelpRequest.objects.get()
    colleague = client_for(other_technician)
    assert "是堵还是漏？" in _text(colleague.get(_url("order", order)))
    response = colleague.post(_url("help-answer", order, asked.pk), {"answer": "看过滤器两端温差"})
    assert response.headers["Location"] == reverse("desk:repair")
    shown = _text(bench.get(_url("order", order)))
    assert "看过滤器两端温差" in shown
    assert "您第一次修空调" not in shown
    assert colleague.get(_url("order", order)).status_code == 403


@pytest.mark.req("R-197")
def test_the_timeline_tells_level_one_and_two_with_their_times(
    bench: Client, order: Order, technician: Actor, supervisor: Actor, now: datetime
) -> None:
    first = actions.ask_for_help(order.pk, HelpDraft(1, "是堵吗？", supervisor.id), by=technician, at=now)
    actions.answer_help(first.pk, "不清楚", by=supervisor, at=now)
    bench.post(_url("help", order), {"level": "2", "team": "", "question": "换四通阀吗？"})
    second = HelpRequest.objects.get(level=2)
    actions.answer_help(second.pk, "换", by=supervisor, at=now)
    shown = _text(bench.get(_url("order", order)))
    for words in (
        "一级求助，请教 赵明：是堵吗？",
        "二级求助，请教技术部：换四通阀吗？",
        "一级：请教同事",
        "二级：请教技术部",
    ):
        assert words in shown


def test_whoever_does_not_work_on_it_does_nothing_beside_it(
    client_for: Callable[[Actor], Client],
    in_repair: Make,
    technician: Actor,
    other_technician: Actor,
    agent: Actor,
    stranger: Actor,
    now: datetime,
) -> None:
    order = in_repair(kind="installation")
    for actor in (other_technician, agent, stranger):
        client = client_for(actor)
        for url, typed in _deeds(order, now, technician):
            assert client.post(url, typed).status_code == 403, (actor.name, url)
    for model in (HelpRequest, PickUp, SafetyRefusal, StepTick, OpticalReading):
        assert not model.objects.exists()


def test_what_belongs_to_another_order_is_not_there(
    bench: Client, in_repair: Make, technician: Actor, supervisor: Actor, now: datetime
) -> None:
    order, other = in_repair(), in_repair()
    line = line_of(other).pk
    asked = actions.ask_for_help(other.pk, HelpDraft(1, "？", supervisor.id), by=technician, at=now)
    draft = RefusalDraft("漏电", "外壳带电", photo_of(other, technician, now), way="witness", witness="周")
    refused = actions.refuse_for_safety(line, draft, by=technician, at=now)
    for url in (
        _url("take", order, line), _url("refuse", order, line), _url("reading", order, line),
        _url("help-withdraw", order, asked.pk), _url("help-answer", order, asked.pk),
        _url("notice", order, refused.pk), _url("return", order, 10**9), _url("slip", order, 10**9),
    ):  # fmt: skip
        assert bench.post(url, {}).status_code == 404, url


@pytest.mark.req("R-024", "R-028")
def test_demanded_steps_are_ticked_before_the_work_is_handed_back(
    bench: Client, in_repair: Make, technician: Actor, site: Site, now: datetime
) -> None:
    Site.objects.filter(pk=site.pk).update(complaint_phone="020-12315000")
    order = in_repair(category="自助设备", kind="installation")
    dispatch.arrive(visit_of(order).pk, by=technician, at=now)
    diagnosed(order, technician, now)
    shown = _text(bench.get(_url("order", order)))
    for words in ("热线已留", "020-86661234、020-12315000", "流水已打印并请客户核对", "钱箱已请客户清点并收好"):
        assert words in shown
    end = {"result": "nothing_found", "seen": seen(order)}
    response = bench.post(_url("finish", order), end)
    assert response.status_code in (409, 422)
    assert "还没有勾选" in _text(response)
    for code, line in (("hotline", ""), ("journal", line_of(order).pk), ("cash_box", line_of(order).pk)):
        bench.post(_url("step", order), {"code": code, "line": line, "undo": ""})
    bench.post(_url("step", order), {"code": "journal", "line": line_of(order).pk, "undo": "1"})
    assert StepTick.objects.count() == 2
    bench.post(_url("step", order), {"code": "journal", "line": line_of(order).pk, "undo": ""})
    assert bench.post(_url("finish", order), end).status_code == 303
    assert fresh(order).status == Status.TO_SETTLE


@pytest.mark.req("R-093")
def test_a_device_goes_to_the_company_and_comes_back(bench: Client, order: Order, now: datetime) -> None:
    line = line_of(order).pk
    wrong = bench.post(_url("take", order, line), _taken(now, condition="", way="signature"))
    assert wrong.status_code == 422
    assert "请填写" in _text(wrong)
    typed = _taken(now, way="signature", signature=SIGNATURE)
    assert bench.post(_url("take", order, line), typed | {"once_key": "k2"}).status_code == 303
    assert bench.post(_url("take", order, line), typed | {"once_key": "k2"}).status_code == 303
    taken = PickUp.objects.get()
    assert taken.signature_id is not None
    assert ">公司<" in _text(bench.get(reverse("desk:device", args=[line_of(order).device_id])))
    shown = _text(bench.get(_url("order", order)))
    assert "在公司" in shown
    assert "登记送回" in shown
    slip = bench.post(_url("slip", order, taken.pk))
    assert "取机单" in _text(bench.get(slip.headers["Location"]))
    back = {"receiver": "王太太", "way": "paper", "note": ""}
    assert bench.post(_url("return", order, taken.pk), back).status_code == 303
    assert "王太太" in _text(bench.get(_url("order", order)))
    assert ">客户处<" in _text(bench.get(reverse("desk:device", args=[line_of(order).device_id])))


@pytest.mark.req("O-044")
def test_a_refusal_is_filled_in_with_its_photo_and_cleared_on_the_devices_page(
    client_for: Callable[[Actor], Client],
    bench: Client,
    order: Order,
    technician: Actor,
    supervisor: Actor,
    now: datetime,
) -> None:
    dispatch.arrive(visit_of(order).pk, by=technician, at=now)
    line = line_of(order).pk
    typed = {"kind": "没有接地", "hazard": "", "reason": "外壳带电 86 V", "way": "witness", "witness": "物业 周先生"}
    without = bench.post(_url("refuse", order, line), typed)
    assert without.status_code == 422
    assert bench.post(_url("refuse", order, line), typed | {"photo": _photo()}).status_code == 303
    row = SafetyRefusal.objects.get()
    assert (row.hazard, row.witness) == ("没有接地", "物业 周先生")
    shown = _text(bench.get(_url("order", order)))
    assert "安全隐患，停止维修和派工" in shown
    assert "安全拒修，交回工单" in shown
    assert "安全隐患告知书" in _text(bench.get(bench.post(_url("notice", order, row.pk)).headers["Location"]))
    page = reverse("desk:device", args=[line_of(order).device_id])
    clear = reverse("desk:device-safety-clear", args=[line_of(order).device_id])
    assert "没有接地：外壳带电 86 V" in _text(bench.get(page))
    assert bench.post(clear, {"proof": "好了"}).status_code == 403
    boss = client_for(supervisor)
    assert boss.post(clear, {"proof": ""}).status_code == 422
    assert boss.post(clear, {"proof": "已补接地", "attachment": _photo()}).status_code == 303
    assert Device.objects.get(pk=line_of(order).device_id or 0).safety_reason == ""
    assert "已补接地" in _text(boss.get(page))


@pytest.mark.req("R-029")
def test_the_line_and_its_readings_are_on_both_pages(bench: Client, in_repair: Make) -> None:
    order = in_repair(category="宽带/ONU")
    line = line_of(order)
    assert bench.post(_url("reading", order, line.pk), {"direction": "rx", "dbm": "弱"}).status_code == 422
    sent = {"direction": "rx", "dbm": "-28.10", "note": "入户前"}
    assert bench.post(_url("reading", order, line.pk), sent).status_code == 303
    assert OpticalReading.objects.get().hundredths == -2810
    url = reverse("desk:device-line", args=[line.device_id])
    typed = {
        "account": "0208888123",
        "terminal": "onu",
        "terminal_no": "HWTC1A2B",
        "port": "0/3/7",
        "address": "3 栋 201",
    }
    assert bench.post(url, typed | {"account": "", "terminal_no": "", "seen": 0}).status_code == 422
    assert bench.post(url, typed | {"seen": 0}).status_code == 303
    assert bench.post(url, typed | {"seen": 0, "port": "0/3/8"}).status_code == 409
    assert LineRecord.objects.get().port == "0/3/7"
    for page in (reverse("desk:device", args=[line.device_id]), _url("order", order)):
        shown = _text(bench.get(page))
        assert "-28.10 dBm" in shown
        assert "偏弱" in shown
    assert order.number in _text(bench.get(reverse("desk:device", args=[line.device_id])))


def test_a_phone_has_no_line(bench: Client, order: Order) -> None:
    assert "光功率" not in _text(bench.get(_url("order", order)))
    assert "光功率" not in _text(bench.get(reverse("desk:device", args=[line_of(order).device_id])))


def test_the_page_costs_the_same_with_one_device_and_with_three(
    bench: Client,
    in_repair: Make,
    technician: Actor,
    now: datetime,
    django_assert_num_queries: Callable[..., Any],
) -> None:
    for count in (1, 3):
        order = in_repair(devices=count, category="宽带/ONU")
        for line in order.device_lines.all():
            draft = actions.PickUpDraft(
                "无", "完好", "王小明", local_day(now) + timedelta(days=1), way="paper", fee="agreed"
            )
            actions.take_away(line.pk, draft, by=technician, at=now)
            actions.record_reading(line.pk, "rx", -2000, by=technician, at=now)
        with django_assert_num_queries(37):
            bench.get(_url("order", order))


def test_the_form_names_the_fee_before_the_customer_signs(
    bench: Client, in_repair: Make, order: Order, now: datetime
) -> None:
    page = _text(bench.get(_url("order", order)))
    assert "¥80.00" in page
    assert 'name="fee"' in page
    free = in_repair(bought=local_day(now) - timedelta(days=90))
    page = _text(bench.get(_url("order", free)))
    assert "取送费不向客户收" in page
    assert 'name="fee"' not in page


def test_an_address_that_only_takes_posts_opens_the_order(bench: Client, order: Order) -> None:
    for name, more in (("help", ()), ("finish", ()), ("take", (line_of(order).pk,))):
        opened = bench.get(_url(name, order, *more))
        assert (opened.status_code, opened.headers["Location"]) == (302, _url("order", order))
    assert bench.put(_url("help", order)).status_code == 405
    device = line_of(order).device_id
    for name in ("device-safety-clear", "device-line"):
        opened = bench.get(reverse(f"desk:{name}", args=[device]))
        assert (opened.status_code, opened.headers["Location"]) == (302, reverse("desk:device", args=[device]))
        assert bench.put(reverse(f"desk:{name}", args=[device])).status_code == 405


def test_after_a_wasted_trip_the_page_tells_of_it_and_what_is_missing(
    bench: Client, order: Order, technician: Actor, now: datetime
) -> None:
    visit = visit_of(order)
    dispatch.arrive(visit.pk, by=technician, at=now)
    dispatch.report_wasted_trip(visit.pk, "家中无人", photo_id=None, by=technician, at=now, confirm_unproven=True)
    page = _text(bench.get(_url("order", order)))
    for word in ("上次空跑", "家中无人", "证据不足，不收费", "空跑以后还没有重新派工"):
        assert word in page
    assert "师傅还没有到达现场" not in page
    assert not queries.progress(fresh(order)).is_finished
