"""Runs the shop: prepares the data folder, starts the web server and the background work, ends both together.

SIGTERM, SIGINT and SIGHUP end it in order; what has not ended after STOP_SECONDS is killed, by its own process group.
Standard library only: this process stays for as long as the shop is open.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 10.0
READY_SECONDS = 60
MANAGE = [sys.executable, str(ROOT / "manage.py")]


@dataclass
class Child:
    """A program that should run as long as the shop is open."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    wait_until: float = 0.0

    def start(self) -> None:
        """Start it in a process group of its own, so that its own children end with it."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command, cwd=ROOT, start_new_session=True)

    def tell(self, number: signal.Signals) -> None:
        """Send the signal to its process group, also when only its children are left."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    @property
    def is_alive(self) -> bool:
        """Whether it runs now."""
        return self.process is not None and self.process.poll() is None


@dataclass
class Shop:
    """The children, and whether somebody asked to stop."""

    children: list[Child] = field(default_factory=list)
    is_stopping: bool = False

    def ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        """The signal handler: only notes the wish."""
        del number, frame
        self.is_stopping = True

    def run(self, address: str) -> int:
        """Keep the children running until asked to stop. 1: a child fails again and again."""
        for child in self.children:
            child.start()
        if self.wait_until_ready(address):
            say_address(address)
        while not self.is_stopping:
            time.sleep(0.2)
            for child in self.children:
                if not self.is_stopping and not self.keep(child):
                    return 1
        return 0

    def keep(self, child: Child) -> bool:
        """Start the child again if it ended. False: it failed five times in a row."""
        now = time.monotonic()
        if child.is_alive:
            if child.failures and now - child.started > 60:
                child.failures = 0
            return True
        if not child.wait_until:
            time.sleep(0.3)  # a stop for all of us may be on its way here too
            if self.is_stopping:
                return True
            child.failures += 1
            if child.failures >= 5:
                print(f"{child.name} 一再退出，已停止 / {child.name} fails again and again, stopping", flush=True)
                return False
            child.wait_until = now + 2 ** (child.failures - 1)
            print(f"{child.name} 已退出，正在重新启动 / {child.name} ended, starting it again", flush=True)
        if now >= child.wait_until:
            child.wait_until = 0.0
            child.tell(signal.SIGKILL)  # what its own children left
            child.start()
        return True

    def wait_until_ready(self, address: str) -> bool:
        """Whether the program answers. Gives up when asked to stop or when the web server ended."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and not self.is_stopping and self.children[0].is_alive:
            try:
                with urllib.request.urlopen(f"{address}/healthz", timeout=2):  # noqa: S310 - our own http address
                    return True
            except urllib.error.HTTPError as answer:
                if answer.code < 500:
                    return True
            except OSError:
                pass
            time.sleep(0.2)
        return False

    def stop(self) -> None:
        """End the children: ask, wait, kill what is left."""
        for child in self.children:
            child.tell(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and any(child.is_alive for child in self.children):
            time.sleep(0.05)
        for child in self.children:
            child.tell(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()


def main() -> int:
    """Exit status: 0 after a stop that was asked for, 1 when the shop cannot run."""
    host = os.environ.get("GONGDAN_BIND") or "127.0.0.1"
    port = int(os.environ.get("PORT") or 8000)
    if not is_free(host, port):
        print(f"端口 {port} 已被占用，可以换一个：PORT={port + 1} bin/run")
        print(f"  Port {port} is in use, take another: PORT={port + 1} bin/run")
        return 1

    shop = Shop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, shop.ask_to_stop)
    prepare = Child("prepare", [sys.executable, str(ROOT / "bin/_prepare.py"), *sys.argv[1:]])
    if not finish(shop, prepare):
        return 0 if shop.is_stopping else 1

    workers = str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    web = [sys.executable, "-m", "gongdan.config.serve", host, str(port), workers]
    shop.children = [Child("web", web), Child("work", [*MANAGE, "work"])]
    try:
        return shop.run(f"http://{reachable(host)}:{port}")
    finally:
        shop.stop()
        print("工单系统已停止 / Gongdan has stopped", flush=True)


def finish(shop: Shop, child: Child) -> bool:
    """Whether the child came to a good end. A wish to stop ends it too."""
    child.start()
    while child.is_alive and not shop.is_stopping:
        time.sleep(0.05)
    if shop.is_stopping:
        Shop([child]).stop()
        return False
    assert child.process is not None
    return child.process.returncode == 0


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def reachable(host: str) -> str:
    """An address of this machine that a browser on it can open."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def say_address(address: str) -> None:
    """Tell where the shop is, and who can log in."""
    print(f"\n工单系统已启动 / Gongdan is running: {address}/\n", flush=True)
    if "--production" not in sys.argv[1:]:
        subprocess.run([*MANAGE, "logins"], cwd=ROOT, check=False)
    print("按 Ctrl+C 停止 / Ctrl+C stops it", flush=True)


if __name__ == "__main__":
    sys.exit(main())
