"""结算: the bill at the left, the finished repairs at the right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gongdan.doors.desk.once import NOT_CONTENT, once
from gongdan.doors.desk.settlement import lists
from gongdan.doors.desk.settlement.facts import Typed, payment_form, till
from gongdan.doors.desk.settlement.forms import DiscountForm, OnAccountForm, ReasonForm
from gongdan.doors.desk.settlement.lists import SettlementListing
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import page, refusals_shown, see, seen_version, tell
from gongdan.kernel.money import Fen, yuan
from gongdan.orders import access as orders
from gongdan.settlement import access, actions, queries, rules

TEMPLATE = "desk/settlement/page.html"


@require_safe
def station(request: StaffRequest) -> HttpResponse:
    """The list, and nothing open yet."""
    request.actor.require(access.VIEW)
    return _page(request, "", {"till": None})


@require_safe
def order(request: StaffRequest, number: str) -> HttpResponse:
    """The settlement of one order, in whatever status: money may come at any time."""
    return _shown(request, number)


@require_POST
def pay(request: StaffRequest, number: str) -> HttpResponse:
    """Take one row of money."""
    found = orders.find(request.actor, number)
    form = payment_form(request, found.site_id, typed=request.POST)

    def run() -> list[int]:
        row = actions.receive(found.pk, form.draft(), by=request.actor, at=request.now)
        return [row.amount_fen, row.change_fen]

    return _done(request, number, Typed("pay", form), verb="settlement.receive", run=run, told=_told_received)


@require_POST
def refund(request: StaffRequest, number: str, row: int) -> HttpResponse:
    """Give back what one row brought too much."""
    found = orders.find(request.actor, number)
    form = ReasonForm(request.POST)

    def run() -> int:
        reason = form.cleaned_data["reason"]
        return -actions.refund(found.pk, row, reason=reason, by=request.actor, at=request.now).amount_fen

    return _done(
        request,
        number,
        Typed("refund", form, row),
        verb=f"settlement.refund.{row}",
        run=run,
        told=lambda fen: _("已登记退款 ¥%(fen)s") % {"fen": yuan(fen)},
    )


@require_POST
def on_account(request: StaffRequest, number: str) -> HttpResponse:
    """The rest goes on account."""
    found = orders.find(request.actor, number)
    form = OnAccountForm(request.POST)

    def run() -> int:
        typed = form.cleaned_data
        row = actions.put_on_account(
            found.pk, reason=typed["reason"], due_on=typed["due_on"], by=request.actor, at=request.now
        )
        return row.fen

    return _done(
        request,
        number,
        Typed("on-account", form),
        verb="settlement.on_account",
        run=run,
        told=lambda fen: _("已挂账 ¥%(fen)s") % {"fen": yuan(fen)},
    )


@require_POST
def discount(request: StaffRequest, number: str) -> HttpResponse:
    """The rest is let go by a named rule."""
    found = orders.find(request.actor, number)
    form = DiscountForm(request.POST)

    def run() -> int:
        return actions.allow_discount(found.pk, form.cleaned_data["rule"], by=request.actor, at=request.now).fen

    return _done(
        request,
        number,
        Typed("discount", form),
        verb="settlement.discount",
        run=run,
        told=lambda fen: _("已优惠 ¥%(fen)s") % {"fen": yuan(fen)},
    )


@require_POST
def undo(request: StaffRequest, number: str, row: int) -> HttpResponse:
    """Take back 挂账 or 优惠."""
    found = orders.find(request.actor, number)

    def run() -> None:
        actions.void_adjustment(row, order_id=found.pk, by=request.actor, at=request.now)

    return _done(request, number, Typed("undo"), verb=f"settlement.undo.{row}", run=run, told=lambda _none: _("已撤销"))


@require_POST
def post(request: StaffRequest, number: str) -> HttpResponse:
    """确定结算."""
    found = orders.find(request.actor, number)

    def run() -> str:
        return actions.post(found.pk, seen=seen_version(request), by=request.actor, at=request.now).number

    return _done(
        request,
        number,
        Typed("post"),
        verb="settlement.post",
        run=run,
        told=lambda bill: _("已结算，结算单 %(number)s 可以打印") % {"number": bill},
    )


@require_POST
def reverse_bill(request: StaffRequest, number: str) -> HttpResponse:
    """冲红."""
    found = orders.find(request.actor, number)
    form = ReasonForm(request.POST)

    def run() -> str:
        reason = form.cleaned_data["reason"]
        red = actions.reverse(found.pk, reason, seen=seen_version(request), by=request.actor, at=request.now)
        return red.number

    return _done(
        request,
        number,
        Typed("reverse", form),
        verb="settlement.reverse",
        run=run,
        told=lambda red: _("已冲红，红字结算单 %(number)s；工单回到待结算") % {"number": red},
    )


def _done(
    request: StaffRequest, number: str, typed: Typed, *, verb: str, run: Callable[[], Any], told: Callable[[Any], str]
) -> HttpResponse:
    """Do it once and go back to the bill; refused: the bill again with what was typed. Amounts due are never read."""
    result = None
    with refusals_shown(request, typed.form) as attempt:
        rules.refuse_amounts(name for name in request.POST if name not in NOT_CONTENT)
        if typed.form is None or typed.form.is_valid():
            result = once(request, verb, run)
    if not attempt.ok or (typed.form is not None and typed.form.errors):
        return _shown(request, number, typed)
    tell(request, told(result))
    return see(request, reverse("desk:settlement-order", args=[number]))


def _told_received(row: list[int]) -> str:
    amount, change = Fen(row[0]), Fen(row[1])
    if change:
        return _("已收 ¥%(amount)s，找零 ¥%(change)s") % {"amount": yuan(amount), "change": yuan(change)}
    return _("已收 ¥%(amount)s") % {"amount": yuan(amount)}


def _shown(request: StaffRequest, number: str, typed: Typed | None = None) -> HttpResponse:
    request.actor.require(access.VIEW)
    found = orders.find(request.actor, number)
    shown = till(request, queries.sheet(found), typed)
    sent = typed.form if typed else None
    places = {"pay": shown.pay, "on-account": shown.on_account, "discount": shown.discount, "reverse": shown.reverse}
    if typed and sent is not None and typed.verb in places and places[typed.verb] is None:
        # Another clerk was faster and the form is gone; what it says is said at the bottom instead.
        for sentence in (sentence for told in sent.errors.values() for sentence in told):
            tell(request, str(sentence), tone="danger")
    # The form is named beside the facts, so that the kit sees its errors.
    return _page(request, number, {"till": shown, "sent": sent})


def _page(request: StaffRequest, current: str, context: dict[str, Any]) -> HttpResponse:
    listing = SettlementListing(request.GET)
    listed = lists.page_of(listing, request.actor, current=current)
    facts = context | {"listing": listing, "result": listed}
    return page(request, TEMPLATE, facts, fragment="rows", status=listing.status)
