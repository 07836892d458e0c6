"""Finding customers, and what a page shows of one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
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
    customer number. Four queries, five where a whole number was typed.
    """
    exact = _by_whole_number(words, actor, limit)
    sites = None if actor.sees_all_sites else actor.sites
    # A technician sees few of them: ask for more than the page holds, then keep what is his.
    wanted = limit * 20 if actor.kind == "technician" else limit
    hits = [hit.id for hit in search.find(words, kinds=["customer"], site_ids=sites, limit=wanted)]
    ids = list(dict.fromkeys([*exact, *hits]))
    active = access.visible_among(actor, ids).filter(is_active=True)
    return _matches(ids, actor, rows=active)[:limit]


def newest(actor: Actor, limit: int = 20) -> list[Match]:
    """The customers added last, for a picker in which nothing is typed yet."""
    ids = access.visible_to(actor).filter(is_active=True).order_by("-pk").values_list("pk", flat=True)[:limit]
    return _matches(list(ids), actor)


def by_phone(code: str, actor: Actor) -> list[Match]:
    """The customers with this number (a code as `kernel.phones` makes it), newest first: what a ringing line shows."""
    if not code:
        return []
    ids = access.visible_to(actor).filter(contacts__phone_code=code, is_active=True).order_by("-pk").distinct()
    return _matches(list(ids.values_list("pk", flat=True)[:20]), actor)


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
        created_at=row.created_at,
        contacts=tuple(
            ContactRow(
                c.pk, c.name, c.kind, access.shown_phone(actor, whole_number(c.phone, c.extension), c.phone_code),
                c.phone_code if access.can_see_phone(actor) else "", c.remark, c.is_virtual, c.expires_at,
            )
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


def _by_whole_number(words: str, actor: Actor, limit: int) -> list[int]:
    """Customers with exactly this number, if the words are one; a local number is tried with any area code."""
    numbers = [phone for phone in phones.parse_phones(words) if phone.identifies_somebody]
    if len(numbers) != 1:
        return []
    rows = access.visible_to(actor).filter(contacts__phone_code=numbers[0].code).order_by("-pk").distinct()
    return list(rows.values_list("pk", flat=True)[:limit])


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


_MATCH_COLUMNS = ("id", "number", "name", "kind", "site_id")


def whole_number(phone: str, extension: str) -> str:
    """The number with its extension, unless that stands in it already."""
    return f"{phone} 转 {extension}" if extension and extension not in phone else phone
