from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.bin.scripts import BIN, script

supervise = script("_supervise.py")

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 10
    while not path.exists() or not path.read_text():
        assert time.monotonic() < deadline, f"{path} was not written"
        time.sleep(0.02)
    return path.read_text()


def is_running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"  # a zombie has ended


def test_a_child_that_will_not_stop_is_killed_with_its_own_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "STOP_SECONDS", 0.3)
    parent = textwrap.dedent(f"""
        import subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", {STUBBORN!r}], stdout=subprocess.PIPE)
        child.stdout.readline()
        open({str(tmp_path / "pid")!r}, "w").write(str(child.pid))
        child.wait()
    """)
    child = supervise.Child("stubborn", [sys.executable, "-c", parent])
    child.start()
    grandchild = int(wait_for(tmp_path / "pid"))

    supervise.Shop([child]).stop()

    assert not child.is_alive
    deadline = time.monotonic() + 5
    while is_running(grandchild) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(grandchild)


def test_a_child_that_fell_is_started_again() -> None:
    child = supervise.Child("falls", [sys.executable, "-c", "raise SystemExit(3)"])
    child.start()
    first = child.process
    first.wait()
    shop = supervise.Shop([child])

    assert shop.keep(child)
    child.wait_until = time.monotonic()
    assert shop.keep(child)

    assert child.process is not first
    child.process.wait()


def test_a_child_that_falls_five_times_ends_the_shop() -> None:
    child = supervise.Child("falls", [sys.executable, "-c", "raise SystemExit(3)"], failures=4)
    child.start()
    child.process.wait()

    assert not supervise.Shop([child]).keep(child)


def test_a_port_in_use_is_told_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        ended = subprocess.run(
            [sys.executable, BIN / "_supervise.py"],
            env={**os.environ, "PORT": str(port), "GONGDAN_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    assert ended.returncode == 1
    assert f"PORT={port + 1} bin/run" in ended.stdout


def test_a_wish_to_stop_only_sets_the_flag() -> None:
    shop = supervise.Shop()

    shop.ask_to_stop(signal.SIGTERM, None)

    assert shop.is_stopping
