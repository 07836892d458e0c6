"""Search as you type: customers, their devices, divisions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.customers.models import Customer, Division
from gongdan.devices.models import Device
from gongdan.kernel.actor import Actor
from gongdan.people.models import Site


def options_of(client: Client, name: str, **asked: Any) -> list[tuple[str, str]]:
    """Value and text of the rows offered."""
    response = client.get(reverse(f"desk:{name}"), asked, headers={"HX-Request": "true"})
    assert response.status_code == 200
    return re.findall(r'data-value="([^"]*)" data-text="([^"]*)"', response.content.decode())


@pytest.fixture
def divisions(db: None) -> None:
    rows = [("440000", "", "广东省", "广东省"), ("440100", "440000", "广州市", "广东省广州市")]
    rows += [("440106", "440100", "天河区", "广东省广州市天河区"), ("440105", "440100", "海珠区", "广东省广州市海珠区")]
    for code, parent, name, full in rows:
        level = "province" if not parent else "city" if parent == "440000" else "district"
        Division.objects.create(code=code, parent_code=parent, name=name, full_name=full, level=level)


@pytest.mark.req("R-019")
@pytest.mark.parametrize("words", ["4321", "蓝天", "ltjd", "天河路 228", "李工", ""])
@pytest.mark.django_db
def test_customers(desk: Client, customer: Customer, words: str) -> None:
    assert options_of(desk, "customers-pick", q=words) == [(str(customer.pk), "蓝天酒店")]


@pytest.mark.parametrize(
    ("words", "is_found"), [("", True), ("格力 空调", True), ("4q97", True), ("会议室", True), ("海尔", False)]
)
@pytest.mark.django_db
def test_devices_of_the_chosen_customer(
    desk: Client, customer: Customer, device: Device, words: str, is_found: bool
) -> None:
    found = options_of(desk, "devices-pick", customer_id=customer.pk, q=words)

    assert found == ([(str(device.pk), "格力 KFR-35GW 空调")] if is_found else [])
    assert options_of(desk, "devices-pick", customer_id="x", q=words) == []


@pytest.mark.django_db
def test_divisions_by_name_and_around_the_own_site(desk: Client, divisions: None, site: Site) -> None:
    provinces = options_of(desk, "divisions-pick", q="")
    Site.objects.filter(pk=site.pk).update(division_code="440106")

    assert provinces == [("440000", "广东省")]
    assert options_of(desk, "divisions-pick", q="") == [
        ("440105", "广东省广州市海珠区"),
        ("440106", "广东省广州市天河区"),
    ]
    assert options_of(desk, "divisions-pick", q="天河") == [("440106", "广东省广州市天河区")]


@pytest.mark.django_db
def test_nothing_is_offered_of_what_the_actor_may_not_see(
    client_for: Callable[[Actor], Client], stranger: Actor, customer: Customer, device: Device
) -> None:
    client = client_for(stranger)

    assert options_of(client, "customers-pick", q="蓝天") == []
    assert client.get(reverse("desk:devices-pick"), {"customer_id": customer.pk}).status_code == 403
    assert client.post(reverse("desk:customers-pick")).status_code == 405


@pytest.mark.parametrize("words", ["\x00", "%", "'; --", "王" * 500, "１３８"])
@pytest.mark.django_db
def test_hostile_words_find_nothing_and_break_nothing(desk: Client, customer: Customer, words: str) -> None:
    for name in ("customers-pick", "divisions-pick", "faults-pick"):
        assert isinstance(options_of(desk, name, q=words, category_id="9" * 30), list)
