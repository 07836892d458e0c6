"""客户警示: for whoever may read them; opening the page is an entry in the log."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gongdan.customers import access, actions, queries
from gongdan.customers.rules import Effect
from gongdan.doors.desk.customers.facts import effect_badge
from gongdan.doors.desk.customers.forms import CautionForm, LiftForm
from gongdan.doors.desk.once import once
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, tell
from gongdan.kernel.calendar import local_day
from gongdan.people import queries as people


@require_http_methods(["GET", "POST"])
def cautions(request: StaffRequest, pk: int) -> HttpResponse:
    """Reasons and proofs of a customer's warnings, and placing another."""
    request.actor.require(access.WARN)
    typed = request.POST if request.method == "POST" else None
    form = CautionForm(typed, initial={"effect": Effect.PREPAID})
    sites = None if request.actor.sees_all_sites else request.actor.sites
    form.offer_choices("own_technician_id", people.technician_names(sites))
    if typed is not None and form.is_valid():
        with refusals_shown(request, form) as attempt:
            once(
                request,
                "customers.warn",
                lambda: actions.warn(pk, by=request.actor, at=request.now, **form.cleaned_data).pk,
            )
        if attempt.ok:
            tell(request, _("已登记客户警示"))
            return see(request, reverse("desk:customer-warnings", args=[pk]))
    return _shown(request, pk, form)


@require_POST
def lift(request: StaffRequest, pk: int, caution: int) -> HttpResponse:
    """The warning no longer counts."""
    request.actor.require(access.WARN)
    form = LiftForm(request.POST, prefix=f"lift{caution}")
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            actions.lift_warning(caution, form.cleaned_data["reason"], by=request.actor, at=request.now)
        if attempt.ok:
            tell(request, _("已解除"))
            return see(request, reverse("desk:customer-warnings", args=[pk]))
    return _shown(request, pk, CautionForm(initial={"effect": Effect.PREPAID}), lifting={caution: form})


def _shown(
    request: StaffRequest, pk: int, form: CautionForm, *, lifting: dict[int, LiftForm] | None = None
) -> HttpResponse:
    card = queries.card(pk, request.actor)
    today = local_day(request.now)
    rows: list[dict[str, Any]] = [
        {
            "row": row,
            "badge": effect_badge(row.effect),
            "counts": row.lifted_at is None and (row.expires_on is None or row.expires_on >= today),
            "form": (lifting or {}).get(row.pk) or LiftForm(prefix=f"lift{row.pk}"),
        }
        for row in actions.read_warnings(pk, by=request.actor, at=request.now)
    ]
    facts = {"card": card, "rows": rows, "form": form, "effect": effect_badge(queries.flag_for(pk, today))}
    wrong = any(one.is_bound and one.errors for one in [form, *(lifting or {}).values()])
    return page(request, "desk/customers/warnings.html", facts, status=422 if wrong else 200)
