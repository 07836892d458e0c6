"""启用准备 › 设置: the shop's words, limits, numbers and priorities, for all sites or for one; the API's tokens."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongdan.doors.desk.history import history
from gongdan.doors.desk.setup.pages import Group, Sheet, saved
from gongdan.doors.kit import forms
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.doors.kit.spoken import sentence
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Refused
from gongdan.kernel.naming import HOUSE
from gongdan.numbering.rules import pattern_of
from gongdan.orders.rules import DEFAULT_MATRIX
from gongdan.orders.states import IMPACT_LABELS, PRIORITY_LABELS, URGENCY_LABELS, Impact, Urgency
from gongdan.people import access, actions, queries

CELLS = [(impact, urgency) for impact in Impact for urgency in Urgency]


def _called(examples: str, house: str) -> Any:
    """The hint below a word; the examples pass through no catalogue, so that they stay when the word is another."""
    sentence = lazy("页面和单据里都这样称呼，如 {examples}；默认“{house}”")
    return format_lazy(sentence, examples=examples, house=house)


class SettingsForm(forms.KitForm):
    """Every setting says what it changes, and what it is when nobody touches it."""

    company_name = forms.Line(lazy("公司名称"), max_length=60, hint=lazy("印在菜单上方和所有单据上；默认“工单维修”"))
    customer_word = forms.Line(
        lazy("对客户的称呼"), max_length=10, hint=_called("用户、顾客、业主", HOUSE["customer_word"])
    )
    technician_word = forms.Line(
        lazy("对师傅的称呼"), max_length=10, hint=_called("维修员、技术人员", HOUSE["technician_word"])
    )
    agent_word = forms.Line(lazy("对客服的称呼"), max_length=10, hint=_called("接待员、售后服务", HOUSE["agent_word"]))
    accept_limit_minutes = forms.Number(
        lazy("受理时限"),
        unit=lazy("分钟"),
        min_value=1,
        max_value=actions.MOST_MINUTES,
        hint=lazy("登记后多久没有受理就在工作台提醒；默认 30 分钟"),
    )
    follow_up_delay_hours = forms.Number(
        lazy("回访间隔"),
        unit=lazy("小时"),
        max_value=actions.MOST_HOURS,
        hint=lazy("结算后多久安排回访；默认 24 小时"),
    )
    order_number_pattern = forms.Line(
        lazy("工单编号规则"), max_length=40, hint=lazy("只影响以后的新单；默认 {kind}{yymmdd}-{n:04d}")
    )

    def __init__(self, typed: Any = None, *, row: Any) -> None:
        initial = {name: getattr(row, name) for name in actions.SETTINGS_FIELDS if name != "priority_matrix"}
        for impact, urgency in CELLS:
            initial[cell(impact, urgency)] = (row.priority_matrix.get(impact) or {}).get(
                urgency, DEFAULT_MATRIX[impact][urgency]
            )
        super().__init__(typed, initial=initial)
        for impact, urgency in CELLS:
            label = f"{sentence(IMPACT_LABELS[impact])} × {sentence(URGENCY_LABELS[urgency])}"
            field = forms.Choice(label, choices=list(PRIORITY_LABELS.items()))
            field.say_required(forms.REQUIRED_CHOICE)
            self.fields[cell(impact, urgency)] = field

    def values(self) -> dict[str, Any]:
        """What was typed, the matrix in one piece; the house's own matrix is kept as none."""
        typed = dict(self.cleaned_data)
        matrix: dict[str, dict[str, str]] = {}
        for impact, urgency in CELLS:
            matrix.setdefault(str(impact), {})[str(urgency)] = typed.pop(cell(impact, urgency))
        own = {str(i): {str(u): str(DEFAULT_MATRIX[i][u]) for u in Urgency} for i in Impact}
        return typed | {"priority_matrix": {} if matrix == own else matrix}


class TokenForm(forms.KitForm):
    """A new token."""

    name = forms.Line(lazy("用途"), max_length=60, placeholder=lazy("如：微信小程序"))
    user_id = forms.Choice(lazy("以谁的身份"), choices=(), coerce=int, empty_value=None)


@require_http_methods(["GET", "POST"])
def shop_settings(request: StaffRequest) -> HttpResponse:
    """The settings that hold wherever a site has none of its own."""
    return _settings(request, None)


@require_http_methods(["GET", "POST"])
def site_settings(request: StaffRequest, pk: int) -> HttpResponse:
    """The settings of one site."""
    return _settings(request, pk)


@require_POST
def drop(request: StaffRequest, pk: int) -> HttpResponse:
    """The site follows the whole shop again."""
    request.actor.require(access.SETTINGS)
    queries.site(pk, request.actor)
    actions.drop_settings(pk, by=request.actor, at=request.now)
    tell(request, _("已改回使用全店设置"))
    return see(request, reverse("desk:setup-site-settings", args=[pk]))


@require_safe
def number_example(request: StaffRequest) -> HttpResponse:
    """How the next number would read under the pattern being typed, or why it cannot be."""
    request.actor.require(access.SETTINGS)
    typed = request.GET.get("order_number_pattern", "")[:200]
    return page(request, "desk/setup/_number.html", {"example": example(typed, _any_code(request), request)})


@require_http_methods(["GET", "POST"])
def tokens(request: StaffRequest) -> HttpResponse:
    """All tokens; a new one is shown this once."""
    request.actor.require(access.MANAGE)
    form = TokenForm(request.POST if request.method == "POST" else None)
    people = queries.staff(request.actor, on=local_day(request.now))
    form.offer_choices("user_id", [(row.id, f"{row.name}（{row.username}）") for row in people])
    token = ""
    if request.method == "POST" and form.is_valid():
        with refusals_shown(request, form) as attempt:
            typed = form.cleaned_data
            token = actions.issue_token(typed["user_id"], typed["name"], by=request.actor, at=request.now)
        if attempt.ok:
            form = TokenForm()
            form.offer_choices("user_id", [(row.id, f"{row.name}（{row.username}）") for row in people])
    known = {row.id for row in queries.staff(request.actor, with_inactive=True, on=local_day(request.now))}
    rows = [row for row in queries.tokens() if row.user_id in known]
    return page(request, "desk/setup/tokens.html", {"form": form, "token": token, "rows": rows, "trail": ()})


@require_POST
def revoke(request: StaffRequest, pk: int) -> HttpResponse:
    """The token opens nothing any more."""
    request.actor.require(access.MANAGE)
    actions.revoke_token(pk, by=request.actor, at=request.now)
    tell(request, _("令牌已停用，用它的程序从现在起不能再访问"))
    return see(request, reverse("desk:setup-tokens"))


def example(typed: str, site_code: str, request: StaffRequest) -> dict[str, str]:
    """`good`: a number as it would be printed; or `wrong`: why the pattern is refused."""
    try:
        pattern = pattern_of(typed)
    except Refused as refused:
        return {"good": "", "wrong": sentence(refused.text)}
    return {"good": pattern.write(kind="GD", site_code=site_code, day=local_day(request.now), n=1), "wrong": ""}


def cell(impact: str, urgency: str) -> str:
    """The field's name for one cell of the matrix."""
    return f"m_{impact}_{urgency}"


def _settings(request: StaffRequest, site_id: int | None) -> HttpResponse:
    request.actor.require(access.SETTINGS)
    site = queries.site(site_id, request.actor) if site_id is not None else None
    own = queries.own_settings(site_id)
    row = queries.settings_for(site_id)
    follows = site is not None and (own is None or own.follows_shop)
    form = SettingsForm(request.POST if request.method == "POST" else None, row=row)
    action = reverse("desk:setup-site-settings", args=[site_id]) if site_id else reverse("desk:setup-settings")
    sites = list(access.visible_sites(request.actor).filter(is_active=True).order_by("pk"))
    typed = str(form["order_number_pattern"].value() or "")
    note = ""
    if follows:
        note = _("本站点现在使用全店设置；在这里保存后，就有自己的一份，全店设置以后的修改不再影响它。")
    sheet = Sheet(
        title=_("%(site)s 的设置") % {"site": site.name} if site else _("全店设置"),
        action=action,
        to=action,
        trail=[(_("设置"), reverse("desk:setup-settings"))] if site else (),
        groups=[
            Group(["company_name", "customer_word", "technician_word", "agent_word"], title=_("名称与称呼"), columns=2),
            Group(["accept_limit_minutes", "follow_up_delay_hours"], title=_("时限"), columns=2),
        ],
        seen=own.version if own else 0,
        note=note,
        entries=history("people.shopsettings", own.pk, request.actor) if own else [],
        extra={
            "tabs": [(_("全店"), reverse("desk:setup-settings"), site is None, None)]
            + [
                (one.name, reverse("desk:setup-site-settings", args=[one.pk]), one.pk == site_id, None) for one in sites
            ],
            "example": example(typed, site.code if site else _any_code(request), request),
            "impacts": [(impact, IMPACT_LABELS[impact]) for impact in Impact],
            "urgencies": [(urgency, URGENCY_LABELS[urgency]) for urgency in Urgency],
            "cell": cell,
            "drop": reverse("desk:setup-site-settings-drop", args=[site_id]) if site and not follows else "",
        },
    )

    def save(_values: dict[str, Any]) -> None:
        actions.edit_settings(site_id, seen=seen_version(request), **form.values(), by=request.actor, at=request.now)

    return saved(request, form, sheet, save, template="desk/setup/settings.html")


def _any_code(request: StaffRequest) -> str:
    return queries.home_site(request.actor).code
