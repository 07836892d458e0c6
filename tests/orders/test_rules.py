"""Priority, mode, telephone, what is missing, and the order of calling and registering: values in, values out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from gongdan.customers.rules import AddressDraft, ContactDraft, CustomerDraft
from gongdan.orders import rules
from gongdan.orders.rules import DeviceDraft, Moment, OrderDraft
from gongdan.orders.states import Impact, Mode, Priority, Status, Urgency

NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
GOOD = OrderDraft(symptom="不制冷", source="direct", customer_id=1, phone="13812345678")


def good(**typed: Any) -> OrderDraft:
    """A complete draft with these fields typed otherwise."""
    return replace(GOOD, **typed)


def told(draft: OrderDraft) -> dict[str, str]:
    return {field: str(text) for field, text in rules.complaints(draft).items()}


@pytest.mark.req("R-043")
@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [
        ("single", "normal", "p3"),
        ("single", "urgent", "p2"),
        ("single", "critical", "p1"),
        ("department", "normal", "p3"),
        ("department", "urgent", "p2"),
        ("department", "critical", "p1"),
        ("all", "normal", "p2"),
        ("all", "urgent", "p1"),
        ("all", "critical", "p1"),
    ],
)
def test_priority_follows_from_impact_and_urgency(impact: str, urgency: str, priority: str) -> None:
    assert rules.priority_for(impact, urgency) == priority


@pytest.mark.req("R-043")
def test_the_shop_may_set_cells_of_the_matrix_and_spoiled_ones_fall_back() -> None:
    matrix = {"single": {"normal": "p4", "urgent": "sehr hoch"}, "all": "kaputt"}

    found = {(i.value, u.value): rules.priority_for(i, u, matrix=matrix) for i, u in product(Impact, Urgency)}  # type: ignore[arg-type]  # what a spoiled row may hold

    assert found[("single", "normal")] is Priority.LOW
    assert found[("single", "urgent")] is Priority.HIGH
    assert found[("all", "normal")] is Priority.HIGH


@pytest.mark.req("R-087")
@pytest.mark.parametrize(
    ("typed", "channel", "category", "mode"),
    [
        ("remote", "in_store", "on_site", Mode.REMOTE),
        ("", "in_store", "on_site", Mode.IN_STORE),
        ("", "phone", "mail_in", Mode.MAIL_IN),
        ("", "phone", "", Mode.ON_SITE),
        ("express", "phone", "in_store", Mode.EXPRESS),
    ],
)
def test_the_mode_is_as_typed_else_by_counter_else_by_category(
    typed: str, channel: str, category: str, mode: Mode
) -> None:
    assert rules.mode_for(typed, channel=channel, category_default=category) is mode


@pytest.mark.req("R-047")
@pytest.mark.parametrize(
    ("channel", "is_desk", "accepted"),
    [
        ("phone", True, True),
        ("in_store", True, True),
        ("online", True, False),
        ("mail", True, False),
        ("phone", False, False),
    ],
)
def test_only_who_takes_the_call_at_the_desk_has_received_it(channel: str, is_desk: bool, accepted: bool) -> None:
    assert rules.is_accepted_at_once(channel=channel, is_desk=is_desk) is accepted


@pytest.mark.req("R-045")
@pytest.mark.req("R-041")
def test_fault_text_and_telephone_are_asked_for_and_the_rest_is_not() -> None:
    assert told(GOOD) == {}
    assert told(OrderDraft(symptom=" ", source="", customer_id=None)) == {
        "symptom": "请先填写故障现象，按客户原话记录即可",
        "customer_id": "请选择客户，或新增一位客户",
        "source": "请选择报修来源",
        "phone": "请填写联系电话；确实没有电话时，请在“无电话原因”里说明",
    }
    assert told(replace(GOOD, phone="", no_phone_reason="聋哑人，短信联系其女儿")) == {}


@pytest.mark.parametrize("typed", ["1381234567", "12812345678", "110", "P", "没有"])
def test_what_cannot_be_dialled_is_no_reachable_telephone(typed: str) -> None:
    assert list(told(replace(GOOD, phone=typed))) == ["phone"]


@pytest.mark.req("R-010")
def test_a_report_from_a_department_or_colleague_names_it() -> None:
    assert told(replace(GOOD, source="colleague")) == {
        "referrer": "来源是部门或同事时，请填写是哪个部门或哪位同事受理的"
    }
    assert told(replace(GOOD, source="department", referrer="总务处")) == {}


@pytest.mark.parametrize("field", ["channel", "kind", "impact", "urgency", "mode", "priority"])
def test_a_word_that_the_list_does_not_know_is_refused_at_its_field(field: str) -> None:
    assert list(told(good(priority_reason="急", **{field: "hack"}))) == [field]


@pytest.mark.req("R-043")
def test_a_priority_by_hand_asks_why() -> None:
    assert told(replace(GOOD, priority="p1")) == {"priority_reason": "手工调整优先级要填写原因"}
    assert told(replace(GOOD, priority="p1", priority_reason="老人独居")) == {}


def test_a_wished_time_has_two_ends_in_order() -> None:
    later = NOW + timedelta(hours=2)

    assert list(told(replace(GOOD, wished_from=NOW))) == ["wished_to"]
    assert list(told(replace(GOOD, wished_to=NOW))) == ["wished_from"]
    assert list(told(replace(GOOD, wished_from=later, wished_to=NOW))) == ["wished_to"]
    assert told(replace(GOOD, wished_from=NOW, wished_to=later)) == {}


@pytest.mark.parametrize("field", list(rules.LIMITS))
def test_a_text_longer_than_its_column_is_refused_at_its_field(field: str) -> None:
    fits, too_long = "长" * rules.LIMITS[field], "长" * (rules.LIMITS[field] + 1)

    by_hand = {"priority": "p1", "priority_reason": "急"}

    assert field in told(good(**(by_hand | {field: too_long})))
    if field not in ("phone", "phone2"):
        assert told(good(**(by_hand | {field: fits}))) == {}


@pytest.mark.req("R-030")
def test_devices_are_checked_one_by_one() -> None:
    assert told(replace(GOOD, devices=(DeviceDraft(), DeviceDraft(serial="1" * 61)))) == {
        "devices": "第 2 台设备：最多 60 个字，请缩短"
    }
    assert told(replace(GOOD, devices=(DeviceDraft(device_id=5), DeviceDraft(device_id=5)))) == {
        "devices": "同一台设备选了两次，请删掉一行"
    }
    assert list(told(replace(GOOD, devices=(DeviceDraft(),) * 31))) == ["devices"]


@pytest.mark.parametrize(
    ("device", "worth"),
    [
        (DeviceDraft(brand_text="格力"), False),
        (DeviceDraft(serial="A1"), True),
        (DeviceDraft(model_text="KFR-35"), True),
        (DeviceDraft(purchase_on=NOW.date()), True),
        (DeviceDraft(invoice_no="1"), True),
    ],
)
def test_a_device_is_registered_when_it_can_be_told_from_others(device: DeviceDraft, worth: bool) -> None:
    assert device.is_worth_registering is worth


@pytest.mark.req("R-061")
def test_a_second_number_in_the_cell_moves_to_its_own_place() -> None:
    reach = rules.reach_from("13812345678/82345678", "", area_code="020")

    assert reach == rules.Reach("13812345678", "+8613812345678", "82345678")
    assert rules.reach_from("82345678", " 13900000000 ", area_code="020") == rules.Reach(
        "82345678", "+862082345678", "13900000000"
    )


@pytest.mark.req("R-018")
def test_order_and_new_customer_complete_each_other() -> None:
    whole = CustomerDraft(
        name="李雷",
        contacts=(ContactDraft("13900001111", "李太太"),),
        addresses=(AddressDraft("中山路 8 号", "440106"),),
    )
    from_customer = rules.filled_both_ways(OrderDraft(symptom="坏了", source="direct", customer=whole))
    bare = OrderDraft(
        symptom="坏了", source="direct", customer=CustomerDraft(name="李雷"), phone="13900001111",
        phone2="82345678", address="中山路 8 号", division_code="440106",
    )  # fmt: skip
    from_order = rules.filled_both_ways(bare).customer

    assert (from_customer.phone, from_customer.contact_name) == ("13900001111", "李太太")
    assert (from_customer.address, from_customer.division_code) == ("中山路 8 号", "440106")
    assert from_order == CustomerDraft(
        name="李雷",
        contacts=(ContactDraft("13900001111; 82345678", "李雷"),),
        addresses=(AddressDraft("中山路 8 号", "440106"),),
    )


@pytest.mark.req("R-037")
def test_a_call_before_the_registration_cannot_have_been() -> None:
    registered = Moment(NOW)

    early = rules.contact_complaint(Moment(NOW - timedelta(minutes=1)), registered, now=NOW)
    future = rules.contact_complaint(Moment(NOW + timedelta(hours=1)), registered, now=NOW)

    assert str(early) == "联系时间 2026-03-11 09:59 早于登记时间 2026-03-11 10:00：先登记，再电话联系"
    assert str(future) == "联系时间 2026-03-11 11:00 还没有到，请核对"
    assert rules.contact_complaint(Moment(NOW), registered, now=NOW) is None


def test_times_of_two_clocks_are_not_compared() -> None:
    phone = Moment(NOW - timedelta(days=400), clock="phone 7")

    assert rules.contact_complaint(phone, Moment(NOW), now=NOW) is None
    assert rules.contact_complaint(phone, Moment(NOW - timedelta(days=399), clock="phone 7"), now=NOW) is not None


@pytest.mark.req("R-244")
def test_filed_orders_are_read_only_and_say_why() -> None:
    told_of = {status: rules.edit_refusal(status, is_historic=False) for status in Status}

    assert {status for status, text in told_of.items() if text is not None} == {Status.CLOSED, Status.CANCELLED}
    assert str(rules.edit_refusal(Status.REGISTERED, is_historic=True)) == "这是导入的历史工单，只供查阅，不能修改"


def test_devices_in_a_few_words() -> None:
    assert rules.device_text([]) == ""
    assert rules.device_text([("空调", "格力", "")]) == "空调 格力"
    assert rules.device_text([("空调", "格力", "KFR-35GW"), ("电视", "", "")]) == "空调 格力 KFR-35GW 等 2 台"
    assert len(rules.device_text([("空" * 200, "", ""), ("", "x", "")])) <= 160


@pytest.mark.req("R-240")
@pytest.mark.parametrize(
    ("subjects", "words", "proposed"),
    [(("态度", "迟到"), ["滚蛋"], "态度"), (("态度", "迟到"), [], ""), (("迟到",), ["滚蛋"], "")],
)
def test_a_forbidden_word_speaks_of_manners(subjects: tuple[str, ...], words: list[str], proposed: str) -> None:
    assert rules.proposed_subject(subjects, words) == proposed
