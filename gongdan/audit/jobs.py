"""Background work: handing due jobs to the job library, running them, and writing down how it went.

A row of `Delivery` or `Routine` is open until its job has ended well. Handing over only leases it: whatever becomes of
the queue or of the process, the row is offered again when the lease runs out. Jobs are therefore safe to run twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from gongdan.audit import actions
from gongdan.audit.models import Delivery, Routine
from gongdan.audit.rules import BATCH, LEASE, MAX_TRIES, Periodic, pause_after

log = logging.getLogger("gongdan.work")


@dataclass(frozen=True, slots=True)
class Claim:
    """One row that this process may run until the lease ends."""

    kind: str  # "delivery" or "routine"
    id: int
    lease: datetime


class Queue(Protocol):
    """What the relay asks of the job library; `settings.JOB_QUEUE` names the one that is used."""

    def put(self, claims: Sequence[Claim]) -> None:
        """Have `run` called for each of them, by any worker."""

    def waiting(self) -> int:
        """How many wait for a worker."""


def relay(at: datetime) -> int:
    """Hand over what is due, at most a batch; how many. Also writes down what has ended, and renews what still runs."""
    settle(at)
    _renew(at)
    queue = _queue()
    if queue.waiting() >= BATCH:
        return 0
    claims = claim(at)
    queue.put(claims)
    return len(claims)


def claim(at: datetime) -> list[Claim]:
    """Lease what is due, at most a batch: nobody else is offered it before the lease ends."""
    return [*_claim("routine", at), *_claim("delivery", at)]


def run(kind: str, row_id: int, lease: datetime) -> None:
    """Run a claimed job, whatever it does, and keep how it went for `settle`. A claim that has run out is left."""
    task = Claim(kind, row_id, lease)
    row = _MODELS[kind].objects.filter(pk=row_id, lease=lease, is_done=False).first()
    if row is None:
        return
    error = ""
    _RUNNING.add(task)
    try:
        _job(row.job)(*([row.event_id] if isinstance(row, Delivery) else []), at=timezone.now())
    except (Exception, SystemExit) as problem:  # the one place that answers for whatever a job does
        log.warning("%s failed, try %s", row, row.tries + 1, exc_info=problem)
        error = f"{type(problem).__name__}: {problem}"[:2000].replace("\x00", "")
    finally:
        _RUNNING.discard(task)
    _ENDED.put(Ending(task, row.tries + bool(error), row.job, error))


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended, and how often it has failed by now; an empty error is well."""

    claim: Claim
    tries: int
    job: str
    error: str


def settle(at: datetime) -> int:
    """Write down what has ended since the last time, in one transaction; how many."""
    endings = _drained()
    if not endings:
        return 0
    try:
        with transaction.atomic():
            _settle(endings, at)
    except Exception:
        for ending in endings:  # told again next time: what ended well must not run again only because of a busy moment
            _ENDED.put(ending)
        raise
    return len(endings)


def run_due(at: datetime) -> int:
    """Run what is due here and now, in this thread and until nothing is left; how many. For tests and `work --once`."""
    count = 0
    while claims := claim(at):
        for task in claims:
            run(task.kind, task.id, task.lease)
        settle(at)
        count += len(claims)
    return count


@transaction.atomic
def open_leases(*, after_death: bool) -> None:
    """Offer again what a process that ended had in its hands. Only for a queue that a single process works on.

    A death counts as a failed try, for it may have been the job that killed the process.
    """
    for kind, model in _MODELS.items():
        held = model.objects.filter(is_done=False, lease__isnull=False)
        if after_death:
            _count_deaths(kind, list(held.values_list("pk", "tries")), timezone.now())
        held.update(lease=None)


@transaction.atomic
def plan_routines(at: datetime) -> None:
    """Bring the rows of periodic jobs in line with `reactions.table.PERIODIC`."""
    Routine.objects.exclude(job__in=_periodic()).delete()
    Routine.objects.bulk_create(
        [Routine(job=job, due=periodic.first(at)) for job, periodic in _periodic().items()], ignore_conflicts=True
    )


def prune(*, at: datetime) -> None:
    """Forget once-only keys and finished deliveries older than 90 days."""
    actions.prune_once_keys(at)
    actions.prune_deliveries(at)


_MODELS: dict[str, type[Delivery | Routine]] = {"delivery": Delivery, "routine": Routine}
_RUNNING: set[Claim] = set()  # changed by the workers
_RENEWED: dict[Claim, datetime] = {}  # changed by the relay: the ends of leases that are no longer the claim's
_ENDED: SimpleQueue[Ending] = SimpleQueue()


def _claim(kind: str, at: datetime) -> list[Claim]:
    ready = _MODELS[kind].objects.ready(at=at)
    if not ready.exists():  # a read only: an idle poll must not take SQLite's write lock
        return []
    lease = at + LEASE
    with transaction.atomic():
        found = list(ready.select_for_update(skip_locked=True).values_list("pk", "tries", "lease")[:BATCH])
        died = [(pk, tries) for pk, tries, old in found if old is not None]
        given_up = _count_deaths(kind, died, at)
        fit = [pk for pk, _tries, _old in found if pk not in given_up]
        _MODELS[kind].objects.filter(pk__in=fit).update(lease=lease)
    return [Claim(kind, pk, lease) for pk in fit]


def _count_deaths(kind: str, rows: Collection[tuple[int, int]], at: datetime) -> set[int]:
    """Count a failed try for each (id, tries) that a process took with it; the ids of those that had their last."""
    last = {pk for pk, tries in rows if tries + 1 >= MAX_TRIES}
    others = {pk for pk, _tries in rows} - last
    if others:
        _MODELS[kind].objects.filter(pk__in=others).update(tries=F("tries") + 1)
    for row in _MODELS[kind].objects.filter(pk__in=last):
        _end(Ending(Claim(kind, row.pk, at), MAX_TRIES, row.job, _DEATH), at)
    return last


_DEATH = "the process ended each time while it had this job"


def _renew(at: datetime) -> None:
    """Keep the leases of what runs for long. The claim keeps the old one, so that nobody can start it a second time."""
    running = set(_RUNNING)
    late = {task for task in running if _RENEWED.get(task, task.lease) - at < LEASE / 2}
    for kind in {task.kind for task in late}:
        ids = [task.id for task in late if task.kind == kind]
        _MODELS[kind].objects.filter(pk__in=ids, is_done=False).update(lease=at + LEASE)
    for task in _RENEWED.keys() - running:
        del _RENEWED[task]
    _RENEWED.update(dict.fromkeys(late, at + LEASE))


def _settle(endings: Iterable[Ending], at: datetime) -> None:
    well = {ending.claim.id for ending in endings if ending.claim.kind == "delivery" and not ending.error}
    if well:
        Delivery.objects.filter(pk__in=well).update(is_done=True, error="", lease=None)
    for ending in endings:
        if ending.claim.kind == "routine" or ending.error:
            _end(ending, at)


def _end(ending: Ending, at: datetime) -> None:
    row = _MODELS[ending.claim.kind].objects.filter(pk=ending.claim.id, is_done=False)
    is_last = ending.tries >= MAX_TRIES
    if ending.error and not is_last:
        pause = pause_after(ending.tries)
        row.update(due=at + pause, tries=ending.tries, error=ending.error, lease=None)
        return
    if is_last:
        log.error("given up: %s %s %s: %s", ending.claim.kind, ending.claim.id, ending.job, ending.error)
    if ending.claim.kind == "delivery":
        row.update(is_done=True, tries=ending.tries, error=ending.error, lease=None)
    elif periodic := _periodic().get(ending.job):
        ended = {} if ending.error else {"ended_at": at}
        row.update(due=periodic.after(at), tries=0, error=ending.error, lease=None, **ended)


def _drained() -> list[Ending]:
    endings: list[Ending] = []
    while True:
        try:
            endings.append(_ENDED.get_nowait())
        except Empty:
            return endings


def _job(path: str) -> Callable[..., Any]:
    """The job below `gongdan`; it stands floors above, so its place is data and not an import."""
    job: Callable[..., Any] = import_string(f"gongdan.{path}")
    return job


def _queue() -> Queue:
    queue: Queue = import_string(settings.JOB_QUEUE)
    return queue


def _periodic() -> dict[str, Periodic]:
    table: Sequence[Periodic] = import_string(settings.PERIODIC)
    return {periodic.job: periodic for periodic in table}
