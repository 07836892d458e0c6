"""Finding customers, and what a page shows of one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from gongdan.customers import access
from gongdan.customers.models import Address, Contact, Customer, Division
from gongdan.customers.rules import CONTACT_KIND_LABELS, KIND_LABELS, ContactKind, Kind
from gongdan.kernel import phones
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Forbidden, Missing
from gongdan.kernel.text import Text, _
from gongdan.search import queries as search


@dataclass(frozen=True, slots=True)
class Match:
    """A customer as pickers and lists show him. `phone` is already masked for eyes that may not see it."""

    id: int
    number: str
    name: str
    kind: str
    site_id: int
    contact_name: str
    phone: str
    address: str
    lives_with: str = ""  # found by the number of this member of his household


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact on the customer's page."""

    id: int
    name: str
    kind: str
    phone: str
    code: str
    remark: str
    is_virtual: bool = False
    expires_at: datetime | None = None

    @property
    def kind_label(self) -> Text:
        """报修人, 负责人 ..."""
        return CONTACT_KIND_LABELS[ContactKind(self.kind)]

    def is_expired(self, now: datetime) -> bool:
        """Whether it is a virtual number that reaches nobody any more."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class AddressRow:
    """An address on the customer's page; `full` has province, city and district before it."""

    id: int
    division_code: str
    division: str
    detail: str
    remark: str

    @property
    def full(self) -> str:
        """The whole address in one line."""
        return f"{self.division}{self.detail}"


@dataclass(frozen=True, slots=True)
class Card:
    """All that the register knows of a customer."""

    id: int
    number: str
    name: str
    kind: str
    site_id: int
    site_name: str
    site_rules: str
    transport: str
    remark: str
    is_active: bool
    version: int
    merged_into: int | None
    created_at: datetime
    contacts: tuple[ContactRow, ...]
    addresses: tuple[AddressRow, ...]

    @property
    def kind_label(self) -> Text:
        """个人, 单位 or 业主."""
        return KIND_LABELS[Kind(self.kind)]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A customer who may be the one just typed, and why."""

    match: Match
    reason: Text


@dataclass(frozen=True, slots=True)
class DivisionRow:
    """A province, city or district to choose."""

    code: str
    name: str
    full_name: str
    has_parts: bool


def find(words: str, actor: Actor, limit: int = 20) -> list[Match]:
    """The customers in whom every typed word stands, newest first (R-019).

    A word is a telephone number or its last digits (four or more), a name, pinyin initials, a part of an address, or a
    customer number; a whole number also finds who lives with its owner. Four queries, five where a whole number was
    typed, one more where its owner has a household.
    """
    exact = _with_household(_by_whole_number(words, actor, limit), actor)
    sites = None if actor.sees_all_sites else actor.sites
    # A technician sees few of them: ask for more than the page holds, then keep what is his.
    wanted = limit * 20 if actor.kind == "technician" else limit
    hits = [hit.id for hit in search.find(words, kinds=["customer"], site_ids=sites, limit=wanted)]
    ids = list(dict.fromkeys([*exact, *hits]))
    active = access.visible_among(actor, ids).filter(is_active=True)
    return _told_apart(_matches(ids, actor, rows=active)[:limit], exact)


def newest(actor: Actor, limit: int = 20) -> list[Match]:
    """The customers added last, for a picker in which nothing is typed yet."""
    ids = access.visible_to(actor).filter(is_active=True).order_by("-pk").values_list("pk", flat=True)[:limit]
    return _matches(list(ids), actor)


def by_phone(code: str, actor: Actor) -> list[Match]:
    """The customers with this number (a code as `kernel.phones` makes it), newest first: what a ringing line shows.

    Behind them stands who lives with them: the son's number finds his mother (O-051).
    """
    if not code:
        return []
    rows = access.visible_to(actor).filter(contacts__phone_code=code, is_active=True).order_by("-pk").distinct()
    found = _with_household(list(rows.values_list("pk", "household")[:20]), actor)
    return _told_apart(_matches(list(found), actor), found)


def matches(ids: Collection[int], actor: Actor) -> list[Match]:
    """These customers as lists show them, in the order given, as far as the actor may see them."""
    return _matches(list(ids), actor)


def card(customer_id: int, actor: Actor) -> Card:
    """All that the register knows of him, in three queries. Missing: there is none; Forbidden: he is not yours."""
    row = access.visible_to(actor).select_related("site").filter(pk=customer_id).first()
    if row is None:
        if Customer.objects.filter(pk=customer_id).exists():
            raise Forbidden(_("这位客户不属于您的站点或您的工单，不能查看"))
        raise Missing(_("没有找到这位客户，请返回列表重新查找"))
    return Card(
        id=row.pk,
        number=row.number,
        name=row.name,
        kind=row.kind,
        site_id=row.site_id,
        site_name=row.site.name,
        site_rules=row.site_rules,
        transport=row.transport,
        remark=row.remark,
        is_active=row.is_active,
        version=row.version,
        merged_into=row.merged_into_id,
        created_at=row.created_at,
        contacts=tuple(
            contact_row(c, actor)
            for c in Contact.objects.filter(customer=row).order_by("position", "pk")
        ),
        addresses=tuple(
            AddressRow(
                a.pk, a.division_id or "", a.division.full_name if a.division else "", a.detail, a.remark,
            )
            for a in Address.objects.filter(customer=row, is_active=True)
            .select_related("division")
            .order_by("position", "pk")
        ),
    )  # fmt: skip


def contact_row(row: Contact, actor: Actor) -> ContactRow:
    """The contact for these eyes."""
    return ContactRow(
        id=row.pk,
        name=row.name,
        kind=row.kind,
        phone=access.shown_phone(actor, whole_number(row.phone, row.extension), row.phone_code),
        code=row.phone_code if access.can_see_phone(actor) else "",
        remark=row.remark,
        is_virtual=row.is_virtual,
        expires_at=row.expires_at,
    )


def divisions(parent: str = "", *, with_former: bool = False) -> list[DivisionRow]:
    """The divisions right below `parent` (none: the provinces), by code. Former ones are not offered. One query."""
    parts = Division.objects.filter(parent_code=OuterRef("code"), is_former=False)
    rows = Division.objects.filter(parent_code=parent)
    if not with_former:
        rows = rows.filter(is_former=False)
    return [
        DivisionRow(row.code, row.name, row.full_name, row.has_parts)
        for row in rows.annotate(has_parts=Exists(parts)).order_by("code")
    ]


def division(code: str) -> DivisionRow | None:
    """The division of this code, also a former one, or None."""
    row = Division.objects.filter(pk=code).first() if code else None
    return None if row is None else DivisionRow(row.code, row.name, row.full_name, has_parts=False)


def find_divisions(words: str, limit: int = 20) -> list[DivisionRow]:
    """The divisions in whose whole name every typed word stands, larger ones first."""
    rows = Division.objects.filter(is_former=False)
    for word in words.split():
        rows = rows.filter(full_name__contains=word)
    found = rows.order_by("-level", "code")[:limit] if words.strip() else []
    return [DivisionRow(row.code, row.name, row.full_name, has_parts=False) for row in found]


def duplicates(
    codes: Iterable[str], *, name: str, address: str = "", actor: Actor, but_not: int | None = None
) -> list[Duplicate]:
    """The customers who may be the one just typed: same number, or same name at the same address."""
    found: dict[int, Duplicate] = {}
    name, address = name.strip(), address.strip()
    rows = access.visible_to(actor).filter(is_active=True)
    if wanted := [code for code in codes if code]:
        same = rows.filter(contacts__phone_code__in=wanted).order_by("-pk").distinct()
        for match in _matches(list(same.values_list("pk", flat=True)[:10]), actor):
            found[match.id] = Duplicate(match, _("电话相同：{name}（{number}）", name=match.name, number=match.number))
    if name and address:
        sites = None if actor.sees_all_sites else actor.sites
        hits = search.find(f"{name} {address}", kinds=["customer"], site_ids=sites, limit=50)
        named = access.visible_among(actor, [hit.id for hit in hits]).filter(is_active=True, name=name)
        there = named.filter(addresses__detail=address).distinct()
        for match in _matches(list(there.order_by("-pk").values_list("pk", flat=True)[:10]), actor):
            same_place = _("姓名和地址相同：{name}（{number}）", name=match.name, number=match.number)
            found.setdefault(match.id, Duplicate(match, same_place))
    found.pop(but_not or 0, None)
    return list(found.values())


def household(customer_id: int, actor: Actor) -> list[Match]:
    """Who lives with this customer, as far as the actor may see them; empty without a household. One to four queries."""
    home = Customer.objects.filter(pk=customer_id).values_list("household", flat=True).first()
    if home is None:
        return []
    rows = access.visible_to(actor).filter(household=home, is_active=True).exclude(pk=customer_id).order_by("-pk")
    return _matches(list(rows.values_list("pk", flat=True)[:_MEMBERS]), actor)


def same_address(customer_id: int, actor: Actor, limit: int = 5) -> list[Match]:
    """Who else is on file at one of this customer's addresses and not yet of his household: may be his family."""
    own = Customer.objects.filter(pk=customer_id).values_list("household", flat=True).first()
    places = list(
        Address.objects.filter(customer=customer_id, is_active=True)
        .order_by("position", "pk")
        .values_list("division", "detail")[:3]
    )
    sites = None if actor.sees_all_sites else actor.sites
    found: dict[int, None] = {}
    for division_code, detail in places:
        hits = [hit.id for hit in search.find(detail, kinds=["customer"], site_ids=sites, limit=50)]
        there = access.visible_among(actor, hits).filter(
            is_active=True, addresses__detail=detail, addresses__division=division_code, addresses__is_active=True
        )
        if own is not None:
            there = there.exclude(household=own)
        found |= dict.fromkeys(there.exclude(pk=customer_id).order_by("-pk").values_list("pk", flat=True)[:limit])
    return _matches(list(found)[:limit], actor)


def _by_whole_number(words: str, actor: Actor, limit: int) -> list[tuple[int, int | None]]:
    """Customers with exactly this number, if the words are one, each with his household."""
    numbers = [phone for phone in phones.parse_phones(words) if phone.identifies_somebody]
    if len(numbers) != 1:
        return []
    rows = access.visible_to(actor).filter(contacts__phone_code=numbers[0].code).order_by("-pk").distinct()
    return list(rows.values_list("pk", "household")[:limit])


def _with_household(found: list[tuple[int, int | None]], actor: Actor) -> dict[int, int]:
    """Those found, each pointing at himself, and behind them who lives with them, pointing at whose number it was."""
    owners = {pk: pk for pk, _home in found}
    homes = {home: pk for pk, home in reversed(found) if home is not None}
    if homes:
        rows = access.visible_to(actor).filter(household__in=homes, is_active=True).exclude(pk__in=owners)
        members = rows.order_by("-pk").values_list("pk", "household")[:_MEMBERS]
        owners |= {pk: homes[home] for pk, home in members if home is not None}
    return owners


def _told_apart(found: list[Match], owners: dict[int, int]) -> list[Match]:
    """The matches, those found by another's number told so."""
    names = {match.id: match.name for match in found}
    return [
        replace(match, lives_with=names.get(owners[match.id], ""))
        if owners.get(match.id, match.id) != match.id
        else match
        for match in found
    ]


def _matches(ids: list[int], actor: Actor, *, rows: QuerySet[Customer] | None = None) -> list[Match]:
    """These customers in this order, as far as visible. Three queries, whatever the number of rows."""
    if not ids:
        return []
    found = access.visible_among(actor, ids) if rows is None else rows
    known = {row["id"]: row for row in found.values(*_MATCH_COLUMNS)}
    contacts: dict[int, tuple[str, str, str, str]] = {}
    for customer, *facts in (
        Contact.objects.filter(customer__in=known)
        .order_by("position", "pk")
        .values_list("customer_id", "name", "phone", "extension", "phone_code")
    ):
        if customer not in contacts or (facts[1] and not contacts[customer][1]):
            contacts[customer] = (facts[0], facts[1], facts[2], facts[3])
    addresses: dict[int, str] = {}
    for customer, whole, detail in (
        Address.objects.filter(customer__in=known, is_active=True)
        .order_by("position", "pk")
        .values_list("customer_id", "division__full_name", "detail")
    ):
        addresses.setdefault(customer, f"{whole or ''}{detail}")
    shown = []
    for row in (known[pk] for pk in ids if pk in known):
        name, phone, extension, code = contacts.get(row["id"], ("", "", "", ""))
        shown.append(
            Match(
                id=row["id"],
                number=row["number"],
                name=row["name"],
                kind=row["kind"],
                site_id=row["site_id"],
                contact_name=name,
                phone=access.shown_phone(actor, whole_number(phone, extension), code),
                address=addresses.get(row["id"], ""),
            )
        )
    return shown


_MEMBERS = 20
_MATCH_COLUMNS = ("id", "number", "name", "kind", "site_id")


def whole_number(phone: str, extension: str) -> str:
    """The number with its extension, unless that stands in it already."""
    return f"{phone} 转 {extension}" if extension and extension not in phone else phone
