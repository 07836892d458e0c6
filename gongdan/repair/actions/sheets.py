"""The papers of repair as fixed sheets."""

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
from gongdan.kernel.errors import Refused
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.orders import queries as order_queries
from gongdan.orders.states import Flow, Status
from gongdan.people.queries import settings_for
from gongdan.quotes import queries as quotes
from gongdan.repair import papers, queries
from gongdan.repair.events import Verb


@transaction.atomic
def issue_sheet(order_id: int, *, by: Actor, at: datetime) -> Paper:
    """服务单 as a fixed paper (R-131): the last one if the order still says the same, else its next version.

    Refused: an order that is not repaired, and a cancelled one.
    """
    order = orders.locked(order_id, by=by)
    if order.flow != Flow.REPAIR or order.status == Status.CANCELLED:
        raise Refused(_("工单 {number} 没有走维修流程，没有服务单；请先转维修", number=order.number), code="no_repair")
    quote = quotes.standing(order.pk)
    acceptance = next((trial for trial in reversed(queries.trials(order.pk)) if trial.is_accepted), None)
    signed = acceptance.signature_id if acceptance else None
    told = papers.Told(
        order=order_queries.page(order.pk, by),
        site=order.site,
        settings=settings_for(order.site_id),
        sheets=queries.sheets(order.pk),
        quote=quote,
        charges=quotes.lines_of(quote.pk) if quote else (),
        acceptance=acceptance,
        strokes=files_queries.attachment(signed).strokes if signed else None,
    )
    snapshot = plain_snapshot(asdict(papers.build_sheet(told, issued_by=by.name, at=at)))
    last = files_queries.paper_by_number(papers.KIND, order.number)
    if last is not None and _said(last.snapshot) == _said(snapshot):
        return last
    paper = files.keep_paper(
        papers.KIND,
        order.number,
        snapshot,
        subject=order,
        site_id=order.site_id,
        sheet=f"repair/{papers.KIND}.html",
        by=by,
        at=at,
        supersedes=last,
    )
    record(Verb.SHEET_ISSUED, order, by=by, at=at, number=order.number, paper=paper.pk, edition=paper.version)
    return paper


def _said(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """What the paper says, apart from when and by whom it was printed."""
    head = {name: value for name, value in snapshot["head"].items() if name not in ("issued_at", "issued_by")}
    return {**snapshot, "head": head}
