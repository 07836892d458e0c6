"""A load client that costs next to nothing: plain sockets that stay open, one thread each, answers hardly looked at."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

HOST = "127.0.0.1"
TIMEOUT = 30
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^=]+)=([^;\r]*)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, head and body."""

    status: int
    head: bytes
    body: bytes

    @property
    def cookies(self) -> dict[str, str]:
        """What the answer sets."""
        return {name.decode(): value.decode() for name, value in _COOKIE.findall(self.head)}


class Line:
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> Answer:
        """Send and wait for the whole answer."""
        if self._socket is None:
            self._socket = socket.create_connection((HOST, self._port), timeout=TIMEOUT)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head, body = data[:end], data[end + 4 :]
        status = int(head[9:12])
        if status in (204, 304):
            return Answer(status, head, b"")
        if _CHUNKED.search(head):
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more()
            return Answer(status, head, body)
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        parts, missing = [body], length - len(body)
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        return Answer(status, head, b"".join(parts))

    def _more(self) -> bytes:
        assert self._socket is not None
        data = self._socket.recv(262_144)
        if not data:
            self.close()
            raise ConnectionError("the server closed the connection")
        return data

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody who is logged in, with his token for the API; makes requests."""

    session: str
    csrf: str
    token: str

    def get(self, path: str) -> bytes:
        """A page."""
        return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {self._cookies}\r\n\r\n".encode()

    def post(self, path: str, fields: dict[str, str]) -> bytes:
        """A form."""
        body = urlencode({"csrfmiddlewaretoken": self.csrf, **fields}).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {self._cookies}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def call(self, path: str, body: bytes = b"", key: str = "") -> bytes:
        """A call of the API: POST when it has a body."""
        head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {self.token}\r\n"
        if body:
            head += f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return f"{head}\r\n".encode() + body

    @property
    def _cookies(self) -> str:
        return f"sessionid={self.session}; csrftoken={self.csrf}"


def log_in(port: int, username: str, password: str, token: str) -> Seat:
    """The seat behind a log-in, got the way a browser gets it."""
    line = Line(port)
    first = line.ask(f"GET /accounts/login/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    seat = Seat("", first.cookies["csrftoken"], token)
    answer = line.ask(seat.post("/accounts/login/", {"login": username, "password": password}))
    line.close()
    assert "sessionid" in answer.cookies, f"log-in answered {answer.status}"
    return Seat(answer.cookies["sessionid"], answer.cookies["csrftoken"], token)


@dataclass(slots=True)
class Took:
    """How long the answers took, in seconds, and what was wrong."""

    times: list[float] = field(default_factory=list)
    elapsed: float = 0.0
    wrong: Counter[str] = field(default_factory=Counter)
    cpu: float = 0.0  # of the server, for all of them

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        if not self.times:
            return 0.0
        ordered = sorted(self.times)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.times) / self.elapsed if self.elapsed else 0.0


Work = Callable[[Seat], Iterator[bytes]]


def press(port: int, seats: list[Seat], work: Work, *, good: frozenset[int], seconds: float) -> Took:
    """One client a seat, each asking again as soon as it has its answer, until the time or the work is over."""
    took, lock = Took(), threading.Lock()
    started = time.perf_counter()
    until = started + seconds

    def run(seat: Seat) -> None:
        line, times, wrong = Line(port), [], Counter[str]()
        for request in work(seat):
            before = time.perf_counter()
            if before > until:
                break
            try:
                answer = line.ask(request)
            except OSError as failure:
                line.close()
                wrong[type(failure).__name__] += 1
                if wrong.total() > 20:
                    break
                continue
            if answer.status in good:
                times.append(time.perf_counter() - before)
            else:
                wrong[str(answer.status)] += 1
        line.close()
        with lock:
            took.times += times
            took.wrong += wrong

    threads = [threading.Thread(target=run, args=[seat]) for seat in seats]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took.elapsed = time.perf_counter() - started
    return took
