"""批量报修: one text or table, a preview that can be corrected, one order (O-038)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib import import_module
from typing import Any

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from gongdan.catalog import queries as catalog
from gongdan.doors.desk.intake.forms import category_choices
from gongdan.doors.desk.once import once
from gongdan.doors.kit import forms
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, tell
from gongdan.doors.kit.typed import whole_number
from gongdan.kernel import phones
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import Text
from gongdan.kernel.text import _ as text_
from gongdan.orders import access, actions, rules
from gongdan.orders.rules import LIMITS, MAX_ROOMS, ROLE_LABELS, ListColumn, OrderDraft, Role, Room, RoomList
from gongdan.orders.states import CHANNEL_LABELS, SOURCE_LABELS, Channel, Source

FIELDS = {
    "place": gettext_lazy("房间"),
    "symptom": gettext_lazy("故障现象"),
    "contact_name": gettext_lazy("联系人"),
    "phone": gettext_lazy("电话"),
    "model_text": gettext_lazy("型号"),
    "serial": gettext_lazy("机身编号"),
}
ALWAYS = 4  # of them; the others stand there when a row has one
ENDINGS = (".xlsx", ".xls", ".ods", ".csv", ".txt")
MOST_BYTES = 2 * 1024 * 1024
MOST_TEXT = 30_000


class BulkForm(forms.KitForm):
    """Whose rooms they are, and the list."""

    customer_id = forms.Pick(gettext_lazy("客户"), url="desk:customers-pick", autofocus=True)
    category_id = forms.Choice(
        gettext_lazy("产品类别"),
        choices=(),
        coerce=int,
        empty_value=None,
        required=False,
        empty_label=gettext_lazy("不清楚"),
    )
    contact_name = forms.Line(
        gettext_lazy("联系人"),
        max_length=LIMITS["contact_name"],
        required=False,
        placeholder=gettext_lazy("不填用客户资料里的"),
    )
    phone = forms.PhoneField(
        gettext_lazy("联系电话"),
        max_length=phones.MAX_RAW,
        required=False,
        placeholder=gettext_lazy("不填用客户资料里的"),
    )
    address = forms.Line(
        gettext_lazy("地址"),
        max_length=LIMITS["address"],
        required=False,
        placeholder=gettext_lazy("不填用客户资料里的"),
    )
    symptom = forms.Line(
        gettext_lazy("工单故障现象"),
        max_length=200,
        required=False,
        placeholder=gettext_lazy("不填按各房间的故障写"),
    )
    wished = forms.WindowField(gettext_lazy("希望上门时间"), required=False)
    channel = forms.Choice(
        gettext_lazy("受理渠道"), choices=list(CHANNEL_LABELS.items()), empty_value=Channel.PHONE, required=False
    )
    source = forms.Choice(gettext_lazy("报修来源"), choices=list(SOURCE_LABELS.items()))
    referrer = forms.Line(gettext_lazy("受理部门或同事"), max_length=LIMITS["referrer"], required=False)
    text = forms.Paragraph(
        gettext_lazy("房间清单"),
        max_length=MOST_TEXT,
        rows=8,
        required=False,
        placeholder=gettext_lazy("301 空调不制冷 王先生 13812345678\n302 漏水 李老师"),
        hint=gettext_lazy("一行一个房间，可以从微信或表格直接粘贴；第一行写明各列是什么，列的先后就随意"),
    )
    file = forms.FileField(
        gettext_lazy("或上传表格"),
        endings=ENDINGS,
        max_bytes=MOST_BYTES,
        required=False,
        hint=gettext_lazy("上传的表格会代替清单里的文字"),
    )


@require_http_methods(["GET", "POST"])
def bulk(request: StaffRequest) -> HttpResponse:
    """The page; 预览 reads the list, 登记 makes one order of the rows as they stand corrected."""
    request.actor.require(access.REGISTER)
    typed = request.POST.copy() if request.method == "POST" else None
    start = {"source": Source.CENTRE if request.actor.may(access.FROM_CENTRE) else Source.DIRECT}
    form = BulkForm(typed, request.FILES or None, initial=start | {"channel": Channel.PHONE})
    form.offer_choices("category_id", category_choices(catalog.categories())[1:])
    if typed is None:
        return _page(request, form, [], {})
    rooms = _rooms(typed)
    if "save" not in typed:
        found = None
        with refusals_shown(request, form) as attempt:
            is_read = form.is_valid() or not {"text", "file"} & form.errors.keys()
            if is_read and not (rooms and _is_unchanged(form, typed)):
                found = _read(form, typed)
        form.errors.pop("customer_id", None)  # nothing is being saved yet
        rooms = rooms if found is None else list(found.rooms)
        if found is not None:
            typed["read"], typed["columns"] = _digest(typed.get("text", "")), _told(found.columns)
        return _page(request, form, rooms, rules.rooms_complaints(rooms) if attempt.ok else {}, found=found)
    errors = rules.rooms_complaints(rooms)
    number = ""
    if form.is_valid() and not errors:
        with refusals_shown(request, form) as attempt:
            number = once(request, "orders.register_bulk", lambda: _registered(request, form, rooms))
        if attempt.ok:
            tell(request, _("已登记 %(number)s，共 %(count)s 处") % {"number": number, "count": len(rooms)})
            return see(request, reverse("desk:order", args=[number]))
    return _page(request, form, rooms, errors, status=422)


def _registered(request: StaffRequest, form: BulkForm, rooms: Sequence[Room]) -> str:
    typed = form.cleaned_data
    wished = typed["wished"]
    names = (
        "customer_id",
        "category_id",
        "contact_name",
        "phone",
        "address",
        "symptom",
        "channel",
        "source",
        "referrer",
    )
    draft = OrderDraft(
        **{name: typed[name] for name in names},
        wished_from=wished.start if wished else None,
        wished_to=wished.end if wished else None,
    )
    return actions.register_bulk(draft, rooms, by=request.actor, at=request.now).number


def _read(form: BulkForm, typed: QueryDict) -> RoomList:
    """The rooms of the list; a file takes the place of the text, so that it can be looked at and read again.

    Refused: a file that cannot be read.
    """
    if file := form.cleaned_data.get("file"):
        # Imported when a table comes, not with every page: its library is large.
        tables, cells = (import_module(f"gongdan.imports.rules.{name}") for name in ("tables", "cells"))
        try:
            table = tables.read(file.read())
        except Refused as refused:
            raise Invalid({"file": refused.text}) from refused
        text = rules.as_text([[cells.plain(cell) for cell in row] for row in table.rows])
        if len(text) > MOST_TEXT:
            raise Invalid({"file": text_("表格超过 {limit} 个字，请只留房间清单再上传", limit=MOST_TEXT)})
        typed["text"] = text
        return rules.read_list(text)
    text = form.cleaned_data.get("text") or ""
    return rules.read_list(text, _roles(typed) if typed.get("read") == _digest(text) else ())


def _roles(typed: Mapping[str, Any]) -> list[Role]:
    """What the clerk says that the columns are."""
    told = [typed.get(f"col{at}", "") for at in range(len(typed.get("columns", "").split(",")))]
    return [Role(word) if word in set(Role) else Role.NOTHING for word in told] if "col0" in typed else []


def _told(columns: Sequence[ListColumn]) -> str:
    return ",".join(column.role for column in columns)


def _digest(text: str) -> str:
    """By which the page knows the list that its rows were read from."""
    return sha256("\n".join(text.split()).encode()).hexdigest()[:16]


def _is_unchanged(form: BulkForm, typed: QueryDict) -> bool:
    """Whether the rows came from this very list read like this, or no list was sent: they are looked at again as they are."""
    text = form.cleaned_data.get("text") or ""
    if form.cleaned_data.get("file"):
        return False
    is_read_so = ",".join(_roles(typed)) in ("", typed.get("columns", ""))
    return not text.strip() or (typed.get("read") == _digest(text) and is_read_so)


def _rooms(typed: QueryDict) -> list[Room]:
    """The rows of the preview as they were corrected; blank ones are left out."""
    most = min(whole_number(typed.get("rows"), digits=4) or 0, MAX_ROOMS * 2)

    def cell(at: int, name: str) -> str:
        return typed.get(f"row{at}-{name}", "").replace("\x00", "")[:1000].strip()

    rows = [Room(*(cell(at, name) for name in FIELDS)) for at in range(most)]
    return [row for row in rows if not row.is_blank]


def _page(
    request: StaffRequest,
    form: BulkForm,
    rooms: Sequence[Room],
    errors: dict[str, Text],
    *,
    found: RoomList | None = None,
    status: int = 200,
) -> HttpResponse:
    doubts = rules.room_doubts(rooms)
    rows = [
        {name: getattr(room, name) for name in FIELDS}
        | {"errors": _of_row(errors, at), "doubts": _of_row({**doubts, **dict.fromkeys(errors)}, at)}
        for at, room in enumerate(rooms, 1)
    ]
    blank: dict[str, Any] = dict.fromkeys(FIELDS, "") | {"errors": {}, "doubts": {}}
    names = [name for at, name in enumerate(FIELDS) if at < ALWAYS or any(row[name] for row in rows)]
    context = {
        "form": form,
        "fields": [(name, FIELDS[name]) for name in names],
        "rows": [*rows, blank] if rows else [],
        "count": len(rooms),
        "read": form.data.get("read", ""),
        "columns": form.data.get("columns", ""),
        "heads": (heads := _heads(found, form.data)),
        "doubled": _doubled(heads),
        "roles": list(ROLE_LABELS.items()),
        "skipped": found.skipped if found else (),
        "wrong": sum(1 for row in rows if row["errors"]),
        "doubtful": sum(1 for row in rows if row["doubts"]),
        "said": errors.get("rooms"),
    }
    return page(request, "desk/intake/bulk.html", context, status=status)


def _of_row(said: Mapping[str, Text | None], at: int) -> dict[str, Text]:
    """What is said of this row, by field."""
    told = {name: said.get(f"rooms.{at}.{name}") for name in FIELDS}
    return {name: text for name, text in told.items() if text is not None}


def _doubled(heads: Sequence[Mapping[str, Any]]) -> list[Text]:
    """What more than one column was taken for: their words stand together in one cell, which may be a slip."""
    counted = Counter(head["role"] for head in heads if head["role"] is not Role.NOTHING)
    return [ROLE_LABELS[role] for role, count in counted.items() if count > 1]


def _heads(found: RoomList | None, typed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The columns of the list: their heads, what stands in them, and what they were taken for."""
    columns = found.columns if found is not None else rules.read_list(typed.get("text", ""), _roles(typed)).columns
    return [{"role": column.role, "head": column.head, "sample": column.sample} for column in columns]
