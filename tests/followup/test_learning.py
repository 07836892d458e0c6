"""What is learnt from customers: surveys, feedback, improvements, and whether it is solved for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from gongdan.followup import actions, queries, rules
from gongdan.followup.actions import FeedbackDraft, ImprovementDraft, ResultDraft
from gongdan.followup.models import CallBack, Feedback, Survey
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from tests.followup.conftest import Set
from tests.settlement.cast import Make

pytestmark = pytest.mark.django_db
SCORES = {"服务态度": 5, "维修质量": 4, "及时": 5, "价格": 3}


@pytest.mark.req("R-189")
def test_a_survey_is_asked_with_the_call_once_per_order(settled: Make, agent: Actor, now: datetime) -> None:
    order = settled()
    typed = ResultDraft("", None, "", survey=SCORES, survey_remark="贵了点")

    actions.record_answer(order.pk, "fixed", typed=typed, by=agent, at=now)

    row = queries.survey_of(order.pk)
    assert row is not None
    assert (row.scores, row.remark, row.call_id) == (SCORES, "贵了点", CallBack.objects.get().pk)
    assert queries.survey_among(queries.calls_of(order.pk)) == row
    with pytest.raises(Refused, match="一张工单只做一次"):
        actions.record_survey(order.pk, {"价格": 1}, by=agent, at=now)


@pytest.mark.req("R-189")
def test_the_items_are_the_shops_and_scores_are_1_to_5(
    settled: Make, finished: Make, put: Set, agent: Actor, now: datetime
) -> None:
    order = settled()
    for scores in ({}, {"价格": 0}, {"价格": 6}, {"颜色": 3}):
        with pytest.raises(Invalid) as refused:
            actions.record_survey(order.pk, scores, by=agent, at=now)
        assert list(refused.value.errors) == ["survey"]
    with pytest.raises(Refused, match="客户验收并结算后"):
        actions.record_survey(finished(name="乙").pk, {"价格": 5}, by=agent, at=now)

    put({rules.SURVEY_ITEMS: ("颜色",)})
    assert actions.record_survey(order.pk, {"颜色": 3}, by=agent, at=now).scores == {"颜色": 3}


@pytest.mark.req("R-189", "O-056")
def test_the_doer_does_not_survey_his_own_customer(
    settled: Make, hire: Callable[..., Actor], site: Any, cashier: Actor, now: datetime
) -> None:
    order = settled()
    both = hire(site, "duoneng", "多能", "agent", "technician")
    orders.add_participant(order, both.id, "helper", at=now)

    for actor in (both, cashier):
        with pytest.raises(Forbidden):
            actions.record_survey(order.pk, SCORES, by=actor, at=now)
    assert Survey.objects.count() == 0


@pytest.mark.req("R-190")
def test_a_suggestion_of_a_call_is_a_to_do_of_the_caller_until_it_is_handed_on(
    settled: Make, agent: Actor, supervisor: Actor, technician: Actor, now: datetime
) -> None:
    order = settled()
    said = ResultDraft("好用", is_fixed=True, label="closed_well", suggestion="希望周末也上门")
    actions.record_result(order.pk, said, by=agent, at=now)

    (row,) = queries.feedback_rows(agent, now=now, scope="mine")
    assert (row["content"], row["channel"], row["state"], row["number"]) == (
        "希望周末也上门", "电话", "open", order.number,
    )  # fmt: skip
    assert row["due_on"] == date(2026, 3, 18)

    actions.move_feedback(row["id"], state="doing", owner_id=supervisor.id, seen=1, by=agent, at=now)
    assert queries.feedback_rows(agent, now=now, scope="mine") == []
    assert queries.feedback_rows(supervisor, now=now + timedelta(days=8), scope="mine")[0]["is_late"] is True
    with pytest.raises(Invalid, match="处理结果"):
        actions.move_feedback(row["id"], state="done", seen=2, by=supervisor, at=now)
    with pytest.raises(Stale):
        actions.move_feedback(row["id"], state="doing", seen=1, by=supervisor, at=now)
    with pytest.raises(Missing):
        actions.move_feedback(row["id"], state="doing", seen=2, by=technician, at=now)
    actions.move_feedback(row["id"], state="done", outcome="周六起排班", seen=2, by=supervisor, at=now)

    assert queries.feedback_rows(agent, now=now) == []
    (ended,) = queries.feedback_rows(agent, now=now, scope="all")
    assert (ended["state"], ended["outcome"], ended["done_at"]) == ("done", "周六起排班", now)


@pytest.mark.req("R-190")
def test_feedback_comes_through_the_channels_of_the_shop(
    site: Any, put: Set, agent: Actor, supervisor: Actor, stranger: Actor, cashier: Actor, now: datetime
) -> None:
    assert queries.channels(site.pk) == ("电话", "邮件", "在线调查", "微信", "当面")
    given = FeedbackDraft("发票开得慢", "邮件", contact="李女士", owner_id=supervisor.id)
    row = actions.add_feedback(given, by=agent, at=now)
    assert (row.channel, row.owner_id, row.site_id) == ("邮件", supervisor.id, site.pk)

    for draft, field in (
        (FeedbackDraft("", "邮件"), "content"),
        (FeedbackDraft("慢", "飞鸽"), "channel"),
        (FeedbackDraft("慢", "邮件", kind="gossip"), "kind"),
        (FeedbackDraft("慢", "邮件", owner_id=stranger.id), "owner_id"),
    ):
        with pytest.raises(Invalid) as refused:
            actions.add_feedback(draft, by=agent, at=now)
        assert list(refused.value.errors) == [field]
    with pytest.raises(Forbidden):
        actions.add_feedback(given, by=cashier, at=now)
    put({rules.FEEDBACK_CHANNELS: ("飞鸽",)})
    actions.add_feedback(FeedbackDraft("慢", "飞鸽"), by=agent, at=now)
    assert queries.feedback_rows(stranger, now=now) == []
    assert Feedback.objects.count() == 2


@pytest.mark.req("R-191")
def test_improvements_come_from_surveys_and_the_report_tells_what_is_open(
    settled: Make, agent: Actor, supervisor: Actor, technician: Actor, now: datetime
) -> None:
    order = settled()
    actions.record_survey(order.pk, {"及时": 2}, by=agent, at=now)
    heard = actions.add_feedback(FeedbackDraft("迟到", "电话"), by=agent, at=now)
    who: dict[str, Any] = {"by": supervisor, "at": now}

    first = actions.add_improvement(
        ImprovementDraft("上门常迟到", "出发前打电话", technician.id, date(2026, 3, 10), survey_of=order.number),
        by=supervisor,
        at=now - timedelta(days=30),
    )
    second = actions.add_improvement(
        ImprovementDraft("没有道歉", "统一话术", supervisor.id, date(2026, 3, 31), feedback_id=heard.pk), **who
    )

    assert (first.survey, second.feedback_id) == (queries.survey_of(order.pk), heard.pk)
    report = queries.open_improvements(supervisor, now=now)
    assert (report["open"], report["late"]) == (2, 1)
    assert [(row["owner__name"], row["count"], row["late"]) for row in report["by_owner"]] == [
        ("李建国", 1, 1), ("赵明", 1, 0),
    ]  # fmt: skip
    edited = ImprovementDraft("上门常迟到", "提前一小时打电话", technician.id, date(2026, 3, 20))
    actions.edit_improvement(first.pk, edited, seen=1, **who)
    with pytest.raises(Invalid):
        actions.finish_improvement(first.pk, " ", seen=2, **who)
    actions.finish_improvement(first.pk, "本周无迟到", seen=2, by=technician, at=now)  # his own

    assert [row["finding"] for row in queries.improvement_rows(supervisor, now=now)] == ["没有道歉"]
    assert queries.open_improvements(supervisor, now=now)["open"] == 1
    (closed,) = queries.improvement_rows(supervisor, now=now, scope="done")
    assert (closed["outcome"], closed["done_at"], closed["survey__order__number"]) == ("本周无迟到", now, order.number)
    with pytest.raises(Refused, match="已完成"):
        actions.edit_improvement(first.pk, edited, seen=3, **who)


def test_an_improvement_that_is_late_already_keeps_its_day_but_gets_no_other_that_is_past(
    supervisor: Actor, now: datetime
) -> None:
    today = local_day(now)
    draft = ImprovementDraft("没有道歉", "先道歉", supervisor.id, today)
    row = actions.add_improvement(draft, by=supervisor, at=now)
    later: dict[str, Any] = {"by": supervisor, "at": now + timedelta(days=3)}

    actions.edit_improvement(row.pk, replace(draft, measure="先道歉，再解释"), seen=1, **later)
    with pytest.raises(Invalid) as refused:
        actions.edit_improvement(row.pk, replace(draft, due_on=today + timedelta(days=1)), seen=2, **later)

    assert set(refused.value.errors) == {"due_on"}


@pytest.mark.req("R-191")
def test_what_is_missing_from_an_improvement_is_said(
    settled: Make, supervisor: Actor, agent: Actor, now: datetime
) -> None:
    order = settled()
    with pytest.raises(Invalid) as refused:
        actions.add_improvement(ImprovementDraft("", "", None, None, survey_of=order.number), by=supervisor, at=now)
    assert set(refused.value.errors) == {"finding", "measure", "owner_id", "due_on", "survey_of"}
    with pytest.raises(Forbidden):
        actions.add_improvement(ImprovementDraft("a", "b", agent.id, date(2026, 4, 1)), by=agent, at=now)


@pytest.mark.req("R-193")
def test_not_solved_for_good_goes_back_to_dispatch(settled: Make, agent: Actor, now: datetime) -> None:
    waiting, closed = settled(name="甲"), settled(name="乙")
    actions.plan_call(waiting.pk, at=now)
    actions.record_answer(closed.pk, "fixed", by=agent, at=now)

    for order in (waiting, closed):
        row = actions.track(
            order.pk, is_resolved=False, evaluation="一周内又黑屏", lesson="主板也要测", is_publishable=True,
            by=agent, at=now,
        )  # fmt: skip
        assert row.is_resolved is False

    kept = Order.objects.get(pk=waiting.pk)
    assert (kept.status, kept.repair_label) == (Status.TO_DISPATCH, "未彻底解决")
    assert Order.objects.get(pk=closed.pk).status == Status.TO_DISPATCH
    call = CallBack.objects.get(order=waiting)
    assert (call.state, call.is_fixed, call.content) == ("done", False, "一周内又黑屏")
    assert [row["lesson"] for row in queries.lessons(agent)] == ["主板也要测", "主板也要测"]


@pytest.mark.req("R-193")
def test_solved_for_good_is_kept_with_its_evaluation(
    settled: Make, finished: Make, agent: Actor, now: datetime
) -> None:
    order = settled()

    actions.track(order.pk, is_resolved=True, evaluation="连续测试三天正常", by=agent, at=now)

    (row,) = queries.trackings_of(order.pk)
    assert (row.is_resolved, row.evaluation, Order.objects.get(pk=order.pk).status) == (
        True, "连续测试三天正常", Status.TO_FOLLOW_UP,
    )  # fmt: skip
    assert queries.lessons(agent) == []
    with pytest.raises(Invalid) as refused:
        actions.track(order.pk, is_resolved=None, evaluation="", is_publishable=True, by=agent, at=now)
    assert set(refused.value.errors) == {"is_resolved", "evaluation", "lesson"}
    with pytest.raises(Refused, match="才能做服务跟踪"):
        actions.track(finished(name="丙").pk, is_resolved=True, evaluation="好", by=agent, at=now)


@pytest.mark.req("R-193")
def test_the_doer_does_not_judge_his_own_work(
    settled: Make, hire: Callable[..., Actor], site: Any, cashier: Actor, now: datetime
) -> None:
    order = settled()
    both = hire(site, "duoneng", "多能", "agent", "technician")
    orders.add_participant(order, both.id, "technician", at=now)

    for actor in (both, cashier):
        with pytest.raises(Forbidden):
            actions.track(order.pk, is_resolved=True, evaluation="好", by=actor, at=now)


@pytest.mark.req("R-186")
def test_unposted_orders_are_counted_apart_and_skipping_the_call_leaves_them_there(
    settled: Make, finished: Make, agent: Actor, now: datetime, django_assert_num_queries: Any
) -> None:
    finished(name="甲")
    order = settled(name="乙")

    with django_assert_num_queries(1):
        assert queries.unposted(agent) == {"to_settle": 1, "to_follow_up": 1}
    actions.record_answer(order.pk, "missed", by=agent, at=now)
    assert queries.unposted(agent) == {"to_settle": 1, "to_follow_up": 1}
    actions.record_answer(order.pk, "fixed", by=agent, at=now)
    assert queries.unposted(agent) == {"to_settle": 1, "to_follow_up": 0}
