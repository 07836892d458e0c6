"""Who asks, and in which language; what stands in the way."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

import pytest
from django.test import Client

from gongdan.kernel.actor import Actor
from gongdan.people.models import User

pytestmark = pytest.mark.django_db


def test_staff_are_known_by_name_and_time(agent: Actor, client_for: Callable[[Actor], Client]) -> None:
    answer = client_for(agent).get("/whoami/").json()

    assert (answer["name"], answer["language"]) == ("王芳", "zh-hans")
    assert answer["now"].endswith("+00:00")


def test_visitors_are_sent_to_log_in_and_back(client: Client) -> None:
    answer = client.get("/whoami/?a=1&b=2")

    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "/accounts/login/?next=%2Fwhoami%2F%3Fa%3D1%26b%3D2",
    )


def test_after_a_post_the_way_back_is_the_page_with_the_form(client: Client) -> None:
    answer = client.post("/form/stale/", headers={"Referer": "http://testserver/form/?n=1"})
    strange = client.post("/form/stale/", headers={"Referer": "http://elsewhere.example/form/"})

    assert answer.headers["Location"] == "/accounts/login/?next=%2Fform%2F%3Fn%3D1"
    assert strange.headers["Location"] == "/accounts/login/?next=%2F"


def test_a_part_of_a_page_gets_401_and_the_window_goes_to_log_in(client: Client) -> None:
    answer = client.post("/deed/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/form/?n=1"})

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/accounts/login/?next=%2Fform%2F%3Fn%3D1"
    assert answer.content == b""


def test_a_search_as_you_type_leads_back_to_its_page_too(client: Client) -> None:
    answer = client.get("/deed/", headers={"HX-Request": "true", "Referer": "http://testserver/form/?n=1"})

    assert answer.headers["HX-Redirect"] == "/accounts/login/?next=%2Fform%2F%3Fn%3D1"


def test_open_views_are_open(client: Client) -> None:
    assert client.get("/open/").content == b"open"


def test_who_was_locked_out_of_his_account_is_a_visitor_at_once(
    agent: Actor, client_for: Callable[[Actor], Client]
) -> None:
    staff = client_for(agent)
    User.objects.filter(pk=agent.id).update(is_active=False)

    assert staff.get("/whoami/").status_code == 302


def test_the_language_is_chinese_whatever_the_browser_says_until_the_user_chooses(
    agent: Actor, client_for: Callable[[Actor], Client]
) -> None:
    staff = client_for(agent)

    assert staff.get("/whoami/", headers={"Accept-Language": "en"}).json()["language"] == "zh-hans"
    staff.post("/language/", {"language": "en", "next": "/whoami/"})
    assert staff.get("/whoami/").json()["language"] == "en"


def test_pages_are_not_kept_by_others(client: Client) -> None:
    assert client.get("/accounts/login/").headers["Cache-Control"].startswith("max-age=0")
    assert client.get("/open/").headers["Cache-Control"] == "private, no-cache"


def test_an_unknown_address_says_what_to_do(client: Client) -> None:
    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert "网址可能不完整，或内容已被移走；可以从菜单进入，或用上方的查找" in answer.content.decode()


def test_an_unknown_api_address_is_problem_json(client: Client) -> None:
    answer = client.get("/api/nowhere/")

    assert answer.status_code == 404
    assert json.loads(answer.content)["title"] == "没有这个页面"


def test_our_own_mistake_has_a_number_that_stands_in_the_log(
    agent: Actor, client_for: Callable[[Actor], Client], caplog: pytest.LogCaptureFixture
) -> None:
    staff = client_for(agent)
    staff.raise_request_exception = False

    with caplog.at_level(logging.ERROR, logger="gongdan.errors"):
        answer = staff.get("/broken/")

    (number,) = [r.args[0] for r in caplog.records if r.name == "gongdan.errors" and isinstance(r.args, tuple)]
    assert answer.status_code == 500
    assert f"请把编号 {number} 告诉管理员" in answer.content.decode()
    assert "ZeroDivisionError" not in answer.content.decode()


def test_a_form_that_stood_open_too_long_is_told_kindly_and_keeps_its_text(agent: Actor) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(pk=agent.id), backend="django.contrib.auth.backends.ModelBackend")
    strict.cookies["csrftoken"] = "a" * 32

    answer = strict.post("/deed/", {"seen": "1"})

    assert answer.status_code == 403
    assert "安全口令已过期；请返回上一页刷新后重新提交，填过的内容会自动恢复" in answer.content.decode()
    assert "data-draft-keep" in answer.content.decode()


def test_health_is_told_without_log_in(client: Client) -> None:
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "oldest_due_seconds": 0}
