"""Log-in: closed to strangers, in plain words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from gongdan.kernel.actor import Actor

PASSWORD = "shouhou-2026"
GOOD = {"login": "wangfang", "password": PASSWORD}


@pytest.fixture(autouse=True)
def _forget_attempts() -> None:
    cache.clear()


def test_staff_log_in_with_their_name_and_come_back_to_where_they_were(client: Client, agent: Actor) -> None:
    answer = client.post("/accounts/login/?next=/whoami/", GOOD | {"next": "/whoami/"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/whoami/")
    assert client.get("/whoami/").json()["name"] == "王芳"


@pytest.mark.parametrize("next_", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_the_way_back_never_leads_elsewhere(client: Client, agent: Actor, next_: str) -> None:
    assert client.post("/accounts/login/", GOOD | {"next": next_}).headers["Location"] == "/"


@pytest.mark.parametrize("data", [GOOD | {"password": "falsch"}, GOOD | {"login": "nobody"}])
def test_a_wrong_password_and_an_unknown_name_get_the_same_sentence(
    client: Client, agent: Actor, data: dict[str, str]
) -> None:
    answer = client.post("/accounts/login/", data)

    assert "用户名或密码不对，请检查大小写后重试" in answer.content.decode()
    assert "falsch" not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("data", [{}, {"login": "\x00", "password": "x"}, {"login": "很" * 5000, "password": "x"}])
def test_strange_input_is_answered_by_the_form(client: Client, data: dict[str, str]) -> None:
    answer = client.post("/accounts/login/", data)

    assert answer.status_code == 200
    assert '<p class="k-error"' in answer.content.decode()


def test_too_many_wrong_passwords_close_the_door_for_a_while(client: Client, agent: Actor, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    for _attempt in range(2):
        answer = client.post("/accounts/login/", GOOD | {"password": "falsch"})

    assert answer.status_code == 429
    assert "已暂停登录；请 15 分钟后再试，或请管理员重置密码" in answer.content.decode()
    assert client.post("/accounts/login/", GOOD).status_code == 429


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/password/reset/", "/accounts/email/"])
def test_accounts_and_passwords_come_from_the_administrator(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert "账号由管理员开通；忘记密码时也请管理员重置" in answer.content.decode()


def test_logging_out_asks_for_a_post(agent: Actor, client_for: Callable[[Actor], Client]) -> None:
    staff = client_for(agent)

    assert "退出登录" in staff.get("/accounts/logout/").content.decode()
    assert staff.get("/whoami/").status_code == 200
    staff.post("/accounts/logout/")
    assert staff.get("/whoami/").status_code == 302


def test_a_password_is_changed_with_the_old_one(
    agent: Actor, client_for: Callable[[Actor], Client], client: Client
) -> None:
    staff = client_for(agent)
    new = {"password1": "xin-mima-2027", "password2": "xin-mima-2027"}

    refused = staff.post("/accounts/password/change/", new | {"oldpassword": "falsch"})
    assert "当前密码不对，请重新输入" in refused.content.decode()
    assert staff.post("/accounts/password/change/", new | {"oldpassword": PASSWORD}).status_code == 302
    assert client.post("/accounts/login/", GOOD | {"password": "xin-mima-2027"}).status_code == 302


def test_the_icon_is_found_by_its_old_name_without_log_in(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer["Location"].startswith("/static/kit/icon")) == (301, True)


def test_who_comes_from_an_expired_session_reads_that_it_expired(client: Client) -> None:
    assert "登录已过期" in client.get("/accounts/login/?next=/whoami/").content.decode()
    assert "登录已过期" not in client.get("/accounts/login/").content.decode()
