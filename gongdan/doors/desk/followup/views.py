"""回访: the call at the left, the calls that are due at the right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gongdan.doors.desk.followup import lists
from gongdan.doors.desk.followup.forms import ONE_KEY, CallForm, TrackForm
from gongdan.doors.desk.followup.lists import FollowUpListing
from gongdan.doors.desk.menu import way
from gongdan.doors.desk.once import once
from gongdan.doors.desk.words import order_badge
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, tell
from gongdan.doors.kit.spoken import spoken_moment
from gongdan.doors.kit.typed import whole_number
from gongdan.followup import access, actions, queries
from gongdan.followup.rules import is_early
from gongdan.kernel.errors import Refused
from gongdan.kernel.text import _ as text
from gongdan.orders import access as orders
from gongdan.orders import queries as order_queries
from gongdan.orders.states import ATTEMPT_LABELS, AttemptResult, Mode, Status
from gongdan.repair import queries as repair
from gongdan.settlement import queries as settlement

TEMPLATE = "desk/followup/page.html"
REPEATED = timedelta(minutes=1)  # the same key by the same person within this time is a repetition


@require_safe
def station(request: StaffRequest) -> HttpResponse:
    """The list, and nothing open yet."""
    request.actor.require(access.CALL)
    return _page(request, "", {"call": None})


@require_http_methods(["GET", "POST"])
def order(request: StaffRequest, number: str) -> HttpResponse:
    """One call: what was done, the telephone, and what came of it. Saving goes on to the next row."""
    request.actor.require(access.CALL)
    if request.method == "POST":
        return _record(request, number)
    return _shown(request, number)


@require_http_methods(["GET", "POST"])
def give_up(request: StaffRequest, number: str) -> HttpResponse:
    """未接通结案. Looked at, it is the call."""
    request.actor.require(access.CALL)
    if request.method == "GET":
        return see(request, _here(request, number))
    found = orders.find(request.actor, number)
    onward = _next(request, number)
    with refusals_shown(request) as attempt:
        once(request, "followup.give_up", lambda: _given_up(request, found.pk))
    if not attempt.ok:
        return _shown(request, number)
    tell(request, _("%(number)s 已按未接通结案") % {"number": number})
    return see(request, onward)


@require_http_methods(["GET", "POST"])
def track(request: StaffRequest, number: str) -> HttpResponse:
    """服务跟踪: solved for good, or back to dispatch. Looked at, it is the call."""
    request.actor.require(access.CALL)
    if request.method == "GET":
        return see(request, _here(request, number))
    found = orders.find(request.actor, number)
    form = TrackForm(request.POST, prefix="track")
    onward = _next(request, number)
    told: dict[str, Any] = {}
    with refusals_shown(request, form) as attempt:
        if form.is_valid():
            told = once(request, f"followup.track.{number}", lambda: _tracked(request, found.pk, number, form))
    if not attempt.ok or form.errors:
        return _shown(request, number, track=form)
    tell(request, told["said"])
    here = reverse("desk:follow-up-order", args=[number]) + FollowUpListing(request.GET).query
    return see(request, here if told["is_resolved"] else onward)


def _tracked(request: StaffRequest, order_id: int, number: str, form: TrackForm) -> dict[str, Any]:
    row = actions.track(order_id, **form.cleaned_data, by=request.actor, at=request.now)
    solved = _("%(number)s 已记录：彻底解决") % {"number": number}
    reopened = _("%(number)s 没有彻底解决，已重新派工") % {"number": number}
    return {"said": solved if row.is_resolved else reopened, "is_resolved": row.is_resolved}


def _given_up(request: StaffRequest, order_id: int) -> int:
    return actions.give_up(order_id, call_id=_call_id(request), by=request.actor, at=request.now).pk


def _record(request: StaffRequest, number: str) -> HttpResponse:
    found = orders.find(request.actor, number)
    form = _form(request, found.pk, found.site_id, request.POST)
    onward = _next(request, number)
    said = ""
    with refusals_shown(request, form) as attempt:
        if form.is_valid():
            said = _recorded(request, found.pk, number, form)
        elif _says_nothing_new(request, found.pk):
            said = _already(number)
    if not attempt.ok or not said:
        return _shown(request, number, form)
    tell(request, said)
    return see(request, onward)


def _recorded(request: StaffRequest, order_id: int, number: str, form: CallForm) -> str:
    """Done once; the sentence about it. A key that its presser's key before has made pointless is no error."""
    try:
        return str(once(request, f"followup.call.{number}", lambda: _called(request, order_id, number, form)))
    except Refused as refused:
        if not _is_repeated(request, order_id, refused):
            raise
    return _already(number)


def _already(number: str) -> str:
    return _("%(number)s 已记过") % {"number": number}


def _says_nothing_new(request: StaffRequest, order_id: int) -> bool:
    """Whether this is a form without any answer, of a call that its sender has answered a moment ago.

    A button that is pressed again while the page still waits for its first press is not sent along.
    """
    if request.POST.get("answer") or request.POST.get("reached"):
        return False
    call = queries.due_call(order_id, call_id=_call_id(request), now=request.now)
    if call is not None and call.version == _seen(request):
        return False
    return queries.has_answered(order_id, "", by=request.actor, since=request.now - REPEATED)


def _is_repeated(request: StaffRequest, order_id: int, refused: Refused) -> bool:
    """Whether this key only says again what its presser has just recorded."""
    if refused.code not in ("called", "wrong_status", "stale"):
        return False
    answer = request.POST.get("answer", "")
    return queries.has_answered(order_id, answer, by=request.actor, since=request.now - REPEATED)


def _called(request: StaffRequest, order_id: int, number: str, form: CallForm) -> str:
    """Do what the form says; the sentence about it."""
    typed = form.cleaned_data
    who: dict[str, Any] = {"call_id": _call_id(request), "by": request.actor, "at": request.now}
    if typed["answer"] in ONE_KEY:
        outcome = actions.record_answer(order_id, typed["answer"], typed=form.draft(), seen=_seen(request), **who)
        if typed["answer"] == "missed":
            return _missed(request, number, outcome)
        return _outcome(request, number, outcome)
    if not typed["reached"]:
        outcome = actions.log_unreached(
            order_id, result=typed["result"], next_at=typed["next_at"], note=typed["note"], **who
        )
        return _missed(request, number, outcome)
    return _outcome(request, number, actions.record_result(order_id, form.draft(), seen=_seen(request), **who))


def _missed(request: StaffRequest, number: str, outcome: actions.Outcome) -> str:
    due = spoken_moment(outcome.call.due_at, request.now)
    if not outcome.is_counted:
        told = _("%(number)s 未接通；没到约好的时间，这次不算次数，%(due)s 再回访")
        return told % {"number": number, "due": due}
    return _("%(number)s 未接通，%(due)s 再回访") % {"number": number, "due": due}


def _outcome(request: StaffRequest, number: str, outcome: actions.Outcome) -> str:
    if outcome.opened:
        told = _("%(number)s 回访完成，已另开工单 %(opened)s")
        return told % {"number": number, "opened": outcome.opened}
    if outcome.call.state == "due":
        due = spoken_moment(outcome.call.due_at, request.now)
        return _("%(number)s 已记录，%(due)s 再回访") % {"number": number, "due": due}
    if outcome.call.is_fixed is False:
        return _("%(number)s 没好，已退回处理") % {"number": number}
    return _("%(number)s 回访完成") % {"number": number}


def _form(
    request: StaffRequest, order_id: int, site_id: int | None, typed: Any = None, initial: Any = None
) -> CallForm:
    """The form of a call; the survey is asked once per order."""
    terms = queries.terms_of(site_id, at=request.now)
    items = () if queries.survey_of(order_id) else terms.survey_items
    return CallForm(typed, labels=queries.labels(), terms=terms, initial=initial, survey=items)


def _seen(request: StaffRequest) -> int | None:
    """The version of the planned call that was shown; nothing where nobody had planned it yet."""
    typed = request.POST.get("seen", "")
    if not typed.isascii() or (typed and not typed.isdigit()) or len(typed) > 9:
        raise Refused(text("页面内容不完整，请刷新后再试"), code="seen")
    return int(typed) if typed and int(typed) else None


def _call_id(request: StaffRequest) -> int | None:
    """Which call of the order is meant, where it has several by the calendar."""
    return whole_number(request.GET.get("call"))


def _query(request: StaffRequest) -> str:
    """The list and the call, as the pages of one call carry them along."""
    query, meant = FollowUpListing(request.GET).query, _call_id(request)
    return query + ("&" if query else "?") + f"call={meant}" if meant is not None else query


def _here(request: StaffRequest, number: str) -> str:
    return reverse("desk:follow-up-order", args=[number]) + _query(request)


def _next(request: StaffRequest, number: str) -> str:
    """The most urgent of the other calls: of those that are due the first in the list, else the one that is due soonest.

    The list itself when there is none.
    """
    listing = FollowUpListing({"scope": request.GET["scope"]} if "scope" in request.GET else None)
    rows = queries.station(request.actor, now=request.now, scope=listing.scope, limit=lists.SIZE).rows
    meant = _call_id(request)
    others = [row for row in rows if (row["id"] != meant if meant is not None else row["number"] != number)]
    if not others:
        return reverse("desk:follow_up") + listing.query
    due = next((row for row in others if row["due_at"] <= request.now), None)
    return lists.url_of(due or min(others, key=lambda row: row["due_at"]), listing)


@dataclass(frozen=True)
class Call:
    """The open call."""

    number: str
    version: int
    order_url: str
    customer: str
    contact: str
    phone: str
    sees_phone: bool
    phone_is_wrong: bool
    was_there: bool  # somebody was at the customer's: what was said on leaving can be said again
    status: Any
    due_at: Any
    asked_first: str  # the message that stands before this call: to_send, sent, or none
    is_early: bool  # before the time that the last try agreed on
    attempts: int
    facts: list[tuple[str, Any]]
    tried: list[dict[str, Any]]
    past: list[dict[str, Any]]
    form: CallForm | None
    note: str
    may_give_up: bool
    reasons: list[str]
    is_late_watch: bool
    query: str
    survey: Any
    track: TrackForm | None
    tracked: list[dict[str, Any]]


def _shown(
    request: StaffRequest, number: str, form: CallForm | None = None, track: TrackForm | None = None
) -> HttpResponse:
    whole = order_queries.page_of(number, request.actor)
    meant = _call_id(request)
    planned = queries.due_call(whole.id, call_id=meant, now=request.now)
    calls = planned is not None or (meant is None and whole.status is Status.TO_FOLLOW_UP)
    site_id = planned.site_id if planned else min(request.actor.sites, default=None)
    if form is None and calls:
        form = _form(request, whole.id, site_id, initial=_kept(planned))
    attempts = planned.attempts if planned else 0
    query = _query(request)
    may_track = whole.flow == "repair" and whole.status in (Status.TO_FOLLOW_UP, Status.CLOSED)
    call = Call(
        number=number,
        version=planned.version if planned else 0,
        order_url=way("desk:order", number),
        customer=whole.customer_name,
        contact=whole.contact_name,
        phone=whole.phone,
        sees_phone=whole.sees_phone,
        phone_is_wrong=whole.phone_is_wrong,
        was_there=_was_there(whole, planned),
        status=order_badge(whole.status),
        due_at=planned.due_at if planned else None,
        asked_first=_asked_first(request, planned),
        is_early=planned is not None and is_early(attempts=attempts, due_at=planned.due_at, at=request.now),
        attempts=attempts,
        facts=_facts(whole.id, whole),
        tried=_tried(whole),
        past=_past(whole.id),
        form=form if calls else None,
        note="" if calls else _why_none(whole),
        may_give_up=calls and attempts >= queries.tries_needed(site_id),
        reasons=lists.reasons_of(_as_row(planned)) if planned else [],
        is_late_watch=planned is not None and planned.kind == "phone_watch" and planned.due_at < request.now,
        query=query,
        survey=queries.survey_of(whole.id),
        track=(track or TrackForm(prefix="track")) if may_track else None,
        tracked=_trackings(whole.id),
    )
    return _page(request, number, {"call": call, "sent": form, "track": track})


def _why_none(whole: order_queries.Page) -> str:
    """Why nobody is called about this order now."""
    if whole.status is Status.CLOSED:
        return _("这张工单已经结单，不用再回访")
    if whole.status in (Status.TO_FOLLOW_UP, Status.CANCELLED):
        return _("这张工单现在不用回访")
    return _("这张工单现在不用回访：完工并结算后才会出现在列表里")


def _was_there(whole: order_queries.Page, planned: Any) -> bool:
    is_visit = whole.flow == "repair" and whole.mode in (Mode.ON_SITE, Mode.EXPRESS)
    return is_visit and (planned is None or planned.kind not in queries.NOBODY_WENT)


def _asked_first(request: StaffRequest, planned: Any) -> str:
    if planned is None:
        return ""
    facts = {"is_drawn": planned.is_drawn, "attempts": planned.attempts, "due_at": planned.due_at}
    return queries.asked_first(planned.message_state, **facts, now=request.now)


def _as_row(planned: Any) -> dict[str, Any]:
    return {name: getattr(planned, name) for name in ("kind", "risk_reasons", "message_state")}


def _trackings(order_id: int) -> list[dict[str, Any]]:
    return [
        {
            "is_resolved": row.is_resolved,
            "evaluation": row.evaluation,
            "lesson": row.lesson,
            "at": row.at,
            "who": row.by.name if row.by else "",
        }
        for row in queries.trackings_of(order_id)
    ]


def _kept(planned: Any) -> dict[str, Any]:
    """What an earlier call that left the order open wrote down."""
    if planned is None or not planned.content:
        return {}
    words = {True: "yes", False: "no", None: ""}
    return {
        "content": planned.content,
        "suggestion": planned.suggestion,
        "score": planned.score or "",
        "is_fixed": words[planned.is_fixed],
        "is_on_time": words[planned.is_on_time],
        "price_matched": words[planned.price_matched],
    }


def _facts(order_id: int, whole: order_queries.Page) -> list[tuple[str, Any]]:
    """What was done and paid, in short."""
    sheets = repair.sheets(order_id)
    done = "；".join(action.text for sheet in sheets for action in sheet.actions)
    parts = "、".join(f"{part.name}×{part.quantity}" for sheet in sheets for part in sheet.parts)
    money = settlement.received_of([order_id]).get(order_id, 0)
    said = [
        (_("设备"), whole.device_text),
        (_("故障现象"), whole.symptom),
        (_("做了什么"), done),
        (_("更换配件"), parts),
        (_("师傅"), whole.technician_names),
        (_("完工"), whole.finished_at),
    ]
    if whole.answer is not None:
        said.append((_("答复"), whole.answer.text))
    return [pair for pair in [*said, (_("应收"), ("fen", whole.due_fen)), (_("实收"), ("fen", money))] if pair[1]]


def _tried(whole: order_queries.Page) -> list[dict[str, Any]]:
    return [
        {"at": one.at, "who": one.by_name, "result": ATTEMPT_LABELS[AttemptResult(one.result)], "note": one.note}
        for one in whole.attempts
        if one.purpose == "follow_up"
    ]


def _past(order_id: int) -> list[dict[str, Any]]:
    return [
        {
            "label": call.label.name if call.label else _ended(call.state),
            "content": call.content,
            "at": call.done_at,
            "who": call.done_by.name if call.done_by else "",
            "score": call.score,
        }
        for call in queries.calls_of(order_id)
        if call.state != "due"
    ]


def _ended(state: str) -> str:
    words = {"given_up": _("未接通结案"), "no_reply": _("未回复结案")}
    return words.get(state, _("服务跟踪"))


def _page(request: StaffRequest, current: str, context: dict[str, Any]) -> HttpResponse:
    listing = FollowUpListing(request.GET)
    listed = lists.page_of(listing, request.actor, now=request.now, current=current)
    facts = context | {"listing": listing, "result": listed, "columns": lists.COLUMNS, "tabs": lists.tabs("calls")}
    return page(request, TEMPLATE, facts, fragment="rows", status=listing.status)
