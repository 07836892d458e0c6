"""Pauses between tries, the clock of periodic work, the fingerprint of an input."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from gongdan.audit.rules import MAX_TRIES, Periodic, fingerprint, pause_after


def test_pauses_grow_from_seconds_to_hours_and_a_job_is_given_up_after_about_a_day() -> None:
    pauses = [pause_after(tries) for tries in range(1, MAX_TRIES)]

    assert [p.total_seconds() for p in pauses[:4]] == [10, 30, 90, 270]
    assert max(pauses) == timedelta(hours=4)
    assert timedelta(hours=16) < sum(pauses, timedelta()) < timedelta(hours=36)


def test_work_of_an_interval_runs_at_once_and_then_counts_from_its_end() -> None:
    ended = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
    periodic = Periodic("audit.jobs.prune", every=timedelta(minutes=5))

    assert (periodic.first(ended), periodic.after(ended)) == (ended, ended + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("ended", "following"),
    [
        (datetime(2026, 3, 10, 19, 0, tzinfo=UTC), datetime(2026, 3, 10, 19, 10, tzinfo=UTC)),  # 03:00 in Shanghai
        (datetime(2026, 3, 10, 19, 10, tzinfo=UTC), datetime(2026, 3, 11, 19, 10, tzinfo=UTC)),
        (datetime(2026, 3, 11, 2, 0, tzinfo=UTC), datetime(2026, 3, 11, 19, 10, tzinfo=UTC)),
    ],
)
def test_daily_work_runs_at_the_hour_of_the_shops_clock(ended: datetime, following: datetime) -> None:
    assert Periodic("audit.jobs.prune", at=time(3, 10)).after(ended) == following


def test_periodic_work_has_either_an_interval_or_an_hour() -> None:
    with pytest.raises(AssertionError):
        Periodic("audit.jobs.prune")


def test_a_fingerprint_does_not_depend_on_the_order_of_fields() -> None:
    assert fingerprint({"a": 1, "b": "空调"}) == fingerprint({"b": "空调", "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": "1"})
    assert len(fingerprint(None)) == 64
