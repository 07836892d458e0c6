"""Verbs on sites and stores."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.fields import overlong
from gongdan.kernel.actor import Actor
from gongdan.kernel.edits import changed, only, refuse
from gongdan.kernel.errors import Invalid, Missing
from gongdan.kernel.text import _
from gongdan.people import access
from gongdan.people.actions.rows import save
from gongdan.people.events import Verb
from gongdan.people.models import Site

SITE_FIELDS = (
    "name", "kind", "address", "hotline", "complaint_phone", "opening_hours", "area_code", "division_code", "is_active",
)  # fmt: skip


@transaction.atomic
def add_site(*, code: str, name: str, by: Actor, at: datetime, **fields: Any) -> Site:
    """A new site. Refused: the code or name is missing or taken."""
    by.require(access.MANAGE)
    site = Site(code=code.strip(), name=name.strip(), **only(fields, SITE_FIELDS))
    _check_site(site)
    site.save()
    record(Verb.SITE_ADDED, site, by=by, at=at, name=site.name)
    return site


@transaction.atomic
def edit_site(site_id: int, *, seen: int, by: Actor, at: datetime, **fields: Any) -> Site:
    """Change a site's details. Refused: the name is taken, its last working site, or somebody saved meanwhile."""
    by.require(access.MANAGE)
    site = access.visible_sites(by).select_for_update().filter(pk=site_id).first()
    if site is None:
        raise Missing
    if site.version != seen:
        raise stale(site, seen, at=at)
    changes = changed(site, fields, SITE_FIELDS)
    _check_site(site)
    if not site.is_active and not Site.objects.filter(is_active=True).exclude(pk=site.pk).exists():
        raise Invalid({"is_active": _("这是最后一个在用的站点，请先新增另一个站点")})
    save(site, changes, verb=Verb.SITE_EDITED, by=by, at=at)
    return site


def _check_site(site: Site) -> None:
    errors = overlong(site)
    for name, missing, taken in (
        ("code", _("请填写站点编号"), _("站点编号 {code} 已被使用，请换一个", code=site.code[:12])),
        ("name", _("请填写站点名称"), _("站点名称 {name} 已被使用，请换一个", name=site.name[:60])),
    ):
        if not getattr(site, name):
            errors[name] = missing
        elif Site.objects.filter(**{name: getattr(site, name)}).exclude(pk=site.pk).exists():
            errors[name] = taken
    if site.kind not in list(Site.Kind):
        errors["kind"] = _("请选择站点或门店")
    if site.area_code and not re.fullmatch(r"0[0-9]{2,3}", site.area_code):
        errors["area_code"] = _("区号是 0 开头的 3 至 4 位数字，如 020")
    refuse(errors)
