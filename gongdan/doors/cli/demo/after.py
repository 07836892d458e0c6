"""The stories after the work: messages, calls by the calendar, opinions of customers, and what the shop mends."""

from __future__ import annotations

from datetime import timedelta

from gongdan.doors.cli.demo import words
from gongdan.doors.cli.demo.shop import Shop
from gongdan.followup import actions as followup
from gongdan.followup import queries as followups
from gongdan.followup.actions import FeedbackDraft, ImprovementDraft, ResultDraft
from gongdan.kernel.calendar import local_day, moment_on


def tell(shop: Shop) -> None:
    """All of them."""
    write_messages(shop)
    call_by_the_calendar(shop)
    listen(shop)
    mend(shop)


def write_messages(shop: Shop) -> None:
    """Of the messages that may go out some went: one has no answer yet, one is good, one is bad."""
    agent = shop.staff["kefu"]
    rows = followups.messages(agent, now=shop.now).rows
    for row, answer in zip(rows, (None, True, False), strict=False):
        followup.mark_sent(row["id"], by=agent, at=max(row["due_at"], shop.ago(170)))
        if answer is not None:
            said = "好，谢谢师傅" if answer else "不好，今天早上又不行了"
            followup.answer_message(row["id"], is_good=answer, words=said, by=agent, at=shop.ago(25))


def call_by_the_calendar(shop: Shop) -> None:
    """Calls after an installation: the first was made, the second is due; and care calls to companies."""
    who, agent = shop.hotel, shop.staff["kefu"]
    assert who is not None, "the hotel comes first"
    started = moment_on(local_day(shop.now) - timedelta(days=32)) + timedelta(hours=9)
    order_id = shop.follow(
        "closed", who, started, kind="installation", symptom="大堂新装一台柜机，外机要支架", channel="phone"
    )
    calls = followup.plan_series(order_id, at=started + timedelta(days=1))
    followup.record_result(
        order_id,
        ResultDraft("安装牢固，用着正常", is_fixed=True, label="closed_well", score=5),
        call_id=calls[0].pk,
        by=agent,
        at=calls[0].due_at + timedelta(minutes=40),
    )
    for company_order in [pk for pk, known in shop.whose.items() if known.name in words.COMPANIES]:
        followup.plan_series(company_order, at=shop.now)


def listen(shop: Shop) -> None:
    """What customers think: one waits for its owner, one is in hand, one is done."""
    agent = shop.staff["kefu"]
    for n, (channel, content, owner, days, state, outcome) in enumerate(words.FEEDBACK):
        row = followup.add_feedback(
            FeedbackDraft(
                content,
                channel,
                order_number=shop.numbers[shop.closed[n]],
                owner_id=shop.staff[owner].id,
                due_on=local_day(shop.now) + timedelta(days=days),
            ),
            by=agent,
            at=shop.ago((n * 3 + 1) * 24 * 60),
        )
        if state:
            followup.move_feedback(
                row.pk, state=state, outcome=outcome, seen=row.version, by=shop.staff[owner], at=shop.ago((n + 1) * 60)
            )


def mend(shop: Shop) -> None:
    """What the shop mends in its own work: one open, one overdue, one done."""
    supervisor, today = shop.staff["zhuguan"], local_day(shop.now)
    for finding, measure, owner, days, outcome in words.IMPROVEMENTS:
        row = followup.add_improvement(
            ImprovementDraft(finding, measure, shop.staff[owner].id, today + timedelta(days=days)),
            by=supervisor,
            at=shop.now - timedelta(days=20),
        )
        if outcome:
            followup.finish_improvement(row.pk, outcome, seen=row.version, by=supervisor, at=shop.ago(3 * 24 * 60))
