"""启用准备 › 流程与时限 and 班组与部门."""

from __future__ import annotations

import html
import pkgutil
import re
from datetime import datetime
from importlib import import_module
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

import gongdan
from gongdan.catalog import actions as catalog
from gongdan.flows import settings as flow
from gongdan.followup.rules import MESSAGE_TEXT
from gongdan.kernel.actor import SYSTEM, Actor
from gongdan.kernel.settings import Setting
from gongdan.orders.rules import CHASE_ALERT
from gongdan.people import actions as people
from gongdan.people.models import ShopSettings, Site, Team
from gongdan.people.queries import settings_for

pytestmark = pytest.mark.django_db


def typed_in(page: str) -> dict[str, Any]:
    """What the form on the page would post: the values as they are shown."""
    form = page[page.index('<form class="k-form"') :]
    typed: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("radio" not in tag or " checked" in tag) and "checkbox" not in tag:
            typed[name[1]] = html.unescape(value[1] if value else "")
    for name_, text in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)</textarea>', form):
        typed[name_] = html.unescape(text)
    for name_, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        typed[name_] = html.unescape(chosen[1]) if chosen else ""
    return typed


@pytest.mark.req("R-249")
def test_the_page_shows_every_setting_of_every_app_with_its_default_and_what_it_changes(boss: Client) -> None:
    page = html.unescape(boss.get("/setup/rules/").content.decode())

    shown = typed_in(page)
    settings = flow.by_key()
    assert len(settings) > 10
    assert [key for key in settings if key not in shown] == []
    assert [one.key for one in settings.values() if str(one.affects) not in page] == []
    assert [one.key for one in settings.values() if one.kind == "number" and shown[one.key] != str(one.default)] == []


@pytest.mark.req("R-249")
def test_a_value_set_for_a_site_holds_there_and_nowhere_else(boss: Client, site: Site, other_site: Site) -> None:
    url = f"/setup/rules/{site.pk}/"
    typed = typed_in(boss.get(url).content.decode())

    assert boss.post(url, typed | {CHASE_ALERT.key: "3"}).status_code == 303

    assert settings_for(site.pk).of(CHASE_ALERT) == 3
    assert settings_for(other_site.pk).of(CHASE_ALERT) == settings_for(None).of(CHASE_ALERT) == CHASE_ALERT.default
    assert ShopSettings.objects.get(site=site).values == {CHASE_ALERT.key: 3}  # what was only shown is not kept
    page = html.unescape(boss.get(url).content.decode())
    assert "本站点自定，全店 2 次" in page


def test_a_value_of_the_whole_shop_holds_at_every_site_without_its_own(
    boss: Client, site: Site, other_site: Site
) -> None:
    typed = typed_in(boss.get("/setup/rules/").content.decode())
    boss.post("/setup/rules/", typed | {CHASE_ALERT.key: "3"})

    assert settings_for(site.pk).of(CHASE_ALERT) == settings_for(other_site.pk).of(CHASE_ALERT) == 3
    page = html.unescape(boss.get("/setup/rules/").content.decode())
    assert "已改，默认 2 次" in page
    assert "第几次催单开始提醒" in page[page.index("变更记录") :]


def test_what_was_set_is_given_up_by_a_tick(boss: Client, site: Site) -> None:
    url = f"/setup/rules/{site.pk}/"
    boss.post(url, typed_in(boss.get(url).content.decode()) | {CHASE_ALERT.key: "3"})
    assert settings_for(site.pk).of(CHASE_ALERT) == 3

    boss.post(url, typed_in(boss.get(url).content.decode()) | {"back": [CHASE_ALERT.key]})

    assert settings_for(site.pk).of(CHASE_ALERT) == 2
    assert ShopSettings.objects.get(site=site).values == {}


def test_a_number_out_of_its_bounds_is_refused_and_stays_in_the_field(boss: Client) -> None:
    typed = typed_in(boss.get("/setup/rules/").content.decode())

    answer = boss.post("/setup/rules/", typed | {CHASE_ALERT.key: "99"})

    page = answer.content.decode()
    assert (answer.status_code, 'value="99"' in page, "请填写 1 到 20 之间的数" in page) == (422, True, True)
    assert settings_for(None).of(CHASE_ALERT) == 2


def test_whoever_was_faster_is_named(boss: Client, admin: Actor, now: datetime) -> None:
    typed = typed_in(boss.get("/setup/rules/").content.decode())
    people.save_values(None, {CHASE_ALERT: 5}, seen=int(typed["seen"]), by=admin, at=now)

    answer = boss.post("/setup/rules/", typed | {CHASE_ALERT.key: "3"})

    assert (answer.status_code, "陈老板" in answer.content.decode()) == (409, True)
    assert settings_for(None).of(CHASE_ALERT) == 5


def test_a_site_that_was_compared_with_older_values_of_the_shop_is_asked_to_look_again(
    boss: Client, admin: Actor, site: Site, now: datetime
) -> None:
    url = f"/setup/rules/{site.pk}/"
    typed = typed_in(boss.get(url).content.decode())
    shop = ShopSettings.objects.get(site=None)
    people.save_values(None, {CHASE_ALERT: 5}, seen=shop.version, by=admin, at=now)

    assert boss.post(url, typed).status_code == 409
    assert not ShopSettings.objects.filter(site=site).exists()


def test_the_settings_of_all_apps_have_keys_of_their_own() -> None:
    keys = [one.key for group in flow.groups() for one in group.settings]

    assert sorted(keys) == sorted(set(keys))
    assert [(g.app, one.key) for g in flow.groups() for one in g.settings if not one.key.startswith(f"{g.app}.")] == []
    assert [one.key for g in flow.groups() for one in g.settings if not str(one.affects)] == []


def test_what_holds_costs_one_query_however_many_settings_there_are(
    django_assert_num_queries: DjangoAssertNumQueries, site: Site
) -> None:
    with django_assert_num_queries(1):
        assert len(list(flow.held(site.pk))) == len(flow.groups())


def test_a_team_is_made_and_its_members_changed(boss: Client, site: Site, technician: Actor, agent: Actor) -> None:
    typed = {"name": "空调一班", "kind": "team", "site_id": site.pk, "is_active": "on", "members": [technician.id]}
    assert boss.post("/setup/teams/add/", typed)["Location"] == "/setup/teams/"
    team = Team.objects.get()
    assert [user.pk for user in team.members.all()] == [technician.id]

    url = f"/setup/teams/{team.pk}/"
    assert boss.post(url, typed | {"members": [agent.id, technician.id], "seen": 1}).status_code == 303
    assert {user.pk for user in team.members.all()} == {agent.id, technician.id}
    page = boss.get(url).content.decode()
    assert technician.name in page[page.index("变更记录") :]
    assert boss.post(url, typed | {"seen": 1}).status_code == 409
    assert boss.post("/setup/teams/add/", typed).status_code == 422


def test_a_list_of_teams_costs_the_same_however_many_there_are(
    boss: Client, site: Site, technician: Actor, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    counts = []
    for names in (["一班"], ["二班", "技术部"]):
        for name in names:
            people.add_team(name=name, kind="team", site_id=site.pk, members=[technician.id], by=SYSTEM, at=now)
        with django_assert_num_queries(7):
            boss.get("/setup/teams/")
        counts.append(Team.objects.count())
    assert counts == [1, 3]


@pytest.mark.req("R-249")
@pytest.mark.parametrize(
    ("key", "default"),
    [
        ("orders.chase_alert", 2),  # O-048
        ("orders.chase_supervisor", 3),
        ("orders.repeat_hold_minutes", 15),
        ("dispatch.moves_by_us", 2),  # O-067
        ("dispatch.coordinate_minutes", 15),
        ("dispatch.call_ahead", True),
        ("dispatch.three_facts", True),
        ("dispatch.wasted_calls", 2),  # O-043
        ("dispatch.wasted_minutes", 15),
        ("repair.hotline_step", True),
        ("repair.journal_step", True),
        ("repair.cash_box_step", True),
        ("followup.watch_minutes", 120),
        ("followup.watch_from", "call_end"),
        ("followup.watch_waits", False),
        ("followup.message_first", True),  # O-056
        ("followup.drawn_percent", 10),
        ("followup.risk_yuan", 500),
        ("followup.tries", 3),
        ("followup.care_days", 30),
        ("followup.feedback_channels", ("电话", "邮件", "在线调查", "微信", "当面")),
    ],
)
def test_what_the_requirements_name_is_the_default(key: str, default: Any) -> None:
    assert flow.by_key()[key].default == default


@pytest.mark.req("R-249")
def test_no_app_keeps_a_setting_from_the_page() -> None:
    listed = {id(one) for group in flow.groups() for one in group.settings}
    kept = []
    for found in pkgutil.walk_packages(gongdan.__path__, "gongdan."):
        if ".rules" in found.name:
            kept += [
                f"{found.name}.{name}"
                for name, value in vars(import_module(found.name)).items()
                if isinstance(value, Setting) and id(value) not in listed
            ]
    assert kept == []


def test_what_customers_read_is_checked_when_it_is_saved(boss: Client, site: Site, admin: Actor, now: datetime) -> None:
    catalog.add_forbidden_word(word="绝对修好", by=admin, at=now)
    url = "/setup/rules/"
    typed = typed_in(boss.get(url).content.decode())

    for text, told in (
        ("", "请填写文字"),
        ("您好{foo} {", "没有“{foo}”"),
        ("您好 {", "大括号要成对"),
        ("绝对修好", "含有禁用语"),
    ):
        answer = boss.post(url, typed | {"followup.message_text": text})
        assert (answer.status_code, told in html.unescape(answer.content.decode())) == (422, True)
    assert settings_for(None).of(MESSAGE_TEXT) == MESSAGE_TEXT.default


def test_the_supervisor_is_not_called_before_the_reminder(boss: Client, site: Site) -> None:
    url = "/setup/rules/"
    typed = typed_in(boss.get(url).content.decode())

    answer = boss.post(url, typed | {"orders.chase_alert": "4"})

    assert (answer.status_code, "不能少于“第几次催单开始提醒”的 4 次" in answer.content.decode()) == (422, True)
    assert settings_for(None).of(CHASE_ALERT) == CHASE_ALERT.default
    assert boss.post(url, typed | {"orders.chase_alert": "4", "orders.chase_supervisor": "4"}).status_code == 303
