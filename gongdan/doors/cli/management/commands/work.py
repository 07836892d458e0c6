"""The one background process: relays deliveries to the workers, runs periodic work, stops within seconds."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import threading
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from gongdan.audit import actions, jobs

log = logging.getLogger("gongdan.work")

IDLE = 1.0  # seconds between two looks at the table when nothing happens
BUSY = 0.2  # and for ten seconds after something did
GRACE = 4.0  # seconds that running jobs get after SIGTERM; what has not ended by then runs again at the next start


class Workers(jobs.Queue, Protocol):
    """The queue with its worker threads, as `settings.JOB_QUEUE` names it."""

    is_own: bool

    def start(self, workers: int) -> None: ...
    def revive(self) -> None: ...
    def stop(self, within_seconds: float) -> bool: ...


class Command(BaseCommand):
    requires_system_checks = ()  # they import every page; bin/check and the server's start run them
    help = "后台进程：把到期的任务交给工作线程，运行定时任务。收到 SIGTERM 后数秒内停止。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workers", type=int, default=2, help="工作线程数，默认 2")
        parser.add_argument("--once", action="store_true", help="只运行现在到期的任务，然后退出")
        parser.add_argument("--retry", action="store_true", help="先重新打开多次失败后已放弃的任务")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["retry"]:
            count = actions.retry_given_up(timezone.now())
            self.stdout.write(_("重新打开了 %(count)s 个已放弃的任务") % {"count": count})
        queue: Workers = import_string(settings.JOB_QUEUE)
        lock = _only_one(settings.HOME / "work.lock") if queue.is_own else None
        try:
            if queue.is_own:
                jobs.open_leases(after_death=True)
            jobs.plan_routines(timezone.now())
            if options["once"]:
                count = jobs.run_due(timezone.now())
                self.stdout.write(_("运行了 %(count)s 个任务") % {"count": count})
            else:
                self._work(queue, options["workers"])
        finally:
            if lock is not None:
                os.close(lock)

    def _work(self, queue: Workers, workers: int) -> None:
        stop = threading.Event()
        queue.start(workers)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write(_("后台进程已启动，工作线程 %(count)s 个") % {"count": workers})
        self.stdout.flush()
        _loop(queue, stop)
        all_ended = queue.stop(GRACE)
        jobs.settle(timezone.now())
        if queue.is_own:
            jobs.open_leases(after_death=False)
        self.stdout.write(_("后台进程已停止"))
        self.stdout.flush()
        if not all_ended:
            log.warning("some jobs did not end in time: they run again at the next start")
            os._exit(0)  # a thread in the middle of a job would hold the interpreter


def _loop(queue: Workers, stop: threading.Event) -> None:
    last_busy = last_look = time.monotonic()
    while not stop.is_set():
        now = time.monotonic()
        try:
            if jobs.relay(timezone.now()):
                last_busy = now
            if now - last_look > 10:
                last_look = now
                queue.revive()
                close_old_connections()
        except Exception:  # the job runner outlives a database that is away or busy
            log.exception("could not look for work; trying again in a second")
            close_old_connections()
            stop.wait(IDLE)
        stop.wait(BUSY if now - last_busy < 10 else IDLE)


def _only_one(path: Path) -> int:
    """The open lock file. Refused: another process works on this data already; it would run the same jobs twice."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise CommandError(_("这个数据目录已有一个后台进程在运行，请先停止它")) from None
    return file
