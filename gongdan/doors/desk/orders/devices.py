"""The devices of an order on pages of their own: added, corrected, taken off, judged otherwise by the supervisor."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongdan.customers import queries as customers
from gongdan.devices import queries as registered
from gongdan.doors.desk.menu import way
from gongdan.doors.desk.once import once
from gongdan.doors.desk.orders.device_forms import AddDeviceForm, DeviceLineForm, OverruleForm
from gongdan.doors.desk.orders.facts.told import device_name, device_verdict
from gongdan.doors.desk.orders.views import facts_of
from gongdan.doors.kit.catching_up import merged, remembered, told_of
from gongdan.doors.kit.forms import KitForm
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.posting import sent_to
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell, wants_another
from gongdan.kernel.errors import Forbidden, Missing, Stale
from gongdan.kernel.text import _ as text
from gongdan.orders import access, actions, rules
from gongdan.orders.queries import DeviceFacts, Page
from gongdan.orders.states import Status

ADD, ONE = "desk/orders/device_add.html", "desk/orders/device.html"
OFFERED = 100  # so many of the customer's devices are offered; others are found by their serial number
posted = sent_to("desk:order-device", "number", "line")


@require_http_methods(["GET", "POST"])
def add(request: StaffRequest, number: str) -> HttpResponse:
    """One more device on the order (R-030)."""
    request.actor.require(access.EDIT)
    order = facts_of(request, number)
    form = AddDeviceForm(request.POST if request.method == "POST" else None, order, known=_known(request, order))
    if request.method == "POST" and form.is_valid():

        def run() -> int:
            seen = seen_version(request)
            return actions.add_device_line(order.id, form.draft(), seen=seen, by=request.actor, at=request.now).pk

        with refusals_shown(request, form) as attempt:
            once(request, "orders.add_device", run)
        if attempt.ok:
            tell(request, _("已添加设备"))
            again = wants_another(request)
            return see(request, reverse("desk:order-device-add" if again else "desk:order", args=[number]))
        order = facts_of(request, number)
    return page(request, ADD, {"order": order, "form": form})


@require_http_methods(["GET", "POST"])
def device(request: StaffRequest, number: str, line: int) -> HttpResponse:
    """What stands of a device on the order. A colleague's save in between is told, and only what was touched counts."""
    order, facts = _found(request, number, line)
    if request.method != "POST":
        return _page(request, order, facts)
    request.actor.require(access.EDIT)
    form = DeviceLineForm(request.POST, order, facts)
    if not form.is_valid():
        return _page(request, order, facts, edit=form, kept=request.POST)
    was = remembered(request)
    with refusals_shown(request, form) as attempt:
        seen, changes = seen_version(request), form.touched(was)
        actions.edit_device_line(line, changes=changes, seen=seen, by=request.actor, at=request.now)
    if attempt.ok:
        tell(request, _("已保存"))
        return see(request, reverse("desk:order", args=[number]))
    if isinstance(attempt.refused, Stale):
        order, facts = _found(request, number, line)
        typed = QueryDict(mutable=True)
        typed.update(request.POST)
        for name, value in merged(form, DeviceLineForm(None, order, facts), was).items():
            typed[name] = value
        form = DeviceLineForm(typed, order, facts)
        form.is_valid()
        return _page(request, order, facts, edit=form)
    return _page(request, order, facts, edit=form, kept=request.POST)


@posted
def overrule(request: StaffRequest, number: str, line: int) -> HttpResponse:
    """The supervisor decides otherwise than the rule did, with the reason."""
    order, facts = _found(request, number, line)
    form = OverruleForm(request.POST)
    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            seen, typed = seen_version(request), form.cleaned_data
            actions.overrule_coverage(line, **typed, seen=seen, by=request.actor, at=request.now)
        if attempt.ok:
            tell(request, _("已改判保修"))
            return see(request, reverse("desk:order", args=[number]))
        order, facts = _found(request, number, line)
    return _page(request, order, facts, overrule=form)


@posted
def remove(request: StaffRequest, number: str, line: int) -> HttpResponse:
    """Take the device off the order; its record stays."""
    request.actor.require(access.EDIT)
    if any(one.id == line for one in facts_of(request, number).devices):  # else the button was pressed twice
        with refusals_shown(request) as attempt:
            actions.remove_device_line(line, seen=seen_version(request), by=request.actor, at=request.now)
        if not attempt.ok:
            return _page(request, *_found(request, number, line))
        tell(request, _("已从工单移除"))
    return see(request, reverse("desk:order", args=[number]))


@posted
def split(request: StaffRequest, number: str, line: int) -> HttpResponse:
    """The device leaves for an order of its own, which is opened: one with a hazard, or one that comes later."""
    order, _facts = _found(request, number, line)
    new = ""
    with refusals_shown(request) as attempt:
        seen = seen_version(request)
        new = actions.split_off(order.id, [line], seen=seen, by=request.actor, at=request.now).number
    if not attempt.ok:
        return _page(request, *_found(request, number, line))
    tell(request, _("已拆成工单 %(number)s") % {"number": new})
    return see(request, reverse("desk:order", args=[new]))


def _found(request: StaffRequest, number: str, line: int) -> tuple[Page, DeviceFacts]:
    """The order and this device of it. Missing: it is another order's, or was taken off."""
    order = facts_of(request, number)
    if not (request.actor.may(access.EDIT) or request.actor.may(access.OVERRULE_WARRANTY)):
        raise Forbidden
    facts = next((one for one in order.devices if one.id == line), None)
    if facts is None:
        raise Missing(text("这台设备已不在这张工单上，请刷新页面"))
    return order, facts


def _page(
    request: StaffRequest, order: Page, device: DeviceFacts, *, kept: Mapping[str, str] | None = None, **typed: KitForm
) -> HttpResponse:
    """The page of the device; `kept`: what was sent holds the version and the values that it was drawn over."""
    over = kept or {"seen": str(order.version), "was": told_of([DeviceLineForm(None, order, device)])}
    is_open = not order.is_historic and rules.overrule_refusal(order.status) is None
    may_edit = (
        request.actor.may(access.EDIT) and rules.devices_refusal(order.status, is_historic=order.is_historic) is None
    )
    return page(
        request,
        ONE,
        {
            "order": order,
            "device": device,
            "name": device_name(device),
            "verdict": device_verdict(order, device),
            "register_url": way("desk:device", device.device_id) if device.device_id else "",
            "form": (typed.get("edit") or DeviceLineForm(None, order, device)) if may_edit else None,
            "seen": over.get("seen", ""),
            "was": over.get("was", ""),
            "overrule_form": (typed.get("overrule") or OverruleForm())
            if is_open and request.actor.may(access.OVERRULE_WARRANTY)
            else None,
            "may_remove": may_edit and len(order.devices) > 1 and not device.result,
            "may_split": order.status in (Status.TO_DISPATCH, Status.IN_REPAIR),
        },
    )


def _known(request: StaffRequest, order: Page) -> list[tuple[int, str]]:
    """The devices of the customer and his household that do not stand on the order yet."""
    if not request.actor.may("customers.view"):
        return []
    here = {one.device_id for one in order.devices}
    family = [match.id for match in customers.household(order.customer_id, request.actor)]
    found = registered.names_of([order.customer_id, *family], limit=OFFERED + len(here))
    return [(pk, words) for pk, words in found if pk not in here][:OFFERED]
