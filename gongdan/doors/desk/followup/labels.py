"""维修状态 under 启用准备."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongdan.doors.desk.followup.forms import LabelForm
from gongdan.doors.desk.once import once
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.followup import actions, queries
from gongdan.people.access import SETTINGS

TEMPLATE = "desk/followup/labels.html"


@require_http_methods(["GET", "POST"])
def labels(request: StaffRequest) -> HttpResponse:
    """All labels, each with its form, and one for another."""
    request.actor.require(SETTINGS)
    form = LabelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        with refusals_shown(request, form) as attempt:
            once(request, "followup.add_label", lambda: _added(request, typed["name"], typed["effect"]))
        if attempt.ok:
            tell(request, _("已新增维修状态“%(name)s”") % {"name": typed["name"]})
            return see(request, reverse("desk:repair-labels"))
    return _page(request, form)


@require_http_methods(["GET", "POST"])
def label(request: StaffRequest, pk: int) -> HttpResponse:
    """Rename, move or retire one. Looked at, it is the list."""
    request.actor.require(SETTINGS)
    if request.method == "GET":
        return see(request, reverse("desk:repair-labels"))
    form = LabelForm(request.POST, prefix=f"l{pk}")
    if form.is_valid():
        typed = form.cleaned_data | {"position": form.cleaned_data["position"] or 0}
        with refusals_shown(request, form) as attempt:
            actions.edit_label(pk, **typed, seen=seen_version(request), by=request.actor, at=request.now)
        if attempt.ok:
            tell(request, _("已保存“%(name)s”") % {"name": typed["name"]})
            return see(request, reverse("desk:repair-labels"))
    return _page(request, LabelForm(), edited=pk, sent=form)


def _added(request: StaffRequest, name: str, effect: str) -> int:
    return actions.add_label(name, effect, by=request.actor, at=request.now).pk


def _page(request: StaffRequest, form: LabelForm, *, edited: int = 0, sent: LabelForm | None = None) -> HttpResponse:
    names = ("name", "effect", "position", "is_active")
    rows = [
        {
            "id": row.pk,
            "version": row.version,
            "form": sent
            if sent is not None and row.pk == edited
            else LabelForm(prefix=f"l{row.pk}", initial={name: getattr(row, name) for name in names}),
        }
        for row in queries.all_labels()
    ]
    return page(request, TEMPLATE, {"rows": rows, "form": form, "sent": sent})
