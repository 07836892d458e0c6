"""Everything that a shop may set, gathered from the apps whose rules read it: for the settings' page and the API."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.db import transaction

from gongdan.audit.queries import stale
from gongdan.catalog.queries import check_language
from gongdan.followup.rules import MESSAGE_TEXT
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid
from gongdan.kernel.settings import Setting
from gongdan.kernel.text import Text, _
from gongdan.people import actions, queries

# In the order of the work. An app without rules to set is left out of what is shown.
_APPS: Mapping[str, Text] = {
    "customers": _("客户"),
    "catalog": _("品类与用语"),
    "devices": _("设备与保修"),
    "pricing": _("价目"),
    "orders": _("接待与工单"),
    "quotes": _("报价"),
    "dispatch": _("派工"),
    "repair": _("维修处理"),
    "settlement": _("结算"),
    "followup": _("回访"),
    "imports": _("导入"),
    "insight": _("统计"),
    "people": _("人员"),
    "files": _("单据与附件"),
}

_TO_CUSTOMERS = (MESSAGE_TEXT,)


@dataclass(frozen=True, slots=True)
class Group:
    """The settings of one app."""

    app: str
    title: Text
    settings: tuple[Setting[Any], ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A setting with what holds. `inherited`: what would hold without a value of its own here."""

    setting: Setting[Any]
    value: Any
    inherited: Any
    is_own: bool


def groups() -> list[Group]:
    """The settings of every app that has any, in the order of the work."""
    found = []
    for app, title in _APPS.items():
        name = f"gongdan.{app}.rules"
        if find_spec(f"gongdan.{app}") is None or find_spec(name) is None:
            continue
        if settings := tuple(getattr(import_module(name), "SETTINGS", ())):
            found.append(Group(app, title, settings))
    return found


def by_key() -> dict[str, Setting[Any]]:
    """Every setting under its key."""
    return {setting.key: setting for group in groups() for setting in group.settings}


def held(site_id: int | None) -> Iterator[tuple[Group, list[Held]]]:
    """What holds for a site (None: for the whole shop), setting by setting. One query."""
    row = queries.settings_for(site_id)
    own: Mapping[str, Any] = row.values if row.site_id == site_id else {}
    above: Mapping[str, Any] = row.shop_values if site_id is not None else {}
    for group in groups():
        yield (
            group,
            [Held(one, row.of(one), one.read(above), is_own=one.key in own) for one in group.settings],
        )


def save(
    site_id: int | None,
    typed: Mapping[str, Any],
    *,
    seen: int,
    shop_seen: int | None = None,
    by: Actor,
    at: datetime,
) -> int:
    """Set what is typed, by key; None lets what is inherited hold again. The version of the row that now holds.

    `shop_seen` is the version of the whole shop's row where a site's values were compared with it. Refused: a key that
    no app knows, a value out of its bounds or at odds with another one of its app, a forbidden word in what customers
    read, or somebody saved meanwhile.
    """
    known = by_key()
    if unknown := [key for key in typed if key not in known]:
        raise Invalid({key: _("没有这项设置，请刷新页面后重试") for key in unknown})
    with transaction.atomic():
        chosen = {known[key]: value for key, value in typed.items()}
        row = actions.save_values(site_id, chosen, seen=seen, by=by, at=at)
        shop = queries.own_settings(None) if shop_seen is not None else None  # locked with the site's row
        if shop is not None and shop.version != shop_seen:
            raise stale(shop, shop_seen or 0, at=at)
        for setting in _TO_CUSTOMERS:
            if typed.get(setting.key) is not None:
                check_language(setting.key, row.of(setting))
        _check_together(site_id, {key.partition(".")[0] for key in typed})
        return row.version


def _check_together(site_id: int | None, apps: Collection[str]) -> None:
    """What the rules of these apps have against the values that now hold together."""
    held_now = queries.settings_for(site_id)
    errors: dict[str, Text] = {}
    for app in apps:
        errors |= getattr(import_module(f"gongdan.{app}.rules"), "at_odds", _nothing)(held_now.of)
    if errors:
        raise Invalid(errors)


def _nothing(_of: Callable[[Setting[Any]], Any]) -> dict[str, Text]:
    return {}
