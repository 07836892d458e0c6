"""Recording, once-only calls, erasing personal values, and the progress of long work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from gongdan.audit import actions, queries
from gongdan.audit.actions import once, record
from gongdan.audit.models import Delivery, Event, OnceKey, PersonalValue
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Forbidden, Missing, Refused
from gongdan.kernel.text import _
from gongdan.people.models import Site

TABLE = {"test.posted": ("followup.jobs.schedule_call", "audit.jobs.prune")}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _table(settings: Settings) -> None:
    settings.REACTIONS = "tests.audit.test_actions.TABLE"


# Recording


@pytest.mark.req("R-250")
def test_an_event_keeps_who_what_when_and_the_version(site: Site, agent: Actor, now: datetime) -> None:
    site.version = 7

    event = record(
        "test.edited",
        site,
        by=agent,
        at=now,
        happened_at=now - timedelta(hours=1),
        changes={"hotline": ["020-1", "020-2"]},
    )

    event.refresh_from_db()
    assert (event.verb, event.subject_kind, event.subject_id) == ("test.edited", "people.site", site.pk)
    assert (event.about_kind, event.about_id) == ("people.site", site.pk)
    assert (event.actor_kind, event.actor_id, event.actor_name) == (agent.kind, agent.id, "王芳")
    assert (event.at, event.happened_at) == (now, now - timedelta(hours=1))
    assert event.facts == {"changes": {"hotline": ["020-1", "020-2"]}, "version": 7}


def test_an_event_of_a_part_keeps_both_versions_and_the_site_of_its_document(
    site: Site, agent: Actor, now: datetime
) -> None:
    user = site.staff.get(pk=agent.id)
    user.version, site.version = 3, 9

    event = record("test.edited", user, about=site, by=agent, at=now)

    assert (event.about_kind, event.site_id) == ("people.site", site.pk)
    assert event.facts == {"version": 3, "about_version": 9}


def test_facts_become_plain_values(site: Site, now: datetime) -> None:
    event = record(
        "test.edited",
        site,
        by=SYSTEM,
        at=now,
        reason=_("夜间 {at:time}", at=now),
        until=now,
        changes={"due": [None, now.date()], "rate": (Decimal("0.5"), 1)},
        names={"b"},
    )

    event.refresh_from_db()
    assert event.facts == {
        "reason": {"template": "夜间 {at:time}", "facts": {"at": "2026-03-11T02:00:00+00:00"}},
        "until": "2026-03-11T02:00:00+00:00",
        "changes": {"due": [None, "2026-03-11"], "rate": ["0.5", 1]},
        "names": ["b"],
        "version": 1,
    }


def test_personal_values_stand_apart_from_the_facts(site: Site, now: datetime) -> None:
    event = record("test.edited", site, by=SYSTEM, at=now, personal={"phone": ("13800138000", "13900139000")})

    assert event.facts == {"personal_fields": ["phone"], "version": 1}
    assert list(event.personal_values.values_list("field", "old", "new")) == [("phone", "13800138000", "13900139000")]


def test_each_job_of_the_table_gets_one_delivery_and_other_verbs_get_none(site: Site, now: datetime) -> None:
    event = record("test.posted", site, by=SYSTEM, at=now)
    record("test.edited", site, by=SYSTEM, at=now)

    found = Delivery.objects.values_list("event_id", "job", "due", "is_done").order_by("id")
    assert list(found) == [(event.pk, job, now, False) for job in TABLE["test.posted"]]


def test_historic_import_makes_no_deliveries(site: Site, now: datetime) -> None:
    record("test.posted", site, by=SYSTEM, at=now, is_historic=True)

    assert Event.objects.filter(verb="test.posted").count() == 1
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_two_lines_leaves_neither_change_nor_event_nor_delivery(site: Site, now: datetime) -> None:
    def verb() -> None:
        with transaction.atomic():
            Site.objects.filter(pk=site.pk).update(hotline="020-99999999")
            record("test.posted", site, by=SYSTEM, at=now, personal={"hotline": ("", "020-99999999")})
            raise ConnectionError

    with pytest.raises(ConnectionError):
        verb()

    site.refresh_from_db()
    assert site.hotline == "020-86661234"
    assert not Event.objects.filter(verb="test.posted").exists()
    assert not Delivery.objects.exists()
    assert not PersonalValue.objects.exists()


# Once only


@pytest.fixture
def ran() -> list[int]:
    """How often a verb ran: one entry per run."""
    return []


@pytest.fixture
def call(ran: list[int], now: datetime) -> Callable[..., Any]:
    """`call(key, payload)` runs a verb that answers the number of its run."""

    def _call(key: str = "k1", payload: Any = "空调不制冷", by: Actor = SYSTEM, verb: str = "orders.register") -> Any:
        def run() -> dict[str, int]:
            ran.append(1)
            return {"run": len(ran)}

        return once(by, verb, key, payload, run, at=now)

    return _call


def test_a_second_call_with_the_same_key_answers_the_first_result(call: Callable[..., Any], ran: list[int]) -> None:
    assert [call(), call()] == [{"run": 1}, {"run": 1}]
    assert ran == [1]


def test_another_verb_actor_or_key_runs_by_itself(call: Callable[..., Any], agent: Actor, ran: list[int]) -> None:
    call()
    call(verb="quotes.issue")
    call(by=agent)
    call(key="k2")

    assert len(ran) == 4


def test_a_key_with_another_payload_is_refused(call: Callable[..., Any], ran: list[int]) -> None:
    call(payload={"symptom": "空调不制冷"})

    with pytest.raises(Refused, match="换一个标识") as refused:
        call(payload={"symptom": "洗衣机漏水"})

    assert refused.value.code == "once_key_reused"
    assert ran == [1]


def test_a_refusal_gives_the_key_back(call: Callable[..., Any], now: datetime) -> None:
    def refuse() -> None:
        raise Refused(_("请先填写故障现象"))

    with pytest.raises(Refused, match="故障现象"):
        once(SYSTEM, "orders.register", "k1", "", refuse, at=now)

    assert call(payload="空调不制冷") == {"run": 1}


@pytest.mark.parametrize("key", ["", "x" * 81, "a\x00b"])
def test_a_key_that_the_database_would_not_take_is_refused(call: Callable[..., Any], key: str) -> None:
    with pytest.raises(Refused) as refused:
        call(key=key)

    assert refused.value.code == "once_key_bad"


def test_the_first_call_answers_as_the_second_will(now: datetime) -> None:
    answers = [once(SYSTEM, "v", "k", 1, lambda: {"at": now, "ids": (1, 2)}, at=now) for _turn in range(2)]

    assert answers == [{"at": "2026-03-11T02:00:00Z", "ids": [1, 2]}] * 2


@pytest.mark.django_db(transaction=True)
def test_two_calls_at_once_with_one_key_run_once_and_get_the_same_answer(site: Site, now: datetime) -> None:
    together = threading.Barrier(6)
    ran: list[int] = []

    def run() -> int:
        ran.append(1)
        return record("test.posted", site, by=SYSTEM, at=now).pk

    def call(_number: int) -> Any:
        try:
            together.wait(timeout=10)
            return once(SYSTEM, "orders.register", "k1", {"a": 1}, run, at=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        answers = set(threads.map(call, range(6)))

    events = Event.objects.filter(verb="test.posted").values_list("pk", flat=True)
    assert (len(ran), answers) == (1, set(events))


@pytest.mark.django_db(transaction=True)
def test_a_call_that_waited_for_one_that_was_rolled_back_runs_itself(site: Site, now: datetime) -> None:
    is_inside, may_fail = threading.Event(), threading.Event()

    def first_run() -> None:
        is_inside.set()
        assert may_fail.wait(timeout=10)
        raise ConnectionError

    def first() -> str:
        try:
            once(SYSTEM, "orders.register", "k1", {}, first_run, at=now)
        except ConnectionError:
            return "crashed"
        finally:
            connection.close()
        return "ended"

    def second() -> Any:
        try:
            assert is_inside.wait(timeout=10)
            threading.Timer(0.3, may_fail.set).start()
            return once(SYSTEM, "orders.register", "k1", {}, lambda: "second", at=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(first), threads.submit(second)]

    assert [answer.result() for answer in answers] == ["crashed", "second"]
    assert OnceKey.objects.get().result == "second"


def test_keys_are_forgotten_after_ninety_days(call: Callable[..., Any], ran: list[int], now: datetime) -> None:
    for number in range(3):
        once(SYSTEM, "v", f"old{number}", 1, lambda: 1, at=now - timedelta(days=91))
    call()

    assert actions.prune_once_keys(now) == 3
    assert list(OnceKey.objects.values_list("key", flat=True)) == ["k1"]


def test_finished_deliveries_are_forgotten_after_ninety_days_and_open_or_failed_ones_stay(
    site: Site, now: datetime
) -> None:
    for days in (91, 91, 91, 1):
        record("test.posted", site, by=SYSTEM, at=now - timedelta(days=days))
    done, failed, still_open, young = Delivery.objects.filter(job="audit.jobs.prune").order_by("id")
    Delivery.objects.filter(pk__in=[done.pk, failed.pk, young.pk]).update(is_done=True)
    Delivery.objects.filter(pk=failed.pk).update(error="ValueError: x")

    assert actions.prune_deliveries(now) == 1
    assert set(Delivery.objects.filter(job="audit.jobs.prune")) == {failed, still_open, young}


# Erasing


@pytest.fixture
def phone_events(site: Site, other_site: Site, now: datetime) -> list[Event]:
    return [
        record(
            "test.edited", thing, about=about, by=SYSTEM, at=now, personal={"phone": ("1", "2"), "name": ("王", "汪")}
        )
        for thing, about in [(site, None), (other_site, site), (site, other_site), (other_site, None)]
    ]


def test_erasing_empties_the_values_of_a_thing_and_its_parts_and_says_so(
    site: Site, phone_events: list[Event], supervisor: Actor, now: datetime
) -> None:
    count = actions.erase_personal(site, reason="客户要求删除", by=supervisor, at=now)

    left = PersonalValue.objects.exclude(old="").values_list("event_id", flat=True).distinct()
    event = Event.objects.get(verb="audit.personal_erased")
    assert (count, list(left)) == (6, [phone_events[3].pk])
    assert event.facts == {"reason": "客户要求删除", "count": 6, "fields": ["name", "phone"], "version": 1}
    assert str(queries.sentence(queries.event(event.pk))) == "赵明 抹去了 6 处个人信息的旧值，原因：客户要求删除"
    assert set(PersonalValue.objects.filter(old="").values_list("new", "erased_at")) == {("", now)}


def test_erasing_one_field_leaves_the_others(site: Site, phone_events: list[Event], now: datetime) -> None:
    actions.erase_personal(site, fields=["phone"], reason="客户要求删除", by=SYSTEM, at=now)

    assert set(PersonalValue.objects.filter(event=phone_events[0]).values_list("field", "new")) == {
        ("phone", ""),
        ("name", "汪"),
    }


def test_erasing_asks_for_a_reason(site: Site, now: datetime) -> None:
    with pytest.raises(Refused, match="请填写抹去个人信息的原因"):
        actions.erase_personal(site, reason=" ", by=SYSTEM, at=now)


# Progress


@pytest.fixture
def work(agent: Actor, now: datetime) -> int:
    return actions.start_progress("imports.load", "客户.xlsx", by=agent, at=now, total=1200, site_id=1)


def test_progress_is_shown_until_the_work_ends(work: int, agent: Actor, now: datetime) -> None:
    waiting = queries.progress(work)
    should_stop = actions.advance(work, done=500, failed=2, at=now + timedelta(seconds=3))
    running = queries.progress(work)
    actions.finish(work, message=_("导入 {count} 行", count=1200), at=now + timedelta(seconds=9))
    done = queries.progress(work)

    assert (waiting.state, waiting.total, waiting.is_over) == ("waiting", 1200, False)
    assert (should_stop, running.state, running.done, running.failed) == (False, "running", 500, 2)
    assert (done.state, str(done.message), done.is_over) == ("done", "导入 1200 行", True)
    assert [row.id for row in queries.own_progress(agent)] == [work]
    assert queries.own_progress(SYSTEM) == []


def test_work_that_was_asked_to_stop_hears_it_at_its_next_chunk(work: int, agent: Actor, now: datetime) -> None:
    actions.advance(work, done=500, at=now)
    actions.ask_cancel(work, by=agent, at=now)

    assert actions.advance(work, done=1000, at=now) is True
    actions.cancelled(work, message=_("已取消，没有留下任何数据"), at=now)
    assert queries.progress(work).state == "cancelled"


def test_work_that_failed_stays_failed(work: int, now: datetime) -> None:
    actions.fail(work, message=_("文件已损坏，请重新保存后再上传"), at=now)

    assert actions.advance(work, done=1200, at=now) is True
    actions.finish(work, message=_("导入 {count} 行", count=1200), at=now)
    assert (queries.progress(work).state, str(queries.progress(work).message)) == (
        "failed",
        "文件已损坏，请重新保存后再上传",
    )


def test_only_its_owner_or_head_office_may_cancel(work: int, technician: Actor, admin: Actor, now: datetime) -> None:
    with pytest.raises(Forbidden):
        actions.ask_cancel(work, by=technician, at=now)
    actions.ask_cancel(work, by=admin, at=now)

    assert queries.progress(work).cancel_asked


def test_work_that_is_over_or_unknown_cannot_be_cancelled(work: int, agent: Actor, now: datetime) -> None:
    actions.finish(work, message=_("完成"), at=now)

    with pytest.raises(Refused, match="已经结束"):
        actions.ask_cancel(work, by=agent, at=now)
    with pytest.raises(Missing):
        actions.ask_cancel(work + 1, by=agent, at=now)
