"""The technician's page of a visit, the queue, and what the supervisor settles: works, not allowed, typed wrongly."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gongdan.customers import actions as customers
from gongdan.customers.models import Customer
from gongdan.customers.rules import ContactDraft
from gongdan.dispatch import actions, queries
from gongdan.dispatch.actions import VisitDraft
from gongdan.dispatch.models import Confirmation, DelayNotice, Promise, Visit, WastedTrip
from gongdan.kernel.actor import Actor
from gongdan.orders import queries as orders
from gongdan.orders.models import Consent, Order
from gongdan.orders.states import Mode, Status
from gongdan.people.models import Site, Team

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\nrest"
CALLED = {"is_convenient": "yes", "device_ok": "on", "fault_ok": "on", "address_ok": "on"}


def _url(verb: str, visit: Visit, *more: Any) -> str:
    return reverse(f"desk:visit-{verb}" if verb else "desk:visit", args=[visit.pk, *more])


def _text(response: Any) -> str:
    return html.unescape(response.content.decode())


def _seen(order: Order) -> int:
    return orders.version(order.pk)


def _window(start: datetime) -> dict[str, str]:
    local = timezone.localtime(start).replace(hour=16, minute=0)
    return {"window_day": f"{local:%Y-%m-%d}", "window_from": "16:00", "window_to": "18:00"}


def _local(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%dT%H:%M}"


def _chosen(response: Any, name: str) -> str:
    """What the first choice of this name stands at, "" where nothing is chosen."""
    choice = re.search(rf'<select[^>]* name="{name}".*?</select>', response.content.decode(), re.DOTALL)
    assert choice is not None
    found = re.search(r'<option value="([^"]*)" selected', choice[0])
    return found[1] if found else ""


@pytest.fixture
def bench(client_for: Callable[[Actor], Client], technician: Actor) -> Client:
    return client_for(technician)


@pytest.mark.req("R-075", "R-076")
def test_the_button_to_set_out_comes_with_the_call_and_the_three_ticks(
    bench: Client, visit: Visit, order: Order
) -> None:
    page = _text(bench.get(_url("", visit)))
    assert "出发前请先联系客户" in page
    assert _url("step", visit, "depart") not in page
    refused = bench.post(_url("step", visit, "depart"), follow=True)
    assert "先联系客户" in _text(refused)
    empty = bench.post(_url("confirm", visit), {})
    assert (empty.status_code, "请填写客户是否方便" in _text(empty)) == (422, True)
    partly = {name: value for name, value in CALLED.items() if name != "fault_ok"}
    assert bench.post(_url("confirm", visit), partly | {"once_key": "k1"}).status_code == 303
    kept = _text(bench.get(_url("", visit)))
    assert "已记下；还没有与客户核对故障情况，核对后再出发" in kept
    assert "故障情况" in kept
    ticked = {name for name in CALLED if re.search(rf'<input[^>]*name="{name}"[^>]* checked', kept)}
    assert ticked == set(partly)
    told = CALLED | {"address": "体育西路 1 号 1502", "once_key": "k2"}
    for _twice in range(2):
        assert bench.post(_url("confirm", visit), told).status_code == 303
    assert Confirmation.objects.count() == 2
    assert Order.objects.get(pk=order.pk).address == "体育西路 1 号 1502"
    assert _url("step", visit, "depart") in _text(bench.get(_url("", visit)))
    assert bench.post(_url("step", visit, "depart")).status_code == 303
    assert Visit.objects.get().status == "under_way"
    assert bench.post(_url("step", visit, "fly")).status_code == 404
    assert bench.get(_url("confirm", visit))["Location"] == _url("", visit)
    assert bench.put(_url("confirm", visit)).status_code == 405


@pytest.mark.req("R-073", "O-043")
def test_an_early_arrival_asks_who_agreed_to_it(bench: Client, visit: Visit, order: Order) -> None:
    later = timezone.now().replace(microsecond=0) + timedelta(hours=4)
    Order.objects.filter(pk=order.pk).update(promised_from=later, promised_to=later + timedelta(hours=1))
    Visit.objects.filter(pk=visit.pk).update(status="under_way")
    page = _text(bench.get(_url("", visit)))
    assert ("客户同意现在上门吗" in page, _url("step", visit, "arrive") in page) == (True, False)
    refused = _text(bench.post(_url("step", visit, "arrive"), follow=True))
    assert "客户同意现在上门吗" in refused
    from_repair = bench.post(reverse("desk:repair-visit", args=[order.number, visit.pk, "arrive"]))
    assert from_repair["Location"] == _url("", visit) + "#early"
    empty = bench.post(_url("early", visit), {"agreed_by": " "})
    assert (empty.status_code, Visit.objects.get().status) == (422, "under_way")
    by_no_way = bench.post(_url("early", visit), {"agreed_by": "王太太"})
    assert (by_no_way.status_code, Visit.objects.get().status) == (422, "under_way")
    assert bench.post(_url("early", visit), {"agreed_by": "王太太", "agreed_way": "in_person"}).status_code == 303
    assert Visit.objects.get().status == "on_site"
    assert Consent.objects.get(to_what="early").name == "王太太"

    page = _text(bench.get(_url("", visit)))
    assert "到了约定时间" in page
    ended = bench.post(_url("wasted", visit), {"reason": "家中无人", "confirm_unproven": "on"}, follow=True)
    assert "客户的约定时间不变，请重新派工" in _text(ended)
    assert Order.objects.get(pk=order.pk).promised_from == later


@pytest.mark.req("R-072")
def test_a_page_from_before_he_set_out_hands_nothing_on(
    bench: Client, visit: Visit, order: Order, technician: Actor, other_technician: Actor
) -> None:
    before = bench.get(_url("", visit)).content.decode()
    (shown,) = set(re.findall(r'name="line_seen" value="([^"]+)"', before))
    assert bench.post(_url("confirm", visit), CALLED).status_code == 303
    assert bench.post(_url("step", visit, "depart")).status_code == 303
    typed = {"to_id": other_technician.id, "reason": "路上堵车", "seen": _seen(order), "line_seen": shown}
    stale = bench.post(_url("transfer", visit), typed)
    assert (stale.status_code, "出发上门；请核对后再保存" in _text(stale)) == (409, True)
    moved = typed | _window(timezone.now() + timedelta(days=1)) | {"way": "phone", "consent_of": "王太太"}
    moved |= {"apology_made": "on"}
    for consent in ("yes", "no"):
        assert bench.post(_url("move", visit), moved | {"consent": consent}).status_code == 409
    assert (Visit.objects.get().status, Promise.objects.count()) == ("under_way", 1)
    now_shown = re.findall(r'name="line_seen" value="([^"]+)"', stale.content.decode())[0]
    assert bench.post(_url("transfer", visit), typed | {"line_seen": now_shown}).status_code == 303
    for odd in ("x", "1:2:3", "9999999999999999999:1", ":"):
        assert bench.post(_url("transfer", visit), typed | {"line_seen": odd}).status_code == 409


@pytest.mark.req("R-074")
def test_a_delay_is_told_from_the_page(bench: Client, visit: Visit, now: datetime) -> None:
    wrong = bench.post(_url("delay", visit), {"reason": "上一单超时"})
    assert (wrong.status_code, "请选择怎样告知客户的" in _text(wrong)) == (422, True)
    told = {"reason": "上一单超时", "told_how": "sms", "new_estimate": _local(now + timedelta(hours=5))}
    assert bench.post(_url("delay", visit), told | {"once_key": "d1"}).status_code == 303
    assert DelayNotice.objects.get().reason == "上一单超时"
    assert "已告知" in _text(bench.get(_url("", visit)))


@pytest.mark.req("R-074")
def test_who_came_late_without_a_word_is_marked_in_the_list(
    client_for: Callable[[Actor], Client], visit: Visit, technician: Actor, dispatcher: Actor
) -> None:
    desk, page = client_for(dispatcher), reverse("desk:dispatch")
    assert "晚到未告知" not in _text(desk.get(page, {"scope": "assigned"}))
    assert visit.planned_to is not None
    actions.arrive(visit.pk, by=technician, at=visit.planned_to + timedelta(minutes=30))
    assert "晚到未告知" in _text(desk.get(page, {"scope": "assigned"}))
    assert "晚到未告知" in _text(desk.get(reverse("desk:dispatch-order", args=[visit.order.number])))


@pytest.mark.req("R-071", "R-072")
def test_refused_by_the_customer_it_goes_to_the_colleague_and_leaves_the_page(
    bench: Client, client_for: Callable[[Actor], Client], visit: Visit, order: Order, other_technician: Actor,
    dispatcher: Actor, now: datetime,
) -> None:  # fmt: skip
    assert "周大勇　可以" in _text(bench.get(_url("", visit)))
    asked = _window(now + timedelta(days=1)) | {"moved_by": "us", "reason": "上一单超时", "apology_made": "on"}
    asked |= {"consent": "no", "consent_of": "王太太", "way": "phone", "to_id": str(other_technician.id)}
    done = bench.post(_url("move", visit), asked | {"seen": _seen(order)})
    assert (done.status_code, done["Location"]) == (303, reverse("desk:home"))
    assert "已转出，客户的时间不变" in _text(bench.get(done["Location"]))
    gone = bench.get(_url("", visit))
    assert (gone.status_code, "这次派工已撤销（或已转给别人）" in _text(gone)) == (409, True)
    late = bench.post(_url("step", visit, "depart"), follow=True)
    assert (late.status_code, "这次派工已撤销（或已转给别人）" in _text(late)) == (200, True)
    (handed,) = queries.transfers_of(order.pk)
    assert (handed.giver, handed.taker) == ("李建国", "周大勇")
    desk = _text(client_for(dispatcher).get(reverse("desk:dispatch-order", args=[order.number])))
    for word in ("提出改约", "客户不同意", "王太太 不同意", "转派", "李建国 → 周大勇"):
        assert word in desk
    taken = Visit.objects.get(technician=other_technician.id)
    assert client_for(other_technician).get(_url("", taken)).status_code == 200


def test_who_can_keep_the_time_is_proposed_and_the_supervisor_where_nobody_can(
    bench: Client, client_for: Callable[[Actor], Client], waiting: Callable[..., Order], visit: Visit, order: Order,
    other_technician: Actor, dispatcher: Actor,
) -> None:  # fmt: skip
    desk, page = client_for(dispatcher), reverse("desk:dispatch-order", args=[order.number])
    for answer in (bench.get(_url("", visit)), desk.get(page)):
        assert _chosen(answer, "to_id") == str(other_technician.id)
    busy = waiting()
    line = VisitDraft(other_technician.id, planned_from=visit.planned_from, planned_to=visit.planned_to)
    actions.assign(busy.pk, line, seen=busy.version, by=dispatcher, at=timezone.now())
    for answer in (bench.get(_url("", visit)), desk.get(page)):
        assert "周大勇　冲突" in _text(answer)
        assert _chosen(answer, "to_id") == ""
    given = {"to_id": str(other_technician.id), "reason": "上一单超时", "seen": _seen(order)}
    asked = bench.post(_url("transfer", visit), given)
    assert (asked.status_code, "时间冲突；请换师傅或时间" in _text(asked)) == (422, True)
    assert 'name="confirm_conflict"' in _text(asked)
    assert 'name="confirm_conflict"' not in _text(bench.get(_url("", visit)))
    assert bench.post(_url("transfer", visit), given | {"confirm_conflict": "on"}).status_code == 303


@pytest.mark.req("O-043")
def test_a_shut_door_is_reported_with_its_picture(
    bench: Client, visit: Visit, technician: Actor, now: datetime
) -> None:
    Order.objects.filter(pk=visit.order_id).update(promised_from=timezone.now() - timedelta(minutes=10))
    actions.arrive(visit.pk, by=technician, at=timezone.now() - timedelta(minutes=5))
    photo = SimpleUploadedFile("门口.png", PNG, content_type="image/png")
    page = _text(bench.get(_url("", visit)))
    for word in ("到达后 2 次电话", "0/2", "等满 15 分钟", "还缺"):
        assert word in page
    for key in ("c1", "c1", "c2"):  # pressed twice is one call
        called = bench.post(_url("call", visit), {"result": "no_answer", "once_key": key})
        assert called["Location"] == _url("", visit) + "#wasted"
    assert "2/2" in _text(bench.get(_url("", visit)))
    typed = {"reason": "家中无人", "once_key": "w1"}
    asked = bench.post(_url("wasted", visit), typed)
    assert (asked.status_code, "没有门口照片" in _text(asked)) == (422, True)
    assert "证据不足，不收空跑费，仍要登记" in _text(asked)
    asked = bench.post(_url("wasted", visit), typed | {"photo": photo, "once_key": "w2"})
    assert (asked.status_code, "只等了 5 分钟" in _text(asked)) == (422, True)
    assert "门口照片已保存，不用重拍" in _text(asked)
    (kept,) = re.findall(r'name="door_photo" value="(\d+)"', asked.content.decode())
    assert not WastedTrip.objects.exists()
    wrong = bench.post(_url("wasted", visit), typed | {"door_photo": "4711", "once_key": "w3"})
    assert (wrong.status_code, "请选择这张工单的门口照片" in _text(wrong)) == (422, True)
    typed |= {"confirm_unproven": "on", "once_key": "w4", "door_photo": kept}
    done = bench.post(_url("wasted", visit), typed, follow=True)
    assert "证据不足，不收空跑费" in _text(done)
    row = WastedTrip.objects.get()
    assert (row.reason, row.is_proven, row.photo_id is not None) == ("家中无人", False, True)
    assert "上次空跑" in _text(bench.get(_url("", visit)))


@pytest.mark.req("R-085")
def test_guidance_from_afar_has_its_result_and_its_choice(
    bench: Client, order: Order, draft: Callable[..., VisitDraft], dispatcher: Actor, now: datetime
) -> None:
    line = draft(is_remote=True, planned_from=None, planned_to=None)
    remote = actions.assign(order.pk, line, seen=order.version, by=dispatcher, at=now)
    repair = reverse("desk:repair-order", args=[order.number])
    assert bench.post(_url("step", remote, "accept")).status_code == 303
    page = _text(bench.get(repair))
    assert ("正在远程指导" in page, _url("", remote) + "#remote" in page, "师傅还没有到达" in page) == (
        True,
        True,
        False,
    )
    assert bench.post(_url("remote", remote), {"result": "failed"}).status_code == 303
    page = _text(bench.get(_url("", remote)))
    assert ("已结束" in page, "已离开" in page) == (True, False)
    assert "远程未解决" in _text(bench.get(_url("", remote)))
    assert bench.post(_url("then", remote), {"then": "in_store", "seen": _seen(order)}).status_code == 303
    assert Order.objects.get().mode == Mode.IN_STORE


def test_the_call_before_setting_out_may_solve_it(bench: Client, visit: Visit, order: Order) -> None:
    done = bench.post(_url("phone", visit), {"reason": "misuse", "seen": _seen(order)})
    assert (done.status_code, done["Location"]) == (303, reverse("desk:home"))
    assert Order.objects.get().status == Status.TO_FOLLOW_UP


@pytest.mark.parametrize("verb", ["confirm", "delay", "move", "transfer", "wasted", "remote", "then", "phone"])
@pytest.mark.parametrize("role", ["cashier", "stranger", "other_technician"])
def test_a_visit_is_nobody_elses(
    client_for: Callable[[Actor], Client], visit: Visit, request: pytest.FixtureRequest, role: str, verb: str
) -> None:
    client = client_for(request.getfixturevalue(role))
    assert client.get(_url("", visit)).status_code == 403
    assert client.post(_url(verb, visit), {}).status_code == 403


@pytest.fixture
def team(site: Site, technician: Actor, other_technician: Actor) -> Team:
    row = Team.objects.create(name="IT 维护团队", site=site)
    row.members.set([technician.id, other_technician.id])
    return row


@pytest.mark.req("R-013")
def test_an_order_is_put_into_the_queue_and_taken_from_it(
    bench: Client,
    client_for: Callable[[Actor], Client],
    order: Order,
    team: Team,
    dispatcher: Actor,
    other_technician: Actor,
    cashier: Actor,
    supervisor: Actor,
) -> None:
    desk, late, boss = client_for(dispatcher), client_for(other_technician), client_for(supervisor)
    page = reverse("desk:dispatch-order", args=[order.number])
    assert "放进班组的领单列表" in _text(desk.get(page))
    offered = {"team_id": team.pk, "seen": _seen(order)}
    assert desk.post(reverse("desk:dispatch-team", args=[order.number]), offered).status_code == 303
    assert "IT 维护团队" in _text(desk.get(page))
    queue, take = reverse("desk:queue"), reverse("desk:queue-take", args=[order.pk])
    for client in (bench, late):
        assert order.number in _text(client.get(queue))
        assert take in _text(client.get(queue))
    assert order.number in _text(boss.get(queue))
    assert take not in _text(boss.get(queue))  # he may work, but is not of this team
    assert client_for(cashier).get(queue).status_code == 403
    done = bench.post(take, {"once_key": "t1"})
    assert done["Location"] == _url("", Visit.objects.get())
    lost = late.post(take, follow=True)
    assert "刚被 李建国 领走" in _text(lost)
    assert order.number not in _text(late.get(queue)).partition("班组的领单列表")[2]


def test_an_offer_is_taken_back(
    client_for: Callable[[Actor], Client], order: Order, team: Team, dispatcher: Actor
) -> None:
    desk = client_for(dispatcher)
    desk.post(reverse("desk:dispatch-team", args=[order.number]), {"team_id": team.pk, "seen": _seen(order)})
    back = desk.post(reverse("desk:dispatch-team-back", args=[order.number]), {"seen": _seen(order)}, follow=True)
    assert "已从领单列表收回" in _text(back)
    assert queries.offer_of(order.pk) is None


@pytest.mark.req("O-067")
def test_nobody_free_is_settled_by_the_supervisor(
    client_for: Callable[[Actor], Client], order: Order, dispatcher: Actor, supervisor: Actor, now: datetime
) -> None:
    desk, boss = client_for(dispatcher), client_for(supervisor)
    page = reverse("desk:dispatch-order", args=[order.number])
    why = {"reason": "都排满了", "seen": _seen(order)}
    assert desk.post(reverse("desk:dispatch-coordinate", args=[order.number]), why).status_code == 303
    assert "由有“批准改约”权限的主管处理" in _text(desk.get(page))
    assert 'id="settle"' not in _text(desk.get(page))
    assert 'id="settle"' in _text(boss.get(page))
    assert "都排满了" in _text(boss.get(reverse("desk:queue")))
    settle = reverse("desk:dispatch-settle", args=[order.number])
    offer = {"outcome": "offer", "consent_of": "王太太", "way": "phone", "apology_made": "on"}
    missing = boss.post(settle, offer | {"seen": _seen(order)})
    assert (missing.status_code, "请填写客户同意的新时间" in _text(missing)) == (422, True)
    offer |= _window(now + timedelta(days=1))
    assert desk.post(settle, offer | {"seen": _seen(order)}).status_code == 403
    assert boss.post(settle, offer | {"seen": _seen(order)}).status_code == 303
    assert (Order.objects.get().hold_code, Promise.objects.count()) == ("", 1)


@pytest.mark.req("O-054")
def test_the_technician_of_an_important_customer_is_proposed_first(
    client_for: Callable[[Actor], Client],
    customer: Customer,
    waiting: Callable[..., Order],
    dispatcher: Actor,
    technician: Actor,
    other_technician: Actor,
    admin: Actor,
    now: datetime,
) -> None:
    def proposed() -> list[str]:
        asked = client_for(dispatcher).get(reverse("desk:dispatch-candidates", args=[waiting().number]))
        found = _text(asked)
        return sorted(("李建国", "周大勇"), key=found.index) + [word for word in ("客户指定的师傅",) if word in found]

    assert proposed() == ["李建国", "周大勇"]
    customers.warn(customer.pk, "vip", reason="老主顾", own_technician_id=other_technician.id, by=admin, at=now)

    assert proposed() == ["周大勇", "李建国", "客户指定的师傅"]
    shown = client_for(dispatcher).get(reverse("desk:dispatch-order", args=[waiting().number]))
    assert re.search(r'<span class="k-badge[^>]*>[^<]*(?:<[^>]+>)*VIP', _text(shown))


@pytest.mark.req("R-070")
def test_each_candidate_says_whether_he_can_be_there(
    client_for: Callable[[Actor], Client],
    visit: Visit,
    waiting: Callable[..., Order],
    dispatcher: Actor,
    other_technician: Actor,
) -> None:
    other = waiting(address="天河路 2 号", devices=())
    assert visit.planned_from is not None
    local = timezone.localtime(visit.planned_from)
    if local.hour > 21:
        pytest.skip("a window lies within a day")
    asked = {"window_day": f"{local:%Y-%m-%d}", "window_from": f"{local:%H:%M}"}
    asked["window_to"] = f"{local + timedelta(hours=1):%H:%M}"
    found = _text(client_for(dispatcher).get(reverse("desk:dispatch-candidates", args=[other.number]), asked))
    assert "冲突" in found
    assert "可以" in found
    assert f"与工单 {visit.order.number} 时间冲突" in found


def test_express_is_agreed_on_the_page(
    client_for: Callable[[Actor], Client], waiting: Callable[..., Order], dispatcher: Actor
) -> None:
    order = waiting(mode="express")
    desk = client_for(dispatcher)
    page = reverse("desk:dispatch-order", args=[order.number])
    assert "客户同意加价" in _text(desk.get(page))
    said = {"name": "王太太", "way": "phone", "seen": _seen(order)}
    desk.post(reverse("desk:dispatch-express", args=[order.number]), said, follow=True)
    assert "王太太 同意加价" in _text(desk.get(page))


@pytest.mark.req("O-051")
def test_whom_to_ask_for_another_time_is_filled_in(
    bench: Client, visit: Visit, order: Order, agent: Actor, now: datetime
) -> None:
    row = Customer.objects.get(pk=order.customer_id)
    contacts = [ContactDraft("13800001111", "王太太", "at_home"), ContactDraft("13900002222", "王强", "decider")]
    customers.edit(row.pk, seen=row.version, contacts=contacts, by=agent, at=now)

    page = _text(bench.get(_url("", visit)))
    assert re.search(r'name="consent_of"[^>]*value="王强"|value="王强"[^>]*name="consent_of"', page)


def test_an_open_visit_of_an_earlier_day_bears_its_day_and_the_menu_leads_to_the_queue(
    bench: Client, client_for: Callable[[Actor], Client], visit: Visit, agent: Actor
) -> None:
    home = _text(bench.get(reverse("desk:home")))
    assert f'href="{reverse("desk:queue")}"' in home
    assert f'href="{reverse("desk:queue")}"' not in _text(client_for(agent).get(reverse("desk:home")))
    assert "月" not in "".join(re.findall(r"k-badge[^>]*>[^<]*待接单", home))
    start = timezone.now() - timedelta(days=2)
    Visit.objects.filter(pk=visit.pk).update(planned_from=start, planned_to=start + timedelta(hours=2))
    day = timezone.localtime(start)
    assert f"{day.month}月{day.day}日 待接单" in _text(bench.get(reverse("desk:home")))
    Order.objects.update(status=Status.TO_SETTLE)
    assert f"{day.month}月{day.day}日 待接单" not in _text(bench.get(reverse("desk:home")))
