"""启用准备 › 导入: upload a spreadsheet, say what its columns mean, see every row's verdict, load it or take it out again."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongdan.doors.desk.imports.labels import state_badge, verdict_badge
from gongdan.doors.desk.menu import way
from gongdan.doors.desk.once import once
from gongdan.doors.kit import forms
from gongdan.doors.kit.lists import Chosen, Listing, Sort
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.doors.kit.spoken import sentence, spoken_gap
from gongdan.doors.kit.tables import Column
from gongdan.doors.kit.typed import whole_number
from gongdan.imports import access, actions, queries
from gongdan.imports.queries import KIND_LABELS, VERDICT_LABELS, BatchCard
from gongdan.imports.rules.columns import LABELS, fields_for
from gongdan.people import access as people

SIZE = 50
ENDINGS = (".xlsx", ".xls", ".ods", ".csv", ".txt")
COLUMNS = [
    Column("file_name", lazy("文件"), lead=True, grow=True),
    Column("kind", lazy("内容")),
    Column("site", lazy("站点"), narrow=True),
    Column("created_at", lazy("上传时间"), kind="moment"),
    Column("by", lazy("上传人"), narrow=True),
    Column("row_count", lazy("行数"), kind="number", narrow=True),
    Column("good_count", lazy("可导入"), kind="number", narrow=True),
    Column("refused", lazy("未导入"), kind="number", narrow=True),
    Column("state", lazy("状态"), kind="badge"),
]
ROW_COLUMNS = [
    Column("row", lazy("行"), kind="number"),
    Column("verdict", lazy("结果"), kind="badge"),
    Column("reasons", lazy("原因"), grow=True),
    Column("name", lazy("客户"), lead=True),
    Column("phone", lazy("电话"), kind="code", narrow=True),
    Column("device", lazy("设备")),
    Column("text", lazy("故障"), narrow=True),
]


class UploadForm(forms.KitForm):
    """A file, and what its rows are."""

    kind = forms.Choice(lazy("内容"), choices=list(KIND_LABELS.items()), shown_as="segments")
    site_id = forms.Choice(lazy("导入到站点"), choices=(), coerce=int, empty_value=None, required=False)
    file = forms.FileField(lazy("文件"), endings=ENDINGS, hint=lazy("Excel（xlsx、xls）、ODS 或 CSV，最大 20 MB"))


class BatchListing(Listing):
    """The imports, newest first."""

    sorts: ClassVar = {"newest": Sort(lazy("最新"), "-id")}


class RowListing(Listing):
    """The rows of one import, by verdict."""

    sorts: ClassVar = {"row": Sort(lazy("行号"), "row", "id")}
    verdict = forms.Choice(
        lazy("结果"), choices=list(VERDICT_LABELS.items()), required=False, empty_label=lazy("全部结果")
    )

    def narrow(self, rows: Any, chosen: Chosen) -> Any:
        """Only the chosen verdict."""
        return rows.filter(verdict=chosen.verdict) if chosen.verdict else rows


@require_http_methods(["GET", "POST"])
def imports(request: StaffRequest) -> HttpResponse:
    """The imports so far, and the way in for a new file (R-017)."""
    request.actor.require(access.RUN)
    sites = list(people.visible_sites(request.actor).filter(is_active=True).order_by("pk").values_list("pk", "name"))
    is_post = request.method == "POST"
    home = min(request.actor.sites, default=None)
    start = {"kind": "past_orders", "site_id": home or (sites[0][0] if sites else None)}
    form = UploadForm(request.POST if is_post else None, request.FILES if is_post else None, initial=start)
    if len(sites) > 1:
        form.offer_choices("site_id", sites)
    else:
        del form.fields["site_id"]
    if is_post and form.is_valid():
        with refusals_shown(request, form) as attempt:
            pk = once(request, "imports.upload", lambda: _uploaded(request, form.cleaned_data))
        if attempt.ok:
            return see(request, reverse("desk:import", args=[pk]))
    listing = BatchListing(request.GET)
    result = listing.page(queries.batches(request.actor), size=SIZE)
    for row in result.rows:
        row["url"] = reverse("desk:import", args=[row["id"]])
        row["kind"] = sentence(KIND_LABELS[row["kind"]])
        row["site"], row["by"] = row["site__name"], row["by__name"] or _("命令行")
        row["refused"] = row["refused_count"] + row["duplicate_count"]
        row["state"] = state_badge(row["state"])
    facts = {"form": form, "listing": listing, "result": result, "columns": COLUMNS, "setup_url": way("desk:setup")}
    return page(request, "desk/imports/list.html", facts, status=listing.status)


@require_safe
def batch(request: StaffRequest, pk: int) -> HttpResponse:
    """One import: how its columns are understood, what becomes of its rows, and the button."""
    return _batch_page(request, queries.card(pk, request.actor))


@require_safe
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """How far the work is; when it is over the page is shown anew."""
    card = queries.card(pk, request.actor)
    if not card.is_busy:
        return see(request, reverse("desk:import", args=[pk]))
    return page(request, "desk/imports/batch.html", _facts(request, card), fragment="progress")


@require_POST
def mapping(request: StaffRequest, pk: int) -> HttpResponse:
    """Say anew what the columns mean."""
    card = queries.card(pk, request.actor)
    chosen = _chosen(request.POST, card)
    row = whole_number(request.POST.get("header_row", "").strip(), digits=6)
    with refusals_shown(request) as attempt:
        actions.remap(
            pk,
            chosen,
            header_row=None if row is None else row - 1,
            seen=seen_version(request),
            by=request.actor,
            at=request.now,
        )
    return see(request, reverse("desk:import", args=[pk])) if attempt.ok else _batch_page(request, card, chosen)


@require_POST
def load(request: StaffRequest, pk: int) -> HttpResponse:
    """Load what is good."""
    card = queries.card(pk, request.actor)
    with refusals_shown(request) as attempt:
        actions.ask_load(pk, seen=seen_version(request), by=request.actor, at=request.now)
    return see(request, reverse("desk:import", args=[pk])) if attempt.ok else _batch_page(request, card)


@require_POST
def cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Stop the load; nothing of it stays."""
    card = queries.card(pk, request.actor)
    with refusals_shown(request) as attempt:
        actions.cancel(pk, by=request.actor, at=request.now)
    if attempt.ok:
        tell(request, _("正在取消，已导入的部分会全部撤回"))
        return see(request, reverse("desk:import", args=[pk]))
    return _batch_page(request, card)


@require_POST
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a finished import out again."""
    card = queries.card(pk, request.actor)
    with refusals_shown(request) as attempt:
        actions.ask_undo(pk, seen=seen_version(request), by=request.actor, at=request.now)
    return see(request, reverse("desk:import", args=[pk])) if attempt.ok else _batch_page(request, card)


def _uploaded(request: StaffRequest, typed: dict[str, Any]) -> int:
    made = actions.upload(
        typed["kind"],
        name=typed["file"].name or "",
        content=typed["file"].read(),
        site_id=typed.get("site_id"),
        by=request.actor,
        at=request.now,
    )
    return made.pk


def _batch_page(request: StaffRequest, card: BatchCard, chosen: dict[int, str] | None = None) -> HttpResponse:
    facts = _facts(request, card)
    if chosen is not None:
        facts["chosen"] = chosen
    listing = RowListing(request.GET if request.method in {"GET", "HEAD"} else QueryDict())
    result = listing.page(queries.verdicts(card.id, request.actor), size=SIZE)
    for row in result.rows:
        reasons = [sentence(reason) for reason in queries.reasons_of(row)]
        row.update({name: row["preview"].get(name, "") for name in ("name", "phone", "device", "text")})
        row["reasons"], row["verdict"] = "；".join(reasons), verdict_badge(row["verdict"])
    facts |= {"listing": listing, "result": result, "row_columns": ROW_COLUMNS}
    return page(request, "desk/imports/batch.html", facts, fragment="rows", status=listing.status)


def _facts(request: StaffRequest, card: BatchCard) -> dict[str, Any]:
    left = card.time_left(request.now)
    return {
        "card": card,
        "kind": KIND_LABELS[card.kind],
        "state": state_badge(card.state),
        "choices": [(str(field), LABELS[field]) for field in fields_for(card.kind)],
        "chosen": {column.index: column.field for column in card.columns},
        "left": _("还要 %(time)s") % {"time": spoken_gap(left)} if left is not None else "",
        "counts": _counts(card),
        "setup_url": way("desk:setup"),
    }


def _counts(card: BatchCard) -> list[tuple[str, int, str, str]]:
    """Label, count, address of these rows, tone."""
    here = reverse("desk:import", args=[card.id])
    return [
        (_("可导入") if card.state != "done" else _("已导入"), card.good, f"{here}?verdict=good#rows", "done"),
        (_("其中有提醒"), card.warned, f"{here}?verdict=warned#rows", "waiting" if card.warned else ""),
        (_("重复"), card.duplicate, f"{here}?verdict=duplicate#rows", "quiet"),
        (_("不能导入"), card.refused, f"{here}?verdict=refused#rows", "danger" if card.refused else ""),
    ]


def _chosen(typed: QueryDict, card: BatchCard) -> dict[int, str]:
    return {column.index: typed.get(f"c{column.index}", column.field) for column in card.columns}
