"""The page of an order and its verbs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from gongdan.catalog.models import Category
from gongdan.customers.models import Customer
from gongdan.dispatch import actions as dispatch
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.text import _
from gongdan.orders import actions, queries
from gongdan.orders.models import ContactAttempt, Order, Relation
from gongdan.orders.rules import DeviceDraft, OrderDraft, Room
from gongdan.orders.states import Status
from tests.doors.desk.orders.page import button_labels, text_of, timeline_of

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Actor], Client]
Register = Callable[..., Order]


def url(name: str, order: Order, *more: str) -> str:
    return reverse(f"desk:{name}", args=[order.number, *more])


def test_it_shows_number_customer_fault_and_status_in_its_head(
    repair: Order, agent: Actor, client_for: ClientFor
) -> None:
    page = client_for(agent).get(url("order", repair))
    assert page.status_code == 200
    shown = text_of(page)
    assert repair.number in shown
    assert "格力 KFR-35GW" in shown
    assert "空调不制冷" in shown
    assert "待派工" in shown


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_the_page_is_only_read(repair: Order, agent: Actor, client_for: ClientFor, method: str) -> None:
    assert getattr(client_for(agent), method)(url("order", repair)).status_code == 405


def test_an_order_of_another_site_is_forbidden_and_an_unknown_number_is_missing(
    repair: Order, stranger: Actor, client_for: ClientFor
) -> None:
    client = client_for(stranger)
    assert client.get(url("order", repair)).status_code == 403
    assert client.get(reverse("desk:order", args=["GD-NONE"])).status_code == 404


def test_a_technician_sees_only_orders_given_to_him(
    dispatched: Order, technician: Actor, other_technician: Actor, client_for: ClientFor
) -> None:
    assert client_for(technician).get(url("order", dispatched)).status_code == 200
    assert client_for(other_technician).get(url("order", dispatched)).status_code == 403


def test_a_number_is_masked_for_eyes_that_may_not_see_it(
    repair: Order, agent: Actor, site: Any, hire: Callable[..., Actor], client_for: ClientFor
) -> None:
    storekeeper = hire(site, "kuguan", "库管", "storekeeper")
    assert 'href="tel:13812345678"' in client_for(agent).get(url("order", repair)).content.decode()
    page = client_for(storekeeper).get(url("order", repair)).content.decode()
    assert "13812345678" not in page
    assert "138****5678" in page


@pytest.mark.req("R-048")
@pytest.mark.parametrize(
    ("flow", "status"),
    [("inquiry", Status.ANSWERING), ("complaint", Status.ANSWERING), ("repair", Status.TO_DISPATCH)],
)
def test_one_of_three_flows_is_chosen_with_time_and_user(
    register: Register, agent: Actor, client_for: ClientFor, flow: str, status: Status
) -> None:
    order = register()
    client = client_for(agent)
    page = client.get(url("order", order))
    assert {"转维修", "转咨询", "转投诉"} <= set(button_labels(page))
    answer = client.post(url("order-flow", order, flow), {"seen": order.version})
    assert answer.status_code == 303
    order.refresh_from_db()
    assert (order.status, order.flow, order.flow_chosen_by_id) == (status, flow, agent.id)
    assert order.flow_chosen_at is not None


def test_a_flow_that_is_none_is_missing(register: Register, agent: Actor, client_for: ClientFor) -> None:
    order = register()
    assert client_for(agent).post(url("order-flow", order, "fly"), {"seen": order.version}).status_code == 404


def test_a_flow_chosen_on_an_old_page_tells_who_was_faster(
    register: Register, agent: Actor, dispatcher: Actor, client_for: ClientFor, now: datetime
) -> None:
    order = register()
    actions.choose_inquiry(order.pk, seen=order.version, by=dispatcher, at=now)
    answer = client_for(agent).post(url("order-flow", order, "repair"), {"seen": order.version})
    assert answer.status_code == 409
    assert "何静" in text_of(answer)


def test_a_role_without_the_right_may_not_choose(register: Register, cashier: Actor, client_for: ClientFor) -> None:
    order = register()
    page = client_for(cashier).get(url("order", order))
    assert "转维修" not in button_labels(page)
    assert client_for(cashier).post(url("order-flow", order, "repair"), {"seen": order.version}).status_code == 403


@pytest.mark.parametrize("verb", ["accept", "answer", "cancel", "turn", "complain", "contact", "receipt", "sheet"])
def test_verbs_are_posted_only_and_only_for_whoever_sees_the_order(
    repair: Order, agent: Actor, stranger: Actor, client_for: ClientFor, verb: str
) -> None:
    assert client_for(agent).get(url(f"order-{verb}", repair)).status_code == 405
    assert client_for(stranger).post(url(f"order-{verb}", repair), {}).status_code == 403


@pytest.mark.req("R-047")
def test_an_online_request_is_received_with_time_and_user(
    register: Register, agent: Actor, client_for: ClientFor
) -> None:
    order = register(channel="online")
    Order.objects.filter(pk=order.pk).update(accepted_at=None, accepted_by=None)
    client = client_for(agent)
    assert "接收" in button_labels(client.get(url("order", order)))
    assert client.post(url("order-accept", order), {"seen": order.version}).status_code == 303
    order.refresh_from_db()
    assert order.accepted_by_id == agent.id


@pytest.mark.req("R-049")
def test_a_question_is_answered_and_closed_without_dispatch_or_money(
    question: Order, agent: Actor, client_for: ClientFor
) -> None:
    client = client_for(agent)
    page = client.get(url("order", question))
    assert "答复并结单" in button_labels(page)
    typed = {"text": "两周洗一次，用清水", "question": "滤网多久洗一次", "seen": question.version, "then": "close"}
    assert client.post(url("order-answer", question), typed).status_code == 303
    question.refresh_from_db()
    assert question.status == Status.CLOSED
    shown = text_of(client.get(url("order", question)))
    assert "两周洗一次，用清水" in shown
    assert "王芳" in shown


def test_an_answer_without_words_says_so_at_the_field_and_keeps_the_question(
    question: Order, agent: Actor, client_for: ClientFor
) -> None:
    typed = {"text": "  ", "question": "滤网要不要换", "seen": question.version, "then": "close"}
    answer = client_for(agent).post(url("order-answer", question), typed)
    assert answer.status_code == 422
    assert "请填写答复" in text_of(answer)
    assert "滤网要不要换" in answer.content.decode()


def test_an_answer_over_a_colleagues_is_refused_and_keeps_its_words(
    question: Order, agent: Actor, dispatcher: Actor, client_for: ClientFor, now: datetime
) -> None:
    actions.answer(question.pk, text="先这样", seen=question.version, by=dispatcher, at=now)
    typed = {"text": "我的答复", "question": "", "seen": question.version}
    answer = client_for(agent).post(url("order-answer", question), typed)
    assert answer.status_code == 409
    assert "何静" in text_of(answer)
    assert "我的答复" in answer.content.decode()


@pytest.mark.req("R-049")
def test_a_closed_question_becomes_a_linked_repair_and_nothing_is_typed_again(
    question: Order, agent: Actor, client_for: ClientFor, now: datetime
) -> None:
    actions.answer(question.pk, text="两周一次", seen=question.version, by=agent, at=now)
    actions.close_answered(question.pk, seen=queries.version(question.pk), by=agent, at=now)
    client = client_for(agent)
    assert "转维修" in button_labels(client.get(url("order", question)))
    answer = client.post(url("order-turn", question), {"once_key": "k1"})
    made = Relation.objects.get(earlier=question).order
    assert answer.headers["Location"] == url("order", made)
    assert (made.status, made.symptom, made.phone, made.address) == (
        Status.TO_DISPATCH, question.symptom, question.phone, question.address,
    )  # fmt: skip
    again = client.post(url("order-turn", question), {"once_key": "k1"})
    assert again.headers["Location"] == url("order", made)
    old, new = text_of(client.get(url("order", question))), text_of(client.get(url("order", made)))
    assert made.number in old
    assert "已转维修单" in old
    assert question.number in new
    assert "由此咨询转来" in new


def test_an_open_question_turns_into_a_repair_as_it_is(question: Order, agent: Actor, client_for: ClientFor) -> None:
    answer = client_for(agent).post(url("order-turn", question), {})
    assert answer.headers["Location"] == url("order", question)
    question.refresh_from_db()
    assert question.status == Status.TO_DISPATCH


def test_a_repair_cannot_be_turned_and_says_why(repair: Order, agent: Actor, client_for: ClientFor) -> None:
    answer = client_for(agent).post(url("order-turn", repair), {})
    assert answer.status_code == 409
    assert "只有咨询或投诉单可以转维修" in text_of(answer)


def test_a_complaint_about_an_order_is_an_order_of_its_own(repair: Order, agent: Actor, client_for: ClientFor) -> None:
    client = client_for(agent)
    answer = client.post(url("order-complain", repair), {"content": "师傅迟到两小时"})
    made = Relation.objects.get(earlier=repair).order
    assert answer.headers["Location"] == url("order", made)
    assert (made.flow, made.symptom) == ("complaint", "师傅迟到两小时")
    empty = client.post(url("order-complain", repair), {"content": ""})
    assert empty.status_code == 422
    assert "请填写投诉内容" in text_of(empty)


def test_it_is_cancelled_with_a_reason_only(repair: Order, agent: Actor, client_for: ClientFor) -> None:
    client = client_for(agent)
    empty = client.post(url("order-cancel", repair), {"reason": "", "seen": repair.version})
    assert empty.status_code == 422
    assert "请填写取消原因" in text_of(empty)
    assert client.post(url("order-cancel", repair), {"reason": "自行修好", "seen": repair.version}).status_code == 303
    repair.refresh_from_db()
    assert repair.status == Status.CANCELLED
    assert "取消了工单：自行修好" in text_of(client.get(url("order", repair)))


@pytest.mark.req("R-063")
def test_nobody_answering_demands_the_next_time(repair: Order, agent: Actor, client_for: ClientFor) -> None:
    client = client_for(agent)
    typed = {"purpose": "appointment", "result": "no_answer", "note": "响了很久", "next_at": ""}
    refused = client.post(url("order-contact", repair), typed)
    assert refused.status_code == 422
    assert "无人接时请填写下次联系时间" in text_of(refused)
    assert "响了很久" in refused.content.decode()
    assert client.post(url("order-contact", repair), typed | {"next_at": "2099-03-11T15:00"}).status_code == 303
    attempt = ContactAttempt.objects.get(order=repair)
    assert (attempt.result, attempt.note, attempt.by_id) == ("no_answer", "响了很久", agent.id)
    assert "响了很久" in text_of(client.get(url("order", repair)))


def test_a_repeated_click_logs_one_contact(repair: Order, agent: Actor, client_for: ClientFor) -> None:
    client = client_for(agent)
    typed = {"purpose": "contact", "result": "reached", "once_key": "same"}
    for _n in range(2):
        assert client.post(url("order-contact", repair), typed).status_code == 303
    assert ContactAttempt.objects.filter(order=repair).count() == 1


@pytest.mark.req("R-079")
def test_what_happened_stands_in_order_of_time_with_who_and_when(
    dispatched: Order, technician: Actor, agent: Actor, client_for: ClientFor, now: datetime
) -> None:
    visit = dispatched.visits.get()
    dispatch.accept(visit.pk, by=technician, at=now + timedelta(minutes=5))
    entries = timeline_of(client_for(agent).get(url("order", dispatched)))
    assert [(who, what) for who, what, _at in entries][:1] == [("李建国", "接单")]
    assert [what for _who, what, _at in entries][-1].startswith("登记工单")
    times = [at for _who, _what, at in entries]
    assert times == sorted(times, reverse=True)


def test_the_station_whose_turn_it_is_has_the_one_primary_button(
    repair: Order, dispatcher: Actor, agent: Actor, client_for: ClientFor
) -> None:
    page = client_for(dispatcher).get(url("order", repair)).content.decode()
    assert page.count('class="k-button k-primary"') == 1
    assert f'href="{url("dispatch-order", repair)}"' in page
    assert f'href="{url("dispatch-order", repair)}"' not in client_for(agent).get(url("order", repair)).content.decode()


def test_both_ends_of_promise_and_the_technician_show(dispatched: Order, agent: Actor, client_for: ClientFor) -> None:
    shown = text_of(client_for(agent).get(url("order", dispatched)))
    assert "李建国" in shown
    assert "12:00–14:00" in shown


@pytest.mark.req("R-130")
def test_earlier_orders_of_the_device_are_one_click_away(
    repair: Order, register: Register, agent: Actor, client_for: ClientFor
) -> None:
    device = repair.device_lines.get().device_id
    again = register(symptom="又不制冷了", devices=(DeviceDraft(device_id=device),))
    page = client_for(agent).get(url("order", again)).content.decode()
    assert f'href="{url("order", repair)}"' in page


def test_a_held_order_says_what_stands_against_it(
    repair: Order, agent: Actor, client_for: ClientFor, now: datetime
) -> None:
    with transaction.atomic():
        actions.place_hold(actions.locked(repair.pk), "dispatch", _("群障，等主管确认"), by=SYSTEM, at=now)
    assert "群障，等主管确认" in text_of(client_for(agent).get(url("order", repair)))


def test_inside_htmx_a_verb_answers_the_order_block_alone(
    register: Register, agent: Actor, client_for: ClientFor
) -> None:
    order = register()
    answer = client_for(agent).post(
        url("order-flow", order, "repair"),
        {"seen": order.version},
        headers={"HX-Request": "true", "HX-Target": "div#order"},
    )
    body = answer.content.decode()
    assert answer.status_code == 200
    assert body.lstrip().startswith('<div id="order"')
    assert "<html" not in body


def test_a_past_order_is_for_reading_only(repair: Order, agent: Actor, client_for: ClientFor) -> None:
    Order.objects.filter(pk=repair.pk).update(is_historic=True)
    page = client_for(agent).get(url("order", repair))
    assert not {"修改", "打印", "取消这张工单", "记下"} & set(button_labels(page))
    assert "历史工单" in text_of(page)


@pytest.mark.req("R-038", "O-038")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("order-ticket", ("故障单", "回单", "电话", "空调不制冷", "王芳")),
        ("order-sign-sheet", ("签收表", "301", "302", "签收")),
    ],
)
def test_ticket_and_sheet_to_be_signed_are_opened_from_the_order(
    name: str, shown: tuple[str, ...], register: Register, agent: Actor, client_for: ClientFor
) -> None:
    rooms = tuple(DeviceDraft(place=place, symptom="不制冷") for place in ("301", "302"))
    order, client = register(devices=rooms), client_for(agent)
    assert url(name, order) in client.get(url("order", order)).content.decode()

    paper = client.post(url(name, order), follow=True)

    page = text_of(paper)
    for words in (order.number, *shown):
        assert words in page, words
    assert "data-print" in paper.content.decode()


@pytest.mark.req("O-038", "R-042")
def test_many_rooms_stand_in_a_table_with_whom_to_ask_and_how_to_reach_him(
    customer: Customer, aircon: Category, agent: Actor, now: datetime, client_for: ClientFor
) -> None:
    draft = OrderDraft(symptom="", source="direct", customer_id=customer.pk, category_id=aircon.pk)
    rooms = [Room(f"{n}01", "不制冷", f"住户{n}", f"1370000000{n}") for n in range(1, 6)]
    order = actions.register_bulk(draft, rooms, by=agent, at=now)

    page = client_for(agent).get(reverse("desk:order", args=[order.number]))

    rows = re.findall(r'<th scope="row">(.*?)</tr>', page.content.decode(), re.DOTALL)
    assert len(rows) == 5
    assert text_of(page).count("住户3") == 1
    assert 'href="tel:13700000003"' in rows[2]
    assert "影响范围 部门" in text_of(page), "five rooms are not one machine"


@pytest.mark.req("O-048", "O-052")
def test_what_a_call_may_be_besides_stands_at_the_head_of_a_long_order(
    repair: Order, agent: Actor, client_for: ClientFor
) -> None:
    shown = text_of(client_for(agent).get(url("order", repair)))
    for label in ("催单", "电话是错号", "登记投诉", "取消工单"):
        assert shown.index(label) < shown.index("客户与联系"), label
