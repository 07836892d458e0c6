"""合并客户: both records side by side, what differs marked; and taking a merge back."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gongdan.customers import access, actions, queries
from gongdan.customers.queries import Card
from gongdan.devices import queries as devices
from gongdan.doors.desk.customers.forms import OtherForm, ReasonForm
from gongdan.doors.desk.once import once
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, tell
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.typed import whole_number
from gongdan.flows import merging
from gongdan.kernel.calendar import local_day
from gongdan.orders import queries as orders


@require_http_methods(["GET", "POST"])
def merge(request: StaffRequest, pk: int) -> HttpResponse:
    """The kept record at the left, the other at the right; which one is asked for first."""
    request.actor.require(access.MERGE)
    keep = queries.card(pk, request.actor)
    other = _number(request.POST.get("gone") or request.GET.get("other"))
    if request.method == "POST" and other:
        with refusals_shown(request) as attempt:
            once(request, "customers.merge", lambda: _merged(request, pk, other))
        if attempt.ok:
            tell(request, _("已合并；如果合错了，在变更记录旁可以撤销"))
            return see(request, reverse("desk:customer", args=[pk]))
        keep = queries.card(pk, request.actor)
    facts: dict[str, Any] = {
        "keep": keep,
        "gone": None,
        "form": OtherForm(),
        "reason": ReasonForm(),
        "rows": [],
        "same": _suggested(request, keep),
    }
    if other and other != pk:
        gone = queries.card(other, request.actor)
        facts |= {"gone": gone, "rows": _compared(request, keep, gone)}
    return page(request, "desk/customers/merge.html", facts)


@require_POST
def undo(request: StaffRequest, pk: int, merge: int) -> HttpResponse:
    """Take a merge back."""
    request.actor.require(access.MERGE)
    with refusals_shown(request) as attempt:
        merging.unmerge(merge, by=request.actor, at=request.now)
    if attempt.ok:
        tell(request, _("已撤销合并，两位客户各自恢复"))
    return see(request, reverse("desk:customer", args=[pk]))


def _merged(request: StaffRequest, pk: int, other: int) -> int:
    take = [name for name in request.POST.getlist("take") if name in actions.TAKEABLE]
    return merging.merge(
        pk,
        other,
        seen=_number(request.POST.get("seen")),
        gone_seen=_number(request.POST.get("gone_seen")),
        take=take,
        reason=request.POST.get("reason", "")[:200].replace("\x00", ""),
        by=request.actor,
        at=request.now,
    ).pk


def _number(typed: str | None) -> int:
    return whole_number(typed) or 0


def _suggested(request: StaffRequest, card: Card) -> list[queries.Duplicate]:
    """Who has the same number, or the same name at the same address."""
    place = card.addresses[0].detail if card.addresses else ""
    codes = [row.code for row in card.contacts]
    return queries.duplicates(codes, name=card.name, address=place, actor=request.actor, but_not=card.id)


def _compared(request: StaffRequest, keep: Card, gone: Card) -> list[dict[str, Any]]:
    """What stands on each side, and whether it may be taken from the right."""
    both = [_facts(request, card) for card in (keep, gone)]
    return [
        {
            "name": name,
            "label": label,
            "keep": both[0][name],
            "gone": both[1][name],
            "differs": both[0][name] != both[1][name],
            "takeable": name in actions.TAKEABLE and bool(both[1][name]) and both[0][name] != both[1][name],
            "filled": name in actions.TAKEABLE and not both[0][name] and bool(both[1][name]),
        }
        for name, label in _labels().items()
    ]


def _labels() -> dict[str, str]:
    return {
        "number": _("客户编号"),
        "name": _("名称"),
        "kind": _("客户类型"),
        "contacts": _("联系人"),
        "addresses": _("地址"),
        "site_rules": _("管理制度"),
        "transport": _("交通"),
        "remark": _("备注"),
        "devices": _("设备"),
        "orders": _("工单"),
        "created": _("建档"),
    }


def _facts(request: StaffRequest, card: Card) -> dict[str, str]:
    goods = devices.of_customer(card.id, on=local_day(request.now))
    found = orders.of_customer(card.id, request.actor, limit=100)
    return {
        "number": card.number,
        "name": card.name,
        "kind": sentence(card.kind_label),
        "contacts": "；".join(f"{row.name or card.name} {row.phone}".strip() for row in card.contacts),
        "addresses": "；".join(row.full for row in card.addresses),
        "site_rules": card.site_rules,
        "transport": card.transport,
        "remark": card.remark,
        "devices": "；".join(row.name for row in goods),
        "orders": _("%(count)s 张") % {"count": "99+" if len(found) == 100 else len(found)},
        "created": local_day(card.created_at).isoformat(),
    }
