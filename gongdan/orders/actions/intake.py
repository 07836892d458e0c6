"""Registering orders and changing what was registered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.catalog import queries as catalog
from gongdan.catalog.models import Category
from gongdan.customers import access as customers_access
from gongdan.customers import actions as customers
from gongdan.customers import queries as customer_queries
from gongdan.customers.models import Address, Contact, Customer, Division
from gongdan.devices import actions as devices
from gongdan.fields.prepared import Prepared, PreparedFor
from gongdan.kernel import phones
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import Text, _
from gongdan.numbering import actions as numbering
from gongdan.orders import access, rules
from gongdan.orders.actions import equipment, screening
from gongdan.orders.actions.deposits import add_participant, locked, release_hold_of, staff_id
from gongdan.orders.actions.indexing import division_name, index, search_card
from gongdan.orders.events import Verb
from gongdan.orders.models import DeviceLine, Order, Participant, ScriptAnswer
from gongdan.orders.rules import OrderDraft
from gongdan.orders.states import (
    CHANNEL_LABELS,
    IMPACT_LABELS,
    KIND_LABELS,
    MODE_LABELS,
    PRIORITY_LABELS,
    SOURCE_LABELS,
    URGENCY_LABELS,
    Channel,
    Mode,
    Source,
    Status,
)
from gongdan.people import access as people_access
from gongdan.people import queries as people
from gongdan.people.models import ShopSettings, Site
from gongdan.search import actions as search

NUMBER_KIND = "GD"
EDITABLE = frozenset(
    {
        "contact_name",
        "phone",
        "phone2",
        "no_phone_reason",
        "division_code",
        "address",
        "phone_is_virtual",
        "phone_expires_at",
        "store_id",
        "category_id",
        "symptom",
        "occurred",
        "error_code",
        "remark",
        "wished_from",
        "wished_to",
        "distance_km",
        "kind",
        "mode",
        "source",
        "referrer",
        "channel",
        "impact",
        "urgency",
        "priority",
        "priority_reason",
    }
)
PERSONAL = frozenset({"contact_name", "phone", "phone2", "address"})
"""Fields whose old and new values stand in the erasable part of the log."""


@transaction.atomic
def register(draft: OrderDraft, *, refuse_duplicate: bool = False, by: Actor, at: datetime) -> Order:
    """A new order with its number, findable at once (R-031, R-032); a new customer and new devices come with it.

    A fault that keeps coming back and a customer with a warning wait for a supervisor. Refused, field by field: no fault
    text, no telephone and no reason why, no source, an unknown reference; with `refuse_duplicate` also while an order
    of the same number for the same device is open.
    """
    by.require(access.REGISTER)
    site = _site_for(draft.site_id, by)
    if by.kind != "system" and by.may(access.FROM_CENTRE):
        draft = replace(draft, source=Source.CENTRE)  # who it is says where it came from
    customer = _customer(draft, site, by)
    if customer is not None:
        draft = _filled_in(draft, customer)
    draft = rules.filled_both_ways(draft)
    if errors := rules.complaints(draft):
        raise Invalid(errors)
    settings = people.settings_for(site.pk)
    if draft.phone_is_virtual and draft.phone_expires_at is None:
        until = at + timedelta(hours=settings.of(rules.VIRTUAL_HOURS))
        draft = rules.expiring(draft, until)
    flag = screening.flag_of(customer.pk if customer else None, at=at)
    if customer is None:
        customer = _new_customer(draft, site, by=by, at=at)
    category = _category(draft.category_id)
    division = _division(draft.division_code)
    reach = rules.reach_from(draft.phone, draft.phone2, area_code=site.area_code, is_virtual=draft.phone_is_virtual)
    mode = rules.mode_for(draft.mode, channel=draft.channel, category_default=category.default_mode if category else "")
    is_accepted = rules.is_accepted_at_once(channel=draft.channel, is_desk=by.kind == "staff")
    lines = equipment.lines_from(draft, customer=customer, category=category, by=by, at=at)
    order = Order(
        site=site,
        kind=draft.kind,
        mode=mode,
        store=_store(draft.store_id, mode, site),
        source=draft.source,
        referrer=draft.referrer.strip(),
        channel=draft.channel,
        impact=draft.impact,
        urgency=draft.urgency,
        priority=_priority(draft.priority, draft.impact, draft.urgency, settings, flag=flag),
        priority_reason=draft.priority_reason.strip() if draft.priority else "",
        flag=flag,
        customer=customer,
        contact_name=draft.contact_name.strip(),
        phone=reach.phone,
        phone_code=reach.code,
        phone2=reach.phone2,
        phone_is_virtual=draft.phone_is_virtual and bool(reach.phone),
        phone_expires_at=draft.phone_expires_at if draft.phone_is_virtual and reach.phone else None,
        no_phone_reason="" if reach.phone else draft.no_phone_reason.strip(),
        division=division,
        address=draft.address.strip(),
        address_key=rules.address_key(draft.address),
        category=category or equipment.category_of(lines),
        symptom=draft.symptom.strip(),
        occurred=draft.occurred.strip(),
        error_code=draft.error_code.strip(),
        remark=draft.remark.strip(),
        wished_from=draft.wished_from,
        wished_to=draft.wished_to,
        distance_km=draft.distance_km,
        received_at=at,
        received_by_id=staff_id(by),
        accepted_at=at if is_accepted else None,
        accepted_by_id=staff_id(by) if is_accepted else None,
        device_text=equipment.text_of(lines),
    )
    if refuse_duplicate:
        screening.refuse_open_duplicate(order, lines)
    order = _saved(order, lines, site, settings, by=by, at=at)
    if draft.answers:
        _keep_answers(order, draft.answers, by=by, at=at)
    screening.place_holds(order, lines, settings, by=by, at=at)
    if order.channel == Channel.IN_STORE and order.mode == Mode.IN_STORE:  # handed over at the counter: days that count
        for line in lines:
            if line.device_id is not None:
                devices.begin_stay(line.device_id, on=local_day(at), order_id=order.pk)
    return order


@transaction.atomic
def edit(order_id: int, *, seen: int, changes: Mapping[str, Any], by: Actor, at: datetime) -> Order:
    """Change what was registered: any of `EDITABLE`, as typed.

    Impact and urgency set the priority anew, unless it was set by hand. Refused: filed or cancelled, a colleague saved
    meanwhile (who, when, what), or as in `register`.
    """
    by.require(access.EDIT)
    order = locked(order_id, seen=seen, by=by)
    if refusal := rules.edit_refusal(Status(order.status), is_historic=order.is_historic):
        raise Refused(refusal, code="filed")
    unknown = changes.keys() - EDITABLE
    assert not unknown, f"unknown fields {sorted(unknown)}"
    draft = replace(_as_draft(order), **changes)
    if errors := rules.complaints(draft):
        raise Invalid(errors)
    if draft.phone != order.phone and "phone_is_virtual" not in changes:
        draft = replace(draft, phone_is_virtual=False, phone_expires_at=None)
    reach = rules.reach_from(
        draft.phone, draft.phone2, area_code=order.site.area_code, is_virtual=draft.phone_is_virtual
    )
    wanted: dict[str, Any] = {
        name: value.strip() if isinstance(value := getattr(draft, name), str) else value
        for name in EDITABLE - {"division_code", "priority"}
    }
    wanted |= {"phone": reach.phone, "phone2": reach.phone2, "mode": draft.mode or order.mode}
    wanted |= {
        name: getattr(order, name) for name in ("phone", "phone2") if getattr(draft, name) == getattr(order, name)
    }
    if draft.store_id != order.store_id or (wanted["mode"] == Mode.IN_STORE and order.mode != Mode.IN_STORE):
        store = _store(draft.store_id, wanted["mode"], order.site)
        wanted["store_id"] = store.pk if store else None
    wanted["no_phone_reason"] = "" if reach.phone else wanted["no_phone_reason"]
    wanted |= _priority_after(order, draft, changes)
    division, category = _division(draft.division_code), _category(draft.category_id, but=order.category)
    changed = {name: (getattr(order, name), value) for name, value in wanted.items() if getattr(order, name) != value}
    if changed.pop("category_id", None):
        changed["category"] = (str(order.category or ""), str(category or ""))
    if moved := changed.pop("store_id", None):
        changed["store"] = (_site_name(moved[0]), _site_name(moved[1]))
    if order.division != division:
        changed["division"] = (str(order.division or ""), str(division or ""))
    if not changed:
        return order
    for name, value in wanted.items():
        setattr(order, name, value)
    order.category, order.division, order.phone_code = category, division, reach.code
    order.address_key = rules.address_key(order.address)
    order.version += 1
    own = ("division", "phone_code", "address_key", "version")
    order.save(update_fields=[*(name.removesuffix("_id") for name in wanted), *own])
    index([order])
    if "phone" in changed:
        release_hold_of(order, rules.WRONG_NUMBER, by=by, at=at)
    record(
        Verb.EDITED,
        order,
        by=by,
        at=at,
        changes={
            name: [_fact(name, old), _fact(name, new)] for name, (old, new) in changed.items() if name not in PERSONAL
        },
        personal={name: (old, new) for name, (old, new) in changed.items() if name in PERSONAL} or None,
    )
    return order


def copy_of(order: Order, *, by: Actor, at: datetime, only: Collection[int] | None = None, **changed: Any) -> Order:
    """A new order with everything of this one that the customer told: nothing is typed again (R-049).

    `only`: no other device lines than these.
    """
    rows = DeviceLine.objects.filter(order=order).select_related("category", "brand").order_by("position")
    lines = list(rows if only is None else rows.filter(pk__in=only))
    site = order.site
    settings = people.settings_for(site.pk)
    kept = (
        "kind", "mode", "source", "referrer", "channel", "impact", "urgency", "priority", "priority_reason",
        "contact_name", "phone", "phone_code", "phone2", "phone_is_virtual", "phone_expires_at", "no_phone_reason",
        "division_id", "address", "address_key", "category_id", "symptom", "occurred", "error_code", "remark",
        "distance_km", "device_text", "store_id", "flag",
    )  # fmt: skip
    copy = Order(
        site=site,
        customer=order.customer,
        received_at=at,
        received_by_id=staff_id(by),
        **({name: getattr(order, name) for name in kept} | changed),
    )
    for line in lines:
        line.pk, line.result = None, ""
        line._state.adding = True
    return _saved(copy, lines, site, settings, by=by, at=at)


def _saved(
    order: Order, lines: list[DeviceLine], site: Site, settings: ShopSettings, *, by: Actor, at: datetime
) -> Order:
    """Give the order its number and write it with its lines, its registrar, its search card and its event."""
    order.number = numbering.take(
        NUMBER_KIND, site_id=site.pk, site_code=site.code, day=local_day(at), pattern=settings.order_number_pattern
    )
    order.save(force_insert=True)
    for position, line in enumerate(lines):
        line.order, line.position = order, position
    if lines:
        DeviceLine.objects.bulk_create(lines)
    if access.is_bound(by) and by.kind in ("staff", "technician"):
        add_participant(order, by.id, Participant.Part.REGISTRAR, at=at)
    card = search_card(order, customer_name=order.customer.name, lines=lines, place=division_name(order))
    search.put_many([card])
    record(
        Verb.REGISTERED,
        order,
        by=by,
        at=at,
        number=order.number,
        source=order.source,
        channel=order.channel,
        is_accepted=order.accepted_at is not None,
    )
    return order


def _site_for(site_id: int | None, by: Actor) -> Site:
    if site_id is None:
        return people.home_site(by)
    site = people_access.visible_sites(by).filter(pk=site_id).first()
    if site is None:
        raise Invalid({"site_id": _("请选择您所属的站点")})
    return site


def _customer(draft: OrderDraft, site: Site, by: Actor) -> Customer | None:
    """The chosen customer, or for a technician the one that his new customer already is; None: he is to be added."""
    if draft.customer_id is not None:
        row: Customer | None = next(iter(_CUSTOMERS.rows(by, draft.customer_id)), None)
        if row is None:
            raise Invalid({"customer_id": _("没有找到所选客户，请重新选择")})
        if row.erased_at is not None:
            raise Invalid({"customer_id": _("这位客户的个人资料已按要求删除，请按新客户登记")})
        # An old page may still hold the number of one who was merged: the order is the kept one's.
        return row if row.merged_into_id is None else Customer.objects.get(pk=customer_queries.kept_of(row.pk))
    if draft.customer is None or draft.phone_is_virtual or not access.is_bound(by):
        return None
    # A technician sees no register to choose from: same name and same number at his site is the same customer.
    typed = draft.phone or next((contact.phone for contact in draft.customer.contacts if contact.phone), "")
    numbers = phones.parse_phones(typed, default_area_code=site.area_code)
    if not numbers or not numbers[0].identifies_somebody:
        return None
    same = Customer.objects.filter(site=site, name=draft.customer.name.strip(), is_active=True)
    return same.filter(contacts__phone_code=numbers[0].code).order_by("pk").first()


def _new_customer(draft: OrderDraft, site: Site, *, by: Actor, at: datetime) -> Customer:
    assert draft.customer is not None, "complaints() has asked for a customer"
    try:
        return customers.take_in(draft.customer, site=site, by=by, at=at)
    except Invalid as refused:
        raise Invalid({f"customer.{name}": text for name, text in refused.errors.items()}) from refused


def _filled_in(draft: OrderDraft, customer: Customer) -> OrderDraft:
    """The draft with contact and address of the customer's record where it leaves them empty."""
    if not draft.phone.strip() and not draft.no_phone_reason.strip():
        contact: Contact | None = next(iter(_CONTACTS.rows(customer.pk)), None)
        if contact is not None:
            draft = replace(
                draft,
                phone=contact.phone,
                contact_name=draft.contact_name or contact.name,
                phone_is_virtual=contact.is_virtual,
                phone_expires_at=contact.expires_at,
            )
    if not draft.address.strip():
        place: Address | None = next(iter(_ADDRESSES.rows(customer.pk)), None)
        if place is not None:
            draft = replace(draft, address=place.detail, division_code=place.division_id or "")
    return draft if draft.contact_name.strip() else replace(draft, contact_name=customer.name)


# Registering asks these each time.
_CUSTOMERS = PreparedFor(lambda actor, pk: customers_access.visible_to(actor).filter(pk=pk), int)
_CONTACTS = Prepared(
    lambda customer: (
        Contact.objects.filter(customer=customer).exclude(phone="").order_by("is_virtual", "position", "pk")[:1]
    ),
    int,
)
_ADDRESSES = Prepared(
    lambda customer: Address.objects.filter(customer=customer, is_active=True).order_by("position", "pk")[:1], int
)
_CATEGORIES = Prepared(lambda pk: Category.objects.filter(pk=pk, is_active=True), int)
_DIVISIONS = Prepared(lambda code: Division.objects.filter(pk=code), str)


def _category(category_id: int | None, *, but: Category | None = None) -> Category | None:
    """The category of this id. Refused: there is none, or it is no longer used (unless the order has it already)."""
    if category_id is None:
        return None
    if but is not None and but.pk == category_id:
        return but
    row: Category | None = next(iter(_CATEGORIES.rows(category_id)), None)
    if row is None:
        raise Invalid({"category_id": _("请重新选择产品类别")})
    return row


def _division(code: str) -> Division | None:
    if not code:
        return None
    row: Division | None = next(iter(_DIVISIONS.rows(code[:12])), None)
    if row is None:
        raise Invalid({"division_code": _("没有这个省市区，请重新选择")})
    return row


def _priority(typed: str, impact: str, urgency: str, settings: ShopSettings, *, flag: str = "") -> str:
    if typed:
        return typed
    usual = rules.priority_for(impact, urgency, matrix=settings.priority_matrix)
    return rules.raised(usual) if flag == "vip" else usual


def _store(store_id: int | None, mode: str, site: Site) -> Site | None:
    """The store of an in-store order (R-094): the chosen one, else the site's own, else the only one there is.

    Refused: what was chosen is no store that is open.
    """
    if mode != Mode.IN_STORE:
        return None
    if store_id is not None:
        row = Site.objects.filter(pk=store_id, kind=Site.Kind.STORE, is_active=True).first()
        if row is None:
            raise Invalid({"store_id": _("请选择一家营业中的门店")})
        return row
    if site.kind == Site.Kind.STORE:
        return site
    stores = list(Site.objects.filter(kind=Site.Kind.STORE, is_active=True).order_by("pk")[:2])
    if len(stores) > 1:
        raise Invalid({"store_id": _("到店的工单请选择门店")})
    return stores[0] if stores else None


def _site_name(site_id: int | None) -> str:
    return Site.objects.filter(pk=site_id or 0).values_list("name", flat=True).first() or ""


def _keep_answers(order: Order, answers: Iterable[tuple[int, str]], *, by: Actor, at: datetime) -> None:
    """What the customer answered to the script while he was on the line (R-064). Unknown questions are left out."""
    asked = {row.pk: row.text for row in catalog.questions(order.category_id)}
    told = {pk: answer.strip() for pk, answer in answers if answer.strip() and pk in asked}
    ScriptAnswer.objects.bulk_create(
        ScriptAnswer(order=order, question_id=pk, question=asked[pk][:200], answer=answer, at=at, by_id=staff_id(by))
        for pk, answer in told.items()
    )


def _priority_after(order: Order, draft: OrderDraft, changes: Mapping[str, Any]) -> dict[str, str]:
    """Priority and its reason after an edit: by hand, or anew by the matrix when what it rests on changed."""
    if changes.get("priority"):
        return {"priority": draft.priority, "priority_reason": draft.priority_reason.strip()}
    rests_on = (draft.impact, draft.urgency) != (order.impact, order.urgency)
    is_given_back = "priority" in changes and order.priority_reason
    if is_given_back or (rests_on and not order.priority_reason):
        settings = people.settings_for(order.site_id)
        usual = _priority("", draft.impact, draft.urgency, settings, flag=order.flag)
        return {"priority": usual, "priority_reason": ""}
    return {"priority": order.priority, "priority_reason": order.priority_reason}


def _as_draft(order: Order) -> OrderDraft:
    """The order as it would have been typed."""
    names = EDITABLE - {"division_code", "priority", "priority_reason"}
    return OrderDraft(
        customer_id=order.customer_id,
        division_code=order.division_id or "",
        **{name: getattr(order, name) for name in names},
    )


_WORDS: Mapping[str, Mapping[StrEnum, Text]] = {
    "kind": KIND_LABELS,
    "mode": MODE_LABELS,
    "source": SOURCE_LABELS,
    "channel": CHANNEL_LABELS,
    "impact": IMPACT_LABELS,
    "urgency": URGENCY_LABELS,
    "priority": PRIORITY_LABELS,
}


def _fact(name: str, value: Any) -> Any:
    """A value as the log keeps it: words of the fixed lists as sentences, times as ISO."""
    if isinstance(value, datetime):
        return value.isoformat()
    label = next((text for word, text in _WORDS.get(name, {}).items() if word == value), None)
    return label.as_json() if label is not None else value
