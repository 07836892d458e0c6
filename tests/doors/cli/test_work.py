"""The background process, as a real process: it picks up, survives, stops, and loses nothing when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from gongdan.audit.actions import record
from gongdan.audit.models import Delivery, OnceKey, Routine
from gongdan.kernel.actor import SYSTEM
from gongdan.people.models import Site

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path, settings: Settings) -> Iterator[Start]:
    """`start("--once")` starts a work process on the database of this test."""
    settings.REACTIONS = "tests.doors.cli.trial.TABLE"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.doors.cli.trial_settings",
        "TRIAL_DATABASE": str(connection.settings_dict["NAME"]),
        "GONGDAN_HOME": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
    }
    started: list[subprocess.Popen[str]] = []

    def _start(*words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "work", *words],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        if "--once" not in words:
            assert process.stdout is not None
            assert "已启动" in process.stdout.readline()
        return process

    yield _start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def ask(site: Site) -> Callable[..., int]:
    """`ask(seconds=1, is_bad=True)` records an event whose job takes that long, or fails; its id."""

    def _ask(**facts: Any) -> int:
        return record("trial.asked", site, by=SYSTEM, at=timezone.now(), **facts).pk

    return _ask


def notes(what: str) -> list[int]:
    return sorted(OnceKey.objects.filter(verb=what).values_list("actor_id", flat=True))


def wait_until(is_so: Callable[[], object], seconds: float = 20) -> float:
    """How long it took."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - began


def stop(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[int, float]:
    """The exit status, and how long it took."""
    began = time.monotonic()
    process.send_signal(number)
    return process.wait(timeout=20), time.monotonic() - began


def test_a_fresh_delivery_is_run_within_about_a_second_and_the_process_stops_when_told(
    start: Start, ask: Callable[..., int]
) -> None:
    process = start()
    wait_until(lambda: notes("tick"))  # periodic work that is due runs at once
    time.sleep(1.2)

    event_id = ask()
    took = wait_until(lambda: notes("ended") == [event_id])
    wait_until(lambda: Delivery.objects.get().is_done)
    status, stopping = stop(process)

    assert took < 2.5  # a look a second, on a busy machine
    assert (status, stopping < 5) == (0, True)
    assert Routine.objects.get().due > timezone.now() + timedelta(minutes=59)


def test_a_job_that_raises_stops_neither_the_process_nor_the_next_job(start: Start, ask: Callable[..., int]) -> None:
    bad, good = ask(is_bad=True), ask()
    start()

    wait_until(lambda: Delivery.objects.filter(is_done=True).exists() and Delivery.objects.exclude(error="").exists())

    assert notes("ended") == [good]
    failed = Delivery.objects.get(event_id=bad)
    assert (failed.is_done, failed.tries, failed.error) == (False, 1, "ValueError: 打印机没有纸")
    assert failed.due > timezone.now()


def test_a_killed_process_loses_nothing(start: Start, ask: Callable[..., int]) -> None:
    events = [ask(seconds=0.05) for _number in range(30)]
    first = start()
    wait_until(lambda: len(notes("ended")) >= 5)

    first.kill()
    first.wait()
    ended_before = len(notes("ended"))
    start()
    wait_until(lambda: not Delivery.objects.filter(is_done=False).exists())

    assert ended_before < 30
    assert set(notes("ended")) == set(events)


def test_a_long_job_does_not_hold_up_the_stop_and_runs_again_at_the_next_start(
    start: Start, ask: Callable[..., int]
) -> None:
    event_id = ask(seconds=60)
    process = start()
    wait_until(lambda: notes("started"))

    status, stopping = stop(process)

    assert (status, stopping < 6) == (0, True)
    assert notes("ended") == []
    if connection.vendor == "sqlite":  # on PostgreSQL other processes may be at work: the lease has to end first
        start()
        wait_until(lambda: notes("started") == [event_id, event_id])
        assert Delivery.objects.get().tries == 0


@pytest.mark.skipif(connection.vendor != "sqlite", reason="on PostgreSQL several processes share the work")
def test_a_second_process_on_the_same_data_folder_says_that_there_is_one(start: Start) -> None:
    start()

    second = start("--once")
    output, _nothing = second.communicate(timeout=20)

    assert second.returncode == 1
    assert "已有一个后台进程在运行" in output


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite one process does it all")
def test_several_processes_share_the_work_and_none_runs_a_job_twice(start: Start, ask: Callable[..., int]) -> None:
    events = [ask(seconds=0.02) for _number in range(120)]
    processes = [start(), start()]

    wait_until(lambda: not Delivery.objects.filter(is_done=False).exists())

    assert Counter(notes("started")) == Counter(events)
    assert [stop(process)[0] for process in processes] == [0, 0]


def test_once_runs_what_is_due_and_ends(start: Start, ask: Callable[..., int]) -> None:
    events = [ask(), ask()]

    output, _nothing = start("--once").communicate(timeout=20)

    assert "运行了 3 个任务" in output  # and the periodic one
    assert notes("ended") == events


def test_what_was_given_up_can_be_opened_again(start: Start, ask: Callable[..., int]) -> None:
    event_id = ask()
    Delivery.objects.update(is_done=True, error="ValueError: 打印机没有纸")

    output, _nothing = start("--once", "--retry").communicate(timeout=20)

    assert "重新打开了 1 个已放弃的任务" in output
    assert notes("ended") == [event_id]
