"""The demo shop: whatever the hour is, every list of the office has something to show."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.management import call_command

from gongdan.dispatch import queries as dispatch
from gongdan.doors.cli.demo.build import build
from gongdan.followup import queries as followup
from gongdan.kernel.calendar import moment_on
from gongdan.orders import queries as orders
from gongdan.people.models import User
from gongdan.people.queries import actor_for
from gongdan.repair import queries as repair

FEW = (("registered", 1), ("to_follow_up", 7), ("closed", 8))


@pytest.mark.django_db
@pytest.mark.parametrize("hour", [10, 2])
def test_every_list_of_the_office_has_something_by_day_and_by_night(hour: int) -> None:
    now = moment_on(date(2026, 11, 25)) + timedelta(hours=hour, minutes=20)
    call_command("setup", verbosity=0)

    count = build(now, FEW)

    boss = actor_for(User.objects.get(username="zhuguan"))
    assert count > 35
    assert set(orders.held(boss)) >= {
        "wrong_number",
        "repeat_fault",
        "coordinate",
        "prepaid",
        "refused_customer",
        "safety",
    }
    assert [row["chased"] for row in orders.chased_orders(boss, 2)] == [3, 2]
    assert orders.due_contacts(boss, now=now)
    assert len(dispatch.offers_for(actor_for(User.objects.get(username="shifu")))) == 2
    assert repair.help_waiting(boss)
    assert repair.help_waiting(actor_for(User.objects.get(username="shifu2")))
    assert followup.overdue_watches(boss, now=now)
    assert all(followup.counts(boss, now=now).values())
    assert any(row["is_late"] for row in followup.improvement_rows(boss, now=now))
    assert followup.feedback_rows(boss, now=now)
    kinds = {
        row["kind"]
        for scope in ("all", "later", "answers")
        for row in followup.station(boss, now=now, scope=scope).rows
    }
    assert kinds == {"after_settlement", "phone_watch", "complaint", "after_answer", "periodic"}
