"""W1 and W9 through the open API: the same verbs, the same refusals, the same figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from gongdan.kernel.actor import Actor
from gongdan.people import actions as people

pytestmark = pytest.mark.django_db

STROKES = [{"points": [{"x": 10, "y": 20}, {"x": 40, "y": 50}, {"x": 90, "y": 15}]}]


class Caller:
    """A program that talks to the API with a token."""

    def __init__(self, actor: Actor, now: Any) -> None:
        self._client = Client()
        token = people.issue_token(actor.id, "测试", by=actor, at=now)
        self._headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, body: Any = None, *, key: str = "") -> tuple[int, Any]:
        """Status and JSON of one call."""
        headers = {**self._headers, **({"Idempotency-Key": key} if key else {})}
        response = self._client.generic(
            method, f"/api/v1{path}", data=_json(body), content_type="application/json", headers=headers
        )
        return response.status_code, response.json() if response.content else None

    def get(self, path: str) -> Any:
        status, body = self.call("GET", path)
        assert status == 200, body
        return body

    def post(self, path: str, body: Any = None, *, key: str = "") -> Any:
        status, answer = self.call("POST", path, body or {}, key=key)
        assert status in (200, 201), answer
        return answer


def _json(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False) if body is not None else ""


@pytest.fixture
def caller(now: Any) -> Callable[[Actor], Caller]:
    return lambda actor: Caller(actor, now)


@pytest.mark.req("R-045", "R-053", "R-128", "R-174", "R-175", "O-001", "O-002")
def test_an_in_store_repair_from_request_to_closed_order(
    shop: None,
    agent: Actor,
    dispatcher: Actor,
    technician: Actor,
    cashier: Actor,
    caller: Callable[[Actor], Caller],
) -> None:
    desk, dispatch, bench, till = (caller(a) for a in (agent, dispatcher, technician, cashier))
    phones = next(c for c in desk.get("/categories") if c["name"] == "手机")
    body = {
        "symptom": "屏幕碎了，触摸不灵",
        "source": "direct",
        "channel": "in_store",
        "mode": "in_store",
        "phone": "138 2765 4321",
        "customer": {"name": "单小梅", "contacts": [{"phone": "13827654321", "name": "单小梅"}]},
        "devices": [{"category_id": phones["id"], "brand": "红米", "model": "Note 12", "purchase_on": "2024-01-10"}],
    }

    order = desk.post("/orders", body, key="k-1")
    again = desk.post("/orders", body, key="k-1")
    assert again == order
    number = order["number"]
    desk.post(f"/orders/{number}/choose-repair", {"seen": order["version"]})
    seen = desk.get(f"/orders/{number}")["version"]
    dispatch.post(f"/orders/{number}/visits", {"technician_id": technician.id, "seen": seen})
    line = bench.get(f"/orders/{number}")["devices"][0]
    assert line["coverage"] == "保外"
    assert line["explanation"]
    status, refusal = bench.call("POST", f"/device-lines/{line['id']}/actions", {"text": "拆机"})
    assert (status, refusal["code"]) == (409, "no_diagnosis")
    status, _ = bench.call(
        "PUT",
        f"/device-lines/{line['id']}/diagnosis",
        {"inspection": "内外屏均碎", "cause": "摔落", "exclusion_codes": ["X1"]},
    )
    assert status == 200
    quote = bench.post(f"/orders/{number}/quote")
    status, refusal = bench.call(
        "PUT", f"/quotes/{quote['id']}/items", {"seen": quote["version"], "items": [{"code": "PI073", "price_fen": 1}]}
    )
    assert (status, refusal["errors"]) == (
        422,
        {"body.items.0.price_fen": "应收金额由价目计算，不能填写；请删去这一项"},
    )
    status, quote = bench.call(
        "PUT",
        f"/quotes/{quote['id']}/items",
        {"seen": quote["version"], "items": [{"code": "PI004"}, {"code": "PI073"}]},
    )
    assert (status, quote["due_fen"]) == (200, 600_00)
    quote = bench.post(f"/quotes/{quote['id']}/issue", {"seen": quote["version"]})
    signature = bench.post(f"/orders/{number}/signatures", {"signer": "单小梅", "strokes": STROKES})["id"]
    bench.post(
        f"/quotes/{quote['id']}/decide",
        {
            "seen": quote["version"],
            "is_accepted": True,
            "name": "单小梅",
            "way": "signature",
            "signature_id": signature,
        },
    )
    bench.post(f"/device-lines/{line['id']}/actions", {"text": "更换屏幕总成", "kind": "replace"})
    bench.post(
        f"/device-lines/{line['id']}/parts", {"name": "屏幕总成", "old_part": "left", "fits": True, "connected": True}
    )
    bench.call("PUT", f"/device-lines/{line['id']}/tests", {"items": [{"name": "触摸", "passed": True}]})
    bench.post(f"/orders/{number}/trials", {"is_accepted": True, "tester": "单小梅", "signature_id": signature})
    seen = bench.get(f"/orders/{number}")["version"]
    bench.post(f"/orders/{number}/finish", {"result": "repaired", "seen": seen})

    bill = till.get(f"/orders/{number}/bill")
    assert (bill["due_fen"], bill["received_fen"], bill["is_posted"]) == (600_00, 0, False)
    payment = {"tendered_fen": 600_00, "payee_id": cashier.id, "day": "2026-03-11", "account": "wechat"}
    status, refusal = till.call("POST", f"/orders/{number}/payments", {**payment, "amount_fen": 1})
    assert (status, list(refusal["errors"])) == (422, ["body.amount_fen"])
    till.post(f"/orders/{number}/payments", payment, key="pay-1")
    bill = till.post(f"/orders/{number}/settle", {"seen": till.get(f"/orders/{number}")["version"]})
    assert (bill["is_posted"], bill["outstanding_fen"], bill["status"]) == (True, 0, "to_follow_up")

    closed = desk.post(
        f"/orders/{number}/call-result", {"content": "好用，满意", "is_fixed": True, "label": "closed_well", "score": 5}
    )
    assert closed["status"] == "closed"
    verbs = [event["verb"] for event in desk.get(f"/orders/{number}/timeline")]
    assert (verbs[-1], "order.closed" in verbs) == ("order.registered", True)
    assert "settlement.posted" in verbs


@pytest.mark.req("R-049")
def test_a_question_is_answered_and_becomes_a_repair_an_hour_later(
    shop: None, agent: Actor, caller: Callable[[Actor], Caller]
) -> None:
    desk = caller(agent)
    asked = desk.post(
        "/orders",
        {"symptom": "空调多久洗一次？", "phone": "13912345678", "customer": {"name": "何先生"}, "channel": "phone"},
    )
    number = asked["number"]
    chosen = desk.post(f"/orders/{number}/choose-inquiry", {"seen": asked["version"]})
    answered = desk.post(f"/orders/{number}/answer", {"seen": chosen["version"], "text": "每年换季洗一次"})
    closed = desk.post(f"/orders/{number}/close-answered", {"seen": answered["version"]})
    assert closed["status"] == "closed"

    repair = desk.post(f"/orders/{number}/repair")

    assert repair["status"] == "to_dispatch"
    assert repair["number"] != number
    page = desk.get(f"/orders/{repair['number']}")
    assert [(r["number"], r["kind"]) for r in page["related"]] == [(number, "from_inquiry")]
    assert page["symptom"] == "空调多久洗一次？"
