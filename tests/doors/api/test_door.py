"""What the door of the API lets in: tokens and sessions, not strangers; problems in two languages; nothing unknown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from gongdan.kernel.actor import Actor
from gongdan.people import actions as people
from gongdan.people.models import ApiToken

pytestmark = pytest.mark.django_db


def _bearer(actor: Actor, now: datetime) -> dict[str, str]:
    return {"Authorization": f"Bearer {people.issue_token(actor.id, '脚本', by=actor, at=now)}"}


def test_nobody_enters_without_token_or_session() -> None:
    answer = Client().get("/api/v1/orders")

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "请先登录，或在请求头里带上有效的接口令牌"


def test_a_revoked_token_opens_nothing(agent: Actor, now: datetime) -> None:
    headers = _bearer(agent, now)
    assert Client().get("/api/v1/me", headers=headers).json()["name"] == "王芳"

    people.revoke_token(ApiToken.objects.get().pk, by=agent, at=now)

    assert Client().get("/api/v1/me", headers=headers).status_code == 401


def test_a_session_needs_its_csrf_token_to_change_something(
    agent: Actor, client_for: Callable[[Actor], Client]
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = client_for(agent).cookies

    assert client.get("/api/v1/me").status_code == 200
    assert client.post("/api/v1/orders", data="{}", content_type="application/json").status_code == 403


def test_another_sites_order_is_forbidden_and_a_missing_one_is_missing(
    shop: None, agent: Actor, stranger: Actor, now: datetime
) -> None:
    mine = _bearer(agent, now)
    body = {"symptom": "不制冷", "phone": "13812345678", "customer": {"name": "王女士"}}
    number = Client().post("/api/v1/orders", data=body, content_type="application/json", headers=mine).json()["number"]

    theirs = _bearer(stranger, now)

    assert Client().get(f"/api/v1/orders/{number}", headers=theirs).status_code == 403
    assert Client().get("/api/v1/orders/GD999999-9999", headers=theirs).status_code == 404


def test_wrong_missing_and_unknown_fields_are_named_in_chinese(agent: Actor, now: datetime) -> None:
    body = {"symptom": "x" * 1001, "urgency": "soon", "total": 5, "colour": "红", "wished_from": "2026-03-11T10:00:00"}

    answer = Client().post("/api/v1/orders", data=body, content_type="application/json", headers=_bearer(agent, now))

    assert answer.status_code == 422
    assert answer.json()["errors"] == {
        "body.symptom": "内容太长，请缩短",
        "body.urgency": "不在可选范围内，请从接口说明里选择",
        "body.total": "应收金额由价目计算，不能填写；请删去这一项",
        "body.colour": "没有这一项，请删去或检查拼写",
        "body.wished_from": "时间要带时区，例如 2026-03-11T10:00:00+08:00",
    }


def test_the_same_key_with_another_body_is_refused(shop: None, agent: Actor, now: datetime) -> None:
    headers = {**_bearer(agent, now), "Idempotency-Key": "abc"}
    body = {"symptom": "不制冷", "phone": "13812345678", "customer": {"name": "王女士"}}
    first = Client().post("/api/v1/orders", data=body, content_type="application/json", headers=headers)
    assert first.status_code == 201

    other = Client().post(
        "/api/v1/orders", data={**body, "symptom": "漏水"}, content_type="application/json", headers=headers
    )

    assert (other.status_code, other.json()["code"]) == (422, "once_key_reused")
