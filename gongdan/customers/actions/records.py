"""The register itself: adding, changing and importing customers, and the table of divisions."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.audit.queries import stale
from gongdan.customers import access, rules
from gongdan.customers.events import Verb
from gongdan.customers.models import Address, Contact, Customer, Division, Reader
from gongdan.customers.rules import AddressDraft, ContactDraft, ContactFacts, CustomerDraft
from gongdan.kernel import phones
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Forbidden, Invalid, Missing, Refused
from gongdan.kernel.pinyin import initials
from gongdan.kernel.text import _
from gongdan.numbering import actions as numbering
from gongdan.people import access as people
from gongdan.people import queries as people_queries
from gongdan.people.models import Site
from gongdan.search import actions as search
from gongdan.search.rules import Card

NUMBER_PATTERN = "{kind}{n:06d}"  # one series for all sites: a customer keeps his number when he moves
CHUNK = 500
DROP = 100
EDITABLE = ("name", "kind", "site_rules", "transport", "remark", "is_active")
_PERSONAL = frozenset({"name"})
WRONG = "错号"  # the remark of a contact whose number is not his


@transaction.atomic
def load_divisions() -> int:
    """Bring the divisions of the data files into the table; how many there are now. May run again."""
    folder = Path(__file__).parents[1] / "data"
    rows: dict[str, Division] = {}
    for row in _read(folder / "gb2260.csv"):
        above = rows.get(row["parent"])
        rows[row["code"]] = Division(
            code=row["code"],
            name=row["name"],
            level=row["level"],
            parent_code=row["parent"],
            full_name=f"{above.full_name if above else ''}{row['name']}",
        )
    for row in _read(folder / "gb2260_former.csv"):
        code, name = row["code"], row["former_name"].rpartition("-")[2]
        if code in rows:
            continue
        city, province = rows.get(f"{code[:4]}00"), rows[f"{code[:2]}0000"]
        above = city or province
        rows[code] = Division(
            code=code,
            name=name,
            level="city" if code.endswith("00") else "district",
            parent_code=above.code,
            full_name=f"{above.full_name}{name}",
            is_former=True,
        )
    Division.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "level", "parent_code", "full_name", "is_former"],
        batch_size=500,
    )
    return len(rows)


@transaction.atomic
def add(draft: CustomerDraft, *, by: Actor, at: datetime) -> Customer:
    """A new customer, findable at once. Refused: another's site, a name missing, a number that is none."""
    by.require(access.EDIT)
    return take_in(draft, site=_site_for(draft.site_id, by), by=by, at=at)


def take_in(draft: CustomerDraft, *, site: Site, by: Actor, at: datetime) -> Customer:
    """A new customer inside a verb of a higher floor that has checked its own permission (registering an order)."""
    if errors := rules.complaints(draft):
        raise Invalid(errors)
    customer = _new(draft, site, at=at)
    customer.save(force_insert=True)
    contacts = rules.contacts_from(draft.contacts, area_code=site.area_code)
    Contact.objects.bulk_create(_contact(customer, fact, place) for place, fact in enumerate(contacts))
    divisions = _divisions(draft.addresses)
    Address.objects.bulk_create(_address(customer, row, place) for place, row in enumerate(draft.addresses))
    search.put_many([_search_card(customer, contacts, draft.addresses, divisions)])
    record(Verb.ADDED, customer, by=by, at=at, number=customer.number)
    return customer


@transaction.atomic
def take_in_many(
    drafts: Iterable[CustomerDraft], *, site: Site, batch_id: int, at: datetime, is_active: bool = False
) -> list[Customer]:
    """Many customers of one import, at most 500 at once; hidden until `show_batch`. The batch's own event tells of them.

    What an old table holds is taken as it is: texts that are too long are cut, a cell without a number is kept.
    """
    rows = [rules.cut(draft) for draft in drafts]
    assert len(rows) <= CHUNK, "no transaction holds the write lock for long"
    divisions = _known_divisions(place for draft in rows for place in draft.addresses)
    made = [_new(draft, site, at=at) for draft in rows]
    for customer in made:
        customer.batch_id, customer.is_active = batch_id, is_active
    Customer.objects.bulk_create(made)
    contacts = [rules.contacts_from(draft.contacts, area_code=site.area_code) for draft in rows]
    Contact.objects.bulk_create(
        _contact(customer, fact, place)
        for customer, facts in zip(made, contacts, strict=True)
        for place, fact in enumerate(facts)
    )
    Address.objects.bulk_create(
        _address(customer, row if row.division_code in divisions else replace(row, division_code=""), place)
        for customer, draft in zip(made, rows, strict=True)
        for place, row in enumerate(draft.addresses)
    )
    search.put_many(
        _search_card(customer, facts, draft.addresses, divisions)
        for customer, facts, draft in zip(made, contacts, rows, strict=True)
    )
    return made


def show_batch(batch_id: int) -> None:
    """Make an import's customers count, 500 at a time: the last step of an import that succeeded."""
    rows, last = Customer.objects.filter(batch_id=batch_id, is_active=False), 0
    while ids := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        Customer.objects.filter(pk__in=ids).update(is_active=True)
        last = ids[-1]


def drop_batch(batch_id: int) -> None:
    """Take an import's customers out again, 100 at a time; their devices and orders must be gone before."""
    while ids := list(Customer.objects.filter(batch_id=batch_id).order_by("pk").values_list("pk", flat=True)[:DROP]):
        with transaction.atomic():
            for pk in ids:
                search.drop("customer", pk)
            Customer.objects.filter(pk__in=ids).delete()


@transaction.atomic
def edit(
    customer_id: int,
    *,
    seen: int,
    changes: Mapping[str, Any] | None = None,
    contacts: Sequence[ContactDraft] | None = None,
    addresses: Sequence[AddressDraft] | None = None,
    by: Actor,
    at: datetime,
) -> Customer:
    """Change a customer. Refused: a colleague saved meanwhile, or as in `add`.

    `contacts` and `addresses`, where given, are the whole list as it shall be: rows with an id are kept and changed,
    rows without one are new, rows that are missing go.
    """
    by.require(access.EDIT)
    customer = locked(customer_id, by)
    if customer.merged_into_id is not None:
        raise Refused(_("这位客户已并入另一位，请修改保留的那位"))
    if customer.erased_at is not None:
        raise Refused(_("这位客户的个人资料已按要求删除，不再补填；他再来时请新建客户"), code="erased")
    if customer.version != seen:
        raise stale(customer, seen)
    unknown = set(changes or {}) - set(EDITABLE)
    assert not unknown, f"unknown fields {unknown}"
    wanted = {name: value.strip() if isinstance(value, str) else value for name, value in (changes or {}).items()}
    _check_edit(customer, wanted, contacts, addresses)

    differs = {
        name: (getattr(customer, name), value) for name, value in wanted.items() if getattr(customer, name) != value
    }
    personal = {name: (str(old), str(new)) for name, (old, new) in differs.items() if name in _PERSONAL}
    for name, (_old, new) in differs.items():
        setattr(customer, name, new)
    if contacts is not None:
        personal |= _replace_contacts(customer, contacts)
    if addresses is not None:
        personal |= _replace_addresses(customer, addresses)
    if not differs and not personal:
        return customer
    customer.initials = initials(customer.name, is_name=True)[:60]
    customer.version += 1
    customer.save(update_fields=[*EDITABLE, "initials", "version"])
    index([customer])
    record(
        Verb.EDITED,
        customer,
        by=by,
        at=at,
        changes={name: [old, new] for name, (old, new) in differs.items() if name not in _PERSONAL},
        personal=personal or None,
    )
    return customer


def let_see(customer_id: int, user_id: int) -> None:
    """From now on the technician may see the customer: an order takes him there."""
    Reader.objects.bulk_create([Reader(customer_id=customer_id, user_id=user_id)], ignore_conflicts=True)


def no_longer_sees(customer_id: int, user_id: int) -> None:
    """The technician has no order of this customer any more."""
    Reader.objects.filter(customer=customer_id, user=user_id).delete()


def set_readers(customer_id: int, user_ids: Collection[int]) -> None:
    """These and no other technicians see the customer: his orders went to or came from another record."""
    Reader.objects.filter(customer=customer_id).exclude(user__in=user_ids).delete()
    Reader.objects.bulk_create(
        (Reader(customer_id=customer_id, user_id=user) for user in user_ids), ignore_conflicts=True
    )


def index(customers: Iterable[Customer]) -> None:
    """Put these customers into the search index as they stand now. Two queries for all of them."""
    rows = list(customers)
    contacts: dict[int, list[ContactFacts]] = {}
    for row in Contact.objects.filter(customer__in=rows).order_by("position", "pk"):
        contacts.setdefault(row.customer_id, []).append(_facts(row))
    places: dict[int, list[Address]] = {}
    for place in Address.objects.filter(customer__in=rows, is_active=True).select_related("division"):
        places.setdefault(place.customer_id, []).append(place)
    search.put_many(
        _search_card(
            row,
            contacts.get(row.pk, []),
            [AddressDraft(p.detail, p.division_id or "") for p in places.get(row.pk, [])],
            {p.division.pk: p.division.full_name for p in places.get(row.pk, []) if p.division},
        )
        for row in rows
    )


def _new(draft: CustomerDraft, site: Site, *, at: datetime) -> Customer:
    return Customer(
        number=numbering.take("KH", site_id=site.pk, site_code=site.code, day=local_day(at), pattern=NUMBER_PATTERN),
        site=site,
        name=draft.name.strip(),
        initials=initials(draft.name, is_name=True)[:60],
        kind=draft.kind,
        site_rules=draft.site_rules.strip(),
        transport=draft.transport.strip(),
        remark=draft.remark.strip(),
        created_at=at,
    )


def _site_for(site_id: int | None, by: Actor) -> Site:
    if site_id is None:
        return people_queries.home_site(by)
    site = people.visible_sites(by).filter(pk=site_id).first()
    if site is None:
        raise Invalid({"site_id": _("请选择您所属的站点")})
    return site


def locked(customer_id: int, by: Actor) -> Customer:
    """The row, locked. Missing: there is none; Forbidden: it is not the actor's."""
    row = access.visible_to(by).select_for_update(of=("self",)).filter(pk=customer_id).first()
    if row is None:
        if Customer.objects.filter(pk=customer_id).exists():
            raise Forbidden(_("这位客户不属于您的站点或您的工单，不能修改"))
        raise Missing(_("没有找到这位客户，请返回列表重新查找"))
    return row


def locked_pair(first_id: int, second_id: int, by: Actor) -> tuple[Customer, Customer]:
    """Both rows, locked in the order of their numbers: two clerks never wait for each other. Refused: the same twice."""
    if first_id == second_id:
        raise Refused(_("选的是同一位客户，请再选另一位"))
    rows = {pk: locked(pk, by) for pk in sorted((first_id, second_id))}
    return rows[first_id], rows[second_id]


@transaction.atomic
def put_right_number(
    customer_id: int,
    *,
    wrong: str,
    right: ContactDraft,
    by: Actor,
    at: datetime,
) -> Customer:
    """Reception learned the customer's number, inside a verb that has checked its permission.

    The contact with the wrong one is kept with the remark 错号 and goes to the end, the right one takes its place where
    he had none with it. An empty `wrong` marks nothing. Nothing changes for a customer whose data were erased.
    """
    customer = Customer.objects.select_for_update(of=("self",)).select_related("site").get(pk=customer_id)
    if customer.erased_at is not None:
        return customer
    rows = list(Contact.objects.filter(customer=customer).order_by("position", "pk"))
    before = [_facts(row) for row in rows]
    area = customer.site.area_code
    facts = rules.contacts_from([right], area_code=area)[:1]
    false = rules.contacts_from([ContactDraft(phone=wrong)], area_code=area)[:1] if wrong.strip() else []
    last = max((row.position for row in rows), default=-1)
    place = last + 1
    for row in rows:
        if any(_rings_like(row, one) for one in facts) or not any(_rings_like(row, one) for one in false):
            continue
        place = min(place, row.position)
        last += 1
        row.position = last
        if WRONG not in row.remark:
            row.remark = f"{WRONG} {row.remark}".strip()[:200]
        row.save(update_fields=["position", "remark"])
    if not any(_rings_like(row, one) for row in rows for one in facts):
        rows += Contact.objects.bulk_create(_contact(customer, fact, place) for fact in facts)
    after = [_facts(row) for row in sorted(rows, key=lambda row: (row.position, row.pk))]
    if before == after:
        return customer
    customer.version += 1
    customer.save(update_fields=["version"])
    index([customer])
    words = rules.contacts_in_words(before), rules.contacts_in_words(after)
    record(Verb.EDITED, customer, by=by, at=at, personal={"contacts": words})
    return customer


def _rings_like(row: Contact, fact: ContactFacts) -> bool:
    """Whether both are the same number; a virtual one has only what was typed."""
    if row.phone_code or fact.code:
        return (row.phone_code, row.extension) == (fact.code, fact.extension)
    return bool(fact.phone) and row.phone.strip() == fact.phone


def _check_edit(
    customer: Customer,
    wanted: Mapping[str, Any],
    contacts: Sequence[ContactDraft] | None,
    addresses: Sequence[AddressDraft] | None,
) -> None:
    errors = rules.complaints(
        CustomerDraft(
            name=wanted.get("name", customer.name),
            kind=wanted.get("kind", customer.kind),
            site_rules=wanted.get("site_rules", customer.site_rules),
            transport=wanted.get("transport", customer.transport),
            remark=wanted.get("remark", customer.remark),
            contacts=tuple(contacts or ()),
            addresses=tuple(addresses or ()),
        )
    )
    if errors:
        raise Invalid(errors)


def _replace_contacts(customer: Customer, drafts: Sequence[ContactDraft]) -> dict[str, tuple[str, str]]:
    """Make the contacts those of the list; old and new in words if they differ."""
    known = {row.pk: row for row in Contact.objects.filter(customer=customer).order_by("position", "pk")}
    if {draft.id for draft in drafts if draft.id} - known.keys():
        raise Invalid({"contacts": _("联系人列表已变化，请刷新后再保存")})
    facts = rules.contacts_from(drafts, area_code=customer.site.area_code)
    before = [_facts(row) for row in known.values()]
    if before == facts:
        return {}
    Contact.objects.filter(customer=customer).exclude(pk__in=[fact.id for fact in facts if fact.id]).delete()
    for place, fact in enumerate(facts):
        row = _contact(customer, fact, place)
        row.pk = fact.id
        row.save(force_update=fact.id is not None)
    return {"contacts": (rules.contacts_in_words(before), rules.contacts_in_words(facts))}


def _replace_addresses(customer: Customer, drafts: Sequence[AddressDraft]) -> dict[str, tuple[str, str]]:
    """Make the addresses those of the list. A missing one only leaves the lists: devices may still stand there."""
    known = {
        row.pk: row
        for row in Address.objects.filter(customer=customer, is_active=True)
        .select_related("division")
        .order_by("position", "pk")
    }
    if {draft.id for draft in drafts if draft.id} - known.keys():
        raise Invalid({"addresses": _("地址列表已变化，请刷新后再保存")})
    divisions = _divisions(drafts)
    before = [(r.pk, r.division_id or "", r.detail, r.remark) for r in known.values()]
    after = [(d.id, d.division_code, d.detail.strip(), d.remark.strip()) for d in drafts]
    if before == after:
        return {}
    Address.objects.filter(customer=customer).exclude(pk__in=[d.id for d in drafts if d.id]).update(is_active=False)
    for place, draft in enumerate(drafts):
        row = _address(customer, draft, place)
        row.pk = draft.id
        row.save(force_update=draft.id is not None)
    old = "；".join(f"{r.division.full_name if r.division else ''}{r.detail}" for r in known.values())
    return {"addresses": (old, "；".join(f"{divisions.get(d.division_code, '')}{d.detail.strip()}" for d in drafts))}


def _divisions(drafts: Sequence[AddressDraft]) -> dict[str, str]:
    """Code and whole name of the divisions named. Refused: one that there is not."""
    known = _known_divisions(drafts)
    if missing := {draft.division_code for draft in drafts if draft.division_code} - known.keys():
        raise Invalid({"addresses": _("没有编码为 {code} 的省市区，请重新选择", code=min(missing)[:12])})
    return known


def _known_divisions(drafts: Iterable[AddressDraft]) -> dict[str, str]:
    codes = {draft.division_code for draft in drafts if draft.division_code}
    return dict(Division.objects.filter(pk__in=codes).values_list("code", "full_name")) if codes else {}


def _contact(customer: Customer, fact: ContactFacts, place: int) -> Contact:
    return Contact(
        customer=customer,
        position=place,
        kind=fact.kind,
        name=fact.name,
        phone=fact.phone,
        phone_code=fact.code,
        extension=fact.extension,
        remark=fact.remark,
        is_virtual=fact.is_virtual,
        expires_at=fact.expires_at,
    )


def _facts(row: Contact) -> ContactFacts:
    return ContactFacts(
        row.phone, row.phone_code, row.extension, row.name, row.kind, row.remark, row.pk, row.is_virtual, row.expires_at
    )


def _address(customer: Customer, draft: AddressDraft, place: int) -> Address:
    return Address(
        customer=customer,
        position=place,
        division_id=draft.division_code or None,
        detail=draft.detail.strip(),
        remark=draft.remark.strip(),
    )


def _search_card(
    customer: Customer,
    contacts: Iterable[ContactFacts],
    addresses: Iterable[AddressDraft],
    divisions: Mapping[str, str],
) -> Card:
    reached = list(contacts)
    names = dict.fromkeys([customer.name, *(contact.name for contact in reached if contact.name)])
    places = [f"{divisions.get(place.division_code, '')}{place.detail}" for place in addresses]
    numbers = [
        phones.search_digits(contact.code or contact.phone)
        for contact in reached
        if contact.phone and not contact.is_virtual
    ]
    return Card(
        kind="customer",
        id=customer.pk,
        site_id=customer.site_id,
        text=" ".join([*names, *places]),
        at=customer.created_at,
        digits=tuple(dict.fromkeys([customer.number, *numbers])),
        initials=tuple(dict.fromkeys(initials(name, is_name=True) for name in names)),
    )


def _read(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)
