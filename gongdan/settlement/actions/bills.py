"""The bill: posted once, never edited, taken back by a red one."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from gongdan.audit.actions import record
from gongdan.catalog.queries import check_language
from gongdan.devices import actions as devices
from gongdan.devices.rules import ArchiveDraft
from gongdan.files import actions as files
from gongdan.files import queries as files_queries
from gongdan.files.models import Paper
from gongdan.kernel.actor import Actor
from gongdan.kernel.calendar import local_day
from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import _
from gongdan.orders import actions as orders
from gongdan.orders import papers as order_papers
from gongdan.orders.models import Order
from gongdan.orders.states import Status
from gongdan.people.queries import settings_for
from gongdan.pricing.rules import Bill as Price
from gongdan.repair import queries as repair
from gongdan.settlement import access, papers, queries, rules
from gongdan.settlement.actions.standing import number_of, show_money, shrink_on_account
from gongdan.settlement.events import Verb
from gongdan.settlement.models import Bill, BillLine

_BILLS = "{kind}{site}{yymmdd}-{n:04d}"


@transaction.atomic
def post(order_id: int, *, seen: int, by: Actor, at: datetime) -> Bill:
    """确定结算 (R-174): copy the lines, lock the amounts, write the archive, move the order to 待回访.

    A bill of nothing (保内) is posted too. Work taken up again after its settlement (R-185) goes on under the bill that
    stands. Refused: not finished, an unexplained gap, more due than agreed, another amount than the bill that stands,
    or a colleague saved meanwhile. It waits for no call-back (O-057).
    """
    by.require(access.POST)
    order = orders.locked(order_id, seen=seen, by=by)
    if order.status != Status.TO_SETTLE:
        raise Refused(
            _("工单 {number} 现在是“{status}”，完工后才能结算", number=order.number, status=orders.status_label(order)),
            code="wrong_status",
        )
    price, book_code = queries.price_of(order)
    shrink_on_account(order, by=by, at=at)
    position = queries.position_at(order.pk, price.due_fen)
    rules.check_may_post(position, consented=queries.consented(order, price))
    bill = queries.posted_bill(order.pk)
    if bill is not None:
        return _stand_again(bill, order, price, by=by, at=at)
    bill = Bill.objects.create(
        order=order,
        state=Bill.State.POSTED,
        due_fen=price.due_fen,
        totals={payer.value: fen for payer, fen in price.totals.items()},
        book_code=book_code,
        posted_at=at,
        posted_by_id=by.id,
        created_at=at,
    )
    _copy_lines(bill, price)
    _file(order, price, at=at)
    orders.deposit(order, due_fen=price.due_fen, money_state=position.state, settled_at=at)
    orders.advance(order, "settle", by=by, at=at)
    bill.number = number_of("JS", order, at, _BILLS)  # last: posted papers are gapless
    bill.save(update_fields=["number"])
    paper = _issue_bill(bill, order, by=by, at=at)
    record(
        Verb.POSTED, bill, by=by, at=at, about=order,
        number=bill.number, due=bill.due_fen, received=position.received, paper=paper.pk,
    )  # fmt: skip
    return bill


def _stand_again(bill: Bill, order: Order, price: Price, *, by: Actor, at: datetime) -> Bill:
    """The work was done once more at no other price: the posted bill stays in force, only the work is filed anew."""
    totals = {payer.value: fen for payer, fen in price.totals.items()}
    if (bill.due_fen, bill.totals) != (price.due_fen, totals):
        raise Refused(
            _(
                "应收变成了 {due:yuan}，已入账的结算单 {number} 是 {posted:yuan}；请主管先冲红，再重新结算",
                due=price.due_fen,
                number=bill.number,
                posted=bill.due_fen,
            ),
            code="posted_before",
        )
    _file(order, price, at=at)
    orders.deposit(order, settled_at=at)
    orders.advance(order, "settle", by=by, at=at)
    received = queries.received(order.pk)
    record(Verb.POSTED, bill, by=by, at=at, about=order, number=bill.number, due=bill.due_fen, received=received)
    return bill


@transaction.atomic
def reverse(order_id: int, reason: str, *, seen: int, by: Actor, at: datetime) -> Bill:
    """冲红: a red bill takes every line back and the order returns to 待结算; nothing posted is ever edited."""
    by.require(access.REVERSE)
    order = orders.locked(order_id, seen=seen, by=by)
    if not reason.strip():
        raise Invalid({"reason": _("请填写冲红原因")})
    check_language("reason", reason)
    bill = Bill.objects.select_for_update().filter(order=order, state=Bill.State.POSTED, is_red=False).first()
    if bill is None:
        raise Refused(_("这张工单没有已入账的结算单"), code="not_posted")
    red = Bill.objects.create(
        order=order,
        state=Bill.State.POSTED,
        is_red=True,
        reverses=bill,
        due_fen=-bill.due_fen,
        totals={payer: -fen for payer, fen in bill.totals.items()},
        book_code=bill.book_code,
        posted_at=at,
        posted_by_id=by.id,
        reason=reason.strip()[:200],
        created_at=at,
    )
    BillLine.objects.bulk_create(
        BillLine(
            bill=red,
            position=line.position,
            item_code=line.item_code,
            name=line.name,
            unit=line.unit,
            device_line_id=line.device_line_id,
            quantity=line.quantity,
            unit_fen=line.unit_fen,
            amount_fen=-line.amount_fen,
            payer=line.payer,
            rule=line.rule,
            reason=line.reason,
        )
        for line in bill.lines.all()
    )
    bill.state = Bill.State.REVERSED
    bill.version += 1
    bill.save(update_fields=["state", "version"])
    devices.withdraw_from_archive(order.pk)
    if order.status != Status.TO_SETTLE:  # work that was taken up again is back there already
        orders.advance(order, "reverse", by=by, at=at, reason=reason)
    orders.deposit(order, settled_at=None)
    red.number = number_of("JS", order, at, _BILLS)
    red.save(update_fields=["number"])
    paper = _issue_bill(red, order, by=by, at=at)
    record(
        Verb.REVERSED, red, by=by, at=at, about=order,
        number=bill.number, red=red.number, reason=red.reason, due=red.due_fen, paper=paper.pk,
    )  # fmt: skip
    show_money(order)
    return red


def _issue_bill(bill: Bill, order: Order, *, by: Actor, at: datetime) -> Paper:
    """The posted bill as paper; the red one reverses the paper of the bill that it takes back."""
    firm = order_papers.firm_of(order.site, settings_for(order.site_id))
    reversed_bill = bill.reverses
    reverses = (
        files_queries.paper_by_number(papers.SETTLEMENT, reversed_bill.number) if reversed_bill is not None else None
    )
    paper = papers.build_settlement(
        bill,
        order,
        lines=queries.lines_of(bill.pk),
        parts=repair.sheets(order.pk),
        payments=queries.payments_of(order.pk),
        adjustments=queries.adjustments_of(order.pk),
        firm=firm,
        issued_by=by.name,
        at=at,
    )
    return files.keep_paper(
        papers.SETTLEMENT,
        bill.number,
        asdict(paper),
        subject=order,
        sheet="settlement/settlement.html",
        site_id=order.site_id,
        by=by,
        at=at,
        reverses=reverses,
    )


def _copy_lines(bill: Bill, price: Price) -> None:
    BillLine.objects.bulk_create(BillLine(bill=bill, position=n, **line.as_row()) for n, line in enumerate(price.lines))


def _file(order: Order, price: Price, *, at: datetime) -> None:
    """The archive of each device learns of this order at once (R-026); a cost that names no device goes to the first."""
    facts = repair.archive_facts(order.pk)
    for fact in facts:
        if fact.device_id is not None:
            devices.end_stay(fact.device_id, on=local_day(at), order_id=order.pk)
    for n, fact in enumerate(facts):
        key = str(fact.device_line_id)
        cost = sum(
            line.amount_fen
            for line in price.lines
            if line.payer.value == "customer" and (line.device == key or (n == 0 and not line.device))
        )
        devices.file_in_archive(
            ArchiveDraft(
                on=local_day(at),
                device_id=fact.device_id,
                customer_id=order.customer_id,
                site_id=order.site_id,
                order_id=order.pk,
                order_number=order.number,
                fault=fact.fault or order.symptom,
                known_fault_id=fact.fault_id,
                cause=fact.cause,
                remedy=fact.remedy,
                parts=fact.parts,
                cost_fen=cost,
                result=order.result,
                is_repaired=order.result == "repaired",
                technician_name=order.technician_names,
            )
        )
