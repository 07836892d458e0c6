"""Who sees which customer, and whose telephone number in full."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from gongdan.customers import access, actions
from gongdan.customers.rules import CustomerDraft
from gongdan.kernel.actor import SYSTEM, Actor

pytestmark = pytest.mark.django_db


@pytest.mark.req("R-007")
def test_a_site_user_sees_only_the_customers_of_his_sites(
    agent: Actor, stranger: Actor, admin: Actor, now: datetime
) -> None:
    here = actions.add(CustomerDraft(name="本店客户"), by=agent, at=now)
    there = actions.add(CustomerDraft(name="外店客户"), by=stranger, at=now)

    assert list(access.visible_to(agent)) == [here]
    assert list(access.visible_to(stranger)) == [there]
    assert set(access.visible_to(admin)) == {here, there}
    assert set(access.visible_to(SYSTEM)) == {here, there}
    assert list(access.visible_to(Actor("staff", 1, "无权限", sites=agent.sites))) == []


@pytest.mark.req("R-083")
def test_a_technician_sees_a_customer_as_long_as_an_order_takes_him_there(
    agent: Actor, technician: Actor, now: datetime
) -> None:
    customer = actions.add(CustomerDraft(name="王小明"), by=agent, at=now)
    actions.add(CustomerDraft(name="别人"), by=agent, at=now)

    before = list(access.visible_to(technician))
    actions.let_see(customer.pk, technician.id)
    actions.let_see(customer.pk, technician.id)
    during = list(access.visible_to(technician))
    actions.no_longer_sees(customer.pk, technician.id)

    assert (before, during, list(access.visible_to(technician))) == ([], [customer], [])


def test_whoever_may_not_see_numbers_sees_their_ends(agent: Actor) -> None:
    blind = replace(agent, permissions=agent.permissions - {"customers.see_phone"})

    assert access.shown_phone(agent, "138 1234 5678", "+8613812345678") == "138 1234 5678"
    assert access.shown_phone(blind, "138 1234 5678", "+8613812345678") == "138****5678"
    assert access.shown_phone(blind, "82345678", "+862082345678") == "020****5678"
    assert access.shown_phone(blind, "内线 8001", "") == "****8001"
    assert access.shown_phone(blind, "", "") == ""
