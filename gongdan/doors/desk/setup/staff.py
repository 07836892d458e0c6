"""启用准备 › 员工: who works here, in which roles, with which skills and certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongdan.doors.desk.history import history
from gongdan.doors.desk.setup.pages import Group, Sheet, listed, saved
from gongdan.doors.desk.setup.sites import in_use
from gongdan.doors.kit import forms
from gongdan.doors.kit.lists import Listing
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.doors.kit.tables import Column
from gongdan.doors.kit.typed import whole_number
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.people import access, actions, queries
from gongdan.people.actions import CertificateDraft

COLUMNS = [
    Column("name", lazy("姓名"), lead=True),
    Column("username", lazy("登录名"), kind="code"),
    Column("roles", lazy("角色"), grow=True),
    Column("site", lazy("站点")),
    Column("phone", lazy("电话"), kind="code"),
    Column("payee", lazy("收款人")),
    Column("warning", lazy("证书")),
    Column("state", lazy("状态"), kind="badge"),
]
LEVELS = [(1, lazy("1 学徒")), (2, lazy("2 初级")), (3, lazy("3 中级")), (4, lazy("4 高级")), (5, lazy("5 技师"))]
MOST_ROWS = 30


class StaffListing(Listing):
    """Search among the staff."""

    scopes: ClassVar = {"active": lazy("在职"), "all": lazy("全部")}
    q = forms.Line(lazy("查找员工"), max_length=40, placeholder=lazy("姓名、首字母、登录名、工号、电话后几位"))


class StaffForm(forms.KitForm):
    """A member of staff himself. `skills` and `certificates` only carry what is wrong with these lists."""

    name = forms.Line(lazy("姓名"), max_length=40, autofocus=True)
    username = forms.Line(lazy("登录名"), max_length=40, hint=lazy("用于登录，建好后不再改"))
    password = forms.Password(lazy("初始密码"), max_length=128, hint=lazy("至少 8 位，本人登录后可自行修改"))
    staff_no = forms.Line(lazy("工号"), max_length=20, required=False)
    phone = forms.PhoneField(lazy("电话"), required=False)
    email = forms.Line(lazy("邮箱"), max_length=100, required=False)
    site_id = forms.Choice(lazy("所属站点"), choices=(), coerce=int, empty_value=None)
    extra_sites = forms.Choices(lazy("支援站点"), choices=(), coerce=int, required=False)
    roles = forms.Choices(lazy("角色"), choices=(), wide=True, hint=lazy("可以多选，权限相加"))
    is_payee = forms.Tick(lazy("收款人"), hint=lazy("结算时只有勾选的员工能选作收款人"))
    is_external = forms.Tick(lazy("外部人员"), hint=lazy("协作单位派来的师傅"))
    skills = forms.Hidden(required=False)
    certificates = forms.Hidden(required=False)


class SkillForm(forms.KitForm):
    """One skill; a row without a name is none."""

    name = forms.Line(lazy("技能"), max_length=40, required=False, placeholder=lazy("如：空调、高空、焊接"))
    level = forms.Choice(lazy("等级"), choices=LEVELS, coerce=int, empty_value=3, required=False)


class CertificateForm(forms.KitForm):
    """One certificate; a row without a name is none."""

    kind = forms.Line(lazy("证书"), max_length=40, required=False, placeholder=lazy("如：制冷作业证"))
    number = forms.Line(lazy("证号"), max_length=60, required=False)
    valid_until = forms.DateField(lazy("有效期至"), required=False)


class PasswordForm(forms.KitForm):
    """A new password for somebody who forgot his."""

    password = forms.Password(lazy("新密码"), max_length=128, hint=lazy("至少 8 位；保存后请当面告诉本人"))


class StaffSheet:
    """The whole page of a member of staff."""

    def __init__(self, typed: Mapping[str, Any] | None, actor: Actor, *, user: Any = None, today: date) -> None:
        initial: dict[str, Any] = {"roles": [], "site_id": queries.home_site(actor).pk}
        skills: list[dict[str, Any]] = []
        certificates: list[dict[str, Any]] = []
        if user is not None:
            initial = {name: getattr(user, name) for name in actions.STAFF_FIELDS}
            initial["roles"] = list(user.roles.order_by("pk").values_list("code", flat=True))
            initial["extra_sites"] = list(user.extra_sites.values_list("pk", flat=True))
            skills = list(user.skills.order_by("-level", "skill__name").values("skill__name", "level"))
            skills = [{"name": row["skill__name"], "level": row["level"]} for row in skills]
            certificates = list(user.certificates.order_by("pk").values("kind", "number", "valid_until"))
        self.form = StaffForm(typed, initial=initial)
        sites = list(access.visible_sites(actor).filter(is_active=True).order_by("pk").values_list("pk", "name"))
        if user is not None and user.site_id not in dict(sites):
            sites.append((user.site_id, user.site.name))
        self.form.offer_choices("site_id", sites)
        self.form.offer_choices("extra_sites", sites)
        self.form.offer_choices("roles", [(role.code, role.name) for role in queries.roles()])
        if len(sites) < 2:
            del self.form.fields["extra_sites"]
        if user is not None:
            del self.form.fields["username"], self.form.fields["password"]
        self.skills = _rows(SkillForm, "skill", typed, [*skills, {"level": 3}])
        self.certificates = _rows(CertificateForm, "certificate", typed, [*certificates, {}])
        self.expired = [
            row["kind"] for row in certificates if row["valid_until"] is not None and row["valid_until"] < today
        ]

    def is_valid(self) -> bool:
        """Whether every part can be read."""
        valid = [part.is_valid() for part in (self.form, *self.skills, *self.certificates)]  # each tells its errors
        return all(valid)

    def values(self) -> dict[str, Any]:
        """What was typed, as the verbs take it."""
        values = {k: v for k, v in self.form.cleaned_data.items() if k not in ("skills", "certificates")}
        skills = {row.cleaned_data["name"]: row.cleaned_data["level"] for row in self.skills}
        certificates = [CertificateDraft(**row.cleaned_data) for row in self.certificates]
        return values | {
            "skills": {name: level for name, level in skills.items() if name},
            "certificates": [one for one in certificates if one.kind or one.number or one.valid_until],
        }


@require_safe
def staff(request: StaffRequest) -> HttpResponse:
    """The staff of the actor's sites."""
    request.actor.require(access.MANAGE)
    listing = StaffListing(request.GET)
    found = queries.staff(
        request.actor, words=listing.chosen.q, with_inactive=listing.scope == "all", on=local_day(request.now)
    )
    rows = [
        {
            "id": row.id,
            "url": reverse("desk:setup-person", args=[row.id]),
            "name": row.name,
            "username": row.username,
            "roles": "、".join(row.roles),
            "site": row.site_name,
            "phone": row.phone,
            "payee": _("收款人") if row.is_payee else "",
            "warning": _("%(names)s已过期") % {"names": "、".join(row.expired)} if row.expired else "",
            "tone": "danger" if row.expired else "",
            "state": in_use(is_active=row.is_active),
        }
        for row in found
    ]
    return listed(
        request,
        _("员工"),
        COLUMNS,
        rows,
        listing=listing,
        add=reverse("desk:setup-person-add"),
        add_label=_("新增员工"),
        empty=_("没有找到员工"),
        empty_hint=_("新增员工后，他就能用登录名和密码登录"),
        links=[(_("角色权限"), reverse("desk:setup-roles"), "lock")],
    )


@require_http_methods(["GET", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    """A new member of staff."""
    request.actor.require(access.MANAGE)
    typed = request.POST if request.method == "POST" else None
    parts = StaffSheet(typed, request.actor, today=local_day(request.now))
    sheet = _sheet(_("新增员工"), reverse("desk:setup-person-add"), parts)

    def save(_values: dict[str, Any]) -> int:
        return actions.add_staff(**parts.values(), by=request.actor, at=request.now).pk

    return _saved(request, parts, sheet, save, verb="people.add_staff")


@require_http_methods(["GET", "POST"])
def person(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a member of staff; stop him, bring him back, give him a new password."""
    request.actor.require(access.MANAGE)
    return _person(request, pk)


@require_POST
def password(request: StaffRequest, pk: int) -> HttpResponse:
    """A new password."""
    request.actor.require(access.MANAGE)
    queries.person(pk, request.actor)
    form = PasswordForm(request.POST, prefix="new")
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            actions.set_password(pk, form.cleaned_data["password"], by=request.actor, at=request.now)
        if attempt.ok:
            tell(request, _("密码已重设，请当面告诉本人"))
            return see(request, reverse("desk:setup-person", args=[pk]))
    return _person(request, pk, new_password=form)


@require_POST
def stop(request: StaffRequest, pk: int) -> HttpResponse:
    """He can log in no more."""
    return _switched(request, pk, is_back=False)


@require_POST
def back(request: StaffRequest, pk: int) -> HttpResponse:
    """He can log in again."""
    return _switched(request, pk, is_back=True)


def _switched(request: StaffRequest, pk: int, *, is_back: bool) -> HttpResponse:
    request.actor.require(access.MANAGE)
    row = queries.person(pk, request.actor)
    with refusals_shown(request) as attempt:
        verb = actions.bring_back_staff if is_back else actions.end_staff
        verb(pk, by=request.actor, at=request.now)
    if not attempt.ok:
        return _person(request, pk, new_password=PasswordForm(prefix="new"))
    told = _("%(name)s 可以登录了") if is_back else _("%(name)s 已停用，不能再登录；做过的记录都保留")
    tell(request, told % {"name": row.name})
    return see(request, reverse("desk:setup-person", args=[pk]))


def _person(request: StaffRequest, pk: int, *, new_password: PasswordForm | None = None) -> HttpResponse:
    user = queries.person(pk, request.actor)
    typed = request.POST if request.method == "POST" and new_password is None else None
    parts = StaffSheet(typed, request.actor, user=user, today=local_day(request.now))
    sheet = _sheet(user.name, reverse("desk:setup-person", args=[pk]), parts)
    sheet.seen = user.version
    sheet.entries = history("people.user", pk, request.actor)
    sheet.extra |= {"user": user, "new_password": new_password or PasswordForm(prefix="new")}

    def save(_values: dict[str, Any]) -> None:
        actions.edit_staff(pk, seen=seen_version(request), **parts.values(), by=request.actor, at=request.now)

    if typed is None:
        return page(request, TEMPLATE, {"form": parts.form, "sheet": sheet, **sheet.extra})
    return _saved(request, parts, sheet, save)


TEMPLATE = "desk/setup/person.html"


def _saved(request: StaffRequest, parts: StaffSheet, sheet: Sheet, save: Any, *, verb: str = "") -> HttpResponse:
    if request.method == "POST" and not parts.is_valid():
        return page(request, TEMPLATE, {"form": parts.form, "sheet": sheet, **sheet.extra}, status=422)
    return saved(request, parts.form, sheet, save, verb=verb, template=TEMPLATE)


def _sheet(title: str, action: str, parts: StaffSheet) -> Sheet:
    return Sheet(
        title=title,
        action=action,
        to=reverse("desk:setup-staff"),
        trail=[(_("员工"), reverse("desk:setup-staff"))],
        groups=[
            Group(["name", "username", "password", "staff_no", "phone", "email"]),
            Group(["roles", "site_id", "extra_sites", "is_payee", "is_external"], title=_("角色与站点"), columns=2),
        ],
        extra={"parts": parts, "user": None, "new_password": None},
    )


def _rows(
    kind: type[Any], prefix: str, typed: Mapping[str, Any] | None, initial: Sequence[Mapping[str, Any]]
) -> list[Any]:
    if typed is None:
        return [kind(prefix=f"{prefix}{place}", initial=row) for place, row in enumerate(initial)]
    count = min(whole_number(str(typed.get(f"{prefix}_sent", "")), digits=3) or 0, MOST_ROWS)
    return [kind(typed, prefix=f"{prefix}{place}") for place in range(count)]
