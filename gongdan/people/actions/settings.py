"""Verbs on the settings of a shop and of its sites."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from gongdan.audit.queries import stale
from gongdan.fields import overlong
from gongdan.kernel.actor import Actor
from gongdan.kernel.edits import changed, refuse
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.kernel.settings import Setting
from gongdan.kernel.text import Text, _
from gongdan.numbering.rules import pattern_of
from gongdan.people import access
from gongdan.people.actions.rows import save
from gongdan.people.events import Verb
from gongdan.people.models import SETTINGS_FIELDS, ShopSettings

MOST_MINUTES = 7 * 24 * 60
MOST_HOURS = 90 * 24


@transaction.atomic
def edit_settings(site_id: int | None, *, seen: int, by: Actor, at: datetime, **fields: Any) -> ShopSettings:
    """Change the settings of a site, or of the whole shop (None). Once saved, a site's no longer follow the shop's.

    Refused: an empty word, a number pattern under which two orders could read the same, or somebody saved meanwhile.
    """
    row = _row(site_id, seen=seen, by=by, at=at)
    changes = changed(row, fields, SETTINGS_FIELDS)
    _check_settings(row)
    if row.follows_shop:
        row.follows_shop = False
        row.save()
    save(row, changes, verb=Verb.SETTINGS_EDITED, by=by, at=at)
    return row


@transaction.atomic
def save_values(
    site_id: int | None, typed: Mapping[Setting[Any], Any], *, seen: int, by: Actor, at: datetime
) -> ShopSettings:
    """Set these settings for a site, or for the whole shop (None). `None` as a value: what the shop has holds again.

    `seen` is the version of the site's own row, 0 while it has none; it gets one with its first value. Refused, setting by
    setting, under its key: outside its bounds, or one for the whole shop asked for a site; or somebody saved meanwhile.
    """
    row = _row(site_id, seen=seen, by=by, at=at)
    errors: dict[str, Text] = {}
    values = dict(row.values)
    for setting, value in typed.items():
        if value is None:
            values.pop(setting.key, None)
            continue
        if site_id is not None and not setting.by_site:
            errors[setting.key] = _("“{label}”只能在全店设置里修改", label=setting.label)
            continue
        try:
            checked = setting.checked(value)
        except Invalid as refused:
            errors |= refused.errors
            continue
        values[setting.key] = list(checked) if isinstance(checked, tuple) else checked
    refuse(errors)
    keys = [s.key for s in typed if row.values.get(s.key) != values.get(s.key)]
    changes = {key: [row.values.get(key), values.get(key)] for key in keys}
    row.values = values
    save(row, changes, verb=Verb.SETTINGS_EDITED, by=by, at=at)
    return row


@transaction.atomic
def drop_settings(site_id: int, *, by: Actor, at: datetime) -> None:
    """The site follows the whole shop's settings again; `values` of its own stay."""
    by.require(access.SETTINGS)
    row = ShopSettings.objects.select_for_update().filter(site=site_id, site__in=access.visible_sites(by)).first()
    if row is None:
        raise Missing
    old = {name: [getattr(row, name), None] for name in SETTINGS_FIELDS}
    row.follows_shop = True
    save(row, old, verb=Verb.SETTINGS_EDITED, by=by, at=at)
    if not row.values:
        row.delete()


def _row(site_id: int | None, *, seen: int, by: Actor, at: datetime) -> ShopSettings:
    """The row to write, locked, after the shop's; a site that has none gets one that follows the shop.

    Refused: the actor may not, or somebody saved meanwhile.
    """
    by.require(access.SETTINGS)
    if site_id is not None and not access.visible_sites(by).filter(pk=site_id).exists():
        raise Missing
    rows = ShopSettings.objects.select_for_update()
    shop = rows.filter(site__isnull=True).first()
    row = shop if site_id is None else rows.filter(site=site_id).first()
    if row is None:
        row = ShopSettings(site_id=site_id, follows_shop=site_id is not None)
    elif row.version != seen:
        raise stale(row, seen, at=at)
    if row.follows_shop and shop is not None:
        row.take_after(shop)
    return row


def _check_settings(row: ShopSettings) -> None:
    errors = overlong(row)
    for name in ("company_name", "customer_word", "technician_word", "agent_word"):
        if not getattr(row, name):
            errors[name] = _("请填写，打印单据和页面上要用")
    if not 1 <= row.accept_limit_minutes <= MOST_MINUTES:
        errors["accept_limit_minutes"] = _("受理时限应在 1 到 {most} 分钟之间", most=MOST_MINUTES)
    if not 0 <= row.follow_up_delay_hours <= MOST_HOURS:
        errors["follow_up_delay_hours"] = _("回访间隔应在 0 到 {most} 小时之间", most=MOST_HOURS)
    try:
        pattern_of(row.order_number_pattern)
    except Refused as refused:
        errors["order_number_pattern"] = refused.text
    refuse(errors)
