"""Where received money goes: the accounts of the shop."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.kernel import edits
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Missing
from gongdan.kernel.text import _
from gongdan.people.access import SETTINGS
from gongdan.settlement.events import Verb
from gongdan.settlement.models import Account

SEED_ACCOUNTS: tuple[tuple[str, str, bool], ...] = (
    ("cash", "现金", True),
    ("wechat", "微信", False),
    ("alipay", "支付宝", False),
    ("bank", "银行", False),
    ("company", "对公", False),
)


@transaction.atomic
def seed_accounts(rows: Iterable[tuple[str, str, bool]] = SEED_ACCOUNTS) -> None:
    """Make the receiving accounts that are missing. Safe to run twice."""
    for code, name, is_cash in rows:
        Account.objects.get_or_create(code=code, defaults={"name": name, "is_cash": is_cash})


@transaction.atomic
def add_account(name: str, *, is_cash: bool = False, by: Actor, at: datetime) -> Account:
    """One more receiving account. Refused: no name, or there is one of this name."""
    by.require(SETTINGS)
    name = _account_name(name)
    code = f"a{(Account.objects.aggregate(last=Max('pk'))['last'] or 0) + 1}"
    row = Account.objects.create(code=code, name=name, is_cash=is_cash)
    record(Verb.ACCOUNT_ADDED, row, by=by, at=at, name=name)
    return row


@transaction.atomic
def edit_account(
    account_id: int, *, name: str, is_cash: bool, is_active: bool, seen: int, by: Actor, at: datetime
) -> Account:
    """Rename an account or take it out of use; received rows keep it. Refused: it is the last one in use."""
    by.require(SETTINGS)
    row = Account.objects.select_for_update().filter(pk=account_id).first()
    if row is None:
        raise Missing
    if row.version != seen:
        raise stale(row, seen)
    name = _account_name(name, but_not=row.pk)
    if not is_active and not Account.objects.filter(is_active=True).exclude(pk=row.pk).exists():
        raise Invalid({"is_active": _("至少保留一个启用的收款账户，请先启用另一个")})
    new = {"name": name, "is_cash": is_cash, "is_active": is_active}
    changes = edits.changed(row, new, new)
    if not changes:
        return row
    row.version += 1
    row.save(update_fields=[*changes, "version"])
    record(Verb.ACCOUNT_EDITED, row, by=by, at=at, name=name, changes=changes)
    return row


def _account_name(typed: str, *, but_not: int = 0) -> str:
    name = typed.strip()
    if not name:
        raise Invalid({"name": _("请填写账户名称，例如“现金”")})
    if len(name) > 30:
        raise Invalid({"name": _("最多 {limit} 个字，请缩短", limit=30)})
    if Account.objects.filter(name=name).exclude(pk=but_not).exists():
        raise Invalid({"name": _("已经有名为“{name}”的收款账户，请换一个名称", name=name)})
    return name
