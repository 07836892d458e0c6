"""What becomes of a request: received, answered, complained about, repaired, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from gongdan.audit.models import Event
from gongdan.catalog import actions as catalog
from gongdan.catalog.models import Category, ForbiddenWord
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused, Stale
from gongdan.orders import actions, queries
from gongdan.orders.models import Answer, Order, Relation
from gongdan.orders.rules import DeviceDraft
from gongdan.orders.states import Status

pytestmark = pytest.mark.django_db


@pytest.mark.req("R-047")
def test_receiving_a_request_keeps_time_and_user(
    register: Callable[..., Order], agent: Actor, dispatcher: Actor, now: datetime
) -> None:
    order = register(channel="online")
    later = now + timedelta(minutes=12)

    actions.accept_request(order.pk, seen=1, by=dispatcher, at=later)

    page = queries.page(order.pk, agent)
    assert (page.accepted_at, page.accepted_by, page.version) == (later, "何静", 2)
    event = Event.objects.get(verb="order.accepted")
    assert (event.actor_name, event.at, event.facts["waited_minutes"]) == ("何静", later, 12)


def test_a_request_is_received_once_and_while_it_is_open(
    register: Callable[..., Order], order_in: Callable[..., Order], agent: Actor, technician: Actor, now: datetime
) -> None:
    received, filed = register(), order_in(Status.CANCELLED, channel="online")

    with pytest.raises(Refused) as twice:
        actions.accept_request(received.pk, seen=1, by=agent, at=now)
    with pytest.raises(Refused) as late:
        actions.accept_request(filed.pk, seen=filed.version, by=agent, at=now)
    with pytest.raises(Forbidden):
        actions.accept_request(received.pk, seen=1, by=technician, at=now)

    assert (twice.value.code, late.value.code) == ("accepted", "wrong_status")


@pytest.mark.req("R-047")
def test_requests_that_wait_too_long_are_flagged_and_received_ones_are_not(
    register: Callable[..., Order], agent: Actor, stranger: Actor, now: datetime
) -> None:
    waiting = register(channel="online")
    register(channel="online", at=now + timedelta(minutes=5))
    register()
    limit = timedelta(minutes=30)

    before = queries.unaccepted_over(limit, now=now + timedelta(minutes=29), actor=agent)
    flagged = queries.unaccepted_over(limit, now=now + timedelta(minutes=31), actor=agent)
    elsewhere = queries.unaccepted_over(limit, now=now + timedelta(minutes=31), actor=stranger)
    actions.choose_repair(waiting.pk, seen=1, by=agent, at=now + timedelta(minutes=31))
    after = queries.unaccepted_over(limit, now=now + timedelta(minutes=31), actor=agent)

    assert ([r["id"] for r in before], [r["id"] for r in flagged], elsewhere, after) == ([], [waiting.pk], [], [])


@pytest.mark.req("R-048")
@pytest.mark.parametrize(
    ("verb", "flow", "status", "event"),
    [
        ("choose_inquiry", "inquiry", "answering", "order.inquiry_chosen"),
        ("choose_complaint", "complaint", "answering", "order.complaint_chosen"),
        ("choose_repair", "repair", "to_dispatch", "order.repair_chosen"),
    ],
)
def test_each_of_the_three_flows_is_kept_with_time_and_user(
    verb: str, flow: str, status: str, event: str, register: Callable[..., Order], dispatcher: Actor, now: datetime
) -> None:
    order = register(channel="online")
    later = now + timedelta(minutes=3)

    getattr(actions, verb)(order.pk, seen=1, by=dispatcher, at=later)

    page = queries.page(order.pk, dispatcher)
    assert (page.flow, page.status, page.version) == (flow, status, 2)
    assert (page.flow_chosen_at, page.flow_chosen_by) == (later, "何静")
    assert (page.accepted_at, page.accepted_by) == (later, "何静")
    assert Event.objects.get(verb=event).facts["flow"] == flow


@pytest.mark.req("R-048")
def test_an_order_stays_undecided_until_a_flow_is_chosen(register: Callable[..., Order], agent: Actor) -> None:
    page = queries.page(register().pk, agent)

    assert (page.flow, page.status) == ("", "registered")
    assert [str(button.label) for button in page.buttons] == ["转咨询", "转投诉", "转维修", "电话解决", "取消"]


@pytest.mark.req("R-051")
def test_a_repair_stands_in_the_dispatch_list_at_once(
    register: Callable[..., Order], agent: Actor, dispatcher: Actor, now: datetime
) -> None:
    order = register()
    before = queries.station_rows(dispatcher, [Status.TO_DISPATCH]).rows
    actions.choose_repair(order.pk, seen=1, by=agent, at=now)

    after = queries.station_rows(dispatcher, [Status.TO_DISPATCH]).rows
    assert (before, [row["number"] for row in after]) == ([], [order.number])
    assert queries.counts(dispatcher)[Status.TO_DISPATCH] == 1


def test_choosing_is_refused_over_a_colleagues_choice(
    register: Callable[..., Order], agent: Actor, dispatcher: Actor, now: datetime
) -> None:
    order = register()
    actions.choose_inquiry(order.pk, seen=1, by=dispatcher, at=now)

    with pytest.raises(Stale) as refused:
        actions.choose_repair(order.pk, seen=1, by=agent, at=now)

    assert str(refused.value) == "10:00 何静 转咨询流程；请核对后再保存"
    assert Order.objects.get().flow == "inquiry"


@pytest.mark.req("R-049", "R-053")
def test_a_question_is_answered_and_closed_without_dispatch_or_money(
    order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = order_in(Status.ANSWERING, symptom="空调多久清洗一次？")
    later = now + timedelta(minutes=5)

    actions.answer(order.pk, text="每季一次", seen=order.version, by=agent, at=later)
    actions.close_answered(order.pk, seen=order.version + 1, by=agent, at=later)

    page = queries.page(order.pk, agent)
    assert (page.status, page.closed_at, page.due_fen) == ("closed", later, None)
    assert page.answer == queries.AnswerFacts("空调多久清洗一次？", "每季一次", False, later, "王芳")
    assert Event.objects.get(verb="order.answered").facts["changes"] == {"answer": ["", "每季一次"]}
    assert Event.objects.get(verb="order.answered_closed").facts["wants_follow_up"] is False


def test_an_answer_may_be_rewritten_until_it_is_closed(
    order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = order_in(Status.ANSWERING)
    actions.answer(order.pk, text="甲", wants_follow_up=True, seen=2, by=agent, at=now)
    actions.answer(order.pk, text="乙", question="问什么", seen=3, by=agent, at=now)
    actions.close_answered(order.pk, seen=4, by=agent, at=now)

    with pytest.raises(Refused) as refused:
        actions.answer(order.pk, text="丙", seen=5, by=agent, at=now)

    assert refused.value.code == "wrong_status"
    assert Answer.objects.values_list("question", "text", "wants_follow_up").get() == ("问什么", "乙", False)


@pytest.mark.parametrize("text", ["", "  ", "长" * 4001])
def test_an_answer_needs_words_and_fits(text: str, order_in: Callable[..., Order], agent: Actor, now: datetime) -> None:
    order = order_in(Status.ANSWERING)

    with pytest.raises(Invalid) as refused:
        actions.answer(order.pk, text=text, seen=2, by=agent, at=now)

    assert list(refused.value.errors) == ["text"]
    assert not Answer.objects.exists()


def test_no_customer_is_answered_in_forbidden_words(
    order_in: Callable[..., Order], agent: Actor, admin: Actor, now: datetime
) -> None:
    catalog.add_forbidden_word(word="爱买不买", by=admin, at=now)
    order = order_in(Status.ANSWERING)

    with pytest.raises(Invalid, match="爱买不买"):
        actions.answer(order.pk, text="你爱买不买", seen=2, by=agent, at=now)


def test_a_question_without_answer_is_not_closed(order_in: Callable[..., Order], agent: Actor, now: datetime) -> None:
    order = order_in(Status.ANSWERING)

    with pytest.raises(Refused) as refused:
        actions.close_answered(order.pk, seen=2, by=agent, at=now)

    assert str(refused.value) == "还没有填写答复，请填写后再结单"
    assert Order.objects.get().status == "answering"


def test_a_complaint_about_itself_or_about_nothing_is_refused(
    register: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = register()

    with pytest.raises(Invalid):
        actions.choose_complaint(order.pk, about_number=order.number, seen=1, by=agent, at=now)
    with pytest.raises(Refused) as missing:
        actions.choose_complaint(order.pk, about_number="GD-不存在", seen=1, by=agent, at=now)

    assert str(missing.value) == "没有单号为 GD-不存在 的工单，请核对单号"
    assert Order.objects.get().status == "registered"


@pytest.mark.req("R-049")
def test_an_open_question_moves_on_as_a_repair_of_the_same_number(
    order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = order_in(Status.ANSWERING)

    repair = actions.repair_from_inquiry(order.pk, by=agent, at=now)

    assert (repair.pk, repair.number, repair.status, repair.flow) == (order.pk, order.number, "to_dispatch", "repair")
    assert not Relation.objects.exists()


@pytest.mark.req("R-049")
@pytest.mark.req("R-045")
def test_a_closed_question_becomes_a_new_linked_repair_with_nothing_retyped(
    order_in: Callable[..., Order], agent: Actor, dispatcher: Actor, aircon: Category, now: datetime
) -> None:
    question = order_in(
        Status.ANSWERING,
        symptom="空调不制冷怎么办",
        category_id=aircon.pk,
        occurred="早上",
        remark="有狗",
        urgency="urgent",
        devices=(DeviceDraft(model_text="KFR-35GW", serial="SN1", symptom="不冷"), DeviceDraft(brand_text="美的")),
    )
    actions.answer(question.pk, text="先清洗滤网", seen=2, by=agent, at=now)
    actions.close_answered(question.pk, seen=3, by=agent, at=now)
    later = now + timedelta(hours=1)

    repair = actions.repair_from_inquiry(question.pk, by=dispatcher, at=later)

    old, new = queries.page(question.pk, agent), queries.page(repair.pk, agent)
    assert (new.number, new.status, new.flow) == ("GD260311-0002", "to_dispatch", "repair")
    assert (new.received_at, new.received_by, new.accepted_by) == (later, "何静", "何静")
    same = (
        "customer_id", "contact_name", "phone", "phone_code", "full_address", "symptom", "occurred", "remark",
        "category", "urgency", "priority", "mode", "source", "channel", "device_text",
    )  # fmt: skip
    assert {name: getattr(new, name) for name in same} == {name: getattr(old, name) for name in same}
    told = ("device_id", "category", "brand", "model", "serial", "symptom", "coverage_label", "verdict")
    assert [[getattr(d, n) for n in told] for d in new.devices] == [[getattr(d, n) for n in told] for d in old.devices]
    assert [(r.number, r.kind, r.is_earlier) for r in new.related] == [(old.number, "from_inquiry", True)]
    assert (old.status, len(old.devices)) == ("closed", 2)
    assert Event.objects.get(verb="order.turned_to_repair").facts["number"] == new.number
    assert {row["number"] for row in queries.search("5678", agent)} == {old.number, new.number}


def test_a_question_becomes_a_repair_once_unless_that_was_cancelled(
    order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    question = order_in(Status.ANSWERING)
    actions.answer(question.pk, text="答", seen=2, by=agent, at=now)
    actions.close_answered(question.pk, seen=3, by=agent, at=now)
    first = actions.repair_from_inquiry(question.pk, by=agent, at=now)

    with pytest.raises(Refused) as twice:
        actions.repair_from_inquiry(question.pk, by=agent, at=now)
    actions.cancel(first.pk, "客户不修了", seen=first.version, by=agent, at=now)
    second = actions.repair_from_inquiry(question.pk, by=agent, at=now)

    assert str(twice.value) == f"这张咨询单已转为维修单 {first.number}，请直接打开"
    assert second.number != first.number


@pytest.mark.parametrize("status", [Status.TO_DISPATCH, Status.IN_REPAIR, Status.CLOSED, Status.CANCELLED])
def test_what_is_no_question_does_not_become_a_repair(
    status: Status, order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = order_in(status)

    with pytest.raises(Refused) as refused:
        actions.repair_from_inquiry(order.pk, by=agent, at=now)

    assert refused.value.code == "wrong_flow"
    assert Order.objects.count() == 1


def test_a_complaint_out_of_a_call_back_is_an_order_of_its_own(
    order_in: Callable[..., Order], agent: Actor, cashier: Actor, now: datetime
) -> None:
    order = order_in(Status.TO_FOLLOW_UP)

    complaint = actions.complain(order.pk, "多收了 50 元", by=agent, at=now)
    with pytest.raises(Invalid):
        actions.complain(order.pk, " ", by=agent, at=now)
    with pytest.raises(Forbidden):
        actions.complain(order.pk, "多收", by=cashier, at=now)

    assert (complaint.status, complaint.flow, complaint.symptom) == ("answering", "complaint", "多收了 50 元")
    assert complaint.customer_id == order.customer_id
    assert [(r.number, r.kind) for r in queries.related(complaint.pk)] == [(order.number, "complaint_about")]
    assert Order.objects.get(pk=order.pk).status == "to_follow_up"


def test_cancelling_keeps_the_reason(order_in: Callable[..., Order], agent: Actor, now: datetime) -> None:
    order = order_in(Status.TO_DISPATCH)

    actions.cancel(order.pk, " 客户自己修好了 ", seen=order.version, by=agent, at=now)

    assert Order.objects.get().status == "cancelled"
    assert Event.objects.get(verb="order.cancelled").facts["reason"] == "客户自己修好了"


@pytest.mark.parametrize(
    "verb", ["accept_request", "choose_inquiry", "choose_complaint", "choose_repair", "close_answered"]
)
def test_each_verb_is_for_the_own_site_and_its_permission(
    verb: str, register: Callable[..., Order], stranger: Actor, cashier: Actor, now: datetime
) -> None:
    order = register(channel="online")

    for actor in (stranger, cashier):
        with pytest.raises(Forbidden):
            getattr(actions, verb)(order.pk, seen=1, by=actor, at=now)
    assert Order.objects.get().version == 1


@pytest.mark.req("R-049")
def test_a_repair_that_nobody_began_becomes_a_question_or_a_complaint_with_nothing_retyped(
    order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    for verb, flow in (("choose_inquiry", "inquiry"), ("choose_complaint", "complaint")):
        order = order_in(Status.TO_DISPATCH, symptom="滤网怎么洗")
        turned = getattr(actions, verb)(order.pk, seen=order.version, by=agent, at=now)

        assert (turned.pk, turned.status, turned.flow, turned.symptom) == (order.pk, "answering", flow, "滤网怎么洗")
        with pytest.raises(Refused):
            getattr(actions, verb)(order.pk, seen=turned.version, by=agent, at=now)


@pytest.mark.parametrize("begun", [{"quote_state": "issued"}, {"money_state": "part"}, {"technician_names": "李建国"}])
def test_a_repair_that_was_begun_stays_one(
    begun: dict[str, str], order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = order_in(Status.TO_DISPATCH)
    Order.objects.filter(pk=order.pk).update(**begun)

    with pytest.raises(Refused) as refused:
        actions.choose_complaint(order.pk, seen=order.version, by=agent, at=now)

    assert str(refused.value) == "这张维修单已经开始办理，不能再转投诉；客户投诉请点“登记投诉”，不修了请取消工单"


@pytest.mark.req("R-050")
def test_a_complaint_goes_on_beside_the_repair_that_comes_out_of_it(
    order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    about = order_in(Status.CLOSED, symptom="空调不制冷")
    complaint = actions.complain(about.pk, "修了还是不冷", by=agent, at=now)

    with pytest.raises(Refused) as refused:
        actions.choose_repair(complaint.pk, seen=complaint.version, by=agent, at=now)
    repair = actions.repair_from_inquiry(complaint.pk, by=agent, at=now)
    with pytest.raises(Refused) as twice:
        actions.repair_from_inquiry(complaint.pk, by=agent, at=now)

    assert refused.value.code == "begun"
    assert str(twice.value) == f"这张投诉单已转为维修单 {repair.number}，请直接打开"
    assert (repair.status, repair.flow, repair.symptom) == ("to_dispatch", "repair", "修了还是不冷")
    assert Order.objects.get(pk=complaint.pk).status == "answering"
    assert [(r.number, r.kind) for r in queries.related(repair.pk)] == [(complaint.number, "from_complaint")]


def test_a_complaint_chosen_by_mistake_simply_becomes_a_repair(
    register: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = register()
    actions.choose_complaint(order.pk, seen=1, by=agent, at=now)
    with pytest.raises(Refused) as answered:
        actions.answer(order.pk, text="好的", seen=2, by=agent, at=now)

    repair = actions.repair_from_inquiry(order.pk, by=agent, at=now)

    assert answered.value.code == "wrong_flow"
    assert (repair.pk, repair.status, repair.flow) == (order.pk, "to_dispatch", "repair")


@pytest.mark.req("R-240")
def test_an_answer_with_a_forbidden_word_is_not_given(
    order_in: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    question = order_in(Status.ANSWERING)
    ForbiddenWord.objects.create(word="爱买不买", word_key="爱买不买")

    with pytest.raises(Invalid, match="含有禁用语“爱买不买”") as refused:
        actions.answer(question.pk, text="就这个价，爱买 不买", seen=question.version, by=agent, at=now)

    assert list(refused.value.errors) == ["text"]
    assert not Answer.objects.exists()
