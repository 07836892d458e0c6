"""Calls on an open order, wrong and virtual numbers, faults that come back, and what a supervisor lets go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from gongdan.audit.models import Event
from gongdan.catalog.models import Category
from gongdan.customers import actions as customers
from gongdan.customers.models import Caution, Contact, Customer
from gongdan.customers.rules import CustomerDraft
from gongdan.devices.models import Device
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused
from gongdan.kernel.text import SHANGHAI
from gongdan.orders import actions, jobs, queries, rules
from gongdan.orders.models import Chase, Hold, Order
from gongdan.orders.rules import DeviceDraft, OrderDraft
from gongdan.orders.states import Status
from gongdan.people import actions as people
from gongdan.people.models import ShopSettings

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_to(admin: Actor, now: datetime) -> Callable[..., None]:
    """Changes a setting of the whole shop."""

    def _set_to(setting: Any, value: Any) -> None:
        seen = ShopSettings.objects.get(site=None).version
        people.save_values(None, {setting: value}, seen=seen, by=admin, at=now)

    return _set_to


def chased(order: Order, *, by: Actor, at: datetime, answer: str = "师傅明天上午到") -> Chase:
    return actions.chase(order.pk, "什么时候来", answer, caller_phone="13812345678", by=by, at=at)


@pytest.mark.req("O-048")
def test_three_calls_make_no_second_order_the_second_alerts_the_third_goes_to_the_supervisor(
    register: Callable[..., Order], agent: Actor, supervisor: Actor, now: datetime
) -> None:
    order = register()

    for minute in (5, 65, 125):
        chased(order, by=agent, at=now + timedelta(minutes=minute))

    assert Order.objects.count() == 1
    order.refresh_from_db()
    assert (order.chased, order.last_chased_at, order.version) == (3, now + timedelta(minutes=125), 1)
    verbs = [e.verb for e in Event.objects.filter(verb__startswith="order.chase").order_by("pk")]
    assert verbs == [
        "order.chased", "order.chased", "order.chase_alerted", "order.chased", "order.chase_escalated",
    ]  # fmt: skip
    assert [row["number"] for row in queries.chased_orders(supervisor, 3)] == [order.number]
    assert queries.last_answers([order.pk]) == {order.pk: (now + timedelta(minutes=125), "王芳", "师傅明天上午到")}


@pytest.mark.req("O-048")
def test_the_numbers_of_calls_are_the_shops_own(
    register: Callable[..., Order], agent: Actor, set_to: Callable[..., None], now: datetime
) -> None:
    set_to(rules.CHASE_ALERT, 1)
    set_to(rules.CHASE_SUPERVISOR, 2)
    order = register()

    chased(order, by=agent, at=now)
    assert Event.objects.filter(verb="order.chase_alerted").count() == 1
    chased(order, by=agent, at=now)
    assert Event.objects.filter(verb="order.chase_escalated").count() == 1


@pytest.mark.req("O-048")
@pytest.mark.parametrize(
    ("late", "said"),
    [
        (None, "约好的 2026-11-20 10:00–12:00 已过，马上联系师傅，给您回电"),
        (13.5, "已告诉您会晚到，预计 2026-11-20 13:30 到"),
        (12.5, "告诉您的 2026-11-20 12:30 也已过，马上联系师傅，给您回电"),
        (9, "约好的 2026-11-20 10:00–12:00 已过，马上联系师傅，给您回电"),  # told before the time was moved
    ],
)
def test_a_chasing_customer_hears_the_time_that_the_technician_told_him(late: float | None, said: str) -> None:
    ten = datetime(2026, 11, 20, 10, tzinfo=SHANGHAI)

    told = rules.what_to_say(
        Status.IN_REPAIR,
        technician="",
        promised=(ten, ten + timedelta(hours=2)),
        repair_label="",
        hold=None,
        now=ten + timedelta(hours=3),
        late=None if late is None else ten + timedelta(hours=late - 10),
    )

    assert str(told) == said


@pytest.mark.req("O-048", "O-044")
@pytest.mark.parametrize("status", [Status.TO_DISPATCH, Status.IN_REPAIR])
def test_who_chases_an_order_refused_for_safety_hears_of_the_hazard(status: Status) -> None:
    ten = datetime(2026, 11, 20, 10, tzinfo=SHANGHAI)
    told = rules.what_to_say(
        status,
        technician="李建国",
        promised=(ten, ten + timedelta(hours=2)),
        repair_label="",
        hold=None,
        now=ten + timedelta(hours=3),
        is_unsafe=True,
    )
    assert str(told).startswith("检查时发现安全隐患，已停止维修")


def test_what_was_answered_must_be_said_and_a_finished_order_is_not_chased(
    register: Callable[..., Order], order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    with pytest.raises(Invalid) as refused:
        chased(register(), by=agent, at=now, answer="  ")
    assert list(refused.value.errors) == ["answer"]
    for status in (Status.CLOSED, Status.CANCELLED):
        with pytest.raises(Refused) as over:
            chased(order_in(status), by=agent, at=now)
        assert over.value.code == "wrong_status"
    assert Chase.objects.count() == 0


def test_a_stranger_and_a_cashier_may_not_chase(
    register: Callable[..., Order], stranger: Actor, cashier: Actor, now: datetime
) -> None:
    order = register()
    for who in (stranger, cashier):
        with pytest.raises(Forbidden):
            chased(order, by=who, at=now)


@pytest.mark.req("O-048")
def test_the_same_number_and_device_while_open_is_asked_about_before_a_second_order(
    register: Callable[..., Order], draft: Callable[..., OrderDraft], agent: Actor, aircon: Category, now: datetime
) -> None:
    first = register(devices=(DeviceDraft(category_id=aircon.pk, serial="SN1"),))
    known = DeviceDraft(device_id=Device.objects.get().pk)

    with pytest.raises(Refused) as refused:
        actions.register(draft(devices=(known,)), refuse_duplicate=True, by=agent, at=now)

    assert refused.value.code == "duplicate_open"
    assert first.number in str(refused.value.text)
    assert "同一设备" in str(refused.value.text)
    unknown = DeviceDraft(category_id=aircon.pk)
    with pytest.raises(Refused) as perhaps:
        actions.register(draft(devices=(unknown,)), refuse_duplicate=True, by=agent, at=now)
    assert "同一电话" in str(perhaps.value.text)
    assert "同一设备" not in str(perhaps.value.text)
    assert Order.objects.count() == 1
    other = DeviceDraft(category_id=aircon.pk, serial="SN2")
    assert actions.register(draft(devices=(other,)), refuse_duplicate=True, by=agent, at=now).pk
    assert actions.register(draft(devices=(known,)), by=agent, at=now).pk, "the clerk said 仍要新建"


def test_a_finished_order_or_another_number_is_no_duplicate(
    order_in: Callable[..., Order], draft: Callable[..., OrderDraft], agent: Actor, now: datetime
) -> None:
    order_in(Status.CLOSED)
    actions.register(draft(), refuse_duplicate=True, by=agent, at=now)

    actions.register(draft(phone="13900001111"), refuse_duplicate=True, by=agent, at=now)


@pytest.fixture
def thrice(register: Callable[..., Order], aircon: Category, now: datetime) -> Callable[..., Order]:
    """The same fault at the same address for the third time."""

    def _thrice(**typed: Any) -> Order:
        for days in (20, 9):
            register(category_id=aircon.pk, at=now - timedelta(days=days))
        return register(**({"category_id": aircon.pk} | typed))

    return _thrice


@pytest.mark.req("O-048")
def test_the_third_report_in_thirty_days_waits_for_the_supervisor_fifteen_minutes_at_most(
    thrice: Callable[..., Order], supervisor: Actor, agent: Actor, now: datetime
) -> None:
    order = thrice()

    assert order.hold_code == "repeat_fault"
    hold = Hold.objects.get()
    assert hold.expires_at == now + timedelta(minutes=15)
    assert queries.hold_reasons([order.pk])[order.pk][0].render() == (
        "30 天内第 3 次报修，先由主管确认再派工；最迟 10:15 自动放行"
    )
    with pytest.raises(Refused) as held:
        actions.refuse_if_held(order, "dispatch", at=now + timedelta(minutes=14))
    assert held.value.code == "held"
    with pytest.raises(Forbidden):
        actions.release(order.pk, "repeat_fault", by=agent, at=now)
    actions.release(order.pk, "repeat_fault", by=supervisor, at=now)
    order.refresh_from_db()
    assert order.hold_code == ""
    actions.refuse_if_held(order, "dispatch", at=now)


@pytest.mark.req("O-048")
def test_a_repeated_fault_falls_away_by_the_clock_and_when_it_is_dispatched(
    thrice: Callable[..., Order], register: Callable[..., Order], aircon: Category, now: datetime
) -> None:
    order, later = thrice(), now + timedelta(minutes=15)

    jobs.release_expired_holds(at=later - timedelta(seconds=1))
    order.refresh_from_db()
    assert order.hold_code == "repeat_fault"
    jobs.release_expired_holds(at=later)
    jobs.release_expired_holds(at=later)
    order.refresh_from_db()
    assert order.hold_code == ""
    fourth = register(category_id=aircon.pk)
    actions.refuse_if_held(fourth, "dispatch", at=later)
    fourth.refresh_from_db()
    assert fourth.hold_code == ""


def test_older_reports_other_categories_and_other_devices_do_not_count(
    thrice: Callable[..., Order], register: Callable[..., Order], aircon: Category, set_to: Callable[..., None],
    now: datetime,
) -> None:  # fmt: skip
    register(category_id=aircon.pk, at=now - timedelta(days=31))
    register(at=now - timedelta(days=3))  # no category
    register(category_id=aircon.pk, devices=(DeviceDraft(category_id=aircon.pk, serial="A"),), at=now)
    assert register(category_id=aircon.pk, devices=(DeviceDraft(category_id=aircon.pk, serial="B"),)).hold_code == ""

    set_to(rules.REPEAT_COUNT, 2)
    again = DeviceDraft(device_id=Device.objects.get(serial="B").pk)
    assert register(devices=(again,)).hold_code == "repeat_fault"
    set_to(rules.REPEAT_HOLD_MINUTES, 0)
    assert register(devices=(again,)).hold_code == "", "only told"


@pytest.fixture
def warn(customer: Customer, admin: Actor, now: datetime) -> Callable[..., None]:
    """The owner warns of 王小明."""

    def _warn(effect: str) -> None:
        customers.warn(customer.pk, effect, reason="欠费不还", proof="GD260201-0003", by=admin, at=now)

    return _warn


@pytest.mark.parametrize(("flag", "code"), [("refuse", "refused_customer"), ("prepaid", "prepaid")])
@pytest.mark.req("O-054")
def test_a_warning_waits_for_the_supervisor_with_a_reason(
    flag: str, code: str, warn: Callable[..., None], register: Callable[..., Order], agent: Actor, supervisor: Actor,
    now: datetime,
) -> None:  # fmt: skip
    warn(flag)

    order = register()

    assert (order.flag, order.hold_code, order.priority) == (flag, code, "p3")
    assert "欠费" not in str(queries.hold_reasons([order.pk])), "the reason is the owner's"
    with pytest.raises(Refused):
        actions.refuse_if_held(order, "dispatch", at=now)
    with pytest.raises(Invalid):
        actions.release(order.pk, code, by=supervisor, at=now)
    actions.release(order.pk, code, reason="老板同意", by=supervisor, at=now)
    actions.refuse_if_held(order, "dispatch", at=now)


@pytest.mark.req("O-054")
def test_a_vip_is_one_step_more_pressing_and_an_expired_entry_has_no_effect(
    warn: Callable[..., None], register: Callable[..., Order], now: datetime
) -> None:
    warn("vip")
    assert (register().flag, register().priority) == ("vip", "p2")

    Caution.objects.update(expires_on=now.date() - timedelta(days=1))

    plain = register()
    assert (plain.flag, plain.priority, plain.hold_code) == ("", "p3", "")


@pytest.fixture
def virtual(agent: Actor) -> Callable[..., Order]:
    """A platform's order with the number that it lends for a while."""

    def _virtual(name: str, at: datetime, **typed: Any) -> Order:
        return actions.register(
            OrderDraft(
                symptom="空调不制冷",
                source="platform",
                phone="13700001234",
                phone_is_virtual=True,
                customer=CustomerDraft(name=name),
                **typed,
            ),
            refuse_duplicate=True,
            by=agent,
            at=at,
        )

    return _virtual


@pytest.mark.req("O-052")
def test_one_virtual_number_of_two_people_on_two_days_is_not_merged(
    virtual: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    one = virtual("陈一", now)
    two = virtual("林二", now + timedelta(days=1))

    assert one.customer_id != two.customer_id
    assert (one.phone, one.phone_code, one.phone_is_virtual) == ("13700001234", "", True)
    assert one.phone_expires_at == now + timedelta(hours=72)
    assert [c.phone_code for c in Contact.objects.all()] == ["", ""]
    assert queries.of_phone("+8613700001234", agent) == []
    assert queries.search("13700001234", agent) == []
    assert queries.similar(agent, codes=["+8613700001234"], since=now) == []


def test_a_virtual_number_says_when_it_ends_and_that_it_ended(virtual: Callable[..., Order], now: datetime) -> None:
    order = virtual("陈一", now, phone_expires_at=now + timedelta(hours=5))

    def said(at: datetime) -> str:
        return str(
            rules.virtual_phone_warning(is_virtual=order.phone_is_virtual, expires_at=order.phone_expires_at, now=at)
        )

    assert "2026-03-11 15:00 失效" in said(now)
    assert "打不通" in said(now + timedelta(hours=5))
    assert Contact.objects.get().expires_at == now + timedelta(hours=5)


@pytest.mark.req("O-052")
def test_a_wrong_number_is_not_dispatched_until_the_source_was_asked_and_the_number_confirmed(
    register: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = register(source="property")

    actions.mark_wrong_number(order.pk, by=agent, at=now)
    actions.mark_wrong_number(order.pk, by=agent, at=now)

    order.refresh_from_db()
    assert order.hold_code == "wrong_number"
    assert Hold.objects.count() == 1
    assert "物业" in str(queries.hold_reasons([order.pk])[order.pk][0])
    assert Event.objects.filter(verb="order.wrong_number").count() == 1
    with pytest.raises(Refused) as held:
        actions.refuse_if_held(order, "dispatch", at=now)
    assert held.value.code == "held"
    with pytest.raises(Refused) as not_so:
        actions.release(order.pk, "wrong_number", by=SYSTEM, at=now)
    assert not_so.value.code == "not_releasable"
    with pytest.raises(Invalid):
        actions.confirm_phone(order.pk, "12", by=agent, at=now)
    after = actions.confirm_phone(order.pk, "13600005555", by=agent, at=now)
    assert (after.hold_code, after.phone_code, after.version) == ("", "+8613600005555", 2)
    assert queries.search("13600005555", agent)[0]["number"] == order.number
    actions.refuse_if_held(after, "dispatch", at=now)


def test_the_customers_contacts_follow_the_confirmed_number(
    register: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = register()
    old = order.phone
    actions.mark_wrong_number(order.pk, by=agent, at=now)
    for nobodys in ("12345", "95588", "110"):
        with pytest.raises(Invalid):
            actions.confirm_phone(order.pk, nobodys, by=agent, at=now)

    actions.confirm_phone(order.pk, "13600005555", by=agent, at=now)
    actions.confirm_phone(order.pk, "13600005555", by=agent, at=now)

    contacts = [(row.phone, row.remark) for row in order.customer.contacts.order_by("position", "pk")]
    assert contacts == [("13600005555", ""), (old, "错号")]


def test_an_edited_number_is_a_confirmed_one(register: Callable[..., Order], agent: Actor, now: datetime) -> None:
    order = register()
    actions.mark_wrong_number(order.pk, by=agent, at=now)

    actions.edit(order.pk, seen=1, changes={"phone": "13600005555"}, by=agent, at=now)

    order.refresh_from_db()
    assert order.hold_code == ""


@pytest.mark.req("O-048")
def test_similar_orders_are_of_the_same_number_address_or_device_the_open_ones_first(
    register: Callable[..., Order], order_in: Callable[..., Order], agent: Actor, customer: Customer, aircon: Category,
    now: datetime, django_assert_num_queries: Any,
) -> None:  # fmt: skip
    closed = order_in(Status.CLOSED, phone="13900001111", address="体育西路１号 302")
    by_device = register(
        phone="13900002222", address="别处 5 号", devices=(DeviceDraft(category_id=aircon.pk, serial="SN1"),)
    )
    by_phone = register(address="又一处 6 号")
    Order.objects.filter(pk=register(phone="13900003333", address="远处").pk).update(customer_id=customer.pk)
    device = Device.objects.get().pk

    with django_assert_num_queries(4):
        rows = queries.similar(
            agent,
            codes=["+8613812345678"],
            address="体育西路 1 号 302",
            device_ids=[device],
            since=now - timedelta(days=1),
        )

    assert [(row["number"], row["why"], row["is_open"]) for row in rows] == [
        (by_phone.number, ("phone",), True),
        (by_device.number, ("device",), True),
        (closed.number, ("address",), False),
    ]
    with django_assert_num_queries(0):
        assert queries.similar(agent, since=now) == []


def test_similar_orders_of_other_sites_stay_unseen(
    register: Callable[..., Order], stranger: Actor, now: datetime
) -> None:
    register()

    assert queries.similar(stranger, codes=["+8613812345678"], since=now - timedelta(days=1)) == []
