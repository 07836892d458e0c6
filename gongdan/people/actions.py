"""Verbs on sites, staff, roles, tokens and settings."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.kernel.pinyin import initials
from gongdan.kernel.text import _
from gongdan.people import access
from gongdan.people.events import Verb
from gongdan.people.models import ApiToken, Certificate, Role, ShopSettings, Site, Skill, StaffSkill, User

SITE_FIELDS = (
    "name", "kind", "address", "hotline", "complaint_phone", "opening_hours", "area_code", "division_code", "is_active",
)  # fmt: skip
STAFF_FIELDS = ("name", "staff_no", "phone", "email", "site_id", "is_payee", "is_external")
SETTINGS_FIELDS = (
    "company_name", "customer_word", "technician_word", "agent_word", "accept_limit_minutes", "order_number_pattern",
    "priority_matrix", "follow_up_delay_hours",
)  # fmt: skip


@transaction.atomic
def seed_roles(table: Iterable[Mapping[str, Any]]) -> None:
    """Make the roles that are missing; roles that the shop has edited stay as they are. Safe to run twice."""
    for row in table:
        Role.objects.get_or_create(code=row["code"], defaults={k: v for k, v in row.items() if k != "code"})
    ShopSettings.objects.get_or_create(site=None)


@transaction.atomic
def add_site(*, code: str, name: str, by: Actor, at: datetime, **fields: Any) -> Site:
    """A new site. Refused: the code or name is taken."""
    by.require(access.MANAGE)
    if not code.strip() or not name.strip():
        raise Invalid({"code" if not code.strip() else "name": _("请填写站点编号和名称")})
    if Site.objects.filter(code=code).exists():
        raise Invalid({"code": _("站点编号 {code} 已被使用，请换一个", code=code)})
    if Site.objects.filter(name=name).exists():
        raise Invalid({"name": _("站点名称 {name} 已被使用，请换一个", name=name)})
    site = Site.objects.create(code=code, name=name, **_only(fields, SITE_FIELDS))
    record(Verb.SITE_ADDED, site, by=by, at=at, name=name)
    return site


@transaction.atomic
def edit_site(site_id: int, *, seen: int, by: Actor, at: datetime, **fields: Any) -> Site:
    """Change a site's details. Refused: somebody saved meanwhile."""
    by.require(access.MANAGE)
    site = Site.objects.select_for_update().filter(pk=site_id).first()
    if site is None:
        raise Missing
    _save_changes(site, fields, SITE_FIELDS, seen=seen, verb=Verb.SITE_EDITED, by=by, at=at)
    return site


@transaction.atomic
def add_staff(
    *,
    username: str,
    name: str,
    site_id: int,
    roles: Iterable[str],
    password: str,
    by: Actor,
    at: datetime,
    skills: Mapping[str, int] | None = None,
    **fields: Any,
) -> User:
    """A new member of staff who can log in. Refused: the log-in name is taken, or a role is unknown."""
    by.require(access.MANAGE)
    if User.objects.filter(username=username).exists():
        raise Invalid({"username": _("登录名 {name} 已被使用，请换一个", name=username)})
    chosen = list(Role.objects.filter(code__in=list(roles)))
    if not chosen:
        raise Invalid({"roles": _("请至少选择一个角色")})
    user = User(username=username, name=name, site_id=site_id, **_only(fields, STAFF_FIELDS))
    user.initials = initials(name, is_name=True)[:20]
    user.set_password(password)
    user.save()
    user.roles.set(chosen)
    for skill, level in (skills or {}).items():
        StaffSkill.objects.create(user=user, skill=Skill.objects.get_or_create(name=skill)[0], level=level)
    record(Verb.STAFF_ADDED, user, by=by, at=at, name=name, roles=[r.code for r in chosen])
    return user


@transaction.atomic
def edit_staff(
    user_id: int, *, seen: int, by: Actor, at: datetime, roles: Iterable[str] | None = None, **fields: Any
) -> User:
    """Change a member of staff. Refused: somebody saved meanwhile."""
    by.require(access.MANAGE)
    user = access.visible_to(by).select_for_update(of=("self",)).filter(pk=user_id).first()
    if user is None:
        raise Missing
    before = sorted(user.roles.values_list("code", flat=True))
    extra: dict[str, list[Any]] = {}
    if roles is not None and sorted(roles) != before:
        user.roles.set(Role.objects.filter(code__in=list(roles)))
        extra["roles"] = [before, sorted(roles)]
    _save_changes(
        user,
        fields,
        STAFF_FIELDS,
        seen=seen,
        verb=Verb.STAFF_EDITED,
        by=by,
        at=at,
        extra=extra,
        personal=("phone", "email"),
    )
    return user


@transaction.atomic
def set_password(user_id: int, password: str, *, by: Actor, at: datetime) -> None:
    """A new password for a member of staff; the event names the field only."""
    by.require(access.MANAGE)
    if len(password) < 8:
        raise Invalid({"password": _("密码至少 8 位，请重新填写")})
    user = User.objects.select_for_update().get(pk=user_id)
    user.set_password(password)
    user.version += 1
    user.save(update_fields=["password", "version"])
    record(Verb.STAFF_EDITED, user, by=by, at=at, changes={"password": ["", ""]})


@transaction.atomic
def end_staff(user_id: int, *, by: Actor, at: datetime) -> None:
    """Nobody can log in as this person any more; what he did stays."""
    by.require(access.MANAGE)
    if user_id == by.id:
        raise Refused(_("不能停用自己的登录，请由另一位管理员操作"))
    user = User.objects.select_for_update().get(pk=user_id)
    user.is_active = False
    user.version += 1
    user.save(update_fields=["is_active", "version"])
    ApiToken.objects.filter(user=user).update(is_revoked=True)
    record(Verb.STAFF_LEFT, user, by=by, at=at, name=user.name)


@transaction.atomic
def edit_role(role_id: int, permissions: Iterable[str], *, known: Iterable[str], by: Actor, at: datetime) -> None:
    """Set what a role may do. Refused: a permission that no app declares."""
    by.require(access.MANAGE)
    role = Role.objects.select_for_update().get(pk=role_id)
    wanted = sorted(set(permissions))
    if unknown := set(wanted) - set(known):
        raise Refused(_("没有名为 {names} 的权限，请刷新页面后重试", names="、".join(sorted(unknown))))
    old = role.permissions
    role.permissions = wanted
    role.save(update_fields=["permissions"])
    record(Verb.ROLE_EDITED, role, by=by, at=at, name=role.name, changes={"permissions": [old, wanted]})


@transaction.atomic
def issue_token(user_id: int, name: str, *, by: Actor, at: datetime) -> str:
    """A new API token of this person, shown once: only its digest is kept."""
    if user_id != by.id:
        by.require(access.MANAGE)
    token = f"gd_{secrets.token_urlsafe(32)}"
    row = ApiToken.objects.create(
        user_id=user_id, name=name, digest=hashlib.sha256(token.encode()).hexdigest(), created_at=at
    )
    record(Verb.TOKEN_ISSUED, row, by=by, at=at, name=name)
    return token


@transaction.atomic
def revoke_token(token_id: int, *, by: Actor, at: datetime) -> None:
    """The token no longer opens anything."""
    row = ApiToken.objects.select_for_update().get(pk=token_id)
    if row.user_id != by.id:
        by.require(access.MANAGE)
    row.is_revoked = True
    row.save(update_fields=["is_revoked"])
    record(Verb.TOKEN_REVOKED, row, by=by, at=at, name=row.name)


@transaction.atomic
def edit_settings(site_id: int | None, *, seen: int, by: Actor, at: datetime, **fields: Any) -> ShopSettings:
    """Change the settings of a site, or of the whole shop. Refused: somebody saved meanwhile."""
    by.require(access.SETTINGS)
    row = ShopSettings.objects.select_for_update().filter(site=site_id).first()
    if row is None:
        row = ShopSettings.objects.create(site_id=site_id)
        row = ShopSettings.objects.select_for_update().get(pk=row.pk)
        seen = row.version
    _save_changes(row, fields, SETTINGS_FIELDS, seen=seen, verb=Verb.SETTINGS_EDITED, by=by, at=at)
    return row


@transaction.atomic
def add_certificate(
    user_id: int, kind: str, *, number: str = "", valid_until: date | None = None, by: Actor, at: datetime
) -> None:
    """A certificate of this person, with the last day it holds."""
    by.require(access.MANAGE)
    row = Certificate.objects.create(user_id=user_id, kind=kind, number=number, valid_until=valid_until)
    record(Verb.STAFF_EDITED, row.user, by=by, at=at, changes={"certificates": ["", kind]})


def _only(fields: Mapping[str, Any], allowed: tuple[str, ...]) -> dict[str, Any]:
    unknown = set(fields) - set(allowed)
    assert not unknown, f"unknown fields {unknown}"
    return dict(fields)


def _save_changes(
    row: Site | User | ShopSettings,
    fields: Mapping[str, Any],
    allowed: tuple[str, ...],
    *,
    seen: int,
    verb: str,
    by: Actor,
    at: datetime,
    extra: Mapping[str, list[Any]] | None = None,
    personal: tuple[str, ...] = (),
) -> None:
    """Write what differs, raise the version, and record old and new values; nothing at all when nothing differs."""
    if row.version != seen:
        raise stale(row, seen)
    changes: dict[str, list[Any]] = dict(extra or {})
    private: dict[str, tuple[str, str]] = {}
    for name, value in _only(fields, allowed).items():
        old = getattr(row, name)
        if old == value:
            continue
        setattr(row, name, value)
        if name in personal:
            private[name] = (str(old), str(value))
        else:
            changes[name] = [old, value]
    if not changes and not private:
        return
    if isinstance(row, User):
        row.initials = initials(row.name, is_name=True)[:20]
    row.version += 1
    row.save()
    record(verb, row, by=by, at=at, changes=changes, personal=private or None)
