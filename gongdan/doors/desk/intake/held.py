"""What holds an order back and how it goes on; and the rooms of a bulk order, one by one."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gongdan.doors.desk.once import once
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.doors.kit.typed import whole_number
from gongdan.orders import access, actions, queries, rules
from gongdan.orders.papers import result_word
from gongdan.orders.states import Status


@require_POST
def release(request: StaffRequest, number: str, code: str) -> HttpResponse:
    """A supervisor lets the order go on (O-048, O-054)."""
    reason = _typed(request, "reason")

    def run(order_id: int) -> None:
        actions.release(order_id, code[:20], reason=reason, by=request.actor, at=request.now)

    return _deed(request, number, run, _("已放行 %(number)s，可以派工"))


@require_POST
def wrong_number(request: StaffRequest, number: str) -> HttpResponse:
    """信息待核: the number is not the customer's (O-052)."""
    note = _typed(request, "note")

    def run(order_id: int) -> None:
        actions.mark_wrong_number(order_id, note=note, by=request.actor, at=request.now)

    return _deed(request, number, run, _("%(number)s 已标为信息待核，核实电话后才能派工"))


@require_POST
def confirm_phone(request: StaffRequest, number: str) -> HttpResponse:
    """The right number is known (O-052)."""
    phone = _typed(request, "phone")
    is_virtual = bool(request.POST.get("is_virtual"))

    def run(order_id: int) -> None:
        actions.confirm_phone(order_id, phone, is_virtual=is_virtual, by=request.actor, at=request.now)

    return _deed(request, number, run, _("%(number)s 的电话已核实，可以派工"))


@require_http_methods(["GET", "POST"])
def rooms(request: StaffRequest, number: str) -> HttpResponse:
    """Room by room: done, or nobody at home; who was absent is booked again in an order of its own (O-038)."""
    request.actor.require_any(access.SPLITS)
    order = access.find(request.actor, number)
    if request.method == "POST":
        with refusals_shown(request) as attempt:
            seen = seen_version(request)
            again = once(request, f"orders.finish_lines:{order.pk}", lambda: _noted(request, order.pk, seen))
        if attempt.ok and again:
            tell(request, _("人不在的已拆成 %(again)s，等待重新派工") % {"again": again})
            return see(request, reverse("desk:order", args=[again]))
        if attempt.ok:
            tell(request, _("已登记完成"))
            return see(request, reverse("desk:reception-rooms", args=[number]))
    whole = queries.page(order.pk, request.actor)
    lines = [
        {
            "id": line["id"],
            "place": line["place"],
            "symptom": line["symptom"] or whole.symptom,
            "contact": " ".join(part for part in (line["contact_name"], line["phone"]) if part),
            "result": result_word(line["result"]),
        }
        for line in queries.rooms(order.pk, request.actor)
    ]
    context = {
        "order": whole,
        "lines": lines,
        "open": sum(1 for line in lines if not line["result"]),
        "may_note": whole.status is Status.IN_REPAIR,
    }
    return page(request, "desk/intake/rooms.html", context)


def _noted(request: StaffRequest, order_id: int, seen: int) -> str:
    """The number of the order of the absent ones, or nothing."""
    done, absent = (_chosen(request, word) for word in ("done", "absent"))
    new = actions.finish_lines(order_id, done=done, absent=absent, seen=seen, by=request.actor, at=request.now)
    return new.number if new is not None else ""


def _chosen(request: StaffRequest, word: str) -> Collection[int]:
    """The lines for which this was chosen."""
    numbers = [
        whole_number(name.removeprefix("line"))
        for name, value in request.POST.items()
        if name.startswith("line") and value == word
    ]
    return [number for number in numbers if number is not None][: rules.MAX_ROOMS]


def _deed(request: StaffRequest, number: str, run: Callable[[int], Any], said: str) -> HttpResponse:
    order = access.find(request.actor, number)
    with refusals_shown(request) as attempt:
        run(order.pk)
    if attempt.ok:
        tell(request, said % {"number": number})
    return see(request, reverse("desk:order", args=[number]))


def _typed(request: StaffRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\x00", "")[:200]
