"""派工: the list, the open order with its lines, promises and calls; works, not allowed, not visible, typed wrongly, stale."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gongdan.catalog import actions as catalog
from gongdan.customers.models import Customer
from gongdan.dispatch import actions, queries
from gongdan.dispatch.actions import VisitDraft
from gongdan.dispatch.models import Promise, Visit
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.orders import actions as order_actions
from gongdan.orders import queries as orders
from gongdan.orders.models import ContactAttempt, Order
from gongdan.orders.rules import OrderDraft
from gongdan.orders.states import Status

pytestmark = pytest.mark.django_db
VERBS = ["order", "facts", "promise", "contact", "back", "edit", "void"]


@pytest.fixture
def desk(client_for: Callable[[Actor], Client], dispatcher: Actor) -> Client:
    return client_for(dispatcher)


def _url(verb: str, order: Order, visit: Visit | None = None) -> str:
    args = [order.number] + ([visit.pk if visit else 4711] if verb in ("edit", "void") else [])
    return reverse(f"desk:dispatch-{verb}", args=args)


def _seen(order: Order) -> int:
    return orders.version(order.pk)


def _window(start: datetime, hours: int = 2) -> dict[str, str]:
    local = timezone.localtime(start)
    end = local + timedelta(hours=hours)
    if end.date() != local.date():  # a window lies within a day
        local = (local + timedelta(days=1)).replace(hour=9, minute=0)
        end = local + timedelta(hours=hours)
    return {"window_day": f"{local:%Y-%m-%d}", "window_from": f"{local:%H:%M}", "window_to": f"{end:%H:%M}"}


def _line(order: Order, technician: Actor, **typed: Any) -> dict[str, Any]:
    known = {"technician_id": technician.id, "task": "检修空调", "method": "phone", "remark": "带梯子"}
    return known | {"seen": _seen(order), "once_key": "k1"} | typed


def _text(response: Any) -> str:
    return html.unescape(response.content.decode())


@pytest.mark.req("R-077", "R-084")
def test_the_list_has_what_waits_the_most_urgent_first_and_opens_it(
    desk: Client, waiting: Callable[..., Order], visit: Visit
) -> None:
    calm, urgent, low = waiting(), waiting(urgency="critical"), waiting(priority="p4", priority_reason="不急")
    page = _text(desk.get(reverse("desk:dispatch")))
    places = [page.index(f'data-url="{_url("order", one)}"') for one in (urgent, calm, low)]
    assert places == sorted(places)
    assert visit.order.number not in page
    assert "选择右边的工单" in page
    newest = _text(desk.get(reverse("desk:dispatch"), {"scope": "newest"}))
    places = [newest.index(one.number) for one in (low, urgent, calm)]
    assert places == sorted(places)
    assert visit.order.number in _text(desk.get(reverse("desk:dispatch"), {"scope": "assigned"}))
    assert calm.number in _text(desk.get(reverse("desk:dispatch"), {"q": calm.number}))


@pytest.mark.req("R-051")
def test_what_becomes_a_repair_waits_in_the_list_at_once(
    desk: Client, customer: Customer, agent: Actor, client_for: Callable[[Actor], Client], now: datetime
) -> None:
    draft = OrderDraft(symptom="空调不制冷", source="direct", customer_id=customer.pk)
    order = order_actions.register(draft, by=agent, at=now)
    assert order.number not in _text(desk.get(reverse("desk:dispatch")))

    chosen = client_for(agent).post(reverse("desk:order-flow", args=[order.number, "repair"]), {"seen": order.version})

    assert chosen.status_code == 303
    assert Order.objects.get().status == Status.TO_DISPATCH
    assert order.number in _text(desk.get(reverse("desk:dispatch")))


@pytest.mark.req("R-065")
def test_an_order_of_broadband_without_a_first_judgement_warns_before_it_is_dispatched(
    desk: Client, waiting: Callable[..., Order], technician: Actor, agent: Actor, now: datetime
) -> None:
    broadband = catalog.add_category(code="BB", name="宽带", default_mode="on_site", by=SYSTEM, at=now)
    order = waiting(category_id=broadband.pk, devices=())
    warning = "初步诊断还缺：前因后果、初步范围、初步方案、与客户确认"
    assert warning in _text(desk.get(_url("order", order)))
    assert warning not in _text(desk.get(_url("order", waiting())))

    told: dict[str, Any] = {
        "background": "打雷后断网",
        "rough_scope": "光猫",
        "rough_plan": "带光猫上门",
        "is_confirmed": True,
    }
    order_actions.note_preliminary(order.pk, **told, by=agent, at=now)

    assert "初步诊断还缺" not in _text(desk.get(_url("order", order)))


def test_the_urgent_list_goes_on_where_the_page_ended(
    desk: Client, waiting: Callable[..., Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongdan.doors.desk.dispatch.lists.SIZE", 2)
    found = [waiting(urgency=word) for word in ("normal", "urgent", "normal", "critical", "normal", "normal")]
    soon = timezone.now() + timedelta(minutes=10)
    Order.objects.filter(pk=found[0].pk).update(promised_from=soon, promised_to=soon + timedelta(hours=1))
    expected = [found[n].number for n in (3, 1, 2, 4, 5, 0)]  # within a level the earliest due; equal ones by age
    seen: list[str] = []
    query = ""
    for _page in range(3):
        page = _text(desk.get(reverse("desk:dispatch") + query))
        seen += sorted((n for n in expected if n in page), key=page.index)
        further = re.search(r'href="(\?[^"]*after=[^"]+)"', page)
        query = further[1] if further else ""
    assert (seen, query) == (expected, "")


@pytest.mark.parametrize("cursor", ["nonsense", "late", "p9.1.1", "late.1.", "late.999999999999999999.1", "p3.１.1"])
def test_a_page_that_is_none_leads_to_the_first(desk: Client, order: Order, cursor: str) -> None:
    page = desk.get(reverse("desk:dispatch"), {"after": cursor})

    assert (page.status_code, "翻页位置已失效" in _text(page), order.number in _text(page)) == (400, True, True)


def test_overdue_promises_come_first_then_who_called_again(desk: Client, waiting: Callable[..., Order]) -> None:
    top, chased, late = waiting(urgency="critical"), waiting(), waiting(priority="p4", priority_reason="不急")
    ago = timezone.now() - timedelta(hours=3)
    Order.objects.filter(pk=late.pk).update(promised_from=ago, promised_to=ago + timedelta(hours=1), chased=1)
    Order.objects.filter(pk=chased.pk).update(chased=2, hold_code="wrong_number")

    page = _text(desk.get(reverse("desk:dispatch")))

    places = [page.index(f'data-url="{_url("order", one)}"') for one in (late, chased, top)]
    assert places == sorted(places)
    assert page.count(f'data-url="{_url("order", late)}"') == 1
    assert "催 2" in page
    assert "信息待核" in page


def test_the_list_costs_the_same_with_one_row_and_with_three(
    desk: Client, waiting: Callable[..., Order], django_assert_num_queries: Any
) -> None:
    for rows in (1, 2):
        for _row in range(rows):
            waiting()
        with django_assert_num_queries(7):
            desk.get(reverse("desk:dispatch"))


@pytest.mark.req("R-077", "R-078", "R-079")
def test_an_order_whose_promise_is_over_asks_for_the_technicians_once(
    desk: Client, order: Order, visit: Visit, django_assert_num_queries: Any
) -> None:
    ago = timezone.now() - timedelta(hours=3)  # the next line is for no window, a hand-over for the one that was told
    Order.objects.filter(pk=order.pk).update(promised_from=ago, promised_to=ago + timedelta(hours=1))
    desk.get(_url("order", order))
    with django_assert_num_queries(23):
        desk.get(_url("order", order))


def test_a_line_that_was_typed_stands_on_the_order_and_in_its_history(
    desk: Client, order: Order, technician: Actor, now: datetime
) -> None:
    answer = desk.post(_url("order", order), _line(order, technician) | _window(now + timedelta(hours=2)))
    assert (answer.status_code, answer["Location"]) == (303, _url("order", order))
    line = Visit.objects.get()
    assert (line.technician_id, line.method, line.remark) == (technician.id, "phone", "带梯子")
    page = _text(desk.get(_url("order", order)))
    assert all(word in page for word in ("李建国", "待接单", "检修空调", "带梯子", "首约", "派工给 李建国：检修空调"))
    again = desk.post(_url("order", order), _line(order, technician) | _window(now + timedelta(hours=2)))
    assert (again.status_code, Visit.objects.count()) == (303, 1)  # the same form twice is one line


@pytest.mark.req("R-083")
def test_the_page_shows_what_dispatching_must_know(desk: Client, waiting: Callable[..., Order]) -> None:
    order = waiting(distance_km=12, remark="有狗", urgency="urgent")
    page = _text(desk.get(_url("order", order)))
    for word in (
        "王小明",
        "13812345678",
        "体育西路 1 号 302",
        "4Q97A0236118",
        "空调不制冷",
        "单程 12 公里",
        "有狗",
        "紧急",
    ):
        assert word in page


def test_an_on_site_order_without_an_address_says_so_before_anybody_is_sent(
    desk: Client, order: Order, agent: Actor, now: datetime
) -> None:
    missing = "上门工单没有地址，请先补充地址再派工"
    assert missing not in _text(desk.get(_url("order", order)))
    order_actions.edit(order.pk, seen=order.version, changes={"address": ""}, by=agent, at=now)

    assert missing in _text(desk.get(_url("order", order)))


@pytest.mark.req("R-084")
def test_candidates_say_why_and_follow_the_window_being_typed(
    desk: Client, waiting: Callable[..., Order], visit: Visit, other_technician: Actor, now: datetime
) -> None:
    order, start = waiting(), now + timedelta(hours=2)
    busy = desk.get(reverse("desk:dispatch-candidates", args=[order.number]), _window(start, 1))
    page = _text(busy)
    same_day = timezone.localtime(start).hour < 23
    if same_day:
        assert page.index("周大勇") < page.index("李建国")
        assert f"与工单 {visit.order.number} 时间冲突" in page
    free = _text(desk.get(reverse("desk:dispatch-candidates", args=[order.number]), {"window_day": "x"}))
    assert free.index("李建国") < free.index("周大勇")
    assert "会修空调" in free
    assert "没有登记空调技能" in free


def test_what_was_typed_wrongly_stays_with_a_sentence_at_the_field(
    desk: Client, order: Order, technician: Actor, now: datetime
) -> None:
    past = timezone.localtime(now) - timedelta(days=1)
    gone = {"window_day": f"{past:%Y-%m-%d}", "window_from": "09:00", "window_to": "10:00"}
    answer = desk.post(_url("order", order), _line(order, technician, remark="门禁 1234") | gone)
    page = _text(answer)
    assert (answer.status_code, Visit.objects.count()) == (422, 0)
    assert "上门时间段已经过去" in page
    assert "门禁 1234" in page
    nobody = desk.post(_url("order", order), _line(order, technician, technician_id=""))
    assert (nobody.status_code, "请选择师傅" in _text(nobody)) == (422, True)


def test_a_colleague_who_was_faster_is_named_and_the_text_stays(
    desk: Client, order: Order, draft: Callable[..., VisitDraft], technician: Actor, supervisor: Actor, now: datetime
) -> None:
    old = _line(order, technician, remark="门禁 1234", once_key="")
    actions.assign(order.pk, draft(), seen=_seen(order), by=supervisor, at=now)
    answer = desk.post(_url("order", order), old)
    page = _text(answer)
    assert (answer.status_code, Visit.objects.count()) == (409, 1)
    assert "赵明" in page
    assert "门禁 1234" in page


def test_a_line_is_edited_and_taken_back_with_its_reason(desk: Client, order: Order, visit: Visit) -> None:
    edited = desk.post(_url("edit", order, visit), {"seen": 1, "task": "先看外机", "method": "sms"})
    assert edited.status_code == 303
    assert Visit.objects.values_list("task", "method", "version").get() == ("先看外机", "sms", 2)
    stale = desk.post(_url("edit", order, visit), {"seen": 1, "task": "换电容", "method": "sms"})
    assert (stale.status_code, "换电容" in _text(stale)) == (409, True)
    empty = desk.post(_url("void", order, visit), {"reason": " "})
    assert (empty.status_code, "请填写原因" in _text(empty)) == (422, True)
    assert desk.post(_url("void", order, visit), {"reason": "师傅请假"}).status_code == 303
    assert "师傅请假" in _text(desk.get(_url("order", order)))
    assert Order.objects.get(pk=order.pk).status == Status.TO_DISPATCH


@pytest.mark.req("O-067", "R-071")
def test_the_promise_is_moved_with_consent_and_the_first_stays_in_sight(
    desk: Client, order: Order, visit: Visit, now: datetime
) -> None:
    later = _window(now + timedelta(days=1))
    told = later | {"way": "phone", "reason": "上一单超时", "consent_of": "王太太", "apology_made": "on"}
    unasked = desk.post(_url("promise", order), told | {"seen": _seen(order)})
    assert (unasked.status_code, "请选择客户是否同意" in _text(unasked)) == (422, True)
    nobody = desk.post(_url("promise", order), told | {"seen": _seen(order), "consent": "yes", "consent_of": ""})
    assert (nobody.status_code, "请填写谁答复的" in _text(nobody)) == (422, True)
    silent = {name: value for name, value in told.items() if name != "apology_made"}
    rude = desk.post(_url("promise", order), silent | {"seen": _seen(order), "consent": "yes"})
    assert (rude.status_code, "请先向客户致歉" in _text(rude)) == (422, True)
    assert Promise.objects.count() == 1
    assert desk.post(_url("promise", order), told | {"seen": _seen(order), "consent": "yes"}).status_code == 303
    page = _text(desk.get(_url("order", order)))
    for word in ("首约", "已改", "改约", "有效", "我方：上一单超时", "已致歉", "王太太 同意"):
        assert word in page
    assert [row.is_first for row in queries.promises_of(order.pk)] == [True, False]


def test_a_first_promise_without_a_line(desk: Client, order: Order, now: datetime) -> None:
    told = _window(now + timedelta(days=1)) | {"seen": _seen(order)}
    assert desk.post(_url("promise", order), told).status_code == 303
    assert Promise.objects.get().is_first


def test_nobody_reached_asks_for_the_next_time(desk: Client, order: Order, now: datetime) -> None:
    call = {"purpose": "appointment", "result": "no_answer", "note": "响了很久", "once_key": "c1"}
    refused = desk.post(_url("contact", order), call)
    assert (refused.status_code, "请填写下次联系时间" in _text(refused)) == (422, True)
    assert "响了很久" in _text(refused)
    when = f"{timezone.localtime(now) + timedelta(hours=2):%Y-%m-%dT%H:%M}"
    for _twice in range(2):
        assert desk.post(_url("contact", order), call | {"next_at": when}).status_code == 303
    assert ContactAttempt.objects.count() == 1
    assert "响了很久" in _text(desk.get(_url("order", order)))


def test_the_distance_is_filled_in_for_the_travel_fee(desk: Client, order: Order) -> None:
    typed = {"seen": _seen(order), "distance_km": "12", "urgency": "urgent", "address": "体育西路 1 号 302"}
    assert desk.post(_url("facts", order), typed).status_code == 303
    stored = Order.objects.get(pk=order.pk)
    assert (stored.distance_km, stored.urgency, stored.priority, stored.address) == (
        12, "urgent", "p2", "体育西路 1 号 302",
    )  # fmt: skip
    wrong = desk.post(_url("facts", order), typed | {"distance_km": "很远", "seen": _seen(order)})
    assert (wrong.status_code, "很远" in _text(wrong)) == (422, True)


def test_an_order_goes_back_as_a_whole(desk: Client, order: Order, visit: Visit) -> None:
    assert "退回派工" in _text(desk.get(_url("order", order)))
    assert desk.post(_url("back", order), {"seen": _seen(order), "reason": "客户改期"}).status_code == 303
    assert Order.objects.get(pk=order.pk).status == Status.TO_DISPATCH


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", ["cashier", "stranger", "other_technician"])
def test_neither_another_role_nor_another_site_dispatches(
    client_for: Callable[[Actor], Client],
    order: Order,
    visit: Visit,
    technician: Actor,
    now: datetime,
    request: pytest.FixtureRequest,
    role: str,
    verb: str,
) -> None:
    client = client_for(request.getfixturevalue(role))
    typed = _line(order, technician) | _window(now + timedelta(days=1)) | {"urgency": "normal", "reason": "换人"}
    typed |= {"purpose": "contact", "result": "reached", "consent_of": "王", "way": "phone"}
    assert client.post(_url(verb, order, visit), typed).status_code == 403
    if verb == "order":
        assert client.get(_url(verb, order)).status_code == 403
        assert client.get(reverse("desk:dispatch")).status_code == 403
    assert (Visit.objects.get().version, Promise.objects.count(), ContactAttempt.objects.count()) == (1, 1, 0)


@pytest.mark.parametrize("verb", VERBS[1:])
def test_deeds_are_posted_and_pages_are_read(desk: Client, order: Order, visit: Visit, verb: str) -> None:
    assert desk.get(_url(verb, order, visit))["Location"] == _url("order", order)
    assert desk.put(_url(verb, order, visit)).status_code == 405
    assert desk.delete(_url("order", order)).status_code == 405
    assert desk.post(reverse("desk:dispatch")).status_code == 405


def test_what_is_not_there_is_missing(desk: Client, order: Order, waiting: Callable[..., Order], visit: Visit) -> None:
    assert desk.get("/dispatch/GD000000-0000/").status_code == 404
    assert desk.post(_url("edit", order), {"seen": 1, "method": "system"}).status_code == 404
    other = waiting()  # a line of another order is not this order's
    assert desk.post(_url("void", other, visit), {"reason": "换人"}).status_code == 404


def test_long_words_and_markup_are_shown_as_they_are(desk: Client, waiting: Callable[..., Order]) -> None:
    order = waiting(symptom="<script>alert(1)</script>" + "很长" * 400)
    page = desk.get(_url("order", order)).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page


def test_after_repair_the_page_is_read_only(desk: Client, order: Order, visit: Visit, technician: Actor) -> None:
    Order.objects.filter(pk=order.pk).update(status=Status.TO_SETTLE)
    page = _text(desk.get(_url("order", order)))
    assert "添加派工" not in page
    refused = desk.post(_url("order", order), _line(order, technician))
    assert (refused.status_code, "只有待派工或维修中的工单可以派工" in _text(refused)) == (409, True)


def test_a_technician_with_another_visit_at_that_time_is_asked_about_once(
    desk: Client, waiting: Callable[..., Order], visit: Visit, technician: Actor
) -> None:
    order = waiting()
    assert visit.planned_from is not None
    line = _line(order, technician, **_window(visit.planned_from))
    asked = desk.post(_url("order", order), line)
    assert (asked.status_code, Visit.objects.filter(order=order).exists()) == (422, False)
    assert f"与工单 {visit.order.number} 时间冲突" in _text(asked)
    assert 'name="confirm_conflict"' in _text(asked)
    assert desk.post(_url("order", order), line | {"confirm_conflict": "on"}).status_code == 303
    assert f"与工单 {visit.order.number} 时间冲突，仍要派" in _text(desk.get(_url("order", order)))
    second = Visit.objects.get(order=order)
    elsewhere = line | _window(visit.planned_from + timedelta(days=1)) | {"seen": second.version}
    assert desk.post(_url("edit", order, second), elsewhere).status_code == 303
    again = line | {"seen": second.version + 1}
    asked = desk.post(_url("edit", order, second), again)
    assert (asked.status_code, 'name="confirm_conflict"' in _text(asked)) == (422, True)
    assert desk.post(_url("edit", order, second), again | {"confirm_conflict": "on"}).status_code == 303


@pytest.mark.req("R-070")
def test_the_promise_says_whether_he_can_be_there_and_asks_about_a_conflict(
    client_for: Callable[[Actor], Client],
    desk: Client,
    waiting: Callable[..., Order],
    visit: Visit,
    technician: Actor,
    cashier: Actor,
) -> None:
    order = waiting()
    assert visit.planned_from is not None
    assert desk.post(_url("order", order), _line(order, technician)).status_code == 303
    window = _window(visit.planned_from)
    asked = reverse("desk:dispatch-fits", args=[order.number])
    said = _text(desk.get(asked, window))
    assert ("李建国" in said, "冲突" in said, visit.order.number in said) == (True, True, True)
    assert "可以" in _text(desk.get(asked, _window(visit.planned_from + timedelta(days=1))))
    assert "李建国" not in _text(desk.get(asked, {"window_day": "gestern"}))
    assert client_for(cashier).get(asked).status_code == 403

    page = _text(desk.get(_url("order", order)))
    assert f'hx-get="{asked}"' in page
    typed = window | {"seen": orders.version(order.pk)}
    refused = desk.post(_url("promise", order), typed)
    assert (refused.status_code, 'name="confirm_conflict"' in _text(refused)) == (422, True)
    assert 'class="w-fits" role="status"><p>李建国' in _text(refused)
    assert desk.post(_url("promise", order), typed | {"confirm_conflict": "on"}).status_code == 303
    assert Visit.objects.get(order=order).planned_from == Order.objects.get(pk=order.pk).promised_from

    moved = _window(visit.planned_from + timedelta(minutes=15), 1) | {"seen": orders.version(order.pk)}
    moved |= {"consent": "yes", "consent_of": "王太太", "reason": "路上堵车", "apology_made": "on", "way": "phone"}
    asked_again = desk.post(_url("promise", order), moved)
    assert (asked_again.status_code, 'name="confirm_conflict"' in _text(asked_again)) == (422, True)
    assert desk.post(_url("promise", order), moved | {"confirm_conflict": "on"}).status_code == 303


def test_whoever_gave_the_order_away_comes_last_and_is_not_recommended(
    desk: Client,
    visit: Visit,
    order: Order,
    technician: Actor,
    other_technician: Actor,
    dispatcher: Actor,
    now: datetime,
) -> None:
    actions.to_coordinate(order.pk, "都排满了", seen=_seen(order), by=dispatcher, at=now)
    assert "刚转出" in _text(desk.get(_url("order", order)))
    found = queries.candidates(
        frozenset({order.site_id}), category="空调", window=None, day_start=now, but_not=order.pk
    )
    assert (found[-1].technician_id, found[-1].gave_away, found[0].gave_away) == (technician.id, True, False)
