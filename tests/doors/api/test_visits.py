"""Dispatch through the open API: the same verbs, the same refusals, and who may call them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gongdan.catalog import actions as catalog
from gongdan.dispatch.models import Visit
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders.models import Order
from gongdan.people import actions as people
from gongdan.people.models import Site, Team
from tests.dispatch.shop import aircon, customer, draft, order, visit, waiting

pytestmark = pytest.mark.django_db
__all__ = ["aircon", "customer", "draft", "order", "visit", "waiting"]


@pytest.fixture
def now() -> datetime:
    """Calls ask the clock."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def call(now: datetime) -> Callable[..., tuple[int, Any]]:
    """`call(actor, "POST", path, body)`: status and JSON."""
    tokens: dict[int, str] = {}

    def _call(actor: Actor, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        if actor.id not in tokens:
            tokens[actor.id] = people.issue_token(actor.id, "测试", by=actor, at=now)
        headers = {"Authorization": f"Bearer {tokens[actor.id]}"} | ({"Idempotency-Key": key} if key else {})
        data = json.dumps(body) if body is not None else ""
        answer = Client().generic(method, f"/api/v1{path}", data=data, content_type="application/json", headers=headers)
        return answer.status_code, answer.json() if answer.content else None

    return _call


def _seen(one: Order) -> int:
    return Order.objects.get(pk=one.pk).version


CALLED = {"is_convenient": True, "device_ok": True, "fault_ok": True, "address_ok": True}


@pytest.mark.req("R-070", "R-071", "R-072", "R-073", "R-074", "R-075", "R-076", "O-067")
def test_refused_by_the_customer_handed_on_called_ahead_and_there_in_time(
    visit: Visit,
    order: Order,
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    call: Callable[..., tuple[int, Any]],
    now: datetime,
) -> None:
    path = f"/orders/{order.number}"
    assert visit.planned_from is not None
    assert visit.planned_to is not None
    window = {"start": visit.planned_from.isoformat(), "end": visit.planned_to.isoformat()}
    query = f"start={window['start'][:19]}Z&end={window['end'][:19]}Z"
    status, found = call(dispatcher, "GET", f"{path}/candidates?{query}")
    assert (status, {c["name"]: c["feasibility"]["label"] for c in found}) == (
        200,
        {"李建国": "可以", "周大勇": "可以"},
    )
    status, found = call(dispatcher, "GET", f"{path}/feasibility?technician_id={other_technician.id}&{query}")
    assert (status, found["verdict"], found["visits"]) == (200, "possible", [])

    late = {"reason": "上一单超时", "told_how": "phone", "new_estimate": (now + timedelta(hours=6)).isoformat()}
    assert call(technician, "POST", f"/visits/{visit.pk}/delay", late, "d1")[0] == 201
    assert call(technician, "POST", f"/visits/{visit.pk}/delay", late, "d1")[0] == 201  # 同一个键只记一次
    moved: dict[str, Any] = {
        "start": (now + timedelta(hours=5)).isoformat(),
        "end": (now + timedelta(hours=7)).isoformat(),
    }
    moved |= {"consent_of": "王太太", "reason": "上一单超时", "apology_made": True, "seen": _seen(order)}
    status, refusal = call(technician, "POST", f"{path}/move-promise", moved | {"consent": "no"})
    assert (status, list(refusal["errors"])) == (422, ["consent"])
    status, handed = call(technician, "POST", f"{path}/refuse-move", moved | {"to_id": other_technician.id})
    assert (status, handed["to_coordinate"]) == (200, False)
    assert call(technician, "GET", path)[0] == 403
    mine = handed["visit_id"]

    assert call(other_technician, "POST", f"/visits/{mine}/accept", {})[0] == 200
    status, refusal = call(other_technician, "POST", f"/visits/{mine}/depart", {})
    assert (status, refusal["code"]) == (409, "unconfirmed")
    told = CALLED | {"differences": {"address": "体育西路 1 号 1502"}}
    assert call(other_technician, "POST", f"/visits/{mine}/confirm", told, "c1")[0] == 201
    assert call(other_technician, "POST", f"/visits/{mine}/depart", {})[0] == 200
    status, there = call(other_technician, "POST", f"/visits/{mine}/arrive", {"agreed_by": "王太太"})
    assert (status, there["is_unconfirmed"], there["is_late_unannounced"]) == (200, False, False)
    assert Order.objects.get(pk=order.pk).address == "体育西路 1 号 1502"
    assert call(other_technician, "GET", f"/visits/{mine}")[1]["confirmation"]["unticked"] == []
    assert [p["is_agreed"] for p in call(dispatcher, "GET", f"{path}/promises")[1]] == [True, False]
    (row,) = call(dispatcher, "GET", f"{path}/transfers")[1]
    assert (row["from"], row["to"], bool(row["accepted_at"])) == ("李建国", "周大勇", True)
    period = f"start={(now - timedelta(days=1)).isoformat()[:19]}Z&end={(now + timedelta(days=1)).isoformat()[:19]}Z"
    status, rates = call(dispatcher, "GET", f"/kept-promises?{period}")
    assert (status, rates["first_rate"], rates["moved_rate"]) == (200, 1, None)


@pytest.mark.req("O-067")
def test_nobody_free_goes_to_the_supervisor(
    visit: Visit,
    order: Order,
    dispatcher: Actor,
    supervisor: Actor,
    call: Callable[..., tuple[int, Any]],
    now: datetime,
) -> None:
    path = f"/orders/{order.number}"
    body = {"reason": "都排满了", "seen": _seen(order)}
    assert call(dispatcher, "POST", f"{path}/coordinate", body)[0] == 200
    assert [row["number"] for row in call(supervisor, "GET", "/coordinations")[1]] == [order.number]
    offer: dict[str, Any] = {"outcome": "offer", "consent_of": "王太太", "apology_made": True, "seen": _seen(order)}
    offer |= {"start": (now + timedelta(hours=5)).isoformat(), "end": (now + timedelta(hours=7)).isoformat()}
    assert call(dispatcher, "POST", f"{path}/coordinated", offer)[0] == 403
    assert call(supervisor, "POST", f"{path}/coordinated", offer)[0] == 200
    assert call(supervisor, "GET", "/coordinations")[1] == []


@pytest.mark.req("R-065")
def test_who_sends_somebody_without_a_first_judgement_is_warned(
    waiting: Callable[..., Order],
    dispatcher: Actor,
    technician: Actor,
    now: datetime,
    call: Callable[..., tuple[int, Any]],
) -> None:
    broadband = catalog.add_category(code="BB", name="宽带", default_mode="on_site", by=SYSTEM, at=now)
    told = []
    for category in (broadband.pk, None):
        order = waiting(devices=(), **({"category_id": category} if category else {}))
        body = {"technician_id": technician.id, "seen": _seen(order)}
        status, line = call(dispatcher, "POST", f"/orders/{order.number}/visits", body)
        assert status == 201
        told.append(line["preliminary_gap"].partition("；")[0])

    assert told == ["初步诊断还缺：前因后果、初步范围、初步方案、与客户确认", ""]


@pytest.mark.req("R-013")
def test_a_member_of_the_team_takes_it_from_the_queue(
    order: Order,
    site: Site,
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    call: Callable[..., tuple[int, Any]],
) -> None:
    team = Team.objects.create(name="IT 维护团队", site=site)
    team.members.set([technician.id])
    body = {"team_id": team.pk, "seen": _seen(order)}
    assert call(technician, "POST", f"/orders/{order.number}/team", body)[0] == 403
    assert call(dispatcher, "POST", f"/orders/{order.number}/team", body)[0] == 201
    assert [row["number"] for row in call(technician, "GET", "/queue")[1]] == [order.number]
    assert call(other_technician, "GET", "/queue")[1] == []
    assert call(other_technician, "POST", f"/queue/{order.pk}/take", {})[0] == 403
    status, taken = call(technician, "POST", f"/queue/{order.pk}/take", {}, "t1")
    assert (status, taken["status"], taken["technician_id"]) == (201, "accepted", technician.id)
    assert call(technician, "POST", f"/queue/{order.pk}/take", {}, "t1") == (201, taken)
    assert call(technician, "POST", f"/queue/{order.pk}/take", {})[0] == 409


@pytest.mark.req("R-085", "O-043")
def test_guidance_from_afar_fails_and_the_visit_after_it_meets_a_shut_door(
    order: Order, dispatcher: Actor, technician: Actor, call: Callable[..., tuple[int, Any]]
) -> None:
    path = f"/orders/{order.number}"
    body = {"technician_id": technician.id, "is_remote": True, "seen": _seen(order)}
    remote = call(dispatcher, "POST", f"{path}/visits", body)[1]["id"]
    status, done = call(technician, "POST", f"/visits/{remote}/remote", {"result": "failed"})
    assert (status, done["remote_result"], Order.objects.get().hold_code) == (200, "failed", "remote_failed")
    chosen = {"then": "on_site", "seen": _seen(order)}
    assert call(technician, "POST", f"{path}/after-remote", chosen)[0] == 200
    assert Order.objects.get().hold_code == ""
    again = call(dispatcher, "POST", f"{path}/visits", {"technician_id": technician.id, "seen": _seen(order)})[1]["id"]
    assert call(technician, "POST", f"/visits/{again}/arrive", {})[1]["is_unconfirmed"] is True
    status, asked = call(technician, "POST", f"/visits/{again}/wasted", {"reason": "家中无人"})
    assert (status, asked["code"], "没有门口照片" in asked["detail"]) == (409, "unproven", True)
    meant = {"reason": "家中无人", "confirm_unproven": True}
    status, shut = call(technician, "POST", f"/visits/{again}/wasted", meant)
    assert (status, shut["is_proven"], len(shut["missing"])) == (201, False, 3)
    next_one = call(dispatcher, "POST", f"{path}/visits", {"technician_id": technician.id, "seen": _seen(order)})[1]
    assert next_one["remark"] == "上次空跑：家中无人"
    assert call(technician, "GET", f"/visits/{next_one['id']}")[1]["wasted_before"][0]["reason"] == "家中无人"


def test_express_is_agreed_once_and_the_call_before_setting_out_may_solve_it(
    waiting: Callable[..., Order],
    draft: Callable[..., Any],
    dispatcher: Actor,
    technician: Actor,
    agent: Actor,
    call: Callable[..., tuple[int, Any]],
    now: datetime,
) -> None:
    urgent = waiting(mode="on_site")
    path = f"/orders/{urgent.number}"
    status, refusal = call(agent, "POST", f"{path}/express", {"name": "王太太", "seen": _seen(urgent)})
    assert (status, refusal["code"]) == (409, "wrong_mode")
    body = {"technician_id": technician.id, "seen": _seen(urgent)}
    assert call(dispatcher, "POST", f"{path}/visits", body)[0] == 201
    solved = {"reason": "misuse", "steps": ["检查遥控器模式"], "seen": _seen(urgent)}
    assert call(technician, "POST", f"{path}/solve-before-visit", solved, "s1")[0] == 201
    assert Order.objects.get(pk=urgent.pk).status == "to_follow_up"
    assert Visit.objects.get().status == "void"


def test_a_conflict_is_asked_about_once(
    call: Callable[..., tuple[int, Any]],
    waiting: Callable[..., Order],
    visit: Visit,
    dispatcher: Actor,
    technician: Actor,
) -> None:
    order = waiting()
    assert visit.planned_from is not None
    assert visit.planned_to is not None
    line = {
        "technician_id": technician.id,
        "planned_from": visit.planned_from.isoformat(),
        "planned_to": visit.planned_to.isoformat(),
        "seen": _seen(order),
    }
    path = f"/orders/{order.number}/visits"
    status, said = call(dispatcher, "POST", path, line)
    assert (status, said["code"], visit.order.number in said["detail"]) == (409, "conflict", True)
    status, row = call(dispatcher, "POST", path, line | {"confirm_conflict": True})
    assert status == 201

    there = f"/visits/{row['id']}"
    away = {"planned_from": (visit.planned_from + timedelta(days=1)).isoformat()}
    away |= {"planned_to": (visit.planned_to + timedelta(days=1)).isoformat()}
    status, moved = call(dispatcher, "PUT", there, line | away | {"seen": row["version"]})
    assert status == 200
    again = line | {"seen": moved["version"]}
    status, said = call(dispatcher, "PUT", there, again)
    assert (status, said["code"]) == (409, "conflict")
    assert call(dispatcher, "PUT", there, again | {"confirm_conflict": True})[0] == 200


def test_a_promise_onto_another_visit_is_asked_about_once(
    call: Callable[..., tuple[int, Any]],
    waiting: Callable[..., Order],
    visit: Visit,
    dispatcher: Actor,
    technician: Actor,
) -> None:
    order = waiting()
    assert visit.planned_from is not None
    assert visit.planned_to is not None
    path = f"/orders/{order.number}"
    assert call(dispatcher, "POST", f"{path}/visits", {"technician_id": technician.id, "seen": _seen(order)})[0] == 201
    window = {"start": visit.planned_from.isoformat(), "end": visit.planned_to.isoformat()}
    status, said = call(dispatcher, "POST", f"{path}/promise", window | {"seen": _seen(order)})
    assert (status, said["code"]) == (409, "conflict")
    meant = window | {"seen": _seen(order), "confirm_conflict": True}
    assert call(dispatcher, "POST", f"{path}/promise", meant)[0] == 200
    moved = {"start": (visit.planned_from + timedelta(minutes=30)).isoformat(), "end": visit.planned_to.isoformat()}
    moved |= {"consent": "yes", "consent_of": "王太太", "reason": "上一单超时"}
    typed = moved | {"apology_made": True, "seen": _seen(order)}
    status, said = call(technician, "POST", f"{path}/move-promise", typed)
    assert (status, said["code"]) == (409, "conflict")
    assert call(technician, "POST", f"{path}/move-promise", typed | {"confirm_conflict": True})[0] == 200


def test_an_early_arrival_and_a_line_that_changed_are_asked_about(
    call: Callable[..., tuple[int, Any]],
    visit: Visit,
    order: Order,
    technician: Actor,
    other_technician: Actor,
) -> None:
    later = timezone.now() + timedelta(hours=4)
    Order.objects.filter(pk=order.pk).update(promised_from=later, promised_to=later + timedelta(hours=1))
    shown = {str(visit.pk): visit.version}
    there = f"/visits/{visit.pk}"
    ticks = {"is_convenient": True, "device_ok": True, "fault_ok": True, "address_ok": True}
    assert call(technician, "POST", f"{there}/confirm", ticks)[0] == 201
    past = ticks | {"told_at": (timezone.now() - timedelta(days=1)).isoformat()}
    status, said = call(technician, "POST", f"{there}/confirm", past)
    assert (status, "told_at" in str(said)) == (422, True)
    status, _row = call(technician, "POST", f"{there}/depart")
    assert status == 200
    handed = {"from_id": technician.id, "to_id": other_technician.id, "reason": "忙", "seen": _seen(order)}
    path = f"/orders/{order.number}"
    assert call(technician, "POST", f"{path}/transfer", handed | {"lines_seen": shown})[0] == 409
    assert call(technician, "POST", f"{path}/transfer", handed)[1]["code"] == "under_way"
    status, said = call(technician, "POST", f"{there}/arrive")
    assert (status, said["code"], "客户同意现在上门吗" in said["detail"]) == (409, "early", True)
    assert call(technician, "POST", f"{there}/arrive", {"agreed_by": "王太太", "agreed_way": "pigeon"})[0] == 422
    assert call(technician, "POST", f"{there}/arrive", {"agreed_by": "王太太"})[0] == 200


def test_a_taker_in_conflict_is_asked_about_once(
    call: Callable[..., tuple[int, Any]],
    waiting: Callable[..., Order],
    visit: Visit,
    order: Order,
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
) -> None:
    busy = waiting()
    assert visit.planned_from is not None
    assert visit.planned_to is not None
    window = {"planned_from": visit.planned_from.isoformat(), "planned_to": visit.planned_to.isoformat()}
    line = {"technician_id": other_technician.id, "seen": _seen(busy)} | window
    assert call(dispatcher, "POST", f"/orders/{busy.number}/visits", line)[0] == 201

    path = f"/orders/{order.number}"
    handed = {"from_id": technician.id, "to_id": other_technician.id, "reason": "忙", "seen": _seen(order)}
    status, said = call(dispatcher, "POST", f"{path}/transfer", handed)
    assert (status, said["code"], busy.number in said["detail"]) == (409, "conflict", True)
    refused: dict[str, Any] = {"start": visit.planned_to.isoformat()}
    refused["end"] = (visit.planned_to + timedelta(hours=2)).isoformat()
    refused |= {"consent_of": "王太太", "reason": "上一单超时", "apology_made": True, "seen": _seen(order)}
    status, said = call(technician, "POST", f"{path}/refuse-move", refused | {"to_id": other_technician.id})
    assert (status, said["code"]) == (409, "conflict")
    assert call(dispatcher, "POST", f"{path}/transfer", handed | {"confirm_conflict": True})[0] == 200
