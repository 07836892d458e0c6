"""The page of 回访: list, one call, the next row; labels; who may and who may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gongdan.followup import actions
from gongdan.followup.models import CallBack, RepairLabel
from gongdan.kernel.actor import Actor
from gongdan.orders import actions as orders
from gongdan.orders.models import Order
from gongdan.repair.models import PartLine
from tests.settlement.cast import Make

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Actor], Client]
GOOD = {
    "reached": "yes", "is_fixed": "yes", "is_on_time": "yes", "price_matched": "no", "score": "4",
    "content": "好用，就是贵了点", "suggestion": "便宜些", "label": "closed_well", "once_key": "k1",
}  # fmt: skip
MISSED = {"reached": "no", "result": "no_answer", "next_quick": "morning", "once_key": "k1"}


def way(order: Order, *verb: str) -> str:
    return "/".join(["/follow-up", order.number, *verb, ""])


@pytest.fixture
def caller(agent: Actor, client_for: ClientFor) -> Client:
    return client_for(agent)


@pytest.mark.req("R-184")
def test_the_list_is_what_waits_for_a_call_with_tries_and_lateness(
    settled: Make, finished: Make, agent: Actor, now: datetime, caller: Client
) -> None:
    late, tried, done = settled(name="张三"), settled(name="李四"), finished(name="王五")
    actions.plan_call(late.pk, at=now)
    ahead = timezone.now() + timedelta(days=3)
    actions.log_unreached(tried.pk, result="no_answer", next_at=ahead, by=agent, at=now)

    today = caller.get("/follow-up/").content.decode()
    everything = caller.get("/follow-up/?scope=all").content.decode()

    assert (late.number in today, tried.number in today, "超时" in today) == (True, False, True)
    assert (late.number in everything, tried.number in everything, done.number in everything) == (True, True, False)
    assert everything.index(late.number) < everything.index(tried.number)
    assert "没有到期的咨询回访" in caller.get("/follow-up/?scope=answers").content.decode()


@pytest.mark.req("R-184")
def test_an_order_that_no_work_process_planned_is_in_the_list_and_can_be_called(settled: Make, caller: Client) -> None:
    order = settled()
    assert CallBack.objects.count() == 0

    assert order.number in caller.get("/follow-up/").content.decode()
    answer = caller.post(way(order), GOOD | {"seen": "0"})

    assert (answer.status_code, Order.objects.get(pk=order.pk).status) == (303, "closed")


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_with_one_row_and_with_three(
    settled: Make, agent: Actor, now: datetime, client_for: ClientFor, count: int, django_assert_num_queries: Any
) -> None:
    for n in range(count):
        actions.plan_call(settled(name=f"客户{n}").pk, at=now)
    client = client_for(agent)
    client.get("/follow-up/")

    with django_assert_num_queries(6):  # session, user, roles, lent sites, calls, orders without one
        answer = client.get("/follow-up/", headers={"HX-Request": "true", "HX-Target": "table#rows"})
    assert answer.status_code == 200


@pytest.mark.req("R-184")
def test_one_call_shows_the_telephone_the_work_and_the_money(
    settled: Make, open_part: Callable[[Order], PartLine], caller: Client
) -> None:
    order = settled(187_00)
    open_part(order)

    page = caller.get(way(order)).content.decode()

    for words in ('href="tel:13812345678"', "屏幕碎了", "屏幕总成×1", "¥187.00", "好了", "没好", "没接", "正常关闭"):
        assert words in page


@pytest.mark.req("R-184")
def test_saving_writes_everything_and_goes_on_to_the_next_row(
    settled: Make, agent: Actor, now: datetime, caller: Client
) -> None:
    first, second = settled(name="甲"), settled(name="乙")
    for order in (first, second):
        actions.plan_call(order.pk, at=now)
    call = CallBack.objects.get(order=first)

    answer = caller.post(way(first) + "?scope=all", GOOD | {"seen": str(call.version)})

    assert (answer.status_code, answer["Location"]) == (303, way(second) + "?scope=all")
    call.refresh_from_db()
    assert (
        call.state, call.is_fixed, call.is_on_time, call.price_matched, call.score, call.content, call.suggestion,
        call.done_by_id,
    ) == ("done", True, True, False, 4, "好用，就是贵了点", "便宜些", agent.id)  # fmt: skip
    assert "回访完成" in caller.get(answer["Location"]).content.decode()
    last = caller.post(way(second) + "?scope=all", GOOD | {"once_key": "k2"})
    assert last["Location"] == "/follow-up/?scope=all"


@pytest.mark.req("R-184", "O-056")
def test_the_next_call_is_the_most_urgent_wherever_the_one_before_stood(
    settled: Make, now: datetime, caller: Client
) -> None:
    rows = {name: settled(name=name) for name in ("早到期", "风险", "现在", "两小时后", "一小时后")}
    for order in rows.values():
        actions.plan_call(order.pk, at=now)
    real = timezone.now()
    for name, hours, risk in (
        ("早到期", -9, 0), ("风险", -1, 4), ("现在", -2, 0), ("两小时后", 2, 4), ("一小时后", 1, 0),
    ):  # fmt: skip
        CallBack.objects.filter(order=rows[name]).update(due_at=real + timedelta(hours=hours), risk=risk)

    onward = []
    for at, name in enumerate(("现在", "风险", "早到期", "一小时后")):
        answer = caller.post(way(rows[name]) + "?scope=all", {"answer": "broken", "seen": "", "once_key": f"k{at}"})
        onward.append(answer["Location"].split("/")[2])

    assert onward == [rows[name].number for name in ("风险", "早到期", "一小时后", "两小时后")]


def test_what_is_said_on_leaving_is_not_said_to_whom_nobody_visited(
    settled: Make, now: datetime, caller: Client
) -> None:
    order = settled()
    actions.plan_call(order.pk, at=now)
    Order.objects.filter(pk=order.pk).update(mode="on_site")
    assert "step=leave" in caller.get(way(order)).content.decode()
    Order.objects.filter(pk=order.pk).update(mode="in_store")
    assert "step=leave" not in caller.get(way(order)).content.decode()
    Order.objects.filter(pk=order.pk).update(mode="on_site")
    CallBack.objects.filter(order=order).update(kind="phone_watch")
    assert "step=leave" not in caller.get(way(order)).content.decode()


@pytest.mark.req("R-063", "O-056")
def test_nobody_there_demands_the_next_time_and_moves_on(settled: Make, now: datetime, caller: Client) -> None:
    order = settled()
    actions.plan_call(order.pk, at=now)

    none = caller.post(way(order), {"reached": "no", "result": "no_answer", "note": "响了没人", "once_key": "k0"})
    assert (none.status_code, "请选择下次回访时间" in none.content.decode()) == (422, True)
    assert 'value="响了没人"' in none.content.decode()
    other = caller.post(way(order), MISSED | {"next_quick": "other", "next_at": ""})
    assert (other.status_code, "请填写下次回访时间" in other.content.decode()) == (422, True)
    answer = caller.post(way(order), MISSED)

    call = CallBack.objects.get()
    due = timezone.localtime(call.due_at)
    assert (answer.status_code, call.attempts) == (303, 1)
    assert (due.date() - timezone.localdate(), due.hour, due.minute) == (timedelta(days=1), 9, 30)


@pytest.mark.req("R-184")
@pytest.mark.parametrize(
    "left",
    [
        {"result": "no_answer", "next_quick": "other", "next_at": ""},
        {"result": "nothing", "next_quick": "never", "next_at": "2026-13-45", "note": "x" * 300},
    ],
)
@pytest.mark.parametrize("answer", ["", "fixed"])
def test_what_was_left_in_the_hidden_half_stands_in_nobodys_way(
    settled: Make, caller: Client, left: dict[str, str], answer: str
) -> None:
    order = settled()

    saved = caller.post(way(order), GOOD | left | {"answer": answer})

    call = CallBack.objects.get(order=order, kind="after_settlement")
    assert (saved.status_code, call.state, call.is_fixed) == (303, "done", True)


@pytest.mark.req("R-063")
def test_a_try_is_saved_over_what_was_left_of_an_answer(settled: Make, caller: Client) -> None:
    order = settled()

    saved = caller.post(way(order), MISSED | {"label": "nothing", "is_fixed": "perhaps", "suggestion": "x" * 1001})

    call = CallBack.objects.get(order=order, kind="after_settlement")
    assert (saved.status_code, call.attempts, call.label, call.suggestion) == (303, 1, None, "")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reached": ""}, "请选择接通情况"),
        ({"content": ""}, "请填写回访内容"),
        ({"is_fixed": ""}, "请选择是否修好"),
        ({"label": ""}, "请选择维修状态"),
        ({"label": "nothing"}, "不在可选范围内"),
        ({"is_fixed": "no"}, "客户说没修好，不能结单；请选择“未修复”、“返修”、“转投诉”"),
        ({"score": "9"}, "不在可选范围内"),
        ({"label": "waiting_part"}, "请选择下次回访时间"),
    ],
)
def test_what_is_missing_is_said_and_the_typed_text_stays(
    settled: Make, caller: Client, changed: dict[str, str], words: str
) -> None:
    order = settled()

    answer = caller.post(way(order), GOOD | changed)

    page = answer.content.decode()
    assert (answer.status_code, words in page, "便宜些" in page) == (422, True, True)
    assert Order.objects.get(pk=order.pk).status == "to_follow_up"


@pytest.mark.req("O-005", "R-184")
def test_closing_over_an_open_part_is_refused_by_name_and_the_words_stay(
    settled: Make, open_part: Callable[[Order], PartLine], caller: Client
) -> None:
    order = settled()
    open_part(order)

    answer = caller.post(way(order), GOOD)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "还不能结单：配件“屏幕总成”的旧件去向还没有填写，登记人 李建国" in page
    assert "好用，就是贵了点" in page


@pytest.mark.req("R-184")
def test_a_complaint_names_the_order_that_it_opened(settled: Make, caller: Client) -> None:
    order = settled()

    answer = caller.post(way(order), GOOD | {"label": "complaint"}, follow=True)

    complaint = Order.objects.get(flow="complaint")
    assert f"{order.number} 回访完成，已另开工单 {complaint.number}" in answer.content.decode()


@pytest.mark.req("O-056")
def test_a_try_before_the_agreed_time_says_that_it_does_not_count(settled: Make, now: datetime, caller: Client) -> None:
    order = settled()
    actions.plan_call(order.pk, at=now)
    said = []
    for key in ("k1", "k2"):
        call = CallBack.objects.get()
        sent = {"answer": "missed", "seen": str(call.version), "once_key": key}
        said.append(caller.post(way(order), sent, follow=True).content.decode())

    assert ["这次不算次数" in page for page in said] == [False, True]
    page = caller.get(way(order)).content.decode()
    assert ("再打；现在打也记下，但不算未接通次数" in page, "已打 1 次" in page) == (True, True)


@pytest.mark.req("O-056")
def test_closing_unreached_is_offered_after_three_tries(
    settled: Make, agent: Actor, now: datetime, caller: Client
) -> None:
    order = settled()
    early = caller.post(way(order, "give-up"), {"once_key": "g0"})
    assert (early.status_code, "至少回访 3 次未接通才能结案" in early.content.decode()) == (409, True)
    for hours in range(3):
        assert "未接通结案" not in caller.get(way(order)).content.decode()
        at = now + timedelta(hours=hours)
        actions.log_unreached(order.pk, result="no_answer", next_at=at + timedelta(hours=1), by=agent, at=at)
    assert "未接通结案" in caller.get(way(order)).content.decode()

    answer = caller.post(way(order, "give-up"), {"once_key": "g1"})

    assert (answer.status_code, Order.objects.get(pk=order.pk).status) == (303, "closed")


@pytest.mark.req("O-056")
def test_the_doer_is_refused_with_the_reason(
    settled: Make, site: Any, hire: Callable[..., Actor], client_for: ClientFor, now: datetime
) -> None:
    order = settled()
    both = hire(site, "duoneng", "多能", "agent", "technician")
    orders.add_participant(order, both.id, "helper", at=now)

    answer = client_for(both).post(way(order), GOOD)

    assert (answer.status_code, "不能自己回访" in answer.content.decode()) == (403, True)


def test_a_stale_call_tells_who_was_faster(settled: Make, supervisor: Actor, now: datetime, caller: Client) -> None:
    order = settled()
    actions.plan_call(order.pk, at=now)
    actions.log_unreached(order.pk, result="no_answer", next_at=now + timedelta(hours=1), by=supervisor, at=now)

    answer = caller.post(way(order), GOOD | {"seen": "1"})

    assert (answer.status_code, "赵明" in answer.content.decode()) == (409, True)
    assert CallBack.objects.get().state == "due"


def test_a_double_click_is_one_try(settled: Make, now: datetime, caller: Client) -> None:
    order = settled()

    for _click in range(2):
        assert caller.post(way(order), MISSED).status_code == 303

    assert CallBack.objects.get().attempts == 1


@pytest.mark.req("R-187")
def test_an_order_that_needs_no_call_says_why_and_takes_none(finished: Make, caller: Client) -> None:
    order = finished()
    page = caller.get(way(order)).content.decode()

    assert "完工并结算后才会出现在列表里" in page
    assert "保存回访" not in page
    assert order.number not in caller.get("/follow-up/?scope=all").content.decode()
    assert caller.post(way(order), GOOD).status_code == 409
    assert CallBack.objects.count() == 0


def test_who_may_call(
    settled: Make, cashier: Actor, technician: Actor, other_site: Any, hire: Callable[..., Actor],
    client_for: ClientFor, caller: Client,
) -> None:  # fmt: skip
    order = settled()

    for actor in (cashier, technician):
        client = client_for(actor)
        answers = [client.get("/follow-up/"), client.get(way(order)), client.post(way(order), GOOD)]
        assert [answer.status_code for answer in (*answers, client.post(way(order, "give-up")))] == [403] * 4
    other = client_for(hire(other_site, "pykefu", "番禺客服", "agent"))
    assert [other.get(way(order)).status_code, other.post(way(order), GOOD).status_code] == [403, 403]
    assert order.number not in other.get("/follow-up/?scope=all").content.decode()
    assert caller.get("/follow-up/GD000000-0000/").status_code == 404
    assert caller.put(way(order)).status_code == 405
    assert caller.get(way(order, "give-up"))["Location"] == way(order)
    assert Order.objects.get(pk=order.pk).status == "to_follow_up"


def test_a_wrong_page_position_falls_back_to_the_first(till: object, caller: Client) -> None:
    answer = caller.get("/follow-up/?after=nonsense~x")

    assert (answer.status_code, "翻页位置已失效" in answer.content.decode()) == (400, True)


@pytest.mark.req("R-185")
def test_repair_labels_are_kept_by_the_administrator(
    till: object, admin: Actor, agent: Actor, client_for: ClientFor
) -> None:
    client = client_for(admin)

    assert "正常关闭" in client.get("/setup/repair-labels/").content.decode()
    empty = client.post("/setup/repair-labels/", {"name": "", "effect": "", "once_key": "n1"})
    assert (empty.status_code, "请填写维修状态的名称" in empty.content.decode()) == (422, True)
    assert (
        client.post("/setup/repair-labels/", {"name": "满意", "effect": "close", "once_key": "n2"}).status_code == 303
    )
    row = RepairLabel.objects.get(name="满意")
    typed = {
        f"l{row.pk}-{name}": value for name, value in {"name": "很满意", "effect": "close", "position": "1"}.items()
    }
    assert client.post(f"/setup/repair-labels/{row.pk}/", typed | {"seen": "1"}).status_code == 303
    assert client.post(f"/setup/repair-labels/{row.pk}/", typed | {"seen": "1"}).status_code == 409

    row.refresh_from_db()
    assert (row.name, row.position, row.is_active) == ("很满意", 1, False)
    other = client_for(agent)
    paths = ["/setup/repair-labels/", f"/setup/repair-labels/{row.pk}/"]
    assert [other.get(paths[0]).status_code, other.post(paths[1]).status_code] == [403, 403]
    assert client.get(paths[1])["Location"] == paths[0]


ONE_KEY = {"fixed": ("done", "closed"), "broken": ("done", "to_dispatch"), "missed": ("due", "to_follow_up")}


@pytest.mark.req("R-184", "O-056")
@pytest.mark.parametrize("answer", ONE_KEY)
def test_one_key_is_a_whole_answer_and_opens_the_next_call(
    settled: Make, now: datetime, caller: Client, answer: str
) -> None:
    first, second = settled(name="甲"), settled(name="乙")
    for order in (first, second):
        actions.plan_call(order.pk, at=now)
    call = CallBack.objects.get(order=first)

    sent = {"answer": answer, "seen": str(call.version), "once_key": "k1"}
    answered = [caller.post(way(first) + "?scope=all", sent) for _press in range(2)]

    assert [one["Location"] for one in answered] == [way(second) + "?scope=all"] * 2
    call.refresh_from_db()
    assert (call.state, Order.objects.get(pk=first.pk).status) == ONE_KEY[answer]
    assert call.attempts == 1
    assert call.content == {"fixed": "客户答复：好了", "broken": "客户答复：没好", "missed": ""}[answer]


@pytest.mark.parametrize("answer", ONE_KEY)
def test_a_key_pressed_again_after_the_form_got_a_new_once_key_goes_on_to_the_next_call(
    settled: Make, now: datetime, caller: Client, answer: str
) -> None:
    first, second = settled(name="甲"), settled(name="乙")
    for order in (first, second):
        actions.plan_call(order.pk, at=now)
    seen = str(CallBack.objects.get(order=first).version)

    answers = [caller.post(way(first), {"answer": answer, "seen": seen, "once_key": key}) for key in ("k1", "k2")]

    assert [one["Location"] for one in answers] == [way(second)] * 2
    assert "已记过" in caller.get(way(second)).content.decode()
    assert CallBack.objects.get(order=first).attempts == 1


@pytest.mark.parametrize("answer", ONE_KEY)
def test_a_key_pressed_again_whose_button_was_not_sent_along_goes_on_to_the_next_call(
    settled: Make, now: datetime, caller: Client, answer: str
) -> None:
    first, second = settled(name="甲"), settled(name="乙")
    for order in (first, second):
        actions.plan_call(order.pk, at=now)
    sent = {"seen": str(CallBack.objects.get(order=first).version), "once_key": "k1"}

    unsaid = caller.post(way(first), sent)
    answers = [caller.post(way(first), sent | {"answer": answer}), caller.post(way(first), sent)]

    assert (unsaid.status_code, "请选择接通情况" in unsaid.content.decode()) == (422, True)
    assert [one["Location"] for one in answers] == [way(second)] * 2
    assert CallBack.objects.get(order=first).attempts == 1


@pytest.mark.req("O-056")
def test_a_call_whose_message_is_not_sent_says_so_and_what_a_label_does(
    settled: Make, now: datetime, caller: Client
) -> None:
    order = settled()
    Order.objects.filter(pk=order.pk).update(phone="13812345678")
    actions.plan_call(order.pk, at=now)
    assert "先发短信" in caller.get("/follow-up/?scope=all").content.decode()

    page = caller.get(way(order)).content.decode()

    assert "先发短信，再打电话：短信还没有发出" in page
    for effect in ("结单", "重新派工", "结单并转投诉", "只作标记，约时间再回访"):
        assert f">{effect}</small>" in page
    caller.post(way(order), {"answer": "fixed", "once_key": "k1"})
    assert "这张工单已经结单，不用再回访" in caller.get(way(order)).content.decode()


def test_another_answer_to_a_finished_call_is_still_refused(settled: Make, now: datetime, caller: Client) -> None:
    order = settled()
    actions.plan_call(order.pk, at=now)
    caller.post(way(order), {"answer": "fixed", "once_key": "k1"})

    assert caller.post(way(order), {"answer": "broken", "once_key": "k2"}).status_code == 409


def test_a_reloaded_address_of_a_refused_form_shows_its_page(settled: Make, caller: Client) -> None:
    order = settled()

    assert caller.get(way(order, "track") + "?scope=all")["Location"] == way(order) + "?scope=all"
    assert caller.get("/follow-up/feedback/7/")["Location"] == "/follow-up/feedback/"
    assert "data-early" in caller.get(way(order)).content.decode()


@pytest.mark.req("R-189")
def test_the_survey_goes_with_the_answer_and_stands_on_the_order(settled: Make, now: datetime, caller: Client) -> None:
    order = settled()
    actions.plan_call(order.pk, at=now)
    page = caller.get(way(order)).content.decode()
    for item in ("服务态度", "维修质量", "及时", "价格"):
        assert item in page

    scores = {f"survey_{place}": str(score) for place, score in enumerate((5, 4, 5, 3))}
    caller.post(way(order), {"answer": "fixed", "survey_remark": "贵了点", "once_key": "k1"} | scores)

    shown = caller.get(f"/orders/{order.number}/").content.decode()
    assert "满意度调查" in shown
    assert "贵了点" in shown


@pytest.mark.req("O-056")
def test_the_riskiest_stands_first_with_its_reasons(settled: Make, now: datetime, caller: Client) -> None:
    cheap, rich = settled(name="甲"), settled(900_00, name="乙")
    for order in (cheap, rich):
        actions.plan_call(order.pk, at=now)

    listed = caller.get("/follow-up/?scope=all").content.decode()
    shown = caller.get(way(rich)).content.decode()

    assert listed.index(rich.number) < listed.index(cheap.number)
    assert "大额" in listed
    assert "金额超过 500 元" in shown


@pytest.mark.req("R-193")
def test_tracking_no_sends_the_order_back(settled: Make, caller: Client) -> None:
    order = settled()
    empty = caller.post(way(order, "track"), {"once_key": "t0"})
    assert (empty.status_code, "请选择是否彻底解决" in empty.content.decode()) == (422, True)

    said = {"track-is_resolved": "no", "track-evaluation": "又黑屏", "once_key": "t1"}
    answer = caller.post(way(order, "track"), said)

    assert (answer.status_code, Order.objects.get(pk=order.pk).status) == (303, "to_dispatch")
