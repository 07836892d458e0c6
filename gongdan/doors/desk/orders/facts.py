"""Everything about one order, ready for its page: read once, finished words, what may be done next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from gongdan.devices import queries as devices
from gongdan.dispatch import queries as dispatch
from gongdan.dispatch.states import METHOD_LABELS, VISIT_LABELS
from gongdan.doors.desk.history import history
from gongdan.doors.desk.menu import way
from gongdan.doors.desk.orders.dispute import Dispute
from gongdan.doors.desk.orders.forms import NEXT, AnswerForm, CancelForm, ChaseForm, ComplaintForm, ContactForm
from gongdan.doors.desk.orders.telephone import Telephone
from gongdan.doors.desk.words import (
    QUOTE_TONES,
    VISIT_TONES,
    coverage_badge,
    money_badge,
    order_badge,
    priority_badge,
)
from gongdan.doors.kit import drawn
from gongdan.doors.kit.forms import KitForm
from gongdan.doors.kit.middleware import StaffRequest
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.tables import Badge
from gongdan.files import queries as files
from gongdan.followup import queries as followup
from gongdan.followup.rules import CALL_KINDS
from gongdan.kernel.actor import Actor
from gongdan.kernel.text import Text
from gongdan.kernel.text import _ as text
from gongdan.orders import access, rules
from gongdan.orders import queries as orders
from gongdan.orders.queries import DeviceFacts, Page
from gongdan.orders.states import (
    ATTEMPT_LABELS,
    CHANNEL_LABELS,
    FLOW_LABELS,
    IMPACT_LABELS,
    KIND_LABELS,
    MODE_LABELS,
    PURPOSE_LABELS,
    SOURCE_LABELS,
    URGENCY_LABELS,
    AttemptResult,
    Flow,
    Purpose,
    Status,
)
from gongdan.pricing.states import PAYER_LABELS, Payer
from gongdan.quotes import queries as quotes
from gongdan.quotes.states import KIND_LABELS as QUOTE_KINDS
from gongdan.quotes.states import STATE_LABELS as QUOTE_STATES
from gongdan.repair import queries as repair
from gongdan.repair.rules import OLD_PARTS, RESULTS
from gongdan.settlement import queries as settlement

EVENTS = 50  # so many of the newest events are shown at once
WORDS = {  # how the codes read that an event may have kept
    "kind": KIND_LABELS, "mode": MODE_LABELS, "source": SOURCE_LABELS, "channel": CHANNEL_LABELS,
    "impact": IMPACT_LABELS, "urgency": URGENCY_LABELS,
}  # fmt: skip
PART_LABELS: Mapping[str, Text] = {
    "technician": text("师傅"),
    "helper": text("协助"),
    "consultant": text("技术支持"),
    "adviser": text("受邀指导"),
    "registrar": text("登记"),
}
RELATION_WORDS: Mapping[tuple[str, bool], Text] = {
    ("from_inquiry", True): text("由此咨询转来"),
    ("from_inquiry", False): text("已转维修单"),
    ("from_call", True): text("由此单回访转来"),
    ("from_call", False): text("回访转维修单"),
    ("complaint_about", True): text("投诉的工单"),
    ("complaint_about", False): text("对本单的投诉"),
    ("from_complaint", True): text("由此投诉转来"),
    ("from_complaint", False): text("已转维修单"),
    ("split_from", True): text("拆分自"),
    ("split_from", False): text("拆分出的工单"),
    ("rework_of", True): text("返修自"),
    ("rework_of", False): text("返修单"),
}


@dataclass(frozen=True, slots=True)
class Station:
    """The document of a later station, and who opens it."""

    url_name: str
    label: str
    verb: str
    permissions: tuple[str, ...]


def stations() -> Mapping[Status, Station]:
    """Whose turn it is in which status."""
    return {
        Status.TO_DISPATCH: Station("desk:dispatch-order", _("派工"), "start_repair", ("dispatch.assign",)),
        Status.IN_REPAIR: Station("desk:repair-order", _("维修处理"), "finish_repair", ("repair.work",)),
        Status.TO_SETTLE: Station("desk:settlement-order", _("结算"), "settle", ("settlement.view",)),
        Status.TO_FOLLOW_UP: Station("desk:follow-up-order", _("回访"), "close", ("followup.call",)),
    }


class Timeline:
    """Some of 处理过程, newest first, and the way to what was before."""

    def __init__(self, order: Page, actor: Actor, now: datetime, before: int | None = None) -> None:
        found = history("orders.order", order.id, actor, limit=EVENTS + 1, before=before, words=WORDS)
        told = found[:EVENTS]
        unfold = escape(_("改了什么"))
        rows = "".join(_entry(one, unfold, now) for one in told)
        self.drawn = Markup(f'<ol class="k-timeline">{rows}</ol>')  # noqa: S704 - every part is escaped
        is_more = len(found) > EVENTS
        address = reverse("desk:order-timeline", args=[order.number])
        self.more_url = f"{address}?before={told[-1]['id']}" if is_more else ""


def _entry(entry: Mapping[str, Any], unfold: str, now: datetime) -> str:
    """One event as `ui.timeline` draws it, in Python: there are many."""
    details = entry["details"]
    more = f'<details class="d-changes"><summary>{unfold}</summary>{details}</details>' if details else ""
    shown = f'<div class="k-timeline-more">{more}</div>' if more else ""
    return (
        f'<li><div class="k-timeline-head"><b>{escape(entry["who"])}</b>{drawn.moment(entry["at"], now)}</div>'
        f"<p>{escape(entry['what'])}</p>{shown}</li>"
    )


class Document:
    """The page of an order. Forms that were sent and refused come in by name, with what was typed."""

    def __init__(self, request: StaffRequest, order: Page, **typed: KitForm) -> None:
        self._request = request
        self._typed = typed
        self.order = order
        self.actor = request.actor
        self.url = reverse("desk:order", args=[order.number])
        self.verbs = {move.verb: move for move in order.buttons}

    # -- the head ---------------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """Customer and fault in one line."""
        words = (self.order.device_text or self.order.category, self.order.symptom)
        what = " ".join(" ".join(word.split()) for word in words if word)
        return f"{self.order.customer_name} · {what[:60]}{'…' if len(what) > 60 else ''}"

    @property
    def badges(self) -> list[Badge]:
        """Status, priority, coverage and money in a word each."""
        order = self.order
        found = [order_badge(order.status)]
        if order.priority in ("p1", "p2"):
            found.append(priority_badge(order.priority))
        if order.flag in rules.FLAG_LABELS:
            found.append(Badge(rules.FLAG_LABELS[order.flag], "danger" if order.flag == "refuse" else "running"))
        if order.chased:
            found.append(Badge(_("催单 %(count)s 次") % {"count": order.chased}, "danger"))
        covers = dict.fromkeys(device.coverage_label for device in order.devices if device.coverage_label)
        found += [badge for label in covers if (badge := coverage_badge(label))]
        if badge := money_badge(order.money_state):
            found.append(badge)
        if order.is_historic:
            found.append(Badge(_("历史工单"), "quiet", _("导入的历史工单，只供查阅")))
        return found

    @property
    def steps(self) -> list[tuple[str, str]]:
        """接待→派工→维修处理→结算→回访, or the shorter way of a question, and where it stands."""
        order = self.order
        if order.flow == Flow.INQUIRY:
            names = [_("接待"), _("咨询答复"), _("结单")]
            at = {Status.ANSWERING: 1, Status.CLOSED: 3}.get(order.status, 1)
        elif order.flow == Flow.COMPLAINT:
            names = [_("接待"), _("投诉处理"), _("回访"), _("结单")]
            at = {Status.ANSWERING: 1, Status.TO_FOLLOW_UP: 2, Status.CLOSED: 4}.get(order.status, 1)
        elif self.is_solved_by_phone:
            names = [_("接待"), _("电话解决"), _("回访")]
            at = 3 if order.status is Status.CLOSED else 2
        else:
            names = [_("接待"), _("派工"), _("维修处理"), _("结算"), _("回访")]
            at = _PLACES.get(order.status, 0)
        if order.status is Status.CANCELLED:
            return [(name, "done" if place == 0 else "todo") for place, name in enumerate(names)]
        return [(name, "done" if n < at else "now" if n == at else "todo") for n, name in enumerate(names)]

    @property
    def is_solved_by_phone(self) -> bool:
        """Whether help by telephone was the end of it: nobody was dispatched, nothing is settled."""
        order = self.order
        ended = order.status in (Status.TO_FOLLOW_UP, Status.CLOSED) and order.settled_at is None
        return ended and order.flow == Flow.REPAIR and bool(order.phone_fixes)

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
    def station(self) -> dict[str, Any] | None:
        """The document of the station whose turn it is, if this actor works there."""
        found = stations().get(self.order.status)
        if found is None or self.order.is_historic or not any(self.actor.may(one) for one in found.permissions):
            return None
        url = way(found.url_name, self.order.number)
        return {"label": found.label, "url": url} if url else None

    @property
    def quote_url(self) -> str:
        """Where a price is put together, while there may be one."""
        is_open = self.order.status in (Status.TO_DISPATCH, Status.IN_REPAIR) and not self.order.is_historic
        return way("desk:quote", self.order.number) if is_open and self.actor.may("quotes.edit") else ""

    @property
    def may_edit(self) -> bool:
        """Whether the registered data may still be changed by this actor."""
        refusal = rules.edit_refusal(self.order.status, is_historic=self.order.is_historic)
        return refusal is None and self.actor.may(access.EDIT)

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
    def may_log_contact(self) -> bool:
        """Whether an attempt to reach the customer can be noted."""
        return not self.order.is_historic and any(self.actor.may(one) for one in access.LOGS_CONTACT)

    @property
    def may_receipt(self) -> bool:
        """Whether the receipt can be printed."""
        return not self.order.is_historic and self.actor.may(access.REGISTER)

    @property
    def may_sheet(self) -> bool:
        """Whether there is a service sheet to print (R-131)."""
        return self.has_repair and not self.order.is_historic and self.order.status is not Status.CANCELLED

    @property
    def has_repair(self) -> bool:
        """Whether the order goes, or went, through the workshop."""
        return self.order.flow == Flow.REPAIR

    # -- forms ------------------------------------------------------------------------------------------------------

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
    def contact_count(self) -> str:
        """How often the customer was called, and how often he was reached."""
        tried = self.order.attempts
        if not tried:
            return ""
        reached = sum(row.result == AttemptResult.REACHED for row in tried)
        return _("已联系 %(count)s 次，接通 %(reached)s 次") % {"count": len(tried), "reached": reached}

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

    @property
    def may_chase(self) -> bool:
        """Whether one more call of the customer can be counted here (O-048)."""
        order = self.order
        return not order.is_historic and rules.chase_refusal(order.status) is None and self.actor.may(access.REGISTER)

    @cached_property
    def telephone(self) -> Telephone:
        """What may be asked, judged and solved over the telephone."""
        return Telephone(self.order, self.actor, self._typed)

    @cached_property
    def dispute(self) -> Dispute:
        """The complaint, if it is one."""
        return Dispute(self.order, self.actor, self._typed)

    # -- what is known ----------------------------------------------------------------------------------------------

    @property
    def customer_facts(self) -> list[tuple[str, Any]]:
        """Who, where, and how it came in."""
        order = self.order
        customer_url = way("desk:customer", order.customer_id)
        name = Markup('<a href="{}">{}</a>').format(customer_url, order.customer_name)
        source = [sentence(SOURCE_LABELS[_known(SOURCE_LABELS, order.source)]), order.referrer]
        return _filled(
            (_("客户"), name if customer_url and self.actor.may("customers.view") else order.customer_name),
            (_("联系人"), order.contact_name),
            (_("联系电话"), self._phone(order.phone) or order.no_phone_reason),
            (_("备用电话"), self._phone(order.phone2)),
            (_("地址"), order.full_address),
            (_("报修来源"), " · ".join(word for word in source if word)),
            (_("受理渠道"), sentence(CHANNEL_LABELS[_known(CHANNEL_LABELS, order.channel)])),
            (_("登记"), self._by(order.received_by, order.received_at)),
            (_("接收"), self._by(order.accepted_by, order.accepted_at)),
            (_("处理流程"), self._flow()),
            (_("参与人"), self._people()),
        )

    @property
    def fault_facts(self) -> list[tuple[str, Any]]:
        """What is wrong and how urgent it is."""
        order = self.order
        return _filled(
            (_("发生时间"), order.occurred),
            (_("故障代码"), order.error_code),
            (_("工单类别"), sentence(KIND_LABELS[_known(KIND_LABELS, order.kind)])),
            (_("服务方式"), self._mode()),
            (_("影响范围"), sentence(IMPACT_LABELS[_known(IMPACT_LABELS, order.impact)])),
            (_("紧急程度"), sentence(URGENCY_LABELS[_known(URGENCY_LABELS, order.urgency)])),
            (_("优先级"), self._priority()),
            (_("备注"), order.remark),
        )

    @cached_property
    def devices(self) -> list[dict[str, Any]]:
        """The devices with their verdict and how it came about."""
        return [
            {
                "name": " ".join(word for word in (one.place, one.brand, one.model, one.category) if word)
                or _("未登记设备"),
                "url": way("desk:device", one.device_id) if one.device_id else "",
                "facts": _filled(
                    (_("机身编号"), one.serial),
                    (_("购买日期"), one.purchase_on.isoformat() if one.purchase_on else ""),
                    (_("发票号"), one.invoice_no),
                    (_("外观"), one.appearance),
                    (_("随机附件"), one.accessories),
                    (_("故障"), one.fault or one.symptom),
                ),
                "badge": coverage_badge(one.coverage_label),
                "days": _days(one.verdict),
                "steps": _verdict_steps(one.verdict),
                "overruled": one.overruled_reason,
                "result": sentence(RESULTS[one.result]) if one.result in RESULTS else "",
            }
            for one in self.order.devices
        ]

    @cached_property
    def visits(self) -> list[dict[str, Any]]:
        """The dispatch lines: who, when planned, when there."""
        return [
            {
                "technician": visit.technician,
                "task": visit.task,
                "badge": Badge(VISIT_LABELS[visit.status], VISIT_TONES[visit.status]),
                "window": (visit.planned_from, visit.planned_to),
                "method": sentence(METHOD_LABELS[visit.method]),
                "arrived_at": visit.arrived_at,
                "left_at": visit.left_at,
                "remark": visit.remark,
            }
            for visit in self._trips[0]
        ]

    @cached_property
    def promises(self) -> list[dict[str, Any]]:
        """Every window that was ever told to the customer, the first one first."""
        return [
            {
                "window": (row.start, row.end),
                "is_first": row.is_first,
                "is_withdrawn": row.withdrawn_at is not None,
                "reason": row.reason,
                "who": row.who,
                "at": row.promised_at,
            }
            for row in self._trips[1]
        ]

    @cached_property
    def is_late(self) -> bool:
        """Whether the promised time is over and nobody has been there."""
        order = self.order
        waits = order.status in (Status.TO_DISPATCH, Status.IN_REPAIR) and order.arrived_at is None
        return waits and order.promised_to is not None and order.promised_to < self._request.now

    @cached_property
    def quotes(self) -> list[dict[str, Any]]:
        """The prices given so far, newest first, each line with its reason."""
        return [
            {
                "number": quote.number,
                "kind": sentence(QUOTE_KINDS[quote.kind]),
                "badge": Badge(QUOTE_STATES[quote.state], QUOTE_TONES[quote.state]),
                "plan": quote.plan,
                "due_fen": quote.due_fen,
                "issued_at": quote.issued_at,
                "decision": quote.decision_reason,
                "lines": self._quote_lines(quote),
                "is_open": quote.state != "superseded",
            }
            for quote in self._quotes
        ]

    @cached_property
    def work(self) -> list[dict[str, Any]]:
        """What was found and done, device by device."""
        done = repair.done_on(self.order.id) if self.has_repair else {}
        return [
            {
                "name": _device_name(device),
                "inspection": done[device.id].inspection,
                "cause": done[device.id].cause,
                "actions": done[device.id].actions,
                "parts": [
                    {
                        "name": f"{name} × {quantity}",
                        "serial": serial,
                        "old": sentence(OLD_PARTS[old]) if old in OLD_PARTS else "",
                    }
                    for name, quantity, serial, old in done[device.id].parts
                ],
                "passed": sum(passed is True for _name, passed in done[device.id].tests),
                "failed": [name for name, passed in done[device.id].tests if passed is False],
            }
            for device in self.order.devices
            if device.id in done
        ]

    @cached_property
    def attempts(self) -> list[dict[str, Any]]:
        """The calls, newest first, and when the next one is due."""
        return [
            {
                "at": row.at,
                "who": row.by_name,
                "badge": Badge(
                    ATTEMPT_LABELS[AttemptResult(row.result)],
                    "done" if row.result == AttemptResult.REACHED else "waiting",
                ),
                "purpose": sentence(PURPOSE_LABELS[Purpose(row.purpose)]),
                "note": row.note,
                "next_at": row.next_at,
            }
            for row in reversed(self.order.attempts)
        ]

    @cached_property
    def calls(self) -> list[dict[str, Any]]:
        """回访, done and due."""
        words = {
            "due": (_("待回访"), "waiting"),
            "done": (_("已回访"), "done"),
            "given_up": (_("未接通结案"), "quiet"),
            "no_reply": (_("未回复结案"), "quiet"),
        }
        return [
            {
                "kind": sentence(CALL_KINDS[row.kind]) if row.kind in CALL_KINDS else "",
                "badge": Badge(*words[row.state]),
                "due_at": row.due_at if row.state == "due" else None,
                "at": row.done_at,
                "who": row.done_by.name if row.done_by else "",
                "label": row.label.name if row.label else "",
                "content": row.content,
                "suggestion": row.suggestion,
            }
            for row in self._calls
        ]

    @property
    def survey(self) -> dict[str, Any] | None:
        """满意度调查, as far as the customer was asked (R-189). It comes with the calls."""
        row = followup.survey_among(self._calls)
        if row is None:
            return None
        scores = [(item, score) for item, score in row.scores.items()]
        return {"scores": scores, "remark": row.remark, "at": row.at, "who": row.by.name if row.by else ""}

    @cached_property
    def _calls(self) -> list[Any]:
        return followup.calls_of(self.order.id)

    @cached_property
    def money(self) -> dict[str, Any] | None:
        """Due, received and what stands between, as far as this actor looks after money."""
        if not self.actor.may("settlement.view"):
            return None
        payments = [
            {
                "day": row.day,
                "account": row.account,
                "payee": row.payee,
                "fen": row.fen,
                "remark": row.words,
            }
            for row in self._money.payments
        ]
        if self._money.position is None and not payments:
            return None
        return {"position": self._money.position, "payments": payments, "badge": money_badge(self.order.money_state)}

    @cached_property
    def papers(self) -> list[dict[str, Any]]:
        """The papers issued about this order and its parts, newest first."""
        bills = self._money.bills if self.actor.may("settlement.view") else ()
        found = files.papers_about(
            {
                "orders.order": [self.order.id],
                "quotes.quote": [quote.pk for quote in self._quotes],
                "settlement.bill": [bill.pk for bill in bills],
            }
        )
        return [
            {
                "title": paper.title or _("单据"),
                "number": paper.number,
                "version": paper.version,
                "url": reverse("desk:paper", args=[paper.id]),
                "at": paper.issued_at,
                "mark": _("已冲红") if paper.is_reversed else _("旧版") if paper.is_superseded else "",
            }
            for paper in found
        ]

    @cached_property
    def attachments(self) -> list[dict[str, Any]]:
        """Pictures and files."""
        return [
            {"name": row.name, "url": reverse("desk:attachment", args=[row.pk]), "at": row.at, "who": row.actor_name}
            for row in files.attachments_of("orders.order", self.order.id)
            if row.role != "signature"
        ]

    @cached_property
    def related(self) -> list[dict[str, Any]]:
        """Other orders that belong here: by word, and earlier ones of the same devices (R-130)."""
        named = [
            {
                "number": other.number,
                "url": reverse("desk:order", args=[other.number]),
                "what": RELATION_WORDS[other.kind, other.is_earlier],
                "badge": order_badge(other.status),
                "at": other.at,
            }
            for other in self.order.related
        ]
        known = {self.order.number, *(row["number"] for row in named)}
        return named + [
            {
                "number": row["number"],
                "url": reverse("desk:order", args=[row["number"]]),
                "what": _("同一设备：%(symptom)s") % {"symptom": row["symptom"][:20]},
                "badge": order_badge(row["status"]),
                "at": row["received_at"],
            }
            for row in orders.of_devices(self._device_ids, self.actor, limit=10 * len(self._device_ids) + 1)
            if row["number"] not in known
        ]

    @cached_property
    def archive(self) -> list[dict[str, Any]]:
        """Imported earlier work on the devices, which has no order here."""
        return [
            {"on": row.on, "fault": row.fault, "remedy": row.remedy or row.parts, "number": row.order_number}
            for row in devices.archive_of(self._device_ids, limit=10 * len(self._device_ids))
            if row.order_id is None
        ]

    @property
    def phone_warning(self) -> Text | None:
        """What to know before the customer's number is dialled (O-052)."""
        order = self.order
        return rules.virtual_phone_warning(
            is_virtual=order.phone_is_virtual, expires_at=order.phone_expires_at, now=self._request.now
        )

    @property
    def may_note_rooms(self) -> bool:
        """Whether the devices can be finished one by one (O-038)."""
        several = len(self.order.devices) > 1 and self.order.status is Status.IN_REPAIR
        return several and any(self.actor.may(permission) for permission in access.SPLITS)

    @property
    def may_mark_wrong(self) -> bool:
        """Whether the number can be marked as wrong (O-052)."""
        order = self.order
        return self.may_log_contact and order.status in rules.OPEN and bool(order.phone) and not order.hold_code

    @cached_property
    def holds(self) -> list[dict[str, Any]]:
        """What stands against the next step, by name."""
        is_past_dispatch = _PLACES.get(self.order.status, 0) > _PLACES[Status.IN_REPAIR]
        return [
            {
                "id": hold.id,
                "code": hold.code,
                "reason": hold.reason,
                "label": rules.HOLD_LABELS.get(hold.code, ""),
                "at": hold.placed_at,
                "who": hold.placed_by,
            }
            for hold in self.order.holds
            if hold.released_at is None and not (hold.kind == "dispatch" and is_past_dispatch)
        ]

    @cached_property
    def timeline(self) -> Timeline:
        """处理过程: what happened, newest first, old and new values behind a click (R-079, R-250)."""
        return Timeline(self.order, self.actor, self._request.now)

    @cached_property
    def _trips(self) -> tuple[list[dispatch.Trip], list[dispatch.Promised]]:
        return dispatch.trips_and_promises(self.order.id)

    @cached_property
    def _device_ids(self) -> list[int]:
        return list(dict.fromkeys(one.device_id for one in self.order.devices if one.device_id))

    @cached_property
    def _quotes(self) -> list[Any]:
        return quotes.quotes_of(self.order.id)

    @cached_property
    def _lines(self) -> Mapping[int, list[Any]]:
        """The stored lines of the quotes that show theirs: not of drafts, which are computed, nor of old ones."""
        return quotes.lines_by_quote([q.pk for q in self._quotes if q.state not in ("draft", "superseded")])

    @cached_property
    def _money(self) -> settlement.Money:
        return settlement.money_of(
            self.order.id,
            is_finished=self.order.status is Status.TO_SETTLE,
            standing=quotes.standing_among(self._quotes),
        )

    def _quote_lines(self, quote: Any) -> list[dict[str, Any]]:
        if quote.state == "draft":
            return [
                {
                    "name": line.name,
                    "quantity": f"{line.quantity} {line.unit}".strip(),
                    "unit_fen": line.unit_fen,
                    "fen": line.amount_fen,
                    "payer": line.payer,
                    "payer_label": sentence(PAYER_LABELS[line.payer]),
                    "reason": line.reason,
                }
                for line in quotes.live_bill(quote).lines
            ]
        return [
            {
                "name": row.name,
                "quantity": f"{row.quantity} {row.unit}".strip(),
                "unit_fen": row.unit_fen,
                "fen": row.amount_fen,
                "payer": row.payer,
                "payer_label": sentence(PAYER_LABELS[Payer(row.payer)]),
                "reason": Text.from_json(row.reason) if row.reason else "",
            }
            for row in self._lines.get(quote.pk, ())
        ]

    def _phone(self, number: str) -> Markup | str:
        if not number or not self.order.sees_phone:
            return number
        return Markup('<a class="k-phone" href="tel:{}">{}</a>').format("".join(number.split()), number)

    def _by(self, name: str, at: Any) -> Markup | str:
        if at is None:
            return ""
        return Markup("{} {}").format(name or _("网上或导入"), drawn.moment(at, self._request.now))

    def _flow(self) -> Markup | str:
        order = self.order
        label = sentence(FLOW_LABELS[order.flow])
        if order.flow_chosen_at is None:
            return label
        return Markup("{} · {}").format(label, self._by(order.flow_chosen_by, order.flow_chosen_at))

    def _people(self) -> str:
        """Who works on it now, each with his part."""
        now = [one for one in self.order.participants if one.until is None]
        return "、".join(f"{one.name}（{sentence(PART_LABELS[one.part])}）" for one in now if one.part in PART_LABELS)

    def _mode(self) -> str:
        label = sentence(MODE_LABELS[_known(MODE_LABELS, self.order.mode)])
        return f"{label}（{self.order.store}）" if self.order.store else label

    def _priority(self) -> str:
        label = sentence(priority_badge(self.order.priority).label)
        return f"{label}（{self.order.priority_reason}）" if self.order.priority_reason else label


_PLACES: Mapping[Status, int] = {
    Status.REGISTERED: 0,
    Status.ANSWERING: 1,
    Status.TO_DISPATCH: 1,
    Status.IN_REPAIR: 2,
    Status.TO_SETTLE: 3,
    Status.TO_FOLLOW_UP: 4,
    Status.CLOSED: 5,
}


def _filled(*pairs: tuple[str, Any]) -> list[tuple[str, Any]]:
    """What is known: a word without a value says nothing."""
    return [(label, value) for label, value in pairs if value]


def _known(labels: Mapping[Any, Text], value: str) -> Any:
    return next(word for word in labels if word == value)


def _device_name(device: DeviceFacts) -> str:
    words = " ".join(word for word in (device.place, device.brand, device.category, device.model) if word)
    return words or _("第 %(place)s 台设备") % {"place": device.position + 1}


def _days(verdict: Mapping[str, Any] | None) -> str:
    """How long the cover lasted on the day it was asked for."""
    last = (verdict or {}).get("last_day")
    if not last:
        return ""
    left = (verdict or {}).get("days_left")
    until = date.fromisoformat(last)
    if left is not None and left >= 0:
        return _("到 %(day)s，登记时还剩 %(days)s 天") % {"day": until, "days": left}
    return _("已于 %(day)s 到期") % {"day": until}


def _verdict_steps(verdict: Mapping[str, Any] | None) -> list[Text]:
    return [Text.from_json(step) for step in (verdict or {}).get("steps", ())]
