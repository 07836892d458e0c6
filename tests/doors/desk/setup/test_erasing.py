"""启用准备 › 客户资料删除: who is found, what is told first, and the number typed before anything goes."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from gongdan.customers import actions as customers
from gongdan.customers.models import Contact, Customer
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.kernel.actor import Actor
from tests.doors.api.test_walks import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(agent: Actor, now: datetime) -> Customer:
    draft = CustomerDraft(name="王小明", contacts=(ContactDraft("13812345678", "王小明"),))
    return customers.add(draft, by=agent, at=now)


def _text(response: Any) -> str:
    return html.unescape(response.content.decode())


def test_the_page_tells_what_goes_and_what_stays_and_wants_the_number(
    client_for: Callable[[Actor], Client], admin: Actor, known: Customer
) -> None:
    boss = client_for(admin)
    assert "客户资料删除" in _text(boss.get("/setup/"))
    found = boss.get("/setup/erase/", {"customer_id": known.pk})
    assert (found.status_code, found["Location"]) == (303, f"/setup/erase/{known.pk}/")
    page = _text(boss.get(found["Location"]))
    for words in (known.number, "联系人 1 个", "已开出的单据、客户签字和确认记录：按法规保存原样", "不能恢复"):
        assert words in page

    typed = {"reason": "客户来电", "number": "KH1", "seen": known.version, "once_key": "e1"}
    wrong = boss.post(f"/setup/erase/{known.pk}/", typed)
    assert (wrong.status_code, "与客户编号不一致" in _text(wrong)) == (422, True)
    assert Contact.objects.count() == 1

    done = boss.post(f"/setup/erase/{known.pk}/", typed | {"number": known.number}, follow=True)
    assert "已删除这位客户的个人资料" in _text(done)
    assert "个人资料已删除：" in _text(done)
    assert "王小明" not in _text(done)
    assert Contact.objects.count() == 0


def test_nobody_else_sees_or_does_it(
    client_for: Callable[[Actor], Client], supervisor: Actor, known: Customer, now: datetime
) -> None:
    client = client_for(supervisor)
    assert "客户资料删除" not in _text(client.get("/setup/"))
    for path in ("/setup/erase/", f"/setup/erase/{known.pk}/"):
        assert client.get(path).status_code == 403
    typed = {"reason": "客户来电", "number": known.number, "seen": known.version}
    assert client.post(f"/setup/erase/{known.pk}/", typed).status_code == 403
    caller = Caller(supervisor, now)
    assert caller.call("GET", f"/customers/{known.pk}/erase")[0] == 403
    assert caller.call("POST", f"/customers/{known.pk}/erase", typed)[0] == 403
    assert Contact.objects.count() == 1


def test_a_program_does_it_once(admin: Actor, known: Customer, now: datetime) -> None:
    caller = Caller(admin, now)
    told = caller.get(f"/customers/{known.pk}/erase")
    assert (told["number"], told["contacts"], told["orders_kept"], told["erased_at"]) == (known.number, 1, 0, None)
    body = {"number": told["number"], "reason": "客户来信", "seen": told["version"]}
    status, refusal = caller.call("POST", f"/customers/{known.pk}/erase", body | {"number": "KH"})
    assert (status, refusal["code"]) == (422, "invalid")
    for _again in range(2):
        assert caller.post(f"/customers/{known.pk}/erase", body, key="k1") == {"orders_kept": 0}
    assert Customer.objects.get(pk=known.pk).name == "已删除的客户"
