"""What the setup's pages have in common: the way back, a list with its filters, a sheet with its form and history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from gongdan.doors.desk.once import once
from gongdan.doors.kit.forms import KitForm
from gongdan.doors.kit.lists import Listing, Page
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, tell
from gongdan.doors.kit.tables import Column

Trail = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Group:
    """Some fields of a sheet under one heading."""

    names: Sequence[str]
    title: str = ""
    hint: str = ""
    columns: int = 3
    id: str = ""  # to jump to


@dataclass(slots=True)
class Sheet:
    """A form that fills a page. `to` is where saving and cancelling lead; `seen` None: the thing is new."""

    title: str
    action: str
    to: str
    groups: Sequence[Group]
    trail: Trail = ()
    seen: int | None = None
    entries: list[dict[str, Any]] = field(default_factory=list)
    draft: str = ""
    save_label: str = ""
    note: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def saved(
    request: StaffRequest,
    form: KitForm,
    sheet: Sheet,
    save: Callable[[dict[str, Any]], Any],
    *,
    verb: str = "",
    template: str = "desk/setup/edit.html",
) -> HttpResponse:
    """The sheet; posted and in order, what it says is saved and the list shows. `verb` names what is done only once."""
    if request.method == "POST" and form.is_valid():
        with refusals_shown(request, form) as attempt:
            if verb:
                once(request, verb, lambda: save(form.cleaned_data))
            else:
                save(form.cleaned_data)
        if attempt.ok:
            tell(request, _("已保存"))
            return see(request, sheet.to)
    return page(request, template, {"form": form, "sheet": sheet, **sheet.extra})


def listed(
    request: StaffRequest,
    title: str,
    columns: Sequence[Column],
    rows: list[dict[str, Any]],
    *,
    listing: Listing | None = None,
    template: str = "desk/setup/list.html",
    **more: Any,
) -> HttpResponse:
    """A list of the setup: `add` and `add_label` lead to a new row, `empty` and `empty_hint` stand when there is none."""
    facts = {
        "heading": title,
        "columns": columns,
        "result": Page(rows, listing),
        "listing": listing,
        "add": "",
        "add_label": "",
        "empty": _("这里还没有内容"),
        "empty_hint": "",
        "trail": (),
        "note": "",
        "tabs": (),
        "links": (),
    }
    status = listing.status if listing is not None else 200
    return page(request, template, facts | more, fragment="rows", status=status)


def home() -> tuple[str, str]:
    """The first step of every trail."""
    return _("启用准备"), reverse("desk:setup")


def words_of(typed: str) -> list[str]:
    """What was typed as a list, whatever it was parted with."""
    for mark in ("，", ",", "；", ";", "\n", "/"):
        typed = typed.replace(mark, "、")
    return list(dict.fromkeys(word for part in typed.split("、") if (word := part.strip())))
