"""The form of a customer in a real browser: a draft that came back has all its rows, and is merged with what came since."""

from __future__ import annotations

from datetime import datetime

import pytest
from playwright.sync_api import expect

from gongdan.customers import actions
from gongdan.customers.models import Contact, Customer
from gongdan.customers.rules import ContactDraft
from gongdan.kernel.actor import Actor
from tests.browser import IN_BROWSER, Opened

pytestmark = IN_BROWSER


def test_a_draft_has_its_rows_again_and_a_new_row_its_tick(opened: Opened, agent: Actor, customer: Customer) -> None:
    page = opened("/setup/customers/add/", agent)
    page.fill("[name=name]", "海印酒店")
    for at, (name, phone) in enumerate((("张", "13600000001"), ("李", "13600000002"), ("王", "13600000003"))):
        page.fill(f"[name=contact{at}-name]", name)
        page.fill(f"[name=contact{at}-phone]", phone)
    page.check("[name=contact2-is_virtual]")
    page.goto("/setup/customers/")
    page.goto("/setup/customers/add/")

    expect(page.locator(".k-draft")).to_be_visible()
    expect(page.locator("[name=contact2-name]")).to_have_value("王")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("已新增客户 海印酒店")).to_be_visible()

    rows = Contact.objects.filter(customer__name="海印酒店").order_by("position")
    assert list(rows.values_list("name", "is_virtual")) == [("张", False), ("李", False), ("王", True)]


@pytest.mark.req("R-250")
def test_a_draft_of_an_older_page_is_merged_with_what_a_colleague_saved_since(
    opened: Opened, agent: Actor, supervisor: Actor, customer: Customer, now: datetime
) -> None:
    page = opened(f"/setup/customers/{customer.pk}/edit/", agent)
    page.fill("[name=remark]", "找保安开门")
    page.goto("/setup/customers/")
    first, second = Contact.objects.filter(customer=customer).order_by("position")
    contacts = (
        ContactDraft("020-87654321", "前台", id=first.pk),
        ContactDraft("13900001111", "李工", "in_charge", id=second.pk),
        ContactDraft("13700003333", "黄总", "decider"),
    )
    actions.edit(
        customer.pk,
        seen=customer.version,
        changes={"site_rules": "周末不许施工"},
        contacts=contacts,
        by=supervisor,
        at=now,
    )
    page.goto(f"/setup/customers/{customer.pk}/edit/")
    expect(page.locator("[name=remark]")).to_have_value("找保安开门")

    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("请核对后再保存").first).to_be_visible()
    expect(page.locator("[name=site_rules]")).to_have_value("周末不许施工")
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url(f"**/setup/customers/{customer.pk}/")

    customer.refresh_from_db()
    assert (customer.remark, customer.site_rules) == ("找保安开门", "周末不许施工")
    assert Contact.objects.filter(customer=customer, kind="decider", name="黄总").exists()
