"""The job library (huey) behind the relay: the one place that knows it.

Deliveries stay open in the database until their job has ended well, so a queue need not survive anything: lose it at
any time, and the relay offers the open rows again. Retries, pauses and the clock are the rows' affair too.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from huey import Huey, PostgresHuey, RedisHuey
from huey.serializer import SignedSerializer
from huey.storage import MemoryStorage

from gongdan.audit import jobs


class JobQueue:
    """Worker threads for claimed jobs. `is_own`: the queue is this process's alone."""

    def __init__(self, huey: Huey, *, is_own: bool) -> None:
        self.is_own = is_own
        self._huey = huey
        self._task = huey.task(name="run_claimed")(_run)

    def put(self, claims: Sequence[jobs.Claim]) -> None:
        """Have each claim run by the next free worker."""
        for claim in claims:
            self._task(claim.kind, claim.id, claim.lease)

    def waiting(self) -> int:
        """How many claims wait for a worker."""
        return int(self._huey.pending_count())

    def start(self, workers: int) -> None:
        """Start the workers. Call it in the main thread: the library sets signal handlers there."""
        self._consumer = self._huey.create_consumer(workers=workers, periodic=False, scheduler_interval=60)
        self._consumer.start()

    def revive(self) -> None:
        """Replace workers that died."""
        self._consumer.check_worker_health()

    def stop(self, within_seconds: float) -> bool:
        """Take no more, and wait for what runs; whether all of it ended in time."""
        self._consumer.shutdown_timeout = within_seconds
        self._consumer.stop_flag.set()
        if isinstance(self._huey.storage, OwnStorage):
            self._huey.storage.wake()
        return bool(self._consumer._join_workers())  # noqa: SLF001 - its public `stop` does not tell whether they ended


def _run(kind: str, row_id: int, lease: datetime) -> None:
    close_old_connections()  # one that broke since this thread's last job
    try:
        jobs.run(kind, row_id, lease)
    finally:
        close_old_connections()


class OwnStorage(MemoryStorage):  # type: ignore[misc]  # huey ships no types
    """A queue in memory whose idle workers sleep until something is put in, instead of looking ten times a second."""

    blocking = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._filled = threading.Semaphore(0)
        super().__init__(*args, **kwargs)

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        super().enqueue(data, priority)
        self._filled.release()

    def dequeue(self) -> bytes | None:
        self._filled.acquire()
        data: bytes | None = super().dequeue()
        return data

    def wake(self) -> None:
        """Have every idle worker see that it should stop."""
        self._filled.release(1000)


def _chosen() -> JobQueue:
    """Redis where REDIS_URL names one, PostgreSQL where the data is there, else memory: one process does it all."""
    # Messages are pickled: the signature keeps out whatever else can write to the queue.
    common = {"results": False, "serializer": SignedSerializer(secret=settings.SECRET_KEY, salt="jobs")}
    if url := os.environ.get("REDIS_URL"):
        return JobQueue(RedisHuey("gongdan", url=url, **common), is_own=False)
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("postgresql"):
        names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        given = {ours: database[theirs] for ours, theirs in names.items() if database[theirs]}
        return JobQueue(PostgresHuey("gongdan", **given, **database["OPTIONS"], **common), is_own=False)
    return JobQueue(Huey("gongdan", storage_class=OwnStorage, **common), is_own=True)


QUEUE = _chosen()
