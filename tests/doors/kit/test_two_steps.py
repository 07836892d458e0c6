"""两步验证: switched on by the person himself, asked for at the log-in, and in our own dress."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from gongdan.kernel.actor import Actor

GOOD = {"login": "wangfang", "password": "shouhou-2026"}


@pytest.fixture(autouse=True)
def _forget_attempts() -> None:
    cache.clear()


def code_of(secret: str) -> str:
    """What the telephone would show now."""
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def switch_on(client: Client) -> str:
    client.post("/accounts/login/", GOOD)
    asked = client.get("/accounts/2fa/totp/activate/").headers["Location"]  # who stands there now?
    client.post(asked, {"password": GOOD["password"]})
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    match = re.search(r"<code>([A-Z2-7]+)</code>", page)
    assert match is not None
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(match[1])})
    assert answer.status_code == 302
    return match[1]


def test_every_page_of_it_is_dressed(client: Client, agent: Actor) -> None:
    switch_on(client)

    for url, words in (
        ("/accounts/2fa/", "备用码还剩 10 个"),
        ("/accounts/2fa/codes/", "每个只能用一次"),
        ("/accounts/2fa/codes/generate/", "换成新的一批"),
        ("/accounts/2fa/totp/deactivate/", "只凭密码登录"),
    ):
        page = client.get(url).content.decode()
        assert words in page
        assert 'class="k-body k-plain"' in page
        assert "Two-Factor" not in page


def test_a_password_alone_does_not_open_the_door_any_more(client: Client, agent: Actor) -> None:
    switch_on(client)
    other = Client()

    answer = other.post("/accounts/login/", GOOD)

    assert answer.headers["Location"].startswith("/accounts/2fa/authenticate/")
    page = other.get(answer.headers["Location"]).content.decode()
    assert "备用码" in page
    assert 'class="k-body k-plain"' in page
    assert other.get("/whoami/").status_code == 302
    codes = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    assert other.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == 302
    assert other.get("/whoami/").status_code == 200


def test_a_wrong_code_is_answered_in_words(client: Client, agent: Actor) -> None:
    switch_on(client)
    other = Client()
    other.post("/accounts/login/", GOOD)

    page = other.post("/accounts/2fa/authenticate/", {"code": "000000"}).content.decode()

    assert "k-error" in page
    assert "Incorrect" not in page
    assert get_adapter().is_mfa_enabled(Authenticator.objects.all()[0].user)
