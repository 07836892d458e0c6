"""Handing over, running and writing down: leases, retries, giving up, periodic work."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from types import ModuleType

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from gongdan.audit import jobs, queries
from gongdan.audit.actions import record, retry_given_up
from gongdan.audit.models import Delivery, Event, Routine
from gongdan.audit.rules import BATCH, LEASE, MAX_TRIES, Periodic
from gongdan.kernel.actor import SYSTEM
from gongdan.people.models import Site

TABLE = {"test.done": ("trial.work",), "test.two": ("trial.work", "trial.fail")}
PERIODIC = (Periodic("trial.tick", every=timedelta(minutes=5)), Periodic("trial.nightly", at=time(3, 10)))

pytestmark = pytest.mark.django_db


class Trial(ModuleType):
    """Jobs that note what they were called with, or do what a bad job may do."""

    def __init__(self) -> None:
        super().__init__("gongdan.trial")
        self.calls: list[object] = []
        self.is_broken = True

    def work(self, event_id: int, *, at: datetime) -> None:
        self.calls.append(event_id)

    def fail(self, event_id: int, *, at: datetime) -> None:
        self.calls.append(-event_id)
        if self.is_broken:
            raise ValueError("打印机没有纸")

    def leave(self, event_id: int, *, at: datetime) -> None:
        sys.exit("a job must not end the worker")

    def tick(self, *, at: datetime) -> None:
        self.calls.append("tick")

    def nightly(self, *, at: datetime) -> None:
        self.calls.append("nightly")
        if self.is_broken:
            raise ValueError("disk full")


class SlowQueue:
    """A queue whose workers have not come round to anything yet."""

    def __init__(self) -> None:
        self.claims: list[jobs.Claim] = []

    def put(self, claims: Sequence[jobs.Claim]) -> None:
        self.claims += claims

    def waiting(self) -> int:
        return len(self.claims)

    def work(self) -> None:
        for claim in self.claims:
            jobs.run(claim.kind, claim.id, claim.lease)
        self.claims.clear()


QUEUE = SlowQueue()


@pytest.fixture(autouse=True)
def trial(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trial]:
    settings.REACTIONS = "tests.audit.test_jobs.TABLE"
    settings.PERIODIC = "tests.audit.test_jobs.PERIODIC"
    settings.JOB_QUEUE = "tests.audit.test_jobs.QUEUE"
    module = Trial()
    monkeypatch.setitem(sys.modules, "gongdan.trial", module)
    QUEUE.claims.clear()
    yield module
    jobs._drained()


@pytest.fixture
def event(site: Site, now: datetime) -> Event:
    return record("test.done", site, by=SYSTEM, at=now)


def states() -> list[tuple[str, bool, int, str]]:
    return list(Delivery.objects.order_by("id").values_list("job", "is_done", "tries", "error"))


def test_a_due_delivery_is_handed_over_run_once_and_written_down(event: Event, trial: Trial, now: datetime) -> None:
    handed = jobs.relay(now)
    again = jobs.relay(now)  # leased: not offered twice
    QUEUE.work()
    jobs.relay(now)

    assert (handed, again, trial.calls) == (1, 0, [event.pk])
    assert states() == [("trial.work", True, 0, "")]


def test_what_is_not_due_yet_waits(event: Event, trial: Trial, now: datetime) -> None:
    Delivery.objects.update(due=now + timedelta(seconds=1))

    assert [jobs.relay(now), jobs.relay(now + timedelta(seconds=1))] == [0, 1]


def test_an_idle_look_writes_nothing(event: Event, now: datetime) -> None:
    jobs.run_due(now)

    with CaptureQueriesContext(connection) as asked:
        assert jobs.relay(now) == 0

    assert [query["sql"].split()[0] for query in asked] == ["SELECT", "SELECT"]


def test_a_full_batch_is_leased_and_written_down_in_a_few_statements(
    site: Site, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    event = record("test.edited", site, by=SYSTEM, at=now)
    Delivery.objects.bulk_create(Delivery(event=event, job=f"trial.work{n}", due=now) for n in range(BATCH + 5))

    with django_assert_num_queries(6):  # two looks, savepoint, select, update, release
        assert jobs.relay(now) == BATCH
    assert jobs.relay(now) == 0  # the workers come first


def test_a_job_that_fails_is_tried_again_after_a_pause_and_its_error_is_kept(
    site: Site, trial: Trial, now: datetime
) -> None:
    event = record("test.two", site, by=SYSTEM, at=now)

    jobs.run_due(now)
    early = jobs.run_due(now + timedelta(seconds=9))
    trial.is_broken = False
    late = jobs.run_due(now + timedelta(seconds=10))

    assert trial.calls == [event.pk, -event.pk, -event.pk]
    assert (early, late) == (0, 1)
    assert states() == [("trial.work", True, 0, ""), ("trial.fail", True, 1, "")]


def test_the_error_of_a_failing_job_is_kept(site: Site, now: datetime) -> None:
    record("test.two", site, by=SYSTEM, at=now)

    jobs.run_due(now)

    assert states()[1] == ("trial.fail", False, 1, "ValueError: 打印机没有纸")
    assert queries.background(now).failing == 1


def test_a_job_that_always_fails_is_given_up_after_a_day_and_can_be_opened_again(
    site: Site, trial: Trial, now: datetime
) -> None:
    record("test.two", site, by=SYSTEM, at=now)
    later = now
    for _try in range(MAX_TRIES):
        jobs.run_due(later)
        later += timedelta(hours=4)

    assert states()[1] == ("trial.fail", True, MAX_TRIES, "ValueError: 打印机没有纸")
    assert queries.background(later) == queries.Background(0, timedelta(0), 0, 1)
    assert Delivery.objects.get(job="trial.fail").is_given_up

    trial.is_broken = False
    assert retry_given_up(later) == 1
    jobs.run_due(later)
    assert states()[1] == ("trial.fail", True, 0, "")


def test_a_job_that_is_gone_or_wants_to_end_the_worker_only_fails(event: Event, now: datetime) -> None:
    Delivery.objects.create(event=event, job="trial.gone", due=now)
    Delivery.objects.create(event=event, job="trial.leave", due=now)

    jobs.run_due(now)

    errors = [error for _job, _done, _tries, error in states()]
    assert errors[0] == ""
    assert errors[1].startswith("ImportError: ")
    assert errors[2] == "SystemExit: a job must not end the worker"


def test_what_a_dead_process_held_is_offered_again_when_its_lease_ends(
    event: Event, trial: Trial, now: datetime
) -> None:
    jobs.relay(now)
    QUEUE.claims.clear()  # the process is gone, and its queue with it

    assert jobs.relay(now + LEASE) == 0
    assert jobs.relay(now + LEASE + timedelta(seconds=1)) == 1
    QUEUE.work()
    assert trial.calls == [event.pk]


def test_a_process_that_starts_anew_offers_at_once_what_it_held(event: Event, now: datetime) -> None:
    jobs.relay(now)
    QUEUE.claims.clear()

    jobs.open_leases(after_death=True)

    assert jobs.relay(now) == 1
    assert states() == [("trial.work", False, 1, "")]


def test_a_job_that_takes_its_process_down_each_time_is_given_up(event: Event, trial: Trial, now: datetime) -> None:
    for _start in range(MAX_TRIES):
        jobs.relay(now)
        QUEUE.claims.clear()
        jobs.open_leases(after_death=True)

    assert jobs.relay(now) == 0
    assert states() == [("trial.work", True, MAX_TRIES, "the process ended each time while it had this job")]


def test_a_clean_stop_does_not_count_as_a_failed_try(event: Event, now: datetime) -> None:
    jobs.relay(now)

    jobs.open_leases(after_death=False)

    assert states() == [("trial.work", False, 0, "")]


def test_a_claim_that_was_offered_to_another_is_left_alone(event: Event, trial: Trial, now: datetime) -> None:
    jobs.relay(now)
    old = list(QUEUE.claims)
    QUEUE.claims.clear()
    jobs.relay(now + LEASE * 2)

    jobs.run(old[0].kind, old[0].id, old[0].lease)
    assert trial.calls == []
    QUEUE.work()
    assert trial.calls == [event.pk]


def test_the_lease_of_a_long_job_is_renewed_while_it_runs(event: Event, trial: Trial, now: datetime) -> None:
    (claim,) = jobs.claim(now)
    jobs._RUNNING.add(claim)
    try:
        for seconds in range(0, 3600, 20):
            assert jobs.relay(now + timedelta(seconds=seconds)) == 0
        assert Delivery.objects.get().lease == now + timedelta(minutes=60, seconds=20)  # renewed at the half
    finally:
        jobs._RUNNING.discard(claim)

    jobs.relay(now + timedelta(minutes=60))
    assert jobs._RENEWED == {}


def test_what_could_not_be_written_down_is_written_next_time(
    event: Event, trial: Trial, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.relay(now)
    QUEUE.work()
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "_settle", _busy)
        with pytest.raises(ConnectionError):
            jobs.relay(now)

    jobs.relay(now)
    assert states() == [("trial.work", True, 0, "")]
    assert trial.calls == [event.pk]


def _busy(*_args: object) -> None:
    raise ConnectionError("database is locked")


# Periodic work


def test_periodic_work_runs_at_its_time_and_gets_the_next_one(trial: Trial, now: datetime) -> None:
    trial.is_broken = False
    jobs.plan_routines(now)
    jobs.plan_routines(now)  # a second start changes nothing

    assert jobs.run_due(now) == 1
    assert jobs.run_due(now + timedelta(minutes=4)) == 0
    assert jobs.run_due(now + timedelta(days=3)) == 2  # slept for three days: each runs once
    assert trial.calls == ["tick", "tick", "nightly"]
    assert list(Routine.objects.order_by("job").values_list("job", "due", "ended_at")) == [
        ("trial.nightly", datetime.fromisoformat("2026-03-15T03:10+08:00"), now + timedelta(days=3)),
        ("trial.tick", now + timedelta(days=3, minutes=5), now + timedelta(days=3)),
    ]


def test_periodic_work_that_fails_is_tried_again_soon_and_next_day_in_any_case(trial: Trial, now: datetime) -> None:
    jobs.plan_routines(now)
    Routine.objects.filter(job="trial.tick").update(is_done=True)
    night = datetime.fromisoformat("2026-03-12T03:10+08:00")

    later = night
    for _try in range(MAX_TRIES):
        assert jobs.run_due(later) == 1
        later += timedelta(hours=1) if _try < 4 else timedelta(hours=4)

    routine = Routine.objects.get(job="trial.nightly")
    assert (routine.tries, routine.error, routine.ended_at) == (0, "ValueError: disk full", None)
    assert routine.due > later - timedelta(hours=4)


def test_periodic_work_that_left_the_table_is_forgotten(settings: Settings, now: datetime) -> None:
    jobs.plan_routines(now)
    settings.PERIODIC = "gongdan.reactions.table.PERIODIC"

    jobs.plan_routines(now)

    assert "trial.tick" not in Routine.objects.values_list("job", flat=True)
