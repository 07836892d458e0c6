"""报价: items from the price book, what they come to and why, and what the customer decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongdan.customers import queries as customers
from gongdan.customers.queries import ContactRow
from gongdan.doors.desk.once import once
from gongdan.doors.desk.repair.forms import DecisionForm, PlanForm, strokes_of
from gongdan.doors.desk.repair.posted import posted_quote
from gongdan.doors.desk.words import QUOTE_TONES, order_badge, payer_badge
from gongdan.doors.kit.forms import KitForm
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.render import fragment_or_redirect, is_htmx, page, refusals_shown, see, seen_version, tell
from gongdan.doors.kit.tables import Badge
from gongdan.doors.kit.typed import whole_number
from gongdan.files import actions as files
from gongdan.kernel.errors import Invalid, Missing, Refused
from gongdan.kernel.text import Text
from gongdan.orders import access as orders_access
from gongdan.orders import queries as orders
from gongdan.orders.queries import Page
from gongdan.orders.states import Status
from gongdan.pricing import queries as pricing
from gongdan.pricing.states import PAYER_LABELS, Payer
from gongdan.quotes import access, actions, queries
from gongdan.quotes.actions import ItemDraft
from gongdan.quotes.states import STATE_LABELS
from gongdan.repair import access as repair_access
from gongdan.repair import queries as repair

PAGE = "desk/repair/quote.html"
FOUND = 30
OPEN = (Status.REGISTERED, Status.ANSWERING, Status.TO_DISPATCH, Status.IN_REPAIR)


class Offer:
    """The standing quote of an order as the page shows it."""

    def __init__(self, request: StaffRequest, order: Page, **typed: KitForm) -> None:
        self._request, self._typed = request, typed
        self.order, self.actor = order, request.actor
        self.row = orders_access.find(request.actor, order.number)
        self.quote = queries.standing(order.id)

    @property
    def title(self) -> str:
        """Customer and device in one line."""
        return " · ".join(word for word in (self.order.customer_name, self.order.device_text) if word)

    @property
    def badges(self) -> list[Badge]:
        """Status of the order, and the coverage that decides who pays."""
        found = [order_badge(self.order.status)]
        covers = dict.fromkeys(device.coverage_label for device in self.order.devices)
        return found + [payer_badge(label) for label in covers]

    @property
    def quote_badge(self) -> Badge:
        """How the quote stands."""
        assert self.quote is not None, "asked for the state of no quote"
        return Badge(STATE_LABELS[self.quote.state], QUOTE_TONES[self.quote.state])

    @property
    def is_open(self) -> bool:
        """Whether the order is still to be priced."""
        return self.order.status in OPEN and not self.order.is_historic

    @property
    def may_edit(self) -> bool:
        """Whether the draft can be changed by this actor now."""
        return self.is_open and self.actor.may(access.EDIT)

    @property
    def may_issue(self) -> bool:
        """Whether this actor gives the quote to the customer."""
        return self.is_open and self.actor.may(access.ISSUE)

    @property
    def may_decide(self) -> bool:
        """Whether this actor records the customer's decision."""
        return self.is_open and self.actor.may(access.DECIDE)

    @property
    def back_url(self) -> str:
        """Where the work goes on: the repair for who works there, else the order."""
        return reverse("desk:repair-order" if self._works else "desk:order", args=[self.order.number])

    @property
    def back_label(self) -> str:
        """What that page is called."""
        return _("维修处理") if self._works else _("工单")

    @property
    def _works(self) -> bool:
        return self.actor.may(repair_access.WORK) and self.order.status == Status.IN_REPAIR

    # -- lines ------------------------------------------------------------------------------------------------------

    @cached_property
    def items(self) -> list[Any]:
        """What was chosen."""
        return queries.items_of(self.quote.pk) if self.quote else []

    @cached_property
    def trouble(self) -> Text | None:
        """Why the draft cannot be priced as it stands."""
        try:
            _bill = self._bill
        except Refused as refused:
            return refused.text
        return None

    @cached_property
    def _bill(self) -> Any:
        assert self.quote is not None, "asked for the price of no quote"
        return queries.live_bill(self.quote)

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        """The lines with payer and reason: computed while draft, as issued afterwards."""
        if self.quote is None:
            return []
        if self.quote.state != "draft":
            return [
                {
                    "name": line.name,
                    "quantity": line.quantity,
                    "unit": line.unit,
                    "unit_fen": line.unit_fen,
                    "amount_fen": line.amount_fen,
                    "payer": PAYER_LABELS[Payer(line.payer)],
                    "reason": Text.from_json(line.reason) if line.reason else None,
                    "item": None,
                    "device": self._device_name(line.device_line_id),
                }
                for line in queries.lines_of(self.quote.pk)
            ]
        chosen = {str(item.pk): item for item in self.items}
        if self.trouble is not None:
            return [_without_price(item) for item in self.items]
        found = [
            {
                "name": line.name,
                "quantity": line.quantity,
                "unit": line.unit,
                "unit_fen": line.unit_fen,
                "amount_fen": line.amount_fen,
                "payer": PAYER_LABELS[line.payer],
                "reason": line.reason,
                "item": chosen.pop(line.charge, None),
                "device": self._device_name(int(line.device) if line.device else None),
            }
            for line in self._bill.lines
        ]
        return found + [_without_price(item) for item in chosen.values()]

    def _device_name(self, pk: int | None) -> str:
        if len(self.order.devices) < 2:
            return ""
        device = next((device for device in self.order.devices if device.id == pk), None)
        return device.name if device else ""

    @property
    def totals(self) -> list[tuple[Text, int]]:
        """What each payer pays, the customer first."""
        if self.quote is None or (self.quote.state == "draft" and self.trouble is not None):
            return []
        is_draft = self.quote.state == "draft"
        sums = {payer.value: fen for payer, fen in self._bill.totals.items()} if is_draft else self.quote.totals
        return [(PAYER_LABELS[payer], sums[payer.value]) for payer in Payer if payer.value in sums]

    @property
    def due(self) -> int | None:
        """What the customer pays."""
        if self.quote is None:
            return None
        if self.quote.state == "draft":
            return None if self.trouble is not None else self._bill.due_fen
        return int(self.quote.due_fen)

    # -- what the customer is told ----------------------------------------------------------------------------------

    @cached_property
    def told(self) -> Text | None:
        """What a declined repair costs (O-010)."""
        try:
            return queries.told_at_intake(self.row, at=self._request.now)
        except Refused as refused:
            return refused.text

    @property
    def is_reached(self) -> bool:
        """Whether somebody came to the customer, where somebody has to."""
        return queries.is_reached(self.row)

    @property
    def is_confirmed(self) -> bool:
        """Whether the tick for a price before the arrival was set; it outlives the saving of a quantity."""
        return bool(self._request.POST.get("confirm_not_arrived"))

    @cached_property
    def announced(self) -> Sequence[Text]:
        """What the clock may still add."""
        return queries.announced(self.row, self.quote.book_id) if self.quote else ()

    @property
    def exclusions(self) -> list[str]:
        """The exclusions that the diagnosis found."""
        return [code for device in self.order.devices for code in device.exclusion_codes]

    @cached_property
    def is_above_consent(self) -> bool:
        """Whether the facts changed after the customer agreed, so that the work is dearer now."""
        if self.quote is None or self.quote.state != "accepted" or not self.is_open:
            return False
        return bool(queries.above_consent(self.row))

    @property
    def decision(self) -> Any:
        """Who decided, in which way."""
        if self.quote is None:
            return None
        mine = [c for c in self.order.consents if c.to_what == "quote" and c.subject_id == self.quote.pk]
        return mine[-1] if mine else None

    # -- choosing ---------------------------------------------------------------------------------------------------

    @property
    def words(self) -> str:
        """What is looked for in the price book."""
        return self._request.GET.get("q", "").replace("\x00", "").strip()[:60]

    @cached_property
    def found(self) -> list[Any]:
        """Items of the book: of the device's category first."""
        if self.quote is None:
            return []
        return pricing.items(
            self.quote.book_id, category=self._category, mode=self.order.mode, words=self.words, limit=FOUND
        )

    @cached_property
    def proposed(self) -> list[Any]:
        """What the fault proposes."""
        if self.quote is None or not self._category:
            return []
        sheets = repair.sheets(self.order.id)
        found = next((sheet.diagnosis for sheet in sheets if sheet.diagnosis), None)
        fault = " ".join([self.order.symptom, found.cause if found else "", found.inspection if found else ""])
        known = next((device.fault_code for device in self.order.devices if device.fault_code), "")
        chosen = {item.item.code for item in self.items}
        rows = pricing.propose(
            self.quote.book_id,
            category=self._category,
            fault_text=fault,
            part=found.component if found else "",
            fault_code=known,
            mode=self.order.mode,
        )
        return [row for row in rows if row.code not in chosen]

    @property
    def _category(self) -> str:
        return self.order.category or next((d.category for d in self.order.devices if d.category), "")

    @property
    def plan_form(self) -> KitForm:
        """What will be done."""
        return self._typed.get("plan") or PlanForm(initial={"plan": self.quote.plan if self.quote else ""})

    @cached_property
    def decider(self) -> ContactRow | None:
        """Whom of the customer or his household to ask (O-051)."""
        return customers.decider(self.order.customer_id, self.actor)

    @property
    def decision_form(self) -> KitForm:
        """The customer's answer."""
        asked = self.decider
        start = {"name": asked.name if asked else self.order.contact_name, "way": "signature", "answer": "yes"}
        if asked and asked.name != self.order.contact_name:
            start["way"] = "phone"  # he is not the one at home
        return self._typed.get("decision") or DecisionForm(initial=start, auto_id="decision-%s")

    @property
    def earlier(self) -> list[dict[str, Any]]:
        """The quotes before this one."""
        current = self.quote.pk if self.quote else None
        return [
            {
                "number": row.number or _("未发出"),
                "badge": Badge(STATE_LABELS[row.state], QUOTE_TONES[row.state]),
                "due": row.due_fen,
                "at": row.issued_at or row.created_at,
            }
            for row in queries.quotes_of(self.order.id)
            if row.pk != current
        ]


def _without_price(item: Any) -> dict[str, Any]:
    return {
        "name": item.item.name,
        "quantity": item.quantity,
        "unit": item.item.unit,
        "unit_fen": item.item.price_fen,
        "amount_fen": None,
        "payer": None,
        "reason": None,
        "item": item,
        "device": "",
    }


@require_safe
def quote(request: StaffRequest, number: str) -> HttpResponse:
    """The page; `?q=` looks for items of the book."""
    facts = _find(request, number)
    offer = Offer(request, facts)
    template = "desk/repair/_found.html" if is_htmx(request) and offer.quote is not None else PAGE
    return page(request, template, {"offer": offer})


@posted_quote
def start(request: StaffRequest, number: str) -> HttpResponse:
    """A draft with the inspection fee of the category."""
    facts = _find(request, number)
    return _answered(request, facts, lambda: actions.start(facts.id, by=request.actor, at=request.now))


@posted_quote
def add(request: StaffRequest, number: str) -> HttpResponse:
    """One more item; chosen twice it is two of them."""
    facts = _find(request, number)
    code = request.POST.get("code", "").replace("\x00", "")[:20]

    def run() -> Any:
        row = _standing(facts)
        device = _device(facts, request.POST.get("device", ""))
        drafts = _drafts(row.pk)
        same = next((n for n, d in enumerate(drafts) if d.item_code == code and d.device_line_id == device), None)
        if same is None:
            drafts.append(ItemDraft(code, device_line_id=device))
        else:
            one = drafts[same]
            drafts[same] = ItemDraft(code, one.quantity + 1, device, one.remark)
        return _set(request, row, drafts, row.plan)

    return _answered(request, facts, run)


@posted_quote
def items(request: StaffRequest, number: str) -> HttpResponse:
    """Quantities and plan as typed; an item is taken out with 移除, 报给客户 issues what was typed with it.

    No price is read from the form (R-128).
    """
    facts = _find(request, number)
    form = PlanForm(request.POST)

    def run() -> Any:
        row = _standing(facts)
        if not form.is_valid():
            raise Refused(Text(str(form.errors["plan"][0]), {}))
        out = request.POST.get("remove", "")
        drafts = []
        for item in queries.items_of(row.pk):
            if str(item.pk) == out:
                continue
            typed = request.POST.get(f"quantity_{item.pk}", str(item.quantity)).strip()
            quantity = whole_number(typed, digits=5) or 0
            drafts.append(ItemDraft(item.item.code, quantity, item.device_line_id, item.remark))
        with transaction.atomic():
            quote = _set(request, row, drafts, form.cleaned_data["plan"])
            if request.POST.get("issue"):
                actions.issue(
                    quote.pk,
                    confirm_not_arrived=bool(request.POST.get("confirm_not_arrived")),
                    seen=quote.version,
                    by=request.actor,
                    at=request.now,
                )
            return quote

    return _answered(request, facts, run)


@posted_quote
def revise(request: StaffRequest, number: str) -> HttpResponse:
    """A new draft of the same items."""
    facts = _find(request, number)
    return _answered(request, facts, lambda: actions.revise(_standing(facts).pk, by=request.actor, at=request.now))


@posted_quote
def decide(request: StaffRequest, number: str) -> HttpResponse:
    """Who decided, in which way, signed or with a reason (R-116)."""
    facts = _find(request, number)
    form = DecisionForm(request.POST, auto_id="decision-%s")

    def run() -> int:
        row = _standing(facts)
        request.actor.require(access.DECIDE)
        typed = dict(form.cleaned_data)
        is_accepted, signed = typed.pop("answer") == "yes", typed.pop("signature")
        with transaction.atomic():
            kept = None
            if signed is not None and typed["way"] == "signature":
                kept = files.attach_signature(
                    "orders.order",
                    facts.id,
                    strokes=strokes_of(signed),
                    signer=typed["name"],
                    by=request.actor,
                    at=request.now,
                ).pk
            seen = seen_version(request)
            return actions.decide(
                row.pk, is_accepted=is_accepted, **typed, signature_id=kept, seen=seen, by=request.actor, at=request.now
            ).pk

    if form.is_valid():
        with refusals_shown(request, form) as attempt:
            once(request, "quotes.decide", run)
        if attempt.ok:
            tell(request, _("已记录客户决定"))
            return see(request, Offer(request, _find(request, number)).back_url)
    offer = Offer(request, _find(request, number), decision=form)
    return page(request, PAGE, {"offer": offer}, status=422)


def _find(request: StaffRequest, number: str) -> Page:
    actor = request.actor
    actor.require_any((*access.PERMISSIONS, orders_access.SEE_ALL))
    return orders.page(orders_access.find(actor, number).pk, actor)


def _standing(facts: Page) -> Any:
    row = queries.standing(facts.id)
    if row is None:
        raise Missing
    return row


def _device(facts: Page, typed: str) -> int | None:
    known = [device.id for device in facts.devices]
    pk = whole_number(typed)
    return pk if pk in known else (known[0] if known else None)


def _drafts(quote_id: int) -> list[ItemDraft]:
    return [
        ItemDraft(item.item.code, item.quantity, item.device_line_id, item.remark)
        for item in queries.items_of(quote_id)
    ]


def _set(request: StaffRequest, row: Any, drafts: list[ItemDraft], plan: str) -> Any:
    try:
        return actions.set_items(
            row.pk, drafts, plan=plan, seen=seen_version(request), by=request.actor, at=request.now
        )
    except Invalid as refused:  # a sentence for the bar: the page has no field of that name
        raise Refused(refused.text, code="invalid") from refused


def _answered(request: StaffRequest, facts: Page, run: Callable[[], Any]) -> HttpResponse:
    """The quote anew, or what stands against it in the message bar."""
    with refusals_shown(request):
        run()
    offer = Offer(request, _find(request, facts.number))
    to = reverse("desk:quote", args=[facts.number])
    return fragment_or_redirect(request, PAGE, {"offer": offer}, to=to, fragment="quote")
