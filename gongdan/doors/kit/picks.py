"""The answer of a search-as-you-type field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from gongdan.doors.kit.render import page
from gongdan.doors.kit.tables import Badge


@dataclass(frozen=True, slots=True)
class Option:
    """One row to choose: its value, its words, a quiet second line, a badge, and what it fills into other fields."""

    value: int | str
    text: str
    hint: str = ""
    badge: Badge | None = None
    fills: Mapping[str, Any] = field(default_factory=dict)


def options_fragment(
    request: HttpRequest,
    options: Sequence[Option],
    *,
    more: bool = False,
    none: str = "",
    create_url: str = "",
    create_label: str = "",
) -> HttpResponse:
    """The list below a `Pick`.

    `more`: there are further hits; `none`: what is said without any; `create_url`: the way to add what is missing.
    """
    return page(
        request,
        "kit/_options.html",
        {
            "options": options,
            "more": more,
            "nothing": none or _("没有找到，换个词试试"),
            "create_url": create_url,
            "create_label": create_label or _("新增"),
        },
    )


def asked(request: HttpRequest) -> str:
    """What was typed into the field, fit for a search."""
    return request.GET.get("q", "").replace("\x00", "").strip()[:60]
