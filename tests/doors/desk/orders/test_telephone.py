"""电话诊断 on the page of an order: what a code proposes, the steps to read out, and 电话解决."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.catalog import actions as catalog
from gongdan.catalog import queries as known
from gongdan.catalog.models import Category
from gongdan.dispatch.models import Visit
from gongdan.followup import actions as follow_up
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions, queries
from gongdan.orders.models import Order, PhoneFix
from gongdan.orders.states import Status
from tests.doors.desk.orders.page import button_labels, text_of

pytestmark = pytest.mark.django_db

Register = Callable[..., Order]
ClientFor = Callable[[Actor], Client]
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def broadband(db: None, now: datetime) -> Category:
    catalog.load_seed(by=SYSTEM, at=now)
    return Category.objects.get(code="broadband")


@pytest.fixture
def offline(register: Register, broadband: Category) -> Order:
    """A broadband customer cannot get on line."""
    return register(symptom="上不了网", category_id=broadband.pk)


def url(name: str, order: Order, *args: Any) -> str:
    return reverse(f"desk:{name}", args=[order.number, *args])


@pytest.mark.req("R-066", "R-067")
@pytest.mark.parametrize("code", ["691", "769"])
def test_a_code_that_is_solved_by_phone_proposes_it_with_steps_to_read_out_and_tick(
    code: str, offline: Order, agent: Actor, client_for: ClientFor
) -> None:
    answer = client_for(agent).get(url("order-advice", offline), {"code": f"错误{code}"}, headers=FRAGMENT)

    shown, page = text_of(answer), answer.content.decode()
    assert "建议电话解决" in shown
    assert "<!doctype" not in page.lower()
    advice = known.advice_for(offline.category_id, code)
    assert advice is not None
    assert len(advice.steps) >= 2
    for step in advice.steps:
        assert f'name="steps" value="{step}"' in page
    assert all(question in shown for question in advice.questions)


@pytest.mark.req("R-069")
@pytest.mark.parametrize("words", ["678", "掉线", "掉包", "丢包", "网速慢"])
def test_a_fault_that_needs_a_visit_proposes_one(
    words: str, offline: Order, agent: Actor, client_for: ClientFor
) -> None:
    answer = client_for(agent).get(url("order-advice", offline), {"code": words}, headers=FRAGMENT)

    assert "建议上门" in text_of(answer)
    assert "建议电话解决" not in text_of(answer)


@pytest.mark.req("R-066", "R-069")
@pytest.mark.parametrize(
    ("typed", "proposal"), [({"error_code": "691"}, "建议电话解决"), ({"symptom": "老是掉线"}, "建议上门")]
)
def test_the_page_proposes_by_what_was_registered(
    typed: dict[str, str],
    proposal: str,
    register: Register,
    broadband: Category,
    agent: Actor,
    client_for: ClientFor,
) -> None:
    order = register(**{"symptom": "上不了网"} | typed, category_id=broadband.pk)

    page = client_for(agent).get(url("order", order))

    assert proposal in text_of(page)
    assert "电话解决" in button_labels(page)


def test_a_code_that_nobody_knows_says_so(offline: Order, agent: Actor, stranger: Actor, client_for: ClientFor) -> None:
    answer = client_for(agent).get(url("order-advice", offline), {"code": "12345"}, headers=FRAGMENT)

    assert "没有“12345”的处理建议" in text_of(answer)
    assert client_for(stranger).get(url("order-advice", offline)).status_code == 403


@pytest.mark.req("R-066", "R-067")
def test_it_is_solved_by_phone_with_the_steps_that_were_ticked(
    offline: Order, agent: Actor, client_for: ClientFor
) -> None:
    client = client_for(agent)
    advice = known.advice_for(offline.category_id, "691")
    assert advice is not None
    typed = {"code": "691", "reason": "misuse", "steps": list(advice.steps[:2]), "seen": offline.version, "note": ""}

    assert client.post(url("order-phone", offline), typed).status_code == 303

    offline.refresh_from_db()
    assert (offline.status, offline.error_code) == (Status.TO_FOLLOW_UP, "691")
    shown = text_of(client.get(url("order", offline)))
    assert "电话解决 使用不当 691" in shown
    assert advice.steps[1] in shown
    assert advice.steps[2] not in shown
    steps = client.get(url("order", offline)).content.decode().partition('class="d-steps"')[2].partition("</ol>")[0]
    assert re.findall(r"接待|派工|维修处理|结算|电话解决|回访", steps) == ["接待", "电话解决", "回访"]


def test_without_a_reason_it_is_refused_at_the_field_and_keeps_the_ticks(
    offline: Order, agent: Actor, client_for: ClientFor
) -> None:
    advice = known.advice_for(offline.category_id, "769")
    assert advice is not None
    typed = {"code": "769", "steps": [advice.steps[0]], "seen": offline.version}

    answer = client_for(agent).post(url("order-phone", offline), typed)

    assert answer.status_code == 422
    assert f'name="steps" value="{advice.steps[0]}" checked' in answer.content.decode()
    assert not PhoneFix.objects.exists()


@pytest.mark.req("R-066")
def test_a_visit_that_nobody_set_out_for_is_called_off_with_it(
    dispatched: Order, dispatcher: Actor, client_for: ClientFor
) -> None:
    client = client_for(dispatcher)
    typed = {"reason": "guided", "seen": queries.version(dispatched.pk)}

    assert client.post(url("order-phone", dispatched), typed).status_code == 303

    dispatched.refresh_from_db()
    assert dispatched.status == Status.TO_FOLLOW_UP
    assert Visit.objects.get(order=dispatched).status == "void"


@pytest.mark.req("R-064")
def test_the_script_of_broadband_asks_code_and_lights_and_shows_the_answers(
    offline: Order, agent: Actor, client_for: ClientFor
) -> None:
    client = client_for(agent)
    shown = text_of(client.get(url("order", offline)))
    asked = known.questions(offline.category_id)
    code, light = (next(row for row in asked if word in row.text) for word in ("错误代码", "灯"))
    assert code.text in shown
    assert light.text in shown
    lit = light.choices[0] if light.choices else "LOS 红灯闪"

    typed = {f"answer_{code.pk}": "678", f"answer_{light.pk}": lit}
    assert client.post(url("order-script", offline), typed).status_code == 303

    page = client.get(url("order", offline))
    facts = text_of(page).partition("电话诊断")[2]
    assert f"{light.text} {lit}" in facts
    assert "建议上门" in text_of(page)  # the answer named 678
    assert queries.page(offline.pk, agent).version == offline.version


@pytest.mark.req("R-065")
def test_the_first_judgement_is_written_and_what_it_lacks_is_said(
    offline: Order, agent: Actor, client_for: ClientFor
) -> None:
    client = client_for(agent)
    assert "初步诊断还缺：前因后果、初步范围、初步方案、与客户确认" in text_of(client.get(url("order", offline)))
    typed = {
        "background": "昨晚打雷后断网",
        "rough_scope": "光猫或入户线",
        "rough_plan": "带光猫上门",
        "is_confirmed": "on",
    }

    assert client.post(url("order-preliminary", offline), typed).status_code == 303

    shown = text_of(client.get(url("order", offline)))
    assert "初步诊断还缺" not in shown
    assert "昨晚打雷后断网" in shown
    assert client.post(url("order-preliminary", offline), {"background": " "}).status_code == 422


@pytest.mark.parametrize("verb", ["script", "preliminary", "phone", "judge", "handle", "compensate", "chase"])
def test_the_verbs_are_posted_only_and_only_for_whoever_sees_the_order(
    verb: str, repair: Order, agent: Actor, stranger: Actor, client_for: ClientFor
) -> None:
    assert client_for(agent).get(url(f"order-{verb}", repair)).status_code == 405
    assert client_for(stranger).post(url(f"order-{verb}", repair), {}).status_code == 403


def test_who_does_not_call_customers_sees_no_form_but_the_result(
    offline: Order, agent: Actor, cashier: Actor, client_for: ClientFor
) -> None:
    assert "电话诊断" not in text_of(client_for(cashier).get(url("order", offline)))
    assert client_for(cashier).post(url("order-phone", offline), {"reason": "guided", "seen": 1}).status_code == 403
    client_for(agent).post(url("order-phone", offline), {"reason": "guided", "seen": offline.version})
    shown = client_for(cashier).get(url("order", offline))
    assert "电话诊断" in text_of(shown)
    assert "电话解决" not in button_labels(shown)


@pytest.mark.req("R-063")
@pytest.mark.parametrize(("when", "hours"), [("hour", 1), ("evening", 9), ("morning", 23)])
def test_nobody_answered_is_one_click_with_the_next_time(
    when: str, hours: int, repair: Order, technician: Actor, agent: Actor, client_for: ClientFor, now: datetime
) -> None:
    client = client_for(agent)
    labels = button_labels(client.get(url("order", repair)))
    assert {"接通", "拒接", "空号", "关机"} <= set(labels)

    assert client.post(url("order-contact", repair), {"do": f"no_answer:{when}"}).status_code == 303

    row = repair.contact_attempts.get()
    assert row.result == "no_answer"
    assert row.next_at is not None
    assert row.next_at > row.at
    page = text_of(client.get(url("order", repair)))
    assert "已联系 1 次，接通 0 次" in page


@pytest.mark.req("R-062")
def test_each_result_is_one_click(repair: Order, agent: Actor, client_for: ClientFor) -> None:
    client = client_for(agent)

    for result in ("reached", "rejected", "dead_number", "switched_off"):
        assert client.post(url("order-contact", repair), {"do": result, "note": "试试"}).status_code == 303
    assert client.post(url("order-contact", repair), {"do": "no_answer"}).status_code == 422
    assert client.post(url("order-contact", repair), {}).status_code == 422

    shown = text_of(client.get(url("order", repair)))
    assert "已联系 4 次，接通 1 次" in shown
    for words in ("接通", "拒接", "空号", "关机", "试试", "王芳"):
        assert words in shown


@pytest.mark.req("R-063")
def test_the_reminder_stands_in_the_technicians_list_at_that_time_with_the_count_and_goes_with_the_next_call(
    dispatched: Order, technician: Actor, other_technician: Actor, client_for: ClientFor, now: datetime
) -> None:
    due = now + timedelta(hours=1)
    for n in (2, 1):
        actions.log_contact(
            dispatched.pk,
            purpose="contact",
            result="no_answer",
            next_at=due,
            by=technician,
            at=now + timedelta(minutes=n),
        )

    assert queries.due_contacts(technician, now=due - timedelta(seconds=1)) == []
    assert queries.due_contacts(other_technician, now=due) == []
    (row,) = queries.due_contacts(technician, now=due)
    assert (row["order__number"], row["attempts"]) == (dispatched.number, 2)
    actions.log_contact(dispatched.pk, purpose="contact", result="reached", by=technician, at=due)
    assert queries.due_contacts(technician, now=due + timedelta(hours=1)) == []


@pytest.mark.req("R-066", "R-068")
def test_after_guidance_that_did_not_help_a_visit_is_proposed(
    offline: Order, agent: Actor, supervisor: Actor, client_for: ClientFor, now: datetime
) -> None:
    actions.edit(offline.pk, seen=offline.version, changes={"error_code": "691"}, by=agent, at=now)
    client = client_for(agent)
    seen = queries.version(offline.pk)
    client.post(url("order-phone", offline), {"code": "691", "reason": "guided", "seen": seen, "note": ""})
    follow_up.seed_labels()
    follow_up.record_answer(offline.pk, "broken", by=supervisor, at=now + timedelta(hours=2))

    page = client.get(url("order", offline))
    offline.refresh_from_db()
    assert offline.status == Status.TO_DISPATCH
    assert "建议上门 电话指导没有解决，请安排上门" in text_of(page)
    assert "建议电话解决" not in text_of(page)
    assert 'name="steps"' not in page.content.decode()
    again = client.get(url("order-advice", offline), {"code": "769"})
    assert "建议电话解决" in text_of(again), "whoever types another code still gets its steps"
