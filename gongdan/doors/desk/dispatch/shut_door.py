"""空跑: the picture of the door, the calls from there, and the end of the trip."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from gongdan.dispatch import actions
from gongdan.dispatch.rules import WASTED_REASONS
from gongdan.doors.desk.dispatch.forms import WastedForm
from gongdan.doors.desk.dispatch.visits import Way, done, posted
from gongdan.doors.desk.once import once
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import refusals_shown, see, tell
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.typed import whole_number
from gongdan.files import actions as files
from gongdan.orders import actions as orders
from gongdan.orders.states import AttemptResult

CALL_AGAIN = timedelta(minutes=5)


@posted
def wasted(request: StaffRequest, pk: int) -> HttpResponse:
    """空跑, with the picture of the door: it is kept also where the trip is not closed yet."""
    way = Way(request, pk)
    reasons = {"reason": way.settings.of(WASTED_REASONS)}
    form = WastedForm(request.POST, request.FILES, auto_id="wasted-%s", given=reasons)
    form.door_photo = whole_number(request.POST.get("door_photo"))
    said: list[str] = []
    promised = way.order.promised_from
    is_kept = promised is not None and request.now < promised
    end = _("已登记空跑；客户的约定时间不变，请重新派工") if is_kept else _("已登记空跑")

    def keep_photo() -> int:
        upload = form.cleaned_data["photo"]
        return files.attach(
            "orders.order",
            way.order.id,
            name=upload.name or "door.jpg",
            content=upload.read(),
            role="door",
            by=request.actor,
            at=request.now,
        ).pk

    def run() -> bool:
        row, gaps = actions.report_wasted_trip(
            pk,
            form.cleaned_data["reason"],
            photo_id=form.door_photo,
            by=request.actor,
            at=request.now,
            confirm_unproven=form.cleaned_data["confirm_unproven"],
        )
        said.extend(sentence(gap) for gap in gaps)
        return row.is_proven

    if way.wasted_form is not None and form.is_valid() and form.cleaned_data["photo"] is not None:
        form.door_photo = once(request, "dispatch.door_photo", keep_photo)
    answer = done(request, way, "wasted", form, lambda: once(request, "dispatch.wasted", run), said=end)
    if said:
        tell(request, _("证据不足，不收空跑费：%(gaps)s") % {"gaps": "；".join(said)}, tone="waiting")
    return answer


@posted
def call(request: StaffRequest, pk: int) -> HttpResponse:
    """One call from the shut door, by what came of it; nobody reached is tried again soon."""
    way = Way(request, pk)
    result = request.POST.get("result", "")
    again = request.now + CALL_AGAIN if result == AttemptResult.NO_ANSWER else None

    def run() -> int:
        return orders.log_contact(
            way.order.id, purpose="contact", result=result, next_at=again, by=request.actor, at=request.now
        ).pk

    with refusals_shown(request) as attempt:
        once(request, "orders.log_contact", run)
    if attempt.ok:
        tell(request, _("已记下联系"))
    return see(request, reverse("desk:visit", args=[pk]) + "#wasted")
