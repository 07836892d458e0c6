"""W3 and W9 through the open API: solved by telephone and watched, and a complaint that ends with its call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.audit import jobs
from gongdan.followup.models import CallBack
from gongdan.kernel.actor import Actor
from gongdan.orders.models import CompensationRule, Order, PhoneFix
from tests.doors.api.test_walks import Caller, caller

__all__ = ["caller"]

pytestmark = pytest.mark.django_db

Calls = Callable[[Actor], Caller]


def registered(desk: Caller, **typed: Any) -> dict[str, Any]:
    """An order of a broadband customer; `error_code=` and the like differ."""
    broadband = next(c for c in desk.get("/categories") if c["code"] == "broadband")
    body = {
        "symptom": "宽带拨号上不了网",
        "phone": "13912345678",
        "customer": {"name": "何先生"},
        "channel": "phone",
        "category_id": broadband["id"],
    }
    made: dict[str, Any] = desk.post("/orders", body | typed)
    return made


@pytest.mark.req("R-064", "R-065", "R-066", "R-067", "R-068", "R-069")
def test_691_is_solved_by_telephone_watched_and_becomes_a_visit_with_nothing_retyped(
    shop: None, agent: Actor, dispatcher: Actor, caller: Calls
) -> None:
    desk = caller(agent)
    made = registered(desk, error_code="691")
    number = made["number"]

    helped = desk.get(f"/orders/{number}/guidance")
    assert (helped["proposal"], helped["advice"]["words"]) == ("phone", "691")
    assert len(helped["advice"]["steps"]) >= 3
    assert desk.get(f"/orders/{number}/guidance?code=678")["proposal"] == "visit"
    assert "初步诊断还缺" in helped["preliminary_gap"]
    code = next(q for q in helped["script"] if "错误代码" in q["question"])
    status, kept = desk.call("PUT", f"/orders/{number}/script", {"answers": {str(code["id"]): "691"}})
    assert (status, kept) == (200, {"changed": 1})
    noted = {"background": "改过密码", "rough_scope": "账号", "rough_plan": "电话核对", "is_confirmed": True}
    assert desk.call("PUT", f"/orders/{number}/preliminary", noted)[0] == 200
    wrong, refusal = desk.call("POST", f"/orders/{number}/solve-by-phone", {"reason": "luck", "seen": 1})
    assert (wrong, list(refusal["errors"])) == (422, ["body.reason"])

    body = {"reason": "misuse", "code": "691", "steps": helped["advice"]["steps"][:2], "seen": made["version"]}
    solved = desk.post(f"/orders/{number}/solve-by-phone", body, key="phone-1")
    assert desk.post(f"/orders/{number}/solve-by-phone", body, key="phone-1") == solved
    assert solved["status"] == "to_follow_up"

    fix = PhoneFix.objects.get()
    jobs.run_due(fix.solved_at + timedelta(seconds=1))
    (call,) = desk.get(f"/orders/{number}/call-backs")
    assert (call["kind"], call["state"]) == ("phone_watch", "due")
    later = (fix.solved_at + timedelta(hours=26)).isoformat()
    desk.post(f"/orders/{number}/call-unreached", {"result": "no_answer", "next_at": later})
    broken = {"content": "还是 691，拨不上", "is_fixed": False, "label": "not_repaired"}
    again = desk.post(f"/orders/{number}/call-result", broken)

    assert (again["number"], again["status"]) == (number, "to_dispatch")
    page = desk.get(f"/orders/{number}/guidance")
    assert [q["answer"] for q in page["script"] if q["id"] == code["id"]] == ["691"]
    assert page["preliminary"]["background"] == "改过密码"
    assert page["preliminary_gap"] == ""
    assert page["solved"][0]["steps"] == helped["advice"]["steps"][:2]
    assert Order.objects.count() == 1


@pytest.mark.req("R-049", "R-050")
def test_a_complaint_has_liability_handling_result_compensation_by_rule_and_its_call(
    shop: None, agent: Actor, supervisor: Actor, admin: Actor, caller: Calls
) -> None:
    desk, chief = caller(agent), caller(supervisor)
    about = registered(desk)
    Order.objects.update(due_fen=200_00)
    made = desk.post(f"/orders/{about['number']}/complain", {"content": "师傅把地板划坏了"})
    path = f"/orders/{made['number']}/complaint"
    assert desk.get(path)["about"] == about["number"]

    def put(who: Caller, part: str, **typed: Any) -> tuple[int, Any]:
        seen = desk.get(f"/orders/{made['number']}")["version"]
        return who.call("PUT", f"{path}/{part}", typed | {"seen": seen})

    early, refusal = desk.call("POST", f"{path}/finish", {"seen": made["version"]})
    assert (early, refusal["code"]) == (409, "incomplete")
    assert put(desk, "liability", subject="损坏", liability="shop", finding="师傅没铺垫布")[0] == 200
    assert put(desk, "handling", handling="上门查看并致歉", outcome="客户同意赔付")[0] == 200
    rule = next(r for r in desk.get(path)["rules"] if r["name"] == "损坏赔付账单五成")
    assert rule["award_fen"] == 100_00
    assert put(desk, "compensation", rule_id=rule["id"])[1]["code"] == "above_limit"
    assert put(chief, "compensation", rule_id=rule["id"], fen=900_00, reason="客户坚持")[1]["code"] == "above_limit"
    assert put(chief, "compensation", rule_id=rule["id"])[0] == 200
    seen = desk.get(f"/orders/{made['number']}")["version"]
    assert desk.post(f"{path}/finish", {"seen": seen})["status"] == "to_follow_up"

    call = {"content": "满意", "is_fixed": True, "label": "closed_well"}
    assert desk.post(f"/orders/{made['number']}/call-result", call)["status"] == "closed"
    assert CallBack.objects.get(order__number=made["number"]).kind == "complaint"


@pytest.mark.req("R-050")
def test_the_rules_are_kept_through_the_api_too(shop: None, agent: Actor, admin: Actor, caller: Calls) -> None:
    desk, boss = caller(agent), caller(admin)
    assert desk.call("GET", "/compensation-rules")[0] == 403
    before = len(boss.get("/compensation-rules"))

    row = boss.post("/compensation-rules", {"name": "弄脏地面", "subject": "损坏", "fen": 30_00}, key="r1")
    status, _body = boss.call("PUT", f"/compensation-rules/{row['id']}", {"name": "弄脏地面", "fen": 40_00, "seen": 1})
    stale, _body = boss.call("PUT", f"/compensation-rules/{row['id']}", {"name": "弄脏地面", "fen": 50_00, "seen": 1})

    assert (status, stale) == (200, 409)
    assert len(boss.get("/compensation-rules")) == before + 1
    assert CompensationRule.objects.get(name="弄脏地面").fen == 40_00


@pytest.mark.req("R-240")
@pytest.mark.parametrize(("content", "proposed"), [("师傅骂我白痴", "态度"), ("师傅迟到", "")])
def test_a_foul_word_in_a_complaint_speaks_of_manners(
    shop: None, agent: Actor, caller: Calls, content: str, proposed: str
) -> None:
    desk = caller(agent)
    made = desk.post(f"/orders/{registered(desk)['number']}/complain", {"content": content})

    path = f"/orders/{made['number']}/complaint"
    assert desk.get(path)["proposed_subject"] == proposed
    desk.call("PUT", f"{path}/liability", {"subject": "其他", "seen": made["version"]})
    assert (desk.get(path)["subject"], desk.get(path)["proposed_subject"]) == ("其他", "")


def test_each_call_is_for_whoever_sees_the_order_and_may(
    shop: None, agent: Actor, stranger: Actor, cashier: Actor, caller: Calls, now: datetime
) -> None:
    number = registered(caller(agent))["number"]
    bodies: dict[tuple[str, str], dict[str, Any]] = {
        ("PUT", "script"): {"answers": {}},
        ("PUT", "preliminary"): {"background": "断网"},
        ("POST", "solve-by-phone"): {"reason": "guided", "seen": 1},
        ("POST", "complain"): {"content": "慢"},
        ("PUT", "complaint/liability"): {"subject": "态度", "seen": 1},
        ("PUT", "complaint/handling"): {"handling": "致歉", "seen": 1},
        ("PUT", "complaint/compensation"): {"seen": 1},
        ("POST", "complaint/finish"): {"seen": 1},
    }
    for (method, path), body in bodies.items():
        for nobody in (stranger, cashier):
            assert caller(nobody).call(method, f"/orders/{number}/{path}", body)[0] == 403, path
