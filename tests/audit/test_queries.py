"""Timelines and histories, who was faster, what is new, how the background work stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from gongdan.audit import queries
from gongdan.audit.actions import erase_personal, record
from gongdan.audit.models import Delivery, Event
from gongdan.config import words
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.errors import Missing
from gongdan.kernel.text import Text, _
from gongdan.people.models import Site, User

WORDS = words.Words(
    sentences={"test.edited": _("{actor} 修改了资料"), "test.moved": _("{actor} 改约到 {until:datetime}，{reason}")},
    fields={"people": {"phone": _("联系电话"), "hotline": _("热线"), "site.name": _("站点名称"), "name": _("姓名")}},
)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _words(settings: Settings) -> None:
    settings.EVENT_WORDS = "tests.audit.test_queries.WORDS"


@pytest.fixture
def edit(site: Site, agent: Actor, now: datetime) -> Callable[..., Event]:
    """`edit(minutes, changes=..., personal=...)` records that 王芳 saved the site so long after ten o'clock."""

    def _edit(minutes: int = 0, verb: str = "test.edited", by: Actor = agent, **facts: object) -> Event:
        site.version += 1
        site.save(update_fields=["version"])
        return record(verb, site, by=by, at=now + timedelta(minutes=minutes), **facts)  # type: ignore[arg-type]  # any fact

    return _edit


# Timeline


@pytest.mark.req("R-079")
def test_a_timeline_is_read_newest_first_and_page_by_page(
    site: Site, edit: Callable[..., Event], now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    events = [edit(minutes) for minutes in range(5)]

    with django_assert_num_queries(2):
        first = queries.timeline("people.site", site.pk, limit=3)
        second = queries.timeline("people.site", site.pk, limit=2, before=first[-1].id)

    assert [entry.id for entry in first + second] == [event.pk for event in reversed(events)]
    assert (first[0].verb, first[0].actor_name, first[0].at) == ("test.edited", "王芳", now + timedelta(minutes=4))
    assert first[0].facts == {"version": 6}


def test_a_timeline_holds_the_parts_of_a_document(site: Site, agent: Actor, now: datetime) -> None:
    user = User.objects.get(pk=agent.id)

    event = record("test.edited", user, about=site, by=agent, at=now)

    assert queries.timeline("people.site", site.pk, limit=1)[0] == queries.event(event.pk)


def test_an_unknown_event_is_missing() -> None:
    with pytest.raises(Missing):
        queries.event(4711)


def test_a_sentence_reads_facts_and_nested_sentences(edit: Callable[..., Event], now: datetime) -> None:
    event = edit(verb="test.moved", until=now, reason=_("客户 {day:day} 不在家", day=now))

    sentence = queries.sentence(queries.event(event.pk))

    assert str(sentence) == "王芳 改约到 2026-03-11 10:00，客户 03-11 不在家"
    assert Text.from_json(sentence.as_json()).render() == str(sentence)


def test_a_sentence_can_be_taken_from_other_words_and_an_unknown_verb_still_shows(edit: Callable[..., Event]) -> None:
    entry = queries.event(edit().pk)

    assert str(queries.sentence(entry, {"test.edited": _("改好了")})) == "改好了"
    assert str(queries.sentence(entry, {})) == "王芳：test.edited"


def test_the_words_of_all_apps_are_gathered_and_every_verb_has_one_sentence() -> None:
    assert str(words.ALL.sentences["audit.personal_erased"]).startswith("{actor} 抹去了")
    assert str(words.ALL.sentences["people.site_edited"]) == "{actor} 修改了站点资料"


# History


@pytest.mark.req("R-250")
def test_a_history_shows_old_and_new_value_of_every_field(
    site: Site, edit: Callable[..., Event], now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    edit(1, changes={"name": ["天河店", "天河一店"], "until": [None, now]})
    edit(2, personal={"phone": ("13800138000", "13900139000")})

    with django_assert_num_queries(1):
        changes = queries.changes("people.site", site.pk, limit=2)

    assert [(str(c.label), c.old, c.new, c.is_personal, c.actor_name) for c in changes] == [
        ("联系电话", "13800138000", "13900139000", True, "王芳"),
        ("站点名称", "天河店", "天河一店", False, "王芳"),
        ("until", None, "2026-03-11T02:00:00+00:00", False, "王芳"),
    ]
    assert changes[0].at == now + timedelta(minutes=2)


@pytest.mark.req("R-250")
def test_a_history_shows_that_a_personal_value_was_erased(
    site: Site, edit: Callable[..., Event], now: datetime
) -> None:
    edit(personal={"phone": ("13800138000", "13900139000")})

    erase_personal(site, reason="客户要求删除", by=SYSTEM, at=now)

    (change,) = queries.changes("people.site", site.pk, limit=2)
    assert (change.field, change.old, change.new, change.is_erased) == ("phone", None, None, True)


# Stale


@pytest.mark.req("R-250")
def test_the_second_clerk_is_told_who_saved_when_and_what(site: Site, edit: Callable[..., Event]) -> None:
    seen = site.version
    edit(242, changes={"hotline": ["020-1", "020-2"]}, personal={"phone": ("1", "2")})

    stale = queries.stale(site, seen)

    assert str(stale.text) == "王芳 14:02 改了：热线、联系电话；请核对后再保存"
    assert stale.code == "stale"


def test_several_saves_are_told_newest_first(site: Site, edit: Callable[..., Event], dispatcher: Actor) -> None:
    seen = site.version
    edit(1, changes={"hotline": ["1", "2"]})
    edit(2, by=dispatcher, verb="test.edited", changes={"no_name_on_the_screen": [1, 2]})

    assert str(queries.stale(site, seen).text) == ("10:02 何静 修改了资料；王芳 10:01 改了：热线；请核对后再保存")


def test_what_was_saved_before_or_without_a_new_version_is_not_told(
    site: Site, edit: Callable[..., Event], agent: Actor, now: datetime
) -> None:
    edit(1, changes={"name": ["a", "b"]})
    seen = site.version
    edit(2, changes={"hotline": ["1", "2"]})
    record("test.moved", site, by=SYSTEM, at=now + timedelta(minutes=9), until=now, reason="")

    assert str(queries.stale(site, seen).text) == "王芳 10:02 改了：热线；请核对后再保存"


def test_a_save_of_another_day_is_told_with_its_date(site: Site, edit: Callable[..., Event], now: datetime) -> None:
    seen = site.version
    edit(changes={"hotline": ["1", "2"]})

    told = queries.stale(site, seen, at=now + timedelta(days=1))

    assert str(told.text) == "王芳 2026-03-11 10:00 改了：热线；请核对后再保存"


def test_a_part_is_told_from_the_timeline_of_its_document(site: Site, agent: Actor, now: datetime) -> None:
    user = User.objects.get(pk=agent.id)
    user.version += 1
    record("test.edited", user, about=site, by=agent, at=now, changes={"name": ["王芳", "汪芳"]})

    assert str(queries.stale(user, 1).text) == "王芳 10:00 改了：姓名；请核对后再保存"


def test_a_document_is_told_that_its_part_raised_the_version(site: Site, agent: Actor, now: datetime) -> None:
    user = User.objects.get(pk=agent.id)
    site.version += 1
    record("test.edited", user, about=site, by=agent, at=now, changes={"name": ["王芳", "汪芳"]})

    assert str(queries.stale(site, 1).text) == "王芳 10:00 改了：姓名；请核对后再保存"


def test_without_an_event_there_is_still_a_sentence_with_the_next_step(site: Site) -> None:
    assert str(queries.stale(site, 99).text) == "这条记录刚被他人修改，请刷新后核对再保存"


# News


def test_the_newest_event_is_that_of_the_sites_one_may_see(
    site: Site, other_site: Site, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ours, theirs = (User.objects.create(username=str(at.pk), name="王芳", site=at) for at in (site, other_site))
    events = [record("test.edited", user, by=SYSTEM, at=now).pk for user in (ours, theirs, ours, theirs)]

    with django_assert_num_queries(4):
        newest = [
            queries.newest_event_id(sites) for sites in ({site.pk}, {other_site.pk}, {site.pk, other_site.pk}, None)
        ]
        assert queries.newest_event_id(set()) == 0

    assert newest == [events[2], events[3], events[3], events[3]]
    flashes = queries.newest_events({site.pk, other_site.pk}, limit=3)
    assert [(flash.id, flash.verb) for flash in flashes] == [(pk, "test.edited") for pk in reversed(events[1:])]


def test_a_quiet_site_is_read_from_its_own_index_range(site: Site) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
        explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        cursor.execute(f"{explain} SELECT id, verb FROM audit_event WHERE site_id = 1 ORDER BY id DESC LIMIT 1")
        plan = str(cursor.fetchall())

    assert "event_site" in plan


# Background


def test_the_age_of_the_oldest_due_delivery_tells_whether_work_goes_on(site: Site, now: datetime) -> None:
    event = record("test.edited", site, by=SYSTEM, at=now)
    for number, (minutes, is_done, error) in enumerate(
        [(-9, True, ""), (-5, False, ""), (-3, False, ""), (5, False, "ValueError: x"), (-8, True, "ValueError: y")]
    ):
        Delivery.objects.create(
            event=event, job=f"a.jobs.b{number}", due=now + timedelta(minutes=minutes), is_done=is_done, error=error
        )

    assert queries.oldest_due_age(now) == timedelta(minutes=5)
    assert queries.background(now) == queries.Background(
        waiting=3, oldest_due_age=timedelta(minutes=5), failing=1, given_up=1
    )


def test_nothing_due_has_no_age(now: datetime) -> None:
    assert queries.oldest_due_age(now) == timedelta(0)
