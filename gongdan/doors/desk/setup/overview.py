"""启用准备: what a shop fills in before its first day, in the order in which it is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongdan.catalog import queries as catalog
from gongdan.customers import access as customers
from gongdan.devices import queries as devices
from gongdan.doors.desk.menu import way
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page
from gongdan.flows import settings as rules
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Forbidden
from gongdan.people import access as people
from gongdan.people import queries as staff
from gongdan.pricing import access as pricing
from gongdan.pricing.states import BookStatus
from gongdan.settlement import queries as settlement

MANY = 1000


@dataclass(slots=True)
class Step:
    """One part of the setup. `is_done` None: nothing that has to be done before the first day."""

    label: str
    url: str
    what: str
    count: str
    is_done: bool | None = None
    is_next: bool = False


@require_safe
def overview(request: StaffRequest) -> HttpResponse:
    """All parts of the setup that the actor may open; the first that is not done yet is the next."""
    steps = [step for step in _steps(request) if step.url]
    if not steps:
        raise Forbidden
    for step in steps:
        if step.is_done is False:
            step.is_next = True
            break
    needed = [step for step in steps if step.is_done is not None]
    done = sum(step.is_done is True for step in needed)
    return page(request, "desk/setup/overview.html", {"steps": steps, "done": done, "needed": len(needed)})


def _steps(request: StaffRequest) -> Iterator[Step]:
    actor = request.actor
    yield from _house(request)
    if actor.may(customers.VIEW):
        count = customers.visible_to(actor).filter(is_active=True)[:MANY].count()
        shown = f"{MANY}+" if count >= MANY else str(count)
        yield Step(_("客户信息"), way("desk:customers"), _("客户、联系人、地址和名下设备；接待时也会自动建档"), shown)
    yield from _trade(actor)
    if actor.may(people.SETTINGS):
        accounts = len(settlement.accounts())
        yield Step(
            _("收款账户"),
            way("desk:accounts"),
            _("现金、微信、支付宝、银行，结算时选择"),
            str(accounts),
            accounts > 0,
        )
    if actor.may("followup.improve"):
        yield Step(_("定期回访"), way("desk:periodic-calls"), _("安装、保养以后第几天打电话"), "")
    if actor.may("catalog.edit"):
        yield Step(_("维修状态"), way("desk:repair-labels"), _("维修中的细分状态，如 待件、外修"), "")
        year = local_day(request.now).year
        days = len(catalog.calendar_days(year))
        yield Step(
            _("假期日历"),
            way("desk:setup-calendar"),
            _("节假日与调休，决定夜间节假日加价和保修截止日"),
            str(days),
            days > 0,
        )
    if actor.may("imports.run"):
        yield Step(_("导入"), way("desk:imports"), _("从 Excel、WPS 表格导入客户、设备和历史工单"), "")
    if actor.may(people.SETTINGS):
        own = staff.own_settings(None)
        is_named = own is not None and own.version > 1
        yield Step(_("设置"), way("desk:setup-settings"), _("公司名称、称呼、时限、单号和优先级"), "", is_named)
        count = len(rules.by_key())
        yield Step(_("流程与时限"), way("desk:setup-rules"), _("各环节的步骤、时限、次数和原因选项"), str(count))
    if actor.may(people.MANAGE):
        used = sum(not row.is_revoked for row in staff.tokens())
        yield Step(_("接口令牌"), way("desk:setup-tokens"), _("让小程序、商城等程序访问"), str(used))
    if actor.may(customers.ERASE):
        yield Step(_("客户资料删除"), way("desk:setup-erase"), _("客户要求删除个人信息时用，工单和金额保留"), "")


def _house(request: StaffRequest) -> Iterator[Step]:
    actor = request.actor
    if not actor.may(people.MANAGE):
        return
    sites = list(people.visible_sites(actor).filter(is_active=True))
    has_hotline = bool(sites) and all(site.hotline for site in sites)
    what = _("站点和门店的热线、地址、区号") if has_hotline else _("请给每个站点填上热线，单据上要印")
    yield Step(_("站点"), way("desk:setup-sites"), what, str(len(sites)), has_hotline)
    hired = staff.staff(actor, on=local_day(request.now))
    has_payee = any(row.is_payee for row in hired)
    what = _("登录名、角色、收款人、技能和证书") if has_payee else _("还没有收款人，结算时没人可选，请勾选")
    yield Step(_("员工"), way("desk:setup-staff"), what, str(len(hired)), has_payee and len(hired) > 1)
    yield Step(_("角色权限"), way("desk:setup-roles"), _("每个角色能做什么"), str(len(staff.roles())))
    groups = len(staff.teams(actor))
    yield Step(_("班组与部门"), way("desk:setup-teams"), _("领单的班组、求助的部门和成员"), str(groups))


def _trade(actor: Actor) -> Iterator[Step]:
    if actor.may("catalog.edit"):
        counts = catalog.counts()
        what = _("%(brands)s 个品牌、%(faults)s 条故障、%(questions)s 条询问") % counts
        yield Step(
            _("品类与故障"), way("desk:setup-catalog"), what, str(counts["categories"]), counts["categories"] > 0
        )
        for part, label, what in (
            ("phrases", _("用语"), _("接听、预约、入户、报价、验收、道别时怎么说")),
            ("apologies", _("道歉用语"), _("晚到、改约等场合怎么道歉")),
            ("forbidden", _("禁用语"), _("发给客户的话里不能出现的词")),
            ("advice", _("处理建议"), _("故障代码或现象的含义、要问什么、怎么处理")),
        ):
            yield Step(label, way("desk:setup-catalog-part", part), what, str(counts[part]))
        policies = devices.policy_rows(with_inactive=False)
        open_ = sum(row.basis in ("recalled", "estimate") for row in policies)
        what = _("%(open)s 条待核实，核对原文后改依据") % {"open": open_} if open_ else _("保修期限和免收范围")
        yield Step(_("保修规则"), way("desk:setup-policies"), what, str(len(policies)), len(policies) > 0)
    if actor.may(pricing.EDIT):
        books = list(pricing.visible_to(actor).values_list("status", flat=True))
        published = books.count(BookStatus.PUBLISHED)
        what = _("维修项目、路费、加价和计价规则") if published else _("还没有发布的价目，发布后才能报价")
        yield Step(_("价目"), way("desk:setup-books"), what, str(published), published > 0)
