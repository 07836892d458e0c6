"""Two records of one customer become one, and can be taken apart again without losing anything.

This app moves its own rows; the floors above move theirs and deposit here which ones they were (`remember_moved`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.customers import access, rules
from gongdan.customers.actions.records import index, locked_pair
from gongdan.customers.events import Verb
from gongdan.customers.models import Address, Caution, Contact, Customer, Merge
from gongdan.fields import overlong
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.kernel.pinyin import initials
from gongdan.kernel.text import _
from gongdan.search import actions as search

TAKEABLE = ("name", "kind", "site_rules", "transport", "remark")


@transaction.atomic
def merge(
    keep_id: int,
    gone_id: int,
    *,
    seen: int,
    gone_seen: int,
    take: Collection[str] = (),
    reason: str = "",
    by: Actor,
    at: datetime,
) -> Merge:
    """The second record goes into the first: contacts, addresses and warnings move, the row stays hidden.

    Texts that the kept one lacks are filled in; `take` names those that are taken from the gone one besides. Contacts
    and addresses that the kept one has already stay where they are. Devices and orders are moved by their own apps.
    Refused: one of them was merged already, another site, too many contacts, a colleague saved meanwhile.
    """
    by.require(access.MERGE)
    keep, gone = locked_pair(keep_id, gone_id, by)
    for row, version in ((keep, seen), (gone, gone_seen)):
        if row.version != version:
            raise stale(row, version)
        if not row.is_active:
            raise Refused(_("“{name}”已停用或已并入别的客户，不能合并", name=row.name))
    if keep.site_id != gone.site_id:
        raise Refused(_("两位客户属于不同站点，不能合并；请先核对站点"))
    unknown = set(take) - set(TAKEABLE)
    assert not unknown, f"unknown fields {unknown}"

    moved: dict[str, list[Any]] = {
        "contacts": _contacts_to_move(keep, gone),
        "addresses": _addresses_to_move(keep, gone),
    }
    _refuse_too_many(keep, moved)
    moved["cautions"] = list(Caution.objects.filter(customer=gone).values_list("pk", flat=True))
    moved["same_addresses"] = _same_addresses(keep, gone, moved["addresses"])
    _move(Contact, moved["contacts"], keep)
    _move(Address, moved["addresses"], keep)
    Caution.objects.filter(pk__in=moved["cautions"]).update(customer=keep)

    taken = _taken(keep, gone, take)
    for name, (_old, new) in taken.items():
        setattr(keep, name, new)
    if keep.household_id is None and gone.household_id is not None:
        taken["household_id"] = [None, gone.household_id]
        keep.household_id = gone.household_id
    keep.initials = initials(keep.name, is_name=True)[:60]
    keep.version += 1
    keep.save(update_fields=[*TAKEABLE, "household", "initials", "version"])
    gone.is_active, gone.merged_into, gone.version = False, keep, gone.version + 1
    gone.save(update_fields=["is_active", "merged_into", "version"])
    made = Merge(kept=keep, gone=gone, reason=reason.strip(), moved=moved, taken=taken, at=at, by_name=by.name[:60])
    if errors := overlong(made):
        raise Invalid(errors)
    made.save()
    search.drop("customer", gone.pk)
    index([keep])
    record(Verb.MERGED, keep, by=by, at=at, number=gone.number, reason=made.reason)
    record(Verb.MERGED_AWAY, gone, by=by, at=at, number=keep.number)
    return made


def remember_moved(row: Merge, moved: Mapping[str, Collection[Any]]) -> None:
    """Deposited by the floors above: which of their rows went from the gone customer to the kept one."""
    row.moved = row.moved | {kind: list(ids) for kind, ids in moved.items()}
    row.save(update_fields=["moved"])


@transaction.atomic
def unmerge(merge_id: int, *, by: Actor, at: datetime) -> Merge:
    """Take a merge back: exactly what moved goes back, what came to the kept one since stays with him.

    A text taken over goes back only where nobody has changed it since. The floors above put their rows back by
    `row.moved`. Refused: taken back already, or the kept one has since gone into another.
    """
    by.require(access.MERGE)
    row = Merge.objects.filter(pk=merge_id).first()
    if row is None:
        raise Missing(_("没有找到这次合并，请返回客户资料"))
    keep, gone = locked_pair(row.kept_id, row.gone_id, by)
    row = Merge.objects.select_for_update().get(pk=merge_id)
    if row.undone_at is not None:
        raise Refused(_("这次合并已由 {name} 撤销", name=row.undone_by_name))
    if keep.merged_into_id is not None:
        raise Refused(_("“{name}”后来又并入了别的客户，请先撤销那次合并", name=keep.name))
    for model in (Contact, Address, Caution):
        kind = {Contact: "contacts", Address: "addresses", Caution: "cautions"}[model]
        model.objects.filter(pk__in=row.moved.get(kind, ()), customer=keep).update(customer=gone)
    for name, (old, new) in row.taken.items():
        if getattr(keep, name) == new:
            setattr(keep, name, old)
    keep.initials = initials(keep.name, is_name=True)[:60]
    keep.version += 1
    keep.save(update_fields=[*TAKEABLE, "household", "initials", "version"])
    gone.is_active, gone.merged_into, gone.version = True, None, gone.version + 1
    gone.save(update_fields=["is_active", "merged_into", "version"])
    row.undone_at, row.undone_by_name = at, by.name[:60]
    row.save(update_fields=["undone_at", "undone_by_name"])
    index([keep, gone])
    record(Verb.UNMERGED, keep, by=by, at=at, number=gone.number)
    record(Verb.UNMERGED, gone, by=by, at=at, number=keep.number)
    return row


def _contacts_to_move(keep: Customer, gone: Customer) -> list[int]:
    """The contacts that the kept one has not: the same number for the same person is no second contact."""
    known = {(r.name, r.phone_code or r.phone, r.kind) for r in Contact.objects.filter(customer=keep)}
    rows = Contact.objects.filter(customer=gone).order_by("position", "pk")
    return [r.pk for r in rows if (r.name, r.phone_code or r.phone, r.kind) not in known]


def _addresses_to_move(keep: Customer, gone: Customer) -> list[int]:
    """The addresses that the kept one has not."""
    known = set(Address.objects.filter(customer=keep, is_active=True).values_list("division", "detail"))
    rows = Address.objects.filter(customer=gone).order_by("position", "pk")
    return [r.pk for r in rows if r.is_active and (r.division_id, r.detail) not in known]


def _same_addresses(keep: Customer, gone: Customer, moved: Collection[int]) -> list[list[int]]:
    """Address of the gone one that stays -> the same address of the kept one, where devices now stand."""
    there = {(r.division_id, r.detail): r.pk for r in Address.objects.filter(customer=keep, is_active=True)}
    rows = Address.objects.filter(customer=gone).exclude(pk__in=moved)
    return [[r.pk, there[r.division_id, r.detail]] for r in rows if (r.division_id, r.detail) in there]


def _refuse_too_many(keep: Customer, moved: Mapping[str, list[Any]]) -> None:
    contacts = Contact.objects.filter(customer=keep).count() + len(moved["contacts"])
    addresses = Address.objects.filter(customer=keep, is_active=True).count() + len(moved["addresses"])
    if max(contacts, addresses) > rules.MAX_ROWS:
        raise Refused(_("合并后联系人或地址超过 {limit} 个，请先删去不用的再合并", limit=rules.MAX_ROWS))


def _move(model: type[Contact | Address], ids: list[int], keep: Customer) -> None:
    """Behind the rows that are there, in their own order."""
    last: Any = model.objects.filter(customer=keep).aggregate(last=Max("position"))["last"]
    model.objects.filter(pk__in=ids).update(customer=keep, position=F("position") + (0 if last is None else last + 1))


def _taken(keep: Customer, gone: Customer, take: Collection[str]) -> dict[str, list[Any]]:
    """Field of the kept one -> what it was and what it becomes."""
    found = {}
    for name in TAKEABLE:
        old, new = getattr(keep, name), getattr(gone, name)
        if new and old != new and (not old or name in take):
            found[name] = [old, new]
    return found
