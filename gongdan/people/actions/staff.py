"""Verbs on staff, roles and tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.fields import overlong
from gongdan.kernel.actor import Actor
from gongdan.kernel.edits import changed, only, refuse
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.kernel.pinyin import initials
from gongdan.kernel.text import Text, _
from gongdan.people import access
from gongdan.people.actions.rows import note, save
from gongdan.people.events import Verb
from gongdan.people.models import ApiToken, Certificate, Role, ShopSettings, Site, Skill, StaffSkill, User

STAFF_FIELDS = ("name", "staff_no", "phone", "email", "site_id", "is_payee", "is_external")
PERSONAL_FIELDS = ("phone", "email")
SHORTEST_PASSWORD = 8
LEVELS = range(1, 6)


@dataclass(frozen=True, slots=True)
class CertificateDraft:
    """A certificate as typed."""

    kind: str
    number: str = ""
    valid_until: date | None = None


@transaction.atomic
def seed_roles(table: Iterable[Mapping[str, Any]]) -> None:
    """Make the roles that are missing; roles that the shop has edited stay as they are. Safe to run twice.

    Permissions that came with a newer version are granted to the seeded roles once; what the shop took away stays away.
    """
    shop = ShopSettings.objects.get_or_create(site=None)[0]
    rows = list(table)
    offered = {permission for row in rows for permission in row["permissions"]}
    new = offered - set(shop.known_permissions)
    for row in rows:
        role, is_new = Role.objects.get_or_create(
            code=row["code"], defaults={k: v for k, v in row.items() if k != "code"}
        )
        added = [p for p in row["permissions"] if p in new and p not in role.permissions]
        if added and not is_new:
            role.permissions = [*role.permissions, *added]
            role.version += 1
            role.save(update_fields=["permissions", "version"])
    if new:
        shop.known_permissions = sorted(offered | set(shop.known_permissions))
        shop.save(update_fields=["known_permissions"])


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
    extra_sites: Iterable[int] = (),
    certificates: Iterable[CertificateDraft] = (),
    **fields: Any,
) -> User:
    """A new member of staff who can log in. Refused: the log-in name is taken, no role, too short a password."""
    by.require(access.MANAGE)
    user = User(username=username.strip(), name=name.strip(), site_id=site_id, **only(fields, STAFF_FIELDS))
    chosen = list(Role.objects.filter(code__in=list(roles)))
    errors = _wrong_with(user, by=by)
    if not chosen:
        errors["roles"] = _("请至少选择一个角色")
    if len(password) < SHORTEST_PASSWORD:
        errors["password"] = _PASSWORD_TOO_SHORT
    refuse(errors)
    user.initials = initials(user.name, is_name=True)[:20]
    user.set_password(password)
    user.save()
    user.roles.set(chosen)
    user.extra_sites.set(_sites_to_lend(extra_sites, user))
    _set_skills(user, skills or {})
    _set_certificates(user, certificates)
    record(Verb.STAFF_ADDED, user, by=by, at=at, name=user.name, roles=[r.code for r in chosen])
    return user


@transaction.atomic
def edit_staff(
    user_id: int,
    *,
    seen: int,
    by: Actor,
    at: datetime,
    roles: Iterable[str] | None = None,
    skills: Mapping[str, int] | None = None,
    extra_sites: Iterable[int] | None = None,
    certificates: Iterable[CertificateDraft] | None = None,
    **fields: Any,
) -> User:
    """Change a member of staff; what is None stays. Refused: no role left, or somebody saved meanwhile."""
    by.require(access.MANAGE)
    user = _locked_staff(user_id, seen=seen, by=by, at=at)
    personal = {name: str(getattr(user, name)) for name in PERSONAL_FIELDS}
    changes = changed(user, fields, STAFF_FIELDS)
    errors = _wrong_with(user, by=by)
    if roles is not None:
        note(changes, "roles", sorted(user.roles.values_list("code", flat=True)), sorted(roles))
        chosen = Role.objects.filter(code__in=list(roles))
        if not chosen:
            errors["roles"] = _("请至少选择一个角色")
        elif user.pk == by.id and not any(access.MANAGE in role.permissions for role in chosen):
            errors["roles"] = _("不能取消自己管理员工的权限，请由另一位管理员操作")
        refuse(errors)
        user.roles.set(chosen)
    refuse(errors)
    if extra_sites is not None:
        lent = _sites_to_lend(extra_sites, user)
        old = list(user.extra_sites.order_by("name").values_list("name", flat=True))
        note(changes, "extra_sites", old, sorted(site.name for site in lent))
        user.extra_sites.set(lent)
    if skills is not None:
        note(changes, "skills", *_set_skills(user, skills))
    if certificates is not None:
        note(changes, "certificates", *_set_certificates(user, certificates))
    private = {name: (old, changes.pop(name)[1]) for name, old in personal.items() if name in changes}
    user.initials = initials(user.name, is_name=True)[:20]
    save(user, changes, personal=private, verb=Verb.STAFF_EDITED, by=by, at=at)
    return user


@transaction.atomic
def set_password(user_id: int, password: str, *, by: Actor, at: datetime) -> None:
    """A new password for a member of staff; the event names the field only. Refused: it is too short."""
    by.require(access.MANAGE)
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid({"password": _PASSWORD_TOO_SHORT})
    user = _locked_staff(user_id, by=by, at=at)
    user.set_password(password)
    user.version += 1
    user.save(update_fields=["password", "version"])
    record(Verb.STAFF_EDITED, user, by=by, at=at, changes={"password": ["", ""]})


@transaction.atomic
def end_staff(user_id: int, *, by: Actor, at: datetime) -> None:
    """Nobody can log in as this person any more; what he did stays. Refused: oneself."""
    by.require(access.MANAGE)
    if user_id == by.id:
        raise Refused(_("不能停用自己的登录，请由另一位管理员操作"))
    user = _locked_staff(user_id, by=by, at=at)
    if not user.is_active:
        return
    user.is_active = False
    user.version += 1
    user.save(update_fields=["is_active", "version"])
    ApiToken.objects.filter(user=user).update(is_revoked=True)
    record(Verb.STAFF_LEFT, user, by=by, at=at, name=user.name)


@transaction.atomic
def bring_back_staff(user_id: int, *, by: Actor, at: datetime) -> None:
    """The person may log in again; tokens stay revoked."""
    by.require(access.MANAGE)
    user = _locked_staff(user_id, by=by, at=at)
    if user.is_active:
        return
    user.is_active = True
    user.version += 1
    user.save(update_fields=["is_active", "version"])
    record(Verb.STAFF_BACK, user, by=by, at=at, name=user.name)


@transaction.atomic
def add_certificate(
    user_id: int, kind: str, *, number: str = "", valid_until: date | None = None, by: Actor, at: datetime
) -> None:
    """One more certificate of this person, with the last day it holds."""
    by.require(access.MANAGE)
    user = _locked_staff(user_id, by=by, at=at)
    drafts = [CertificateDraft(row.kind, row.number, row.valid_until) for row in user.certificates.order_by("pk")]
    old, new = _set_certificates(user, [*drafts, CertificateDraft(kind, number, valid_until)])
    save(user, {"certificates": [old, new]}, verb=Verb.STAFF_EDITED, by=by, at=at)


@transaction.atomic
def edit_role(
    role_id: int, permissions: Iterable[str], *, known: Iterable[str], seen: int, by: Actor, at: datetime
) -> None:
    """Set what a role may do.

    Refused: a permission that no app declares, nobody could manage staff any more, or somebody saved meanwhile.
    """
    by.require(access.MANAGE)
    role = Role.objects.select_for_update().filter(pk=role_id).first()
    if role is None:
        raise Missing
    if role.version != seen:
        raise stale(role, seen, at=at)
    wanted = sorted(set(permissions))
    if unknown := set(wanted) - set(known):
        raise Refused(_("没有名为 {names} 的权限，请刷新页面后重试", names="、".join(sorted(unknown))))
    old = sorted(role.permissions)
    if old == wanted:
        return
    role.permissions = wanted
    role.version += 1
    role.save(update_fields=["permissions", "version"])
    if not User.objects.filter(is_active=True, roles__in=_managing_roles()).exists():
        raise Refused(_("至少要有一位在职员工能管理员工和角色，请先让另一个角色有这项权限"))
    record(Verb.ROLE_EDITED, role, by=by, at=at, name=role.name, changes={"permissions": [old, wanted]})


@transaction.atomic
def issue_token(user_id: int, name: str, *, by: Actor, at: datetime) -> str:
    """A new API token of this person, shown once: only its digest is kept. Refused: he is of none of the actor's sites."""
    if user_id != by.id:
        by.require(access.MANAGE)
    name = name.strip()
    if not name:
        raise Invalid({"name": _("请填写令牌的用途，如“微信小程序”")})
    if not access.visible_to(by).filter(pk=user_id, is_active=True).exists():
        raise Invalid({"user_id": _("这位员工已停用，请选择在职员工")})
    token = f"gd_{secrets.token_urlsafe(32)}"
    row = ApiToken.objects.create(
        user_id=user_id, name=name, digest=hashlib.sha256(token.encode()).hexdigest(), created_at=at
    )
    record(Verb.TOKEN_ISSUED, row, by=by, at=at, name=name)
    return token


@transaction.atomic
def revoke_token(token_id: int, *, by: Actor, at: datetime) -> None:
    """The token no longer opens anything. Refused (Missing): it is of somebody whom the actor does not manage."""
    row = ApiToken.objects.select_for_update().filter(pk=token_id).first()
    if row is None:
        raise Missing
    if row.user_id != by.id:
        by.require(access.MANAGE)
        if not access.visible_to(by).filter(pk=row.user_id).exists():
            raise Missing
    row.is_revoked = True
    row.save(update_fields=["is_revoked"])
    record(Verb.TOKEN_REVOKED, row, by=by, at=at, name=row.name)


def clear_sessions() -> None:
    """Forget the log-ins that have run out."""
    SessionStore.clear_expired()


def _locked_staff(user_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> User:
    user = User.objects.select_for_update().filter(pk=user_id, pk__in=access.visible_to(by).values("pk")).first()
    if user is None:
        raise Missing
    if seen is not None and user.version != seen:
        raise stale(user, seen, at=at)
    return user


def _wrong_with(user: User, *, by: Actor) -> dict[str, Text]:
    errors = overlong(user)
    if not user.username:
        errors["username"] = _("请填写登录名")
    elif User.objects.filter(username=user.username).exclude(pk=user.pk).exists():
        errors["username"] = _("登录名 {name} 已被使用，请换一个", name=user.username[:40])
    if not user.name:
        errors["name"] = _("请填写姓名")
    if by.kind != "system" and not access.visible_sites(by).filter(pk=user.site_id).exists():
        errors["site_id"] = _("请选择您能管理的站点")
    return errors


def _sites_to_lend(site_ids: Iterable[int], user: User) -> list[Site]:
    return list(Site.objects.filter(pk__in=list(site_ids)).exclude(pk=user.site_id))


def _set_skills(user: User, wanted: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """Replace the skills; old and new as words."""
    wanted = {name.strip()[:40]: level for name, level in wanted.items() if name.strip()}
    if any(level not in LEVELS for level in wanted.values()):
        raise Invalid({"skills": _("技能等级应在 1 到 5 之间")})
    rows = user.skills.select_related("skill")
    old = sorted(f"{row.skill.name} {row.level}" for row in rows)
    new = sorted(f"{name} {level}" for name, level in wanted.items())
    if old != new:
        rows.delete()
        for name, level in wanted.items():
            StaffSkill.objects.create(user=user, skill=Skill.objects.get_or_create(name=name)[0], level=level)
    return old, new


def _set_certificates(user: User, wanted: Iterable[CertificateDraft]) -> tuple[list[str], list[str]]:
    """Replace the certificates; old and new as words."""
    rows = [
        Certificate(user=user, kind=one.kind.strip(), number=one.number.strip(), valid_until=one.valid_until)
        for one in wanted
    ]
    for row in rows:
        errors = overlong(row)
        if not row.kind:
            errors["kind"] = _("请填写证书名称")
        if errors:
            raise Invalid({"certificates": min(errors.values(), key=str)})
    old, new = (sorted(_words(row) for row in some) for some in (user.certificates.all(), rows))
    if old != new:
        user.certificates.all().delete()
        Certificate.objects.bulk_create(rows)
    return old, new


def _words(row: Certificate) -> str:
    return " ".join(part for part in (row.kind, row.number, str(row.valid_until or "")) if part)


def _managing_roles() -> list[int]:
    return [pk for pk, granted in Role.objects.values_list("pk", "permissions") if access.MANAGE in granted]


_PASSWORD_TOO_SHORT = _("密码至少 {least} 位，请重新填写", least=SHORTEST_PASSWORD)
