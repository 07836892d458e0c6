"""Staff, sites, roles, settings and tokens: what is saved, what is refused, what the log keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from gongdan.audit import queries as audit
from gongdan.config.roles import ROLES
from gongdan.doors.desk.setup import words
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused, Stale
from gongdan.kernel.settings import Setting
from gongdan.kernel.text import _ as _text
from gongdan.people import actions, jobs, queries
from gongdan.people.actions import CertificateDraft
from gongdan.people.models import ApiToken, Role, ShopSettings, Site, User


def person(actor: Actor) -> User:
    return User.objects.get(pk=actor.id)


def edited(actor: Actor, admin: Actor, now: datetime, **fields: Any) -> User:
    return actions.edit_staff(actor.id, seen=person(actor).version, by=admin, at=now, **fields)


def wrong(refused: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {name: str(text) for name, text in refused.value.errors.items()}


def test_every_permission_has_a_name_an_app_and_a_role() -> None:
    declared = set(words.DECLARED)
    assert len(words.DECLARED) == len(declared)
    assert set(words.LABELS) == declared
    assert {name for role in ROLES for name in role["permissions"]} == declared


@pytest.mark.req("R-250")
@pytest.mark.django_db
def test_a_changed_member_of_staff_is_logged_with_old_and_new(agent: Actor, admin: Actor, now: datetime) -> None:
    edited(
        agent, admin, now, name="王芳芳", phone="13900001111", roles=["agent", "cashier"], skills={"空调": 3},
        certificates=[CertificateDraft("制冷作业证", "T1", date(2026, 1, 1))],
    )  # fmt: skip
    told = {c.field: (c.old, c.new, c.is_personal) for c in audit.changes("people.user", agent.id, limit=1)}
    assert told == {
        "name": ("王芳", "王芳芳", False),
        "roles": (["agent"], ["agent", "cashier"], False),
        "skills": ([], ["空调 3"], False),
        "certificates": ([], ["制冷作业证 T1 2026-01-01"], False),
        "phone": ("", "13900001111", True),
    }
    assert person(agent).initials == "wff"
    with pytest.raises(Stale):
        actions.edit_staff(agent.id, seen=1, name="别人", by=admin, at=now)


@pytest.mark.django_db
def test_an_edit_that_changes_nothing_leaves_no_trace(agent: Actor, admin: Actor, now: datetime) -> None:
    before = audit.newest_event_id(None)
    edited(agent, admin, now, name="王芳", roles=["agent"], skills={}, certificates=[])
    assert audit.newest_event_id(None) == before


@pytest.mark.django_db
def test_new_staff_is_refused_with_every_reason_at_once(site: Site, agent: Actor, admin: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        actions.add_staff(
            username="wangfang", name=" ", site_id=site.pk, roles=["nobody"], password="short", by=admin, at=now
        )
    assert wrong(refused) == {
        "username": "登录名 wangfang 已被使用，请换一个",
        "name": "请填写姓名",
        "roles": "请至少选择一个角色",
        "password": "密码至少 8 位，请重新填写",
    }


@pytest.mark.django_db
def test_a_stopped_person_loses_his_tokens_and_may_come_back_without_them(
    agent: Actor, admin: Actor, now: datetime
) -> None:
    token = actions.issue_token(agent.id, "小程序", by=admin, at=now)
    actions.end_staff(agent.id, by=admin, at=now)
    assert (person(agent).is_active, queries.actor_for_token(token, at=now)) == (False, None)
    actions.bring_back_staff(agent.id, by=admin, at=now)
    assert (person(agent).is_active, queries.actor_for_token(token, at=now)) == (True, None)
    with pytest.raises(Refused, match="不能停用自己的登录"):
        actions.end_staff(admin.id, by=admin, at=now)


@pytest.mark.django_db
def test_nobody_takes_the_last_key_away(admin: Actor, now: datetime) -> None:
    boss = Role.objects.get(code="admin")
    with pytest.raises(Refused, match="至少要有一位在职员工"):
        actions.edit_role(boss.pk, ["orders.view"], known=words.DECLARED, seen=boss.version, by=admin, at=now)
    with pytest.raises(Refused, match=r"没有名为 orders\.fly 的权限"):
        actions.edit_role(boss.pk, ["orders.fly"], known=words.DECLARED, seen=boss.version, by=admin, at=now)
    with pytest.raises(Invalid) as refused:
        edited(admin, admin, now, roles=["agent"])
    assert wrong(refused) == {"roles": "不能取消自己管理员工的权限，请由另一位管理员操作"}


@pytest.mark.django_db
def test_of_two_who_edit_one_role_the_second_is_told(admin: Actor, now: datetime) -> None:
    role = Role.objects.get(code="agent")
    told: dict[str, Any] = {"known": words.DECLARED, "seen": role.version, "by": admin, "at": now}
    actions.edit_role(role.pk, [*role.permissions, "people.settings"], **told)
    with pytest.raises(Stale, match="陈老板"):
        actions.edit_role(role.pk, ["orders.view"], **told)
    changed = Role.objects.get(code="agent")
    assert "people.settings" in changed.permissions
    assert changed.version == role.version + 1


@pytest.mark.req("R-001")
@pytest.mark.django_db
def test_an_agent_may_post_a_bill_only_with_the_cashier_s_role_too(agent: Actor, admin: Actor, now: datetime) -> None:
    assert (agent.may("orders.register"), agent.may("settlement.post")) == (True, False)
    edited(agent, admin, now, roles=["agent", "cashier"])
    assert queries.actor_of(agent.id).may("settlement.post")


@pytest.mark.req("R-014")
@pytest.mark.django_db
def test_only_flagged_staff_can_be_chosen_as_payee(
    site: Site, agent: Actor, cashier: Actor, admin: Actor, now: datetime
) -> None:
    def names() -> list[str]:
        return sorted(one.name for one in queries.payees(frozenset({site.pk})))

    assert names() == sorted(["林晓", "陈老板"])
    edited(agent, admin, now, is_payee=True)
    edited(cashier, admin, now, is_payee=False)
    assert names() == sorted(["王芳", "陈老板"])


@pytest.mark.django_db
def test_a_site_is_refused_with_a_taken_name_and_a_wrong_area_code(
    site: Site, other_site: Site, admin: Actor, now: datetime
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.edit_site(site.pk, seen=1, name="番禺站", area_code="20", by=admin, at=now)
    assert wrong(refused) == {
        "name": "站点名称 番禺站 已被使用，请换一个",
        "area_code": "区号是 0 开头的 3 至 4 位数字，如 020",
    }


@pytest.mark.django_db
def test_the_last_site_stays_in_use(site: Site, admin: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        actions.edit_site(site.pk, seen=1, is_active=False, by=admin, at=now)
    assert wrong(refused) == {"is_active": "这是最后一个在用的站点，请先新增另一个站点"}


@pytest.mark.django_db
def test_a_site_s_first_settings_start_from_the_shop_s(
    site: Site, other_site: Site, admin: Actor, now: datetime
) -> None:
    shop = ShopSettings.objects.get(site=None)
    actions.edit_settings(None, seen=shop.version, company_name="长城维修", by=admin, at=now)
    actions.edit_settings(site.pk, seen=0, customer_word="业主", by=admin, at=now)
    own, general = queries.settings_for(site.pk), queries.settings_for(other_site.pk)
    assert [(one.company_name, one.customer_word) for one in (own, general)] == [
        ("长城维修", "业主"),
        ("长城维修", "客户"),
    ]
    actions.drop_settings(site.pk, by=admin, at=now)
    assert queries.settings_for(site.pk) == general


@pytest.mark.django_db
def test_settings_are_refused_where_they_would_harm(site: Site, admin: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        actions.edit_settings(
            None, seen=1, customer_word="", order_number_pattern="{kind}{n:04d}X", accept_limit_minutes=0,
            follow_up_delay_hours=10**6, by=admin, at=now,
        )  # fmt: skip
    assert set(refused.value.errors) == {
        "customer_word", "order_number_pattern", "accept_limit_minutes", "follow_up_delay_hours",
    }  # fmt: skip
    with pytest.raises(Stale):
        actions.edit_settings(None, seen=7, company_name="长城", by=admin, at=now)


@pytest.mark.django_db
def test_tokens_are_one_s_own_affair_or_the_manager_s(agent: Actor, admin: Actor, now: datetime) -> None:
    with pytest.raises(Forbidden):
        actions.issue_token(admin.id, "冒用", by=agent, at=now)
    with pytest.raises(Invalid):
        actions.issue_token(agent.id, "  ", by=admin, at=now)
    token = actions.issue_token(agent.id, "小程序", by=admin, at=now)
    assert queries.actor_for_token(token, at=now) == agent
    assert token not in ApiToken.objects.get().digest
    actions.revoke_token(ApiToken.objects.get().pk, by=admin, at=now)
    assert queries.actor_for_token(token, at=now) is None
    with pytest.raises(Missing):
        actions.revoke_token(999, by=admin, at=now)


@pytest.mark.django_db
def test_tokens_of_another_site_are_not_the_affair_of_its_manager(
    agent: Actor, admin: Actor, other_site: Site, hire: Callable[..., Actor], now: datetime
) -> None:
    chief = replace(hire(other_site, "pyzg", "番禺主管", "supervisor"), permissions=frozenset({"people.manage"}))
    actions.issue_token(agent.id, "小程序", by=admin, at=now)

    with pytest.raises(Invalid, match="请选择在职员工"):
        actions.issue_token(agent.id, "冒用", by=chief, at=now)
    with pytest.raises(Missing):
        actions.revoke_token(ApiToken.objects.get().pk, by=chief, at=now)
    assert not ApiToken.objects.get().is_revoked


@pytest.mark.django_db
def test_whoever_manages_one_site_does_not_reach_another(
    site: Site, other_site: Site, stranger: Actor, admin: Actor, now: datetime
) -> None:
    manager = Actor("staff", admin.id, "店长", frozenset({"people.manage", "people.settings"}), frozenset({site.pk}))
    with pytest.raises(Missing):
        actions.edit_staff(stranger.id, seen=1, name="改", by=manager, at=now)
    with pytest.raises(Missing):
        actions.edit_site(other_site.pk, seen=1, name="改", by=manager, at=now)
    with pytest.raises(Missing):
        actions.edit_settings(other_site.pk, seen=0, customer_word="改", by=manager, at=now)
    with pytest.raises(Forbidden):
        queries.person(stranger.id, manager)


@pytest.mark.django_db
def test_log_ins_that_ran_out_are_forgotten(now: datetime) -> None:
    Session.objects.create(session_key="old", session_data="", expire_date=datetime(2020, 1, 1, tzinfo=now.tzinfo))
    Session.objects.create(session_key="new", session_data="", expire_date=datetime(2099, 1, 1, tzinfo=now.tzinfo))
    jobs.clear_sessions(at=now)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]


REMINDERS = Setting("test.reminders", _text("提醒次数"), 2, _text("几次后提醒"), low=1, high=9)
WHOLE_SHOP = Setting("test.whole", _text("全店开关"), False, _text("试"), by_site=False)


def test_a_site_has_its_own_value_else_the_shops_else_the_default(
    site: Site, other_site: Site, admin: Actor, now: datetime
) -> None:
    assert queries.settings_for(site.pk).of(REMINDERS) == 2
    shop = queries.own_settings(None)
    actions.save_values(None, {REMINDERS: 4}, seen=shop.version if shop else 0, by=admin, at=now)
    assert queries.settings_for(site.pk).of(REMINDERS) == 4
    actions.save_values(site.pk, {REMINDERS: 7}, seen=0, by=admin, at=now)
    assert queries.settings_for(site.pk).of(REMINDERS) == 7
    assert queries.settings_for(other_site.pk).of(REMINDERS) == 4
    own = queries.own_settings(site.pk)
    assert own is not None
    actions.save_values(site.pk, {REMINDERS: None}, seen=own.version, by=admin, at=now)
    assert queries.settings_for(site.pk).of(REMINDERS) == 4


def test_a_site_that_sets_nothing_of_its_own_gets_no_row(site: Site, admin: Actor, now: datetime) -> None:
    actions.save_values(site.pk, {REMINDERS: None}, seen=0, by=admin, at=now)

    assert queries.own_settings(site.pk) is None


def test_one_value_of_its_own_leaves_a_site_the_shop_s_words_until_it_changes_them(
    site: Site, admin: Actor, now: datetime
) -> None:
    def of_the_shop(name: str) -> None:
        shop = ShopSettings.objects.get_or_create(site=None)[0]
        actions.edit_settings(None, seen=shop.version, company_name=name, by=admin, at=now)

    actions.save_values(site.pk, {REMINDERS: 7}, seen=0, by=admin, at=now)
    of_the_shop("长城维修")
    assert queries.settings_for(site.pk).company_name == "长城维修"

    own = queries.own_settings(site.pk)
    assert own is not None
    actions.edit_settings(site.pk, seen=own.version, customer_word="业主", by=admin, at=now)
    of_the_shop("黄河维修")
    held = queries.settings_for(site.pk)
    assert (held.company_name, held.customer_word, held.of(REMINDERS)) == ("长城维修", "业主", 7)

    actions.drop_settings(site.pk, by=admin, at=now)
    held = queries.settings_for(site.pk)
    assert (held.company_name, held.customer_word, held.of(REMINDERS)) == ("黄河维修", "客户", 7)


def test_a_value_out_of_bounds_or_for_the_whole_shop_is_refused(site: Site, admin: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        actions.save_values(site.pk, {REMINDERS: 10, WHOLE_SHOP: True}, seen=0, by=admin, at=now)
    assert set(refused.value.errors) == {"test.reminders", "test.whole"}


def test_values_are_not_for_everybody_and_not_over_a_colleagues(agent: Actor, admin: Actor, now: datetime) -> None:
    with pytest.raises(Forbidden):
        actions.save_values(None, {REMINDERS: 3}, seen=1, by=agent, at=now)
    with pytest.raises(Stale):
        actions.save_values(None, {REMINDERS: 3}, seen=99, by=admin, at=now)


def test_a_newer_permission_is_granted_once_and_stays_away_when_taken_away(site: Site) -> None:
    table = [{"code": "clerk_x", "name": "试用", "permissions": ["orders.view"]}]
    actions.seed_roles(table)
    newer = [{"code": "clerk_x", "name": "试用", "permissions": ["orders.view", "test.newer"]}]
    actions.seed_roles(newer)
    role = Role.objects.get(code="clerk_x")
    assert role.permissions == ["orders.view", "test.newer"]
    Role.objects.filter(pk=role.pk).update(permissions=["orders.view"])
    actions.seed_roles(newer)
    assert Role.objects.get(pk=role.pk).permissions == ["orders.view"]
