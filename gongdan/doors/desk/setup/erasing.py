"""启用准备 › 客户资料删除: whom, what goes and what stays, and the customer's number typed as the confirmation."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from gongdan.customers import access
from gongdan.doors.desk.history import history
from gongdan.doors.desk.once import once
from gongdan.doors.kit import forms
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.flows import erasing


class WhomForm(forms.KitForm):
    """The customer, found as he is found anywhere."""

    customer_id = forms.Pick(lazy("客户"), url="desk:customers-pick", autofocus=True)


class EraseForm(forms.KitForm):
    """Why, and the number as the confirmation."""

    reason = forms.Line(lazy("原因"), max_length=200, placeholder=lazy("如：客户来电要求删除"))
    number = forms.Line(lazy("客户编号"), max_length=30, hint=lazy("照上面的编号再填一遍，确认删的是这一位"))


@require_safe
def choose(request: StaffRequest) -> HttpResponse:
    """Whose data."""
    request.actor.require(access.ERASE)
    form = WhomForm(request.GET if "customer_id" in request.GET else None)
    if form.is_bound and form.is_valid():
        return see(request, reverse("desk:setup-erase-customer", args=[form.cleaned_data["customer_id"]]))
    return page(request, "desk/setup/erase.html", {"form": form, "facts": None, "trail": (), "entries": []})


@require_http_methods(["GET", "POST"])
def customer(request: StaffRequest, pk: int) -> HttpResponse:
    """What goes and what stays; posted with reason and number, it is gone."""
    request.actor.require(access.ERASE)
    facts = erasing.foresee(pk, by=request.actor)
    form = EraseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals_shown(request, form) as attempt:
            once(request, "customers.erase", lambda: _erased(request, pk, form.cleaned_data))
        if attempt.ok:
            tell(request, _("已删除这位客户的个人资料"))
            return see(request, reverse("desk:setup-erase-customer", args=[pk]))
    more = {"trail": [(_("客户资料删除"), reverse("desk:setup-erase"))]}
    entries = history("customers.customer", pk, request.actor)
    return page(request, "desk/setup/erase.html", {"form": form, "facts": facts, "entries": entries, **more})


def _erased(request: StaffRequest, pk: int, typed: dict[str, Any]) -> int:
    return erasing.erase(pk, **typed, seen=seen_version(request), by=request.actor, at=request.now)
