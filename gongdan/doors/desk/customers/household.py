"""家庭 on a customer's page: who lives with him, and setting it up."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gongdan.customers import access, actions, queries
from gongdan.doors.desk.customers.forms import HouseholdForm
from gongdan.doors.desk.customers.views import customer_page
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import refusals_shown, see, tell


@require_POST
def join(request: StaffRequest, pk: int) -> HttpResponse:
    """These two live together from now on."""
    request.actor.require(access.EDIT)
    queries.card(pk, request.actor)
    form = HouseholdForm(request.POST)
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            actions.join_household(pk, form.cleaned_data["other_id"], by=request.actor, at=request.now)
        if attempt.ok:
            tell(request, _("已设为同一家庭，任何一位的电话都能找到全家的设备"))
            return see(request, reverse("desk:customer", args=[pk]))
    return customer_page(request, pk, household_form=form)


@require_POST
def leave(request: StaffRequest, pk: int) -> HttpResponse:
    """He no longer belongs to the household."""
    request.actor.require(access.EDIT)
    with refusals_shown(request) as attempt:
        actions.leave_household(pk, by=request.actor, at=request.now)
    if attempt.ok:
        tell(request, _("已解除家庭关系"))
    return see(request, reverse("desk:customer", args=[pk]))
