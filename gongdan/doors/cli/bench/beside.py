"""What lies beside the orders of a shop: chases, answers, attempts, calls; and the one order with 200 events."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from gongdan.doors.cli.bench.tables import Row, Table, moment
from gongdan.orders.events import Verb
from gongdan.orders.states import Status

BUSY_EVENTS = 200
_ASKED = ("什么时候开始的", "开机有没有反应")
_RISKS = (0, 0, 0, 10, 10, 30, 45)
_SAID = ("修好了，很快", "好了", "还可以，等得久了点")
_TOLD = ("已转告师傅，今天上门", "配件明天到，到了先给您装")


class Beside:
    """The tables beside the orders. `take` keeps what an order has, `write` writes what was taken."""

    def __init__(self) -> None:
        self.chases = Table("orders.Chase", "order_id", "count", "at", "by_id", "caller_phone", "content", "answer")
        self.answers = Table("orders.ScriptAnswer", "order_id", "question_id", "question", "answer", "at", "by_id")
        self.attempts = Table("orders.ContactAttempt", "order_id", "at", "by_id", "number", "result", "note", "next_at")
        self.calls = Table(
            "followup.CallBack", "order_id", "site_id", "state", "due_at", "risk", "risk_reasons", "is_fixed", "score",
            "content", "done_at", "done_by_id",
        )  # fmt: skip
        self.tables = (self.chases, self.answers, self.attempts, self.calls)
        self._rows: dict[Table, list[Row]] = {table: [] for table in self.tables}

    def take(self, pk: int, status: Status, *, site: int, clerk: int, phone: str, times: list[datetime]) -> int:
        """What the order of this number has, the same each time; how often its customer chased it."""
        if pk % 5 == 0:
            self._rows[self.answers] += [
                (pk, n + 1, words, "昨天晚上" if n == 0 else "灯亮，不工作", moment(times[0]), clerk)
                for n, words in enumerate(_ASKED)
            ]
        if status is not Status.REGISTERED and pk % 3 == 0:
            tries = ("no_answer", "reached") if pk % 2 else ("reached",)
            self._rows[self.attempts] += [
                (pk, moment(times[1] + timedelta(minutes=n)), clerk, phone, result, "", None)
                for n, result in enumerate(tries)
            ]
        chased = 2 if pk % 100 == 0 else 1 if pk % 25 == 0 else 0
        self._rows[self.chases] += [
            (pk, n + 1, moment(times[1] + timedelta(hours=n)), clerk, phone, "什么时候来", _TOLD[n % len(_TOLD)])
            for n in range(chased)
        ]
        if status in (Status.TO_FOLLOW_UP, Status.CLOSED):
            self._call(pk, status, site=site, clerk=clerk, at=times[5])
        return chased

    def write(self) -> None:
        """Write what was taken."""
        for table, rows in self._rows.items():
            if rows:
                table.write(rows)
            self._rows[table] = []

    def _call(self, pk: int, status: Status, *, site: int, clerk: int, at: datetime) -> None:
        risk = _RISKS[pk % len(_RISKS)]
        reasons = json.dumps([{"template": "金额较高", "facts": {}}] if risk else [])
        done: Row = (None, None, "", None, None)
        if status is Status.CLOSED:
            done = (True, 5 - pk % 3, _SAID[pk % len(_SAID)], moment(at), clerk)
        state = "done" if status is Status.CLOSED else "due"
        self._rows[self.calls].append((pk, site, state, moment(at), risk, reasons, *done))


class Busy:
    """Everything that happened to one order: chased, called, edited, until 200 events stand on its page."""

    def __init__(self, events: Table, beside: Beside) -> None:
        self.events = events
        self._beside = beside
        self.personal = Table("audit.PersonalValue", "event_id", "field", "old", "new")

    def write(self, pk: int, *, site: int, clerk: int, at: datetime, events_there: int) -> None:
        """Fill up to 200 events, each with what it tells of."""
        first = self.events.last_id() + 1
        left = BUSY_EVENTS - events_there
        self.events.write(self._event(n, pk, site, clerk, at + timedelta(minutes=7 * n)) for n in range(left))
        self.personal.write(
            (first + n, "phone", f"1380013{n:04d}", f"1390013{n:04d}") for n in range(left) if _kind(n) is Verb.EDITED
        )
        self._beside.chases.write(
            (pk, n + 1, moment(at + timedelta(hours=n)), clerk, "13900000001", "还没来", _TOLD[n % 2]) for n in range(6)
        )
        self._beside.attempts.write(
            (pk, moment(at + timedelta(hours=n)), clerk, "13900000001", "no_answer", "", None) for n in range(40)
        )

    def _event(self, n: int, pk: int, site: int, clerk: int, at: datetime) -> Row:
        verb = _kind(n)
        facts: dict[str, Any] = {"version": n + 4}
        if verb is Verb.CONTACT_LOGGED:
            facts |= {"purpose": "联系", "result": "没有接听"}
        elif verb is Verb.CHASED:
            facts |= {"count": n // 4 + 1, "answer": _TOLD[n % 2]}
        else:
            facts |= {"changes": {"remark": ["", f"第 {n} 次说明"]}, "personal_fields": ["phone"]}
        return (verb.value, pk, pk, site, clerk, "接待0", moment(at), json.dumps(facts))


def _kind(n: int) -> Verb:
    return (Verb.CONTACT_LOGGED, Verb.EDITED, Verb.CONTACT_LOGGED, Verb.CHASED)[n % 4]
