"""收款账户 under 启用准备."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gongdan.doors.desk.once import once
from gongdan.doors.desk.settlement.forms import AccountForm
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.people.access import SETTINGS
from gongdan.settlement import actions, queries

TEMPLATE = "desk/settlement/accounts.html"


@require_http_methods(["GET", "POST"])
def accounts(request: StaffRequest) -> HttpResponse:
    """All accounts, each with its form, and one for another."""
    request.actor.require(SETTINGS)
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_shown(request, form) as attempt:
            typed = form.cleaned_data
            once(request, "settlement.add_account", lambda: _added(request, typed["name"], is_cash=typed["is_cash"]))
        if attempt.ok:
            tell(request, _("已新增收款账户“%(name)s”") % {"name": typed["name"]})
            return see(request, reverse("desk:accounts"))
    return _page(request, form)


@require_POST
def account(request: StaffRequest, pk: int) -> HttpResponse:
    """Rename one, or take it out of use."""
    request.actor.require(SETTINGS)
    form = AccountForm(request.POST, prefix=f"a{pk}")
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            actions.edit_account(pk, **form.cleaned_data, seen=seen_version(request), by=request.actor, at=request.now)
        if attempt.ok:
            tell(request, _("已保存“%(name)s”") % {"name": form.cleaned_data["name"]})
            return see(request, reverse("desk:accounts"))
    return _page(request, AccountForm(), edited=pk, sent=form)


def _added(request: StaffRequest, name: str, *, is_cash: bool) -> int:
    return actions.add_account(name, is_cash=is_cash, by=request.actor, at=request.now).pk


def _page(
    request: StaffRequest, form: AccountForm, *, edited: int = 0, sent: AccountForm | None = None
) -> HttpResponse:
    rows = [
        {
            "id": row.pk,
            "version": row.version,
            "name": row.name,
            "form": sent
            if sent is not None and row.pk == edited
            else AccountForm(
                prefix=f"a{row.pk}", initial={"name": row.name, "is_cash": row.is_cash, "is_active": row.is_active}
            ),
        }
        for row in queries.all_accounts()
    ]
    return page(request, TEMPLATE, {"rows": rows, "form": form, "sent": sent})
