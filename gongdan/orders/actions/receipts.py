"""Issuing the receipt of an order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.files import actions as files
from gongdan.files import queries as files_queries
from gongdan.files.models import Paper
from gongdan.files.rules import plain_snapshot
from gongdan.kernel.actor import Actor
from gongdan.orders import access, papers, queries
from gongdan.orders.actions.deposits import locked
from gongdan.orders.events import Verb
from gongdan.people.queries import settings_for


@transaction.atomic
def issue_receipt(order_id: int, *, by: Actor, at: datetime) -> Paper:
    """The order's receipt as a fixed paper: the last one if the order still says the same, else its next version."""
    by.require(access.REGISTER)
    order = locked(order_id, by=by)
    firm = papers.firm_of(order.site, settings_for(order.site_id))
    page = queries.page(order.pk, by)
    snapshot = plain_snapshot(asdict(papers.build_receipt(page, firm=firm, issued_by=by.name, at=at)))
    last = files_queries.paper_by_number(papers.KIND, order.number)
    if last is not None and _said(last.snapshot) == _said(snapshot):
        return last
    paper = files.keep_paper(
        papers.KIND,
        order.number,
        snapshot,
        subject=order,
        site_id=order.site_id,
        by=by,
        at=at,
        supersedes=last,
    )
    record(Verb.RECEIPT_ISSUED, order, by=by, at=at, number=order.number, paper=paper.pk, edition=paper.version)
    return paper


def _said(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """What the paper says, apart from when and by whom it was printed."""
    head = {name: value for name, value in snapshot["head"].items() if name not in ("issued_at", "issued_by")}
    return {**snapshot, "head": head}
