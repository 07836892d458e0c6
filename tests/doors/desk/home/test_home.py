"""工作台 and 维修服务导航."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gongdan.dispatch import actions as dispatch
from gongdan.dispatch.actions import OfferDraft
from gongdan.dispatch.models import Visit
from gongdan.followup import actions as followup
from gongdan.followup.actions import FeedbackDraft
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.text import Text
from gongdan.orders import actions
from gongdan.orders.models import ContactAttempt, Order
from gongdan.orders.states import Status
from gongdan.people.models import Site, Team
from gongdan.repair import actions as work
from gongdan.repair.actions import HelpDraft
from tests.doors.desk.orders.page import text_of

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Actor], Client]
Register = Callable[..., Order]


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Callable[[datetime], None]:
    """Let the pages believe that it is this moment; without it they would ask the clock on the wall."""

    def _at(moment: datetime) -> None:
        monkeypatch.setattr("gongdan.doors.kit.middleware.timezone.now", lambda: moment)

    _at(now)
    return _at


def figures(page: Any) -> dict[str, tuple[str, str]]:
    """Label -> count and address of the cards."""
    found = re.findall(
        r'<a class="k-figure-card[^"]*" href="([^"]+)">\s*<span>(.*?)</span><b>(.*?)</b>', page.content.decode()
    )
    return {label: (count, url.replace("&amp;", "&")) for url, label, count in found}


def numbers(page: Any) -> int:
    """How many rows the list holds."""
    return len(re.findall(r"<tr data-url", page.content.decode()))


@pytest.mark.req("R-047")
@pytest.mark.req("R-246")
def test_an_unaccepted_request_is_flagged_after_thirty_minutes_and_its_count_leads_to_it(
    register: Register, agent: Actor, client_for: ClientFor, now: datetime, soon: Callable[[datetime], None]
) -> None:
    order = register(channel="online")
    Order.objects.filter(pk=order.pk).update(accepted_at=None, accepted_by=None)
    client = client_for(agent)
    soon(now + timedelta(minutes=29))
    assert figures(client.get("/"))["未接收超时"][0] == "0"
    soon(now + timedelta(minutes=31))
    count, url = figures(client.get("/"))["未接收超时"]
    assert count == "1"
    listed = client.get(url)
    assert numbers(listed) == 1
    assert order.number in text_of(listed)


@pytest.mark.req("R-246")
def test_every_count_is_a_link_to_a_list_of_as_many(
    dispatched: Order,
    register: Register,
    question: Order,
    supervisor: Actor,
    client_for: ClientFor,
    now: datetime,
    soon: Callable[[datetime], None],
) -> None:
    register(symptom="没人管")
    soon(now + timedelta(hours=5))
    client = client_for(supervisor)
    cards = figures(client.get("/"))
    assert {"未接收超时", "未定流程", "待答复", "待派工", "今天承诺上门", "已过承诺时间", "到期联系"} <= set(cards)
    for label, (count, url) in cards.items():
        assert numbers(client.get(url)) == int(count), label
    assert cards["已过承诺时间"][0] == "1"
    assert cards["今天承诺上门"][0] == "1"


def test_what_is_not_there_on_a_good_day_stands_before_the_supervisor_and_each_count_is_its_list(
    repair: Order,
    register: Register,
    agent: Actor,
    supervisor: Actor,
    client_for: ClientFor,
    now: datetime,
    soon: Callable[[datetime], None],
) -> None:
    other = register(symptom="也没人来")
    usual = set(figures(client_for(supervisor).get("/")))
    assert usual.isdisjoint({"催单", "多次催单", "信息待核", "待协调", "重复故障"})
    for minute in range(3):
        at = now + timedelta(minutes=minute)
        actions.chase(repair.pk, "怎么还不来", "师傅在路上", by=agent, at=at)
        if minute:
            actions.chase(other.pk, "几点到", "下午两点", by=agent, at=at)
    actions.mark_wrong_number(repair.pk, by=agent, at=now)
    client = client_for(supervisor)

    cards = figures(client.get("/"))

    assert {label: cards[label][0] for label in ("催单", "多次催单", "信息待核")} == {
        "催单": "2", "多次催单": "1", "信息待核": "1",
    }  # fmt: skip
    for label in ("催单", "多次催单", "信息待核"):
        assert numbers(client.get(cards[label][1])) == int(cards[label][0]), label
    mine = figures(client_for(agent).get("/"))
    assert "多次催单" not in mine  # goes to the supervisor
    assert mine["信息待核"][0] == "1"


@pytest.mark.req("R-068")
def test_help_by_telephone_that_nobody_asked_about_after_two_hours_stands_beside_the_list(
    register: Register,
    agent: Actor,
    client_for: ClientFor,
    now: datetime,
    soon: Callable[[datetime], None],
) -> None:
    order = register(symptom="宽带拨号提示 691")
    actions.solve_by_phone(order.pk, reason="guided", code="691", seen=order.version, by=agent, at=now)
    followup.plan_call(order.pk, at=now)
    client = client_for(agent)
    assert "电话解决后未回访" not in text_of(client.get("/"))
    soon(now + timedelta(hours=2, minutes=5))
    page = text_of(client.get("/"))
    assert "电话解决后未回访" in page
    assert order.customer.name in page
    assert "超时 5 分钟" in page


@pytest.mark.req("R-063")
def test_a_call_that_is_due_again_is_reminded_to_the_technician(
    dispatched: Order,
    technician: Actor,
    client_for: ClientFor,
    now: datetime,
    soon: Callable[[datetime], None],
) -> None:
    actions.log_contact(
        dispatched.pk,
        purpose="appointment",
        result="no_answer",
        note="无人接",
        next_at=now + timedelta(hours=1),
        by=technician,
        at=now,
    )
    client = client_for(technician)
    assert figures(client.get("/"))["到期联系"][0] == "0"
    soon(now + timedelta(hours=1, minutes=1))
    page = client.get("/")
    assert figures(page)["到期联系"][0] == "1"
    assert "超时 1 分钟" in text_of(page)
    assert ContactAttempt.objects.count() == 1


@pytest.mark.req("R-186")
def test_an_order_stays_unclosed_until_it_is_settled_and_called_back(
    repair: Order, agent: Actor, client_for: ClientFor, soon: Callable[[datetime], None]
) -> None:
    client = client_for(agent)

    def unclosed() -> list[str]:
        page = client.get("/").content.decode()
        return re.findall(r"<b>(\d+)</b></a>", page.partition('class="d-unclosed"')[2].partition("</div>")[0])

    Order.objects.filter(pk=repair.pk).update(status=Status.TO_SETTLE)
    assert unclosed() == ["1", "0"]
    Order.objects.filter(pk=repair.pk).update(status=Status.TO_FOLLOW_UP)
    assert unclosed() == ["0", "1"]
    Order.objects.filter(pk=repair.pk).update(status=Status.CLOSED)
    assert unclosed() == ["0", "0"]


def test_a_technician_finds_his_visits_of_today(
    dispatched: Order,
    technician: Actor,
    other_technician: Actor,
    client_for: ClientFor,
    now: datetime,
    soon: Callable[[datetime], None],
) -> None:
    shown = text_of(client_for(technician).get("/"))
    assert dispatched.number in shown
    assert "检修空调" in shown
    assert "今天没有派给您的上门" in text_of(client_for(other_technician).get("/"))
    dispatch.void(dispatched.visits.get().pk, "换人", by=technician_boss(), at=now)
    assert "今天没有派给您的上门" in text_of(client_for(technician).get("/"))


@pytest.mark.req("R-246")
def test_a_technicians_visits_of_today_stand_before_what_earlier_days_left(
    in_repair: Callable[..., Order],
    technician: Actor,
    client_for: ClientFor,
    now: datetime,
    soon: Callable[[datetime], None],
) -> None:
    left, unplanned, late, early = (in_repair(name=name) for name in "旧空晚早")
    for order, start in ((left, -48), (unplanned, None), (late, 3), (early, 1)):
        begins = None if start is None else now + timedelta(hours=start)
        ends = begins + timedelta(hours=2) if begins else None
        who = {"technician_id": technician.id, "dispatched_by_id": technician.id, "status": "accepted"}
        Visit.objects.create(order=order, planned_from=begins, planned_to=ends, dispatched_at=now, **who)

    shown = text_of(client_for(technician).get("/"))

    places = [shown.index(order.number) for order in (early, late, unplanned, left)]
    assert places == sorted(places)


@pytest.mark.req("R-246")
def test_more_promised_visits_than_are_shown_are_counted_with_the_way_to_all(
    in_repair: Callable[..., Order],
    supervisor: Actor,
    client_for: ClientFor,
    now: datetime,
    soon: Callable[[datetime], None],
) -> None:
    made = [in_repair(name=f"第{n}位") for n in range(9)]
    begins = now + timedelta(hours=1)
    Order.objects.filter(pk__in=[order.pk for order in made[:8]]).update(
        promised_from=begins, promised_to=begins + timedelta(hours=2)
    )
    client = client_for(supervisor)
    assert "还有 1 张" not in text_of(client.get("/"))
    Order.objects.filter(pk=made[8].pk).update(promised_from=begins, promised_to=begins + timedelta(hours=2))

    page = client.get("/").content.decode()

    (url,) = re.findall(r'<p class="d-rest"><a href="([^"]+)">还有 1 张</a>', page)
    assert numbers(client.get(url.replace("&amp;", "&"))) == 9


def technician_boss() -> Actor:
    """The system may do everything."""
    return Actor(kind="system", id=0, name="系统")


def test_the_first_day_teaches_what_to_do(admin: Actor, client_for: ClientFor) -> None:
    shown = text_of(client_for(admin).get("/"))
    assert "从这里开始" in shown
    assert "登记第一张工单" in shown


@pytest.mark.req("R-052")
def test_the_boxes_of_the_navigation_count_what_their_lists_hold(
    dispatched: Order, register: Register, question: Order, supervisor: Actor, client_for: ClientFor
) -> None:
    register(symptom="一")
    register(symptom="二")
    client = client_for(supervisor)
    page = client.get(reverse("desk:navigation")).content.decode()
    boxes = re.findall(r'<a class="d-box" href="([^"]+)" data-name="(\w+)">.*?<strong>(\d+)</strong>', page, re.DOTALL)
    assert {name for _url, name, _count in boxes} == {
        "registered", "inquiry", "complaint", "to_dispatch", "in_repair", "to_settle", "to_follow_up",
    }  # fmt: skip
    counts = {name: int(count) for _url, name, count in boxes}
    assert (counts["registered"], counts["inquiry"], counts["complaint"], counts["in_repair"]) == (2, 1, 0, 1)
    for url, name, count in boxes:
        assert numbers(client.get(url.replace("&amp;", "&"))) == int(count), name


@pytest.mark.parametrize("name", ["home", "navigation", "search"])
def test_they_are_only_read(name: str, agent: Actor, client_for: ClientFor) -> None:
    assert client_for(agent).post(reverse(f"desk:{name}")).status_code == 405


def test_another_sites_work_is_not_counted(
    dispatched: Order, stranger: Actor, client_for: ClientFor, soon: Callable[[datetime], None]
) -> None:
    page = client_for(stranger).get("/")
    assert dispatched.number not in text_of(page)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_start_page_costs_the_same_for_one_row_and_for_three(
    register: Register, agent: Actor, client_for: ClientFor, django_assert_num_queries: Any, rows: int
) -> None:
    for n in range(rows):
        register(symptom=f"第 {n} 张")
    client = client_for(agent)
    with django_assert_num_queries(17):
        client.get("/")


@pytest.mark.parametrize(
    ("code", "label", "role"),
    [
        ("coordinate", "待协调", "dispatcher"),
        ("repeat_fault", "重复故障", "supervisor"),
        ("refused_customer", "需主管同意", "supervisor"),
        ("prepaid", "待预收", "agent"),
    ],
)
def test_what_holds_an_order_back_stands_before_whoever_lets_it_go_on(
    code: str,
    label: str,
    role: str,
    repair: Order,
    register: Register,
    technician: Actor,
    client_for: ClientFor,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    register(symptom="没有什么挡着")
    client = client_for(request.getfixturevalue(role))
    assert label not in figures(client.get("/"))
    actions.place_hold(repair, "dispatch", Text("等一等", {}), code=code, by=SYSTEM, at=now)

    count, url = figures(client.get("/"))[label]

    assert count == "1"
    listed = client.get(url)
    assert numbers(listed) == 1
    assert repair.number in text_of(listed)
    assert label not in figures(client_for(technician).get("/"))


def test_a_technician_finds_the_orders_that_wait_in_his_teams_queue(
    repair: Order,
    site: Site,
    technician: Actor,
    other_technician: Actor,
    dispatcher: Actor,
    client_for: ClientFor,
    now: datetime,
) -> None:
    team = Team.objects.create(name="空调组", site=site)
    team.members.add(technician.id)
    dispatch.offer_to_team(repair.pk, OfferDraft(team.pk), seen=repair.version, by=dispatcher, at=now)

    assert figures(client_for(technician).get("/"))["可领的工单"] == ("1", reverse("desk:queue"))
    assert repair.number in text_of(client_for(technician).get(reverse("desk:queue")))
    assert "可领的工单" not in figures(client_for(other_technician).get("/"))


def test_a_question_stands_before_the_colleague_who_is_asked_until_it_is_answered(
    dispatched: Order, technician: Actor, other_technician: Actor, client_for: ClientFor, now: datetime
) -> None:
    draft = HelpDraft(1, "高压偏低，是堵还是漏？", asked_to_id=other_technician.id)
    asked = work.ask_for_help(dispatched.pk, draft, by=technician, at=now)
    client = client_for(other_technician)

    page = text_of(client.get("/"))
    assert "等我答复的求助" in page
    assert "高压偏低，是堵还是漏？" in page
    assert "等我答复的求助" not in text_of(client_for(technician).get("/"))
    work.answer_help(asked.pk, "先测漏", by=other_technician, at=now)
    assert "等我答复的求助" not in text_of(client.get("/"))


@pytest.mark.req("R-008")
def test_what_neither_technician_nor_colleague_solved_stands_before_everybody_of_the_department(
    dispatched: Order,
    technician: Actor,
    other_technician: Actor,
    supervisor: Actor,
    site: Site,
    hire: Callable[..., Actor],
    client_for: ClientFor,
    now: datetime,
) -> None:
    experts = [hire(site, role, role, role) for role in ("tech_department", "technician")]  # whoever is in the team
    department = Team.objects.create(name="技术部", site=site, kind=Team.Kind.DEPARTMENT)
    department.members.set([one.id for one in experts])
    first = work.ask_for_help(dispatched.pk, HelpDraft(1, "是堵还是漏？", other_technician.id), by=technician, at=now)
    work.answer_help(first.pk, "没见过", by=other_technician, at=now)

    asked = work.ask_for_help(dispatched.pk, HelpDraft(2, "换四通阀吗？", team_id=department.pk), by=technician, at=now)

    for expert in experts:
        assert "换四通阀吗？" in text_of(client_for(expert).get("/"))
    assert "换四通阀吗？" not in text_of(client_for(other_technician).get("/"))
    work.answer_help(asked.pk, "换，同时换单向阀", by=experts[1], at=now)
    assert "换四通阀吗？" not in text_of(client_for(experts[0]).get("/"))
    timeline = text_of(client_for(supervisor).get(reverse("desk:order-timeline", args=[dispatched.number])))
    assert "二级求助" in timeline
    assert "换，同时换单向阀" in timeline


def test_what_somebody_took_on_himself_stands_beside_his_list(
    supervisor: Actor, agent: Actor, repair: Order, client_for: ClientFor, now: datetime, soon: Callable[..., None]
) -> None:
    followup.add_feedback(FeedbackDraft("发票开得慢", "邮件", owner_id=supervisor.id), by=agent, at=now)

    assert "由我负责，还没有办完" in text_of(client_for(supervisor).get("/"))
    assert "由我负责" not in text_of(client_for(agent).get("/"))
    soon(now + timedelta(days=30))
    assert "1 件已过期限" in text_of(client_for(supervisor).get("/"))
