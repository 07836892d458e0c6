"""Follow-up through the open API: one-word answers, messages, survey, feedback, improvements, tracking, series."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.utils import timezone

from gongdan.followup import actions
from gongdan.followup.models import CallBack, Improvement, Message
from gongdan.kernel.actor import Actor
from gongdan.orders.models import Order
from tests.doors.api.test_walks import Caller
from tests.settlement.cast import Make, finished, in_repair, settled, till

__all__ = ["finished", "in_repair", "settled", "till"]

pytestmark = pytest.mark.django_db
Calls = Callable[[Actor], Caller]


@pytest.fixture
def caller(now: datetime) -> Calls:
    return lambda actor: Caller(actor, now)


@pytest.mark.req("R-184", "O-056")
def test_one_word_settles_a_call_and_the_list_says_why(
    settled: Make, agent: Actor, cashier: Actor, caller: Calls, now: datetime
) -> None:
    first, second = settled(900_00, name="甲"), settled(name="乙")
    for order in (first, second):
        actions.plan_call(order.pk, at=now)
    desk = caller(agent)

    listed = desk.get("/calls?scope=all")
    assert [row["number"] for row in listed["rows"]] == [first.number, second.number]
    assert "金额超过 500 元" in listed["rows"][0]["reasons"]
    assert listed["unposted"] == {"to_settle": 0, "to_follow_up": 2}

    body = {"answer": "fixed", "survey": {"价格": 4}, "seen": CallBack.objects.get(order=first).version}
    done = desk.post(f"/orders/{first.number}/call-answer", body, key="a1")
    assert (done["status"], done["call"]) == ("closed", "done")
    assert desk.post(f"/orders/{first.number}/call-answer", body, key="a1") == done
    missed = desk.post(f"/orders/{second.number}/call-answer", {"answer": "missed"})
    assert (missed["call"], missed["due_at"] != "", missed["counted"]) == ("due", True, True)
    early = desk.post(f"/orders/{second.number}/call-answer", {"answer": "missed"})
    assert (early["due_at"], early["counted"]) == (missed["due_at"], False)
    broken = desk.post(f"/orders/{second.number}/call-answer", {"answer": "broken"})
    assert broken["status"] == "to_dispatch"
    assert desk.call("POST", f"/orders/{second.number}/call-answer", {"answer": "perhaps"})[0] == 422
    assert caller(cashier).call("GET", "/calls")[0] == 403
    assert caller(cashier).call("POST", f"/orders/{second.number}/call-answer", {"answer": "fixed"})[0] == 403


@pytest.mark.req("O-056")
def test_messages_are_sent_and_answered(settled: Make, agent: Actor, caller: Calls) -> None:
    good, bad = settled(name="甲"), settled(name="乙")
    Order.objects.filter(pk__in=(good.pk, bad.pk)).update(phone="13812345678")
    long_ago = good.received_at
    for order in (good, bad):
        actions.plan_call(order.pk, at=long_ago)
    CallBack.objects.update(is_drawn=False)
    desk = caller(agent)

    first, second = desk.get("/follow-up-messages")
    edited = desk.post(f"/follow-up-messages/{first['id']}/text", {"text": "修好了吗？", "seen": first["version"]})
    assert edited["version"] == 2
    row = {"id": first["id"], "is": second["id"]}
    # The clock of the API is the present, and at night nothing goes out: they were sent before.
    Message.objects.update(state="sent", sent_at=long_ago)
    CallBack.objects.update(message_state="sent")
    assert len(desk.get("/follow-up-messages?scope=sent")) == 2
    answered = desk.post(f"/follow-up-messages/{row['id']}/reply", {"is_good": True, "words": "好"})
    assert answered["state"] == "done"
    called = desk.post(f"/follow-up-messages/{row['is']}/reply", {"is_good": False})
    assert (called["state"], called["risk"] >= 10) == ("due", True)
    assert desk.call("POST", f"/follow-up-messages/{row['is']}/sent")[0] == 409


@pytest.mark.req("R-187")
def test_nobody_is_called_before_the_ticket_is_returned_and_settled(
    in_repair: Make, finished: Make, agent: Actor, caller: Calls
) -> None:
    desk = caller(agent)
    for order in (in_repair(100_00), finished(100_00, name="乙")):
        status, refusal = desk.call("POST", f"/orders/{order.number}/call-answer", {"answer": "fixed"})
        assert (status, "完工并结算后才能回访" in refusal["detail"]) == (409, True)
    assert desk.get("/calls?scope=all")["rows"] == []


@pytest.mark.req("R-189", "R-193")
def test_survey_and_tracking(settled: Make, agent: Actor, cashier: Actor, caller: Calls) -> None:
    number = settled().number
    desk = caller(agent)

    assert desk.call("GET", f"/orders/{number}/survey")[0] == 404
    assert desk.call("POST", f"/orders/{number}/survey", {"scores": {"价格": 9}})[0] == 422
    assert desk.post(f"/orders/{number}/survey", {"scores": {"价格": 4}, "remark": "好"})["scores"] == {"价格": 4}
    assert desk.get(f"/orders/{number}/survey")["remark"] == "好"
    assert desk.call("POST", f"/orders/{number}/survey", {"scores": {"价格": 4}})[0] == 409

    said = {"is_resolved": False, "evaluation": "又坏了", "lesson": "查主板", "is_publishable": True}
    assert caller(cashier).call("POST", f"/orders/{number}/tracking", said)[0] == 403
    assert desk.post(f"/orders/{number}/tracking", said)["status"] == "to_dispatch"
    assert [row["lesson"] for row in desk.get("/lessons")] == ["查主板"]


@pytest.mark.req("R-190", "R-191")
def test_feedback_and_improvements(site: Any, agent: Actor, supervisor: Actor, cashier: Actor, caller: Calls) -> None:
    desk, chief = caller(agent), caller(supervisor)

    added = desk.post("/feedback", {"content": "周末也上门", "channel": "微信", "owner_id": supervisor.id})
    assert [(row["channel"], row["state"]) for row in desk.get("/feedback")] == [("微信", "open")]
    ended = {"state": "done", "outcome": "排班", "seen": added["version"]}
    assert chief.post(f"/feedback/{added['id']}", ended)["status"] == "done"
    assert chief.call("POST", f"/feedback/{added['id']}", ended)[0] == 409
    assert caller(cashier).call("POST", "/feedback", {"content": "a", "channel": "微信"})[0] == 403

    body = {"finding": "迟到", "measure": "先打电话", "owner_id": supervisor.id, "due_on": "2026-03-01"}
    assert chief.call("POST", "/improvements", body)[0] == 422  # a day gone by
    soon = {"due_on": timezone.localdate().isoformat(), "feedback_id": added["id"]}
    made = chief.post("/improvements", body | soon)
    assert desk.call("POST", "/improvements", body)[0] == 403
    edit = body | {"measure": "提前一小时", "seen": made["version"]}
    assert chief.call("PUT", f"/improvements/{made['id']}", edit)[0] == 422  # nor by editing
    Improvement.objects.filter(pk=made["id"]).update(due_on=date(2026, 3, 1))  # until now nobody came to it
    status, edited = chief.call("PUT", f"/improvements/{made['id']}", edit)
    assert status == 200  # its own day may stay
    report = desk.get("/improvements")
    assert (report["report"]["open"], report["report"]["late"], report["rows"][0]["measure"]) == (1, 1, "提前一小时")
    chief.post(f"/improvements/{made['id']}/done", {"outcome": "好多了", "seen": edited["version"]})
    assert chief.get("/improvements")["report"]["open"] == 0


@pytest.mark.req("R-185")
def test_the_labels_of_a_call_are_edited(till: object, agent: Actor, admin: Actor, caller: Calls) -> None:
    boss, desk = caller(admin), caller(agent)
    names = [row["name"] for row in desk.get("/repair-labels")]
    assert {"待派工", "维修中", "待件", "已修复", "未修复", "退修", "已结算", "已回访"} <= set(names)

    made = boss.post("/repair-labels", {"name": "满意", "effect": "close"}, key="l1")
    assert boss.post("/repair-labels", {"name": "满意", "effect": "close"}, key="l1") == made
    sent = {"name": "很满意", "effect": "close", "position": 0, "is_active": True, "seen": made["version"]}
    status, edited = boss.call("PUT", f"/repair-labels/{made['id']}", sent)

    assert (status, edited["name"], edited["version"]) == (200, "很满意", 2)
    assert boss.call("PUT", f"/repair-labels/{made['id']}", sent)[0] == 409
    assert boss.call("POST", "/repair-labels", {"name": "很满意", "effect": "close"})[0] == 422
    assert [row["name"] for row in desk.get("/repair-labels") if row["name"] not in names] == ["很满意"]
    assert desk.call("POST", "/repair-labels", {"name": "别的", "effect": "close"})[0] == 403
    assert desk.call("PUT", f"/repair-labels/{made['id']}", sent)[0] == 403


@pytest.mark.req("R-188")
def test_the_days_of_a_series(site: Any, agent: Actor, supervisor: Actor, caller: Calls) -> None:
    actions.seed_periodic()
    desk, chief = caller(agent), caller(supervisor)

    assert [row["days"] for row in desk.get("/periodic-calls")] == [[7, 30, 90]] * 2
    assert chief.call("PUT", "/periodic-calls", {"kind": "installation", "days": [3, 9], "seen": 1})[0] == 200
    assert chief.call("PUT", "/periodic-calls", {"kind": "installation", "days": [9, 3]})[0] == 422
    assert desk.call("PUT", "/periodic-calls", {"kind": "installation", "days": [1]})[0] == 403
    assert [3, 9] in [row["days"] for row in desk.get("/periodic-calls")]
