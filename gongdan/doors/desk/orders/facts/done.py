"""What was done for an order: visits, work, quotes, calls, money, papers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gongdan.dispatch import queries as dispatch
from gongdan.dispatch.states import METHOD_LABELS, VISIT_LABELS
from gongdan.doors.desk.orders.facts.sheet import Sheet
from gongdan.doors.desk.repair import helping
from gongdan.doors.desk.words import QUOTE_TONES, VISIT_TONES, money_badge
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.tables import Badge
from gongdan.files import queries as files
from gongdan.followup import queries as followup
from gongdan.followup.rules import CALL_KINDS
from gongdan.kernel.text import Text
from gongdan.orders.queries import DeviceFacts
from gongdan.orders.states import Status
from gongdan.pricing.states import PAYER_LABELS, Payer
from gongdan.quotes import queries as quotes
from gongdan.quotes.states import KIND_LABELS as QUOTE_KINDS
from gongdan.quotes.states import STATE_LABELS as QUOTE_STATES
from gongdan.repair import queries as repair
from gongdan.repair.rules import OLD_PARTS
from gongdan.settlement import queries as settlement


class Done(Sheet):
    """What the stations did for it: visits, work, prices, calls, money and papers."""

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
    def work(self) -> list[dict[str, Any]]:
        """What was found and done, device by device."""
        done, _was_asked = self._worked
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
    def questions(self) -> list[dict[str, Any]]:
        """求助: what was asked and answered, with the form of whoever is asked (R-195, R-197)."""
        _done, was_asked = self._worked
        return helping.questions(repair.help_of(self.order.id), self.actor, self._typed) if was_asked else []

    @property
    def is_asking(self) -> bool:
        """Whether a question still waits for its answer."""
        return any(one["is_open"] for one in self.questions)

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
    def _trips(self) -> tuple[list[dispatch.Trip], list[dispatch.Promised]]:
        return dispatch.trips_and_promises(self.order.id)

    @cached_property
    def _worked(self) -> tuple[Mapping[int, repair.Done], bool]:
        return repair.done_on(self.order.id) if self.has_repair else ({}, False)

    @cached_property
    def _calls(self) -> list[Any]:
        return followup.calls_of(self.order.id)

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


def _device_name(device: DeviceFacts) -> str:
    return device.name or _("第 %(place)s 台设备") % {"place": device.position + 1}
