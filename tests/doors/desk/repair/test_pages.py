"""维修处理: the list, the checklist, findings, work, parts, tests and trials as a technician fills them in."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.actions import ConfirmationDraft
from gongdan.doors.desk.repair.forms import PartForm
from gongdan.files import queries as files
from gongdan.kernel.actor import Actor
from gongdan.orders import queries as order_queries
from gongdan.orders.models import DeviceLine, Order
from gongdan.orders.states import Status
from gongdan.repair import actions
from gongdan.repair.actions import PartDraft
from gongdan.repair.models import Acceptance, ActionLine, Diagnosis, PartLine
from tests.repair.shop import BOUGHT_LATELY, agreed, diagnosed, filled, fresh, line_of, seen, visit_of

pytestmark = pytest.mark.django_db
SIGNATURE = json.dumps({"width": 300, "height": 120, "lines": [[[10, 20], [30, 40], [60, 30]]]})
FINDING = {"finding": "fault", "methods": ["试机", "仪器"], "inspection": "低压接近真空", "cause": "缺氟"}
PART = {"name": "电容", "quantity": "1", "handling": "new", "grade": "original"}


@pytest.fixture
def bench(client_for: Callable[[Actor], Client], technician: Actor) -> Client:
    return client_for(technician)


@pytest.fixture
def worked(order: Order, technician: Actor, now: datetime) -> Order:
    """He is there; diagnosed, agreed, done, with a part."""
    dispatch.arrive(visit_of(order).pk, by=technician, at=now)
    diagnosed(order, technician, now)
    agreed(order, technician, now, "PI006", "PI021")
    actions.add_action(line_of(order).pk, "加氟 600 克", by=technician, at=now)
    actions.add_part(line_of(order).pk, PartDraft("电容", old_part="left"), by=technician, at=now)
    return fresh(order)


def _url(name: str, order: Order, *more: object) -> str:
    return reverse(f"desk:repair-{name}", args=[order.number, *more])


def _text(response: Any) -> str:
    return html.unescape(response.content.decode())


def _deeds(order: Order) -> list[tuple[str, dict[str, Any]]]:
    """Every deed of the page with a form that reads well."""
    line, part, action = line_of(order).pk, PartLine.objects.get().pk, ActionLine.objects.get().pk
    return [
        (_url("visit", order, visit_of(order).pk, "leave"), {}),
        (_url("diagnose", order, line), FINDING | {"seen": 1}),
        (_url("action", order, line), {"kind": "fix", "text": "又紧了螺丝"}),
        (_url("action-remove", order, action), {}),
        (_url("part", order, line), PART),
        (_url("part-edit", order, part), PART),
        (_url("part-remove", order, part), {}),
        (_url("tests", order, line), {"test_row": ["0"], "test_name": ["制冷"], "test_expected": [""], "test_actual": [""]}),
        (_url("trial", order), {"verdict": "yes", "tester": "王", "way": "paper", "meets_need": "on"}),
        (_url("finish", order), {"result": "not_repaired", "seen": seen(order)}),
        (_url("reopen", order), {"reason": "不冷", "seen": seen(order)}),
    ]  # fmt: skip


@pytest.mark.req("R-003", "R-123")
def test_a_technician_finds_his_orders_only_and_others_are_closed_to_him(
    client_for: Callable[[Actor], Client],
    in_repair: Callable[..., Order],
    technician: Actor,
    other_technician: Actor,
    supervisor: Actor,
) -> None:
    order = in_repair()
    for actor, is_seen in ((technician, True), (other_technician, False), (supervisor, True)):
        client = client_for(actor)
        page = _text(client.get(reverse("desk:repair")))
        assert (f'data-url="{_url("order", order)}"' in page) is is_seen
        assert client.get(_url("order", order)).status_code == (200 if is_seen else 403)
    assert "没有维修中的工单" in _text(client_for(other_technician).get(reverse("desk:repair")))


def test_the_list_costs_the_same_with_one_row_and_with_three(
    bench: Client, in_repair: Callable[..., Order], django_assert_num_queries: Any
) -> None:
    for rows in (1, 2):
        for _row in range(rows):
            in_repair()
        with django_assert_num_queries(6):
            bench.get(reverse("desk:repair"))


@pytest.mark.req("R-046")
def test_the_page_shows_the_dispatch_and_the_customers_words_beside_the_finding(
    bench: Client, order: Order, technician: Actor, now: datetime
) -> None:
    diagnosed(order, technician, now)
    page = _text(bench.get(_url("order", order)))
    for word in ("王小明", "13812345678", "空调不制冷", "高压偏低，低压接近真空", "缺氟", "李建国", "约定上门", "保外"):
        assert word in page


def test_a_device_that_is_not_registered_is_to_be_checked_as_on_the_orders_page(bench: Client, order: Order) -> None:
    DeviceLine.objects.filter(order=order).update(device=None, coverage_label="", verdict=None)
    page = _text(bench.get(_url("order", order)))
    assert ("待核实</span>" in page, "设备还没有登记在册，保内保外待核实" in page, "保外</span>" in page) == (
        True,
        True,
        False,
    )
    offered = _text(bench.get(reverse("desk:quote", args=[order.number])))
    assert ("待核实</span>" in offered, "保外</span>" in offered) == (True, False)
    DeviceLine.objects.filter(order=order).update(coverage_label="保外")
    assert "保外</span>" in _text(bench.get(_url("order", order)))


def test_a_device_is_named_with_its_room_where_it_is_worked_on_and_on_the_paper(
    bench: Client, order: Order, technician: Actor, now: datetime
) -> None:
    DeviceLine.objects.filter(order=order).update(place="501")
    known = _text(bench.get(_url("order", order)))
    assert "<h2>501 · " in known
    assert "<b>501 · " in _text(bench.get(reverse("desk:visit", args=[visit_of(order).pk])))

    DeviceLine.objects.create(order=order, position=1, place="502", symptom="漏水")
    told = order_queries.page(order.pk, technician)
    assert [device.name.partition(" · ")[0] for device in told.devices] == ["501", "502"]
    sheet = actions.issue_sheet(order.pk, by=technician, at=now)
    assert [one["product"]["title"] for one in sheet.snapshot["devices"]] == ["设备 1 · 501", "设备 2 · 502"]


def test_the_way_is_walked_by_big_buttons_and_the_primary_one_is_the_next_step(
    bench: Client, order: Order, technician: Actor, now: datetime
) -> None:
    visit = visit_of(order)
    for verb, label in (("accept", "接单"), ("depart", "出发"), ("arrive", "到达")):
        page = _text(bench.get(_url("order", order)))
        primary = page.partition('class="k-save"')[2].partition("</div>")[0]
        if verb == "depart":
            assert ("上门前确认" in primary, reverse("desk:visit", args=[visit.pk]) in primary) == (True, True)
            assert _url("visit", order, visit.pk, verb) not in page
            called = ConfirmationDraft(is_convenient=True, device_ok=True, fault_ok=True, address_ok=True)
            dispatch.confirm_before_visit(visit.pk, called, by=technician, at=now)
            page = _text(bench.get(_url("order", order)))
            primary = page.partition('class="k-save"')[2].partition("</div>")[0]
        assert label in primary
        assert _url("visit", order, visit.pk, verb) in primary
        assert bench.post(_url("visit", order, visit.pk, verb)).status_code == 303
    assert "填写检测结果" in _text(bench.get(_url("order", order))).partition('class="k-save"')[2][:400]
    again = bench.post(_url("visit", order, visit.pk, "arrive"), follow=True)
    assert "当前状态是“已到达”，不能到达" in _text(again)
    assert bench.post(_url("visit", order, visit.pk, "fly")).status_code == 404
    assert bench.post(_url("visit", order, 4711, "accept")).status_code == 404


def test_an_order_in_the_store_has_no_way(bench: Client, in_repair: Callable[..., Order]) -> None:
    order = in_repair(mode="in_store")
    page = _text(bench.get(_url("order", order)))
    assert _url("visit", order, visit_of(order).pk, "accept") in page
    assert _url("visit", order, visit_of(order).pk, "arrive") not in page


def test_a_finding_is_saved_and_an_exclusion_is_explained(bench: Client, in_repair: Callable[..., Order]) -> None:
    order = in_repair(bought=BOUGHT_LATELY)
    typed = FINDING | {"seen": 0, "exclusion_codes": ["X1"], "component": "控制板"}
    assert bench.post(_url("diagnose", order, line_of(order).pk), typed).status_code == 303
    row = Diagnosis.objects.get()
    assert (row.methods, row.exclusion_codes, row.cause) == (["试机", "仪器"], ["X1"], "缺氟")
    page = _text(bench.get(_url("order", order)))
    assert "X1 使用、维护、保管不当" in page
    assert "除外情形 X1" in page
    assert "请先向客户说明并取得同意" in page


def test_what_is_missing_in_a_finding_stands_at_its_field_and_the_text_stays(bench: Client, order: Order) -> None:
    pk = line_of(order).pk
    refused = bench.post(_url("diagnose", order, pk), FINDING | {"seen": 0, "cause": "", "component": "四通阀"})
    page = _text(refused)
    assert (refused.status_code, "请填写故障原因" in page, "四通阀" in page) == (422, True, True)
    bench.post(_url("diagnose", order, pk), FINDING | {"seen": 0})
    stale = bench.post(_url("diagnose", order, pk), FINDING | {"seen": 0, "cause": "管路堵了"})
    assert (stale.status_code, "管路堵了" in _text(stale), Diagnosis.objects.get().cause) == (409, True, "缺氟")
    assert bench.post(_url("diagnose", order, 4711), FINDING | {"seen": 0}).status_code == 404


@pytest.mark.req("R-116")
def test_work_before_the_consent_is_refused_in_words(
    bench: Client, order: Order, technician: Actor, now: datetime
) -> None:
    diagnosed(order, technician, now)
    answer = bench.post(_url("action", order, line_of(order).pk), {"kind": "fix", "text": "加氟"})
    page = _text(answer)
    assert (answer.status_code, "还没有报价，请先报价并取得客户同意" in page) == (409, True)
    assert not ActionLine.objects.exists()


def test_work_is_written_once_for_one_form_and_taken_back(bench: Client, worked: Order) -> None:
    line = line_of(worked).pk
    typed = {"kind": "clean", "text": "清洗滤网", "once_key": "a1"}
    for _twice in range(2):
        assert bench.post(_url("action", worked, line), typed).status_code == 303
    assert list(ActionLine.objects.order_by("pk").values_list("text", flat=True)) == ["加氟 600 克", "清洗滤网"]
    last = ActionLine.objects.get(text="清洗滤网")
    assert bench.post(_url("action-remove", worked, last.pk)).status_code == 303
    assert bench.post(_url("action-remove", worked, last.pk)).status_code == 404


@pytest.mark.req("R-110", "R-128")
def test_a_part_has_no_price_and_says_who_asked_for_the_old_one(bench: Client, worked: Order) -> None:
    assert not {name for name in PartForm.base_fields if "price" in name or "fen" in name}
    line = line_of(worked).pk
    typed = PART | {"name": "风机", "old_part": "taken", "new_serial": "N1", "price": "99"}
    refused = bench.post(_url("part", worked, line), typed)
    page = _text(refused)
    assert (refused.status_code, "旧件除非有人要求，否则不准带走" in page, "N1" in page) == (422, True, True)
    assert bench.post(_url("part", worked, line), typed | {"old_part_asked_by": "客户"}).status_code == 303
    part = PartLine.objects.get(name="风机")
    assert (part.old_part, part.old_part_asked_by, part.new_serial) == ("taken", "客户", "N1")
    assert bench.post(_url("part-edit", worked, part.pk), PART | {"name": "外风机"}).status_code == 303
    assert bench.post(_url("part-remove", worked, part.pk)).status_code == 303
    assert bench.post(_url("part-edit", worked, 4711), PART).status_code == 404


@pytest.mark.req("R-162")
def test_the_test_sheet_starts_with_the_categorys_items_and_says_what_failed(bench: Client, worked: Order) -> None:
    page = _text(bench.get(_url("order", worked)))
    assert 'value="制冷或制热出风温差"' in page
    typed = {
        "test_row": ["0", "1", "2"],
        "test_name": ["制冷", "排水", ""],
        "test_expected": ["温差 8 度", "", ""],
        "test_actual": ["10 度", "漏", "多余"],
        "test_passed_0": "yes",
        "test_passed_1": "no",
    }
    url = _url("tests", worked, line_of(worked).pk)
    assert bench.post(url, typed).status_code == 303
    page = _text(bench.get(_url("order", worked)))
    assert "测试项“排水”未通过" in page
    assert "温差 8 度" in page
    empty = bench.post(url, typed | {"test_name": ["", "", ""]})
    assert (empty.status_code, "请至少填写一项测试" in _text(empty)) == (422, True)


@pytest.mark.req("R-165", "R-166", "R-164")
def test_trials_are_counted_and_the_last_one_is_signed_on_the_screen(
    bench: Client, worked: Order, technician: Actor, now: datetime
) -> None:
    filled(worked, technician, now)
    refused = {"verdict": "no", "tester": "王小明", "way": "signature", "reason": "还有异响", "once_key": "t1"}
    assert bench.post(_url("trial", worked), refused).status_code == 303
    typed = {"verdict": "yes", "tester": "王小明", "way": "signature", "meets_need": "on", "once_key": "t2"}
    unsigned = bench.post(_url("trial", worked), typed)
    assert (unsigned.status_code, "请客户在屏幕上签名" in _text(unsigned)) == (422, True)
    for _twice in range(2):
        assert bench.post(_url("trial", worked), typed | {"signature": SIGNATURE}).status_code == 303
    last = Acceptance.objects.get(trial=2)
    assert Acceptance.objects.count() == 2
    (kept,) = files.attachments_of("orders.order", worked.pk, role="signature")
    assert (last.signature_id, kept.signer, len(last.sheet_hash)) == (kept.pk, "王小明", 64)
    page = _text(bench.get(_url("order", worked)))
    assert "第 1 次" in page
    assert "还有异响" in page
    bench.post(_url("action", worked, line_of(worked).pk), {"kind": "fix", "text": "又调了一次"})
    assert "客户签名以后维修单又改过" in _text(bench.get(_url("order", worked)))


def test_a_signature_of_a_refused_trial_leaves_nothing_behind(bench: Client, worked: Order) -> None:
    typed = {"verdict": "yes", "tester": "王小明", "way": "signature", "meets_need": "on", "signature": SIGNATURE}
    assert bench.post(_url("trial", worked), typed).status_code == 409  # nothing was tested
    assert files.attachments_of("orders.order", worked.pk) == []


def test_the_ticket_is_handed_back_and_reopened(bench: Client, worked: Order, technician: Actor, now: datetime) -> None:
    early = bench.post(_url("finish", worked), {"result": "repaired", "seen": seen(worked)})
    assert (early.status_code, "还没有测试" in _text(early)) == (409, True)
    filled(worked, technician, now)
    actions.record_trial(worked.pk, is_accepted=True, tester="王", way="paper", by=technician, at=now)
    page = _text(bench.get(_url("order", worked)))
    assert "完工" in page.partition('class="k-save"')[2].partition("</form>")[0]
    assert bench.post(_url("finish", worked), {"result": "repaired", "seen": seen(worked)}).status_code == 303
    assert fresh(worked).status == Status.TO_SETTLE
    assert worked.number in _text(bench.get(reverse("desk:repair"), {"scope": "finished"}))
    why = bench.post(_url("reopen", worked), {"reason": "", "seen": seen(worked)})
    assert (why.status_code, "请填写原因" in _text(why)) == (422, True)
    assert bench.post(_url("reopen", worked), {"reason": "又不冷", "seen": seen(worked)}).status_code == 303
    assert fresh(worked).status == Status.IN_REPAIR


@pytest.mark.parametrize("role", ["other_technician", "stranger", "cashier", "dispatcher"])
def test_nobody_else_writes_on_the_work(
    client_for: Callable[[Actor], Client], worked: Order, request: pytest.FixtureRequest, role: str
) -> None:
    client = client_for(request.getfixturevalue(role))
    for url, typed in _deeds(worked):
        expected = (303,) if role == "dispatcher" and "/visits/" in url else (403,)
        assert client.post(url, typed).status_code in expected, url
    assert (ActionLine.objects.count(), PartLine.objects.count(), Acceptance.objects.count()) == (1, 1, 0)


def test_deeds_are_posted_and_pages_are_read(bench: Client, worked: Order) -> None:
    for url, _typed in _deeds(worked):
        opened = bench.get(url)
        assert (opened.status_code, opened.headers["Location"]) == (302, _url("order", worked)), url
        assert bench.put(url).status_code == 405, url
    assert bench.post(_url("order", worked)).status_code == 405
    assert bench.post(reverse("desk:repair")).status_code == 405
    assert bench.get("/repair/GD000000-0000/").status_code == 404


def test_who_only_looks_gets_no_forms(client_for: Callable[[Actor], Client], worked: Order, cashier: Actor) -> None:
    page = _text(client_for(cashier).get(_url("order", worked)))
    assert "加氟 600 克" in page
    assert "登记做了什么" not in page
    assert "请客户试机" not in page.partition("处理过程")[0].partition("试机验收")[2].replace("请客户试机，", "")


def test_three_devices_stand_below_each_other_each_with_its_own_forms(
    bench: Client, in_repair: Callable[..., Order]
) -> None:
    order = in_repair(devices=3)
    page = _text(bench.get(_url("order", order)))
    for line in order.device_lines.all():
        assert _url("diagnose", order, line.pk) in page
    ids = [part.partition('"')[0] for part in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids))
