"""隐私号: dialled until it expires, and never a reason to take two people for one (O-052)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from gongdan.customers import actions, queries
from gongdan.customers.models import Contact, Customer
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.kernel.actor import Actor

pytestmark = pytest.mark.django_db
NUMBER = "17012345678"


def platform_customer(name: str, at: datetime) -> CustomerDraft:
    contact = ContactDraft(NUMBER, name, is_virtual=True, expires_at=at + timedelta(hours=24))
    return CustomerDraft(name=name, contacts=(contact,))


@pytest.mark.req("O-052")
def test_the_same_virtual_number_on_two_days_is_two_people(agent: Actor, now: datetime) -> None:
    first = actions.add(platform_customer("李女士", now), by=agent, at=now)
    later = now + timedelta(days=1)

    assert queries.duplicates(["+8617012345678"], name="张先生", actor=agent) == []
    second = actions.add(platform_customer("张先生", later), by=agent, at=later)

    assert first.pk != second.pk
    assert Customer.objects.count() == 2
    assert queries.by_phone("+8617012345678", agent) == []
    assert queries.find(NUMBER, agent) == queries.find("5678", agent) == []


def test_it_is_kept_as_typed_with_the_moment_from_which_it_reaches_nobody(agent: Actor, now: datetime) -> None:
    customer = actions.add(platform_customer("李女士", now), by=agent, at=now)

    (row,) = queries.card(customer.pk, agent).contacts
    assert (row.phone, row.code, row.is_virtual) == (NUMBER, "", True)
    assert (row.is_expired(now), row.is_expired(now + timedelta(hours=24))) == (False, True)


def test_a_number_that_turns_out_to_be_virtual_stops_matching(agent: Actor, now: datetime) -> None:
    customer = actions.add(CustomerDraft(name="李女士", contacts=(ContactDraft(NUMBER, "李女士"),)), by=agent, at=now)
    assert [m.id for m in queries.find(NUMBER, agent)] == [customer.pk]
    (row,) = queries.card(customer.pk, agent).contacts

    changed = ContactDraft(NUMBER, "李女士", id=row.id, is_virtual=True)
    actions.edit(customer.pk, seen=1, contacts=[changed], by=agent, at=now)

    assert queries.find(NUMBER, agent) == queries.by_phone("+8617012345678", agent) == []


def test_the_table_itself_refuses_a_virtual_number_that_matches(agent: Actor, now: datetime) -> None:
    customer = actions.add(platform_customer("李女士", now), by=agent, at=now)

    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.filter(customer=customer).update(phone_code="+8617012345678")
