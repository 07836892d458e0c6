"""赔付规则: what a justified complaint is worth, kept by the shop itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from gongdan.doors.desk.once import once
from gongdan.doors.desk.orders.forms import RuleForm
from gongdan.doors.kit.lists import Page
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.doors.kit.tables import Badge, Column
from gongdan.kernel.errors import Missing
from gongdan.orders import actions, queries, rules
from gongdan.orders.states import COMPENSATION_LABELS, Compensation
from gongdan.people import queries as people
from gongdan.people.access import SETTINGS

COLUMNS = [
    Column("name", gettext_lazy("名称"), lead=True, grow=True),
    Column("subject", gettext_lazy("投诉类别")),
    Column("kind", gettext_lazy("方式")),
    Column("fen", gettext_lazy("固定金额"), kind="money"),
    Column("percent", gettext_lazy("账单比例"), kind="number"),
    Column("cap_fen", gettext_lazy("封顶"), kind="money"),
    Column("state", gettext_lazy("状态"), kind="badge"),
]


@require_http_methods(["GET", "POST"])
def compensation(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """The rules, and the form of a new one or of the one that was opened."""
    request.actor.require(SETTINGS)
    found = queries.compensation_rules(with_inactive=True)
    rule = next((one for one in found if one.id == pk), None)
    if pk is not None and rule is None:
        raise Missing
    subjects = people.settings_for(min(request.actor.sites, default=None)).of(rules.COMPLAINT_SUBJECTS)
    names = [*subjects, *([rule.subject] if rule and rule.subject and rule.subject not in subjects else [])]
    start = {name: getattr(rule, name) for name in RuleForm.base_fields} if rule else {"is_active": True}
    form = RuleForm(request.POST if request.method == "POST" else None, subjects=names, initial=start)
    if request.method == "POST" and form.is_valid():
        with refusals_shown(request, form) as attempt:
            once(request, "orders.compensation_rule", lambda: _saved(request, form, pk))
        if attempt.ok:
            tell(request, _("规则已保存"))
            return see(request, reverse("desk:compensation"))
    address = reverse("desk:compensation-rule", args=[pk]) if pk else reverse("desk:compensation")
    context = {"rows": Page(rows=[_row(one) for one in found]), "columns": COLUMNS, "form": form, "rule": rule}
    return page(request, "desk/orders/compensation.html", context | {"action": address})


def _saved(request: StaffRequest, form: RuleForm, pk: int | None) -> int:
    seen = seen_version(request) if pk else 0
    return actions.save_rule(form.draft(), rule_id=pk, seen=seen, by=request.actor, at=request.now).pk


def _row(rule: queries.RuleFacts) -> dict[str, Any]:
    return {
        "id": rule.id,
        "url": reverse("desk:compensation-rule", args=[rule.id]),
        "name": rule.name,
        "subject": rule.subject or _("所有类别"),
        "kind": COMPENSATION_LABELS[Compensation(rule.kind)],
        "fen": rule.fen or None,
        "percent": f"{rule.percent}%" if rule.percent else "",
        "cap_fen": rule.cap_fen or None,
        "state": Badge(_("启用"), "done") if rule.is_active else Badge(_("停用"), "quiet"),
    }
