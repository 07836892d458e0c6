"""求助: a colleague first, then the technical department; who may answer, and what whoever is asked sees meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest

from gongdan.catalog.models import Category
from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.models import Visit
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.orders import access as orders_access
from gongdan.orders.models import Order, Participant
from gongdan.people import actions as people
from gongdan.people.models import Site, Team
from gongdan.repair import actions, queries, rules
from gongdan.repair.actions import HelpDraft
from gongdan.repair.models import ActionLine, HelpRequest
from tests.repair.shop import agreed, diagnosed, fresh, line_of, visit_of

pytestmark = pytest.mark.django_db
Make = Callable[..., Order]


@pytest.fixture
def expert(site: Site, hire: Callable[..., Actor]) -> Actor:
    return hire(site, "jishubu", "吴工", "tech_department")


@pytest.fixture
def department(site: Site, other_technician: Actor) -> Team:
    team = Team.objects.create(name="空调技术组", kind=Team.Kind.DEPARTMENT)
    team.members.add(other_technician.id)
    return team


def _ask(
    order: Order, by: Actor, at: datetime, colleague: Actor, question: str = "高压偏低，是堵还是漏？"
) -> HelpRequest:
    return actions.ask_for_help(order.pk, HelpDraft(1, question, asked_to_id=colleague.id), by=by, at=at)


@pytest.mark.req("R-195")
def test_a_colleague_is_asked_and_his_answer_is_stored(
    order: Order, technician: Actor, other_technician: Actor, now: datetime
) -> None:
    asked = _ask(order, technician, now, other_technician)
    later = now + timedelta(minutes=12)
    actions.answer_help(asked.pk, "先查过滤器，两端温差大就是堵", by=other_technician, at=later)
    (kept,) = queries.help_of(order.pk)
    assert (kept.level, kept.question, kept.answer) == (1, "高压偏低，是堵还是漏？", "先查过滤器，两端温差大就是堵")
    assert (kept.asked_at, kept.answered_at, kept.answered_by_id) == (now, later, other_technician.id)
    with pytest.raises(Refused, match="已经答复"):
        actions.answer_help(asked.pk, "再说一次", by=other_technician, at=later)


def test_whoever_is_asked_sees_the_order_while_the_question_is_open_and_writes_nothing(
    order: Order, technician: Actor, other_technician: Actor, now: datetime
) -> None:
    def sees() -> bool:
        return orders_access.visible_to(other_technician).filter(pk=order.pk).exists()

    assert not sees()
    asked = _ask(order, technician, now, other_technician)
    assert sees()
    diagnosed(order, technician, now)
    agreed(order, technician, now, "PI006", "PI021")
    with pytest.raises(Forbidden):
        actions.add_action(line_of(order).pk, "加氟", by=other_technician, at=now)
    actions.answer_help(asked.pk, "是漏", by=other_technician, at=now)
    assert not sees()


def test_a_second_open_question_keeps_the_order_in_sight(
    order: Order, technician: Actor, other_technician: Actor, department: Team, now: datetime
) -> None:
    first = _ask(order, technician, now, other_technician)
    draft = HelpDraft(2, "还要换四通阀吗？", team_id=department.pk, reason="同事没有接电话")
    second = actions.ask_for_help(order.pk, draft, by=technician, at=now)
    actions.answer_help(first.pk, "我在开车", by=other_technician, at=now)
    assert orders_access.visible_to(other_technician).filter(pk=order.pk).exists()
    actions.withdraw_help(second.pk, by=technician, at=now)
    assert not orders_access.visible_to(other_technician).filter(pk=order.pk).exists()


@pytest.mark.req("R-197", "R-008")
def test_the_department_comes_after_a_colleague_or_with_a_reason(
    order: Order, technician: Actor, other_technician: Actor, expert: Actor, department: Team, now: datetime
) -> None:
    with pytest.raises(Invalid) as missing:
        actions.ask_for_help(order.pk, HelpDraft(2, "还要换四通阀吗？"), by=technician, at=now)
    assert set(missing.value.errors) == {"reason"}
    asked = _ask(order, technician, now, other_technician)
    with pytest.raises(Invalid):  # he has not answered yet
        actions.ask_for_help(order.pk, HelpDraft(2, "还要换四通阀吗？"), by=technician, at=now)
    actions.answer_help(asked.pk, "这个我也没见过", by=other_technician, at=now + timedelta(minutes=5))
    draft = HelpDraft(2, "还要换四通阀吗？", team_id=department.pk)
    second = actions.ask_for_help(order.pk, draft, by=technician, at=now + timedelta(minutes=6))
    actions.answer_help(second.pk, "换，同时换单向阀", by=expert, at=now + timedelta(minutes=9))
    levels = [(row.level, row.asked_at, row.answered_at, row.answered_by_id) for row in queries.help_of(order.pk)]
    assert levels == [
        (1, now, now + timedelta(minutes=5), other_technician.id),
        (2, now + timedelta(minutes=6), now + timedelta(minutes=9), expert.id),
    ]


def test_without_a_department_whoever_may_advise_answers_the_second_level(
    order: Order, technician: Actor, other_technician: Actor, expert: Actor, stranger: Actor, now: datetime
) -> None:
    draft = HelpDraft(2, "还要换四通阀吗？", reason="没有同事修过")
    asked = actions.ask_for_help(order.pk, draft, by=technician, at=now)
    assert [row.id for row in queries.help_waiting(expert)] == [asked.pk]
    for actor in (other_technician, stranger, technician):
        assert queries.help_waiting(actor) == []
        with pytest.raises(Forbidden):
            actions.answer_help(asked.pk, "换", by=actor, at=now)
    actions.answer_help(asked.pk, "换", by=expert, at=now)
    assert queries.help_waiting(expert) == []


@pytest.mark.parametrize("role", ["other_technician", "agent", "stranger"])
def test_only_who_works_on_the_order_asks_adds_helpers_and_withdraws(
    order: Order, technician: Actor, supervisor: Actor, now: datetime, request: pytest.FixtureRequest, role: str
) -> None:
    actor = request.getfixturevalue(role)
    asked = _ask(order, technician, now, supervisor)
    for run in (
        lambda: _ask(order, actor, now, supervisor),
        lambda: actions.withdraw_help(asked.pk, by=actor, at=now),
        lambda: actions.add_helper(order.pk, technician.id, by=actor, at=now),
        lambda: actions.end_helper(order.pk, technician.id, by=actor, at=now),
    ):
        with pytest.raises(Forbidden):
            run()


def test_a_question_names_somebody_who_can_answer(
    order: Order, technician: Actor, agent: Actor, stranger: Actor, other_technician: Actor, now: datetime
) -> None:
    for wrong in (technician.id, agent.id, stranger.id, 10**9, None):
        with pytest.raises(Invalid) as refused:
            actions.ask_for_help(order.pk, HelpDraft(1, "怎么修？", asked_to_id=wrong), by=technician, at=now)
        assert set(refused.value.errors) == {"asked_to"}
    with pytest.raises(Invalid):
        _ask(order, technician, now, other_technician, "  ")
    _ask(order, technician, now, other_technician)
    with pytest.raises(Refused, match="等答复"):
        _ask(order, technician, now, other_technician)
    with pytest.raises(Missing):
        actions.withdraw_help(10**9, by=technician, at=now)


@pytest.mark.req("R-196")
def test_a_helper_joins_and_both_write(order: Order, technician: Actor, other_technician: Actor, now: datetime) -> None:
    diagnosed(order, technician, now)
    agreed(order, technician, now, "PI006", "PI021")
    actions.add_helper(order.pk, other_technician.id, by=technician, at=now)
    actions.add_action(line_of(order).pk, "抽真空", by=other_technician, at=now)
    actions.add_action(line_of(order).pk, "加氟 600 克", by=technician, at=now)
    assert list(ActionLine.objects.order_by("pk").values_list("by", flat=True)) == [other_technician.id, technician.id]
    assert queries.helpers(order.pk) == [(other_technician.id, "周大勇")]
    with pytest.raises(Refused, match="不用重复"):
        actions.add_helper(order.pk, other_technician.id, by=technician, at=now)
    actions.end_helper(order.pk, other_technician.id, by=technician, at=now)
    with pytest.raises(Forbidden):
        actions.add_action(line_of(order).pk, "又来", by=other_technician, at=now)


def test_an_adviser_is_no_doer_of_the_work(
    order: Order, technician: Actor, other_technician: Actor, now: datetime
) -> None:
    _ask(order, technician, now, other_technician)
    parts = Participant.objects.filter(order=order, user=other_technician.id).values_list("part", flat=True)
    assert list(parts) == ["adviser"]
    assert "adviser" not in queries.DOERS


@pytest.mark.req("R-195")
def test_the_first_order_of_a_category_suggests_to_ask(in_repair: Make, technician: Actor, now: datetime) -> None:
    first = in_repair()
    said = queries.suggests_help(first, technician, at=now)
    assert said is not None
    assert str(said) == "您第一次修空调，拿不准时建议先求助"
    second = in_repair()
    assert queries.suggests_help(second, technician, at=now) is None


@pytest.mark.req("R-195", "R-198")
def test_longer_on_site_than_the_categorys_limit_suggests_to_ask(
    in_repair: Make, technician: Actor, other_technician: Actor, now: datetime
) -> None:
    in_repair()
    order = in_repair()
    dispatch.arrive(visit_of(order).pk, by=technician, at=now)
    order = fresh(order)

    def said(minutes: int) -> str:
        return str(queries.suggests_help(order, technician, at=now + timedelta(minutes=minutes)) or "")

    assert said(120) == ""
    assert said(121) == "到现场已 2 小时 1 分钟，超过空调的 120 分钟，建议求助"
    Category.objects.filter(name="空调").update(long_minutes=30)
    order = fresh(order)
    assert said(31) == "到现场已 31 分钟，超过空调的 30 分钟，建议求助"
    _ask(order, technician, now, other_technician)
    assert said(200) == ""


def test_the_suggestion_can_be_switched_off_and_is_the_technicians_own(
    order: Order, technician: Actor, supervisor: Actor, now: datetime
) -> None:
    assert queries.suggests_help(order, supervisor, at=now) is None
    people.save_values(None, {rules.SUGGESTS_HELP: False}, seen=1, by=SYSTEM, at=now)
    assert queries.suggests_help(order, technician, at=now) is None


def test_what_waits_for_somebody_costs_one_query(
    in_repair: Make,
    technician: Actor,
    other_technician: Actor,
    now: datetime,
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    for count in (1, 3):
        while HelpRequest.objects.count() < count:
            _ask(in_repair(), technician, now, other_technician)
        with django_assert_num_queries(1):
            assert len(queries.help_waiting(other_technician)) == count
    assert Visit.objects.count() == 3
