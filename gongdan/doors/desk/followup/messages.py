"""回访短信: what is to be sent by hand, and what customers answered. One key each, and the next row opens by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from gongdan.doors.desk.followup import lists
from gongdan.doors.desk.followup.forms import MessageForm
from gongdan.doors.desk.menu import way
from gongdan.doors.desk.once import once
from gongdan.doors.kit.lists import Listing, Page
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.doors.kit.tables import Column
from gongdan.doors.kit.typed import whole_number
from gongdan.followup import access, actions, queries
from gongdan.kernel.errors import Missing

TEMPLATE = "desk/followup/messages.html"
COLUMNS = [
    Column("number", lazy("单号"), kind="code", lead=True),
    Column("what", lazy("客户与设备"), grow=True),
    Column("at", lazy("时间"), kind="moment"),
]


class MessageListing(Listing):
    """Which messages are shown."""

    scopes = {"to_send": lazy("待发消息"), "sent": lazy("等回复")}

    @property
    def query(self) -> str:
        """The scope as pages of this station carry it along."""
        return f"?scope={self.scope}" if self.scope != "to_send" else ""


@require_safe
def station(request: StaffRequest) -> HttpResponse:
    """The list, and nothing open yet."""
    request.actor.require(access.CALL)
    return _page(request, None, None)


@require_http_methods(["GET", "POST"])
def message(request: StaffRequest, pk: int) -> HttpResponse:
    """One message: sent, answered well or badly, or put into other words."""
    request.actor.require(access.CALL)
    form = None
    if request.method == "POST":
        did = request.POST.get("did", "")
        form = MessageForm(request.POST) if did == "text" else None
        onward = _next(request, pk)
        said = ""
        with refusals_shown(request, form) as attempt:
            if form is None or form.is_valid():
                said = once(request, f"followup.message.{pk}", lambda: _done(request, pk, did, form))
        if attempt.ok and not (form is not None and form.errors):
            tell(request, said)
            return see(request, onward if did != "text" else request.get_full_path())
    return _page(request, pk, form)


def _done(request: StaffRequest, pk: int, did: str, form: MessageForm | None) -> str:
    who: dict[str, Any] = {"by": request.actor, "at": request.now}
    if did == "sent":
        actions.mark_sent(pk, **who)
        return _("已记为发出，等客户回复")
    if did in ("good", "bad"):
        call = actions.answer_message(pk, is_good=did == "good", words=request.POST.get("words", ""), **who)
        if did == "bad":
            return _("已记录：不好。这张工单已排到电话回访最前面")
        if call.state == "due":
            return _("已记录：好。被抽中电话抽查或还有未了事项，仍在电话回访里")
        return _("已记录：好，工单已结单")
    if form is not None:
        actions.edit_message(pk, form.cleaned_data["text"], seen=seen_version(request), **who)
        return _("已修改短信")
    raise Missing


def _next(request: StaffRequest, pk: int) -> str:
    listing = MessageListing({"scope": request.GET["scope"]} if "scope" in request.GET else None)
    rows = queries.messages(request.actor, now=request.now, scope=listing.scope, limit=lists.SIZE).rows
    ids = [row["id"] for row in rows]
    at = ids.index(pk) + 1 if pk in ids else 0
    others = [one for one in (*ids[at:], *ids[:at]) if one != pk]
    if not others:
        return reverse("desk:follow-up-messages") + listing.query
    return reverse("desk:follow-up-message", args=[others[0]]) + listing.query


def _page(request: StaffRequest, pk: int | None, form: MessageForm | None) -> HttpResponse:
    listing = MessageListing(request.GET)
    cursor = _cursor(listing)
    found = queries.messages(request.actor, now=request.now, scope=listing.scope, cursor=cursor, limit=lists.SIZE)
    rows = [
        {
            "id": row["id"],
            "number": row["number"],
            "url": reverse("desk:follow-up-message", args=[row["id"]]) + listing.query,
            "what": "　".join(word for word in (row["customer__name"], row["device_text"]) if word),
            "at": row["sent_at"] or row["due_at"],
            "current": row["id"] == pk,
        }
        for row in found.rows
    ]
    next_url = ""
    if found.next_cursor:
        at, last = found.next_cursor
        next_url = listing.url(after=f"{at.isoformat()}~{last}")
    shown = None
    if pk is not None:
        shown = queries.message(pk, request.actor)
        if shown is None:
            raise Missing
        shown["order_url"] = way("desk:order", shown["number"])
        form = form or MessageForm(initial={"text": shown["text"]})
    facts = {
        "message": shown,
        "form": form,
        "listing": listing,
        "result": Page(rows, listing, None, next_url, listing.url() if cursor else ""),
        "columns": COLUMNS,
        "tabs": lists.tabs("messages"),
    }
    return page(request, TEMPLATE, facts, fragment="rows", status=listing.status)


def _cursor(listing: MessageListing) -> tuple[datetime, int] | None:
    at, _tilde, pk = str(listing.data.get("after") or "").partition("~")
    try:
        due_at = parse_datetime(at)
    except ValueError:
        due_at = None
    number = whole_number(pk)
    if due_at is not None and due_at.tzinfo is not None and number is not None:
        return due_at, number
    return None
