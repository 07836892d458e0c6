"""启用准备 › 价目: books with their editions, the rows and rules of a draft, publishing, and the help on prices."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongdan.catalog import queries as catalog
from gongdan.doors.desk.history import history
from gongdan.doors.desk.once import once
from gongdan.doors.desk.setup.pages import Group, Sheet, listed, saved, words_of
from gongdan.doors.desk.setup.price_forms import ROUNDINGS, BookForm, ItemForm, PolicyForm, PublishForm
from gongdan.doors.desk.setup.sites import in_use
from gongdan.doors.kit import forms
from gongdan.doors.kit.lists import Listing, Page
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell, visible_or_refused
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.tables import Badge, Column
from gongdan.kernel.calendar import local_day
from gongdan.kernel.money import yuan
from gongdan.people import access as people
from gongdan.pricing import access, actions, queries
from gongdan.pricing.rules import BookPolicy
from gongdan.pricing.states import (
    BASIS_LABELS,
    BOOK_KIND_LABELS,
    BOOK_STATUS_LABELS,
    DECLINED_LABELS,
    ITEM_KIND_LABELS,
    PAYER_LABELS,
    ROLE_LABELS,
    TRAVEL_LABELS,
    WARRANTY_RULE_LABELS,
    BookKind,
    BookStatus,
    ItemKind,
    Role,
    WarrantyRule,
)

MOST = 500
BOOK_FIELDS = ("name", "site_id", "brand", "contract", "remark")
TONES = {BookStatus.DRAFT: "waiting", BookStatus.PUBLISHED: "done", BookStatus.RETIRED: "quiet"}
BOOK_COLUMNS = [
    Column("name", lazy("价目"), lead=True),
    Column("edition", lazy("版次")),
    Column("kind", lazy("类型")),
    Column("whose", lazy("适用"), grow=True),
    Column("period", lazy("生效")),
    Column("state", lazy("状态"), kind="badge"),
]
ITEM_COLUMNS = [
    Column("code", lazy("编号"), kind="code"),
    Column("name", lazy("项目"), lead=True, grow=True),
    Column("category", lazy("品类")),
    Column("role", lazy("作用"), narrow=True),
    Column("kind", lazy("价格含"), narrow=True),
    Column("price", lazy("单价"), kind="number"),
    Column("unit", lazy("单位"), narrow=True),
    Column("rule", lazy("保内"), narrow=True),
    Column("basis", lazy("依据"), kind="badge", narrow=True),
    Column("state", lazy("状态"), kind="badge"),
]


class ItemListing(Listing):
    """Search in a book."""

    q = forms.Line(lazy("查找项目"), max_length=40, placeholder=lazy("名称、首字母、编号"))
    category = forms.Choice(
        lazy("品类"),
        choices=lambda: [(row.name, row.name) for row in catalog.categories()],
        required=False,
        empty_label=lazy("全部品类"),
    )


@require_safe
def books(request: StaffRequest) -> HttpResponse:
    """All editions of all books."""
    request.actor.require(access.EDIT)
    visible = set(access.visible_to(request.actor).values_list("pk", flat=True))
    rows = [
        {
            "id": row.pk,
            "url": reverse("desk:setup-book", args=[row.pk]),
            "name": row.name,
            "edition": _("第 %(edition)s 版") % {"edition": row.edition},
            "kind": BOOK_KIND_LABELS[BookKind(row.kind)],
            "whose": " ".join(
                word for word in (row.site.name if row.site else _("所有站点"), row.brand, row.contract) if word
            ),
            "period": _period(row),
            "state": Badge(BOOK_STATUS_LABELS[BookStatus(row.status)], TONES[BookStatus(row.status)]),
        }
        for row in queries.books()
        if row.pk in visible
    ]
    return listed(
        request,
        _("价目"),
        BOOK_COLUMNS,
        rows,
        add=reverse("desk:setup-book-add"),
        add_label=_("新增价目"),
        empty=_("还没有价目"),
        empty_hint=_("发布一本门店价目后才能报价"),
        links=[(_("价目教程"), reverse("desk:price-help"), "help")],
        note=_("已发布的版本不再改动，改价先“开始新的一版”，发布后从生效日起用于新的报价。"),
    )


@require_http_methods(["GET", "POST"])
def add_book(request: StaffRequest) -> HttpResponse:
    """A new book as a draft."""
    request.actor.require(access.EDIT)
    form = BookForm(request.POST if request.method == "POST" else None, initial={"kind": BookKind.STORE})
    _choose_sites(form, request)
    form.offer_choices("borrows_from", [(row.pk, str(row)) for row in access.visible_to(request.actor)])

    def save(values: dict[str, Any]) -> int:
        return actions.add_book(**values, by=request.actor, at=request.now).pk

    sheet = Sheet(
        title=_("新增价目"),
        action=reverse("desk:setup-book-add"),
        to=reverse("desk:setup-books"),
        trail=_trail(),
        groups=[Group(list(form.fields), columns=2)],
        draft="book",
    )
    return saved(request, form, sheet, save, verb="pricing.add_book")


@require_safe
def book(request: StaffRequest, pk: int) -> HttpResponse:
    """One edition: its rows, its rules, and what stands against publishing it."""
    return _book(request, pk)


@require_http_methods(["GET", "POST"])
def edit_book(request: StaffRequest, pk: int) -> HttpResponse:
    """What a draft is called and for whom it is."""
    row = _found(request, pk)
    form = BookForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(row, name) for name in BOOK_FIELDS},
    )
    for name in ("code", "kind", "borrows_from"):
        del form.fields[name]
    _choose_sites(form, request)

    def save(values: dict[str, Any]) -> None:
        actions.edit_book(pk, seen=seen_version(request), **values, by=request.actor, at=request.now)

    sheet = _sheet(row, _("名称与适用"), reverse("desk:setup-book-edit", args=[pk]))
    sheet.groups = [Group(list(form.fields), columns=2)]
    return saved(request, form, sheet, save)


@require_http_methods(["GET", "POST"])
def edit_policy(request: StaffRequest, pk: int) -> HttpResponse:
    """How the rows of a draft come together."""
    row = _found(request, pk)
    old = BookPolicy.from_json(row.policy)
    form = PolicyForm(request.POST if request.method == "POST" else None, policy=old)

    def save(_values: dict[str, Any]) -> None:
        policy = form.policy(old)
        actions.edit_policy(pk, policy, seen=seen_version(request), by=request.actor, at=request.now)

    sheet = _sheet(row, _("计价规则"), reverse("desk:setup-book-policy", args=[pk]))
    extras = [name for name in form.fields if name.startswith("extra_")]
    sheet.groups = [
        Group(["travel", "free_km", "distance_bands"], title=_("路费"), columns=2),
        Group(["declined", "sets_off_inspection", "rank_percents"], title=_("检测与多项"), columns=2),
        Group(
            ["night_from", "night_to", "overtime_from", "express_minutes", "height_free_below_cm"],
            title=_("时段与高空"),
        ),
        Group(["pick_up_in_warranty", *extras], title=_("保内由谁付")),
        Group(["cash_rounding_fen", "keeps_shop_items_in_shop"], columns=2),
    ]
    return saved(request, form, sheet, save)


@require_http_methods(["GET", "POST"])
def add_item(request: StaffRequest, pk: int) -> HttpResponse:
    """A new row of a draft."""
    row = _found(request, pk)
    start = {"role": Role.WORK, "kind": ItemKind.LABOUR, "warranty_rule": WarrantyRule.FREE, "is_active": True}
    form = ItemForm(request.POST if request.method == "POST" else None, initial=start)

    def save(values: dict[str, Any]) -> int:
        return actions.add_item(pk, **_read(values), by=request.actor, at=request.now).pk

    sheet = _sheet(row, _("新增项目"), reverse("desk:setup-item-add", args=[pk]))
    sheet.seen, sheet.groups = None, _item_groups()
    return saved(request, form, sheet, save, verb=f"pricing.add_item.{pk}")


@require_http_methods(["GET", "POST"])
def item(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a row of a draft."""
    request.actor.require(access.EDIT)
    row = queries.item(pk)
    head = _found(request, row.book_id)
    form = ItemForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(row, name) for name in ItemForm.base_fields},
    )
    del form.fields["code"]

    def save(values: dict[str, Any]) -> None:
        actions.edit_item(pk, seen=seen_version(request), **_read(values), by=request.actor, at=request.now)

    sheet = _sheet(head, f"{row.code} {row.name}", reverse("desk:setup-item", args=[pk]))
    sheet.seen, sheet.groups = row.version, _item_groups()
    if head.status != BookStatus.DRAFT:
        sheet.note = _("这一版已发布，不能修改；改价请先开始新的一版。")
    return saved(request, form, sheet, save)


@require_POST
def start(request: StaffRequest, pk: int) -> HttpResponse:
    """The next edition as a draft."""
    _found(request, pk)
    draft = 0
    with refusals_shown(request) as attempt:
        draft = once(
            request,
            f"pricing.start.{pk}",
            lambda: actions.start_new_version(pk, by=request.actor, at=request.now).pk,
        )
    if not attempt.ok:
        return _book(request, pk)
    tell(request, _("新的一版已开始，改好后发布"))
    return see(request, reverse("desk:setup-book", args=[draft]))


@require_POST
def publish(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a draft in force."""
    request.actor.require(access.PUBLISH)
    row = _found(request, pk)
    form = PublishForm(request.POST)
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            actions.publish_book(
                pk,
                seen=seen_version(request),
                valid_from=form.cleaned_data["valid_from"],
                by=request.actor,
                at=request.now,
            )
        if attempt.ok:
            tell(request, _("%(name)s 已发布") % {"name": row.name})
            return see(request, reverse("desk:setup-book", args=[pk]))
    return _book(request, pk, form)


@require_POST
def retire(request: StaffRequest, pk: int) -> HttpResponse:
    """Take an edition out of use."""
    request.actor.require(access.PUBLISH)
    _found(request, pk)
    with refusals_shown(request) as attempt:
        actions.retire(pk, seen=seen_version(request), by=request.actor, at=request.now)
    if not attempt.ok:
        return _book(request, pk)
    tell(request, _("这一版已停用，不再用于新的报价"))
    return see(request, reverse("desk:setup-book", args=[pk]))


@require_safe
def price_help(request: StaffRequest) -> HttpResponse:
    """How a price comes about, for whoever has to explain it (R-178)."""
    return page(request, "desk/setup/price_help.html", {"sections": queries.help_sections()})


def _book(request: StaffRequest, pk: int, form: PublishForm | None = None) -> HttpResponse:
    row = _found(request, pk)
    listing = ItemListing(request.GET)
    chosen = listing.chosen
    found = queries.items(pk, words=chosen.q, category=chosen.category, can_be_chosen=False, limit=MOST)
    is_draft = row.status == BookStatus.DRAFT
    rows = [
        {
            "id": one.id,
            "url": reverse("desk:setup-item", args=[one.id]),
            "code": one.code,
            "name": one.name,
            "category": one.category,
            "role": ROLE_LABELS[one.role],
            "kind": ITEM_KIND_LABELS[one.kind],
            "price": _price(one.price_fen),
            "unit": one.unit,
            "rule": WARRANTY_RULE_LABELS[one.warranty_rule],
            "basis": Badge(BASIS_LABELS[one.basis], "waiting" if one.basis == "estimate" else "quiet"),
            "state": in_use(is_active=one.is_active),
        }
        for one in found
    ]
    facts = {
        "book": row,
        "badge": Badge(BOOK_STATUS_LABELS[BookStatus(row.status)], TONES[BookStatus(row.status)]),
        "period": _period(row),
        "is_draft": is_draft,
        "may_publish": request.actor.may(access.PUBLISH),
        "problems": queries.problems_of(pk) if is_draft else [],
        "hints": queries.hints_of(pk) if row.status != BookStatus.RETIRED else [],
        "facts": _policy_facts(BookPolicy.from_json(row.policy)),
        "form": form or PublishForm(initial={"valid_from": local_day(request.now)}),
        "listing": listing,
        "result": Page(rows, listing),
        "columns": ITEM_COLUMNS,
        "entries": history("pricing.pricebook", pk, request.actor),
        "trail": _trail(),
    }
    return page(request, "desk/setup/book.html", facts, fragment="rows", status=listing.status)


def _found(request: StaffRequest, pk: int) -> Any:
    request.actor.require(access.EDIT)
    return visible_or_refused(access.visible_to(request.actor).select_related("site"), pk=pk)


def _policy_facts(policy: BookPolicy) -> list[tuple[str, str]]:
    rounding = {fen: str(label) for fen, label in ROUNDINGS}
    return [
        (_("路费"), sentence(TRAVEL_LABELS[policy.travel])),
        (_("免费公里"), _("%(km)s 公里") % {"km": policy.free_km}),
        (_("检测后不修"), sentence(DECLINED_LABELS[policy.declined])),
        (_("多项维修"), "、".join(f"{percent}%" for percent in policy.rank_percents)),
        (_("夜间"), f"{policy.night_from:%H:%M}–{policy.night_to:%H:%M}"),
        (_("高空起收"), _("%(metres)s 米") % {"metres": f"{policy.height_free_below_cm / 100:g}"}),
        (_("保内取送费"), sentence(PAYER_LABELS[policy.pick_up_in_warranty])),
        (_("抹零"), rounding.get(policy.cash_rounding_fen, "")),
    ]


def _item_groups() -> list[Group]:
    return [
        Group(["code", "name", "group", "category_name", "role", "kind"]),
        Group(["price_fen", "labour_fen", "unit", "low_fen", "high_fen"], title=_("价格")),
        Group(
            ["mode", "warranty_rule", "from_cm", "to_cm", "excludes", "replaces", "note", "is_active"], title=_("条件")
        ),
    ]


def _sheet(row: Any, title: str, action: str) -> Sheet:
    back = reverse("desk:setup-book", args=[row.pk])
    name = _("%(name)s 第 %(edition)s 版") % {"name": row.name, "edition": row.edition}
    return Sheet(
        title=title, action=action, to=back, trail=[*_trail(), (name, back)], groups=[], seen=row.version, draft=action
    )


def _trail() -> list[tuple[str, str]]:
    return [(_("价目"), reverse("desk:setup-books"))]


def _period(row: Any) -> str:
    if row.valid_from is None:
        return _("未生效")
    return f"{row.valid_from} – {row.valid_to or ''}".strip()


def _price(fen: int | None) -> str:
    return _("未定价") if fen is None else f"¥{yuan(fen)}"


def _read(values: dict[str, Any]) -> dict[str, Any]:
    return values | {name: words_of(values[name]) for name in ("excludes", "replaces")}


def _choose_sites(form: BookForm, request: StaffRequest) -> None:
    sites = people.visible_sites(request.actor).filter(is_active=True).values_list("pk", "name")
    form.offer_choices("site_id", list(sites))
