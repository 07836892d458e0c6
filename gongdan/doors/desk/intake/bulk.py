"""批量报修: one text or table, a preview that can be corrected, one order (O-038)."""

from __future__ import annotations

from collections.abc import Sequence
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
from gongdan.kernel import phones
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import Text
from gongdan.orders import access, actions, rules
from gongdan.orders.rules import LIMITS, MAX_ROOMS, OrderDraft, Room
from gongdan.orders.states import CHANNEL_LABELS, SOURCE_LABELS, Channel, Source

FIELDS = ("place", "symptom", "contact_name", "phone")
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
        hint=gettext_lazy("一行一个房间：房号、故障、联系人、电话，用空格、逗号或制表符隔开，可以从微信或表格直接粘贴"),
    )
    file = forms.FileField(gettext_lazy("或上传表格"), endings=ENDINGS, max_bytes=MOST_BYTES, required=False)


@require_http_methods(["GET", "POST"])
def bulk(request: StaffRequest) -> HttpResponse:
    """The page; 预览 reads the list, 登记 makes one order of the rows as they stand corrected."""
    request.actor.require(access.REGISTER)
    typed = request.POST if request.method == "POST" else None
    start = {"source": Source.CENTRE if request.actor.may(access.FROM_CENTRE) else Source.DIRECT}
    form = BulkForm(typed, request.FILES or None, initial=start | {"channel": Channel.PHONE})
    form.offer_choices("category_id", category_choices(catalog.categories())[1:])
    if typed is None:
        return _page(request, form, [], {})
    rooms = _rooms(typed)
    if "save" not in typed:
        with refusals_shown(request, form) as attempt:
            is_read = form.is_valid() or not {"text", "file"} & form.errors.keys()
            if is_read and not (rooms and _is_unchanged(form, typed)):
                rooms = _read(form)
        form.errors.pop("customer_id", None)  # nothing is being saved yet
        read = _digest(form.cleaned_data.get("text") or "")
        return _page(request, form, rooms, rules.rooms_complaints(rooms) if attempt.ok else {}, read=read)
    errors = rules.rooms_complaints(rooms)
    number = ""
    if form.is_valid() and not errors:
        with refusals_shown(request, form) as attempt:
            number = once(request, "orders.register_bulk", lambda: _registered(request, form, rooms))
        if attempt.ok:
            tell(request, _("已登记 %(number)s，共 %(count)s 处") % {"number": number, "count": len(rooms)})
            return see(request, reverse("desk:order", args=[number]))
    return _page(request, form, rooms, errors, read=typed.get("read", ""), status=422)


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


def _read(form: BulkForm) -> list[Room]:
    """The rooms of the text and of the file. Refused: neither, or a file that cannot be read."""
    rooms = rules.read_rooms(form.cleaned_data.get("text") or "")
    if file := form.cleaned_data.get("file"):
        # Imported when a table comes, not with every page: its library is large.
        tables, cells = (import_module(f"gongdan.imports.rules.{name}") for name in ("tables", "cells"))
        try:
            table = tables.read(file.read())
        except Refused as refused:
            raise Invalid({"file": refused.text}) from refused
        rooms += rules.read_table([[cells.plain(cell) for cell in row] for row in table.rows[: MAX_ROOMS * 2]])
    return rooms[: MAX_ROOMS * 2]


def _digest(text: str) -> str:
    """By which the page knows the list that its rows were read from."""
    return sha256("\n".join(text.split()).encode()).hexdigest()[:16]


def _is_unchanged(form: BulkForm, typed: QueryDict) -> bool:
    """Whether the rows came from this very list, or no list was sent: they are looked at again as they stand corrected."""
    text = form.cleaned_data.get("text") or ""
    return not form.cleaned_data.get("file") and (not text.strip() or typed.get("read") == _digest(text))


def _rooms(typed: QueryDict) -> list[Room]:
    """The rows of the preview as they were corrected; blank ones are left out."""
    count = typed.get("rows", "0")
    most = min(int(count), MAX_ROOMS * 2) if count.isascii() and count.isdigit() and len(count) < 5 else 0

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
    read: str = "",
    status: int = 200,
) -> HttpResponse:
    rows = [
        {name: getattr(room, name) for name in FIELDS}
        | {"errors": {name: errors[f"rooms.{at}.{name}"] for name in FIELDS if f"rooms.{at}.{name}" in errors}}
        for at, room in enumerate(rooms, 1)
    ]
    blank: dict[str, Any] = dict.fromkeys(FIELDS, "") | {"errors": {}}
    context = {
        "form": form,
        "rows": [*rows, blank] if rows else [],
        "count": len(rooms),
        "read": read,
        "wrong": sum(1 for row in rows if row["errors"]),
        "said": errors.get("rooms"),
    }
    return page(request, "desk/intake/bulk.html", context, status=status)
