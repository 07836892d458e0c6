"""启用准备 › 客户信息: the list, a customer's page, adding and editing one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from gongdan.customers import access, actions, queries
from gongdan.customers.queries import Duplicate, Match
from gongdan.customers.rules import KIND_LABELS, Kind
from gongdan.devices import queries as devices
from gongdan.doors.desk.customers.facts import analysis_facts, device_rows, effect_badge
from gongdan.doors.desk.customers.forms import CustomerSheet, HouseholdForm
from gongdan.doors.desk.history import history
from gongdan.doors.desk.once import once
from gongdan.doors.desk.words import order_badge
from gongdan.doors.kit import forms
from gongdan.doors.kit.catching_up import remembered, told_of
from gongdan.doors.kit.lists import Listing, Page, Sort
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.doors.kit.tables import Column
from gongdan.insight import queries as insight
from gongdan.kernel import phones
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Invalid, Stale
from gongdan.orders import queries as orders
from gongdan.people import access as people_access
from gongdan.people import queries as people

SIZE = 50
KIND = "customers.customer"  # as the log names it
COLUMNS = [
    Column("number", lazy("客户编号"), kind="code", lead=True),
    Column("name", lazy("名称")),
    Column("kind", lazy("类型"), narrow=True),
    Column("contact", lazy("联系人"), narrow=True),
    Column("phone", lazy("电话"), kind="phone"),
    Column("address", lazy("地址"), grow=True),
]
DEVICE_COLUMNS = [
    Column("product", lazy("商品"), lead=True),
    Column("model", lazy("型号"), grow=True),
    Column("serial", lazy("机身编号"), kind="code"),
    Column("purchase_on", lazy("购买日期"), kind="html", narrow=True),
    Column("seller", lazy("购买商家"), narrow=True),
    Column("invoice_no", lazy("发票号"), kind="code", narrow=True),
    Column("ends_on", lazy("保修到"), kind="html", narrow=True),
    Column("cover", lazy("保修"), kind="badge"),
]
OWNER_COLUMN = Column("owner", lazy("家庭成员"))
ORDER_COLUMNS = [
    Column("number", lazy("单号"), kind="code", lead=True),
    Column("what", lazy("设备与故障"), grow=True),
    Column("received_at", lazy("登记"), kind="moment"),
    Column("status", lazy("状态"), kind="badge"),
]


class CustomerListing(Listing):
    """Search, sort and scope of the register."""

    sorts: ClassVar = {"newest": Sort(lazy("最新"), "-pk")}
    scopes: ClassVar = {"active": lazy("在用"), "all": lazy("全部")}
    q = forms.Line(lazy("查找客户"), max_length=60, placeholder=lazy("电话后四位、姓名、首字母、地址、客户编号"))
    kind = forms.Choice(
        lazy("客户类型"), choices=list(KIND_LABELS.items()), required=False, empty_label=lazy("全部类型")
    )


@require_safe
def customers_list(request: StaffRequest) -> HttpResponse:
    """The register, newest first; a search answers its best hits (R-017)."""
    request.actor.require(access.VIEW)
    listing = CustomerListing(request.GET)
    facts = {
        "listing": listing,
        "result": _listed(request, listing),
        "columns": COLUMNS,
        "may_edit": request.actor.may(access.EDIT),
        "may_import": request.actor.may("imports.run"),
    }
    return page(request, "desk/customers/list.html", facts, fragment="rows", status=listing.status)


@require_safe
def customer(request: StaffRequest, pk: int) -> HttpResponse:
    """All that is known of a customer. An old link to one who was merged leads to the one that was kept."""
    return customer_page(request, pk)


def customer_page(request: StaffRequest, pk: int, *, household_form: HouseholdForm | None = None) -> HttpResponse:
    """Contacts, family, goods bought, orders, and what was changed when."""
    card = queries.card(pk, request.actor)
    if card.merged_into is not None:
        return see(request, reverse("desk:customer", args=[queries.kept_of(pk)]))
    today = local_day(request.now)
    goods = device_rows(devices.of_customer(pk, on=today), today)
    found = orders.of_customer(pk, request.actor, limit=SIZE)
    may_edit = request.actor.may(access.EDIT)
    return page(
        request,
        "desk/customers/customer.html",
        {
            "card": card,
            "effect": effect_badge(queries.flag_for(pk, today)),
            "goods": Page([row | {"url": reverse("desk:device", args=[row["id"]])} for row in goods]),
            "orders": Page([_order(row) for row in found]),
            "device_columns": DEVICE_COLUMNS,
            "order_columns": ORDER_COLUMNS,
            "analysis": analysis_facts(insight.customer_analysis(pk, request.actor)),
            "decider": queries.decider(pk, request.actor),
            "neighbours": queries.same_address(pk, request.actor) if may_edit else [],
            "household_form": household_form or HouseholdForm(),
            "merges": queries.merges(pk),
            "entries": history(KIND, pk, request.actor, words={"kind": KIND_LABELS}),
            "may_edit": may_edit,
            "may_warn": request.actor.may(access.WARN),
            "may_merge": request.actor.may(access.MERGE),
            "may_erase": request.actor.may(access.ERASE),
            "may_register": request.actor.may("orders.register"),
            "may_add_device": request.actor.may("devices.edit"),
            "sees_phone": access.can_see_phone(request.actor),
        }
        | _family(request, pk, today),
        status=422 if household_form is not None else 200,
    )


def _family(request: StaffRequest, pk: int, today: date) -> dict[str, Any]:
    """The members of his household with their devices and open orders (O-051)."""
    members = queries.household(pk, request.actor)
    names = {one.id: one.name for one in members}
    goods = devices.of_customers(list(names), on=today)
    found = orders.of_customers(list(names), request.actor, is_open=True)
    return {
        "family": members,
        "family_columns": [OWNER_COLUMN, *DEVICE_COLUMNS],
        "family_order_columns": [OWNER_COLUMN, *ORDER_COLUMNS],
        "family_goods": Page(
            [
                shown | {"owner": names[row.customer_id], "url": reverse("desk:device", args=[row.id])}
                for row, shown in zip(goods, device_rows(goods, today), strict=True)
            ]
        ),
        "family_orders": Page([_order(row) | {"owner": names[row["customer_id"]]} for row in found]),
    }


@require_http_methods(["GET", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    """A new customer. From reception (`back`) the way leads back there, with him chosen (R-018)."""
    request.actor.require(access.EDIT)
    typed = request.POST if request.method == "POST" else None
    start = {name: request.GET.get(name, "")[:200].replace("\x00", "") for name in ("phone", "name", "address")}
    sheet = CustomerSheet(typed, sites=_sites(request), start=start)
    back = _back(request)
    namesakes: list[Duplicate] = []
    if typed is not None and sheet.is_valid():
        with refusals_shown(request, sheet.customer) as attempt:
            pk = once(request, "customers.add", lambda: _added(request, sheet, namesakes))
        if attempt.ok:
            tell(request, _("已新增客户 %(name)s") % {"name": sheet.customer.cleaned_data["name"]})
            return see(
                request,
                f"{back}?{urlencode({'customer': pk, 'draft': 'kept'})}"
                if back
                else reverse("desk:customer", args=[pk]),
            )
    facts = {"sheet": sheet, "form": sheet.customer, "card": None, "back": back, "namesakes": namesakes}
    facts |= {"now_is": {}, "seen": None, "was": ""}
    return _sheet(request, sheet, facts)


@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a customer. Somebody was faster: it is told who changed what, and only what was touched here counts."""
    request.actor.require(access.EDIT)
    card = queries.card(pk, request.actor)
    typed = request.POST if request.method == "POST" else None
    sees_phone = access.can_see_phone(request.actor)
    sheet = CustomerSheet(typed, card=card, sees_phone=sees_phone)
    now_is: dict[str, str] = {}
    seen, kept = str(card.version), ""
    if typed is not None:
        seen, kept = typed.get("seen", "")[:12], typed.get("was", "")
    if typed is not None and sheet.is_valid():
        with refusals_shown(request, sheet.customer) as attempt:
            actions.edit(
                pk,
                seen=seen_version(request),
                changes=sheet.changes(),
                contacts=sheet.contact_drafts if sees_phone else None,
                addresses=sheet.address_drafts,
                by=request.actor,
                at=request.now,
            )
        if attempt.ok:
            tell(request, _("已保存"))
            return see(request, reverse("desk:customer", args=[pk]))
        if isinstance(attempt.refused, Stale):
            card = queries.card(pk, request.actor)
            sheet, now_is = sheet.caught_up(remembered(request), card)
            seen, kept = str(card.version), ""
    facts = {
        "sheet": sheet,
        "form": sheet.customer,
        "card": card,
        "back": "",
        "namesakes": [],
        "now_is": now_is,
        "seen": seen,
        "was": kept or told_of(CustomerSheet(None, card=card, sees_phone=sees_phone).parts),
    }
    return _sheet(request, sheet, facts)


def _sheet(request: StaffRequest, sheet: CustomerSheet, facts: dict[str, Any]) -> HttpResponse:
    wrong = any(part.is_bound and part.errors for part in sheet.parts)
    return page(request, "desk/customers/edit.html", facts, status=422 if wrong else 200)


def _added(request: StaffRequest, sheet: CustomerSheet, namesakes: list[Duplicate]) -> int:
    """The id of the new customer. Refused: one with the same number is on file, and it was not said that this is another."""
    if not request.POST.get("is_another"):
        area = people.home_site(request.actor).area_code
        numbers = [
            n for draft in sheet.contact_drafts for n in phones.parse_phones(draft.phone, default_area_code=area)
        ]
        codes = [number.code for number in numbers if number.identifies_somebody]
        place = next((draft.detail for draft in sheet.address_drafts), "")
        name = sheet.customer.cleaned_data["name"]
        namesakes += queries.duplicates(codes, name=name, address=place, actor=request.actor)
        if namesakes:
            raise Invalid({"contacts": namesakes[0].reason})
    return actions.add(sheet.draft(), by=request.actor, at=request.now).pk


def _listed(request: StaffRequest, listing: CustomerListing) -> Page:
    chosen = listing.chosen
    if chosen.q:
        found = queries.find(chosen.q, request.actor, SIZE)
        return Page([_row(match) for match in found if not chosen.kind or match.kind == chosen.kind], listing)
    rows = access.visible_to(request.actor)
    if listing.scope == "active":
        rows = rows.filter(is_active=True)
    if chosen.kind:
        rows = rows.filter(kind=chosen.kind)
    result = listing.page(rows.values("pk"), size=SIZE, count_to=1000)
    result.rows = [_row(match) for match in queries.matches([row["pk"] for row in result.rows], request.actor)]
    return result


def _row(match: Match) -> dict[str, Any]:
    return {
        "id": match.id,
        "url": reverse("desk:customer", args=[match.id]),
        "number": match.number,
        "name": match.name,
        "kind": KIND_LABELS[Kind(match.kind)],
        "contact": match.contact_name if match.contact_name != match.name else "",
        "phone": match.phone,
        "address": match.address,
    }


def _order(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "url": reverse("desk:order", args=[row["number"]]),
        "number": row["number"],
        "what": "　".join(word for word in (row["device_text"], row["symptom"]) if word),
        "received_at": row["received_at"],
        "status": order_badge(row["status"]),
    }


def _sites(request: StaffRequest) -> Sequence[tuple[int, str]]:
    return list(people_access.visible_sites(request.actor).filter(is_active=True).values_list("pk", "name"))


def _back(request: StaffRequest) -> str:
    """The page of ours that sent the clerk here, and waits for the new customer."""
    asked = request.POST.get("back", "") or request.GET.get("back", "")
    is_ours = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked.partition("?")[0] if is_ours and asked.isprintable() else ""
