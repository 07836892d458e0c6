"""Issuing the papers of an order: its receipt, its trouble ticket, the sheet to be signed room by room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.files import actions as files
from gongdan.files import queries as files_queries
from gongdan.files.models import Paper
from gongdan.files.papers import Firm
from gongdan.files.rules import plain_snapshot
from gongdan.kernel.actor import Actor
from gongdan.orders import access, papers, queries
from gongdan.orders.actions.deposits import locked
from gongdan.orders.events import Verb
from gongdan.orders.models import DeviceLine
from gongdan.orders.papers import SignRow
from gongdan.orders.queries import Page
from gongdan.people.queries import settings_for


@transaction.atomic
def issue_receipt(order_id: int, *, by: Actor, at: datetime) -> Paper:
    """The order's receipt as a fixed paper: the last one if the order still says the same, else its next version."""

    def build(page: Page, firm: Firm) -> Any:
        return papers.build_receipt(page, firm=firm, issued_by=by.name, at=at)

    by.require(access.REGISTER)
    return _issue(order_id, papers.KIND, build, Verb.RECEIPT_ISSUED, by=by, at=at)


@transaction.atomic
def issue_ticket(order_id: int, *, by: Actor, at: datetime) -> Paper:
    """故障单 with its 回单 (R-038) as a fixed paper, in editions as the receipt."""

    def build(page: Page, firm: Firm) -> Any:
        return papers.build_ticket(page, firm=firm, issued_by=by.name, at=at)

    by.require(access.REGISTER)
    return _issue(order_id, papers.TICKET, build, Verb.TROUBLE_TICKET_ISSUED, by=by, at=at)


@transaction.atomic
def issue_sign_sheet(order_id: int, *, by: Actor, at: datetime) -> Paper:
    """签收表 of the order's rooms (O-038) as a fixed paper, in editions as the receipt."""

    def build(page: Page, firm: Firm) -> Any:
        lines = DeviceLine.objects.filter(order=order_id).order_by("position", "pk")
        rows = [
            SignRow(
                place=line.place,
                fault=line.symptom or page.symptom[:60],
                contact=" ".join(part for part in (line.contact_name, access.shown_phone(by, line.phone)) if part),
                result=papers.result_word(line.result),
            )
            for line in lines
        ]
        return papers.build_sign_sheet(page, rows, firm=firm, issued_by=by.name, at=at)

    by.require(access.VIEW)
    return _issue(order_id, papers.SIGN_SHEET, build, Verb.SIGN_SHEET_ISSUED, by=by, at=at)


def _issue(
    order_id: int, kind: str, build: Callable[[Page, Firm], Any], verb: Verb, *, by: Actor, at: datetime
) -> Paper:
    """The paper of this kind under the order's number: the last one if it would say the same, else its next version."""
    order = locked(order_id, by=by)
    firm = papers.firm_of(order.site, settings_for(order.site_id))
    snapshot = plain_snapshot(asdict(build(queries.page(order.pk, by), firm)))
    last = files_queries.paper_by_number(kind, order.number)
    if last is not None and _said(last.snapshot) == _said(snapshot):
        return last
    paper = files.keep_paper(
        kind,
        order.number,
        snapshot,
        subject=order,
        site_id=order.site_id,
        by=by,
        at=at,
        supersedes=last,
    )
    record(verb, order, by=by, at=at, number=order.number, paper=paper.pk, edition=paper.version)
    return paper


def _said(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """What the paper says, apart from when and by whom it was printed."""
    head = {name: value for name, value in snapshot["head"].items() if name not in ("issued_at", "issued_by")}
    return {**snapshot, "head": head}
