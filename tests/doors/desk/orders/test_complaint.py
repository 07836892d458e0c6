"""投诉处理 on the page of an order: liability, handling, result and compensation by rule, then the call-back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.catalog.models import ForbiddenWord
from gongdan.kernel.actor import Actor
from gongdan.orders import actions, queries
from gongdan.orders.models import CompensationRule, Complaint, Order, Relation
from gongdan.orders.states import Status
from tests.doors.desk.orders.page import button_labels, text_of

pytestmark = pytest.mark.django_db

ClientFor = Callable[[Actor], Client]


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    actions.seed_rules()


@pytest.fixture
def complaint(repair: Order, agent: Actor, now: datetime) -> Order:
    Order.objects.filter(pk=repair.pk).update(due_fen=20000, money_state="paid")
    return actions.complain(repair.pk, "师傅迟到还不道歉", by=agent, at=now)


def url(name: str, order: Order, *args: Any) -> str:
    return reverse(f"desk:{name}", args=[order.number, *args])


def seen(order: Order) -> int:
    return queries.version(order.pk)


@pytest.mark.req("R-050")
def test_a_complaint_is_judged_handled_and_compensated_by_rule_and_waits_for_its_call(
    complaint: Order, repair: Order, agent: Actor, client_for: ClientFor
) -> None:
    client = client_for(agent)
    rule = CompensationRule.objects.get(name="迟到赔付").pk
    page = client.get(url("order", complaint))
    assert "还缺：投诉类别、责任、处理、处理结果、赔付决定" in text_of(page)
    assert "处理完毕，转回访" not in button_labels(page)

    for name, typed in (
        ("judge", {"subject": "迟到", "liability": "shop", "finding": "派晚了", "about_number": repair.number}),
        ("handle", {"handling": "电话致歉", "outcome": "客户接受"}),
        ("compensate", {"rule_id": rule}),
    ):
        answer = client.post(url(f"order-{name}", complaint), typed | {"seen": seen(complaint)})
        assert answer.status_code == 303, text_of(answer)

    page = client.get(url("order", complaint))
    assert "迟到赔付 · ¥20.00" in text_of(page)
    assert re.search(r"责任\s+（空）\s+→\s+本店", text_of(page)), "the history says it in words"
    assert "已收款，赔付要在结算里退款" in text_of(page)
    assert reverse("desk:settlement-order", args=[repair.number]) in page.content.decode()
    answer = client.post(url("order-finish-complaint", complaint), {"seen": seen(complaint)})
    assert answer.status_code == 303
    complaint.refresh_from_db()
    assert complaint.status == Status.TO_FOLLOW_UP
    steps = client.get(url("order", complaint)).content.decode().partition('class="d-steps"')[2].partition("</ol>")[0]
    assert re.findall(r"接待|派工|投诉处理|结算|回访|结单", steps) == ["接待", "投诉处理", "回访", "结单"]


@pytest.mark.req("R-050")
def test_it_cannot_end_with_something_missing(complaint: Order, agent: Actor, client_for: ClientFor) -> None:
    answer = client_for(agent).post(url("order-finish-complaint", complaint), {"seen": seen(complaint)})

    assert answer.status_code == 409
    assert "投诉还不能结束，请先填写：投诉类别、责任、处理、处理结果、赔付决定" in text_of(answer)


@pytest.mark.req("R-050")
def test_an_amount_above_the_limit_is_the_rules_and_the_supervisors(
    complaint: Order, agent: Actor, supervisor: Actor, client_for: ClientFor, now: datetime
) -> None:
    actions.judge(complaint.pk, subject="收费", liability="shop", seen=seen(complaint), by=agent, at=now)
    rule = CompensationRule.objects.get(name="多收退差额").pk
    page = client_for(agent).get(url("order", complaint))
    assert "多收退差额 ¥200.00（账单 ¥200.00 的 100%）" in text_of(page)

    refused = client_for(agent).post(url("order-compensate", complaint), {"rule_id": rule, "seen": seen(complaint)})
    typed = {"rule_id": rule, "fen": "300", "reason": "客户坚持", "seen": seen(complaint)}
    free = client_for(supervisor).post(url("order-compensate", complaint), typed)
    assert (refused.status_code, free.status_code) == (422, 422)
    assert "请由主管（有“裁定投诉赔付”权限）决定" in text_of(refused)
    assert "的金额不能自己填；所选规则给" in text_of(free)
    assert not Complaint.objects.get().compensation
    done = client_for(supervisor).post(url("order-compensate", complaint), {"rule_id": rule, "seen": seen(complaint)})
    assert done.status_code == 303
    assert Complaint.objects.get().fen == 20000


def test_no_choice_and_no_reason_are_told_at_their_fields(
    complaint: Order, agent: Actor, client_for: ClientFor, now: datetime
) -> None:
    client = client_for(agent)
    judged = client.post(url("order-judge", complaint), {"liability": "technician", "seen": seen(complaint)})
    assert judged.status_code == 422
    actions.judge(complaint.pk, subject="迟到", liability="shop", seen=seen(complaint), by=agent, at=now)

    none = client.post(url("order-compensate", complaint), {"seen": seen(complaint)})
    nothing = client.post(url("order-compensate", complaint), {"rule_id": "0", "seen": seen(complaint)})
    handled = client.post(url("order-handle", complaint), {"handling": " ", "seen": seen(complaint)})

    assert "请选择一条赔付规则，或不赔付" in text_of(none)
    assert "责任在本店而不赔付，请填写原因" in text_of(nothing)
    assert handled.status_code == 422


@pytest.mark.req("R-240")
def test_a_foul_word_proposes_that_it_is_about_manners(
    repair: Order, agent: Actor, client_for: ClientFor, now: datetime
) -> None:
    word = ForbiddenWord.objects.create(word="滚蛋", word_key="滚蛋")
    complaint = actions.complain(repair.pk, f"师傅叫我{word.word}", by=agent, at=now)

    page = client_for(agent).get(url("order", complaint)).content.decode()

    assert 'name="subject" value="态度"' in page
    start = page.index('name="subject" value="态度"')
    assert "checked" in page[start : start + 120]


@pytest.mark.req("R-049", "R-050")
def test_a_repair_comes_out_of_a_complaint_by_one_click_and_the_complaint_goes_on(
    complaint: Order, agent: Actor, client_for: ClientFor
) -> None:
    client = client_for(agent)
    assert "转维修" in button_labels(client.get(url("order", complaint)))

    answer = client.post(url("order-turn", complaint), {})

    made = Relation.objects.get(earlier=complaint).order
    assert answer.headers["Location"] == url("order", made)
    complaint.refresh_from_db()
    assert (made.status, complaint.status) == (Status.TO_DISPATCH, Status.ANSWERING)
    shown = client.get(url("order", complaint))
    assert made.number in text_of(shown)
    assert "转维修" not in button_labels(shown)
    assert "由此投诉转来" in text_of(client.get(url("order", made)))


@pytest.mark.req("R-049")
def test_a_repair_that_nobody_began_can_still_become_a_question_and_one_that_was_begun_cannot(
    repair: Order, dispatched: Order, agent: Actor, dispatcher: Actor, client_for: ClientFor, now: datetime
) -> None:
    assert {"转咨询", "转投诉"}.isdisjoint(button_labels(client_for(agent).get(url("order", dispatched))))
    fresh = actions.repair_from_inquiry(_question(repair, agent, now).pk, by=agent, at=now)
    page = client_for(agent).get(url("order", fresh))
    assert {"转咨询", "转投诉"} <= set(button_labels(page))

    assert client_for(agent).post(url("order-flow", fresh, "inquiry"), {"seen": fresh.version}).status_code == 303
    fresh.refresh_from_db()
    assert (fresh.status, fresh.flow) == (Status.ANSWERING, "inquiry")


def _question(like: Order, agent: Actor, now: datetime) -> Order:
    order = actions.register(
        actions.OrderDraft(symptom="滤网怎么洗", source="direct", customer_id=like.customer_id), by=agent, at=now
    )
    return actions.choose_inquiry(order.pk, seen=order.version, by=agent, at=now)


@pytest.mark.req("R-050")
def test_the_rules_are_kept_by_the_shop(admin: Actor, agent: Actor, client_for: ClientFor) -> None:
    client, address = client_for(admin), reverse("desk:compensation")
    assert client_for(agent).get(address).status_code == 403
    assert "迟到赔付" in text_of(client.get(address))
    typed = {"name": "弄脏地面", "subject": "损坏", "kind": "money", "fen": "30", "is_active": "on"}

    assert client.post(address, typed).status_code == 303
    row = CompensationRule.objects.get(name="弄脏地面")
    assert (row.fen, row.subject) == (3000, "损坏")
    one = reverse("desk:compensation-rule", args=[row.pk])
    assert client.post(one, typed | {"fen": "40", "seen": 1}).status_code == 303
    assert client.post(one, typed | {"fen": "50", "seen": 1}).status_code == 409
    assert client.post(address, {"name": "", "kind": "money"}).status_code == 422
    assert client.get(reverse("desk:compensation-rule", args=[999_999])).status_code == 404
    row.refresh_from_db()
    assert row.fen == 4000


@pytest.mark.req("R-050")
def test_who_did_the_work_alone_is_proposed_until_it_is_judged(
    dispatched: Order, agent: Actor, technician: Actor, client_for: ClientFor, now: datetime
) -> None:
    complaint = actions.complain(dispatched.pk, "师傅迟到还不道歉", by=agent, at=now)
    client = client_for(agent)

    assert f'<option value="{technician.id}" selected' in client.get(url("order", complaint)).content.decode()

    actions.judge(
        complaint.pk, subject="迟到", about_number=dispatched.number, person_id=None, liability="customer",
        finding="", seen=complaint.version, by=agent, at=now,
    )  # fmt: skip
    assert f'<option value="{technician.id}" selected' not in client.get(url("order", complaint)).content.decode()
