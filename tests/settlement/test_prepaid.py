"""Who must pay before anybody goes there: the advance lets the order go on."""

from __future__ import annotations

from datetime import datetime

import pytest

from gongdan.customers import actions as customers
from gongdan.customers.rules import ContactDraft, CustomerDraft
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Refused
from gongdan.orders import actions as orders
from gongdan.orders.rules import OrderDraft
from gongdan.pricing.models import PriceBook
from gongdan.settlement import actions as settlement
from tests.settlement.cast import till, wechat

__all__ = ["till"]

pytestmark = pytest.mark.django_db


@pytest.mark.req("O-054")
def test_an_advance_lets_the_order_of_a_customer_who_must_prepay_go_on(
    till: PriceBook, agent: Actor, admin: Actor, cashier: Actor, now: datetime
) -> None:
    customer = customers.add(
        CustomerDraft(name="赖先生", contacts=(ContactDraft("13812345678", "赖先生"),)), by=agent, at=now
    )
    customers.warn(customer.pk, "prepaid", reason="修好后不付款", proof="录音", by=admin, at=now)
    order = orders.register(
        OrderDraft(symptom="空调不制冷", source="direct", customer_id=customer.pk), by=agent, at=now
    )
    with pytest.raises(Refused):
        orders.refuse_if_held(order, "dispatch", at=now)

    settlement.receive(order.pk, wechat(50_00, cashier, now), by=cashier, at=now)

    order.refresh_from_db()
    assert order.hold_code == ""
    orders.refuse_if_held(order, "dispatch", at=now)
