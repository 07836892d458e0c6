"""The papers of repair: 服务单, 取机单 and 安全隐患告知书, each fixed when it is issued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.customers import queries as customers
from gongdan.customers.access import shown_phone
from gongdan.files import actions as files
from gongdan.files import queries as files_queries
from gongdan.files.models import Paper
from gongdan.files.rules import plain_snapshot
from gongdan.kernel.actor import Actor
from gongdan.kernel.errors import Missing, Refused
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.orders import queries as order_queries
from gongdan.orders.models import Order
from gongdan.orders.states import Flow, Status
from gongdan.people.queries import settings_for
from gongdan.quotes import queries as quotes
from gongdan.repair import papers, queries
from gongdan.repair.events import Verb
from gongdan.repair.models import PickUp, SafetyRefusal


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
    facts = customers.site_facts(order.customer_id)
    told = papers.Told(
        order=order_queries.page(order.pk, by),
        site=order.site,
        settings=settings_for(order.site_id),
        sheets=queries.sheets(order.pk),
        quote=quote,
        charges=quotes.lines_of(quote.pk) if quote else (),
        acceptance=acceptance,
        strokes=_strokes(acceptance.signature_id if acceptance else None),
        facts=facts,
        phone_in_charge=shown_phone(by, facts.phone, facts.code),
    )
    snapshot = plain_snapshot(asdict(papers.build_sheet(told, issued_by=by.name, at=at)))
    return _issued(papers.KIND, order.number, snapshot, order, Verb.SHEET_ISSUED, by=by, at=at)


@transaction.atomic
def issue_slip(pick_up_id: int, *, by: Actor, at: datetime) -> Paper:
    """取机单 of a device that was taken along; after the way back it says that too, as its next version."""
    row, order = _row(PickUp, pick_up_id, by=by)
    paper = papers.build_slip(
        papers.Handed(
            order=order_queries.page(order.pk, by),
            site=order.site,
            settings=settings_for(order.site_id),
            pick_up=row,
            taken=_strokes(row.signature_id),
            returned=_strokes(row.return_signature_id),
        ),
        issued_by=by.name,
        at=at,
    )
    number = f"{order.number}-Q{row.pk}"
    return _issued(papers.SLIP, number, plain_snapshot(asdict(paper)), order, Verb.SLIP_ISSUED, by=by, at=at)


@transaction.atomic
def issue_notice(refusal_id: int, *, by: Actor, at: datetime) -> Paper:
    """安全隐患告知书: the hazard, what must not be done, and who signed or witnessed it (O-044)."""
    row, order = _row(SafetyRefusal, refusal_id, by=by)
    paper = papers.build_notice(
        papers.Hazard(
            order=order_queries.page(order.pk, by),
            site=order.site,
            settings=settings_for(order.site_id),
            refusal=row,
            strokes=_strokes(row.signature_id),
        ),
        issued_by=by.name,
        at=at,
    )
    number = f"{order.number}-A{row.pk}"
    return _issued(papers.NOTICE, number, plain_snapshot(asdict(paper)), order, Verb.NOTICE_ISSUED, by=by, at=at)


def _issued(
    kind: str, number: str, snapshot: Mapping[str, Any], order: Order, verb: Verb, *, by: Actor, at: datetime
) -> Paper:
    """The last paper of this number if it says the same, else the next version."""
    last = files_queries.paper_by_number(kind, number)
    if last is not None and _said(last.snapshot) == _said(snapshot):
        return last
    paper = files.keep_paper(
        kind,
        number,
        snapshot,
        subject=order,
        sheet=f"repair/{kind}.html",
        site_id=order.site_id,
        by=by,
        at=at,
        supersedes=last,
    )
    record(verb, order, by=by, at=at, number=number, paper=paper.pk, edition=paper.version)
    return paper


def _row(model: Any, pk: int, *, by: Actor) -> tuple[Any, Order]:
    order_id = model.objects.filter(pk=pk).values_list("order_id", flat=True).first()
    if order_id is None:
        raise Missing
    order = orders.locked(order_id, by=by)
    people = ("taken_by", "returned_by") if model is PickUp else ("by",)
    related = ("device_line__category", "device_line__brand", *people)
    return model.objects.select_related(*related).get(pk=pk), order


def _strokes(signature_id: int | None) -> Sequence[dict[str, object]] | None:
    return files_queries.attachment(signature_id).strokes if signature_id else None


def _said(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """What the paper says, apart from when and by whom it was printed."""
    head = {name: value for name, value in snapshot["head"].items() if name not in ("issued_at", "issued_by")}
    return {**snapshot, "head": head}
