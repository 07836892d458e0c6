"""用户反馈: what customers think and suggest, each with an owner until it is dealt with (R-190)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from gongdan.doors.desk.followup import lists
from gongdan.doors.desk.followup.forms import FeedbackForm, FeedbackStepForm
from gongdan.doors.desk.menu import way
from gongdan.doors.desk.once import once
from gongdan.doors.kit.lists import Listing
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.doors.kit.tables import Badge
from gongdan.followup import access, actions, queries
from gongdan.followup.actions import FeedbackDraft
from gongdan.followup.rules import FEEDBACK_KINDS, FEEDBACK_STATES
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.people import queries as people

TEMPLATE = "desk/followup/feedback.html"
TONES = {"open": "waiting", "doing": "running", "done": "done", "declined": "quiet"}


class FeedbackListing(Listing):
    """Which feedback is shown."""

    scopes = {"open": lazy("未处理完"), "mine": lazy("我的"), "all": lazy("全部")}


@require_http_methods(["GET", "POST"])
def feedback(request: StaffRequest) -> HttpResponse:
    """The list, and a form for another."""
    _may_read(request.actor)
    staff = staff_of(request)
    channels = queries.channels(min(request.actor.sites, default=None))
    form = FeedbackForm(
        request.POST or None, channels=channels, staff=staff, initial={"order_number": request.GET.get("order", "")}
    )
    if request.method == "POST" and form.is_valid():
        draft = FeedbackDraft(**form.cleaned_data)
        with refusals_shown(request, form) as attempt:
            once(
                request,
                "followup.add_feedback",
                lambda: actions.add_feedback(draft, by=request.actor, at=request.now).pk,
            )
        if attempt.ok:
            tell(request, _("已登记用户反馈"))
            return see(request, reverse("desk:feedback"))
    return _page(request, staff, form)


@require_http_methods(["GET", "POST"])
def step(request: StaffRequest, pk: int) -> HttpResponse:
    """Hand one on, begin it, finish or decline it. Looked at, it is the list."""
    _may_read(request.actor)
    if request.method == "GET":
        return see(request, reverse("desk:feedback"))
    staff = staff_of(request)
    form = FeedbackStepForm(request.POST, staff=staff, prefix=f"f{pk}")
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            actions.move_feedback(pk, **form.cleaned_data, seen=seen_version(request), by=request.actor, at=request.now)
        if attempt.ok:
            tell(request, _("已保存"))
            return see(request, reverse("desk:feedback"))
    channels = queries.channels(min(request.actor.sites, default=None))
    return _page(request, staff, FeedbackForm(channels=channels, staff=staff), edited=pk, sent=form)


def staff_of(request: StaffRequest) -> list[tuple[int, str]]:
    """Who may be made the owner of a to-do."""
    return [(row.id, row.name) for row in people.staff(request.actor, on=local_day(request.now))]


def _may_read(actor: Actor) -> None:
    if not actor.may(access.CALL):
        actor.require(access.VIEW)


def _page(
    request: StaffRequest,
    staff: list[tuple[int, str]],
    form: FeedbackForm,
    *,
    edited: int = 0,
    sent: FeedbackStepForm | None = None,
) -> HttpResponse:
    listing = FeedbackListing(request.GET if request.method == "GET" else None)
    rows: list[dict[str, Any]] = []
    for row in queries.feedback_rows(request.actor, now=request.now, scope=listing.scope):
        given = {name: row[name] for name in ("state", "owner_id", "due_on", "outcome")}
        is_sent = sent is not None and row["id"] == edited
        rows.append(
            row
            | {
                "badge": Badge(FEEDBACK_STATES[row["state"]], TONES[row["state"]]),
                "kind": FEEDBACK_KINDS[row["kind"]],
                "order_url": way("desk:order", row["number"]) if row["number"] else "",
                "form": sent if is_sent else FeedbackStepForm(staff=staff, prefix=f"f{row['id']}", initial=given),
                "is_open": is_sent,
                "may": request.actor.may(access.CALL) or row["owner_id"] == request.actor.id,
            }
        )
    facts = {
        "listing": listing,
        "rows": rows,
        "form": form,
        "may_add": request.actor.may(access.CALL),
        "may_improve": request.actor.may(access.IMPROVE),
        "tabs": lists.tabs("feedback"),
    }
    return page(request, TEMPLATE, facts)
