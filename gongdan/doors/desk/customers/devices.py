"""A device's page: what is known of it, the verdict line by line, its archive; adding and editing one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongdan.catalog import queries as catalog
from gongdan.customers import access as customers_access
from gongdan.customers import queries as customers
from gongdan.customers.queries import Card
from gongdan.devices import access, actions, queries
from gongdan.devices.rules import LINE_CATEGORIES, DeviceDraft
from gongdan.devices.states import (
    COVER_KIND_LABELS,
    LOCATION_LABELS,
    MAKER_LEVEL_LABELS,
    STAY_CAUSE_LABELS,
    TERMINAL_LABELS,
    USE_KIND_LABELS,
    CoverKind,
    Location,
    MakerLevel,
    StayCause,
    Terminal,
    UseKind,
)
from gongdan.doors.desk.customers.facts import device_rows, verdict_facts
from gongdan.doors.desk.customers.forms import CoverForm, DeviceForm, MakerForm
from gongdan.doors.desk.history import history
from gongdan.doors.desk.once import once
from gongdan.doors.desk.repair.beside import reading_facts
from gongdan.doors.desk.repair.forms import ClearForm, LineForm
from gongdan.doors.kit.catching_up import merged, remembered, told_of
from gongdan.doors.kit.lists import Page
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.tables import Badge, Column
from gongdan.doors.kit.typed import whole_number
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Stale
from gongdan.orders import access as orders_access
from gongdan.people.queries import settings_for
from gongdan.repair import access as repair_access
from gongdan.repair.rules import RESULTS

KIND = "devices.device"  # as the log names it
OTHERS = 10  # other devices beside one; a firm with more has them on its own page
ARCHIVE_COLUMNS = [
    Column("on", lazy("日期"), kind="html", lead=True),
    Column("number", lazy("单号"), kind="code"),
    Column("fault", lazy("故障"), grow=True),
    Column("cause", lazy("原因"), grow=True),
    Column("remedy", lazy("处理"), grow=True),
    Column("parts", lazy("配件"), grow=True),
    Column("cost", lazy("费用"), kind="money"),
    Column("result", lazy("结果"), kind="badge"),
]


@require_safe
def device(request: StaffRequest, pk: int) -> HttpResponse:
    """The device, its warranty as of today with every step of the decision, and its archive, newest first (R-026)."""
    return device_page(request, pk)


@require_http_methods(["GET", "POST"])
def add(request: StaffRequest, pk: int) -> HttpResponse:
    """A new device of this customer."""
    request.actor.require(access.EDIT)
    card = customers.card(pk, request.actor)
    typed = request.POST if request.method == "POST" else None
    start = {"is_active": True, "address_id": card.addresses[0].id if card.addresses else None, "category_id": ""}
    form = DeviceForm(typed, initial=start | {"use_kind": _usual_use(card), "location": Location.CUSTOMER})
    _offer(form, card)
    if typed is not None and form.is_valid():
        with refusals_shown(request, form) as attempt:
            made = once(request, "devices.register", lambda: _added(request, card, form))
        if attempt.ok:
            tell(request, _("已登记设备"))
            return see(request, reverse("desk:device", args=[made]))
    facts = {"form": form, "card": card, "device": None, "cancel": reverse("desk:customer", args=[pk])}
    facts |= {"seen": None, "was": ""}
    return page(request, "desk/customers/device_edit.html", facts)


@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change what is known of a device. Somebody was faster: it is told, and only what was touched here counts."""
    request.actor.require(access.EDIT)
    known = queries.device(pk, request.actor)
    card = customers.card(known.customer_id, request.actor)
    typed = request.POST if request.method == "POST" else None
    form = _form_of(known, card, typed)
    seen, kept = str(known.version), ""
    if typed is not None:
        seen, kept = typed.get("seen", "")[:12], typed.get("was", "")
    if typed is not None and form.is_valid():
        with refusals_shown(request, form) as attempt:
            changed = {name: value for name, (_old, value) in form.changes(_as_typed(known, form)).items()}
            actions.edit_device(pk, seen=seen_version(request), by=request.actor, at=request.now, **changed)
        if attempt.ok:
            tell(request, _("已保存"))
            return see(request, reverse("desk:device", args=[pk]))
        if isinstance(attempt.refused, Stale):
            known = queries.device(pk, request.actor)
            over = QueryDict(mutable=True)
            over.update(merged(form, _form_of(known, card), remembered(request)))
            form, seen, kept = _form_of(known, card, over), str(known.version), ""
    facts = {"form": form, "card": card, "device": known, "cancel": reverse("desk:device", args=[pk])}
    facts |= {"seen": seen, "was": kept or told_of([_form_of(known, card)])}
    return page(request, "desk/customers/device_edit.html", facts)


@require_safe
def kinds(request: StaffRequest) -> HttpResponse:
    """The kinds of product of the category that was chosen."""
    form = DeviceForm()
    chosen = whole_number(request.GET.get("category_id"))
    rows = queries.product_kinds(chosen) if chosen is not None else []
    form.offer(categories=(), kinds=rows, addresses=())
    return page(request, "desk/customers/_kinds.html", {"form": form})


@require_POST
def maker(request: StaffRequest, pk: int) -> HttpResponse:
    """What the maker's own record says, kept beside our verdict."""
    form = MakerForm(request.POST)
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            typed = form.cleaned_data
            actions.record_maker_verdict(
                pk,
                typed["level"],
                source=typed["source"],
                on=typed["on"],
                seen=seen_version(request),
                by=request.actor,
                at=request.now,
            )
        if attempt.ok:
            tell(request, _("已登记厂家核定"))
            return see(request, reverse("desk:device", args=[pk]))
    return device_page(request, pk, maker_form=form)


@require_POST
def add_cover(request: StaffRequest, pk: int) -> HttpResponse:
    """An extended warranty or a contract for this device."""
    form = CoverForm(request.POST)
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            once(request, "devices.add_cover", lambda: _cover_added(request, pk, form))
        if attempt.ok:
            tell(request, _("已登记"))
            return see(request, reverse("desk:device", args=[pk]))
    return device_page(request, pk, cover_form=form)


@require_POST
def end_cover(request: StaffRequest, pk: int, cover: int) -> HttpResponse:
    """Let an extended warranty or contract no longer count."""
    queries.device(pk, request.actor)
    with refusals_shown(request) as attempt:
        actions.end_cover(cover, by=request.actor, at=request.now)
    if attempt.ok:
        tell(request, _("已停用"))
    return see(request, reverse("desk:device", args=[pk]))


def device_page(
    request: StaffRequest,
    pk: int,
    *,
    maker_form: MakerForm | None = None,
    cover_form: CoverForm | None = None,
    clear_form: ClearForm | None = None,
    line_form: LineForm | None = None,
) -> HttpResponse:
    """The page of a device; a form that was refused comes back with what was typed."""
    known = queries.device(pk, request.actor)
    today = local_day(request.now)
    archive = queries.archive(pk)
    visible = _visible_numbers(request, (row.order_number for row in archive if row.order_id))
    start = {"level": known.maker_level, "source": known.maker_source, "on": known.maker_checked_on or today}
    return page(
        request,
        "desk/customers/device.html",
        {
            "device": known,
            "name": " ".join(word for word in (known.brand_text, known.model_text, known.category.name) if word),
            "verdict": verdict_facts(queries.verdict(pk, on=today)),
            "today": today,
            "use": USE_KIND_LABELS[UseKind(known.use_kind)],
            "location": LOCATION_LABELS[Location(known.location)],
            "maker": MAKER_LEVEL_LABELS[MakerLevel(known.maker_level)],
            "archive": Page([_archive_row(row, visible) for row in archive]),
            "archive_columns": ARCHIVE_COLUMNS,
            "others": _others(request, known),
            "covers": [
                {"id": row.pk, "kind": COVER_KIND_LABELS[CoverKind(row.kind)], "row": row} for row in queries.covers(pk)
            ],
            "stays": [{"cause": STAY_CAUSE_LABELS[StayCause(row.cause)], "row": row} for row in queries.stays(pk)],
            "entries": history(
                KIND,
                pk,
                request.actor,
                words={
                    "use_kind": USE_KIND_LABELS,
                    "location": LOCATION_LABELS,
                    "maker_level": MAKER_LEVEL_LABELS,
                    "category": {row.pk: row.name for row in catalog.categories(with_inactive=True)},
                },
                without=("brand", "model", "address"),
            ),
            "may_edit": request.actor.may(access.EDIT),
            "may_register": request.actor.may(orders_access.REGISTER),
            "may_see_customer": request.actor.may(customers_access.VIEW),
            "maker_form": maker_form or MakerForm(initial=start),
            "cover_form": cover_form or CoverForm(initial={"kind": CoverKind.EXTENDED}),
            "forms": [form for form in (maker_form, cover_form, clear_form, line_form) if form is not None],
            "form": maker_form or cover_form or clear_form or line_form,
            **_beside(request, known, clear_form, line_form),
        },
    )


def _beside(
    request: StaffRequest, known: Any, clear_form: ClearForm | None, line_form: LineForm | None
) -> dict[str, Any]:
    """Its tag and how earlier ones were cleared (O-044); its broadband line with what was read on it (R-029)."""
    settings = settings_for(known.site_id)
    line = queries.line(known.pk)
    start = {name: getattr(line, name) for name in LineForm.base_fields} if line else {"terminal": Terminal.ONU}
    return {
        "clear_form": clear_form or ClearForm(auto_id="clear-%s"),
        "may_clear": bool(known.safety_reason) and request.actor.may(repair_access.CLEAR_SAFETY),
        "clearances": queries.clearances(known.pk),
        "has_line": line is not None or known.category.name in settings.of(LINE_CATEGORIES),
        "line": line,
        "terminal": TERMINAL_LABELS[Terminal(line.terminal)] if line else "",
        "line_form": line_form or LineForm(initial=start, auto_id="line-%s"),
        "readings": [reading_facts(row, settings) for row in queries.readings(known.pk)],
    }


def _others(request: StaffRequest, known: Any) -> list[dict[str, Any]]:
    """The other devices in use of the customer and of who lives with him."""
    family = [one.id for one in customers.household(known.customer_id, request.actor)]
    today = local_day(request.now)
    rows = [row for row in queries.of_customers([known.customer_id, *family], on=today) if row.id != known.pk]
    return device_rows(rows[:OTHERS], today)


def _added(request: StaffRequest, card: Card, form: DeviceForm) -> int:
    typed = {name: value for name, value in form.cleaned_data.items() if name != "is_active"}
    return actions.register_device(card.id, DeviceDraft(**typed), by=request.actor, at=request.now).pk


def _cover_added(request: StaffRequest, pk: int, form: CoverForm) -> int:
    typed = form.cleaned_data
    return actions.add_cover(
        pk,
        typed["kind"],
        starts_on=typed["starts_on"],
        ends_on=typed["ends_on"],
        number=typed["number"],
        provider=typed["provider"],
        by=request.actor,
        at=request.now,
    ).pk


def _offer(form: DeviceForm, card: Card) -> None:
    chosen = whole_number(str(form["category_id"].value() or ""))
    kinds = queries.product_kinds(chosen) if chosen is not None else []
    form.offer(categories=catalog.categories(), kinds=kinds, addresses=card.addresses)


def _form_of(known: Any, card: Card, typed: QueryDict | None = None) -> DeviceForm:
    form = DeviceForm(typed, initial={name: getattr(known, name) for name in DeviceForm.base_fields})
    _offer(form, card)
    return form


def _as_typed(known: Any, form: DeviceForm) -> dict[str, Any]:
    """The device as its fields hold it: the address by its id."""
    return {name: getattr(known, name) for name in form.fields}


def _usual_use(card: Card) -> UseKind:
    return UseKind.COMMERCIAL if card.kind == "company" else UseKind.HOME


def _visible_numbers(request: StaffRequest, numbers: Iterable[str]) -> set[str]:
    """Those of the archive's orders that this actor may open."""
    rows = orders_access.visible_to(request.actor).filter(number__in=list(numbers))
    return set(rows.values_list("number", flat=True))


def _archive_row(row: queries.ArchiveRow, visible: set[str]) -> dict[str, Any]:
    opened = {"url": reverse("desk:order", args=[row.order_number])} if row.order_number in visible else {}
    return opened | {
        "id": row.id,
        "on": row.on.isoformat(),
        "number": row.order_number,
        "fault": row.fault,
        "cause": row.cause,
        "remedy": row.remedy,
        "parts": row.parts,
        "cost": row.cost_fen,
        "result": Badge(_archive_result(row), "done" if row.is_repaired else "waiting"),
    }


def _archive_result(row: queries.ArchiveRow) -> str:
    """How it ended: our own words for our own orders, the old shop's words for what was imported."""
    if row.result:
        return sentence(RESULTS.get(row.result, row.result))
    return _("已修复") if row.is_repaired else _("未修复")
