"""What may be done next on an order, and with which forms."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gongdan.doors.desk.orders.dispute import Dispute
from gongdan.doors.desk.orders.facts.sheet import Sheet
from gongdan.doors.desk.orders.forms import NEXT, AnswerForm, CancelForm, ChaseForm, ComplaintForm, ContactForm
from gongdan.doors.desk.orders.telephone import Telephone
from gongdan.doors.kit.forms import KitForm
from gongdan.kernel.text import Text
from gongdan.orders import access, rules
from gongdan.orders.states import Flow, Purpose, Source, Status


class Deeds(Sheet):
    """What this actor may do on the order, and the forms for it."""

    @property
    def flows(self) -> list[dict[str, Any]]:
        """The three ways of a request that nobody has decided on yet, and what may still be changed (R-048, R-049).

        A repair that was begun stays one; a complaint with something written on it goes on beside a linked repair.
        """
        order = self.order
        labels = {"repair": _("转维修"), "inquiry": _("转咨询"), "complaint": _("转投诉")}
        keys = {"repair": "w", "inquiry": "q", "complaint": "c"}
        came_far = (order.quote_state, order.money_state, order.promised_from, order.technician_names, order.arrived_at)
        is_begun = order.status is Status.TO_DISPATCH and any((*came_far, order.finished_at, order.settled_at))
        written = order.flow == Flow.COMPLAINT and (
            order.complaint is not None
            or any(other.kind == "complaint_about" and other.is_earlier for other in order.related)
        )
        found = []
        for flow, label in labels.items():
            if f"choose_{flow}" not in self.verbs or is_begun or (written and flow != "repair"):
                continue
            name, args = ("desk:order-turn", [order.number]) if written else ("desk:order-flow", [order.number, flow])
            is_first = flow == "repair" and order.status is Status.REGISTERED
            found.append(
                {
                    "label": label,
                    "url": reverse(name, args=args),
                    "kind": "primary" if is_first else "plain",
                    "key": keys[flow] if order.status is Status.REGISTERED else "",
                    "stays": not written,
                }
            )
        if written and self._turned:
            found = [one for one in found if one["stays"]]
        return found

    @property
    def may_edit(self) -> bool:
        """Whether the registered data may still be changed by this actor."""
        refusal = rules.edit_refusal(self.order.status, is_historic=self.order.is_historic)
        return refusal is None and self.actor.may(access.EDIT)

    @property
    def may_edit_devices(self) -> bool:
        """Whether devices may still be added, corrected and taken off by this actor."""
        refusal = rules.devices_refusal(self.order.status, is_historic=self.order.is_historic)
        return refusal is None and self.actor.may(access.EDIT)

    @property
    def may_overrule(self) -> bool:
        """Whether this actor may still decide otherwise than the warranty's rule did."""
        is_open = not self.order.is_historic and rules.overrule_refusal(self.order.status) is None
        return is_open and self.actor.may(access.OVERRULE_WARRANTY)

    @property
    def may_accept(self) -> bool:
        """Whether nobody has received it yet, and this actor may (R-047)."""
        waits = self.order.status is Status.REGISTERED and self.order.accepted_at is None
        return waits and not self.order.is_historic and self.actor.may(access.CHOOSE_FLOW)

    @property
    def may_turn(self) -> bool:
        """Whether a closed question can become a repair of its own (R-049)."""
        order = self.order
        ended = (Status.TO_FOLLOW_UP, Status.CLOSED) if order.flow == Flow.COMPLAINT else (Status.CLOSED,)
        is_question = order.flow in (Flow.INQUIRY, Flow.COMPLAINT) and order.status in ended
        return is_question and not self._turned and not order.is_historic and self.actor.may(access.CHOOSE_FLOW)

    @property
    def _turned(self) -> bool:
        """Whether a repair came out of this question or complaint already."""
        return any(
            other.kind in ("from_inquiry", "from_complaint") and not other.is_earlier and other.status != "cancelled"
            for other in self.order.related
        )

    @property
    def may_complain(self) -> bool:
        """Whether a complaint about this order can be taken in here."""
        order = self.order
        may = self.actor.may(access.CHOOSE_FLOW) or self.actor.may("followup.call")
        return may and not order.is_historic and order.flow == Flow.REPAIR and order.status is not Status.CANCELLED

    @property
    def is_again(self) -> bool:
        """Whether the same fault was reported again and again, which asks for an apology (R-241)."""
        return any(hold.code == rules.REPEAT_FAULT for hold in self.order.holds)

    @property
    def may_log_contact(self) -> bool:
        """Whether an attempt to reach the customer can be noted."""
        return not self.order.is_historic and self.actor.may_any(access.LOGS_CONTACT)

    @property
    def may_chase(self) -> bool:
        """Whether one more call of the customer can be counted here (O-048)."""
        order = self.order
        return not order.is_historic and rules.chase_refusal(order.status) is None and self.actor.may(access.REGISTER)

    @property
    def may_mark_wrong(self) -> bool:
        """Whether the number can be marked as wrong (O-052)."""
        order = self.order
        return self.may_log_contact and order.status in rules.OPEN and bool(order.phone) and not order.phone_is_wrong

    @property
    def ask_back(self) -> Text:
        """Whom to ask for the right number."""
        return rules.ASK_BACK[Source(self.order.source)]

    @property
    def may_note_rooms(self) -> bool:
        """Whether the devices can be finished one by one (O-038)."""
        several = len(self.order.devices) > 1 and self.order.status is Status.IN_REPAIR
        return several and self.actor.may_any(access.SPLITS)

    @property
    def may_receipt(self) -> bool:
        """Whether the receipt can be printed."""
        return not self.order.is_historic and self.actor.may(access.REGISTER)

    @property
    def may_sheet(self) -> bool:
        """Whether there is a service sheet to print (R-131)."""
        return self.has_repair and not self.order.is_historic and self.order.status is not Status.CANCELLED

    @property
    def answer_form(self) -> KitForm:
        """Question and answer; a sent one that was refused keeps its words."""
        answer = self.order.answer
        start = {
            "question": (answer.question if answer else "") or self.order.symptom,
            "text": answer.text if answer else "",
            "wants_follow_up": answer.wants_follow_up if answer else self.order.flow == Flow.COMPLAINT,
        }
        return self._typed.get("answer") or AnswerForm(initial=start)

    @property
    def contact_form(self) -> KitForm:
        """One more attempt to reach the customer."""
        return self._typed.get("contact") or ContactForm(initial={"purpose": Purpose.CONTACT})

    @property
    def retries(self) -> list[tuple[str, Any, Any]]:
        """When to try again where nobody answered: a click each (R-063)."""
        return [(name, NEXT[name], at) for name, at in rules.retry_times(self._request.now).items()]

    @property
    def cancel_form(self) -> KitForm:
        """Why nothing more will be done."""
        return self._typed.get("cancel") or CancelForm()

    @property
    def complaint_form(self) -> KitForm:
        """What the customer complains of."""
        return self._typed.get("complaint") or ComplaintForm()

    @property
    def chase_form(self) -> KitForm:
        """What the customer asked while it is open, and what he was told."""
        return self._typed.get("chase") or ChaseForm()

    @cached_property
    def telephone(self) -> Telephone:
        """What may be asked, judged and solved over the telephone."""
        return Telephone(self.order, self.actor, self._typed)

    @cached_property
    def dispute(self) -> Dispute:
        """The complaint, if it is one."""
        return Dispute(self.order, self.actor, self._typed)
