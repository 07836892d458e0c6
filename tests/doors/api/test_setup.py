"""What a shop sets up, through the open API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from gongdan.catalog.models import Category
from gongdan.kernel.actor import Actor
from gongdan.orders.rules import CHASE_ALERT
from gongdan.people import actions as people
from gongdan.people.models import Site
from gongdan.people.queries import settings_for

pytestmark = pytest.mark.django_db


class Caller:
    """A program with the token of one person."""

    def __init__(self, actor: Actor, now: datetime) -> None:
        self._headers = {"Authorization": f"Bearer {people.issue_token(actor.id, '测试', by=actor, at=now)}"}

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = getattr(Client(), method)(
            f"/api/v1{path}", data=body, content_type="application/json", headers=self._headers
        )
        return answer.status_code, answer.json()


@pytest.fixture
def boss(shop: None, admin: Actor, now: datetime) -> Caller:
    return Caller(admin, now)


@pytest.fixture
def clerk(shop: None, agent: Actor, now: datetime) -> Caller:
    return Caller(agent, now)


@pytest.mark.req("R-249")
def test_settings_are_read_and_set_for_one_site(boss: Caller, site: Site, other_site: Site) -> None:
    status, shown = boss("get", f"/settings?site_id={site.pk}")
    assert status == 200
    row = next(one for one in shown["groups"]["orders"] if one["key"] == CHASE_ALERT.key)
    assert (row["value"], row["default"], row["is_own"], row["unit"]) == (2, 2, False, "次")
    assert row["affects"] == str(CHASE_ALERT.affects)

    body = {"site_id": site.pk, "seen": shown["version"], "values": {CHASE_ALERT.key: 3}}
    status, shown = boss("put", "/settings", body)

    assert status == 200
    assert settings_for(site.pk).of(CHASE_ALERT) == 3
    assert settings_for(other_site.pk).of(CHASE_ALERT) == 2
    assert boss("put", "/settings", body)[0] == 409
    back = {"site_id": site.pk, "seen": shown["version"], "values": {CHASE_ALERT.key: None}}
    assert boss("put", "/settings", back)[0] == 200
    assert settings_for(site.pk).of(CHASE_ALERT) == 2


@pytest.mark.parametrize(
    "values",
    [{"orders.chase_alert": 0}, {"orders.chase_alert": "2"}, {"orders.nothing": 1}, {"orders.chase_alert": True}],
)
def test_a_value_that_cannot_be_is_refused_by_name(boss: Caller, values: dict[str, Any]) -> None:
    version = boss("get", "/settings")[1]["version"]

    status, problem = boss("put", "/settings", {"seen": version, "values": values})

    assert (status, list(problem["errors"])) == (422, list(values))


def test_whoever_sets_nothing_up_is_refused(clerk: Caller, shop: None) -> None:
    calls: list[tuple[str, str, Any]] = [
        ("get", "/settings", None),
        ("put", "/settings", {"seen": 1, "values": {}}),
        ("post", "/teams", {"name": "一班"}),
        ("get", "/forbidden-words", None),
        ("post", "/forbidden-words", {"word": "坏话"}),
        ("post", "/apologies", {"kind": "delay", "text": "因为{reason}"}),
        ("put", f"/categories/{Category.objects.order_by('pk')[0].pk}", {"seen": 1, "long_minutes": 60}),
    ]
    assert [clerk(*call)[0] for call in calls] == [403] * len(calls)


@pytest.mark.req("R-198")
def test_how_long_work_may_take_is_set_by_category(boss: Caller) -> None:
    row = Category.objects.get(code="printer")

    status, answer = boss("put", f"/categories/{row.pk}", {"seen": row.version, "long_minutes": 90})

    assert (status, answer["long_minutes"]) == (200, 90)
    row.refresh_from_db()
    assert row.long_minutes == 90
    assert boss("put", f"/categories/{row.pk}", {"seen": 2, "long_minutes": 0})[0] == 422


def test_a_team_is_made_and_changed(boss: Caller, site: Site, technician: Actor) -> None:
    status, team = boss("post", "/teams", {"name": "空调一班", "site_id": site.pk, "members": [technician.id]})
    assert (status, [one["name"] for one in team["members"]]) == (201, [technician.name])

    status, team = boss("put", f"/teams/{team['id']}", {"seen": team["version"], "members": []})

    assert (status, team["members"]) == (200, [])
    assert [one["name"] for one in boss("get", "/teams")[1]] == ["空调一班"]


def test_advice_is_given_for_a_code_and_changed(boss: Caller) -> None:
    category = Category.objects.get(code="broadband").pk
    status, found = boss("get", f"/categories/{category}/advice?text=错误691")
    assert (status, found[0]["side"], len(found[0]["steps"]) >= 4) == (200, "phone", True)
    assert boss("get", f"/categories/{category}/advice?text=屏幕碎了") == (200, [])

    row = next(one for one in boss("get", "/advice")[1] if one["words"] == "678")
    status, answer = boss("put", f"/advice/{row['id']}", {"seen": row["version"], "side": "phone"})

    assert (status, answer["side"]) == (200, "phone")
    new = {"category_id": category, "words": "999", "side": "visit"}
    assert boss("post", "/advice", new)[0] == 201
    assert boss("post", "/advice", new)[0] == 422


@pytest.mark.req("R-240")
def test_a_text_is_checked_before_it_goes_to_a_customer(clerk: Caller) -> None:
    assert clerk("post", "/language", {"text": "您真是白 痴"}) == (200, {"words": ["白痴"]})
    assert clerk("post", "/language", {"text": "您好"}) == (200, {"words": []})


@pytest.mark.req("R-239", "R-241")
def test_apologies_and_phrases_are_read_by_everybody(clerk: Caller) -> None:
    for kind in ("delay", "rebooking", "repeat_fault"):
        found = clerk("get", f"/apologies?kind={kind}")[1]
        assert {one["kind"] for one in found} == {kind}
        assert all("{reason}" in one["text"] for one in found)
    assert {one["step"] for one in clerk("get", "/phrases")[1]} == {
        "answer", "appoint", "enter", "quote", "accept", "leave",
    }  # fmt: skip
