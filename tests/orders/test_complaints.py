"""投诉: liability, handling, result and compensation by rule, and no end without them and the call-back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from gongdan.audit.models import Event
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Refused, Stale
from gongdan.orders import actions, queries
from gongdan.orders.models import CompensationRule, Complaint, Order, Relation
from gongdan.orders.states import Status

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules(db: None) -> None:
    actions.seed_rules()


@pytest.fixture
def about(order_in: Callable[..., Order]) -> Order:
    """A settled repair of 200 yuan."""
    order = order_in(Status.TO_FOLLOW_UP)
    Order.objects.filter(pk=order.pk).update(due_fen=20000, money_state="paid")
    return order


@pytest.fixture
def complaint(about: Order, agent: Actor, now: datetime) -> Order:
    return actions.complain(about.pk, "师傅迟到一小时，态度差", by=agent, at=now)


@pytest.fixture
def judged(complaint: Order, agent: Actor, now: datetime) -> Callable[..., Order]:
    """The complaint with its liability; `subject=` and the like differ."""

    def _judged(**typed: Any) -> Order:
        usual = {"subject": "迟到", "liability": "shop", "finding": "派工晚了"}
        seen = queries.version(complaint.pk)
        actions.judge(complaint.pk, **usual | typed, seen=seen, by=agent, at=now)
        return Order.objects.get(pk=complaint.pk)

    return _judged


def rule(name: str) -> int:
    return CompensationRule.objects.get(name=name).pk


@pytest.mark.req("R-050")
def test_a_complaint_names_order_and_person_liability_handling_result_and_compensation(
    complaint: Order, about: Order, technician: Actor, agent: Actor, now: datetime
) -> None:
    later, v = now + timedelta(minutes=20), complaint.version
    actions.judge(
        complaint.pk, subject="迟到", liability="technician", finding="师傅没有改约", person_id=technician.id, seen=v,
        by=agent, at=later,
    )  # fmt: skip
    actions.handle(complaint.pk, handling="电话致歉，约谈师傅", outcome="客户接受道歉", seen=v + 1, by=agent, at=later)
    actions.compensate(complaint.pk, rule_id=rule("迟到免上门费"), seen=v + 2, by=agent, at=later)

    found = queries.page(complaint.pk, agent).complaint
    assert found is not None
    assert (found.subject, found.person, found.liability, found.finding) == (
        "迟到",
        "李建国",
        "technician",
        "师傅没有改约",
    )
    assert (found.handling, found.outcome, found.handled_by) == ("电话致歉，约谈师傅", "客户接受道歉", "王芳")
    assert (found.rule, found.compensation, found.fen, found.decided_at) == ("迟到免上门费", "visit_fee", 5000, later)
    assert found.missing == []
    assert [(r.number, r.kind) for r in queries.related(complaint.pk)] == [(about.number, "complaint_about")]
    told = Event.objects.filter(about_id=complaint.pk).order_by("pk").values_list("verb", flat=True)
    assert list(told)[-3:] == ["order.complaint_judged", "order.complaint_treated", "order.compensated"]
    judged = Event.objects.get(verb="order.complaint_judged")
    assert judged.facts["changes"]["person"] == ["", "李建国"]


@pytest.mark.req("R-050")
def test_it_does_not_end_without_result_nor_close_without_the_call_back(
    judged: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = judged()
    with pytest.raises(Refused) as early:
        actions.close_answered(order.pk, seen=order.version, by=agent, at=now)
    actions.handle(order.pk, handling="致歉", outcome="", seen=order.version, by=agent, at=now)
    actions.compensate(order.pk, rule_id=rule("当面或电话道歉"), seen=order.version + 1, by=agent, at=now)
    with pytest.raises(Refused) as no_result:
        actions.close_answered(order.pk, seen=order.version + 2, by=agent, at=now)
    actions.handle(order.pk, handling="致歉", outcome="客户接受", seen=order.version + 2, by=agent, at=now)
    done = actions.close_answered(order.pk, seen=order.version + 3, by=agent, at=now)

    assert str(early.value) == "投诉还不能结束，请先填写：处理、处理结果、赔付决定"
    assert str(no_result.value) == "投诉还不能结束，请先填写：处理结果"
    assert (done.status, done.closed_at) == ("to_follow_up", None)
    with pytest.raises(Refused) as again:
        actions.close_answered(order.pk, seen=done.version, by=agent, at=now)
    assert str(again.value) == "当前状态是“待回访”，不能处理完毕；现在可以：结单、重新处理"
    assert [str(button.label) for button in queries.page(order.pk, agent).buttons] == ["结单", "重新处理"]


@pytest.mark.req("R-050")
def test_a_customer_who_is_not_content_has_it_handled_again(
    judged: Callable[..., Order], agent: Actor, now: datetime
) -> None:
    order = judged()
    actions.handle(order.pk, handling="致歉", outcome="客户接受", seen=order.version, by=agent, at=now)
    actions.compensate(order.pk, rule_id=None, reason="客户不要", seen=order.version + 1, by=agent, at=now)
    actions.close_answered(order.pk, seen=order.version + 2, by=agent, at=now)

    with transaction.atomic():
        again = actions.advance(actions.locked(order.pk), "reopen_complaint", by=agent, at=now, reason="没人联系我")

    assert (again.status, again.flow) == ("answering", "complaint")
    actions.handle(order.pk, handling="店长上门致歉", outcome="满意", seen=again.version, by=agent, at=now)
    assert actions.close_answered(order.pk, seen=again.version + 1, by=agent, at=now).status == "to_follow_up"


@pytest.mark.req("R-050")
@pytest.mark.parametrize(
    ("subject", "name", "fen"),
    [
        ("迟到", "迟到赔付", 2000),
        ("返修", "返修赔付账单两成", 4000),
        ("返修", "返修免费", 0),
        ("收费", "多收退差额", 20000),
        ("损坏", "损坏赔付账单五成", 10000),
    ],
)
def test_what_the_customer_gets_is_computed_by_the_rule(
    subject: str, name: str, fen: int, judged: Callable[..., Order], supervisor: Actor, now: datetime
) -> None:
    order = judged(subject=subject)

    row = actions.compensate(order.pk, rule_id=rule(name), seen=order.version, by=supervisor, at=now)

    assert (row.fen, row.rule_id) == (fen, rule(name))
    offered = {r.name: r.award for r in queries.compensation_rules(subject=subject, due_fen=20000)}
    award = offered[name]
    assert award is not None
    assert award.fen == fen
    assert "迟到赔付" not in offered or subject == "迟到"


@pytest.mark.req("R-050")
def test_above_the_limit_the_amount_is_the_rules_and_the_supervisors(
    judged: Callable[..., Order], agent: Actor, supervisor: Actor, now: datetime
) -> None:
    order = judged(subject="损坏")

    def give(by: Actor, name: str = "损坏赔付账单五成", **typed: Any) -> Complaint:
        seen = queries.version(order.pk)
        return actions.compensate(order.pk, rule_id=rule(name), **typed, seen=seen, by=by, at=now)

    with pytest.raises(Refused) as not_his:
        give(agent)
    with pytest.raises(Refused) as typed:
        give(supervisor, fen=30000, reason="客户坚持")
    with pytest.raises(Refused) as no_reason:
        give(agent, fen=3000)
    less = give(agent, fen=3000, reason="客户只要三十")

    assert str(not_his.value) == "赔付超过 ¥50.00，请由主管（有“裁定投诉赔付”权限）决定"
    assert str(typed.value) == ("超过 ¥50.00 的金额不能自己填；所选规则给 ¥100.00，请清空“金额改为”，或换一条规则")
    assert str(no_reason.value) == "金额与规则不同时请填写原因"
    assert (less.fen, less.compensation_reason) == (3000, "客户只要三十")
    assert give(supervisor).fen == 10000


def test_money_for_what_was_not_our_fault_is_the_supervisors_and_nothing_needs_a_reason_where_it_was(
    judged: Callable[..., Order], agent: Actor, supervisor: Actor, now: datetime
) -> None:
    order = judged(liability="customer")
    with pytest.raises(Refused) as not_ours:
        actions.compensate(order.pk, rule_id=rule("迟到赔付"), seen=order.version, by=agent, at=now)
    actions.compensate(order.pk, rule_id=None, seen=order.version, by=agent, at=now)
    actions.compensate(order.pk, rule_id=rule("迟到赔付"), seen=order.version + 1, by=supervisor, at=now)
    order = judged(liability="shop")
    assert Complaint.objects.get().compensation == ""  # another liability: decide anew

    with pytest.raises(Invalid) as unsaid:
        actions.compensate(order.pk, rule_id=None, seen=order.version, by=agent, at=now)
    with pytest.raises(Invalid) as other:
        actions.compensate(order.pk, rule_id=rule("多收退差额"), seen=order.version, by=agent, at=now)

    assert str(not_ours.value).startswith("责任不在本店")
    assert str(unsaid.value.errors["reason"]) == "责任在本店而不赔付，请填写原因"
    assert str(other.value.errors["rule_id"]) == "请选择适用于“迟到”的赔付规则"


def test_a_share_needs_a_bill(register: Callable[..., Order], agent: Actor, now: datetime) -> None:
    order = register(symptom="收费太高")
    actions.choose_complaint(order.pk, seen=1, by=agent, at=now)
    with pytest.raises(Refused) as first:
        actions.compensate(order.pk, rule_id=rule("多收退差额"), seen=2, by=agent, at=now)
    actions.judge(order.pk, subject="收费", liability="shop", seen=2, by=agent, at=now)

    with pytest.raises(Invalid) as refused:
        actions.compensate(order.pk, rule_id=rule("多收退差额"), seen=3, by=agent, at=now)

    assert first.value.code == "no_liability"
    assert "按账单计算" in str(refused.value.errors["rule_id"])
    assert queries.complained_of(order.pk) is None


def test_judging_asks_for_what_it_needs(
    complaint: Order, about: Order, agent: Actor, stranger: Actor, cashier: Actor, now: datetime
) -> None:
    def judge(by: Actor = agent, **typed: Any) -> Complaint:
        usual = {"subject": "态度", "liability": "shop"}
        return actions.judge(complaint.pk, **usual | typed, seen=complaint.version, by=by, at=now)

    for typed, field in (
        ({"subject": "天气"}, "subject"),
        ({"liability": "nobody"}, "liability"),
        ({"liability": "technician"}, "person_id"),
        ({"person_id": 999_999}, "person_id"),
        ({"person_id": stranger.id}, "person_id"),
        ({"about_number": complaint.number}, "about_number"),
        ({"about_number": "没有"}, "about_number"),
        ({"finding": "长" * 1001}, "finding"),
    ):
        with pytest.raises(Invalid) as refused:
            judge(**typed)
        assert list(refused.value.errors) == [field]
    with pytest.raises(Forbidden):
        judge(by=cashier)
    with pytest.raises(Stale):
        actions.judge(complaint.pk, subject="态度", seen=99, by=agent, at=now)
    with pytest.raises(Refused) as repair:
        actions.judge(about.pk, subject="态度", seen=about.version, by=agent, at=now)
    assert "请先转投诉" in str(repair.value)
    assert not Complaint.objects.exists()
    judge(about_number=about.number)
    assert Relation.objects.filter(order=complaint, kind="complaint_about").count() == 1


def test_rules_are_the_shops_own(admin: Actor, agent: Actor, now: datetime) -> None:
    actions.seed_rules()
    before = CompensationRule.objects.count()

    with pytest.raises(Forbidden):
        actions.save_rule(actions.RuleDraft("安装损坏", "损坏", fen=1000), by=agent, at=now)
    row = actions.save_rule(actions.RuleDraft("安装损坏", "损坏", fen=1000), by=admin, at=now)
    with pytest.raises(Invalid) as twice:
        actions.save_rule(actions.RuleDraft("安装损坏", percent=120), by=admin, at=now)
    with pytest.raises(Stale):
        actions.save_rule(actions.RuleDraft("安装损坏", fen=2000), rule_id=row.pk, seen=7, by=admin, at=now)
    actions.save_rule(
        actions.RuleDraft("安装损坏", fen=2000, is_active=False), rule_id=row.pk, seen=1, by=admin, at=now
    )

    assert {"name", "percent"} <= set(twice.value.errors)
    assert CompensationRule.objects.count() == before + 1
    assert "安装损坏" not in {r.name for r in queries.compensation_rules()}
    assert "安装损坏" in {r.name for r in queries.compensation_rules(with_inactive=True)}
