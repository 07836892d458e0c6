"""The program as bin/run runs it, on a data folder of its own; what memory it takes; where its databases are."""

from __future__ import annotations

import importlib.util
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from django.conf import settings

ROOT: Path = settings.BASE
READY_SECONDS = 120
STOP_SECONDS = 20
DRAIN_SECONDS = 60
# As a shop would run it: what is committed is on the disk. The tests' own server keeps nothing.
POSTGRES = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_wal_size": "4GB",
}


@dataclass(slots=True)
class Shop:
    """A made-up shop: its data folder, its database and, while it is open, its processes."""

    home: Path
    url: str = ""  # of its PostgreSQL database
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What its processes find; nothing of it is the real shop's."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GONGDAN_", "DATABASE_"))}
        ours = {"GONGDAN_HOME": str(self.home), "PORT": str(self.port), "GONGDAN_BIND": "127.0.0.1"}
        return {**kept, **ours, **({"DATABASE_URL": self.url} if self.url else {})}

    def manage(self, *words: str) -> None:
        """Run one of the commands in this shop."""
        command = [sys.executable, "manage.py", *words]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True)  # noqa: S603 - our own commands

    def open(self) -> None:
        """Start web server and background work, and wait until they answer."""
        self.port = helper("_test").free_port()
        command = [sys.executable, "bin/_supervise.py", "--production"]
        with (self.home / "serve.log").open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own script
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        until = time.monotonic() + READY_SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                    return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    log_text = (self.home / "serve.log").read_text(errors="replace")
                    raise RuntimeError(f"the shop did not open:\n{log_text[-4000:]}") from None
                time.sleep(0.2)

    def close(self) -> None:
        """Stop all of it."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for pid in reversed(_with_children(self.process.pid)):
                os.kill(pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def memory(self) -> Memory:
        """What the processes hold now, shared pages counted once, without the mapped pages of the database."""
        assert self.process is not None
        everything = _with_children(self.process.pid)
        sizes = {pid: self._held(pid) for pid in everything}
        return Memory(sum(sizes[pid] for pid in _with_children(self._web())), sum(sizes.values()))

    def cpu(self) -> float:
        """Seconds of processor time that the web server has used: hardly moves with what else the machine does."""
        assert self.process is not None
        ticks = 0
        for pid in _with_children(self._web()):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def _web(self) -> int:
        assert self.process is not None
        below = _with_children(self.process.pid)
        return next(pid for pid in below if b"gongdan.config.serve" in Path(f"/proc/{pid}/cmdline").read_bytes())

    def open_deliveries(self) -> int:
        """How many jobs are due and not done."""
        now = datetime.now(UTC)
        asked = "SELECT count(*) FROM audit_delivery WHERE NOT is_done AND due <= {}"
        if self.url:
            import psycopg  # noqa: PLC0415 - 15 MB that a measuring of SQLite does without

            with psycopg.connect(self.url) as line:
                row = line.execute(asked.format("%s"), [now]).fetchone()
        else:
            with closing(sqlite3.connect(f"file:{self.home / 'app.db'}?mode=ro", uri=True)) as file:
                row = file.execute(asked.format("?"), [str(now.replace(tzinfo=None))]).fetchone()
        return int(row[0]) if row else 0

    def drained(self) -> tuple[int, int]:
        """The length of the queue now, and after it had time to empty."""
        before, until = self.open_deliveries(), time.monotonic() + DRAIN_SECONDS
        while (left := self.open_deliveries()) and time.monotonic() < until:
            time.sleep(0.5)
        return before, left

    def _held(self, pid: int) -> float:
        """Megabytes: PSS less mapped database pages."""
        total, is_ours = 0, True
        for line in Path(f"/proc/{pid}/smaps").read_text(errors="replace").splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) if is_ours else 0
            elif line[:1] in "0123456789abcdef" and "-" in line.partition(" ")[0]:
                is_ours = str(self.home / "app.db") not in line
        return total / 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes of the web server with its workers, and of everything with background work and supervisor."""

    server: float
    whole: float


def _with_children(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [one for child in (task / "children").read_text().split() for one in _with_children(int(child))]
    return found


def helper(name: str) -> ModuleType:
    """A script of bin/, which is no package."""
    spec = importlib.util.spec_from_file_location(f"gongdan_bin{name}", ROOT / "bin" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def postgres(folder: Path) -> Iterator[Mapping[str, Any]]:
    """A PostgreSQL server for as long as the block lasts; its data stay in the folder."""
    with helper("_test").postgres(folder, POSTGRES) as url:
        yield _Databases(url)


class _Databases(dict[str, Any]):
    """The address of each database by its name, made when it is first asked for."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def __missing__(self, name: str) -> str:
        import psycopg  # noqa: PLC0415 - 15 MB that a measuring of SQLite does without

        with psycopg.connect(self._url, autocommit=True) as line:
            if not line.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                line.execute(f'CREATE DATABASE "{name}"'.encode())
        self[name] = url = f"{self._url.rpartition('/')[0]}/{name}"
        return url
