"""改进事项 (R-191) and the days of 定期回访 (R-188)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from gongdan.catalog import queries as catalog
from gongdan.doors.desk.followup import lists
from gongdan.doors.desk.followup.feedback import staff_of
from gongdan.doors.desk.followup.forms import DoneForm, ImprovementForm, PeriodicForm
from gongdan.doors.desk.menu import way
from gongdan.doors.desk.once import once
from gongdan.doors.kit.lists import Listing
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.doors.kit.typed import whole_number
from gongdan.followup import access, actions, queries
from gongdan.followup.actions import ImprovementDraft
from gongdan.followup.rules import PERIODIC_KINDS

TEMPLATE = "desk/followup/improvements.html"
PERIODIC = "desk/followup/periodic.html"


class ImprovementListing(Listing):
    """Which improvements are shown."""

    scopes = {"open": lazy("未完成"), "done": lazy("已完成"), "all": lazy("全部")}


@require_http_methods(["GET", "POST"])
def improvements(request: StaffRequest) -> HttpResponse:
    """What is still to be mended, by whom and until when; and a form for another."""
    _may_read(request)
    staff = staff_of(request)
    carried = {"survey_of": request.GET.get("order", ""), "feedback_id": request.GET.get("feedback", "")}
    form = ImprovementForm(request.POST or None, staff=staff, initial=carried)
    if request.method == "POST" and form.is_valid():
        draft = _draft(form)
        with refusals_shown(request, form) as attempt:
            once(
                request,
                "followup.add_improvement",
                lambda: actions.add_improvement(draft, by=request.actor, at=request.now).pk,
            )
        if attempt.ok:
            tell(request, _("已登记改进事项"))
            return see(request, reverse("desk:improvements"))
    return _page(request, staff, form)


@require_http_methods(["GET", "POST"])
def improvement(request: StaffRequest, pk: int) -> HttpResponse:
    """Change one, or say that it is done. Looked at, it is the list."""
    _may_read(request)
    if request.method == "GET":
        return see(request, reverse("desk:improvements"))
    staff = staff_of(request)
    prefix = f"i{pk}"
    who: dict[str, Any] = {"by": request.actor, "at": request.now}
    is_done = request.POST.get("did") == "done"
    form: DoneForm | ImprovementForm
    form = (
        DoneForm(request.POST, prefix=prefix) if is_done else ImprovementForm(request.POST, staff=staff, prefix=prefix)
    )
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            if isinstance(form, DoneForm):
                outcome = form.cleaned_data["outcome"]
                actions.finish_improvement(pk, outcome, seen=seen_version(request), **who)
            else:
                actions.edit_improvement(pk, _draft(form), seen=seen_version(request), **who)
        if attempt.ok:
            tell(request, _("改进事项已完成") if is_done else _("已保存"))
            return see(request, reverse("desk:improvements"))
    return _page(request, staff, ImprovementForm(staff=staff), edited=pk, sent=form)


@require_http_methods(["GET", "POST"])
def periodic(request: StaffRequest) -> HttpResponse:
    """The days of calls after installation and maintenance: of all categories, and of single ones."""
    request.actor.require(access.IMPROVE)
    categories = [(row.id, row.name) for row in catalog.categories()]
    prefix = request.POST.get("row", "")[:20]
    form = PeriodicForm(request.POST or None, categories=categories, prefix=prefix or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        with refusals_shown(request, form) as attempt:
            who: dict[str, Any] = {"by": request.actor, "at": request.now}
            if prefix:
                actions.save_periodic(**typed, seen=seen_version(request), **who)
            else:
                once(request, "followup.add_periodic", lambda: actions.save_periodic(**typed, **who).pk)
        if attempt.ok:
            tell(request, _("已保存定期回访"))
            return see(request, reverse("desk:periodic-calls"))
    rows = []
    for row in queries.periodic_rules():
        mine = f"r{row['id']}"
        given = {name: row[name] for name in ("kind", "category_id", "for_households", "is_active")}
        given["days"] = "、".join(str(day) for day in row["days"])
        is_sent = request.method == "POST" and prefix == mine
        rows.append(
            {
                "id": mine,
                "name": row["category__name"] or _("其他所有品类"),
                "kind": PERIODIC_KINDS.get(row["kind"], row["kind"]),
                "version": row["version"],
                "form": form if is_sent else PeriodicForm(categories=categories, prefix=mine, initial=given),
            }
        )
    new = (
        form
        if request.method == "POST" and not prefix
        else PeriodicForm(categories=categories, initial={"is_active": True})
    )
    return page(request, PERIODIC, {"rows": rows, "form": new, "sent": form if request.method == "POST" else None})


def _may_read(request: StaffRequest) -> None:
    if not request.actor.may(access.IMPROVE):
        request.actor.require(access.VIEW)


def _draft(form: ImprovementForm) -> ImprovementDraft:
    typed = form.cleaned_data
    return ImprovementDraft(
        typed["finding"],
        typed["measure"],
        typed["owner_id"],
        typed["due_on"],
        typed["survey_of"],
        whole_number(typed["feedback_id"]),
    )


def _page(
    request: StaffRequest,
    staff: list[tuple[int, str]],
    form: ImprovementForm,
    *,
    edited: int = 0,
    sent: DoneForm | ImprovementForm | None = None,
) -> HttpResponse:
    listing = ImprovementListing(request.GET if request.method == "GET" else None)
    may_edit = request.actor.may(access.IMPROVE)
    rows: list[dict[str, Any]] = []
    for row in queries.improvement_rows(request.actor, now=request.now, scope=listing.scope):
        prefix = f"i{row['id']}"
        given = {name: row[name] for name in ("finding", "measure", "owner_id", "due_on")}
        is_sent = row["id"] == edited
        done = sent if is_sent and isinstance(sent, DoneForm) else DoneForm(prefix=prefix)
        edit = sent if is_sent and isinstance(sent, ImprovementForm) else None
        rows.append(
            row
            | {
                "order_url": way("desk:order", row["survey__order__number"]) if row["survey__order__number"] else "",
                "done_form": done,
                "form": edit or ImprovementForm(staff=staff, prefix=prefix, initial=given),
                "is_done_open": is_sent and isinstance(sent, DoneForm),
                "is_edit_open": is_sent and isinstance(sent, ImprovementForm),
                "may_finish": not row["is_done"] and (may_edit or row["owner_id"] == request.actor.id),
                "may_edit": not row["is_done"] and may_edit,
            }
        )
    facts = {
        "listing": listing,
        "rows": rows,
        "form": form,
        "report": queries.open_improvements(request.actor, now=request.now),
        "may_add": may_edit,
        "tabs": lists.tabs("improvements"),
    }
    return page(request, TEMPLATE, facts)
