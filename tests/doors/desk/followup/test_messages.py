"""回访短信, 用户反馈, 改进事项 and 定期回访 as pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gongdan.followup import actions, rules
from gongdan.followup.models import CallBack, Feedback, Improvement, Message, PeriodicRule
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.orders.models import Order
from tests.followup.conftest import Set, put
from tests.settlement.cast import Make

__all__ = ["put"]

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Actor], Client]


@pytest.fixture
def caller(agent: Actor, client_for: ClientFor) -> Client:
    return client_for(agent)


@pytest.fixture
def asked(settled: Make, put: Set, now: datetime) -> Callable[..., Message]:
    """A settled order whose message is ready to be sent, drawn by nobody. The pages ask the clock: it is never night."""
    put({rules.QUIET: False})

    def _asked(name: str = "王小明") -> Message:
        actions.plan_call(settled(name=name).pk, at=now)
        CallBack.objects.update(is_drawn=False)
        return Message.objects.latest("pk")

    return _asked


def way(row: Message) -> str:
    return f"/follow-up/messages/{row.pk}/"


@pytest.mark.req("O-056")
def test_a_message_is_copied_marked_sent_and_the_next_one_opens(asked: Callable[..., Message], caller: Client) -> None:
    first, second = asked("甲"), asked("乙")

    listed = caller.get("/follow-up/messages/").content.decode()
    assert (first.order.number in listed, second.order.number in listed) == (True, True)
    shown = caller.get(way(first)).content.decode()
    for words in (first.text, "复制内容", "已发", "13812345678"):
        assert words in shown
    answers = [caller.post(way(first), {"did": "sent", "once_key": "m1"}) for _press in range(2)]

    assert [one["Location"] for one in answers] == [way(second)] * 2
    assert Message.objects.get(pk=first.pk).state == "sent"
    waiting = caller.get("/follow-up/messages/?scope=sent").content.decode()
    assert (first.order.number in waiting, second.order.number in waiting) == (True, False)


@pytest.mark.req("O-056")
def test_an_answer_is_one_key(asked: Callable[..., Message], agent: Actor, caller: Client, now: datetime) -> None:
    good, bad = asked("甲"), asked("乙")
    for row in (good, bad):
        actions.mark_sent(row.pk, by=agent, at=timezone.now().replace(hour=4) - timedelta(days=1))

    answer = caller.post(way(good) + "?scope=sent", {"did": "good", "words": "好", "once_key": "m1"})
    assert answer["Location"] == way(bad) + "?scope=sent"
    caller.post(way(bad) + "?scope=sent", {"did": "bad", "words": "", "once_key": "m2"})

    assert [Order.objects.get(pk=row.order_id).status for row in (good, bad)] == ["closed", "to_follow_up"]
    assert bad.order.number in caller.get("/follow-up/").content.decode()


@pytest.mark.req("O-056")
def test_other_words_are_saved_and_a_stranger_sees_none_of_it(
    asked: Callable[..., Message], caller: Client, other_site: Any, hire: Callable[..., Actor], cashier: Actor,
    client_for: ClientFor,
) -> None:  # fmt: skip
    row = asked()
    words = {"did": "text", "text": "修好了吗？", "seen": "1", "once_key": "m1"}
    assert caller.post(way(row), words).status_code == 303
    empty = caller.post(way(row), words | {"text": "", "seen": "2", "once_key": "m2"})
    assert (empty.status_code, Message.objects.get().text) == (422, "修好了吗？")
    assert caller.post(way(row), {"did": "nothing", "once_key": "m3"}).status_code == 404

    other = client_for(hire(other_site, "pykefu", "番禺客服", "agent"))
    assert [other.get(way(row)).status_code, other.post(way(row), {"did": "sent"}).status_code] == [404, 403]
    till = client_for(cashier)
    assert [till.get("/follow-up/messages/").status_code, till.get(way(row)).status_code] == [403, 403]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_messages_costs_the_same_with_one_row_and_with_three(
    asked: Callable[..., Message], agent: Actor, client_for: ClientFor, count: int, django_assert_num_queries: Any
) -> None:
    for n in range(count):
        asked(f"客户{n}")
    client = client_for(agent)
    client.get("/follow-up/messages/")

    with django_assert_num_queries(5):  # session, user, roles, lent sites, messages
        answer = client.get("/follow-up/messages/", headers={"HX-Request": "true", "HX-Target": "table#rows"})
    assert answer.status_code == 200


@pytest.mark.req("R-190")
def test_feedback_is_written_down_handed_on_and_ended(
    site: Any, agent: Actor, supervisor: Actor, caller: Client, client_for: ClientFor, cashier: Actor
) -> None:
    page = caller.get("/follow-up/feedback/").content.decode()
    for channel in ("电话", "邮件", "在线调查", "微信", "当面"):
        assert channel in page
    empty = caller.post("/follow-up/feedback/", {"content": "", "channel": "微信", "kind": "suggestion"})
    assert (empty.status_code, "请填写客户的意见或建议" in empty.content.decode()) == (422, True)
    typed = {"content": "留住", "channel": "微信", "kind": "suggestion", "order_number": "GD000000-0000"}
    unknown = caller.post("/follow-up/feedback/", typed)
    page = unknown.content.decode()
    assert (unknown.status_code, "没有单号为 GD000000-0000 的工单" in page, "留住" in page) == (422, True, True)
    given = {"content": "周末也上门", "channel": "微信", "kind": "suggestion", "owner_id": str(supervisor.id)}
    assert caller.post("/follow-up/feedback/", given | {"once_key": "f1"}).status_code == 303

    row = Feedback.objects.get()
    step = {
        f"f{row.pk}-state": "done",
        f"f{row.pk}-owner_id": str(supervisor.id),
        f"f{row.pk}-outcome": "",
        "seen": "1",
    }
    chief = client_for(supervisor)
    refused = chief.post(f"/follow-up/feedback/{row.pk}/", step)
    assert (refused.status_code, "请填写处理结果" in refused.content.decode()) == (422, True)
    assert chief.post(f"/follow-up/feedback/{row.pk}/", step | {f"f{row.pk}-outcome": "已排班"}).status_code == 303
    row.refresh_from_db()
    assert (row.state, row.owner_id, row.outcome) == ("done", supervisor.id, "已排班")
    assert "周末也上门" not in caller.get("/follow-up/feedback/").content.decode()
    assert "已排班" in caller.get("/follow-up/feedback/?scope=all").content.decode()
    assert client_for(cashier).post("/follow-up/feedback/", given).status_code == 403


@pytest.mark.req("R-191")
def test_improvements_are_listed_with_a_report_of_what_is_open(
    site: Any, agent: Actor, supervisor: Actor, caller: Client, client_for: ClientFor
) -> None:
    chief = client_for(supervisor)
    body = {"finding": "常迟到", "measure": "先打电话", "owner_id": str(supervisor.id), "due_on": "2026-03-01"}
    past = chief.post("/follow-up/improvements/", body)
    assert (past.status_code, "期限不能早于今天" in past.content.decode()) == (422, True)
    soon = {"due_on": local_day(datetime.now(UTC)).isoformat()}
    assert chief.post("/follow-up/improvements/", body | soon | {"once_key": "i1"}).status_code == 303
    assert caller.post("/follow-up/improvements/", body).status_code == 403
    row = Improvement.objects.get()
    Improvement.objects.update(due_on=body["due_on"])
    listed = caller.get("/follow-up/improvements/").content.decode()
    for words in ("常迟到", "未完成", "已超期", "赵明"):
        assert words in listed

    edit = {f"i{row.pk}-{name}": value for name, value in (body | {"measure": "提前一小时"}).items()}
    assert chief.post(f"/follow-up/improvements/{row.pk}/", edit | {"seen": "1"}).status_code == 303
    done = {"did": "done", f"i{row.pk}-outcome": "本周无迟到", "seen": "2"}
    assert chief.post(f"/follow-up/improvements/{row.pk}/", done).status_code == 303

    row.refresh_from_db()
    assert (row.measure, row.is_done, row.outcome) == ("提前一小时", True, "本周无迟到")
    assert "常迟到" not in caller.get("/follow-up/improvements/").content.decode()
    assert "本周无迟到" in caller.get("/follow-up/improvements/?scope=done").content.decode()


@pytest.mark.req("R-188")
def test_the_days_of_periodic_calls_are_edited(
    site: Any, supervisor: Actor, caller: Client, client_for: ClientFor
) -> None:
    actions.seed_periodic()
    row = PeriodicRule.objects.get(kind="installation")
    chief = client_for(supervisor)
    assert "7、30、90" in chief.get("/setup/periodic-calls/").content.decode()
    mine = f"r{row.pk}"
    typed = {"row": mine, f"{mine}-kind": "installation", f"{mine}-days": "3, 14、60", f"{mine}-is_active": "on"}

    assert chief.post("/setup/periodic-calls/", typed | {"seen": "1"}).status_code == 303
    wrong = chief.post("/setup/periodic-calls/", typed | {f"{mine}-days": "三天", "seen": "2"})

    row.refresh_from_db()
    assert (row.days, wrong.status_code) == ([3, 14, 60], 422)
    again = chief.post("/setup/periodic-calls/", {"kind": "installation", "days": "9", "is_active": "on"})
    row.refresh_from_db()
    assert (again.status_code, "已有一行：第 3、14、60 天" in again.content.decode()) == (422, True)
    assert row.days == [3, 14, 60]
    assert caller.get("/setup/periodic-calls/").status_code == 403
